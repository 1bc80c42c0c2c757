"""A share of so many, with how sure one can be of it.

"Three of ten converted" and "three thousand of ten thousand" are one share and two very different
certainties. A `Rate` keeps both counts, so that the interval, the mark for small samples and the pull toward
a larger group are always to be had.
"""

from __future__ import annotations

import attrs

from smarketing.estimates._beta import beta_quantile

__all__ = ["Interval", "Rate"]


@attrs.frozen
class Interval:
    """The range between two numbers, both included.

    Example:
        >>> 0.3 in Interval(0.1, 0.5)
        True
    """

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@attrs.frozen
class Rate:
    """How many of how many.

    Attributes:
        successes: The count that made it.
        trials: The count that could have.

    Raises:
        ValueError: A count is negative, or more succeeded than tried.

    Example:
        >>> rate = Rate(3, 10)
        >>> rate.share, rate.is_small()
        (0.3, True)
        >>> print(Rate(0, 0).share)
        None
    """

    successes: int
    trials: int

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.successes <= self.trials:
            raise ValueError(
                f"{self.successes} successes of {self.trials} trials cannot be: "
                "successes must lie between 0 and the trials"
            )

    @property
    def share(self) -> float | None:
        """The successes as a share of the trials, from 0 to 1; None where nothing was tried."""
        return self.successes / self.trials if self.trials else None

    def interval(self, level: float = 0.9) -> Interval | None:
        """The range that holds the true share with the given confidence; None where nothing was tried.

        Jeffreys' equal-tailed interval: quantiles of Beta(successes + 1/2, failures + 1/2), with the low end
        at 0 when none succeeded and the high end at 1 when all did. Source: Brown, Cai & DasGupta (2001),
        "Interval Estimation for a Binomial Proportion", Statistical Science 16(2), section 3.1.3.

        Args:
            level: The confidence, between 0 and 1.

        Raises:
            ValueError: The level does not lie between 0 and 1.

        Example:
            >>> some = Rate(3, 10).interval()
            >>> round(some.low, 4), round(some.high, 4)
            (0.1173, 0.5581)
            >>> Rate(0, 10).interval().low
            0.0
        """
        check_level(level)
        if not self.trials:
            return None
        failures = self.trials - self.successes
        tail = 0.5 * (1.0 - level)
        a, b = self.successes + 0.5, failures + 0.5
        return Interval(
            beta_quantile(tail, a, b) if self.successes else 0.0,
            beta_quantile(1.0 - tail, a, b) if failures else 1.0,
        )

    def is_small(self, at_least: int = 30) -> bool:
        """Whether there were fewer trials than a reader needs to trust the share.

        Example:
            >>> Rate(3, 29).is_small(), Rate(3, 30).is_small()
            (True, False)
        """
        return self.trials < at_least

    def shrunk_to(self, parent: float, weight: float) -> float:
        """The share, pulled toward that of a larger group as far as its own counts are few.

        `(successes + weight * parent) / (trials + weight)`: the mean of the posterior whose prior is worth
        `weight` trials at the parent's share. Nothing tried gives the parent; weight 0 gives the share.

        Args:
            parent: The share in the larger group, from 0 to 1.
            weight: How many of the parent's trials are borrowed, 0 or more.

        Raises:
            ValueError: The parent is no share, or the weight is negative.

        Example:
            >>> Rate(3, 10).shrunk_to(0.1, weight=20)
            0.16666666666666666
            >>> Rate(0, 0).shrunk_to(0.1, weight=20)
            0.1
        """
        if not 0.0 <= parent <= 1.0:
            raise ValueError(f"the parent's share is {parent}: give a share between 0 and 1")
        if not 0.0 <= weight < float("inf"):
            raise ValueError(f"the weight is {weight}: give a number of trials, 0 or more")
        if not self.trials:
            return parent
        return (self.successes + weight * parent) / (self.trials + weight)


def check_level(level: float) -> None:
    """Refuse a level of confidence that is none (shared by every interval of the room)."""
    if not 0.0 < level < 1.0:
        raise ValueError(f"the level is {level}: give a share between 0 and 1, such as 0.9")
