"""The characteristic function of what one pool of deals brings, at each shift of the luck that all share.

The characteristic function of a sum is the product over its deals, 1 - p + p·e^(ita). Deals that are small
beside the whole enter together, through their cumulants up to the eighth (`_cumulants`); the few that are
large enter one by one, exactly. Deals to come are a Poisson number of them, or a negative binomial one where
their rate is little known.
"""

from __future__ import annotations

import cmath
import math
from operator import mul

from smarketing.forecast._cumulants import cumulants_of
from smarketing.forecast._pools import Columns
from smarketing.forecast._shifts import Luck, shifts_of

__all__ = ["Part"]

_STANDS_OUT = 0.5
"""A deal that is larger than half the spread of all: luck makes it likelier, and not larger."""


class Part:
    """One pool, ready to be asked for its characteristic function at each shift of the common luck.

    What depends on the shift is kept as one list over the places that the source may be at.

    Args:
        pool: The deals, their amounts in the unit of the whole sum.
        limit: The amount up to which a deal is small.
        luck: What all deals share; None where they are independent.
    """

    def __init__(self, pool: Columns, *, limit: float, luck: Luck | None) -> None:
        self._shifts = shifts = shifts_of(luck, pool.logit_sd)
        deals = [*zip(pool.chances, pool.amounts, strict=True)]
        small = [deal for deal in deals if -limit <= deal[1] <= limit]
        large = sorted(deal for deal in deals if not -limit <= deal[1] <= limit)
        self._cumulants = cumulants_of(small, shifts) if small else []
        self._amounts = [amount for _, amount in large]
        self._chances = shifts.shifted([won for won, _ in large])
        self._streams = pool.streams
        rates = shifts.shifted([each.probability for each in pool.streams])
        self._wins = [
            [each.wins * rate / each.probability for rate in column]
            for each, column in zip(pool.streams, zip(*rates, strict=True), strict=True)
        ]
        self._slopes = [self._slope(at) for at in range(len(shifts.places))]
        self._blurs = [-0.5 * (shifts.width * slope) ** 2 for slope in self._slopes]

    @property
    def has_shifts(self) -> bool:
        """Whether luck, or what is not known of the source, moves it at all."""
        return len(self._shifts.places) > 1

    @property
    def size(self) -> int:
        """How much work it is to ask for it once."""
        return len(self._shifts.places) * (len(self._amounts) + 10)

    def _slope(self, at: int) -> float:
        """How much a shift of one step moves the mean, at a place; deals that stand out are left aside."""
        slope = self._cumulants[at][8] if self._cumulants else 0.0
        for won, amount in zip(self._chances[at], self._amounts, strict=True):
            slope += won * (1.0 - won) * amount if abs(amount) <= _STANDS_OUT else 0.0
        for each, wins in zip(self._streams, self._wins, strict=True):
            slope += wins[at] * max(0.0, 1.0 - each.probability * wins[at] / each.wins) * each.mean_amount
        return slope * self._shifts.step

    def slopes(self) -> dict[int, float]:
        """How much a shift of one step moves the mean, at each common shift."""
        return self._shifts.averaged(self._slopes)

    def moments(self) -> dict[int, tuple[float, float]]:
        """The mean and the variance at each common shift."""
        means, squares = list[float](), list[float]()
        for at, blur in enumerate(self._blurs):
            mean, variance = self._cumulants[at][:2] if self._cumulants else (0.0, 0.0)
            for won, amount in zip(self._chances[at], self._amounts, strict=True):
                mean += won * amount
                variance += won * (1.0 - won) * amount * amount
            for each, wins in zip(self._streams, self._wins, strict=True):
                mean += wins[at] * each.mean_amount
                variance += wins[at] * each.mean_square
                variance += (wins[at] * each.mean_amount) ** 2 / each.certainty
            means.append(mean)
            squares.append(variance - 2.0 * blur + mean * mean)
        mean_of, square_of = self._shifts.averaged(means), self._shifts.averaged(squares)
        return {k: (mean, max(0.0, square_of[k] - mean * mean)) for k, mean in mean_of.items()}

    def start(self, turn: float) -> None:
        """Begin at t = 0, to go on by `turn` each time that `following` is asked."""
        self._t, self._turn = 0.0, turn
        self._rotations = [cmath.exp(1j * turn * amount) for amount in self._amounts]
        self._phases = [1.0 + 0.0j] * len(self._amounts)

    def following(self) -> dict[int, complex]:
        """The characteristic function at the next t, at each common shift."""
        self._t += self._turn
        values = [*map(cmath.exp, self._exponents(self._t))]
        if self._amounts:
            self._phases = [*map(mul, self._phases, self._rotations)]
            rise = [phase - 1.0 for phase in self._phases]
            values = [
                value * math.prod([1.0 + part for part in map(mul, chances, rise)])
                for value, chances in zip(values, self._chances, strict=True)
            ]
        return self._shifts.averaged(values)

    def _exponents(self, t: float) -> list[complex]:
        """The logarithm of all but the large deals, at each place."""
        exponents = [complex(t * t * blur) for blur in self._blurs]
        if self._cumulants:
            powers = [t**m / math.factorial(m) for m in range(1, 9)]
            for at, cumulants in enumerate(self._cumulants):
                k1, k2, k3, k4, k5, k6, k7, k8 = map(mul, cumulants, powers)
                exponents[at] += complex(min(0.0, -k2 + k4 - k6 + k8), k1 - k3 + k5 - k7)
        for each, wins in zip(self._streams, self._wins, strict=True):
            wave = sum(cmath.exp(1j * t * amount) for amount in each.amounts) / len(each.amounts) - 1.0
            if math.isinf(each.certainty):
                exponents = [x + won * wave for x, won in zip(exponents, wins, strict=True)]
            else:
                shape, wave = each.certainty, -wave / each.certainty
                exponents = [
                    x - shape * cmath.log(1.0 + won * wave) for x, won in zip(exponents, wins, strict=True)
                ]
        return exponents
