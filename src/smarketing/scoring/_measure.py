"""Scores in bulk: one row per lead, on the user's own dataframe engine, to the micro-point of `score`."""

from __future__ import annotations

from datetime import datetime

from smarketing.frames import Frames, checked_frames
from smarketing.periods import Dated
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._record import in_force_at
from smarketing.scoring._result import ScoredLeads
from smarketing.scoring._story import versions_of

__all__ = ["score_leads"]


def score_leads(
    frames: Frames, matrix: ScoringMatrix | Dated[ScoringMatrix], *, as_of: datetime, flips: bool = False
) -> ScoredLeads:
    """The score of every lead, as it could be read at an instant.

    Who is scored: every lead of which a version is known, and everybody with a touch that a rule counts.

    Args:
        frames: Leads, their accounts and their touches.
        matrix: The terms; of a dated matrix, the version in force at `as_of` counts.
        as_of: What had happened and was known before this instant counts.
        flips: Whether the table says as well when each lead last reached the first number of the matrix,
            which takes far longer than its points.

    Returns:
        One row per lead in a table of the user's own kind; nothing is computed before it is looked at. Its
        lines, its flips and the best of the leads are there for the asking.

    Raises:
        InvalidFactError: `as_of` has no time zone.
        InvalidTermsError: No version of the matrix was in force yet.

    Example:
        >>> import polars as pl
        >>> from datetime import UTC
        >>> from smarketing.scoring import Rule, Touched
        >>> touches = pl.DataFrame(
        ...     {"lead_id": ["L1", "L1", "L2"], "kind": "visit", "occurred_at": [1_767_225_600_000_000] * 3}
        ... )
        >>> matrix = ScoringMatrix(name="intent", rules=[Rule("visits", when=Touched("visit"), points=5)])
        >>> frames = Frames.from_native(touches=touches)
        >>> scored = score_leads(frames, matrix, as_of=datetime(2026, 2, 1, tzinfo=UTC))
        >>> scored.frame.sort("lead_id").collect().rows()
        [('L1', 10000000, None), ('L2', 5000000, None)]
    """
    return ScoredLeads(
        matrix=in_force_at(matrix, as_of),
        as_of=as_of,
        known=checked_frames(frames).as_of(as_of),
        versions=versions_of(matrix),
        has_flips=flips,
    )
