"""A lead's facts in time, to read its score at any instant as it could be read then.

Instants are microseconds here. The score *at* an instant is the one just after it: with all that had happened
and was known up to it, itself included.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any

import attrs

from smarketing.errors import checked_kind
from smarketing.periods import Dated, start_of_day, to_micros
from smarketing.scoring._case import Case, account_for, known_version
from smarketing.scoring._clock import INSTANTS, Clock
from smarketing.scoring._compile import NOBODY
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._turns import Turns

__all__ = ["NOTHING", "Reading", "Story", "Timed", "Versions", "is_somebody", "timed", "versions_of"]

Versions = tuple[tuple[int, ScoringMatrix], ...]
"""Versions of a matrix with the instants from which each is in force, earliest first."""

_ALWAYS = -(2**62)
_first = itemgetter(0)


def versions_of(matrix: ScoringMatrix | Dated[ScoringMatrix]) -> Versions:
    """The versions of a matrix by the instants at which they come into force."""
    if not isinstance(matrix, Dated):
        hint = 'pass one, or a dated one such as agreement.scoring["intent"]'
        return ((_ALWAYS, checked_kind(matrix, ScoringMatrix, "matrix", hint)),)
    return tuple(
        (_ALWAYS if day.year == 1 else to_micros(start_of_day(day, version.zone)), version)
        for day, version in matrix.versions
    )


@attrs.frozen
class Reading:
    """A score at an instant.

    Attributes:
        matrix: The one in force then.
        total: In micro-points; None where the lead is excluded.
        parts: The points of each rule.
    """

    matrix: ScoringMatrix
    total: int | None
    parts: tuple[int, ...]

    def reaches(self, micro: int) -> bool:
        """Whether the score is at a number or above."""
        return self.total is not None and self.total >= micro


Timed = tuple[list[int], list[Any]]
"""Facts in the order in which they count: the instants from which they do, and beside them the facts."""

NOTHING: Timed = ([], [])
"""No facts."""


@attrs.frozen
class Story:
    """What is told of one lead, by when each fact counts.

    Attributes:
        versions: The matrix through time.
        leads: Versions of the lead.
        accounts: Versions of its accounts.
        touches: What it did.
        clock: How the facts tell time.
    """

    versions: Versions
    leads: Timed
    accounts: Timed
    touches: Timed
    clock: Clock

    @classmethod
    def of(cls, case: Case, versions: Versions) -> Story:
        """The story of a case that is told by facts."""
        own = {lead.account_id for lead in case.leads}
        firms = [firm for firm in case.accounts if firm.account_id in own]
        leads, accounts, touches = map(_counted_from, (case.leads, firms, case.touches))
        return cls(versions, leads, accounts, touches, INSTANTS)

    def matrix_at(self, at: int) -> ScoringMatrix | None:
        """The matrix in force at an instant; None before the first version."""
        found = bisect_right(self.versions, at, key=_first)
        return self.versions[found - 1][1] if found else None

    def facts_at(self, at: int) -> Iterator[Any]:
        """The facts that count from just this instant: versions, then touches by time and id."""
        for starts, facts in (self.leads, self.accounts, self.touches):
            found = [fact for start, fact in zip(starts, facts, strict=True) if start == at]
            yield from found if len(found) < 2 else sorted(found, key=lambda one: (one.occurred_at, one.id))

    def instants(self, turns: Iterable[Turns] = ()) -> set[int]:
        """The instants at which its score may change: by its facts and, after them, with time alone."""
        found = {*self.leads[0], *self.accounts[0], *self.touches[0]}
        micros = self.clock.micros
        for each in turns:
            if each.lengths:
                told = ((micros(touch.occurred_at), touch.kind) for touch in self.touches[1])
                found.update(each.after_touches(told))
                for lead in self.leads[1]:
                    if lead.created_at is not None:
                        found.update(each.after_creation(micros(lead.created_at)))
            found.update(each.instants)
        return found

    def read(self, at: int, *, without: Iterable[Any] = ()) -> Reading | None:
        """The score just after an instant; None where no matrix was in force, or there is no score yet."""
        matrix = self.matrix_at(at + 1)  # as of the instant after, whose rules and numbers are in force
        if matrix is None:
            return None
        leads, accounts, touches = (
            facts[: bisect_right(starts, at)] for starts, facts in (self.leads, self.accounts, self.touches)
        )
        if left_out := set(map(id, without)):
            leads, accounts, touches = (
                [fact for fact in facts if id(fact) not in left_out] for facts in (leads, accounts, touches)
            )
        as_of = self.clock.from_micros(at + 1)
        lead = known_version(leads, as_of)
        if lead is None and not is_somebody(matrix, touches, as_of, self.clock):
            return None
        account = account_for(lead, accounts, as_of) if accounts else None
        scorer = matrix.scorer if self.clock is INSTANTS else matrix.micros_scorer
        excluded, total, parts = scorer(lead or NOBODY, account or NOBODY, touches, as_of)
        return Reading(matrix, None if excluded >= 0 else total, parts)


def is_somebody(matrix: ScoringMatrix, touches: Sequence[Any], as_of: Any, clock: Clock) -> bool:
    """Whether somebody of whom no version is known did anything that counts."""
    presence = matrix.presence
    if presence is None or not touches:
        return False
    scorer = presence.scorer if clock is INSTANTS else presence.micros_scorer
    return any(scorer(NOBODY, NOBODY, touches, as_of)[2])


def _counted_from(facts: Iterable[Any]) -> Timed:
    return timed((to_micros(max(fact.occurred_at, fact.known_at)), fact) for fact in facts)


def timed(pairs: Iterable[tuple[int, Any]]) -> Timed:
    """Facts with the instants from which they count, in that order."""
    ordered = sorted(pairs, key=_first)
    return [start for start, _ in ordered], [fact for _, fact in ordered]
