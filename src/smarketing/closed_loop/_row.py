"""One cell of credit."""

from __future__ import annotations

import attrs

from smarketing.closed_loop._split import ALL, NO_TOUCH
from smarketing.values import Money

__all__ = ["CreditRow"]


@attrs.frozen(kw_only=True)
class CreditRow:
    """What one model credits to one value of the dimensions, in one currency.

    Attributes:
        group: The dimensions' values, in the order of `by`; None where a touch does not say, and "no touch
            known" for the conversions that have none.
        model: The model's name.
        revenue: The money; None where no amount is known at all.
        conversion_share: The conversions, in parts per million of one: 1_500_000 is one and a half.
    """

    group: tuple[tuple[str, str | None], ...]
    model: str
    revenue: Money | None
    conversion_share: int

    @property
    def values(self) -> dict[str, str | None]:
        """The dimensions' values by name."""
        return dict(self.group)

    @property
    def conversions(self) -> float:
        """The conversions as a number: 1.5 is one and a half."""
        return self.conversion_share / ALL

    @property
    def currency(self) -> str | None:
        """The currency of the revenue, where there is any."""
        return None if self.revenue is None else self.revenue.currency

    @property
    def is_untouched(self) -> bool:
        """Whether these are the conversions of which no touch is known."""
        return NO_TOUCH in self.values.values()
