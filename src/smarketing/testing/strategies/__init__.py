"""Hypothesis strategies for everything that the laws of the library are tried on.

Facts are drawn from the data dictionary itself, so that a new kind or a new field is drawn from the day on
which it is written down. `timelines` draws what CRMs really hold: a few leads and their deals, told out of
order, known late, dated to the day only, said twice, and withdrawn again.

Needs the extra `test`: `pip install "smarketing[test]"`.
"""

from __future__ import annotations

from smarketing.errors import MissingExtraError

try:
    import hypothesis as _hypothesis  # noqa: F401 (the parts below need it)
except ImportError:
    raise MissingExtraError("test", "drawing facts for properties", "hypothesis") from None

from smarketing.testing.strategies._facts import any_facts, facts, lines, origins
from smarketing.testing.strategies._scoring import Told, criteria, matrices, scored_at, told_leads
from smarketing.testing.strategies._sla import sla_terms
from smarketing.testing.strategies._terms import agreements, calendars, funnels, source_rules
from smarketing.testing.strategies._timelines import late_facts, leads, timelines
from smarketing.testing.strategies._values import (
    days,
    instants,
    money,
    periods,
    points,
    shares,
    traits,
    words,
)

__all__ = [
    "Told",
    "agreements",
    "any_facts",
    "calendars",
    "criteria",
    "days",
    "facts",
    "funnels",
    "instants",
    "late_facts",
    "leads",
    "lines",
    "matrices",
    "money",
    "origins",
    "periods",
    "points",
    "scored_at",
    "shares",
    "sla_terms",
    "source_rules",
    "timelines",
    "told_leads",
    "traits",
    "words",
]
