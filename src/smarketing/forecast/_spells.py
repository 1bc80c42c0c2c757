"""The life of each deal in spells: so many days in a stage, and how it left it.

Days are whole numbers (days since 1970 on the local wall). A spell that was entered by a move is at risk from
the next day on: what happens on the day of the move still belongs to the stage before. So each day of each
deal belongs to just one stage, what enters a stage leaves it or is still there, and closings count once.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import narwhals.stable.v2 as nw

from smarketing.forecast._rows import DealRows
from smarketing.frames import local_days, rows_of
from smarketing.periods import to_micros

__all__ = ["OPEN_DAY", "OpenGroup", "age_column", "day_number", "day_of_number", "open_by_day", "spells_of"]

_Rows = nw.LazyFrame[Any]
_CENTURY = 36_525  # what `local_days` counts from
_EPOCH = date(1970, 1, 1).toordinal()
OPEN_DAY = 10_000_000
"""The day on which what is still open ends: none that will come."""


def day_number(day: date) -> int:
    """A local day as rows count them: days since 1970."""
    return day.toordinal() - _EPOCH


def day_of_number(number: int) -> date:
    """The local day that rows count so."""
    return date.fromordinal(number + _EPOCH)


def spells_of(told: DealRows) -> _Rows:
    """One row per spell of each deal whose beginning is known, computed once.

    Returns:
        `path_0`, … (the dimensions but the stage, unknown is a blank), `stage`, `made_day` (of the deal),
        `in_day` and `out_day` of the spell (`OPEN_DAY` where it lasts), `cause` ("won", "lost", "to <stage>"
        or a blank), and of the whole deal `end_day` and `won` (1 or 0).
    """
    by_stage = "stage" in told.by and bool(told.known.held("stage_entries"))
    ids = ("deal_id",) if by_stage else ()
    rows = told.rows(base=(*ids, "created_at", "outcome", "closed_at"))
    places = [place for place, name in enumerate(told.by) if name != "stage"]
    paths = [nw.col(f"by_{place}").alias(f"path_{number}") for number, place in enumerate(places)]
    dated = rows.filter(~nw.col("created_at").is_null())
    first = _first_instant(dated)
    made, ended = _day(told, "created_at", first), _day(told, "closed_at", first)
    is_won = nw.when(nw.col("outcome") == "won").then(nw.lit(1)).otherwise(nw.lit(0))
    deals = dated.select(
        *ids, *paths, nw.col("outcome").fill_null("").alias("outcome"), is_won.alias("won"),
        made.alias("made_day"), ended.fill_null(OPEN_DAY).alias("end_day"),
    )  # fmt: skip
    late = nw.col("end_day") < nw.col("made_day")  # a slip of somebody's pen: it ended on the day it began
    deals = deals.with_columns(
        nw.when(late).then(nw.col("made_day")).otherwise(nw.col("end_day")).alias("end_day")
    )
    if by_stage:
        spells = _by_stage(told, deals, first)
    else:
        spells = deals.with_columns(
            nw.lit(told.first_stage if "stage" in told.by else "").alias("stage"),
            nw.col("made_day").alias("in_day"),
            nw.col("end_day").alias("out_day"),
            nw.col("outcome").alias("cause"),
        )
    names = [f"path_{number}" for number in range(len(places))]
    (settled,) = told.known.settle(
        spells.select(*names, "stage", "made_day", "in_day", "out_day", "cause", "end_day", "won")
    )
    return settled


def _by_stage(told: DealRows, deals: _Rows, first: int | None) -> _Rows:
    """Each deal once for each stage that it was in, the last one that it entered on a day."""
    ranked = told.stage_entries().with_columns(told.rank.alias("stage_rank"))
    deals, entered = told.known.settle(deals, ranked)
    entered = entered.join(deals.select("deal_id", "made_day", "end_day"), on="deal_id", how="inner")
    entered = entered.with_columns(_day(told, "occurred_at", first).alias("entered_day"))
    early = nw.col("entered_day") < nw.col("made_day")
    entered = entered.with_columns(
        nw.when(early).then(nw.col("made_day")).otherwise(nw.col("entered_day")).alias("in_day")
    )
    # What was entered on the day of the end, or after it, changes nothing of how it ended.
    counts = (nw.col("in_day") < nw.col("end_day")) | (nw.col("in_day") == nw.col("made_day"))
    order = ["occurred_at", "stage_rank", "known_at", "fact_id"]
    entered = entered.filter(counts).select("deal_id", "in_day", "stage", *order)
    daily = entered.unique(["deal_id", "in_day"], keep="last", order_by=order).select(
        "deal_id", "in_day", "stage"
    )
    begun = daily.group_by("deal_id").agg(nw.col("in_day").min().alias("first_day"))
    blank = deals.join(begun, on="deal_id", how="left")
    unseen = nw.col("first_day").is_null() | (nw.col("first_day") > nw.col("made_day"))
    blank = blank.filter(unseen).select(
        "deal_id", nw.col("made_day").alias("in_day"), nw.lit(told.first_stage).alias("stage")
    )
    spells = nw.concat([daily, blank])
    by_deal = ["deal_id", "in_day"]
    spells = spells.with_columns(
        nw.col("deal_id").shift(-1).over(order_by=by_deal).alias("next_deal"),
        nw.col("in_day").shift(-1).over(order_by=by_deal).alias("next_day"),
        nw.col("stage").shift(-1).over(order_by=by_deal).alias("next_stage"),
    )
    goes_on = (nw.col("next_deal") == nw.col("deal_id")).fill_null(value=False)
    spells = spells.join(deals, on="deal_id", how="inner")
    moved = nw.concat_str(nw.lit("to "), nw.col("next_stage").fill_null(""))
    return spells.with_columns(
        nw.when(goes_on).then(nw.col("next_day")).otherwise(nw.col("end_day")).alias("out_day"),
        nw.when(goes_on).then(moved).otherwise(nw.col("outcome")).alias("cause"),
    )


def age_column(told: DealRows, rows: _Rows, today: int) -> nw.Expr:
    """The whole local days since each deal was opened, as of a day; missing where that is not known."""
    age = today - _day(told, "created_at", _first_instant(rows))
    return nw.when(age < 0).then(nw.lit(0)).otherwise(age)


class OpenGroup(NamedTuple):
    """Deals of one path, stage and age that were open at the end of a day."""

    path: tuple[str, ...]
    stage: str
    age: int
    deals_count: int
    won_count: int


def open_by_day(spells: _Rows, day: int, until: int, paths: int) -> list[OpenGroup]:
    """The deals that were open at the end of a day, and how many of them were won by another."""
    is_open = (nw.col("in_day") <= day) & (nw.col("out_day") > day)
    names = [f"path_{number}" for number in range(paths)]
    won = nw.when(nw.col("end_day") <= until).then(nw.col("won")).otherwise(nw.lit(0))
    rows = spells.filter(is_open).select(
        *names, "stage", (day - nw.col("made_day")).alias("age"), won.alias("won")
    )
    counted = rows.group_by(*names, "stage", "age").agg(
        nw.len().alias("deals_count"), nw.col("won").sum().alias("won_count")
    )
    found = [
        OpenGroup(
            tuple(row[name] for name in names),
            row["stage"],
            int(row["age"]),
            int(row["deals_count"]),
            int(row["won_count"]),
        )
        for row in rows_of(counted)
    ]
    return sorted(found)


def _first_instant(rows: _Rows) -> int | None:
    (found,) = rows_of(rows.select(nw.col("created_at").min().alias("first_at")))
    return None if found["first_at"] is None else int(found["first_at"])


def _day(told: DealRows, column: str, first: int | None) -> nw.Expr:
    """The local day of an instant; what lies before the first one that is known is read as that one's."""
    last = to_micros(told.as_of)
    start = last if first is None else min(first, last)
    return local_days(nw.col(column), told.zone, start, last) - _CENTURY
