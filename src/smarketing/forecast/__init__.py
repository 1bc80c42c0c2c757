"""The forecast: by lead source, stage and age; a distribution, not a number; proven on the past.

A deal's chances follow from who began the relationship, how far it has come and how long it has been open,
learned from what happened to deals like it. Everything can be asked as of any past moment, and so be held
against what came of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from smarketing.forecast._backtest_result import Backtest, OriginResult, RevenueResult, Score
from smarketing.forecast._days import age_of, days_until
from smarketing.forecast._deals import ClosedDeal, DealBook, OpenDeal, Opinion, read_deals
from smarketing.forecast._explain import Derivation
from smarketing.forecast._model import WinModel
from smarketing.forecast._rivals import RIVALS
from smarketing.forecast._shock import Shock, ShockPeriod
from smarketing.forecast._tally import Choice, Tally, Terms

if TYPE_CHECKING:
    from smarketing.forecast._advice import Evidence, SourceAdvice
    from smarketing.forecast._backtest import backtest
    from smarketing.forecast._book import DealForecast
    from smarketing.forecast._categories import Category, RollUp
    from smarketing.forecast._change import Change, ChangeLine, ForecastChange, compare_forecasts
    from smarketing.forecast._classic import ClassicRow, StageWeighted
    from smarketing.forecast._components import Components, ForecastRow, NewBusiness
    from smarketing.forecast._judges import CategoryScore, JudgeScore, score_judgements
    from smarketing.forecast._outlook import Outlook
    from smarketing.forecast._rates import Rates
    from smarketing.forecast._result import Forecast, PeriodForecast
    from smarketing.forecast._revenue import forecast_revenue
    from smarketing.forecast._targets import LeadsNeeded, TargetOutlook

__all__ = [
    "RIVALS",
    "Backtest",
    "Category",
    "CategoryScore",
    "Change",
    "ChangeLine",
    "Choice",
    "ClassicRow",
    "ClosedDeal",
    "Components",
    "DealBook",
    "DealForecast",
    "Derivation",
    "Evidence",
    "Forecast",
    "ForecastChange",
    "ForecastRow",
    "JudgeScore",
    "LeadsNeeded",
    "NewBusiness",
    "OpenDeal",
    "Opinion",
    "OriginResult",
    "Outlook",
    "PeriodForecast",
    "Rates",
    "RevenueResult",
    "RollUp",
    "Score",
    "Shock",
    "ShockPeriod",
    "SourceAdvice",
    "StageWeighted",
    "Tally",
    "TargetOutlook",
    "Terms",
    "WinModel",
    "age_of",
    "backtest",
    "compare_forecasts",
    "days_until",
    "forecast_revenue",
    "read_deals",
    "score_judgements",
]

_MEASURING = {
    "Category": "_categories",
    "CategoryScore": "_judges",
    "Change": "_change",
    "ChangeLine": "_change",
    "ClassicRow": "_classic",
    "Components": "_components",
    "DealForecast": "_book",
    "Evidence": "_advice",
    "Forecast": "_result",
    "ForecastChange": "_change",
    "ForecastRow": "_components",
    "JudgeScore": "_judges",
    "LeadsNeeded": "_targets",
    "NewBusiness": "_components",
    "Outlook": "_outlook",
    "PeriodForecast": "_result",
    "Rates": "_rates",
    "RollUp": "_categories",
    "SourceAdvice": "_advice",
    "StageWeighted": "_classic",
    "TargetOutlook": "_targets",
    "backtest": "_backtest",
    "compare_forecasts": "_change",
    "forecast_revenue": "_revenue",
    "score_judgements": "_judges",
}


def __getattr__(name: str) -> object:
    if name in _MEASURING:
        return getattr(import_module(f"{__name__}.{_MEASURING[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
