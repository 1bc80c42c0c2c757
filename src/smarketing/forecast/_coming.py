"""Deals that are not open yet: how many come, how many of them are won in time, and what those bring."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING

from smarketing.forecast._book import MEASURES
from smarketing.forecast._figures import Coming, Component
from smarketing.forecast._history import History, Priced

if TYPE_CHECKING:
    from smarketing.forecast._model import WinModel

__all__ = ["coming_of", "margin_parts"]

_NOT_ALL_SAY = ("recurring", "one_off")


def coming_of(
    model: WinModel,
    history: History,
    spans: Sequence[tuple[int, int]],
    *,
    as_of: datetime,
    first_stage: str | None,
    margin_part: Mapping[str | None, float],
) -> tuple[Coming, ...]:
    """Deals that come on any day u from now on, each won in a period with `F(end - u) - F(start - u)`.

    Args:
        model: How deals are won; one that is opened again counts as one that has just been opened.
        history: How many come, and what won deals brought.
        spans: For each period, how many days ahead it starts and ends.
        as_of: The moment.
        first_stage: The stage that deals begin in.
        margin_part: By source, the part of what won deals brought that was margin.
    """
    found: list[Coming] = []
    horizon = max(end for _, end in spans)
    for component, arrivals in ((Component.NEW, history.created), (Component.REOPENED, history.reopened)):
        for source in history.sources if horizon else ():
            if source not in arrivals:
                continue
            group: dict[str, str | None] = dict.fromkeys(model.by)
            group |= {"source": source, "stage": first_stage}
            within = model.chances(group, None, range(horizon), as_of=as_of)
            summed = [0.0, *accumulate(within)]
            each = arrivals[source]
            days = [(summed[end] - summed[start], end) for start, end in spans]
            amounts = {measure: _amounts(history, source, measure, margin_part) for measure in MEASURES}
            shares = {measure: history.told_share(source, _OF[measure]) for measure in _NOT_ALL_SAY}
            found.append(
                Coming(
                    component=component,
                    source=source,
                    group=group,
                    path=model.place(group)[0],
                    per_day=each.per_day,
                    count=each.count,
                    wins=tuple(each.per_day * won for won, _ in days),
                    chances=tuple(min(0.999, won / end) if end else 0.0 for won, end in days),
                    amounts={measure: told for measure, told in amounts.items() if told},
                    shares=shares,
                    certainty=each.certainty,
                )
            )
    return tuple(found)


def margin_parts(history: History) -> dict[str | None, float]:
    """By source, the part of what won deals brought that was margin; missing where nobody says."""
    parts = {source: history.part(source, _margin) for source in history.sources}
    return {source: part for source, part in parts.items() if part is not None}


def _amounts(
    history: History, source: str | None, measure: str, margin_part: Mapping[str | None, float]
) -> tuple[float, ...]:
    """What new deals of a source may bring of a measure."""
    if measure == "margin":
        part = margin_part.get(source)
        return () if part is None else tuple(part * amount for amount in history.amounts(source, _amount))
    return history.amounts(source, _OF[measure])


def _amount(each: Priced) -> int | None:
    return each.amount


def _margin(each: Priced) -> int | None:
    return None if each.amount is None or each.cost is None else each.amount - each.cost


def _recurring(each: Priced) -> int | None:
    return each.recurring


def _one_off(each: Priced) -> int | None:
    return None if each.amount is None or each.recurring is None else each.amount - each.recurring


_OF: Mapping[str, Callable[[Priced], int | None]] = {
    "revenue": _amount,
    "recurring": _recurring,
    "one_off": _one_off,
}
