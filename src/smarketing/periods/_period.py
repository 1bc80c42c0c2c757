"""Half-open stretches of time that remember whose calendar they were read from."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Literal, get_args

import attrs

from smarketing.errors import InvalidTermsError, did_you_mean
from smarketing.periods._instants import (
    checked_instant,
    parse_instant,
    refuse,
    start_of_day,
    to_micros,
    zone_called,
)

Unit = Literal["day", "week", "month", "quarter", "year"]

_UNITS: tuple[Unit, ...] = get_args(Unit)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ONE_DAY = timedelta(days=1)
_FORMS = "2026, 2026-Q3, 2026-10, 2026-W41, 2026-10-05, FY2026, FY2026-Q1 or 2026-01-01/2026-03-01"
_INTERVAL = re.compile(r"(\d{4}-\d\d-\d\d[^/]*)/(\d{4}-\d\d-\d\d[^/]*)")
_PERIOD = re.compile(  # no fiscal weeks and months: only a fiscal year and its quarters have names
    r"(?P<fiscal>FY)?(?P<year>\d{4})"
    r"(?:-Q(?P<quarter>[1-4])|(?<!FY\d{4})-(?:W(?P<week>\d\d)|(?P<month>\d\d)(?:-(?P<day>\d\d))?))?"
)


@attrs.frozen(kw_only=True)
class Period:
    """A half-open stretch of time, [start, end), that remembers whose wall it was read from.

    Attributes:
        start: The first instant inside, in UTC.
        end: The first instant after, in UTC.
        label: What people call it ("2026-10"); by default "start/end".
        zone: The time zone whose days it is made of.
        unit: "day", "week", "month", "quarter" or "year" if it is exactly one of them, else "span".
        fiscal_year_start: The month (1 to 12) in which the fiscal year begins if the quarter or year is a
            fiscal one, else None. A fiscal year is named after the calendar year in which it ends.

    Raises:
        InvalidFactError: An instant without a time zone.
        InvalidTermsError: The end does not lie after the start, or there is no such zone.

    Example:
        >>> october = Period.parse("2026-10", "Europe/Madrid")
        >>> october.start.isoformat(), october.end.isoformat()
        ('2026-09-30T22:00:00+00:00', '2026-10-31T23:00:00+00:00')
        >>> october.previous().label, october.same_last_year().label
        ('2026-09', '2025-10')
        >>> Period.parse("FY2026-Q1", fiscal_year_start=10).start.date().isoformat()
        '2025-10-01'
        >>> [week.label for week in october.split("week")]
        ['2026-W40', '2026-W41', '2026-W42', '2026-W43', '2026-W44']
    """

    start: datetime = attrs.field(converter=checked_instant)
    end: datetime = attrs.field(converter=checked_instant)
    label: str = ""
    zone: str = "UTC"
    unit: Unit | Literal["span"] = "span"
    fiscal_year_start: int | None = attrs.field(default=None, eq=False)

    def __attrs_post_init__(self) -> None:
        zone = zone_called(self.zone)
        if not self.start < self.end:
            hint = f"it starts at {self.start.isoformat()} and ends at {self.end.isoformat()}: end it later"
            refuse("empty-period", f"the period {self.label!r} holds no time", hint, "period")
        if self.fiscal_year_start is not None and self.fiscal_year_start not in range(1, 13):
            hint = f"month {self.fiscal_year_start}: give the first month of the year, 1 to 12"
            refuse("invalid-month", "the fiscal year cannot start there", hint, "fiscal_year_start")
        if not self.label:
            ends = self._days() or (self.start.astimezone(zone), self.end.astimezone(zone))
            object.__setattr__(self, "label", "/".join(end.isoformat() for end in ends))

    @classmethod
    def parse(cls, text: str, zone: str = "UTC", *, fiscal_year_start: int = 1) -> Period:
        """The period that a text names, on the calendar of a zone.

        A year "2026", quarter "2026-Q3", month "2026-10", ISO week "2026-W41" or day "2026-10-05", a fiscal
        "FY2026" or "FY2026-Q1", or two days or instants "2026-01-01/2026-03-01", the second excluded.

        Raises:
            InvalidTermsError: The text names no period; the message says why and what to write.
        """
        try:
            if ends := _INTERVAL.fullmatch(text):
                return cls(start=parse_instant(ends[1], zone), end=parse_instant(ends[2], zone), zone=zone)
            if not (parts := _PERIOD.fullmatch(text)):
                raise ValueError("it has another form")  # noqa: TRY301
            fiscal = fiscal_year_start if parts["fiscal"] else None
            unit, day = _named(parts, fiscal)
            return _between(unit, *_unit_days(unit, day, fiscal), zone, fiscal)
        except InvalidTermsError:
            raise
        except (ValueError, OverflowError) as fault:
            refuse("invalid-period", f"{text!r} is not a period", f"{fault}: write {_FORMS}", "period")

    @classmethod
    def months(cls, start: date, n: int, zone: str = "UTC") -> tuple[Period, ...]:
        """`n` months in a row, the first of which contains `start` (a local day, or an aware instant)."""
        return _run("month", start, n, zone, None)

    @classmethod
    def quarters(
        cls, start: date, n: int, zone: str = "UTC", *, fiscal_year_start: int | None = None
    ) -> tuple[Period, ...]:
        """`n` quarters in a row, the first of which contains `start` (a local day, or an aware instant)."""
        return _run("quarter", start, n, zone, fiscal_year_start)

    @property
    def boundaries(self) -> tuple[int, int]:
        """Start and end in microseconds since 1970-01-01T00:00Z: a row belongs if start <= it < end."""
        return to_micros(self.start), to_micros(self.end)

    def contains(self, at: datetime) -> bool:
        """Whether the instant lies inside; the start does, the end does not."""
        return self.start <= checked_instant(at) < self.end

    def split(self, unit: Unit, zone: str | None = None, *, week_start: str = "mon") -> tuple[Period, ...]:
        """The units of which the period is made, in order, without gap or overlap.

        The first and the last are clipped to the period; a clipped one keeps the label of its whole unit,
        and its own `unit` is "span". Quarters and years of a fiscal period are fiscal. They are cut by the
        calendar of `zone` (by default the period's own), with weeks from `week_start` ("sun" or "sunday").
        """
        zone = zone or self.zone
        if unit not in _UNITS:
            hint = f"the units are {', '.join(_UNITS)}{did_you_mean(unit, _UNITS)}"
            refuse("unknown-unit", f"a period cannot be split by {unit!r}", hint, "unit")
        pieces: list[Period] = []
        day = self.start.astimezone(zone_called(zone)).date()
        while start_of_day(day, zone) < self.end:
            first, after = _unit_days(unit, day, self.fiscal_year_start, week_start)
            whole = start_of_day(first, zone), start_of_day(after, zone)
            start, end = clipped = max(whole[0], self.start), min(whole[1], self.end)
            if start < end:  # a day that the zone left out altogether is no piece
                label = _label(unit, first, after, self.fiscal_year_start)
                kind = unit if clipped == whole else "span"
                pieces.append(attrs.evolve(self, start=start, end=end, label=label, zone=zone, unit=kind))
            day = after
        return tuple(pieces)

    def previous(self) -> Period:
        """The period of the same kind that ends where this one starts.

        Whole months go back by as many months, whole days by as many days, anything else by its length.
        """
        if (days := self._days()) is None:
            return Period(start=self.start - (self.end - self.start), end=self.start, zone=self.zone)
        first, after = days
        if first.day == after.day == 1:
            months = (after.year - first.year) * 12 + after.month - first.month
            return self._like(_months_later(first, -months), first)
        return self._like(first - (after - first), first)

    def same_last_year(self) -> Period:
        """The same period one year before.

        Days keep their date (29 February becomes the 28th). A week, and what is not made of whole days,
        goes back by 52 weeks, so that weekdays meet weekdays.
        """
        year, days = timedelta(weeks=52), self._days()
        if days is None:
            return Period(start=self.start - year, end=self.end - year, zone=self.zone)
        first, after = days
        if self.unit == "week":
            return self._like(first - year, after - year)
        if first.day == after.day == 1:
            return self._like(_months_later(first, -12), _months_later(after, -12))
        return self._like(_months_later(first, -12), _months_later(after - _ONE_DAY, -12) + _ONE_DAY)

    def _days(self) -> tuple[date, date] | None:
        """The first local day and the first day after, or None if it is not made of whole days."""
        first, after = (at.astimezone(zone_called(self.zone)).date() for at in (self.start, self.end))
        whole = start_of_day(first, self.zone) == self.start and start_of_day(after, self.zone) == self.end
        return (first, after) if whole else None

    def _like(self, first: date, after: date) -> Period:
        return _between(self.unit, first, after, self.zone, self.fiscal_year_start)


def checked_period(period: object, field: str = "period") -> Period:
    """The period itself, so that a text given in its place is told so by name.

    Raises:
        InvalidTermsError: It is something else.

    Example:
        >>> checked_period("2026-10")
        Traceback (most recent call last):
        ...
        smarketing.errors.InvalidTermsError: '2026-10' is a str, not a Period
          - error: period: Period.parse(…) reads a text such as '2026-10' [not-a-period]
    """
    if not isinstance(period, Period):
        hint = "Period.parse(…) reads a text such as '2026-10'"
        refuse("not-a-period", f"{period!r} is a {type(period).__name__}, not a Period", hint, field)
    return period


def checked_periods(periods: Iterable[object], field: str = "periods") -> tuple[Period, ...]:
    """The periods themselves, so that a single one, or texts, are told so by name.

    Raises:
        InvalidTermsError: It is something else.
    """
    if isinstance(periods, str | Period):
        hint = "give a sequence, such as Period.months(as_of, 6)"
        refuse(
            "not-periods", f"{periods!r} is one {type(periods).__name__}, not several periods", hint, field
        )
    return tuple(checked_period(each, field) for each in periods)


def _run(unit: Unit, start: date, n: int, zone: str, fiscal: int | None) -> tuple[Period, ...]:
    day = (
        checked_instant(start).astimezone(zone_called(zone)).date() if isinstance(start, datetime) else start
    )
    periods: list[Period] = []
    for _ in range(n):
        first, day = _unit_days(unit, day, fiscal)
        periods.append(_between(unit, first, day, zone, fiscal))
    return tuple(periods)


def _between(unit: Unit | Literal["span"], first: date, after: date, zone: str, fiscal: int | None) -> Period:
    label = _label(unit, first, after, fiscal)
    start, end = start_of_day(first, zone), start_of_day(after, zone)
    return Period(start=start, end=end, label=label, zone=zone, unit=unit, fiscal_year_start=fiscal)


def _named(parts: re.Match[str], fiscal: int | None) -> tuple[Unit, date]:
    """The unit that a text names, and its first day."""
    year, month, quarter = (int(parts[name] or 1) for name in ("year", "month", "quarter"))
    if parts["week"]:
        return "week", date.fromisocalendar(year, int(parts["week"]), 1)
    if parts["month"]:
        return ("day" if parts["day"] else "month"), date(year, month, int(parts["day"] or 1))
    begins = date(year - 1 if fiscal and fiscal > 1 else year, fiscal or 1, 1)
    return ("quarter" if parts["quarter"] else "year"), _months_later(begins, 3 * quarter - 3)


def _unit_days(unit: Unit, day: date, fiscal: int | None, week_start: str = "mon") -> tuple[date, date]:
    """The first day of the unit that holds a day, and the first day after the unit."""
    if unit == "day":
        return day, day + _ONE_DAY
    if unit == "week":
        if (name := week_start[:3].casefold()) not in _WEEKDAYS:
            hint = f"the days are {', '.join(_WEEKDAYS)}"
            refuse("unknown-day", f"weeks cannot begin on {week_start!r}", hint, "week_start")
        first = day - timedelta(days=(day.weekday() - _WEEKDAYS.index(name)) % 7)
        return first, first + timedelta(days=7)
    length = {"month": 1, "quarter": 3, "year": 12}[unit]
    first = _months_later(day.replace(day=1), -((day.month - (fiscal or 1)) % length))
    return first, _months_later(first, length)


def _label(unit: Unit | Literal["span"], first: date, after: date, fiscal: int | None) -> str:
    if unit in {"day", "month"}:
        return first.isoformat()[: 10 if unit == "day" else 7]
    if unit == "week" and first.weekday() == 0:
        return "{:04}-W{:02}".format(*first.isocalendar())
    if unit in {"quarter", "year"}:
        months_in = (first.month - (fiscal or 1)) % 12
        year = f"{'FY' if fiscal else ''}{_months_later(first, 11 - months_in).year:04}"
        return f"{year}-Q{months_in // 3 + 1}" if unit == "quarter" else year
    return f"{first}/{after}"


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
