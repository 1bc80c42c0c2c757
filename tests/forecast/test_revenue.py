"""Revenue to come: to the cent, as of any moment, and the same for everybody who asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import attrs
import pytest
from forecast_books import at, book, forecast_of, told

from smarketing import Frames, Money, Period, Share
from smarketing.errors import InvalidTermsError, UnknownNameError
from smarketing.facts import Deal, DealClosed, DealReopened, Fact, Judgement, Line, StageEntered
from smarketing.forecast import Category, Forecast, WinModel, forecast_revenue
from smarketing.funnel import Funnel, Stage
from smarketing.periods import parse_instant
from smarketing.renderers import render
from smarketing.sla import leads_owed
from smarketing.testing import assert_no_look_ahead, assert_order_independent, example_company

ZONE = "Europe/Madrid"
AS_OF = parse_instant("2025-10-10", ZONE)
MONTHS = Period.months(AS_OF, 6, ZONE)
SPLITS = [
    ("source",),
    ("stage",),
    ("owner",),
    ("team",),
    ("product",),
    ("source", "stage"),
    ("owner", "product"),
]


@cache
def company_facts() -> tuple[Fact, ...]:
    """An example company of which the truth is known."""
    return tuple(example_company(seed=1, leads=2_500).facts())


@cache
def company_forecast() -> Forecast:
    """Its six months to come, as of a day in October."""
    frames = Frames.from_dataset(company_facts())
    model = WinModel.fit(frames, by=("source", "stage"), as_of=AS_OF, zone=ZONE)
    return forecast_revenue(frames, model, as_of=AS_OF, periods=MONTHS, by=("source",))


def test_each_period_is_the_sum_of_its_parts_to_the_cent() -> None:
    """Won, on their dates, both slippages, still to come, opened again: nothing is lost in rounding."""
    for each in company_forecast().periods:
        assert each.components.total == each.expected
    first, second = company_forecast().periods[:2]
    assert first.components.closed.minor > 0
    assert second.components.new_business.minor > 0
    assert second.components.reopened.minor > 0
    assert second.components.amount_slippage.minor < 0  # amounts lose up to 6 % on the way to the sale


@pytest.mark.parametrize("by", SPLITS)
def test_every_split_adds_up_to_the_cent(by: tuple[str, ...]) -> None:
    """By source, stage, owner, team, product, or two of them: the rows are the whole."""
    for each in company_forecast().periods:
        for measure in ("revenue", "margin"):
            rows = each.split(*by, measure=measure)
            whole = each.expected if measure == "revenue" else each.margin.expected  # type: ignore[union-attr]
            assert sum((row.expected for row in rows), Money(0, "EUR")) == whole
            assert len({row.group for row in rows}) == len(rows)


def test_quantiles_ascend_around_the_expectation_and_agree_with_chances() -> None:
    """What nine of ten stay above has a chance of nine in ten."""
    for each in company_forecast().periods:
        low, middle, high = (each.quantile(share) for share in (0.1, 0.5, 0.9))
        assert low is not None
        assert middle is not None
        assert high is not None
        assert low < middle < high
        assert low < each.expected < high
        chance = each.chance_of(high)
        assert chance is not None
        assert abs(chance - 0.1) < 0.01
        assert each.chance_of(low.minor) == pytest.approx(0.9, abs=0.01)
        assert each.interval(0.8) == (low, high)


def test_a_deal_has_its_part_in_each_period_half_up() -> None:
    """The open deals' parts are each rounded, and the pipeline is their sum."""
    forecast = company_forecast()
    for place, each in enumerate(forecast.periods):
        parts = [deal.expected(place) for deal in forecast.deals]
        assert sum((part for part in parts if part), Money(0, "EUR")) == each.components.pipeline
    deal = forecast.deals[0]
    assert forecast.deal(deal.deal_id) is deal
    assert 0 <= sum(deal.chances) <= deal.ever + 1e-12
    with pytest.raises(UnknownNameError, match="did you mean"):
        forecast.deal(deal.deal_id + "x")


def test_a_few_past_periods_give_no_interval_and_say_so() -> None:
    """One month of closings tells nothing of how much months differ: a number, and no range."""
    forecast = forecast_of(book(50), day=51)
    each = forecast.periods[0]
    assert each.expected.minor > 0
    assert (each.quantile(0.1), each.chance_of(1_000_00), each.interval()) == (None, None, None)
    assert each.why is not None
    assert "three past periods" in each.why
    assert "no honest interval" in " ".join(str(render(forecast.to_report(), "text").content).split())


def test_no_deal_at_all_is_an_empty_forecast() -> None:
    """Nothing is open and nothing was: nothing is expected, for certain."""
    forecast = forecast_of([], day=51)
    assert all(each.expected.minor == 0 for each in forecast.periods)
    assert forecast.deals == ()
    assert render(forecast.to_report(), "text").content


def test_a_period_that_is_over_is_what_was_won() -> None:
    """As of its end there is nothing left to be sure of."""
    facts = book()
    frames, as_of = Frames.from_dataset(facts), at(121, 0)
    model = WinModel.fit(frames, by=("source",), as_of=as_of)
    (march,) = forecast_revenue(frames, model, as_of=as_of, periods=[Period.parse("2026-03")]).periods
    won = [fact for fact in facts if isinstance(fact, DealClosed) and fact.outcome == "won"]
    inside = [fact for fact in won if march.period.contains(fact.occurred_at)]
    assert march.expected == march.components.closed == Money(sum(f.amount_minor or 0 for f in inside), "EUR")
    assert march.quantile(0.05) == march.quantile(0.95) == march.expected
    assert march.won_ids == tuple(sorted(fact.deal_id for fact in inside))


def test_amounts_slip_as_they_did() -> None:
    """Where won deals closed at nine tenths of what was expected, open ones are expected at a little more."""
    forecast = forecast_of(book())
    deal = forecast.deals[0]
    assert deal.amount is not None
    assert 0.9 < deal.worth.minor / deal.amount.minor < 0.95
    pipeline, slipped = (
        forecast.periods[0].components.pipeline,
        forecast.periods[0].components.amount_slippage,
    )
    assert -0.11 < slipped.minor / pipeline.minor < -0.05


def test_dates_move_money_between_periods_and_lose_none_over_all_time() -> None:
    """What slips out of one month comes in another: over ten years nothing slips."""
    facts = book()
    frames, as_of = Frames.from_dataset(facts), at(121, 0)
    model = WinModel.fit(frames, by=("source",), as_of=as_of)
    ever = as_of + timedelta(days=model.ever_days)
    everything = Period(start=as_of - timedelta(days=300), end=ever)
    (whole,) = forecast_revenue(frames, model, as_of=as_of, periods=[everything]).periods
    assert whole.components.date_slippage.minor == 0
    first, *_ = forecast_of(facts).periods
    assert first.components.date_slippage.minor != 0


def test_a_deal_that_states_no_amount_is_not_worth_nothing() -> None:
    """A typical amount of what was won stands in, and the page counts how often."""
    facts = [attrs.evolve(f, amount_minor=None) if isinstance(f, Deal) else f for f in book()]
    forecast = forecast_of(facts)
    assert forecast.unpriced_count == len(forecast.deals) == 30
    assert all(deal.amount is None and deal.worth.minor > 0 for deal in forecast.deals)
    assert forecast.classic.unpriced_count == 30
    assert forecast.classic.weighted.minor == 0
    assert "30 open deals state no amount" in render(forecast.to_report(), "text").content


def test_recurring_and_one_off_make_up_the_revenue_of_those_who_say() -> None:
    """Two parts of one amount, each with its own distribution."""
    each = forecast_of(book()).periods[0]
    assert each.recurring is not None
    assert each.one_off is not None
    assert each.margin is not None
    together = each.recurring.expected + each.one_off.expected
    assert abs(together.minor - each.expected.minor) <= 40  # each deal's two parts are rounded apart
    assert each.margin.expected < each.expected
    assert each.recurring.quantile(0.9) is not None


def test_what_nobody_says_of_costs_is_no_margin() -> None:
    """Without any cost there is no margin, rather than a margin of everything."""
    facts = [
        attrs.evolve(f, cost_minor=None, recurring_minor=None) if isinstance(f, Deal | DealClosed) else f
        for f in book()
    ]
    each = forecast_of(facts).periods[0]
    assert (each.margin, each.recurring, each.one_off) == (None, None, None)


def test_products_share_a_deal_by_its_lines() -> None:
    """A deal of two products counts for both, to the cent."""
    lines = (Line(product="desk", amount_minor=20_000), Line(product="chair", amount_minor=13_333))
    facts = [attrs.evolve(f, lines=lines, product="desk") if isinstance(f, Deal) else f for f in book()]
    forecast = forecast_of(facts, by=("product",))
    each = forecast.periods[0]
    rows = {row.values["product"]: row for row in each.rows}
    assert {"desk", "chair"} <= set(rows)
    assert sum((row.expected for row in each.rows), Money(0, "EUR")) == each.expected
    assert rows["chair"].amount.minor / rows["desk"].amount.minor == pytest.approx(2 / 3, abs=0.01)
    assert rows["chair"].deals_count == rows["desk"].deals_count == 30


def test_the_classic_number_is_rounded_per_deal() -> None:
    """Two deals of 1,234.50 at 25 % are 617.26; a probability set by hand is kept apart."""
    stages = [
        Stage(name="offered", owners="sales", probability=Share.percent(25)),
        Stage(name="won", owners="sales", probability=Share.percent(100)),
    ]
    pipeline = Funnel(name="ours", unit="deal", stages=stages)
    facts: list[Fact] = []
    for n in (1, 2):
        facts += [
            Deal(
                origin=told(f"D{n}"), occurred_at=at(n), created_at=at(n), deal_id=f"D{n}", currency="EUR",
                amount_minor=123_450, probability_share=Share.percent(90) if n == 2 else None,
            ),
            StageEntered(origin=told(f"D{n}"), occurred_at=at(n), deal_id=f"D{n}", stage="offered"),
        ]  # fmt: skip
    classic = forecast_of(facts, day=10, pipeline=pipeline).classic
    assert str(classic.weighted) == "617.26 EUR"
    assert str(classic.by_hand) == "1419.68 EUR"  # 308.63 + 1,111.05
    assert (classic.overridden_count, classic.unrated_count) == (1, 0)


def test_no_day_no_classic_month() -> None:
    """Where no deal is dated, the classic forecast of a month does not exist; that of all deals does."""
    facts = [attrs.evolve(f, expected_close_on=None) if isinstance(f, Deal) else f for f in book()]
    forecast = forecast_of(facts)
    assert all(each.classic is None for each in forecast.periods)
    assert forecast.classic.weighted.minor > 0
    assert forecast.slipped == ()


def test_categories_add_up_and_keep_both_judgements() -> None:
    """The model's category and the rep's stand side by side; firmer ones are in the cumulative sum."""
    said = [
        Judgement(origin=told(f"J{n}"), occurred_at=at(119), deal_id=f"D{n:03}", category=word)
        for n, word in ((118, "Commit"), (119, "best case"), (120, "hope"))
    ]
    forecast = forecast_of([*book(), *said])
    model, people = forecast.roll_ups("model"), forecast.roll_ups("people")
    assert sum(each.deals_count for each in model.values()) == 30
    assert people[Category.COMMIT].deal_ids == ("D118",)
    assert (
        people[Category.BEST_CASE].cumulative
        == people[Category.COMMIT].amount + people[Category.BEST_CASE].amount
    )
    assert sum(each.deals_count for each in people.values()) == 2  # nobody knows what "hope" is
    in_may = forecast.periods[0].roll_ups()
    assert in_may[Category.CLOSED].amount == forecast.periods[0].components.closed
    assert in_may[Category.PIPELINE].cumulative.minor >= in_may[Category.COMMIT].cumulative.minor


def test_slipped_is_read_off_the_dates() -> None:
    """An open deal whose day has passed has slipped, whoever has noticed."""
    facts = [f for f in book() if not (isinstance(f, DealClosed) and f.deal_id == "D080")]
    forecast = forecast_of(facts)
    assert [deal.deal_id for deal in forecast.slipped][:2] == ["D080", "D091"]
    assert all(str(deal.expected_on()) < "2026-05-01" for deal in forecast.slipped)


def test_a_target_says_what_is_missing_and_what_the_sla_owes() -> None:
    """Attainment, coverage and chance; and what `leads_owed` takes, as it takes it."""
    forecast = company_forecast()
    each = forecast.periods[1]
    target = Money.of(150_000, "EUR")
    outlook = each.against(target)
    assert (outlook.attained_share, outlook.gap) == (0.0, target)
    assert outlook.chance == each.chance_of(target)
    assert outlook.shortfall == target - each.expected
    dated = [deal for deal in forecast.deals if str(deal.expected_on())[:7] == "2025-11"]
    assert outlook.pipeline == sum((deal.amount for deal in dated if deal.amount), Money(0, "EUR"))
    assert outlook.coverage == outlook.pipeline.minor / target.minor
    assert outlook.needed is not None
    owed = leads_owed(**outlook.needed)
    assert owed.goal == outlook.gap
    assert owed.leads_count is not None
    assert owed.leads_count > 0
    reached = each.against(Money(0, "EUR"))
    assert (reached.needed, reached.coverage, reached.attained_share) == (None, None, None)


def test_reopened_deals_come_back_with_a_chance() -> None:
    """Deals that were opened again in the past make more of them likely."""
    again = [
        DealReopened(origin=told(f"D{n:03}"), occurred_at=at(n + 40), deal_id=f"D{n:03}")
        for n in range(1, 60, 4)
    ]
    forecast = forecast_of([*book(), *again])
    assert sum(each.components.reopened.minor for each in forecast.periods) > 0
    told_of = [new for new in forecast.periods[1].new_business if new.is_reopened]
    assert [new.counted for new in told_of] == [15]


def test_what_cannot_be_asked_is_said_at_once() -> None:
    """No period, periods that overlap, a model that knows more than the moment: all faults together."""
    frames, as_of = Frames.from_dataset(book()), at(121, 0)
    model = WinModel.fit(frames, by=("source",), as_of=as_of)
    may = Period.parse("2026-05")
    with pytest.raises(InvalidTermsError, match=r"(?s)begins before 2026-05 has ended.*fit it with as_of"):
        forecast_revenue(frames, model, as_of=at(100), periods=[may, may])
    with pytest.raises(InvalidTermsError, match="give the periods"):
        forecast_revenue(frames, model, as_of=as_of, periods=[])
    forecast = forecast_revenue(frames, model, as_of=as_of, periods=[may])
    with pytest.raises(UnknownNameError, match=r"split by 'ownr' \(did you mean 'owner'\?\)"):
        forecast.periods[0].split("ownr")
    with pytest.raises(UnknownNameError, match="no measure 'profit'"):
        forecast.periods[0].split("owner", measure="profit")
    with pytest.raises(UnknownNameError, match="no period"):
        forecast["2026-08"]
    assert forecast["2026-05"] is forecast.periods[0]


def _measure(frames: Frames, as_of: datetime) -> Forecast:
    model = WinModel.fit(frames, by=("source",), as_of=as_of)
    return forecast_revenue(
        frames, model, as_of=as_of, periods=Period.months(as_of, 3), by=("owner", "product")
    )


def test_nothing_that_was_not_known_changes_a_forecast() -> None:
    """No look-ahead, and no matter in which order the facts were told, to the last byte of the page."""
    facts = book()
    first = next(fact for fact in facts if isinstance(fact, Deal))
    later = [
        DealClosed(origin=told("L"), occurred_at=at(70), known_at=at(125), deal_id="D085", outcome="won"),
        attrs.evolve(first, known_at=at(130), amount_minor=9_999_999),
    ]
    for day in (60, 121):
        assert_no_look_ahead(_measure, facts, at(day, 0), later)
    assert_order_independent(_measure, facts, at(121, 0))


def test_where_nothing_is_known_nothing_is_certain():
    """No deal and no past: no quantile and no chance, and the period says why."""
    nothing = Frames.from_dataset([])
    as_of = datetime(2026, 3, 1, tzinfo=UTC)
    model = WinModel.fit(nothing, by=("source",), as_of=as_of)
    march = Period.months(as_of, 1)
    (each,) = forecast_revenue(nothing, model, as_of=as_of, periods=march).periods
    assert (each.quantile(0.1), each.chance_of(100)) == (None, None)
    assert each.why is not None
