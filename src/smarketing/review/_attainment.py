"""Targets against what was reached, for each of the agreed stretches of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Literal
from zoneinfo import ZoneInfo

import attrs

from smarketing.agreement import Agreement, Quota, Targets
from smarketing.frames import Frames
from smarketing.funnel import FunnelResult, SalesResult, measure_funnel, measure_sales
from smarketing.periods import Period
from smarketing.values import Money

__all__ = ["Attainment", "Party", "attainments", "quotas_of"]

Party = Literal["company", "team", "owner"]

_PARTIES: tuple[Party, ...] = ("company", "team", "owner")

_Months = frozenset[str]


@attrs.frozen(kw_only=True)
class Attainment:
    """One target, and what was reached of it so far.

    Attributes:
        period: The month, quarter or year that the target is for.
        party: Whose it is: the company's, a team's or a person's.
        name: Which team or person; blank for the company.
        what: "revenue", or the stage that records are to enter.
        target: Money, or a number of records.
        reached: The same, so far. Revenue in other currencies is not in it.
        is_running: Whether the period has not ended yet.
    """

    period: Period
    party: Party
    name: str
    what: str
    target: Money | int
    reached: Money | int
    is_running: bool

    @property
    def share(self) -> float | None:
        """What was reached, as a share of the target; None where the target is nothing."""
        target, reached = (
            value.minor if isinstance(value, Money) else value for value in (self.target, self.reached)
        )
        return reached / target if target else None


def attainments(
    frames: Frames, agreement: Agreement, *, period: Period, as_of: datetime
) -> tuple[Attainment, ...]:
    """Every target that the period touches and that had begun by `as_of`, oldest first.

    Each is held against its whole month, (fiscal) quarter or year, however little of that the period holds;
    the terms in force on the first day of it apply.
    """
    agreed = [*_agreed(agreement, period, as_of)]
    if not agreed:
        return ()
    start, end = min(stretch.start for stretch, _ in agreed), max(stretch.end for stretch, _ in agreed)
    measured = _Measured(frames, agreement, Period(start=start, end=end, zone=period.zone), as_of)
    found = [each for stretch, targets in agreed for each in _of_stretch(measured, targets, stretch)]
    return tuple(sorted(found, key=lambda each: (each.period.start, _PARTIES.index(each.party), each.name)))


def _agreed(agreement: Agreement, period: Period, as_of: datetime) -> Iterator[tuple[Period, Targets]]:
    """The stretches of time that targets are for, with their terms."""
    if agreement.targets is None:
        return
    zone, fiscal = period.zone, agreement.company.fiscal_year_start
    asked = attrs.evolve(period, fiscal_year_start=fiscal if fiscal > 1 else None)
    for effective_on, targets in agreement.targets.versions:
        for piece in asked.split(targets.per):
            stretch = Period.parse(piece.label, zone, fiscal_year_start=fiscal)
            first_day = stretch.start.astimezone(ZoneInfo(zone)).date()
            in_force = first_day >= effective_on and agreement.targets.on(first_day) is targets
            if in_force and stretch.start < as_of:
                yield stretch, targets


def _of_stretch(measured: _Measured, targets: Targets, stretch: Period) -> Iterator[Attainment]:
    months = frozenset(month.label for month in stretch.split("month"))
    for party, name, quota in quotas_of(targets):
        of = partial(
            Attainment, period=stretch, party=party, name=name, is_running=stretch.end > measured.as_of
        )
        if quota.revenue is not None:
            won = measured.revenue(months, party, name, quota.revenue.currency)
            yield of(what="revenue", target=quota.revenue, reached=won)
        for stage, count in quota.counts.items():
            yield of(what=stage, target=count, reached=measured.entered(months, party, name, stage))


def quotas_of(targets: Targets) -> Iterator[tuple[Party, str, Quota]]:
    if targets.company:
        yield "company", "", targets.company
    for name, quota in targets.teams.items():
        yield "team", name, quota
    for name, quota in targets.owners.items():
        yield "owner", name, quota


class _Measured:
    """The measures that targets are held against: each taken once, by month, and added up by stretch."""

    def __init__(self, frames: Frames, agreement: Agreement, period: Period, as_of: datetime) -> None:
        self._frames = frames
        self._agreement = agreement
        self._period = period
        self.as_of = as_of
        self._sales: dict[Party, SalesResult] = {}
        self._funnels: dict[tuple[Party, str], FunnelResult] = {}

    def revenue(self, months: _Months, party: Party, name: str, currency: str) -> Money:
        if party not in self._sales:
            self._sales[party] = measure_sales(
                self._frames, period=self._period, as_of=self.as_of, by=_by(party)
            )
        won = Money(0, currency)
        for row in self._sales[party].rows:
            if _belongs(row.values, months, party, name):
                won += row.revenue.get(currency, Money(0, currency))
        return won

    def entered(self, months: _Months, party: Party, name: str, stage: str) -> int:
        if (party, stage) not in self._funnels:
            self._funnels[party, stage] = measure_funnel(
                self._frames,
                self._agreement.funnel,
                period=self._period,
                as_of=self.as_of,
                by=_by(party),
                start=stage,
                velocities=(),
            )
        rows = self._funnels[party, stage].rows
        return sum(row[stage].reached_count for row in rows if _belongs(row.values, months, party, name))


def _by(party: Party) -> tuple[str, ...]:
    return ("month",) if party == "company" else ("month", party)


def _belongs(values: Mapping[str, str | None], months: _Months, party: Party, name: str) -> bool:
    return values["month"] in months and (party == "company" or values[party] == name)
