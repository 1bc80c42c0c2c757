"""What `score_leads` returns: a table of the user's own kind, and answers that need not collect it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.errors import InvalidTermsError
from smarketing.facts import Flipped
from smarketing.frames import Frames, rows_of
from smarketing.periods import to_micros
from smarketing.scoring._bulk import Bulk, bulk_of
from smarketing.scoring._bulk_flips import FLIP_TYPES, LeadFlip, flip_columns, flips_in
from smarketing.scoring._bulk_lines import line_rows
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._rules import PointsLike, as_points
from smarketing.scoring._story import Versions
from smarketing.scoring._touches import LEAD
from smarketing.values import Points

if TYPE_CHECKING:
    from smarketing.document import Report
    from smarketing.language import Words

__all__ = ["Band", "LeadScore", "ScoredLeads"]


@attrs.frozen
class LeadScore:
    """One lead's place in a book of leads.

    Attributes:
        lead_id: The lead.
        points: Its score.
    """

    lead_id: str
    points: Points


@attrs.frozen
class Band:
    """Leads whose scores lie close.

    Attributes:
        name: What people call them ("hot").
        low: The lowest score in the band; None for the band below all others.
        leads_count: How many there are.
    """

    name: str
    low: Points | None
    leads_count: int


@attrs.frozen(kw_only=True, eq=False)
class ScoredLeads:
    """The scores of many leads, one row each; made by `score_leads`, and computed as it is asked.

    Attributes:
        matrix: The terms that were in force.
        as_of: What was known: facts before this instant.
        has_flips: Whether the table says when each lead flipped.
    """

    matrix: ScoringMatrix
    as_of: datetime
    has_flips: bool
    _known: Frames = attrs.field(repr=False, alias="known")
    _versions: Versions = attrs.field(repr=False, alias="versions")

    @property
    def frame(self) -> Any:
        """The user's own kind of table: `lead_id`, `score_points`, `excluded_by`; `flipped_at` if asked for.

        Points are integer micro-points, missing where the lead is excluded; instants are microseconds in UTC.
        It joins back to the user's own table by `lead_id`.
        """
        return self.rows.to_native()

    @property
    def slow_criteria(self) -> tuple[str, ...]:
        """The criteria that were read record by record, since they have no `expr`; mostly none."""
        return self._bulk.slow

    @property
    def lines(self) -> Any:
        """The table of what gave how much: `lead_id`, `name`, `kind` and `points`, for lines other than 0.

        The kind is that of a `ScoreLine`: of a rule, or of the limit of a group or of the matrix. The lines
        of a lead add up to its score, to the micro-point; a lead that is excluded has none.
        """
        return line_rows(self._known, self.matrix, self.as_of).to_native()

    @cached_property
    def flips(self) -> tuple[LeadFlip, ...]:
        """Every flip before the moment, as recorded, and since then as replayed; earliest first."""
        found = flips_in(self._known, self._versions, self.as_of)
        return tuple(sorted(found, key=lambda flip: (flip.event.at, flip.lead_id)))

    @property
    def flips_frame(self) -> Any:
        """The same in a table of the user's own kind, one row per flip."""
        return self._known.rows(flip_columns([*self.flips]), FLIP_TYPES).to_native()

    def new_flips(self, known_at: datetime) -> Iterator[Flipped]:
        """The flips that are not recorded yet, as facts to keep and to act on.

        Args:
            known_at: When they were found, so that no earlier report knows of them.
        """
        for flip in self.flips:
            if not flip.event.is_recorded:
                yield flip.event.fact(lead_id=flip.lead_id, score=self.matrix.name, known_at=known_at)

    def top(self, count: int) -> tuple[LeadScore, ...]:
        """The leads with the highest scores; of equal ones, the first ids. Only they are collected.

        Raises:
            InvalidTermsError: The count is negative.
        """
        if count < 0:
            raise InvalidTermsError(f"there are no {count} leads: ask for 0 or more")
        points = nw.col("score_points")
        rows = self._scores.filter(~points.is_null()).sort("score_points", LEAD, descending=[True, False])
        return tuple(
            LeadScore(row[LEAD], Points(int(row["score_points"]))) for row in rows_of(rows.head(count))
        )

    def bands(self, lows: Mapping[str, PointsLike], rest: str = "") -> tuple[Band, ...]:
        """How many leads score how much; only the counts are collected.

        Args:
            lows: By the name of each band, the lowest score in it.
            rest: The name of the band of those below.

        Example:
            >>> import polars as pl
            >>> from datetime import UTC
            >>> from smarketing.scoring import Rule, Touched, score_leads
            >>> at = datetime(2026, 1, 1, tzinfo=UTC)
            >>> touches = pl.DataFrame({"lead_id": ["L1", "L2", "L1"], "kind": "visit", "occurred_at": at})
            >>> rules = [Rule("visits", when=Touched("visit"), points=5)]
            >>> matrix = ScoringMatrix(name="intent", rules=rules)
            >>> frames = Frames.from_native(touches=touches)
            >>> scored = score_leads(frames, matrix, as_of=datetime(2026, 2, 1, tzinfo=UTC))
            >>> [(band.name, band.leads_count) for band in scored.bands({"hot": 10, "warm": 1}, "cold")]
            [('hot', 1), ('warm', 1), ('cold', 0)]
        """
        ordered = sorted(((as_points(low), name) for name, low in lows.items()), reverse=True)
        place: Any = nw.lit(len(ordered))
        for number, (low, _) in reversed([*enumerate(ordered)]):
            place = nw.when(nw.col("score_points") >= low.micro).then(nw.lit(number)).otherwise(place)
        rows = self._scores.filter(~nw.col("score_points").is_null()).select(place.alias("smk_band"))
        counted = rows.group_by("smk_band").agg(nw.len().alias("leads_count"))
        counts = {int(row["smk_band"]): int(row["leads_count"]) for row in rows_of(counted)}
        named = [*((name, low) for low, name in ordered), (rest, None)]
        return tuple(Band(name, low, counts.get(number, 0)) for number, (name, low) in enumerate(named))

    def ready(self, campaign: str | None = None) -> Any:
        """The rows of the leads that stand at the number of a campaign now, or above it.

        Raises:
            UnknownNameError: The matrix has no number for the campaign, or none that holds at the moment.
        """
        flip = self.matrix.flip_for(campaign, self.as_of)
        return self.rows.filter(nw.col("score_points") >= flip.points.micro).to_native()

    def only(self, lead_ids: Iterable[str]) -> ScoredLeads:
        """The same of these leads alone, whose lines and flips are then found at little cost."""
        return attrs.evolve(self, known=self._known.of_leads(lead_ids))

    def to_report(self, words: Words | None = None) -> Report:
        """Who is ready, what gives the points, the highest scores and who is not scored, as a page to render.

        Only counts and the highest scores are collected; flips are not looked for.

        Args:
            words: The labels; English ones where none are given.
        """
        from smarketing.scoring._bulk_report import book_report

        return book_report(attrs.evolve(self, has_flips=False), words)

    @cached_property
    def _bulk(self) -> Bulk:
        return bulk_of(self._known, self.matrix, self.as_of)

    @property
    def _scores(self) -> nw.LazyFrame[Any]:
        return self._bulk.rows.select(LEAD, *self._bulk.outcome())

    @property
    def rows(self) -> nw.LazyFrame[Any]:
        """The same table as `frame`, as a Narwhals lazy frame."""
        if not self.has_flips:
            return self._scores
        first = self.matrix.flips[0].campaign if self.matrix.flips else None
        last: dict[str, int] = {}
        for flip in self.flips:
            if flip.event.flip.campaign == first:
                last[flip.lead_id] = to_micros(flip.event.at)
        columns: dict[str, list[str | int | float | bool | date | None]] = {
            LEAD: [*last],
            "flipped_at": [*last.values()],
        }
        flipped = self._known.rows(columns, {name: FLIP_TYPES[name] for name in columns})
        rows = self._scores
        if self._known.backend == "duckdb":  # what was made here meets the user's tables on our connection
            rows, flipped = self._known.settle(rows, flipped)
        return rows.join(flipped, on=LEAD, how="left")
