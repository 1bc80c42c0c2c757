"""HubSpot's tables in a warehouse: a mapping for `read_files`, and the reason for all that it leaves out."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

import attrs

from smarketing.crm._load import load_mapping
from smarketing.crm._mapping import CrmMapping, FactMapping, TableMapping
from smarketing.errors import UnknownNameError, did_you_mean

_ANY = "EUR"


def warehouse_ignored() -> Mapping[str, Mapping[str, str]]:
    """Why each column that no fact takes is left out: by table, the column (or a pattern) and the reason.

    The table "*" speaks of every table, the column "*" of every column.

    Example:
        >>> ignored = warehouse_ignored()
        >>> ignored["ticket"]["*"], ignored["email_event_click"]["ip_address"]
        ('service, after the sale', 'personal')
    """
    said = tomllib.loads(_text("warehouse_ignored.toml"))
    whole = {table: {"*": reason} for table, reason in said["tables"].items()}
    return MappingProxyType({**whole, **said["columns"]})


def warehouse_mapping(*, currency: str | None = None, dates: Mapping[str, str] | None = None) -> CrmMapping:
    """The mapping of HubSpot's tables as Fivetran and its like replicate them, for `read_files`.

    The files are named after the tables (`contact.csv`, `deal_stage.jsonl`, …). In place of a contact, e-mail
    events name the recipient's address: it stands as a profile, which a `ProfilesLinked` ties to the contact.

    Args:
        currency: ISO 4217 code of amounts, which the tables do not state; without it they are left out.
        dates: By table, the format of its times, as `strptime` takes it, where they are not ISO 8601.

    Raises:
        InvalidTermsError: The currency or a format cannot be used.
        UnknownNameError: A format is given for a table that is not read.

    Example:
        >>> mapping = warehouse_mapping(currency="EUR")
        >>> len(mapping.tables), [table.name for table in mapping.tables][:2]
        (13, ['contact', 'contact_property_history'])
    """
    # A JSON string is a TOML string as well; amounts without a currency are taken out again below.
    plain = load_mapping(f"currency = {json.dumps(currency or _ANY)}\n{_text('warehouse.toml')}")
    formats = dict(dates or {})
    names = [table.name for table in plain.tables]
    for name in formats:
        if name not in names:
            raise UnknownNameError(f"the mapping reads no table {name!r}{did_you_mean(name, names)}")
    ignored = warehouse_ignored()
    everywhere = tuple(ignored["*"])

    def complete(table: TableMapping) -> TableMapping:
        said = table.conventions or plain.conventions
        if table.name in formats:
            said = attrs.evolve(said, dates=formats[table.name])
        ignore = (*everywhere, *ignored.get(table.name, {}))
        facts = table.facts
        if currency is None:
            said = attrs.evolve(said, currency=None)
            facts = tuple(map(_without_amounts, facts))
            ignore += tuple(column for column in table.columns if column not in _columns(table, facts))
        return attrs.evolve(table, conventions=said, facts=facts, ignore=ignore)

    return attrs.evolve(
        plain,
        conventions=attrs.evolve(plain.conventions, currency=currency),
        tables=tuple(complete(table) for table in plain.tables),
        lookups=tuple(
            attrs.evolve(one, ignore=(*everywhere, *ignored.get(one.name, {}))) for one in plain.lookups
        ),
        ignore=tuple(
            pattern
            for table, columns in ignored.items()
            if "*" in columns
            for pattern in (f"{table}.*", f"{table}_data.*")
        ),
    )


def _without_amounts(fact: FactMapping) -> FactMapping:
    kept = {name: field for name, field in fact.fields.items() if not name.endswith("_minor")}
    return attrs.evolve(fact, fields=kept)


def _columns(table: TableMapping, facts: tuple[FactMapping, ...]) -> tuple[str, ...]:
    return attrs.evolve(table, facts=facts).columns


def _text(name: str) -> str:
    return files("smarketing.crm.hubspot").joinpath(name).read_text(encoding="utf-8")
