"""Lookups: tables that say more about a key (a product, a seller, an account), joined cell by cell."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from smarketing.crm._cells import Convert, doubt, shown
from smarketing.crm._mapping import Conventions, CrmMapping, Field, Lookup
from smarketing.crm._sheet import Sheet, Wanted
from smarketing.crm._tally import Tally
from smarketing.errors import did_you_mean
from smarketing.text import fold


@attrs.frozen
class Joined:
    """A lookup with its rows; `rows` is None where its file was not given."""

    name: str
    rows: Mapping[str, Mapping[str, str]] | None
    words: Mapping[str, str]

    def reader(self, field: Field, *, personal: bool) -> Convert:
        """From the cell of a key to what the lookup knows of it.

        A key that it does not know is a doubt: the key itself is kept as it stands, and what would be taken
        from its row stays unknown.
        """
        rows, take = self.rows, field.take
        aliases = {fold(word): key for word, key in self.words.items()}

        def read(raw: str) -> object:
            key = raw if rows is None or raw in rows else aliases.get(fold(raw), raw)
            if rows is None:
                return raw if take is None else None
            found = rows.get(key)
            if found is None:
                hint = did_you_mean(raw, rows) if not personal else ""
                message = (
                    f"{shown(raw, personal=personal)} is not in {self.name}{hint}: it was kept as it stands"
                )
                return doubt("not-in-lookup", message, raw if take is None else None)
            return key if take is None else found[take] or None

        return read


def taken_columns(mapping: CrmMapping, lookup: Lookup) -> tuple[str, ...]:
    """The columns of a lookup that any field takes, its key first."""
    found = {lookup.key: None}
    for table in mapping.tables:
        for fact in table.facts:
            for _, field in fact.all_fields:
                if field.lookup == lookup.name and field.take is not None:
                    found[field.take] = None
    return tuple(found)


def read_lookup(lookup: Lookup, sheet: Sheet, said: Conventions, tally: Tally) -> dict[str, dict[str, str]]:
    """The rows of a lookup by key; of two with one key the first counts, and the other is a problem."""
    blank = {"", *said.blank}
    places = {name: sheet.columns.index(name) for name in sheet.columns}
    at = places[lookup.key]
    found: dict[str, dict[str, str]] = {}
    for row, cells in sheet.rows:
        stripped = [text if (text := cell.strip()) not in blank else "" for cell in cells]
        key = stripped[at]
        if not key:
            tally.refuse(
                "blank-id", f"the row has no {lookup.key}, so nothing can refer to it", row, lookup.key
            )
            continue
        said_here = {name: stripped[place] for name, place in places.items()}
        if found.setdefault(key, said_here) != said_here:
            message = (
                f"{shown(key, personal=False)} is in {lookup.name} twice, and not the same: the first counts"
            )
            tally.refuse("duplicate-key", message, row, lookup.key)
            continue
        tally.rows_count += 1
        tally.joined_count += 1
    return found


def lookup_wanted(mapping: CrmMapping, lookup: Lookup) -> Wanted:
    """What is read of a lookup's file."""
    return Wanted(columns=taken_columns(mapping, lookup), ignore=lookup.ignore)


def missing_lookup(lookup: Lookup, system: str) -> Tally:
    """The account of a lookup of which no file was given."""
    tally = Tally(system=system, table=lookup.name)
    message = f"no file of the lookup {lookup.name!r} was given: what it would say stays unknown"
    tally.warning("lookup-absent", message, tally.origin(None))
    return tally
