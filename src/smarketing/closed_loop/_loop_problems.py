"""What is odd in the facts of a loop, each with the rule by which it was counted all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.closed_loop._counts import Cells
from smarketing.closed_loop._loop_result import LoopResult
from smarketing.frames import Frames, rows_of
from smarketing.funnel import deals_of
from smarketing.origin import Origin, Problem, Severity

__all__ = ["problems_of"]

_Rows = nw.LazyFrame[Any]


def problems_of(result: LoopResult, frames: Frames, cells: Cells) -> Iterator[Problem]:
    """The oddities of a result and of the facts that count; all are warnings but money without a rate.

    Codes: `spend-without-leads`, `leads-without-spend`, `deal-before-lead`, `won-twice`, `won-for-nothing`,
    `sale-without-amount`, `sale-without-rate`, `order-said-twice`, `returned-more-than-ordered`,
    `return-without-order`.
    """
    yield from _campaigns(result)
    yield from _of_sales(result, cells)
    if "leads" in frames.names and {"deals", "closings"} & set(frames.names):
        yield from _early_deals(frames)
    if "closings" in frames.names:
        yield from _won_twice(frames)
    if "orders" in frames.names:
        yield from _said_twice(frames)
    if "returns" in frames.names:
        yield from _returns(frames)


def _campaigns(result: LoopResult) -> Iterator[Problem]:
    any_spend = result.total.spend is not None
    for row in result.by_campaign:
        campaign = row.values["campaign"]
        if row.spend is not None and row.spend.minor > 0 and not row.leads_count:
            message = (
                f"{campaign or 'no campaign'} cost {row.spend} and no lead names it: "
                "its ratios are missing; look whether leads say where they came from"
            )
            yield _warning("spend-without-leads", message, "campaigns", campaign)
        if any_spend and campaign and row.leads_count and row.spend is None:
            message = (
                f"{campaign} captured {row.leads_count} leads and no spend names it: "
                "what they cost is missing, not zero"
            )
            yield _warning("leads-without-spend", message, "campaigns", campaign)


def _of_sales(result: LoopResult, cells: Cells) -> Iterator[Problem]:
    free = sum(cell.sums["free"] for cell in cells.values())
    if free:
        message = (
            f"{free} sales came to nothing: each is a sale, and its buyer a customer, with revenue of zero"
        )
        yield _warning("won-for-nothing", message, "closings")
    if result.total.unpriced_count:
        message = (
            f"{result.total.unpriced_count} sales state no amount (or no currency): they count as sales, and "
            "their revenue is missing"
        )
        yield _warning("sale-without-amount", message, "closings")
    for money in result.total.left_out.values():
        message = (
            f"{money} of spend and sales has no rate into {result.currency} on its day: it is in no figure, "
            "and ratios that need it are missing; give a dated rate"
        )
        yield Problem(
            code="sale-without-rate",
            message=message,
            origin=Origin(table="closings"),
            severity=Severity.ERROR,
        )


def _early_deals(frames: Frames) -> Iterator[Problem]:
    first = nw.min_horizontal("deal_created_at", "won_at").alias("begun_at")
    deals = deals_of(frames).with_columns(first)
    leads = frames.latest("leads", ["lead_id", "created_at"])
    early = deals.join(leads, on="lead_id", how="inner").filter(nw.col("begun_at") < nw.col("created_at"))
    if count := _count(early):
        message = f"{count} deals are older than their lead: it counts as captured when the first one began"
        yield _warning("deal-before-lead", message, "deals")


def _won_twice(frames: Frames) -> Iterator[Problem]:
    won = frames.select("closings", ["deal_id", "outcome"]).filter(nw.col("outcome") == "won")
    twice = won.group_by("deal_id").agg(nw.len().alias("n_count")).filter(nw.col("n_count") > 1)
    if count := _count(twice):
        message = f"{count} deals were won more than once: each counts once, by its last closing"
        yield _warning("won-twice", message, "closings")


def _said_twice(frames: Frames) -> Iterator[Problem]:
    orders = frames.select("orders", ["order_id"]).group_by("order_id").agg(nw.len().alias("n_count"))
    if count := _count(orders.filter(nw.col("n_count") > 1)):
        message = f"{count} orders were said more than once: each counts once, as it was last known"
        yield _warning("order-said-twice", message, "orders")


def _returns(frames: Frames) -> Iterator[Problem]:
    back = frames.select("returns", ["order_id", "amount_minor", "currency"])
    back = back.group_by("order_id", "currency").agg(nw.col("amount_minor").sum().alias("back_minor"))
    orders = frames.select("orders", ["order_id", "amount_minor", "known_at", "occurred_at", "fact_id"])
    orders = orders.unique(["order_id"], keep="last", order_by=["known_at", "occurred_at", "fact_id"])
    both = back.join(orders.select("order_id", "amount_minor", "known_at"), on="order_id", how="left")
    if count := _count(both.filter(nw.col("back_minor") > nw.col("amount_minor"))):
        message = f"of {count} orders more was paid back than they came to: what was paid back counts in full"
        yield _warning("returned-more-than-ordered", message, "returns")
    if count := _count(both.filter(nw.col("known_at").is_null())):
        message = (
            f"{count} orders that went back are not known: what was paid back counts on the day of the return"
        )
        yield _warning("return-without-order", message, "returns")


def _count(rows: _Rows) -> int:
    (found,) = rows_of(rows.select(nw.len().alias("n_count")))
    return int(found["n_count"])


def _warning(code: str, message: str, table: str, record: str | None = None) -> Problem:
    origin = Origin(table=table, record=record or "")
    return Problem(code=code, message=message, origin=origin, severity=Severity.WARNING)
