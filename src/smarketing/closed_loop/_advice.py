"""What to do next: more of, less of, to mend, to wait for; each with its evidence and how sure it is.

Only *ripe* months speak: those whose leads have had the time in which nine of ten sales came, of all leads
ever or of their own group, whichever is longer. The time of a group that never sold is not known: it
is judged after half a year.

What a group's leads bring is uncertain twice: whether they buy (the posterior of the rate, Jeffreys' prior)
and for how much (its customers drawn again, with five of all customers among them, so that one customer alone
decides nothing). What they bring is the margin where the cost of all that was sold is known, else the
revenue. A return that lies above its cost in nineteen of twenty draws is advised, one that lies below it in
as many is advised against, and everything else waits for data. Draws are seeded.

That twice the money brings twice the leads is assumed, not known: diminishing returns are not modelled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING

import attrs

from smarketing.estimates import Interval, Rate
from smarketing.funnel import Group
from smarketing.language import N_
from smarketing.values import Money

if TYPE_CHECKING:
    from smarketing.closed_loop._loop_result import LoopQuestions, LoopResult, LoopRow

__all__ = ["Advice", "AdviceKind", "Shift", "advice_of", "shift_of"]

_DRAWS = 400
_BORROWED = 5
_MOST_DRAWN = 60
_LEVEL = 0.9
_MOVED = Fraction(1, 10)
_UNSOLD_DAYS = 183
"""How long the leads of a group that never sold anything are given."""


class AdviceKind(StrEnum):
    """What to do."""

    MORE = "more"
    LESS = "less"
    FIX = "fix"
    WAIT = "wait"

    @property
    def label(self) -> str:
        """The kind in words."""
        return _KINDS[self]


_KINDS = {
    AdviceKind.MORE: N_("More of"),
    AdviceKind.LESS: N_("Less of"),
    AdviceKind.FIX: N_("Mend"),
    AdviceKind.WAIT: N_("Wait for data"),
}


@attrs.frozen(kw_only=True)
class Advice:
    """One thing to do.

    Attributes:
        kind: What.
        group: With which group.
        reason: Why: "pays", "does not pay", "undecided", "few leads", "young", "no rate" (for some of its
            money), "no leads", "no spend", "rejected" or "unanswered".
        size: The money that it is about: what was earned beyond the cost (or lost), or the cost at stake.
        between: Where that lies with 90 % confidence, in minor units; None where it is a plain sum.
        roi: Where the return on the spend lies, as a share, with the same confidence.
        leads: Customers of the leads that speak.
        detail: The reason that sales gave most, where it is about rejections.
    """

    kind: AdviceKind
    group: Group
    reason: str
    size: Money
    between: Interval | None = None
    roi: Interval | None = None
    leads: Rate | None = None
    detail: str = ""


@attrs.frozen(kw_only=True)
class Shift:
    """Money to move from one group to another, whose returns lie apart.

    Attributes:
        source: The group to take it from.
        target: The group to give it to.
        amount: A tenth of what the first one spent.
        gain: What that would have earned more, at the returns so far.
        between: Where the gain lies with 90 % confidence, in minor units.
    """

    source: Group
    target: Group
    amount: Money
    gain: Money
    between: Interval


@attrs.frozen(kw_only=True)
class _Ripe:
    """A group's ripe months: what they cost, and what their leads may bring, draw by draw."""

    group: Group
    spend: int
    leads: Rate
    returns: tuple[float, ...]

    @property
    def profit(self) -> Interval:
        return _between([each - self.spend for each in self.returns])

    @property
    def roi(self) -> Interval:
        return _between([each / self.spend - 1 for each in self.returns])

    @property
    def middle(self) -> int:
        return round(_quantile(sorted(self.returns), 0.5)) - self.spend


def advice_of(result: LoopResult, asked: LoopQuestions) -> tuple[Advice, ...]:
    """The list; in the cash view there is none, because its ratios are not of the same people."""
    if result.view == "cash":
        return ()
    dims = dimensions_of(result)
    rows = result.rows if dims == result.by else result.by_campaign if dims == ("campaign",) else ()
    ripe = {each.group: each for each in _ripe(result, asked)}
    found = [each for row in rows for each in _about(row, ripe.get(row.group), result)]
    found += _unanswered(result.total, result)
    order = list(AdviceKind)
    return tuple(
        sorted(found, key=lambda a: (order.index(a.kind), -abs(a.size.minor), str(a.group), a.reason))
    )


def dimensions_of(result: LoopResult) -> tuple[str, ...]:
    """What advice is about: a month is past and cannot be done again."""
    return result.by if result.by and "month" not in result.by else ("campaign",)


def _about(row: LoopRow, ripe: _Ripe | None, result: LoopResult) -> Iterator[Advice]:
    is_named = any(value is not None for _, value in row.group)
    spend = row.spend
    if spend is None:
        if is_named and not row.is_small and result.total.spend is not None:
            yield Advice(kind=AdviceKind.FIX, group=row.group, reason="no spend", size=row.revenue)
    elif spend.minor > 0 and not row.leads_count:
        yield Advice(kind=AdviceKind.FIX, group=row.group, reason="no leads", size=spend)
    elif spend.minor > 0 and is_named:
        yield _judged(row, spend, ripe, result)
    yield from _feedback(row, result)


def _judged(row: LoopRow, spend: Money, ripe: _Ripe | None, result: LoopResult) -> Advice:
    if row.is_small:
        leads = row.customer_rate
        return Advice(kind=AdviceKind.WAIT, group=row.group, reason="few leads", size=spend, leads=leads)
    if ripe is None or ripe.leads.trials < result.small_below:
        return Advice(
            kind=AdviceKind.WAIT,
            group=row.group,
            reason="young" if row.is_rated else "no rate",
            size=spend,
            leads=row.customer_rate if ripe is None else ripe.leads,
        )
    kind, reason = AdviceKind.WAIT, "undecided"
    if ripe.profit.low > 0:
        kind, reason = AdviceKind.MORE, "pays"
    elif ripe.profit.high < 0:
        kind, reason = AdviceKind.LESS, "does not pay"
    return Advice(
        kind=kind,
        group=row.group,
        reason=reason,
        size=Money(ripe.middle, result.currency),
        between=ripe.profit,
        roi=ripe.roi,
        leads=ripe.leads,
    )


def _feedback(row: LoopRow, result: LoopResult) -> Iterator[Advice]:
    """What sales says of the leads, or does not say, where it lies apart from the rest."""
    each = row.cost_per_lead or Money(0, result.currency)
    total, own = result.total.acceptance, row.acceptance
    rest = Rate(total.successes - own.successes, total.trials - own.trials)
    here, there = own.interval(_LEVEL), rest.interval(_LEVEL)
    if here and there and here.high < there.low and own.trials >= result.small_below:
        refused = own.trials - own.successes
        reasons = sorted(
            (-n, why) for (verdict, why), n in row.reasons.items() if verdict != "accepted" and why
        )
        yield Advice(
            kind=AdviceKind.FIX,
            group=row.group,
            reason="rejected",
            size=Money(each.minor * refused, result.currency),
            leads=own,
            detail=reasons[0][1] if reasons else "",
        )


def _unanswered(total: LoopRow, result: LoopResult) -> Iterator[Advice]:
    """Leads that were paid for, and that sales leaves without an answer: a tenth of them, or more."""
    late, handed = total.overdue_count, total.mqls_count
    if late and handed and late * 10 >= handed:
        each = total.cost_per_lead or Money(0, result.currency)
        yield Advice(
            kind=AdviceKind.FIX,
            group=(),
            reason="unanswered",
            size=Money(each.minor * late, result.currency),
            leads=Rate(min(late, handed), handed),
        )


def shift_of(result: LoopResult, asked: LoopQuestions) -> Shift | None:
    """A tenth of the largest budget whose return surely lies below the surest one; None where none does.

    Money goes only where it pays: of two groups that lose, less of both is the advice.
    """
    if result.view == "cash":
        return None
    told = [
        each
        for each in _ripe(result, asked)
        if each.leads.trials >= result.small_below and any(value is not None for _, value in each.group)
    ]
    if len(told) < 2:
        return None
    target = max(told, key=lambda each: (each.roi.low, str(each.group)))
    below = [each for each in told if each.roi.high < target.roi.low]
    if not below or target.profit.low <= 0:
        return None
    source = max(below, key=lambda each: (each.spend, str(each.group)))
    amount = round(source.spend * _MOVED)
    gains = [
        amount * (there / target.spend - here / source.spend)
        for here, there in zip(source.returns, target.returns, strict=True)
    ]
    return Shift(
        source=source.group,
        target=target.group,
        amount=Money(amount, result.currency),
        gain=Money(round(_quantile(sorted(gains), 0.5)), result.currency),
        between=_between(gains),
    )


def _needed_days(ages: Mapping[Group, Mapping[int, int]]) -> Callable[[Group], int]:
    """How old the leads of a group have to be to speak."""
    everybody = Counter[int]()
    for earned in ages.values():
        everybody.update(earned)
    of_all = _nine_tenths(everybody) or 0
    own = {group: _nine_tenths(earned) for group, earned in ages.items()}

    def needed(group: Group) -> int:
        mine = own.get(group)
        return max(of_all, _UNSOLD_DAYS if mine is None else mine)

    return needed


def _nine_tenths(earned: Mapping[int, int]) -> int | None:
    """The age of a lead by which nine tenths of the revenue had come; None where none has."""
    whole, so_far = sum(max(minor, 0) for minor in earned.values()), 0
    for age in sorted(earned):
        so_far += max(earned[age], 0)
        if whole and so_far * 10 >= whole * 9:
            return age
    return None


def _ripe(result: LoopResult, asked: LoopQuestions) -> list[_Ripe]:
    """The groups with a cost in the months that are old enough."""
    needed = _needed_days(asked.ages())
    days = {
        month.label: (result.as_of - month.end).total_seconds() / 86_400
        for month in result.period.split("month")
    }

    def is_ripe(group: Group) -> bool:
        return days[str(group[-1][1])] >= needed(group[:-1])

    sums: dict[Group, list[int]] = {}
    for row in asked.monthly():
        if is_ripe(row.group) and row.spend is not None and row.is_rated:
            counts = (row.spend.minor, row.leads_count, row.customers_count)
            held = sums.setdefault(row.group[:-1], [0, 0, 0])
            held[:] = [one + more for one, more in zip(held, counts, strict=True)]
    values: dict[Group, list[int]] = {}
    for group, worth in asked.customers(result.total.margin is not None).items():
        if is_ripe(group):
            values.setdefault(group[:-1], []).extend(worth)
    everybody = sorted(each for worth in values.values() for each in worth)
    return [
        _Ripe(
            group=group,
            spend=spend,
            leads=Rate(min(customers, leads), leads),
            returns=_returns(
                leads, customers, sorted(values.get(group, ())), everybody, f"{asked.seed} {group}"
            ),
        )
        for group, (spend, leads, customers) in sorted(sums.items(), key=lambda item: str(item[0]))
        if spend > 0 and leads > 0
    ]


def _returns(
    leads: int, customers: int, own: Sequence[int], everybody: Sequence[int], seed: str
) -> tuple[float, ...]:
    """What the leads may bring, draw by draw: rate times worth.

    The worth is the mean of the customers drawn again; of many of them, by its normal limit.
    """
    draw = Random(seed)  # noqa: S311 (no secret)
    bought, count = min(customers, leads), len(own)
    mean = sum(own) / count if own else 0.0
    deviation = (sum((each - mean) ** 2 for each in own) / count) ** 0.5 if own else 0.0
    found = []
    for _ in range(_DRAWS):
        rate = draw.betavariate(bought + 0.5, leads - bought + 0.5)
        borrowed = sum(draw.choices(everybody, k=_BORROWED)) if everybody else 0
        if count > _MOST_DRAWN:
            mine = count * draw.gauss(mean, deviation / count**0.5)
        else:
            mine = sum(draw.choices(own, k=count)) if own else 0
        found.append(leads * rate * (mine + borrowed) / (count + _BORROWED))
    return tuple(found)


def _between(values: Sequence[float]) -> Interval:
    ordered = sorted(values)
    tail = (1 - _LEVEL) / 2
    return Interval(_quantile(ordered, tail), _quantile(ordered, 1 - tail))


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
