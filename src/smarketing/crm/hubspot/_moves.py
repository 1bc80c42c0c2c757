"""What property history tells of people and deals: stages, owners, answers, consents, merges.

Each function takes what is true of contacts and deals alike: a `Telling` knows whom its facts are about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

import attrs

from smarketing.crm.hubspot._record import Change, Desk, Record
from smarketing.crm.hubspot._terms import Terms
from smarketing.crm.hubspot._values import Stamp
from smarketing.crm.hubspot._versions import History, turns
from smarketing.facts import Assigned, Fact, Precision, Retracted, StageEntered
from smarketing.origin import Origin

F = TypeVar("F", bound=Fact)


@attrs.define(eq=False)  # one is made for each object
class Telling:
    """One record about which facts are told.

    Attributes:
        subject: The field that names it, and its id.
    """

    desk: Desk
    terms: Terms
    record: Record
    history: History
    origin: Origin
    subject: Mapping[str, str]
    loaded_at: datetime | None
    _always: Mapping[str, Any] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._always = {"origin": self.origin, "loaded_at": self.loaded_at, **self.subject}

    def fact(self, kind: type[F], stamp: Stamp, /, *, known_at: datetime | None = None, **fields: Any) -> F:
        """A fact about the record."""
        at, precision = stamp
        known_at = at if known_at is None else max(known_at, at)
        return kind(occurred_at=at, known_at=known_at, precision=precision, **self._always, **fields)

    def changed(self, kind: type[F], change: Change, /, **fields: Any) -> F:
        """A fact that a change of a property tells."""
        return self.fact(kind, (change.at, Precision.INSTANT), **fields)

    def by(self, change: Change) -> str | None:
        """Who changed it."""
        return self.terms.by(change.user_id)

    def error(self, code: str, message: str, field: str) -> None:
        """Something of this record was lost."""
        self.desk.account.error(code, message, self.record.id, field)

    def unknown(self, what: str, raw: str, known: Iterable[str], otherwise: str, field: str) -> None:
        """A word of this record that nobody knows."""
        self.desk.account.unknown(what, raw, known, self.record.id, field, otherwise=otherwise)

    def current(self, name: str) -> str:
        """A property as it stands."""
        return self.desk.text(self.record.properties, name, self.record.id)

    def stamp(self, name: str) -> Stamp | None:
        """A property as it stands, as a moment."""
        return self.desk.stamp(self.record.properties.get(name), self.record.id, name)

    def dated(self, *names: str) -> Stamp | None:
        """The first of several properties that is a moment."""
        return next((found for name in names if (found := self.stamp(name)) is not None), None)

    def stages_entered(self, entries: Iterable[tuple[Change, str | None]]) -> Iterator[StageEntered]:
        """Entries into named stages; a stage that is entered again without having been left is one entry.

        Args:
            entries: Each change with its stage: "" where the record was in none from then on, None where
                nobody knows.
        """
        previous: str | None = ""
        for change, stage in entries:
            if stage and stage != previous:
                yield self.changed(
                    StageEntered, change, stage=stage, by_id=self.by(change), reason=change.source
                )
            previous = previous if stage is None else stage

    def assignments(self) -> Iterator[Assigned]:
        """Whom it was given to; a blank is nobody."""
        name = "hubspot_owner_id"
        if name in self.history:
            for change in turns(self.history[name]):
                yield self.changed(
                    Assigned,
                    change,
                    owner_id=change.value or None,
                    team=self.terms.teams.get(change.value),
                    by_id=self.by(change),
                )
        elif (owner := self.current(name)) and (stamp := self.stamp("hubspot_owner_assigneddate")):
            yield self.fact(Assigned, stamp, owner_id=owner, team=self.terms.teams.get(owner))

    def retraction(self, table: str) -> Iterator[Retracted]:
        """That the record was deleted."""
        if (at := self.record.archived_at) is not None:
            yield retracted(self, table, self.record.id, at, "archived")

    def merged_away(self, table: str, other: str, at: datetime) -> Retracted:
        """A record that was merged into this one lives on in it, and stands for itself no longer."""
        return retracted(self, table, other, at, f"merged into {self.record.id}")

    def all_merged_away(self, table: str) -> Iterator[Retracted]:
        """All records that were merged into this one."""
        for other, at in merged(self).items():
            yield self.merged_away(table, other, at)


def retracted(telling: Telling, table: str, record: str, at: datetime, reason: str) -> Retracted:
    """That all versions of a record no longer stand."""
    if record == telling.record.id:
        # A deleted record that is changed is deleted still; a version known later would bring it back.
        at = max(at, telling.record.modified_at or at)
    return Retracted(
        origin=telling.origin,
        occurred_at=at,
        loaded_at=telling.loaded_at,
        retracted_table=table,
        retracted_record=record,
        reason=reason,
    )


def may_be_merged(record: Record) -> bool:
    """Whether a record says now that others were merged into it."""
    properties = record.properties
    return bool(properties.get("hs_merged_object_ids") or properties.get("hs_calculated_merged_vids"))


def merged(telling: Telling) -> dict[str, datetime]:
    """The ids that were merged into the record, with the moment at which each first was."""
    found: dict[str, datetime] = {}
    for pair in filter(None, telling.current("hs_calculated_merged_vids").split(";")):
        other, _, stamp = pair.partition(":")
        at = telling.desk.moment(stamp, telling.record.id, "hs_calculated_merged_vids")
        if at is not None and other.strip() not in found:
            found[other.strip()] = at
    for change in telling.history.get("hs_merged_object_ids", ()):
        for other in _ids(change.value):
            found.setdefault(other, change.at)
    for other in _ids(telling.current("hs_merged_object_ids")):
        if other in found:
            continue
        if telling.record.modified_at is not None:
            found[other] = telling.record.modified_at
    found.pop(telling.record.id, None)
    return found


def _ids(text: str) -> list[str]:
    return [one for part in text.split(";") if (one := part.strip())]
