"""The clocks of one lead at one moment, in plain Python: the same in a web hook as in a nightly job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import attrs

from smarketing.errors import InvalidFactError, InvalidTermsError
from smarketing.facts import Fact, Retracted
from smarketing.funnel import Timeline, counting
from smarketing.language import N_
from smarketing.sla._contract import Conditions, InForce, SlaContract, WorkingTime
from smarketing.sla._events import Happened, StageReader, Story, in_order, story_of
from smarketing.sla._terms import Party, Term
from smarketing.sla._walk import Break, Run, may_be_since, pauses_of, runs_of

__all__ = ["Clock", "ClockState", "Reading", "clocks_of", "due_of", "is_open"]

_ZERO = timedelta()
_LAST = datetime.max.replace(tzinfo=UTC)
_NOBODY = (None, None)
_BY_DAY = "its day is known, its time is not"


class ClockState(StrEnum):
    """How a clock stands. Running and paused ones are neither kept nor broken yet."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    LATE_MET = "late_met"
    MISSED = "missed"
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"
    NOT_MEASURABLE = "not_measurable"

    @property
    def label(self) -> str:
        """What people read, in English."""
        return _LABELS[self]

    @property
    def is_broken(self) -> bool:
        """Whether the promise was broken for this lead: late, or not done at all."""
        return self in {ClockState.MISSED, ClockState.LATE_MET}


# Looked up once: clocks are read by the thousand, and each name of an enum costs a call.
_RUNNING, _PAUSED, _MET, _LATE_MET = (
    ClockState.RUNNING,
    ClockState.PAUSED,
    ClockState.MET,
    ClockState.LATE_MET,
)
_MISSED, _WAIVED = ClockState.MISSED, ClockState.WAIVED
_NOT_APPLICABLE, _NOT_MEASURABLE = ClockState.NOT_APPLICABLE, ClockState.NOT_MEASURABLE

_LABELS = {
    ClockState.RUNNING: N_("Running"),
    ClockState.PAUSED: N_("Paused"),
    ClockState.MET: N_("Met"),
    ClockState.LATE_MET: N_("Met late"),
    ClockState.MISSED: N_("Missed"),
    ClockState.WAIVED: N_("Waived"),
    ClockState.NOT_APPLICABLE: N_("Not applicable"),
    ClockState.NOT_MEASURABLE: N_("Not measurable"),
}


@attrs.frozen
class Clock:
    """One promise to one lead, as it stood at one moment.

    Attributes:
        commitment: The variant of the promise that holds for this lead.
        lead_id: The lead.
        state: How it stands.
        started_at: When it was set going, in UTC.
        due_at: The instant until which it is kept, pauses so far included; None where dates without a time
            leave it open.
        closed_at: When it was stopped; None while nothing has.
        ended_at: When the lead left, or was given to somebody else for whom a clock of its own runs, before
            anything stopped this one: nothing can any more. None for all others.
        remaining: The working time left; below zero how long it has been late; None once it is stopped or
            ended.
        owner: The person whose turn it was when it was stopped or due, or is now; None where nobody's.
        team: That person's team.
        party: Who promised it: "marketing", "sales" or "system".
        done_count: How many of the closing events have happened that count.
        why: Why this variant, or this state, where that is not plain.
    """

    commitment: Term
    lead_id: str
    state: ClockState
    started_at: datetime
    due_at: datetime | None = None
    closed_at: datetime | None = None
    remaining: timedelta | None = None
    owner: str | None = None
    team: str | None = None
    party: Party = "sales"
    done_count: int = 0
    why: str = ""
    ended_at: datetime | None = None


def is_open(clock: Clock) -> bool:
    """Whether there is still something to be done: not where nothing that anybody does could stop it."""
    if clock.closed_at is not None or clock.ended_at is not None:
        return False
    state = clock.state
    return state is _RUNNING or state is _PAUSED or state is _MISSED


def clocks_of(contract: SlaContract, timeline: Timeline | Iterable[Fact], now: datetime) -> tuple[Clock, ...]:
    """The clocks of one lead, as `SlaContract.clocks` says."""
    _check(now)
    return tuple(_reading(contract, timeline, now).clocks())


def due_of(
    contract: SlaContract, timelines: Iterable[Timeline | Iterable[Fact]], now: datetime
) -> list[Clock]:
    """What is still to be done for many leads, as `SlaContract.due` says."""
    _check(now)
    found = [
        clock
        for timeline in timelines
        for clock in _reading(contract, timeline, now).clocks(only_open=True)
        if is_open(clock)
    ]
    return sorted(found, key=lambda clock: (clock.due_at or _LAST, clock.lead_id, clock.commitment.name))


def _check(now: datetime) -> None:
    if now.tzinfo is None:
        raise InvalidFactError(f"{now.isoformat()} has no time zone: say where it was read")


def _reading(contract: SlaContract, timeline: Timeline | Iterable[Fact], now: datetime) -> Reading:
    try:
        facts: Sequence[Fact] = timeline.facts if isinstance(timeline, Timeline) else [*timeline]
    except TypeError:
        hint = "give the timeline, or the facts, of each lead: [facts] where there is one lead"
        raise InvalidTermsError(f"{type(timeline).__name__} is no timeline: {hint}") from None
    told = facts
    if any(type(fact) is Retracted for fact in facts):
        facts = counting(facts, now)
    return Reading(contract, story_of(facts, now, told), now)


class _Events(dict[str, list[Happened]]):
    """What happened to a lead, in order, by event; entries into stages are looked for when asked for."""

    __slots__ = ("_stages", "_story")

    def __init__(self, story: Story, stages: StageReader) -> None:
        self._story, self._stages = story, stages
        for event, found in story.events.items():
            self[event] = in_order(found) if len(found) > 1 else found

    def __missing__(self, event: str) -> list[Happened]:
        found = self[event] = self._stages.occurrences(event, self._story)
        return found

    def of_any(self, events: Sequence[str]) -> list[Happened]:
        found = [each for event in events for each in self[event]]
        return in_order(found) if len(found) > 1 else found


class Reading:
    """One lead's story under one contract, at one moment."""

    __slots__ = ("_breaks", "_contract", "_events", "_is_plain", "_lead_id", "_now", "_story", "_words")

    def __init__(self, contract: SlaContract, story: Story, now: datetime) -> None:
        self._contract, self._story, self._now = contract, story, now
        self._events = _Events(story, contract.stages)
        self._words: dict[str, str | None] = {}
        self._breaks: list[Break] = contract.stages.breaks(story)
        self._lead_id = story.lead_id
        self._is_plain = not (self._breaks or story.waived or story.has_days)

    def clocks(self, *, only_open: bool = False) -> Iterator[Clock]:
        """Every clock of the lead, or without those that something has stopped."""
        for version in self._contract.in_force:
            if version.since < self._now:
                for variants in version.clocks.values():
                    variant = variants[0] if not variants[0][0] else self._fitting(variants)
                    if variant is None or not self._events[variant[1].starts]:
                        continue
                    if not self._is_plain or variant[1].has_turns:
                        yield from self.of(version, *variant, only_open=only_open)
                    elif (clock := self._plain_clock(version, *variant, only_open=only_open)) is not None:
                        yield clock

    def _fitting(self, variants: Sequence[tuple[Conditions, Term]]) -> tuple[Conditions, Term] | None:
        for conditions, term in variants:
            if all(self._word(field) in words for field, words in conditions):
                return conditions, term
        return None

    def _word(self, field: str) -> str | None:
        if field not in self._words:
            self._words[field] = self._contract.word(self._story.lead, field)
        return self._words[field]

    def of(
        self, version: InForce, conditions: Conditions, term: Term, *, only_open: bool = False
    ) -> Iterator[Clock]:
        """The clocks of one variant of a promise that start under a version of the contract."""
        closes = term.closes
        closing = self._events[closes[0]] if len(closes) == 1 else self._events.of_any(closes)
        enough = self._events.of_any(term.or_once) if term.or_once else ()
        for run in runs_of(term, self._events[term.starts], closing, self._breaks, enough):
            if only_open and run.closed is not None:
                continue
            if version.since <= run.started.at < version.before:
                yield self._clock(version, conditions, term, run)

    def _plain_clock(
        self, version: InForce, conditions: Conditions, term: Term, *, only_open: bool
    ) -> Clock | None:
        """What `of` gives for a story without turns, which most are, with a third of the steps."""
        now, closes = self._now, term.closes
        started_at = self._events[term.starts][0].at
        if not version.since <= started_at < version.before:
            return None
        closed_at = None
        for each in self._events[closes[0]] if len(closes) == 1 else self._events.of_any(closes):
            if each.at >= started_at:
                closed_at = each.at
                break
        if closed_at is not None and only_open:
            return None
        remaining = None
        if term.calendar is None:
            due_at = started_at + term.within
            if closed_at is None:
                remaining = due_at - now
        else:
            hours = self._hours(version, term, started_at)
            due_at = hours.deadline(started_at, term.allowed(hours))
            if closed_at is None:
                remaining = hours.elapsed(now, due_at)
        turn_at = now if closed_at is None else closed_at
        if closed_at is not None:
            state = _MET if closed_at <= due_at else _LATE_MET
        else:
            state = _RUNNING if now <= due_at else _MISSED
        if state is _MISSED or state is _LATE_MET:
            turn_at = due_at
        owner, team = self._story.assignee(turn_at) if term.by == "sales" else _NOBODY
        return Clock(
            term, self._lead_id, state, started_at, due_at, closed_at, remaining,
            owner, team, term.by, 0 if closed_at is None else 1, _why(conditions) if conditions else "",
        )  # fmt: skip

    def _clock(self, version: InForce, conditions: Conditions, term: Term, run: Run) -> Clock:
        started, closed, now = run.started, run.closed, self._now
        turn_at = now if closed is None else closed.at
        closed_at = None if closed is None else turn_at
        waiver = self._story.waived.get(term.name) if self._story.waived else None
        due_at: datetime | None = None
        remaining: timedelta | None = None
        if self._story.has_days and self._is_unsure(term, run):
            state, reason = _NOT_MEASURABLE if waiver is None else _WAIVED, _BY_DAY
        else:
            hours = self._hours(version, term, started.at)
            due_at, is_paused = hours.deadline(started.at, term.allowed(hours)), False
            if term.pauses:
                due_at, is_paused = self._paused(term, run, hours, due_at)
            state, reason = self._state(run, due_at, is_paused=is_paused)
            if waiver is not None and state is not _MET:
                state, reason = _WAIVED, waiver
            if closed is None and run.ended_at is None:
                remaining = hours.elapsed(now, due_at)
            if due_at < turn_at and state is not _WAIVED and (remaining is None or state is _MISSED):
                turn_at = due_at
        if not reason and conditions:
            reason = _why(conditions)
        owner, team = self._turn(term, turn_at)
        return Clock(
            term, self._lead_id, state, started.at, due_at, closed_at,
            remaining, owner, team, term.by, run.done_count, reason, run.ended_at,
        )  # fmt: skip

    def _is_unsure(self, term: Term, run: Run) -> bool:
        """Whether it hangs on an event of which only the day is known."""
        if run.started.is_dated_by_day or run.is_unsure:
            return True
        if run.closed is not None and run.closed.is_dated_by_day:
            return True
        until = self._now if run.closed is None else run.closed.at
        return any(
            each.is_dated_by_day and each.at < until and may_be_since(each, run.started.at)
            for pause in term.pauses
            for each in self._events.of_any((pause.starts, pause.ends))
        )

    def _hours(self, version: InForce, term: Term, at: datetime) -> WorkingTime:
        name, team_calendars = term.calendar, version.terms.team_calendars
        if name is not None and team_calendars and term.by == "sales":
            _, team = self._turn(term, at)
            name = team_calendars.get(team or "", name)
        return self._contract.working_time(name, at)

    def _paused(self, term: Term, run: Run, hours: WorkingTime, due_at: datetime) -> tuple[datetime, bool]:
        """The instant until which the clock is kept, its pauses added, and whether it stands still now."""
        until = self._now if run.closed is None else run.closed.at
        found: list[tuple[datetime, datetime, bool]] = []
        for pause in term.pauses:
            starts, ends = self._events[pause.starts], self._events[pause.ends]
            found += pauses_of(starts, ends, run.started.at, until)
        waited, reached, is_paused = _ZERO, run.started.at, False
        for begins, ends_at, is_still in sorted(found):
            if begins > due_at:
                break
            waited += max(hours.elapsed(max(begins, reached), ends_at), _ZERO)
            reached = max(reached, ends_at)
            is_paused = is_paused or (is_still and run.closed is None)
            due_at = hours.deadline(run.started.at, term.allowed(hours) + waited)
        return due_at, is_paused

    def _state(self, run: Run, due_at: datetime, *, is_paused: bool) -> tuple[ClockState, str]:
        ended_by = run.left[1] if run.left is not None else run.replaced
        if ended_by is not None and ended_by.at <= due_at:
            if ended_by.is_dated_by_day:
                return _NOT_MEASURABLE, _BY_DAY
            if run.left is not None:
                return _NOT_APPLICABLE, f"the lead left for {run.left[0]!r} before it was due"
            return _NOT_APPLICABLE, "given to somebody else, for whom it starts anew"
        if run.closed is not None:
            why = "it was enough before all were needed" if run.was_enough else ""
            return (_MET if run.closed.at <= due_at else _LATE_MET), why
        if self._now > due_at:
            return _MISSED, ""
        return (_PAUSED if is_paused else _RUNNING), ""

    def _turn(self, term: Term, at: datetime) -> tuple[str | None, str | None]:
        """The person whose turn it was at an instant, and their team."""
        return self._story.assignee(at) if term.by == "sales" else _NOBODY


def _why(conditions: Conditions) -> str:
    """Why this variant, where it is not the one for all others."""
    return " and ".join(f"{field} is {' or '.join(sorted(words))}" for field, words in conditions)
