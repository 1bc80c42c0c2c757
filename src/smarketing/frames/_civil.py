"""Civil time in expressions: wall clocks to instants, instants to the month or period that they fall in.

Boundaries come from Python's `zoneinfo`, as integers; the engines only compare and add. So every engine gives
the same answer, whatever its own time-zone data and its session's zone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import attrs
import narwhals.stable.v2 as nw

from smarketing.periods import from_micros, to_micros

__all__ = ["position_among", "wall_to_utc"]

_SECOND = 1_000_000
_WEEK = timedelta(days=7)


@attrs.frozen
class _Change:
    """A zone's clocks change at an instant; all in microseconds."""

    at: int
    before: int
    after: int


def _changes(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[_Change]:
    def offset(at: datetime) -> int:
        return (at.astimezone(zone).utcoffset() or timedelta()) // timedelta(microseconds=1)

    at = first.replace(microsecond=0)
    while at < last:
        before, after = offset(at), offset(at + _WEEK)
        if after != before:
            start = to_micros(at)
            seconds = range(_WEEK // timedelta(seconds=1) + 1)
            changed = bisect_left(
                seconds, 1, key=lambda s: int(offset(from_micros(start + s * _SECOND)) != before)
            )
            yield _Change(start + changed * _SECOND, before, after)
        at += _WEEK


def wall_to_utc(wall: nw.Expr, zone: str, first_micros: int, last_micros: int) -> nw.Expr:
    """Microseconds on a wall clock as microseconds UTC, for walls between two readings.

    As `smarketing.periods` reads them: a wall time that the clocks skip is the instant at which they jump,
    and one that they show twice is its first showing.
    """
    info = ZoneInfo(zone)
    first = from_micros(first_micros) - timedelta(days=2)
    last = from_micros(last_micros) + timedelta(days=2)
    initial = (first.astimezone(info).utcoffset() or timedelta()) // timedelta(microseconds=1)
    utc: Any = wall - initial
    for change in _changes(info, first, last):
        skipped, resumes = change.at + change.before, change.at + max(change.before, change.after)
        utc = utc - nw.when(wall >= resumes).then(nw.lit(change.after - change.before)).otherwise(
            nw.when(wall >= skipped)
            .then(wall - skipped if resumes > skipped else nw.lit(0))
            .otherwise(nw.lit(0))
        )
    return cast("nw.Expr", utc)


def position_among(instants: nw.Expr, boundaries: Sequence[int]) -> nw.Expr:
    """How many of the ascending boundaries lie at or before each instant; missing instants stay missing."""
    position: Any = instants - instants
    for boundary in boundaries:
        position = position + nw.when(instants >= boundary).then(nw.lit(1)).otherwise(nw.lit(0))
    return cast("nw.Expr", position)
