"""What `close_loop` returns: from spend to feedback by group, in small typed rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from smarketing.closed_loop._answered import CauseRow, HandoverRow, OpenLoop
from smarketing.closed_loop._doubts import Doubt
from smarketing.closed_loop._loop_terms import SharedBy, Stages, View
from smarketing.closed_loop._loop_trace import LoopTrace
from smarketing.document import Report
from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.estimates import Rate, round_half_up
from smarketing.funnel import Group, Names, row_of_group
from smarketing.language import Words
from smarketing.origin import Problem
from smarketing.periods import Period
from smarketing.values import Money

if TYPE_CHECKING:
    from smarketing.closed_loop._advice import Advice, Shift
    from smarketing.closed_loop._change import LoopChange

__all__ = ["LoopResult", "LoopRow"]

_NO_GROUP = "nothing is known of {group}"


@attrs.frozen(kw_only=True)
class LoopRow:
    """One group from spend to feedback. What nobody said is None, and so is a ratio that needs it.

    Attributes:
        group: The dimensions' values; empty for the total.
        spend: What its actions cost, shared costs included; None where no spend is known.
        shared: The part of it that came from costs shared by several campaigns.
        planned: What was planned to be spent.
        reached: By stage, how many leads came as far.
        leads_count: Leads captured.
        mqls_count: Leads handed over to sales; None where the funnel has no such stage.
        sqls_count: Leads that sales has taken up, likewise.
        opportunities_count: Leads with a deal, likewise.
        customers_count: Leads that became customers: with a deal won, lost again later or not, or an order.
        deals_count: Deals won; a lead may have several.
        orders_count: Orders.
        returns_count: Returns; an order that went back in parts has several.
        revenue: What was sold, less what went back; amounts that nobody stated are not in it.
        margin: Revenue less what it costs us; None where the cost of some of it is not known. What a sale
            without an amount costs is not in it, as its revenue is not.
        unpriced_count: Sales whose amount nobody stated.
        uncosted_count: Priced sales whose cost nobody stated.
        left_out: By currency, money that no rate is known for: it is in none of the figures.
        unrated: Of what some was left out: "spend", "planned", "sales". What needs it is missing.
        accepted_count: Leads of which sales' last answer was that it takes them.
        rejected_count: Likewise, that it does not.
        recycled_count: Likewise, that they are not ready.
        reasons: By verdict and reason ("" where none was given), how many leads.
        open_count: Leads handed over that have not bought, and about which sales has not answered; None where
            there is no handover.
        overdue_count: Those of them whose time is up; None where nobody promised a time.
        payback_days: The age of the leads by which their revenue had paid for them; None where it has not,
            and in the cash view, where it has no meaning.
        is_small: Whether there are fewer leads than a reader needs to trust a ratio.
        is_withheld: Whether its costs of one, returns and payback are held back for that; counts never are.
    """

    group: Group
    spend: Money | None
    shared: Money | None
    planned: Money | None
    reached: Mapping[str, int]
    leads_count: int
    mqls_count: int | None
    sqls_count: int | None
    opportunities_count: int | None
    customers_count: int
    deals_count: int
    orders_count: int
    returns_count: int
    revenue: Money
    margin: Money | None
    unpriced_count: int
    uncosted_count: int
    left_out: Mapping[str, Money]
    unrated: frozenset[str]
    accepted_count: int
    rejected_count: int
    recycled_count: int
    reasons: Mapping[tuple[str, str], int]
    open_count: int | None
    overdue_count: int | None
    payback_days: int | None
    is_small: bool
    is_withheld: bool

    @property
    def values(self) -> dict[str, str | None]:
        """The dimensions' values by name."""
        return dict(self.group)

    @property
    def sales_count(self) -> int:
        """Deals won and orders."""
        return self.deals_count + self.orders_count

    def cost_per(self, count: int | None) -> Money | None:
        """What one of so many cost, half-up to the cent; None where the cost or the count is missing.

        A cost that is partly in a currency without a rate is not known either.
        """
        if self.spend is None or not count or self.is_withheld or "spend" in self.unrated:
            return None
        return Money(round_half_up(self.spend.minor, count), self.spend.currency)

    @property
    def cost_per_lead(self) -> Money | None:
        """Spend for each lead captured."""
        return self.cost_per(self.leads_count)

    @property
    def cost_per_mql(self) -> Money | None:
        """Spend for each lead handed over."""
        return self.cost_per(self.mqls_count)

    @property
    def cost_per_sql(self) -> Money | None:
        """Spend for each lead that sales took up."""
        return self.cost_per(self.sqls_count)

    @property
    def cost_per_opportunity(self) -> Money | None:
        """Spend for each lead with a deal."""
        return self.cost_per(self.opportunities_count)

    @property
    def cac(self) -> Money | None:
        """Spend for each new customer: the customer acquisition cost."""
        return self.cost_per(self.customers_count)

    cost_per_customer = cac

    @property
    def cost_per_sale(self) -> Money | None:
        """Spend for each deal won or order."""
        return self.cost_per(self.sales_count)

    @property
    def roas(self) -> float | None:
        """Revenue for each unit of money spent; None where nothing was spent, or it is not known."""
        return self._of_spend(self.revenue.minor)

    @property
    def roi_share(self) -> float | None:
        """(revenue - spend) / spend; None where nothing was spent, or it is not known."""
        return None if self.spend is None else self._of_spend(self.revenue.minor - self.spend.minor)

    @property
    def margin_roi_share(self) -> float | None:
        """(margin - spend) / spend; None also where the cost of what was sold is not known."""
        if self.spend is None or self.margin is None:
            return None
        return self._of_spend(self.margin.minor - self.spend.minor)

    @property
    def is_rated(self) -> bool:
        """Whether all that was spent and sold is in the company's currency, or has a rate."""
        return self.unrated <= {"planned"}

    def _of_spend(self, minor: int) -> float | None:
        if self.spend is None or self.spend.minor <= 0 or self.is_withheld or not self.is_rated:
            return None
        return minor / self.spend.minor

    @property
    def customer_rate(self) -> Rate:
        """Customers, of the leads captured; in the cash view they are not those same leads."""
        return Rate(min(self.customers_count, self.leads_count), self.leads_count)

    @property
    def acceptance(self) -> Rate:
        """Accepted, of those that sales accepted, rejected or sent back as not ready."""
        answered = self.accepted_count + self.rejected_count + self.recycled_count
        return Rate(self.accepted_count, answered)


@attrs.frozen(kw_only=True)
class LoopResult:
    """A period from spend to feedback.

    Attributes:
        period: What it is about.
        as_of: What was known.
        view: "cohort": everything stands where its lead was captured; "cash": where it happened.
        by: The dimensions of the rows.
        currency: What everything is counted in.
        shared_by: How costs shared by campaigns were divided.
        stages: What the funnel's stages are to the loop.
        labels: The label of each stage.
        names: By dimension and id, what campaigns and accounts are called.
        rows: One per group, the greatest spend first; by month, in order.
        total: All of them.
        by_month: The same by month.
        by_campaign: The same by campaign.
        small_below: Groups with fewer leads are marked.
    """

    period: Period
    as_of: datetime
    view: View
    by: tuple[str, ...]
    currency: str
    shared_by: SharedBy
    stages: Stages
    labels: Mapping[str, str]
    names: Names
    rows: tuple[LoopRow, ...]
    total: LoopRow
    by_month: tuple[LoopRow, ...]
    by_campaign: tuple[LoopRow, ...]
    small_below: int
    _asked: LoopQuestions = attrs.field(eq=False, repr=False, alias="asked")

    def row(self, **values: str | None) -> LoopRow:
        """The row of one group, such as `loop.row(campaign="C-01")`.

        Raises:
            UnknownNameError: There is no such group.
        """
        return row_of_group(self.rows, values, _NO_GROUP)

    def facts(self, figure: str, **values: str | None) -> LoopTrace:
        """The facts behind a figure, such as `loop.facts("revenue", campaign="C-01").fact_ids`.

        Args:
            figure: "spend", "shared", "planned", "revenue", "margin", "deals", "orders", "returns",
                "accepted", "rejected", "recycled", "open", "overdue", or a stage of the funnel from the
                capture on ("lead", "mql", …, "customer").
            values: The group, or a month or a campaign alone; without any, everything.

        Returns:
            As many records as the figure counts (of returns, the orders that went back, each once); of money,
            lines that add up to it. A sale without a rate is a record and has no line.

        Raises:
            UnknownNameError: There is no such figure or group.
        """
        tables = (self.rows, self.by_month, self.by_campaign)
        rows = next((each for each in tables if each and each[0].values.keys() == values.keys()), self.rows)
        group = row_of_group(rows, values, _NO_GROUP).group if values else ()
        return self._asked.trace(figure, dict(group))

    @cached_property
    def doubts(self) -> tuple[Doubt, ...]:
        """What is doubtful in the facts, in any language."""
        return self._asked.doubts(self)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is doubtful in the facts, and by which rule it was counted, in English."""
        return tuple(doubt.problem for doubt in self.doubts)

    @cached_property
    def open_loops(self) -> tuple[OpenLoop, ...]:
        """The leads that wait for an answer, the latest of all first: those beyond their promise lead."""
        return self._asked.open_loops()

    @cached_property
    def causes(self) -> tuple[CauseRow, ...]:
        """Answers by what had made the score flip, as far as flips were recorded.

        By the rules that had given points, `smarketing.scoring.rules_answered` tells them.
        """
        return self._asked.causes()

    @cached_property
    def handovers(self) -> tuple[HandoverRow, ...]:
        """Marketing's qualification against sales' acceptance, by month of the handover."""
        return self._asked.handovers()

    @cached_property
    def advice(self) -> tuple[Advice, ...]:
        """What to do more of, less of, to mend, or to wait for; by kind, the most money first."""
        from smarketing.closed_loop._advice import advice_of

        return advice_of(self, self._asked)

    @cached_property
    def shift(self) -> Shift | None:
        """A shift of budget between two groups, only where their intervals lie apart."""
        from smarketing.closed_loop._advice import shift_of

        return shift_of(self, self._asked)

    def against(self, other: str = "previous") -> LoopChange:
        """The same loop in the period before, or in the same period last year, and what changed.

        The earlier one is seen at the same age: as long after its end as this one or, while this one still
        runs, as long after its start, in days and hours of its zone, and at most up to its end.

        Args:
            other: "previous" or "last_year".

        Raises:
            UnknownNameError: Neither of these.
        """
        from smarketing.closed_loop._change import as_old, change_between

        known = ("previous", "last_year")
        if other not in known:
            raise UnknownNameError(f"there is no comparison with {other!r}{did_you_mean(other, known)}")
        earlier = self.period.previous() if other == "previous" else self.period.same_last_year()
        return change_between(self._asked.again(earlier, as_old(earlier, self)), self)

    def to_report(self, words: Words | None = None, *, changes: Sequence[LoopChange] = ()) -> Report:
        """The closed-loop page, in English unless other words are given.

        Args:
            words: The language.
            changes: Comparisons to show with it, from `against`.
        """
        from smarketing.closed_loop._loop_report import loop_report

        return loop_report(self, words, changes)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return self.to_report()._repr_html_()


@attrs.frozen(kw_only=True, eq=False)
class LoopQuestions:
    """What a result can be asked later, answered from the tables that it was counted from."""

    trace: Callable[[str, Mapping[str, str | None]], LoopTrace]
    doubts: Callable[[LoopResult], tuple[Doubt, ...]]
    open_loops: Callable[[], tuple[OpenLoop, ...]]
    causes: Callable[[], tuple[CauseRow, ...]]
    handovers: Callable[[], tuple[HandoverRow, ...]]
    customers: Callable[[bool], Mapping[Group, Sequence[int]]]
    monthly: Callable[[], tuple[LoopRow, ...]]
    ages: Callable[[], Mapping[Group, Mapping[int, int]]]
    again: Callable[[Period, datetime], LoopResult]
    seed: int
