"""From a lead's events to the runs of one clock: when it started, what stopped it, when it stood still.

A clock starts with the first starting event and, once stopped, starts again only after the lead has left and
come back (was recycled, lost or disqualified); a clock that runs *each time* starts with every starting event
after it was stopped. Nothing here knows of calendars: a run says what happened, `_clocks` how long it took.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from smarketing.sla._events import Happened
from smarketing.sla._terms import Term

__all__ = ["Run", "may_be_since", "pauses_of", "runs_of"]

Break = tuple[str, Happened]
_DAY = timedelta(days=1)


class Run(NamedTuple):
    """One running of a clock.

    Attributes:
        started: What started it.
        closed: What stopped it; None while nothing has.
        left: Where the lead went, and when, if that ended the clock before anything stopped it.
        replaced: The assignment to somebody else that has started the clock anew.
        done_count: How many of the closing events that are needed have happened.
        was_enough: Whether it was stopped before that, by an event that is enough all the same.
        is_unsure: Whether what stopped it rests on events of which only the day is known.
    """

    started: Happened
    closed: Happened | None
    left: Break | None
    replaced: Happened | None
    done_count: int
    was_enough: bool = False
    is_unsure: bool = False

    @property
    def ended_at(self) -> datetime | None:
        """When it ended for good, so that nothing stops it any more."""
        ended = self.left[1] if self.left else self.replaced
        return ended.at if ended else None


def runs_of(
    term: Term,
    starts: Sequence[Happened],
    closes: Sequence[Happened],
    breaks: Sequence[Break],
    enough: Sequence[Happened] = (),
) -> list[Run]:
    """The runs of a clock, oldest first; all events in order of time.

    `enough` are the events of which one is enough where several of the closing ones are needed.
    """
    if not starts:
        return []
    if not breaks and not term.each_time and not term.restarts:  # the plain story, told the short way
        return [_run(term, starts, closes, breaks, enough)]
    runs: list[Run] = []
    rest: Sequence[Happened] = starts
    while rest:
        run = _run(term, rest, closes, breaks, enough)
        runs.append(run)
        rest = [each for each in rest[1:] if _may_start(term, run, each, breaks)]
    return runs


def _run(
    term: Term,
    starts: Sequence[Happened],
    closes: Sequence[Happened],
    breaks: Sequence[Break],
    enough: Sequence[Happened],
) -> Run:
    """The run that the first of these events starts."""
    started = starts[0]
    since = started.at
    was_enough = False
    if term.count == 1:
        closed = None
        for each in closes:
            if may_be_since(each, since):
                closed = each
                break
        if not breaks and not term.restarts:
            return Run(started, closed, None, None, 0 if closed is None else 1)
        counted: Sequence[Happened] = () if closed is None else (closed,)
    else:
        counted = _counted([each for each in closes if may_be_since(each, since)], term.count, term.spacing)
        closed = counted[-1] if len(counted) == term.count else None
        reached = next((each for each in enough if may_be_since(each, since)), None)
        if reached is not None and (closed is None or reached.at < closed.at):
            closed, was_enough = reached, True
            counted = [each for each in counted if each.at <= reached.at]
    left = _first_break(breaks, started.at) if term.ends_when_left else None
    if left is not None and closed is not None and closed.at <= left[1].at:
        left = None
    again = _given_to_another(starts) if term.restarts else None
    if again is not None and not any(end.at <= again.at for end in (closed, left and left[1]) if end):
        return Run(started, None, None, again, len(counted))
    if left is not None:
        return Run(started, None, left, None, sum(each.at < left[1].at for each in counted))
    by_day = [each for each in counted if each.is_dated_by_day and (term.spacing or each.at < since)]
    return Run(started, closed, None, None, len(counted), was_enough, closed is not None and bool(by_day))


def _may_start(term: Term, run: Run, each: Happened, breaks: Sequence[Break]) -> bool:
    """Whether an event after a run's start starts the next one."""
    if run.replaced is not None:
        return each.at >= run.replaced.at
    if run.left is not None:
        return each.at >= run.left[1].at
    if run.closed is None or each.at <= run.closed.at:
        return False
    came_back = _first_break(breaks, run.started.at)
    return term.each_time or (came_back is not None and came_back[1].at <= each.at)


def may_be_since(each: Happened, since: datetime) -> bool:
    """Whether an event was at or after an instant, or may have been: of a day that was not over by then."""
    return each.at >= since or (each.is_dated_by_day and each.at + _DAY > since)


def _first_break(breaks: Sequence[Break], since: datetime) -> Break | None:
    return next((each for each in breaks if may_be_since(each[1], since)), None)


def _given_to_another(starts: Sequence[Happened]) -> Happened | None:
    first = starts[0]
    return next((each for each in starts[1:] if each.at > first.at and each.by != first.by), None)


def _counted(closes: Sequence[Happened], count: int, spacing: timedelta | None) -> Sequence[Happened]:
    """The closing events that count, up to as many as are needed: each far enough from the one before."""
    counted: list[Happened] = []
    for each in closes:
        if any(_is_same(each, other) for other in counted):
            continue
        if not counted or spacing is None or each.at - counted[-1].at >= spacing:
            counted.append(each)
            if len(counted) == count:
                break
    return counted


def _is_same(one: Happened, other: Happened) -> bool:
    """Whether it is one fact, said twice."""
    return (
        one.at == other.at
        and one.fact is not None
        and other.fact is not None
        and one.fact.id == other.fact.id
    )


def pauses_of(
    starts: Sequence[Happened], ends: Sequence[Happened], since: datetime, until: datetime
) -> list[tuple[datetime, datetime, bool]]:
    """When a clock stood still between two instants: from, until, and whether it still does."""
    pauses: list[tuple[datetime, datetime, bool]] = []
    resumed = since
    for each in starts:
        if resumed <= each.at < until:
            end = next((other.at for other in ends if other.at >= each.at), None)
            is_open = end is None or end >= until
            resumed = until if end is None or end >= until else end
            pauses.append((each.at, resumed, is_open))
    return pauses
