"""The luck that deals share: how far past periods came out from what their deals promised.

Deals of one quarter rise and fall together, so a sum of independent chances is far too sure of itself. Over
past periods with m wins expected of the deals that were open when the period began, variance V = sum p(1-p)
and error E = wins - m, the standard deviation of the shared shock on the log-odds is estimated by
`s² = max(0, sum (E/V)² / (Q - 1) - mean(1/V))`. For a period to come the shock is
`sqrt(s² (1 + 1/Q))` times Student's t with Q - 1 degrees of freedom.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime

import attrs

from smarketing.estimates import student_quantile
from smarketing.forecast._asked import checked_share

__all__ = ["FEWEST_PERIODS", "Shock", "ShockPeriod", "shock_of"]

FEWEST_PERIODS = 3
"""With fewer past periods nothing can be said of what they shared."""


@attrs.frozen(kw_only=True)
class ShockPeriod:
    """One past period: what the deals open at its start promised, and what came of them.

    Attributes:
        start: When it began.
        end: When it ended.
        deals_count: The deals that were open when it began.
        expected: The wins expected of them within it (m).
        variance: The variance of that number were the deals independent (V).
        won_count: How many of them were won within it.
    """

    start: datetime
    end: datetime
    deals_count: int
    expected: float
    variance: float
    won_count: int

    @property
    def error(self) -> float:
        """Won less expected (E)."""
        return self.won_count - self.expected


@attrs.frozen(kw_only=True)
class Shock:
    """The shared luck of a period, on the log-odds of being won.

    Attributes:
        sd: Its standard deviation, as far as the past periods tell (s); 0 where they differ by chance alone.
        periods: The past periods that it was learned from, oldest first.
    """

    sd: float
    periods: tuple[ShockPeriod, ...] = attrs.field(repr=False)

    @property
    def periods_count(self) -> int:
        """How many past periods it was learned from (Q)."""
        return len(self.periods)

    @property
    def freedom(self) -> int:
        """The degrees of freedom of Student's t, Q - 1."""
        return self.periods_count - 1

    @property
    def predictive_scale(self) -> float:
        """What Student's t is multiplied by for a period to come: `sqrt(s² (1 + 1/Q))`."""
        return self.sd * math.sqrt(1.0 + 1.0 / self.periods_count)

    def quantile(self, share: float) -> float:
        """The shock of a period to come that is not exceeded with this probability.

        Raises:
            ValueError: The share does not lie between 0 and 1.
        """
        if checked_share(share) == 0.5:
            return 0.0
        reach = student_quantile(max(share, 1.0 - share), self.freedom) * self.predictive_scale
        return math.copysign(reach, share - 0.5)


def shock_of(periods: Iterable[ShockPeriod]) -> Shock | None:
    """The shared luck that some past periods show; None where fewer than three of them promised anything.

    Example:
        >>> from datetime import UTC, datetime
        >>> def month(number, won):
        ...     start, end = datetime(2026, number, 1, tzinfo=UTC), datetime(2026, number + 1, 1, tzinfo=UTC)
        ...     return ShockPeriod(
        ...         start=start, end=end, deals_count=200, expected=50, variance=40, won_count=won
        ...     )
        >>> round(shock_of([month(1, 70), month(2, 30), month(3, 50)]).sd, 4)
        0.4743
        >>> print(shock_of([month(1, 70), month(2, 30)]))
        None
    """
    told = tuple(period for period in periods if period.variance > 0.0)
    if len(told) < FEWEST_PERIODS:
        return None
    spread = math.fsum((each.error / each.variance) ** 2 for each in told) / (len(told) - 1)
    chance = math.fsum(1.0 / each.variance for each in told) / len(told)
    return Shock(sd=math.sqrt(max(0.0, spread - chance)), periods=told)
