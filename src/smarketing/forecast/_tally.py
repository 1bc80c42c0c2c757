"""Small rows that a win model carries: what became of each group's deals, and what was tried to fit it."""

from __future__ import annotations

import attrs

from smarketing.estimates import Rate

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


@attrs.frozen(kw_only=True)
class Terms:
    """How strongly a model shrinks, and how far it looks back.

    Attributes:
        weight: How many deals' worth of its stage each group borrows, at each age.
        age_ends: How many closings' worth of its stage at any age each age borrows.
        lookback_days: How many days of history are used; None for all.
    """

    weight: float = 20.0
    age_ends: float = 2.0
    lookback_days: int | None = None


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
