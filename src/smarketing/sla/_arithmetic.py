"""How many leads a revenue goal takes, and what a promise of leads yields, with the rates' uncertainty.

Leads owed = what is missing of the goal, divided by what one lead is worth: the value of a deal times the
share of delivered leads that become one. A share that was measured is uncertain, and dividing by it is not
dividing by its mean: E[1/rate] is larger than 1/E[rate], the more so the fewer leads it was measured on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, prod
from zoneinfo import ZoneInfo

import attrs

from smarketing.errors import InvalidTermsError, did_you_mean
from smarketing.estimates import (
    Interval,
    Rate,
    inverse_mean,
    largest_remainder,
    product_interval,
    round_half_up,
)
from smarketing.origin import Origin, Problem
from smarketing.periods import Period
from smarketing.values import Money, Share

__all__ = ["LeadsOwed", "OwedRow", "Yielded", "leads_owed", "promise_yields", "value_per_lead"]

Step = Share | Rate
Conversion = Step | Sequence[Step]
"""From the delivered stage to the customer: one rate, or one for each step; agreed (exact) or measured."""

_ALL = Share(1_000_000)


@attrs.frozen(kw_only=True)
class OwedRow:
    """What one source owes in one month.

    Attributes:
        source: The lead source.
        month: The month in which the revenue is to come; None where the goal was not split.
        goal: This source's part of the goal.
        from_pipeline: What the open pipeline is expected to bring of it.
        missing: What marketing's new leads have to bring.
        expected: How many leads that takes, on average over what the rates may be; None where no lead has
            become a customer yet, so that no number would be honest.
        interval: Between how many and how many, with the confidence asked for.
        due_on: The day by which they have to be delivered, so that they can close in time.
    """

    source: str
    month: Period | None
    goal: Money
    from_pipeline: Money
    missing: Money
    expected: Fraction | None
    interval: Interval | None
    due_on: date | None

    @property
    def leads_count(self) -> int | None:
        """Whole leads: the expected number, rounded up."""
        return None if self.expected is None else ceil(self.expected)


@attrs.frozen(kw_only=True)
class LeadsOwed:
    """The leads that a revenue goal takes, by source and month.

    Attributes:
        goal: The goal as a whole.
        rows: One for each source and month; their goals add up to the goal, to the cent.
    """

    goal: Money
    rows: tuple[OwedRow, ...]

    @property
    def leads_count(self) -> int | None:
        """Leads in all; None where a row has no honest number."""
        counts = [row.leads_count for row in self.rows]
        return None if None in counts else sum(count for count in counts if count is not None)

    def of(self, source: str) -> int | None:
        """Leads of one source, over all months."""
        counts = [row.leads_count for row in self.rows if row.source == source]
        return None if None in counts else sum(count for count in counts if count is not None)


@attrs.frozen(kw_only=True)
class Yielded:
    """What a number of leads yields.

    Attributes:
        counts: How many are left after each step, each rounded half-up from the exact product.
        customers: Between how many customers and how many; one number where all rates are agreed.
        revenue: What they bring, where the value of a deal is known.
    """

    counts: tuple[int, ...]
    customers: Interval
    revenue: Money | None


def value_per_lead(deal_value: Money, conversion: Conversion) -> Money:
    """What one delivered lead is worth: the value of a deal times the share of leads that become one.

    Of a measured rate its observed share counts.

    Raises:
        InvalidTermsError: A rate was measured on nothing.

    Example:
        >>> str(value_per_lead(Money.of(160_000, "EUR"), Share.percent(1)))
        '1600.00 EUR'
    """
    share = prod((_observed(step) for step in _steps(conversion)), start=Fraction(1))
    return Money(_whole(deal_value.minor * share), deal_value.currency)


def promise_yields(
    leads_count: int, conversion: Conversion, *, deal_value: Money | None = None, level: float = 0.9
) -> Yielded:
    """What a promise of so many leads yields, step by step.

    Args:
        leads_count: The leads that are promised.
        conversion: The rates of the steps that follow.
        deal_value: What one customer brings.
        level: The confidence of the range of customers.

    Raises:
        InvalidTermsError: A rate was measured on nothing.

    Example:
        >>> steps = [Share.percent(50), Share.percent(60), Share.percent(50), Share.of("0.333333")]
        >>> promise_yields(100, steps).counts
        (50, 30, 15, 5)
    """
    left, counts = Fraction(leads_count), list[int]()
    steps = _steps(conversion)
    for step in steps:
        left *= _observed(step)
        counts.append(_whole(left))
    found = product_interval([*map(_exact, steps)], level)
    revenue = None if deal_value is None else Money(_whole(left * deal_value.minor), deal_value.currency)
    customers = Interval(leads_count * found.low, leads_count * found.high)
    return Yielded(counts=tuple(counts), customers=customers, revenue=revenue)


def leads_owed(
    goal: Money,
    *,
    shares: Mapping[str, Share],
    deal_value: Mapping[str, Money],
    conversion: Mapping[str, Conversion],
    open_pipeline: Mapping[str, Money] | None = None,
    time_to_close: Mapping[str, timedelta] | None = None,
    marketing_share: Share = _ALL,
    period: Period | None = None,
    seasonality: Sequence[Share] | None = None,
    level: float = 0.9,
) -> LeadsOwed:
    """The leads that marketing owes for a revenue goal.

    The goal is split over months and sources to the cent; what the open pipeline is expected to bring is
    taken off each source's first months; marketing's share of the rest is divided by what a lead is worth.

    Args:
        goal: The revenue to reach.
        shares: Each source's part of the goal; together they are 100 %.
        deal_value: By source, what a customer brings.
        conversion: By source, from the delivered stage to the customer.
        open_pipeline: By source, what the open deals are expected to bring.
        time_to_close: By source, how long a lead takes to the sale; due dates move earlier by it.
        marketing_share: The part of what is missing that marketing's leads are to bring.
        period: The time that the goal is for; it is split into its months.
        seasonality: Each month's part of the goal, together 100 %; by default all months alike.
        level: The confidence of the intervals.

    Raises:
        InvalidTermsError: With every fault at once: shares that do not add up, a source without a value or a
            rate, another currency, a rate measured on nothing.

    Example:
        >>> owed = leads_owed(
        ...     Money.of(200_000, "EUR"),
        ...     shares={"seeker": Share.percent(100)},
        ...     deal_value={"seeker": Money.of(160_000, "EUR")},
        ...     conversion={"seeker": Share.percent(1)},
        ... )
        >>> owed.leads_count
        125
    """
    months: Sequence[Period | None] = period.split("month") if period else [None]
    pipeline, delay = dict(open_pipeline or {}), dict(time_to_close or {})
    weights = [share.ppm for share in seasonality] if seasonality else [1] * len(months)
    problems = [*_faults(goal, shares, deal_value, conversion, pipeline)]
    problems += _unknown_sources(shares, {"open_pipeline": pipeline, "time_to_close": delay})
    if not 0 <= marketing_share.ppm <= _ALL.ppm:
        problems.append(_fault("marketing_share", "not-a-share", "marketing brings 0 % to 100 % of it"))
    if any(each < timedelta() for each in delay.values()):
        problems.append(_fault("time_to_close", "negative-time", "no lead is a customer before it is a lead"))
    if len(weights) != len(months) or (seasonality and sum(weights) != _ALL.ppm):
        message = f"give one share for each of the {len(months)} months, together 100 %"
        problems.append(_fault("seasonality", "shares-do-not-add-up", message))
    if problems:
        raise InvalidTermsError("the leads owed cannot be worked out:", problems)
    rows: list[OwedRow] = []
    by_source = largest_remainder(goal.minor, [share.ppm for share in shares.values()])
    for source, minor in zip(shares, by_source, strict=True):
        coming = pipeline.get(source, Money(0, goal.currency)).minor
        for month, part in zip(months, largest_remainder(minor, weights), strict=True):
            taken = min(coming, part)
            coming -= taken
            missing = Money(marketing_share.of_minor(part - taken), goal.currency)
            rows.append(
                OwedRow(
                    source=source,
                    month=month,
                    goal=Money(part, goal.currency),
                    from_pipeline=Money(taken, goal.currency),
                    missing=missing,
                    expected=_expected(missing, deal_value[source], conversion[source]),
                    interval=_interval(missing, deal_value[source], conversion[source], level),
                    due_on=_due_on(month, delay.get(source, timedelta())),
                )
            )
    return LeadsOwed(goal=goal, rows=tuple(rows))


def _expected(missing: Money, value: Money, conversion: Conversion) -> Fraction | None:
    if not missing.minor:
        return Fraction(0)
    mean = inverse_mean([_exact(step) for step in _steps(conversion)])
    return None if mean is None else Fraction(missing.minor, value.minor) * mean


def _interval(missing: Money, value: Money, conversion: Conversion, level: float) -> Interval | None:
    deals = missing.minor / value.minor
    rate = product_interval([_exact(step) for step in _steps(conversion)], level)
    return Interval(deals / rate.high, deals / rate.low) if rate.low > 0 else None


def _due_on(month: Period | None, delay: timedelta) -> date | None:
    """The last local day on which a lead that takes so long can still close within the month."""
    if month is None:
        return None
    last = month.end - delay - timedelta(microseconds=1)
    return last.astimezone(ZoneInfo(month.zone)).date()


def _whole(amount: Fraction) -> int:
    return round_half_up(amount.numerator, amount.denominator)


def _steps(conversion: Conversion) -> Sequence[Step]:
    return [conversion] if isinstance(conversion, Share | Rate) else [*conversion]


def _exact(step: Step) -> Rate | Fraction:
    return Fraction(step.ppm, _ALL.ppm) if isinstance(step, Share) else step


def _observed(step: Step) -> Fraction:
    if isinstance(step, Share):
        return Fraction(step.ppm, _ALL.ppm)
    if not step.trials:
        message = "it was measured on no lead: agree on a share, or shrink it to a larger group"
        raise InvalidTermsError("a rate is unknown:", [_fault("conversion", "unknown-rate", message)])
    return Fraction(step.successes, step.trials)


def _faults(
    goal: Money,
    shares: Mapping[str, Share],
    deal_value: Mapping[str, Money],
    conversion: Mapping[str, Conversion],
    pipeline: Mapping[str, Money],
) -> Iterator[Problem]:
    if goal.minor < 0:
        yield _fault("goal", "no-amount", "a goal is nothing or more")
    for source, share in shares.items():
        if share.ppm < 0:
            yield _fault(f"shares.{source}", "not-a-share", "a source brings 0 % or more of the goal")
    total = sum(share.ppm for share in shares.values())
    if total != _ALL.ppm:
        message = f"they add up to {total / 10_000:g} %: make it 100 %"
        yield _fault("shares", "shares-do-not-add-up", message)
    for name, given in (("deal_value", deal_value), ("conversion", conversion)):
        for source in shares:
            if source not in given:
                hint = did_you_mean(source, given)
                yield _fault(f"{name}.{source}", "missing-key", f"there is none for {source!r}{hint}: add it")
    for name, money in (("deal_value", deal_value), ("open_pipeline", pipeline)):
        for source, amount in money.items():
            if amount.currency != goal.currency:
                message = f"it is in {amount.currency}, and the goal in {goal.currency}"
                yield _fault(f"{name}.{source}", "other-currency", message)
            if name == "deal_value" and amount.minor <= 0:
                yield _fault(f"{name}.{source}", "no-amount", "a deal has to be worth more than nothing")
            if name == "open_pipeline" and amount.minor < 0:
                yield _fault(f"{name}.{source}", "no-amount", "open deals bring nothing or more")
    yield from _rate_faults(conversion)


def _rate_faults(conversion: Mapping[str, Conversion]) -> Iterator[Problem]:
    for source, steps in conversion.items():
        if not _steps(steps):
            message = "say by which rate, or rates of one step after another, leads become customers"
            yield _fault(f"conversion.{source}", "unknown-rate", message)
        for step in _steps(steps):
            if isinstance(step, Rate) and not step.trials:
                message = "it was measured on no lead: agree on a share, or shrink it to a larger group"
                yield _fault(f"conversion.{source}", "unknown-rate", message)
            if isinstance(step, Share) and not 0 < step.ppm <= _ALL.ppm:
                message = "a rate lies above 0 % and up to 100 %"
                yield _fault(f"conversion.{source}", "not-a-share", message)


def _unknown_sources(
    shares: Mapping[str, Share], given: Mapping[str, Mapping[str, object]]
) -> Iterator[Problem]:
    """What is said of sources that have no share in the goal, and would be ignored."""
    for name, told in given.items():
        for source in told:
            if source not in shares:
                message = f"no share of the goal is {source!r}'s{did_you_mean(source, shares)}"
                yield _fault(f"{name}.{source}", "unknown-source", message)


def _fault(field: str, code: str, message: str) -> Problem:
    return Problem(code=code, message=message, origin=Origin(field=field))
