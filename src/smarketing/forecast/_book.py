"""Each open deal with its chances in every period, and what it would bring: the rows of a forecast."""

from __future__ import annotations

import math
from datetime import date

import attrs

from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.estimates import round_half_up
from smarketing.forecast._categories import Category
from smarketing.forecast._deals import OpenDeal
from smarketing.values import Money, Share

__all__ = ["MEASURES", "DealForecast", "expected_of"]

_SURE = 1e12
MEASURES = ("revenue", "margin", "recurring", "one_off")
"""What can be forecast of a deal."""


def expected_of(chance: float, minor: int) -> int:
    """A chance of an amount, rounded half-up once: exactly, where a float cannot tell which way.

    Example:
        >>> expected_of(0.25, 123_450), expected_of(0.5, 5), expected_of(0.5, -5)
        (30863, 3, -3)
    """
    about = chance * minor
    rounded = math.floor(about + 0.5)
    if abs(about - rounded) < 0.499 and abs(about) < _SURE:
        return rounded
    numerator, denominator = chance.as_integer_ratio()
    return round_half_up(numerator * minor, denominator)


@attrs.frozen(kw_only=True)
class DealForecast:
    """What is expected of one open deal.

    Attributes:
        deal: The deal.
        amount: What it is expected to bring, as people say, in the forecast's currency; None where nobody
            says.
        worth: What it would bring if it were won: the amount, or a typical one where nobody says, as far as
            amounts of its source slip on the way.
        margin: The same less its cost; None where nothing is known of costs.
        recurring: The part of its worth that recurs; None where nobody says.
        chances: Its chance to be won within each period.
        ever: Its chance to be won at all.
        stage_share: The agreed probability of its stage; None where there is none.
        category: What the model makes of it.
        is_slipped: Whether the day on which it was expected to close has passed: not before it is over.
    """

    deal: OpenDeal
    amount: Money | None
    worth: Money
    margin: Money | None
    recurring: Money | None
    chances: tuple[float, ...]
    ever: float
    stage_share: Share | None
    category: Category
    is_slipped: bool
    _path: tuple[str, ...] = attrs.field(repr=False, alias="path")
    _stated: int = attrs.field(repr=False, alias="stated")

    @property
    def deal_id(self) -> str:
        """The deal."""
        return self.deal.deal_id

    @property
    def is_imputed(self) -> bool:
        """Whether nobody states its amount, so that a typical one stands in."""
        return self.amount is None

    @property
    def stated(self) -> int:
        """Its amount as people state it, or the typical one that stands in, in minor units."""
        return self._stated

    @property
    def path(self) -> tuple[str, ...]:
        """The model's group that it is judged by."""
        return self._path

    def expected(self, period: int = 0, measure: str = "revenue") -> Money | None:
        """What is expected of it within a period, by its place in the forecast; half-up to the cent.

        Args:
            period: The place of the period, from 0.
            measure: "revenue", "margin", "recurring" or "one_off".
        """
        worth = self.worth_of(measure)
        if worth is None:
            return None
        return Money(expected_of(self.chances[period], worth), self.worth.currency)

    def worth_of(self, measure: str) -> int | None:
        """What it would bring of a measure, in minor units; None where that is not known.

        Raises:
            UnknownNameError: There is no such measure.
        """
        match measure:
            case "revenue":
                return self.worth.minor
            case "margin":
                return None if self.margin is None else self.margin.minor
            case "recurring":
                return None if self.recurring is None else self.recurring.minor
            case "one_off":
                return None if self.recurring is None else self.worth.minor - self.recurring.minor
        raise UnknownNameError(f"there is no measure {measure!r}{did_you_mean(measure, MEASURES)}")

    def as_stated(self, chance: float) -> int:
        """A chance of the amount as people state it, before it slips."""
        return expected_of(chance, self._stated)

    def expected_on(self) -> date | None:
        """The day on which people expect it to close."""
        return self.deal.expected_close_on
