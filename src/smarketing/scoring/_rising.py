"""How high a score may have risen, touch by touch: a bound that is quick to follow and never too low.

It adds up what touches give as they come and lets it fade, and leaves aside whatever keeps a score down:
penalties, windows, limits by day and by campaign, groups. Where even this stays below a number, so has the
score; only what comes near is read exactly. Floats will do here, with some slack for how points are rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, inf
from operator import itemgetter
from typing import Any

import attrs

from smarketing.scoring._combined import AllOf, AnyOf, Not
from smarketing.scoring._compile import NOBODY, decay_rate
from smarketing.scoring._criteria import FieldCriterion
from smarketing.scoring._loose import lifts_everybody, loosened, parts_of
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._rules import Rule
from smarketing.scoring._source import Memo
from smarketing.scoring._story import Story

__all__ = ["Rising"]

_SLACK = 2_000  # micro-points: half a one is rounded for each touch

_OF_LEADS = (AllOf, AnyOf, Not, FieldCriterion)


@attrs.frozen
class Rising:
    """The bound for leads of one version by a matrix of one version.

    Attributes:
        key: From a row of touches, what says which rules may count it.
        rules: By that, the number, size, fading and limit of each rule.
        of_leads: The matrix of what may be given for the lead itself; None for nothing.
        at: The place in a row of when the touch occurred.
    """

    key: Callable[[Sequence[Any]], Any]
    rules: dict[Any, tuple[tuple[int, float, float, float], ...]]
    of_leads: ScoringMatrix | None
    at: int

    @classmethod
    def of(cls, matrix: ScoringMatrix, columns: Sequence[str]) -> Rising | None:
        """The bound for a matrix and rows of some columns; None where none is this simple."""
        loose = loosened(matrix)
        if loose is None or lifts_everybody(matrix):
            return None
        counting = [rule for rule in matrix.rules if rule.points.micro > 0 and rule.counts_touches]
        once = [attrs.evolve(rule, group=None) for rule in loose.rules if not rule.counts_touches]
        if any(not isinstance(part, _OF_LEADS) for rule in once for part in parts_of(rule.when)):
            return None
        once = [attrs.evolve(rule, only_if=None) for rule in once]
        places = [name for name in ("kind", "channel", "campaign_id", "asset") if name in columns]
        entries = [(_entry(number, rule), dict(rule.touched.tests)) for number, rule in enumerate(counting)]

        def counted(key: Any) -> tuple[tuple[int, float, float, float], ...]:
            values = dict(zip(places, key if len(places) > 1 else (key,), strict=True))
            return tuple(
                entry
                for entry, tests in entries
                if all(test(values[name]) for name, test in tests.items() if name in values)
            )

        of_leads = ScoringMatrix(name=matrix.name, rules=once, zone=matrix.zone) if once else None
        key = itemgetter(*map(list(columns).index, places))
        return cls(key, Memo(counted), of_leads, list(columns).index("occurred_at"))

    def first_chance(self, story: Story, number: int) -> int | None:
        """The first instant at which a lead may be at a number; None where it never can have been.

        Args:
            story: Its story, whose touches are rows still.
            number: In micro-points.
        """
        wanted = float(number - _SLACK)
        if self.of_leads is not None:
            lead = story.leads[1][0] if story.leads[1] else NOBODY
            account = story.accounts[1][0] if story.accounts[1] else NOBODY
            wanted -= self.of_leads.micros_scorer(lead, account, (), 0)[1]
        if wanted <= 0:
            return -(2**62)
        key, rules, at = self.key, self.rules, self.at
        flat: dict[int, float] = {}
        fading: dict[int, tuple[float, int, float, float]] = {}
        steady = most = 0.0
        for start, row in zip(*story.touches, strict=True):
            for rule, size, rate, limit in rules[key(row)]:
                most += size
                if not rate:
                    before = flat.get(rule, 0.0)
                    flat[rule] = now = min(before + size, limit)
                    steady += now - before
                else:
                    given = size * exp(rate * (start - row[at]))
                    if rule in fading:
                        held, since, _, _ = fading[rule]
                        given += held * exp(rate * (start - since))
                    fading[rule] = given, start, rate, limit
            if most >= wanted:
                total = steady
                for held, since, rate, limit in fading.values():
                    left = held * exp(rate * (start - since))
                    total += left if left < limit else limit  # noqa: FURB136 -- quicker than a call
                if total >= wanted:
                    return start
        return None


def _entry(number: int, rule: Rule) -> tuple[int, float, float, float]:
    size = float(rule.points.micro)
    limit = inf if rule.cap is None else float(rule.cap.micro)
    rate = decay_rate(rule.decay) if rule.decay is not None and rule.decay.half_life is not None else 0.0
    return number, size, rate, min(limit, size) if rule.once else limit
