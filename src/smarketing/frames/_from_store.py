"""Frames of what a store holds: batch by batch, column by column, without making facts of the rows.

Each batch becomes a small table at once, and the small tables are joined at the end. A company's extra fields
are read from JSON once for each distinct text; which type a field has is known only when all are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from smarketing.errors import MissingExtraError, UnknownNameError, did_you_mean
from smarketing.frames._engines import Engine, make_table
from smarketing.frames._values import TRAIT_TYPES
from smarketing.schema import TABLES, TRAIT_PREFIX, ColumnType

if TYPE_CHECKING:
    from smarketing.frames._values import Cell
    from smarketing.stores import Store

__all__ = ["TOLD", "VERSIONED", "tables_from_store"]

VERSIONED = tuple(table.name for table in TABLES.values() if table.key is not None)
"""The tables of versions."""

TOLD = "told of "
"""What the name of a table of versions begins with of which only the records and their clocks were read."""

_TRAITS = "traits"
_ROWS_AT_ONCE = 50_000
_TELLING = ("occurred_at", "known_at", "origin_system", "origin_table", "origin_record")


def tables_from_store(
    store: Store, engine: Engine, *, tables: Iterable[str] | None = None, as_of: datetime | None = None
) -> dict[str, nw.LazyFrame[Any]]:
    """The tables of a store that have rows, in the form that the house works with.

    Args:
        store: Where to read.
        engine: The dataframe engine.
        tables: Only these, and the retractions, without which what was withdrawn would stand.
        as_of: Only what counts as of this instant.

    Raises:
        UnknownNameError: There is no such table.
    """
    asked = set(TABLES) if tables is None else {*tables, "retractions"}
    for name in asked:
        if name not in TABLES:
            raise UnknownNameError(f"there is no table {name!r}{did_you_mean(name, TABLES)}")
    read = partial(_table, store, engine, as_of=as_of)
    found = {name: table for name in TABLES if name in asked and (table := read(name)) is not None}
    if "retractions" in found:  # a record that was withdrawn may have been told of again
        for name in VERSIONED:
            if name not in asked and (table := read(name, columns=_TELLING)) is not None:
                found[TOLD + name] = table
    return found


def _table(
    store: Store,
    engine: Engine,
    name: str,
    *,
    as_of: datetime | None,
    columns: Sequence[str] | None = None,
) -> nw.LazyFrame[Any] | None:
    through: Engine = "polars" if engine == "polars" else "pyarrow"
    types = {column.name: column.type for column in TABLES[name].columns}
    pieces: list[nw.DataFrame[Any]] = []
    texts: list[Any] = []
    seen: dict[Any, Any] = {}
    for batch in store.batches(name, columns=columns, size=_ROWS_AT_ONCE, as_of=as_of):
        cells = dict(batch)
        texts.extend(seen.setdefault(text, text) for text in cells.pop(_TRAITS, ()))
        pieces.append(_eager(make_table(through, cells, types)))
    if not pieces:
        return None
    whole = nw.concat(pieces)
    traits, trait_types = _traits(texts, seen)
    if traits:
        whole = nw.concat([whole, _eager(make_table(through, traits, trait_types))], how="horizontal")
    return _brought(whole, engine, types | trait_types)


def _eager(frame: nw.LazyFrame[Any]) -> nw.DataFrame[Any]:
    made: nw.DataFrame[Any] = frame.collect()
    return made


def _traits(
    texts: Sequence[Any], distinct: Iterable[Any]
) -> tuple[dict[str, list[Cell]], dict[str, ColumnType]]:
    """The extra fields as columns, each of the one type that all its values share, else as text."""
    read = {text: json.loads(text) for text in distinct if text is not None}
    kinds: dict[str, set[type]] = {}
    for name, value in _items(read.values()):
        kinds.setdefault(name, set()).add(type(value))
    columns: dict[str, list[Cell]] = {}
    types: dict[str, ColumnType] = {}
    for name, found in sorted(kinds.items()):
        shared = TRAIT_TYPES.get(next(iter(found)), ColumnType.TEXT) if len(found) == 1 else ColumnType.TEXT
        value_of = {text: fields[name] for text, fields in read.items() if name in fields}
        if shared is ColumnType.TEXT:
            value_of = {text: str(value) for text, value in value_of.items()}
        columns[TRAIT_PREFIX + name] = [value_of.get(text) for text in texts]
        types[TRAIT_PREFIX + name] = shared
    return columns, types


def _items(found: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    return (item for fields in found for item in fields.items())


def _brought(whole: nw.DataFrame[Any], engine: Engine, types: Mapping[str, ColumnType]) -> nw.LazyFrame[Any]:
    """The table in the engine that was asked for."""
    match engine:
        case "polars" | "pyarrow":
            return whole.lazy()
        case "duckdb":
            try:
                import duckdb
            except ImportError:
                raise MissingExtraError("duckdb", "making DuckDB tables", "duckdb") from None
            relation: nw.LazyFrame[Any] = nw.from_native(duckdb.from_arrow(whole.to_native())).lazy()
            return relation
        case _:
            columns = {name: whole[name].to_list() for name in whole.columns}
            return make_table(engine, columns, types)
