"""Several rates in a row: the share that passes all of them, and how many must start for one to arrive.

Each rate that was measured is a Beta(successes + 1/2, failures + 1/2), as in `Rate.interval`. Of 1/rate the
mean is known in closed form; the quantiles of a product come from a grid of equally likely values.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from smarketing.estimates._beta import beta_quantile
from smarketing.estimates._rates import Interval, Rate, check_level

__all__ = ["inverse_mean", "product_interval"]

_NODES = 200


def inverse_mean(rates: Sequence[Rate | Fraction]) -> Fraction | None:
    """E[1 / (the product of independent rates)]; None where it is not finite, as after no success at all.

    For Beta(a, b) it is (a + b - 1) / (a - 1), here trials / (successes - 1/2); a fraction is known exactly.

    Example:
        >>> inverse_mean([Rate(10, 100)]), inverse_mean([Fraction(1, 10)]), inverse_mean([Rate(0, 9)])
        (Fraction(200, 19), Fraction(10, 1), None)
    """
    mean = Fraction(1)
    for rate in rates:
        if isinstance(rate, Rate):
            if not rate.successes:
                return None
            mean *= Fraction(2 * rate.trials, 2 * rate.successes - 1)
        elif not rate:
            return None
        else:
            mean /= rate
    return mean


def product_interval(rates: Sequence[Rate | Fraction], level: float = 0.9) -> Interval:
    """The range that holds the product of independent rates with the given confidence.

    Raises:
        ValueError: The level does not lie between 0 and 1.

    Example:
        >>> found = product_interval([Rate(30, 100), Fraction(1, 2)])
        >>> alone = Rate(30, 100).interval()
        >>> round(found.low / alone.low, 3), round(found.high / alone.high, 3)
        (0.5, 0.5)
    """
    check_level(level)
    exact, grid = Fraction(1), [1.0]
    measured = [rate for rate in rates if isinstance(rate, Rate)]
    for rate in rates:
        exact *= Fraction(1) if isinstance(rate, Rate) else rate
    tails = (0.5 * (1.0 - level), 0.5 * (1.0 + level))
    if len(measured) == 1:  # no grid is needed
        low, high = (beta_quantile(p, *_shapes(measured[0])) for p in tails)
        return Interval(float(exact) * low, float(exact) * high)
    for rate in measured:
        values = [beta_quantile((k + 0.5) / _NODES, *_shapes(rate)) for k in range(_NODES)]
        size = max(len(grid) // _NODES, 1)  # of so many, as many stand for all
        grid = [sum(grid[k : k + size]) / size for k in range(0, len(grid), size)]
        grid = sorted(one * other for one in grid for other in values)
    low, high = (grid[min(int(p * len(grid)), len(grid) - 1)] for p in tails)
    return Interval(float(exact) * low, float(exact) * high)


def _shapes(rate: Rate) -> tuple[float, float]:
    return rate.successes + 0.5, rate.trials - rate.successes + 0.5
