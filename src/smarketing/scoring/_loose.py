"""The loosest reading of a matrix: a score that no lead can have exceeded at any earlier instant.

Replays are dear, and most leads never come near a number. Without what takes points away, without windows and
decay, and with every condition that may have held at some time, points only grow as facts come in. So whoever
is below the number by this reading now has always been below it, and need not be replayed.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from smarketing.scoring._combined import AllOf, AnyOf, Not
from smarketing.scoring._criteria import Criterion, FieldCriterion
from smarketing.scoring._explicit import Known, Missing
from smarketing.scoring._implicit import ActiveWithin, Touched
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._names import CRITERIA
from smarketing.scoring._rules import Rule

__all__ = ["is_ours", "lifts_everybody", "loosened", "may_rise_unheld", "parts_of"]

_ALWAYS = AnyOf(Known("created_at"), Missing("created_at"))
_BUILT_IN = frozenset(CRITERIA.values())


def is_ours(criterion: Criterion) -> bool:
    """Whether a criterion and all its parts are of the library, so that what they do is known."""
    return all(type(part) in _BUILT_IN for part in parts_of(criterion))


def parts_of(criterion: Criterion) -> Iterator[Criterion]:
    """A criterion and everything within it."""
    yield criterion
    match criterion:
        case AllOf() | AnyOf():
            for part in criterion.parts:
                yield from parts_of(part)
        case Not():
            yield from parts_of(criterion.part)
        case Touched() if criterion.where is not None:
            yield from parts_of(criterion.where)


def loosened(matrix: ScoringMatrix) -> ScoringMatrix | None:
    """The matrix in its loosest reading; None where nothing in it gives points."""
    rules = [_rule(rule) for rule in matrix.rules if rule.points.micro > 0]
    used = {rule.group for rule in rules}
    groups = [group for group in matrix.groups if group.name in used]
    if not rules:
        return None
    return ScoringMatrix(
        name=matrix.name,
        rules=rules,
        groups=groups,
        floor=matrix.floor,
        ceiling=matrix.ceiling,
        zone=matrix.zone,
    )


def lifts_everybody(matrix: ScoringMatrix) -> bool:
    """Whether a floor gives points also to those whom no rule does."""
    floors = [matrix.floor, *(group.floor for group in matrix.groups)]
    return any(floor is not None and floor.micro > 0 for floor in floors)


def may_rise_unheld(matrix: ScoringMatrix, number: int) -> bool:
    """Whether the loosest reading may miss that someone without a record reaches a number, in micro-points.

    A lead without a record of its own is scored once a touch counts. If only touches that take points away
    do, which the loosest reading leaves out, it is not among its leads, and yet may have what is given for
    what is *not* known.
    """
    takes = any(rule.counts_touches and rule.points.micro < 0 for rule in matrix.rules)
    given = sum(max(rule.points.micro, 0) for rule in matrix.rules if not rule.counts_touches)
    return takes and given >= number


def _rule(rule: Rule) -> Rule:
    only_if = None if rule.only_if is None else _may_hold(rule.only_if)
    loose = attrs.evolve(rule, only_if=only_if, starts_on=None, ends_on=None)
    if not rule.counts_touches:
        # One part of all, so that touches stay a condition on the lead: alone, each of them would count.
        return attrs.evolve(loose, when=AllOf(_may_hold(rule.when) or _ALWAYS))
    when = _touched(rule.touched)
    # A window may open both limits anew, in an order of its own; one alone only ever lets more in.
    per_campaign = None if rule.per_day is not None else rule.per_campaign
    return attrs.evolve(loose, when=when, per_campaign=per_campaign, window=None, decay=None)


def _touched(touched: Touched) -> Touched:
    where = None if touched.where is None else _may_hold(touched.where)
    return attrs.evolve(touched, where=where, within=None)


def _may_hold(criterion: Criterion) -> Criterion | None:
    """What has to hold for a criterion ever to have said yes; None where it may always have."""
    match criterion:
        case AllOf():
            return _every([_may_hold(part) for part in criterion.parts])
        case AnyOf():
            return _some([_may_hold(part) for part in criterion.parts])
        case Not():
            return _may_fail(criterion.part)
        case Touched():
            return _touched(criterion)
        case ActiveWithin():
            return Touched(criterion.kind, at_least=1)
        case Missing():
            return None
        case FieldCriterion() if is_ours(criterion):
            return criterion
    return None


def _may_fail(criterion: Criterion) -> Criterion | None:
    """What has to hold for a criterion ever to have said no; None where it may always have."""
    match criterion:
        case AllOf():
            return _some([_may_fail(part) for part in criterion.parts])
        case AnyOf():
            return _every([_may_fail(part) for part in criterion.parts])
        case Not():
            return _may_hold(criterion.part)
        case Missing():
            return Known(criterion.field)
        case Known():
            return None
        case FieldCriterion() if is_ours(criterion):
            return Not(criterion)
    return None


def _every(parts: list[Criterion | None]) -> Criterion | None:
    needed = [part for part in parts if part is not None]
    return AllOf(needed) if needed else None


def _some(parts: list[Criterion | None]) -> Criterion | None:
    needed = [part for part in parts if part is not None]
    return AnyOf(needed) if len(needed) == len(parts) else None
