"""Versions of contacts, companies, deals and campaigns, from their history and as they stand.

What the record is now was known at its last modification, and not before: so a report as of an earlier day
must not read it. Property history says what was known when, and each of its moments gives a version. Of the
time before the first of them one thing is certain, that the record existed: a first version says just that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

import attrs

from smarketing.crm._cells import Convert, text_reader
from smarketing.crm._kinds import columns_of
from smarketing.crm.hubspot._record import Change, Desk, Record
from smarketing.crm.hubspot._shape import Json
from smarketing.crm.hubspot._terms import VERSIONED, Terms, fields_of
from smarketing.crm.hubspot._values import (
    Stamp,
    read_amount,
    read_flag,
    read_fraction,
    read_number,
    read_whole,
)
from smarketing.facts import Fact, Precision
from smarketing.origin import Origin
from smarketing.schema import Column, ColumnType
from smarketing.values import Traits

History = Mapping[str, list[Change]]
Extend = Callable[[dict[str, object], Json, str], None]
"""Adds to the fields of a version what takes more than one property."""

_KEYS = {"contacts": "lead_id", "companies": "account_id", "deals": "deal_id", "campaigns": "campaign_id"}
_AMOUNT = "_minor"


@attrs.frozen(eq=False)
class _Typed:
    """A property that is more than text."""

    name: str
    field: str
    read: Convert


@attrs.frozen(eq=False)
class Versions:
    """Makes the versions of one kind of object; made once for each reading.

    Attributes:
        kind: The kind of object.
        also: Properties that `extend` reads.
        mapped: All properties that make a version.
    """

    desk: Desk
    terms: Terms
    kind: str
    loaded_at: datetime | None
    also: tuple[str, ...]
    extend: Extend | None
    mapped: frozenset[str]
    _texts: tuple[tuple[str, str], ...]
    _typed: tuple[_Typed, ...]
    _amounts: tuple[tuple[str, str], ...]
    _traits: tuple[_Typed, ...]

    @classmethod
    def of(
        cls,
        kind: str,
        terms: Terms,
        desk: Desk,
        loaded_at: datetime | None,
        *,
        also: tuple[str, ...] = (),
        extend: Extend | None = None,
    ) -> Versions:
        """The maker of one kind of object."""
        named, traits = fields_of(terms, kind), terms.traits.get(kind, {})
        columns = columns_of(VERSIONED[kind])
        readers = {name: _reader(columns[field], desk) for name, field in named.items()}
        texts = tuple((name, field) for name, field in named.items() if readers[name] is text_reader)
        amounts = tuple((name, field) for name, field in named.items() if field.endswith(_AMOUNT))
        plain = {*(name for name, _ in texts), *(name for name, _ in amounts)}
        return cls(
            desk,
            terms,
            kind,
            loaded_at,
            also,
            extend,
            frozenset({*named, *traits, *also}),
            texts,
            tuple(_Typed(name, named[name], read) for name, read in readers.items() if name not in plain),
            amounts,
            tuple(_Typed(name, name, _TRAITS[said]) for name, said in sorted(traits.items())),
        )

    def fields(self, state: Json, record: str) -> dict[str, object]:
        """The fields of a version, from what its properties were."""
        found: dict[str, object] = {}
        get, account = state.get, self.desk.account
        for name, field in self._texts:
            if value := get(name):
                if type(value) is not str:
                    value = self.desk.text(state, name, record)
                if text := value.strip():
                    found[field] = text
        for typed in self._typed:
            if raw := self.desk.text(state, typed.name, record):
                value = account.value(typed.read, raw, record, typed.name)
                if value is not None:
                    found[typed.field] = value
        if self._amounts:
            self._add_amounts(found, state, record)
        if self._traits:
            self._add_traits(found, state, record)
        if self.extend is not None:
            self.extend(found, state, record)
        return found

    def _add_amounts(self, found: dict[str, object], state: Json, record: str) -> None:
        currency = found.pop("currency", None)
        currency = currency.upper() if isinstance(currency, str) else self.terms.currency
        for name, field in self._amounts:
            raw = self.desk.text(state, name, record)
            if not raw:
                continue
            if currency is None:
                message = f"{name} has no currency and was left out: say `currency` of the portal"
                self.desk.account.error("no-currency", message, record, name)
                continue
            value = self.desk.account.value(lambda raw: read_amount(raw, currency), raw, record, name)
            if value is not None:
                found[field] = value
                found["currency"] = currency

    def _add_traits(self, found: dict[str, object], state: Json, record: str) -> None:
        traits = {}
        for typed in self._traits:
            raw = self.desk.text(state, typed.name, record)
            value = self.desk.account.value(typed.read, raw, record, typed.name, personal=True)
            if isinstance(value, str | int | float | bool):
                traits[typed.field] = value
        if traits:
            found["traits"] = Traits(traits)

    def read(
        self, record: Record, history: History, origin: Origin, links: Mapping[str, str] | None = None
    ) -> Iterator[Fact]:
        """The versions of one record, earliest first."""
        links = links or {}
        key = {_KEYS[self.kind]: record.id}
        if self.kind != "campaigns" and record.created is not None:
            key |= {"created_at": record.created[0]}  # type: ignore[dict-item]
        previous: dict[str, object] | None = None
        states = list(_states({name: history[name] for name in history if name in self.mapped}))
        first_at = states[0][0] if states else record.modified_at
        if self.kind != "campaigns" and record.created and first_at and record.created[0] < first_at:
            born, precision = record.created
            known_at = max(born, record.entered_at or born)
            if known_at < first_at:
                yield self._version(origin, (born, precision), known_at, {**key, **links})
        for at, state in states:
            fields = self.fields(state, record.id)
            if fields != previous:
                yield self._version(origin, (at, Precision.INSTANT), at, {**key, **links, **fields})
                previous = fields
        last_at = states[-1][0] if states else None
        modified_at = record.modified_at or last_at
        if modified_at is None:
            message = "the record does not say when it was last changed: ask for `updatedAt`"
            self.desk.account.error("undated", message, record.id, "updatedAt")
            return
        fields = self.fields(record.properties, record.id)
        if fields != previous:
            at = max(modified_at, last_at) if last_at else modified_at
            yield self._version(origin, (at, Precision.INSTANT), at, {**key, **links, **fields})

    def _version(
        self, origin: Origin, occurred: Stamp, known_at: datetime, fields: Mapping[str, object]
    ) -> Fact:
        return VERSIONED[self.kind](
            origin=origin,
            occurred_at=occurred[0],
            known_at=known_at,
            precision=occurred[1],
            loaded_at=self.loaded_at,
            **fields,
        )


def _states(history: History) -> Iterator[tuple[datetime, dict[str, object]]]:
    """What the properties were at each moment at which one of them changed."""
    changes: dict[datetime, dict[str, str]] = {}
    for name, entries in history.items():
        for entry in entries:
            changes.setdefault(entry.at, {})[name] = entry.value
    state: dict[str, object] = {}
    for at in sorted(changes):
        state = {**state, **changes[at]}
        yield at, state


def at_moment(history: History, name: str, at: datetime) -> str | None:
    """What a property was at a moment, changes of that very moment included; None if history does not say."""
    found = None
    for change in history.get(name, ()):
        if change.at > at:
            break
        found = change.value
    return found


def turns(changes: Iterable[Change]) -> Iterator[Change]:
    """The changes that change something."""
    previous = None
    for change in changes:
        if change.value != previous:
            yield change
            previous = change.value


def _reader(column: Column, desk: Desk) -> Convert:
    if column.name.endswith("_share"):
        return read_fraction
    return {
        ColumnType.TEXT: text_reader,
        ColumnType.INTEGER: read_whole,
        ColumnType.DAY: desk.read_day,
    }.get(column.type, text_reader)


_TRAITS: Mapping[str, Convert] = {
    "text": text_reader,
    "integer": read_whole,
    "number": read_number,
    "boolean": read_flag,
}
