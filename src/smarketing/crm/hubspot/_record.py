"""One CRM object, taken apart: its id, its clocks, its properties and their history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from operator import attrgetter

import attrs

from smarketing.crm._cells import Fault
from smarketing.crm.hubspot._account import Account
from smarketing.crm.hubspot._shape import (
    Json,
    Linked,
    as_mapping,
    id_at,
    is_true,
    linked,
    mapping_at,
    more_follow,
    part,
)
from smarketing.crm.hubspot._values import Stamp, text_of
from smarketing.facts import Precision

_MODIFIED = ("updatedAt", "updated_at", "hs_lastmodifieddate", "lastmodifieddate")
_CREATED = ("createdAt", "created_at", "hs_createdate", "createdate")
_MOST_KNOWN = 1_000


@attrs.frozen
class Change:
    """One value of a property, from its moment until the next change."""

    at: datetime
    value: str
    source: str | None
    user_id: str | None


@attrs.define(eq=False)  # one is made for each object, and freezing would cost as much as reading
class Record:
    """An object as it stands, read as far as its clocks.

    Attributes:
        id: Its id.
        given: The object itself.
        properties: Its properties as they stand.
        entered_at: When HubSpot created the record.
        created: When it was created, as its own property says; a bare day keeps its precision.
        modified_at: When HubSpot last changed it.
        archived_at: When it was deleted, if it was.
    """

    id: str
    given: Json
    properties: Json
    entered_at: datetime | None
    created: Stamp | None
    modified_at: datetime | None
    archived_at: datetime | None


@attrs.frozen(eq=False)
class Desk:
    """What reading any object takes: the account, and the readers of the portal's days and moments."""

    account: Account
    read_stamp: Callable[[str], Stamp | Fault]
    read_day: Callable[[str], object]
    _known: dict[str, Stamp] = attrs.field(factory=dict[str, Stamp])

    def text(self, properties: Json, name: str, record: str) -> str:
        """A property as text; "" where it is blank, or lost and told."""
        value = properties.get(name)
        if value is None:
            return ""
        if type(value) is str:
            return value.strip()
        found = text_of(value)
        if found is None:
            message = f"a {type(value).__name__} is no property: text, a number, a flag or a date is"
            self.account.error("nested-value", message, record, name)
        return found or ""

    def stamp(self, value: object, record: str, field: str) -> Stamp | None:
        """A moment, or None where there is none; what is wrong is told."""
        known = self._known  # an object says most of its moments more than once
        if type(value) is str:
            if value in known:
                return known[value]
            raw: str | None = value
        else:
            raw = text_of(value)
        if not raw:
            return None
        found = self.read_stamp(raw)
        if type(found) is tuple:
            if len(known) >= _MOST_KNOWN:
                known.clear()
            known[raw] = found
            return found
        if isinstance(found, Fault):
            self.account.kept(found, raw, record, field)
        return None

    def moment(self, value: object, record: str, field: str) -> datetime | None:
        """A moment without its precision."""
        found = self.stamp(value, record, field)
        return found[0] if found is not None else None

    def record(self, given: Json) -> Record | None:
        """The object taken apart; None, and told, where it has no id."""
        said_id, properties = given.get("id"), given.get("properties")
        found = said_id.strip() if type(said_id) is str else ""
        found = found or id_at(given, "id", "hs_object_id", "vid", "companyId", "dealId")
        if not found:
            self.account.error("blank-id", "the object has no id, so nothing can refer to it", "", "id")
            return None
        if type(properties) is not dict:
            properties = mapping_at(given, "properties")
        modified = self._first(given, properties, _MODIFIED, found)
        modified_at = modified[0] if modified is not None else None
        entered = self._first(given, properties, _CREATED, found)
        entered_at = entered[0] if entered is not None else None
        said = properties.get("createdate")
        # The property mostly repeats the clock of the object.
        created = self.stamp(said, found, "createdate") if said and said != given.get("createdAt") else None
        archived_at = None
        archived = given.get("archived")
        if archived is not False and is_true(archived):
            stamp = part(given, "archivedAt", "archived_at")
            archived_at = self.moment(stamp, found, "archivedAt") or modified_at
            if archived_at is None:
                message = "the record is deleted and does not say when: ask for `archivedAt`"
                self.account.error("undated", message, found, "archivedAt")
        if created is None and entered is not None:  # HubSpot's own clock is one of moments
            created = entered if entered[1] is Precision.INSTANT else (entered[0], Precision.INSTANT)
        return Record(found, given, properties, entered_at, created, modified_at, archived_at)

    def _first(self, given: Json, properties: Json, names: tuple[str, ...], record: str) -> Stamp | None:
        """The clock of the object, or else the property that HubSpot keeps of it."""
        for name in names:
            if value := given.get(name) or properties.get(name):
                return self.stamp(value, record, name)
        return None

    def linked(self, record: Record, what: str) -> tuple[Linked, ...]:
        """The records of one kind that it is associated with; told where HubSpot has more of them."""
        page = as_mapping(mapping_at(record.given, "associations").get(what))
        if page is not None and more_follow(page):
            message = f"it is associated with more {what} than came along: ask for the rest of them"
            self.account.doubt("more-associations", message, record.id, f"associations.{what}")
        return linked(record.given, what)

    def history(self, record: Record) -> Mapping[str, list[Change]]:
        """What each property was, oldest first; only of those whose history was asked for."""
        given = mapping_at(record.given, "propertiesWithHistory", "properties_with_history")
        return {name: changes for name in given if (changes := self._changes(given[name], name, record.id))}

    def _changes(self, given: object, name: str, record: str) -> list[Change]:
        # HubSpot lists the newest first; of two changes at one moment the one listed first came last.
        found = list(self._read_changes(given, name, record))
        found.reverse()
        found.sort(key=attrgetter("at"))
        return found

    def _read_changes(self, given: object, name: str, record: str) -> Iterator[Change]:
        for one in given if isinstance(given, list | tuple) else ():
            entry = as_mapping(one)
            stamp = self.moment(entry.get("timestamp"), record, name) if entry is not None else None
            if entry is None or stamp is None:
                if entry is None or not text_of(entry.get("timestamp")):
                    message = "a change of the property has no timestamp and was left out"
                    self.account.error("undated-change", message, record, name)
                continue
            source = part(entry, "sourceType", "source_type", "source")
            yield Change(stamp, text_of(entry.get("value")) or "", text_of(source) or None, _user(entry))


def _user(entry: Json) -> str | None:
    """The user who changed something; a workflow or an import is none."""
    if user := id_at(entry, "updatedByUserId", "updated_by_user_id"):
        return user
    source = id_at(entry, "sourceId", "source_id", "source-id")
    return source.removeprefix("userId:") if source.startswith("userId:") else None
