"""From spend to feedback: what each figure counts, where it stands, and what is missing rather than zero."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import pytest
from loop_books import answer, at, closed, deal, entered, lead, order, returned, spend, won

from smarketing.closed_loop import LoopRow
from smarketing.errors import InvalidTermsError, UnknownNameError
from smarketing.estimates import Rate
from smarketing.facts import Campaign, DealReopened
from smarketing.origin import Origin
from smarketing.periods import Dated, Period
from smarketing.values import Money


def euro(minor: int) -> Money:
    """So many cents."""
    return Money(minor, "EUR")


def test_a_campaign_is_followed_from_its_spend_to_the_answer_of_sales() -> None:
    """Two leads, one handed over, accepted, won and paid for: every figure of the four steps."""
    loop = closed(
        spend(minor=30_000),
        lead("L-1", campaign_id="C-1"),
        lead("L-2", campaign_id="C-1"),
        entered("L-1", "mql"),
        entered("L-1", "sql"),
        answer("L-1"),
        deal(cost_minor=40_000, currency="EUR"),
        won(minor=100_000),
    )
    (row,) = loop.rows
    assert row.values == {"campaign": "C-1"}
    assert (row.spend, row.revenue, row.margin) == (euro(30_000), euro(100_000), euro(60_000))
    counts = (row.leads_count, row.mqls_count, row.sqls_count, row.opportunities_count, row.customers_count)
    assert counts == (2, 1, 1, 1, 1)
    assert (row.cost_per_lead, row.cost_per_mql, row.cac) == (euro(15_000), euro(30_000), euro(30_000))
    assert (row.roi_share, row.roas, row.margin_roi_share) == (70_000 / 30_000, 100_000 / 30_000, 1.0)
    assert (row.accepted_count, row.open_count, row.payback_days) == (1, 0, 2)
    assert row.customer_rate == Rate(1, 2)
    assert attrs.evolve(row, group=()) == loop.total
    assert loop.row(campaign="C-1") is row


def test_what_has_nothing_to_be_divided_by_is_missing() -> None:
    """Neither zero nor infinite: no spend, no leads, no customers."""
    loop = closed(spend("C-1"), lead("L-1", campaign_id="C-2"))
    paid, free = loop.row(campaign="C-1"), loop.row(campaign="C-2")
    assert (paid.cost_per_lead, paid.cac, paid.roi_share, paid.payback_days) == (None, None, -1.0, None)
    assert (free.spend, free.cost_per_lead, free.roi_share, free.roas) == (None, None, None, None)
    nothing = closed(lead("L-1"), spend(minor=0))
    assert (nothing.total.spend, nothing.total.cost_per_lead) == (euro(0), euro(0))
    assert nothing.total.roi_share is None
    assert closed().total.spend is None


def test_ratios_of_few_leads_are_marked_and_can_be_withheld() -> None:
    """The counts stay."""
    facts = (spend(), lead(campaign_id="C-1"))
    marked, withheld = closed(*facts).total, closed(*facts, withhold_small=True).total
    assert marked.is_small
    assert marked.cost_per_lead == euro(10_000)
    assert (withheld.cost_per_lead, withheld.roi_share, withheld.leads_count) == (None, None, 1)
    assert not closed(*facts, small_below=1).total.is_small


def test_the_two_views_put_the_same_money_in_other_places() -> None:
    """A lead of January that pays in March: its cohort's, or the month's."""
    facts = (lead(day=3), deal(day=10), won(day=70))
    cohort = {row.values["month"]: row for row in closed(*facts, by=("month",)).rows}
    cash = {row.values["month"]: row for row in closed(*facts, by=("month",), view="cash").rows}
    assert (cohort["2026-01"].revenue, cohort["2026-01"].customers_count) == (euro(100_000), 1)
    assert (cash["2026-03"].revenue, cash["2026-03"].customers_count) == (euro(100_000), 1)
    assert (cash["2026-01"].leads_count, cash["2026-01"].revenue) == (1, euro(0))
    january = Period.parse("2026-01")
    assert closed(*facts, period=january, as_of=at(90)).total.revenue == euro(100_000)
    assert closed(*facts, period=january).total.revenue == euro(0)
    assert closed(*facts, period=january, as_of=at(90), view="cash").total.revenue == euro(0)


def test_everything_hangs_on_the_lead() -> None:
    """A deal credited elsewhere stands with its lead's campaign; what the lead does not say is the deal's."""
    loop = closed(
        lead("L-1", campaign_id="C-1"),
        lead("L-2"),
        deal("D-1", "L-1", campaign_id="C-9"),
        won("D-1"),
        deal("D-2", "L-2", campaign_id="C-2"),
        won("D-2"),
        deal("D-3", None, campaign_id="C-3"),
        won("D-3"),
    )
    revenue = {row.values["campaign"]: row.revenue.minor for row in loop.rows}
    assert revenue == {"C-1": 100_000, "C-2": 100_000, "C-3": 100_000, None: 0}
    assert (loop.total.customers_count, loop.total.sales_count) == (2, 3)


def test_a_store_closes_its_loop_without_any_deal() -> None:
    """Orders are sales, returns negative ones; the cost is the goods', the fees' and the shipping's."""
    loop = closed(
        spend(),
        lead(campaign_id="C-1"),
        order("O-1", minor=10_000, cost_minor=4_000, fee_minor=320, shipping_minor=500),
        order("O-2", day=5, minor=6_000, cost_minor=1_000),
        returned("O-2", day=9, minor=6_000),
    )
    (row,) = loop.rows
    assert (row.orders_count, row.returns_count, row.customers_count) == (2, 1, 1)
    assert (row.revenue, row.margin) == (euro(10_000), euro(10_000 - 4_820 - 1_000))
    assert (row.opportunities_count, row.cost_per_opportunity) == (0, None)
    assert (row.cost_per_sale, row.roas) == (euro(5_000), 1.0)


def test_buyers_need_no_lead_record() -> None:
    """Whoever ordered was captured by the order, with its campaign; an order of nobody is a sale too."""
    loop = closed(order("O-1", "L-7", campaign_id="C-1"), order("O-2", None, campaign_id="C-2"))
    assert [row.values["campaign"] for row in loop.rows] == ["C-1", "C-2"]
    first, second = loop.rows
    assert (first.leads_count, first.customers_count, first.orders_count) == (1, 1, 1)
    assert (second.leads_count, second.customers_count, second.orders_count) == (0, 0, 1)


def test_dirty_facts_are_counted_by_a_rule_and_told() -> None:
    """Deals before their lead, one lead with eight deals, won twice, won for nothing, paid back too much."""
    loop = closed(
        lead("L-1", day=5),
        deal("D-0", "L-1", day=1),
        *(deal(f"D-{n}", "L-1", day=8) for n in range(1, 8)),
        *(won(f"D-{n}", day=9, minor=0 if n == 3 else 1_000) for n in range(8)),
        won("D-1", day=12, minor=2_000),
        order("O-1", None),
        order("O-1", None, day=3, minor=9_000),
        returned("O-1", minor=12_000),
        returned("O-unknown", day=6, minor=500),
        won("D-nobody", day=9, minor=None, currency=None),
        spend("C-2"),
        lead("L-2", campaign_id="C-3"),
    )
    codes = {problem.code for problem in loop.problems}
    assert codes == {
        "deal-before-lead",
        "deal-won-twice",
        "won-for-nothing",
        "sale-without-amount",
        "order-said-twice",
        "return-larger-than-order",
        "return-without-order",
        "spend-without-leads",
        "leads-without-spend",
    }
    total = loop.total
    assert (total.customers_count, total.deals_count, total.unpriced_count) == (1, 9, 1)
    assert total.revenue == euro(6 * 1_000 + 2_000 + 9_000 - 12_000 - 500)
    january = closed(
        lead(day=5), deal(day=1), period=Period.parse("2026-01-01/2026-01-04"), as_of=at(9)
    ).total
    assert january.leads_count == 1, "captured when its deal was opened"


def test_a_sale_without_an_amount_has_no_part_in_the_margin() -> None:
    """Neither its revenue nor its cost: the one is not known, and the other alone would be a loss."""
    total = closed(
        lead(), deal(), won(minor=None, cost_minor=400), deal("D-2"), won("D-2", cost_minor=300)
    ).total
    assert (total.unpriced_count, total.revenue, total.margin) == (1, euro(100_000), euro(99_700))


def test_a_deal_that_was_opened_again_is_no_sale() -> None:
    """As in the sales of the funnel's room: its last closing counts, unless it was reopened since."""
    again = DealReopened(origin=Origin(record="r"), deal_id="D-1", occurred_at=at(5))
    assert closed(lead(), deal(), won(), again).total.revenue == euro(0)
    assert closed(lead(), deal(), won(), again, won(day=7, minor=5)).total.revenue == euro(5)


def test_other_currencies_count_at_the_rate_of_their_day_and_never_without_one() -> None:
    """Spend at its first day, sales on theirs, each half-up; without a rate they are left out and told."""
    facts = (
        lead(campaign_id="C-1"),
        spend(minor=1_000, currency="USD"),
        deal(),
        won(minor=1_005, currency="USD", day=40, cost_minor=105),
    )
    rates = {"USD": Dated(((date(2026, 1, 1), Decimal("0.5")), (date(2026, 2, 1), Decimal("0.9"))))}
    (row,) = closed(*facts, rates=rates).rows
    assert (row.spend, row.revenue, row.margin, row.left_out) == (euro(500), euro(905), euro(905 - 95), {})
    (bare,) = closed(*facts).rows
    assert (bare.spend, bare.revenue, bare.roi_share) == (None, euro(0), None)
    assert bare.left_out == {"USD": Money(2_005, "USD")}
    codes = {problem.code for problem in closed(*facts).problems}
    assert {"spend-without-rate", "money-without-rate"} <= codes
    late = {"USD": Dated(((date(2026, 2, 1), Decimal("0.9")),))}
    (half,) = closed(*facts, rates=late).rows
    assert (half.spend, half.revenue, half.left_out) == (None, euro(905), {"USD": Money(1_000, "USD")})
    with pytest.raises(InvalidTermsError, match="cannot be worth 0"):
        closed(*facts, rates={"USD": Dated.of(Decimal(0))})
    with pytest.raises(InvalidTermsError, match=r"the rate of USD is 0\.9: give it dated"):
        closed(*facts, rates={"USD": 0.9})


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"rates": {"USD": Dated.of(Decimal("nan"))}}, "cannot be worth NaN"),
        ({"rates": {"usd": Dated.of(Decimal(1))}}, "by currency, such as 'USD', not by 'usd'"),
        ({"rates": {"EUR": Dated.of(Decimal(2))}}, "one EUR cannot be worth 2"),
        ({"small_below": "30"}, "small_below takes a number of leads"),
        ({"small_below": -1}, "small_below takes a number of leads"),
    ],
)
def test_terms_that_no_loop_can_be_closed_by_are_refused(asked: dict[str, Any], says: str) -> None:
    """At once, with what to give."""
    with pytest.raises(InvalidTermsError, match=says):
        closed(lead(), **asked)


def test_money_without_a_rate_hides_only_what_needs_it() -> None:
    """Costs of one need what was spent, returns also what was sold, and nothing needs a plan."""
    facts = (lead(), spend(), deal(), won())
    planned = closed(*facts, spend(minor=500, currency="GBP", basis="planned")).total
    assert (planned.cost_per_lead, planned.cac, planned.roas) == (euro(10_000), euro(10_000), 10.0)
    assert (planned.payback_days, planned.unrated) == (2, {"planned"})
    sold = closed(*facts, deal("D-2"), won("D-2", currency="GBP"))
    assert (sold.total.cost_per_lead, sold.total.roi_share, sold.total.payback_days) == (
        euro(10_000),
        None,
        None,
    )
    spent = closed(*facts, spend(minor=500, currency="GBP")).total
    assert (spent.cost_per_lead, spent.roas, spent.unrated) == (None, None, {"spend"})


def test_the_same_figures_by_other_dimensions() -> None:
    """Source, persona, owner, asset, landing page and month split leads; the spend follows the leads."""
    facts = (
        spend(minor=9_000),
        lead("L-1", campaign_id="C-1", source_raw="cold call", owner_id="ana", landing_page="/a"),
        lead("L-2", campaign_id="C-1", source_raw="cold call", owner_id="ana", asset="guide"),
        lead("L-3", campaign_id="C-1", source_raw="customer referral", persona="owner"),
    )

    def spent(by: str) -> dict[str | None, int | None]:
        rows: tuple[LoopRow, ...] = closed(*facts, by=(by,)).rows
        return {row.values[by]: row.spend.minor if row.spend else None for row in rows}

    assert spent("source") == {"search": 6_000, "referral": 3_000}
    assert spent("owner") == {"ana": 6_000, None: 3_000}
    assert spent("landing_page") == {"/a": 3_000, None: 6_000}
    assert spent("asset") == {"guide": 3_000, None: 6_000}
    assert spent("persona") == {"owner": 3_000, None: 6_000}
    assert spent("month")["2026-01"] == 9_000


def test_a_field_of_the_companys_own_is_a_dimension_too() -> None:
    """With its share of the spend, and the facts behind it."""
    facts = (
        spend(minor=3_000),
        lead("L-1", campaign_id="C-1", traits={"size": "small"}),
        *(lead(f"L-{n}", campaign_id="C-1", traits={"size": "large"}) for n in (2, 3)),
    )
    loop = closed(*facts, by="size")
    assert {row.values["size"]: row.spend for row in loop.rows} == {
        "large": euro(2_000),
        "small": euro(1_000),
    }
    assert loop.facts("lead", size="large").records == ("L-2", "L-3")


def test_one_dimension_needs_no_list() -> None:
    """`by="campaign"` is `by=("campaign",)`, and one named twice counts once."""
    facts = (spend(), lead(campaign_id="C-1"))
    assert closed(*facts, by="campaign") == closed(*facts, by=("campaign", "campaign")) == closed(*facts)


def test_unknown_words_are_refused_with_the_nearest_one() -> None:
    """Of dimensions, views, rules, figures, groups and comparisons."""
    with pytest.raises(UnknownNameError, match="did you mean 'campaign'"):
        closed(by=("campain",))
    with pytest.raises(UnknownNameError, match="did you mean 'cohort'"):
        closed(view="cohorts")
    with pytest.raises(UnknownNameError, match="did you mean 'evenly'"):
        closed(shared_by="even")
    loop = closed(lead(campaign_id="C-1"))
    with pytest.raises(UnknownNameError, match="did you mean 'revenue'"):
        loop.facts("revenues")
    with pytest.raises(UnknownNameError, match="by the figure 'cac'; there are spend, "):
        loop.facts("cac")
    with pytest.raises(UnknownNameError, match="did you mean 'C-1'"):
        loop.row(campaign="C-11")
    with pytest.raises(UnknownNameError, match="no comparison with"):
        loop.against("next")


def test_a_spend_keeps_the_channel_that_it_or_its_campaign_names() -> None:
    """Online and offline are told apart where the money was spent."""
    fair = Campaign(origin=Origin(record="c"), campaign_id="C-1", occurred_at=at(0), channel="fair")
    facts = (
        fair,
        spend(minor=500),
        spend(minor=70, day=1, channel="web"),
        lead(campaign_id="C-1", channel="web"),
    )
    rows = closed(*facts, by=("channel",)).rows
    assert {row.values["channel"]: row.spend for row in rows} == {"fair": euro(500), "web": euro(70)}
