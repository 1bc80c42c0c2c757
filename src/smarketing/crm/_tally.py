"""Keeping count while a file is read: what became of each row, and what was wrong with it.

An **error** lost a value or a row, so each has a problem of its own, down to the cell. A **doubt** kept the
value; an export repeats its doubtful words thousands of times, so each distinct value of a column is told
once, at the first row that has it, with the number of rows.
"""

from __future__ import annotations

from collections import Counter

import attrs

from smarketing.dataset import Reading
from smarketing.origin import Origin, Problem, Severity


@attrs.define
class _Doubt:
    problem: Problem
    last_row: int | None
    rows_count: int = 1


@attrs.define(kw_only=True)
class Tally:
    """The account of one file as it grows."""

    system: str
    table: str
    file: str = ""
    rows_count: int = 0
    gave_count: int = 0
    joined_count: int = 0
    excluded_count: int = 0
    refused_count: int = 0
    facts_count: Counter[str] = attrs.field(factory=Counter[str])
    problems: list[Problem] = attrs.field(factory=list[Problem])
    errors_count: int = 0
    _doubts: dict[tuple[str, str, str], _Doubt] = attrs.field(factory=dict[tuple[str, str, str], _Doubt])

    def origin(self, row: int | None, field: str | None = None, record: str = "") -> Origin:
        """A place in this file."""
        return Origin(
            system=self.system, table=self.table, record=record, file=self.file or None, row=row, field=field
        )

    def error(self, code: str, message: str, origin: Origin) -> None:
        """A value or a record was lost."""
        self.errors_count += 1
        self.problems.append(Problem(code=code, message=message, origin=origin))

    def warning(self, code: str, message: str, origin: Origin) -> None:
        """One place is doubtful, and was kept."""
        self.problems.append(Problem(code=code, message=message, origin=origin, severity=Severity.WARNING))

    def doubt(self, code: str, message: str, origin: Origin, raw: str) -> None:
        """A value that may come again is doubtful, and was kept."""
        key = (code, origin.field or "", raw)
        known = self._doubts.get(key)
        if known is None:
            problem = Problem(code=code, message=message, origin=origin, severity=Severity.WARNING)
            self._doubts[key] = _Doubt(problem, origin.row)
        elif known.last_row != origin.row:
            known.last_row = origin.row
            known.rows_count += 1

    def refuse(self, code: str, message: str, row: int, field: str | None = None) -> None:
        """A row gives nothing, because it cannot be read as a row."""
        self.rows_count += 1
        self.refused_count += 1
        self.error(code, message, self.origin(row, field))

    def skip(self, code: str, message: str, row: int) -> None:
        """A row gives nothing, and nothing seems to be lost with it."""
        self.rows_count += 1
        self.refused_count += 1
        self.warning(code, message, self.origin(row))

    def told(self) -> list[Problem]:
        """All problems, the doubts with the number of rows that they concern."""
        return self.problems + [
            attrs.evolve(
                one.problem, message=f"{one.problem.message} ({one.rows_count:,} rows, the first is here)"
            )
            if one.rows_count > 1
            else one.problem
            for one in self._doubts.values()
        ]

    def reading(self) -> Reading:
        """The finished account."""
        return Reading(
            file=self.file,
            table=self.table,
            rows_count=self.rows_count,
            gave_count=self.gave_count,
            joined_count=self.joined_count,
            excluded_count=self.excluded_count,
            refused_count=self.refused_count,
            facts_count=dict(sorted(self.facts_count.items())),
        )
