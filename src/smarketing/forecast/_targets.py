"""A period against its target: how far, how likely, and what is needed of each source to make it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, TypedDict

import attrs

from smarketing.errors import UnlikeCurrenciesError
from smarketing.estimates import Rate, largest_remainder
from smarketing.forecast._figures import Component, Figures
from smarketing.values import Money, Share

if TYPE_CHECKING:
    from smarketing.forecast._result import PeriodForecast
    from smarketing.periods import Period

__all__ = ["LeadsNeeded", "TargetOutlook", "target_outlook"]

_ALL = 1_000_000


class LeadsNeeded(TypedDict):
    """What `smarketing.sla.leads_owed` takes, here with deals that are opened as what is delivered."""

    goal: Money
    shares: Mapping[str, Share]
    deal_value: Mapping[str, Money]
    conversion: Mapping[str, Rate]
    open_pipeline: Mapping[str, Money]
    time_to_close: Mapping[str, timedelta]
    period: Period | None


@attrs.frozen(kw_only=True)
class TargetOutlook:
    """A period against a target.

    Attributes:
        target: What is to be reached.
        closed: What was won already.
        expected: What the period brings on average.
        pipeline: What the open deals that are dated in the period come to; of all open ones, where none has
            a day.
        chance: The chance to make it; None where history is too short.
        needed: What `smarketing.sla.leads_owed` takes to say how many more deals each source has to open:
            `leads_owed(**outlook.needed)`. None where nothing is missing, or nothing was ever won.
    """

    target: Money
    closed: Money
    expected: Money
    pipeline: Money
    chance: float | None
    needed: LeadsNeeded | None = attrs.field(repr=False)

    @property
    def gap(self) -> Money:
        """What is still missing; nothing where it is reached."""
        return Money(max(0, self.target.minor - self.closed.minor), self.target.currency)

    @property
    def shortfall(self) -> Money:
        """What will be missing on average; nothing where more is expected than the target."""
        return Money(max(0, self.target.minor - self.expected.minor), self.target.currency)

    @property
    def attained_share(self) -> float | None:
        """What was won already, as a share of the target; None where the target is nothing."""
        return self.closed.minor / self.target.minor if self.target.minor else None

    @property
    def expected_share(self) -> float | None:
        """What is expected, as a share of the target; None where the target is nothing."""
        return self.expected.minor / self.target.minor if self.target.minor else None

    @property
    def coverage(self) -> float | None:
        """The pipeline, unweighted, as a multiple of the gap; None where there is no gap."""
        return self.pipeline.minor / self.gap.minor if self.gap.minor else None


def target_outlook(forecast: PeriodForecast, target: Money, figures: Figures, place: int) -> TargetOutlook:
    """One period against a target."""
    if target.currency != figures.currency:
        raise UnlikeCurrenciesError(
            f"the target is in {target.currency}, and the forecast in {figures.currency}"
        )
    dated = [deal for deal in figures.deals if figures.is_dated(deal, place)]
    has_days = any(deal.expected_on() is not None for deal in figures.deals)
    amounts = [deal.amount for deal in (dated if has_days else figures.deals)]
    closed = forecast.components.closed
    gap = max(0, target.minor - closed.minor)
    return TargetOutlook(
        target=target,
        closed=closed,
        expected=forecast.expected,
        pipeline=Money(sum(amount.minor for amount in amounts if amount is not None), figures.currency),
        chance=forecast.chance_of(target),
        needed=_needed(figures, place, gap) if gap else None,
    )


def _needed(figures: Figures, place: int, gap: int) -> LeadsNeeded | None:
    """What is missing, source by source in the proportion of what each brought so far."""
    history, currency = figures.history, figures.currency
    brought: dict[str, int] = {}
    for each in history.won:
        if each.amount is not None and each.source is not None:
            brought[each.source] = brought.get(each.source, 0) + each.amount
    sources = [source for source, minor in sorted(brought.items()) if minor > 0]
    if not sources:
        return None
    coming: dict[str, int] = {}
    for entry in figures.entries(place):
        source = entry.values.get("source")
        if source in sources and entry.component != Component.CLOSED:
            coming[source] = coming.get(source, 0) + entry.expected
    parts = largest_remainder(_ALL, [brought[source] for source in sources])
    delays = {source: history.days_to_close(source) for source in sources}
    return LeadsNeeded(
        goal=Money(gap, currency),
        shares={source: Share(part) for source, part in zip(sources, parts, strict=True)},
        deal_value={source: Money(history.typical(None, source) or 1, currency) for source in sources},
        conversion={source: history.win_rate(source) for source in sources},
        open_pipeline={source: Money(coming[source], currency) for source in sources if coming.get(source)},
        time_to_close={source: delay for source, delay in delays.items() if delay is not None},
        period=figures.periods[place],
    )
