"""Two ways to write time down: instants as facts have them, or microseconds as frames have them.

A matrix is compiled for either. Both read the same: an age is a whole number of microseconds, and a day is
what the calendar on the matrix's wall shows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from smarketing.periods import from_micros, start_of_day, to_micros

__all__ = ["INSTANTS", "MICROS", "Clock", "zone_of"]

_MICRO = timedelta(microseconds=1)
_DAY_MICROS = 86_400_000_000


@attrs.frozen
class Clock:
    """How the records of one kind tell time.

    Attributes:
        is_micros: Whether instants are whole numbers of microseconds.
        age: A template of Python source for an age in microseconds, of `as_of` and `{at}`.
    """

    is_micros: bool
    age: str

    def instant(self, at: datetime) -> Any:
        """An instant as this clock tells it."""
        return to_micros(at) if self.is_micros else at

    def length(self, length: timedelta) -> Any:
        """A length of time as this clock tells it."""
        return length // _MICRO if self.is_micros else length

    def start_of(self, day: date, zone: str) -> Any:
        """The first instant of a local day."""
        return self.instant(start_of_day(day, zone))

    def as_datetime(self, at: Any) -> datetime:
        """An instant of this clock as facts have it."""
        return from_micros(at) if self.is_micros else at

    def micros(self, at: Any) -> int:
        """An instant of this clock in microseconds."""
        return at if self.is_micros else to_micros(at)

    def from_micros(self, micros: int) -> Any:
        """An instant in microseconds as this clock tells it."""
        return micros if self.is_micros else from_micros(micros)

    def day_of(self, zone: str) -> Callable[[Any], int]:
        """A function from an instant to a whole number that differs from day to day."""
        if zone == "UTC":
            return _utc_day_of_micros if self.is_micros else datetime.toordinal
        wall = zone_of(zone)
        if self.is_micros:
            return lambda at: from_micros(at).astimezone(wall).toordinal()
        return lambda at: at.astimezone(wall).toordinal()


def _utc_day_of_micros(at: int) -> int:
    return at // _DAY_MICROS


@cache
def zone_of(name: str) -> ZoneInfo:
    """The zone of a name, which is known to be one."""
    return ZoneInfo(name)


# In floats, which hold these whole numbers exactly and are quicker than integers of their size.
_AGE = "(d := as_of - {at}).days * 86400000000.0 + d.seconds * 1000000.0 + d.microseconds"

INSTANTS = Clock(is_micros=False, age=_AGE)
"""Datetimes in UTC."""

MICROS = Clock(is_micros=True, age="as_of - {at}")
"""Whole numbers of microseconds since 1970 in UTC."""
