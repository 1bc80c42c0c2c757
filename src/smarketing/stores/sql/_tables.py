"""The tables: one per kind of fact, with the columns of the schema, in the caller's own `MetaData`.

Plain column types only, so that a host's Alembic sees no difference: instants are whole microseconds in a
BIGINT, days a DATE, shares and points their integers. The key is the order in which facts are read,
`occurred_at` and then the id: facts arrive mostly in that order, and need no second index to be read in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, MetaData, Table, Text

from smarketing.errors import InvalidTermsError
from smarketing.schema import TABLES, ColumnType
from smarketing.stores._columns import LINES, TRAITS, names_of

__all__ = ["SCHEMA_VERSION", "Tables", "add_tables"]

SCHEMA_VERSION = 1
"""Counts up whenever a release adds tables or columns."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,29}")
_TYPES: Mapping[ColumnType, Callable[[], Any]] = {
    ColumnType.TEXT: Text,
    ColumnType.INTEGER: BigInteger,
    ColumnType.INSTANT: BigInteger,
    ColumnType.BOOLEAN: Boolean,
    ColumnType.DAY: Date,
}
_KEY = ("occurred_at", "fact_id")
_ALWAYS = frozenset(
    {*_KEY, "line_count", "known_at", "precision", "origin_system", "origin_table", "origin_record"}
)


@attrs.frozen
class Tables:
    """The tables of one store: those of facts by their names in the schema, and three of its own."""

    facts: Mapping[str, Table]
    agreements: Table
    erasures: Table
    version: Table

    def all(self) -> list[Table]:
        """Every table of the store."""
        return [*self.facts.values(), self.agreements, self.erasures, self.version]


def add_tables(metadata: MetaData, *, schema: str | None = None, prefix: str = "smarketing_") -> Tables:
    """Describe the tables in a `MetaData`, once: what its Alembic migrates, and a store finds them in.

    Args:
        metadata: The host's own.
        schema: The database schema that they live in; by default that of the metadata.
        prefix: What their names begin with.

    Raises:
        InvalidTermsError: The schema or the prefix is no plain identifier.

    Example:
        >>> sorted(table.name for table in add_tables(MetaData(), prefix="sm_").all())[:2]
        ['sm_accounts', 'sm_agreements']
    """
    for what, word in (("schema", schema), ("prefix", prefix or None)):
        if word is not None and not _IDENTIFIER.fullmatch(word):
            raise InvalidTermsError(
                f"the {what} {word!r} cannot name tables: use up to 30 letters, digits and _, no digit first"
            )

    def table(name: str, columns: Iterator[Column[Any]]) -> Table:
        full = prefix + name
        place = schema or metadata.schema
        held = metadata.tables.get(f"{place}.{full}" if place else full)
        return held if held is not None else Table(full, metadata, *columns, schema=schema)

    return Tables(
        facts={name: table(name, _columns(name)) for name in TABLES},
        agreements=table("agreements", _agreement_columns()),
        erasures=table("erasures", _erasure_columns()),
        version=table(
            "schema_version", iter([Column("version", Integer, primary_key=True, autoincrement=False)])
        ),
    )


def _columns(name: str) -> Iterator[Column[Any]]:
    key = (*_KEY, "line_count") if name in LINES.values() else _KEY
    for column in names_of(name):
        kind = ColumnType.TEXT if column == TRAITS else TABLES[name][column].type
        in_key = column in key
        required = column in _ALWAYS or (column != TRAITS and TABLES[name][column].required)
        yield Column(column, _TYPES[kind](), primary_key=in_key, nullable=not required, autoincrement=False)


def _agreement_columns() -> Iterator[Column[Any]]:
    yield Column("name", Text, primary_key=True)
    yield Column("revision", Integer, primary_key=True, autoincrement=False)
    yield Column("effective_from", Date, nullable=False)
    yield Column("text", Text, nullable=False)


def _erasure_columns() -> Iterator[Column[Any]]:
    yield Column("number", Integer, primary_key=True)
    yield Column("erased_at", BigInteger, nullable=False)
    for name in ("subject_kind", "subject_hash", "asked_by"):
        yield Column(name, Text, nullable=False)
    for name in ("removed_count", "renamed_count"):
        yield Column(name, BigInteger, nullable=False)
