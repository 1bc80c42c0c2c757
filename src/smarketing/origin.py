"""Where something was said, and what is wrong with it.

An `Origin` names the system, table and record that a fact came from; for messages to people it also
names the file, the row and the field. Only the first three are part of a fact's identity: the same
export read from another folder, or sorted otherwise, is the same fact.

A `Problem` is a fault in someone's data, as a value: a stable code to act on, a sentence to read, and
the origin down to the cell. Reading ten thousand rows ends with the facts *and* the problems.
"""

from __future__ import annotations

from enum import StrEnum

import attrs

__all__ = ["Origin", "Problem", "Severity"]


@attrs.frozen(kw_only=True)
class Origin:
    """The place that a fact, a term or a problem comes from.

    Attributes:
        system: The system of record ("hubspot", "export"), or "" where that means nothing.
        table: The table or object within it ("contacts").
        record: The record's own id within the table.
        file: The file that it was read from, for messages only.
        row: The line of that file, counted from 1 as editors count, for messages only.
        field: The column of a table, or the key path of a document, for messages only.

    Example:
        >>> print(Origin(table="deals", record="D-7", file="deals.csv", row=12, field="won_date"))
        deals.csv, line 12, won_date (deals D-7)
    """

    system: str = ""
    table: str = ""
    record: str = ""
    file: str | None = attrs.field(default=None, eq=False)
    row: int | None = attrs.field(default=None, eq=False)
    field: str | None = attrs.field(default=None, eq=False)

    def __str__(self) -> str:
        line = f"line {self.row}" if self.row is not None else None
        place = ", ".join(part for part in (self.file, line, self.field) if part)
        record = " ".join(part for part in (self.table, self.record) if part)
        if place and record:
            return f"{place} ({record})"
        return place or record or self.system


class Severity(StrEnum):
    """How much a problem matters: an error lost a value or a record, a warning is a doubt about one."""

    ERROR = "error"
    WARNING = "warning"


@attrs.frozen(kw_only=True)
class Problem:
    """A fault in someone's data, as a value.

    Attributes:
        code: Stable and lower-case with hyphens ("impossible-date"); safe to act on in code.
        message: One sentence that says what is wrong and what to do; it quotes no personal data.
        origin: Where.
        severity: An error lost a value or a record; a warning is a doubt, and the value was kept.

    Example:
        >>> origin = Origin(file="leads.csv", row=3)
        >>> print(Problem(code="blank-id", message="the lead has no id", origin=origin))
        error: leads.csv, line 3: the lead has no id [blank-id]
    """

    code: str
    message: str
    origin: Origin = attrs.field(factory=Origin)
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = str(self.origin)
        return f"{self.severity}: {place + ': ' if place else ''}{self.message} [{self.code}]"
