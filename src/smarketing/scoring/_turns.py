"""When a score may change without a fact: windows close, points fade, rules begin and end.

To replay a score at every microsecond is not needed. It changes with facts, and at the instants that are
worked out here from the matrix alone; between them, each rule's points only fall (or, of negative points that
fade by half-lives, only rise).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from smarketing.scoring._combined import AllOf, AnyOf, Not
from smarketing.scoring._criteria import Criterion
from smarketing.scoring._flip_terms import Rearm, start_micros
from smarketing.scoring._implicit import ActiveWithin, InactiveFor, Touched, any_of_patterns
from smarketing.scoring._source import Memo

if TYPE_CHECKING:
    from smarketing.scoring._matrix import ScoringMatrix
    from smarketing.scoring._rules import Rule

__all__ = ["Turns", "turns_of"]

_MICRO = timedelta(microseconds=1)
_After = tuple[int, tuple[str, ...]]
"""A length in microseconds, and the kinds of touches after which it counts."""


@attrs.frozen
class Turns:
    """What of a matrix changes with time alone; all in microseconds.

    Attributes:
        instants: At these, a rule or a flip number begins or ends.
        lengths: So long after a touch of some kinds, or after the lead was created, something closes or
            begins; by the length, the kinds, which may be patterns.
        rises: Whether the score may rise between facts, by negative points that fade by half-lives.
    """

    instants: tuple[int, ...]
    lengths: tuple[tuple[int, tuple[str, ...]], ...]
    rises: bool

    def after_touches(self, touches: Iterable[tuple[int, str]]) -> Iterator[int]:
        """The instants at which something may change, that follow from when touches of which kinds were."""
        if self.lengths:
            for at, kind in touches:
                for length in self._after[kind]:
                    yield at + length

    def after_creation(self, at: int) -> Iterator[int]:
        """The instants at which something may change, that follow from when the lead was created."""
        for length, _ in self.lengths:
            yield at + length

    @cached_property
    def _after(self) -> dict[str, tuple[int, ...]]:
        tests = [(length, any_of_patterns(kinds)) for length, kinds in self.lengths]
        return Memo(lambda kind: tuple(length for length, fits in tests if fits(kind)))


def turns_of(matrix: ScoringMatrix) -> Turns:
    """What of a matrix changes with time alone."""
    days = [(rule.starts_on, rule.ends_on) for rule in matrix.rules]
    days += [(flip.starts_on, flip.ends_on) for flip in matrix.flips]
    firsts = [start for start, _ in days if start is not None]
    afters = [end + timedelta(days=1) for _, end in days if end is not None]
    falls_matter = any(flip.rearm is Rearm.AFTER_FALL for flip in matrix.flips)
    lengths: dict[int, set[str]] = {}
    found = [each for rule in matrix.rules for each in _of_rule(rule, falls_matter=falls_matter)]
    found += [each for criterion in _of_leads(matrix) for each in _of_criterion(criterion)]
    for length, kinds in found:
        lengths.setdefault(length, set()).update(kinds)
    return Turns(
        instants=tuple(sorted({start_micros(day, matrix.zone) for day in (*firsts, *afters)})),
        lengths=tuple((length, tuple(sorted(kinds))) for length, kinds in sorted(lengths.items())),
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


def _of_criterion(criterion: Criterion) -> Iterator[_After]:
    match criterion:
        case AllOf() | AnyOf():
            for part in criterion.parts:
                yield from _of_criterion(part)
        case Not():
            yield from _of_criterion(criterion.part)
        case Touched():
            if criterion.within is not None:
                yield criterion.within // _MICRO, criterion.kind
            yield from _of_each(criterion)
        case ActiveWithin() | InactiveFor():
            yield criterion.length // _MICRO, criterion.kind
        case _:
            yield from _told_by(criterion, ("*",))


def _of_each(touched: Touched) -> Iterator[_After]:
    """When what is asked of one touch may change."""
    if touched.where is not None:
        yield from _told_by(touched.where, touched.kind)


def _told_by(criterion: Criterion, kinds: tuple[str, ...]) -> Iterator[_After]:
    """What a criterion says of itself: after exactly so long, or more than so long."""
    for length in criterion.turns_after():
        yield length // _MICRO - 1, kinds
        yield length // _MICRO, kinds


def _of_rule(rule: Rule, *, falls_matter: bool) -> Iterator[_After]:
    """Lengths after which a touch gives other points than before, where that may raise the score."""
    if not rule.counts_touches:
        return
    kinds = rule.touched.kind
    yield from _of_each(rule.touched)
    is_limited = rule.once or rule.per_day is not None or rule.per_campaign is not None
    if rule.points.micro < 0 or is_limited or falls_matter:
        for length in (rule.window, rule.touched.within):
            if length is not None:
                yield length // _MICRO, kinds
    decay = rule.decay
    if rule.points.micro < 0 and decay is not None and decay.share is not None and decay.per is not None:
        periods = -(-1_000_000 // decay.share.ppm)
        for period in range(1, periods + 1):  # the period is over at the microsecond before the next
            yield period * (decay.per // _MICRO) - 1, kinds
