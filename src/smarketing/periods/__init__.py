"""Instants, periods, and terms that change on a day.

An instant is one moment, the same for everybody: UTC, in tables an integer of microseconds. A day or a month
is what a calendar on some wall shows, so it begins and ends at instants that depend on a time zone, which
`zoneinfo` alone decides. A `Period` is half-open, [start, end): neighbours share their boundary and no
instant counts twice. `Dated` holds terms of which each version takes effect on a day.

A wall time that the clocks skip is the instant at which they jump; one that they show twice is its first
showing. So a day begins at the first instant that carries its date, even where midnight does not exist.
"""

from __future__ import annotations

from smarketing.periods._dated import Dated
from smarketing.periods._instants import checked_instant, from_micros, parse_instant, start_of_day, to_micros
from smarketing.periods._period import Period, Unit, checked_period, checked_periods

__all__ = [
    "Dated",
    "Period",
    "Unit",
    "checked_instant",
    "checked_period",
    "checked_periods",
    "from_micros",
    "parse_instant",
    "start_of_day",
    "to_micros",
]
