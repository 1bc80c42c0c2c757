"""Many leads by several scores: side by side, and in the segments of a grid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.document import Block, Column, Note, Report, Section, Table
from smarketing.errors import InvalidTermsError, UnknownNameError, did_you_mean
from smarketing.frames import Frames, rows_of
from smarketing.language import Words
from smarketing.language import words as words_of
from smarketing.scoring._columns import Expr
from smarketing.scoring._grid import Cut, Grid, Segment
from smarketing.scoring._measure import score_leads
from smarketing.scoring._plans import joined
from smarketing.text import fold

if TYPE_CHECKING:
    from smarketing.periods import Dated
    from smarketing.scoring._matrix import ScoringMatrix

__all__ = ["SegmentCount", "SegmentedLeads", "score_side_by_side", "segment_leads"]

_LEAD = "lead_id"


def score_side_by_side(
    frames: Frames, matrices: Iterable[ScoringMatrix | Dated[ScoringMatrix]], *, as_of: datetime
) -> Any:
    """Several scores of every lead, as it could be read at an instant.

    Args:
        frames: Leads, their accounts and their touches.
        matrices: The scores; of a dated matrix, the version in force at `as_of` counts.
        as_of: What had happened and was known before this instant counts.

    Returns:
        The user's own kind of table: `lead_id`, and for each score its micro-points in a column of its name
        (`purchase intent` is `purchase_intent_points`), missing where the lead is excluded or unscored.

    Raises:
        InvalidFactError: `as_of` has no time zone.
        ValueError: Two scores would have one column, or there is none.

    Example:
        >>> import polars as pl
        >>> from datetime import UTC
        >>> from smarketing.scoring import Rule, ScoringMatrix, Touched
        >>> touches = pl.DataFrame({"lead_id": ["L1", "L1"], "kind": ["visit", "mention"]})
        >>> matrices = [
        ...     ScoringMatrix(name=name, rules=[Rule(kind, when=Touched(kind), points=5)])
        ...     for name, kind in [("purchase intent", "visit"), ("influence", "mention")]
        ... ]
        >>> frames = Frames.from_native(touches=touches.with_columns(occurred_at=pl.lit(0, pl.Int64)))
        >>> score_side_by_side(frames, matrices, as_of=datetime(2026, 2, 1, tzinfo=UTC)).collect().rows()
        [('L1', 5000000, 5000000)]
    """
    parts: dict[str, nw.LazyFrame[Any]] = {}
    if not isinstance(matrices, Iterable):
        raise InvalidTermsError("matrices takes a list: write [matrix] for one, or score_leads for it alone")
    for matrix in matrices:
        scored = score_leads(frames, matrix, as_of=as_of)
        column = _column_of(scored.matrix.name)
        if column in parts:
            raise ValueError(f"two scores would be the column {column!r}: name them apart")
        parts[column] = scored.rows.select(_LEAD, nw.col("score_points").alias(column))
    if not parts:
        raise ValueError("give at least one scoring matrix")
    return reduce(joined, parts.values()).select(_LEAD, *parts).to_native()


def _column_of(name: str) -> str:
    return re.sub(r"\W+", "_", fold(name)).strip("_") + "_points"


@attrs.frozen
class SegmentCount:
    """How many leads are in a segment.

    Attributes:
        segment: With what is agreed about it.
        leads_count: How many leads.
    """

    segment: Segment
    leads_count: int


@attrs.frozen(kw_only=True, eq=False)
class SegmentedLeads:
    """Leads in the segments of a grid, one row each; made by `segment_leads`, and computed as it is asked.

    Attributes:
        grid: The terms.
        as_of: What was known: facts before this instant.
    """

    grid: Grid
    as_of: datetime
    rows: nw.LazyFrame[Any] = attrs.field(repr=False)

    @property
    def frame(self) -> Any:
        """The user's own kind of table: `lead_id`, `fit_points`, `engagement_points`, `segment`.

        Points are integer micro-points. The segment is missing where one of the two is: the lead is excluded,
        or unscored.
        """
        return self.rows.to_native()

    @cached_property
    def _counted(self) -> Mapping[str | None, int]:
        counted = self.rows.group_by("segment").agg(nw.len().alias("leads_count"))
        return {row["segment"]: int(row["leads_count"]) for row in rows_of(counted)}

    @property
    def counts(self) -> tuple[SegmentCount, ...]:
        """How many leads are in each segment, grade by grade; only the counts are collected."""
        return tuple(
            SegmentCount(segment, self._counted.get(segment.name, 0)) for segment in self.grid.all_segments
        )

    @property
    def unplaced_count(self) -> int:
        """How many leads have no segment."""
        return self._counted.get(None, 0)

    def of(self, segment: str) -> Any:
        """The rows of one segment.

        Raises:
            UnknownNameError: There is no such segment.
        """
        names = [each.name for each in self.grid.all_segments]
        if segment not in names:
            raise UnknownNameError(f"there is no segment {segment!r}{did_you_mean(segment, names)}")
        return self.rows.filter(nw.col("segment") == segment).to_native()

    def to_report(self, words: Words | None = None) -> Report:
        """The grid with its counts, and what is done with whom."""
        words = words or words_of("en")
        count = {each.segment.name: each.leads_count for each in self.counts}
        grid, bands = self.grid, [cut.name for cut in self.grid.bands]
        table = Table(
            [
                Column(words("Fit")),
                *(Column(words("Engagement {band}", band=cut.name), "count") for cut in grid.bands),
            ],
            [[grade.name, *(count[f"{grade.name}{band}"] for band in bands)] for grade in grid.grades],
            caption=words("Leads by how well they fit and how much they are engaged"),
        )
        agreed = Table(
            [
                Column(words("Segment")),
                Column(words("Leads"), "count"),
                Column(words("What is done")),
                Column(words("By whom")),
            ],
            [
                (each.segment.name, each.leads_count, words(each.segment.action), words(each.segment.owner))
                for each in self.counts
            ],
            caption=words("What is agreed about each segment"),
        )
        blocks: list[Block] = [table, agreed]
        if self.unplaced_count:
            blocks.append(
                Note(
                    words.plural(
                        "{count} lead is in no segment: excluded from scoring, or not known well enough",
                        "{count} leads are in no segment: excluded from scoring, or not known well enough",
                        self.unplaced_count,
                    )
                )
            )
        return Report(
            title=words("Segments"),
            language=words.language,
            as_of=words("Known before {moment}", moment=words.instant(self.as_of)),
            sections=[Section(words("Segments"), blocks)],
        )


def segment_leads(frames: Frames, grid: Grid, *, as_of: datetime) -> SegmentedLeads:
    """The segment of every lead, as it could be read at an instant.

    Raises:
        InvalidFactError: `as_of` has no time zone.

    Example:
        >>> import polars as pl
        >>> from datetime import UTC
        >>> from smarketing.scoring import OneOf, Rule, ScoringMatrix, Touched
        >>> shop = Rule("retail", when=OneOf("company", "Shop"), points=30)
        >>> visits = Rule("visits", when=Touched("visit"), points=5)
        >>> grid = Grid(
        ...     fit=ScoringMatrix(name="fit", rules=[shop]),
        ...     engagement=ScoringMatrix(name="engagement", rules=[visits]),
        ...     grades=[30, 20, 10],
        ...     bands=[30, 15, 5],
        ... )
        >>> frames = Frames.from_native(
        ...     leads=pl.DataFrame(
        ...         {"lead_id": ["L1", "L2"], "company": ["Shop", None], "created_at": [0, 0]}
        ...     ),
        ...     touches=pl.DataFrame({"lead_id": ["L1"], "kind": ["visit"], "occurred_at": [0]}),
        ... )
        >>> found = segment_leads(frames, grid, as_of=datetime(2026, 2, 1, tzinfo=UTC))
        >>> found.frame.sort("lead_id").collect().rows()
        [('L1', 30000000, 5000000, 'A3'), ('L2', 0, 0, 'D4')]
    """
    fit, engagement = (
        score_leads(frames, matrix, as_of=as_of).rows.select(_LEAD, nw.col("score_points").alias(column))
        for matrix, column in ((grid.fit, "fit_points"), (grid.engagement, "engagement_points"))
    )
    rows = joined(fit, engagement)
    segment: Expr = nw.lit(None, dtype=nw.String)
    for grade in reversed(grid.grades):
        for band in reversed(grid.bands):
            holds = _reaches("fit_points", grade) & _reaches("engagement_points", band)
            segment = nw.when(holds).then(nw.lit(f"{grade.name}{band.name}")).otherwise(segment)
    rows = rows.select(_LEAD, "fit_points", "engagement_points", segment.alias("segment"))
    return SegmentedLeads(grid=grid, as_of=as_of, rows=rows)


def _reaches(column: str, cut: Cut) -> Expr:
    """Whether a score is at a cut or above; of a missing one no."""
    points = nw.col(column)
    if cut.low is None:
        return ~points.is_null()
    return (points >= cut.low.micro).fill_null(value=False)
