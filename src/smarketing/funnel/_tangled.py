"""The few stories that no minimum or maximum can tell, read one record at a time.

What a deal implies about its lead depends on where the lead was, and on its other deals, at that moment: a
reopening changes nothing for a lead that is open, nor a loss while another deal is alive. So a tangled story
is read by `timeline` itself, and bulk and one record agree because they are one reading.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.facts import Deal, DealClosed, DealReopened, Fact, Lead, StageEntered
from smarketing.frames import Frames, rows_of
from smarketing.funnel._journeys import HERE, READS, deals_of
from smarketing.funnel._record import timeline
from smarketing.funnel._stages import Detour, Unit
from smarketing.funnel._terms import Funnel
from smarketing.origin import Origin
from smarketing.periods import from_micros, to_micros
from smarketing.schema import ColumnType

__all__ = ["untangled"]

_END_OF_TIME = datetime.max.replace(tzinfo=UTC)
_NOWHERE = Origin()


def untangled(frames: Frames, funnel: Funnel, rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Settled rows of `journeys`, with the states of tangled stories filled in."""
    tangled = [
        row["record_id"] for row in rows_of(rows.filter(nw.col("state").is_null()).select("record_id"))
    ]
    if not tangled:
        return rows
    told = _stories(frames, funnel.unit, sorted(tangled))
    states = [_state(facts, funnel, frames.cutoff or _END_OF_TIME) for facts in told.values()]
    read = frames.rows(
        {
            "record_id": list(told),
            "read_state": [s for s, _ in states],
            "read_left_at": [at for _, at in states],
        },
        {
            "record_id": ColumnType.TEXT,
            "read_state": ColumnType.TEXT,
            "read_left_at": ColumnType.INSTANT,
        },
    )
    rows, read = frames.settle(rows, read)
    is_read = ~nw.col("read_state").is_null()
    joined = rows.join(read, on="record_id", how="left").with_columns(
        nw.when(is_read).then(nw.col("read_left_at")).otherwise(nw.col("left_at")).alias("left_at"),
        nw.coalesce("state", "read_state").alias("state"),
    )
    (settled,) = frames.settle(joined.drop("read_state", "read_left_at"))
    return settled


def _state(facts: Iterable[Fact], funnel: Funnel, as_of: datetime) -> tuple[str, int | None]:
    """Where a record is, and since when it is lost or disqualified."""
    stays = timeline(facts, funnel, as_of=as_of).stays
    place = funnel[stays[-1].stage] if stays else None
    if not isinstance(place, Detour):
        return HERE, None
    return place.kind.value, to_micros(stays[-1].entered_at) if place.kind.is_final else None


def _stories(frames: Frames, unit: Unit, ids: Collection[str]) -> Mapping[str, list[Fact]]:
    """The facts about some records, by record."""
    key = f"{unit}_id"
    told: dict[str, list[Fact]] = {record_id: [] for record_id in ids}
    for row in _rows(frames.select("stage_entries", READS["stage_entries"]), key, ids):
        if unit is Unit.DEAL or row["deal_id"] is None:
            at = from_micros(row["occurred_at"])
            about = {key: row[key]}
            told[row[key]].append(StageEntered(origin=_NOWHERE, occurred_at=at, stage=row["stage"], **about))
    if unit is Unit.LEAD:
        for row in _rows(frames.latest("leads", READS["leads"]), key, ids):
            if row["created_at"] is not None:
                at = from_micros(row["created_at"])
                told[row[key]].append(Lead(origin=_NOWHERE, occurred_at=at, created_at=at, lead_id=row[key]))
    deals = {row["deal_id"]: row for row in _rows(deals_of(frames), key, ids)}
    for fact in _of_deals(frames, deals):
        told[deals[fact.deal_id][key]].append(fact)
    return told


def _of_deals(
    frames: Frames, deals: Mapping[str, Mapping[str, Any]]
) -> Iterator[Deal | DealClosed | DealReopened]:
    for deal_id, row in deals.items():
        if row["deal_created_at"] is not None:
            at = from_micros(row["deal_created_at"])
            yield Deal(origin=_NOWHERE, occurred_at=at, created_at=at, deal_id=deal_id)
    for row in _rows(frames.select("closings", READS["closings"]), "deal_id", deals):
        at, outcome = from_micros(row["occurred_at"]), row["outcome"]
        yield DealClosed(origin=_NOWHERE, occurred_at=at, deal_id=row["deal_id"], outcome=outcome)
    for row in _rows(frames.select("reopenings", READS["reopenings"]), "deal_id", deals):
        yield DealReopened(
            origin=_NOWHERE, occurred_at=from_micros(row["occurred_at"]), deal_id=row["deal_id"]
        )


def _rows(rows: nw.LazyFrame[Any], key: str, ids: Collection[str]) -> list[dict[str, Any]]:
    return rows_of(rows.filter(nw.col(key).is_in(list(ids)))) if ids else []
