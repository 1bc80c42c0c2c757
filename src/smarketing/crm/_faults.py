"""What can be wrong with a mapping as someone wrote it: every fault at once, each with its key path."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from smarketing.crm._cells import AMOUNT_UNITS, Fault
from smarketing.crm._currencies import CURRENCIES
from smarketing.crm._kinds import KIND_NAMES, columns_of, has_traits
from smarketing.crm._readers import constant_value
from smarketing.errors import did_you_mean
from smarketing.facts import Fact
from smarketing.origin import Origin, Problem
from smarketing.schema import Column

if TYPE_CHECKING:
    from smarketing.crm._mapping import Conventions, CrmMapping, FactMapping, Field, TableMapping

TRAIT_TYPES = ("text", "integer", "number", "boolean")
SHARE_UNITS = ("fraction", "percent")
_TRAIT = re.compile(r"[a-z][a-z0-9_]*")


def mapping_faults(mapping: CrmMapping) -> Iterator[Problem]:
    """Every fault of a mapping, with its key path."""
    if not mapping.system.strip():
        yield fault("system", "blank-name", "name the system of record, such as 'hubspot'")
    if mapping.exported_at is not None and mapping.exported_at.tzinfo is None:
        yield fault("exported_at", "naive-time", "give it an offset, or state the `zone` of the export")
    yield from _convention_faults("", mapping.conventions)
    if not mapping.tables:
        yield fault("tables", "no-tables", "a mapping needs at least one table that tells facts")
    yield from _twice("tables", (table.name for table in mapping.tables))
    yield from _twice("lookups", (lookup.name for lookup in mapping.lookups))
    for index, lookup in enumerate(mapping.lookups):
        path = f"lookups[{index}]"
        if not lookup.key:
            yield fault(f"{path}.key", "no-key", "name the column that others refer to")
        if lookup.conventions is not None:
            yield from _convention_faults(f"{path}.", lookup.conventions)
    for index, table in enumerate(mapping.tables):
        yield from _table_faults(f"tables[{index}]", table, mapping)


def fault(path: str, code: str, message: str) -> Problem:
    """A fault of terms: a problem whose origin is a key path."""
    return Problem(code=code, message=message, origin=Origin(field=path))


def _twice(path: str, names: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if not name.strip():
            yield fault(f"{path}[{index}].name", "blank-name", "it needs a name")
        if name in seen:
            yield fault(f"{path}[{index}].name", "name-twice", f"{name!r} is the name of an earlier one")
        seen.add(name)


def _convention_faults(path: str, said: Conventions) -> Iterator[Problem]:
    if said.zone is not None and said.zone not in available_timezones():
        hint = did_you_mean(said.zone, available_timezones()) or ": write one such as 'Europe/Madrid'"
        yield fault(f"{path}zone", "unknown-zone", f"there is no time zone {said.zone!r}{hint}")
    if said.currency is not None and said.currency not in CURRENCIES:
        hint = did_you_mean(said.currency, CURRENCIES)
        yield fault(f"{path}currency", "unknown-currency", f"{said.currency!r} is no ISO 4217 code{hint}")
    if said.decimal not in {".", ","}:
        yield fault(f"{path}decimal", "odd-mark", f"the decimal mark is '.' or ',', not {said.decimal!r}")
    if len(said.thousands) > 1 or said.thousands == said.decimal or said.thousands.isalnum():
        message = (
            f"{said.thousands!r} cannot stand between thousands where {said.decimal!r} is the decimal mark"
        )
        yield fault(f"{path}thousands", "odd-mark", message)
    if said.dates is not None:
        yield from _format_faults(f"{path}dates", said.dates)
    try:
        codecs.lookup(said.encoding)
    except LookupError:
        hint = did_you_mean(said.encoding, ("utf-8", "utf-16", "cp1252", "latin-1"))
        yield fault(f"{path}encoding", "unknown-encoding", f"there is no encoding {said.encoding!r}{hint}")
    if said.delimiter is not None and (len(said.delimiter) != 1 or said.delimiter in '"\r\n'):
        yield fault(
            f"{path}delimiter", "odd-mark", f"{said.delimiter!r} cannot separate cells: one character can"
        )
    if said.max_cell < 1:
        yield fault(f"{path}max_cell", "not-positive", "a cell must be allowed to hold something")


def _format_faults(path: str, text: str) -> Iterator[Problem]:
    missing = [what for what, signs in _NEEDED.items() if not any(sign in text for sign in signs)]
    if missing:
        message = f"{text!r} names no {' and no '.join(missing)}: write one such as '%d/%m/%Y %H:%M'"
        yield fault(path, "odd-format", message)


_NEEDED = {
    "day": ("%d", "%j", "%x", "%c"),
    "month": ("%m", "%b", "%B", "%j", "%x", "%c"),
    "year": ("%Y", "%y"),
}


def _table_faults(path: str, table: TableMapping, mapping: CrmMapping) -> Iterator[Problem]:
    if table.conventions is not None:
        yield from _convention_faults(f"{path}.", table.conventions)
    if not table.facts:
        message = f"{table.name!r} tells no fact: add one such as [tables.lead], or make it a lookup"
        yield fault(path, "no-facts", message)
    said = table.conventions or mapping.conventions
    several = {fact.kind for fact in table.facts if sum(fact.kind == other.kind for other in table.facts) > 1}
    seen: dict[str, int] = {}
    for fact in table.facts:
        position = seen[fact.kind] = seen.get(fact.kind, -1) + 1
        place = f"{path}.{fact.kind}[{position}]" if fact.kind in several else f"{path}.{fact.kind}"
        yield from _fact_faults(place, fact, said, mapping)


def _fact_faults(path: str, fact: FactMapping, said: Conventions, mapping: CrmMapping) -> Iterator[Problem]:
    kind = KIND_NAMES.get(fact.kind)
    if kind is None:
        hint = did_you_mean(fact.kind, KIND_NAMES)
        yield fault(path, "unknown-kind", f"there is no fact {fact.kind!r}{hint}")
        return
    columns = columns_of(kind)
    if fact.undated is not None and said.zone is None:
        yield fault(f"{path}.undated", "naive-time", "a day needs the `zone` in which it begins")
    for name, field in fact.fields.items():
        if name not in columns:
            hint = did_you_mean(name, [*columns, "traits", "when", "undated"])
            message = f"{kind.__name__} has no field {name!r}{hint}: a field of your own is a trait"
            yield fault(f"{path}.{name}", "unknown-field", message)
            continue
        yield from _field_faults(f"{path}.{name}", field, columns[name], mapping)
        yield from _constant_faults(f"{path}.{name}.constant", fact.kind, field, columns[name], said)
    needed = [name for name, column in columns.items() if column.required and name not in fact.fields]
    if "currency" in needed and said.currency is not None:
        needed.remove("currency")
    for name in needed:
        meaning = columns[name].meaning.rstrip(".").lower()
        yield fault(f"{path}.{name}", "missing-field", f"{kind.__name__} needs {name}: {meaning}")
    if kind.SUBJECTS and not needed and not any(name in fact.fields for name in kind.SUBJECTS):
        yield fault(path, "missing-field", f"{kind.__name__} needs {' or '.join(kind.SUBJECTS)}")
    amounts = [name for name in fact.fields if name.endswith("_minor")]
    if amounts and "currency" in columns and "currency" not in fact.fields and said.currency is None:
        message = f"{amounts[0]} needs a currency: map `currency`, or state one for the whole export"
        yield fault(f"{path}.currency", "missing-field", message)
    yield from _trait_faults(f"{path}.traits", fact, kind, mapping)


def _constant_faults(
    path: str, kind: str, field: Field, column: Column, said: Conventions
) -> Iterator[Problem]:
    if field.constant is None:
        return
    value = constant_value(kind, column.name, field, column, said)
    if isinstance(value, Fault):
        message = value.message.replace("{shown}", repr(str(field.constant)))
        yield fault(path, value.code, message)


def _trait_faults(path: str, fact: FactMapping, kind: type[Fact], mapping: CrmMapping) -> Iterator[Problem]:
    if fact.traits and not has_traits(kind):
        yield fault(path, "no-traits", f"{kind.__name__} carries no fields of your own")
    for name, field in fact.traits.items():
        if not _TRAIT.fullmatch(name):
            message = f"{name!r} is no name for a trait: write it in small letters, as 'monthly_revenue'"
            yield fault(f"{path}.{name}", "odd-name", message)
        yield from _field_faults(f"{path}.{name}", field, None, mapping)


def _field_faults(path: str, field: Field, column: Column | None, mapping: CrmMapping) -> Iterator[Problem]:
    given = [name for name in ("column", "first_of", "constant") if getattr(field, name) not in (None, ())]
    if len(given) != 1:
        message = f"state one of column, first_of and constant, not {' and '.join(given) or 'none'}"
        yield fault(path, "one-source", message)
    lookups = {lookup.name for lookup in mapping.lookups}
    if field.lookup is not None and field.lookup not in lookups:
        hint = did_you_mean(field.lookup, lookups) or ": declare it under [[lookups]]"
        yield fault(f"{path}.lookup", "unknown-lookup", f"there is no lookup {field.lookup!r}{hint}")
    if field.take is not None and field.lookup is None:
        yield fault(f"{path}.take", "take-without-lookup", "name the lookup from which it is to be taken")
    if field.format is not None:
        yield from _format_faults(f"{path}.format", field.format)
    if field.type is not None and (column is not None or field.type not in TRAIT_TYPES):
        known = ", ".join(TRAIT_TYPES)
        hint = f"{field.type!r} is none of {known}{did_you_mean(field.type, TRAIT_TYPES)}"
        message = "only traits take a type: a field has its own" if column is not None else hint
        yield fault(f"{path}.type", "odd-type", message)
    if field.unit is not None:
        name = column.name if column is not None else ""
        units = AMOUNT_UNITS if name.endswith("_minor") else SHARE_UNITS if name.endswith("_share") else ()
        if field.unit not in units:
            message = f"the unit is {' or '.join(units)}" if units else "only amounts and shares take a unit"
            yield fault(f"{path}.unit", "odd-unit", f"{message}{did_you_mean(field.unit, units)}")
