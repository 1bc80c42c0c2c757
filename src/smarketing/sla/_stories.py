"""Some leads' stories out of frames, for what has to be read one lead at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.facts import Lead
from smarketing.frames import Frames, rows_of
from smarketing.funnel import Evidence
from smarketing.origin import Origin
from smarketing.periods import from_micros
from smarketing.sla._clocks import Clock, Reading
from smarketing.sla._contract import Conditions, InForce, SlaContract
from smarketing.sla._events import EVIDENCE, Happened, Story
from smarketing.sla._rows import EventRows
from smarketing.sla._terms import Term

__all__ = ["read_clocks"]

_NOWHERE = Origin()
_MANY = 2_000
"""From so many leads on, a table is read whole: an engine filters by a long list more slowly than that."""

Variant = tuple[Conditions, Term]


def read_clocks(
    events: EventRows,
    contract: SlaContract,
    version: InForce,
    variant: Variant,
    *,
    ids: Sequence[str],
    as_of: datetime,
) -> Iterator[Clock]:
    """The clocks of one variant for some leads, as `SlaContract.clocks` reads them."""
    if not ids:
        return
    stories = _stories(events, contract, variant[1], ids)
    for lead_id in ids:
        yield from Reading(contract, stories[lead_id], as_of).of(version, *variant)


def _stories(events: EventRows, contract: SlaContract, term: Term, ids: Sequence[str]) -> dict[str, Story]:
    leads = _leads(events.frames, ids)
    stories = {
        lead_id: Story(lead=leads.get(lead_id) or _lead(lead_id), moves=[], events={}, waived={})
        for lead_id in ids
    }
    for word in _words(contract, term):
        for row in _of(events.of([word]), ids):
            stories[row["lead_id"]].events.setdefault(word, []).append(_happened(row))
    for row in _of(events.moves(), ids):
        stories[row["lead_id"]].moves.append((row["stage"], _happened(row)))
    for row in _of(events.waivers(term.name), ids):
        stories[row["lead_id"]].waived[term.name] = row["reason"] or ""
    return stories


def _words(contract: SlaContract, term: Term) -> tuple[str, ...]:
    """The events that a term is read from; those of stages are moves, and what implies them."""
    asked = [
        term.starts,
        *term.closes,
        *term.or_once,
        *(event for pause in term.pauses for event in (pause.starts, pause.ends)),
    ]
    plain = [event for event in asked if not event.startswith(("entered ", "left "))]
    implied = [
        word for word, evidence in EVIDENCE.items() if contract.funnel.stage_entered_by(Evidence(evidence))
    ]
    return tuple(dict.fromkeys([*plain, "assigned", "unassigned", "routed", *implied]))


def _leads(frames: Frames, ids: Sequence[str]) -> dict[str, Lead]:
    rows = _of(frames.latest("leads", ["lead_id", "owner_id", "team"]), ids)
    return {row["lead_id"]: _lead(row["lead_id"], row["owner_id"], row["team"]) for row in rows}


def _lead(lead_id: str, owner_id: str | None = None, team: str | None = None) -> Lead:
    return Lead(origin=_NOWHERE, occurred_at=from_micros(0), lead_id=lead_id, owner_id=owner_id, team=team)


def _happened(row: dict[str, Any]) -> Happened:
    return Happened(from_micros(row["at"]), bool(row["is_day"]), row["by_id"], row["team"])


def _of(rows: nw.LazyFrame[Any], ids: Collection[str]) -> list[dict[str, Any]]:
    if len(ids) < _MANY:
        return rows_of(rows.filter(nw.col("lead_id").is_in([*ids])))
    wanted = frozenset(ids)
    return [row for row in rows_of(rows) if row["lead_id"] in wanted]
