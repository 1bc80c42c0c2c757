"""Unlike currencies never add: rates turn each deal on its day, or the others are left out and counted."""

from __future__ import annotations

from datetime import date

import attrs
import pytest
from forecast_books import at, book, forecast_of, told

from smarketing import Frames, Money
from smarketing.errors import InvalidTermsError, UnlikeCurrenciesError
from smarketing.facts import Deal, DealClosed
from smarketing.forecast import Rates, read_deals
from smarketing.periods import Dated
from smarketing.renderers import render


def test_unlike_currencies_need_rates() -> None:
    """Without rates nothing is added; a currency of choice leaves the others out and counts them."""
    half = [
        attrs.evolve(f, currency="USD") if isinstance(f, Deal | DealClosed) and int(f.deal_id[1:]) % 2 else f
        for f in book()
    ]
    with pytest.raises(UnlikeCurrenciesError, match=r"EUR and USD.*rates=Rates"):
        forecast_of(half)
    apart = forecast_of(half, currency="EUR")
    assert apart.apart == {"USD": 30}  # fifteen open ones, and fifteen of the thirty that were won
    assert len(apart.deals) == 15
    assert "30 deals in USD are left out" in render(apart.to_report(), "text").content
    with pytest.raises(UnlikeCurrenciesError, match="target is in USD"):
        apart.periods[0].chance_of(Money(1, "USD"))


def test_rates_turn_each_deal_half_up_on_its_day() -> None:
    """Dated rates: what closed by the rate of its day, what is open by the latest."""
    rates = Rates(to="EUR", rates={"USD": Dated(((date(2026, 1, 1), "0.9"), (date(2026, 4, 1), "0.5")))})
    dollars = forecast_of(book(currency="USD"), rates=rates)
    euros = forecast_of(book())
    assert dollars.currency == "EUR"
    assert dollars.deals[0].amount == Money((euros.deals[0].amount.minor + 1) // 2, "EUR")  # type: ignore[union-attr]
    assert (
        str(Rates(to="JPY", rates={"EUR": "160.5"}).convert(Money.of("10.01", "EUR"), date(2026, 1, 1)))
        == "1607 JPY"
    )
    with pytest.raises(UnlikeCurrenciesError, match="no rate from GBP to EUR"):
        rates.convert(Money(1, "GBP"), date(2026, 1, 1))
    with pytest.raises(TypeError, match="float"):
        Rates(to="EUR", rates={"USD": 0.9})  # type: ignore[dict-item]


def test_a_cost_stays_in_the_currency_in_which_it_was_said() -> None:
    """A closing in dollars makes no dollars of a cost in euros: 1,200 USD at 0.50 less 600 EUR is 0."""
    day = at(100)
    made = Deal(
        origin=told("D999"), occurred_at=day, created_at=day, deal_id="D999", currency="EUR",
        amount_minor=60_000, cost_minor=60_000, recurring_minor=30_000,
    )  # fmt: skip
    won = DealClosed(
        origin=told("D999"), occurred_at=at(122), deal_id="D999", outcome="won", currency="USD",
        amount_minor=120_000,
    )  # fmt: skip
    rates = Rates(to="EUR", rates={"USD": "0.5"})
    frames = Frames.from_dataset([*book(), made, won])
    (deal,) = [each for each in read_deals(frames, as_of=at(125), by=()).closed if each.deal_id == "D999"]
    assert (deal.currency, deal.cost_currency, deal.recurring_currency) == ("USD", "EUR", "EUR")
    (may,) = forecast_of([*book(), made, won], day=125, months=1, rates=rates).periods
    without = forecast_of(book(), day=125, months=1, rates=rates).periods[0]
    assert won.deal_id in may.won_ids
    assert may.components.closed - without.components.closed == Money.of(600, "EUR")
    closed = {
        key: sum(row.closed.minor for row in each.split("source", measure=key))
        for key in ("margin", "recurring")
        for each in (may,)
    }
    before = {key: sum(row.closed.minor for row in without.split("source", measure=key)) for key in closed}
    assert closed["margin"] == before["margin"]  # 600 less 600
    assert closed["recurring"] - before["recurring"] == 30_000


def test_what_was_conceded_compares_like_with_like() -> None:
    """A list price in yen and one in euros are each held against their own sale, at the rate of its day."""
    facts = []
    for n, (currency, listed, paid) in enumerate([("EUR", 100_000, 90_000), ("JPY", 160_000, 144_000)]):
        name = f"D{n}"
        facts += [
            Deal(
                origin=told(name), occurred_at=at(1), created_at=at(1), deal_id=name, currency=currency,
                list_minor=listed, amount_minor=listed, source_raw="Organic Search",
            ),
            DealClosed(
                origin=told(name), occurred_at=at(20), deal_id=name, outcome="won", currency=currency,
                amount_minor=paid,
            ),
        ]  # fmt: skip
    rates = Rates(to="EUR", rates={"JPY": "0.00625"})
    for asked in ({"rates": rates}, {"currency": "EUR"}, {"currency": "JPY"}):
        (seekers,) = forecast_of(facts, day=40, months=1, **asked).advice
        (conceded,) = [each for each in seekers.evidence if each.name == "Conceded, of list price"]
        assert conceded.value == pytest.approx(0.1)
        assert conceded.count == (2 if "rates" in asked else 1)
    other = [attrs.evolve(f, currency="USD") if isinstance(f, DealClosed) else f for f in facts]
    (seekers,) = forecast_of(other, day=40, months=1, currency="USD").advice
    assert [each.value for each in seekers.evidence if each.name.startswith("Conceded")] == [None]


@pytest.mark.parametrize("rate", ["abc", "NaN", "Infinity", "0", -1, None])
def test_a_rate_is_a_number_above_nothing(rate: object) -> None:
    """Whatever else is given in its place is said with the currency that it was given for."""
    with pytest.raises(ValueError, match=r"the rate of USD is .*: give what one unit is worth"):
        Rates(to="EUR", rates={"USD": rate})  # type: ignore[dict-item]


def test_a_currency_is_its_iso_code() -> None:
    """Small letters and names are refused where they are given."""
    for terms in ({"to": "EURO", "rates": {}}, {"to": "EUR", "rates": {"usd": "0.9"}}):
        with pytest.raises(InvalidTermsError, match="three capital letters"):
            Rates(**terms)  # type: ignore[arg-type]
    with pytest.raises(InvalidTermsError, match="'eur' is no currency"):
        forecast_of(book(), currency="eur")
