"""What a loop tells of the answers of sales: who waits for one, what was why, and how far both agreed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from smarketing.estimates import Rate

__all__ = ["CauseRow", "HandoverRow", "OpenLoop"]


@attrs.frozen(kw_only=True)
class OpenLoop:
    """A lead that was handed over, has not bought, and that nobody has answered about.

    Attributes:
        lead_id: The lead.
        handed_at: When it was handed over.
        waited: The working time since then.
        late: How much of that is beyond the promise, below zero while it runs; None where nobody promised.
        turn: Whose turn it is: the lead's owner, or "sales".
    """

    lead_id: str
    handed_at: datetime
    waited: timedelta
    late: timedelta | None
    turn: str


@attrs.frozen(kw_only=True)
class CauseRow:
    """What sales answered about the leads that one cause had made flip.

    Attributes:
        score: Which of the company's scores.
        cause: What made it cross its number.
        accepted_count: Leads that sales took.
        rejected_count: Leads that it did not take.
        recycled_count: Leads that were not ready.
        reasons: By verdict and reason, how many leads.
    """

    score: str
    cause: str
    accepted_count: int
    rejected_count: int
    recycled_count: int
    reasons: Mapping[tuple[str, str], int]

    @property
    def acceptance(self) -> Rate:
        """Accepted, of those answered."""
        return Rate(self.accepted_count, self.accepted_count + self.rejected_count + self.recycled_count)


@attrs.frozen(kw_only=True)
class HandoverRow:
    """How far sales agreed with what marketing handed over in a month.

    Attributes:
        month: The month of the handover ("2026-03").
        handed_count: Leads handed over.
        accepted: Accepted, of those that were answered.
        waiting_count: Those that were not answered.
    """

    month: str
    handed_count: int
    accepted: Rate
    waiting_count: int
