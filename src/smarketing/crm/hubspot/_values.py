"""From HubSpot's strings to values: strictly as HubSpot documents them, and nothing by trial.

A number, a flag, a date and a choice all arrive as text; an empty text is a blank. Moments come as ISO 8601
with an offset or as milliseconds since 1970 (UTC); days come as `2024-01-05` or as milliseconds at midnight
UTC. A client library may already have made numbers or dates of them: those are read as they are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from zoneinfo import ZoneInfo

from smarketing.crm._cells import Convert, Fault, amount_reader, number_reader, share_reader, whole_reader
from smarketing.crm._mapping import Conventions
from smarketing.errors import SmarketingError
from smarketing.facts import Precision
from smarketing.periods import start_of_day
from smarketing.values import Share

Stamp = tuple[datetime, Precision]

_SAID = Conventions()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLIS = re.compile(r"-?\d{11,14}", re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?P<time>T\d\d:\d\d.*)?", re.ASCII)
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 9999
_ZULU = len("2024-01-05T10:00:00.123Z")


def text_of(value: object) -> str | None:
    """A property's value as the text that HubSpot would have sent; None where it is no single value.

    Example:
        >>> [text_of(value) for value in (" x ", 12, 2.5, True, None, ["a"])]
        ['x', '12', '2.5', 'true', '', None]
    """
    match value:
        case str():
            return value.strip()
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Enum():
            return text_of(value.value)
        case float():
            return "" if math.isnan(value) else format(Decimal(repr(value)), "f")
        case int() | Decimal():
            return str(value)
        case date():
            return value.isoformat()
    return None


def stamp_reader(zone: str) -> Callable[[str], Stamp | Fault]:
    """Text to an instant with its precision; a bare day begins where the portal's zone says."""

    def read(raw: str) -> Stamp | Fault:
        try:
            if len(raw) == _ZULU and raw[-1] == "Z":  # as the API says nearly all
                at = datetime.fromisoformat(raw)
                if _EARLIEST_YEAR <= at.year < _LATEST_YEAR and at.tzinfo is UTC:
                    return at, Precision.INSTANT
            elif _MILLIS.fullmatch(raw):
                at = _EPOCH + timedelta(milliseconds=int(raw))
            elif (found := _ISO.fullmatch(raw)) is None:
                return _no_moment()
            elif found["time"] is None:
                at = start_of_day(date.fromisoformat(raw), zone)
                return _within(at, Precision.DAY)
            else:
                at = datetime.fromisoformat(raw)
                at = at if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, OverflowError, SmarketingError):
            return Fault("impossible-date", "{shown} is no date that exists")
        if at.tzinfo is None:
            return Fault("naive-time", "{shown} says nothing of its time zone: HubSpot's own times end in Z")
        return _within(at, Precision.INSTANT)

    return read


def _within(at: datetime, precision: Precision) -> Stamp | Fault:
    if _EARLIEST_YEAR <= at.year < _LATEST_YEAR:
        return at, precision
    return Fault("impossible-date", "{shown} lies outside the years 1900 to 9998: mend the year")


def _no_moment() -> Fault:
    message = "{shown} is neither a time such as 2024-01-05T10:00:00Z, nor a day, nor milliseconds"
    return Fault("bad-date", message)


def day_reader(zone: str) -> Convert:
    """Text to a calendar day: of an instant the day in the portal's zone, at midnight UTC the day in UTC."""
    read_stamp, tz = stamp_reader(zone), ZoneInfo(zone)

    def read(raw: str) -> object:
        found = read_stamp(raw)
        if isinstance(found, Fault):
            return found
        at, precision = found
        if precision is Precision.DAY:
            return date.fromisoformat(raw)
        is_midnight = _MILLIS.fullmatch(raw) and int(raw) % 86_400_000 == 0
        return at.astimezone(UTC if is_midnight else tz).date()

    return read


def read_flag(raw: str) -> object:
    """The two words that HubSpot has for a flag, and no others."""
    if raw in {"true", "false"}:
        return raw == "true"
    return Fault("not-a-flag", "{shown} is neither 'true' nor 'false'")


read_whole = whole_reader(_SAID)
"""Whole numbers; "12.0" is one."""

read_number = number_reader(_SAID)
"""Numbers of a trait, which are approximate."""

read_amount = amount_reader(_SAID, None)
"""Amounts in major units, with their currency, to minor units."""

_share = share_reader(_SAID, None)


def read_fraction(raw: str) -> object:
    """A probability between 0 and 1."""
    found = _share(raw)
    return Share(found) if isinstance(found, int) else found
