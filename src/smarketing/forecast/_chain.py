"""From hazards to chances: a deal moves between stages day by day, until it is won or lost.

In each stage a deal can be won, be lost, or move to another stage, with hazards that depend on its age and on
its group. Following it day by day through the stages (a Markov chain in discrete time; Andersen & Keiding
2002, "Multi-state models for event history analysis") gives the chance to be won within any number of days.
With one stage only it is the usual formula of competing risks, `(CIF(a + H) - CIF(a)) / S(a)`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TypeAlias

from smarketing.estimates import ShrunkHazards

__all__ = ["LOST", "WON", "Chain", "Path", "Rhythm", "move_to", "stage_of"]

WON, LOST = "won", "lost"
Path: TypeAlias = tuple[str, ...]
"""The values of the dimensions other than the stage; a blank where a value is not known."""
Rhythm: TypeAlias = Mapping[str, tuple[float, float, float]]
"""For won and lost, what the hazard is multiplied by in the first, second and third month of a quarter."""

_Matrix: TypeAlias = list[list[float]]
_STEPPED = 64  # powers up to this one are made one by one and kept; greater ones by squaring


def move_to(stage: str) -> str:
    """The name of a cause: to leave a stage for another one."""
    return f"to {stage}"


def stage_of(cause: str) -> str:
    """The stage that such a cause leads to."""
    return cause.removeprefix("to ")


class Chain:
    """The chances of deals of each group, stage and age; what was worked out once is kept.

    Args:
        parts: For each stage, the hazards of leaving it by each cause, by path.
        rhythm: Multipliers by month of the quarter, where there are any.
        today: The last day that is known: what can still happen begins on the next one.
    """

    def __init__(
        self, parts: Mapping[str, ShrunkHazards], rhythm: Rhythm | None = None, today: date = date.min
    ) -> None:
        self.stages = tuple(parts)
        self._parts, self._rhythm, self._today = parts, rhythm, today
        self._starts = next(iter(parts.values())).starts
        self._powers: dict[tuple[Path, int, int], list[_Matrix]] = {}
        self._kept: dict[tuple[Path, str, int, tuple[int, ...]], tuple[tuple[float, float], ...]] = {}

    def won_within(self, path: Path, stage: str, age: int, ends: Sequence[int]) -> tuple[float, ...]:
        """The chances to be won within each of the given numbers of days, ascending, for an open deal."""
        return tuple(won for won, _ in self.ended_within(path, stage, age, ends))

    def ended_within(
        self, path: Path, stage: str, age: int, ends: Sequence[int]
    ) -> tuple[tuple[float, float], ...]:
        """Likewise, the chances to be won and to be lost."""
        # In the tail one age is as another.
        key = path, stage, min(max(age, -1), self._starts[-1]), tuple(ends)
        if key not in self._kept:
            self._kept[key] = tuple(self._walk(*key))
        return self._kept[key]

    def _walk(self, path: Path, stage: str, age: int, ends: Sequence[int]) -> Iterator[tuple[float, float]]:
        size = len(self.stages)
        shares = [0.0] * (size + 2)
        shares[self.stages.index(stage)] = 1.0
        day = 0
        for end in ends:
            for bucket, month, days in self._spans(age, day, end):
                shares = _times(shares, self._power(path, bucket, month, days))
            day = max(day, end)
            yield shares[size], shares[size + 1]

    def _spans(self, age: int, day: int, end: int) -> Iterator[tuple[int, int, int]]:
        """The days after `day` up to `end` in runs of one age bucket and, with a rhythm, one month."""
        starts = self._starts
        while day < end:
            at = age + day + 1
            bucket = bisect_right(starts, at) - 1
            stop = end if bucket + 1 == len(starts) else min(end, starts[bucket + 1] - age - 1)
            month = -1
            if self._rhythm is not None:
                first = self._today + timedelta(days=day + 1)
                month = (first.month - 1) % 3
                following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
                stop = min(stop, (following - self._today).days - 1)
            yield bucket, month, stop - day
            day = stop

    def _power(self, path: Path, bucket: int, month: int, days: int) -> _Matrix:
        powers = self._powers.setdefault((path, bucket, month), [])
        if not powers:
            powers.append(self.one_day(path, bucket, month))
        if days > _STEPPED:
            return _raised(powers[0], days)
        while len(powers) < days:
            powers.append(_product(powers[-1], powers[0]))
        return powers[days - 1]

    def one_day(self, path: Path, bucket: int, month: int = -1) -> _Matrix:
        """What becomes of a deal in each stage within a day: stages, then won, then lost; rows add to 1."""
        size, age = len(self.stages), self._starts[bucket]
        rows = []
        for place, stage in enumerate(self.stages):
            hazards = self._parts[stage]
            row = [0.0] * (size + 2)
            for cause in hazards.causes:
                hazard = hazards.hazard(cause, age=age, group=path)
                if cause in {WON, LOST}:
                    factor = 1.0 if self._rhythm is None else self._rhythm[cause][month]
                    row[size if cause == WON else size + 1] = hazard * factor
                else:
                    row[self.stages.index(stage_of(cause))] = hazard
            row[place] = 0.0  # who moves to the stage that it is in stays
            leaving = sum(row)
            if leaving > 1.0:
                row = [each / leaving for each in row]
            row[place] = max(0.0, 1.0 - sum(row))
            rows.append(row)
        ended = [[0.0] * size + [1.0, 0.0], [0.0] * size + [0.0, 1.0]]
        return [*rows, *ended]


def _times(vector: Sequence[float], matrix: _Matrix) -> list[float]:
    columns = range(len(vector))
    held = [(share, matrix[place]) for place, share in enumerate(vector) if share]
    return [sum(share * row[column] for share, row in held) for column in columns]


def _product(one: _Matrix, other: _Matrix) -> _Matrix:
    return [_times(row, other) for row in one]


def _raised(matrix: _Matrix, power: int) -> _Matrix:
    """The matrix times itself, by squaring."""
    size = range(len(matrix))
    result = [[float(row == column) for column in size] for row in size]
    while power:
        if power & 1:
            result = _product(result, matrix)
        matrix = _product(matrix, matrix)
        power >>= 1
    return result
