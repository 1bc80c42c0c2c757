"""The dataset itself: canonical order, no fact twice, every row accounted for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from itertools import groupby, islice
from operator import attrgetter, eq
from typing import TypeVar

import attrs

from smarketing.errors import InvalidFactError, InvalidTermsError
from smarketing.facts import KINDS, Fact
from smarketing.origin import Origin, Problem

F = TypeVar("F", bound=Fact)

_MOMENT = attrgetter("occurred_at")
_RANK: dict[type[Fact], int] = {kind: rank for rank, kind in enumerate(KINDS)}


@attrs.frozen(kw_only=True)
class Reading:
    """The account of one file: what became of each of its rows.

    Attributes:
        file: The file, or "" where the rows came from memory.
        table: The table, or the lookup, that it was read as.
        rows_count: Rows of data; blank lines and the header are none.
        gave_count: Rows that gave at least one fact.
        joined_count: Rows that were read to be looked up in, and give no facts.
        excluded_count: Rows that the mapping leaves out, by a condition that it states.
        refused_count: Rows that gave no fact, each explained by a problem.
        facts_count: Facts by kind, repeated ones included.

    Raises:
        InvalidFactError: The rows do not add up.
    """

    file: str
    table: str
    rows_count: int = 0
    gave_count: int = 0
    joined_count: int = 0
    excluded_count: int = 0
    refused_count: int = 0
    facts_count: Mapping[str, int] = attrs.field(factory=dict[str, int])

    def __attrs_post_init__(self) -> None:
        explained = self.gave_count + self.joined_count + self.excluded_count + self.refused_count
        if explained != self.rows_count:
            what = f"{self.rows_count} rows were read and {explained} are accounted for"
            raise InvalidFactError(f"{self.file or self.table}: {what}")


@attrs.frozen(kw_only=True)
class Export:
    """What a system's export says about all its facts.

    Attributes:
        system: The system of record.
        zone: The time zone whose days its bare dates are.
        exported_at: When it was exported: nothing in it can have happened later.
    """

    system: str
    zone: str = "UTC"
    exported_at: datetime | None = None


def problem_order(problem: Problem) -> tuple[object, ...]:
    """Where problems stand in a list: by place, then by what they say."""
    return (*_place(problem.origin), problem.code, problem.message)


def _place(origin: Origin) -> tuple[str, int, str, str, str, str]:
    row = 0 if origin.row is None else origin.row
    return (origin.file or "", row, origin.field or "", origin.system, origin.table, origin.record)


def _canonical(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Sorted, each once. Most facts have a moment to themselves; the others are asked for more."""
    ordered = sorted(facts, key=_MOMENT)
    moments = list(map(_MOMENT, ordered))
    repeats = [at for at, same in enumerate(map(eq, moments, islice(moments, 1, None))) if same]
    kept: list[Fact] = []
    done = 0
    for start, after in zip(repeats, [*repeats, -1][1:], strict=True):
        if start < done:
            continue
        one, other = ordered[start], ordered[start + 1]
        if after != start + 1 and type(one) is not type(other):  # just two, of two kinds
            if _RANK[type(one)] > _RANK[type(other)]:
                ordered[start], ordered[start + 1] = other, one
            continue
        stop = bisect_right(moments, moments[start], start)
        kept += ordered[done:start]
        kept += _settled(ordered[start:stop])
        done = stop
    return (*kept, *ordered[done:])


def _settled(same: list[Fact]) -> list[Fact]:
    """Facts of one moment, by kind and record; only those that share these too are asked for their ids."""
    kept: list[Fact] = []
    for _, alike in groupby(sorted(same, key=_key), key=_key):
        group = list(alike)
        kept.extend(group if len(group) == 1 else _distinct(group))
    return kept


def _key(fact: Fact) -> tuple[int, str, str, str]:
    origin = fact.origin
    return (_RANK[type(fact)], origin.record, origin.system, origin.table)


def _distinct(same: list[Fact]) -> list[Fact]:
    earliest: dict[str, Fact] = {}
    for fact in sorted(same, key=lambda fact: (fact.known_at, *_place(fact.origin))):
        earliest.setdefault(fact.id, fact)
    return sorted(earliest.values(), key=lambda fact: fact.id)


def _sorted_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=problem_order))


def _sorted_readings(readings: Iterable[Reading]) -> tuple[Reading, ...]:
    return tuple(sorted(readings, key=lambda reading: (reading.file, reading.table)))


def _merged(exports: Iterable[Export]) -> tuple[Export, ...]:
    by_system: dict[str, Export] = {}
    for export in exports:
        known = by_system.setdefault(export.system, export)
        if known.zone != export.zone:
            raise InvalidTermsError(
                f"exports of {export.system!r} were read with two time zones, "
                f"{' and '.join(sorted((known.zone, export.zone)))}: give their mappings the same zone"
            )
        moments = [at for at in (known.exported_at, export.exported_at) if at is not None]
        by_system[export.system] = attrs.evolve(known, exported_at=max(moments, default=None))
    return tuple(by_system[system] for system in sorted(by_system))


@attrs.frozen(kw_only=True)
class Dataset:
    """Facts, the problems met while reading them, and the account of the rows. Iterating gives the facts.

    Attributes:
        facts: Sorted by `occurred_at`, kind and origin; the same fact is there once, as it was first known.
        problems: Sorted by place.
        readings: One for each file and table.
        exports: One for each system that was read.

    Example:
        >>> from datetime import UTC, datetime
        >>> from smarketing.facts import Lead
        >>> lead = Lead(
        ...     origin=Origin(system="crm", table="leads", record="L-1"),
        ...     occurred_at=datetime(2026, 1, 5, tzinfo=UTC), lead_id="L-1",
        ... )
        >>> dataset = Dataset(facts=[lead]) + Dataset(facts=[lead])
        >>> [found.lead_id for found in dataset.of(Lead)]
        ['L-1']
    """

    facts: tuple[Fact, ...] = attrs.field(default=(), converter=_canonical)
    problems: tuple[Problem, ...] = attrs.field(default=(), converter=_sorted_problems)
    readings: tuple[Reading, ...] = attrs.field(default=(), converter=_sorted_readings)
    exports: tuple[Export, ...] = attrs.field(default=(), converter=_merged)

    @cached_property
    def _by_kind(self) -> dict[type[Fact], tuple[Fact, ...]]:
        found: dict[type[Fact], list[Fact]] = {}
        for fact in self.facts:
            found.setdefault(type(fact), []).append(fact)
        return {kind: tuple(facts) for kind, facts in found.items()}

    def of(self, kind: type[F]) -> tuple[F, ...]:
        """The facts of one kind, in order."""
        return self._by_kind.get(kind, ())  # type: ignore[return-value]

    @property
    def kinds(self) -> tuple[type[Fact], ...]:
        """The kinds of which there are facts, in the order of the schema."""
        return tuple(sorted(self._by_kind, key=_RANK.__getitem__))

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.facts)

    def export_of(self, system: str) -> Export:
        """What is known of a system's export; one that says nothing has the days of UTC."""
        return next((export for export in self.exports if export.system == system), Export(system=system))

    def __add__(self, other: Dataset) -> Dataset:
        return Dataset.merge((self, other))

    @classmethod
    def merge(cls, datasets: Iterable[Dataset]) -> Dataset:
        """All datasets as one; the order in which they are given does not matter."""
        given = tuple(datasets)
        return cls(
            facts=[fact for dataset in given for fact in dataset.facts],
            problems=[problem for dataset in given for problem in dataset.problems],
            readings=[reading for dataset in given for reading in dataset.readings],
            exports=[export for dataset in given for export in dataset.exports],
        )
