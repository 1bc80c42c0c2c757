"""What was sold: deals that closed within a period, by whom, where, of what and for how much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import attrs
import narwhals.stable.v2 as nw

from smarketing.document import Report
from smarketing.errors import UnknownNameError
from smarketing.estimates import Rate
from smarketing.frames import Frames, checked_frames, rows_of
from smarketing.funnel._dimensions import Dimensions
from smarketing.funnel._groups import Group, dimension_names, row_of_group
from smarketing.funnel._names import names_of
from smarketing.funnel._provenance import PROVENANCE, with_provenance
from smarketing.funnel._sales_report import sales_report
from smarketing.funnel._trace import Trace, Tracer
from smarketing.funnel._wording import Names
from smarketing.language import Words
from smarketing.periods import Dated, Period, checked_period
from smarketing.schema import TABLES
from smarketing.sources import SourceRules
from smarketing.values import Money

__all__ = ["SalesResult", "SalesRow", "closed_deals", "measure_sales"]

READS = {
    "closings": (
        "deal_id",
        "lead_id",
        "outcome",
        "amount_minor",
        "cost_minor",
        "currency",
        "occurred_at",
        "known_at",
        "precision",
        "fact_id",
    ),
    "deals": ("deal_id", "lead_id", "amount_minor", "cost_minor", "currency", "created_at"),
    "reopenings": ("deal_id", "occurred_at"),
}
"""The columns that are read, by table, besides those that results are split by."""


@attrs.frozen(kw_only=True)
class SalesRow:
    """What one group sold.

    Attributes:
        group: The dimensions' values, in the order of `by`; empty for the total.
        won_count: Deals won.
        lost_count: Deals lost.
        revenue: What the won deals closed at, by currency; unlike currencies are never added.
        unpriced_count: Won deals whose amount nobody stated; they are missing from the revenue, not zero.
    """

    group: Group
    won_count: int
    lost_count: int
    revenue: Mapping[str, Money]
    unpriced_count: int

    @property
    def values(self) -> dict[str, str | None]:
        """The dimensions' values by name."""
        return dict(self.group)

    @property
    def win_rate(self) -> Rate:
        """Won, of those that closed: it says nothing of the deals still open."""
        return Rate(self.won_count, self.won_count + self.lost_count)


@attrs.frozen(kw_only=True)
class SalesResult:
    """The deals that closed within a period.

    Attributes:
        period: When they closed.
        as_of: What was known.
        by: The dimensions of the rows.
        rows: One per group, the greatest revenue first, then the most won.
        total: All of them.
        names: What the campaigns or accounts of the rows are called, by dimension and id.
    """

    period: Period
    as_of: datetime
    by: tuple[str, ...]
    rows: tuple[SalesRow, ...]
    total: SalesRow
    names: Names = attrs.field(factory=dict, repr=False)
    _tracer: Tracer | None = attrs.field(default=None, eq=False, repr=False, alias="tracer")

    def facts(self, outcome: Literal["won", "lost"] | None = None, **values: str | None) -> Trace:
        """The deals and the facts behind one figure, such as `result.facts("won", owner="ana").records`.

        Args:
            outcome: "won" or "lost"; without it, all that closed.
            values: The group; without any, everything.

        Raises:
            UnknownNameError: There is no such group.
        """
        group = self.row(**values).group if values else ()
        if self._tracer is None:
            raise UnknownNameError("this result was not measured here, so its facts are not at hand")
        conditions = [] if outcome is None else [nw.col("outcome") == outcome]
        return self._tracer.trace("deal_id", conditions, group)

    def row(self, **values: str | None) -> SalesRow:
        """The row of one group, such as `result.row(owner="ana")`.

        Raises:
            UnknownNameError: There is no such group.
        """
        return row_of_group(self.rows, values, "nothing closed for {group}")

    def to_report(self, words: Words | None = None) -> Report:
        """The result as a report, in English unless other words are given."""
        return sales_report(self, words)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return self.to_report()._repr_html_()


def measure_sales(
    frames: Frames,
    *,
    period: Period,
    as_of: datetime | None = None,
    by: str | Sequence[str] = (),
    sources: Dated[SourceRules] | None = None,
) -> SalesResult:
    """What closed within a period, and for how much.

    A deal counts once, by its last closing; one that was reopened since is open. At one instant a reopening
    comes first, then a win, then a loss, as in the funnel. Its amount is what it closed at, or what the deal
    was last expected to bring where the closing does not say; an amount without a currency is none.

    Args:
        frames: The facts.
        period: When deals closed. Months are its zone's.
        as_of: What was known; by default the period's end.
        by: Dimensions of the deal: "owner", "team", "product", "account", "agency", "region", "price_list",
            "month", "source", "channel", "campaign", … or a trait. What a deal does not say of where it came
            from is its lead's; which lead, the deal says, or its closing.
        sources: The agreed rules for `source`, dated; by default `SourceRules.default()`.

    Raises:
        UnknownNameError: Nothing to split by of that name.

    Example:
        >>> import polars as pl
        >>> closings = pl.DataFrame(
        ...     {
        ...         "deal_id": ["D1", "D2", "D3"],
        ...         "outcome": ["won", "won", "lost"],
        ...         "amount_minor": [123450, None, 5000],
        ...         "currency": ["EUR"] * 3,
        ...         "occurred_at": [1_767_312_000_000_000] * 3,
        ...     }
        ... )
        >>> sold = measure_sales(Frames.from_native(closings=closings), period=Period.parse("2026-01")).total
        >>> sold.won_count, sold.lost_count, sold.unpriced_count, str(sold.revenue["EUR"])
        (2, 1, 1, '1234.50 EUR')
    """
    period, by = checked_period(period), dimension_names(by)
    as_of = as_of or period.end
    known = checked_frames(frames).as_of(as_of)
    dimensions = Dimensions(known, "deals", by, sources or Dated.of(SourceRules.default()))
    first, last = period.boundaries
    closed = _closed(known, dimensions.reads).filter(nw.col("closed_at") >= first, nw.col("closed_at") < last)
    (closed,) = known.settle(closed)
    closed = dimensions.add(closed, period, "closed_at")
    names = [f"by_{i}" for i in range(len(by))]
    unpriced = nw.when(nw.col("amount_minor").is_null()).then(nw.lit(1)).otherwise(nw.lit(0))
    counted = rows_of(
        closed.with_columns(unpriced.alias("unpriced"), nw.col("currency").fill_null(""))
        .group_by(*names, "outcome", "currency")
        .agg(nw.len().alias("deals_count"), nw.col("amount_minor").sum(), nw.col("unpriced").sum())
    )
    groups: dict[Group, list[dict[str, Any]]] = {}
    keys: dict[Group, tuple[str, ...]] = {}
    for row in counted:
        group = dimensions.group(row, period)
        groups.setdefault(group, []).append(row)
        keys[group] = tuple(row[name] for name in names)
    rows = [_row(group, of_group) for group, of_group in groups.items()]
    return SalesResult(
        period=period,
        as_of=as_of,
        by=by,
        rows=tuple(sorted(rows, key=_rank)) if by else (),
        total=_row((), counted),
        tracer=Tracer(
            frames=known, rows=closed.select("deal_id", "outcome", *names), record="deal_id", keys=keys
        ),
        names=names_of(known, groups),
    )


def _closed(frames: Frames, columns: Sequence[str]) -> nw.LazyFrame[Any]:
    """One row per deal that is closed now, with what it can be split by, its lead's where it is blank."""
    own = [name for name in columns if name not in PROVENANCE or name in TABLES["deals"].names]
    return with_provenance(closed_deals(frames, own), frames, columns)


def closed_deals(frames: Frames, columns: Sequence[str] = ()) -> nw.LazyFrame[Any]:
    """One row per deal that is closed now: how, when, and for how much, as `measure_sales` counts it.

    Args:
        frames: As of the moment that the analysis is of.
        columns: Further columns of the deals' own table.

    Returns:
        `deal_id`, `lead_id`, `outcome`, `closed_at`, `closed_precision`, `amount_minor` (missing without a
        currency), `currency`, `cost_minor` (in the same currency, else missing), `created_at` and the columns
        asked for.
    """
    reopened = (
        frames.select("reopenings", READS["reopenings"])
        .group_by("deal_id")
        .agg(nw.col("occurred_at").max().alias("reopened_at"))
    )
    deals = frames.latest("deals", list(dict.fromkeys([*READS["deals"], *columns])))
    stands = (nw.col("reopened_at") <= nw.col("closed_at")).fill_null(value=True)
    as_expected = nw.col("closed_minor").is_null()
    currency = nw.when(as_expected).then(nw.col("currency"))
    is_like = as_expected | (nw.col("closed_currency") == nw.col("currency")).fill_null(value=False)
    cost = nw.when(is_like).then(nw.coalesce("closed_cost_minor", "cost_minor"))
    return (
        _last_closings(frames)
        .join(reopened, on="deal_id", how="left")
        .filter(stands)
        .join(deals, on="deal_id", how="left")
        .with_columns(
            cost.otherwise(nw.col("closed_cost_minor")).alias("cost_minor"),
            nw.coalesce("lead_id", "closed_lead_id").alias("lead_id"),
            nw.coalesce("closed_minor", "amount_minor").alias("amount_minor"),
            currency.otherwise(nw.coalesce("closed_currency", "currency")).alias("currency"),
        )
        .with_columns(
            nw.when(~nw.col("currency").is_null()).then(nw.col("amount_minor")).alias("amount_minor")
        )
    )


def _last_closings(frames: Frames) -> nw.LazyFrame[Any]:
    """The last closing of each deal; one that says neither won nor lost is none."""
    closings = frames.select("closings", READS["closings"]).filter(nw.col("outcome").is_in(["won", "lost"]))
    is_loss = nw.when(nw.col("outcome") == "lost").then(nw.lit(1)).otherwise(nw.lit(0))
    order = ["occurred_at", "is_loss", "known_at", "fact_id"]
    last = closings.with_columns(is_loss.alias("is_loss")).unique(["deal_id"], keep="last", order_by=order)
    return last.select(
        "deal_id",
        "outcome",
        nw.col("lead_id").alias("closed_lead_id"),
        nw.col("occurred_at").alias("closed_at"),
        nw.col("precision").alias("closed_precision"),
        nw.col("amount_minor").alias("closed_minor"),
        nw.col("cost_minor").alias("closed_cost_minor"),
        nw.col("currency").alias("closed_currency"),
    )


def _row(group: Group, counted: Iterable[Mapping[str, Any]]) -> SalesRow:
    won, lost, unpriced = 0, 0, 0
    revenue: dict[str, Money] = {}
    for row in counted:
        if row["outcome"] != "won":
            lost += row["deals_count"]
            continue
        won += row["deals_count"]
        unpriced += row["unpriced"]
        currency = row["currency"]
        if row["unpriced"] < row["deals_count"]:
            revenue[currency] = revenue.get(currency, Money(0, currency)) + Money(
                int(row["amount_minor"]), currency
            )
    in_order = {currency: revenue[currency] for currency in sorted(revenue)}
    return SalesRow(group=group, won_count=won, lost_count=lost, revenue=in_order, unpriced_count=unpriced)


def _rank(row: SalesRow) -> tuple[object, ...]:
    greatest = max((money.minor for money in row.revenue.values()), default=0)
    return (
        -greatest,
        -row.won_count,
        -row.lost_count,
        [(value is None, value or "") for _, value in row.group],
    )
