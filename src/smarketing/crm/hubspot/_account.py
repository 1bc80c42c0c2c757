"""The account of one reading: what became of each object, and what was wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import attrs

from smarketing.crm._cells import Convert, Fault, shown
from smarketing.dataset import Reading
from smarketing.errors import did_you_mean
from smarketing.origin import Origin, Problem, Severity


@attrs.define(kw_only=True)
class Account:
    """Problems and counts as they grow; each problem is told once, however often the value comes."""

    system: str
    table: str
    gave_count: int = 0
    excluded_count: int = 0
    refused_count: int = 0
    facts_count: Counter[str] = attrs.field(factory=Counter[str])
    problems_by_key: dict[tuple[str, str, str, str], Problem] = attrs.field(
        factory=dict[tuple[str, str, str, str], Problem]
    )

    def origin(self, record: str = "", field: str | None = None) -> Origin:
        """A place in this table."""
        return Origin(system=self.system, table=self.table, record=record, field=field)

    def error(self, code: str, message: str, record: str, field: str | None = None) -> None:
        """A value or a record was lost."""
        self._tell(code, message, record, field, Severity.ERROR)

    def doubt(self, code: str, message: str, record: str, field: str | None = None) -> None:
        """A value is doubtful, and was kept."""
        self._tell(code, message, record, field, Severity.WARNING)

    def _tell(self, code: str, message: str, record: str, field: str | None, severity: Severity) -> None:
        key = (code, message, record, field or "")
        if key not in self.problems_by_key:
            self.problems_by_key[key] = Problem(
                code=code, message=message, origin=self.origin(record, field), severity=severity
            )

    def unknown(
        self, what: str, raw: str, known: Iterable[str], record: str, field: str, *, otherwise: str = ""
    ) -> None:
        """A word that nobody knows, with the nearest that somebody does, or else what to do."""
        hint = did_you_mean(raw[:60], known) or otherwise
        self.error(
            "unknown-word", f"{shown(raw, personal=False)} is no {what} known here{hint}", record, field
        )

    def value(self, read: Convert, raw: str, record: str, field: str, *, personal: bool = False) -> object:
        """The value of a text, or None where it is blank or lost; what is wrong is told."""
        if not raw:
            return None
        found = read(raw)
        return self.kept(found, raw, record, field, personal=personal) if isinstance(found, Fault) else found

    def kept(self, fault: Fault, raw: str, record: str, field: str, *, personal: bool = False) -> object:
        """Tell a fault; the value that was kept in doubt, or None."""
        message = fault.message.replace("{shown}", shown(raw, personal=personal))
        self._tell(fault.code, message, record, field, fault.severity)
        return fault.value if fault.severity is Severity.WARNING else None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that was told."""
        return tuple(self.problems_by_key.values())

    def reading(self) -> Reading:
        """The finished account."""
        return Reading(
            file="",
            table=self.table,
            rows_count=self.gave_count + self.excluded_count + self.refused_count,
            gave_count=self.gave_count,
            excluded_count=self.excluded_count,
            refused_count=self.refused_count,
            facts_count=dict(sorted(self.facts_count.items())),
        )
