"""The page of the SLA: both columns of promises, what was broken, what to do today, what to say on Monday."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from smarketing.document import (
    Block,
    Cell,
    Column,
    Marked,
    Metric,
    Note,
    Report,
    Section,
    Table,
    Tone,
    line_chart,
)
from smarketing.estimates import Interval, Rate
from smarketing.funnel import shown_period
from smarketing.language import N_, Words
from smarketing.language import words as words_of
from smarketing.sla._allowed import allowed_by
from smarketing.sla._clocks import Clock, ClockState
from smarketing.sla._delivered import DeliveryResult
from smarketing.sla._result import BROKEN
from smarketing.sla._terms import Measure
from smarketing.sla._verdict import Verdict
from smarketing.values import Money, Share

if TYPE_CHECKING:
    from smarketing.sla._result import SlaResult, TermResult

__all__ = ["sla_report", "to_do_section"]

MOST_CLOCKS = 40
"""How many clocks a list on the page shows; it says how many there are."""

_MEASURES = {
    Measure.VOLUME: N_("Leads delivered"),
    Measure.VALUE: N_("Value delivered"),
    Measure.ACCEPTANCE: N_("Accepted by sales"),
    Measure.SCORE: N_("Leads with the score"),
    Measure.CONVERSION: N_("Leads that became customers"),
    Measure.COMPLETENESS: N_("Leads with complete data"),
}
_SIDES = (
    ("marketing", N_("Marketing to sales")),
    ("sales", N_("Sales to marketing")),
    ("system", N_("What machines do")),
)


def sla_report(result: SlaResult, words: Words | None = None) -> Report:
    """What both sides promised and did, in the given words or in English."""
    words = words or words_of("en")
    sections = [Section(words("Both sides"), [*_both_sides(result, words)])]
    for side, title in _SIDES:
        sections += _side_sections(result, side, words(title), words)
    sections += [*_trend(result, words), *_lists(result, words), _meeting(result, words)]
    return Report(
        title=words("Service level agreement"),
        subtitle=result.contract.name,
        language=words.language,
        period=shown_period(result.period, words),
        as_of=words("Known before {moment}", moment=words.instant(_local(result.as_of, result.period.zone))),
        sections=sections,
    )


def _both_sides(result: SlaResult, words: Words) -> Iterator[Block]:
    note = words.plural(
        "of {count} lead for which a promise was decided",
        "of {count} leads for which a promise was decided",
        result.joint.trials,
    )
    yield Metric(words("Both sides kept their promises"), result.joint.share, "share", note=note)
    verdicts = Counter(each.verdict for each in result.promises)
    for verdict in (Verdict.KEPT, Verdict.BROKEN, Verdict.RUNNING):
        yield Metric(words(_COUNTED[verdict]), verdicts[verdict], "count")


_COUNTED = {
    Verdict.KEPT: N_("Promises kept"),
    Verdict.BROKEN: N_("Promises broken"),
    Verdict.RUNNING: N_("Promises undecided"),
}


def _side_sections(result: SlaResult, side: str, title: str, words: Words) -> Iterator[Section]:
    blocks: list[Block] = []
    deliveries = [each for each in result.deliveries if each.by == side]
    terms = [each for each in result.terms if each.by == side]
    if deliveries:
        blocks.append(_deliveries_table(deliveries, words))
    if terms:
        blocks.append(_terms_table(result, terms, words))
    if blocks:
        yield Section(title, blocks)


def _deliveries_table(deliveries: Sequence[DeliveryResult], words: Words) -> Table:
    columns = [
        Column(words("Promise")),
        Column(words("What counts")),
        Column(words("Promised")),
        Column(words("Delivered")),
        Column(words("Attained"), "share"),
        Column(words("Between")),
        Column(words("Verdict")),
        Column(words("On track")),
    ]
    rows = [
        (
            each.name,
            words(_MEASURES[each.measure]),
            _amount(each.promised, words),
            _amount(each.delivered, words),
            _marked(each.attained_share, each.delivered, words),
            _between(each.interval(), words),
            _verdict(each, words),
            _on_track(each, words),
        )
        for each in deliveries
    ]
    return Table(columns, rows)


def _terms_table(result: SlaResult, terms: Sequence[TermResult], words: Words) -> Table:
    columns = [
        Column(words("Promise")),
        Column(words("Promised"), "share"),
        Column(words("Kept"), "share"),
        Column(words("Between")),
        Column(words("Met"), "count"),
        Column(words("Met late"), "count"),
        Column(words("Missed"), "count"),
        Column(words("Still running"), "count"),
        Column(words("Waived"), "count"),
        Column(words("Not applicable"), "count"),
        Column(words("Not measurable"), "count"),
        Column(words("Verdict")),
    ]
    rows = [
        (
            term.name,
            term.promised,
            _marked(term.attained_share, term.delivered, words),
            _between(term.interval(), words),
            term.tally[ClockState.MET],
            term.tally[ClockState.LATE_MET],
            term.tally[ClockState.MISSED],
            term.tally[ClockState.RUNNING] + term.tally[ClockState.PAUSED],
            term.tally[ClockState.WAIVED],
            term.tally[ClockState.NOT_APPLICABLE],
            term.tally[ClockState.NOT_MEASURABLE],
            words(term.verdict.label),
        )
        for term in terms
    ]
    allowed = "; ".join(f"{term.name}, {allowed_by(result, term.name, words)}" for term in terms)
    note = " ".join(
        (
            words("Time allowed: {promises}.", promises=allowed),
            words("Kept: of the clocks whose time is over. Between: 90 % sure, as of the leads to come."),
        )
    )
    used = [k for k in range(len(columns)) if k not in _ONLY_IF_ANY or any(row[k] for row in rows)]
    return Table([columns[k] for k in used], [[row[k] for k in used] for row in rows], note=note)


_ONLY_IF_ANY = range(7, 11)
"""The columns of a term that are left out where nothing stands in them."""


def _trend(result: SlaResult, words: Words) -> Iterator[Section]:
    """The share kept of each promise over the last periods, where there are several."""
    shares: dict[str, list[float | None]] = {}
    shares |= {each.name: [share for _, share in each.trend] for each in result.deliveries}
    shares |= {term.name: [rate.share for _, rate in term.trend] for term in result.terms}
    told = {name: found for name, found in shares.items() if sum(share is not None for share in found) > 1}
    if not told:
        return
    periods = [period for period, _ in result.promises[0].trend]
    columns = [Column(words("Period")), *(Column(name, "share") for name in told)]
    rows = [
        (shown_period(period, words), *(found[index] for found in told.values()))
        for index, period in enumerate(periods)
    ]
    table = Table(columns, rows)
    alt = words("The share of each promise that was kept, by period, as in the table")
    yield Section(words("Trend"), [line_chart(table, title=words("Attained"), words=words, alt=alt), table])


def _lists(result: SlaResult, words: Words) -> Iterator[Section]:
    broken_count = sum(_count(term, BROKEN) for term in result.terms)
    if broken_count:
        people = Counter(dict(_broken_by_person(result, words)))
        rows = sorted(people.items(), key=lambda item: (-item[1], item[0]))
        columns = [Column(words("Whose turn it was")), Column(words("Broken promises"), "count")]
        by_person = Table(columns, rows[:MOST_CLOCKS], note=_more(len(rows), words))
        broken = [clock for term in result.terms for clock in term.latest_breaches(MOST_CLOCKS)]
        latest = sorted(broken, key=lambda clock: (clock.started_at, clock.lead_id))
        table = _clocks_table(latest[::-1], broken_count, result, words)
        yield Section(words("Do not be on it"), [by_person, table])
    if open_count := sum(term.tally.open_count for term in result.terms):
        to_do = [clock for term in result.terms for clock in term.to_do(MOST_CLOCKS)]
        yield to_do_section(to_do, result.contract.zone, words, count=open_count)


def _count(term: TermResult, states: frozenset[ClockState]) -> int:
    return sum(term.tally[state] for state in states)


def _broken_by_person(result: SlaResult, words: Words) -> Iterator[tuple[str, int]]:
    people: Counter[str] = Counter()
    for term in result.terms:
        for row in term.split("owner") if term.by == "sales" else ():
            people[row.values["owner"] or words("Sales")] += sum(row.tally[state] for state in BROKEN)
        if term.by != "sales":
            people[words(term.by.capitalize())] += _count(term, BROKEN)
    yield from ((person, count) for person, count in people.items() if count)


def to_do_section(clocks: Sequence[Clock], zone: str, words: Words, *, count: int | None = None) -> Section:
    """What is to be done, the most urgent first: the list of the day."""
    ordered = sorted(clocks, key=lambda clock: (clock.due_at or clock.started_at, clock.lead_id))
    rows = [
        (
            clock.lead_id,
            words(clock.commitment.to_do),
            clock.owner or words(clock.party.capitalize()),
            _local(clock.due_at, zone),
            _hours(clock.remaining),
            words(clock.state.label),
        )
        for clock in ordered[:MOST_CLOCKS]
    ]
    columns = [
        Column(words("Lead")),
        Column(words("To do")),
        Column(words("Whose turn")),
        Column(words("Due"), "instant"),
        Column(words("Hours left"), "number", digits=1),
        Column(words("State")),
    ]
    return Section(words("To do now"), [Table(columns, rows, note=_more(count or len(ordered), words))])


def _clocks_table(clocks: Sequence[Clock], count: int, result: SlaResult, words: Words) -> Table:
    zone = result.contract.zone
    rows = [
        (
            clock.lead_id,
            clock.commitment.name,
            clock.owner or words(clock.party.capitalize()),
            _local(clock.started_at, zone),
            _local(clock.due_at, zone),
            _local(clock.closed_at, zone),
            words(clock.state.label),
        )
        for clock in clocks[:MOST_CLOCKS]
    ]
    columns = [
        Column(words("Lead")),
        Column(words("Promise")),
        Column(words("Whose turn it was")),
        Column(words("Started"), "instant"),
        Column(words("Due"), "instant"),
        Column(words("Stopped"), "instant"),
        Column(words("State")),
    ]
    return Table(columns, rows, caption=words("Broken promises"), note=_more(count, words))


def _meeting(result: SlaResult, words: Words) -> Section:
    """Sentences for the weekly meeting: what to celebrate, what to talk about."""
    told: dict[Verdict, list[str]] = {}
    for each in result.promises:
        told.setdefault(each.verdict, []).append(f"{each.name} ({words.share(each.attained_share)})")
    blocks: list[Block] = []
    for verdict, sentence, tone in (
        (Verdict.KEPT, N_("To celebrate: {promises}."), Tone.INFO),
        (Verdict.BROKEN, N_("To talk about: {promises}."), Tone.WARNING),
        (Verdict.RUNNING, N_("Not decided yet: {promises}."), Tone.INFO),
    ):
        if names := told.get(verdict):
            blocks.append(Note(words(sentence, promises=", ".join(names)), tone))
    agreed = dict.fromkeys(filter(None, _agreed_for_breaches(result)))
    blocks += [Note(words("Agreed for a breach: {what}", what=text)) for text in agreed]
    return Section(words("For the weekly meeting"), blocks)


def _agreed_for_breaches(result: SlaResult) -> Iterator[str]:
    broken = {each.name for each in result.promises if each.verdict is Verdict.BROKEN}
    for version in result.contract.in_force:
        if version.since < result.period.end and version.before > result.period.start:
            for delivery in version.terms.deliveries:
                if delivery.name in broken:
                    yield delivery.then or version.terms.then
            for term in version.terms.terms:
                if term.name in broken:
                    yield term.then or version.terms.then


def _amount(amount: int | Money | Share | Rate | None, words: Words) -> str:
    match amount:
        case None:
            return words.missing
        case Rate():
            return words(
                "{count} of {all}", count=words.number(amount.successes), all=words.number(amount.trials)
            )
        case Money():
            return words.money(amount)
        case Share():
            return words.share(Fraction(amount.ppm, 1_000_000))
    return words.number(amount)


def _marked(share: float | None, delivered: object, words: Words) -> Cell:
    if isinstance(delivered, Rate) and delivered.trials and delivered.is_small():
        return Marked(share, words("fewer than 30 leads"))
    return share


def _verdict(delivery: DeliveryResult, words: Words) -> str:
    """Kept or broken and, where there were several months to keep it in, in how many it was."""
    verdict = words(delivery.verdict.label)
    judged = [unit.verdict for unit in delivery.units if unit.verdict in {Verdict.KEPT, Verdict.BROKEN}]
    if len(judged) < 2:
        return verdict
    kept = words.number(sum(each is Verdict.KEPT for each in judged))
    return words(
        "{verdict} (kept {count} of {all} times)", verdict=verdict, count=kept, all=words.number(len(judged))
    )


def _between(interval: Interval | None, words: Words) -> str:
    if interval is None:
        return words.missing
    return words("{low} to {high}", low=words.share(interval.low), high=words.share(interval.high))


def _on_track(delivery: DeliveryResult, words: Words) -> str:
    running = [unit for unit in delivery.units if unit.elapsed_share < 1 and unit.is_on_track is not None]
    if not running:
        return words.missing
    return words("Yes") if all(unit.is_on_track for unit in running) else words("No")


def _hours(length: timedelta | None) -> float | None:
    return None if length is None else length / timedelta(hours=1)


def _local(at: datetime | None, zone: str) -> datetime | None:
    return None if at is None else at.astimezone(ZoneInfo(zone))


def _more(count: int, words: Words) -> str:
    return words("… and {count} more", count=words.number(count - MOST_CLOCKS)) if count > MOST_CLOCKS else ""
