"""Smarketing: sales and marketing aligned around one goal.

Read a CRM's rows into *facts*, lay them out as *frames*, hold them against the *agreement* that both
departments signed, and render the *report*. The names below are the front door; each room
(`smarketing.funnel`, `smarketing.crm`, …) has the rest. Nothing is loaded before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smarketing.agreement import Agreement, load_agreement, starter_agreement
    from smarketing.calendars import BusinessCalendar
    from smarketing.closed_loop import attribute, close_loop
    from smarketing.crm import CrmMapping, draft_mapping, load_mapping, read_files, read_rows
    from smarketing.dataset import Dataset, check_dataset
    from smarketing.document import Report
    from smarketing.errors import SmarketingError
    from smarketing.forecast import WinModel, forecast_revenue
    from smarketing.frames import Frames
    from smarketing.funnel import Funnel, Stage, measure_funnel, measure_sales, timeline
    from smarketing.language import words
    from smarketing.origin import Origin, Problem
    from smarketing.periods import Dated, Period
    from smarketing.renderers import render
    from smarketing.review import Review, check_agreed, review_period
    from smarketing.scoring import ScoringMatrix, score_leads
    from smarketing.sla import SlaContract, measure_sla
    from smarketing.sources import LeadSource, SourceRules
    from smarketing.values import Money, Share

__all__ = [
    "Agreement",
    "BusinessCalendar",
    "CrmMapping",
    "Dataset",
    "Dated",
    "Frames",
    "Funnel",
    "LeadSource",
    "Money",
    "Origin",
    "Period",
    "Problem",
    "Report",
    "Review",
    "ScoringMatrix",
    "Share",
    "SlaContract",
    "SmarketingError",
    "SourceRules",
    "Stage",
    "WinModel",
    "attribute",
    "check_agreed",
    "check_dataset",
    "close_loop",
    "draft_mapping",
    "forecast_revenue",
    "load_agreement",
    "load_mapping",
    "measure_funnel",
    "measure_sales",
    "measure_sla",
    "read_files",
    "read_rows",
    "render",
    "review_period",
    "score_leads",
    "starter_agreement",
    "timeline",
    "words",
]

_ROOMS = {
    "agreement": ("Agreement", "load_agreement", "starter_agreement"),
    "calendars": ("BusinessCalendar",),
    "closed_loop": ("attribute", "close_loop"),
    "crm": ("CrmMapping", "draft_mapping", "load_mapping", "read_files", "read_rows"),
    "dataset": ("Dataset", "check_dataset"),
    "document": ("Report",),
    "errors": ("SmarketingError",),
    "forecast": ("WinModel", "forecast_revenue"),
    "frames": ("Frames",),
    "funnel": ("Funnel", "Stage", "measure_funnel", "measure_sales", "timeline"),
    "language": ("words",),
    "origin": ("Origin", "Problem"),
    "periods": ("Dated", "Period"),
    "renderers": ("render",),
    "review": ("Review", "check_agreed", "review_period"),
    "scoring": ("ScoringMatrix", "score_leads"),
    "sla": ("SlaContract", "measure_sla"),
    "sources": ("LeadSource", "SourceRules"),
    "values": ("Money", "Share"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOM_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
