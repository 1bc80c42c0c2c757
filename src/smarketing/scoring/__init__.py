"""Scoring: which actions and data change a score, by how much, and at what number a lead is ready.

A `ScoringMatrix` is an agreed document: criteria with points, caps, windows, repetition limits and decay, the
leads that are not scored, and the flip number with what is then done. It scores one lead in plain Python
(`matrix.score`), or millions in the user's own dataframe (`score_leads`), to the same micro-point.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from smarketing.scoring._case import Case
from smarketing.scoring._combined import AllOf, AnyOf, Not
from smarketing.scoring._criteria import Criterion, FieldCriterion, Scope
from smarketing.scoring._evidence import Evidence
from smarketing.scoring._explicit import (
    Between,
    Bound,
    Contains,
    Known,
    Matches,
    Missing,
    OneOf,
    StartsWith,
)
from smarketing.scoring._files import campaign_faults, in_full, matrix_from_plain, matrix_to_plain
from smarketing.scoring._flip_terms import Flip, Rearm
from smarketing.scoring._implicit import ActiveWithin, InactiveFor, Touched
from smarketing.scoring._lines import LineKind, ScoreLine
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._movement import Move, MoveCause
from smarketing.scoring._names import CRITERIA
from smarketing.scoring._next_touch import NextTouch
from smarketing.scoring._record import Score, ScoreStatus, score_lead
from smarketing.scoring._replay import FlipCause, FlipEvent
from smarketing.scoring._rules import Decay, Exclusion, Group, PointsLike, Rule
from smarketing.scoring._views import View

if TYPE_CHECKING:
    from smarketing.scoring._bulk_flips import LeadFlip
    from smarketing.scoring._columns import Columns
    from smarketing.scoring._measure import score_leads
    from smarketing.scoring._result import Band, LeadScore, ScoredLeads

__all__ = [
    "CRITERIA",
    "ActiveWithin",
    "AllOf",
    "AnyOf",
    "Band",
    "Between",
    "Bound",
    "Case",
    "Columns",
    "Contains",
    "Criterion",
    "Decay",
    "Evidence",
    "Exclusion",
    "FieldCriterion",
    "Flip",
    "FlipCause",
    "FlipEvent",
    "Group",
    "InactiveFor",
    "Known",
    "LeadFlip",
    "LeadScore",
    "LineKind",
    "Matches",
    "Missing",
    "Move",
    "MoveCause",
    "NextTouch",
    "Not",
    "OneOf",
    "PointsLike",
    "Rearm",
    "Rule",
    "Scope",
    "Score",
    "ScoreLine",
    "ScoreStatus",
    "ScoredLeads",
    "ScoringMatrix",
    "StartsWith",
    "Touched",
    "View",
    "campaign_faults",
    "in_full",
    "matrix_from_plain",
    "matrix_to_plain",
    "score_lead",
    "score_leads",
]

_MEASURING = {
    "Band": "_result",
    "Columns": "_columns",
    "LeadFlip": "_bulk_flips",
    "LeadScore": "_result",
    "ScoredLeads": "_result",
    "score_leads": "_measure",
}


def __getattr__(name: str) -> object:
    if name in _MEASURING:
        return getattr(import_module(f"{__name__}.{_MEASURING[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
