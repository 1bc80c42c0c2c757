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
from operator import add

import attrs

__all__ = ["LevelFit", "fit_levels", "probability_of"]

_LONGEST_STEP = 3.0  # on the scale of log-odds; a longer one comes of a level that is nearly pure


@attrs.frozen
class LevelFit:
    """What was learned: the log-odds of success are `base` and the weight of each feature's level.

    Attributes:
        base: The log-odds of a record whose levels all weigh nothing.
        weights: For each feature, the weight of each of its levels; those of a feature add up to 0.
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
    groups = _grouped(records, outcomes)
    counts, won = [count for _, count, _ in groups], [won for _, _, won in groups]
    columns = [[levels[place] for levels, _, _ in groups] for place in range(len(level_counts))]
    base = math.log(successes / (len(outcomes) - successes))
    odds = [base] * len(groups)
    weights = [[0.0] * count for count in level_counts]
    cycle = 0
    for cycle in range(1, most_cycles + 1):  # noqa: B007 -- the last one is reported
        furthest = 0.0
        for column, own in zip(columns, weights, strict=True):
            slopes, curves = _slopes(column, len(own), odds, counts, won)
            steps = [
                _held((slope - ridge * weight) / (curve + ridge))
                for slope, curve, weight in zip(slopes, curves, own, strict=True)
            ]
            furthest = max(furthest, *map(abs, steps))
            own[:] = map(add, own, steps)
            steps.append(0.0)  # what a level below 0 finds
            odds = [
                odd + steps[level] if level >= 0 else odd for odd, level in zip(odds, column, strict=True)
            ]
            if min(column) >= 0:  # what all have in common belongs to the base, where it costs nothing
                middle = sum(own) / len(own)
                own[:] = (weight - middle for weight in own)
                base += middle
        step = _base_step(odds, counts, won)
        base += step
        odds = [odd + step for odd in odds]
        if max(furthest, abs(step)) < tolerance:
            break
    information = (
        tuple(_slopes(column, len(own), odds, counts, won)[1])
        for column, own in zip(columns, weights, strict=True)
    )
    return LevelFit(base, tuple(map(tuple, weights)), tuple(information), cycle, ridge)


def _grouped(
    records: Sequence[Sequence[int]], outcomes: Sequence[bool]
) -> list[tuple[tuple[int, ...], int, int]]:
    """Records of the same levels together: their levels, how many, and how many of them succeeded."""
    counted = Counter(
        (tuple(levels), bool(outcome)) for levels, outcome in zip(records, outcomes, strict=True)
    )
    seen = dict.fromkeys(levels for levels, _ in counted)
    return [
        (levels, counted[levels, True] + counted[levels, False], counted[levels, True]) for levels in seen
    ]


def _slopes(
    column: Sequence[int], size: int, odds: Sequence[float], counts: Sequence[int], won: Sequence[int]
) -> tuple[list[float], list[float]]:
    """The two sums of each level of one feature, Σ(y - p) and Σp(1 - p), all others held."""
    slopes, curves = [0.0] * (size + 1), [0.0] * (size + 1)  # the last is what a level below 0 finds
    for level, probability, count, successes in zip(column, _probabilities(odds), counts, won, strict=True):
        expected = count * probability
        slopes[level] += successes - expected
        curves[level] += expected * (1.0 - probability)
    return slopes[:-1], curves[:-1]


def _probabilities(odds: Sequence[float]) -> list[float]:
    exp = math.exp  # no log-odds come near what it cannot take: each step is held
    return [1.0 / (1.0 + exp(-odd)) for odd in odds]


def _held(step: float) -> float:
    return max(-_LONGEST_STEP, min(_LONGEST_STEP, step))


def _base_step(odds: Sequence[float], counts: Sequence[int], won: Sequence[int]) -> float:
    slope = curve = 0.0
    for probability, count, successes in zip(_probabilities(odds), counts, won, strict=True):
        slope += successes - count * probability
        curve += count * probability * (1.0 - probability)
    return _held(slope / max(curve, 1e-9))
