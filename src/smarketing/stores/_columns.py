"""Facts as columns of plain cells, and back.

Whole columns at a time: what is plain is taken from all facts without a line of Python for each, and only
columns whose type is not a cell's (instants, shares, points, words of a closed set, traits) pass through a
converter.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from operator import attrgetter
from types import MappingProxyType, NoneType
from typing import Any, get_args, get_type_hints

import attrs

from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.facts import KINDS, Deal, Fact, Line, OrderPlaced, Precision
from smarketing.origin import Origin
from smarketing.periods import from_micros
from smarketing.schema import TABLES
from smarketing.values import Points, Share, Traits

__all__ = ["KIND_OF", "LINES", "TRAITS", "check_columns", "columns_of", "facts_of", "lines_of", "names_of"]

TRAITS = "traits"
"""The column that holds a company's extra fields, as JSON text; missing where there are none."""

LINES: Mapping[type[Fact], str] = MappingProxyType({Deal: "deal_lines", OrderPlaced: "order_lines"})
"""The table of each kind's lines."""

KIND_OF: Mapping[str, type[Fact]] = MappingProxyType(
    {kind.TABLE: kind for kind in KINDS} | {table: kind for kind, table in LINES.items()}
)
"""The kind of fact that the rows of a table belong to."""

_Column = Sequence[Any]
_Convert = Callable[[_Column], _Column]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PATHS = {
    "fact_id": "id",
    "origin_system": "origin.system",
    "origin_table": "origin.table",
    "origin_record": "origin.record",
}
_ORIGIN = ("origin_system", "origin_table", "origin_record")
_OF_LINE = tuple(attribute.name for attribute in attrs.fields(Line))


@cache
def names_of(table: str) -> tuple[str, ...]:
    """The columns that stores keep of a table: those of the schema, and traits."""
    has_traits = table not in LINES.values() and hasattr(KIND_OF[table], TRAITS)
    return (*TABLES[table].names, TRAITS) if has_traits else TABLES[table].names


def check_columns(table: str, columns: Iterable[str] | None) -> tuple[str, ...]:
    """The columns asked for, by default all; `UnknownNameError` where one, or the table, does not exist."""
    if table not in TABLES:
        raise UnknownNameError(f"there is no table {table!r}{did_you_mean(table, TABLES)}")
    known = names_of(table)
    asked = known if columns is None else tuple(columns)
    for name in asked:
        if name not in known:
            raise UnknownNameError(f"the table {table!r} has no column {name!r}{did_you_mean(name, known)}")
    return asked


def columns_of(table: str, facts: Sequence[Fact]) -> list[_Column]:
    """The rows of a table that facts of its kind stand for, column by column, as `names_of` lists them."""
    if table in LINES.values():
        return _line_columns(table, facts)
    return _cells(table, names_of(table), facts)


def facts_of(
    kind: type[Fact], rows: Iterable[Sequence[Any]], lines: Iterable[tuple[Line, ...]]
) -> Iterator[Fact]:
    """The facts that rows of all columns stand for, each with its lines; only deals and orders have any."""
    names = names_of(kind.TABLE)
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    for name, convert in _readers(kind.TABLE).items():
        if name in columns:
            columns[name] = tuple(convert(columns[name]))
    origins = map(_origin, *(columns.pop(name) for name in _ORIGIN))
    del columns["fact_id"]
    fields = [*columns, "origin"]
    values = [*columns.values(), origins]
    if kind in LINES:
        fields, values = [*fields, "lines"], [*values, lines]
    for row in zip(*values, strict=False):
        yield kind(**dict(zip(fields, row, strict=True)))


def lines_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    """The lines that rows of a table of lines stand for."""
    return tuple(Line(**{name: row[name] for name in _OF_LINE}) for row in rows)


def _origin(system: str, table: str, record: str) -> Origin:
    return Origin(system=system, table=table, record=record)


def _cells(table: str, names: tuple[str, ...], facts: Sequence[Fact]) -> list[_Column]:
    writers = _writers(table)
    columns = (list(map(attrgetter(_PATHS.get(name, name)), facts)) for name in names)
    return [
        writers[name](column) if name in writers else column
        for name, column in zip(names, columns, strict=True)
    ]


def _line_columns(table: str, facts: Sequence[Fact]) -> list[_Column]:
    numbered = [
        (fact, number, line)
        for fact in facts
        for number, line in enumerate(getattr(fact, "lines", ()), start=1)
    ]
    if not numbered:
        return [() for _ in names_of(table)]
    holders, numbers, lines = zip(*numbered, strict=True)
    of_line = {name: list(map(attrgetter(name), lines)) for name in _OF_LINE}
    of_fact = tuple(name for name in names_of(table) if name not in of_line and name != "line_count")
    columns = of_line | dict(zip(of_fact, _cells(KIND_OF[table].TABLE, of_fact, holders), strict=True))
    return [numbers if name == "line_count" else columns[name] for name in names_of(table)]


def _each(convert: Callable[[Any], Any]) -> _Convert:
    return lambda column: [None if value is None else convert(value) for value in column]


def _micros(column: _Column) -> _Column:
    epoch, unit = _EPOCH, _MICROSECOND
    return [None if at is None else (at - epoch) // unit for at in column]


def _json(column: _Column) -> _Column:
    def text(traits: Traits) -> str:
        return json.dumps(dict(traits), ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    return [text(traits) if traits else None for traits in column]


def _traits(column: _Column) -> _Column:
    read = {text: Traits(json.loads(text)) if text else Traits() for text in set(column)}
    return [read[text] for text in column]


_WRITE: Mapping[type, _Convert] = {
    datetime: _micros,
    Share: _each(attrgetter("ppm")),
    Points: _each(attrgetter("micro")),
    Traits: _json,
    Enum: _each(str.__str__),
}
_READ: Mapping[type, _Convert] = {
    datetime: _each(from_micros),
    Share: _each(Share),
    Points: _each(Points),
    Traits: _traits,
    Precision: _each(Precision),
}


@cache
def _types(table: str) -> Mapping[str, Any]:
    """The type of each field, without None."""
    kind = KIND_OF[table]
    hints = get_type_hints(kind)
    found = {}
    for attribute in attrs.fields(kind):
        hint = hints[attribute.name]
        parts = [part for part in get_args(hint) if part is not NoneType]
        found[attribute.name] = parts[0] if NoneType in get_args(hint) else hint
    return found


@cache
def _writers(table: str) -> Mapping[str, _Convert]:
    def general(hint: Any) -> Any:
        return Enum if isinstance(hint, type) and issubclass(hint, Enum) else hint

    return {name: _WRITE[general(hint)] for name, hint in _types(table).items() if general(hint) in _WRITE}


@cache
def _readers(table: str) -> Mapping[str, _Convert]:
    return {name: _READ[hint] for name, hint in _types(table).items() if hint in _READ}
