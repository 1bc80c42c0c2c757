"""A period against its target: how far, how likely, and what is needed of each source to make it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, TypedDict

import attrs

from smarketing.estimates import Rate, largest_remainder
from smarketing.forecast._figures import Component, Entry, Figures
from smarketing.forecast._history import Priced
from smarketing.values import Money, Share

if TYPE_CHECKING:
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
        chance: The chance to make it; None where history is too short, or nothing is known of whose it is.
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


def target_outlook(
    figures: Figures, place: int, target: Money, group: Mapping[str, str | None]
) -> TargetOutlook:
    """One period against a target of a group's, or of the company's where the group is empty."""
    entries = figures.of_group(place, group)
    outlook = figures.outlook(place, entries)
    closed = sum(each.worth for each in entries if each.component == Component.CLOSED)
    gap = max(0, target.minor - closed)
    return TargetOutlook(
        target=target,
        closed=Money(closed, figures.currency),
        expected=outlook.expected,
        pipeline=Money(figures.pipeline(place, group), figures.currency),
        chance=outlook.chance_of(target) if entries or not group else None,
        needed=_needed(figures, place, gap, group, entries) if gap else None,
    )


def _needed(
    figures: Figures,
    place: int,
    gap: int,
    group: Mapping[str, str | None],
    entries: Iterable[Entry],
) -> LeadsNeeded | None:
    """What is missing, source by source in the proportion of what each brought so far.

    To the group itself, or to the company where the group has not won anything yet; a deal is worth, won and
    decided as the company's are, since one person's are too few to tell.
    """
    history, currency = figures.history, figures.currency
    brought = _brought(history.won, group) or _brought(history.won, {})
    sources = [source for source, minor in sorted(brought.items()) if minor > 0]
    if not sources:
        return None
    coming: dict[str, int] = {}
    for entry in entries:
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


def _brought(won: Iterable[Priced], group: Mapping[str, str | None]) -> dict[str, int]:
    """What a group's won deals brought, by source; of unknown sources nothing can be asked."""
    brought: dict[str, int] = {}
    for each in won:
        is_own = all(each.deal.values.get(name) == value for name, value in group.items())
        if is_own and each.amount and each.source is not None:
            brought[each.source] = brought.get(each.source, 0) + each.amount
    return brought
