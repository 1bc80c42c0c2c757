"""Integers that add up: splitting a total without losing a cent, and one exact way to round.

Money and points are integers. Whoever splits or weights them must neither lose nor invent a unit, and must
do it alike on every machine: so the arithmetic here is exact, floats included (a float is a fraction).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

__all__ = ["largest_remainder", "round_half_up"]


def largest_remainder(total: int, weights: Sequence[int | float | Fraction]) -> tuple[int, ...]:
    """Split a whole number in proportion to the weights, so that the parts add up to it exactly.

    Each part is its exact share rounded down, and the units left over go to the largest remainders, the
    earlier of equals first (Hamilton's method, 1792). So each part is less than 1 from its exact share, a
    larger weight never gets less, and a weight of 0 gets 0. A negative total is split as its mirror image.
    One known oddity of the method: a larger *total* may lower a single part by 1.

    Args:
        total: What is split, in its smallest unit.
        weights: One for each part, 0 or more, in any unit.

    Returns:
        One integer per weight, in the same order.

    Raises:
        ValueError: A weight is negative or not finite, or the total is not 0 while every weight is:
            who should get it is then for the caller to say.

    Example:
        >>> largest_remainder(100, [1, 1, 1])
        (34, 33, 33)
        >>> largest_remainder(-100, [0.4, 0.4, 0.2])
        (-40, -40, -20)
        >>> largest_remainder(0, [])
        ()
    """
    for place, weight in enumerate(weights):
        if not (math.isfinite(weight) and weight >= 0):
            raise ValueError(f"weight {place} is {weight}: weights must be finite and 0 or more")
    ratios = [weight.as_integer_ratio() for weight in weights]
    common = math.lcm(*(denominator for _, denominator in ratios))
    whole = [numerator * (common // denominator) for numerator, denominator in ratios]
    whole_sum = sum(whole)
    if not whole_sum:
        if total:
            raise ValueError(f"{total} cannot be split: every weight is 0, so nothing says who should get it")
        return (0,) * len(whole)
    sign = -1 if total < 0 else 1
    shares = [divmod(abs(total) * weight, whole_sum) for weight in whole]
    parts = [part for part, _ in shares]
    by_remainder = sorted(range(len(shares)), key=lambda place: -shares[place][1])
    for place in by_remainder[: abs(total) - sum(parts)]:
        parts[place] += 1
    return tuple(sign * part for part in parts)


def round_half_up(numerator: int, denominator: int) -> int:
    """The whole number nearest to a fraction, exactly; a half goes away from zero.

    The rounding of commerce: 2.5 is 3 and -2.5 is -3, so that a credit note mirrors its invoice. (Python's
    own `round` sends halves to the even neighbour.)

    Raises:
        ZeroDivisionError: The denominator is 0.

    Example:
        >>> round_half_up(5, 2), round_half_up(-5, 2), round_half_up(7, 3)
        (3, -3, 2)

        1,234.50 at 25 % is 308.625, in minor units and parts per million:

        >>> round_half_up(123450 * 250_000, 1_000_000)
        30863
    """
    if denominator == 0:
        raise ZeroDivisionError(f"{numerator} cannot be divided by 0")
    size, unit = abs(numerator), abs(denominator)
    rounded = (2 * size + unit) // (2 * unit)
    return rounded if (numerator < 0) == (denominator < 0) else -rounded
