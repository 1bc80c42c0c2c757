"""The funnel: what both departments call each step, who owns it, and how records move through it.

Terms (`Funnel`, `Stage`, `Detour`) and one record's `timeline` are plain Python; nothing here loads a
dataframe library until something is measured in bulk.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from smarketing.funnel._entries import counting
from smarketing.funnel._groups import Group, dimension_names, row_of_group
from smarketing.funnel._record import Stay, Timeline, timeline
from smarketing.funnel._stages import Detour, DetourKind, Evidence, Stage, StageKind, Unit
from smarketing.funnel._terms import Funnel, ProbabilityBasis, StageProbability

if TYPE_CHECKING:
    from smarketing.funnel._dimensions import Dimensions
    from smarketing.funnel._journeys import deals_of, journeys, reached
    from smarketing.funnel._measure import measure_funnel
    from smarketing.funnel._names import names_of
    from smarketing.funnel._result import FunnelResult, FunnelRow, StageFlow
    from smarketing.funnel._sales import SalesResult, SalesRow, closed_deals, measure_sales
    from smarketing.funnel._trace import Trace, trace_of
    from smarketing.funnel._wording import Names, dimension_title, known_before, shown_period, shown_value

__all__ = [
    "Detour",
    "DetourKind",
    "Dimensions",
    "Evidence",
    "Funnel",
    "FunnelResult",
    "FunnelRow",
    "Group",
    "Names",
    "ProbabilityBasis",
    "SalesResult",
    "SalesRow",
    "Stage",
    "StageFlow",
    "StageKind",
    "StageProbability",
    "Stay",
    "Timeline",
    "Trace",
    "Unit",
    "closed_deals",
    "counting",
    "deals_of",
    "dimension_names",
    "dimension_title",
    "journeys",
    "known_before",
    "measure_funnel",
    "measure_sales",
    "names_of",
    "reached",
    "row_of_group",
    "shown_period",
    "shown_value",
    "timeline",
    "trace_of",
]

_MEASURING = {
    "Dimensions": "_dimensions",
    "FunnelResult": "_result",
    "FunnelRow": "_result",
    "Names": "_wording",
    "SalesResult": "_sales",
    "SalesRow": "_sales",
    "StageFlow": "_result",
    "Trace": "_trace",
    "closed_deals": "_sales",
    "deals_of": "_journeys",
    "dimension_title": "_wording",
    "journeys": "_journeys",
    "known_before": "_wording",
    "measure_funnel": "_measure",
    "measure_sales": "_sales",
    "names_of": "_names",
    "reached": "_journeys",
    "shown_period": "_wording",
    "shown_value": "_wording",
    "trace_of": "_trace",
}


def __getattr__(name: str) -> object:
    if name in _MEASURING:
        return getattr(import_module(f"{__name__}.{_MEASURING[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
