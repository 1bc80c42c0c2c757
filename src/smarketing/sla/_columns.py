"""Clocks as columns: one row per clock, for as many leads as there are.

A clock is kept if it was stopped no later than it was due. In bulk no due date is needed for that: what was
stopped at an instant was stopped in time if, just before, less working time had passed than was allowed. So a
clock is a difference of two readings of the calendar's one clock, a join on the UTC day and no loop.

What no minimum can tell (clocks that run each time, count spaced events, pause, or start anew after the lead
came back) is read one lead at a time, by the reading that `SlaContract.clocks` gives; so both agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.calendars import BusinessCalendar
from smarketing.frames import Frames, rows_of, with_clocks
from smarketing.periods import from_micros, to_micros
from smarketing.schema import ColumnType
from smarketing.sla._assigned import never, turn_at
from smarketing.sla._clocks import ClockState
from smarketing.sla._contract import ALL_HOURS, Conditions, InForce, SlaContract
from smarketing.sla._reads import DAY
from smarketing.sla._rows import EventRows
from smarketing.sla._stories import read_clocks
from smarketing.sla._terms import Term

__all__ = ["COLUMNS", "STATES", "ClockRows", "stacked"]

_Rows = nw.LazyFrame[Any]

STATES = tuple(ClockState)
"""How a clock stands, by the number that stands for it in a column."""

CODES = {state: code for code, state in enumerate(STATES)}
_ZERO = datetime(2020, 1, 1, tzinfo=UTC)
_NEVER = 2**62


COLUMNS: Mapping[str, ColumnType] = {
    "lead_id": ColumnType.TEXT,
    "started_at": ColumnType.INSTANT,
    "closed_at": ColumnType.INSTANT,
    "state": ColumnType.INTEGER,
    "is_over": ColumnType.INTEGER,
    "is_ended": ColumnType.INTEGER,
    "variant": ColumnType.INTEGER,
    "due_at": ColumnType.INSTANT,
}
"""Of every clock. `is_over` says whether it was due before the moment of the frames, `is_ended` whether the
lead has left, so that nothing can stop it any more; `due_at` is missing where nobody had to know it."""


@attrs.frozen(eq=False)
class ClockRows:
    """The clocks of all leads under one contract, as of a moment.

    Attributes:
        frames: The facts that count then.
        events: The same as events.
        contract: The promises.
        as_of: The moment.
        days: The first and last UTC day of all of it, as `with_clocks` takes them; None where unknown.
    """

    frames: Frames
    events: EventRows
    contract: SlaContract
    as_of: datetime
    days: tuple[int, int] | None = None

    def of(
        self,
        version: InForce,
        name: str,
        span: tuple[datetime, datetime],
        variant_of: tuple[_Rows | None, int],
    ) -> _Rows:
        """The clocks of one promise that start between two instants under a version of the contract.

        Args:
            version: The version.
            name: The promise.
            span: The first instant, and the one after the last.
            variant_of: Which variant holds for each lead, as from `Variants.of`.
        """
        window = max(span[0], version.since), min(span[1], version.before)
        found = [
            rows
            for number, (conditions, term) in enumerate(version.clocks[name])
            for rows in self._of_variant(version, (number, conditions, term), window, variant_of)
        ]
        return stacked(self.frames, found)

    def _of_variant(
        self,
        version: InForce,
        variant: tuple[int, Conditions, Term],
        window: tuple[datetime, datetime],
        variant_of: tuple[_Rows | None, int],
    ) -> Iterator[_Rows]:
        number, _, term = variant
        since, before = map(to_micros, window)
        in_reach = nw.col("last_started_at") >= since, nw.col("started_at") < before
        if not _is_columnar(term):
            starts = _meant_for(self._starts(self.events.of([term.starts])), number, variant_of)
            yield self._walked(version, variant, starts.filter(*in_reach), window)
            return
        starts = self._starts(self.events.of([term.starts]))
        if self.events.has_breaks:
            came_back = self._came_back(term)
            again = _meant_for(came_back, number, variant_of).filter(*in_reach)
            yield self._walked(version, variant, again, window)
            starts = starts.join(came_back.select("lead_id"), on="lead_id", how="anti")
            starts = _with_break(starts, self.events.breaks())
        starts = _meant_for(starts, number, variant_of)
        plain = starts.filter(nw.col("started_at") >= since, nw.col("started_at") < before)
        timed = self._timed(version, term, self._closed(term, plain))
        number_of_it = nw.lit(number).cast(nw.Int64).alias("variant")
        timed = timed.with_columns(_number(~nw.col("ended_at").is_null()).alias("is_ended"))
        columns = [name for name in COLUMNS if name not in {"variant", "due_at"}]
        yield timed.select(*columns, number_of_it, never("started_at").alias("due_at"))

    def _starts(self, events: _Rows) -> _Rows:
        """Per lead: `started_at`, `starts_by_day`, `last_started_at`."""
        at, has_days = nw.col("at"), self.events.has_days
        instants = [_instant().alias("instant_at")] if has_days else []
        events = events.select("lead_id", at, at.alias("last_at"), *instants)
        starts = events.group_by("lead_id").agg(
            at.min().alias("started_at"),
            nw.col("last_at").max().alias("last_started_at"),
            *([nw.col("instant_at").min()] if has_days else []),
        )
        if not has_days:
            return starts.with_columns(nw.lit(0).alias("starts_by_day"))
        is_instant = _holds(nw.col("instant_at") == nw.col("started_at"))
        return starts.with_columns(_number(~is_instant).alias("starts_by_day")).drop("instant_at")

    def _came_back(self, term: Term) -> _Rows:
        """The starts of leads that had left, and may have started another clock when they came back."""
        left = self.events.breaks().select("lead_id").unique(["lead_id"])
        starts = self._starts(self.events.of([term.starts]).join(left, on="lead_id", how="semi"))
        started, last = nw.col("started_at"), nw.col("last_started_at")
        return _with_break(starts, self.events.breaks()).filter(last >= nw.col("left_at"), last > started)

    def _closed(self, term: Term, starts: _Rows) -> _Rows:
        """With `closed_at` and `closes_by_day`, and `ended_at`, when leaving ended the clock instead."""
        at, ends = nw.col("at"), self.events.has_breaks and term.ends_when_left
        starts = starts.with_columns(
            (nw.col("left_at") if ends else never("started_at")).alias("ended_at"),
            (nw.col("left_by_day") if ends else nw.lit(0)).alias("ended_by_day"),
        )
        wanted = starts.select("lead_id", "started_at", *(["ended_at"] if ends else []))
        has_days = self.events.has_days
        instants = [_instant().alias("instant_at"), nw.col("is_day")] if has_days else []
        closes = self.events.of(term.closes).select("lead_id", "at", *instants)
        closes = closes.join(wanted, on="lead_id", how="inner")
        closes = closes.filter(_may_be_since("at", "is_day") if has_days else at >= nw.col("started_at"))
        if ends:
            closes = closes.filter(at <= nw.col("ended_at").fill_null(_NEVER))
        first = at.min().alias("closed_at")
        if not has_days:
            rows = starts.join(closes.group_by("lead_id").agg(first), on="lead_id", how="left")
            return rows.with_columns(nw.lit(0).alias("closes_by_day"))
        rows = closes.group_by("lead_id").agg(first, nw.col("instant_at").min())
        rows = starts.join(rows, on="lead_id", how="left")
        is_by_day = ~nw.col("closed_at").is_null() & ~_holds(nw.col("instant_at") == nw.col("closed_at"))
        return rows.with_columns(_number(is_by_day).alias("closes_by_day"))

    def _timed(self, version: InForce, term: Term, rows: _Rows) -> _Rows:
        """With `state` and `is_over`, by the working hours that count for each clock."""
        if self.events.has_waivers:
            rows = rows.join(self.events.waivers(term.name), on="lead_id", how="left")
        else:
            rows = rows.with_columns(never("started_at").alias("waived"))
        judged = nw.coalesce("closed_at", "ended_at").fill_null(to_micros(self.as_of))
        rows = rows.with_columns((judged - 1).alias("judged_at"))
        parts = [self._worked(term, part, hours) for part, hours in self._by_hours(version, term, rows)]
        return nw.concat(parts, how="vertical") if len(parts) > 1 else parts[0]

    def _by_hours(
        self, version: InForce, term: Term, rows: _Rows
    ) -> Iterator[tuple[_Rows, BusinessCalendar | None]]:
        """The clocks by the hours that count for them: those of their team, as agreed when they started."""
        if term.calendar is None:
            yield rows, None
            return
        parts = {term.calendar: rows}
        if term.by == "sales" and (of_teams := version.terms.team_calendars):
            rows = turn_at(self.frames, self.events, rows, "started_at")
            team = nw.col("turn_team").fill_null("")
            parts = {term.calendar: rows.filter(~team.is_in([*of_teams]))}
            for name in dict.fromkeys(of_teams.values()):
                members = [team_name for team_name, hours in of_teams.items() if hours == name]
                own = rows.filter(team.is_in(members))
                parts[name] = nw.concat([parts[name], own]) if name in parts else own
        started = nw.col("started_at")
        for name, part in parts.items():
            versions = self.contract.hours[name]
            ends = [to_micros(since) for since, _ in versions[1:]]
            for (since, hours), end in zip(versions, [*ends, _NEVER], strict=True):
                is_first = hours is versions[0][1]
                yield part.filter((started >= to_micros(since)) | nw.lit(is_first), started < end), hours

    def _worked(self, term: Term, rows: _Rows, hours: BusinessCalendar | None) -> _Rows:
        before_now = to_micros(self.as_of) - 1
        if hours is None:
            started, judged = nw.col("started_at"), nw.col("judged_at")
            rows = rows.with_columns(started.alias("start_clock"), judged.alias("judged_clock"))
            now_clock = before_now
        else:
            rows = with_clocks(
                rows, hours, {"start_clock": "started_at", "judged_clock": "judged_at"}, days=self.days
            )
            now_clock = micros(hours.elapsed(_ZERO, from_micros(before_now)))
        started_now = nw.col("judged_at") < nw.col("started_at")  # it was stopped as it started
        worked = nw.col("judged_clock") - nw.col("start_clock")
        allowed = micros(term.allowed(hours or ALL_HOURS))
        in_time = started_now | (worked < allowed)
        is_over = nw.lit(now_clock) - nw.col("start_clock") >= allowed
        rows = rows.with_columns(_number(is_over).alias("is_over"), _number(in_time).alias("in_time"))
        return rows.with_columns(_state().alias("state"))

    def _walked(
        self,
        version: InForce,
        variant: tuple[int, Conditions, Term],
        starts: _Rows,
        window: tuple[datetime, datetime],
    ) -> _Rows:
        """The clocks of some leads, read one lead at a time."""
        number, conditions, term = variant
        ids = sorted(row["lead_id"] for row in rows_of(starts.select("lead_id")))
        read = read_clocks(self.events, self.contract, version, (conditions, term), ids=ids, as_of=self.as_of)
        clocks = [clock for clock in read if window[0] <= clock.started_at < window[1]]
        columns: dict[str, Sequence[Any]] = {
            "lead_id": [clock.lead_id for clock in clocks],
            "started_at": [to_micros(clock.started_at) for clock in clocks],
            "closed_at": [
                None if clock.closed_at is None else to_micros(clock.closed_at) for clock in clocks
            ],
            "state": [CODES[clock.state] for clock in clocks],
            "is_over": [int(clock.due_at is not None and clock.due_at < self.as_of) for clock in clocks],
            "is_ended": [int(clock.ended_at is not None) for clock in clocks],
            "variant": [number for _ in clocks],
            "due_at": [None if clock.due_at is None else to_micros(clock.due_at) for clock in clocks],
        }
        return self.frames.rows(columns, COLUMNS)


def _state() -> nw.Expr:
    """How a clock stands, from the columns that say what happened and when."""
    is_done, has_left = ~nw.col("closed_at").is_null(), ~nw.col("ended_at").is_null()
    in_time, is_over = nw.col("in_time") == 1, nw.col("is_over") == 1
    is_by_day = (nw.col("starts_by_day") == 1) | (nw.col("closes_by_day") == 1)
    is_released = ~nw.col("waived").is_null()
    cases = (
        (is_by_day & is_released, ClockState.WAIVED),
        (is_by_day, ClockState.NOT_MEASURABLE),
        (is_done & in_time, ClockState.MET),
        (is_released, ClockState.WAIVED),
        (is_done, ClockState.LATE_MET),
        (has_left & in_time & (nw.col("ended_by_day") == 1), ClockState.NOT_MEASURABLE),
        (has_left & in_time, ClockState.NOT_APPLICABLE),
        (is_over, ClockState.MISSED),
    )
    state: nw.Expr = nw.lit(CODES[ClockState.RUNNING])
    for condition, found in reversed(cases):
        state = nw.when(condition).then(nw.lit(CODES[found])).otherwise(state)
    return state.cast(nw.Int64)


def _meant_for(starts: _Rows, number: int, variant_of: tuple[_Rows | None, int]) -> _Rows:
    """The starts of leads for which a variant holds."""
    fitting, default = variant_of
    if fitting is None:
        return starts
    starts = starts.join(fitting, on="lead_id", how="left")
    return starts.filter(nw.col("variant").fill_null(default) == number).drop("variant")


def _with_break(starts: _Rows, breaks: _Rows) -> _Rows:
    """With `left_at`: when the lead first left since its clock had started."""
    since = breaks.join(starts.select("lead_id", "started_at"), on="lead_id", how="inner")
    since = since.filter(_may_be_since("left_at", "left_is_day"))
    by_instant = nw.when(nw.col("left_is_day") == 0).then(nw.col("left_at")).otherwise(nw.lit(_NEVER))
    since = since.with_columns(by_instant.alias("instant_at"))
    first = since.group_by("lead_id").agg(nw.col("left_at").min(), nw.col("instant_at").min())
    by_day = _number(nw.col("instant_at") > nw.col("left_at")).alias("left_by_day")
    first = first.select("lead_id", "left_at", by_day)
    return starts.join(first, on="lead_id", how="left")


def _may_be_since(at: str, is_day: str) -> nw.Expr:
    """Whether an event was since the start, or may have been: of a day that was not over by then."""
    started = nw.col("started_at")
    return (nw.col(at) >= started) | ((nw.col(is_day) == 1) & (nw.col(at) + DAY > started))


def _instant() -> nw.Expr:
    """The instant of an event, missing where only its day is known."""
    return nw.when(nw.col("is_day") == 0).then(nw.col("at"))


def _is_columnar(term: Term) -> bool:
    return not (term.each_time or term.restarts or term.pauses or term.count > 1)


def _holds(condition: nw.Expr) -> nw.Expr:
    return condition.fill_null(value=False)


def _number(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64)


def micros(length: timedelta) -> int:
    """A length of time in whole microseconds."""
    return length // timedelta(microseconds=1)


def stacked(frames: Frames, parts: Sequence[_Rows]) -> _Rows:
    """Rows under each other; parts that were made apart are settled together first."""
    return nw.concat([*frames.settle(*parts)], how="vertical") if len(parts) > 1 else parts[0]
