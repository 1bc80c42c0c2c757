"""How good announced probabilities were, from counts: each row stands for so many deals alike."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from smarketing.estimates import CalibrationRow, Rate

__all__ = [
    "Told",
    "bias_share",
    "brier",
    "calibration_rows",
    "calibration_slope",
    "loss_difference",
    "mean_loss",
]

_TINY = 1e-12
_PARTS = 10


class Told(NamedTuple):
    """A probability that was announced of some deals, and how many of them were won."""

    probability: float
    deals_count: int
    won_count: int


def mean_loss(told: Sequence[Told]) -> float | None:
    """The mean surprise, in nats; None where nothing was told."""
    deals = sum(each.deals_count for each in told)
    if not deals:
        return None
    return math.fsum(each.won_count * _of_win(each) + _lost(each) * _of_none(each) for each in told) / deals


def brier(told: Sequence[Told]) -> float | None:
    """The mean squared distance from what happened (Brier 1950)."""
    deals = sum(each.deals_count for each in told)
    if not deals:
        return None
    squares = (
        each.won_count * (1.0 - each.probability) ** 2 + _lost(each) * each.probability**2 for each in told
    )
    return math.fsum(squares) / deals


def bias_share(told: Sequence[Told]) -> float | None:
    """By how much the expected total was off, as a share of what was won; None where nothing was."""
    won = sum(each.won_count for each in told)
    expected = math.fsum(each.probability * each.deals_count for each in told)
    return expected / won - 1.0 if won else None


def loss_difference(one: Sequence[Told], other: Sequence[Told]) -> tuple[float, float] | None:
    """The mean loss of one less that of another on the same deals, and its standard error."""
    deals = sum(each.deals_count for each in one)
    if not deals:
        return None
    sums, squares = [], []
    for first, second in zip(one, other, strict=True):
        win, none = _of_win(first) - _of_win(second), _of_none(first) - _of_none(second)
        sums.append(first.won_count * win + _lost(first) * none)
        squares.append(first.won_count * win * win + _lost(first) * none * none)
    mean = math.fsum(sums) / deals
    return mean, math.sqrt(max(0.0, math.fsum(squares) / deals - mean * mean) / deals)


def calibration_rows(told: Iterable[Told], parts: int = _PARTS) -> tuple[CalibrationRow, ...]:
    """Announced against observed, in parts of about as many deals; equal probabilities stay together."""
    alike: dict[float, list[int]] = {}
    for each in told:
        counts = alike.setdefault(each.probability, [0, 0])
        counts[0] += each.deals_count
        counts[1] += each.won_count
    deals = sum(count for count, _ in alike.values())
    found: list[CalibrationRow] = []
    part: list[tuple[float, int, int]] = []
    seen = 0
    for probability in sorted(alike):
        count, won = alike[probability]
        part.append((probability, count, won))
        seen += count
        if seen * parts >= deals * (len(found) + 1):
            found.append(_row(part))
            part = []
    return (*found, _row(part)) if part else tuple(found)


def calibration_slope(told: Sequence[Told]) -> tuple[float, float] | None:
    """Intercept and slope of what happened over the log-odds announced: 0 and 1 where they can be trusted.

    A slope below 1 says that probabilities are too extreme. By Newton's method on the logistic likelihood
    (Cox 1958); None where all probabilities are alike, or all deals ended alike.
    """
    points = [(_logit(each.probability), each.deals_count, each.won_count) for each in told]
    deals, won = sum(n for _, n, _ in points), sum(w for *_, w in points)
    if not 0 < won < deals or len({x for x, *_ in points}) < 2:
        return None
    intercept, slope = 0.0, 1.0
    for _ in range(50):
        first = second = cross = square = weight = 0.0
        for x, n, w in points:
            p = 1.0 / (1.0 + math.exp(-min(max(intercept + slope * x, -500.0), 500.0)))
            spread = n * p * (1.0 - p)
            first, second = first + w - n * p, second + x * (w - n * p)
            weight, cross, square = weight + spread, cross + x * spread, square + x * x * spread
        determinant = weight * square - cross * cross
        if determinant <= 1e-12 * max(1.0, weight * square):
            return None
        step = (
            (square * first - cross * second) / determinant,
            (weight * second - cross * first) / determinant,
        )
        intercept, slope = intercept + step[0], slope + step[1]
        if max(map(abs, step)) < 1e-10:
            break
    return intercept, slope


def _row(part: Sequence[tuple[float, int, int]]) -> CalibrationRow:
    deals, won = sum(count for _, count, _ in part), sum(won for *_, won in part)
    mean = math.fsum(probability * count for probability, count, _ in part) / deals
    return CalibrationRow(part[0][0], part[-1][0], mean, Rate(won, deals))


def _logit(probability: float) -> float:
    inside = min(max(probability, 1e-9), 1.0 - 1e-9)
    return math.log(inside / (1.0 - inside))


def _lost(told: Told) -> int:
    return told.deals_count - told.won_count


def _of_win(told: Told) -> float:
    return -math.log(max(told.probability, _TINY))


def _of_none(told: Told) -> float:
    return -math.log(max(1.0 - told.probability, _TINY))
