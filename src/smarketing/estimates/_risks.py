"""Counts of what ended when: all that the study of ages needs to know.

A deal ends in one of several ways (won, lost), is still open when last seen, or came under observation only
late, at an age that others had reached before it. However many records there are, a few counts per age say
it all: so any engine can count, and what follows is small and plain.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate, chain
from operator import index
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["RiskCounts"]


@attrs.frozen(kw_only=True)
class RiskCounts:
    """How many records ended, and how, at each age; build it with `from_rows` or `from_mapping`.

    The **risk set** at an age holds every record that could have been seen to end at it: those first seen at
    this age or earlier and not ended, or last seen, before it. A record is thus always in its own risk set,
    also when it is first seen and ends at one age. (Tools whose intervals are open on the left, such as R's
    `Surv(start, stop]` or lifelines, write `entry = first seen age - 1`.)

    Attributes:
        ages: Each age at which anything happened, ascending, in `unit`.
        ended: For each cause, in alphabetical order, how many ended by it at each age.
        still_open: How many were last seen at each age, not ended.
        first_seen: How many came under observation only at each age, having been older than 0.
        unit: What ages are counted in, for whoever shows them.

    Example:
        >>> counts = RiskCounts.from_rows([(5, "lost", 1), (8, "won", 2), (9, None, 4)])
        >>> counts.ages, counts.at_risk
        ((5, 8, 9), (7, 6, 4))
    """

    ages: tuple[int, ...]
    ended: Mapping[str, tuple[int, ...]]
    still_open: tuple[int, ...]
    first_seen: tuple[int, ...]
    unit: str = "days"

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[tuple[int, str | None, int]],
        *,
        late_entries: Iterable[tuple[int, int]] = (),
        causes: Iterable[str] = (),
        unit: str = "days",
    ) -> RiskCounts:
        """Counts from rows of `(age, cause, count)`, in any order; equal rows add up.

        Args:
            rows: The age at which records ended or, where the cause is None, were last seen open.
            late_entries: `(age, count)`: of those same records, how many came under observation only at
                that age (it is the first age at which they could have been seen to end). All the others are
                observed from age 0.
            causes: Causes to be shown even if nothing ended by them.
            unit: What ages are counted in.

        Raises:
            ValueError: An age or count is negative, or more end at an age than were under observation.
            TypeError: An age or count is not a whole number.

        Example:
            >>> counts = RiskCounts.from_rows([(5, "won", 1), (9, None, 2)], late_entries=[(7, 2)])
            >>> counts.at_risk
            (1, 2, 2)
        """
        columns: dict[str | None, dict[int, int]] = {None: {}, **{cause: {} for cause in causes}}
        for age, cause, count in rows:
            column = columns.setdefault(cause, {})
            _add(column, age, count)
        late: dict[int, int] = {}
        for age, count in late_entries:
            _add(late, age, count)
        ages = sorted({age for column in chain(columns.values(), [late]) for age in column})
        still_open = columns.pop(None)
        named = sorted((cause, column) for cause, column in columns.items() if cause is not None)
        counts = cls(
            ages=tuple(ages),
            ended={cause: tuple(column.get(age, 0) for age in ages) for cause, column in named},
            still_open=tuple(still_open.get(age, 0) for age in ages),
            first_seen=tuple(late.get(age, 0) for age in ages),
            unit=unit,
        )
        counts._check_risk_sets()
        return counts

    @classmethod
    def from_mapping(
        cls,
        counts: Mapping[int, Mapping[str | None, int]],
        *,
        late_entries: Mapping[int, int] | None = None,
        causes: Iterable[str] = (),
        unit: str = "days",
    ) -> RiskCounts:
        """The same from `{age: {cause: count}}`, where the cause None counts those still open.

        Example:
            >>> RiskCounts.from_mapping({5: {"lost": 1}, 8: {"won": 2, None: 4}}).at_risk
            (7, 6)
        """
        rows = ((age, cause, n) for age, by_cause in counts.items() for cause, n in by_cause.items())
        return cls.from_rows(rows, late_entries=(late_entries or {}).items(), causes=causes, unit=unit)

    @property
    def causes(self) -> tuple[str, ...]:
        """The ways to end, in alphabetical order."""
        return tuple(self.ended)

    @property
    def left(self) -> tuple[int, ...]:
        """How many left the risk set after each age, ended or last seen."""
        return tuple(map(sum, zip(self.still_open, *self.ended.values(), strict=True)))

    @property
    def at_risk(self) -> tuple[int, ...]:
        """The size of the risk set at each age."""
        left, first_seen = self.left, self.first_seen
        on_time = sum(left) - sum(first_seen)
        changes = (came - gone for came, gone in zip(first_seen, (0, *left), strict=False))
        return tuple(on_time + change for change in accumulate(changes))

    def exposure(self, starts: Sequence[int]) -> tuple[int, ...]:
        """The sizes of the risk sets summed over every age of each bucket: record-days, where ages are days.

        Args:
            starts: The first age of each bucket, ascending from 0; the last bucket has no end.

        Example:
            >>> RiskCounts.from_rows([(1, "won", 1), (4, None, 1)]).exposure([0, 2])
            (4, 3)
        """
        sums = [0] * len(starts)
        bucket, after = 0, 0
        for age, at_risk, came in zip(self.ages, self.at_risk, self.first_seen, strict=True):
            # Those first seen at this age were not at risk in the gap before it.
            for size, upto in ((at_risk - came, age), (at_risk, age + 1)):
                while after < upto:
                    while bucket + 1 < len(starts) and starts[bucket + 1] <= after:
                        bucket += 1
                    stop = upto if bucket + 1 == len(starts) else min(upto, starts[bucket + 1])
                    sums[bucket] += size * (stop - after)
                    after = stop
        return tuple(sums)

    def _check_risk_sets(self) -> None:
        if sum(self.first_seen) > sum(self.left):
            raise ValueError(
                f"{sum(self.first_seen)} records entered late but only {sum(self.left)} were given: "
                "count each late entry among the rows too, at the age where it ended or was last seen"
            )
        for age, at_risk, left in zip(self.ages, self.at_risk, self.left, strict=True):
            if left > at_risk:
                raise ValueError(
                    f"at age {age}, {left} records ended or were last seen but only {at_risk} were "
                    "under observation: a late entry must not be later than the record's own end"
                )


def _add(column: dict[int, int], age: int, count: int) -> None:
    age, count = index(age), index(count)
    if age < 0 or count < 0:
        raise ValueError(f"a count of {count} at age {age}: ages and counts must be 0 or more")
    column[age] = column.get(age, 0) + count
