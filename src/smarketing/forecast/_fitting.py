"""What a fit works on: the spells of all deals as of a moment, and how hazards are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.estimates import ShrunkHazards
from smarketing.forecast._agreed import agreed_shares
from smarketing.forecast._chain import LOST, WON
from smarketing.forecast._counts import Counts, counts_of, first_end, pooled_of
from smarketing.forecast._days import last_day
from smarketing.forecast._parts import merged, parts_of
from smarketing.forecast._rows import DealRows
from smarketing.forecast._spells import day_number, spells_of
from smarketing.forecast._tally import Terms
from smarketing.frames import rows_of

__all__ = ["Fitting", "since_day"]

_Rows = nw.LazyFrame[Any]
_MISSED = 5.0  # so many closings that should have been seen and were not: the data begin later


@attrs.frozen(kw_only=True, eq=False)
class Fitting:
    """The spells of all deals as of a moment, and how hazards are made of them.

    Attributes:
        told: How the deals are read.
        spells: As from `spells_of`.
        today: The last day that is known, as a number.
        paths: How many dimensions there are besides the stage.
        shares: The agreed probabilities.
        other_share: That of any other stage.
        typical_days: Days per closing where nothing is known.
    """

    told: DealRows
    spells: _Rows = attrs.field(repr=False)
    today: int
    paths: int
    shares: Mapping[str, float]
    other_share: float
    typical_days: float

    @classmethod
    def of(cls, told: DealRows, typical_days: float) -> Fitting:
        shares, other = agreed_shares(told.pipeline)
        return cls(
            told=told,
            spells=spells_of(told),
            today=day_number(last_day(told.as_of, told.zone)),
            paths=len([name for name in told.by if name != "stage"]),
            shares=shares,
            other_share=other,
            typical_days=typical_days,
        )

    def counts(self, *, until: int, since: int | None) -> Counts:
        """How spells ended between two days."""
        return counts_of(self.spells, until=until, since=since, paths=self.paths)

    def parts(self, counts: Counts, terms: Terms) -> dict[str, ShrunkHazards]:
        """The hazards that the counts give."""
        return parts_of(
            counts,
            shares=self.shares,
            other_share=self.other_share,
            terms=terms,
            typical_days=self.typical_days,
        )

    @cached_property
    def first_day(self) -> int | None:
        """The day on which the first deal began."""
        (row,) = rows_of(self.spells.select(nw.col("made_day").min().alias("first_day")))
        return None if row["first_day"] is None else int(row["first_day"])

    def observed_since(self) -> int | None:
        """The first day on which a deal could be seen to end, where that is later than deals began.

        Some exports hold open deals of long ago and closings of late only. If, at the hazards of the days
        since the first closing, many deals should have closed before it, it was not seen that they did.
        """
        first = first_end(self.spells)
        if first is None:
            return None
        ends = (WON, LOST)
        whole = merged([pooled_of(self.spells, until=self.today, since=None)], ends)
        seen = merged([pooled_of(self.spells, until=self.today, since=first)], ends)
        hazards = parts_of({"": {(): seen}}, **self._pooled)[""]
        missed = (
            (all_days - seen_days) * sum(hazards.hazard(cause, age=start) for cause in ends)
            for all_days, seen_days, start in zip(
                whole.exposure(hazards.starts), seen.exposure(hazards.starts), hazards.starts, strict=True
            )
        )
        return first if sum(missed) >= _MISSED else None

    @property
    def _pooled(self) -> dict[str, Any]:
        return {
            "shares": {},
            "other_share": self.other_share,
            "terms": Terms(),
            "typical_days": self.typical_days,
        }


def since_day(observed: int | None, today: int, lookback_days: int | None) -> int | None:
    """The first day whose ends are counted: when they could first be seen, or as far as is looked back."""
    if lookback_days is None:
        return observed
    start = today - lookback_days + 1
    return start if observed is None else max(observed, start)
