"""Facts kept in memory, for as long as the program runs: for tests, notebooks, a review of one export."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import contextmanager
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING

from smarketing.facts import Fact
from smarketing.stores._columns import KIND_OF, check_columns, columns_of, names_of
from smarketing.stores._erasing import Erasure, Subject, erasing
from smarketing.stores._store import Appended, Batch, Position, StoredAgreement, stale
from smarketing.stores._turns import Turns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import date, datetime

__all__ = ["MemoryStore"]


class MemoryStore:
    """A `Store` that forgets everything when the program ends; threads may share it.

    Example:
        >>> from datetime import UTC, datetime
        >>> from smarketing.facts import Touch
        >>> from smarketing.origin import Origin
        >>> visit = Touch(origin=Origin(system="web"), occurred_at=datetime(2026, 1, 3, tzinfo=UTC),
        ...               lead_id="L-1", kind="page_viewed")
        >>> store = MemoryStore()
        >>> with store.unit() as unit:
        ...     unit.append([visit, visit])
        Appended(new_count=1, known_count=1)
        >>> list(store.scan(Touch)) == [visit]
        True
    """

    def __init__(self) -> None:
        self._facts: dict[str, Fact] = {}
        self._agreements: dict[str, tuple[StoredAgreement, ...]] = {}
        self._erasures: tuple[Erasure, ...] = ()
        self._ordered: tuple[Fact, ...] | None = ()
        self._turns = Turns()
        self._writing = Lock()  # for as long as a unit lasts
        self._changing = Lock()  # while its result is put in place

    def __len__(self) -> int:
        return len(self._facts)

    @contextmanager
    def unit(self) -> Iterator[_MemoryUnit]:
        """One transaction, kept when the `with` block ends, forgotten when it ends in an exception.

        Raises:
            RuntimeError: This thread has a unit of this store open already.
        """
        with self._turns.take(), self._writing:
            unit = _MemoryUnit(self._facts, self._agreements)
            try:
                yield unit
            finally:
                unit.is_open = False
            with self._changing:
                for fact_id in unit.removed:
                    del self._facts[fact_id]
                self._facts |= unit.added
                self._agreements |= unit.agreements
                self._erasures += tuple(unit.erasures)
                self._ordered = None

    def scan(
        self, kind: type[Fact] | None = None, *, after: Position | None = None, limit: int | None = None
    ) -> Iterator[Fact]:
        """The facts in order, as they were when the scan began.

        Args:
            kind: Only facts of this class.
            after: Only what lies behind this place.
            limit: At most so many.

        Raises:
            ValueError: The limit is negative.
        """
        facts = self._in_order()
        start = bisect_right(facts, after, key=Position.of) if after is not None else 0
        wanted = kind or Fact
        found = (fact for fact in islice(facts, start, None) if isinstance(fact, wanted))
        return islice(found, limit)

    def facts_by_id(self, fact_ids: Iterable[str], *, kind: type[Fact] | None = None) -> tuple[Fact, ...]:
        """The facts that have these ids, in order, each once; ids that are not held are left out.

        Args:
            fact_ids: Such as a trace names.
            kind: Only facts of this class.

        Example:
            >>> MemoryStore().facts_by_id(["0a"])
            ()
        """
        asked, wanted = set(fact_ids), kind or Fact
        with self._changing:
            held = [self._facts[fact_id] for fact_id in asked if fact_id in self._facts]
        return tuple(sorted((fact for fact in held if isinstance(fact, wanted)), key=Position.of))

    def batches(
        self,
        table: str,
        *,
        columns: Sequence[str] | None = None,
        size: int = 10_000,
        as_of: datetime | None = None,
    ) -> Iterator[Batch]:
        """The rows of a table in order, column by column.

        Args:
            table: A table of `smarketing.schema.TABLES`.
            columns: Its columns, and `traits` (JSON text) where facts have them; by default all.
            size: Rows per batch, at most.
            as_of: Only facts that count as of this instant; retractions are facts among others.

        Raises:
            UnknownNameError: There is no such table or column.
        """
        asked = check_columns(table, columns)
        counting = (fact for fact in self.scan(KIND_OF[table]) if as_of is None or fact.counts(as_of))
        return _batches(table, asked, counting, size)

    def agreements(self, name: str | None = None) -> tuple[StoredAgreement, ...]:
        """Every revision of every agreement, or of one, by name and revision."""
        kept = dict(self._agreements)
        names = sorted(kept) if name is None else [name]
        return tuple(revision for each in names for revision in kept.get(each, ()))

    def erasures(self) -> tuple[Erasure, ...]:
        """The record of what was erased, by time."""
        return tuple(sorted(self._erasures, key=lambda erasure: erasure.erased_at))

    def _in_order(self) -> tuple[Fact, ...]:
        with self._changing:
            if self._ordered is None:
                self._ordered = tuple(sorted(self._facts.values(), key=Position.of))
            return self._ordered


class _MemoryUnit:
    """What is to become of the facts that are held, without touching them yet."""

    def __init__(self, held: dict[str, Fact], agreements: dict[str, tuple[StoredAgreement, ...]]) -> None:
        self._held = held
        self._held_agreements = agreements
        self.added: dict[str, Fact] = {}
        self.removed: set[str] = set()
        self.agreements: dict[str, tuple[StoredAgreement, ...]] = {}
        self.erasures: list[Erasure] = []
        self.is_open = True

    def append(self, facts: Iterable[Fact]) -> Appended:
        """Add facts, each once."""
        self._check_open()
        given = list(facts)  # whatever fails, fails here, before anything is taken
        new_count = 0
        for fact in given:
            held = self._get(fact.id)
            new_count += held is None
            if held is None or _precedence(fact) < _precedence(held):
                self.added[fact.id] = fact
        return Appended(new_count, len(given) - new_count)

    def put_agreement(
        self, name: str, text: str, *, effective_from: date, expected_revision: int
    ) -> StoredAgreement:
        """Keep a further revision of an agreement."""
        self._check_open()
        revisions = self.agreements.get(name) or self._held_agreements.get(name, ())
        if len(revisions) != expected_revision:
            raise stale(name, expected_revision, len(revisions))
        put = StoredAgreement(
            name=name, revision=len(revisions) + 1, effective_from=effective_from, text=text
        )
        self.agreements[name] = (*revisions, put)
        return put

    def erase(self, subject: Subject, *, at: datetime, asked_by: str) -> Erasure:
        """Remove somebody from the facts, and keep a record that it was done."""
        self._check_open()
        gone = erasing(self, subject)
        for fact in gone:
            self.added.pop(fact.id, None)
            if fact.id in self._held:
                self.removed.add(fact.id)
        renamed = [fact for fact in gone.values() if fact is not None]
        self.append(renamed)
        self.erasures.append(Erasure.of(subject, at, asked_by, gone))
        return self.erasures[-1]

    def find(self, column: str, words: Collection[str]) -> Iterator[Fact]:
        """The facts in which a column is one of the words."""
        standing = {fact_id: fact for fact_id, fact in self._held.items() if fact_id not in self.removed}
        for fact in (standing | self.added).values():
            word = fact.origin.record if column == "origin_record" else getattr(fact, column, None)
            if word in words:
                yield fact

    def _get(self, fact_id: str) -> Fact | None:
        return self.added.get(fact_id) or (None if fact_id in self.removed else self._held.get(fact_id))

    def _check_open(self) -> None:
        if not self.is_open:
            raise RuntimeError("this unit has ended: append within its `with` block")


def _batches(table: str, asked: Sequence[str], facts: Iterator[Fact], size: int) -> Iterator[Batch]:
    while some := list(islice(facts, size)):
        columns = dict(zip(names_of(table), columns_of(table, some), strict=True))
        for start in range(0, len(columns["fact_id"]), size):  # a fact may have several lines, or none
            yield {name: columns[name][start : start + size] for name in asked}


def _precedence(fact: Fact) -> tuple[object, ...]:
    """Earliest known first; the rest only settles, in any order of appending, which of two equals stays."""
    origin = fact.origin
    return fact.known_at, origin.file or "", origin.row or 0, origin.field or ""
