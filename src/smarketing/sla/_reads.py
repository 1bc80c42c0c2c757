"""The columns that measuring a contract reads, by table, and the days that they span."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from smarketing.frames import Frames, source_fields
from smarketing.periods import to_micros
from smarketing.schema import TABLES, TRAIT_PREFIX
from smarketing.sla._contract import SlaContract
from smarketing.sla._faults import SHORT

__all__ = ["DAY", "column_of", "days_of", "reads"]

DAY = 86_400_000_000
"""Microseconds."""

_MOST_DAYS = 20_000
"""Beyond some fifty years a stray date is more likely than a long story."""

_ABOUT = ("lead_id", "deal_id", "by_id", "precision")
_OF_EVENTS: Mapping[str, Sequence[str]] = {
    "stage_entries": (*_ABOUT, "stage"),
    "assignments": ("lead_id", "deal_id", "owner_id", "team", "precision"),
    "routings": ("lead_id", "deal_id", "team", "precision"),
    "contact_attempts": (*_ABOUT, "connected"),
    "replies": (*_ABOUT, "by_us"),
    "feedbacks": (*_ABOUT, "verdict", "reason", "addressee"),
    "waivers": ("lead_id", "commitment", "reason"),
    "closings": (*_ABOUT, "outcome"),
    "reopenings": ("deal_id",),
    "deals": (
        "deal_id",
        "lead_id",
        "created_at",
        "precision",
        "owner_id",
        "team",
        "amount_minor",
        "currency",
    ),
}


def reads(contract: SlaContract) -> dict[str, Sequence[str]]:
    """The columns that the promises of a contract are measured from, by table."""
    fields: list[str] = []
    for _, terms in contract.versions.versions:
        for term in terms.terms:
            fields += term.when
        for delivery in terms.deliveries:
            fields += delivery.when
            fields += [*delivery.fields, *([TRAIT_PREFIX + delivery.score] if delivery.score else [])]
    own = ["lead_id", "created_at", "precision", "owner_id", "team"]
    columns = [
        *own,
        *(column_of(field) for field in fields if field != "source"),
        *source_fields(contract.sources),
    ]
    return {"leads": list(dict.fromkeys(columns)), **_OF_EVENTS}


def column_of(field: str) -> str:
    """The column of a lead that a field of a promise means: the schema's, or one of the company's own."""
    name = SHORT.get(field, field)
    return name if name in TABLES["leads"].names else TRAIT_PREFIX + field.removeprefix(TRAIT_PREFIX)


def days_of(frames: Frames, as_of: datetime) -> tuple[int, int] | None:
    """The first and last UTC day of everything that was read; None where they lie too far apart."""
    spans = [frames.span(name) for name in frames.names]
    spans += [frames.span(name, "created_at") for name in ("leads", "deals") if name in frames.names]
    first = min((span[0] for span in spans if span), default=as_of)
    days = to_micros(first) // DAY - 1, to_micros(as_of) // DAY + 1
    return days if days[1] - days[0] < _MOST_DAYS else None
