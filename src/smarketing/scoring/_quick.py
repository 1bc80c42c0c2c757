"""The flips of most leads, by the shortest way.

A matrix of one version with numbers that hold always, and a lead of one version, leave little to ask: halving
finds the first instant at which the loosest reading is at the number, and from there on the score is read at
each instant at which it may have changed, until it is there.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

import attrs

from smarketing.scoring._clock import MICROS
from smarketing.scoring._compile import NOBODY
from smarketing.scoring._flip_terms import Flip, Rearm
from smarketing.scoring._loose import loosened
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._replay import FlipEvent, caused, steady_flip
from smarketing.scoring._story import NOTHING, Story, Versions, is_somebody

__all__ = ["Quick"]


@attrs.frozen
class Quick:
    """A matrix that lets flips be found by the shortest way.

    Attributes:
        matrix: The terms.
        loose: Their loosest reading.
        flips: The numbers.
        until: Flips lie before this instant.
    """

    matrix: ScoringMatrix
    loose: ScoringMatrix
    flips: tuple[Flip, ...]
    until: int

    @classmethod
    def of(cls, versions: Versions, until: int) -> Quick | None:
        """The shortest way, where there is one."""
        nobody = Story(versions, NOTHING, NOTHING, NOTHING, MICROS)
        matrix = versions[-1][1]
        loose = loosened(matrix)
        flips = [steady_flip(nobody, flip.campaign) for flip in matrix.flips]
        known = tuple(flip for flip in flips if flip is not None and flip.rearm is Rearm.NEVER)
        if loose is None or len(known) < len(flips) or matrix.turns.rises:
            return None
        return None if any(flip.points.micro <= 0 for flip in known) else cls(matrix, loose, known, until)

    def fits(self, story: Story) -> bool:
        """Whether a lead's story is one that the shortest way leads through."""
        return len(story.leads[0]) < 2 and len(story.accounts[0]) < 2

    def flips_of(self, story: Story) -> Iterator[FlipEvent]:
        """The flips of one lead, at most one for each number."""
        instants = sorted(story.instants((self.matrix.turns,)))
        end = bisect_left(instants, self.until)
        lead, known_at = (story.leads[1][0], story.leads[0][0]) if story.leads[1] else (NOBODY, 0)
        account, told_at = (story.accounts[1][0], story.accounts[0][0]) if story.accounts[1] else (NOBODY, 0)
        starts, facts = story.touches
        loose, score = self.loose.micros_scorer, self.matrix.micros_scorer
        for flip in self.flips:
            number = flip.points.micro
            low, high = 0, end
            while low < high:
                middle = (low + high) // 2
                at = instants[middle]
                touches = facts[: bisect_right(starts, at)]
                if loose(lead, account, touches, at + 1)[1] >= number:
                    high = middle
                else:
                    low = middle + 1
            for at in instants[low:end]:
                who = lead if known_at <= at else NOBODY
                firm = account if who is not NOBODY and told_at <= at else NOBODY
                touches = facts[: bisect_right(starts, at)]
                excluded, total, _ = score(who, firm, touches, at + 1)
                if excluded >= 0 or total < number:
                    continue
                if who is NOBODY and not is_somebody(self.matrix, touches, at + 1, MICROS):
                    continue
                reading = story.read(at)
                if reading is not None:
                    yield caused(story, flip, at, reading)
                break
