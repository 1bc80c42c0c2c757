"""What is said of a promise about a period: how much was delivered of what was promised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import attrs

from smarketing.estimates import Interval, Rate
from smarketing.funnel import Trace
from smarketing.periods import Period
from smarketing.sla._terms import Delivery, Measure, Party
from smarketing.sla._verdict import Verdict, all_of, verdict_of
from smarketing.values import Money, Share

__all__ = ["QUALITIES", "Amount", "DeliveryResult", "UnitResult", "attained"]

Amount = int | Money | Share
"""What can be promised: so many leads, so much money, or a share that is so good."""

QUALITIES = frozenset({Measure.ACCEPTANCE, Measure.SCORE, Measure.CONVERSION, Measure.COMPLETENESS})
"""The measures that are a share of the delivered leads."""


@attrs.frozen(kw_only=True)
class UnitResult:
    """One variant of a delivery in one week, month, quarter or year.

    Attributes:
        period: The unit of time; the whole of it, however little of it was asked about.
        commitment: The variant.
        promised: Leads, money, or the share of the leads that has to be so good.
        count: Leads delivered; of a quality, those of them that are so good.
        of_count: Leads delivered of which the quality is known; of a conversion and of a volume all of them.
        unknown_count: Leads delivered of which it is not known, or (acceptance, conversion) not yet; where
            deals make up a value, those without an amount in its currency, which are not in it.
        amount: What was delivered, in money; of a value only.
        elapsed_share: How much of the unit's working time has passed, by which it is on track or not.
        is_over: Whether all of the unit has passed: a lead may come on its last Saturday.
    """

    period: Period
    commitment: Delivery
    promised: Amount
    count: int
    of_count: int
    unknown_count: int = 0
    amount: Money | None = None
    elapsed_share: float = 1.0
    is_over: bool = True

    @property
    def delivered(self) -> int | Money | Rate:
        """What was delivered, in the same terms as what was promised."""
        if isinstance(self.promised, Share):
            return Rate(self.count, self.of_count)
        return self.count if self.amount is None else self.amount

    @property
    def expected(self) -> float | None:
        """What should be there by now if it came evenly over working time: leads, or minor units."""
        match self.promised:
            case int():
                return self.promised * self.elapsed_share
            case Money():
                return self.promised.minor * self.elapsed_share
        return None

    @property
    def is_on_track(self) -> bool | None:
        """Whether at least as much is there as should be by now; None for a quality."""
        if self.expected is None:
            return None
        there = self.count if self.amount is None else self.amount.minor
        return there >= self.expected

    @property
    def verdict(self) -> Verdict:
        """Kept or broken, once nothing to come could change it."""
        if isinstance(self.promised, Share):
            if not self.is_over:
                return Verdict.RUNNING
            undecided = self.unknown_count if self.commitment.measure in _DECIDED_LATER else 0
            decided = self.of_count - (undecided if self.commitment.measure is Measure.CONVERSION else 0)
            return verdict_of(self.count, decided, undecided, self.promised)
        there = self.count if self.amount is None else self.amount.minor
        wanted = self.promised.minor if isinstance(self.promised, Money) else self.promised
        if there >= wanted:
            return Verdict.KEPT
        return Verdict.BROKEN if self.is_over else Verdict.RUNNING


_DECIDED_LATER = frozenset({Measure.ACCEPTANCE, Measure.CONVERSION})


@attrs.frozen(kw_only=True)
class DeliveryResult:
    """How far a promise about a period was kept.

    Attributes:
        name: The promise.
        by: Who promised it.
        measure: What it counts.
        units: Each variant in each unit of time that the period touches.
        trend: What was delivered of what was promised in each period, oldest first, this one last; None
            where nothing was promised or there was nothing to judge.
    """

    name: str
    by: Party
    measure: Measure
    units: tuple[UnitResult, ...]
    trend: tuple[tuple[Period, float | None], ...] = ()
    _leads: Callable[[bool | None], list[str]] = attrs.field(eq=False, repr=False, alias="leads")
    _trace: Callable[[Sequence[str]], Trace] = attrs.field(eq=False, repr=False, alias="trace")

    def facts(self, *, good: bool | None = None) -> Trace:
        """The leads that a figure counts, and the facts behind it.

        Args:
            good: Of a quality, whether those that have it or those known to lack it; without it, all that
                were delivered.
        """
        return self._trace(self._leads(good))

    @property
    def promised(self) -> Amount | None:
        """What was promised in all; of a quality the share, where all variants promise the same."""
        return _sum([unit.promised for unit in self.units])

    @property
    def delivered(self) -> int | Money | Rate | None:
        """What was delivered in all."""
        if self.measure in QUALITIES:
            return Rate(sum(unit.count for unit in self.units), sum(unit.of_count for unit in self.units))
        found = _sum([each for unit in self.units if not isinstance(each := unit.delivered, Rate)])
        return found if not isinstance(found, Share) else None

    @property
    def attained_share(self) -> float | None:
        """Of a volume or value, delivered over promised; of a quality, the share that is so good."""
        return attained(self.units, self.measure)

    def interval(self, level: float = 0.9) -> Interval | None:
        """How sure a quality's share is, as of the leads that are to come; None for what was only counted."""
        found = self.delivered
        return found.interval(level) if isinstance(found, Rate) else None

    @property
    def verdict(self) -> Verdict:
        """Kept if all units are, broken if one is, else running."""
        return all_of(unit.verdict for unit in self.units)


def attained(units: Iterable[UnitResult], measure: Measure) -> float | None:
    """Delivered over promised, or the share that is so good; None where there is nothing to divide by."""
    units = [*units]
    if measure in QUALITIES:
        return Rate(sum(unit.count for unit in units), sum(unit.of_count for unit in units)).share
    there = sum(unit.count if unit.amount is None else unit.amount.minor for unit in units)
    wanted = sum(
        unit.promised.minor if isinstance(unit.promised, Money) else unit.promised
        for unit in units
        if not isinstance(unit.promised, Share)
    )
    return there / wanted if wanted else None


def _sum(amounts: Sequence[Amount]) -> Amount | None:
    if not amounts:
        return None
    if all(isinstance(each, Money) for each in amounts):
        money = [each for each in amounts if isinstance(each, Money)]
        return sum(money[1:], start=money[0])
    if all(isinstance(each, int) for each in amounts):
        return sum(each for each in amounts if isinstance(each, int))
    return amounts[0] if len({*amounts}) == 1 else None
