"""The example company's wall clock: whole seconds since its first midnight, as text and as instants.

Nothing happens there between midnight and six, so that no reading falls into the hour in which clocks change
and one offset holds for all that happens on a day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from smarketing.testing import _world as world

DAY = 86_400
_MINUTES = tuple(f"{minute // 60:02}:{minute % 60:02}" for minute in range(1440))
_SECONDS = tuple(f":{second:02}" for second in range(60))


@cache
def _day_starts() -> tuple[datetime, ...]:
    """The instants from which seconds of the day count, at the offset that holds from the morning on."""
    zone, starts = ZoneInfo(world.ZONE), []
    for number in range(world.DAY_COUNT + 366):
        noon = datetime.combine(day_of(number), time(12), zone)
        starts.append(noon.astimezone(UTC) - timedelta(hours=12))
    return tuple(starts)


def day_of(number: int) -> date:
    """The day so many days after the first."""
    return world.STARTS_ON + timedelta(days=number)


def text(at: int) -> str:
    """As the export writes it: wall time, without a zone."""
    day, second = divmod(at, DAY)
    return f"{DAYS[day]} {_MINUTES[second // 60]}{_SECONDS[second % 60]}"


def instant(at: int) -> datetime:
    """The instant in UTC."""
    day, second = divmod(at, DAY)
    return _day_starts()[day] + timedelta(seconds=second)


DAYS = tuple(str(day_of(number)) for number in range(world.DAY_COUNT + 366))
"""Every day's date, with a year to spare for what is planned."""


def midnight(number: int) -> datetime:
    """The instant at which a day starts: what a bare date stands for."""
    return datetime.combine(day_of(number), time(), ZoneInfo(world.ZONE)).astimezone(UTC)


def months() -> tuple[tuple[int, int], ...]:
    """The first and the last day of each month, by number."""
    firsts = [date(2024 + month // 12, month % 12 + 1, 1) for month in range(25)]
    numbers = [(first - world.STARTS_ON).days for first in firsts]
    return tuple((first, after - 1) for first, after in pairwise(numbers))
