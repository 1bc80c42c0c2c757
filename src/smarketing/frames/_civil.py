"""Civil time in expressions: wall clocks to instants, instants to the month or period that they fall in.

Boundaries come from Python's `zoneinfo`, as integers; the engines only compare and add. So every engine gives
the same answer, whatever its own time-zone data and its session's zone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import attrs
import narwhals.stable.v2 as nw

from smarketing.periods import from_micros, to_micros

__all__ = ["WEEK_MICROS", "local_days", "position_among", "wall_to_utc"]

_SECOND = 1_000_000
_WEEK = timedelta(days=7)
_MARGIN = timedelta(days=2)
_DAY = 86_400 * _SECOND
WEEK_MICROS = 7 * _DAY
_CENTURY = 36_525 * _DAY  # added before a division, for engines round toward zero or by way of a float


@attrs.frozen
class _Change:
    """A zone's clocks change at an instant; all in microseconds."""

    at: int
    before: int
    after: int


def _offset(zone: ZoneInfo, at: datetime) -> int:
    return (at.astimezone(zone).utcoffset() or timedelta()) // timedelta(microseconds=1)


def _stretches(weeks: Collection[int]) -> list[tuple[datetime, datetime]]:
    """The stretches of time, with a margin, that some weeks since 1970 cover: a stray year costs nothing."""
    ends: list[list[int]] = []
    for week in sorted(weeks):
        # An engine that rounds toward zero calls the week before 1970 week 0 too.
        first, last = week - 1, week + 2
        if ends and first <= ends[-1][1]:
            ends[-1][1] = last
        else:
            ends.append([first, last])
    earliest, latest = datetime.min.replace(tzinfo=UTC) + _MARGIN, datetime.max.replace(tzinfo=UTC) - _MARGIN

    def start(week: int) -> datetime:
        micros = min(max(week * WEEK_MICROS, to_micros(earliest)), to_micros(latest))
        return from_micros(micros).replace(microsecond=0)

    return [(start(first), start(last)) for first, last in ends]


def _changes(zone: ZoneInfo, weeks: Collection[int]) -> Iterator[_Change]:
    """The changes within those weeks; what changed between two stretches counts as one, after the first."""
    left: _Change | None = None
    for first, last in _stretches(weeks):
        if left and (resumed := _offset(zone, first)) != left.after:
            yield _Change(left.at, left.after, resumed)
        at = first
        while at < last:
            end = min(at + _WEEK, last)
            before, after = _offset(zone, at), _offset(zone, end)
            if after != before:
                start = to_micros(at)
                changed = bisect_left(
                    range((end - at) // timedelta(seconds=1)),
                    1,
                    key=lambda s: int(_offset(zone, from_micros(start + s * _SECOND)) != before),
                )
                yield _Change(start + changed * _SECOND, before, after)
            at = end
        left = _Change(to_micros(last), 0, _offset(zone, last))


def wall_to_utc(wall: nw.Expr, zone: str, weeks: Collection[int]) -> nw.Expr:
    """Microseconds on a wall clock as microseconds UTC, for walls within some weeks since 1970.

    As `smarketing.periods` reads them: a wall time that the clocks skip is the instant at which they jump,
    and one that they show twice is its first showing.
    """
    info = ZoneInfo(zone)
    utc: Any = wall - _offset(info, _stretches(weeks)[0][0])
    for change in _changes(info, weeks):
        skipped, resumes = change.at + change.before, change.at + max(change.before, change.after)
        utc = utc - nw.when(wall >= resumes).then(nw.lit(change.after - change.before)).otherwise(
            nw.when(wall >= skipped)
            .then(wall - skipped if resumes > skipped else nw.lit(0))
            .otherwise(nw.lit(0))
        )
    return cast("nw.Expr", utc)


def local_days(instants: nw.Expr, zone: str, first: int, last: int) -> nw.Expr:
    """A whole number for the local day of each instant: the same within a day, and another on each day.

    Args:
        instants: Microseconds since 1970 in UTC.
        zone: On whose wall.
        first: No instant lies before this one.
        last: None lies after this one.
    """
    info = ZoneInfo(zone)
    weeks = range(first // WEEK_MICROS, last // WEEK_MICROS + 1)
    wall: Any = instants + (_offset(info, _stretches(weeks)[0][0]) + _CENTURY)
    for change in _changes(info, weeks):
        later = nw.when(instants >= change.at).then(nw.lit(change.after - change.before))
        wall = wall + later.otherwise(nw.lit(0))
    return cast("nw.Expr", wall // _DAY)


def position_among(instants: nw.Expr, boundaries: Sequence[int]) -> nw.Expr:
    """How many of the ascending boundaries lie at or before each instant; missing instants stay missing."""
    position: Any = instants - instants
    for boundary in boundaries:
        position = position + nw.when(instants >= boundary).then(nw.lit(1)).otherwise(nw.lit(0))
    return cast("nw.Expr", position)
