"""Dates and times: strictly as declared, never by trial.

A bare date is the start of its day in the export's zone, and keeps its precision. A time without an offset
needs a zone too: without one it is refused. Where clocks change, a time that they show twice is its first
showing and one that they skip is the moment at which they jump; both are kept in doubt.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from smarketing.crm._cells import Fault, doubt
from smarketing.errors import SmarketingError
from smarketing.facts import Precision
from smarketing.periods import parse_instant, start_of_day

Stamp = tuple[datetime, Precision]

_ISO = re.compile(r"\d{4}-\d\d-\d\d(?P<time>[T ]\d\d:\d\d.*)?", re.ASCII)
_TIME_SIGNS = re.compile(r"%[HIXcsM]")
_EARLIEST_YEAR = 1900
_PLAIN = len("2018-02-26 19:58:54")


def stamp_reader(zone: str | None, form: str | None) -> Callable[[str], object]:
    """Text to `(instant, precision)`, in the declared format or ISO 8601."""
    tz = ZoneInfo(zone) if zone is not None else None

    def read(raw: str) -> object:
        try:
            parsed, precision = _formatted(raw, form) if form else _iso(raw)
        except ValueError:
            return _not_a_date(raw, form)
        if parsed.year < _EARLIEST_YEAR:
            return Fault("impossible-date", f"{{shown}} lies before {_EARLIEST_YEAR}: mend the year")
        try:
            if parsed.tzinfo is not None:
                return (parsed.astimezone(UTC), precision)
            if zone is None or tz is None:
                hint = "state the `zone` of the export's clocks"
                return Fault("naive-time", f"{{shown}} says nothing of its time zone: {hint}")
            return _placed(parsed, precision, zone, tz)
        except (SmarketingError, OverflowError):
            return Fault("impossible-date", "{shown} lies outside the years that clocks can show")

    return read if form or tz is None else _quick(read, tz)


def _quick(read: Callable[[str], object], tz: ZoneInfo) -> Callable[[str], object]:
    """The same for many thousand moments: on most days clocks do not change, so one offset does."""
    offsets: dict[str, timedelta | None] = {}

    def read_quickly(raw: str) -> object:
        if len(raw) != _PLAIN or raw[10] not in " T":
            return read(raw)
        day = raw[:10]
        try:
            if day not in offsets:
                offsets[day] = _steady_offset(date.fromisoformat(day), tz)
            offset = offsets[day]
            if offset is not None:
                return (datetime.fromisoformat(f"{raw}Z") - offset, Precision.INSTANT)
        except (ValueError, OverflowError):
            pass
        return read(raw)

    return read_quickly


def _steady_offset(day: date, tz: ZoneInfo) -> timedelta | None:
    """The offset of a whole day, if it is the same from the day before to the day after."""
    if day.year < _EARLIEST_YEAR or day.year == date.max.year:
        return None
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=tz)
    offsets = {(noon + timedelta(hours=hours)).replace(fold=1).utcoffset() for hours in (-24, -12, 0, 12, 24)}
    return offsets.pop() if len(offsets) == 1 else None


def day_reader(zone: str | None, form: str | None) -> Callable[[str], object]:
    """Text to a calendar day; of a time with an offset, the day in the export's zone."""

    def read(raw: str) -> object:
        try:
            parsed, precision = _formatted(raw, form) if form else _iso(raw)
        except ValueError:
            return _not_a_date(raw, form)
        if parsed.tzinfo is not None and precision is Precision.INSTANT and zone is not None:
            parsed = parsed.astimezone(ZoneInfo(zone))
        return parsed.date()

    return read


def start_of(day: date, zone: str) -> Stamp:
    """A day of the mapping itself, as the stamp of a fact."""
    return (start_of_day(day, zone), Precision.DAY)


def _iso(raw: str) -> Stamp:
    match = _ISO.fullmatch(raw)
    if match is None:
        raise ValueError(raw)
    return datetime.fromisoformat(raw), Precision.INSTANT if match["time"] else Precision.DAY


def _formatted(raw: str, form: str) -> Stamp:
    precise = _TIME_SIGNS.search(form) is not None
    parsed = datetime.strptime(raw, form)  # noqa: DTZ007
    return parsed, Precision.INSTANT if precise else Precision.DAY


def _placed(naive: datetime, precision: Precision, zone: str, tz: ZoneInfo) -> object:
    if precision is Precision.DAY:
        return (start_of_day(naive.date(), zone), precision)
    local = naive.replace(tzinfo=tz)
    offset, later = local.utcoffset(), local.replace(fold=1).utcoffset()
    if offset == later and offset is not None:
        return ((naive - offset).replace(tzinfo=UTC), precision)
    at = parse_instant(naive.isoformat(), zone)
    if (offset or timedelta()) > (later or timedelta()):
        message = f"the clocks of {zone} show {{shown}} twice: the first showing was taken"
        return doubt("ambiguous-time", message, (at, precision))
    message = f"the clocks of {zone} skip {{shown}}: the moment of the jump was taken"
    return doubt("skipped-time", message, (at, precision))


def _not_a_date(raw: str, form: str | None) -> Fault:
    if re.fullmatch(r"\d{5}(\.\d+)?", raw):
        return Fault("bad-date", "{shown} looks like a spreadsheet's serial number: export dates as text")
    if form is None and _ISO.match(raw):
        return Fault("impossible-date", "{shown} is no date that exists")
    if form is None:
        return Fault("bad-date", "{shown} is not a date such as 2018-02-26: state its `format` if it is one")
    return Fault("bad-date", f"{{shown}} is no date of the format {form!r}")
