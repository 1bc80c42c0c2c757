"""What a past revenue forecast said of a horizon, and what was sold in it."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from smarketing.errors import UnlikeCurrenciesError
from smarketing.forecast._backtest_result import RevenueResult
from smarketing.forecast._days import local_day
from smarketing.forecast._deals import ClosedDeal
from smarketing.forecast._model import WinModel
from smarketing.forecast._rates import Rates
from smarketing.forecast._revenue import forecast_revenue
from smarketing.frames import Frames
from smarketing.funnel import Funnel
from smarketing.periods import Period
from smarketing.values import Money

__all__ = ["Sold", "revenue_at"]

_LEVEL = 0.8


@attrs.frozen(kw_only=True, eq=False)
class Sold:
    """What was won, with all that is known by now.

    Attributes:
        closed: The deals that stand closed.
        rates: Exchange rates, where there are any.
    """

    closed: tuple[ClosedDeal, ...] = attrs.field(repr=False)
    rates: Rates | None = None

    def within(self, period: Period, currency: str) -> tuple[int, int]:
        """What was won in a period, in minor units, and how many deals of it have no such amount."""
        total, unpriced = 0, 0
        for deal in self.closed:
            if not deal.won or not period.contains(deal.closed_at):
                continue
            amount = self._worth(deal, currency, period.zone)
            total, unpriced = total + (amount or 0), unpriced + (amount is None)
        return total, unpriced

    def _worth(self, deal: ClosedDeal, currency: str, zone: str) -> int | None:
        if deal.amount_minor is None or deal.currency is None:
            return None
        if deal.currency == currency:
            return deal.amount_minor
        if self.rates is None or not self.rates.knows(deal.currency):
            return None
        return self.rates.convert(
            Money(deal.amount_minor, deal.currency), local_day(deal.closed_at, zone)
        ).minor


def revenue_at(
    frames: Frames,
    model: WinModel,
    period: Period,
    *,
    sold: Sold,
    pipeline: Funnel | None,
    currency: str | None,
) -> RevenueResult | None:
    """The forecast of one horizon from its start, and what came; None where no amounts can be added."""
    if not has_amounts(sold.closed):
        return None
    try:
        forecast = forecast_revenue(
            frames,
            model,
            as_of=period.start,
            periods=[period],
            rates=sold.rates,
            currency=currency,
            pipeline=pipeline,
        )
    except UnlikeCurrenciesError:
        return None
    told = forecast.periods[0]
    actual, unpriced = sold.within(period, forecast.currency)
    low, high = told.interval(_LEVEL) or (None, None)
    reached, passed = told.chance_of(actual), told.chance_of(actual + 1)
    return RevenueResult(
        expected=told.expected,
        actual=Money(actual, forecast.currency),
        classic=told.classic,
        position=None if reached is None or passed is None else 1.0 - 0.5 * (reached + passed),
        low=low,
        high=high,
        unpriced_count=unpriced,
    )


def has_amounts(closed: Iterable[ClosedDeal]) -> bool:
    """Whether any won deal says what it brought."""
    return any(deal.won and deal.amount_minor is not None and deal.currency is not None for deal in closed)
