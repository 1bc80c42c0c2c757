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

from smarketing.forecast._waves import Part

__all__ = ["Series", "series_of", "spread"]

_FADED = 1e-9
_FADED_ENOUGH = 1e-4
_LOW = 5e-3  # luck so bad that nothing is won has a chance, and that part never fades
_LOUD = 1e-6  # what has not fallen so far, be it after the last term, has not faded
_LOUD_WITH_LUCK = 2.0 * _LOW
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
    nothing: float,
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
        nothing: The chance, or less, that nothing is won: below that no function fades for good, since the
            mean of its square over all t is the sum of the squares of the chances of single sums.
    """
    has_luck = len(common) > 1 or any(part.has_shifts for part in parts)
    most = _MOST_WITH_LUCK if has_luck and must_fade else _MOST_TERMS
    most = max(32, min(most, _WORK // sum(part.size for part in parts)))
    loud = _LOUD_WITH_LUCK if has_luck else _LOUD
    grid = _Grid.over(window, step)
    if must_fade and nothing > loud and not grid.ends_by(most + 1):
        return None
    for part in parts:
        part.start(grid.turn)
    fading = _Fading(has_luck=has_luck)
    terms: list[complex] = []
    for j in range(1, most + 1):
        if grid.ends_by(j) or j * grid.turn > furthest:
            break
        values = [part.following() for part in parts]
        cf = 0j
        for k, weight in common.items():
            blur = math.exp(-0.5 * (j * grid.turn * blurs[k]) ** 2)
            cf += weight * blur * math.prod([each[k] for each in values])
        terms.append(grid.term(j, cf))
        if fading.is_over(abs(cf)):
            break
    if must_fade and not grid.ends_by(len(terms) + 1) and not fading.has_faded and fading.size > loud:
        return None
    return Series(low=grid.low, length=grid.length, terms=tuple(terms), step=step)


@attrs.frozen(kw_only=True)
class _Grid:
    """The window that a sum is looked for in: smooth, or so many places of a lattice."""

    low: float
    length: float
    step: float = 0.0
    count: int = 0

    @classmethod
    def over(cls, window: tuple[float, float], step: float) -> _Grid:
        """The places of a lattice that a window holds, or the window itself."""
        low, high = window
        if not step:
            return cls(low=low, length=high - low)
        first = math.floor(low / step)
        count = math.ceil(high / step) - first + 1
        count += 1 - count % 2  # odd, so that no term stands alone
        return cls(low=first * step, length=count * step, step=step, count=count)

    @property
    def turn(self) -> float:
        """How far apart the t are."""
        return _TURN / self.length

    def ends_by(self, j: int) -> bool:
        """Whether the lattice has no j-th term: with those before it the series is whole."""
        return bool(self.step) and 2 * j >= self.count

    def term(self, j: int, cf: complex) -> complex:
        """The coefficient of the series, of the value of the characteristic function."""
        if self.step:
            return 2.0 * cf / (self.count * (1.0 - cmath.exp(-1j * self.turn * j * self.step)))
        return cf / (1j * math.pi * j)


class _Fading:
    """Whether a characteristic function has fallen so far that no more terms are needed."""

    def __init__(self, *, has_luck: bool) -> None:
        self._has_luck = has_luck
        self._quiet = self._low = 0
        self.size = 1.0

    @property
    def has_faded(self) -> bool:
        """Whether the last three values were next to nothing."""
        return self._quiet >= 3

    def is_over(self, size: float) -> bool:
        """Whether it is after one more value."""
        self.size = size
        self._quiet = self._quiet + 1 if size < (_FADED_ENOUGH if self._has_luck else _FADED) else 0
        self._low = self._low + 1 if self._has_luck and size < _LOW else 0
        return self.has_faded or self._low >= 24
