"""One amount that is not known yet: what is expected of it, and how it may come out."""

from __future__ import annotations

import math
from functools import cached_property

import attrs

from smarketing.errors import UnlikeCurrenciesError
from smarketing.forecast._asked import checked_share
from smarketing.forecast._pools import Pool
from smarketing.forecast._sums import Luck, RevenueSum, revenue_sum
from smarketing.language import N_
from smarketing.values import Money

__all__ = ["TOO_FEW_PERIODS", "Outlook", "target_in"]

TOO_FEW_PERIODS = N_(
    "Fewer than three past periods tell how much good and bad times differ, so there is no honest interval."
)
"""Why there is no interval."""


def target_in(currency: str, target: Money | int) -> Money:
    """A target as money of the forecast's currency.

    Raises:
        UnlikeCurrenciesError: It is in another.
        TypeError: It is neither money nor a whole number.
    """
    if not isinstance(target, Money):
        if type(target) is not int:
            told = f"the target is {target!r}: give Money, or a whole number of minor units"
            raise TypeError(f'{told}, such as Money.of("40000", "{currency}")')
        return Money(target, currency)
    if target.currency != currency:
        raise UnlikeCurrenciesError(f"the target is in {target.currency}, and the forecast in {currency}")
    return target


@attrs.frozen(kw_only=True)
class Outlook:
    """An amount to come: its expectation, to the cent, and its distribution.

    Attributes:
        expected: What it is on average. Each deal's part is rounded half-up, then they add.
        why: Why there is no interval; None where there is one.
    """

    expected: Money
    why: str | None = None
    _fixed: int = attrs.field(default=0, repr=False, alias="fixed")
    _pools: tuple[Pool, ...] = attrs.field(default=(), repr=False, alias="pools")
    _luck: Luck | None = attrs.field(default=None, repr=False, alias="luck")

    @cached_property
    def _sum(self) -> RevenueSum:
        return revenue_sum(self._pools, fixed=self._fixed, luck=self._luck)

    @property
    def is_certain(self) -> bool:
        """Whether nothing of it is open any more."""
        return not any(pool.deals or pool.streams for pool in self._pools)

    def quantile(self, share: float) -> Money | None:
        """The amount that it stays at or below with the given chance; None where history is too short.

        Raises:
            ValueError: The share does not lie between 0 and 1.
        """
        share = checked_share(share)
        if self.why is not None:
            return None
        if self.is_certain:
            return self.expected
        return Money(math.floor(self._sum.quantile(share) + 0.5), self.expected.currency)

    def interval(self, level: float = 0.8) -> tuple[Money, Money] | None:
        """Between what and what it lies with the given chance; None where history is too short.

        Raises:
            ValueError: The level does not lie between 0 and 1.
        """
        level = checked_share(level, "level", "0.8")
        low, high = self.quantile(0.5 * (1.0 - level)), self.quantile(0.5 * (1.0 + level))
        return None if low is None or high is None else (low, high)

    def chance_of(self, target: Money | int) -> float | None:
        """The chance that it reaches a target; None where history is too short.

        Args:
            target: Money, or an integer of minor units of the forecast's currency.

        Raises:
            UnlikeCurrenciesError: The target is in another currency.
            TypeError: It is neither money nor a whole number.
        """
        target = target_in(self.expected.currency, target).minor
        if self.why is not None:
            return None
        if self.is_certain:
            return 1.0 if self.expected.minor >= target else 0.0
        return min(1.0, max(0.0, self._sum.chance_of(target)))
