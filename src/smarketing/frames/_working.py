"""Working time in bulk: the calendar's one clock as a join on the UTC day.

A `BusinessCalendar` reads working time as the difference of one cumulative clock. In bulk that clock is a
small table, one row per UTC day: where it stands as the day begins, and when it runs that day. Joined to an
instant's day, what is left is integer arithmetic; so a table of any size reads what `elapsed` reads of one
pair, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.calendars import BusinessCalendar
from smarketing.frames._engines import rows_of, table_beside

__all__ = ["with_clocks", "with_working_time"]

_DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1)
_DAY_COLUMN, _CLOCK = "smk_day", "smk_clock"


def with_working_time(
    rows: nw.LazyFrame[Any], calendar: BusinessCalendar, *, start: str, end: str, name: str
) -> nw.LazyFrame[Any]:
    """The rows with the working time between two instants, in microseconds.

    It is negative where the end lies before the start, and missing where either is.

    Args:
        rows: With the two columns of instants, Int64 microseconds UTC.
        calendar: When people work.
        start: The column that time runs from.
        end: The column that it runs to.
        name: The column to add.

    Example:
        >>> import polars as pl
        >>> calendar = BusinessCalendar(zone="UTC", windows={"mon-fri": "10:00-18:00"})
        >>> friday_at_17, monday_at_11 = 1_767_373_200_000_000, 1_767_610_800_000_000
        >>> rows = nw.from_native(pl.LazyFrame({"asked_at": [friday_at_17], "answered_at": [monday_at_11]}))
        >>> timed = with_working_time(rows, calendar, start="asked_at", end="answered_at", name="waited")
        >>> timed.collect()["waited"].to_list()[0] // 3_600_000_000
        2
    """
    timed = with_clocks(rows, calendar, {"smk_from": start, "smk_to": end})
    return timed.with_columns((nw.col("smk_to") - nw.col("smk_from")).alias(name)).drop("smk_from", "smk_to")


def with_clocks(
    rows: nw.LazyFrame[Any],
    calendar: BusinessCalendar,
    instants: Mapping[str, str],
    *,
    days: tuple[int, int] | None = None,
) -> nw.LazyFrame[Any]:
    """The rows with what the calendar's clock reads at some instants, in microseconds of working time.

    The clock reads zero at the start of 2020 (UTC), so that `calendar.elapsed` from there is what it reads at
    one instant. It is missing where the instant is.

    Args:
        rows: With the columns of instants, Int64 microseconds UTC.
        calendar: When people work.
        instants: For each column to add, the column of the instant that it is read at.
        days: The first and last UTC day (days since 1970) that the instants lie on, where the caller knows
            them: to find them out, the rows have to be computed.
    """
    days = days or _days_of(rows, [*instants.values()])
    if days is None:
        return rows.with_columns(nw.col(instant).alias(name) for name, instant in instants.items())
    table, segments = _table(calendar, *days)
    beside = table_beside(rows, table)
    for name, instant in instants.items():
        rows = _with_clock(rows, beside, segments, instant, name)
    return rows


def _days_of(rows: nw.LazyFrame[Any], names: Sequence[str]) -> tuple[int, int] | None:
    """The first and the last UTC day of the instants, or nothing where there is none."""
    first = [nw.col(name).min().alias(f"{name}_first") for name in names]
    last = [nw.col(name).max().alias(f"{name}_last") for name in names]
    found = [value for value in rows_of(rows.select(*first, *last))[0].values() if value is not None]
    return (min(found) // _DAY, max(found) // _DAY) if found else None


def _table(calendar: BusinessCalendar, first: int, last: int) -> tuple[dict[str, list[int]], int]:
    """The clock by day as columns, and the most segments that a day has; where one has fewer, empty ones."""
    days = [*calendar.day_table(_EPOCH + timedelta(days=first), _EPOCH + timedelta(days=last))]
    most = max(len(day.segments) for day in days)
    columns = {_DAY_COLUMN: [day.utc_day for day in days], _CLOCK: [day.clock_micros for day in days]}
    for k in range(most):
        opens_and_closes = [day.segments[k] if k < len(day.segments) else (0, 0) for day in days]
        columns[f"smk_opens_{k}"] = [opens for opens, _ in opens_and_closes]
        columns[f"smk_length_{k}"] = [closes - opens for opens, closes in opens_and_closes]
    return columns, most


def _with_clock(
    rows: nw.LazyFrame[Any], table: nw.LazyFrame[Any], segments: int, instant: str, name: str
) -> nw.LazyFrame[Any]:
    names = rows.collect_schema().names()
    day = nw.col(instant) // _DAY
    joined = rows.with_columns(day.alias(_DAY_COLUMN)).join(table, on=_DAY_COLUMN, how="left")
    into_day = nw.col(instant) - nw.col(_DAY_COLUMN) * _DAY
    clock: Any = nw.col(_CLOCK)
    for k in range(segments):
        worked = into_day - nw.col(f"smk_opens_{k}")
        length = nw.col(f"smk_length_{k}")
        clock = clock + nw.when(worked <= 0).then(nw.lit(0)).otherwise(
            nw.when(worked < length).then(worked).otherwise(length)
        )
    return joined.with_columns(clock.alias(name)).select(*names, name)
