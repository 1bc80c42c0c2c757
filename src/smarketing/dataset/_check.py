"""What only shows where facts meet: contradictions, dangling references, dates in the wrong order.

Every check keeps the facts as they are and returns warnings, because none of them knows which of two records
is wrong. A reference is checked only against a table that was read at all, and each missing id is named once
with how often it occurs. The checks are sets and dictionaries over columns, so a hundred thousand facts take
a fraction of the time that reading them took.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import attrs

from smarketing.dataset._dataset import Dataset, problem_order
from smarketing.errors import did_you_mean
from smarketing.facts import (
    VERSIONS,
    Account,
    Campaign,
    Deal,
    DealClosed,
    Fact,
    Lead,
    Outcome,
    Precision,
)
from smarketing.origin import Origin, Problem, Severity

_MASTERS: dict[str, type[Fact]] = {
    "lead_id": Lead,
    "deal_id": Deal,
    "account_id": Account,
    "campaign_id": Campaign,
}
# Suggestions compare with every known id: past these sizes they cost more than they help.
_MOST_KNOWN, _MOST_SUGGESTIONS = 2_000, 25


def check_dataset(dataset: Dataset) -> tuple[Problem, ...]:
    """Check facts against each other.

    Codes: `conflicting-versions`, `id-in-two-systems`, `deal-before-lead`, `closed-before-opened`,
    `unknown-lead`, `unknown-deal`, `unknown-account`, `unknown-campaign`, `won-without-amount`,
    `negative-amount`, `amount-without-currency`, `mixed-currencies`, `after-export`. All are warnings.

    Args:
        dataset: Facts of one or several systems. Where one of two dates is a bare date, they are compared as
            days in the time zone of the later fact's export.

    Returns:
        The problems, sorted by place; those found while reading stay in `dataset.problems`.

    Example:
        >>> from datetime import UTC, datetime
        >>> won = DealClosed(
        ...     origin=Origin(table="deals", record="D-1", file="deals.csv", row=2), currency="EUR",
        ...     occurred_at=datetime(2026, 2, 1, tzinfo=UTC), deal_id="D-1", outcome="won", amount_minor=-500,
        ... )
        >>> for problem in check_dataset(Dataset(facts=[won])):
        ...     print(problem)
        warning: deals.csv, line 2 (deals D-1): amount_minor of the DealClosed is negative [negative-amount]
    """
    checks: tuple[Callable[[Dataset], Iterator[Problem]], ...] = (
        _conflicts,
        _two_systems,
        _deals_before_leads,
        _closed_before_opened,
        _references,
        _won_without_amount,
        _amounts,
        _mixed_currencies,
        _after_export,
    )
    return tuple(sorted((problem for check in checks for problem in check(dataset)), key=problem_order))


def _doubt(code: str, message: str, origin: Origin) -> Problem:
    return Problem(code=code, message=message, origin=origin, severity=Severity.WARNING)


def _conflicts(dataset: Dataset) -> Iterator[Problem]:
    """Different content for one record and moment; what one row gave, or a bare date, does not contradict."""
    for one, other in pairwise(dataset.facts):
        if one.occurred_at != other.occurred_at or one.origin != other.origin or type(one) is not type(other):
            continue
        if any(getattr(one, subject) != getattr(other, subject) for subject in one.SUBJECTS):
            continue  # one event that concerns several, such as a call with two people
        one_row = one.origin.row is not None and _at(one.origin) == _at(other.origin)
        if one_row or not one.origin.record or (not isinstance(one, VERSIONS) and _by_day(one, other)):
            continue
        first, fact = sorted((one, other), key=lambda fact: (fact.origin.file or "", fact.origin.row or 0))
        message = (
            f"the same record and moment as {_at(first.origin)}, with other {_differences(first, fact)}: "
            "both are kept; mend the source, or map its time of modification"
        )
        yield _doubt("conflicting-versions", message, fact.origin)


def _by_day(*facts: Fact) -> bool:
    return any(fact.precision is Precision.DAY for fact in facts)


def _at(origin: Origin) -> str:
    place = ", ".join(part for part in (origin.file, f"line {origin.row}" if origin.row else None) if part)
    return place or f"another version of {origin.record}"


def _differences(first: Fact, other: Fact) -> str:
    clocks = {"known_at", "loaded_at", "origin", "occurred_at"}
    names = [field.name for field in attrs.fields(type(first)) if field.name not in clocks]
    return ", ".join(name for name in names if getattr(first, name) != getattr(other, name)) or "content"


def _two_systems(dataset: Dataset) -> Iterator[Problem]:
    if len(dataset.exports) == 1 and len({fact.origin.system for fact in dataset.facts}) <= 1:
        return
    for kind, id_field in ((Lead, "lead_id"), (Deal, "deal_id")):
        systems: dict[str, str] = {}
        told: set[str] = set()
        for fact in dataset.of(kind):
            record: str = getattr(fact, id_field)
            known = systems.setdefault(record, fact.origin.system)
            if known != fact.origin.system and record not in told:
                told.add(record)
                message = (
                    f"the {kind.__name__.lower()} {record!r} is also in {known!r}: they will be read as one; "
                    "if they are two, give the ids of one system a prefix"
                )
                yield _doubt("id-in-two-systems", message, fact.origin)


def _deals_before_leads(dataset: Dataset) -> Iterator[Problem]:
    dealings: tuple[Deal | DealClosed, ...] = (*dataset.of(Deal), *dataset.of(DealClosed))
    contacts: dict[str, tuple[datetime, Lead]] = {}
    for lead in dataset.of(Lead) if dealings else ():
        at = min(lead.created_at or lead.occurred_at, lead.occurred_at)
        if lead.lead_id not in contacts or at < contacts[lead.lead_id][0]:
            contacts[lead.lead_id] = (at, lead)
    told: set[str] = set()
    lead_of = {deal.deal_id: deal.lead_id for deal in dataset.of(Deal) if deal.lead_id}
    for fact in dealings:
        lead_id = fact.lead_id or lead_of.get(fact.deal_id)
        if lead_id is None or lead_id not in contacts or fact.deal_id in told:
            continue
        contacted_at, lead = contacts[lead_id]
        if fact.occurred_at < contacted_at and (days := _out_of_order(dataset, fact, lead, contacted_at)):
            told.add(fact.deal_id)
            message = (
                f"the deal is dated {days[0]}, before the first contact of its lead, {days[1]} "
                f"({_at(lead.origin)}): mend whichever is wrong"
            )
            yield _doubt("deal-before-lead", message, fact.origin)


def _closed_before_opened(dataset: Dataset) -> Iterator[Problem]:
    opened: dict[str, Deal] = {}
    for deal in dataset.of(Deal):
        opened.setdefault(deal.deal_id, deal)
    for closing in dataset.of(DealClosed):
        first = opened.get(closing.deal_id)
        if first is None or closing.occurred_at >= first.occurred_at:
            continue
        opened_at = min(first.created_at or first.occurred_at, first.occurred_at)
        if closing.occurred_at < opened_at and (days := _out_of_order(dataset, closing, first, opened_at)):
            message = f"the deal closed {days[0]}, before it was opened, {days[1]} ({_at(first.origin)})"
            yield _doubt("closed-before-opened", message, closing.origin)


def _out_of_order(dataset: Dataset, fact: Fact, before: Fact, before_at: datetime) -> tuple[str, str] | None:
    """Both dates as people read them, if the first really lies before the second at the coarser grain."""
    zone = ZoneInfo(dataset.export_of(fact.origin.system).zone)
    earlier, later = fact.occurred_at.astimezone(zone), before_at.astimezone(zone)
    if not _by_day(fact, before):
        return _moment(earlier), _moment(later)
    if earlier.date() >= later.date():
        return None
    return (
        _moment(earlier) if fact.precision is Precision.INSTANT else str(earlier.date()),
        _moment(later) if before.precision is Precision.INSTANT else str(later.date()),
    )


def _moment(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="seconds")


def _references(dataset: Dataset) -> Iterator[Problem]:
    for field, master in _MASTERS.items():
        known = {getattr(fact, field) for fact in dataset.of(master)}
        if not known:
            continue
        missing: dict[tuple[str, type[Fact]], list[Fact]] = {}
        for kind in dataset.kinds:
            if kind is master or field not in (attribute.name for attribute in attrs.fields(kind)):
                continue
            for fact in dataset.of(kind):
                reference = getattr(fact, field)
                if reference is not None and reference not in known:
                    missing.setdefault((reference, kind), []).append(fact)
        yield from _missing(field.removesuffix("_id"), missing, known)


def _missing(
    what: str, missing: dict[tuple[str, type[Fact]], list[Fact]], known: set[str]
) -> Iterator[Problem]:
    suggests = len(known) <= _MOST_KNOWN
    for position, ((reference, kind), facts) in enumerate(missing.items()):
        hint = did_you_mean(reference, known) if suggests and position < _MOST_SUGGESTIONS else ""
        more = f", and {len(facts) - 1} more do" if len(facts) > 1 else ""
        shown = "of an id that reads like an e-mail address" if "@" in reference else f"{reference!r}{hint}"
        message = f"there is no {what} {shown}: this {kind.__name__} names it{more}"
        yield _doubt(f"unknown-{what}", message, facts[0].origin)


def _won_without_amount(dataset: Dataset) -> Iterator[Problem]:
    """One problem for each such deal; one for all where the source gives no amounts at all."""
    valued = {deal.deal_id for deal in dataset.of(Deal) if deal.amount_minor is not None}
    won = [closing for closing in dataset.of(DealClosed) if closing.outcome is Outcome.WON]
    without = [closing for closing in won if closing.amount_minor is None and closing.deal_id not in valued]
    tables = [(closing.origin.system, closing.origin.table) for closing in won]
    bare = {(closing.origin.system, closing.origin.table) for closing in without}
    for system, table in sorted(bare):
        here = [fact for fact in without if (fact.origin.system, fact.origin.table) == (system, table)]
        if len(here) == tables.count((system, table)) > 1:
            message = f"none of the {len(here)} won deals here has an amount: revenue is unknown, not zero"
            first = min(
                (fact.origin for fact in here), key=lambda origin: (origin.file or "", origin.row or 0)
            )
            yield _doubt("won-without-amount", message, attrs.evolve(first, record="", row=None))
            continue
        for fact in here:
            message = "the deal was won with no amount: its revenue is unknown, not zero"
            yield _doubt("won-without-amount", message, fact.origin)


def _amounts(dataset: Dataset) -> Iterator[Problem]:
    for kind in dataset.kinds:
        fields = [field.name for field in attrs.fields(kind) if field.name.endswith("_minor")]
        for fact in dataset.of(kind) if fields else ():
            given = [(name, value) for name in fields if (value := getattr(fact, name)) is not None]
            for name, value in given:
                if value < 0:
                    message = f"{name} of the {kind.__name__} is negative"
                    yield _doubt("negative-amount", message, fact.origin)
            if given and getattr(fact, "currency", None) is None:
                message = f"the {kind.__name__} has an amount and no currency: it counts in no total"
                yield _doubt("amount-without-currency", message, fact.origin)


def _mixed_currencies(dataset: Dataset) -> Iterator[Problem]:
    first: dict[str, str] = {}
    told: set[str] = set()
    dealings: Iterable[Deal | DealClosed] = (*dataset.of(Deal), *dataset.of(DealClosed))
    for fact in dealings:
        if fact.currency is None or fact.deal_id in told:
            continue
        known = first.setdefault(fact.deal_id, fact.currency)
        if known != fact.currency:
            told.add(fact.deal_id)
            message = (
                f"the deal is in {known} and here in {fact.currency}: they never add without a dated rate"
            )
            yield _doubt("mixed-currencies", message, fact.origin)


def _after_export(dataset: Dataset) -> Iterator[Problem]:
    moments = {export.system: export.exported_at for export in dataset.exports if export.exported_at}
    if not moments:
        return
    earliest = min(moments.values())
    for fact in dataset.facts:
        if fact.occurred_at <= earliest and fact.known_at <= earliest:
            continue
        exported_at = moments.get(fact.origin.system)
        if exported_at is None:
            continue
        for name, at in (("occurred_at", fact.occurred_at), ("known_at", fact.known_at)):
            if at > exported_at:
                zone = ZoneInfo(dataset.export_of(fact.origin.system).zone)
                here, export = (_moment(moment.astimezone(zone)) for moment in (at, exported_at))
                message = (
                    f"{name} of the {type(fact).__name__}, {here}, lies after the export of {export}: "
                    "mend the date, or `exported_at` in the mapping"
                )
                yield _doubt("after-export", message, fact.origin)
                break
