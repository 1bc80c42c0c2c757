"""What is credited: conversions of leads, in bulk, one row each, with the journey that each may look back on.

A journey ends at its conversion and begins after the lead's conversion before it. Conversions of one lead at
one instant share one journey. What was paid back for an order is a row of its own beside it: no conversion,
a negative amount, and the order's journey, so that the touches that were credited with the sale give back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.closed_loop._orders import last_orders
from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.frames import Frames
from smarketing.funnel import Dimensions, closed_deals
from smarketing.periods import Dated, Period, to_micros
from smarketing.sources import SourceRules

__all__ = ["CONVERSIONS", "RECORDS", "Rows", "conversions_of"]

Rows = nw.LazyFrame[Any]
_DAY = 86_400_000_000


def conversions_of(
    known: Frames,
    stage: str,
    *,
    by: Sequence[str],
    sources: Dated[SourceRules],
    period: Period,
    look_back: timedelta,
) -> Rows:
    """One row per conversion, and per return of an order.

    Args:
        known: What is known.
        stage: One of `CONVERSIONS`.
        by: Dimensions of the lead, and "month" (of the conversion).
        sources: The agreed rules for `source`.
        period: When conversions count; those before it still end journeys.
        look_back: How long before its conversion a journey may begin.

    Returns:
        `piece` (a number), `record_id`, `lead_id`, `converted_at`, `until_at` (the last instant of the
        journey: of a bare date, the day's), `since_at` (the end of the lead's conversion before, or missing),
        `from_at` (where the look-back begins), `created_at` (of the lead), `opportunity_at`, `amount_minor`,
        `currency`, `counted` (1, or 0 for a return), and `lead_0`, `lead_1`, … for the dimensions.
    """
    if stage not in CONVERSIONS:
        known_ones = ", ".join(CONVERSIONS)
        hint = did_you_mean(stage, CONVERSIONS)
        raise UnknownNameError(f"there is no conversion {stage!r}{hint}; there are {known_ones}")
    rows = CONVERSIONS[stage](known)
    rows = rows.with_columns(
        nw.when(~nw.col("currency").is_null()).then(nw.col("amount_minor")).alias("amount_minor")
    )
    rows = rows.with_columns(
        nw.when(~nw.col("amount_minor").is_null()).then(nw.col("currency")).alias("currency")
    )
    rows = rows.with_columns((nw.col("converted_at") + nw.col("slack")).alias("until_at")).drop("slack")
    rows = _with_turns(rows)
    rows = rows.filter(
        nw.col("converted_at") >= period.boundaries[0], nw.col("converted_at") < period.boundaries[1]
    )
    length = look_back // timedelta(microseconds=1)
    rows = rows.with_columns((nw.col("converted_at") - nw.lit(length)).alias("from_at"))
    rows = _with_lead(rows, known, by, sources, period)
    order = ["record_id", "counted", "paid_back_at", "amount_minor", "currency"]
    return rows.with_row_index("piece", order_by=order).drop("paid_back_at")


def _leads(known: Frames) -> Rows:
    """Leads, when they were captured: an instant, and no money."""
    leads = known.latest("leads", ["lead_id", "created_at", "occurred_at"])
    at = nw.col("created_at")
    return _whole(leads.filter(~at.is_null(), _is_past(known, at)), "lead_id", at=at)


def _opportunities(known: Frames) -> Rows:
    """Deals, when they were opened, for what they were last expected to bring."""
    deals = known.latest(
        "deals", ["deal_id", "lead_id", "created_at", "amount_minor", "currency", "occurred_at"]
    )
    at = nw.col("created_at")
    return _whole(deals.filter(~at.is_null(), _is_past(known, at)), "deal_id", at=at, opportunity_at=at)


def _customers(known: Frames) -> Rows:
    """Deals won, as `measure_sales` counts them."""
    won = closed_deals(known).filter(nw.col("outcome") == "won")
    slack = _slack("closed_precision")
    return _whole(won, "deal_id", at=nw.col("closed_at"), opportunity_at=nw.col("created_at"), slack=slack)


def _orders(known: Frames) -> Rows:
    """Orders, each once, as last known; and what was paid back for them."""
    last = last_orders(known, ["lead_id", "amount_minor", "currency", "precision"])
    placed = _whole(last, "order_id", at=nw.col("occurred_at"), slack=_slack("precision"))
    returns = known.select(
        "returns", ["order_id", "lead_id", "amount_minor", "currency", "occurred_at"]
    ).rename(
        {
            "occurred_at": "paid_back_at",
            "lead_id": "back_lead",
            "amount_minor": "back_minor",
            "currency": "back_currency",
        }
    )
    of_order = placed.select("record_id", "lead_id", "converted_at", "slack", "opportunity_at")
    of_order = of_order.with_columns(nw.col("record_id").alias("order_id"))
    back = returns.join(of_order, on="order_id", how="left")
    paid = back.select(
        nw.col("order_id").alias("record_id"),
        # One whose order is not known belongs to no journey, whoever sent it back.
        nw.col("lead_id"),
        nw.coalesce("converted_at", "paid_back_at").alias("converted_at"),
        nw.col("slack").fill_null(0),
        nw.col("opportunity_at"),
        (-nw.col("back_minor")).alias("amount_minor"),
        nw.col("back_currency").alias("currency"),
        nw.lit(0).cast(nw.Int64).alias("counted"),
        nw.col("paid_back_at"),
    )
    return nw.concat([placed, paid], how="vertical")


CONVERSIONS: Mapping[str, Callable[[Frames], Rows]] = {
    "lead": _leads,
    "opportunity": _opportunities,
    "customer": _customers,
    "order": _orders,
}
"""What can be credited, by the stage that is reached."""
RECORDS = {"lead": "lead_id", "opportunity": "deal_id", "customer": "deal_id", "order": "order_id"}
"""What names a conversion."""


def _whole(
    rows: Rows,
    record: str,
    *,
    at: nw.Expr,
    opportunity_at: nw.Expr | None = None,
    slack: nw.Expr | None = None,
) -> Rows:
    """Rows of one record each as conversions."""
    nothing = nw.when(at.is_null() & ~at.is_null()).then(at)
    has_money = record != "lead_id"
    return rows.select(
        nw.col(record).alias("record_id"),
        nw.col("lead_id"),
        at.alias("converted_at"),
        (nw.lit(0) if slack is None else slack).cast(nw.Int64).alias("slack"),
        (nothing if opportunity_at is None else opportunity_at).alias("opportunity_at"),
        (nw.col("amount_minor") if has_money else nothing).alias("amount_minor"),
        (nw.col("currency") if has_money else nothing.cast(nw.String)).alias("currency"),
        nw.lit(1).cast(nw.Int64).alias("counted"),
        nothing.alias("paid_back_at"),
    )


def _is_past(known: Frames, at: nw.Expr) -> nw.Expr:
    """Before the moment of the frames: a record may tell of what is still to come."""
    return ~at.is_null() if known.cutoff is None else at < to_micros(known.cutoff)


def _slack(precision: str) -> nw.Expr:
    """What a bare date leaves open: all of its day is compared as one."""
    return nw.when(nw.col(precision) == "day").then(nw.lit(_DAY - 1)).otherwise(nw.lit(0))


def _with_turns(rows: Rows) -> Rows:
    """When the lead's conversion before each ended, of those at another instant."""
    named = rows.filter(nw.col("counted") == 1, ~nw.col("lead_id").is_null())
    turns = named.select("lead_id", "until_at").unique(["lead_id", "until_at"])
    turns = turns.with_row_index("turn", order_by=["lead_id", "until_at"])
    turns = turns.with_columns(nw.col("turn").cast(nw.Int64))
    before = turns.select(
        (nw.col("turn") + 1).alias("turn"),
        nw.col("lead_id").alias("lead_before"),
        nw.col("until_at").alias("since_at"),
    )
    since = turns.join(before, on="turn", how="left").filter(nw.col("lead_before") == nw.col("lead_id"))
    return rows.join(since.select("lead_id", "until_at", "since_at"), on=["lead_id", "until_at"], how="left")


def _with_lead(
    rows: Rows, known: Frames, by: Sequence[str], sources: Dated[SourceRules], period: Period
) -> Rows:
    """The rows with the lead's capture and the dimensions that are the lead's."""
    dimensions = Dimensions(known, "leads", by, sources)
    wanted = list(dict.fromkeys(["lead_id", "created_at", *dimensions.reads]))
    clashing = {name: f"of_lead_{name}" for name in wanted if name in {"currency", "amount_minor"}}
    leads = known.latest("leads", wanted).rename(clashing) if known.held("leads") else None
    if leads is None:
        leads = known.select("leads", [*wanted])
    before = rows.collect_schema().names()
    rows = dimensions.add(rows.join(leads, on="lead_id", how="left"), period, "converted_at")
    named = [nw.col(f"by_{number}").alias(f"lead_{number}") for number in range(len(by))]
    return rows.select(*before, "created_at", *named)
