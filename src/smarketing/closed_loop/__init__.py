"""The closed loop: from every unit of money spent to the sale, the feedback and the next decision.

Attribution models are plain values, and the credit for one lead is plain Python; nothing here loads a
dataframe library until something is measured in bulk.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from smarketing.closed_loop._credit_of import credit_of
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
    from smarketing.closed_loop._attribute import attribute
    from smarketing.closed_loop._credit import AttributionResult, Disagreement
    from smarketing.closed_loop._credit_trace import CreditLine, CreditTrace

__all__ = [
    "AnchoredModel",
    "AttributionResult",
    "CreditLine",
    "CreditRow",
    "CreditTrace",
    "Disagreement",
    "First",
    "FullPath",
    "Last",
    "LastNonDirect",
    "Linear",
    "Markov",
    "OwnModel",
    "PositionBased",
    "Shapley",
    "TimeDecay",
    "WShaped",
    "attribute",
    "credit_of",
]

_MEASURING = {
    "AttributionResult": "_credit",
    "CreditLine": "_credit_trace",
    "CreditTrace": "_credit_trace",
    "Disagreement": "_credit",
    "attribute": "_attribute",
}


def __getattr__(name: str) -> object:
    if name in _MEASURING:
        return getattr(import_module(f"{__name__}.{_MEASURING[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
