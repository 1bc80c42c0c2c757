"""The record highs of each lead's score: when it first reached any number whatever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import attrs

from smarketing.frames import Frames
from smarketing.periods import to_micros
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._records import Stories
from smarketing.scoring._story import Story, versions_of

__all__ = ["Climb", "climbs_of"]


@attrs.frozen
class Climb:
    """One lead's record highs.

    Attributes:
        highs: Each instant, in microseconds, at which the score rose above all it had been, and the score.
        good_at: When the lead turned out well; None where it has not.
    """

    highs: tuple[tuple[int, int], ...]
    good_at: int | None

    def reached_at(self, micro: int) -> int | None:
        """When the score first was at a number or above; None if it never was."""
        return next((at for at, total in self.highs if total >= micro), None)

    def best_before(self, at: int) -> int | None:
        """The highest score before an instant; None where there was none."""
        return next((total for when, total in reversed(self.highs) if when < at), None)


def climbs_of(
    known: Frames, matrix: ScoringMatrix, good: Mapping[str, int], as_of: datetime
) -> Iterator[Climb]:
    """Each lead's climb up to the moment or, if that is earlier, until it turned out well."""
    end = to_micros(as_of)
    for lead_id, story in Stories(known, (matrix,)).told(versions_of(matrix)):
        good_at = good.get(lead_id)
        yield Climb(tuple(_highs(story, matrix, end if good_at is None else good_at)), good_at)


def _highs(story: Story, matrix: ScoringMatrix, until: int) -> Iterator[tuple[int, int]]:
    """The record highs before an instant, at the instants at which the score may change.

    Where points against a lead fade away, its score rises between two of them too; that is seen at the next.
    """
    best: int | None = None
    for at in sorted(at for at in story.instants([matrix.turns]) if at < until):
        reading = story.read(at)
        if reading is not None and reading.total is not None and (best is None or reading.total > best):
            best = reading.total
            yield at, best
