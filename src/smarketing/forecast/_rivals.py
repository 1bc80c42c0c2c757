"""The simple rules that a model has to beat, with no more than was known at the origin.

- *base rate*: the share of all deals ever opened that had been won so far;
- *last horizon*: the share of the deals open one horizon earlier that were won since;
- *stage-weighted*: the agreed probability of the stage, or what a person has set by hand;
- *won of closed*: won / (won + lost) by source, the usual "win rate", which has no horizon;
- *naive Bayes*: the same from every dimension, as if they told things apart from each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import attrs

from smarketing.forecast._model import WinModel

__all__ = ["RIVALS", "Before", "ClosedGroup", "Group", "rivals_of"]

RIVALS = ("base_rate", "last_horizon", "stage_weighted", "won_of_closed", "naive_bayes")
"""The simple rules, by name."""
_MILLION = 1_000_000


class Group(NamedTuple):
    """Deals alike that were open at the origin: how many, and how many were won within the horizon."""

    values: tuple[str, ...]
    age: int | None
    share: int | None
    deals_count: int
    won_count: int


class ClosedGroup(NamedTuple):
    """Deals alike that had closed before the origin."""

    values: tuple[str, ...]
    won: bool
    deals_count: int


@attrs.frozen(kw_only=True)
class Before:
    """What was known at an origin, besides the deals that were open.

    Attributes:
        names: The dimensions that groups are split by; among them the model's own, "source" and "stage".
        closed: The deals that had closed.
        open_count: The deals that were open.
        earlier_count: The deals that had been open one horizon earlier.
        earlier_won_count: Those of them that were won since.
    """

    names: tuple[str, ...]
    closed: tuple[ClosedGroup, ...] = attrs.field(repr=False)
    open_count: int
    earlier_count: int
    earlier_won_count: int

    def counts(self, of: Callable[[ClosedGroup], object] = lambda _: None) -> dict[object, tuple[int, int]]:
        """Won and closed, by anything of a group."""
        found: dict[object, tuple[int, int]] = {}
        for group in self.closed:
            won, closed = found.get(of(group), (0, 0))
            found[of(group)] = won + group.deals_count * group.won, closed + group.deals_count
        return found


def rivals_of(before: Before, model: WinModel) -> dict[str, Callable[[Group], float]]:
    """The simple rules as functions of a group."""
    won, closed = before.counts().get(None, (0, 0))
    base = won / (closed + before.open_count) if closed + before.open_count else 0.0
    earlier = before.earlier_won_count / before.earlier_count if before.earlier_count else base
    place = before.names.index("stage") if "stage" in before.names else None

    def weighted(group: Group) -> float:
        if group.share is not None:
            return group.share / _MILLION
        return model.agreed_share(group.values[place] if place is not None else "")

    return {
        "base_rate": lambda _: base,
        "last_horizon": lambda _: earlier,
        "stage_weighted": weighted,
        "won_of_closed": _by_source(before, won, closed),
        "naive_bayes": _bayes(before, model.by, won, closed),
    }


def _by_source(before: Before, won: int, closed: int) -> Callable[[Group], float]:
    overall = won / closed if closed else 0.0
    if "source" not in before.names:
        return lambda _: overall
    place = before.names.index("source")
    counts = before.counts(lambda group: group.values[place])

    def rate(group: Group) -> float:
        own_won, own_closed = counts.get(group.values[place], (0, 0))
        return own_won / own_closed if own_closed else overall

    return rate


def _bayes(before: Before, by: Sequence[str], won: int, closed: int) -> Callable[[Group], float]:
    """The odds of all deals, times for each value how much more often won deals had it than lost ones."""
    lost = closed - won
    if not won or not lost:
        return lambda _: won / closed if closed else 0.0
    places = [before.names.index(name) for name in by]
    tables = [_ratios(before, place, won, lost) for place in places]
    odds = won / lost

    def chance(group: Group) -> float:
        total = odds
        for place, table in zip(places, tables, strict=True):
            total *= table.get(group.values[place], 1.0)
        return total / (1.0 + total)

    return chance


def _ratios(before: Before, place: int, won: int, lost: int) -> dict[object, float]:
    counts = before.counts(lambda group: group.values[place])
    levels = len(counts)
    return {
        value: ((own_won + 1) / (won + levels)) / ((own_closed - own_won + 1) / (lost + levels))
        for value, (own_won, own_closed) in counts.items()
    }


def total(groups: Iterable[Group]) -> tuple[int, int]:
    """How many deals, and how many of them were won."""
    held = list(groups)
    return sum(group.deals_count for group in held), sum(group.won_count for group in held)
