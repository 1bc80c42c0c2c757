"""How long deals take to close, and how many are won in the end, counted in bulk."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.estimates import RiskCounts, cumulative_incidence
from smarketing.forecast._chain import LOST, WON, Path
from smarketing.forecast._fitting import Fitting
from smarketing.forecast._leads import rows_as_of
from smarketing.forecast._parts import merged
from smarketing.forecast._shock import ShockPeriod, shock_of
from smarketing.forecast._spells import OPEN_DAY, day_of_number
from smarketing.forecast._timing_result import TimingResult, TimingRow
from smarketing.frames import Frames, tuples_of
from smarketing.funnel import Funnel, Unit, dimension_names
from smarketing.periods import Dated, Period
from smarketing.sources import SourceRules

__all__ = ["measure_timing"]

_Months = Mapping[tuple[int, int], Mapping[Path, tuple[int, int]]]


def measure_timing(
    frames: Frames,
    *,
    by: str | Sequence[str] = ("source",),
    as_of: datetime,
    sources: Dated[SourceRules] | None = None,
    pipeline: Funnel | None = None,
    zone: str = "UTC",
    unit: Unit | str = Unit.DEAL,
) -> TimingResult:
    """Survival, the median and P75 of the time to close, and the share won in the end, with bands.

    Open deals count for as long as they have been open, and where closings were recorded from some day on
    only, every deal counts from that day. A share won comes with the spread of its estimate and with the luck
    that deals closing in one month share.

    Args:
        frames: The facts.
        by: Dimensions of the rows, such as "source"; a stage is none.
        as_of: What was known.
        sources: The agreed rules for "source", dated; by default `SourceRules.default()`.
        pipeline: The agreed stages.
        zone: Whose days and months.
        unit: "deal", or "lead".

    Raises:
        UnknownNameError: There is nothing to split by of that name.

    Example:
        >>> from datetime import UTC
        >>> import polars as pl
        >>> day = 86_400_000_000
        >>> deals = pl.DataFrame({"deal_id": [f"D{n}" for n in range(40)], "created_at": [0] * 40})
        >>> closings = pl.DataFrame(
        ...     {"deal_id": [f"D{n}" for n in range(30)], "outcome": ["won", "lost", "lost"] * 10,
        ...      "occurred_at": [(n + 1) * day for n in range(30)]}
        ... )
        >>> frames = Frames.from_native(deals=deals, closings=closings)
        >>> timing = measure_timing(frames, by=(), as_of=datetime(1970, 2, 15, tzinfo=UTC)).total
        >>> timing.close_days(0.5), round(timing.won_by(30), 9), round(timing.survival(30), 9)
        (Age(days=20, low=16, high=26), 0.25, 0.25)
    """
    plain = tuple(name for name in dimension_names(by) if name != "stage")
    unit = Unit(unit)
    told = rows_as_of(
        unit,
        frames=frames,
        as_of=as_of,
        by=plain,
        sources=sources or Dated.of(SourceRules.default()),
        pipeline=pipeline,
        zone=zone,
    )
    fitting = Fitting.of(told, 90.0)
    counts = fitting.counts(until=fitting.today, since=fitting.observed_since()).get("", {})
    months = _months(fitting)
    luck = shock_of(_periods(months, zone))
    everything = merged(counts.values(), (WON, LOST))
    rows = [_row(plain, path, counts[path], months, luck.sd if luck else 0.0) for path in counts]
    total = _row((), None, everything, months, luck.sd if luck else 0.0)
    return TimingResult(
        as_of=as_of,
        by=plain,
        rows=tuple(sorted(rows, key=_rank)) if plain else (),
        total=total,
        unit=str(unit),
        months_count=len(months),
        luck_sd=luck.sd if luck else None,
    )


def _row(
    by: Sequence[str], path: Path | None, counts: RiskCounts, months: _Months, luck_sd: float
) -> TimingRow:
    outcomes = merged([counts], (WON, LOST))
    both = [
        (age, "closed", sum(each)) for age, *each in zip(outcomes.ages, *outcomes.ended.values(), strict=True)
    ]
    still = [(age, None, n) for age, n in zip(outcomes.ages, outcomes.still_open, strict=True)]
    late = zip(outcomes.ages, outcomes.first_seen, strict=True)
    closings = RiskCounts.from_rows([*both, *still], late_entries=late, causes=("closed",))
    return TimingRow(
        group=tuple((name, value or None) for name, value in zip(by, path or (), strict=True)),
        won_count=sum(outcomes.ended[WON]),
        lost_count=sum(outcomes.ended[LOST]),
        open_count=sum(outcomes.still_open),
        outcomes=cumulative_incidence(outcomes),
        closings=cumulative_incidence(closings),
        luck_sd=luck_sd * math.sqrt(_concentration(path, months)),
    )


def _concentration(path: Path | None, months: _Months) -> float:
    """The sum of squares of the months' shares in a group's closings: what a month's luck weighs."""
    totals = [
        sum(won + lost for own, (won, lost) in groups.items() if path is None or own == path)
        for groups in months.values()
    ]
    closed = sum(totals)
    return sum((each / closed) ** 2 for each in totals) if closed else 0.0


def _months(fitting: Fitting) -> _Months:
    """By calendar month, how many deals of each path closed, won and lost."""
    names = [f"path_{number}" for number in range(fitting.paths)]
    closed = fitting.spells.filter(nw.col("end_day") < OPEN_DAY, nw.col("end_day") <= fitting.today)
    counted: list[tuple[Any, ...]] = tuples_of(
        closed.group_by(*names, "end_day", "won").agg(nw.len().alias("deals_count"))
    )
    found: dict[tuple[int, int], dict[Path, tuple[int, int]]] = {}
    for *path, day, is_won, count in counted:
        on = day_of_number(int(day))
        groups = found.setdefault((on.year, on.month), {})
        won, lost = groups.get(tuple(path), (0, 0))
        groups[tuple(path)] = (won + count, lost) if is_won else (won, lost + count)
    return dict(sorted(found.items()))


def _periods(months: _Months, zone: str) -> list[ShockPeriod]:
    """What the closings of each month promised at the groups' own rates, and how many were won."""
    totals: dict[Path, tuple[int, int]] = {}
    for groups in months.values():
        for path, (won, lost) in groups.items():
            before = totals.get(path, (0, 0))
            totals[path] = before[0] + won, before[1] + lost
    rates = {path: won / (won + lost) for path, (won, lost) in totals.items()}
    found = []
    for (year, month), groups in months.items():
        (period,) = Period.months(datetime(year, month, 1).date(), 1, zone)  # noqa: DTZ001 -- a local day
        closed = {path: won + lost for path, (won, lost) in groups.items()}
        found.append(
            ShockPeriod(
                start=period.start,
                end=period.end,
                deals_count=sum(closed.values()),
                expected=math.fsum(n * rates[path] for path, n in closed.items()),
                variance=math.fsum(n * rates[path] * (1.0 - rates[path]) for path, n in closed.items()),
                won_count=sum(won for won, _ in groups.values()),
            )
        )
    return found


def _rank(row: TimingRow) -> tuple[object, ...]:
    deals = row.won_count + row.lost_count + row.open_count
    return -deals, [(value is None, value or "") for _, value in row.group]
