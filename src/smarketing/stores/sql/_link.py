"""The way to the database: the caller's Engine, Connection or Session, and nobody else's.

With an Engine, every unit and every reading has a connection and a transaction of its own. With a Connection
or a Session, all happens within the caller's transaction: a unit is a savepoint in it, and to commit it, or
not, is the caller's business.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from threading import get_ident
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
_BEGINNING = "beginning a unit"
_WAIT_MS = 60_000
_WAIT_FOR_ITSELF_MS = 1_000
_IS_LOCKED = "locked"
_OWN_READING = (
    "; this thread has a reading (a scan, batches) that is not at its end, and an SQLite file waits for it: "
    "read it to its end or close it first, read page by page with `limit` and `after`, "
    "or let the file keep a write-ahead log (PRAGMA journal_mode = WAL)"
)


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
        self._readings: Counter[int] = Counter()  # those begun and not ended, by thread
        assert dialect.loaded_dbapi is not None  # noqa: S101 -- an engine exists, so its driver was loaded
        self._faults = (DBAPIError, dialect.loaded_dbapi.Error, OverflowError, UnicodeEncodeError)

    @contextmanager
    def telling(self, doing: str) -> Iterator[None]:
        """Say in one sentence what failed, without the values that SQLAlchemy would quote."""
        try:
            yield
        except self._faults as error:
            cause = getattr(error, "orig", error)
            reason = _reason(cause)
            is_own = _IS_LOCKED in reason and doing != _BEGINNING and self._waits_for_itself()
            hint = _OWN_READING if is_own else ""
            raise StoreError(f"{doing} failed, and nothing of it was kept: {reason}{hint}") from cause

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction, or a savepoint, that is kept when the block ends."""
        if not isinstance(self._bind, Engine):
            with self.telling(_BEGINNING):
                connection = self._joined()
                self._begin(connection)
            with self.savepoint(connection, "keeping a unit"):
                yield connection
            return
        with self.telling(_BEGINNING):
            connection = self._bind.connect()
        restore: Callable[[], object] = _nothing
        try:
            with self.telling(_BEGINNING):
                transaction = connection.begin()
                restore = self._begin(connection)
            self._current = connection
            with self._whole(transaction, "keeping a unit"):
                self._hurry(connection)
                yield connection
                self._hurry(connection)
            with self.telling("ending a unit"):
                restore()
            restore = _nothing
        finally:
            self._current = None
            with suppress(DBAPIError):  # the connection is the host's, and goes back to its pool
                restore()
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
                    thread = get_ident()
                    self._readings[thread] += 1
                    try:
                        yield from read(connection)
                    finally:
                        self._readings[thread] -= 1

    def _waits_for_itself(self) -> bool:
        """Whether this thread would have to read on for the database to keep what it writes."""
        return not self.is_postgres and self._readings[get_ident()] > 0

    def _hurry(self, connection: Connection) -> None:
        """Wait only shortly where the own thread is a reader, which cannot read on meanwhile."""
        if self._waits_for_itself():
            with self.telling("keeping a unit"):
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {_WAIT_FOR_ITSELF_MS}")

    def _joined(self) -> Connection:
        return self._bind if isinstance(self._bind, Connection) else self._bind.connection()  # type: ignore[union-attr]

    def _begin(self, connection: Connection) -> Callable[[], object]:
        """Wait for this unit's turn; the answer puts back what had to be set for that."""
        if self.is_postgres:
            connection.execute(select(func.pg_advisory_xact_lock(self._lock_number)))
            return _nothing
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


def _nothing() -> None:
    """Where nothing has to be put back."""


def _reason(error: BaseException | None) -> str:
    """The driver's own sentence; PostgreSQL's details are left out, since they quote values."""
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    return primary or next(iter(str(error).splitlines()), "") or type(error).__name__
