"""The store in a database, put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from operator import itemgetter

from sqlalchemy import Connection, MetaData, select

from smarketing.facts import Fact
from smarketing.periods import from_micros, to_micros
from smarketing.stores._columns import check_columns
from smarketing.stores._erasing import Erasure
from smarketing.stores._store import Batch, Position, StoredAgreement
from smarketing.stores._turns import Turns
from smarketing.stores.sql import _versions
from smarketing.stores.sql._link import Bind, Link
from smarketing.stores.sql._read import Reader
from smarketing.stores.sql._tables import Tables, add_tables
from smarketing.stores.sql._unit import SqlUnit
from smarketing.stores.sql._write import Writer


class SqlStore:
    """A `Store` in SQLite or PostgreSQL; threads may share one that was given an Engine.

    Args:
        bind: An Engine, or a Connection or Session whose transaction the store is to join.
        metadata: The host's `MetaData`, if its migrations are to know the tables.
        schema: The database schema that the tables live in.
        prefix: What their names begin with.

    Attributes:
        tables: The SQLAlchemy tables, to query them beside the store.

    Raises:
        InvalidTermsError: The schema or the prefix is no plain identifier.
        StoreError: The database is neither SQLite nor PostgreSQL with psycopg.

    Example:
        >>> from datetime import UTC, datetime
        >>> from sqlalchemy import create_engine
        >>> from smarketing.facts import Touch
        >>> from smarketing.origin import Origin
        >>> visit = Touch(origin=Origin(system="web"), occurred_at=datetime(2026, 1, 3, tzinfo=UTC),
        ...               lead_id="L-1", kind="page_viewed")
        >>> store = SqlStore(create_engine("sqlite://"))
        >>> store.create()
        >>> with store.unit() as unit:
        ...     unit.append([visit])
        Appended(new_count=1, known_count=0)
        >>> list(store.scan()) == [visit]
        True
    """

    def __init__(
        self,
        bind: Bind,
        metadata: MetaData | None = None,
        *,
        schema: str | None = None,
        prefix: str = "smarketing_",
    ) -> None:
        self.tables: Tables = add_tables(metadata or MetaData(), schema=schema, prefix=prefix)
        self._link = Link(bind, self.tables.version.fullname)
        self._reader = Reader(self.tables, self._link.is_postgres)
        self._writer = Writer(self.tables, self._link.is_postgres)
        self._turns = Turns()
        self._is_checked = False

    def create(self) -> None:
        """Make the tables that are not there; those that are stay as they are."""
        with self._link.writing() as connection, self._link.telling("making the tables"):
            _versions.create(connection, self.tables)

    def migrate(self) -> None:
        """Add the tables and columns that this release needs and an earlier one did not have.

        A host that migrates with Alembic does without: its own migrations add them.

        Raises:
            StoreError: The tables are not there, or those of a later release.
        """
        with self._link.writing() as connection, self._link.telling("migrating the tables"):
            _versions.migrate(connection, self.tables)
        self._is_checked = False

    @contextmanager
    def unit(self) -> Iterator[SqlUnit]:
        """One transaction, kept when the `with` block ends, forgotten when it ends in an exception.

        Within a caller's transaction it is a savepoint: kept when the caller commits.

        Raises:
            RuntimeError: This thread has a unit of this store open already.
            StoreError: The database failed; nothing was kept, and it can be tried again.
        """
        with self._turns.take():
            self._check()
            with self._link.writing() as connection:
                unit = SqlUnit(connection, self._link, self._reader, self._writer)
                try:
                    yield unit
                finally:
                    unit.is_open = False
                unit.check_whole()

    def scan(
        self, kind: type[Fact] | None = None, *, after: Position | None = None, limit: int | None = None
    ) -> Iterator[Fact]:
        """The facts in order, as they were when the scan began; few are in memory at once.

        Args:
            kind: Only facts of this class.
            after: Only what lies behind this place.
            limit: At most so many.

        Raises:
            ValueError: The limit is negative.
            StoreError: The database failed.
        """
        if limit is not None and limit < 0:
            raise ValueError(f"a limit is at least 0, not {limit}")
        self._check()
        return self._link.reading(lambda connection: self._reader.scan(connection, kind, after, limit))

    def facts_by_id(self, fact_ids: Iterable[str], *, kind: type[Fact] | None = None) -> tuple[Fact, ...]:
        """The facts that have these ids, in order, each once; ids that are not held are left out.

        The tables are in the order of time, so each is read through: say the kind where it is known.

        Args:
            fact_ids: Such as a trace names.
            kind: Only facts of this class.

        Raises:
            StoreError: The database failed.
        """
        asked = set(fact_ids)
        self._check()
        found = self._link.reading(lambda connection: self._reader.by_id(connection, asked, kind))
        return tuple(fact for _, _, fact in sorted(found, key=itemgetter(0, 1)))

    def batches(
        self,
        table: str,
        *,
        columns: Sequence[str] | None = None,
        size: int = 10_000,
        as_of: datetime | None = None,
    ) -> Iterator[Batch]:
        """The rows of a table in order, column by column; one batch is in memory at once.

        Args:
            table: A table of `smarketing.schema.TABLES`.
            columns: Its columns, and `traits` (JSON text) where facts have them; by default all.
            size: Rows per batch, at most.
            as_of: Only facts that count as of this instant; retractions are facts among others.

        Raises:
            UnknownNameError: There is no such table or column.
            StoreError: The database failed.
        """
        asked = check_columns(table, columns)
        micros = None if as_of is None else to_micros(as_of)
        self._check()
        return self._link.reading(
            lambda connection: self._reader.batches(connection, table, asked, size, micros)
        )

    def agreements(self, name: str | None = None) -> tuple[StoredAgreement, ...]:
        """Every revision of every agreement, or of one, by name and revision."""
        table = self.tables.agreements
        rows = select(table.c.name, table.c.revision, table.c.effective_from, table.c.text)
        wanted = rows if name is None else rows.where(table.c.name == name)

        def read(connection: Connection) -> Iterator[StoredAgreement]:
            for title, revision, day, text in connection.execute(wanted):
                yield StoredAgreement(name=title, revision=revision, effective_from=day, text=text)

        self._check()
        return tuple(sorted(self._link.reading(read), key=lambda put: (put.name, put.revision)))

    def erasures(self) -> tuple[Erasure, ...]:
        """The record of what was erased, by time."""
        table = self.tables.erasures
        rows = select(table).order_by(table.c.erased_at, table.c.number)

        def read(connection: Connection) -> Iterator[Erasure]:
            for row in connection.execute(rows):
                yield Erasure(
                    erased_at=from_micros(row.erased_at),
                    subject_kind=row.subject_kind,
                    subject_hash=row.subject_hash,
                    removed_count=row.removed_count,
                    renamed_count=row.renamed_count,
                    asked_by=row.asked_by,
                )

        self._check()
        return tuple(self._link.reading(read))

    def _check(self) -> None:
        """Ask once whether the tables are there."""
        if not self._is_checked:

            def read(connection: Connection) -> Iterator[None]:
                _versions.check_version(connection, self.tables)
                yield

            list(self._link.reading(read))
            self._is_checked = True
