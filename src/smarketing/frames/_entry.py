"""How the user's own tables come in: checked as a whole, then brought to one form.

Every fault of every table is reported at once, with the nearest name that would have been understood. After
this door, instants are Int64 microseconds in UTC, `occurred_at` and `known_at` are there, and columns that
the schema does not know have been left outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.errors import InvalidFramesError, did_you_mean
from smarketing.facts import CustomerState, Outcome, SpendBasis, Verdict
from smarketing.frames._civil import WEEK_MICROS, wall_to_utc
from smarketing.frames._engines import (
    DTYPES,
    Engine,
    distinct_values,
    engine_of,
    instants_to_micros,
    names_of,
    normalise,
)
from smarketing.origin import Origin, Problem
from smarketing.periods import start_of_day
from smarketing.schema import TABLES, TRAIT_PREFIX, Column, ColumnType, Table

__all__ = ["enter"]

_IMPLIED = frozenset({"occurred_at", "known_at"})
_WORDS: Mapping[tuple[str, str], Iterable[str]] = {
    ("closings", "outcome"): Outcome,
    ("feedbacks", "verdict"): Verdict,
    ("customer_health", "state"): CustomerState,
    ("spends", "basis"): SpendBasis,
}
"""The columns that hold one of a few words. Another would be left out of every count, and nobody be told."""


@attrs.frozen
class _Given:
    """One native table on its way in: which of its columns is which of ours."""

    table: Table
    frame: nw.LazyFrame[Any]
    taken: Mapping[str, str]  # our name -> the user's
    names: Sequence[str]  # all of the user's
    unreadable: Mapping[str, str]  # the user's name -> why

    @property
    def types(self) -> Mapping[str, Any]:
        schema = self.frame.collect_schema()
        return {ours: schema[theirs] for ours, theirs in self.taken.items()}


def enter(
    tables: Mapping[str, object], columns: Mapping[str, Mapping[str, str]], zone: str | None
) -> tuple[Engine, dict[str, nw.LazyFrame[Any]]]:
    """The engine that all the tables share, and the tables in the form that the house works with.

    Raises:
        InvalidFramesError: With every fault of every table.
        InvalidTermsError: There is no such zone.
    """
    engine = _one_engine(tables)
    if zone is not None:
        start_of_day(date(2000, 1, 1), zone)  # a zone that there is not is refused, with the nearest name
    problems = [*_unknown_tables(tables, "tables"), *_unknown_tables(columns, "columns")]
    given = [
        _take(TABLES[name], native, engine, columns.get(name, {}))
        for name, native in tables.items()
        if name in TABLES
    ]
    for one in given:
        problems.extend(_faults(one, columns.get(one.table.name, {}), zone))
    if problems:
        raise InvalidFramesError("these tables cannot be read as facts:", problems)
    return engine, {one.table.name: _bring_in(one, engine, zone) for one in given}


def _one_engine(tables: Mapping[str, object]) -> Engine:
    if not tables:
        raise InvalidFramesError("no table was given: pass at least one, such as leads=…")
    engines: dict[str, Engine] = {name: engine_of(native) for name, native in tables.items()}
    if len(set(engines.values())) > 1:
        listed = ", ".join(f"{name}: {engine}" for name, engine in engines.items())
        raise InvalidFramesError(f"all tables must be of one engine, and these differ ({listed})")
    return next(iter(engines.values()))


def _unknown_tables(names: Iterable[str], place: str) -> Iterator[Problem]:
    for name in names:
        if name not in TABLES:
            message = f"there is no table {name!r}{did_you_mean(name, TABLES)}"
            yield Problem(code="unknown-table", message=message, origin=Origin(table=name, field=place))


def _take(table: Table, native: object, engine: Engine, renamed: Mapping[str, str]) -> _Given:
    names = names_of(native)
    known = [name for name in names if name in table.names or name.startswith(TRAIT_PREFIX)]
    taken = {name: name for name in known} | {
        ours: theirs for ours, theirs in renamed.items() if theirs in names
    }
    typed = {theirs for ours, theirs in taken.items() if ours in table.names}
    frame, unreadable = normalise(native, engine, set(taken.values()), typed)
    taken = {ours: theirs for ours, theirs in taken.items() if theirs not in unreadable}
    if "occurred_at" not in taken and "created_at" in taken:
        taken["occurred_at"] = taken["created_at"]
    if "known_at" not in taken and "occurred_at" in taken:
        taken["known_at"] = taken["occurred_at"]
    return _Given(table, frame, taken, names, unreadable)


def _faults(given: _Given, renamed: Mapping[str, str], zone: str | None) -> Iterator[Problem]:
    table, held = given.table, given.names

    def fault(code: str, column: str, message: str) -> Problem:
        return Problem(code=code, message=message, origin=Origin(table=table.name, field=column))

    for ours, theirs in renamed.items():
        if ours not in table.names and not ours.startswith(TRAIT_PREFIX):
            hint = did_you_mean(ours, table.names)
            yield fault("unknown-column", ours, f"the schema has no column {ours!r} here{hint}")
        if theirs not in held:
            hint = did_you_mean(theirs, held)
            yield fault("missing-column", ours, f"the table has no column {theirs!r}{hint}")
    for theirs, why in given.unreadable.items():
        yield fault("unreadable-column", theirs, f"{theirs!r} cannot be read: {why}")
    for column in table.columns:
        is_known = column.name in {*given.taken, *renamed, *given.unreadable}
        if column.required and not is_known and (column.name != "occurred_at" or not given.unreadable):
            hint = did_you_mean(column.name, held) or f": name it in columns={{{table.name!r}: …}}"
            yield fault("missing-column", column.name, f"a column {column.name!r} is needed{hint}")
    implied = _IMPLIED - {*held, *renamed}
    for name, dtype in given.types.items():
        if name in table.names and name not in implied and (wrong := _wrong_type(table[name], dtype, zone)):
            yield fault("wrong-type", name, f"{given.taken[name]!r} is {dtype}, but {wrong}")
        elif (table.name, name) in _WORDS:
            words = [str(word) for word in _WORDS[table.name, name]]
            said = distinct_values(given.frame, given.taken[name])
            for word in sorted({str(each) for each in said if each is not None} - {*words}):
                hint = did_you_mean(word, words) or f": there are {', '.join(words)}"
                told = f"{word!r} is no {name} that is known{hint}"
                yield fault("unknown-word", name, f"{told}; translate it, or leave such rows out")


def _wrong_type(column: Column, dtype: Any, zone: str | None) -> str | None:
    if dtype == nw.Unknown:  # a column without any value has no type yet, and may have ours
        return None
    match column.type:
        case ColumnType.INSTANT if dtype == nw.Date or (dtype == nw.Datetime and dtype.time_zone is None):
            return None if zone else "its zone is not known: pass zone=…, such as 'Europe/Madrid'"
        case ColumnType.INSTANT if dtype not in (nw.Datetime, nw.Int64):
            return "instants are needed: convert it to a date, a datetime, or Int64 microseconds UTC"
        case ColumnType.DAY if dtype not in (nw.Date, nw.Datetime):
            return "calendar days are needed: convert it to a date"
        case ColumnType.INTEGER if not dtype.is_integer():
            return "whole numbers are needed: convert amounts exactly to minor units"
        case ColumnType.BOOLEAN if dtype != nw.Boolean:
            return "true and false are needed"
        case ColumnType.TEXT if not (
            dtype == nw.String or dtype.is_integer() or dtype in (nw.Categorical, nw.Enum)
        ):
            return "text is needed"
    return None


def _bring_in(given: _Given, engine: Engine, zone: str | None) -> nw.LazyFrame[Any]:
    table, types = given.table, given.types
    frame = given.frame.select(*(nw.col(theirs).alias(ours) for ours, theirs in given.taken.items()))
    kinds = {name: table[name].type for name in types if name in table.names}
    blank = [name for name in kinds if types[name] == nw.Unknown]
    if blank:
        frame = frame.with_columns(nw.col(name).cast(DTYPES[kinds[name]]) for name in blank)
    kinds = {name: kind for name, kind in kinds.items() if name not in blank}
    stamps = [n for n, kind in kinds.items() if kind is ColumnType.INSTANT and types[n] != nw.Int64]
    on_wall = [n for n in stamps if types[n] == nw.Date or types[n].time_zone is None]
    if "occurred_at" in types and types["occurred_at"] == nw.Date and "precision" not in types:
        frame = frame.with_columns(nw.lit("day").alias("precision"))
    frame = instants_to_micros(frame, engine, stamps)
    if on_wall and zone is not None:
        frame = _place_in_zone(frame, on_wall, zone)
    to_cast: dict[ColumnType, Any] = {
        ColumnType.TEXT: nw.String,
        ColumnType.INTEGER: nw.Int64,
        ColumnType.DAY: nw.Date,
    }
    casts = [
        nw.col(name).cast(to_cast[kind])
        for name, kind in kinds.items()
        if kind in to_cast and types[name] != to_cast[kind]
    ]
    return frame.with_columns(*casts) if casts else frame


def _place_in_zone(frame: nw.LazyFrame[Any], names: list[str], zone: str) -> nw.LazyFrame[Any]:
    """Wall clocks to UTC; only the clock changes in the weeks that have readings matter."""
    weeks = nw.concat([frame.select((nw.col(name) // WEEK_MICROS).alias("week")) for name in names])
    found = {*distinct_values(weeks, "week")}
    if not found:
        return frame
    return frame.with_columns(wall_to_utc(nw.col(name), zone, found).alias(name) for name in names)
