"""Working time: microseconds per reading, and the ratio to a loop over the days.

Run it as `python bench/bench_calendars.py`. "first" is a fresh calendar, which has to look into the years of
the gap; "again" is the same calendar afterwards.
"""

import timeit
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from smarketing.calendars import BusinessCalendar

MADRID = ZoneInfo("Europe/Madrid")
WINDOWS = ((10, 14), (15, 18))
HOLIDAYS = frozenset(date(year, 1, 6) for year in range(2000, 2050))
START = datetime(2016, 1, 4, 9, 30, tzinfo=UTC)
GAPS = {"two days": timedelta(days=2), "ten years": timedelta(days=3653)}


def calendar() -> BusinessCalendar:
    return BusinessCalendar(
        zone="Europe/Madrid",
        windows={"mon-fri": ("10:00-14:00", "15:00-18:00")},
        holidays=HOLIDAYS,
    )


def first_elapsed(end: datetime) -> timedelta:
    return calendar().elapsed(START, end)


def looped_segments(day: date) -> Iterator[tuple[datetime, datetime]]:
    """The windows of one local day, as everybody writes it first."""
    if day.weekday() < 5 and day not in HOLIDAYS:
        for hours in WINDOWS:
            opens, closes = (datetime(day.year, day.month, day.day, hour, tzinfo=MADRID) for hour in hours)
            yield opens.astimezone(UTC), closes.astimezone(UTC)


def looped_elapsed(start: datetime, end: datetime) -> timedelta:
    total, day = timedelta(), start.astimezone(MADRID).date()
    while day <= end.astimezone(MADRID).date():
        for opens, closes in looped_segments(day):
            total += max(min(closes, end) - max(opens, start), timedelta())
        day += timedelta(days=1)
    return total


def looped_deadline(start: datetime, budget: timedelta) -> datetime:
    day = start.astimezone(MADRID).date()
    while True:
        for opens, closes in looped_segments(day):
            length = max(closes - max(opens, start), timedelta())
            if budget <= length:
                return max(opens, start) + budget
            budget -= length
        day += timedelta(days=1)


def micros_per_call(call: Callable[[], object], number: int) -> float:
    return min(timeit.repeat(call, number=number, repeat=5)) / number * 1e6


def main() -> None:
    cal = calendar()
    print(f"{'':32}{'closed form':>14}{'day by day':>14}{'ratio':>10}")
    for name, gap in GAPS.items():
        end = START + gap
        budget = cal.elapsed(START, end)
        assert budget == looped_elapsed(START, end)
        assert cal.deadline(START, budget) == looped_deadline(START, budget)
        loops = 200 if gap < timedelta(days=10) else 3
        elapsed = micros_per_call(partial(looped_elapsed, START, end), loops)
        deadline = micros_per_call(partial(looped_deadline, START, budget), loops)
        building = micros_per_call(calendar, 20)
        first = micros_per_call(partial(first_elapsed, end), 20) - building
        rows = {
            "elapsed, again": (micros_per_call(partial(cal.elapsed, START, end), 5000), elapsed),
            "elapsed, first": (first, elapsed),
            "deadline, again": (
                micros_per_call(partial(cal.deadline, START, budget), 2000),
                deadline,
            ),
        }
        for verb, (ours, loop) in rows.items():
            print(f"{verb + ', ' + name:32}{ours:11.2f} µs{loop:11.2f} µs{loop / ours:9.1f}x")
    table = micros_per_call(lambda: list(calendar().day_table(date(2016, 1, 1), date(2025, 12, 31))), 3)
    print(f"day_table of ten years: {table / 1000:.1f} ms, {table / 3653:.1f} µs a row")


if __name__ == "__main__":
    main()
