"""What the actions cost: laid over days, shared by a rule, and never a cent more or less."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from loop_books import at, closed, lead, spend, told, won

from smarketing.closed_loop import LoopResult
from smarketing.closed_loop._spend import spread
from smarketing.dataset import Dataset, check_dataset
from smarketing.facts import Campaign, Retracted
from smarketing.periods import Period


def by_campaign(loop: LoopResult) -> dict[str | None, int | None]:
    """The spend of each campaign, in cents."""
    return {row.values["campaign"]: row.spend.minor if row.spend else None for row in loop.by_campaign}


@given(st.integers(-(10**9), 10**9), st.integers(1, 400), st.lists(st.integers(-5, 410), max_size=5))
def test_an_amount_laid_over_days_is_whole_however_it_is_cut(amount: int, days: int, cuts: list[int]) -> None:
    """Neighbouring stretches add up to it, and no day differs from another by more than a cent."""
    edges = sorted([-5, 410, *cuts])
    parts = [spread(amount, days, start, end) for start, end in pairwise(edges)]
    assert sum(parts) == amount
    each = [spread(amount, days, day, day + 1) for day in range(days)]
    assert max(each) - min(each) <= 1


def test_a_spend_falls_into_the_months_that_it_covers() -> None:
    """A fee for sixty days from 15 January, by the days of each month; a booking without days on its own."""
    fee = spend(minor=60_00, starts_on=date(2026, 1, 15), ends_on=date(2026, 3, 15))
    loop = closed(fee, spend(minor=7, day=40), as_of=at(200))
    months = {row.values["month"]: row.spend.minor for row in loop.by_month if row.spend}
    assert months == {"2026-01": 17_00, "2026-02": 28_00 + 7, "2026-03": 15_00}
    february = closed(fee, period=Period.parse("2026-02"), as_of=at(200))
    assert february.total.spend is not None
    assert february.total.spend.minor == 28_00


def test_days_still_to_come_cost_nothing_yet_and_a_plan_counts_whole() -> None:
    """As of 11 January ten of thirty-one days have been paid for; of the plan all are planned."""
    days = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 1, 31)}
    facts = (spend(minor=31_00, **days), spend(minor=62_00, basis="planned", **days))
    total = closed(*facts, as_of=at(10, 0)).total
    assert total.spend is not None
    assert total.planned is not None
    assert (total.spend.minor, total.planned.minor) == (10_00, 62_00)


def test_shared_costs_are_divided_by_the_rule_that_was_asked_for() -> None:
    """By the leads of each campaign, by what each spent itself, or evenly; month by month."""
    facts = (
        spend("C-1", 100),
        spend("C-2", 300),
        *(lead(f"L-{n}", campaign_id="C-1" if n < 3 else "C-2") for n in range(4)),
        spend(None, 1_001, shared=True),
    )
    assert by_campaign(closed(*facts)) == {"C-1": 100 + 751, "C-2": 300 + 250}
    assert by_campaign(closed(*facts, shared_by="spend")) == {"C-1": 100 + 250, "C-2": 300 + 751}
    assert by_campaign(closed(*facts, shared_by="evenly")) == {"C-1": 100 + 501, "C-2": 300 + 500}
    shared = closed(*facts).row(campaign="C-1").shared
    assert shared is not None
    assert shared.minor == 751


def test_a_shared_cost_that_nobody_can_bear_stays_apart() -> None:
    """Where no campaign captured or spent anything in the month it is of none; the total has it."""
    loop = closed(spend(None, 500, shared=True), lead("L-1", day=40, campaign_id="C-1"))
    assert by_campaign(loop) == {None: 500, "C-1": None}


def test_a_spend_that_ends_before_it_begins_is_told() -> None:
    """It counts on its first day."""
    loop = closed(spend(minor=500, starts_on=date(2026, 2, 3), ends_on=date(2026, 2, 1)), as_of=at(90))
    assert loop.row(campaign="C-1").spend == loop.by_month[0].spend
    assert [problem.code for problem in loop.problems] == ["spend-backwards", "spend-without-leads"]


def test_what_a_campaign_gets_back_lowers_its_cost() -> None:
    """A credit note is a negative spend; a cost of nothing or less has no return."""
    row = closed(spend(minor=500), spend(minor=-500, day=1), lead(campaign_id="C-1")).row(campaign="C-1")
    assert row.spend is not None
    assert (row.spend.minor, row.roi_share, row.payback_days) == (0, None, None)


def test_the_budget_of_a_campaign_is_its_plan_where_no_spend_is_planned() -> None:
    """Laid over the campaign's days; a planned spend says it better."""
    fair = Campaign(
        origin=told("campaigns", "C-1"), campaign_id="C-1", occurred_at=at(0), budget_minor=59_00,
        currency="EUR",
        starts_on=date(2026, 1, 1), ends_on=date(2026, 2, 28),
    )  # fmt: skip
    loop = closed(fair, spend(minor=5))
    months = {row.values["month"]: row.planned.minor for row in loop.by_month if row.planned}
    assert months == {"2026-01": 31_00, "2026-02": 28_00}
    assert loop.facts("planned", campaign="C-1").fact_ids == {"campaigns": (fair.id,)}
    better = spend(minor=700, basis="planned")
    total = closed(fair, better).total
    assert total.planned is not None
    assert (total.planned.minor, total.spend) == (700, None)


@given(st.integers(-(10**9), 10**9), st.integers(1, 400), st.integers(0, 400), st.integers(0, 400))
def test_no_stretch_of_days_is_more_than_a_cent_off(amount: int, days: int, one: int, other: int) -> None:
    """A month in the middle of a quarter has its days' part of the quarter's spend, like every other."""
    start, end = sorted((min(one, days), min(other, days)))
    assert abs(spread(amount, days, start, end) - Fraction(amount * (end - start), days)) <= 1


def test_a_spend_told_twice_is_two_unless_the_first_is_retracted() -> None:
    """A platform that corrects its figures takes the old one back; else the contradiction is named."""
    first, second = spend(minor=1_000), spend(minor=900)
    gone = Retracted(origin=told("spends", "gone"), occurred_at=at(5), retracted_fact_id=first.id)
    assert by_campaign(closed(lead(campaign_id="C-1"), first, second)) == {"C-1": 1_900}
    assert by_campaign(closed(lead(campaign_id="C-1"), first, second, gone)) == {"C-1": 900}
    problems = check_dataset(Dataset(facts=[first, second]))
    assert [problem.code for problem in problems] == ["conflicting-versions"]


def test_a_sale_without_a_lead_is_revenue_and_nobodys_customer() -> None:
    """It was sold all the same; whose customer it is, nobody said."""
    total = closed(lead(), won(minor=500)).total
    assert (total.revenue.minor, total.deals_count, total.customers_count) == (500, 1, 0)
