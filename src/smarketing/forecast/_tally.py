"""Small rows that a win model carries: what became of each group's deals, and what was tried to fit it."""

from __future__ import annotations

import attrs

from smarketing.estimates import Rate

__all__ = ["Choice", "Tally"]


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
class Choice:
    """One way to fit that was tried on history which it had not seen.

    Attributes:
        weight: How many deals' worth of its parent each cell borrowed.
        lookback_days: How many days of history it used; None for all.
        log_loss: The mean surprise at what became of the deals held out, in nats; the lower the better.
        deals_count: How many deals were held out.
        chosen: Whether it was chosen.
    """

    weight: float
    lookback_days: int | None
    log_loss: float
    deals_count: int
    chosen: bool = False
