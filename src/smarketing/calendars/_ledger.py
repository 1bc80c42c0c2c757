"""The clock of a calendar in closed form, over the years looked into so far."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, pairwise
from operator import itemgetter
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL = EPOCH.toordinal()
MICROSECOND = timedelta(microseconds=1)
SECOND, MINUTE, DAY = 1_000_000, 60_000_000, 86_400_000_000
LAST_DAY = date.max.toordinal() - 2 - EPOCH_ORDINAL
ZERO_YEAR = 2020  # the clock reads zero at its start; near today, so that few years need to be looked into
ZERO_DAY = date(ZERO_YEAR, 1, 1).toordinal() - EPOCH_ORDINAL
_FIRST_SECOND, _LAST_SECOND = (2 - EPOCH_ORDINAL) * 86_400, LAST_DAY * 86_400
_STRIDE_SECONDS = 5 * 86_400  # no zone has ever gone to another offset and back within 6.9 days

Span = tuple[int, int]
Week = tuple[tuple[Span, ...], ...]  # for each weekday its windows, in microseconds from its midnight
Row = tuple[int, tuple[Span, ...]]  # of a UTC day: the clock at its start, its open segments
Year = tuple[list[int], list[tuple[int, int]]]  # its closed days, its offsets


class Ledger:
    """The clock over the years looked into so far: a week pattern, the days closed, the changes of clocks.

    Lengths are microseconds. A *wall* is what the office clock shows, in microseconds since it showed the
    start of 1970, with days alike. A piece is (UTC microseconds from which an offset holds, that offset).
    """

    def __init__(self, week: Week, years: range, closed: list[int], pieces: list[tuple[int, int]]) -> None:
        self.week, self.years, self.closed, self.pieces = week, years, closed, pieces
        lengths = [sum(closes - opens for opens, closes in windows) for windows in week]
        self.before = list(accumulate(lengths, initial=0))  # of a week: before each weekday, and all of it
        self.removed = list(accumulate((lengths[(day + 3) % 7] for day in closed), initial=0))
        self.added, self.zero, self.kept = [0], 0, dict[int, int]()
        for (_, old), (at, new) in pairwise(pieces):  # what the wall shows twice counts twice
            change = self.wall(at + old) - self.wall(at + new) if old != new else 0
            self.added.append(self.added[-1] + change)
        self.zero, self.kept = self.clock(ZERO_DAY), {}

    def is_closed(self, day: int) -> bool:
        found = bisect_left(self.closed, day)
        return found < len(self.closed) and self.closed[found] == day

    def wall(self, wall: int) -> int:
        """The open time that the wall has shown before it shows this: days before, then windows under way."""
        day, micros = divmod(wall, DAY)
        weeks, weekday = divmod(day + 2, 7)  # windows that started before yesterday are over
        total = weeks * self.before[7] + self.before[weekday]
        total -= self.removed[bisect_left(self.closed, day - 1)]
        for started, shown in ((day - 1, micros + DAY), (day, micros)):
            if not self.is_closed(started):
                for opens, closes in self.week[(started + 3) % 7]:
                    total += max(min(shown, closes) - opens, 0)
        return total

    def clock(self, utc_day: int) -> int:
        """The clock at the start of a UTC day; it reads zero at the start of 2020."""
        if (clock := self.kept.get(utc_day)) is None:  # deadlines ask for the same days again and again
            at = utc_day * DAY
            piece = bisect_right(self.pieces, at, key=itemgetter(0)) - 1
            clock = self.kept[utc_day] = self.wall(at + self.pieces[piece][1]) + self.added[piece] - self.zero
        return clock

    def segments(self, utc_day: int) -> tuple[Span, ...]:
        """When a UTC day is open, in microseconds from its start; what touches is joined."""
        midnight, edges = utc_day * DAY, set[int]()
        first = bisect_right(self.pieces, midnight, key=itemgetter(0)) - 1
        last = bisect_left(self.pieces, midnight + DAY, key=itemgetter(0))
        holds_until = [start for start, _ in self.pieces[first + 1 : last]] + [midnight + DAY]
        for (start, offset), end in zip(self.pieces[first:last], holds_until, strict=True):
            begin = max(start, midnight)
            for day in range((begin + offset) // DAY - 1, (end + offset) // DAY + 1):
                for opens, closes in () if self.is_closed(day) else self.week[(day + 3) % 7]:
                    span = max(day * DAY - offset + opens, begin), min(day * DAY - offset + closes, end)
                    edges ^= set(span) if span[0] < span[1] else set()  # two that touch leave no edge
        at = sorted(edge - midnight for edge in edges)
        return tuple(zip(at[::2], at[1::2], strict=True))


def closed_days(holidays: Container[date], week: Week, year: int) -> list[int]:
    """The holidays of a year that take windows away, as days since 1970."""
    days: Iterable[int] = range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)
    if isinstance(holidays, frozenset):
        days = sorted(day.toordinal() for day in holidays if day.year == year)
    return [day - EPOCH_ORDINAL for day in days if week[(day + 6) % 7] and date.fromordinal(day) in holidays]


def pieces_of(zone: ZoneInfo, year: int) -> list[tuple[int, int]]:
    """The offsets of a year: (UTC microseconds from which it holds, the offset), the first from 1 January.

    `zoneinfo` does not show its tables, so the offset is read every few days, and where it differs the
    change is looked for, to the second.
    """
    utc_shown = datetime(1970, 1, 1, tzinfo=zone)  # fromutc takes UTC's digits under the zone's own name

    def offset(second: int) -> timedelta | None:
        return zone.fromutc(utc_shown + timedelta(seconds=second)).utcoffset()

    january = (date(year, 1, 1).toordinal() - EPOCH_ORDINAL) * 86_400
    december = (date(year, 12, 31).toordinal() - EPOCH_ORDINAL) * 86_400
    begin, end = max(january, _FIRST_SECOND), min(december + 86_399, _LAST_SECOND)
    pieces = [(january, offset(begin))]
    is_fixed = zone.utcoffset(None) is not None
    for high in () if is_fixed else (*range(begin + _STRIDE_SECONDS, end, _STRIDE_SECONDS), end):
        while (held := pieces[-1][1]) != offset(high):
            seconds = range(max(pieces[-1][0], high - _STRIDE_SECONDS), high + 1)
            change = seconds[bisect_left(seconds, 1, key=lambda second: offset(second) != held)]
            pieces.append((change, offset(change)))
    return [(change * SECOND, (held or timedelta()) // MICROSECOND) for change, held in pieces]
