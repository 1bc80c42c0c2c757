"""What only shows where the facts meet the agreement: words that nobody agreed on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smarketing.agreement import Agreement
from smarketing.dataset import Dataset
from smarketing.errors import did_you_mean
from smarketing.facts import Deal, DealClosed, Fact, Lead, Spend, StageEntered
from smarketing.funnel import Evidence, Unit
from smarketing.origin import Problem, Severity

__all__ = ["check_agreed"]


def check_agreed(dataset: Dataset, agreement: Agreement) -> tuple[Problem, ...]:
    """What the agreement cannot measure in the facts: unknown stages and currencies, missing dates.

    One problem for each distinct word, at the first fact that says it, with how many say it. Codes:
    `stage-not-agreed`, `other-currency`, `never-created`. All are warnings.
    """
    return (
        *_stages(dataset, agreement),
        *_currencies(dataset, agreement),
        *_never_created(dataset, agreement),
    )


def _stages(dataset: Dataset, agreement: Agreement) -> Iterator[Problem]:
    funnels = [agreement.funnel, *agreement.pipelines]
    for unit in Unit:
        known = {name for funnel in funnels if funnel.unit is unit for name in funnel.places}
        said: dict[str, list[Fact]] = {}
        for entry in dataset.of(StageEntered):
            if (entry.deal_id is not None) == (unit is Unit.DEAL) and entry.stage not in known:
                said.setdefault(entry.stage, []).append(entry)
        for stage, facts in sorted(said.items()):
            where = "the funnel" if unit is Unit.LEAD else "any pipeline"
            message = (
                f"{stage!r} is no stage of {where} of the agreement{did_you_mean(stage, known)}: "
                "these moves are not measured until the agreement has it or the mapping says what it means"
            )
            yield _first("stage-not-agreed", message, facts)


def _currencies(dataset: Dataset, agreement: Agreement) -> Iterator[Problem]:
    agreed = agreement.company.currency
    said: dict[str, list[Fact]] = {}
    priced: tuple[Deal | DealClosed | Spend, ...] = (
        *dataset.of(Deal),
        *dataset.of(DealClosed),
        *dataset.of(Spend),
    )
    for fact in priced:
        if fact.amount is not None and fact.amount.currency != agreed:
            said.setdefault(fact.amount.currency, []).append(fact)
    for currency, facts in sorted(said.items()):
        message = (
            f"amounts are in {currency}, and the agreement is in {agreed}: they are shown apart, never added"
        )
        yield _first("other-currency", message, facts)


def _never_created(dataset: Dataset, agreement: Agreement) -> Iterator[Problem]:
    """Records of which none says when it was created, where that is what a stage is entered by."""
    funnels = [agreement.funnel, *agreement.pipelines]
    kinds: tuple[tuple[Evidence, type[Lead | Deal]], ...] = (
        (Evidence.LEAD_CAPTURED, Lead),
        (Evidence.DEAL_CREATED, Deal),
    )
    for evidence, kind in kinds:
        records: tuple[Lead | Deal, ...] = dataset.of(kind)
        stages = [stage for funnel in funnels if (stage := funnel.stage_entered_by(evidence))]
        if stages and records and all(record.created_at is None for record in records):
            message = (
                f"no {kind.__name__.lower()} says when it was created, so none enters "
                f"{stages[0].name!r} by it: map `created_at`, if need be from the column of `occurred_at`"
            )
            yield _first("never-created", message, records)


def _first(code: str, message: str, facts: Sequence[Fact]) -> Problem:
    more = f" ({len(facts)} times, this one first)" if len(facts) > 1 else ""
    return Problem(code=code, message=message + more, origin=facts[0].origin, severity=Severity.WARNING)
