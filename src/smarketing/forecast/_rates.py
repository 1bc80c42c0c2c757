"""Exchange rates into one currency, each in force from its day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction

import attrs

from smarketing.errors import InvalidTermsError, UnlikeCurrenciesError, did_you_mean
from smarketing.estimates import round_half_up
from smarketing.origin import Origin, Problem
from smarketing.periods import Dated
from smarketing.values import Money, minor_digits

__all__ = ["Rates", "checked_currency"]

Rate = str | Decimal | int | Dated[str] | Dated[Decimal]
"""What one unit of a currency is worth: one number, or dated ones."""


def _dated(given: Mapping[str, Rate]) -> Mapping[str, Dated[Decimal]]:
    found: dict[str, Dated[Decimal]] = {}
    for currency, rate in sorted(given.items()):
        checked_currency(currency, "rates")
        versions = rate.versions if isinstance(rate, Dated) else Dated.of(rate).versions
        if any(isinstance(value, float) for _, value in versions):
            raise TypeError(f"the rate of {currency} is a float and has lost digits: give text or a Decimal")
        found[currency] = Dated(tuple((since, _number(currency, value)) for since, value in versions))
    return found


def _number(currency: str, value: str | Decimal | int) -> Decimal:
    try:
        rate = Decimal(value)
    except (InvalidOperation, ValueError, TypeError):
        rate = Decimal("NaN")
    if not rate.is_finite() or rate <= 0:
        raise ValueError(f"the rate of {currency} is {value!r}: give what one unit is worth, such as '0.92'")
    return rate


def checked_currency(code: str, field: str) -> str:
    """The code itself, so that a name or small letters in its place are told so at once.

    Raises:
        InvalidTermsError: It is no ISO 4217 code.

    Example:
        >>> checked_currency("EURO", "currency")
        Traceback (most recent call last):
        ...
        smarketing.errors.InvalidTermsError: 'EURO' is no currency
          - error: currency: give the ISO 4217 code in three capital letters, such as 'EUR' [unknown-currency]
    """
    if not (isinstance(code, str) and re.fullmatch("[A-Z]{3}", code)):
        hint = "give the ISO 4217 code in three capital letters, such as 'EUR'"
        problem = Problem(code="unknown-currency", message=hint, origin=Origin(field=field))
        raise InvalidTermsError(f"{code!r} is no currency", [problem])
    return code


def _checked_to(code: str) -> str:
    return checked_currency(code, "to")


@attrs.frozen(kw_only=True)
class Rates:
    """What other currencies are worth in one, on any day.

    Attributes:
        to: The currency that amounts are turned into.
        rates: By currency, what one unit of it is worth in `to`: text, a `Decimal`, or a `Dated` of them.

    Raises:
        ValueError: A rate that is no number, or nothing or less.
        InvalidTermsError: A currency that is no ISO 4217 code.
        TypeError: A rate that is a float.

    Example:
        >>> rates = Rates(to="EUR", rates={"USD": "0.92"})
        >>> str(rates.convert(Money.of("100", "USD"), date(2026, 1, 5)))
        '92.00 EUR'
    """

    to: str = attrs.field(converter=_checked_to)
    rates: Mapping[str, Dated[Decimal]] = attrs.field(converter=_dated)

    def knows(self, currency: str) -> bool:
        """Whether amounts in a currency can be turned into `to`."""
        return currency == self.to or currency in self.rates

    def convert(self, money: Money, day: date) -> Money:
        """The amount in `to` at the rate in force on a day, rounded half-up to the minor unit.

        Raises:
            UnlikeCurrenciesError: There is no rate for the currency.
            InvalidTermsError: None was in force yet on that day.
        """
        if money.currency == self.to:
            return money
        if money.currency not in self.rates:
            hint = did_you_mean(money.currency, self.rates)
            raise UnlikeCurrenciesError(f"there is no rate from {money.currency} to {self.to}{hint}: add one")
        rate = Fraction(self.rates[money.currency].on(day))
        scale = Fraction(10) ** (minor_digits(self.to) - minor_digits(money.currency))
        worth = money.minor * rate * scale
        return Money(round_half_up(worth.numerator, worth.denominator), self.to)
