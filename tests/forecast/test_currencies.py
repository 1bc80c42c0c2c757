"""Unlike currencies never add: rates turn each deal on its day, or the others are left out and counted."""

from __future__ import annotations

from datetime import date

import attrs
import pytest
from forecast_books import book, forecast_of

from smarketing import Money
from smarketing.errors import UnlikeCurrenciesError
from smarketing.facts import Deal, DealClosed
from smarketing.forecast import Rates
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
    assert apart.apart == {"USD": 15}
    assert len(apart.deals) == 15
    assert "15 deals in USD are left out" in render(apart.to_report(), "text").content
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
