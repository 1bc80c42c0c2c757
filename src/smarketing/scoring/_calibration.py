"""What `calibrate` returns: the proposed matrix, and all that lets people judge it."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from smarketing.document import Report
from smarketing.estimates import Rate
from smarketing.language import Words
from smarketing.scoring._calibration_report import calibration_report
from smarketing.scoring._fitted import Fitted, PointsQuality
from smarketing.scoring._leaks import Leak
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._outcome import LeadOutcome
from smarketing.values import Points

__all__ = ["CalibrationResult", "LevelRow"]


@attrs.frozen(kw_only=True)
class LevelRow:
    """One level of a field, among the leads that were learned from.

    Attributes:
        field: The field or, of touches, "touches: " and their kind.
        level: The level in words.
        lead_count: Leads of it.
        success_count: Those of them that turned out well.
        weight: What it adds to the log-odds, all other fields being equal.
        shrinkage_share: How much of that the pull toward 0 took: near 1 where leads are few.
        whole_points: The same in points, before those that all leads have are left out of the rules.
    """

    field: str
    level: str
    lead_count: int
    success_count: int
    weight: float
    shrinkage_share: float
    whole_points: int

    @property
    def rate(self) -> Rate:
        """How many of how many turned out well."""
        return Rate(self.success_count, self.lead_count)


@attrs.frozen(kw_only=True)
class CalibrationResult:
    """A proposal of points.

    Attributes:
        matrix: An ordinary matrix, to be read, changed and agreed on. It has no flip number yet.
        outcome: What it is to turn out well.
        as_of: What was known.
        after: How long after they began leads were looked at.
        within: How long they then had.
        is_split_by_time: Whether the leads held out are those that began last.
        train: How the points do on the leads that they were learned from: always too well.
        held_out: How they do on leads that they have not seen, which is what to expect.
        levels: All levels of all fields that were used.
        leaks: Fields that were left out, because they seem to know the outcome.
        unused: Fields that tell too few leads apart.
        young_count: Leads left aside, because their time was not over.
        early_count: Leads left aside, because they had turned out well before they were looked at.
        unseen_count: Of the leads looked at, those of which no version was known then; many of them mean
            that the data do not tell when things became known.
    """

    matrix: ScoringMatrix
    outcome: LeadOutcome
    as_of: datetime
    after: timedelta
    within: timedelta
    is_split_by_time: bool
    train: PointsQuality
    held_out: PointsQuality
    levels: tuple[LevelRow, ...]
    leaks: tuple[Leak, ...]
    unused: tuple[str, ...]
    young_count: int
    early_count: int
    unseen_count: int
    _fitted: Fitted = attrs.field(eq=False, repr=False, alias="fitted")

    def probability(self, points: Points | int) -> float:
        """The probability that a lead with so many points of the matrix turns out well.

        It holds for leads as they were looked at here: so long after they began.
        """
        return self._fitted.probability(float(points))

    def to_report(self, words: Words | None = None) -> Report:
        """The result as a report, in English unless other words are given."""
        return calibration_report(self, words)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return self.to_report()._repr_html_()
