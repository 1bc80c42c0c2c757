"""Versions of contacts, companies, deals and campaigns, from their history and as they stand.

What the record is now was known at its last modification, and not before: so a report as of an earlier day
must not read it. Property history says what was known when, and each of its moments gives a version. Of the
time before the first of them one thing is certain, that the record existed: a first version says just that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

import attrs

from smarketing.crm._cells import Convert, shown, text_reader
from smarketing.crm._currencies import CURRENCIES
from smarketing.crm._kinds import columns_of
from smarketing.crm.hubspot._record import Change, Desk, Record
from smarketing.crm.hubspot._shape import Json
from smarketing.crm.hubspot._terms import VERSIONED, Terms, fields_of
from smarketing.crm.hubspot._values import (
    read_amount,
    read_flag,
    read_fraction,
    read_number,
    read_whole,
)
from smarketing.facts import Fact
from smarketing.origin import Origin
from smarketing.schema import Column, ColumnType
from smarketing.values import Traits

History = Mapping[str, list[Change]]
Extend = Callable[[dict[str, object], Json, str], None]
"""Adds to the fields of a version what takes more than one property."""

_KEYS = {"contacts": "lead_id", "companies": "account_id", "deals": "deal_id", "campaigns": "campaign_id"}
_AMOUNT = "_minor"
_NO_FIELDS: Mapping[str, object] = {}
_NO_TRAITS = Traits()
_MOST_SHAPES = 1_000
_stripped: Callable[[Any], str] = str.strip  # refuses what is no text
OPT_OUT = re.compile(r"hs_email_optout(_\d+)?", re.ASCII)
"""The properties that say whether a contact opted out, of all e-mail or of one subscription."""


@attrs.frozen(eq=False)
class Typed:
    """A property that is more than text."""

    name: str
    field: str
    read: Convert


@attrs.frozen(kw_only=True)
class Shape:
    """The part of a mapping that concerns objects with certain properties."""

    take: Callable[[Json], tuple[object, ...]]
    texts: tuple[tuple[str, str], ...]
    text_fields: tuple[str, ...]
    typed: tuple[Typed, ...]
    amounts: tuple[tuple[str, str], ...]
    traits: tuple[Typed, ...]
    stage_dates: tuple[tuple[str, str], ...]
    opt_outs: tuple[str, ...]


@attrs.frozen(eq=False)
class Versions:
    """Makes the versions of one kind of object; made once for each reading.

    Attributes:
        kind: The kind of object.
        fact: What a version of it is.
        key: The field that names it.
        also: Properties that `extend` reads.
        mapped: All properties that make a version.
        names: All properties that any object had so far.
    """

    desk: Desk
    terms: Terms
    kind: str
    fact: type[Fact]
    key: str
    loaded_at: datetime | None
    also: tuple[str, ...]
    extend: Extend | None
    mapped: frozenset[str]
    _texts: tuple[tuple[str, str], ...]
    _typed: tuple[Typed, ...]
    _amounts: tuple[tuple[str, str], ...]
    _traits: tuple[Typed, ...]
    _currencies: tuple[str, ...]
    names: set[str] = attrs.field(factory=set[str])
    _shapes: dict[tuple[str, ...], Shape] = attrs.field(factory=dict[tuple[str, ...], Shape])

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
            VERSIONED[kind],
            _KEYS[kind],
            loaded_at,
            also,
            extend,
            frozenset({*named, *traits, *also}),
            texts,
            tuple(Typed(name, named[name], read) for name, read in readers.items() if name not in plain),
            amounts,
            tuple(Typed(name, name, _TRAITS[said]) for name, said in sorted(traits.items())),
            tuple(name for name, field in named.items() if field == "currency"),
        )

    def lasting(self, record: Record, history: History) -> dict[str, str]:
        """What holds at every moment of the record: its currency, if the history of it was not asked for.

        Amounts of the past would else be read as the portal's own currency, and be wrong by the rate.
        """
        found = {name: self.desk.text(record.properties, name, record.id) for name in self._currencies}
        return {name: code for name, code in found.items() if code and name not in history}

    def fields(
        self,
        state: Json,
        record: str,
        key: Mapping[str, object] = _NO_FIELDS,
        shape: Shape | None = None,
    ) -> dict[str, object]:
        """The fields of a version, from what its properties were, on top of those that never change."""
        shape = self.shape(state) if shape is None else shape
        account, text_at = self.desk.account, self.desk.text
        found = dict(key)
        try:  # mostly all are text or blank, and that is looked at quickly
            for field, given in zip(shape.text_fields, shape.take(state), strict=True):
                if given is not None and (text := _stripped(given)):
                    found[field] = text
        except TypeError:
            found = dict(key)
            for name, field in shape.texts:
                if text := text_at(state, name, record):
                    found[field] = text
        for typed in shape.typed:
            if raw := text_at(state, typed.name, record):
                value = account.value(typed.read, raw, record, typed.name)
                if value is not None:
                    found[typed.field] = value
        if shape.amounts:
            self._add_amounts(found, state, record, shape.amounts)
        if shape.traits:
            self._add_traits(found, state, record, shape.traits)
        if self.extend is not None:
            self.extend(found, state, record)
        return found

    def shape(self, state: Json) -> Shape:
        """What of the mapping concerns an object, found once for all that have the same properties."""
        names = tuple(state)
        shape = self._shapes.get(names)
        if shape is None:
            given = frozenset(names)
            self.names.update(given)
            if len(self._shapes) >= _MOST_SHAPES:
                self._shapes.clear()
            texts = tuple(pair for pair in self._texts if pair[0] in given)
            shape = self._shapes[names] = Shape(
                take=_taking([name for name, _ in texts]),
                texts=texts,
                text_fields=tuple(field for _, field in texts),
                typed=tuple(typed for typed in self._typed if typed.name in given),
                amounts=tuple(pair for pair in self._amounts if pair[0] in given),
                traits=tuple(typed for typed in self._traits if typed.name in given),
                stage_dates=tuple(
                    (name, stage) for name, stage in sorted(self.terms.stage_dates.items()) if name in given
                ),
                opt_outs=tuple(sorted(name for name in given if OPT_OUT.fullmatch(name))),
            )
        return shape

    def _add_amounts(
        self, found: dict[str, object], state: Json, record: str, amounts: Iterable[tuple[str, str]]
    ) -> None:
        currency = found.pop("currency", None)
        currency = currency.upper() if isinstance(currency, str) else self.terms.currency
        for name, field in amounts:
            raw = self.desk.text(state, name, record)
            if not raw:
                continue
            if currency is None:
                message = f"{name} has no currency and was left out: say `currency` of the portal"
                self.desk.account.error("no-currency", message, record, name)
                continue
            if currency not in CURRENCIES:
                said = shown(currency, personal=False)
                message = f"{name} was left out: its currency, {said}, is no ISO 4217 code"
                self.desk.account.error("unknown-currency", message, record, name)
                continue
            value = self.desk.account.value(lambda raw: read_amount(raw, currency), raw, record, name)
            if value is not None:
                found[field] = value
                found["currency"] = currency

    def _add_traits(self, found: dict[str, object], state: Json, record: str, given: Iterable[Typed]) -> None:
        traits = {}
        for typed in given:
            raw = self.desk.text(state, typed.name, record)
            value = self.desk.account.value(typed.read, raw, record, typed.name, personal=True)
            if isinstance(value, str | int | float | bool):
                traits[typed.field] = value
        if traits:
            found["traits"] = Traits(traits)

    def read(
        self,
        record: Record,
        history: History,
        origin: Origin,
        *,
        links: Mapping[str, str] | None = None,
        shape: Shape | None = None,
    ) -> list[Fact]:
        """The versions of one record, earliest first."""
        key: dict[str, object] = {
            "origin": origin,
            "loaded_at": self.loaded_at,
            self.key: record.id,
            "traits": _NO_TRAITS,
        }
        if self.kind != "campaigns" and record.created is not None:
            key["created_at"] = record.created[0]
        if links:
            key |= links
        found: list[Fact] = []
        states = states_of(history, self.mapped, self.lasting(record, history)) if history else []
        last_at = states[-1][0] if states else None
        first_at = states[0][0] if states else record.modified_at
        if first_at and (born := self._born(record, first_at, key)) is not None:
            found.append(born)
        previous: dict[str, object] | None = None
        for at, state in states:
            fields = self.fields(state, record.id, key)
            if fields != previous:
                found.append(self._version(at, fields))
                previous = fields
        at_last = record.modified_at or last_at
        if at_last is None:
            message = "the record does not say when it was last changed: ask for `updatedAt`"
            self.desk.account.error("undated", message, record.id, "updatedAt")
            return found
        fields = self.fields(record.properties, record.id, key, shape)
        if fields != previous:
            at = at_last if last_at is None else max(at_last, last_at)
            found.append(self._version(at, fields))
        return found

    def _born(self, record: Record, first_at: datetime, key: Mapping[str, Any]) -> Fact | None:
        """That the record existed before anything else is known of it."""
        if record.created is None or self.kind == "campaigns":
            return None
        born_at, precision = record.created
        known_at = max(born_at, record.entered_at or born_at)
        if known_at >= first_at:
            return None
        return self.fact(occurred_at=born_at, known_at=known_at, precision=precision, **key)

    def _version(self, at: datetime, fields: Mapping[str, Any]) -> Fact:
        return self.fact(occurred_at=at, known_at=at, **fields)


def states_of(
    history: History, mapped: frozenset[str], lasting: Mapping[str, object]
) -> list[tuple[datetime, dict[str, object]]]:
    """What the mapped properties were at each moment at which one of them changed, beside what never does."""
    changes: dict[datetime, dict[str, str]] = {}
    for name, entries in history.items():
        if name in mapped:
            for entry in entries:
                changes.setdefault(entry.at, {})[name] = entry.value
    found: list[tuple[datetime, dict[str, object]]] = []
    state: dict[str, object] = {**lasting}
    for at in sorted(changes):
        state = {**state, **changes[at]}
        found.append((at, state))
    return found


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


def _taking(names: Sequence[str]) -> Callable[[Json], tuple[object, ...]]:
    """What gives the values of the names, whatever their number."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda state: tuple(state[name] for name in names)


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
