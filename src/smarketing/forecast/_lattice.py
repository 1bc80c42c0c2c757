"""Sums of few deals, exactly: every sum that can come out, with its chance.

With few deals revenue jumps from one sum to the next, and no smooth curve describes it. While the sums are
few each is kept as it is; where there would be thousands they are kept on a lattice, on which every amount is
shared between its two neighbours so that no mean moves.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import floor

import attrs

__all__ = ["Atoms", "atoms_of"]

_MOST_ATOMS = 4_096
_NOTHING = 1e-12
_NEAR = 1e-9  # what adding amounts in another order may change

Mix = Sequence[tuple[float, Sequence[float]]]
"""Some cases: the chance of each, and the win probability of every deal in it."""


@attrs.frozen(kw_only=True)
class Atoms:
    """A distribution that sits on points.

    Attributes:
        places: The points, ascending.
        below: For each, the chance of it or less.
    """

    places: tuple[float, ...] = attrs.field(repr=False)
    below: tuple[float, ...] = attrs.field(repr=False)

    def cdf(self, x: float) -> float:
        """The chance of no more than x."""
        found = bisect_right(self.places, x + _NEAR)
        return self.below[found - 1] if found else 0.0

    def chance_of(self, x: float) -> float:
        """The chance of no less than x."""
        found = bisect_left(self.places, x - _NEAR)
        return 1.0 - self.below[found - 1] if found else 1.0

    def quantile(self, share: float) -> float:
        """The least point of which the chance of no more reaches a share."""
        return self.places[min(bisect_left(self.below, share - 1e-12), len(self.places) - 1)]

    @classmethod
    def of(cls, masses: Iterable[tuple[float, float]]) -> Atoms:
        """From the mass of each point."""
        ordered = sorted(masses)
        whole = sum(mass for _, mass in ordered)
        return cls(
            places=tuple(place for place, _ in ordered),
            below=tuple(total / whole for total in accumulate(mass for _, mass in ordered)),
        )


def atoms_of(amounts: Sequence[float], mix: Mix, step: float) -> Atoms:
    """The distribution of the sum of the amounts that are won.

    Args:
        amounts: What each deal brings if it is won.
        mix: The cases to average over.
        step: The width of the lattice, where one is needed.
    """
    together: dict[float, float] = {}
    most = _MOST_ATOMS // len(mix)
    for chance, probabilities in mix:
        for place, mass in _sums(amounts, probabilities, step, most):
            together[place] = together.get(place, 0.0) + chance * mass
    return Atoms.of(together.items())


def _sums(
    amounts: Sequence[float], probabilities: Sequence[float], step: float, most: int
) -> Iterable[tuple[float, float]]:
    deals = sorted(zip(amounts, probabilities, strict=True), key=lambda deal: (-abs(deal[0]), deal))
    exact: dict[float, float] = {0.0: 1.0}
    for place, (amount, won) in enumerate(deals):
        if len(exact) > most:
            return _on_lattice(exact, deals[place:], step)
        following: dict[float, float] = {}
        for at, mass in exact.items():
            following[at] = following.get(at, 0.0) + mass * (1.0 - won)
            following[at + amount] = following.get(at + amount, 0.0) + mass * won
        exact = {at: mass for at, mass in following.items() if mass > _NOTHING}
    return exact.items()


def _on_lattice(
    exact: dict[float, float], deals: Sequence[tuple[float, float]], step: float
) -> Iterable[tuple[float, float]]:
    first = floor(min(exact) / step)
    masses = [0.0] * (floor(max(exact) / step) - first + 2)
    for at, mass in exact.items():
        cell = floor(at / step)
        part = at / step - cell
        masses[cell - first] += mass * (1.0 - part)
        masses[cell - first + 1] += mass * part
    for amount, won in deals:
        cells = floor(amount / step)
        part = amount / step - cells
        first, masses = _with_deal(first, masses, cells, part, won)
    return (((first + k) * step, mass) for k, mass in enumerate(masses) if mass > 0.0)


def _with_deal(
    first: int, masses: list[float], cells: int, part: float, won: float
) -> tuple[int, list[float]]:
    """One more deal, which moves mass by a number of cells and a part of one."""
    low, high = min(0, cells), max(0, cells + 1)
    columns = [[0.0] * (by - low) + masses + [0.0] * (high - by) for by in (0, cells, cells + 1)]
    stays, near, far = 1.0 - won, won * (1.0 - part), won * part
    summed = [stays * a + near * b + far * c for a, b, c in zip(*columns, strict=True)]
    start, end = 0, len(summed)
    nothing = 0.0
    while (nothing := nothing + summed[start]) < _NOTHING:
        start += 1
    nothing = 0.0
    while (nothing := nothing + summed[end - 1]) < _NOTHING:
        end -= 1
    return first + low + start, summed[start:end]
