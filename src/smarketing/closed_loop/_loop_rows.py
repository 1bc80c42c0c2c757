"""The tables that a loop is counted from: one row per lead, one per sale, in the user's own engine.

Everything hangs on the lead: what a sale brought stands with the campaign, source, … of the lead it came
from, and only what the lead does not say is read off the sale itself. So every view of the same facts, by
when the lead was captured or by when the money came, divides the same money in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import narwhals.stable.v2 as nw

from smarketing.closed_loop._loop_terms import Exchange, Stages
from smarketing.closed_loop._orders import last_orders
from smarketing.frames import Frames, position_among, tuples_of
from smarketing.funnel import Dimensions, Funnel, closed_deals, deals_of, journeys, reached
from smarketing.periods import Dated, Period, from_micros, start_of_day, to_micros
from smarketing.schema import ColumnType
from smarketing.sources import LeadSource, SourceRules

__all__ = ["ANSWERS", "LoopTables"]

_Rows = nw.LazyFrame[Any]

ANSWERS = ("accepted", "rejected", "recycled")
"""What sales answers about a lead that was handed over."""

_NO_AMOUNT = -(2**62)
_SALE = ("kind", "sale_id", "lead_id", "at", "begun_at", "amount_minor", "currency", "cost_minor")
_OWN = ("campaign_id", "channel", "owner_id")
_OWN_OF = {"campaign": "campaign_id", "channel": "channel", "owner": "owner_id"}


@attrs.frozen(kw_only=True, eq=False)
class LoopTables:
    """Leads and sales, each computed once.

    Attributes:
        leads: `lead_id`, `by_0` …, `captured_at`, `reached_k` …, `customer_at`, `answered_at`, `verdict`,
            `reason`, `owner_id`.
        sales: `kind` ("deal", "order" or "return"), `sale_id`, `lead_id`, `by_0` …, `captured_at`, `at`,
            `amount_minor` (in the company's currency, unless `currency` says another), `cost_minor`.
        flips: `lead_id`, `score`, `cause` of the first flip of each lead; None where none were given.
    """

    leads: _Rows = attrs.field(repr=False)
    sales: _Rows = attrs.field(repr=False)
    flips: _Rows | None = attrs.field(repr=False)

    @classmethod
    def of(
        cls,
        frames: Frames,
        funnel: Funnel,
        stages: Stages,
        *,
        by: Sequence[str],
        sources: Dated[SourceRules],
        period: Period,
        exchange: Exchange,
    ) -> LoopTables:
        """The tables of frames as of the moment that the analysis is of.

        Args:
            frames: The facts that count.
            funnel: The stages of leads.
            stages: What the loop calls them.
            by: Dimensions other than the month.
            sources: The agreed rules for sources.
            period: Whose zone and whose days.
            exchange: What other currencies are worth.
        """
        dimensions = Dimensions(frames, "leads", by, sources)
        leads, sales = _leads(frames, funnel, stages, dimensions, period), _sales(frames)
        given = [leads, sales, *([_first_flips(frames)] if "flips" in frames.names else [])]
        worth = _worth(frames, sales, exchange, period.zone)
        if worth is None:
            leads, sales, *flips = frames.settle(*given)
        else:
            *settled, table = frames.settle(*given, worth)
            leads, sales, *flips = settled
            sales = _exchanged(sales, table, exchange, period.zone)
        return cls(leads=leads, sales=_placed(sales, leads, by), flips=flips[0] if flips else None)


def _leads(frames: Frames, funnel: Funnel, stages: Stages, dimensions: Dimensions, period: Period) -> _Rows:
    """One row per lead that was captured, with how far it came and what sales last answered about it."""
    reads = list(dict.fromkeys([*dimensions.reads, "owner_id"]))
    rows = journeys(frames, funnel, reads).rename({"record_id": "lead_id"})
    captured, customer = (nw.col(reached(k)) for k in (stages.captured, stages.customer))
    if "orders" in frames.names:
        rows = _with_buyers(rows, frames, reads)
        captured = nw.min_horizontal(captured, "ordered_at")
        customer = nw.min_horizontal(customer, "ordered_at")
    rows = rows.with_columns(captured.alias("captured_at"), customer.alias("customer_at"))
    rows = dimensions.add(rows.filter(~nw.col("captured_at").is_null()), period, "captured_at")
    names = [name for name in rows.collect_schema().names() if name.startswith("by_")]
    kept = [reached(k) for k in stages.counted]
    rows = rows.select("lead_id", *names, "captured_at", "customer_at", *kept, "owner_id")
    return rows.join(_answers(frames), on="lead_id", how="left")


def _with_buyers(rows: _Rows, frames: Frames, reads: Sequence[str]) -> _Rows:
    """The leads and whoever ordered: what a lead does not say of where it came from is its first order's."""
    told = [name for name in ("campaign_id", "channel", "referring_site") if name in reads]
    buyers = (
        _orders(frames, told)
        .filter(~nw.col("lead_id").is_null())
        .unique(["lead_id"], keep="first", order_by=["at", "sale_id"])
        .select(
            nw.col("lead_id").alias("buyer_id"),
            nw.col("at").alias("ordered_at"),
            *(nw.col(name).alias(f"ordered_{name}") for name in told),
        )
    )
    both = rows.join(buyers, left_on="lead_id", right_on="buyer_id", how="full")
    return both.with_columns(
        nw.coalesce("lead_id", "buyer_id").alias("lead_id"),
        *(nw.coalesce(name, f"ordered_{name}").alias(name) for name in told),
    )


def _answers(frames: Frames) -> _Rows:
    """The last answer of sales about each lead: accepted, rejected or recycled."""
    columns = ["lead_id", "deal_id", "verdict", "reason", "addressee", "occurred_at", "known_at", "fact_id"]
    rows = frames.select("feedbacks", columns)
    to_marketing = nw.col("addressee").is_null() | (nw.col("addressee") == "marketing")
    rows = rows.filter(nw.col("verdict").is_in([*ANSWERS]), to_marketing)
    if "deal_id" in frames.held("feedbacks") and {"deals", "closings"} & set(frames.names):
        deals = deals_of(frames).select("deal_id", nw.col("lead_id").alias("lead_of_deal"))
        rows = rows.join(deals, on="deal_id", how="left")
        rows = rows.with_columns(nw.coalesce("lead_id", "lead_of_deal").alias("lead_id"))
    rows = rows.filter(~nw.col("lead_id").is_null())
    order = ["occurred_at", "known_at", "fact_id", "verdict"]
    last = rows.unique(["lead_id"], keep="last", order_by=order)
    return last.select("lead_id", nw.col("occurred_at").alias("answered_at"), "verdict", "reason")


def _first_flips(frames: Frames) -> _Rows:
    """The first flip of each lead: which score, and what made it cross its number."""
    rows = frames.select("flips", ["lead_id", "score", "cause", "occurred_at", "fact_id"])
    first = rows.unique(["lead_id"], keep="first", order_by=["occurred_at", "fact_id", "score"])
    return first.select("lead_id", "score", nw.col("cause").fill_null(""))


def _sales(frames: Frames) -> _Rows:
    """Deals that are won now, orders, and returns as negative ones."""
    own = (
        closed_deals(frames, _OWN)
        .filter(nw.col("outcome") == "won")
        .with_columns(
            nw.lit("deal").alias("kind"),
            nw.col("deal_id").alias("sale_id"),
            nw.col("closed_at").alias("at"),
            nw.min_horizontal("created_at", "closed_at").alias("begun_at"),
        )
        .select(*_SALE, *_OWN)
    )
    parts = [own]
    if "orders" in frames.names:
        parts.append(
            _orders(frames, _OWN[:2]).with_columns(_nobody("sale_id", "owner_id")).select(*_SALE, *_OWN)
        )
    if "returns" in frames.names:
        parts.append(_returns(frames).with_columns(_nobody("sale_id", "owner_id")).select(*_SALE, *_OWN))
    return nw.concat(parts) if len(parts) > 1 else own


def _nobody(column: str, name: str) -> nw.Expr:
    """A column of text in which nothing stands."""
    text = nw.col(column)
    return nw.when(text.is_null() & ~text.is_null()).then(text).alias(name)


def _orders(frames: Frames, columns: Sequence[str]) -> _Rows:
    """One row per order, as it was last known; payment fees and shipping are costs where they are stated."""
    reads = ["lead_id", "amount_minor", "cost_minor", "fee_minor", "shipping_minor", "currency"]
    rows = last_orders(frames, [*reads, *columns])
    cost = nw.col("cost_minor") + nw.col("fee_minor").fill_null(0) + nw.col("shipping_minor").fill_null(0)
    return rows.with_columns(
        nw.lit("order").alias("kind"),
        nw.col("order_id").alias("sale_id"),
        nw.col("occurred_at").alias("at"),
        nw.col("occurred_at").alias("begun_at"),
        _priced(nw.col("amount_minor")).alias("amount_minor"),
        _priced(cost).alias("cost_minor"),
    )


def _returns(frames: Frames) -> _Rows:
    """One row per return, negative, with the buyer and the day of the order that went back."""
    reads = ["order_id", "lead_id", "amount_minor", "currency", "occurred_at"]
    rows = frames.select("returns", reads)
    orders = _orders(frames, _OWN[:2]).select(
        nw.col("sale_id").alias("order_id"),
        nw.col("lead_id").alias("buyer_id"),
        nw.col("at").alias("ordered_at"),
        *_OWN[:2],
    )
    back: Any = nw.col("amount_minor")
    return rows.join(orders, on="order_id", how="left").with_columns(
        nw.lit("return").alias("kind"),
        nw.col("order_id").alias("sale_id"),
        nw.coalesce("lead_id", "buyer_id").alias("lead_id"),
        nw.col("occurred_at").alias("at"),
        nw.coalesce("ordered_at", "occurred_at").alias("begun_at"),
        _priced(-back).alias("amount_minor"),
        _priced(back - back).alias("cost_minor"),
    )


def _priced(amount: nw.Expr) -> nw.Expr:
    """An amount, missing where its currency is."""
    return nw.when(~nw.col("currency").is_null()).then(amount)


def _placed(sales: _Rows, leads: _Rows, by: Sequence[str]) -> _Rows:
    """The sales with the groups and the capture of their leads; what is not known of those is their own."""
    groups = [f"by_{i}" for i in range(len(by))]
    rows = sales.join(leads.select("lead_id", "captured_at", *groups), on="lead_id", how="left")
    rows = rows.with_columns(
        nw.coalesce("captured_at", "begun_at").alias("captured_at"),
        *(_or_own(name, f"by_{i}").alias(f"by_{i}") for i, name in enumerate(by)),
    )
    kept = ["kind", "sale_id", "lead_id", "at", "captured_at", "amount_minor", "currency", "cost_minor"]
    return rows.select(*kept, *groups)


def _or_own(dimension: str, column: str) -> nw.Expr:
    group = nw.col(column).fill_null("")
    if dimension in _OWN_OF:
        own = nw.col(_OWN_OF[dimension]).fill_null("")
        return nw.when(group == "").then(own).otherwise(group)
    unknown = _UNKNOWN.get(dimension, "")
    return nw.when(group == "").then(nw.lit(unknown)).otherwise(group) if unknown else group


_UNKNOWN = {"source": LeadSource.UNKNOWN.value}


def blank_of(dimension: str) -> str:
    """What stands in a group's column where a dimension is not known."""
    return _UNKNOWN.get(dimension, "")


def _foreign(frames: Frames, currency: str) -> list[str]:
    """The other currencies that any sale may be in."""
    tables = ("closings", "deals", "orders", "returns")
    found = {each for name in tables for each in frames.distinct(name, "currency")}
    return sorted(found - {currency})


def _steps(exchange: Exchange, zone: str) -> list[int]:
    """The instants at which any rate changes."""
    days = {day for dated in exchange.rates.values() for day, _ in dated.versions if day.year > 1}
    return sorted(to_micros(start_of_day(day, zone)) for day in days)


_WORTH = {
    "in_currency": ColumnType.TEXT,
    "step": ColumnType.INTEGER,
    "in_minor": ColumnType.INTEGER,
    "costing_minor": ColumnType.INTEGER,
    "worth_minor": ColumnType.INTEGER,
    "worth_cost_minor": ColumnType.INTEGER,
}


def _worth(frames: Frames, sales: _Rows, exchange: Exchange, zone: str) -> _Rows | None:
    """What each distinct amount of another currency is worth, worked out exactly, one by one."""
    foreign = [each for each in _foreign(frames, exchange.currency) if each in exchange.rates]
    if not foreign:
        return None
    steps = _steps(exchange, zone)
    rows = sales.filter(nw.col("currency").is_in(foreign)).select(
        nw.col("currency").alias("in_currency"), *_keys(steps)
    )
    keys = ["in_currency", "step", "in_minor", "costing_minor"]
    columns: dict[str, list[Any]] = {name: [] for name in _WORTH}
    for currency, step, minor, cost in sorted(tuples_of(rows.select(*keys).unique(keys))):
        first = exchange.rates[currency].versions[0][0]
        day = (
            (from_micros(steps[step - 1]) + timedelta(hours=1)).astimezone(ZoneInfo(zone)).date()
            if step
            else first
        )
        if not step and first.year > 1:
            continue  # before the first rate there is none
        worth = [
            None if each == _NO_AMOUNT else exchange.convert(each, currency, day) for each in (minor, cost)
        ]
        if worth == [None, None]:
            continue
        for name, value in zip(_WORTH, (currency, step, minor, cost, *worth), strict=True):
            columns[name].append(value)
    return frames.rows(columns, _WORTH)


def _keys(steps: Sequence[int]) -> list[nw.Expr]:
    return [
        position_among(nw.col("at"), steps).alias("step"),
        nw.col("amount_minor").fill_null(_NO_AMOUNT).alias("in_minor"),
        nw.col("cost_minor").fill_null(_NO_AMOUNT).alias("costing_minor"),
    ]


def _exchanged(sales: _Rows, table: _Rows, exchange: Exchange, zone: str) -> _Rows:
    """The sales in the company's currency, as far as a rate is known."""
    names = sales.collect_schema().names()
    keys = ["step", "in_minor", "costing_minor"]
    rows = sales.with_columns(*_keys(_steps(exchange, zone)))
    rows = rows.join(table, left_on=["currency", *keys], right_on=["in_currency", *keys], how="left")
    is_known = ~nw.col("worth_minor").is_null()
    return rows.with_columns(
        nw.when(is_known).then(nw.col("worth_minor")).otherwise(nw.col("amount_minor")).alias("amount_minor"),
        nw.when(is_known)
        .then(nw.col("worth_cost_minor"))
        .otherwise(nw.col("cost_minor"))
        .alias("cost_minor"),
        nw.when(is_known).then(nw.lit(exchange.currency)).otherwise(nw.col("currency")).alias("currency"),
    ).select(*names)
