"""How sure a probability is: how many deals it rests on, its own and those that it borrows from."""

from __future__ import annotations

from collections.abc import Mapping

from smarketing.estimates import Interval, ShrunkHazards, beta_quantile
from smarketing.forecast._chain import Path

__all__ = ["interval_around", "worth_of"]

_DEFAULT_WORTH = 2.0  # an agreed probability is worth so many deals when it is asked how sure it is


def worth_of(stages: Mapping[str, ShrunkHazards], path: Path, stage: str, weight: float) -> float:
    """How many deals a probability rests on: those that left the cell, and what it borrows."""
    worth = _DEFAULT_WORTH
    hazards = stages.get(stage)
    if hazards is None:
        return worth
    for depth in range(len(path) + 1):
        cell = hazards.cells.get(path[:depth])
        left = sum(map(sum, cell.ended.values())) if cell else 0
        borrowed = worth if not depth else weight * worth / (weight + worth)
        worth = left + borrowed
    return worth


def interval_around(share: float, worth: float, level: float) -> Interval:
    """The equal-tailed range of a beta distribution around a share that is worth so many deals."""
    tail = 0.5 * (1.0 - level)
    a, b = share * worth + 0.5, (1.0 - share) * worth + 0.5
    return Interval(beta_quantile(tail, a, b), beta_quantile(1.0 - tail, a, b))
