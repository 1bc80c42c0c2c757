"""What every store can do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol, TypeAlias

import attrs

from smarketing.errors import StaleRevisionError

if TYPE_CHECKING:
    from smarketing.facts import Fact
    from smarketing.stores._erasing import Erasure, Subject

Cell: TypeAlias = str | int | float | bool | date | None
"""What a column of a batch holds: instants as microseconds in UTC, shares in ppm, traits as JSON text."""

Batch: TypeAlias = Mapping[str, Sequence[Cell]]
"""Some rows of a table, column by column; all columns are equally long."""


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


@attrs.frozen
class Appended:
    """What became of facts that were appended.

    Attributes:
        new_count: Facts that the store did not hold.
        known_count: Facts that it held already, or that were given more than once.
    """

    new_count: int = 0
    known_count: int = 0

    def __add__(self, other: Appended) -> Appended:
        return Appended(self.new_count + other.new_count, self.known_count + other.known_count)


@attrs.frozen(kw_only=True)
class StoredAgreement:
    """One revision of an agreement, as the text that somebody wrote.

    Attributes:
        name: Which agreement; a company may keep several.
        revision: Counted from 1 for each name.
        effective_from: The day from which its terms are in force.
        text: The document.
    """

    name: str
    revision: int
    effective_from: date
    text: str


def stale(name: str, expected: int, found: int) -> StaleRevisionError:
    return StaleRevisionError(
        f"the agreement {name!r} is at revision {found}, not {expected}: somebody has written it meanwhile. "
        "Read it again, put your change into it, and expect that revision"
    )


class Unit(Protocol):
    """One transaction: what it does is kept when it ends, altogether."""

    def append(self, facts: Iterable[Fact]) -> Appended:
        """Add facts, each once, however often it is appended, in this unit or before.

        Of a fact that is held already, the earliest `known_at` stays. When the facts cannot be read to
        their end, none of them is added.

        Raises:
            RuntimeError: The unit has ended.
            StoreError: The store failed; nothing of the unit will be kept.
        """
        ...

    def put_agreement(
        self, name: str, text: str, *, effective_from: date, expected_revision: int
    ) -> StoredAgreement:
        """Keep a further revision of an agreement; the earlier ones stay.

        Args:
            name: Which agreement.
            text: The document.
            effective_from: The day from which its terms are in force.
            expected_revision: The revision that the writer has read last; 0 for a new agreement.

        Raises:
            StaleRevisionError: Somebody else has written a revision meanwhile.
        """
        ...

    def erase(self, subject: Subject, *, at: datetime, asked_by: str) -> Erasure:
        """Remove somebody from the facts, and keep a record that it was done.

        A fact that says nothing without them is removed. Any other (a deal that came from them, a lead that
        they referred) stays, without their name. What the record says holds no personal data, if `asked_by`
        is a request's number or a role.

        Args:
            subject: Whom or what.
            at: When it is done.
            asked_by: Who answers for it.
        """
        ...


class Store(Protocol):
    """A place where facts are kept."""

    def unit(self) -> AbstractContextManager[Unit]:
        """One transaction, kept when the `with` block ends, forgotten when it ends in an exception.

        Units are taken in turn: another thread or process waits until this one has ended.

        Raises:
            RuntimeError: This thread has a unit of this store open already.
            StoreError: The store failed, now or when the unit was to be kept; try it again.
        """
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

    def facts_by_id(self, fact_ids: Iterable[str], *, kind: type[Fact] | None = None) -> tuple[Fact, ...]:
        """The facts that have these ids, in order, each once; ids that are not held are left out.

        Args:
            fact_ids: Such as a trace names.
            kind: Only facts of this class; whoever knows it spares the store to look for others.
        """
        ...

    def batches(
        self,
        table: str,
        *,
        columns: Sequence[str] | None = None,
        size: int = 10_000,
        as_of: datetime | None = None,
    ) -> Iterator[Batch]:
        """The rows of a table in order, column by column, without making facts of them.

        Args:
            table: A table of `smarketing.schema.TABLES`; those of lines have rows of their own.
            columns: Its columns, and `traits` (JSON text) where facts have them; by default all.
            size: Rows per batch, at most.
            as_of: Only facts that count as of this instant; retractions are facts among others.

        Raises:
            UnknownNameError: There is no such table or column.
        """
        ...

    def agreements(self, name: str | None = None) -> tuple[StoredAgreement, ...]:
        """Every revision of every agreement, or of one, by name and revision."""
        ...

    def erasures(self) -> tuple[Erasure, ...]:
        """The record of what was erased, by time."""
        ...
