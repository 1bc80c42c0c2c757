"""What closing the loop has to know of an agreement, and the choices that are stated with every figure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import isfinite
from typing import Literal, Protocol, runtime_checkable

import attrs

from smarketing.calendars import BusinessCalendar
from smarketing.errors import InvalidTermsError, UnknownNameError, did_you_mean
from smarketing.estimates import round_half_up
from smarketing.funnel import Evidence, Funnel
from smarketing.language import N_
from smarketing.origin import Origin, Problem
from smarketing.periods import Dated
from smarketing.sources import SourceRules
from smarketing.values import minor_digits

__all__ = [
    "AnswerTerm",
    "Exchange",
    "LoopCompany",
    "LoopTerms",
    "PlainTerms",
    "Rates",
    "SharedBy",
    "Stages",
    "View",
]

View = Literal["cohort", "cash"]
"""Whether figures stand where the lead was captured, or where each thing happened."""

Rates = Mapping[str, Dated[Decimal]]
"""By currency, what one unit of it is worth in the company's own, dated."""


class SharedBy(StrEnum):
    """How a cost that several campaigns share is divided among the groups of a month."""

    LEADS = "leads"
    SPEND = "spend"
    EVENLY = "evenly"

    @property
    def label(self) -> str:
        """The rule in words."""
        return _SHARED_BY[self]


_SHARED_BY = {
    SharedBy.LEADS: N_("in proportion to the leads that each captured in the month"),
    SharedBy.SPEND: N_("in proportion to what each spent by itself in the month"),
    SharedBy.EVENLY: N_("evenly among those that spent or captured anything in the month"),
}


@attrs.frozen(kw_only=True)
class AnswerTerm:
    """How soon sales answers marketing about a lead that was handed over.

    Attributes:
        within: Working time from the handover; of all hours where there is no calendar.
        calendar: The hours that count.
    """

    within: timedelta
    calendar: BusinessCalendar | None = None


class LoopCompany(Protocol):
    """Whose loop it is."""

    @property
    def currency(self) -> str:
        """The currency that everything is counted in."""
        ...


@runtime_checkable
class LoopTerms(Protocol):
    """What closing the loop reads of an agreement; an `Agreement` has it all, and so has `PlainTerms`."""

    @property
    def company(self) -> LoopCompany:
        """Whose currency counts."""
        ...

    @property
    def funnel(self) -> Funnel:
        """The agreed stages of leads."""
        ...

    @property
    def sources(self) -> Dated[SourceRules]:
        """The agreed rules for sources."""
        ...

    @property
    def answer_term(self) -> Dated[AnswerTerm | None] | None:
        """How soon sales answers; None where nobody promised it, and then nothing is overdue."""
        ...


@attrs.frozen(kw_only=True)
class PlainTerms:
    """The same without an agreement.

    Attributes:
        currency: The currency that everything is counted in.
        funnel: The stages of leads.
        sources: The rules for sources.
        answer_term: How soon sales answers, if anybody promised it.

    Example:
        >>> PlainTerms(currency="EUR").company.currency
        'EUR'
    """

    currency: str
    funnel: Funnel = attrs.field(factory=Funnel.default)
    sources: Dated[SourceRules] = attrs.field(factory=lambda: Dated.of(SourceRules.default()), hash=False)
    answer_term: Dated[AnswerTerm | None] | None = attrs.field(default=None, hash=False)

    @property
    def company(self) -> PlainTerms:
        """Whose currency counts: it stands here."""
        return self


@attrs.frozen(kw_only=True)
class Stages:
    """The positions in a funnel that the loop speaks of.

    Attributes:
        names: The stages, first to last.
        captured: The first stage that a fact other than a move can enter.
        handover: The first stage from there on that sales owns, alone or with marketing.
        accepted: The stage after the handover, where sales has it too.
        opportunity: The stage that a deal enters by being opened; None where there is none.
        customer: The stage that a deal enters by being won, or the last one.
    """

    names: tuple[str, ...]
    captured: int
    handover: int | None
    accepted: int | None
    opportunity: int | None
    customer: int

    @classmethod
    def of(cls, funnel: Funnel) -> Stages:
        """The positions that the stages' owners and evidence tell."""
        stages, last = funnel.stages, len(funnel) - 1
        captured = next((k for k, stage in enumerate(stages) if stage.entered_by), 0)
        opened, won = (
            funnel.stage_entered_by(evidence) for evidence in (Evidence.DEAL_CREATED, Evidence.DEAL_WON)
        )
        opportunity = funnel.position(opened.name) if opened else None
        before = last if opportunity is None else opportunity
        of_sales = [k for k in range(captured + 1, before) if "sales" in stages[k].owners]
        return cls(
            names=tuple(stage.name for stage in stages),
            captured=captured,
            handover=of_sales[0] if of_sales else None,
            accepted=of_sales[1] if len(of_sales) > 1 else None,
            opportunity=opportunity,
            customer=funnel.position(won.name) if won else last,
        )

    @property
    def counted(self) -> range:
        """The positions that are counted: from the capture on."""
        return range(self.captured, len(self.names))


def checked_shared_by(name: str) -> SharedBy:
    """The rule of a name, or an error that says which there are."""
    try:
        return SharedBy(name)
    except ValueError:
        known = [each.value for each in SharedBy]
        hint = did_you_mean(name, known) or f"; there are {', '.join(known)}"
        raise UnknownNameError(f"shared costs cannot be divided by {name!r}{hint}") from None


def _is_above_zero(rate: object) -> bool:
    return isinstance(rate, int | float | Decimal | Fraction) and isfinite(rate) and rate > 0


@attrs.frozen(kw_only=True)
class Exchange:
    """Money of other currencies in the company's own, each amount once, half-up.

    Attributes:
        currency: The company's own.
        rates: By currency, what a unit of it is worth, dated.

    Raises:
        InvalidTermsError: A rate is not above zero, the own currency's is not 1, or no currency has it.

    Example:
        >>> exchange = Exchange(currency="EUR", rates={"USD": Dated.of(Decimal("0.9"))})
        >>> exchange.convert(1_005, "USD", date(2026, 1, 5)), exchange.convert(5, "GBP", date(2026, 1, 5))
        (905, None)
    """

    currency: str
    rates: Rates

    def __attrs_post_init__(self) -> None:
        for currency, given in self.rates.items():
            if len(currency) != 3 or not currency.isupper():
                raise InvalidTermsError(f"rates are given by currency, such as 'USD', not by {currency!r}")
            if not isinstance(given, Dated):
                raise InvalidTermsError(
                    f"the rate of {currency} is {given!r}: give it dated, such as Dated.of(Decimal('0.92'))"
                )
        problems = [
            Problem(
                code="rate-not-positive",
                message=f"one {currency} cannot be worth {rate}: give what it is worth in {self.currency}",
                origin=Origin(field=f"rates.{currency}"),
            )
            for currency, dated in self.rates.items()
            for _, rate in dated.versions
            if not _is_above_zero(rate) or (currency == self.currency and rate != 1)
        ]
        if problems:
            raise InvalidTermsError("the rates cannot be used as given:", problems)

    def convert(self, minor: int, currency: str, day: date) -> int | None:
        """An amount in the company's currency at the rate of a day; None where no rate is known for it."""
        if currency == self.currency:
            return minor
        rate = self._on(currency, day)
        if rate is None:
            return None
        digits = minor_digits(self.currency) - minor_digits(currency)
        exact = minor * rate * Fraction(10) ** digits
        return round_half_up(exact.numerator, exact.denominator)

    def _on(self, currency: str, day: date) -> Fraction | None:
        dated = self.rates.get(currency)
        if dated is None or not dated.covers(day):
            return None
        return Fraction(dated.on(day))
