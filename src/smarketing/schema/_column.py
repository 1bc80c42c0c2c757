"""Columns and tables: how the data dictionary is written down."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import attrs

TRAIT_PREFIX = "trait_"
"""Before the name of a company's own field, where it is a column of a frame."""

UNITS: Mapping[str, str] = MappingProxyType(
    {
        "_at": "microseconds since 1970-01-01 UTC",
        "_on": "calendar day",
        "_minor": "minor units of `currency`",
        "_share": "parts per million",
        "_points": "micro-points",
        "_count": "count",
        "_seconds": "seconds",
        "_minutes": "minutes",
        "_days": "days",
        "_months": "months",
    }
)
"""What each suffix of a column's name says its unit is."""


class ColumnType(StrEnum):
    """What a column holds: integers are 64 bits wide, and only a company's own field is a float."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    DAY = "day"


@attrs.frozen
class Column:
    """One column: its name says the unit, its type follows from the name unless it is a flag.

    Attributes:
        name: As it stands in frames, stores and exports.
        meaning: One sentence for people.
        type: What it holds.
        required: Whether a row without it is no fact.
        personal: Whether it may identify a person; such values appear in no log and no message.
    """

    name: str
    meaning: str
    type: ColumnType
    required: bool = False
    personal: bool = False

    @property
    def unit(self) -> str:
        """The unit that the name's suffix states, or nothing."""
        return next((unit for suffix, unit in UNITS.items() if self.name.endswith(suffix)), "")


@attrs.frozen
class Table:
    """The rows of one kind of fact.

    Attributes:
        name: As frames and stores call it ("leads").
        kind: The class of `smarketing.facts` that its rows are, or "Line".
        meaning: One sentence for people.
        columns: The kind's own columns, then those that all facts have.
        key: For versions of a record, the column that names the record; nothing for events.
    """

    name: str
    kind: str
    meaning: str
    columns: tuple[Column, ...]
    key: str | None = None

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)


_SUFFIX_TYPES = {"_at": ColumnType.INSTANT, "_on": ColumnType.DAY}
_FLAGS = frozenset({"by_us", "connected", "shared"})


def _type_of(name: str) -> ColumnType:
    if name in _FLAGS:
        return ColumnType.BOOLEAN
    suffix = next((suffix for suffix in UNITS if name.endswith(suffix)), None)
    if suffix is None:
        return ColumnType.TEXT
    return _SUFFIX_TYPES.get(suffix, ColumnType.INTEGER)


def columns(text: str) -> tuple[Column, ...]:
    """Columns from lines of `name[!][*]: meaning`, where ! is required and * is personal."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        marked, _, meaning = line.partition(": ")
        name = marked.rstrip("!*")
        found.append(Column(name, meaning, _type_of(name), required="!" in marked, personal="*" in marked))
    return tuple(found)


COMMON = columns("""
    fact_id: The fact's stable identity, a hash of origin, kind, time and content.
    origin_system: The system of record.
    origin_table: The table or object of that system.
    origin_record: The record's own id in that table.
    occurred_at!: When it happened.
    known_at: When the source first knew; `occurred_at` where it does not say.
    precision: "instant", or "day" where the source gave a bare date.
""")
"""The columns that every table of facts has."""

PLACE = """
    city: City.
    region: Region, state or sales territory.
    country: Country.
"""


def table(name: str, kind: str, meaning: str, text: str, *, key: str | None = None) -> Table:
    return Table(name, kind, meaning, columns(text) + COMMON, key)
