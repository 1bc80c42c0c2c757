"""The way to the database: the caller's Engine, Connection or Session, and nobody else's.

With an Engine, every unit and every reading has a connection and a transaction of its own. With a Connection
or a Session, all happens within the caller's transaction: a unit is a savepoint in it, and to commit it, or
not, is the caller's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from typing import TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, Transaction, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, scoped_session
from sqlalchemy.pool import SingletonThreadPool, StaticPool

from smarketing.errors import StoreError

T = TypeVar("T")
Bind: TypeAlias = "Engine | Connection | Session | scoped_session[Session]"
"""What a store can be given."""

_DRIVERS = {"sqlite": "pysqlite", "postgresql": "psycopg"}
_WAIT_MS = 60_000


class Link:
    """How a store reaches its database, and what it says when it cannot."""

    def __init__(self, bind: Bind, name: str) -> None:
        self._bind = bind
        engine = bind.get_bind() if isinstance(bind, Session | scoped_session) else bind
        dialect = engine.dialect
        if _DRIVERS.get(dialect.name) != dialect.driver:
            raise StoreError(
                f"no store can be kept with {dialect.name}+{dialect.driver}: "
                "use SQLite (sqlite:///…) or PostgreSQL (postgresql+psycopg://…)"
            )
        self.is_postgres = dialect.name == "postgresql"
        self._lock_number = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)
        # A database in memory has one connection: who reads beside a unit reads within it.
        self._is_alone = isinstance(bind, Engine) and isinstance(bind.pool, SingletonThreadPool | StaticPool)
        self._current: Connection | None = None
        assert dialect.loaded_dbapi is not None  # noqa: S101 -- an engine exists, so its driver was loaded
        self._faults = (DBAPIError, dialect.loaded_dbapi.Error, OverflowError, UnicodeEncodeError)

    @contextmanager
    def telling(self, doing: str) -> Iterator[None]:
        """Say in one sentence what failed, without the values that SQLAlchemy would quote."""
        try:
            yield
        except self._faults as error:
            cause = getattr(error, "orig", error)
            raise StoreError(f"{doing} failed, and nothing of it was kept: {_reason(cause)}") from cause

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction, or a savepoint, that is kept when the block ends."""
        if not isinstance(self._bind, Engine):
            with self.telling("beginning a unit"):
                connection = self._joined()
                self._begin(connection)
            with self.savepoint(connection, "keeping a unit"):
                yield connection
            return
        with self.telling("beginning a unit"):
            connection = self._bind.connect()
        try:
            with self.telling("beginning a unit"):
                transaction = connection.begin()
                restore = self._begin(connection)
            self._current = connection
            with self._whole(transaction, "keeping a unit"):
                yield connection
            with self.telling("ending a unit"):
                restore()
        finally:
            self._current = None
            with suppress(DBAPIError):
                connection.close()

    @contextmanager
    def savepoint(self, connection: Connection, doing: str) -> Iterator[None]:
        """What is done within is done altogether or not at all."""
        with self.telling(doing):
            transaction = connection.begin_nested()
        with self._whole(transaction, doing):
            yield

    def reading(self, read: Callable[[Connection], Iterator[T]]) -> Iterator[T]:
        """What is read from one state of the database, row by row."""
        with self.telling("reading"):
            if not isinstance(self._bind, Engine):
                yield from read(self._joined())
            elif self._is_alone and self._current is not None:
                yield from list(read(self._current))
            elif self._is_alone:
                with self._bind.connect() as connection:
                    found = list(read(connection))
                yield from found
            else:
                with self._bind.connect() as connection:
                    if self.is_postgres:  # where each statement would see another state
                        connection.execution_options(isolation_level="REPEATABLE READ")
                    yield from read(connection)

    def _joined(self) -> Connection:
        return self._bind if isinstance(self._bind, Connection) else self._bind.connection()  # type: ignore[union-attr]

    def _begin(self, connection: Connection) -> Callable[[], object]:
        """Wait for this unit's turn; the answer puts back what had to be set for that."""
        if self.is_postgres:
            connection.execute(select(func.pg_advisory_xact_lock(self._lock_number)))
            return lambda: None
        waited = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {max(waited, _WAIT_MS)}")
        # Python's driver begins a transaction late, and would take a savepoint for one.
        if not getattr(connection.connection.dbapi_connection, "in_transaction", True):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        return lambda: connection.exec_driver_sql(f"PRAGMA busy_timeout = {waited}")

    @contextmanager
    def _whole(self, transaction: Transaction, doing: str) -> Iterator[None]:
        try:
            yield
        except BaseException:
            with suppress(*self._faults):  # what failed has been told; a lost connection has no way back
                transaction.rollback()
            raise
        try:
            with self.telling(doing):
                transaction.commit()
        except StoreError:
            with suppress(*self._faults):
                transaction.rollback()
            raise


def _reason(error: BaseException | None) -> str:
    """The driver's own sentence; PostgreSQL's details are left out, since they quote values."""
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    return primary or next(iter(str(error).splitlines()), "") or type(error).__name__
