"""What is doubtful in the facts that credit is made of: counted by a stated rule, and said."""

from __future__ import annotations

from collections.abc import Iterator

import narwhals.stable.v2 as nw

from smarketing.closed_loop._conversions import RECORDS, Rows
from smarketing.closed_loop._credits import Credits
from smarketing.closed_loop._doubts import Doubt
from smarketing.closed_loop._oddities import deals_won_twice, doubted, orders_said_twice
from smarketing.frames import Frames
from smarketing.language import N_

__all__ = ["doubts_of"]

_TABLES = {"opportunity": "deals", "customer": "deals", "order": "orders"}
_COUNTED = nw.col("counted") == 1
_AMOUNT = nw.col("amount_minor")

_OF_CONVERSIONS = (
    (
        "conversion-without-lead",
        nw.col("lead_id").is_null(),
        N_(
            "No lead is named by {count} ({first}): their journey is not known, and they are in the row of "
            "those without a touch."
        ),
    ),
    (
        "conversion-before-lead",
        nw.col("converted_at") < nw.col("created_at"),
        N_(
            "Converted before their lead was captured: {count} ({first}). Touches up to the conversion "
            "count, as always."
        ),
    ),
    (
        "conversion-without-amount",
        _AMOUNT.is_null(),
        N_(
            "There is no amount with a currency for {count} ({first}): they count as conversions and bring "
            "no revenue."
        ),
    ),
    (
        "conversion-of-nothing",
        _AMOUNT == 0,
        N_("The amount is 0 for {count} ({first}): they count as conversions and bring no revenue."),
    ),
    (
        "conversion-below-nothing",
        _AMOUNT < 0,
        N_(
            "The amount is below 0 for {count} ({first}): their touches are debited as they would be "
            "credited."
        ),
    ),
)


def doubts_of(given: Frames, known: Frames, book: Credits, conversion: str) -> tuple[Doubt, ...]:
    """One for each kind of doubt, with how many records there are and the first of them by name.

    Args:
        given: The frames as they came, of whatever moment.
        known: As of the moment of the analysis.
        book: The conversions and their touches.
        conversion: What is credited.
    """
    found = [*_of_conversions(book.pieces, conversion)] if conversion in _TABLES else []
    if conversion == "order":
        found += _of_returns(book.pieces)
    found += _of_touches(given, known)
    if conversion == "order":
        found += orders_said_twice(known)
    elif conversion == "customer":
        found += deals_won_twice(known)
    return tuple(found)


def _of_conversions(pieces: Rows, conversion: str) -> Iterator[Doubt]:
    counted = pieces.filter(_COUNTED).rename({"record_id": RECORDS[conversion]})
    for code, condition, text in _OF_CONVERSIONS:
        yield from doubted(
            counted.filter(condition), code, text, column=RECORDS[conversion], table=_TABLES[conversion]
        )


def _of_returns(pieces: Rows) -> Iterator[Doubt]:
    placed = pieces.filter(_COUNTED).select(
        "record_id", nw.col("currency").alias("order_currency"), nw.col("amount_minor").alias("order_minor")
    )
    back = pieces.filter(nw.col("counted") == 0)
    paid = back.group_by("record_id", "currency").agg(_AMOUNT.sum())
    both = paid.join(placed, on="record_id", how="inner")
    is_alike = nw.col("currency") == nw.col("order_currency")
    for code, rows, text in (
        (
            "return-without-order",
            back.join(placed, on="record_id", how="anti"),
            N_(
                "Paid back and never placed: {count} ({first}). The money is taken off the row of those "
                "without a touch."
            ),
        ),
        (
            "return-in-another-currency",
            both.filter(~is_alike),
            N_(
                "Paid back in another currency: {count} ({first}). The two are not added, each has rows of "
                "its own."
            ),
        ),
        (
            "return-larger-than-order",
            both.filter(is_alike & (nw.col("order_minor") + _AMOUNT < 0)),
            N_(
                "More was paid back than the order came to: {count} ({first}). Their touches are debited "
                "with the difference."
            ),
        ),
    ):
        yield from doubted(rows, code, text, column="record_id", table="orders")


def _of_touches(given: Frames, known: Frames) -> Iterator[Doubt]:
    held = known.held("touches")
    if "precision" in held:
        rows = known.select("touches", ["lead_id", "precision"]).filter(nw.col("precision") == "day")
        text = N_(
            "Only the day of some touches is known, of {count} leads ({first}): those stand at the start of "
            "their day."
        )
        yield from doubted(rows, "touch-without-time", text, column="lead_id", table="leads")
    if held and given.cutoff is None:
        rows = given.select("touches", ["lead_id", "occurred_at"]).filter(nw.col("occurred_at").is_null())
        text = N_("No time is known of some touches, of {count} leads ({first}): those stand in no journey.")
        yield from doubted(rows, "touch-without-instant", text, column="lead_id", table="leads")
