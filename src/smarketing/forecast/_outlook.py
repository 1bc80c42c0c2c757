"""One amount that is not known yet: what is expected of it, and how it may come out."""

from __future__ import annotations

import math
from functools import cached_property

import attrs

from smarketing.errors import UnlikeCurrenciesError
from smarketing.forecast._pools import Pool
from smarketing.forecast._sums import Luck, RevenueSum, revenue_sum
from smarketing.language import N_
from smarketing.values import Money

__all__ = ["TOO_FEW_PERIODS", "Outlook"]

TOO_FEW_PERIODS = N_(
    "Fewer than three past periods tell how much good and bad times differ, so there is no honest interval."
)
"""Why there is no interval."""


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
        if not 0.0 < share < 1.0:
            raise ValueError(f"the share is {share}: give one between 0 and 1, such as 0.1")
        if self.why is not None:
            return None
        if self.is_certain:
            return self.expected
        return Money(math.floor(self._sum.quantile(share) + 0.5), self.expected.currency)

    def interval(self, level: float = 0.8) -> tuple[Money, Money] | None:
        """Between what and what it lies with the given chance; None where history is too short."""
        low, high = self.quantile(0.5 * (1.0 - level)), self.quantile(0.5 * (1.0 + level))
        return None if low is None or high is None else (low, high)

    def chance_of(self, target: Money | int) -> float | None:
        """The chance that it reaches a target; None where history is too short.

        Args:
            target: Money, or an integer of minor units of the forecast's currency.

        Raises:
            UnlikeCurrenciesError: The target is in another currency.
        """
        if isinstance(target, Money):
            if target.currency != self.expected.currency:
                raise UnlikeCurrenciesError(
                    f"the target is in {target.currency}, and the forecast in {self.expected.currency}"
                )
            target = target.minor
        if self.why is not None:
            return None
        if self.is_certain:
            return 1.0 if self.expected.minor >= target else 0.0
        return min(1.0, max(0.0, self._sum.chance_of(target)))
