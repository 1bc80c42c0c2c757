"""Why a score is another one than before, line by line; what is said adds up to the difference."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from smarketing.scoring._evidence import evidence_of, rule_points
from smarketing.scoring._lines import LineKind, lines_of, total_of
from smarketing.values import Points

if TYPE_CHECKING:
    from datetime import datetime

    from smarketing.scoring._case import Case
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
            place to others; a cap; what is known of the lead; the matrix; a limit of a group or of the whole;
            or that the lead is scored now and was not, or the other way round.
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
    if before is None or after is None:
        change = (after.micro if after else 0) - (before.micro if before else 0)
        name = later.excluded_by or earlier.excluded_by or later.matrix.name
        return (Move(name, MoveCause.STATUS, Points(change)),) if change else ()
    moves = [*_by_time(earlier, later), *_by_terms(earlier, later)]
    return tuple(move for move in moves if move.points.micro)


def _by_time(earlier: Score, later: Score) -> Iterator[Move]:
    """What facts and time moved, by the earlier terms."""
    matrix, case = earlier.matrix, later.case
    for rule in matrix.rules:
        if rule.counts_touches:
            yield from _of_touches(rule, earlier, later)
        else:
            was = rule_points(rule, earlier.case, earlier.as_of, matrix)
            now = rule_points(rule, case, later.as_of, matrix)
            yield Move(rule.name, MoveCause.LEAD_CHANGED, Points(now - was))
    yield from _limits((matrix, earlier.case, earlier.as_of), (matrix, case, later.as_of))


def _of_touches(rule: Rule, earlier: Score, later: Score) -> Iterator[Move]:
    matrix = earlier.matrix
    was, now = (
        {each.touch.id: each.points.micro for each in evidence_of(rule, score.case, score.as_of, matrix)}
        for score in (earlier, later)
    )
    gained = sum(micro for fact, micro in now.items() if fact not in was)
    decayed = sum(micro - was[fact] for fact, micro in now.items() if fact in was)
    expired = -sum(micro for fact, micro in was.items() if fact not in now)
    capped = [
        rule_points(rule, score.case, score.as_of, matrix) - sum(points.values())
        for score, points in ((earlier, was), (later, now))
    ]
    for cause, micro in (
        (MoveCause.GAINED, gained),
        (MoveCause.DECAYED, decayed),
        (MoveCause.EXPIRED, expired),
        (MoveCause.CAPPED, capped[1] - capped[0]),
    ):
        yield Move(rule.name, cause, Points(micro))


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
