"""The forecast: by lead source, stage and age; a distribution, not a number; proven on the past.

A deal's chances follow from who began the relationship, how far it has come and how long it has been open,
learned from what happened to deals like it. Everything can be asked as of any past moment, and so be held
against what came of it.
"""

from __future__ import annotations

from smarketing.forecast._days import age_of, days_until
from smarketing.forecast._deals import ClosedDeal, DealBook, OpenDeal, Opinion, read_deals
from smarketing.forecast._explain import Derivation
from smarketing.forecast._model import WinModel
from smarketing.forecast._shock import Shock, ShockPeriod
from smarketing.forecast._tally import Choice, Tally

__all__ = [
    "Choice",
    "ClosedDeal",
    "DealBook",
    "Derivation",
    "OpenDeal",
    "Opinion",
    "Shock",
    "ShockPeriod",
    "Tally",
    "WinModel",
    "age_of",
    "days_until",
    "read_deals",
]
