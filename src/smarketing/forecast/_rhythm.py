"""How winning and losing rise and fall within a quarter: deals are pushed to close before it ends."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from smarketing.estimates import ShrunkHazards
from smarketing.forecast._chain import LOST, WON, Rhythm
from smarketing.forecast._fitting import Fitting
from smarketing.forecast._past import months_of
from smarketing.forecast._spells import day_number

__all__ = ["rhythm_of"]

_MOST = 36
_ENDS = 20.0


def rhythm_of(fitting: Fitting, parts: Mapping[str, ShrunkHazards], observed: int | None) -> Rhythm:
    """What hazards are multiplied by in the first, second and third month of a quarter.

    `(seen + m) / (expected + m)`, where m closings' worth say that months are alike: a month of the quarter
    that history has not shown yet is as any other.
    """
    zone = ZoneInfo(fitting.told.zone)
    seen = {cause: [_ENDS] * 3 for cause in (WON, LOST)}
    expected = {cause: [_ENDS] * 3 for cause in (WON, LOST)}
    for month in months_of(fitting, observed, _MOST):
        start, end = (each.astimezone(zone).date() for each in (month.start, month.end))
        place = (start.month - 1) % 3
        counts = fitting.counts(until=day_number(end) - 1, since=day_number(start))
        for stage, by_path in counts.items():
            hazards = parts[stage]
            for path, own in by_path.items():
                days = own.exposure(hazards.starts)
                for cause in (WON, LOST):
                    seen[cause][place] += sum(own.ended.get(cause, ()))
                    expected[cause][place] += sum(
                        n * hazards.hazard(cause, age=age, group=path)
                        for n, age in zip(days, hazards.starts, strict=True)
                    )
    return {cause: _ratios(seen[cause], expected[cause]) for cause in (WON, LOST)}


def _ratios(seen: list[float], expected: list[float]) -> tuple[float, float, float]:
    first, second, third = (one / other for one, other in zip(seen, expected, strict=True))
    return first, second, third
