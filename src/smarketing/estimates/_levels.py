"""Logistic regression on levels: what each level of each feature adds to the odds.

Every feature cuts the records into levels, of which each record has one (a missing value is a level too). The
levels of a feature are disjoint, so their block of the Hessian is diagonal, and an exact Newton step for the
whole feature needs two sums per level: Σ(y - p) and Σp(1 - p). Feature after feature, around and around:
no matrix is ever formed, and nothing is needed but the standard library.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from operator import add, mul

import attrs

__all__ = ["LevelFit", "fit_levels", "probability_of"]

_FARTHEST = 50.0  # how many steps at once are gone in the direction of the last cycle
_LONGEST_STEP = 3.0  # on the scale of log-odds; a longer one comes of a level that is nearly pure


@attrs.frozen
class LevelFit:
    """What was learned: the log-odds of success are `base` and the weight of each feature's level.

    Attributes:
        base: The log-odds of a record whose levels all weigh nothing.
        weights: For each feature, the weight of each of its levels; those that records have add up to 0.
        information: For each feature and level, Σp(1 - p): about so many records speak for the weight.
        cycles: How many times it went around the features.
        ridge: How strongly weights were pulled toward 0.
    """

    base: float
    weights: tuple[tuple[float, ...], ...]
    information: tuple[tuple[float, ...], ...]
    cycles: int
    ridge: float

    def shrinkage(self, feature: int, level: int) -> float:
        """How much of a level's weight the pull toward 0 took, from 0 to 1; 1 for a level that nobody has."""
        return self.ridge / (self.information[feature][level] + self.ridge)

    def log_odds(self, levels: Sequence[int]) -> float:
        """The log-odds of one record by its level of each feature; a level below 0 weighs nothing."""
        return self.base + sum(
            weights[level] for weights, level in zip(self.weights, levels, strict=True) if level >= 0
        )

    def probability(self, levels: Sequence[int]) -> float:
        """The probability of success of one record."""
        return probability_of(self.log_odds(levels))


def probability_of(log_odds: float) -> float:
    """The probability whose log-odds these are.

    Example:
        >>> probability_of(0.0)
        0.5
    """
    if log_odds >= 0.0:
        return 1.0 / (1.0 + math.exp(-min(log_odds, 700.0)))
    odds = math.exp(max(log_odds, -700.0))
    return odds / (1.0 + odds)


def fit_levels(
    records: Sequence[Sequence[int]],
    outcomes: Sequence[bool],
    *,
    level_counts: Sequence[int],
    ridge: float = 2.0,
    most_cycles: int = 100,
    tolerance: float = 1e-4,
) -> LevelFit:
    """Fit a ridge logistic regression on levels by block Newton.

    Minimises `Σ log-loss + ridge / 2 · Σ weight²`, the base left free, which is the objective of any other
    implementation on the same indicator columns, so that the answers agree.

    Args:
        records: For each record its level of each feature, counted from 0; below 0 for none.
        outcomes: For each record whether it succeeded.
        level_counts: For each feature how many levels it has.
        ridge: How strongly weights are pulled toward 0; about so many records' worth.
        most_cycles: When to stop at the latest.
        tolerance: Stop when no weight moved further in a cycle.

    Raises:
        ValueError: There are no records, all of them have one outcome, or the ridge is not positive.

    Example:
        Of forty by referral thirty succeed, of sixty others fifteen:

        >>> records = [(0,)] * 40 + [(1,)] * 60
        >>> outcomes = [True] * 30 + [False] * 10 + [True] * 15 + [False] * 45
        >>> fit = fit_levels(records, outcomes, level_counts=(2,))
        >>> round(fit.probability((0,)), 3), round(fit.probability((1,)), 3)
        (0.705, 0.28)
    """
    if not ridge > 0.0:
        raise ValueError(f"the ridge is {ridge}: give a number above 0, or pure levels weigh without end")
    successes = sum(map(bool, outcomes))
    if not 0 < successes < len(outcomes):
        raise ValueError(f"{successes} of {len(outcomes)} records succeeded: there is nothing to tell apart")
    descent = _Descent(_grouped(records, outcomes), level_counts, ridge)
    cycle = 0
    for cycle in range(1, most_cycles + 1):  # noqa: B007 -- the last one is reported
        before = descent.place
        if descent.cycle() < tolerance:
            break
        descent.go_on_from(before)
    information = (
        tuple(descent.slopes(column, len(own))[1])
        for column, own in zip(descent.columns, descent.weights, strict=True)
    )
    return LevelFit(descent.base, tuple(map(tuple, descent.weights)), tuple(information), cycle, ridge)


_Groups = list[tuple[tuple[int, ...], int, int]]
"""By the levels that records share: how many there are, and how many of them succeeded."""


@attrs.frozen
class _Place:
    """Where a descent has come to."""

    base: float
    weights: list[list[float]]
    odds: list[float]


class _Descent:
    """The way down to the least loss, feature after feature."""

    def __init__(self, groups: _Groups, level_counts: Sequence[int], ridge: float) -> None:
        self.counts, self.won = [count for _, count, _ in groups], [won for _, _, won in groups]
        self.columns = [[levels[place] for levels, _, _ in groups] for place in range(len(level_counts))]
        self.weights = [[0.0] * count for count in level_counts]
        self.ridge = ridge
        successes = sum(self.won)
        self.base = math.log(successes / (sum(self.counts) - successes))
        self.odds = [self.base] * len(groups)

    @property
    def place(self) -> _Place:
        return _Place(self.base, [[*own] for own in self.weights], self.odds)

    def cycle(self) -> float:
        """Once around the features; how far the weight went that went furthest."""
        furthest = 0.0
        for column, own in zip(self.columns, self.weights, strict=True):
            slopes, curves = self.slopes(column, len(own))
            steps = [
                _held((slope - self.ridge * weight) / (curve + self.ridge))
                for slope, curve, weight in zip(slopes, curves, own, strict=True)
            ]
            furthest = max(furthest, *map(abs, steps))
            own[:] = map(add, own, steps)
            steps.append(0.0)  # what a level below 0 finds
            self.odds = [odd + steps[level] for odd, level in zip(self.odds, column, strict=True)]
            if min(column) >= 0:  # what all have in common belongs to the base, where it costs nothing
                self.base += _centred(own, curves)
        step = self._base_step()
        self.base += step
        self.odds = [odd + step for odd in self.odds]
        return max(furthest, abs(step))

    def go_on_from(self, before: _Place) -> None:
        """Go on, as far as it leads down, in the direction that the last cycle took.

        Features that tell much the same pass their weight on to each other in ever smaller steps of one
        direction; this takes many of them at once.
        """
        ways = [odd - was for odd, was in zip(self.odds, before.odds, strict=True)]
        turns = [
            [now - was for now, was in zip(own, earlier, strict=True)]
            for own, earlier in zip(self.weights, before.weights, strict=True)
        ]
        slope = curve = 0.0
        for probability, count, won, way in zip(
            _probabilities(self.odds), self.counts, self.won, ways, strict=True
        ):
            expected = count * probability
            slope += way * (won - expected)
            curve += way * way * expected * (1.0 - probability)
        for own, turn in zip(self.weights, turns, strict=True):
            slope -= self.ridge * sum(map(mul, own, turn))
            curve += self.ridge * sum(map(mul, turn, turn))
        length = min(max(slope / curve, 0.0), _FARTHEST) if curve > 0.0 else 0.0
        self.odds = [odd + length * way for odd, way in zip(self.odds, ways, strict=True)]
        self.base += length * (self.base - before.base)
        for own, turn in zip(self.weights, turns, strict=True):
            own[:] = (weight + length * change for weight, change in zip(own, turn, strict=True))

    def slopes(self, column: Sequence[int], size: int) -> tuple[list[float], list[float]]:
        """The two sums of each level of one feature, Σ(y - p) and Σp(1 - p), all others held."""
        slopes, curves = [0.0] * (size + 1), [0.0] * (size + 1)  # the last is what a level below 0 finds
        for level, probability, count, won in zip(
            column, _probabilities(self.odds), self.counts, self.won, strict=True
        ):
            expected = count * probability
            slopes[level] += won - expected
            curves[level] += expected * (1.0 - probability)
        return slopes[:-1], curves[:-1]

    def _base_step(self) -> float:
        slope = curve = 0.0
        for probability, count, won in zip(_probabilities(self.odds), self.counts, self.won, strict=True):
            expected = count * probability
            slope += won - expected
            curve += expected * (1.0 - probability)
        return _held(slope / max(curve, 1e-9))


def _grouped(records: Sequence[Sequence[int]], outcomes: Sequence[bool]) -> _Groups:
    """Records of the same levels together."""
    counted = Counter(
        (tuple(levels), bool(outcome)) for levels, outcome in zip(records, outcomes, strict=True)
    )
    seen = dict.fromkeys(levels for levels, _ in counted)
    return [
        (levels, counted[levels, True] + counted[levels, False], counted[levels, True]) for levels in seen
    ]


def _centred(weights: list[float], curves: Sequence[float]) -> float:
    """Take away what the levels that records have weigh on average, and say how much that is."""
    held = [level for level, curve in enumerate(curves) if curve > 0.0]
    middle = math.fsum(weights[level] for level in held) / len(held)
    for level in held:
        weights[level] -= middle
    return middle


def _probabilities(odds: Sequence[float]) -> list[float]:
    exp = math.exp  # no log-odds come near what it cannot take: each step is held
    return [1.0 / (1.0 + exp(-odd)) for odd in odds]


def _held(step: float) -> float:
    return max(-_LONGEST_STEP, min(_LONGEST_STEP, step))
