"""Records that are odd wherever they are counted: how many there are, and the first of them by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.closed_loop._doubts import Doubt
from smarketing.frames import Frames, rows_of
from smarketing.language import N_
from smarketing.origin import Origin

__all__ = ["deals_won_twice", "doubted", "orders_said_twice"]

_NAMED = 3


def doubted(rows: nw.LazyFrame[Any], code: str, text: str, *, column: str, table: str) -> Iterator[Doubt]:
    """The doubt about some records, where there are any; each counts once.

    Args:
        rows: The rows that are odd.
        code: The doubt's code.
        text: Its sentence, with {count} and {first}.
        column: What names a record in the rows.
        table: Where the records are.
    """
    each = rows.select(column).unique([column])
    (counted,) = rows_of(each.select(nw.len().alias("records_count")))
    if count := int(counted["records_count"]):
        first = [str(row[column]) for row in rows_of(each.sort(column).head(_NAMED))]
        listed = ", ".join(first) + (", …" if count > _NAMED else "")
        origin = Origin(table=table, record=first[0])
        yield Doubt(code=code, text=text, values={"count": count, "first": listed}, origin=origin)


def deals_won_twice(frames: Frames) -> Iterator[Doubt]:
    """Deals of which several closings say that they were won."""
    if frames.held("closings"):
        won = frames.select("closings", ["deal_id", "outcome"]).filter(nw.col("outcome") == "won")
        text = N_("Won several times under one id: {count} ({first}). Each counts once, by its last closing.")
        yield from doubted(_repeated(won, "deal_id"), "deal-won-twice", text, column="deal_id", table="deals")


def orders_said_twice(frames: Frames) -> Iterator[Doubt]:
    """Orders that were placed several times under one id."""
    if frames.held("orders"):
        many = _repeated(frames.select("orders", ["order_id"]), "order_id")
        text = N_("Placed several times under one id: {count} ({first}). Each counts once, as last known.")
        yield from doubted(many, "order-said-twice", text, column="order_id", table="orders")


def _repeated(rows: nw.LazyFrame[Any], column: str) -> nw.LazyFrame[Any]:
    return rows.group_by(column).agg(nw.len().alias("said_count")).filter(nw.col("said_count") > 1)
