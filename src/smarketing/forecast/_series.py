"""A distribution function as a Fourier series, read back from a characteristic function.

`F(x) = (x - lo)/L + 2/L · Re Σ cf(t_j) (e^(-i t_j lo) - e^(-i t_j x)) / (i t_j)`, with `t_j = 2πj/L`, on a
window of length L that holds the whole distribution but for what does not matter (Bohman 1975). Where amounts
are multiples of one step, the terms are summed over the lattice instead of integrated, which is exact, jumps
included.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Mapping, Sequence

import attrs

from smarketing.forecast._pools import Part

__all__ = ["Series", "series_of", "spread"]

_FADED = 1e-9
_FADED_ENOUGH = 1e-4
_LOW = 5e-3  # luck so bad that nothing is won has a chance, and that part never fades
_MOST_TERMS = 1_500
_MOST_WITH_LUCK = 200
_WORK = 4_000_000
_TURN = 2.0 * math.pi


@attrs.frozen(kw_only=True)
class Series:
    """`F(x) = (X − low)/length + Re Σ c_j (e^{−i t_j low} − e^{−i t_j X})`, X being x or the next place.

    Attributes:
        low: Where the window begins.
        length: How long it is.
        terms: The coefficients c_1, c_2, ….
        step: The step of the lattice; 0 where the distribution is taken to be smooth.
    """

    low: float
    length: float
    terms: tuple[complex, ...] = attrs.field(repr=False)
    step: float = 0.0
    _base: float = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_base", self._wave(self.low))

    def _wave(self, x: float) -> float:
        turn = cmath.exp(-1j * _TURN / self.length * x)
        total, phase = 0.0, 1.0 + 0.0j
        for term in self.terms:
            phase *= turn
            total += (term * phase).real
        return total

    def _at(self, x: float) -> float:
        if x <= self.low:
            return 0.0
        if x >= self.low + self.length:
            return 1.0
        return min(1.0, max(0.0, (x - self.low) / self.length + self._base - self._wave(x)))

    def _place(self, x: float) -> int:
        """Which place of the lattice an amount is at, or past."""
        return math.floor((x - self.low) / self.step + 1e-6)

    def _of_place(self, place: int) -> float:
        return self._at(self.low + (place + 1) * self.step)

    def cdf(self, x: float) -> float:
        """The chance of no more than x."""
        return self._of_place(self._place(x)) if self.step else self._at(x)

    def chance_of(self, x: float) -> float:
        """The chance of no less than x."""
        if not self.step:
            return 1.0 - self._at(x)
        return 1.0 - self._of_place(math.ceil((x - self.low) / self.step - 1e-6) - 1)

    def quantile(self, share: float) -> float:
        """The least amount of which the chance of no more reaches a share, by bisection."""
        if self.step:
            below, above = -1, round(self.length / self.step)
            while above - below > 1:
                place = (below + above) // 2
                if self._of_place(place) >= share - 1e-12:
                    above = place
                else:
                    below = place
            return self.low + above * self.step
        low, high = self.low, self.low + self.length
        while high - low > 1e-7:
            middle = 0.5 * (low + high)
            if self._at(middle) < share:
                low = middle
            else:
                high = middle
        return 0.5 * (low + high)


def spread(
    parts: Sequence[Part], common: Mapping[int, float], blurs: Mapping[int, float]
) -> tuple[float, float]:
    """The mean and the standard deviation of all parts together, over the common shifts."""
    moments = [part.moments() for part in parts]
    means = {k: math.fsum(each[k][0] for each in moments) for k in common}
    mean = math.fsum(weight * means[k] for k, weight in common.items())
    within = math.fsum(
        weight * (blurs[k] ** 2 + math.fsum(each[k][1] for each in moments)) for k, weight in common.items()
    )
    between = math.fsum(weight * (means[k] - mean) ** 2 for k, weight in common.items())
    return mean, math.sqrt(within + between)


def series_of(
    parts: Sequence[Part],
    common: Mapping[int, float],
    blurs: Mapping[int, float],
    *,
    window: tuple[float, float],
    step: float,
    furthest: float,
    must_fade: bool,
) -> Series | None:
    """The series of the sum of all parts; None where it does not fade and must.

    Args:
        parts: The pools.
        common: The weights of the common shifts.
        blurs: How wide the bell of each is, as a standard deviation of the sum.
        window: Between what and what the sum lies, but for what does not matter.
        step: What all amounts are multiples of; 0 for none.
        furthest: The t past which the parts' own approximations do not hold.
        must_fade: Whether a function that has not faded is to be refused.
    """
    low, length, count = window[0], window[1] - window[0], 0
    has_luck = len(common) > 1 or any(part.has_shifts for part in parts)
    most = _MOST_WITH_LUCK if has_luck and must_fade else _MOST_TERMS
    most = max(32, min(most, _WORK // sum(part.size for part in parts)))
    if step:
        first = math.floor(low / step)
        count = math.ceil(window[1] / step) - first + 1
        count += 1 - count % 2  # odd, so that no term stands alone
        low, length = first * step, count * step
    turn = _TURN / length
    for part in parts:
        part.start(turn)
    terms: list[complex] = []
    quiet, low_for, j = 0, 0, 0
    size = 1.0
    faded = _FADED_ENOUGH if has_luck else _FADED
    has_all = False
    while quiet < 3 and low_for < 24 and j < most:
        j += 1
        if step and 2 * j >= count:
            has_all = True
            break
        if j * turn > furthest:
            break
        values = [part.following() for part in parts]
        cf = 0j
        for k, weight in common.items():
            blur = math.exp(-0.5 * (j * turn * blurs[k]) ** 2)
            cf += weight * blur * math.prod([each[k] for each in values])
        size = abs(cf)
        terms.append(
            2.0 * cf / (count * (1.0 - cmath.exp(-1j * turn * j * step))) if step else cf / (1j * math.pi * j)
        )
        quiet = quiet + 1 if size < faded else 0
        low_for = low_for + 1 if has_luck and size < _LOW else 0
    if must_fade and not has_all and quiet < 3 and size > (2.0 * _LOW if has_luck else 1e-6):
        return None
    return Series(low=low, length=length, terms=tuple(terms), step=step)
