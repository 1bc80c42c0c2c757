"""The SLA: what marketing and sales promise each other, in both directions, and whether they keep it.

Terms (`SlaTerms`, `Term`, `Delivery`), the contract and one lead's clocks are plain Python; nothing here
loads a dataframe library until something is measured in bulk.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from smarketing.sla._arithmetic import (
    LeadsOwed,
    OwedRow,
    Yielded,
    leads_owed,
    promise_yields,
    value_per_lead,
)
from smarketing.sla._clocks import Clock, ClockState
from smarketing.sla._contract import SlaContract
from smarketing.sla._events import EVENTS
from smarketing.sla._faults import contract_faults
from smarketing.sla._terms import Criterion, Delivery, Measure, Pause, SlaTerms, Term, TermKind
from smarketing.sla._verdict import Verdict

if TYPE_CHECKING:
    from smarketing.sla._delivered import DeliveryResult, UnitResult
    from smarketing.sla._measure import measure_sla
    from smarketing.sla._result import ClockTally, SlaResult, TermResult, TermRow

__all__ = [
    "EVENTS",
    "Clock",
    "ClockState",
    "ClockTally",
    "Criterion",
    "Delivery",
    "DeliveryResult",
    "LeadsOwed",
    "Measure",
    "OwedRow",
    "Pause",
    "SlaContract",
    "SlaResult",
    "SlaTerms",
    "Term",
    "TermKind",
    "TermResult",
    "TermRow",
    "UnitResult",
    "Verdict",
    "Yielded",
    "contract_faults",
    "leads_owed",
    "measure_sla",
    "promise_yields",
    "value_per_lead",
]

_MEASURING = {
    "ClockTally": "_result",
    "DeliveryResult": "_delivered",
    "SlaResult": "_result",
    "TermResult": "_result",
    "TermRow": "_result",
    "UnitResult": "_delivered",
    "measure_sla": "_measure",
}


def __getattr__(name: str) -> object:
    if name in _MEASURING:
        return getattr(import_module(f"{__name__}.{_MEASURING[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
