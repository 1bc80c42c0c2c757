"""What can be wrong with a contract as somebody wrote it: every fault at once, each with its key path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from itertools import combinations
from typing import TYPE_CHECKING

from smarketing.errors import did_you_mean
from smarketing.origin import Origin, Problem
from smarketing.schema import TABLES, TRAIT_PREFIX
from smarketing.sla._events import FEEDBACK, event_faults
from smarketing.sources import LeadSource
from smarketing.text import fold
from smarketing.values import Money

if TYPE_CHECKING:
    from smarketing.funnel import Funnel
    from smarketing.sla._terms import Criterion, Delivery, SlaTerms, Term

__all__ = ["SHORT", "contract_faults", "own_faults"]

SHORT = {"campaign": "campaign_id", "owner": "owner_id", "account": "account_id"}
"""How people call some columns of a lead."""

_NEEDS = {
    "volume": ("count",),
    "value": ("amount",),
    "acceptance": ("at_least",),
    "score": ("at_least", "score", "least_points"),
    "conversion": ("at_least",),
    "completeness": ("at_least", "fields"),
}
_OF_MEASURES = ("count", "amount", "value_per_lead", "at_least", "score", "least_points", "fields")
_TAKES = {**_NEEDS, "value": ("amount", "value_per_lead")}
_MOST_DAYS = 10_000
_OUTCOMES = frozenset({*FEEDBACK} - {"accepted"})


def own_faults(sla: SlaTerms) -> Iterator[Problem]:
    """What is wrong with a version of the contract whatever else the agreement says."""
    if not sla.terms and not sla.deliveries:
        yield _fault("", "no-promise", "a contract without promises: add [[sla.terms]] or [[sla.deliveries]]")
    if len(set(sla.parties)) < 2:
        yield _fault("parties", "one-party", "a contract is between two departments: name both")
    promised = {*(term.name for term in sla.terms), *(each.name for each in sla.deliveries)}
    for index, name in enumerate(sla.indicators):
        if name not in promised:
            message = f"no promise is called {name!r}{did_you_mean(name, promised)}"
            yield _fault(f"indicators[{index}]", "unknown-promise", message)
    for department in sla.shared_data:
        if department not in sla.parties:
            hint = did_you_mean(department, sla.parties)
            yield _fault("shared_data", "unknown-party", f"{department!r} is no party of the contract{hint}")
    for index, term in enumerate(sla.terms):
        yield from _term_faults(f"terms[{index}]", term)
    for index, delivery in enumerate(sla.deliveries):
        yield from _delivery_faults(f"deliveries[{index}]", delivery)
    yield from _variant_faults("terms", sla.terms)
    yield from _variant_faults("deliveries", sla.deliveries)
    for name in sorted({term.name for term in sla.terms} & {each.name for each in sla.deliveries}):
        message = f"{name!r} is the name of a term and of a delivery: call one of them otherwise"
        yield _fault("deliveries", "name-twice", message)


def _term_faults(path: str, term: Term) -> Iterator[Problem]:
    yield from _common_faults(path, term)
    yield from _time_faults(path, term)
    yield from _count_faults(path, term)
    if not term.starts:
        message = f"a term of kind {term.kind} has to say what starts it, such as 'entered mql'"
        yield _fault(f"{path}.starts", "no-start", message)
    elif term.kind == "stay" and not term.starts.startswith("entered "):
        message = "a stay begins when a stage is entered: write starts = 'entered sql'"
        yield _fault(f"{path}.starts", "stay-of-no-stage", message)
    if not term.closes:
        message = f"a term of kind {term.kind} has to say what closes it, such as 'assigned'"
        yield _fault(f"{path}.closes", "no-close", message)
    if term.starts and term.starts in term.closes:
        message = f"{term.starts!r} would start and close the same clock: name another event for one of them"
        yield _fault(f"{path}.closes", "closes-at-start", message)
    if not 0 < term.at_least.ppm <= 1_000_000:
        yield _fault(f"{path}.at_least", "not-a-share", "the share to be kept lies above 0 % and up to 100 %")
    if term.restarts and term.starts != "assigned":
        message = "only a clock that an assignment starts can start anew with the next one: leave it out"
        yield _fault(f"{path}.restarts", "cannot-restart", message)
    allowed = {"feedback": _OUTCOMES, "disposition": frozenset(FEEDBACK)}.get(term.kind.value)
    for index, event in enumerate(term.closes if allowed else ()):
        if allowed and event not in allowed:
            message = (
                f"{event!r} is no answer to marketing, so it closes no term of kind {term.kind}: "
                f"{', '.join(sorted(allowed))} do"
            )
            yield _fault(f"{path}.closes[{index}]", "closes-no-feedback", message)


def _time_faults(path: str, term: Term) -> Iterator[Problem]:
    if term.within < timedelta() or term.working_days < 0 or not (term.within or term.working_days):
        message = "the time allowed has to be more than nothing: '4 hours', or '2 working days' of a calendar"
        yield _fault(f"{path}.within", "no-time", message)
    if max(term.working_days, term.within.days) > _MOST_DAYS:
        key = "working_days" if term.working_days > _MOST_DAYS else "within"
        yield _fault(f"{path}.{key}", "too-long", f"nobody is held to a promise of over {_MOST_DAYS:,} days")
    if term.working_days and term.calendar is None:
        message = "whose working days are meant? name the calendar, or write 'days' without 'working'"
        yield _fault(f"{path}.calendar", "days-of-no-calendar", message)


def _count_faults(path: str, term: Term) -> Iterator[Problem]:
    if term.count < 1:
        yield _fault(f"{path}.count", "no-count", "at least one closing event is needed: write 1 or more")
    if term.spacing is not None and term.count == 1:
        message = "a spacing is between several events: say how many with count, or leave it out"
        yield _fault(f"{path}.spacing", "spacing-of-one", message)
    if term.spacing and term.calendar is None and (term.count - 1) * term.spacing > term.within > timedelta():
        message = f"{term.count} events that far apart take longer than the time allowed: nobody can keep it"
        yield _fault(f"{path}.spacing", "too-long", message)
    if term.or_once and term.count == 1:
        message = "one closing event is needed anyway: write these under closes, or say how many with count"
        yield _fault(f"{path}.or_once", "or-once-of-one", message)
    if term.spacing is not None and term.spacing <= timedelta():
        yield _fault(f"{path}.spacing", "no-time", "the spacing has to be more than nothing: '4 hours'")


def _delivery_faults(path: str, delivery: Delivery) -> Iterator[Problem]:
    yield from _common_faults(path, delivery)
    measure = delivery.measure.value
    if delivery.per is None:
        message = "a promise is for a week, a month, a quarter or a year: write per = 'month'"
        yield _fault(f"{path}.per", "no-period", message)
    for name in _NEEDS[measure]:
        if getattr(delivery, name) in {None, ()}:
            yield _fault(f"{path}.{name}", "missing-key", f"a promise of {measure} has to say its {name}")
    for name in _OF_MEASURES:
        if name not in _TAKES[measure] and getattr(delivery, name) not in {None, ()}:
            takes = ", ".join(_TAKES[measure])
            message = f"{name} says nothing about a promise of {measure}, which takes {takes}: leave it out"
            yield _fault(f"{path}.{name}", "key-of-other-measure", message)
    if delivery.count is not None and delivery.count < 1:
        yield _fault(f"{path}.count", "no-count", "promise at least one lead, or drop the promise")
    for name, money in (("amount", delivery.amount), ("value_per_lead", delivery.value_per_lead)):
        if money is not None and money.minor <= 0:
            yield _fault(f"{path}.{name}", "no-amount", "an amount has to be more than nothing")
    amount, worth = delivery.amount, delivery.value_per_lead
    if amount is not None and worth is not None and amount.currency != worth.currency:
        message = f"the value is promised in {amount.currency}, so what a lead is worth has to be, too"
        yield _fault(f"{path}.value_per_lead", "other-currency", message)
    if delivery.at_least is not None and not 0 < delivery.at_least.ppm <= 1_000_000:
        yield _fault(f"{path}.at_least", "not-a-share", "the share to be kept lies above 0 % and up to 100 %")
    known = TABLES["leads"].names
    for index, field in enumerate(delivery.fields):
        if field not in known and not field.startswith("trait_"):
            hint = did_you_mean(field, known) or "; of the company's own fields write trait_ and the name"
            yield _fault(f"{path}.fields[{index}]", "unknown-field", f"a lead has no field {field!r}{hint}")


def _common_faults(path: str, each: Term | Delivery) -> Iterator[Problem]:
    if not each.name.strip():
        yield _fault(f"{path}.name", "blank-name", "a promise needs a name, such as 'first response'")
    for field, words in each.when.items():
        if (hint := _nearly(field)) is not None:
            message = f"a lead has no field {field!r}{hint}; of the company's own fields write trait_{field}"
            yield _fault(f"{path}.when.{field}", "unknown-field", message)
        if not words:
            yield _fault(f"{path}.when.{field}", "no-word", f"{field} names no word, so no lead would fit")
        for word in words if field == "source" else ():
            if word not in [source.value for source in LeadSource]:
                hint = did_you_mean(word, [source.value for source in LeadSource])
                message = f"there is no lead source {word!r}{hint}"
                yield _fault(f"{path}.when.source", "unknown-source", message)


def _nearly(field: str) -> str | None:
    """Which field of a lead was meant, where one is almost called so."""
    known = [*TABLES["leads"].names, *SHORT, "source"]
    if field in known or field.startswith(TRAIT_PREFIX) or not get_close_matches(field, known, cutoff=0.8):
        return None
    return did_you_mean(field, known)


def _variant_faults(group: str, promises: Iterable[Term | Delivery]) -> Iterator[Problem]:
    """Variants of one promise that would be undecided which of them holds for a lead."""
    variants: defaultdict[str, list[tuple[int, Term | Delivery]]] = defaultdict(list)
    for index, each in enumerate(promises):
        variants[each.name].append((index, each))
    for name, alike in variants.items():
        for (_, first), (index, second) in combinations(alike, 2):
            path = f"{group}[{index}]"
            for key, one, other in _unlike(first, second):
                message = (
                    f"two variants of {name!r} differ in {key}, {one} and {other}: they are two promises"
                )
                yield _fault(f"{path}.{key}", "two-promises", message)
            if first.by != second.by:
                message = f"{name!r} is promised by {first.by} and by {second.by}: one of them promises it"
                yield _fault(f"{path}.by", "two-parties-promise", message)
            if not first.when and not second.when:
                message = f"{name!r} has two variants without `when`: only one can be for all other leads"
                yield _fault(path, "two-defaults", message)
            elif first.when and second.when and first.priority == second.priority and _meet(first, second):
                message = (
                    f"two variants of {name!r} may fit the same lead with the same priority: "
                    "give one of them a higher priority"
                )
                yield _fault(f"{path}.priority", "same-priority", message)


def _unlike(first: Term | Delivery, second: Term | Delivery) -> Iterator[tuple[str, object, object]]:
    """What variants of one promise must have alike, to be counted together, and have not."""
    keys = ("kind", "measure", "per")
    pairs = [(key, getattr(first, key, None), getattr(second, key, None)) for key in keys]
    one, other = getattr(first, "amount", None), getattr(second, "amount", None)
    if isinstance(one, Money) and isinstance(other, Money):
        pairs.append(("amount", one.currency, other.currency))
    yield from (pair for pair in pairs if pair[1] != pair[2])


def _meet(first: Term | Delivery, second: Term | Delivery) -> bool:
    shared = set(first.when) & set(second.when)
    return all(_folded(first.when[field]) & _folded(second.when[field]) for field in shared)


def _folded(words: Iterable[str]) -> set[str]:
    return {fold(word).strip() for word in words}


def contract_faults(
    sla: SlaTerms, *, funnel: Funnel, calendars: Container[str], scores: Container[str] | None = None
) -> Iterator[Problem]:
    """What does not fit the rest of the agreement: stages, calendars and scoring matrices.

    Args:
        sla: One version of the contract.
        funnel: The agreed stages.
        calendars: The names of the agreed working hours.
        scores: The names of the agreed scoring matrices; None where they are not known here.
    """
    for index, term in enumerate(sla.terms):
        path = f"terms[{index}]"
        events = [("starts", term.starts)]
        for name, listed in (("closes", term.closes), ("or_once", term.or_once)):
            events += [(f"{name}[{number}]", event) for number, event in enumerate(listed)]
        for number, pause in enumerate(term.pauses):
            events += [(f"pauses[{number}].starts", pause.starts), (f"pauses[{number}].ends", pause.ends)]
        for place, event in events:
            if event and (message := event_faults(event, funnel)):
                code = "unknown-stage" if event.startswith(("entered ", "left ")) else "unknown-event"
                yield _fault(f"{path}.{place}", code, message)
        yield from _calendar_faults(f"{path}.calendar", term.calendar, calendars)
    for index, delivery in enumerate(sla.deliveries):
        path = f"deliveries[{index}]"
        yield from _stage_faults(f"{path}.stage", delivery.stage, funnel)
        yield from _calendar_faults(f"{path}.calendar", delivery.calendar, calendars)
        yield from _score_faults(f"{path}.score", delivery.score, scores)
    criteria: Mapping[str, Criterion | None] = {
        "qualification": sla.qualification,
        "acceptance": sla.acceptance,
    }
    for name, criterion in criteria.items():
        if criterion is not None:
            yield from _stage_faults(f"{name}.stage", criterion.stage, funnel)
            yield from _score_faults(f"{name}.score", criterion.score, scores)
    for team, calendar in sla.team_calendars.items():
        yield from _calendar_faults(f"team_calendars.{team}", calendar, calendars)


def _stage_faults(path: str, stage: str, funnel: Funnel) -> Iterator[Problem]:
    stages = [each.name for each in funnel]
    if stage not in stages:
        message = f"the funnel has no stage {stage!r}{did_you_mean(stage, stages)}"
        yield _fault(path, "unknown-stage", message)


def _calendar_faults(path: str, calendar: str | None, calendars: Container[str]) -> Iterator[Problem]:
    if calendar is not None and calendar not in calendars:
        known = [*calendars] if isinstance(calendars, Iterable) else []
        hint = did_you_mean(calendar, known) or "; describe them under [calendars.NAME]"
        yield _fault(path, "unknown-calendar", f"there are no working hours {calendar!r}{hint}")


def _score_faults(path: str, score: str | None, scores: Container[str] | None) -> Iterator[Problem]:
    if score is not None and scores is not None and score not in scores:
        known = [*scores] if isinstance(scores, Iterable) else []
        yield _fault(
            path, "unknown-score", f"there is no scoring matrix {score!r}{did_you_mean(score, known)}"
        )


def _fault(path: str, code: str, message: str) -> Problem:
    return Problem(code=code, message=message, origin=Origin(field=path))
