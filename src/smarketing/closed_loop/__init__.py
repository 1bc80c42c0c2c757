"""The closed loop: from every unit of money spent to the sale, the feedback and the next decision.

The terms (`PlainTerms`, `AnswerTerm`) are plain Python; nothing here loads a dataframe library until
something is measured.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from smarketing.closed_loop._loop_terms import AnswerTerm, LoopTerms, PlainTerms, SharedBy

if TYPE_CHECKING:
    from smarketing.closed_loop._advice import Advice, Shift
    from smarketing.closed_loop._change import LoopChange
    from smarketing.closed_loop._close import close_loop
    from smarketing.closed_loop._loop_result import CauseRow, HandoverRow, LoopResult, LoopRow, OpenLoop

__all__ = [
    "Advice",
    "AnswerTerm",
    "CauseRow",
    "HandoverRow",
    "LoopChange",
    "LoopResult",
    "LoopRow",
    "LoopTerms",
    "OpenLoop",
    "PlainTerms",
    "SharedBy",
    "Shift",
    "close_loop",
]

_MEASURING = {
    "Advice": "_advice",
    "CauseRow": "_loop_result",
    "HandoverRow": "_loop_result",
    "LoopChange": "_change",
    "LoopResult": "_loop_result",
    "LoopRow": "_loop_result",
    "OpenLoop": "_loop_result",
    "Shift": "_advice",
    "close_loop": "_close",
}


def __getattr__(name: str) -> object:
    if name in _MEASURING:
        return getattr(import_module(f"{__name__}.{_MEASURING[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
