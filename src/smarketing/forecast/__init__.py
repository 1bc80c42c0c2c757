"""The forecast: by lead source, stage and age; a distribution, not a number; proven on the past.

A deal's chances follow from who began the relationship, how far it has come and how long it has been open,
learned from what happened to deals like it. Everything can be asked as of any past moment, and so be held
against what came of it.
"""

from __future__ import annotations

from smarketing.forecast._days import age_of, days_until
from smarketing.forecast._deals import ClosedDeal, DealBook, OpenDeal, Opinion, read_deals

__all__ = [
    "ClosedDeal",
    "DealBook",
    "OpenDeal",
    "Opinion",
    "age_of",
    "days_until",
    "read_deals",
]
