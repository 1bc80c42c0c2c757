"""Making the tables, and bringing those of an earlier release up to date."""

from __future__ import annotations

from sqlalchemy import Connection, Inspector, Table, insert, inspect, select, update
from sqlalchemy.schema import CreateColumn

from smarketing.errors import StoreError
from smarketing.stores.sql._tables import SCHEMA_VERSION, Tables

__all__ = ["check_version", "create", "migrate"]


def create(connection: Connection, tables: Tables) -> None:
    """Make the tables that are not there."""
    first = tables.version
    first.metadata.create_all(connection, tables.all())
    if _version(connection, tables) is None:
        connection.execute(insert(first), {"version": SCHEMA_VERSION})


def migrate(connection: Connection, tables: Tables) -> None:
    """Add the tables and columns of this release; the facts in them stay as they are."""
    check_version(connection, tables, at_most_only=True)
    look = inspect(connection)
    for table in tables.all():
        if look.has_table(table.name, table.schema):
            _add_columns(connection, look, table)
    create(connection, tables)
    connection.execute(update(tables.version).values(version=SCHEMA_VERSION))


def check_version(connection: Connection, tables: Tables, *, at_most_only: bool = False) -> None:
    """Refuse tables that are not there, or not those of this release.

    Tables without a version are the host's own migrations' business.
    """
    if not inspect(connection).has_table(tables.version.name, tables.version.schema):
        raise StoreError(
            f"there is no table {tables.version.fullname}: call the store's create() first, once"
        )
    found = _version(connection, tables)
    if found is not None and found > SCHEMA_VERSION:
        raise StoreError(
            f"the tables are of version {found}, and this release knows {SCHEMA_VERSION}: upgrade smarketing"
        )
    if found is not None and found < SCHEMA_VERSION and not at_most_only:
        raise StoreError(
            f"the tables are of version {found}, and this release needs {SCHEMA_VERSION}: "
            "call the store's migrate()"
        )


def _version(connection: Connection, tables: Tables) -> int | None:
    found: int | None = connection.execute(select(tables.version.c.version)).scalar()
    return found


def _add_columns(connection: Connection, look: Inspector, table: Table) -> None:
    held = {column["name"] for column in look.get_columns(table.name, table.schema)}
    full = connection.dialect.identifier_preparer.format_table(table)
    for column in table.columns:
        if column.name not in held:
            added = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {full} ADD COLUMN {added}")
