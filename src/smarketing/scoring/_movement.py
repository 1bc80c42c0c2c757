"""Why a score is another one than before, line by line; what is said adds up to the difference."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from smarketing.errors import InvalidTermsError
from smarketing.scoring._combined import AllOf
from smarketing.scoring._evidence import capped, counted_by, is_in_force, rule_points, view_of
from smarketing.scoring._lines import LineKind, lines_of, total_of
from smarketing.values import Points

if TYPE_CHECKING:
    from datetime import datetime

    from smarketing.scoring._case import Case
    from smarketing.scoring._criteria import Criterion
    from smarketing.scoring._matrix import ScoringMatrix
    from smarketing.scoring._record import Score
    from smarketing.scoring._rules import Rule

__all__ = ["Move", "MoveCause", "movement"]


class MoveCause(StrEnum):
    """What moved a score."""

    GAINED = "gained"
    DECAYED = "decayed"
    EXPIRED = "expired"
    CAPPED = "capped"
    LEAD_CHANGED = "lead_changed"
    RULE_CHANGED = "rule_changed"
    LIMITED = "limited"
    STATUS = "status"


@attrs.frozen
class Move:
    """One reason for which a score moved.

    Attributes:
        name: The rule, group or matrix, or the exclusion.
        cause: New touches; the age of those that were there; touches that fell out of a window or lost their
            place to others, or a condition that turned with time alone; a cap; what is known of the lead; the
            matrix, or the days of a rule; a limit of a group or of the whole; or that the lead is scored now
            and was not, or the other way round.
        points: By how much, up or down.
    """

    name: str
    cause: MoveCause
    points: Points


def movement(earlier: Score, later: Score) -> tuple[Move, ...]:
    """What moved a lead's score between two readings of it; the moves add up to the difference.

    A lead without a score counts as 0 here.
    """
    before, after = earlier.points, later.points
    if None not in (earlier.lead_id, later.lead_id) and earlier.lead_id != later.lead_id:
        raise InvalidTermsError(
            f"one score is of the lead {earlier.lead_id!r} and the other of {later.lead_id!r}: "
            "give two scores of the same lead"
        )
    if before is None or after is None:
        change = (after.micro if after else 0) - (before.micro if before else 0)
        name = later.excluded_by or earlier.excluded_by or later.matrix.name
        return (Move(name, MoveCause.STATUS, Points(change)),) if change else ()
    moves = [*_by_time(earlier, later), *_by_terms(earlier, later)]
    return tuple(move for move in moves if move.points.micro)


def _by_time(earlier: Score, later: Score) -> Iterator[Move]:
    """What facts and time moved, by the earlier terms."""
    matrix = earlier.matrix
    for rule in matrix.rules:
        yield from (
            _of_touches(rule, earlier, later) if rule.counts_touches else _of_lead(rule, earlier, later)
        )
    yield from _limits((matrix, earlier.case, earlier.as_of), (matrix, later.case, later.as_of))


def _of_lead(rule: Rule, earlier: Score, later: Score) -> Iterator[Move]:
    """What a rule gave for the lead itself: its days come first, then whether its conditions hold."""
    began, runs = (is_in_force(rule, score.as_of, earlier.matrix) for score in (earlier, later))
    asked = rule.when if rule.only_if is None else AllOf(rule.only_if, rule.when)
    held, holds, cause = _turned(asked, earlier, later)
    yield Move(rule.name, MoveCause.RULE_CHANGED, Points(held * (runs - began) * rule.points.micro))
    yield Move(rule.name, cause, Points(runs * (holds - held) * rule.points.micro))


def _of_touches(rule: Rule, earlier: Score, later: Score) -> Iterator[Move]:
    """What a rule gave for touches.

    In this order: its days, and whether its condition on the lead holds, let in or out all that there was;
    of what is let in now, the touches tell the rest.
    """
    matrix = earlier.matrix
    began, runs = (is_in_force(rule, score.as_of, matrix) for score in (earlier, later))
    held, holds, cause = True, True, MoveCause.LEAD_CHANGED
    if rule.only_if is not None:
        held, holds, cause = _turned(rule.only_if, earlier, later)
    was, now = (
        {each.touch.id: each.points.micro for each in counted_by(rule, score.case, score.as_of, matrix)}
        for score in (earlier, later)
    )
    before = capped(rule, sum(was.values()))
    yield Move(rule.name, MoveCause.RULE_CHANGED, Points(held * (runs - began) * before))
    yield Move(rule.name, cause, Points(runs * (holds - held) * before))
    if runs and holds:
        yield from _between(rule, was, now)


def _between(rule: Rule, was: dict[str, int], now: dict[str, int]) -> Iterator[Move]:
    """What touches gave, by their ids, before and now."""
    gained = sum(micro for fact, micro in now.items() if fact not in was)
    decayed = sum(micro - was[fact] for fact, micro in now.items() if fact in was)
    expired = -sum(micro for fact, micro in was.items() if fact not in now)
    held_before, held_now = (capped(rule, sum(of.values())) - sum(of.values()) for of in (was, now))
    for cause, micro in (
        (MoveCause.GAINED, gained),
        (MoveCause.DECAYED, decayed),
        (MoveCause.EXPIRED, expired),
        (MoveCause.CAPPED, held_now - held_before),
    ):
        yield Move(rule.name, cause, Points(micro))


def _turned(criterion: Criterion, earlier: Score, later: Score) -> tuple[bool, bool, MoveCause]:
    """Whether a condition on the lead held and holds, and what made the difference.

    Time alone, where what was known before says so as of now; else what the lead did since; else what is
    known of it.
    """
    zone = earlier.matrix.zone
    known = earlier.case.known(earlier.as_of)
    since = attrs.evolve(known, touches=later.case.touches)

    def holds(case: Case, as_of: datetime) -> bool:
        return criterion.matches(view_of(case, as_of, zone)) is True

    before, after = holds(known, earlier.as_of), holds(later.case, later.as_of)
    if holds(known, later.as_of) == after:
        return before, after, MoveCause.EXPIRED
    if holds(since, later.as_of) == after:
        return before, after, MoveCause.GAINED
    return before, after, MoveCause.LEAD_CHANGED


def _by_terms(earlier: Score, later: Score) -> Iterator[Move]:
    """What another version of the matrix makes of the same facts at the same instant."""
    old, new, case, as_of = earlier.matrix, later.matrix, later.case, later.as_of
    if old == new:
        return
    was, now = (
        {rule.name: rule_points(rule, case, as_of, matrix) for rule in matrix.rules} for matrix in (old, new)
    )
    for name in dict.fromkeys([*was, *now]):
        yield Move(name, MoveCause.RULE_CHANGED, Points(now.get(name, 0) - was.get(name, 0)))
    yield from _limits((old, case, as_of), (new, case, as_of))


def _limits(
    before: tuple[ScoringMatrix, Case, datetime], after: tuple[ScoringMatrix, Case, datetime]
) -> Iterator[Move]:
    """What the limits of groups and of the matrix took or gave, more or less than before."""
    changes: dict[str, int] = {}
    for sign, (matrix, case, as_of) in ((-1, before), (1, after)):
        parts = [rule_points(rule, case, as_of, matrix) for rule in matrix.rules]
        for line in lines_of(matrix, parts, total_of(matrix, parts)):
            if line.kind is not LineKind.RULE:
                changes[line.name] = changes.get(line.name, 0) + sign * line.points.micro
    for name, micro in changes.items():
        yield Move(name, MoveCause.LIMITED, Points(micro))
