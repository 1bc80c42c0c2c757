"""Working time, as the difference of one clock that runs only while the office is open.

A moment is open if the clock on the office wall then shows a time inside one of its windows; a window belongs
to the local day on which it starts, and a holiday takes away the windows that start on it. So an overnight
window "22:00-06:00" lasts seven hours in the night in which clocks go forward, and nine when they go back.

Working time is `clock(end) - clock(start)`, where `clock(t)` is the working time up to t in closed form: on
the wall's own axis a week pattern repeats, less the holidays (a bisection); each change of clocks adds what
the wall showed twice, or takes what it skipped. Ten years cost what a day does.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import attrs

from smarketing.errors import InvalidFactError, InvalidTermsError, did_you_mean
from smarketing.origin import Origin, Problem

__all__ = ["BusinessCalendar", "DayRow"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = _EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)
_SECOND, _MINUTE, _DAY = 1_000_000, 60_000_000, 86_400_000_000
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LAST_DAY = date.max.toordinal() - 2 - _EPOCH_ORDINAL
_FIRST_SECOND, _LAST_SECOND = (2 - _EPOCH_ORDINAL) * 86_400, _LAST_DAY * 86_400
_ZERO_YEAR = 2020  # the clock reads zero at its start; near today, so that few years need to be looked into
_ZERO_DAY = date(_ZERO_YEAR, 1, 1).toordinal() - _EPOCH_ORDINAL
_STRIDE_SECONDS = 5 * 86_400  # no zone has ever gone to another offset and back within 6.9 days
_ROWS_KEPT = 20_000
_WINDOW = re.compile(r"\s*(\d{1,2}):([0-5]\d)\s*-\s*(\d{1,2}):([0-5]\d)\s*")

_Span = tuple[int, int]
_Week = tuple[tuple[_Span, ...], ...]  # for each weekday its windows, in microseconds from its midnight
_Row = tuple[int, tuple[_Span, ...]]  # of a UTC day: the clock at its start, its open segments
_Placed = tuple[int, int, int, str]  # opens, closes (minutes of the week), weekday, where it was said
_Year = tuple[list[int], list[tuple[int, int]]]  # its closed days, its offsets


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


class _Ledger:
    """The clock over the years looked into so far: a week pattern, the days closed, the changes of clocks.

    Lengths are microseconds. A *wall* is what the office clock shows, in microseconds since it showed the
    start of 1970, with days alike. A piece is (UTC microseconds from which an offset holds, that offset).
    """

    def __init__(self, week: _Week, years: range, closed: list[int], pieces: list[tuple[int, int]]) -> None:
        self.week, self.years, self.closed, self.pieces = week, years, closed, pieces
        lengths = [sum(closes - opens for opens, closes in windows) for windows in week]
        self.before = list(accumulate(lengths, initial=0))  # of a week: before each weekday, and all of it
        self.removed = list(accumulate((lengths[(day + 3) % 7] for day in closed), initial=0))
        self.added, self.zero, self.kept = [0], 0, dict[int, int]()
        for (_, old), (at, new) in pairwise(pieces):  # what the wall shows twice counts twice
            change = self.wall(at + old) - self.wall(at + new) if old != new else 0
            self.added.append(self.added[-1] + change)
        self.zero, self.kept = self.clock(_ZERO_DAY), {}

    def is_closed(self, day: int) -> bool:
        found = bisect_left(self.closed, day)
        return found < len(self.closed) and self.closed[found] == day

    def wall(self, wall: int) -> int:
        """The open time that the wall has shown before it shows this: days before, then windows under way."""
        day, micros = divmod(wall, _DAY)
        weeks, weekday = divmod(day + 2, 7)  # windows that started before yesterday are over
        total = weeks * self.before[7] + self.before[weekday]
        total -= self.removed[bisect_left(self.closed, day - 1)]
        for started, shown in ((day - 1, micros + _DAY), (day, micros)):
            if not self.is_closed(started):
                for opens, closes in self.week[(started + 3) % 7]:
                    total += max(min(shown, closes) - opens, 0)
        return total

    def clock(self, utc_day: int) -> int:
        """The clock at the start of a UTC day; it reads zero at the start of 2020."""
        if (clock := self.kept.get(utc_day)) is None:  # deadlines ask for the same days again and again
            at = utc_day * _DAY
            piece = bisect_right(self.pieces, at, key=itemgetter(0)) - 1
            clock = self.kept[utc_day] = self.wall(at + self.pieces[piece][1]) + self.added[piece] - self.zero
        return clock

    def segments(self, utc_day: int) -> tuple[_Span, ...]:
        """When a UTC day is open, in microseconds from its start; what touches is joined."""
        midnight, edges = utc_day * _DAY, set[int]()
        first = bisect_right(self.pieces, midnight, key=itemgetter(0)) - 1
        last = bisect_left(self.pieces, midnight + _DAY, key=itemgetter(0))
        holds_until = [start for start, _ in self.pieces[first + 1 : last]] + [midnight + _DAY]
        for (start, offset), end in zip(self.pieces[first:last], holds_until, strict=True):
            begin = max(start, midnight)
            for day in range((begin + offset) // _DAY - 1, (end + offset) // _DAY + 1):
                for opens, closes in () if self.is_closed(day) else self.week[(day + 3) % 7]:
                    span = max(day * _DAY - offset + opens, begin), min(day * _DAY - offset + closes, end)
                    edges ^= set(span) if span[0] < span[1] else set()  # two that touch leave no edge
        at = sorted(edge - midnight for edge in edges)
        return tuple(zip(at[::2], at[1::2], strict=True))


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
    _ledger: _Ledger = attrs.field(init=False, repr=False, eq=False)
    _years: dict[int, _Year] = attrs.field(init=False, repr=False, eq=False, factory=dict)
    _rows: dict[int, _Row] = attrs.field(init=False, repr=False, eq=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        problems = [*_place_problems(self.zone, self.holidays)]
        week = _read_week(self.windows, problems)
        if problems:
            raise InvalidTermsError("the business calendar cannot be used as written", problems)
        object.__setattr__(self, "windows", _spelled(week))
        if isinstance(self.holidays, Iterable) and type(self.holidays).__module__ == "builtins":
            object.__setattr__(self, "holidays", frozenset(self.holidays))
        self._look_into(week, range(_ZERO_YEAR - 1, _ZERO_YEAR + 1))

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
        micros = budget // _MICROSECOND
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
        return _EPOCH + timedelta(days=day, microseconds=closes - (clock - target))

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
        for day in range(first.toordinal() - _EPOCH_ORDINAL, last.toordinal() - _EPOCH_ORDINAL + 1):
            yield DayRow(day, *self._row(day))

    def _clock(self, at: datetime) -> int:
        day, micros = _day_and_micros(at)
        clock, segments = self._row(day)
        for opens, closes in segments:
            if micros > opens:
                clock += min(micros, closes) - opens
        return clock

    def _row(self, day: int) -> _Row:
        """The clock at the start of a UTC day, and its open segments."""
        if (row := self._rows.get(day)) is None:
            if len(self._rows) >= _ROWS_KEPT:
                self._rows.clear()
            ledger = self._knowing(day)
            row = self._rows[day] = ledger.clock(day), ledger.segments(day)
        return row

    def _day_reaching(self, target: int, day: int) -> int:
        """The first UTC day, from `day` on, at whose end the clock has reached the target."""
        for near in range(day, min(day + 4, _LAST_DAY)):
            if self._row(near + 1)[0] >= target:
                return near
        end, nudge = min(day + 1, _LAST_DAY), 1
        ledger = self._knowing(end)
        while (missing := target - ledger.clock(end)) > 0:
            if end == _LAST_DAY:
                raise InvalidTermsError("that much working time is not to be had before the year 10000")
            end = min(end + missing * 7 // ledger.before[7] + nudge, _LAST_DAY)
            nudge *= 2
            ledger = self._knowing(end)
        return day + bisect_left(range(day + 1, end), target, key=ledger.clock)

    def _knowing(self, day: int) -> _Ledger:
        """The ledger, after looking into the years around a UTC day if that is still to do."""
        ledger, dates = self._ledger, (day - 3 + _EPOCH_ORDINAL, day + 3 + _EPOCH_ORDINAL)
        first, last = (date.fromordinal(max(1, min(n, date.max.toordinal()))).year for n in dates)
        if first in ledger.years and last in ledger.years:
            return ledger
        years = range(min(first, ledger.years[0]), max(last, ledger.years[-1]) + 1)
        return self._look_into(ledger.week, years)

    def _look_into(self, week: _Week, years: range) -> _Ledger:
        zone = ZoneInfo(self.zone)
        for year in set(years) - self._years.keys():
            self._years[year] = _closed_days(self.holidays, week, year), _pieces(zone, year)
        closed = [day for year in years for day in self._years[year][0]]
        pieces = [piece for year in years for piece in self._years[year][1]]
        ledger = _Ledger(week, years, closed, pieces)
        object.__setattr__(self, "_ledger", ledger)
        return ledger


def _day_and_micros(at: datetime) -> tuple[int, int]:
    try:
        since = at - _EPOCH
    except TypeError:
        raise InvalidFactError(f"{at.isoformat()} has no time zone: say where it was read") from None
    return since.days, since.seconds * _SECOND + since.microseconds


def _closed_days(holidays: Container[date], week: _Week, year: int) -> list[int]:
    """The holidays of a year that take windows away, as days since 1970."""
    days: Iterable[int] = range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)
    if isinstance(holidays, frozenset):
        days = sorted(day.toordinal() for day in holidays if day.year == year)
    return [day - _EPOCH_ORDINAL for day in days if week[(day + 6) % 7] and date.fromordinal(day) in holidays]


def _pieces(zone: ZoneInfo, year: int) -> list[tuple[int, int]]:
    """The offsets of a year: (UTC microseconds from which it holds, the offset), the first from 1 January.

    `zoneinfo` does not show its tables, so the offset is read every few days, and where it differs the
    change is looked for, to the second.
    """
    utc_shown = datetime(1970, 1, 1, tzinfo=zone)  # fromutc takes UTC's digits under the zone's own name

    def offset(second: int) -> timedelta | None:
        return zone.fromutc(utc_shown + timedelta(seconds=second)).utcoffset()

    january = (date(year, 1, 1).toordinal() - _EPOCH_ORDINAL) * 86_400
    december = (date(year, 12, 31).toordinal() - _EPOCH_ORDINAL) * 86_400
    begin, end = max(january, _FIRST_SECOND), min(december + 86_399, _LAST_SECOND)
    pieces = [(january, offset(begin))]
    is_fixed = zone.utcoffset(None) is not None
    for high in () if is_fixed else (*range(begin + _STRIDE_SECONDS, end, _STRIDE_SECONDS), end):
        while (held := pieces[-1][1]) != offset(high):
            seconds = range(max(pieces[-1][0], high - _STRIDE_SECONDS), high + 1)
            change = seconds[bisect_left(seconds, 1, key=lambda second: offset(second) != held)]
            pieces.append((change, offset(change)))
    return [(change * _SECOND, (held or timedelta()) // _MICROSECOND) for change, held in pieces]


def _place_problems(zone: str, holidays: object) -> Iterator[Problem]:
    """What is wrong with the zone and the holidays; a lazily filled container is judged by what it holds."""
    try:
        ZoneInfo(zone)
    except (LookupError, OSError, ValueError):
        message = f"there is no time zone {zone!r}{did_you_mean(zone, available_timezones())}"
        yield _problem("unknown-zone", message, "zone")
    if not isinstance(holidays, Container):
        yield _problem("invalid-holiday", f"{holidays!r} is no set or other container of dates", "holidays")
    for day in holidays if isinstance(holidays, Collection) else ():
        if not isinstance(day, date) or isinstance(day, datetime):
            message = f"{day!r} is not a day: give one such as date(2026, 1, 6)"
            yield _problem("invalid-holiday", message, "holidays")


def _read_week(windows: Mapping[str, str | Sequence[str]], problems: list[Problem]) -> _Week:
    """The windows of each weekday; what is wrong with them is added to the problems."""
    placed: list[_Placed] = []
    for days, texts in windows.items():
        weekdays = _read_days(days, f"windows.{days}", problems)
        for n, text in enumerate([texts] if isinstance(texts, str) else texts):
            path = f"windows.{days}[{n}]"
            opens, closes = _read_window(text, path, problems)
            placed.extend((day * 1440 + opens, day * 1440 + closes, day, path) for day in weekdays)
    if not any(windows.values()):
        hint = 'no working time would ever pass: add a window such as "mon-fri": "09:00-17:00"'
        problems.append(_problem("no-working-time", hint, "windows"))
    placed.sort()
    clashes: dict[tuple[str, str], int] = {}
    latest = (0, 0, 0, "")
    next_week = [(opens + 10_080, closes + 10_080, day, path) for opens, closes, day, path in placed]
    for opens, closes, day, path in placed + next_week:
        if opens < latest[1] and closes > opens:
            clashes.setdefault((path, latest[3]), day)
        latest = max(latest, (opens, closes, day, path), key=itemgetter(1))
    for (path, other), day in clashes.items():
        hint = f"on {_WEEKDAYS[day]} it opens before {other} closes: join the two, or part them"
        problems.append(_problem("overlapping-windows", hint, path))
    in_micros = [(day, ((a - day * 1440) * _MINUTE, (b - day * 1440) * _MINUTE)) for a, b, day, _ in placed]
    return tuple(tuple(span for on, span in in_micros if on == day) for day in range(7))


def _read_days(text: str, path: str, problems: list[Problem]) -> list[int]:
    """The weekdays, Monday being 0, that a key such as "mon-fri" or "sat,sun" names."""
    days: set[int] = set()
    for part in text.casefold().replace("daily", "mon-sun").split(","):
        first, _, last = (word.strip() for word in part.partition("-"))
        unknown = [word for word in (first, last or first) if word not in _WEEKDAYS]
        for word in dict.fromkeys(unknown):
            hint = f"{did_you_mean(word, _WEEKDAYS)}: write mon, mon-fri, sat,sun or daily"
            problems.append(_problem("unknown-weekday", f"{word!r} is no weekday{hint}", path))
        if not unknown:
            start, end = (_WEEKDAYS.index(word) for word in (first, last or first))
            days.update((start + n) % 7 for n in range((end - start) % 7 + 1))
    return sorted(days)


def _read_window(text: object, path: str, problems: list[Problem]) -> _Span:
    """Opening and closing in minutes from midnight; a window past midnight closes after 24:00."""
    found = _WINDOW.fullmatch(text) if isinstance(text, str) else None
    opens, closes = (int(found[n]) * 60 + int(found[n + 1]) for n in (1, 3)) if found else (1440, 0)
    if opens >= 1440 or closes > 1440:
        message = f"{text!r} is no window: write opening and closing time, such as 09:00-17:00 or 22:00-06:00"
    elif opens == closes:
        message = f"{text!r} opens and closes at once: write 00:00-24:00 for the whole day"
    else:
        return opens, closes if closes > opens else closes + 1440
    problems.append(_problem("invalid-window", message, path))
    return 0, 0


def _spelled(week: _Week) -> dict[str, tuple[str, ...]]:
    """The one spelling of a week: days with the same windows share a key, in the order of the week."""
    spelled: dict[str, tuple[str, ...]] = {}
    for windows in dict.fromkeys(filter(None, week)):
        same = [day for day in range(7) if week[day] == windows]
        starts = [_WEEKDAYS[day] for day in same if day - 1 not in same]
        ends = [_WEEKDAYS[day] for day in same if day + 1 not in same]
        runs = [a if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True)]
        spelled[",".join(runs).replace("mon-sun", "daily")] = tuple(
            "{:02}:{:02}-{:02}:{:02}".format(*divmod(a, 60), *divmod(b if b <= 1440 else b - 1440, 60))
            for a, b in ((opens // _MINUTE, closes // _MINUTE) for opens, closes in windows)
        )
    return spelled


def _problem(code: str, message: str, field: str) -> Problem:
    return Problem(code=code, message=message, origin=Origin(field=field))
