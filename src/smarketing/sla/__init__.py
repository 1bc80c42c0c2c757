"""The SLA: what marketing and sales promise each other, in both directions, and whether they keep it.

Terms (`SlaTerms`, `Term`, `Delivery`), the contract and one lead's clocks are plain Python; nothing here
loads a dataframe library until something is measured in bulk.
"""

from __future__ import annotations

from smarketing.sla._clocks import Clock, ClockState
from smarketing.sla._contract import SlaContract
from smarketing.sla._events import EVENTS
from smarketing.sla._faults import contract_faults
from smarketing.sla._terms import Criterion, Delivery, Measure, Pause, SlaTerms, Term, TermKind

__all__ = [
    "EVENTS",
    "Clock",
    "ClockState",
    "Criterion",
    "Delivery",
    "Measure",
    "Pause",
    "SlaContract",
    "SlaTerms",
    "Term",
    "TermKind",
    "contract_faults",
]
