"""What changed between two periods: volume, mix and rate, which add up to the difference to the cent.

A group's revenue is its units (leads captured, or in the cash view sales) times what one of them brought.
More units at the old average is *volume*; other shares of the groups at their old yields is *mix*; other
yields is *rate*. In exact fractions the three add up to the change; the cents lost in rounding go to the
largest remainders. Revenue of groups without any unit has no yield: it stands apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

import attrs

from smarketing.closed_loop._loop_result import LoopResult, LoopRow
from smarketing.funnel import Group
from smarketing.periods import Period
from smarketing.values import Money

__all__ = ["ChangeRow", "Effects", "LoopChange", "as_old", "change_between", "decomposed"]

Told = Mapping[Group, tuple[int, int]]
"""By group, its units and its revenue in minor units."""


@attrs.frozen
class Effects:
    """The parts of a change, in minor units; they add up to it.

    Attributes:
        volume: More or fewer units, at the old average.
        mix: Other shares of the groups, at their old yields.
        rate: What one unit of each group brings.
        apart: Revenue of groups that have no units.
    """

    volume: int
    mix: int
    rate: int
    apart: int

    @property
    def total(self) -> int:
        """The whole change."""
        return self.volume + self.mix + self.rate + self.apart


def decomposed(before: Told, after: Told) -> Effects:
    """The change from one period to another in its parts.

    A group that is new has no old yield, and takes the old average; where there were no units at all before,
    or are none now, the whole change is volume.

    Example:
        >>> a, b = (("campaign", "A"),), (("campaign", "B"),)
        >>> decomposed({a: (10, 1000), b: (10, 3000)}, {a: (30, 3000), b: (10, 4000)})
        Effects(volume=4000, mix=-2000, rate=1000, apart=0)
    """
    groups = sorted({*before, *after}, key=str)
    then = {group: before.get(group, (0, 0)) for group in groups}
    now = {group: after.get(group, (0, 0)) for group in groups}

    def apart(told: Told) -> int:
        return sum(revenue for units, revenue in told.values() if not units)

    def whole(told: Told) -> tuple[int, int]:
        counted = [each for each in told.values() if each[0]]
        return sum(units for units, _ in counted), sum(revenue for _, revenue in counted)

    (units, earned), (units_now, earned_now) = whole(then), whole(now)
    by_itself = apart(now) - apart(then)
    change = earned_now - earned
    if not units or not units_now:
        return Effects(change, 0, 0, by_itself)
    average = Fraction(earned, units)
    old = {group: Fraction(then[group][1], then[group][0]) if then[group][0] else average for group in groups}
    volume = (units_now - units) * average
    mix = sum(
        ((now[group][0] - Fraction(then[group][0] * units_now, units)) * old[group] for group in groups),
        Fraction(),
    )
    parts = _rounded(change, (volume, mix, change - volume - mix))
    return Effects(*parts, apart=by_itself)


def _rounded(total: int, parts: tuple[Fraction, Fraction, Fraction]) -> tuple[int, int, int]:
    """Whole numbers next to the parts that add up to their sum, by largest remainders."""
    whole = [floor(part) for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda k: (whole[k] - parts[k], k))
    for k in by_remainder[: total - sum(whole)]:
        whole[k] += 1
    volume, mix, rate = whole
    return volume, mix, rate


@attrs.frozen(kw_only=True)
class ChangeRow:
    """One group in both periods.

    Attributes:
        group: The dimensions' values.
        before: The group then, None where there was none.
        after: The group now, likewise.
    """

    group: Group
    before: LoopRow | None
    after: LoopRow | None


@attrs.frozen(kw_only=True)
class LoopChange:
    """The same loop in two periods.

    Attributes:
        before: The earlier one, as old as the later one is.
        after: The later one.
        rows: Each group in both.
        volume: What more or fewer units changed in the revenue.
        mix: What other shares of the groups did.
        rate: What other yields did.
        apart: What groups without units did.
    """

    before: LoopResult
    after: LoopResult
    rows: tuple[ChangeRow, ...]
    volume: Money
    mix: Money
    rate: Money
    apart: Money

    @property
    def change(self) -> Money:
        """The difference of the revenue: the four parts add up to it."""
        return self.after.total.revenue - self.before.total.revenue


def as_old(earlier: Period, after: LoopResult) -> datetime:
    """The moment at which an earlier period was as old as a result's own: by the clocks of its zone.

    Ages count from the end or, of a period that still runs, from the start, and at most to the end.
    """
    zone, period = ZoneInfo(after.period.zone), after.period

    def moment(since: datetime, then: datetime) -> datetime:
        now, start, before = (at.astimezone(zone).replace(tzinfo=None) for at in (after.as_of, since, then))
        return (before + (now - start)).replace(tzinfo=zone)

    if after.as_of >= period.end:
        return moment(period.end, earlier.end)
    return min(moment(period.start, earlier.start), earlier.end)


def change_between(before: LoopResult, after: LoopResult) -> LoopChange:
    """What changed from an earlier result to a later one, by the groups that both can have.

    Months do not come again, so that a result by month is compared by campaign.
    """
    is_dated = "month" in after.by or not after.by
    old = {row.group: row for row in (before.by_campaign if is_dated else before.rows)}
    new = {row.group: row for row in (after.by_campaign if is_dated else after.rows)}
    effects = decomposed(*({group: _told(row, after) for group, row in rows.items()} for rows in (old, new)))
    groups = [*new, *(group for group in old if group not in new)]
    return LoopChange(
        before=before,
        after=after,
        rows=tuple(ChangeRow(group=group, before=old.get(group), after=new.get(group)) for group in groups),
        volume=Money(effects.volume, after.currency),
        mix=Money(effects.mix, after.currency),
        rate=Money(effects.rate, after.currency),
        apart=Money(effects.apart, after.currency),
    )


def _told(row: LoopRow, result: LoopResult) -> tuple[int, int]:
    return (row.leads_count if result.view == "cohort" else row.sales_count), row.revenue.minor
