"""One row per lead or deal: when it reached each stage, and where it is now. Bulk, on any engine.

A stage is reached at the first entry into it *or into any later one*: who was skipped past a stage counts as
having passed it then. So the instants never decrease from stage to stage, and counts telescope. What counts
as an entry is what `_entries` reads of one record: said by a `StageEntered`, or implied by another fact.

At one instant a reopening comes first, then stages, then the other detours in the funnel's order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.frames import Frames
from smarketing.funnel._provenance import latest_records
from smarketing.funnel._stages import DetourKind, Evidence, Unit
from smarketing.funnel._terms import Funnel

__all__ = ["READS", "journeys", "reached"]

READS = {
    "leads": ("lead_id", "created_at"),
    "stage_entries": ("lead_id", "deal_id", "stage", "occurred_at"),
    "deals": ("deal_id", "lead_id", "created_at"),
    "closings": ("deal_id", "lead_id", "outcome", "occurred_at"),
    "reopenings": ("deal_id", "occurred_at"),
}
"""The columns that are read, by table, besides those that results are split by."""

_NEVER = -(2**62)


def reached(position: int) -> str:
    """The column that holds when the stage at a position was reached."""
    return f"reached_{position}"


def _entered(position: int) -> str:
    return f"entered_{position}"


def _detour(kind: DetourKind) -> str:
    return f"last_{kind.value}"


def journeys(frames: Frames, funnel: Funnel, columns: Sequence[str]) -> nw.LazyFrame[Any]:
    """One row per record of the funnel's unit, of the facts that count.

    Args:
        frames: As of the moment that the analysis is of.
        funnel: The stages, in order.
        columns: Further columns of the record's own table.

    Returns:
        `record_id`, the columns asked for, `reached_0` … (microseconds, missing where never), `furthest`
        (position of the furthest stage, missing where none was reached), `state` ("here", or the kind of
        detour that the record is on) and `left_at` (since when it is on that detour).
    """
    deals = _deals(frames)
    records = _records(frames, funnel.unit, deals, columns)
    story = records.join(_moves(frames, funnel), on="record_id", how="left")
    deals = _deals_of_leads(deals) if funnel.unit is Unit.LEAD else deals.drop("lead_id")
    story = story.join(deals.rename({_key(funnel.unit): "record_id"}), on="record_id", how="left")
    return _told(story, funnel)


def _key(unit: Unit) -> str:
    return f"{unit.value}_id"


def _records(
    frames: Frames, unit: Unit, deals: nw.LazyFrame[Any], columns: Sequence[str]
) -> nw.LazyFrame[Any]:
    """Every record there is: the versions known, or where none were given whatever the events name."""
    table, key = f"{unit.value}s", _key(unit)
    wanted = list(dict.fromkeys([key, "created_at", *columns]))
    if table in frames.names:
        return latest_records(frames, table, wanted).rename({key: "record_id"})
    named = nw.concat([frames.select("stage_entries", [key]), deals.select(key)])
    named = named.filter(~nw.col(key).is_null()).unique([key])
    return named.join(frames.select(table, wanted), on=key, how="left").rename({key: "record_id"})


def _moves(frames: Frames, funnel: Funnel) -> nw.LazyFrame[Any]:
    """Per record, the first entry into each stage, the last into any, the last onto each kind of detour."""
    key = _key(funnel.unit)
    moves = frames.select("stage_entries", READS["stage_entries"]).filter(~nw.col(key).is_null())
    if funnel.unit is Unit.LEAD:  # an entry that names a deal speaks of the deal
        moves = moves.filter(nw.col("deal_id").is_null())
    at, stage = nw.col("occurred_at"), nw.col("stage")
    firsts = {_entered(k): _at_if(stage == each.name) for k, each in enumerate(funnel.stages)}
    lasts = {"last_stage_at": _at_if(stage.is_in([each.name for each in funnel.stages]))}
    for kind in DetourKind:
        names = [detour.name for detour in funnel.detours if detour.kind is kind]
        lasts[_detour(kind)] = _at_if(stage.is_in(names)) if names else _at_if(stage.is_null())
    conditional = {**firsts, **lasts}
    return (
        moves.select(nw.col(key).alias("record_id"), at, stage)
        .with_columns(expr.alias(name) for name, expr in conditional.items())
        .group_by("record_id")
        .agg(*(nw.col(name).min() for name in firsts), *(nw.col(name).max() for name in lasts))
    )


def _at_if(condition: nw.Expr) -> nw.Expr:
    """`occurred_at` where a condition holds, else missing."""
    return nw.when(condition).then(nw.col("occurred_at"))


def _deals(frames: Frames) -> nw.LazyFrame[Any]:
    """One row per deal: its lead, and when it was created, first and last won, lost, reopened."""
    closings = frames.select("closings", READS["closings"])
    ends = (
        closings.with_columns(
            _at_if(nw.col("outcome") == "won").alias("won_at"),
            _at_if(nw.col("outcome") == "won").alias("last_won_at"),
            _at_if(nw.col("outcome") == "lost").alias("lost_at"),
        )
        .group_by("deal_id")
        .agg(
            nw.col("won_at").min(),
            nw.col("last_won_at").max(),
            nw.col("lost_at").max(),
            nw.col("lead_id").max().alias("closed_lead_id"),
        )
    )
    reopened = (
        frames.select("reopenings", READS["reopenings"])
        .group_by("deal_id")
        .agg(nw.col("occurred_at").max().alias("reopened_at"))
    )
    if "deals" in frames.names:
        deals = frames.latest("deals", READS["deals"]).rename({"created_at": "deal_created_at"})
    else:
        deals = closings.select("deal_id", "lead_id").unique(["deal_id"])
        deals = deals.with_columns(nw.lit(None, dtype=nw.Int64).alias("deal_created_at"))
    since = nw.max_horizontal(
        nw.col("last_won_at").fill_null(_NEVER), nw.col("reopened_at").fill_null(_NEVER)
    )
    return (
        deals.join(ends, on="deal_id", how="left")
        .join(reopened, on="deal_id", how="left")
        .with_columns(
            nw.coalesce("lead_id", "closed_lead_id").alias("lead_id"),
            nw.when(nw.col("lost_at") > since).then(nw.col("lost_at")).alias("lost_at"),
        )
        .drop("closed_lead_id")
    )


def _deals_of_leads(deals: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Per lead, what its deals imply. A lead is lost with its last deal, not with its first."""
    is_alive = nw.when(nw.col("lost_at").is_null()).then(nw.lit(1)).otherwise(nw.lit(0))
    per_lead = (
        deals.filter(~nw.col("lead_id").is_null())
        .with_columns(
            is_alive.alias("alive"),
            nw.col("deal_created_at").alias("last_created_at"),
        )
        .group_by("lead_id")
        .agg(
            nw.col("deal_created_at").min(),
            nw.col("last_created_at").max(),
            nw.col("won_at").min(),
            nw.col("last_won_at").max(),
            nw.col("lost_at").max(),
            nw.col("reopened_at").max(),
            nw.col("alive").max(),
        )
    )
    return per_lead.with_columns(nw.when(nw.col("alive") == 0).then(nw.col("lost_at")).alias("lost_at"))


def _told(story: nw.LazyFrame[Any], funnel: Funnel) -> nw.LazyFrame[Any]:
    """When each stage was reached, how far it went, and where it is now."""
    implied = _implied(funnel)
    last = len(funnel) - 1
    for k in range(last, -1, -1):
        instants = [_entered(k), *implied.get(k, ()), *([reached(k + 1)] if k < last else ())]
        story = story.with_columns(_earliest(instants).alias(reached(k)))
    stage_times = [
        "last_stage_at",
        *(_LATEST.get(name, name) for names in implied.values() for name in names),
    ]
    if funnel.unit is Unit.DEAL:
        stage_times = [name if name != "last_created_at" else "deal_created_at" for name in stage_times]
    story = story.with_columns(_latest(stage_times).alias("stage_at"))
    return _state(story, funnel).with_columns(
        (_count_of(map(reached, range(len(funnel)))) - 1).alias("furthest")
    )


_LATEST = {"deal_created_at": "last_created_at", "won_at": "last_won_at"}


def _implied(funnel: Funnel) -> dict[int, list[str]]:
    """By position of the stage, the columns of instants that are evidence of entering it."""
    evidence = {Evidence.DEAL_CREATED: "deal_created_at", Evidence.DEAL_WON: "won_at"}
    if funnel.unit is Unit.LEAD:
        evidence[Evidence.LEAD_CAPTURED] = "created_at"
    implied: dict[int, list[str]] = {}
    for kind, column in evidence.items():
        if stage := funnel.stage_entered_by(kind):
            implied.setdefault(funnel.position(stage.name), []).append(column)
    return implied


def _state(story: nw.LazyFrame[Any], funnel: Funnel) -> nw.LazyFrame[Any]:
    """Where the last entry put the record, over the places in the order in which ties are broken."""
    deal_turns = {DetourKind.LOST: "lost_at", DetourKind.REOPENED: "reopened_at"}

    def turned(kind: DetourKind) -> nw.Expr:
        return _latest([_detour(kind), *([deal_turns[kind]] if kind in deal_turns else ())])

    kinds = list(dict.fromkeys(detour.kind for detour in funnel.detours))
    reopened = turned(DetourKind.REOPENED) if DetourKind.REOPENED in kinds else nw.lit(_NEVER)
    story = story.with_columns(reopened.alias("state_at")).with_columns(
        nw.when(nw.col("stage_at") >= nw.col("state_at"))
        .then(nw.lit("here"))
        .otherwise(nw.lit(DetourKind.REOPENED.value))
        .alias("state"),
        nw.max_horizontal("stage_at", "state_at").alias("state_at"),
    )
    for kind in kinds:
        if kind is DetourKind.REOPENED:
            continue
        story = story.with_columns(turned(kind).alias("turned_at")).with_columns(
            nw.when((nw.col("turned_at") >= nw.col("state_at")) & (nw.col("turned_at") > _NEVER))
            .then(nw.lit(kind.value))
            .otherwise(nw.col("state"))
            .alias("state"),
            nw.max_horizontal("turned_at", "state_at").alias("state_at"),
        )
    return story.with_columns(nw.when(nw.col("state") != "here").then(nw.col("state_at")).alias("left_at"))


def _earliest(names: Sequence[str]) -> nw.Expr:
    return nw.min_horizontal(*names) if len(names) > 1 else nw.col(names[0])


def _latest(names: Sequence[str]) -> nw.Expr:
    """The latest of some instants, or before all time where there is none."""
    filled = [nw.col(name).fill_null(_NEVER) for name in dict.fromkeys(names)]
    return nw.max_horizontal(*filled) if len(filled) > 1 else filled[0]


def _count_of(names: Iterable[str]) -> nw.Expr:
    """How many of the columns are not missing."""
    return nw.sum_horizontal(
        *(nw.when(nw.col(name).is_null()).then(nw.lit(0)).otherwise(nw.lit(1)) for name in names)
    )
