"""Deals that are small beside the whole, all together: the first eight cumulants of their sum, at each shift.

The logarithm of their characteristic function is a power series in t that has converged long before the
function has faded.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from operator import mul

from smarketing.forecast._shifts import Shifts, logistic, logit

__all__ = ["Cumulants", "cumulants_of"]

_CELLS = 8  # bins per logit, where there are too many different probabilities to keep
_MOST_BINS = 96

Cumulants = Sequence[float]
"""The first to the eighth cumulant, and how much a shift of one logit moves the first."""


def cumulants_of(small: Sequence[tuple[float, float]], shifts: Shifts) -> list[Cumulants]:
    """What small deals bring together, at each shift.

    Args:
        small: The chance of each deal, and its amount.
        shifts: The shifts of their logits.
    """
    if len(shifts.places) == 1:
        cumulants, powers = list[float](), [1.0] * len(small)
        amounts = [amount for _, amount in small]
        for column in _bernoulli_columns([won for won, _ in small]):
            powers = [*map(mul, powers, amounts)]
            cumulants.append(math.fsum(map(mul, column, powers)))
        return [[*cumulants, 0.0]]
    bins = _bins(small)
    sums = [*zip(*(powers for _, powers in bins), strict=True)]
    found: list[Cumulants] = []
    for won in shifts.shifted([won for won, _ in bins]):
        columns = [*_bernoulli_columns(won)]
        cumulants = [sum(map(mul, column, of)) for column, of in zip(columns, sums, strict=True)]
        found.append([*cumulants, sum(map(mul, columns[1], sums[0]))])
    return found


def _bernoulli_columns(chances: Sequence[float]) -> Iterable[list[float]]:
    """The first eight cumulants of Bernoulli variables, one list for each order."""
    spreads = [won * (1.0 - won) for won in chances]
    skews = [v * (1.0 - 2.0 * won) for v, won in zip(spreads, chances, strict=True)]
    yield [*chances]
    yield spreads
    yield skews
    yield [v * (1.0 - 6.0 * v) for v in spreads]
    yield [s * (1.0 - 12.0 * v) for s, v in zip(skews, spreads, strict=True)]
    yield [v * (1.0 - v * (30.0 - 120.0 * v)) for v in spreads]
    yield [s * (1.0 - v * (60.0 - 360.0 * v)) for s, v in zip(skews, spreads, strict=True)]
    yield [v * (1.0 - v * (126.0 - v * (1680.0 - 5040.0 * v))) for v in spreads]


def _bins(deals: Sequence[tuple[float, float]]) -> list[tuple[float, list[float]]]:
    """Probabilities with the sums of the first eight powers of the amounts that belong to each.

    Few different probabilities are kept. Of many, each deal is shared among the four nearest points of a grid
    of logits by Lagrange's weights, which keep any smooth function of the logit to the fourth order.
    """
    by_chance: dict[float, list[float]] = {}
    for won, amount in deals:
        by_chance.setdefault(won, []).append(amount)
    if len(by_chance) <= _MOST_BINS:
        return [(won, _power_sums([([1.0] * len(own), own)])) for won, own in sorted(by_chance.items())]
    cells: dict[int, tuple[list[float], list[float]]] = {}
    for won, amounts in by_chance.items():
        at = _CELLS * logit(won)
        low = math.floor(at)
        parts, own = cells.setdefault(low, ([], []))
        parts += [at - low] * len(amounts)
        own += amounts
    shared: dict[int, list[tuple[list[float], list[float]]]] = {}
    for low, (parts, own) in sorted(cells.items()):  # in order, so that sums are the same to the last bit
        for place, weights in zip(range(low - 1, low + 3), _lagrange(parts), strict=True):
            shared.setdefault(place, []).append((weights, own))
    return [(logistic(place / _CELLS), _power_sums(found)) for place, found in sorted(shared.items())]


def _lagrange(parts: Sequence[float]) -> Iterable[list[float]]:
    """The weights of the points -1, 0, 1 and 2 for values between 0 and 1."""
    yield [-x * (x - 1.0) * (x - 2.0) / 6.0 for x in parts]
    yield [(x + 1.0) * (x - 1.0) * (x - 2.0) / 2.0 for x in parts]
    yield [-(x + 1.0) * x * (x - 2.0) / 2.0 for x in parts]
    yield [(x + 1.0) * x * (x - 1.0) / 6.0 for x in parts]


def _power_sums(parts: Iterable[tuple[list[float], list[float]]]) -> list[float]:
    sums = [0.0] * 8
    for weights, amounts in parts:
        powers = weights
        for order in range(8):
            powers = [*map(mul, powers, amounts)]
            sums[order] += math.fsum(powers)
    return sums
