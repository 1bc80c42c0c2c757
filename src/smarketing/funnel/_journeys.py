"""One row per lead or deal: when it reached each stage, and where it is now. Bulk, on any engine.

A stage is reached at the first entry into it *or into any later one*: who was skipped past a stage counts as
having passed it then. So the instants never decrease from stage to stage, and counts telescope. What counts
as an entry is what `_entries` reads of one record: said by a `StageEntered`, or implied by another fact.

Where a record is now, its last entry says: a few minima and maxima per record. At one instant a reopening
comes first, then stages, then the other detours in the funnel's order. Some stories are not told by their
last entry: reopened deals, several deals of which some were lost, lost in more than one way. Such a story is
*tangled*; its state stays open here, and `_tangled` reads it entry by entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.frames import Frames
from smarketing.funnel._provenance import latest_records
from smarketing.funnel._stages import Detour, DetourKind, Evidence, Unit
from smarketing.funnel._terms import Funnel
from smarketing.periods import to_micros

__all__ = ["HERE", "READS", "deals_of", "journeys", "reached"]

READS = {
    "leads": ("lead_id", "created_at"),
    "stage_entries": ("lead_id", "deal_id", "stage", "occurred_at"),
    "deals": ("deal_id", "lead_id", "created_at"),
    "closings": ("deal_id", "lead_id", "outcome", "occurred_at"),
    "reopenings": ("deal_id", "occurred_at"),
}
"""The columns that are read, by table, besides those that results are split by."""

HERE = "here"
"""The state of a record that is on the straight path."""

_NEVER = -(2**62)


def reached(position: int) -> str:
    """The column that holds when the stage at a position was reached."""
    return f"reached_{position}"


def _entered(position: int) -> str:
    return f"entered_{position}"


def _first(detour: Detour) -> str:
    return f"first_{detour.name}"


def _last(detour: Detour) -> str:
    return f"last_{detour.name}"


def journeys(frames: Frames, funnel: Funnel, columns: Sequence[str]) -> nw.LazyFrame[Any]:
    """One row per record of the funnel's unit that any fact which counts speaks of.

    Args:
        frames: As of the moment that the analysis is of.
        funnel: The stages, in order.
        columns: Further columns of the record's own table, and for deals of their leads'; missing where no
            version is known.

    Returns:
        `record_id`, the columns asked for, `reached_0` … (microseconds, missing where never), `furthest`
        (position of the furthest stage, -1 where none was reached), `state` ("here", or the kind of detour
        that the record is on; missing where the story is tangled) and `left_at` (since when it is lost or
        disqualified).
    """
    key = f"{funnel.unit}_id"
    wanted = list(dict.fromkeys([key, "created_at", *columns]))
    records = latest_records(frames, f"{funnel.unit}s", wanted).rename({key: "record_id"})
    records = records.with_columns(_before(frames, "created_at"))
    deals = deals_of(frames)
    per_record = _per_deal(deals) if funnel.unit is Unit.DEAL else _per_lead(deals)
    story = _with_all(_with_all(records, _moves(frames, funnel), "record_id"), per_record, "record_id")
    return _told(story, funnel)


def _before(frames: Frames, column: str) -> nw.Expr:
    """The column without the instants that are not yet, as of the moment of the frames."""
    if frames.cutoff is None:
        return nw.col(column)
    return nw.when(nw.col(column) < to_micros(frames.cutoff)).then(nw.col(column)).alias(column)


def _with_all(left: nw.LazyFrame[Any], right: nw.LazyFrame[Any], key: str) -> nw.LazyFrame[Any]:
    """Both tables side by side, with the rows that only one of them has."""
    both = left.join(right, on=key, how="full", suffix="_of_right")
    return both.with_columns(nw.coalesce(key, f"{key}_of_right").alias(key)).drop(f"{key}_of_right")


def _moves(frames: Frames, funnel: Funnel) -> nw.LazyFrame[Any]:
    """Per record, the first entry into each stage, the last into any, the first and last onto each detour."""
    key = f"{funnel.unit}_id"
    moves = frames.select("stage_entries", READS["stage_entries"]).filter(~nw.col(key).is_null())
    if funnel.unit is Unit.LEAD:  # an entry that names a deal speaks of the deal
        moves = moves.filter(nw.col("deal_id").is_null())
    at, stage = nw.col("occurred_at"), nw.col("stage")
    firsts = {_entered(k): _at_if(stage == each.name) for k, each in enumerate(funnel.stages)}
    firsts |= {_first(each): _at_if(stage == each.name) for each in funnel.detours if each.kind.is_final}
    lasts = {"last_stage_at": _at_if(stage.is_in([each.name for each in funnel.stages]))}
    lasts |= {_last(each): _at_if(stage == each.name) for each in funnel.detours}
    return (
        moves.select(nw.col(key).alias("record_id"), at, stage)
        .with_columns(expr.alias(name) for name, expr in {**firsts, **lasts}.items())
        .group_by("record_id")
        .agg(*(nw.col(name).min() for name in firsts), *(nw.col(name).max() for name in lasts))
    )


def _at_if(condition: nw.Expr) -> nw.Expr:
    """`occurred_at` where a condition holds, else missing."""
    return nw.when(condition).then(nw.col("occurred_at"))


def deals_of(frames: Frames) -> nw.LazyFrame[Any]:
    """One row per deal: its `lead_id`, when it was created, and first and last won, lost and reopened."""
    won, lost = _at_if(nw.col("outcome") == "won"), _at_if(nw.col("outcome") == "lost")
    ends = (
        frames.select("closings", READS["closings"])
        .with_columns(
            won.alias("won_at"), won.alias("last_won_at"), lost.alias("lost_at"), lost.alias("last_lost_at")
        )
        .group_by("deal_id")
        .agg(
            nw.col("won_at").min(),
            nw.col("last_won_at").max(),
            nw.col("lost_at").min(),
            nw.col("last_lost_at").max(),
            nw.col("lead_id").max().alias("closed_lead_id"),
        )
    )
    reopened = (
        frames.select("reopenings", READS["reopenings"])
        .group_by("deal_id")
        .agg(nw.col("occurred_at").max().alias("reopened_at"))
    )
    deals = frames.latest("deals", READS["deals"]).rename({"created_at": "deal_created_at"})
    deals = deals.with_columns(_before(frames, "deal_created_at"))
    return (
        _with_all(_with_all(deals, ends, "deal_id"), reopened, "deal_id")
        .with_columns(nw.coalesce("lead_id", "closed_lead_id").alias("lead_id"))
        .drop("closed_lead_id")
    )


def _per_deal(deals: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """What the facts of each deal imply about the deal itself."""
    one = nw.col("deal_created_at").alias("last_created_at"), nw.lit(1).alias("deals_count")
    return deals.drop("lead_id").with_columns(*one).rename({"deal_id": "record_id"})


def _per_lead(deals: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """What its deals imply about each lead."""
    return (
        deals.filter(~nw.col("lead_id").is_null())
        .with_columns(nw.col("deal_created_at").alias("last_created_at"))
        .group_by("lead_id")
        .agg(
            nw.col("deal_created_at").min(),
            nw.col("last_created_at").max(),
            nw.col("won_at").min(),
            nw.col("last_won_at").max(),
            nw.col("lost_at").min(),
            nw.col("last_lost_at").max(),
            nw.col("reopened_at").max(),
            nw.len().alias("deals_count"),
        )
        .rename({"lead_id": "record_id"})
    )


_IMPLIED = {
    Evidence.LEAD_CAPTURED: ("created_at", "captured_at"),
    Evidence.DEAL_CREATED: ("deal_created_at", "last_created_at"),
    Evidence.DEAL_WON: ("won_at", "last_won_at"),
}
"""By evidence, the columns that hold when it was first and last there."""


def _told(story: nw.LazyFrame[Any], funnel: Funnel) -> nw.LazyFrame[Any]:
    """When each stage was reached, how far it went, and where it is now."""
    stages = {evidence: funnel.stage_entered_by(evidence) for evidence in _IMPLIED}
    implied = {evidence: funnel.position(stage.name) for evidence, stage in stages.items() if stage}
    last = len(funnel) - 1
    for k in range(last, -1, -1):
        here = [_IMPLIED[evidence][0] for evidence, position in implied.items() if position == k]
        instants = [_entered(k), *here, *([reached(k + 1)] if k < last else ())]
        story = story.with_columns(_earliest(instants).alias(reached(k)))
    if Evidence.LEAD_CAPTURED in implied:  # a capture after it was there already moves nothing
        is_first = nw.col("created_at") == nw.col(reached(implied[Evidence.LEAD_CAPTURED]))
        story = story.with_columns(nw.when(is_first).then(nw.col("created_at")).alias("captured_at"))
    story = story.with_columns(
        _latest("last_stage_at", *(_IMPLIED[evidence][1] for evidence in implied)).alias("stage_at"),
        (_count_of(map(reached, range(len(funnel)))) - 1).alias("furthest"),
    )
    return _placed(_with_losses(story, funnel), funnel)


def _with_losses(story: nw.LazyFrame[Any], funnel: Funnel) -> nw.LazyFrame[Any]:
    """Deals that were lost put their record where the funnel has a place for it."""
    lost = funnel.detour(DetourKind.LOST)
    if lost is None:
        return story.drop("lost_at", "last_lost_at")
    return story.with_columns(
        nw.min_horizontal(_first(lost), "lost_at").alias(_first(lost)),
        nw.max_horizontal(_last(lost), "last_lost_at").alias(_last(lost)),
    )


def _placed(story: nw.LazyFrame[Any], funnel: Funnel) -> nw.LazyFrame[Any]:
    """Where the last entry put each record, over the places in the order in which ties are broken."""
    reopening = [each for each in funnel.detours if each.kind is DetourKind.REOPENED]
    others = [each for each in funnel.detours if each.kind is not DetourKind.REOPENED]
    back = _latest(*map(_last, reopening)) if reopening else nw.lit(_NEVER)
    story = story.with_columns(
        nw.when(back > nw.col("stage_at"))
        .then(nw.lit(DetourKind.REOPENED.value))
        .otherwise(nw.lit(HERE))
        .alias("state"),
        nw.max_horizontal(back, nw.col("stage_at")).alias("state_at"),
    )
    for detour in others:
        is_last = nw.col(_last(detour)) >= nw.col("state_at")
        story = story.with_columns(
            nw.when(is_last).then(nw.lit(detour.kind.value)).otherwise(nw.col("state")).alias("state"),
            _latest(_last(detour), "state_at").alias("state_at"),
        )
    plain = nw.when(~_is_tangled(funnel)).then(nw.col("state"))
    return story.with_columns(plain.alias("state"), _left_at(funnel).alias("left_at"))


def _left_at(funnel: Funnel) -> nw.Expr:
    """Since when a record is on the final detour that it is on."""
    left: nw.Expr = nw.when(nw.col("stage_at") != nw.col("stage_at")).then(nw.col("stage_at"))
    for detour in funnel.detours:
        if detour.kind.is_final:
            is_there = nw.col("state") == detour.kind.value
            is_there = is_there & _holds(nw.col(_last(detour)) == nw.col("state_at"))
            left = nw.when(is_there).then(nw.col(_first(detour))).otherwise(left)
    return left


def _is_tangled(funnel: Funnel) -> nw.Expr:
    """Whether the last entry alone may not tell where the record is: only if a detour came after its stages.

    That is so of a deal reopened, of a loss among several deals, and of a final detour that is not the first
    since the last stage.
    """
    stage_at = nw.col("stage_at")
    final = [detour for detour in funnel.detours if detour.kind.is_final]
    passing = [_last(detour) for detour in funnel.detours if not detour.kind.is_final]
    since = _latest("stage_at", *passing)
    doubts = [_holds(nw.col("reopened_at") > stage_at)]
    if funnel.detour(DetourKind.LOST):
        doubts.append(_holds((nw.col("last_lost_at") >= stage_at) & (nw.col("deals_count") > 1)))
    for position, detour in enumerate(final):
        first, last = nw.col(_first(detour)), nw.col(_last(detour))
        doubts.append(_holds((last >= stage_at) & (first < last) & (first <= since)))
        others = (nw.col(_last(other)) for other in final[position + 1 :])
        doubts += [_holds((last >= stage_at) & (other >= stage_at)) for other in others]
    return reduce(or_, doubts)


def _holds(condition: nw.Expr) -> nw.Expr:
    return condition.fill_null(value=False)


def _earliest(names: Sequence[str]) -> nw.Expr:
    return nw.min_horizontal(*names) if len(names) > 1 else nw.col(names[0])


def _latest(*names: str) -> nw.Expr:
    """The latest of some instants, or before all time where there is none."""
    filled = [nw.col(name).fill_null(_NEVER) for name in dict.fromkeys(names)]
    return nw.max_horizontal(*filled) if len(filled) > 1 else filled[0]


def _count_of(names: Iterable[str]) -> nw.Expr:
    """How many of the columns are not missing."""
    return nw.sum_horizontal(
        *(nw.when(nw.col(name).is_null()).then(nw.lit(0)).otherwise(nw.lit(1)) for name in names)
    )
