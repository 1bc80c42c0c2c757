"""Reading: facts in order, and columns without facts, both as a stream of pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

import attrs
from sqlalchemy import ColumnElement, Connection, Select, Table, and_, or_, select

from smarketing.facts import KINDS, Fact, Line
from smarketing.periods import to_micros
from smarketing.stores._columns import LINES, facts_of, lines_of, names_of
from smarketing.stores._store import Batch, Position
from smarketing.stores.sql._tables import Tables

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_IDS_AT_ONCE = 5_000
_ROWS_PER_PAGE = 2_000
_ROWS_PER_PAGE_OF_MANY = 250  # all kinds are read side by side

_Key = tuple[int, str]
Condition = Callable[[Table], ColumnElement[bool] | None]


@attrs.frozen
class Reader:
    """Reads the tables of one store through a connection."""

    tables: Tables
    is_postgres: bool

    def scan(
        self, connection: Connection, kind: type[Fact] | None, after: Position | None, limit: int | None
    ) -> Iterator[Fact]:
        """Facts in order; see `Store.scan`."""
        kinds = [known for known in KINDS if issubclass(known, kind or Fact)]
        size = _ROWS_PER_PAGE if len(kinds) == 1 else _ROWS_PER_PAGE_OF_MANY

        def behind(table: Table) -> ColumnElement[bool] | None:
            return None if after is None else self._behind(table, after)

        streams = [self._keyed(connection, each, behind, behind, limit=limit, size=size) for each in kinds]
        for found, (_, _, fact) in enumerate(merge(*streams)):
            if found == limit:
                return
            yield fact

    def by_id(
        self, connection: Connection, fact_ids: Collection[str], kind: type[Fact] | None
    ) -> Iterator[tuple[int, str, Fact]]:
        """Facts by their ids, behind their keys; see `Store.facts_by_id`."""
        left = {fact_id for fact_id in fact_ids if _ID.fullmatch(fact_id)}
        for each in (known for known in KINDS if issubclass(known, kind or Fact)):
            asked = sorted(left)  # an id is of one kind: what was found is asked no further
            for start in range(0, len(asked), _IDS_AT_ONCE):
                some = asked[start : start + _IDS_AT_ONCE]

                def among(table: Table, some: Sequence[str] = some) -> ColumnElement[bool]:
                    return table.c.fact_id.in_(some)

                for at, fact_id, fact in self._keyed(connection, each, among, among, size=_ROWS_PER_PAGE):
                    left.discard(fact_id)
                    yield at, fact_id, fact

    def find(self, connection: Connection, column: str, words: Sequence[str]) -> Iterator[Fact]:
        """Facts of every kind that has the column, in which it is one of the words."""
        for kind in KINDS:
            table = self.tables.facts[kind.TABLE]
            if column not in table.c:
                continue

            def named(table: Table) -> ColumnElement[bool]:
                return table.c[column].in_(words)

            def of_named(lines: Table, table: Table = table) -> ColumnElement[bool]:
                return lines.c.fact_id.in_(select(table.c.fact_id).where(named(table)))

            for _, _, fact in self._keyed(connection, kind, named, of_named, size=_ROWS_PER_PAGE):
                yield fact

    def batches(
        self, connection: Connection, name: str, columns: Sequence[str], size: int, as_of_micros: int | None
    ) -> Iterator[Batch]:
        """Columns in order; see `Store.batches`."""
        table = self.tables.facts[name]
        rows = self._in_order(table, columns)
        if as_of_micros is not None:
            rows = rows.where(table.c.occurred_at < as_of_micros, table.c.known_at < as_of_micros)
        for page in _pages(connection, rows, size):
            yield dict(zip(columns, zip(*page, strict=True), strict=True))

    def _keyed(
        self,
        connection: Connection,
        kind: type[Fact],
        condition: Condition,
        lines_condition: Condition,
        *,
        size: int,
        limit: int | None = None,
    ) -> Iterator[tuple[int, str, Fact]]:
        """Facts of one kind behind their keys, which their ids would have to be computed for."""
        names = names_of(kind.TABLE)
        key = itemgetter(names.index("occurred_at"), names.index("fact_id"))
        rows = self._in_order(self.tables.facts[kind.TABLE], names, condition).limit(limit)
        lines = _Lines(self._lines(connection, kind, lines_condition, size))
        for page in _pages(connection, rows, size):
            keys = [key(row) for row in page]
            facts = facts_of(kind, page, map(lines.of, keys))
            yield from ((*at, fact) for at, fact in zip(keys, facts, strict=True))

    def _lines(
        self, connection: Connection, kind: type[Fact], condition: Condition, size: int
    ) -> Iterator[tuple[_Key, tuple[Line, ...]]]:
        """The lines of each fact that has any, behind its key, in the order of the facts."""
        if kind not in LINES:
            return
        names = names_of(LINES[kind])
        rows = self._in_order(self.tables.facts[LINES[kind]], names, condition)
        found = (
            dict(zip(names, row, strict=True)) for page in _pages(connection, rows, size) for row in page
        )
        for key, same in groupby(found, key=itemgetter("occurred_at", "fact_id")):
            yield key, lines_of(same)

    def _in_order(
        self, table: Table, names: Iterable[str], condition: Condition | None = None
    ) -> Select[Any]:
        rows = select(*(table.c[name] for name in names)).order_by(table.c.occurred_at, self._id(table))
        if "line_count" in table.c:
            rows = rows.order_by(table.c.line_count)
        found = condition(table) if condition is not None else None
        return rows if found is None else rows.where(found)

    def _id(self, table: Table) -> ColumnElement[str]:
        """The id as ordered by its bytes, as SQLite does anyway, and does not know the name of."""
        return table.c.fact_id.collate("C") if self.is_postgres else table.c.fact_id

    def _behind(self, table: Table, after: Position) -> ColumnElement[bool]:
        at, micros = table.c.occurred_at, to_micros(after.occurred_at)
        return and_(at >= micros, or_(at > micros, self._id(table) > after.fact_id))


def _pages(connection: Connection, rows: Select[Any], size: int) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows, as many at a time; PostgreSQL keeps the others on its side."""
    with connection.execute(rows.execution_options(stream_results=True, yield_per=size)) as result:
        yield from result.partitions()


class _Lines:
    """The lines of facts that are asked for in order."""

    def __init__(self, found: Iterator[tuple[_Key, tuple[Line, ...]]]) -> None:
        self._found = found
        self._next = next(found, None)

    def of(self, key: _Key) -> tuple[Line, ...]:
        while self._next is not None and self._next[0] < key:
            self._next = next(self._found, None)
        return self._next[1] if self._next is not None and self._next[0] == key else ()
