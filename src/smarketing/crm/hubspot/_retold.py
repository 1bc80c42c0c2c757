"""Engagements that were edited: what was told of them at each moment, and what no longer stands.

An edited call is the same call. Its history says what HubSpot knew of it and when, so what would have been
read at each of those moments is told, known then, and retracted at the moment that made it another. Whether
or not it really was read then, the facts are the same: a store that did read it has the retraction too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import attrs

from smarketing.crm.hubspot._record import Record
from smarketing.crm.hubspot._versions import History, states_of
from smarketing.facts import Fact, Retracted

HISTORY: Mapping[str, frozenset[str]] = {
    "calls": frozenset(
        {"hs_timestamp", "hs_call_direction", "hs_call_disposition", "hs_call_duration", "hs_call_status"}
    ),
    "emails": frozenset({"hs_timestamp", "hs_email_direction", "hs_email_status"}),
    "meetings": frozenset(
        {"hs_timestamp", "hs_meeting_start_time", "hs_meeting_end_time", "hs_meeting_outcome"}
    ),
    "communications": frozenset({"hs_timestamp", "hs_communication_channel_type"}),
    "tasks": frozenset({"hs_timestamp", "hs_task_status", "hs_task_type"}),
}
"""The properties that make an engagement another when they change, beside its owner."""

_OWNER = "hubspot_owner_id"


def states_told(kind: str, record: Record, history: History) -> list[Record]:
    """The engagement as it was from each moment on, earliest first, the present one last.

    Each is one that HubSpot entered at that moment. There is none where history says nothing.
    """
    names = HISTORY[kind] | {_OWNER}
    lasting = {name: value for name, value in record.properties.items() if name not in history}
    found: list[Record] = []
    for at, state in states_of(history, names, lasting):
        entered_at = max(at, record.entered_at or at) if found else record.entered_at or at
        found.append(attrs.evolve(record, properties=state, entered_at=entered_at))
    if found:
        found[-1] = attrs.evolve(found[-1], properties=record.properties)
    return found


def retold(told: Sequence[tuple[datetime, Sequence[Fact]]]) -> Iterator[Fact]:
    """Each fact, known from the moment at which it was first told, and the retractions of what was edited.

    What is told at present stands, even if it was told otherwise in between.

    Args:
        told: From when on it was told, and the facts, earliest first, those of the present last.
    """
    first: dict[str, Fact] = {}
    last: dict[str, int] = {}
    for place, (_, facts) in enumerate(told):
        for fact in facts:
            first.setdefault(fact.id, fact)
            last[fact.id] = place
    for fact_id, fact in first.items():
        yield fact
        if last[fact_id] + 1 < len(told):
            yield Retracted(
                origin=fact.origin,
                occurred_at=told[last[fact_id] + 1][0],
                loaded_at=fact.loaded_at,
                retracted_fact_id=fact_id,
                reason="edited",
            )
