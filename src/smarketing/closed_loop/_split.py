"""One conversion, shared among its touches: whole units by largest remainder, nothing lost or invented."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import isfinite, lcm

from smarketing.errors import InvalidTermsError

__all__ = ["ALL", "BETWEEN", "NO_TOUCH", "split", "whole_weights"]

ALL = 1_000_000
"""One conversion, in parts per million: what its touches share is counted so."""
NO_TOUCH = "no touch known"
"""What stands in a touch's place where a conversion has none."""
BETWEEN = "\x1f"
"""Between the values of several dimensions in one text."""


def split(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """`smarketing.estimates.largest_remainder` for whole weights, which saves it most of its work.

    Args:
        total: What is shared, in its smallest unit; a negative one is shared as its mirror image.
        weights: Whole numbers, 0 or more, not all of them 0.

    Example:
        >>> split(100, (1, 1, 1)), split(-100, (2, 1))
        ((34, 33, 33), (-67, -33))
    """
    whole, size = sum(weights), abs(total)
    parts = [size * weight // whole for weight in weights]
    if left := size - sum(parts):
        rest = [size * weight % whole for weight in weights]
        for place in sorted(range(len(rest)), key=lambda place: -rest[place])[:left]:
            parts[place] += 1
    return tuple(parts) if total >= 0 else tuple(-part for part in parts)


def whole_weights(given: object, count: int, name: str) -> tuple[int, ...]:
    """The weights that somebody's model gave, as whole numbers in proportion; all alike where all are 0.

    Raises:
        InvalidTermsError: There are not as many as touches, or one is no number of 0 or more.
    """
    if not isinstance(given, Iterable):
        raise InvalidTermsError(f"the model {name!r} gave {given!r}: give one weight for each touch")
    weights = list(given)
    if len(weights) != count:
        raise InvalidTermsError(f"the model {name!r} gave {len(weights)} weights for {count} touches")
    exact: list[Fraction] = []
    for weight in weights:
        if not isinstance(weight, int | float | Fraction) or not (isfinite(weight) and weight >= 0):
            raise InvalidTermsError(
                f"the model {name!r} gave the weight {weight!r}: give numbers of 0 or more"
            )
        exact.append(Fraction(weight))
    common = lcm(*(each.denominator for each in exact)) if exact else 1
    whole = tuple(int(each * common) for each in exact)
    return whole if any(whole) else (1,) * count
