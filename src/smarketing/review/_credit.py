"""What the review says of touches and of scoring rules: who gets the credit, and which rules are right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from smarketing.agreement import Agreement
from smarketing.closed_loop import AttributionResult, First, Last, Linear, Markov, PositionBased, attribute
from smarketing.frames import Frames
from smarketing.periods import Dated, Period
from smarketing.scoring import RulesAnswered, ScoringMatrix, rules_answered

__all__ = ["answers_by_rule", "credited", "is_in_force"]

_MODELS = (First(), Last(), Linear(), PositionBased(), Markov())
"""From one end of the journey to the other, and one that looks at the chain of all."""
_SPLIT_BY = {"channel": "channel", "campaign_id": "campaign", "kind": "kind"}
"""By column of touches, what credit is split by: the first one that says anything."""


def credited(
    frames: Frames, agreement: Agreement, period: Period, as_of: datetime
) -> AttributionResult | None:
    """The credit for what was sold in the period; None where no touch of any buyer is known."""
    known = frames.as_of(as_of)
    if not known.span("touches"):
        return None
    told = (name for column, name in _SPLIT_BY.items() if known.distinct("touches", column))
    credit = attribute(
        frames,
        models=_MODELS,
        by=next(told, "channel"),
        as_of=as_of,
        period=period,
        conversion="customer" if known.span("closings") else "order",
        sources=agreement.sources,
    )
    return credit if credit.untouched_count < credit.conversions_count else None


def answers_by_rule(
    frames: Frames, agreement: Agreement, period: Period, as_of: datetime
) -> Mapping[str, RulesAnswered]:
    """By score, what sales answered in the period about the leads that each rule gave points."""
    if not frames.as_of(as_of).span("feedbacks"):
        return {}
    told = {
        name: rules_answered(frames, matrix, as_of=as_of, period=period)
        for name, matrix in agreement.scoring.items()
        if is_in_force(matrix, as_of)
    }
    return {name: answered for name, answered in told.items() if answered.all_leads.trials}


def is_in_force(matrix: Dated[ScoringMatrix], as_of: datetime) -> bool:
    """Whether any version of a matrix holds at a moment."""
    _, first = matrix.versions[0]
    return matrix.covers(as_of.astimezone(ZoneInfo(first.zone)).date())
