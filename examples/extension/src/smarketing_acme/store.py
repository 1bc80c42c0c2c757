"""Facts in one file of JSON Lines, which people can read, compare and keep beside their code.

The file is read whole when somebody asks, and written whole when a unit ends: under another name first, and
then put in place at once. So it holds all of a unit or nothing of it, whatever happens meanwhile, and who is
erased is nowhere in it. That suits thousands of facts, not millions.

Needs a system that locks files as Unix does.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import local

from smarketing.errors import StoreError
from smarketing.facts import Fact
from smarketing.serialize import dump_facts, from_plain, load_facts, to_plain
from smarketing.stores import Batch, Erasure, MemoryStore, Position, StoredAgreement, Unit

__all__ = ["LinesStore"]

_AGREEMENT, _ERASURE = '{"agreement":', '{"erasure":'


class LinesStore:
    """A `Store` in one file; threads and processes may share it.

    Args:
        path: The file; it is made by the first unit. A file for locking stands beside it.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._mine = local()

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        """One transaction, kept when the `with` block ends, forgotten when it ends in an exception."""
        with self._turn():
            memory, erasures = self._read()
            with memory.unit() as unit:
                yield unit
            self._write(memory, [*erasures, *memory.erasures()])

    def scan(
        self, kind: type[Fact] | None = None, *, after: Position | None = None, limit: int | None = None
    ) -> Iterator[Fact]:
        """The facts in order, as they were when the scan began."""
        return self._read()[0].scan(kind, after=after, limit=limit)

    def facts_by_id(self, fact_ids: Iterable[str], *, kind: type[Fact] | None = None) -> tuple[Fact, ...]:
        """The facts that have these ids, in order, each once; ids that are not held are left out."""
        return self._read()[0].facts_by_id(fact_ids, kind=kind)

    def batches(
        self,
        table: str,
        *,
        columns: Sequence[str] | None = None,
        size: int = 10_000,
        as_of: datetime | None = None,
    ) -> Iterator[Batch]:
        """The rows of a table in order, column by column."""
        return self._read()[0].batches(table, columns=columns, size=size, as_of=as_of)

    def agreements(self, name: str | None = None) -> tuple[StoredAgreement, ...]:
        """Every revision of every agreement, or of one, by name and revision."""
        return self._read()[0].agreements(name)

    def erasures(self) -> tuple[Erasure, ...]:
        """The record of what was erased, by time."""
        return tuple(sorted(self._read()[1], key=lambda erasure: erasure.erased_at))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Alone among all threads and processes; the lock ends with its process, even a killed one."""
        if getattr(self._mine, "taken", False):
            raise RuntimeError("a unit of this store is open in this thread: end it before the next one")
        self._mine.taken = True
        try:
            with self.path.with_name(f"{self.path.name}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        finally:
            self._mine.taken = False

    def _read(self) -> tuple[MemoryStore, list[Erasure]]:
        """What the file holds; in memory, which already knows all that a store has to know about facts."""
        memory = MemoryStore()
        facts: list[str] = []
        erasures: list[Erasure] = []
        lines = self.path.read_text("ascii").splitlines() if self.path.exists() else []
        with memory.unit() as unit:
            for line in lines:
                if line.startswith(_AGREEMENT):
                    held = from_plain(json.loads(line)["agreement"], StoredAgreement)
                    unit.put_agreement(
                        held.name,
                        held.text,
                        effective_from=held.effective_from,
                        expected_revision=held.revision - 1,
                    )
                elif line.startswith(_ERASURE):
                    erasures.append(from_plain(json.loads(line)["erasure"], Erasure))
                else:
                    facts.append(line)
            unit.append(load_facts(facts, file=self.path.name))
        return memory, erasures

    def _write(self, memory: MemoryStore, erasures: Iterable[Erasure]) -> None:
        lines = [
            *(f"{_AGREEMENT}{json.dumps(to_plain(held))}}}" for held in memory.agreements()),
            *(f"{_ERASURE}{json.dumps(to_plain(erasure))}}}" for erasure in erasures),
            *dump_facts(memory.scan()),
        ]
        new = self.path.with_name(f"{self.path.name}.new")
        try:
            with new.open("w", encoding="ascii", newline="\n") as file:
                file.writelines(f"{line}\n" for line in lines)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
        except OSError as error:
            why = f"{self.path} could not be written ({error.strerror})"
            raise StoreError(f"{why}: nothing of the unit is kept") from error
