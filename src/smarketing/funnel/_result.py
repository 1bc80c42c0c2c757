"""What `measure_funnel` returns: typed rows, which reconcile."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import attrs
import narwhals.stable.v2 as nw

from smarketing.document import Report
from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.estimates import IncidenceCurve, Rate
from smarketing.funnel._groups import Group, row_of_group
from smarketing.funnel._report import funnel_report
from smarketing.funnel._trace import Trace, Tracer
from smarketing.funnel._wording import Names
from smarketing.language import Words
from smarketing.periods import Period

__all__ = ["FunnelResult", "FunnelRow", "StageFlow"]


State = Literal["here", "lost", "disqualified", "recycled", "reopened"]
"""Where a record is that went no further than its stage."""


@attrs.frozen(kw_only=True)
class StageFlow:
    """What became of the records that reached one stage.

    `reached_count` is all the rest but the last together: in = out + still there.

    Attributes:
        stage: The stage's name.
        reached_count: Distinct records that entered it, or a later stage.
        advanced_count: Of those, the ones that reached the next stage.
        lost_count: Went no further, and are lost now.
        disqualified_count: Went no further, and are disqualified now.
        recycled_count: Went no further, and are back with marketing now.
        reopened_count: Went no further, and have been reopened.
        here_count: Went no further, and are on the straight path: still there.
        reentered_count: Entries into it beyond each record's first; they convert nobody twice.
    """

    stage: str
    reached_count: int
    advanced_count: int
    lost_count: int
    disqualified_count: int
    recycled_count: int
    reopened_count: int
    here_count: int
    reentered_count: int


@attrs.frozen(kw_only=True)
class FunnelRow:
    """The cohort of one group: how far it came, and how fast.

    Attributes:
        group: The dimensions' values, in the order of `by`; empty for the total.
        stages: In the funnel's order.
        velocities: For each (from, to) asked for, the share that has *advanced* or *lost* by age in hours.
        is_small: Whether the cohort is too small for its rates to be trusted.
    """

    group: Group
    stages: tuple[StageFlow, ...]
    velocities: Mapping[tuple[str, str], IncidenceCurve] = attrs.field(repr=False)
    is_small: bool

    def __getitem__(self, stage: str) -> StageFlow:
        """What became of the records that reached a stage.

        Raises:
            UnknownNameError: The funnel has no such stage.
        """
        for flow in self.stages:
            if flow.stage == stage:
                return flow
        names = [flow.stage for flow in self.stages]
        raise UnknownNameError(f"the funnel has no stage {stage!r}{did_you_mean(stage, names)}")

    @property
    def values(self) -> dict[str, str | None]:
        """The dimensions' values by name."""
        return dict(self.group)

    def conversion(self, start: str, end: str) -> Rate:
        """Of the records that reached one stage, those that also reached a later one, so far.

        Raises:
            UnknownNameError: The funnel has no such stage.
            ValueError: `end` does not come after `start`.
        """
        names = [flow.stage for flow in self.stages]
        first, last = self[start], self[end]
        if names.index(start) >= names.index(end):
            raise ValueError(f"{end!r} does not come after {start!r} in the funnel")
        return Rate(last.reached_count, first.reached_count)

    def velocity(self, start: str, end: str) -> IncidenceCurve:
        """The share that has *advanced* from one stage to another by age in hours, with *lost* competing.

        Raises:
            UnknownNameError: This pair of stages was not measured.
        """
        try:
            return self.velocities[start, end]
        except KeyError:
            pairs = ", ".join(f"{a} → {b}" for a, b in self.velocities)
            raise UnknownNameError(
                f"the velocity {start} → {end} was not measured; measured were: {pairs or 'none'}"
            ) from None


@attrs.frozen(kw_only=True)
class FunnelResult:
    """A cohort's way through the funnel.

    Attributes:
        funnel: The funnel's name.
        unit: "lead" or "deal".
        period: The cohort: records that reached `start` within it.
        start: The stage that makes the cohort.
        as_of: What was known.
        by: The dimensions of the rows.
        rows: One per group, sorted by their values, unknown ones last.
        total: All of the cohort.
        labels: The stages' labels in English, by name.
        names: What the campaigns or accounts of the rows are called, by dimension and id.
    """

    funnel: str
    unit: str
    period: Period
    start: str
    as_of: datetime
    by: tuple[str, ...]
    rows: tuple[FunnelRow, ...]
    total: FunnelRow
    labels: Mapping[str, str] = attrs.field(repr=False)
    names: Names = attrs.field(factory=dict, repr=False)
    _tracer: Tracer | None = attrs.field(default=None, eq=False, repr=False, alias="tracer")

    def facts(self, stage: str, *, state: State | None = None, **values: str | None) -> Trace:
        """The records and the facts behind one figure.

        Args:
            stage: The stage whose figure it is.
            state: Where those are that went no further: "here", "lost", "disqualified", "recycled" or
                "reopened"; without it, all that reached the stage.
            values: The group, such as `source="referral"`; without any, the whole cohort.

        Raises:
            UnknownNameError: There is no such stage or group.

        Example: `result.facts("sql", state="lost", source="seeker").records`.
        """
        row = self.row(**values) if values else self.total
        names = [flow.stage for flow in self.total.stages]
        position = names.index(row[stage].stage)
        if self._tracer is None:
            raise UnknownNameError("this result was not measured here, so its facts are not at hand")
        furthest = nw.col("furthest")
        conditions = (
            [furthest >= position] if state is None else [furthest == position, nw.col("state") == state]
        )
        return self._tracer.trace(f"{self.unit}_id", conditions, row.group)

    def row(self, **values: str | None) -> FunnelRow:
        """The row of one group.

        Example: `result.row(source="referral")`.

        Raises:
            UnknownNameError: There is no such group in the cohort.
        """
        return row_of_group(self.rows, values, "no group {group} in this cohort")

    def to_report(self, words: Words | None = None) -> Report:
        """The result as a report, in English unless other words are given."""
        return funnel_report(self, words)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return self.to_report()._repr_html_()
