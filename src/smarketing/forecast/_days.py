"""Ages and horizons in whole local days, as people count them.

A deal opened on Monday has lived one day on Tuesday, whatever the hour. The last day that counts as of a
moment is the local day of the last instant before it: at midnight, the day that has just ended. So what can
still happen begins on the next day, and "within 30 days" means the 30 local days after it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

__all__ = ["age_of", "days_until", "last_day", "local_day"]

_INSTANT = timedelta(microseconds=1)


def local_day(at: datetime, zone: str) -> date:
    """The day that an instant falls on."""
    return at.astimezone(ZoneInfo(zone)).date()


def last_day(as_of: datetime, zone: str) -> date:
    """The last local day of which anything could be known before a moment."""
    return local_day(as_of - _INSTANT, zone)


def age_of(created_at: datetime, as_of: datetime, zone: str = "UTC") -> int:
    """The whole local days that a deal has been open, counted as of a moment.

    Example:
        >>> from datetime import UTC
        >>> age_of(datetime(2026, 3, 2, 17, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC))
        1
    """
    return (last_day(as_of, zone) - local_day(created_at, zone)).days


def days_until(as_of: datetime, end: datetime, zone: str = "UTC") -> int:
    """How many local days lie ahead before a later moment (the end of a period); 0 where it has passed.

    Example:
        >>> from datetime import UTC
        >>> days_until(datetime(2026, 3, 4, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
        28
    """
    return max(0, (last_day(end, zone) - last_day(as_of, zone)).days)
