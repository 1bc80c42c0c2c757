"""An instant is one moment, the same for everybody; which wall shows it how is the zone's matter alone."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from operator import index
from typing import NoReturn
from zoneinfo import ZoneInfo, available_timezones

from smarketing.errors import InvalidFactError, InvalidTermsError, did_you_mean
from smarketing.origin import Origin, Problem

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def checked_instant(at: datetime) -> datetime:
    """The instant in UTC, so that a wall clock, a day or a text in its place is told so at once.

    Raises:
        InvalidFactError: `at` carries no time zone.
        InvalidTermsError: `at` is not a datetime at all.

    Example:
        >>> checked_instant(datetime.fromisoformat("2026-01-01T01:00+01:00")).isoformat()
        '2026-01-01T00:00:00+00:00'
    """
    try:
        offset = at.utcoffset()
    except AttributeError:
        hint = "give a datetime with a time zone: parse_instant(…) reads a text, start_of_day(…) a day"
        refuse("not-an-instant", f"{at!r} is a {type(at).__name__}, not an instant", hint, "instant")
    if offset is None:
        raise InvalidFactError(f"{at.isoformat()} has no time zone: say where that wall clock hangs")
    return at.astimezone(UTC)


def to_micros(at: datetime) -> int:
    """The instant as whole microseconds since 1970-01-01T00:00Z, exactly.

    Raises:
        InvalidFactError: `at` carries no time zone.
        InvalidTermsError: `at` is not a datetime at all.

    Example:
        >>> to_micros(datetime(2026, 1, 1, tzinfo=UTC))
        1767225600000000
    """
    return (checked_instant(at) - _EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """The instant, in UTC, that lies so many microseconds after 1970-01-01T00:00Z.

    Raises:
        InvalidFactError: The instant lies outside the years 1 to 9999.

    Example:
        >>> from_micros(1767225600000000).isoformat()
        '2026-01-01T00:00:00+00:00'
    """
    try:
        return _EPOCH + timedelta(microseconds=index(micros))
    except OverflowError:
        raise InvalidFactError(f"{micros} microseconds lie outside the years 1 to 9999") from None


def start_of_day(day: date, zone: str = "UTC") -> datetime:
    """The first instant, in UTC, of a local day.

    Raises:
        InvalidFactError: `day` is an instant.
        InvalidTermsError: No such zone.

    Example:
        Where clocks jump from 00:00 to 01:00, the day begins at 01:00:

        >>> start_of_day(date(2018, 11, 4), "America/Sao_Paulo").isoformat()
        '2018-11-04T03:00:00+00:00'
    """
    return first_showing(datetime.combine(plain_day(day), time.min), zone_called(zone))


def parse_instant(text: str, zone: str = "UTC") -> datetime:
    """The instant, in UTC, that an ISO 8601 date or date and time names.

    A date is the start of that day in the zone; a time with an offset is taken as it is; a time without one
    is read in the zone.

    Raises:
        InvalidTermsError: The text is no ISO date or time, or there is no such zone.

    Example:
        >>> parse_instant("2018-04-01", "Europe/Madrid").isoformat()
        '2018-03-31T22:00:00+00:00'
    """
    where = zone_called(zone)
    try:
        at = datetime.fromisoformat(text)
        return checked_instant(at) if at.tzinfo else first_showing(at, where)
    except (ValueError, OverflowError) as fault:
        hint = f"{fault}: write a day such as 2018-04-01, or a time such as 2018-04-01T09:30+02:00"
        refuse("invalid-instant", f"{text!r} is not an instant", hint, "instant")


def first_showing(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which the wall clock shows this time or, if it skips it, a later one."""
    at = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == wall:
        return at
    # Read with the offset of after the jump, a skipped time lies before the jump: look for it in between.
    early = wall.replace(tzinfo=zone, fold=1, microsecond=0).astimezone(UTC)
    moments = [early + timedelta(seconds=n) for n in range(int((at - early).total_seconds()) + 1)]
    return moments[bisect_left(moments, wall, key=lambda at: at.astimezone(zone).replace(tzinfo=None))]


def zone_called(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        hint = f"name one such as Europe/Madrid{did_you_mean(name, available_timezones())}"
        refuse("unknown-zone", f"there is no time zone {name!r}", hint, "zone")


def plain_day(day: date) -> date:
    if isinstance(day, datetime):
        raise InvalidFactError(f"{day.isoformat()} is an instant: give its local day, a date")
    return day


def refuse(code: str, message: str, hint: str, field: str) -> NoReturn:
    raise InvalidTermsError(message, [Problem(code=code, message=hint, origin=Origin(field=field))])
