"""How long deals take and how many are won in the end: per group, with bands."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from statistics import NormalDist
from typing import TYPE_CHECKING

import attrs

from smarketing.estimates import IncidenceCurve, Interval
from smarketing.forecast._asked import checked_share
from smarketing.funnel import row_of_group
from smarketing.language import Words

if TYPE_CHECKING:
    from smarketing.document import Report

__all__ = ["Age", "TimingResult", "TimingRow"]

_NORMAL = NormalDist()


@attrs.frozen(kw_only=True)
class Age:
    """An age in days by which a share of deals has closed, with the range that holds it.

    Attributes:
        days: The age; None where history does not reach that far.
        low: The least that it may be, with the confidence asked for.
        high: The most; None where history does not reach that far.
    """

    days: int | None
    low: int | None
    high: int | None


@attrs.frozen(kw_only=True)
class TimingRow:
    """The deals of one group.

    Attributes:
        group: The dimensions' values; empty for all deals.
        won_count: Won.
        lost_count: Lost.
        open_count: Still open.
        outcomes: The shares won and lost by age, each against the other: what is left is still open.
        closings: The share closed by age, won or lost.
        luck_sd: How much luck that deals of a month share adds to the log-odds of the share won.
    """

    group: tuple[tuple[str, str | None], ...]
    won_count: int
    lost_count: int
    open_count: int
    outcomes: IncidenceCurve = attrs.field(repr=False)
    closings: IncidenceCurve = attrs.field(repr=False)
    luck_sd: float = 0.0

    @property
    def values(self) -> Mapping[str, str | None]:
        """The dimensions' values by name."""
        return dict(self.group)

    def survival(self, age_days: int) -> float:
        """The share of deals still open after so many days."""
        return self.closings.survival(at=age_days)

    def won_by(self, age_days: int) -> float:
        """The share of deals won within so many days."""
        return self.outcomes.incidence("won", at=age_days)

    def win_share(self, *, level: float = 0.9, by: int | None = None) -> Interval | None:
        """The range that holds the share of deals that are won, with the given confidence.

        The spread of the estimate and the luck that months share, on the log-odds. None where nothing or
        everything was won.

        Args:
            level: The confidence.
            by: Within so many days; by default within the time that any deal took to close.

        Raises:
            ValueError: The level does not lie between 0 and 1.
        """
        level = checked_share(level, "level", "0.9")
        curve = self.outcomes
        at = curve.times[-1] if by is None and curve.times else by or 0
        share = self.won_by(at)
        place = sum(time <= at for time in curve.times)
        variance = curve.variances["won"][place - 1] if place else 0.0
        if not (0.0 < share < 1.0 and variance > 0.0):
            return None
        sampling = math.sqrt(variance) / (share * (1.0 - share))
        reach = _NORMAL.inv_cdf(0.5 + 0.5 * level) * math.hypot(sampling, self.luck_sd)
        middle = math.log(share / (1.0 - share))
        return Interval(*(1.0 / (1.0 + math.exp(-(middle + each))) for each in (-reach, reach)))

    def close_days(self, share: float = 0.5, *, level: float = 0.9) -> Age:
        """The age by which that share of all deals has closed: 0.5 is the median, 0.75 is P75.

        Raises:
            ValueError: The share is not above 0 and at most 1, or the level is none.
        """
        return _age(self.closings, "closed", share, level)

    def win_days(self, share: float = 0.5) -> int | None:
        """The age by which that share of the deals that are won in the end has been won.

        Raises:
            ValueError: The share is not above 0 and at most 1.
        """
        in_the_end = self.won_by(self.outcomes.times[-1]) if self.outcomes.times else 0.0
        return self.outcomes.quantile(share * in_the_end, "won") if in_the_end else None


def _age(curve: IncidenceCurve, cause: str, share: float, level: float) -> Age:
    low = high = None
    for time in curve.times:
        band = curve.band(cause, at=time, level=level)
        if band is None:
            continue
        if low is None and band.high >= share:
            low = time
        if high is None and band.low >= share:
            high = time
    return Age(days=curve.quantile(share, cause), low=low, high=high)


@attrs.frozen(kw_only=True)
class TimingResult:
    """How long deals take, and how many are won in the end.

    Attributes:
        as_of: What was known.
        by: The dimensions of the rows.
        rows: One per group, the most deals first.
        total: All of them.
        unit: "deal" or "lead".
        months_count: The months whose shared luck was learned.
        luck_sd: The standard deviation of a month's luck, on the log-odds of winning.
    """

    as_of: datetime
    by: tuple[str, ...]
    rows: tuple[TimingRow, ...]
    total: TimingRow
    unit: str
    months_count: int
    luck_sd: float | None

    def row(self, **values: str | None) -> TimingRow:
        """The row of one group, such as `result.row(source="referral")`.

        Raises:
            UnknownNameError: There is no such group.
        """
        return row_of_group(self.rows, values, "no deals of {group}")

    def to_report(self, words: Words | None = None) -> Report:
        """The result as a report, in English unless other words are given."""
        from smarketing.forecast._timing_report import timing_report

        return timing_report(self, words)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return self.to_report()._repr_html_()
