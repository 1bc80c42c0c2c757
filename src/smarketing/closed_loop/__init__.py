"""The closed loop: from every unit of money spent to the sale, the feedback and the next decision.

The terms (`PlainTerms`, `AnswerTerm`), the attribution models and the credit for one lead are plain Python;
nothing here loads a dataframe library until something is measured in bulk.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from smarketing.closed_loop._credit_of import credit_of
from smarketing.closed_loop._loop_terms import AnswerTerm, LoopTerms, PlainTerms, SharedBy
from smarketing.closed_loop._models import (
    AnchoredModel,
    First,
    FullPath,
    Last,
    LastNonDirect,
    Linear,
    Markov,
    OwnModel,
    PositionBased,
    Shapley,
    TimeDecay,
    WShaped,
)
from smarketing.closed_loop._row import CreditRow

if TYPE_CHECKING:
    from smarketing.closed_loop._advice import Advice, Shift
    from smarketing.closed_loop._answered import CauseRow, HandoverRow, OpenLoop
    from smarketing.closed_loop._attribute import attribute
    from smarketing.closed_loop._change import LoopChange
    from smarketing.closed_loop._close import close_loop
    from smarketing.closed_loop._credit import AttributionResult, Disagreement
    from smarketing.closed_loop._credit_trace import CreditLine, CreditTrace
    from smarketing.closed_loop._doubts import Doubt
    from smarketing.closed_loop._loop_result import LoopResult, LoopRow
    from smarketing.closed_loop._loop_trace import LoopLine, LoopTrace

__all__ = [
    "Advice",
    "AnchoredModel",
    "AnswerTerm",
    "AttributionResult",
    "CauseRow",
    "CreditLine",
    "CreditRow",
    "CreditTrace",
    "Disagreement",
    "Doubt",
    "First",
    "FullPath",
    "HandoverRow",
    "Last",
    "LastNonDirect",
    "Linear",
    "LoopChange",
    "LoopLine",
    "LoopResult",
    "LoopRow",
    "LoopTerms",
    "LoopTrace",
    "Markov",
    "OpenLoop",
    "OwnModel",
    "PlainTerms",
    "PositionBased",
    "Shapley",
    "SharedBy",
    "Shift",
    "TimeDecay",
    "WShaped",
    "attribute",
    "close_loop",
    "credit_of",
]

_MEASURING = {
    "Advice": "_advice",
    "AttributionResult": "_credit",
    "CauseRow": "_answered",
    "CreditLine": "_credit_trace",
    "CreditTrace": "_credit_trace",
    "Disagreement": "_credit",
    "Doubt": "_doubts",
    "HandoverRow": "_answered",
    "LoopChange": "_change",
    "LoopLine": "_loop_trace",
    "LoopResult": "_loop_result",
    "LoopRow": "_loop_result",
    "LoopTrace": "_loop_trace",
    "OpenLoop": "_answered",
    "Shift": "_advice",
    "attribute": "_attribute",
    "close_loop": "_close",
}


def __getattr__(name: str) -> object:
    if name in _MEASURING:
        return getattr(import_module(f"{__name__}.{_MEASURING[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
