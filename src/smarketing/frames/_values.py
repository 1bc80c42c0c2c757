"""Facts laid out as columns of plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime

from smarketing.facts import KINDS, Fact, OrderPlaced
from smarketing.periods import to_micros
from smarketing.schema import TABLES, TRAIT_PREFIX, ColumnType, Table
from smarketing.values import Points, Share, Traits

__all__ = ["TRAIT_TYPES", "Cell", "columns_of"]

Cell = str | int | float | bool | date | None
"""What a cell of a frame holds, in Python."""

_ORIGIN: Mapping[str, Callable[[Fact], Cell]] = {
    "fact_id": lambda fact: fact.id,
    "origin_system": lambda fact: fact.origin.system,
    "origin_table": lambda fact: fact.origin.table,
    "origin_record": lambda fact: fact.origin.record,
}


def _cell(value: object) -> Cell:
    match value:
        case datetime():
            return to_micros(value)
        case Share():
            return value.ppm
        case Points():
            return value.micro
    return value  # type: ignore[return-value]  # everything else is a cell as it stands


def _reader(name: str) -> Callable[[Fact], Cell]:
    return _ORIGIN.get(name) or (lambda fact: _cell(getattr(fact, name)))


TRAIT_TYPES: Mapping[type, ColumnType] = {
    bool: ColumnType.BOOLEAN,
    int: ColumnType.INTEGER,
    float: ColumnType.NUMBER,
}


def _trait_columns(facts: Sequence[Fact]) -> tuple[dict[str, list[Cell]], dict[str, ColumnType]]:
    """The extra fields of all facts, each of the one type that all its values share, else as text."""
    held: list[Traits] = [getattr(fact, "traits", Traits()) for fact in facts]
    kinds: dict[str, set[type]] = {}
    for traits in held:
        for name, value in traits.items():
            kinds.setdefault(name, set()).add(type(value))
    columns: dict[str, list[Cell]] = {}
    types: dict[str, ColumnType] = {}
    for name, found in sorted(kinds.items()):
        shared = TRAIT_TYPES.get(found.pop(), ColumnType.TEXT) if len(found) == 1 else ColumnType.TEXT
        values = (traits.get(name) for traits in held)
        as_text = shared is ColumnType.TEXT
        columns[TRAIT_PREFIX + name] = [str(v) if as_text and v is not None else v for v in values]
        types[TRAIT_PREFIX + name] = shared
    return columns, types


def _line_columns(facts: Sequence[Fact], table: Table) -> dict[str, list[Cell]]:
    pairs = [
        (fact, position, line)
        for fact in facts
        for position, line in enumerate(getattr(fact, "lines", ()), start=1)
    ]
    of_line = set(table.names) - {"line_count"}
    columns: dict[str, list[Cell]] = {}
    for name in table.names:
        if name == "line_count":
            columns[name] = [position for _, position, _ in pairs]
        elif pairs and name in of_line and hasattr(pairs[0][2], name):
            columns[name] = [_cell(getattr(line, name)) for _, _, line in pairs]
        else:
            read = _reader(name)
            columns[name] = [read(fact) for fact, _, _ in pairs]
    return columns


Columns = tuple[dict[str, list[Cell]], dict[str, ColumnType]]


def columns_of(facts: Iterable[Fact]) -> dict[str, Columns]:
    """The facts by table: columns of values and the columns' types; tables with no facts are left out."""
    by_table: dict[str, list[Fact]] = {kind.TABLE: [] for kind in KINDS}
    for fact in facts:
        by_table[fact.TABLE].append(fact)
    found: dict[str, Columns] = {}
    for name, held in by_table.items():
        if not held:
            continue
        columns, types = _trait_columns(held)
        table = TABLES[name]
        for column in table.columns:
            read = _reader(column.name)
            columns[column.name] = [read(fact) for fact in held]
        found[name] = columns, types | {column.name: column.type for column in table.columns}
        if any(getattr(fact, "lines", ()) for fact in held):
            lines = TABLES["order_lines" if isinstance(held[0], OrderPlaced) else "deal_lines"]
            types = {column.name: column.type for column in lines.columns}
            found[lines.name] = _line_columns(held, lines), types
    return found
