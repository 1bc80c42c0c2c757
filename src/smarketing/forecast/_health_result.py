"""How many customers stay healthy, and for how long: per group, with bands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from smarketing.estimates import IncidenceCurve, Interval
from smarketing.funnel import row_of_group
from smarketing.language import Words

if TYPE_CHECKING:
    from smarketing.document import Report

__all__ = ["HealthResult", "HealthRow"]

_MONTH_DAYS = 365.25 / 12


@attrs.frozen(kw_only=True)
class HealthRow:
    """The customers of one group, since they were won.

    Attributes:
        group: The dimensions' values; empty for all customers.
        customers_count: Customers that count: something is known of how they are doing.
        churned_count: Those that left us.
        dismissed_count: Those that we let go: they count as healthy up to then, and not at all after.
        silent_count: Customers of whom nothing was said, where silence says nothing.
        curve: The share that has left, by days since the customer was won.
    """

    group: tuple[tuple[str, str | None], ...]
    customers_count: int
    churned_count: int
    dismissed_count: int
    silent_count: int
    curve: IncidenceCurve = attrs.field(repr=False)

    @property
    def values(self) -> Mapping[str, str | None]:
        """The dimensions' values by name."""
        return dict(self.group)

    def healthy(self, months: int) -> float | None:
        """The probability that a customer is still healthy after so many months.

        None where nobody was followed for so long.
        """
        days = _days(months)
        if self.curve.last_age is None or days > self.curve.last_age:
            return None
        return 1.0 - self.curve.incidence("churned", at=days)

    def band(self, months: int, *, level: float = 0.9) -> Interval | None:
        """The range that holds that probability with the given confidence; None where data show no spread.

        Raises:
            ValueError: The level does not lie between 0 and 1.
        """
        if self.healthy(months) is None:
            return None
        gone = self.curve.band("churned", at=_days(months), level=level)
        return None if gone is None else Interval(1.0 - gone.high, 1.0 - gone.low)


def _days(months: int) -> int:
    return round(months * _MONTH_DAYS)


@attrs.frozen(kw_only=True)
class HealthResult:
    """How many customers stay healthy.

    Attributes:
        as_of: What was known.
        by: The dimensions of the rows.
        silence_is_health: Whether a customer of whom nothing was said counts as healthy.
        rows: One per group, the most customers first.
        total: All of them.
    """

    as_of: datetime
    by: tuple[str, ...]
    silence_is_health: bool
    rows: tuple[HealthRow, ...]
    total: HealthRow

    def row(self, **values: str | None) -> HealthRow:
        """The row of one group, such as `result.row(source="seeker")`.

        Raises:
            UnknownNameError: There is no such group.
        """
        return row_of_group(self.rows, values, "no customers of {group}")

    def to_report(self, words: Words | None = None) -> Report:
        """The result as a report, in English unless other words are given."""
        from smarketing.forecast._health_report import health_report

        return health_report(self, words)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return self.to_report()._repr_html_()
