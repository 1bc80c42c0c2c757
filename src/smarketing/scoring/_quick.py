"""The flips of most leads, by the shortest way.

A matrix of one version with numbers that hold always, and a lead of one version, leave little to ask: a bound
is followed touch by touch, and from where it is at the number the score is read at each instant at which it
may have changed, until it is there.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise

import attrs

from smarketing.scoring._clock import MICROS
from smarketing.scoring._compile import NOBODY
from smarketing.scoring._flip_terms import Flip, Rearm
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._records import Stories
from smarketing.scoring._replay import FlipEvent, caused, rises_to, steady_flip
from smarketing.scoring._rising import Rising
from smarketing.scoring._story import NOTHING, Reading, Story, Versions, is_somebody

__all__ = ["Quick"]


@attrs.frozen
class Quick:
    """A matrix that lets flips be found by the shortest way.

    Attributes:
        matrix: The terms.
        rising: How high a score may have risen.
        flips: The numbers.
        until: Flips lie before this instant.
        stories: Where the leads' stories come from.
    """

    matrix: ScoringMatrix
    rising: Rising
    flips: tuple[Flip, ...]
    until: int
    stories: Stories

    @classmethod
    def of(cls, versions: Versions, until: int, stories: Stories) -> Quick | None:
        """The shortest way, where there is one."""
        nobody = Story(versions, NOTHING, NOTHING, NOTHING, MICROS)
        matrix = versions[-1][1]
        flips = [steady_flip(nobody, flip.campaign) for flip in matrix.flips]
        known = tuple(flip for flip in flips if flip is not None and flip.rearm is Rearm.NEVER)
        rising = Rising.of(matrix, stories.columns["touch"])
        if rising is None or len(known) < len(flips):
            return None
        return cls(matrix, rising, known, until, stories)

    def fits(self, story: Story) -> bool:
        """Whether a lead's story is one that the shortest way leads through."""
        return len(story.leads[0]) < 2 and len(story.accounts[0]) < 2

    def flips_of(self, in_rows: Story) -> Iterator[FlipEvent]:
        """The flips of one lead, at most one for each number, from its story told in rows."""
        chances = [(flip, self.rising.first_chance(in_rows, flip.points.micro)) for flip in self.flips]
        if all(chance is None for _, chance in chances):
            return
        story = self.stories.made(in_rows)
        instants = sorted(story.instants((self.matrix.turns,)))
        end = bisect_left(instants, self.until)
        lead, known_at = (story.leads[1][0], story.leads[0][0]) if story.leads[1] else (NOBODY, 0)
        account, told_at = (story.accounts[1][0], story.accounts[0][0]) if story.accounts[1] else (NOBODY, 0)
        starts, facts = story.touches
        score, rises = self.matrix.micros_scorer, self.matrix.turns.rises
        for flip, chance in chances:
            if chance is None:
                continue
            number = flip.points.micro
            ahead = [*instants[bisect_left(instants, chance) : end], self.until]
            for at, following in pairwise(ahead):
                who = lead if known_at <= at else NOBODY
                firm = account if who is not NOBODY and told_at <= at else NOBODY
                touches = facts[: bisect_right(starts, at)]
                excluded, total, parts = score(who, firm, touches, at + 1)
                if excluded >= 0 or (total < number and not rises):
                    continue
                if who is NOBODY and not is_somebody(self.matrix, touches, at + 1, MICROS):
                    continue
                reading = Reading(self.matrix, total, parts)
                if total >= number:
                    event: FlipEvent | None = caused(story, flip, at, reading)
                else:
                    event = rises_to(story, flip, reading, at, following)
                if event is not None:
                    yield event
                    break
