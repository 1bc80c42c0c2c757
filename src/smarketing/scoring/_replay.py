"""Flips: the first instant at which the score, as it could be read then, reaches the number.

A score is read again at each instant at which it may have changed. Between two of them every rule's points
move one way only, so the higher of both ends bounds them: that is how the one case is found in which a score
rises without any event, when points against a lead fade away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

import attrs

from smarketing.facts import Account, Flipped, Touch
from smarketing.origin import Origin
from smarketing.periods import from_micros, to_micros
from smarketing.scoring._flip_terms import Flip, Rearm
from smarketing.scoring._lines import total_of
from smarketing.scoring._rising import first_chance
from smarketing.scoring._story import Reading, Story
from smarketing.values import Points

__all__ = ["FlipCause", "FlipEvent", "caused", "flips_of", "replay", "rises_to", "steady_flip"]


class FlipCause(StrEnum):
    """What made a score reach the number."""

    TOUCH = "touch"
    LEAD = "lead"
    EXPIRY = "expiry"
    RULE_CHANGE = "rule_change"


@attrs.frozen
class FlipEvent:
    """A lead reached a flip number.

    Attributes:
        flip: The number, and what is agreed to be done.
        at: The instant of the cause.
        points: The score then.
        cause: A touch; a version of the lead or of its account; the expiry of something that stood against
            it; or a change of the rules.
        fact_id: The fact that was the cause, if one was.
        is_recorded: Whether it was recorded as a fact before.
    """

    flip: Flip
    at: datetime
    points: Points
    cause: FlipCause
    fact_id: str | None = None
    is_recorded: bool = False

    def fact(self, *, lead_id: str, score: str, known_at: datetime, origin: Origin | None = None) -> Flipped:
        """The fact to keep, for the host to act on. Nothing is stored here.

        Args:
            lead_id: Whose flip.
            score: The name of the score.
            known_at: When it was found, so that no earlier report knows of it.
            origin: Who says so; smarketing itself where none is given.
        """
        return Flipped(
            origin=origin or Origin(system="smarketing", table=Flipped.TABLE, record=lead_id),
            occurred_at=self.at,
            known_at=known_at,
            lead_id=lead_id,
            score=score,
            campaign_id=self.flip.campaign,
            score_points=self.points,
            flip_points=self.flip.points,
            cause=self.cause.value,
            cause_fact_id=self.fact_id,
        )


def replay(
    story: Story,
    campaign: str | None,
    until: int,
    *,
    recycled: Sequence[int] = (),
    after: int | None = None,
) -> Iterator[FlipEvent]:
    """The flips of one lead for one campaign before an instant, earliest first.

    Args:
        story: What is told of it.
        campaign: Whose number.
        until: Flips lie before this instant.
        recycled: When sales gave the lead back.
        after: The last flip that stands already; it has to be allowed to flip again.
    """
    steady = steady_flip(story, campaign)
    if steady is not None and steady.rearm is Rearm.NEVER and after is not None:
        return
    chance = after if after is not None else first_chance(story, campaign)
    if chance is None:
        return
    instants = sorted(at for at in _instants(story) if chance <= at < until)
    flipped_at, fell = after, False
    for at, following in pairwise([*instants, until]):
        flip = steady or _number(story, campaign, at)
        if flip is None or (after is not None and at <= after):
            continue
        fell = fell or (flipped_at is not None and flipped_at < at - 1 and _is_low(story, flip, at - 1))
        is_armed = flipped_at is None or _is_armed_again(story, flip, at, flipped_at, recycled, fell=fell)
        if not is_armed and (flip.margin is None or fell):
            if steady is not None and flip.rearm is Rearm.NEVER:
                return
            continue
        reading = story.read(at)
        if is_armed and reading is not None and reading.reaches(flip.points.micro):
            again = flipped_at is not None and flip.rearm is Rearm.ON_RECYCLE
            yield caused(story, flip, at, reading, by_fact=again)
            flipped_at, fell, is_armed = at, False, False
        fell = fell or (flipped_at is not None and flipped_at < at and _is_low(story, flip, at))
        is_armed = is_armed or (flip.rearm is Rearm.AFTER_FALL and fell)
        risen = rises_to(story, flip, reading, at, following) if is_armed and reading is not None else None
        if risen is not None:
            flipped_at, fell = to_micros(risen.at), False
            yield risen


def _instants(story: Story) -> set[int]:
    """Every instant at which the score may have changed."""
    changes = {start for start, _ in story.versions if start > -(2**62)}
    return changes | story.instants(matrix.turns for _, matrix in story.versions)


def steady_flip(story: Story, campaign: str | None) -> Flip | None:
    """The number of a campaign where it holds at all times; None where it may be another at some time."""
    if len(story.versions) != 1 or story.versions[0][0] > -(2**62):
        return None
    flip = next((flip for flip in story.versions[0][1].flips if flip.campaign == campaign), None)
    return None if flip is None or flip.starts_on is not None or flip.ends_on is not None else flip


def _number(story: Story, campaign: str | None, at: int) -> Flip | None:
    """The number of a campaign that is in force at an instant."""
    matrix = story.matrix_at(at)
    if matrix is None:
        return None
    flip = next((flip for flip in matrix.flips if flip.campaign == campaign), None)
    return flip if flip is not None and flip.holds_at(at, matrix.zone) else None


def _is_low(story: Story, flip: Flip, at: int) -> bool:
    """Whether the score has fallen by the margin below the number."""
    if flip.margin is None:
        return False
    reading = story.read(at)
    lowest = min(flip.points.micro - flip.margin.micro + 1, flip.points.micro)
    return reading is None or not reading.reaches(lowest)


def _is_armed_again(
    story: Story, flip: Flip, at: int, flipped_at: int, recycled: Iterable[int], *, fell: bool
) -> bool:
    """Whether a lead that has flipped may flip at an instant."""
    if flip.rearm is Rearm.ON_RECYCLE:
        its_own = (fact for fact in story.facts_at(at) if fact.TABLE != Account.TABLE)
        return any(flipped_at < back < at for back in recycled) and any(True for _ in its_own)
    return flip.rearm is Rearm.AFTER_FALL and fell


def caused(story: Story, flip: Flip, at: int, reading: Reading, *, by_fact: bool = False) -> FlipEvent:
    """The flip at an instant, with its cause: the facts of that instant are let in one by one.

    A lead that was given back flips again by a fact (`by_fact`), wherever its score stood before.
    """
    facts = list(story.facts_at(at))
    for number in range(int(by_fact), len(facts) + 1):
        short = story.read(at, without=facts[number:])
        if short is not None and short.reaches(flip.points.micro):
            if not number:
                return _event(flip, at, short, _of_time(story, at))
            fact = facts[number - 1]
            cause = FlipCause.TOUCH if fact.TABLE == Touch.TABLE else FlipCause.LEAD
            return _event(flip, at, short, cause, fact.id)
    return _event(flip, at, reading, FlipCause.EXPIRY)


def _of_time(story: Story, at: int) -> FlipCause:
    """What time alone did at an instant."""
    return FlipCause.RULE_CHANGE if at in _changes(story) else FlipCause.EXPIRY


def _changes(story: Story) -> set[int]:
    """The instants at which the matrix, or a rule or a number of it, begins or ends."""
    starts = {start for start, _ in story.versions}
    return starts.union(*(matrix.turns.instants for _, matrix in story.versions))


def _event(flip: Flip, at: int, reading: Reading, cause: FlipCause, fact_id: str | None = None) -> FlipEvent:
    return FlipEvent(flip, from_micros(at), Points(reading.total or 0), cause, fact_id or None)


def rises_to(story: Story, flip: Flip, reading: Reading, at: int, following: int) -> FlipEvent | None:
    """The flip between two instants without any fact: penalties fade, and the score rises to the number."""
    matrix = reading.matrix
    if not matrix.turns.rises or reading.total is None:
        return None
    if total_of(matrix, [max(0, part) for part in reading.parts]) < flip.points.micro:
        return None  # it would not be there with no penalty at all
    last = following - 1 - (following in _changes(story))  # as of that instant, other rules are in force
    risen = _first_reach(story.read, flip.points.micro, at + 1, last)
    return None if risen is None else _event(flip, *risen, FlipCause.EXPIRY)


def _first_reach(
    read: Callable[[int], Reading | None], micro: int, low: int, high: int
) -> tuple[int, Reading] | None:
    """The first instant of a span at which the score has risen to a number by fading alone."""
    spans = [(low, high)]
    while spans:
        low, high = spans.pop()
        first, last = (read(low), read(high)) if low <= high else (None, None)
        if first is None or last is None or first.total is None or last.total is None:
            continue
        if first.total >= micro:
            return low, first
        if _highest(first, last) >= micro:
            # Cut where most binary digits turn over: what is found does not depend on how far is looked.
            digits = max(((low + 1) ^ high).bit_length() - 1, 0)
            middle = high >> digits << digits
            spans += [(middle, high), (low + 1, middle - 1)]
    return None


def _highest(first: Reading, last: Reading) -> int:
    """What the score cannot have been above between two readings without a fact between them.

    Each rule's points move one way, so the higher end bounds them; and so does the sum of rules that fade by
    one half-life, which is far closer where a penalty stands against what fades beside it.
    """
    matrix, highest = first.matrix, [*map(max, first.parts, last.parts)]
    alike: dict[object, list[int]] = {}
    for number, rule in enumerate(matrix.rules):
        free = rule.cap is None or max(abs(first.parts[number]), abs(last.parts[number])) < rule.cap.micro
        lasts = rule.window is None and (not rule.counts_touches or rule.touched.within is None)
        if rule.decay is not None and rule.decay.half_life is not None and free and lasts:
            alike.setdefault((rule.decay.half_life, rule.group), []).append(number)
    for numbers in alike.values():
        sums = [sum(reading.parts[number] for number in numbers) for reading in (first, last)]
        for number in numbers:
            highest[number] = max(sums) if number == numbers[0] else 0
    return total_of(matrix, highest)


def flips_of(
    story: Story,
    campaign: str | None,
    as_of: datetime,
    recycled: Sequence[int],
    recorded: Iterable[Flipped],
) -> Iterator[FlipEvent]:
    """All flips of one lead for one campaign: those recorded, which stand, and those since."""
    score = story.versions[-1][1].name
    mine = [fact for fact in recorded if fact.score == score and fact.campaign_id == campaign]
    own = [fact for fact in mine if fact.counts(as_of)]
    last: int | None = None
    for fact in sorted(own, key=lambda fact: (fact.occurred_at, fact.id)):
        last = to_micros(fact.occurred_at)
        flip = _number(story, campaign, last) or Flip(fact.flip_points, campaign=campaign)
        cause = FlipCause(fact.cause) if fact.cause in set(FlipCause) else FlipCause.TOUCH
        yield FlipEvent(
            attrs.evolve(flip, points=fact.flip_points),
            fact.occurred_at,
            fact.score_points,
            cause,
            fact.cause_fact_id,
            is_recorded=True,
        )
    yield from replay(story, campaign, to_micros(as_of), recycled=recycled, after=last)
