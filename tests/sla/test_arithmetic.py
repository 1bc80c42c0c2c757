"""From a goal to leads and back: exact where rates are agreed, honest where they were measured."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.errors import InvalidTermsError
from smarketing.estimates import Rate, inverse_mean, product_interval
from smarketing.periods import Period
from smarketing.sla import leads_owed, promise_yields, value_per_lead
from smarketing.values import Money, Share

ALL = Share.percent(100)


def euros(amount: int) -> Money:
    """So many euros."""
    return Money.of(amount, "EUR")


def test_an_mql_of_a_hundred_and_sixty_thousand_at_one_percent_is_worth_1600() -> None:
    """And a promise of 200,000 a month is therefore one of 125 MQLs."""
    assert value_per_lead(euros(160_000), Share.percent(1)) == euros(1_600)
    owed = leads_owed(
        euros(200_000),
        shares={"all": ALL},
        deal_value={"all": euros(160_000)},
        conversion={"all": Share.percent(1)},
    )
    assert (owed.leads_count, owed.rows[0].expected) == (125, 125)
    assert (owed.rows[0].interval.low, owed.rows[0].interval.high) == (pytest.approx(125), pytest.approx(125))


def test_a_reps_month_of_a_hundred_leads_ends_in_five_customers() -> None:
    """100 leads, 50 connects, 30 discovery calls, 15 demonstrations, 5 customers."""
    steps = [Share.percent(50), Share.percent(60), Share.percent(50), Rate(1, 3)]
    found = promise_yields(100, steps, deal_value=euros(1_000))
    assert found.counts == (50, 30, 15, 5)
    assert found.revenue == euros(5_000)
    assert 5 in found.customers


def test_a_measured_rate_takes_more_leads_than_its_mean_says() -> None:
    """One customer of a hundred: the uncertain rate takes twice the leads that its mean would."""
    assert inverse_mean([Rate(1, 100)]) == 200
    assert inverse_mean([Rate(100, 10_000)]) == Fraction(20_000, 199)
    few, many = (
        leads_owed(
            euros(1_000), shares={"s": ALL}, deal_value={"s": euros(1_000)}, conversion={"s": rate}
        ).leads_count
        for rate in (Rate(1, 100), Rate(100, 10_000))
    )
    assert (few, many) == (200, 101)


def test_no_customer_yet_gives_no_number() -> None:
    """A rate that no lead has proven could be anything near nothing: None, not infinity and not a guess."""
    owed = leads_owed(
        euros(1_000), shares={"s": ALL}, deal_value={"s": euros(1_000)}, conversion={"s": Rate(0, 50)}
    )
    assert (owed.leads_count, owed.of("s")) == (None, None)
    assert owed.rows[0].interval.high > owed.rows[0].interval.low > 0


def test_the_pipeline_is_taken_off_the_first_months_and_due_dates_move_earlier() -> None:
    """A quarter's goal in thirds; open deals bring the first month's; leads take forty days to close."""
    owed = leads_owed(
        euros(300),
        shares={"search": ALL},
        deal_value={"search": euros(10)},
        conversion={"search": Share.percent(10)},
        open_pipeline={"search": euros(120)},
        time_to_close={"search": timedelta(days=40)},
        period=Period.parse("2026-Q2", "Europe/Madrid"),
    )
    assert [row.from_pipeline for row in owed.rows] == [euros(100), euros(20), euros(0)]
    assert [row.leads_count for row in owed.rows] == [0, 80, 100]
    assert [row.due_on for row in owed.rows] == [date(2026, 3, 21), date(2026, 4, 21), date(2026, 5, 21)]


def test_marketing_owes_its_share_and_the_seasons_differ() -> None:
    """Half of the goal is marketing's, and three quarters of it fall into the second month."""
    owed = leads_owed(
        euros(400),
        shares={"s": ALL},
        deal_value={"s": euros(10)},
        conversion={"s": ALL},
        marketing_share=Share.percent(50),
        period=Period.parse("2026-01-01/2026-03-01"),
        seasonality=[Share.percent(25), Share.percent(75)],
    )
    assert [row.leads_count for row in owed.rows] == [5, 15]


@given(
    minor=st.integers(0, 10**9),
    parts=st.lists(st.integers(0, 1_000_000), min_size=1, max_size=4),
    month_count=st.integers(1, 14),
)
def test_the_goals_add_up_to_the_goal_to_the_cent(minor: int, parts: list[int], month_count: int) -> None:
    """However it is split over sources and months, nothing is lost."""
    weights = [*parts[:-1], 0]
    scaled = [part * 1_000_000 // (sum(parts) + 1) for part in weights]
    shares = {f"s{n}": Share(part) for n, part in enumerate([*scaled, 1_000_000 - sum(scaled)])}
    months = Period.months(date(2026, 1, 1), month_count)
    owed = leads_owed(
        Money(minor, "EUR"),
        shares=shares,
        deal_value=dict.fromkeys(shares, euros(10)),
        conversion=dict.fromkeys(shares, Share.percent(3)),
        period=Period(start=months[0].start, end=months[-1].end),
    )
    assert sum(row.goal.minor for row in owed.rows) == minor
    assert all(row.missing == row.goal for row in owed.rows)


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(0, 500)), min_size=2, max_size=3))
def test_an_interval_of_a_product_lies_around_its_mean(counts: list[tuple[int, int]]) -> None:
    """The range of a product holds the product of the posterior means, and narrows with its level."""
    rates = [Rate(successes, successes + failures) for successes, failures in counts]
    mean = 1.0
    for rate in rates:
        mean *= (rate.successes + 0.5) / (rate.trials + 1)
    wide, narrow = product_interval(rates, 0.95), product_interval(rates, 0.5)
    assert wide.low <= narrow.low <= narrow.high <= wide.high
    assert wide.low * 0.999 <= mean <= wide.high * 1.001


def test_the_product_of_two_rates_is_as_wide_as_simulation_says() -> None:
    """Against 200,000 draws from the two posteriors, seeded: within one percent."""
    from random import Random

    random = Random(1)  # noqa: S311 (no secret)
    draws = sorted(random.betavariate(5.5, 15.5) * random.betavariate(10.5, 30.5) for _ in range(200_000))
    found = product_interval([Rate(5, 20), Rate(10, 40)], 0.9)
    assert found.low == pytest.approx(draws[10_000], rel=0.01)
    assert found.high == pytest.approx(draws[190_000], rel=0.01)


def test_every_fault_of_a_goal_is_told_at_once() -> None:
    """Shares that miss a tenth, a source without a value, another currency, a rate of nothing."""
    with pytest.raises(InvalidTermsError) as refused:
        leads_owed(
            euros(100),
            shares={"seeker": Share.percent(40), "search": Share.percent(50)},
            deal_value={"seeker": Money.of(10, "USD"), "serch": euros(10)},
            conversion={"seeker": Rate(0, 0), "search": Share(0)},
            seasonality=[Share.percent(10)],
        )
    assert {(problem.origin.field, problem.code) for problem in refused.value.problems} == {
        ("shares", "shares-do-not-add-up"),
        ("seasonality", "shares-do-not-add-up"),
        ("deal_value.search", "missing-key"),
        ("deal_value.seeker", "other-currency"),
        ("conversion.seeker", "unknown-rate"),
        ("conversion.search", "not-a-share"),
    }
