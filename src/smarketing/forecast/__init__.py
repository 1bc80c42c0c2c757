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
    from smarketing.forecast._book import DealForecast
    from smarketing.forecast._categories import Category, RollUp
    from smarketing.forecast._classic import ClassicRow, StageWeighted
    from smarketing.forecast._outlook import Outlook
    from smarketing.forecast._rates import Rates
    from smarketing.forecast._result import Components, Forecast, ForecastRow, NewBusiness, PeriodForecast
    from smarketing.forecast._revenue import forecast_revenue

__all__ = [
    "RIVALS",
    "Backtest",
    "Category",
    "Choice",
    "ClassicRow",
    "ClosedDeal",
    "Components",
    "DealBook",
    "DealForecast",
    "Derivation",
    "Forecast",
    "ForecastRow",
    "NewBusiness",
    "OpenDeal",
    "Opinion",
    "OriginResult",
    "Outlook",
    "PeriodForecast",
    "Rates",
    "RollUp",
    "Score",
    "Shock",
    "ShockPeriod",
    "StageWeighted",
    "Tally",
    "Terms",
    "WinModel",
    "age_of",
    "backtest",
    "days_until",
    "forecast_revenue",
    "read_deals",
]

_MEASURING = {
    "Category": "_categories",
    "ClassicRow": "_classic",
    "Components": "_result",
    "DealForecast": "_book",
    "Forecast": "_result",
    "ForecastRow": "_result",
    "NewBusiness": "_result",
    "Outlook": "_outlook",
    "PeriodForecast": "_result",
    "Rates": "_rates",
    "RollUp": "_categories",
    "StageWeighted": "_classic",
    "backtest": "_backtest",
    "forecast_revenue": "_revenue",
}


def __getattr__(name: str) -> object:
    if name in _MEASURING:
        return getattr(import_module(f"{__name__}.{_MEASURING[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
