"""When a score may change without a fact: windows close, points fade, rules begin and end.

To replay a score at every microsecond is not needed. It changes with facts, and at the instants that are
worked out here from the matrix alone; between them, each rule's points only fall (or, of negative points that
fade by half-lives, only rise).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import attrs

from smarketing.scoring._combined import AllOf, AnyOf, Not
from smarketing.scoring._criteria import Criterion
from smarketing.scoring._flip_terms import Rearm, start_micros
from smarketing.scoring._implicit import ActiveWithin, InactiveFor, Touched

if TYPE_CHECKING:
    from smarketing.scoring._matrix import ScoringMatrix
    from smarketing.scoring._rules import Rule

__all__ = ["Turns", "turns_of"]

_MICRO = timedelta(microseconds=1)


@attrs.frozen
class Turns:
    """What of a matrix changes with time alone; all in microseconds.

    Attributes:
        instants: At these, a rule or a flip number begins or ends.
        lengths: So long after a touch, or after the lead was created, something closes or begins.
        rises: Whether the score may rise between facts, by negative points that fade by half-lives.
    """

    instants: tuple[int, ...]
    lengths: tuple[int, ...]
    rises: bool

    @property
    def is_moved_by_facts_alone(self) -> bool:
        """Whether nothing but a fact, or the beginning or end of a rule, can raise the score."""
        return not self.lengths and not self.rises

    def after(self, starts: Iterable[int]) -> Iterator[int]:
        """The instants at which something may change, that follow from the instants of touches."""
        for start in starts:
            for length in self.lengths:
                yield start + length


def turns_of(matrix: ScoringMatrix) -> Turns:
    """What of a matrix changes with time alone."""
    days = [(rule.starts_on, rule.ends_on) for rule in matrix.rules]
    days += [(flip.starts_on, flip.ends_on) for flip in matrix.flips]
    firsts = [start for start, _ in days if start is not None]
    afters = [end + timedelta(days=1) for _, end in days if end is not None]
    falls_matter = any(flip.rearm is Rearm.AFTER_FALL for flip in matrix.flips)
    lengths: set[int] = set()
    for rule in matrix.rules:
        lengths.update(_of_rule(rule, falls_matter=falls_matter))
    for criterion in _of_leads(matrix):
        lengths.update(_of_criterion(criterion))
    return Turns(
        instants=tuple(sorted({start_micros(day, matrix.zone) for day in (*firsts, *afters)})),
        lengths=tuple(sorted(lengths)),
        rises=any(rule.points.micro < 0 and rule.decay and rule.decay.half_life for rule in matrix.rules),
    )


def _of_leads(matrix: ScoringMatrix) -> Iterator[Criterion]:
    """Every condition on the lead."""
    for rule in matrix.rules:
        if not rule.counts_touches:
            yield rule.when
        if rule.only_if is not None:
            yield rule.only_if
    for exclusion in matrix.exclude:
        yield exclusion.when


def _of_criterion(criterion: Criterion) -> Iterator[int]:
    match criterion:
        case AllOf() | AnyOf():
            for part in criterion.parts:
                yield from _of_criterion(part)
        case Not():
            yield from _of_criterion(criterion.part)
        case Touched(within=timedelta() as length):
            yield length // _MICRO
        case ActiveWithin() | InactiveFor():
            yield criterion.length // _MICRO


def _of_rule(rule: Rule, *, falls_matter: bool) -> Iterator[int]:
    """Lengths after which a touch gives other points than before, where that may raise the score."""
    if not rule.counts_touches:
        return
    is_limited = rule.once or rule.per_day is not None or rule.per_campaign is not None
    if rule.points.micro < 0 or is_limited or falls_matter:
        for length in (rule.window, rule.touched.within):
            if length is not None:
                yield length // _MICRO
    decay = rule.decay
    if rule.points.micro < 0 and decay is not None and decay.share is not None and decay.per is not None:
        periods = -(-1_000_000 // decay.share.ppm)
        for period in range(1, periods + 1):  # the period is over at the microsecond before the next
            yield period * (decay.per // _MICRO) - 1
