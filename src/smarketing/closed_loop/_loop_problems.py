"""What is doubtful in the facts of a loop, each with the rule by which it was counted all the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import narwhals.stable.v2 as nw

from smarketing.closed_loop._counts import Cells
from smarketing.closed_loop._doubts import Doubt
from smarketing.closed_loop._loop_result import LoopResult
from smarketing.closed_loop._oddities import deals_won_twice, doubted, orders_said_twice
from smarketing.closed_loop._orders import last_orders
from smarketing.frames import Frames
from smarketing.funnel import deals_of
from smarketing.language import N_
from smarketing.origin import Origin, Severity
from smarketing.values import Money

__all__ = ["doubts_of"]


def doubts_of(result: LoopResult, frames: Frames, cells: Cells) -> Iterator[Doubt]:
    """One for each kind of doubt, and for each campaign whose cost or leads are not known.

    Codes: `spend-without-leads`, `leads-without-spend`, `won-for-nothing`, `sale-without-amount`,
    `money-without-rate`, `deal-before-lead`, `deal-won-twice`, `order-said-twice`,
    `return-larger-than-order`, `return-without-order`; of the spends, `spend-backwards` and
    `spend-without-rate`.
    """
    yield from _of_campaigns(result)
    yield from _of_sales(result, cells)
    if "leads" in frames.names and {"deals", "closings"} & set(frames.names):
        yield from _early_deals(frames)
    yield from deals_won_twice(frames)
    yield from orders_said_twice(frames)
    if "returns" in frames.names:
        yield from _of_returns(frames)


def _of_campaigns(result: LoopResult) -> Iterator[Doubt]:
    any_spend = result.total.spend is not None
    for row in result.by_campaign:
        campaign = row.values["campaign"] or ""
        named = result.names.get("campaign", {}).get(campaign, campaign or "—")
        origin = Origin(table="campaigns", record=campaign)
        if row.spend is not None and row.spend.minor > 0 and not row.leads_count:
            text = N_(
                "No lead names {campaign}, which cost {money}: its ratios are missing. Look whether leads "
                "say where they came from."
            )
            yield Doubt(
                code="spend-without-leads",
                text=text,
                values={"campaign": named, "money": row.spend},
                origin=origin,
            )
        if any_spend and campaign and row.leads_count and row.spend is None:
            text = N_(
                "No spend names {campaign}, which captured leads ({count}): what they cost is missing, not "
                "zero."
            )
            yield Doubt(
                code="leads-without-spend",
                text=text,
                values={"campaign": named, "count": row.leads_count},
                origin=origin,
            )


def _of_sales(result: LoopResult, cells: Cells) -> Iterator[Doubt]:
    origin = Origin(table="closings")
    if free := sum(cell.sums["free"] for cell in cells.values()):
        text = N_(
            "Sales that came to nothing: {count}. Each is a sale, and its buyer a customer, with revenue of "
            "zero."
        )
        yield Doubt(code="won-for-nothing", text=text, values={"count": free}, origin=origin)
    if unpriced := result.total.unpriced_count:
        text = N_(
            "Sales without an amount or a currency: {count}. They count as sales, and their revenue is "
            "missing."
        )
        yield Doubt(code="sale-without-amount", text=text, values={"count": unpriced}, origin=origin)
    unrated = Counter[str]()
    for cell in cells.values():
        for (figure, currency), minor in cell.left_out.items():
            unrated[currency] += minor if figure != "planned" else 0  # a plan is told with the spends
    for money in (
        Money(minor, currency) for currency, minor in sorted(unrated.items()) if currency and minor
    ):
        text = N_(
            "No rate into {currency} is known for {money} of spend and sales on their days: it is in no "
            "figure, and ratios that need it are missing. Give a dated rate."
        )
        yield Doubt(
            code="money-without-rate",
            text=text,
            values={"money": money, "currency": result.currency},
            origin=origin,
            severity=Severity.ERROR,
        )


def _early_deals(frames: Frames) -> Iterator[Doubt]:
    first = nw.min_horizontal("deal_created_at", "won_at").alias("begun_at")
    deals = deals_of(frames).with_columns(first)
    leads = frames.latest("leads", ["lead_id", "created_at"])
    early = deals.join(leads, on="lead_id", how="inner").filter(nw.col("begun_at") < nw.col("created_at"))
    text = N_("Older than their lead: {count} ({first}). It counts as captured when the first deal began.")
    yield from doubted(early, "deal-before-lead", text, column="deal_id", table="deals")


def _of_returns(frames: Frames) -> Iterator[Doubt]:
    back = frames.select("returns", ["order_id", "amount_minor", "currency"])
    back = back.group_by("order_id", "currency").agg(nw.col("amount_minor").sum().alias("back_minor"))
    placed = last_orders(frames, ["amount_minor", "currency"]).rename({"currency": "paid_in"})
    alike = back.join(placed, on="order_id", how="inner").filter(nw.col("currency") == nw.col("paid_in"))
    larger = alike.filter(nw.col("back_minor") > nw.col("amount_minor"))
    text = N_(
        "More was paid back than the order came to: {count} ({first}). What was paid back counts in full."
    )
    yield from doubted(larger, "return-larger-than-order", text, column="order_id", table="orders")
    nowhere = back.join(placed, on="order_id", how="anti")
    text = N_("Paid back and never placed: {count} ({first}). What was paid back counts on its own day.")
    yield from doubted(nowhere, "return-without-order", text, column="order_id", table="orders")
