"""Closing the loop: from what was spent to what sales answered, in one result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import get_args

import attrs

from smarketing.closed_loop._costs import Costs
from smarketing.closed_loop._counts import Cell, Cells, Counting, collapsed
from smarketing.closed_loop._loop_result import LoopQuestions, LoopResult, LoopRow
from smarketing.closed_loop._loop_rows import LoopTables
from smarketing.closed_loop._loop_terms import (
    Exchange,
    LoopTerms,
    Rates,
    SharedBy,
    Stages,
    View,
    checked_shared_by,
)
from smarketing.closed_loop._loop_trace import LoopTracer
from smarketing.closed_loop._questions import Questions
from smarketing.closed_loop._spend import read_spends
from smarketing.errors import InvalidTermsError, UnknownNameError, did_you_mean
from smarketing.frames import Frames, checked_frames, tuples_of
from smarketing.funnel import Group, dimension_names, names_of
from smarketing.periods import Period, checked_period
from smarketing.values import Money

__all__ = ["close_loop"]


def close_loop(
    frames: Frames,
    terms: LoopTerms,
    *,
    period: Period,
    by: str | Sequence[str] = ("campaign",),
    as_of: datetime | None = None,
    view: View = "cohort",
    rates: Rates | None = None,
    shared_by: SharedBy | str = SharedBy.LEADS,
    small_below: int = 30,
    withhold_small: bool = False,
    seed: int = 0,
) -> LoopResult:
    """From every unit of money spent to the lead, the sale and the answer of sales.

    Everything hangs on the lead: a sale stands with the campaign, source, … of the lead that it came from,
    and with its own only where the lead does not say. In the *cohort* view a figure stands where its lead was
    captured, so that ratios are of the same people; in the *cash* view where it happened. The two are never
    mixed, and over a closed history they add up to the same.

    A lead is captured when the funnel says so, or by an earlier deal or order of its own. A deal counts once,
    by its last closing, as in `measure_sales`; a return counts as negative revenue of its order's buyer.

    Args:
        frames: The facts: leads, deals and closings, or orders and returns with no deals at all, feedback,
            and spends.
        terms: An agreement, or `PlainTerms`.
        period: The leads that were captured, or what happened, within it; and the days of the spends.
        by: One or more dimensions of the lead: "campaign", "channel", "source", "asset", "landing_page",
            "persona", "owner", "month", … or a trait.
        as_of: What was known; by default the period's end. Days still to come cost nothing yet.
        view: "cohort" or "cash".
        rates: By currency, what one unit is worth in the company's, dated. What has no rate is left out, and
            told.
        shared_by: How costs that campaigns share are divided: by their "leads", their own "spend", or
            "evenly", month by month.
        small_below: Groups with fewer leads are marked as small.
        withhold_small: Whether the ratios of small groups are held back.
        seed: For the intervals of the advice.

    Returns:
        Rows by group, the total, and what else can be asked of them.

    Raises:
        UnknownNameError: There is nothing to split by of that name, no such view, or no such rule.
        InvalidTermsError: A rate that is not dated, or cannot be; a number of leads below 0.

    Example:
        >>> import polars as pl
        >>> from smarketing.closed_loop import PlainTerms
        >>> day = 86_400_000_000
        >>> new_year = 1_767_225_600_000_000
        >>> leads = pl.DataFrame(
        ...     {"lead_id": ["L1", "L2"], "campaign_id": "C1", "created_at": [new_year, new_year + day]}
        ... )
        >>> spends = pl.DataFrame(
        ...     {"campaign_id": "C1", "amount_minor": 10001, "currency": "EUR", "occurred_at": [new_year]}
        ... )
        >>> frames = Frames.from_native(leads=leads, spends=spends)
        >>> loop = close_loop(frames, PlainTerms(currency="EUR"), period=Period.parse("2026-01"))
        >>> str(loop.rows[0].cost_per_lead), loop.total.roi_share, loop.total.cac
        ('50.01 EUR', -1.0, None)
    """
    if view not in get_args(View):
        raise UnknownNameError(f"there is no view {view!r}{did_you_mean(view, get_args(View))}")
    if not isinstance(terms, LoopTerms):
        raise InvalidTermsError(
            f'terms takes an agreement or PlainTerms(currency="EUR"), not {type(terms).__name__}'
        )
    if not isinstance(small_below, int) or small_below < 0:
        raise InvalidTermsError(f"small_below takes a number of leads, 0 or more, not {small_below!r}")
    asked = Asked(
        terms=terms,
        by=tuple(dict.fromkeys(dimension_names(by))),
        view=view,
        rates=dict(rates or {}),
        shared_by=checked_shared_by(shared_by),
        small_below=small_below,
        withhold_small=withhold_small,
        seed=seed,
    )
    period = checked_period(period)
    return closed(frames, asked, period, as_of or period.end)


@attrs.frozen(kw_only=True, eq=False)
class Asked:
    """All that was asked for, but the period and the moment."""

    terms: LoopTerms
    by: tuple[str, ...]
    view: View
    rates: Rates
    shared_by: SharedBy
    small_below: int
    withhold_small: bool
    seed: int


def closed(frames: Frames, asked: Asked, period: Period, as_of: datetime) -> LoopResult:
    """The loop of one period, as of one moment."""
    known, terms = checked_frames(frames).as_of(as_of), asked.terms
    currency = terms.company.currency
    exchange = Exchange(currency=currency, rates=asked.rates)
    stages = Stages.of(terms.funnel)
    inner = tuple(dict.fromkeys([*(name for name in asked.by if name != "month"), "campaign"]))
    tables = LoopTables.of(
        known, terms.funnel, stages, by=inner, sources=terms.sources, period=period, exchange=exchange
    )
    counting = Counting(
        tables=tables, stages=stages, period=period, view=asked.view, as_of=as_of, currency=currency,
        by=inner, answer_term=terms.answer_term,
    )  # fmt: skip
    cells = counting.cells()
    spends = read_spends(known, period, as_of, exchange)
    captured = f"stage_{stages.captured}"
    costs = Costs(
        by=inner,
        leads={key: cell.sums[captured] for key, cell in cells.items() if cell.sums[captured]},
        channels=_channels(known),
        currency=currency,
        shared_by=asked.shared_by,
    )
    costs.lay(spends.pieces, cells)
    rows = _Rows(asked=asked, period=period, stages=stages, inner=inner, cells=cells)
    tracer = LoopTracer(frames=known, counting=counting, costs=costs, spends=spends, exchange=exchange)
    questions = Questions(
        frames=known, counting=counting, cells=cells, spends=spends,
        dims=asked.by if asked.by and "month" not in asked.by else ("campaign",),
    )  # fmt: skip
    by_rows, by_campaign = rows.by(asked.by) if asked.by else (), rows.by(("campaign",))
    return LoopResult(
        period=period,
        as_of=as_of,
        view=asked.view,
        by=asked.by,
        currency=currency,
        shared_by=asked.shared_by,
        stages=stages,
        labels={stage.name: stage.label for stage in terms.funnel},
        names=names_of(known, [row.group for row in (*by_rows, *by_campaign)]),
        rows=by_rows,
        total=rows.total,
        by_month=rows.by(("month",)),
        by_campaign=by_campaign,
        small_below=asked.small_below,
        asked=LoopQuestions(
            trace=tracer.trace,
            doubts=questions.doubts,
            open_loops=questions.open_loops,
            causes=questions.causes,
            handovers=questions.handovers,
            customers=questions.customers,
            monthly=lambda: rows.by((*questions.dims, "month")),
            ages=questions.ages,
            again=lambda earlier, moment: closed(frames, asked, earlier, moment),
            seed=asked.seed,
        ),
    )


def _channels(frames: Frames) -> dict[str, str]:
    """By campaign, the channel that it was last known to be in."""
    if "campaigns" not in frames.names:
        return {}
    rows = tuples_of(frames.latest("campaigns", ["campaign_id", "channel"]))
    return {campaign: channel for campaign, channel in rows if channel}


@attrs.frozen(kw_only=True, eq=False)
class _Rows:
    """Rows made of cells."""

    asked: Asked
    period: Period
    stages: Stages
    inner: tuple[str, ...]
    cells: Cells

    def by(self, names: Sequence[str]) -> tuple[LoopRow, ...]:
        """One row for each group."""
        months = [month.label for month in self.period.split("month")] if "month" in names else []
        pick = [0 if name == "month" else self.inner.index(name) + 1 for name in names]
        rows = []
        for key, cell in collapsed(self.cells, pick).items():
            values = (
                months[value] if name == "month" else value or None
                for name, value in zip(names, key, strict=True)
            )
            rows.append(self._row(tuple(zip(names, values, strict=True)), cell))
        return tuple(sorted(rows, key=_by_month if tuple(names) == ("month",) else _rank))

    @property
    def total(self) -> LoopRow:
        """All of them."""
        return self._row((), collapsed(self.cells, ()).get((), Cell()))

    def _row(self, group: Group, cell: Cell) -> LoopRow:
        sums, stages, currency = cell.sums, self.stages, self.asked.terms.company.currency

        def money(name: str) -> Money | None:
            return Money(sums[name], currency) if name in sums else None

        def at(position: int | None) -> int | None:
            return None if position is None else sums[f"stage_{position}"]

        spend, leads = money("spend"), sums[f"stage_{stages.captured}"]
        margin = None if sums["uncosted"] else Money(sums["revenue"] - sums["cost"], currency)
        is_small = leads < self.asked.small_below
        is_withheld = is_small and self.asked.withhold_small
        is_payable = not is_withheld and cell.unrated <= {"planned"}
        return LoopRow(
            group=group,
            spend=spend,
            shared=None if spend is None else Money(sums["shared"], currency),
            planned=money("planned"),
            reached={stages.names[k]: sums[f"stage_{k}"] for k in stages.counted},
            leads_count=leads,
            mqls_count=at(stages.handover),
            sqls_count=at(stages.accepted),
            opportunities_count=at(stages.opportunity),
            customers_count=sums[f"stage_{stages.customer}"],
            deals_count=sums["deals"],
            orders_count=sums["orders"],
            returns_count=sums["returns"],
            revenue=Money(sums["revenue"], currency),
            margin=margin,
            unpriced_count=sums["unpriced"],
            uncosted_count=sums["uncosted"],
            left_out=_in_money(cell),
            unrated=cell.unrated,
            accepted_count=sums["accepted"],
            rejected_count=sums["rejected"],
            recycled_count=sums["recycled"],
            reasons=dict(sorted(cell.reasons.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))),
            open_count=None if stages.handover is None else sums["open"],
            overdue_count=sums["overdue"] if self._is_promised else None,
            payback_days=_payback(spend, cell.ages) if is_payable else None,
            is_small=is_small,
            is_withheld=is_withheld,
        )

    @property
    def _is_promised(self) -> bool:
        term = self.asked.terms.answer_term
        return (
            self.stages.handover is not None and term is not None and any(each for _, each in term.versions)
        )


def _in_money(cell: Cell) -> dict[str, Money]:
    """What was left out, by currency."""
    sums = Counter[str]()
    for (_, currency), minor in cell.left_out.items():
        sums[currency] += minor
    return {currency: Money(sums[currency], currency) for currency in sorted(sums) if currency}


def _payback(spend: Money | None, ages: Mapping[int, int]) -> int | None:
    """The first age at which the revenue so far covers the spend."""
    if spend is None or spend.minor <= 0:
        return None
    earned = 0
    for age in sorted(ages):
        earned += ages[age]
        if earned >= spend.minor:
            return age
    return None


def _by_month(row: LoopRow) -> tuple[object, ...]:
    return tuple(value or "" for _, value in row.group)


def _rank(row: LoopRow) -> tuple[object, ...]:
    spent = row.spend.minor if row.spend else 0
    named = [(value is None, value or "") for _, value in row.group]
    return -spent, -row.leads_count, -row.revenue.minor, named
