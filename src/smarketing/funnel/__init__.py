"""The funnel: what both departments call each step, who owns it, and how records move through it.

Terms (`Funnel`, `Stage`, `Detour`) and one record's `timeline` are plain Python; nothing here loads a
dataframe library until something is measured in bulk.
"""

from __future__ import annotations

from smarketing.funnel._record import Stay, Timeline, timeline
from smarketing.funnel._stages import Detour, DetourKind, Evidence, Stage, StageKind, Unit
from smarketing.funnel._terms import Funnel, ProbabilityBasis, StageProbability

__all__ = [
    "Detour",
    "DetourKind",
    "Evidence",
    "Funnel",
    "ProbabilityBasis",
    "Stage",
    "StageKind",
    "StageProbability",
    "Stay",
    "Timeline",
    "Unit",
    "timeline",
]
