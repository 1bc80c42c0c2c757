"""What moves many win probabilities at once: the luck of a period, and how little a source is known.

Both are shifts on the logit. The period's luck is the same for all deals, a Student t; what is not known of a
source is the same for its deals, a normal. Each is written as bells on evenly spaced shifts, half as wide as
they are apart, so that the mixture is smooth however narrow revenue would be at a known shift; beyond four
units of luck they stand ever farther apart. 31 bells are enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from operator import mul
from typing import TypeVar, cast

import attrs

__all__ = ["Kernel", "Luck", "Shifts", "centred", "common_nodes", "logistic", "logit", "shifts_of"]

_NEAR = 8
_FAR = (10, 12, 15, 19, 25, 34, 48)
_MOST = 12.0  # logits: beyond that every deal is won, or none is
_CENTRE = 8  # steps of luck beyond which what is not known of a source makes no difference any more

Kernel = Mapping[int, float]
"""Weights by whole numbers of steps on the logit; they add to 1."""
_Number = TypeVar("_Number", float, complex)


@attrs.frozen(kw_only=True)
class Luck:
    """The luck that all deals of a period share, on the logit: `sd` times a Student t.

    Attributes:
        sd: Its scale in logits; 0 where periods do not differ by more than chance.
        freedom: The degrees of freedom of the t: one less than the past periods that it was learned from.
    """

    sd: float
    freedom: int

    def __attrs_post_init__(self) -> None:
        if not (math.isfinite(self.sd) and self.sd >= 0.0) or self.freedom < 1:
            raise ValueError(
                f"luck of sd {self.sd} with {self.freedom} degrees of freedom cannot be: "
                "give a scale of 0 or more and at least 1 degree"
            )


def logistic(x: float) -> float:
    """The probability whose logit is x, without overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    odds = math.exp(x)
    return odds / (1.0 + odds)


def logit(won: float) -> float:
    """The logarithm of the odds."""
    return math.log(won) - math.log1p(-won)


@attrs.frozen(kw_only=True, eq=False)
class Shifts:
    """The shifts of one source's deals: around each that all deals share, those of the source alone.

    Attributes:
        step: The width of the grid, in logits.
        places: Where on the grid the source may be, ascending.
        weights: How likely it is to be at each.
        paths: For each shift that all share, the places (by their position) that the source may be at then,
            and how likely it is to be there.
        width: How wide the bell around each place is, in steps.
    """

    step: float
    places: tuple[int, ...] = attrs.field(repr=False)
    weights: tuple[float, ...] = attrs.field(repr=False)
    paths: Mapping[int, tuple[tuple[int, ...], tuple[float, ...]]] = attrs.field(repr=False)
    width: float
    _offsets: dict[int, float] = attrs.field(factory=dict, init=False, repr=False)

    def shifted(self, chances: Sequence[float]) -> list[list[float]]:
        """The chances at each place, such that over all places each is on average what it was."""
        if len(self.places) == 1:
            return [[*chances]]
        kernel = dict(zip(self.places, self.weights, strict=True))
        moved = centred([logit(won) for won in chances], self.step, kernel, self._offsets)
        return [[logistic(x + place * self.step) for x in moved] for place in self.places]

    def averaged(self, values: Sequence[_Number]) -> dict[int, _Number]:
        """For each shift that all share, the mean of what is known at each place."""
        return {
            k: values[positions[0]]
            if len(positions) == 1
            else cast("_Number", sum(map(mul, weights, [values[position] for position in positions])))
            for k, (positions, weights) in self.paths.items()
        }


@lru_cache(maxsize=256)
def shifts_of(luck: Luck | None, logit_sd: float) -> Shifts:
    """The shifts under common luck of a source of which so little is known; worked out once for each."""
    step, common, _ = common_nodes(luck)
    own, width = own_kernel(logit_sd, step)
    paths = {
        k: [(k + j, weight) for j, weight in (own if abs(k) <= _CENTRE else {0: 1.0}).items()] for k in common
    }
    mixed: dict[int, float] = {}
    for k, path in paths.items():
        for place, weight in path:
            mixed[place] = mixed.get(place, 0.0) + common[k] * weight
    places = tuple(sorted(mixed))
    position = {place: at for at, place in enumerate(places)}
    return Shifts(
        step=step or 0.5 * logit_sd,
        places=places,
        weights=tuple(mixed[place] for place in places),
        paths={
            k: (tuple(position[place] for place, _ in path), tuple(weight for _, weight in path))
            for k, path in paths.items()
        },
        width=width,
    )


@lru_cache(maxsize=64)
def common_nodes(luck: Luck | None) -> tuple[float, Kernel, Kernel]:
    """The step in logits, half a unit of luck; the weights and the widths (in steps) of the bells."""
    if luck is None or luck.sd == 0.0:
        return 0.0, {0: 1.0}, {0: 0.0}
    step = 0.5 * luck.sd
    places = [*range(-_NEAR, _NEAR + 1), *_FAR, *(-far for far in _FAR)]
    places = sorted(place for place in places if abs(place) <= _NEAR or abs(place) * step <= _MOST)
    density = _student(luck.freedom)
    edges = [0.5 * (a + b) for a, b in pairwise(places)]
    edges = [2 * places[0] - edges[0], *edges, 2 * places[-1] - edges[-1]]
    weights: dict[int, float] = {}
    for place, (low, high) in zip(places, pairwise(edges), strict=True):
        mass = _mass(density, 0.5 * low, 0.5 * high)
        if abs(place) < _NEAR:
            mass = 0.5 * _sharpened(lambda k: density(0.5 * k), place)
        if mass > 1e-9:
            weights[place] = mass
    whole = math.fsum(weights.values())
    widths = {place: 0.5 * (high - low) for place, (low, high) in zip(places, pairwise(edges), strict=True)}
    return step, {place: mass / whole for place, mass in weights.items()}, widths


def own_kernel(sd: float, step: float) -> tuple[Kernel, float]:
    """A normal shift as bells on a grid of steps, and their width; alone on its grid where `step` is 0."""
    if sd <= 0.0:
        return {0: 1.0}, 0.0
    if sd <= step:  # hidden by the common bells: its variance is all that counts
        side = 0.5 * (sd / step) ** 2
        return {-1: side, 0: 1.0 - 2.0 * side, 1: side}, 0.0
    stride = max(1, round(0.5 * sd / step)) if step else 1
    unit = stride * step / sd if step else 0.5
    reach = math.ceil(4.2 / unit)
    weights = {
        stride * k: max(0.0, _sharpened(lambda place: math.exp(-0.5 * (place * unit) ** 2), k))
        for k in range(-reach, reach + 1)
    }
    whole = math.fsum(weights.values())
    return {place: weight / whole for place, weight in weights.items()}, 0.5 * stride


def _sharpened(density: Callable[[float], float], place: float) -> float:
    """The weight at a place so that bells half a step wide add up to the density (to the fourth order)."""
    here = density(place)
    return here - 0.125 * (density(place + 1.0) - 2.0 * here + density(place - 1.0))


def centred(
    logits: Sequence[float], step: float, weights: Kernel, offsets: dict[int, float] | None = None
) -> list[float]:
    """The logits moved so that each probability is still the mean over all shifts.

    A probability learned from history is a mean over the luck of many periods already; to add luck around it
    must not move it. Worked out on a grid of quarter logits, and linearly between.

    Args:
        logits: The logits.
        step: The width of a step.
        weights: How likely each shift is.
        offsets: By how much each quarter logit moves, as far as that was worked out already.
    """
    if len(weights) == 1:
        return [*logits]
    offsets = {} if offsets is None else offsets
    shifts = [(place * step, weight) for place, weight in sorted(weights.items())]
    moved: list[float] = []
    for logit in logits:
        low = math.floor(4.0 * logit)
        for place in (low, low + 1):
            if place not in offsets:
                offsets[place] = _offset(0.25 * place, shifts)
        part = 4.0 * logit - low
        moved.append(logit + (1.0 - part) * offsets[low] + part * offsets[low + 1])
    return moved


def _offset(logit: float, shifts: Sequence[tuple[float, float]]) -> float:
    """How far to move a logit so that the mean of its shifted probabilities is its own (Newton)."""
    target, offset = logistic(logit), 0.0
    for _ in range(30):
        shares = [(logistic(logit + offset + shift), weight) for shift, weight in shifts]
        mean = math.fsum(weight * share for share, weight in shares)
        slope = math.fsum(weight * share * (1.0 - share) for share, weight in shares)
        change = (mean - target) / slope if slope > 1e-300 else 0.0
        offset -= max(-1.0, min(1.0, change))
        if abs(change) < 1e-12:
            break
    return offset


def _student(freedom: int) -> Callable[[float], float]:
    """The density of Student's t, up to its constant."""
    power = -0.5 * (freedom + 1)
    return lambda x: math.exp(power * math.log1p(x * x / freedom))


def _mass(density: Callable[[float], float], low: float, high: float) -> float:
    """Simpson's rule in eight parts."""
    part = (high - low) / 8
    inner = math.fsum((4 if k % 2 else 2) * density(low + k * part) for k in range(1, 8))
    return part / 3 * (density(low) + inner + density(high))
