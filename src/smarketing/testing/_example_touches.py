"""The touches of the example company's leads, drawn given what became of each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cache
from itertools import accumulate

from smarketing.facts import Touch
from smarketing.origin import Origin
from smarketing.testing import _rows as rows
from smarketing.testing import _wall as wall
from smarketing.testing._lives import DAY, LAST_SECOND, Life
from smarketing.testing._touch_truth import TouchTruth

_DIGITS = 12  # so that the last bit of one machine's arithmetic changes no touch
_SPREAD = 0.25


def life_touches(life: Life, truth: TouchTruth, draw: Callable[[], float]) -> Iterator[Touch]:
    """The touches of one lead before the company's last day, channel by channel."""
    sold_at = _sold_at(life)
    worlds = _cumulative(truth, sold=sold_at is not None)
    place = min(bisect_right(worlds, draw()), len(worlds) - 1)
    _, reached = truth.worlds[place]
    start = life.seen
    wandering = start + int((15 + 90 * draw()) * DAY)
    end = sold_at if sold_at is not None else min(wandering, LAST_SECOND - 1)
    lead_id, number = rows.lead_id(life.number), 0
    for channel, hit in zip(truth.channels, reached, strict=True):
        if not hit:
            continue
        for _ in range(1 + int(3 * draw() ** 3)):
            along = min(max(channel.place + _SPREAD * (draw() + draw() - 1), 0.0), 1.0)
            day, second = divmod(start + int((end - start) * along), DAY)
            at = min(max(day * DAY + 7 * 3600 + second * 5 // 8, start), end)
            number += 1
            yield Touch(
                origin=Origin(system="brisa", table="touches", record=f"{lead_id}/{number}"),
                occurred_at=wall.instant(at),
                lead_id=lead_id,
                kind=channel.kind,
                channel=channel.name,
            )


def _sold_at(life: Life) -> int | None:
    """When the lead's deal was won, as far as the company's last day tells."""
    closings = life.deal.closings if life.deal else []
    return next((each.at for each in closings if each.outcome == "won" and each.at < LAST_SECOND), None)


@cache
def _cumulative(truth: TouchTruth, *, sold: bool) -> tuple[float, ...]:
    return tuple(round(each, _DIGITS) for each in accumulate(truth.given(sold=sold)))
