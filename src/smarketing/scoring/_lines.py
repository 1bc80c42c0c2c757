"""The lines of a score: which rule gave how much, and what the limits took, to the micro-point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import partial
from operator import itemgetter
from typing import NamedTuple

from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._rules import Group, Rule
from smarketing.values import Points

__all__ = ["LineKind", "ScoreLine", "lines_of", "total_of"]


class LineKind(StrEnum):
    """What a line of a score says."""

    RULE = "rule"
    GROUP = "group"
    LIMIT = "limit"


class ScoreLine(NamedTuple):
    """One line of a score: what a rule gave, or what a limit added or took.

    A named tuple, since a lead has a dozen of them and each is made in a tenth of the time of a record.

    Attributes:
        terms: The rule; or the group, or the matrix, whose limit held.
        micro: What the line adds, in micro-points.
    """

    terms: Rule | Group | ScoringMatrix
    micro: int

    def __repr__(self) -> str:
        return f"ScoreLine({self.name!r}, {float(self.points):g})"

    @property
    def name(self) -> str:
        """The name of the rule, or of the group or the matrix whose limit held."""
        return self.terms.name

    @property
    def points(self) -> Points:
        """What the line adds, which may be negative."""
        return Points(self.micro)

    @property
    def reason(self) -> str:
        """Why, in the words of the rule."""
        return self.terms.reason if isinstance(self.terms, Rule) else ""

    @property
    def kind(self) -> LineKind:
        """Whether a rule gave the points, or a limit of a group or of the matrix changed them."""
        if isinstance(self.terms, Rule):
            return LineKind.RULE
        return LineKind.GROUP if isinstance(self.terms, Group) else LineKind.LIMIT


_line = partial(tuple.__new__, ScoreLine)
_given = itemgetter(1)


def lines_of(matrix: ScoringMatrix, parts: Sequence[int], total: int) -> tuple[ScoreLine, ...]:
    """The lines that add up to a total, from the points of each rule."""
    lines = list(map(_line, filter(_given, zip(matrix.rules, parts, strict=False))))
    whole = sum(parts)
    for group, change in _group_changes(matrix, parts) if matrix.groups else ():
        lines.append(ScoreLine(group, change))
        whole += change
    if total != whole:
        lines.append(ScoreLine(matrix, total - whole))
    return tuple(lines)


def total_of(matrix: ScoringMatrix, parts: Sequence[int]) -> int:
    """The total of the points of each rule, within the limits of groups and of the matrix."""
    whole = sum(parts) + sum(change for _, change in _group_changes(matrix, parts))
    return _held(whole, matrix.floor, matrix.ceiling)


def _held(micro: int, floor: Points | None, ceiling: Points | None) -> int:
    micro = micro if floor is None else max(micro, floor.micro)
    return micro if ceiling is None else min(micro, ceiling.micro)


def _group_changes(matrix: ScoringMatrix, parts: Sequence[int]) -> Iterator[tuple[Group, int]]:
    """What the limits of each group change."""
    for group in matrix.groups if parts else ():
        whole = sum(
            micro for rule, micro in zip(matrix.rules, parts, strict=True) if rule.group == group.name
        )
        change = _held(whole, group.floor, group.ceiling) - whole
        if change:
            yield group, change
