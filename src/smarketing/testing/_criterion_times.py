"""When a criterion's answer about one lead or touch changes with time alone, and when it says that it may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import attrs

from smarketing.scoring import Criterion
from smarketing.testing._criterion_cases import AS_OF

__all__ = ["Watched", "untold_turn"]

_MICRO, _DAY = timedelta(microseconds=1), timedelta(days=1)
_AHEAD = (timedelta(), timedelta(hours=1), _DAY, 7 * _DAY, 30 * _DAY, 90 * _DAY, 400 * _DAY, 3000 * _DAY)


@attrs.frozen
class Watched:
    """One lead or touch of which nothing more becomes known.

    Attributes:
        since: The instants from which its time counts: its creation and touches, or when it occurred.
        answer: What a criterion says of it as of an instant.
    """

    since: tuple[datetime, ...]
    answer: Callable[[datetime], object]


def untold_turn(criterion: Criterion, watched: Watched) -> datetime | None:
    """The first instant at which the answer is another one, and the criterion had not said so."""
    told = {since + length for since in watched.since for length in criterion.turns_after()}
    at = {AS_OF + ahead for ahead in _AHEAD} | {turn for turn in told if turn > AS_OF}
    at |= {turn + _MICRO for turn in at}
    for turn in _turns(watched.answer, sorted(at)):
        if turn not in told and turn - _MICRO not in told:  # after exactly so long, or more than so long
            return turn
    return None


def _turns(answer: Callable[[datetime], object], at: list[datetime]) -> Iterator[datetime]:
    """The first instants of other answers than before, found by halving between answers that differ."""
    answers = [answer(each) for each in at]
    for (low, before), (high, after) in pairwise(zip(at, answers, strict=True)):
        if before == after:
            continue
        first, last = low, high
        while last - first > _MICRO:
            middle = first + (last - first) // 2
            first, last = (middle, last) if answer(middle) == before else (first, middle)
        yield last
