"""Who had each lead, and which team, at an instant of its own: `Story.assignee` in bulk."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw

from smarketing.frames import Frames
from smarketing.sla._rows import EventRows

__all__ = ["KEYS", "never", "turn_at"]

_Rows = nw.LazyFrame[Any]
KEYS = ["lead_id", "started_at"]
"""What names a clock, among those of one promise."""


def turn_at(frames: Frames, events: EventRows, rows: _Rows, limit: str, *, settled: bool = False) -> _Rows:
    """The clocks with `turn_owner` and `turn_team`: who had the lead at the instant in a column.

    Args:
        frames: The facts.
        events: The same as events.
        rows: The clocks.
        limit: The column of the instant.
        settled: Whether the rows were settled already, so that what they are to meet has to be, too.
    """
    given = events.of(["assigned", "unassigned"])
    ever_given = events.of(["assigned"]).select("lead_id").unique(["lead_id"])
    ever_given = ever_given.with_columns(nw.lit(1).alias("is_given"))
    routed = events.of(["routed"])
    leads = frames.latest("leads", ["lead_id", "owner_id", "team"])
    leads = leads.rename({"owner_id": "own_owner", "team": "own_team"})
    if settled:
        rows, given, ever_given, routed, leads = frames.settle(rows, given, ever_given, routed, leads)
    wanted = rows.select(*KEYS, nw.col(limit).alias("until_at"))
    rows = rows.join(_last_until(given, wanted, "given"), on=KEYS, how="left")
    rows = rows.join(_last_until(routed, wanted, "routed"), on=KEYS, how="left")
    rows = rows.join(leads, on="lead_id", how="left").join(ever_given, on="lead_id", how="left")
    own = nw.when(nw.col("is_given").is_null()).then(nw.col("own_owner")).otherwise(never("given_by"))
    owner = nw.when(nw.col("given_at").is_null()).then(own).otherwise(nw.col("given_by"))
    queue = nw.when(nw.col("routed_at").is_null()).then(nw.col("own_team")).otherwise(nw.col("routed_team"))
    rows = rows.with_columns(owner.alias("turn_owner"), queue.alias("queue_team"))
    rows = rows.with_columns(nw.coalesce("given_team", "queue_team").alias("turn_team"))
    helpers = ["given_at", "given_by", "given_team", "routed_at", "routed_by", "routed_team"]
    return rows.drop(*helpers, "own_owner", "own_team", "is_given", "queue_team")


def _last_until(events: _Rows, wanted: _Rows, name: str) -> _Rows:
    """For each clock the last of some events until its instant: `…_at`, `…_by`, `…_team`."""
    found = events.join(wanted, on="lead_id", how="inner").filter(nw.col("at") <= nw.col("until_at"))
    texts = [nw.col(told).fill_null("").alias(f"{told}_text") for told in ("by_id", "team")]
    found = found.with_columns(*texts)
    last = found.unique(KEYS, keep="last", order_by=["at", "is_day", "by_id_text", "team_text"])
    return last.select(
        *KEYS,
        nw.col("at").alias(f"{name}_at"),
        nw.col("by_id").alias(f"{name}_by"),
        nw.col("team").alias(f"{name}_team"),
    )


def never(column: str) -> nw.Expr:
    """A column of missing values of another's type; a missing literal is an error in some engines."""
    found = nw.col(column)
    return nw.when(found.is_null() & ~found.is_null()).then(found)
