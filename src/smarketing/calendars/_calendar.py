"""The working hours of an office, and the clock that runs only within them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import attrs

from smarketing.calendars._ledger import (
    EPOCH,
    EPOCH_ORDINAL,
    LAST_DAY,
    MICROSECOND,
    SECOND,
    ZERO_YEAR,
    Ledger,
    Row,
    Week,
    Year,
    closed_days,
    pieces_of,
)
from smarketing.calendars._week import place_problems, read_week, spelled
from smarketing.errors import InvalidFactError, InvalidTermsError

__all__ = ["BusinessCalendar", "DayRow"]

_ROWS_KEPT = 20_000
_MOST_DENSE, _MORE_DENSE = 4_000, 32


class DayRow(NamedTuple):
    """One UTC day of the clock.

    At `micros` into the day the clock reads `clock_micros` plus, for each segment, that part of it which lies
    before: `min(max(micros - opens, 0), closes - opens)`.

    Attributes:
        utc_day: Days since 1970-01-01, by UTC.
        clock_micros: The clock at the start of the day, in microseconds; it reads zero at the start of 2020.
        segments: When it is open: (opens, closes) in microseconds from the start of the day, in order, apart.
    """

    utc_day: int
    clock_micros: int
    segments: tuple[tuple[int, int], ...]


@attrs.define
class _Dense:
    """The clock at the start of each of a run of days: deadlines look into the same weeks again and again."""

    first: int = 0
    starts: list[int] = attrs.field(factory=list)


@attrs.frozen(kw_only=True)
class BusinessCalendar:
    """The working hours of an office.

    Attributes:
        zone: The name of the time zone in which its wall clock hangs.
        windows: For days ("mon-fri", "sat", "mon,wed,fri", "fri-mon", "daily") their windows ("10:00-14:00").
            A window may run past midnight ("22:00-06:00") or until it ("18:00-24:00"). What several keys say
            of one day adds up. Kept in one canonical spelling, so that equal calendars are equal.
        holidays: The local days on which no window starts. A set, list, tuple or dict is copied. Any other
            container (such as one of the `holidays` package, which fills itself as it is asked) is asked once
            for each working day of each year from 2020 to the dates in question, some 0.3 ms a year.

    Raises:
        InvalidTermsError: Every fault at once: an unknown zone, days or windows that cannot be read or that
            overlap, a calendar without any working time, holidays that are not days.
        InvalidFactError: From each method, for an instant without a time zone.

    Example:
        >>> windows = {"mon-fri": ("10:00-14:00", "15:00-18:00")}
        >>> cal = BusinessCalendar(zone="Europe/Madrid", windows=windows, holidays={date(2026, 1, 6)})
        >>> monday, wednesday = datetime(2026, 1, 5, 16, tzinfo=UTC), datetime(2026, 1, 7, 10, tzinfo=UTC)
        >>> str(cal.elapsed(monday, wednesday))
        '2:00:00'
        >>> cal.deadline(monday, timedelta(hours=2)).isoformat()
        '2026-01-07T10:00:00+00:00'
    """

    zone: str
    windows: Mapping[str, str | Sequence[str]] = attrs.field(hash=False)
    holidays: Container[date] = attrs.field(default=frozenset(), hash=False)
    _ledger: Ledger = attrs.field(init=False, repr=False, eq=False)
    _years: dict[int, Year] = attrs.field(init=False, repr=False, eq=False, factory=dict)
    _rows: dict[int, Row] = attrs.field(init=False, repr=False, eq=False, factory=dict)
    _dense: _Dense = attrs.field(init=False, repr=False, eq=False, factory=_Dense)

    def __attrs_post_init__(self) -> None:
        problems = [*place_problems(self.zone, self.holidays)]
        week = read_week(self.windows, problems)
        if problems:
            raise InvalidTermsError("the business calendar cannot be used as written", problems)
        object.__setattr__(self, "windows", spelled(week))
        if isinstance(self.holidays, Iterable) and type(self.holidays).__module__ == "builtins":
            object.__setattr__(self, "holidays", frozenset(self.holidays))
        self._look_into(week, range(ZERO_YEAR - 1, ZERO_YEAR + 1))

    @property
    def working_day(self) -> timedelta:
        """How long a working day is: the week's hours by the days that have any, holidays left aside.

        Example:
            >>> cal = BusinessCalendar(zone="UTC", windows={"mon-thu": "09:00-17:30", "fri": "09:00-15:00"})
            >>> str(cal.working_day)
            '8:00:00'
        """
        days_count = sum(1 for windows in self._ledger.week if windows)
        return MICROSECOND * (self._ledger.before[7] // days_count)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """The working time from `start` to `end`.

        It is `clock(end) - clock(start)`, therefore negative if `end` comes first, and additive:
        `elapsed(a, b) + elapsed(b, c) == elapsed(a, c)` in any order.
        """
        return timedelta(microseconds=self._clock(end) - self._clock(start))

    def deadline(self, start: datetime, budget: timedelta) -> datetime:
        """The earliest instant, in UTC, at which `budget` of working time has passed since `start`.

        A budget that uses the day up exactly therefore ends at closing time, not at the next opening, and a
        budget of zero at `start` itself. `elapsed(start, deadline(start, budget)) == budget`.

        Raises:
            InvalidTermsError: `budget` is negative, or is not to be had before the end of the year 9999.
        """
        micros = budget // MICROSECOND
        target = self._clock(start) + micros
        if micros < 0:
            raise InvalidTermsError(f"a deadline needs a budget of zero or more, not {budget}")
        if micros == 0:
            return start.astimezone(UTC)
        day, closes = self._day_reaching(target, _day_and_micros(start)[0]), 0
        clock, segments = self._row(day)
        for opens, closes in segments:
            clock += closes - opens
            if clock >= target:
                break
        return EPOCH + timedelta(days=day, microseconds=closes - (clock - target))

    def is_open(self, at: datetime) -> bool:
        """Whether the office is open; at opening time it is, at closing time no longer."""
        day, micros = _day_and_micros(at)
        return any(opens <= micros < closes for opens, closes in self._row(day)[1])

    def day_table(self, first: date, last: date) -> Iterator[DayRow]:
        """One row per UTC day from `first` to `last`, both included: the clock for tables.

        Bulk working time is a join on the UTC day (microseconds // 86,400,000,000), integer arithmetic on the
        rest, and a difference; it equals `elapsed` exactly. A row costs some 10 µs.

        Example:
            >>> cal = BusinessCalendar(zone="UTC", windows={"mon-fri": "10:00-18:00"})
            >>> row, = cal.day_table(date(2026, 1, 5), date(2026, 1, 5))
            >>> row.utc_day, [tuple(at // 3_600_000_000 for at in segment) for segment in row.segments]
            (20458, [(10, 18)])
        """
        for day in range(first.toordinal() - EPOCH_ORDINAL, last.toordinal() - EPOCH_ORDINAL + 1):
            yield DayRow(day, *self._row(day))

    def _clock(self, at: datetime) -> int:
        day, micros = _day_and_micros(at)
        clock, segments = self._row(day)
        for opens, closes in segments:
            if micros > opens:
                clock += min(micros, closes) - opens
        return clock

    def _row(self, day: int) -> Row:
        """The clock at the start of a UTC day, and its open segments."""
        if (row := self._rows.get(day)) is None:
            if len(self._rows) >= _ROWS_KEPT:
                self._rows.clear()
            ledger = self._knowing(day)
            row = self._rows[day] = ledger.clock(day), ledger.segments(day)
        return row

    def _day_reaching(self, target: int, day: int) -> int:
        """The first UTC day, from `day` on, at whose end the clock has reached the target."""
        dense = self._dense
        if not dense.first <= day <= dense.first + len(dense.starts):
            dense.first, dense.starts = day, []
        while (not dense.starts or dense.starts[-1] < target) and len(dense.starts) < _MOST_DENSE:
            following = dense.first + len(dense.starts)
            if following + _MORE_DENSE > LAST_DAY:
                break
            clock = self._knowing(following + _MORE_DENSE).clock
            dense.starts += map(clock, range(following, following + _MORE_DENSE))
        if dense.starts and dense.starts[-1] >= target:
            return dense.first + bisect_left(dense.starts, target) - 1
        return self._far_day_reaching(target, day)

    def _far_day_reaching(self, target: int, day: int) -> int:
        """The same for days years away, of which most are leapt over."""
        end, nudge = min(day + 1, LAST_DAY), 1
        ledger = self._knowing(end)
        while (missing := target - ledger.clock(end)) > 0:
            if end == LAST_DAY:
                raise InvalidTermsError("that much working time is not to be had before the year 10000")
            end = min(end + missing * 7 // ledger.before[7] + nudge, LAST_DAY)
            nudge *= 2
            ledger = self._knowing(end)
        return day + bisect_left(range(day + 1, end), target, key=ledger.clock)

    def _knowing(self, day: int) -> Ledger:
        """The ledger, after looking into the years around a UTC day if that is still to do."""
        ledger, dates = self._ledger, (day - 3 + EPOCH_ORDINAL, day + 3 + EPOCH_ORDINAL)
        first, last = (date.fromordinal(max(1, min(n, date.max.toordinal()))).year for n in dates)
        if first in ledger.years and last in ledger.years:
            return ledger
        years = range(min(first, ledger.years[0]), max(last, ledger.years[-1]) + 1)
        return self._look_into(ledger.week, years)

    def _look_into(self, week: Week, years: range) -> Ledger:
        zone = ZoneInfo(self.zone)
        for year in set(years) - self._years.keys():
            self._years[year] = closed_days(self.holidays, week, year), pieces_of(zone, year)
        closed = [day for year in years for day in self._years[year][0]]
        pieces = [piece for year in years for piece in self._years[year][1]]
        ledger = Ledger(week, years, closed, pieces)
        object.__setattr__(self, "_ledger", ledger)
        return ledger


def _day_and_micros(at: datetime) -> tuple[int, int]:
    try:
        since = at - EPOCH
    except TypeError:
        raise InvalidFactError(f"{at.isoformat()} has no time zone: say where it was read") from None
    return since.days, since.seconds * SECOND + since.microseconds
