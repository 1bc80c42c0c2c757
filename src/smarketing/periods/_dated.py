"""Terms that change on a day."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from itertools import pairwise
from operator import itemgetter
from typing import Generic, TypeVar

import attrs

from smarketing.periods._instants import plain_day, refuse

T = TypeVar("T")


@attrs.frozen
class Dated(Generic[T]):
    """Terms of which each version is in force from its day until the next version's day.

    Attributes:
        versions: The pairs (day of effect, terms), earliest first; given in any order.

    Raises:
        InvalidTermsError: There is no version, or two on one day; `on` was asked for a day before the first.
        InvalidFactError: An instant was given where a local day belongs.

    Example:
        >>> quota = Dated(((date(2026, 1, 1), 40), (date(2026, 7, 1), 50)))
        >>> quota.on(date(2026, 6, 30)), quota.on(date(2026, 7, 1))
        (40, 50)
    """

    versions: tuple[tuple[date, T], ...]

    def __attrs_post_init__(self) -> None:
        ordered = tuple(sorted(((plain_day(day), terms) for day, terms in self.versions), key=itemgetter(0)))
        if not ordered:
            refuse("no-versions", "dated terms need a version", "give at least one (day, terms)", "versions")
        twice = sorted({str(day) for (day, _), (following, _) in pairwise(ordered) if day == following})
        if twice:
            hint = f"two versions take effect on {', '.join(twice)}: keep one of each"
            refuse("two-versions-on-a-day", "dated terms contradict themselves", hint, "versions")
        object.__setattr__(self, "versions", ordered)

    @classmethod
    def of(cls, value: T) -> Dated[T]:
        """Terms that have always been in force."""
        return cls(((date.min, value),))

    def on(self, day: date) -> T:
        """The terms in force on a day."""
        found = bisect_right(self.versions, plain_day(day), key=itemgetter(0))
        if not found:
            hint = f"the first version takes effect on {self.versions[0][0]}: add one for the days before"
            refuse("no-terms-in-force", f"no terms were in force on {day}", hint, "versions")
        return self.versions[found - 1][1]

    def covers(self, day: date) -> bool:
        """Whether any terms were in force on a day.

        Example:
            >>> quota = Dated(((date(2026, 1, 1), 40),))
            >>> quota.covers(date(2025, 12, 31)), quota.covers(date(2026, 1, 1))
            (False, True)
        """
        return self.versions[0][0] <= plain_day(day)
