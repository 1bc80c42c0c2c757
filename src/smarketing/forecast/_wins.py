"""How many of the open deals will be won: the distribution of a count, with shared luck and unsure rates."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import NamedTuple

from smarketing.forecast._shock import Shock

__all__ = ["Alike", "wins_within"]

_NODES = 31
_NORMAL = NormalDist()


class Alike(NamedTuple):
    """So many deals of one probability, whose group's log-odds are known up to a standard deviation."""

    probability: float
    deals_count: int
    group: tuple[str, ...]
    logit_sd: float


def wins_within(alike: Sequence[Alike], shock: Shock | None) -> Callable[[float], float] | None:
    """The probability of at most so many wins, as a function; None where past periods tell too little.

    A mixture over equally likely values of the shock that the deals share (Student's t with as many degrees
    of freedom as past periods allow); given the shock, wins are about normal, with the variance of
    independent deals and that of each group's own rate.
    """
    if shock is None:
        return None
    parts = [_moments(alike, shock.quantile((node + 0.5) / _NODES)) for node in range(_NODES)]

    def at_most(count: float) -> float:
        return math.fsum(_below(count, mean, sd) for mean, sd in parts) / _NODES

    return at_most


def _below(count: float, mean: float, sd: float) -> float:
    if sd <= 0.0:
        return float(count + 0.5 > mean)
    return _NORMAL.cdf((count + 0.5 - mean) / sd)


def _moments(alike: Sequence[Alike], shift: float) -> tuple[float, float]:
    means, spreads = [], []
    slopes: dict[tuple[str, ...], list[float]] = {}
    for each in alike:
        share = _shifted(each.probability, shift)
        spread = each.deals_count * share * (1.0 - share)
        means.append(each.deals_count * share)
        spreads.append(spread)
        slopes.setdefault(each.group, []).append(spread * each.logit_sd)
    of_rates = math.fsum(math.fsum(each) ** 2 for each in slopes.values())
    return math.fsum(means), math.sqrt(math.fsum(spreads) + of_rates)


def _shifted(share: float, shift: float) -> float:
    if not 0.0 < share < 1.0:
        return share
    odds = share / (1.0 - share) * math.exp(shift)
    return odds / (1.0 + odds)
