"""From a figure back to the facts behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.facts import KINDS, Fact
from smarketing.frames import Frames, rows_of
from smarketing.funnel._groups import Group
from smarketing.stores import Position, Store

__all__ = ["Trace", "Tracer", "trace_of"]

_TABLES_OF = {
    "lead_id": ("leads", "stage_entries", "deals", "closings"),
    "deal_id": ("deals", "stage_entries", "closings", "reopenings"),
}
"""The tables that tell a story, by the id that names its record there."""


@attrs.frozen(kw_only=True)
class Trace:
    """What a figure counts, and what it was read from.

    Attributes:
        records: The leads or deals that it counts, each once, in the order of their ids.
        fact_ids: The facts that tell their stories, by table, as far as the tables carry ids of facts.
    """

    records: tuple[str, ...]
    fact_ids: Mapping[str, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.records)

    def facts(self, store: Store) -> tuple[Fact, ...]:
        """The facts themselves, in order, from the store that the frames were read from.

        What was erased meanwhile is not among them.

        Example:
            >>> from smarketing.stores import MemoryStore
            >>> Trace(records=(), fact_ids={}).facts(MemoryStore())
            ()
        """
        found = [
            fact
            for kind in KINDS
            if (ids := self.fact_ids.get(kind.TABLE))
            for fact in store.facts_by_id(ids, kind=kind)
        ]
        return tuple(sorted(found, key=Position.of))


@attrs.frozen(kw_only=True, eq=False)
class Tracer:
    """The rows that a result was counted from, as the engine has them; nothing is traced before it is asked.

    Attributes:
        frames: As of the moment that the result is of.
        rows: One per record, with its groups as `by_0`, `by_1`, ….
        record: The column of the rows that names the record.
        keys: By group, the values of those columns.
    """

    frames: Frames = attrs.field(repr=False)
    rows: nw.LazyFrame[Any] = attrs.field(repr=False)
    record: str
    keys: Mapping[Group, Sequence[str]] = attrs.field(repr=False)

    def trace(self, id_column: str, conditions: Iterable[nw.Expr], group: Group) -> Trace:
        """The records that meet the conditions in one group, and their facts."""
        chosen = self.rows.filter(*conditions) if (conditions := [*conditions]) else self.rows
        for i, value in enumerate(self.keys.get(group, ())):
            chosen = chosen.filter(nw.col(f"by_{i}") == value)
        records = sorted({row[self.record] for row in rows_of(chosen.select(self.record))})
        return trace_of(self.frames, id_column, records)


def trace_of(
    frames: Frames, id_column: str, records: Sequence[str], tables: Sequence[str] | None = None
) -> Trace:
    """Some leads or deals, and the facts that tell their stories.

    Args:
        frames: As of the moment that the figure is of.
        id_column: Whether they are leads ("lead_id") or deals ("deal_id").
        records: Their ids, each once and in order.
        tables: What their stories are told in; by default what a funnel reads.
    """
    found: dict[str, tuple[str, ...]] = {}
    if id_column == "lead_id" and records:
        deals = rows_of(_naming(frames, "deals", "lead_id", records, ["deal_id"]))
        for table in ("reopenings", "closings"):
            found |= _ids(frames, table, "deal_id", sorted({row["deal_id"] for row in deals}))
    for table in tables or _TABLES_OF[id_column]:
        for name, ids in _ids(frames, table, id_column, records).items():
            found[name] = tuple(sorted({*ids, *found.get(name, ())}))
    return Trace(records=tuple(records), fact_ids=found)


def _ids(frames: Frames, table: str, column: str, records: Sequence[str]) -> dict[str, tuple[str, ...]]:
    if "fact_id" not in frames.held(table) or not records:
        return {}
    named = rows_of(_naming(frames, table, column, records, ["fact_id"]))
    return {table: tuple(sorted(row["fact_id"] for row in named))} if named else {}


def _naming(
    frames: Frames, table: str, column: str, records: Sequence[str], columns: Sequence[str]
) -> nw.LazyFrame[Any]:
    rows = frames.select(table, list(dict.fromkeys([column, *columns])))
    return rows.filter(nw.col(column).is_in([*records])).select(*columns)
