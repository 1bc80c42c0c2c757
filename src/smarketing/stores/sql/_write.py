"""Writing: many rows at a time, by each database's own means, each row once.

A row whose key is held is left out by `ON CONFLICT DO NOTHING`, which also tells how many were new. Only
where some were not, a second statement lets the earliest `known_at` stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import attrs
from sqlalchemy import Column, Connection, Date, MetaData, Table, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable, DropTable

from smarketing.facts import KINDS, Fact
from smarketing.periods import to_micros
from smarketing.stores._columns import LINES, columns_of, names_of
from smarketing.stores._store import Appended
from smarketing.stores.sql._tables import Tables

_FACTS_AT_ONCE = 10_000


@attrs.frozen
class Writer:
    """Writes the tables of one store through a connection."""

    tables: Tables
    is_postgres: bool

    def append(self, connection: Connection, kind: type[Fact], facts: Sequence[Fact]) -> Appended:
        """Add facts of one kind, and their lines."""
        new_count = self._put(connection, kind.TABLE, facts)
        if kind in LINES and any(fact.lines for fact in facts):  # type: ignore[attr-defined]
            self._put(connection, LINES[kind], facts)
        return Appended(new_count, len(facts) - new_count)

    def remove(self, connection: Connection, facts: Iterable[Fact]) -> None:
        """Take facts away, and their lines."""
        for kind, some in by_kind(facts):
            keys = [{"at": to_micros(fact.occurred_at), "id": fact.id} for fact in some]
            for name in filter(None, (kind.TABLE, LINES.get(kind))):
                columns = self.tables.facts[name].c
                held = columns.occurred_at == bindparam("at"), columns.fact_id == bindparam("id")
                connection.execute(delete(self.tables.facts[name]).where(*held), keys)

    def _put(self, connection: Connection, name: str, facts: Sequence[Fact]) -> int:
        columns = dict(zip(names_of(name), columns_of(name, facts), strict=True))
        put = _put_postgres if self.is_postgres else _put_sqlite
        return put(connection, self.tables.facts[name], columns)


def by_kind(facts: Iterable[Fact]) -> Iterator[tuple[type[Fact], list[Fact]]]:
    """The facts, some of one kind at a time, as they come, so that few are held at once."""
    held: dict[type[Fact], list[Fact]] = {kind: [] for kind in KINDS}
    for fact in facts:
        some = held[type(fact)]
        some.append(fact)
        if len(some) == _FACTS_AT_ONCE:
            yield type(fact), some
            held[type(fact)] = []
    yield from ((kind, some) for kind, some in held.items() if some)


def _put_sqlite(connection: Connection, table: Table, columns: dict[str, Sequence[Any]]) -> int:
    for name, column in columns.items():
        if isinstance(table.c[name].type, Date):  # which its driver no longer takes as they are
            columns[name] = [None if day is None else date.isoformat(day) for day in column]
    rows = list(zip(*columns.values(), strict=True))

    def put(statement: sqlite.Insert) -> int:
        """Plain rows go straight to the driver: dictionaries would take as long as the database does."""
        text = str(statement.compile(dialect=connection.dialect, column_keys=list(columns)))
        return connection.exec_driver_sql(text, rows).rowcount

    insert = sqlite.insert(table)
    new_count = put(insert.on_conflict_do_nothing())
    if new_count < len(rows):
        given = insert.excluded.known_at
        put(
            insert.on_conflict_do_update(
                index_elements=table.primary_key.columns,
                set_={"known_at": given},
                where=given < table.c.known_at,
            )
        )
    return new_count


def _put_postgres(connection: Connection, table: Table, columns: dict[str, Sequence[Any]]) -> int:
    """By COPY, several times as fast as INSERT, into a table between: COPY itself knows no conflicts."""
    names = list(columns)
    incoming = Table(
        f"incoming_{table.name}",
        MetaData(),
        *(Column(name, table.c[name].type) for name in names),
        prefixes=["TEMPORARY"],
    )
    connection.execute(CreateTable(incoming))
    quoted = connection.dialect.identifier_preparer.format_table(incoming)
    driver: Any = connection.connection.dbapi_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {quoted} FROM STDIN") as copy:
        for row in zip(*columns.values(), strict=True):
            copy.write_row(row)
    put = postgresql.insert(table).from_select(names, select(incoming)).on_conflict_do_nothing()
    new_count = connection.execute(put, execution_options={"preserve_rowcount": True}).rowcount
    if new_count < len(columns["fact_id"]):
        key = [column.name for column in table.primary_key]
        first = select(*(incoming.c[name] for name in key), func.min(incoming.c.known_at).label("known_at"))
        known = first.group_by(*(incoming.c[name] for name in key)).subquery()
        same = (table.c[name] == known.c[name] for name in key)
        earlier = update(table).values(known_at=known.c.known_at)
        connection.execute(earlier.where(*same, table.c.known_at > known.c.known_at))
    connection.execute(DropTable(incoming))
    return new_count
