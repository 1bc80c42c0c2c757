"""What is doubtful in the facts that credit is made of: counted by a stated rule, and said."""

from __future__ import annotations

from collections.abc import Iterator

import narwhals.stable.v2 as nw

from smarketing.closed_loop._conversions import RECORDS, Rows
from smarketing.closed_loop._credits import Credits
from smarketing.closed_loop._doubts import DOUBTS, Doubt
from smarketing.frames import Frames, rows_of
from smarketing.origin import Origin, Problem, Severity

__all__ = ["doubts_of", "problem_of"]

_NAMED = 3
_TABLES = {"lead_id": "leads", "deal_id": "deals", "order_id": "orders"}


def doubts_of(given: Frames, known: Frames, book: Credits, conversion: str) -> tuple[Doubt, ...]:
    """One for each kind of doubt, with how many records there are and the first of them by name.

    Args:
        given: The frames as they came, of whatever moment.
        known: As of the moment of the analysis.
        book: The conversions and their touches.
        conversion: What is credited.
    """
    return (
        *_of_pieces(book.pieces, conversion),
        *_of_touches(given, known),
        *_of_records(known, conversion),
    )


def problem_of(doubt: Doubt) -> Problem:
    """The doubt as a problem, in English."""
    return Problem(
        code=doubt.code,
        message=DOUBTS[doubt.code].format(count=f"{doubt.count:,}", first=doubt.first),
        origin=Origin(table=_TABLES[doubt.record], record=doubt.first.split(",")[0]),
        severity=Severity.WARNING,
    )


def _of_pieces(pieces: Rows, conversion: str) -> Iterator[Doubt]:
    if conversion == "lead":
        return
    counted = pieces.filter(nw.col("counted") == 1)
    record, amount = RECORDS[conversion], nw.col("amount_minor")
    for code, rows in (
        ("conversion-without-lead", counted.filter(nw.col("lead_id").is_null())),
        ("conversion-before-lead", counted.filter(nw.col("converted_at") < nw.col("created_at"))),
        ("conversion-without-amount", counted.filter(amount.is_null())),
        ("conversion-of-nothing", counted.filter(amount == 0)),
        ("conversion-below-nothing", counted.filter(amount < 0)),
    ):
        yield from _told(rows, code, record)
    if conversion == "order":
        yield from _of_returns(pieces)


def _of_returns(pieces: Rows) -> Iterator[Doubt]:
    placed = pieces.filter(nw.col("counted") == 1).select(
        "record_id", nw.col("currency").alias("order_currency"), nw.col("amount_minor").alias("order_minor")
    )
    back = pieces.filter(nw.col("counted") == 0)
    yield from _told(back.join(placed, on="record_id", how="anti"), "return-without-order", "order_id")
    paid = back.group_by("record_id", "currency").agg(nw.col("amount_minor").sum())
    both = paid.join(placed, on="record_id", how="inner")
    is_alike = nw.col("currency") == nw.col("order_currency")
    yield from _told(both.filter(~is_alike), "return-in-another-currency", "order_id")
    more = is_alike & (nw.col("order_minor") + nw.col("amount_minor") < 0)
    yield from _told(both.filter(more), "return-larger-than-order", "order_id")


def _of_touches(given: Frames, known: Frames) -> Iterator[Doubt]:
    held = known.held("touches")
    if "precision" in held:
        rows = known.select("touches", ["lead_id", "precision"]).filter(nw.col("precision") == "day")
        yield from _told(rows, "touch-without-time", "lead_id")
    if held and given.cutoff is None:
        rows = given.select("touches", ["lead_id", "occurred_at"]).filter(nw.col("occurred_at").is_null())
        yield from _told(rows, "touch-without-instant", "lead_id")


def _of_records(known: Frames, conversion: str) -> Iterator[Doubt]:
    if conversion == "order" and known.held("orders"):
        many = known.select("orders", ["order_id"]).group_by("order_id").agg(nw.len().alias("said_count"))
        yield from _told(many.filter(nw.col("said_count") > 1), "order-said-twice", "order_id")
    if conversion == "customer" and known.held("closings"):
        won = known.select("closings", ["deal_id", "outcome"]).filter(nw.col("outcome") == "won")
        many = won.group_by("deal_id").agg(nw.len().alias("said_count"))
        yield from _told(many.filter(nw.col("said_count") > 1), "deal-won-twice", "deal_id")


def _told(rows: Rows, code: str, record: str) -> Iterator[Doubt]:
    """The doubt, where there are any such rows; each record once."""
    name = record if code in _BY_OWN_NAME else "record_id"
    each = rows.select(name).unique([name])
    count = int(rows_of(each.select(nw.len().alias("records_count")))[0]["records_count"])
    if count:
        first = [row[name] for row in rows_of(each.sort(name).head(_NAMED))]
        listed = ", ".join(map(str, first)) + (", …" if count > _NAMED else "")
        yield Doubt(code=code, count=count, first=listed, record=record)


_BY_OWN_NAME = {"touch-without-time", "touch-without-instant", "order-said-twice", "deal-won-twice"}
