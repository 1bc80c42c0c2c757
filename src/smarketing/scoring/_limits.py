"""Limits to repetition: which of a rule's touches count, earliest first.

Per day, then per campaign, then once; each limit sees what the one before has left. Among touches of one
instant the fact's id decides, and it is looked up only where that can matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import Any

from smarketing.scoring._rules import Rule

__all__ = ["in_order", "limited"]

_AT = attrgetter("occurred_at")
_AT_AND_ID = attrgetter("occurred_at", "id")


def in_order(touches: Iterable[Any]) -> list[Any]:
    """The touches by time and id."""
    ordered = sorted(touches, key=_AT)
    if any(one.occurred_at == other.occurred_at for one, other in pairwise(ordered)):
        return sorted(ordered, key=_AT_AND_ID)
    return ordered


def limited(touches: Sequence[Any], rule: Rule, day_of: Callable[[Any], int]) -> Sequence[Any]:
    """Those of a rule's touches that count, earliest first."""
    if len(touches) < 2:
        return touches
    two_limits = rule.per_day is not None and rule.per_campaign is not None
    left = in_order(touches) if two_limits else sorted(touches, key=_AT)
    if rule.per_day is not None:
        left = _first_of_each(left, rule.per_day, lambda touch: day_of(touch.occurred_at))
    if rule.per_campaign is not None:
        left = _first_of_each(left, rule.per_campaign, lambda touch: touch.campaign_id or "")
    return left[:1] if rule.once else left


def _first_of_each(touches: list[Any], most: int, part_of: Callable[[Any], object]) -> list[Any]:
    if len(touches) <= most:
        return touches
    seen: Counter[object] = Counter()
    left = []
    for touch in touches:
        part = part_of(touch)
        seen[part] += 1
        if seen[part] <= most:
            left.append(touch)
    return left
