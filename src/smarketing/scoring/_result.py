"""What `score_leads` returns: a table of the user's own kind, and answers that need not collect it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.scoring._matrix import ScoringMatrix

__all__ = ["ScoredLeads"]


@attrs.frozen(kw_only=True, eq=False)
class ScoredLeads:
    """The scores of many leads, one row each.

    Attributes:
        matrix: The terms that were in force.
        as_of: What was known.
    """

    matrix: ScoringMatrix
    as_of: datetime
    rows: nw.LazyFrame[Any] = attrs.field(repr=False)

    @property
    def frame(self) -> Any:
        """The user's own kind of table: `lead_id`, `score_points`, `excluded_by`.

        Points are integer micro-points, missing where the lead is excluded.
        """
        return self.rows.to_native()
