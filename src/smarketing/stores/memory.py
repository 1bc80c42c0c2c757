"""Facts kept in memory, for as long as the program runs: for tests, notebooks, a review of one export."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import contextmanager
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING

from smarketing.facts import Fact
from smarketing.stores._store import Position

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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
        >>> list(store.scan(Touch)) == [visit]
        True
    """

    def __init__(self) -> None:
        self._facts: dict[str, Fact] = {}
        self._ordered: tuple[Fact, ...] | None = ()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._facts)

    @contextmanager
    def unit(self) -> Iterator[_MemoryUnit]:
        """One transaction, kept when the `with` block ends, forgotten when it ends in an exception."""
        unit = _MemoryUnit()
        try:
            yield unit
        finally:
            unit.is_open = False
        with self._lock:
            _merge(self._facts, unit.added)
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

    def _in_order(self) -> tuple[Fact, ...]:
        with self._lock:
            if self._ordered is None:
                self._ordered = tuple(sorted(self._facts.values(), key=Position.of))
            return self._ordered


class _MemoryUnit:
    def __init__(self) -> None:
        self.added: dict[str, Fact] = {}
        self.is_open = True

    def append(self, facts: Iterable[Fact]) -> None:
        if not self.is_open:
            raise RuntimeError("this unit has ended: append within its `with` block")
        arrived: dict[str, Fact] = {}
        for fact in facts:  # whatever fails, fails here, before anything is taken
            _merge(arrived, {fact.id: fact})
        _merge(self.added, arrived)


def _merge(kept: dict[str, Fact], added: Mapping[str, Fact]) -> None:
    for fact_id, fact in added.items():
        held = kept.setdefault(fact_id, fact)
        if held is not fact and _precedence(fact) < _precedence(held):
            kept[fact_id] = fact


def _precedence(fact: Fact) -> tuple[object, ...]:
    """Earliest known first; the rest only settles, in any order of appending, which of two equals stays."""
    origin = fact.origin
    return fact.known_at, origin.file or "", origin.row or 0, origin.field or ""
