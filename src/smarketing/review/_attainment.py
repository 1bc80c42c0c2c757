"""Targets against what was reached, for each of the agreed stretches of time."""

from __future__ import annotations

from collections.abc import Iterator
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

__all__ = ["Attainment", "Party", "attainments"]

Party = Literal["company", "team", "owner"]

_PARTIES: tuple[Party, ...] = ("company", "team", "owner")


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
    """Every target of the period, oldest first; the terms in force on the first day of each stretch apply."""
    if agreement.targets is None:
        return ()
    measured = _Measured(frames, agreement, period, as_of)
    zone = ZoneInfo(period.zone)
    found: list[Attainment] = []
    for effective_on, targets in agreement.targets.versions:
        for stretch in period.split(targets.per):
            first_day = stretch.start.astimezone(zone).date()
            if first_day >= effective_on and agreement.targets.on(first_day) is targets:
                found.extend(_of_stretch(measured, targets, stretch))
    return tuple(sorted(found, key=lambda each: (each.period.start, _PARTIES.index(each.party), each.name)))


def _of_stretch(measured: _Measured, targets: Targets, stretch: Period) -> Iterator[Attainment]:
    quotas: list[tuple[Party, str, Quota]] = [("company", "", targets.company)] if targets.company else []
    quotas += [("team", name, quota) for name, quota in targets.teams.items()]
    quotas += [("owner", name, quota) for name, quota in targets.owners.items()]
    for party, name, quota in quotas:
        of = partial(
            Attainment, period=stretch, party=party, name=name, is_running=stretch.end > measured.as_of
        )
        if quota.revenue is not None:
            won = measured.revenue(stretch, party, name, quota.revenue.currency)
            yield of(what="revenue", target=quota.revenue, reached=won)
        for stage, count in quota.counts.items():
            yield of(what=stage, target=count, reached=measured.entered(stretch, party, name, stage))


class _Measured:
    """The measures that targets are held against: each taken once, by month, and added up by stretch."""

    def __init__(self, frames: Frames, agreement: Agreement, period: Period, as_of: datetime) -> None:
        self._frames = frames
        self._agreement = agreement
        self._period = period
        self.as_of = as_of
        self._sales: dict[Party, SalesResult] = {}
        self._funnels: dict[tuple[Party, str], FunnelResult] = {}

    def revenue(self, stretch: Period, party: Party, name: str, currency: str) -> Money:
        if party not in self._sales:
            self._sales[party] = measure_sales(
                self._frames, period=self._period, as_of=self.as_of, by=_by(party)
            )
        won = Money(0, currency)
        for row in self._sales[party].rows:
            if _belongs(row.values, stretch, party, name):
                won += row.revenue.get(currency, Money(0, currency))
        return won

    def entered(self, stretch: Period, party: Party, name: str, stage: str) -> int:
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
        return sum(row[stage].reached_count for row in rows if _belongs(row.values, stretch, party, name))


def _by(party: Party) -> tuple[str, ...]:
    return ("month",) if party == "company" else ("month", party)


def _belongs(values: dict[str, str | None], stretch: Period, party: Party, name: str) -> bool:
    in_stretch = values["month"] in {month.label for month in stretch.split("month")}
    return in_stretch and (party == "company" or values[party] == name)
