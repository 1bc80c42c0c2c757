"""The forecast: by lead source, stage and age; a distribution, not a number; proven on the past.

A deal's chances follow from who began the relationship, how far it has come and how long it has been open,
learned from what happened to deals like it. Everything can be asked as of any past moment, and so be held
against what came of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from smarketing.forecast._backtest_result import Backtest, OriginResult, Score
from smarketing.forecast._days import age_of, days_until
from smarketing.forecast._deals import ClosedDeal, DealBook, OpenDeal, Opinion, read_deals
from smarketing.forecast._explain import Derivation
from smarketing.forecast._model import WinModel
from smarketing.forecast._rivals import RIVALS
from smarketing.forecast._shock import Shock, ShockPeriod
from smarketing.forecast._tally import Choice, Tally, Terms

if TYPE_CHECKING:
    from smarketing.forecast._backtest import backtest

__all__ = [
    "RIVALS",
    "Backtest",
    "Choice",
    "ClosedDeal",
    "DealBook",
    "Derivation",
    "OpenDeal",
    "Opinion",
    "OriginResult",
    "Score",
    "Shock",
    "ShockPeriod",
    "Tally",
    "Terms",
    "WinModel",
    "age_of",
    "backtest",
    "days_until",
    "read_deals",
]

_MEASURING = {
    "backtest": "_backtest",
}


def __getattr__(name: str) -> object:
    if name in _MEASURING:
        return getattr(import_module(f"{__name__}.{_MEASURING[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
