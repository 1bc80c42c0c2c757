"""The facts behind a line: which touches of a rule counted, and for how much each.

This is the slow and plain reading of the agreed order: window, limits, decay. The compiled scorer reads the
same, and the tests hold one against the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import exp
from typing import TYPE_CHECKING

import attrs

from smarketing.facts import Touch
from smarketing.periods import start_of_day
from smarketing.scoring._case import Case, account_for, known_version
from smarketing.scoring._clock import INSTANTS
from smarketing.scoring._compile import decay_rate
from smarketing.scoring._limits import limited
from smarketing.scoring._rules import Rule
from smarketing.scoring._views import LeadView, TouchView
from smarketing.values import Points

if TYPE_CHECKING:
    from smarketing.scoring._matrix import ScoringMatrix

__all__ = [
    "Evidence",
    "capped",
    "counted_by",
    "evidence_of",
    "is_in_force",
    "rule_points",
    "some_touch_counts",
    "view_of",
]

_MICRO = timedelta(microseconds=1)


@attrs.frozen
class Evidence:
    """One touch that counted for a rule.

    Attributes:
        touch: The touch.
        points: What it gave, after decay and before the cap of the rule.
    """

    touch: Touch
    points: Points


def view_of(case: Case, as_of: datetime, zone: str) -> LeadView:
    """A lead as it could be seen at an instant."""
    lead = known_version(case.leads, as_of)
    account = account_for(lead, case.accounts, as_of)
    return LeadView(lead, account, [touch for touch in case.touches if touch.counts(as_of)], as_of, zone)


def evidence_of(rule: Rule, case: Case, as_of: datetime, matrix: ScoringMatrix) -> tuple[Evidence, ...]:
    """The touches that counted for a rule, earliest first; none for a rule that counts the lead once."""
    if not rule.counts_touches or not _holds(rule, case, as_of, matrix):
        return ()
    return counted_by(rule, case, as_of, matrix)


def counted_by(rule: Rule, case: Case, as_of: datetime, matrix: ScoringMatrix) -> tuple[Evidence, ...]:
    """The touches that a rule would count, if it is in force and whatever it asks of the lead besides."""
    return tuple(_counted(rule, case, as_of, matrix))


def some_touch_counts(matrix: ScoringMatrix, case: Case, as_of: datetime) -> bool:
    """Whether a touch is one that a rule in force counts, whatever the rule asks of the lead besides."""
    return any(
        True
        for rule in matrix.rules
        if rule.counts_touches and is_in_force(rule, as_of, matrix)
        for _ in _counted(rule, case, as_of, matrix)
    )


def _counted(rule: Rule, case: Case, as_of: datetime, matrix: ScoringMatrix) -> Iterator[Evidence]:
    start = rule.touched.earliest(as_of, matrix.zone)
    starts = [each for each in (start, as_of - rule.window if rule.window else None) if each is not None]
    standing = [touch for touch in case.touches if touch.counts(as_of)]
    found = [
        touch
        for touch in standing
        if all(touch.occurred_at >= start for start in starts)
        and rule.touched.fits(TouchView(touch, as_of, matrix.zone))
    ]
    found.sort(key=lambda touch: touch.occurred_at)
    for touch in limited(found, rule, INSTANTS.day_of(matrix.zone)):
        yield Evidence(touch, Points(_points_of_one(rule, (as_of - touch.occurred_at) // _MICRO)))


def _points_of_one(rule: Rule, age_micros: int) -> int:
    size, sign = abs(rule.points.micro), 1 if rule.points.micro > 0 else -1
    if rule.decay is None:
        return sign * size
    if rule.decay.half_life is not None:
        return sign * int(float(size) * exp(decay_rate(rule.decay) * float(age_micros)) + 0.5)
    return sign * ((size * rule.decay.left_ppm(age_micros) + 500_000) // 1_000_000)


def _holds(rule: Rule, case: Case, as_of: datetime, matrix: ScoringMatrix) -> bool:
    """Whether the rule is in force, and its condition on the lead holds."""
    if not is_in_force(rule, as_of, matrix):
        return False
    return rule.only_if is None or rule.only_if.matches(view_of(case, as_of, matrix.zone)) is True


def is_in_force(rule: Rule, as_of: datetime, matrix: ScoringMatrix) -> bool:
    """Whether an instant lies on the rule's days."""
    if rule.starts_on is not None and as_of < start_of_day(rule.starts_on, matrix.zone):
        return False
    return rule.ends_on is None or as_of < start_of_day(rule.ends_on + timedelta(days=1), matrix.zone)


def rule_points(rule: Rule, case: Case, as_of: datetime, matrix: ScoringMatrix) -> int:
    """What a rule gives in micro-points, read plainly."""
    if rule.counts_touches:
        return capped(rule, sum(each.points.micro for each in evidence_of(rule, case, as_of, matrix)))
    holds = _holds(rule, case, as_of, matrix) and rule.when.matches(view_of(case, as_of, matrix.zone)) is True
    return rule.points.micro if holds else 0


def capped(rule: Rule, micro: int) -> int:
    """Points of a rule in micro-points, within its cap."""
    return micro if rule.cap is None else max(-rule.cap.micro, min(micro, rule.cap.micro))
