"""Past months: what the deals that were open when each began promised, and what came of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from smarketing.estimates import ShrunkHazards
from smarketing.forecast._chain import Chain, Rhythm
from smarketing.forecast._fitting import Fitting
from smarketing.forecast._shock import ShockPeriod
from smarketing.forecast._spells import day_number, day_of_number, open_by_day
from smarketing.periods import Period

__all__ = ["months_of", "past_months"]

_MOST = 12


def months_of(fitting: Fitting, observed: int | None, most: int = _MOST) -> tuple[Period, ...]:
    """The whole months of which everything is known, the last ones, oldest first."""
    first = observed if observed is not None else fitting.first_day
    if first is None:
        return ()
    zone, months = fitting.told.zone, list[Period]()
    day = day_of_number(fitting.today + 1).replace(day=1)
    while len(months) < most:
        (month,) = Period.months(_before(day), 1, zone)
        day = month.start.astimezone(ZoneInfo(zone)).date()
        if day_number(day) < first:
            break
        months.insert(0, month)
    return tuple(months)


def past_months(
    fitting: Fitting, parts: Mapping[str, ShrunkHazards], rhythm: Rhythm | None, observed: int | None
) -> list[ShockPeriod]:
    """What the fitted hazards promise of each past month, and what came of it."""
    found = []
    plain = Chain(parts)
    for month in months_of(fitting, observed):
        zone = ZoneInfo(fitting.told.zone)
        start, end = (each.astimezone(zone).date() for each in (month.start, month.end))
        before, until = day_number(start) - 1, day_number(end) - 1
        chain = plain if rhythm is None else Chain(parts, rhythm, day_of_number(before))
        expected, variance, deals, wins = [], [], 0, 0
        for path, stage, age, count, won in open_by_day(fitting.spells, before, until, fitting.paths):
            if stage in chain.stages:
                (share,) = chain.won_within(path, stage, age, (until - before,))
                expected.append(count * share)
                variance.append(count * share * (1.0 - share))
                deals, wins = deals + count, wins + won
        found.append(
            ShockPeriod(
                start=month.start,
                end=month.end,
                deals_count=deals,
                expected=math.fsum(expected),
                variance=math.fsum(variance),
                won_count=wins,
            )
        )
    return found


def _before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)
