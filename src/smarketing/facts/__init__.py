"""Facts: what happened, to whom, when, and who says so.

A closed union of frozen records. Some are *versions* of a record that lives on (`Lead`, `Account`,
`Campaign`, `Deal`): the version that counts is the last one known. The others are *events*, which happened
once.

Every fact has **two clocks**. `occurred_at` is when it happened; `known_at` is when the source first knew
(its own modification or creation time; `occurred_at` where it has none). A fact counts as of T iff both are
before T: so a report as of a past day reads what could be read that day, and facts that arrive later never
change it.

A fact's `id` is a hash of where it comes from, when it occurred and what it says: never of a row number, a
file name, or when it was loaded. Reading the same export twice gives the same facts. Corrections are later
versions; deletions are facts too (`Retracted`).

The fields are named as the columns of `smarketing.schema`, which alone says what each one means.
"""

from __future__ import annotations

from smarketing.facts._dealings import (
    Assigned,
    ConsentGiven,
    ConsentWithdrawn,
    ContactAttempt,
    Flipped,
    ProfilesLinked,
    ProfilesUnlinked,
    Reply,
    Retracted,
    Routed,
    SalesFeedback,
    StageEntered,
    Touch,
    Verdict,
    Waived,
)
from smarketing.facts._fact import Fact, Line, Precision
from smarketing.facts._records import Account, Campaign, Deal, Lead
from smarketing.facts._results import (
    AssetMetric,
    CustomerHealth,
    CustomerState,
    DealClosed,
    DealReopened,
    Judgement,
    OrderPlaced,
    OrderReturned,
    Outcome,
    Spend,
    SpendBasis,
    TimeSpent,
)

__all__ = [
    "EVENTS",
    "KINDS",
    "VERSIONS",
    "Account",
    "AssetMetric",
    "Assigned",
    "Campaign",
    "ConsentGiven",
    "ConsentWithdrawn",
    "ContactAttempt",
    "CustomerHealth",
    "CustomerState",
    "Deal",
    "DealClosed",
    "DealReopened",
    "Fact",
    "Flipped",
    "Judgement",
    "Lead",
    "Line",
    "OrderPlaced",
    "OrderReturned",
    "Outcome",
    "Precision",
    "ProfilesLinked",
    "ProfilesUnlinked",
    "Reply",
    "Retracted",
    "Routed",
    "SalesFeedback",
    "Spend",
    "SpendBasis",
    "StageEntered",
    "TimeSpent",
    "Touch",
    "Verdict",
    "Waived",
]

VERSIONS: tuple[type[Fact], ...] = (Lead, Account, Campaign, Deal)
"""Kinds of which the last known version counts."""

EVENTS: tuple[type[Fact], ...] = (
    StageEntered,
    Touch,
    Reply,
    ContactAttempt,
    Routed,
    Assigned,
    SalesFeedback,
    Flipped,
    Waived,
    DealClosed,
    DealReopened,
    Judgement,
    Spend,
    AssetMetric,
    OrderPlaced,
    OrderReturned,
    CustomerHealth,
    TimeSpent,
    ConsentGiven,
    ConsentWithdrawn,
    ProfilesLinked,
    ProfilesUnlinked,
    Retracted,
)
"""Kinds that happened once."""

KINDS: tuple[type[Fact], ...] = VERSIONS + EVENTS
"""All kinds of fact, in the order in which the schema lists their tables."""
