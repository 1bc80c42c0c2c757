"""What every store can do."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from smarketing.facts import Fact


@attrs.frozen(order=True)
class Position:
    """A place in the order of facts: by `occurred_at`, then by id.

    Example:
        >>> from datetime import UTC
        >>> noon = datetime(2026, 1, 3, 12, tzinfo=UTC)
        >>> Position(noon, "0a") < Position(noon, "ff")
        True
    """

    occurred_at: datetime
    fact_id: str

    @classmethod
    def of(cls, fact: Fact) -> Position:
        """The place of a fact."""
        return cls(fact.occurred_at, fact.id)


class Unit(Protocol):
    """One transaction: what it appends is kept when it ends, altogether."""

    def append(self, facts: Iterable[Fact]) -> None:
        """Add facts, each once, however often it is appended, in this unit or before.

        Raises:
            RuntimeError: The unit has ended.
        """
        ...


class Store(Protocol):
    """A place where facts are kept."""

    def unit(self) -> AbstractContextManager[Unit]:
        """One transaction, kept when the `with` block ends, forgotten when it ends in an exception."""
        ...

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
        ...
