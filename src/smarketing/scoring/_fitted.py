"""Points fitted on the levels of some features, and how they fared on leads that they had not seen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from smarketing.estimates import (
    Auc,
    CalibrationRow,
    LevelFit,
    auc,
    calibration,
    fit_levels,
    log_loss,
    probability_of,
)
from smarketing.scoring._bins import Bins
from smarketing.scoring._history import History

__all__ = ["Columns", "Fitted", "PointsQuality", "Split", "columns_of", "fit_points"]

Columns = Mapping[str, Sequence[int]]
"""By feature, the level of every lead of a history."""


@attrs.frozen
class Split:
    """Which leads are learned from, and which the points are tried on.

    Attributes:
        train: Their numbers in the history.
        held_out: Those that are kept apart.
    """

    train: tuple[int, ...]
    held_out: tuple[int, ...]


@attrs.frozen(kw_only=True)
class PointsQuality:
    """How well points tell leads apart, and whether the odds that they stand for came true.

    Attributes:
        auc: The chance that a lead which turned out well has more points than one which did not.
        log_loss: The mean surprise at the outcomes, in nats.
        base_log_loss: The same for somebody who gives every lead the same probability.
        rows: Leads of like probability, from the least likely up: announced against observed.
    """

    auc: Auc
    log_loss: float
    base_log_loss: float
    rows: tuple[CalibrationRow, ...]

    @property
    def calibration_error(self) -> float:
        """The mean difference between announced and observed shares, weighted by leads."""
        leads = sum(row.rate.trials for row in self.rows)
        gaps = (abs(row.expected * row.rate.trials - row.rate.successes) for row in self.rows)
        return math.fsum(gaps) / leads


@attrs.frozen(kw_only=True, eq=False)
class Fitted:
    """Points for the levels of features.

    Attributes:
        bins: The features.
        fit: The regression behind the points.
        factor: Points per unit of log-odds.
        points: By feature and level, whole points.
    """

    bins: tuple[Bins, ...]
    fit: LevelFit
    factor: float
    points: tuple[tuple[int, ...], ...]

    @property
    def constant(self) -> int:
        """The points that the rules leave out, since every lead has them."""
        pairs = zip(self.bins, self.points, strict=True)
        return sum(points[each.left_out] for each, points in pairs if each.left_out is not None)

    def probability(self, points: float) -> float:
        """The probability that a score stands for."""
        return probability_of((points + self.constant) / self.factor + self.fit.base)

    def totals(self, columns: Columns, numbers: Iterable[int]) -> list[int]:
        """What the rules give some leads."""
        pairs = [(points, columns[each.name]) for each, points in zip(self.bins, self.points, strict=True)]
        constant = self.constant
        return [sum(points[column[number]] for points, column in pairs) - constant for number in numbers]

    def quality(self, columns: Columns, numbers: Sequence[int], outcomes: Sequence[bool]) -> PointsQuality:
        """How well the points do on some leads, of both outcomes."""
        probabilities = [self.probability(points) for points in self.totals(columns, numbers)]
        ranked, loss = auc(probabilities, outcomes), log_loss(probabilities, outcomes)
        share = sum(outcomes) / len(outcomes)
        base = log_loss([share] * len(outcomes), outcomes)
        if ranked is None or loss is None or base is None:
            raise ValueError("leads of one outcome alone cannot be told apart")
        return PointsQuality(
            auc=ranked, log_loss=loss, base_log_loss=base, rows=calibration(probabilities, outcomes)
        )


def column_of(history: History, bins: Bins) -> Sequence[Any]:
    """The values that a feature is cut from."""
    kind: str | None = getattr(bins, "kind", None)
    return history.fields[bins.name] if kind is None else history.touches[kind]


def columns_of(history: History, bins: Iterable[Bins]) -> dict[str, list[int]]:
    """By feature, the level of every lead."""
    found: dict[str, list[int]] = {}
    for each in bins:
        values = column_of(history, each)
        known: dict[tuple[type, Any], int] = {}
        found[each.name] = [
            known[key] if (key := (type(value), value)) in known else known.setdefault(key, each.level(value))
            for value in values
        ]
    return found


def fit_points(
    bins: Sequence[Bins],
    columns: Columns,
    numbers: Sequence[int],
    outcomes: Sequence[bool],
    *,
    ridge: float,
    factor: float,
    tolerance: float = 0.0005,
) -> Fitted:
    """The points of some features, from the leads that are learned from."""
    chosen = [columns[each.name] for each in bins]
    records = list(zip(*([column[number] for number in numbers] for column in chosen), strict=True))
    counts = [len(each.labels) for each in bins]
    fit = fit_levels(records, outcomes, level_counts=counts, ridge=ridge, tolerance=tolerance)
    points = tuple(tuple(math.floor(factor * weight + 0.5) for weight in own) for own in fit.weights)
    return Fitted(bins=tuple(bins), fit=fit, factor=factor, points=points)
