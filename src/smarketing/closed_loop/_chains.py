"""The chain of touches, counted: in bulk from journeys, or from paths that are aggregated already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.closed_loop._conversions import CONVERSIONS, Rows
from smarketing.closed_loop._journeys import By, read_touches
from smarketing.closed_loop._markov import CONVERSION, START, Chain, removal_effects
from smarketing.frames import Frames, rows_of
from smarketing.funnel import Dimensions
from smarketing.periods import Dated, Period
from smarketing.sources import SourceRules

__all__ = ["Steps", "effects_of", "open_journeys", "steps_of_paths", "steps_of_rows"]

Steps = Mapping[tuple[str | None, str], float]
"""How often one state followed another; None stands before the first."""


def steps_of_rows(rows: Rows, journey: str, order: str = "row") -> Rows:
    """Transitions of numbered touches: `before` (missing at the start), `state`, `steps_count`."""
    before = nw.col("state").shift(1).over(order_by=order)
    whose = nw.col(journey).shift(1).over(order_by=order)
    rows = rows.select(order, journey, "state").with_columns(before.alias("before"), whose.alias("whose"))
    is_same = (nw.col("whose") == nw.col(journey)).fill_null(value=False)
    rows = rows.with_columns(nw.when(is_same).then(nw.col("before")).alias("before"))
    counted = rows.group_by("before", "state").agg(nw.len().alias("steps_count"))
    return counted.with_columns(nw.col("steps_count").cast(nw.Int64))


def steps_of_paths(paths: Iterable[tuple[Sequence[str], float]]) -> Steps:
    """Transitions of paths, each with how often it was taken."""
    found: defaultdict[tuple[str | None, str], float] = defaultdict(int)
    for path, count in paths:
        if count:
            for step in zip((None, *path), path, strict=False):
                found[step] += count
    return found


def read_steps(rows: Rows) -> Steps:
    """Counted transitions as plain values."""
    return {(row["before"], row["state"]): row["steps_count"] for row in rows_of(rows)}


def effects_of(converting: Steps, others: Steps | None) -> dict[str, float]:
    """The removal effect of every state.

    Where a journey ends needs no counting: in a state that was come to more often than left.
    """
    states = sorted({state for steps in (converting, others or {}) for _, state in steps})
    number = {state: place for place, state in enumerate(states, 2)}
    counts: dict[tuple[int, int], float] = {}
    losses: dict[int, float] = {}
    for steps in (converting, others or {}):
        visits, left = dict.fromkeys(states, 0.0), dict.fromkeys(states, 0.0)
        for (before, after), count in steps.items():
            pair = (START if before is None else number[before], number[after])
            counts[pair] = counts.get(pair, 0) + count
            visits[after] += count
            if before is not None:
                left[before] += count
        for state in states:
            ended = visits[state] - left[state]
            if steps is converting and ended:
                counts[number[state], CONVERSION] = ended
            elif ended:
                losses[number[state]] = ended
    effects = removal_effects(Chain(counts=counts, losses=losses))
    return {state: effects.get(number[state], 0.0) for state in states}


def open_journeys(
    known: Frames,
    stage: str,
    by: By,
    *,
    sources: Dated[SourceRules],
    period: Period,
    look_back: timedelta,
) -> Rows:
    """Transitions of the journeys that have not converted: what came after each lead's last conversion.

    Such a journey ends at its last touch, which has to lie within the period, and holds what came within the
    look-back before that. Whether it converts some day is not known: as of now it has not.
    """
    lasts = CONVERSIONS[stage](known).filter(nw.col("counted") == 1, ~nw.col("lead_id").is_null())
    lasts = lasts.with_columns((nw.col("converted_at") + nw.col("slack")).alias("last_until"))
    lasts = lasts.group_by("lead_id").agg(nw.col("last_until").max())
    rows, ties = read_touches(known, by)
    at = nw.col("occurred_at")
    rows = rows.join(lasts, on="lead_id", how="left")
    rows = rows.filter(nw.col("last_until").is_null() | (at > nw.col("last_until").fill_null(0)))
    ends = rows.group_by("lead_id").agg(at.max().alias("end_at"))
    first, last = period.boundaries
    ends = ends.filter(nw.col("end_at") >= first, nw.col("end_at") < last)
    if by.of_lead:
        ends = _with_lead(ends, known, by, sources, period)
    rows = rows.join(ends, on="lead_id", how="inner")
    rows = rows.filter(at >= nw.col("end_at") - look_back // timedelta(microseconds=1))
    rows = rows.with_columns(by.state().alias("state"))
    rows = rows.with_row_index("row", order_by=["lead_id", "occurred_at", *ties])
    return steps_of_rows(rows, "lead_id")


def _with_lead(
    ends: Rows, known: Frames, by: By, sources: Dated[SourceRules], period: Period
) -> nw.LazyFrame[Any]:
    dimensions = Dimensions(known, "leads", by.of_lead, sources)
    wanted = list(dict.fromkeys(["lead_id", "created_at", *dimensions.reads]))
    ends = dimensions.add(
        ends.join(known.latest("leads", wanted), on="lead_id", how="left"), period, "end_at"
    )
    named = [
        nw.col(f"by_{number}").fill_null("").alias(f"lead_{number}") for number in range(len(by.of_lead))
    ]
    return ends.select("lead_id", "end_at", *named)
