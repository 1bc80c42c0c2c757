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
from smarketing.scoring._grid import Cut, Grid, PlacedLead, Segment
from smarketing.scoring._grid_files import GridTerms, grid_from_plain, grid_in_full, grid_to_plain
from smarketing.scoring._implicit import ActiveWithin, InactiveFor, Touched
from smarketing.scoring._lines import LineKind, ScoreLine
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._movement import Move, MoveCause
from smarketing.scoring._names import CRITERIA
from smarketing.scoring._next_touch import NextTouch
from smarketing.scoring._record import Score, ScoreStatus, in_force_at, score_lead
from smarketing.scoring._replay import FlipCause, FlipEvent
from smarketing.scoring._rules import Decay, Exclusion, Group, PointsLike, Rule
from smarketing.scoring._views import View

if TYPE_CHECKING:
    from smarketing.scoring._answers import RuleAnswers, RuleReason, RulesAnswered, rules_answered
    from smarketing.scoring._bulk_flips import LeadFlip
    from smarketing.scoring._calibrate import calibrate
    from smarketing.scoring._calibration import CalibrationResult, LevelRow
    from smarketing.scoring._choose_flip import choose_flip
    from smarketing.scoring._columns import Columns
    from smarketing.scoring._effect import ChangedLead, ChangeEffect, FlipChange, effect_of_change
    from smarketing.scoring._fitted import PointsQuality
    from smarketing.scoring._flip_choice import FlipChoice, FlipOption, FlipVerdict
    from smarketing.scoring._leaks import Leak
    from smarketing.scoring._measure import score_leads
    from smarketing.scoring._outcome import LeadOutcome
    from smarketing.scoring._result import Band, LeadScore, ScoredLeads
    from smarketing.scoring._segments import SegmentCount, SegmentedLeads, score_side_by_side, segment_leads

__all__ = [
    "CRITERIA",
    "ActiveWithin",
    "AllOf",
    "AnyOf",
    "Band",
    "Between",
    "Bound",
    "CalibrationResult",
    "Case",
    "ChangeEffect",
    "ChangedLead",
    "Columns",
    "Contains",
    "Criterion",
    "Cut",
    "Decay",
    "Evidence",
    "Exclusion",
    "FieldCriterion",
    "Flip",
    "FlipCause",
    "FlipChange",
    "FlipChoice",
    "FlipEvent",
    "FlipOption",
    "FlipVerdict",
    "Grid",
    "GridTerms",
    "Group",
    "InactiveFor",
    "Known",
    "LeadFlip",
    "LeadOutcome",
    "LeadScore",
    "Leak",
    "LevelRow",
    "LineKind",
    "Matches",
    "Missing",
    "Move",
    "MoveCause",
    "NextTouch",
    "Not",
    "OneOf",
    "PlacedLead",
    "PointsLike",
    "PointsQuality",
    "Rearm",
    "Rule",
    "RuleAnswers",
    "RuleReason",
    "RulesAnswered",
    "Scope",
    "Score",
    "ScoreLine",
    "ScoreStatus",
    "ScoredLeads",
    "ScoringMatrix",
    "Segment",
    "SegmentCount",
    "SegmentedLeads",
    "StartsWith",
    "Touched",
    "View",
    "calibrate",
    "campaign_faults",
    "choose_flip",
    "effect_of_change",
    "grid_from_plain",
    "grid_in_full",
    "grid_to_plain",
    "in_force_at",
    "in_full",
    "matrix_from_plain",
    "matrix_to_plain",
    "rules_answered",
    "score_lead",
    "score_leads",
    "score_side_by_side",
    "segment_leads",
]

_MEASURING = {
    "Band": "_result",
    "CalibrationResult": "_calibration",
    "ChangeEffect": "_effect",
    "ChangedLead": "_effect",
    "Columns": "_columns",
    "FlipChange": "_effect",
    "FlipChoice": "_flip_choice",
    "FlipOption": "_flip_choice",
    "FlipVerdict": "_flip_choice",
    "LeadFlip": "_bulk_flips",
    "LeadOutcome": "_outcome",
    "LeadScore": "_result",
    "Leak": "_leaks",
    "LevelRow": "_calibration",
    "PointsQuality": "_fitted",
    "RuleAnswers": "_answers",
    "RuleReason": "_answers",
    "RulesAnswered": "_answers",
    "ScoredLeads": "_result",
    "SegmentCount": "_segments",
    "SegmentedLeads": "_segments",
    "calibrate": "_calibrate",
    "choose_flip": "_choose_flip",
    "effect_of_change": "_effect",
    "rules_answered": "_answers",
    "score_leads": "_measure",
    "score_side_by_side": "_segments",
    "segment_leads": "_segments",
}


def __getattr__(name: str) -> object:
    if name in _MEASURING:
        return getattr(import_module(f"{__name__}.{_MEASURING[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
