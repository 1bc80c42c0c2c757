"""What is doubtful in the facts that credit is made of: counted by a stated rule, and said."""

from __future__ import annotations

from collections.abc import Iterator

import narwhals.stable.v2 as nw

from smarketing.closed_loop._conversions import RECORDS, Rows
from smarketing.closed_loop._credits import Credits
from smarketing.frames import Frames, rows_of
from smarketing.origin import Origin, Problem, Severity

__all__ = ["problems_of"]

_NAMED = 3


def problems_of(given: Frames, known: Frames, book: Credits, conversion: str) -> tuple[Problem, ...]:
    """One problem for each kind of doubt, with how many records there are and the first of them by name.

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


def _of_pieces(pieces: Rows, conversion: str) -> Iterator[Problem]:
    counted = pieces.filter(nw.col("counted") == 1)
    record = RECORDS[conversion]
    amount = nw.col("amount_minor")
    if conversion != "lead":
        yield from _told(
            counted.filter(nw.col("lead_id").is_null()),
            "conversion-without-lead",
            record,
            "name no lead, so that their journey is not known: they are in the row of those without a touch",
        )
        early = counted.filter(nw.col("converted_at") < nw.col("created_at"))
        yield from _told(
            early,
            "conversion-before-lead",
            record,
            "converted before their lead was captured: only touches up to the conversion count, as always",
        )
        yield from _told(
            counted.filter(amount.is_null()),
            "conversion-without-amount",
            record,
            "have no amount with a currency: they count as conversions and bring no revenue",
        )
        yield from _told(
            counted.filter(amount == 0),
            "conversion-of-nothing",
            record,
            "came to an amount of 0: they count as conversions and bring no revenue",
        )
        yield from _told(
            counted.filter(amount < 0),
            "conversion-below-nothing",
            record,
            "came to less than 0: their touches are debited as they would be credited",
        )
    if conversion == "order":
        yield from _of_returns(pieces)


def _of_returns(pieces: Rows) -> Iterator[Problem]:
    placed = pieces.filter(nw.col("counted") == 1).select(
        "record_id", nw.col("currency").alias("order_currency"), nw.col("amount_minor").alias("order_minor")
    )
    back = pieces.filter(nw.col("counted") == 0)
    yield from _told(
        back.join(placed, on="record_id", how="anti"),
        "return-without-order",
        "order_id",
        "were paid back and never placed: the money is taken off the row of those without a touch",
    )
    paid = back.group_by("record_id", "currency").agg(nw.col("amount_minor").sum())
    both = paid.join(placed, on="record_id", how="inner")
    yield from _told(
        both.filter(nw.col("currency") != nw.col("order_currency")),
        "return-in-another-currency",
        "order_id",
        "were paid back in another currency: the two are not added, each has rows of its own",
    )
    more = (nw.col("currency") == nw.col("order_currency")) & (
        nw.col("order_minor") + nw.col("amount_minor") < 0
    )
    yield from _told(
        both.filter(more),
        "return-larger-than-order",
        "order_id",
        "had more paid back than they came to: their touches are debited with the difference",
    )


def _of_touches(given: Frames, known: Frames) -> Iterator[Problem]:
    held = known.held("touches")
    if "precision" in held:
        yield from _told(
            known.select("touches", ["lead_id", "precision"]).filter(nw.col("precision") == "day"),
            "touch-without-time",
            "lead_id",
            "have touches of which only the day is known: those stand at the start of their day",
        )
    if held and given.cutoff is None:
        yield from _told(
            given.select("touches", ["lead_id", "occurred_at"]).filter(nw.col("occurred_at").is_null()),
            "touch-without-instant",
            "lead_id",
            "have touches of which no time is known: those stand in no journey",
        )


def _of_records(known: Frames, conversion: str) -> Iterator[Problem]:
    if conversion == "order" and known.held("orders"):
        many = known.select("orders", ["order_id"]).group_by("order_id").agg(nw.len().alias("orders_count"))
        yield from _told(
            many.filter(nw.col("orders_count") > 1),
            "order-said-twice",
            "order_id",
            "were placed several times under one id: each counts once, as last known",
        )
    if conversion == "customer" and known.held("closings"):
        won = known.select("closings", ["deal_id", "outcome"]).filter(nw.col("outcome") == "won")
        many = won.group_by("deal_id").agg(nw.len().alias("closings_count"))
        yield from _told(
            many.filter(nw.col("closings_count") > 1),
            "deal-won-twice",
            "deal_id",
            "were won several times under one id: each counts once, by its last closing",
        )


def _told(rows: Rows, code: str, record: str, what: str) -> Iterator[Problem]:
    """The problem, where there are any such rows; each record once."""
    name = record if record in rows.collect_schema().names() else "record_id"
    each = rows.select(name).unique([name])
    count = int(rows_of(each.select(nw.len().alias("records_count")))[0]["records_count"])
    if not count:
        return
    first = [row[name] for row in rows_of(each.sort(name).head(_NAMED))]
    nouns = {"lead_id": "lead", "deal_id": "deal", "order_id": "order"}
    noun = nouns[record] + ("s" if count > 1 else "")
    listed = ", ".join(map(str, first)) + (", …" if count > _NAMED else "")
    yield Problem(
        code=code,
        message=f"{count:,} {noun} ({listed}) {what}",
        origin=Origin(table=f"{nouns[record]}s", record=str(first[0])),
        severity=Severity.WARNING,
    )
