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

from smarketing.scoring._clock import INSTANTS
from smarketing.scoring._combined import AllOf, AnyOf, Not
from smarketing.scoring._compile import NOBODY, decay_rate
from smarketing.scoring._criteria import FieldCriterion
from smarketing.scoring._loose import lifts_everybody, loosened, parts_of
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._rules import Rule
from smarketing.scoring._source import Memo
from smarketing.scoring._story import Story

__all__ = ["TOLD", "Rising", "first_chance"]

_ASKED = ("kind", "channel", "campaign_id", "asset")
TOLD = (*_ASKED, "occurred_at")
"""What the bound asks of a touch."""

_FEW = 100

_SLACK = 2_000  # micro-points: half a one is rounded for each touch

_OF_LEADS = (AllOf, AnyOf, Not, FieldCriterion)


@attrs.frozen
class Rising:
    """The bound for leads by one version of a matrix.

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
        places = [name for name in _ASKED if name in columns]
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
            wanted -= _most_of_leads(self.of_leads, story)
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


def _most_of_leads(of_leads: ScoringMatrix, story: Story) -> int:
    """What may have been given for the lead itself: of each rule the most that any versions get, together."""
    scorer = of_leads.scorer if story.clock is INSTANTS else of_leads.micros_scorer
    as_of = story.clock.from_micros(0)
    leads, accounts = story.leads[1] or (NOBODY,), story.accounts[1] or (NOBODY,)
    if len(leads) == len(accounts) == 1:  # as of most leads, and there are millions of them
        return scorer(leads[0], accounts[0], (), as_of)[1]
    given = [scorer(lead, account, (), as_of)[2] for lead in leads for account in accounts]
    return sum(map(max, zip(*given, strict=True)))


def first_chance(story: Story, campaign: str | None) -> int | None:
    """The first instant at which a lead may be at the number of a campaign, by any version of its matrix.

    None where it never can have been. Few touches are read sooner than looked through, and so may be those of
    a matrix that has no bound: then it is the beginning of time.
    """
    if len(story.touches[0]) < _FEW:
        return -(2**62)
    micros = story.clock.micros
    rows = [
        (*(getattr(touch, name, None) for name in _ASKED), micros(touch.occurred_at))
        for touch in story.touches[1]
    ]
    told = attrs.evolve(story, touches=(story.touches[0], rows))
    found = []
    for _, matrix in story.versions:
        for number in (flip.points.micro for flip in matrix.flips if flip.campaign == campaign):
            rising: Rising | None = matrix.rising
            chance = rising.first_chance(told, number) if rising is not None else -(2**62)
            found += [chance] if chance is not None else []
    return min(found, default=None)


def _entry(number: int, rule: Rule) -> tuple[int, float, float, float]:
    size = float(rule.points.micro)
    limit = inf if rule.cap is None else float(rule.cap.micro)
    rate = decay_rate(rule.decay) if rule.decay is not None and rule.decay.half_life is not None else 0.0
    return number, size, rate, min(limit, size) if rule.once else limit
