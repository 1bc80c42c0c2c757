"""What `measure_sla` returns: for each promise how far it was kept, and everything behind that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Literal

import attrs

from smarketing.document import Report
from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.estimates import Interval, Rate
from smarketing.funnel import Group, Trace
from smarketing.language import Words
from smarketing.periods import Period
from smarketing.sla._clocks import Clock, ClockState
from smarketing.sla._contract import SlaContract
from smarketing.sla._delivered import DeliveryResult
from smarketing.sla._terms import Party
from smarketing.sla._verdict import Verdict, all_of, verdict_of
from smarketing.values import Share

__all__ = ["BROKEN", "ClockTally", "Coded", "SlaResult", "TermResult", "TermRow"]

Side = Literal["marketing", "sales", "system"]
BROKEN = frozenset({ClockState.MISSED, ClockState.LATE_MET})
RUNNING = frozenset({ClockState.RUNNING, ClockState.PAUSED})
OPEN = RUNNING | {ClockState.MISSED}
Coded = tuple[ClockState, bool, bool, int]
"""How clocks stand, whether their time is over, whether nothing can stop them any more, and how many do."""


@attrs.frozen(kw_only=True)
class ClockTally:
    """How the clocks of one promise stand.

    Attributes:
        counts: How many clocks stand in each state.
        open_count: The clocks that something can still stop: running, paused, or missed and still owed.
        over_met_count: The clocks that were met, of those whose time is over.
        over_count: The clocks that were met or broken, of those whose time is over.
    """

    counts: Mapping[ClockState, int]
    over_met_count: int
    over_count: int
    open_count: int

    @classmethod
    def of(cls, coded: Iterable[Coded]) -> ClockTally:
        """A tally from how many clocks stand how."""
        counts: Counter[ClockState] = Counter()
        met = over = still = 0
        for state, is_over, is_ended, number in coded:
            counts[state] += number
            still += number if state in OPEN and not is_ended else 0
            if is_over and (state is ClockState.MET or state.is_broken):
                over += number
                met += number if state is ClockState.MET else 0
        return cls(counts=counts, over_met_count=met, over_count=over, open_count=still)

    def __getitem__(self, state: ClockState) -> int:
        """How many clocks stand in a state."""
        return self.counts.get(state, 0)

    @property
    def rate(self) -> Rate:
        """Met, of those whose time is over: quick ones are not counted before slow ones can be."""
        return Rate(self.over_met_count, self.over_count)

    @property
    def undecided_count(self) -> int:
        """Clocks whose time is not over yet, the met ones among them."""
        decided = sum(self[state] for state in ClockState if state is ClockState.MET or state.is_broken)
        return decided - self.over_count + self[ClockState.RUNNING] + self[ClockState.PAUSED]


@attrs.frozen(kw_only=True)
class TermRow:
    """How one group of clocks stands."""

    group: Group
    tally: ClockTally

    @property
    def values(self) -> dict[str, str | None]:
        """The dimensions' values by name."""
        return dict(self.group)

    @property
    def rate(self) -> Rate:
        """Met, of those whose time is over."""
        return self.tally.rate


@attrs.frozen(kw_only=True)
class TermResult:
    """How far a promise with a clock was kept.

    Attributes:
        name: The promise.
        by: Who promised it.
        promised: The share of clocks that has to be kept; where variants of the promise, or versions of the
            contract, ask for different ones, their mean over the clocks.
        parts: The clocks by the share that was promised for them, the highest first.
        tally: How its clocks stand.
        rows: The same by the dimensions asked for.
        trend: The rate of each period, oldest first, this one last.
    """

    name: str
    by: Party
    promised: Share
    parts: tuple[tuple[Share, ClockTally], ...]
    tally: ClockTally
    rows: tuple[TermRow, ...]
    trend: tuple[tuple[Period, Rate], ...]
    _split: Callable[[str], tuple[TermRow, ...]] = attrs.field(eq=False, repr=False, alias="split")
    _read: Callable[[frozenset[ClockState], int | None], tuple[Clock, ...]] = attrs.field(
        eq=False, repr=False, alias="read"
    )
    _trace: Callable[[ClockState | None], Trace] = attrs.field(eq=False, repr=False, alias="trace")

    def facts(self, state: ClockState | str | None = None) -> Trace:
        """The leads whose clocks a figure counts, and the facts behind it.

        Args:
            state: How their clocks stand ("missed"); without it, all that were set going.

        Raises:
            UnknownNameError: No clock stands so.

        Example: `result["first response"].facts("missed").records`.
        """
        if state is not None and state not in [*ClockState]:
            raise UnknownNameError(f"no clock stands {state!r}{did_you_mean(state, ClockState)}")
        return self._trace(None if state is None else ClockState(state))

    @property
    def delivered(self) -> Rate:
        """What was done: met, of the clocks whose time is over."""
        return self.tally.rate

    @property
    def attained_share(self) -> float | None:
        """The same as a share; None where no clock's time is over."""
        return self.tally.rate.share

    def interval(self, level: float = 0.9) -> Interval | None:
        """How sure that share is, as of the leads that are to come (Jeffreys); None where there is none."""
        return self.tally.rate.interval(level)

    @property
    def verdict(self) -> Verdict:
        """Kept or broken, once nothing that still runs could change it; else running.

        Each variant is held to its own share: broken if one is, kept if all are.
        """
        return all_of(
            verdict_of(tally.over_met_count, tally.over_count, tally.undecided_count, promised)
            for promised, tally in self.parts
        )

    def split(self, dimension: str) -> tuple[TermRow, ...]:
        """The clocks by one dimension: "owner", "team", "source", "hour" of the day of arrival, ….

        Raises:
            UnknownNameError: There is nothing to split by of that name.
        """
        return self._split(dimension)

    @cached_property
    def breaches(self) -> tuple[Clock, ...]:
        """Every clock that was broken, late or not done at all, the oldest first."""
        return self._read(BROKEN, None)

    @cached_property
    def at_risk(self) -> tuple[Clock, ...]:
        """Every clock that still runs, the most urgent first."""
        return _by_urgency(self._read(RUNNING, None))

    def latest_breaches(self, most: int) -> tuple[Clock, ...]:
        """A few of the clocks that were broken, the latest ones."""
        return self._read(BROKEN, most)

    def to_do(self, most: int) -> tuple[Clock, ...]:
        """A few of the clocks that something can still stop, the oldest ones."""
        return self._read(OPEN, most)


@attrs.frozen(kw_only=True)
class SlaResult:
    """How far both departments kept what they promised each other.

    Attributes:
        contract: The promises.
        period: What it is about.
        as_of: What was known.
        by: The dimensions of the terms' rows.
        terms: The promises with a clock, in the contract's order.
        deliveries: The promises about a period, likewise.
    """

    contract: SlaContract
    period: Period
    as_of: datetime
    by: tuple[str, ...]
    terms: tuple[TermResult, ...]
    deliveries: tuple[DeliveryResult, ...]
    _joint: Callable[[], Rate] = attrs.field(eq=False, repr=False, alias="joint")
    _broken_by: Callable[[str], tuple[str, ...]] = attrs.field(eq=False, repr=False, alias="broken_by")

    @property
    def promises(self) -> tuple[TermResult | DeliveryResult, ...]:
        """All of them, those about a period first."""
        return (*self.deliveries, *self.terms)

    def __getitem__(self, name: str) -> TermResult | DeliveryResult:
        """The result of a promise.

        Raises:
            UnknownNameError: Nobody promised anything of that name.
        """
        found = {each.name: each for each in self.promises}
        if name not in found:
            raise UnknownNameError(f"there is no promise {name!r}{did_you_mean(name, found)}")
        return found[name]

    @cached_property
    def joint(self) -> Rate:
        """Leads for which neither side broke a promise, of those for which one was decided."""
        return self._joint()

    @property
    def joint_attained_share(self) -> float | None:
        """The share of leads for which both sides kept all that was decided; None where nothing was."""
        return self.joint.share

    @cached_property
    def breaches(self) -> tuple[Clock, ...]:
        """Every clock that was broken, in order of time."""
        found = [clock for term in self.terms for clock in term.breaches]
        return tuple(sorted(found, key=_order))

    @cached_property
    def at_risk(self) -> tuple[Clock, ...]:
        """Every clock that still runs, the most urgent first."""
        return _by_urgency(clock for term in self.terms for clock in term.at_risk)

    def broken_by(self, side: Side) -> tuple[str, ...]:
        """The leads to which a side broke a promise, by their ids in order."""
        return self._broken_by(side)

    def to_report(self, words: Words | None = None) -> Report:
        """The page of the SLA, in English unless other words are given."""
        from smarketing.sla._report import sla_report

        return sla_report(self, words)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return self.to_report()._repr_html_()


def _by_urgency(clocks: Iterable[Clock]) -> tuple[Clock, ...]:
    return tuple(sorted(clocks, key=lambda clock: (clock.due_at or clock.started_at, *_order(clock))))


def _order(clock: Clock) -> tuple[datetime, str, str]:
    return clock.started_at, clock.lead_id, clock.commitment.name
