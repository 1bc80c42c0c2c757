"""One transaction of a store in a database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select

from smarketing.errors import StaleRevisionError, StoreError
from smarketing.facts import Fact
from smarketing.periods import to_micros
from smarketing.stores._erasing import Erasure, Subject, erasing
from smarketing.stores._store import Appended, StoredAgreement, stale
from smarketing.stores.sql._link import Link
from smarketing.stores.sql._read import Reader
from smarketing.stores.sql._write import Writer, by_kind

_WORDS_AT_ONCE = 500


class SqlUnit:
    """What a `with store.unit()` block is handed."""

    def __init__(self, connection: Connection, link: Link, reader: Reader, writer: Writer) -> None:
        self._connection = connection
        self._link = link
        self._reader = reader
        self._writer = writer
        self._has_failed = False
        self.is_open = True

    def append(self, facts: Iterable[Fact]) -> Appended:
        """Add facts, each once; see `Unit.append`."""
        total = Appended()
        with self._whole("keeping facts"):
            for kind, some in by_kind(facts):
                with self._link.telling("keeping facts"):
                    total += self._writer.append(self._connection, kind, some)
        return total

    def put_agreement(
        self, name: str, text: str, *, effective_from: date, expected_revision: int
    ) -> StoredAgreement:
        """Keep a further revision of an agreement; see `Unit.put_agreement`."""
        table = self._writer.tables.agreements
        with self._whole("keeping an agreement"), self._link.telling("keeping an agreement"):
            last = select(func.coalesce(func.max(table.c.revision), 0)).where(table.c.name == name)
            found = self._connection.execute(last).scalar_one()
            if found != expected_revision:
                raise stale(name, expected_revision, found)
            put = StoredAgreement(name=name, revision=found + 1, effective_from=effective_from, text=text)
            row = {"name": name, "revision": put.revision, "effective_from": effective_from, "text": text}
            self._connection.execute(insert(table), row)
        return put

    def erase(self, subject: Subject, *, at: datetime, asked_by: str) -> Erasure:
        """Remove somebody from the facts, and keep a record that it was done; see `Unit.erase`."""
        with self._whole("erasing"), self._link.telling("erasing"), self._leaving_no_trace():
            gone = erasing(self, subject)
            done = Erasure.of(subject, at, asked_by, gone)
            self._writer.remove(self._connection, gone)
            for kind, some in by_kind(fact for fact in gone.values() if fact is not None):
                self._writer.append(self._connection, kind, some)
            row = {
                "erased_at": to_micros(at),
                "subject_kind": done.subject_kind,
                "subject_hash": done.subject_hash,
                "removed_count": done.removed_count,
                "renamed_count": done.renamed_count,
                "asked_by": asked_by,
            }
            self._connection.execute(insert(self._writer.tables.erasures), row)
        return done

    def find(self, column: str, words: Collection[str]) -> Iterator[Fact]:
        """The facts in which a column is one of the words."""
        asked = sorted(words)
        for start in range(0, len(asked), _WORDS_AT_ONCE):
            yield from self._reader.find(self._connection, column, asked[start : start + _WORDS_AT_ONCE])

    def check_whole(self) -> None:
        """Refuse to keep a unit of which a part is missing, even if the caller went on."""
        if self._has_failed:
            raise StoreError("nothing of this unit was kept, because a part of it failed")

    @contextmanager
    def _whole(self, doing: str) -> Iterator[None]:
        if not self.is_open:
            raise RuntimeError("this unit has ended: append within its `with` block")
        self.check_whole()
        try:
            with self._link.savepoint(self._connection, doing):
                yield
        except StaleRevisionError:
            raise
        except StoreError:
            self._has_failed = True
            raise

    @contextmanager
    def _leaving_no_trace(self) -> Iterator[None]:
        """SQLite overwrites what is deleted only if it is told to; PostgreSQL does when it vacuums."""
        if self._link.is_postgres:
            yield
            return
        before = self._connection.exec_driver_sql("PRAGMA secure_delete").scalar_one()
        self._connection.exec_driver_sql("PRAGMA secure_delete = 1")
        yield
        self._connection.exec_driver_sql(f"PRAGMA secure_delete = {int(before)}")
