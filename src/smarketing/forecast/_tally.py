"""Small rows that a win model carries: what became of each group's deals, and what was tried to fit it."""

from __future__ import annotations

import math

import attrs

from smarketing.estimates import Rate
from smarketing.forecast._asked import checked_days

__all__ = ["Choice", "Tally", "Terms"]


@attrs.frozen(kw_only=True)
class Tally:
    """What became of the deals of one group.

    Attributes:
        won_count: Won.
        lost_count: Lost.
        open_count: Still open.
    """

    won_count: int = 0
    lost_count: int = 0
    open_count: int = 0

    @property
    def win_rate(self) -> Rate:
        """Won of those that closed: it has no horizon and knows nothing of the open ones."""
        return Rate(self.won_count, self.won_count + self.lost_count)


def _of_some_weight(_terms: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not (isinstance(value, int | float) and 0.0 <= value < math.inf):
        raise ValueError(f"{attribute.name} is {value!r}: give a number, 0 or more")


def _some_days(_terms: object, attribute: attrs.Attribute[int | None], value: int | None) -> None:
    if value is not None:
        checked_days(value, attribute.name, least=1)


@attrs.frozen(kw_only=True)
class Terms:
    """How strongly a model shrinks, and how far it looks back.

    Attributes:
        weight: How many deals' worth of its stage each group borrows, at each age.
        age_ends: How many closings' worth of its stage at any age each age borrows.
        lookback_days: How many days of history are used; None for all.

    Raises:
        ValueError: A weight that is no number, or less than nothing; less than one day.
    """

    weight: float = attrs.field(default=20.0, validator=_of_some_weight)
    age_ends: float = attrs.field(default=2.0, validator=_of_some_weight)
    lookback_days: int | None = attrs.field(default=None, validator=_some_days)


@attrs.frozen(kw_only=True)
class Choice:
    """One way to fit that was tried on history which it had not seen.

    Attributes:
        terms: How strongly it shrank, and how far it looked back.
        log_loss: The mean surprise at what became of the deals held out, in nats; the lower the better.
        deals_count: How many deals were held out.
        chosen: Whether it was chosen.
    """

    terms: Terms
    log_loss: float
    deals_count: int
    chosen: bool = False
