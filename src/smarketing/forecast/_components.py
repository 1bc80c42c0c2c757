"""The small rows of a forecast: what a period is made of, its groups, and deals that are still to come."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from smarketing.forecast._outlook import Outlook
from smarketing.forecast._targets import TargetOutlook
from smarketing.funnel import Group
from smarketing.values import Money

__all__ = ["Components", "ForecastRow", "NewBusiness"]


@attrs.frozen(kw_only=True)
class Components:
    """The parts that a period's expected revenue is made of; they add up to it, to the cent.

    Attributes:
        closed: What was won in the period already.
        as_dated: What the open deals would bring, were each decided in the period on its own expected day.
        date_slippage: What is moved into the period, or out of it, because deals do not keep to their days.
        amount_slippage: What amounts gain or lose on the way to the sale (closed ÷ expected).
        new_business: What deals bring that are not open yet.
        reopened: What deals bring that are closed now and will be opened again.
    """

    closed: Money
    as_dated: Money
    date_slippage: Money
    amount_slippage: Money
    new_business: Money
    reopened: Money

    @property
    def pipeline(self) -> Money:
        """What the open deals are expected to bring: as dated, and both slippages."""
        return self.as_dated + self.date_slippage + self.amount_slippage

    @property
    def total(self) -> Money:
        """All of them."""
        return self.closed + self.pipeline + self.new_business + self.reopened


@attrs.frozen(kw_only=True)
class NewBusiness:
    """Deals of one source that are not open yet: how many come, and what they bring in a period.

    Attributes:
        source: The source.
        is_reopened: Whether they are closed deals that are opened again.
        per_month: How many come in thirty days.
        counted: How many were counted to know that.
        wins: How many of them are expected to be won in the period.
        expected: What they are expected to bring in it.
    """

    source: str | None
    is_reopened: bool
    per_month: float
    counted: int
    wins: float
    expected: Money


@attrs.frozen(kw_only=True)
class ForecastRow:
    """What one group is expected to bring in a period.

    Attributes:
        group: The dimensions' values.
        deals_count: How many open deals may bring something.
        amount: What these would bring if all were won.
        closed: What the group brought already.
        outlook: What is expected of it, and how it may come out.
    """

    group: Group
    deals_count: int
    amount: Money
    closed: Money
    outlook: Outlook
    _against: Callable[..., TargetOutlook] = attrs.field(repr=False, eq=False, alias="against")

    @property
    def values(self) -> dict[str, str | None]:
        """The dimensions' values by name."""
        return dict(self.group)

    @property
    def expected(self) -> Money:
        """What it brings on average, with what it brought already."""
        return self.outlook.expected

    def quantile(self, share: float) -> Money | None:
        """As `PeriodForecast.quantile`, of the group alone; groups' quantiles do not add up."""
        return self.outlook.quantile(share)

    def interval(self, level: float = 0.8) -> tuple[Money, Money] | None:
        """As `PeriodForecast.interval`, of the group alone."""
        return self.outlook.interval(level)

    def chance_of(self, target: Money | int) -> float | None:
        """As `PeriodForecast.chance_of`, of the group alone."""
        return self.outlook.chance_of(target)

    def against(self, target: Money | int) -> TargetOutlook:
        """The group's revenue against a target of its own, as `PeriodForecast.against`."""
        return self._against(target, **self.values)
