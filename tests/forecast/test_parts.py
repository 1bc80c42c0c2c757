"""What parts of a deal come to: what recurs, its products, what it was expected to bring before it closed."""

from __future__ import annotations

from datetime import date

import attrs
import pytest
from forecast_books import at, book, forecast_of, told

from smarketing import Frames, Money
from smarketing.facts import Deal, DealClosed, Judgement, Line
from smarketing.forecast import Category, read_deals
from smarketing.renderers import render


def test_what_recurs_of_a_few_deals_is_not_said_of_all() -> None:
    """Where one won deal of many says what recurs, those to come are no more likely to say so than it."""
    facts = []
    for fact in book():
        if isinstance(fact, Deal | DealClosed):
            says = fact.deal_id == "D003"
            fact = attrs.evolve(fact, recurring_minor=fact.amount_minor if says else None)  # noqa: PLW2901
        facts.append(fact)
    for each in forecast_of(facts).periods:
        assert each.recurring is not None
        assert each.one_off is not None
        assert 0 < each.recurring.expected.minor < each.components.new_business.minor / 10
        assert each.one_off.expected.minor == 0  # of the one deal that says so, all recurs


def test_a_won_deal_counts_for_the_products_of_its_lines() -> None:
    """As an open one does, and what is still to come is shared like the last deals' lines."""
    lines = (Line(product="desk", amount_minor=20_000), Line(product="chair", amount_minor=10_000))
    facts = [attrs.evolve(f, lines=lines, product=None) if isinstance(f, Deal) else f for f in book()]
    each = forecast_of(facts, day=125, by=("product",)).periods[0]
    rows = {row.values["product"]: row for row in each.rows}
    assert set(rows) == {"desk", "chair"}
    assert each.components.closed.minor == 0
    earlier = forecast_of(facts, day=110, by=("product",)).periods[0]
    assert earlier.components.closed.minor > 0
    won = {row.values["product"]: row.closed.minor for row in earlier.rows}
    assert sum(won.values()) == earlier.components.closed.minor
    assert won["desk"] == pytest.approx(2 * won["chair"], abs=len(earlier.won_ids))
    assert rows["desk"].expected.minor == pytest.approx(2 * rows["chair"].expected.minor, rel=0.001)


def test_amounts_slip_even_where_the_crm_overwrites_them() -> None:
    """What a deal was expected to bring is what was last said before it closed, whatever is written later."""
    facts = list(book())
    closings = {fact.deal_id: fact for fact in facts if isinstance(fact, DealClosed)}
    overwritten = [
        attrs.evolve(fact, occurred_at=closing.occurred_at, known_at=closing.occurred_at,
                     amount_minor=closing.amount_minor)
        for fact in facts
        if isinstance(fact, Deal) and (closing := closings.get(fact.deal_id))
    ]  # fmt: skip
    plain, again = forecast_of(facts), forecast_of([*facts, *overwritten])
    assert [each.components.amount_slippage for each in again.periods] == [
        each.components.amount_slippage for each in plain.periods
    ]
    book_of = read_deals(Frames.from_dataset([*facts, *overwritten]), as_of=at(121), by=())
    assert {deal.expected_minor for deal in book_of.closed if deal.deal_id == "D003"} == {33_333}


def test_a_deal_has_slipped_once_its_day_is_over() -> None:
    """On the day itself it can still close: in the morning, and at noon; at midnight it has slipped."""
    facts = list(book())
    day = date(2026, 5, 2)
    for hour in (0, 9, 23):
        forecast = forecast_of(facts, day=122, hour=hour)
        assert {str(deal.expected_on()) for deal in forecast.slipped} <= {
            str(on) for on in (deal.expected_on() for deal in forecast.deals) if on is not None and on < day
        }
        assert all(not deal.is_slipped for deal in forecast.deals if deal.expected_on() == day)
    after = forecast_of(facts, day=123, hour=0)
    assert all(deal.is_slipped for deal in after.deals if deal.expected_on() == day)
    assert any(deal.expected_on() == day for deal in after.deals)


def test_a_win_without_an_amount_is_missing_and_not_zero() -> None:
    """It is counted, and the page says so."""
    facts = [
        attrs.evolve(f, amount_minor=None) if isinstance(f, Deal | DealClosed) and f.deal_id == "D090" else f
        for f in book()
    ]
    forecast = forecast_of(facts, day=119)
    april = forecast.periods[0]
    assert "D090" in april.won_ids
    assert april.unpriced_count == 1
    assert "1 won deal states no amount" in render(forecast.to_report(), "text").content
    assert forecast_of(book(), day=119).periods[0].unpriced_count == 0


def test_a_word_on_one_part_does_not_unsay_the_others() -> None:
    """Who corrects an amount has not taken the category back, nor the probability."""
    said = [
        Judgement(origin=told("J1"), occurred_at=at(110), deal_id="D118", category="commit", by_id="ana"),
        Judgement(
            origin=told("J2"), occurred_at=at(115), deal_id="D118", amount_minor=5_000, currency="EUR",
            by_id="luis",
        ),
        Judgement(origin=told("J3"), occurred_at=at(116), deal_id="D118", expected_close_on=date(2026, 6, 1)),
    ]  # fmt: skip
    (opinion,) = [deal.deal.opinion for deal in forecast_of([*book(), *said]).deals if deal.deal_id == "D118"]
    assert opinion is not None
    assert (opinion.category, opinion.amount_minor, opinion.currency) == ("commit", 5_000, "EUR")
    assert (opinion.expected_close_on, opinion.said_at, opinion.by_id) == (date(2026, 6, 1), at(116), None)


def test_words_that_name_no_category_are_told() -> None:
    """They are in no sum of people's, and the page names them with their number."""
    said = [
        Judgement(origin=told(f"J{n}"), occurred_at=at(119), deal_id=f"D{n:03}", category=word)
        for n, word in ((117, "hope"), (118, "hope"), (119, "Forecast"), (120, "Not forecasted"))
    ]
    forecast = forecast_of([*book(), *said])
    people = forecast.roll_ups("people")
    assert people[Category.COMMIT].deal_ids == ("D119",)  # Salesforce's word for it
    assert people[Category.OMITTED].deal_ids == ("D120",)
    assert forecast.unread_categories == {"hope": 2}
    assert "“hope” (2)" in render(forecast.to_report(), "text").content


def test_the_parts_of_a_group_are_held_against_its_own_target() -> None:
    """A rep's quota has its attainment, pipeline, coverage, chance and what is needed of each source."""
    forecast = forecast_of(book(), by=("owner",))
    may = forecast.periods[0]
    target = Money.of(5_000, "EUR")
    total = Money(0, "EUR")
    for row in may.split("owner"):
        own = may.against(target, owner=row.values["owner"])
        assert row.against(target) == own
        assert (own.closed, own.expected, own.chance) == (row.closed, row.expected, row.chance_of(target))
        dated = [
            deal.amount for deal in forecast.deals
            if deal.deal.values["owner"] == row.values["owner"] and str(deal.expected_on())[:7] == "2026-05"
        ]  # fmt: skip
        assert own.pipeline == sum((amount for amount in dated if amount), Money(0, "EUR"))
        assert own.needed is not None
        assert own.needed["goal"] == own.gap
        assert row.interval() == row.outlook.interval(0.8)
        total += own.pipeline
    assert total == may.against(target).pipeline
    nobody = may.against(target, owner="nobody")
    assert (nobody.closed.minor, nobody.pipeline.minor, nobody.chance) == (0, 0, None)


def test_a_product_has_its_part_of_the_pipeline() -> None:
    """The lines of the deals, to the cent, add up to the pipeline of the company."""
    lines = (Line(product="desk", amount_minor=20_000), Line(product="chair", amount_minor=13_333))
    facts = [attrs.evolve(f, lines=lines) if isinstance(f, Deal) else f for f in book()]
    may = forecast_of(facts, by=("product",)).periods[0]
    target = Money.of(5_000, "EUR")
    desks, chairs = (may.against(target, product=each).pipeline for each in ("desk", "chair"))
    assert desks + chairs == may.against(target).pipeline
    assert desks > chairs
