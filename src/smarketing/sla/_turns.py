"""Whose turn it was: who had each lead when its clock was stopped, or was due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.frames import rows_of
from smarketing.periods import to_micros
from smarketing.schema import ColumnType
from smarketing.sla._assigned import KEYS, turn_at
from smarketing.sla._clocks import ClockState
from smarketing.sla._columns import CODES, STATES, ClockRows

__all__ = ["with_turns"]

_Rows = nw.LazyFrame[Any]
_BY_DUE = [
    CODES[state]
    for state in STATES
    if state in {ClockState.MISSED, ClockState.LATE_MET, ClockState.NOT_APPLICABLE}
]
_DUE_TYPES: Mapping[str, ColumnType] = {
    "lead_id": ColumnType.TEXT,
    "started_at": ColumnType.INSTANT,
    "read_due_at": ColumnType.INSTANT,
}


def with_turns(clocks: ClockRows, rows: _Rows, due_of: Callable[[dict[str, Any]], int]) -> _Rows:
    """Settled clocks with `turn_owner` and `turn_team`: of broken ones, those of the instant they were due.

    Args:
        clocks: Where the rows come from.
        rows: The clocks.
        due_of: When a clock was due, in microseconds, from its row; `turn_team` is then its team's.
    """
    frames, now = clocks.frames, to_micros(clocks.as_of)
    due = _due(clocks, rows, due_of)
    rows, due = frames.settle(rows, due)
    rows = rows.join(due, on=KEYS, how="left")
    is_by_due = nw.col("state").is_in(_BY_DUE)
    due_at = nw.coalesce("due_at", "read_due_at").fill_null(now)
    earlier = nw.when(due_at < now).then(due_at).otherwise(nw.lit(now))
    limit = nw.when(is_by_due).then(earlier).otherwise(nw.col("closed_at").fill_null(now))
    rows = rows.with_columns(limit.alias("limit_at")).drop("read_due_at")
    return turn_at(clocks.frames, clocks.events, rows, "limit_at", settled=True).drop("limit_at")


def _due(clocks: ClockRows, rows: _Rows, due_of: Callable[[dict[str, Any]], int]) -> _Rows:
    """When the clocks were due that are judged by it, as rows of the same engine."""
    asked = rows.filter(nw.col("state").is_in(_BY_DUE), nw.col("due_at").is_null())
    asked = asked.select(*KEYS, "variant", "version_index")
    if any(version.terms.team_calendars for version in clocks.contract.in_force):
        asked = turn_at(clocks.frames, clocks.events, asked, "started_at", settled=True)
    found = rows_of(asked)
    columns = {
        "lead_id": [row["lead_id"] for row in found],
        "started_at": [row["started_at"] for row in found],
        "read_due_at": [due_of(row) for row in found],
    }
    return clocks.frames.rows(columns, _DUE_TYPES)
