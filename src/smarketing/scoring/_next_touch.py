"""What would flip a lead: the shortest lists of single touches after which its score is at the number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import combinations_with_replacement, islice
from typing import TYPE_CHECKING

import attrs

from smarketing.facts import Touch
from smarketing.origin import Origin
from smarketing.periods import from_micros
from smarketing.scoring._case import account_for, known_version
from smarketing.scoring._clock import INSTANTS
from smarketing.scoring._combined import AllOf, AnyOf, Not
from smarketing.scoring._compile import NOBODY
from smarketing.scoring._implicit import ActiveWithin, Touched, is_pattern
from smarketing.scoring._story import is_somebody
from smarketing.scoring._views import TouchView

if TYPE_CHECKING:
    from smarketing.scoring._criteria import Criterion
    from smarketing.scoring._matrix import ScoringMatrix
    from smarketing.scoring._record import Score

__all__ = ["NextTouch", "what_would_flip"]

_MICRO = timedelta(microseconds=1)
_MOST_CAMPAIGNS = 4  # one more for each touch of the longest list would change nothing


@attrs.frozen
class NextTouch:
    """A touch that a lead might have next."""

    kind: str
    channel: str | None = None
    campaign_id: str | None = None
    asset: str | None = None


def what_would_flip(score: Score, number: int, most: int) -> tuple[tuple[NextTouch, ...], ...]:
    """The shortest lists of touches, happening now, that bring a score to a number of micro-points.

    The lists that bring most come first. One empty list, where the score is there already; none, where none
    was found. Tried is one touch of each kind, with the channel, campaign and asset that the matrix asks for
    with it and, where a rule counts so many of each campaign, of some campaigns that are named; other fields
    of a touch are not made up.
    """
    matrix, as_of, case = score.matrix, score.as_of, score.case
    lead = known_version(case.leads, as_of)
    account = account_for(lead, case.accounts, as_of)
    possible = sorted({*_possible(matrix), *_of_campaigns(score)}, key=repr)

    def points_after(touches: tuple[NextTouch, ...]) -> int | None:
        new = [_touch(one, as_of) for one in touches]
        told = [*case.touches, *new]
        now = as_of + _MICRO
        excluded, total, _ = matrix.scorer(lead or NOBODY, account or NOBODY, told, now)
        is_scored = lead is not None or is_somebody(matrix, told, now, INSTANTS)
        return total if excluded < 0 and is_scored else None

    for size in range(most + 1):
        found: list[tuple[int, tuple[NextTouch, ...]]] = []
        for touches in combinations_with_replacement(possible, size):
            total = points_after(touches)
            if total is not None and total >= number:
                found.append((total, touches))
        if found:
            return tuple(touches for _, touches in sorted(found, key=lambda each: -each[0]))
    return ()


def _touch(one: NextTouch, at: datetime) -> Touch:
    return Touch(
        origin=Origin(),
        occurred_at=at,
        lead_id="?",
        kind=one.kind,
        channel=one.channel,
        campaign_id=one.campaign_id,
        asset=one.asset,
    )


def _possible(matrix: ScoringMatrix) -> Iterator[NextTouch]:
    """A touch for each of those that the matrix asks for anywhere, where its words make one."""
    asked: list[Criterion] = [each.when for each in matrix.exclude]
    for rule in matrix.rules:
        asked += [rule.touched if rule.counts_touches else rule.when]
        asked += [rule.only_if] if rule.only_if is not None else []
    for criterion in asked:
        for touched in _touched_in(criterion):
            yield from _fitting(touched)


def _of_campaigns(score: Score) -> Iterator[NextTouch]:
    """For rules that count so many touches of each campaign, one of each that the matrix or lead names."""
    matrix = score.matrix
    asked = [rule.touched for rule in matrix.rules if rule.counts_touches and rule.per_campaign is not None]
    named = [*(flip.campaign for flip in matrix.flips), *(touch.campaign_id for touch in score.case.touches)]
    for touched in asked:
        campaigns = touched.campaign or dict.fromkeys(name for name in named if name)
        for campaign in islice(campaigns, _MOST_CAMPAIGNS):
            yield from _fitting(attrs.evolve(touched, campaign=campaign))


def _touched_in(criterion: Criterion) -> Iterator[Touched]:
    match criterion:
        case Touched():
            yield criterion
        case ActiveWithin():
            yield criterion.touched
        case AllOf() | AnyOf():
            for part in criterion.parts:
                yield from _touched_in(part)
        case Not():
            yield from _touched_in(criterion.part)


def _fitting(touched: Touched) -> Iterator[NextTouch]:
    campaign = touched.campaign[0] if touched.campaign else None
    one = NextTouch(
        _word(touched.kind) or "any", _word(touched.channel), campaign, _word(touched.asset) or None
    )
    now = from_micros(0)
    if touched.fits(TouchView(_touch(one, now), now)):
        yield one


def _word(words: tuple[str, ...]) -> str | None:
    """The first plain word, or what is left of the first pattern: "/pricing" of "/pricing*"."""
    plain = next((word for word in words if not is_pattern(word)), None)
    return plain or next((word.replace("*", "").replace("?", "x") for word in words), None)
