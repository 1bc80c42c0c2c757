"""Which conversion each field of a fact takes: its type is the schema's, the rest the mapping's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from smarketing.crm._cells import (
    Convert,
    amount_reader,
    choice_reader,
    converted,
    currency_reader,
    flag_reader,
    number_reader,
    share_reader,
    text_reader,
    whole_reader,
)
from smarketing.crm._stamps import day_reader, stamp_reader
from smarketing.facts import CustomerState, Outcome, SpendBasis, Verdict
from smarketing.schema import Column, ColumnType
from smarketing.values import Points, Share

if TYPE_CHECKING:
    from smarketing.crm._mapping import Conventions, Field

CHOICES: Mapping[tuple[str, str], type[StrEnum]] = {
    ("deal_closed", "outcome"): Outcome,
    ("customer_health", "state"): CustomerState,
    ("sales_feedback", "verdict"): Verdict,
    ("spend", "basis"): SpendBasis,
}
"""Fields that hold one of a closed list of words, by the fact's key and their own name."""


CLOCKS = ("occurred_at", "known_at")
"""The two clocks of a fact: they keep the precision of their date."""


def field_reader(kind: str, name: str, field: Field, column: Column | None, said: Conventions) -> Convert:
    """The conversion of one field: `column` is its column of the schema, or None for a trait."""
    form = field.format or said.dates
    if (choices := CHOICES.get((kind, name))) is not None:
        return choice_reader(choices, field.words)
    if column is None:
        readers = {"integer": whole_reader(said), "number": number_reader(said), "boolean": flag_reader}
        return readers.get(field.type or "text", text_reader)
    if name == "currency":
        return currency_reader
    if name.endswith("_share"):
        return converted(share_reader(said, field.unit), Share)
    if name.endswith("_points"):
        return converted(whole_reader(said), Points.of)
    return {
        ColumnType.TEXT: text_reader,
        ColumnType.INTEGER: whole_reader(said),
        ColumnType.BOOLEAN: flag_reader,
        ColumnType.DAY: day_reader(said.zone, form),
        ColumnType.INSTANT: stamp_reader(said.zone, form),
    }[column.type]


def constant_value(kind: str, name: str, field: Field, column: Column | None, said: Conventions) -> object:
    """The value of a constant, or a `Fault`."""
    given = field.constant
    raw = given.isoformat() if isinstance(given, date) else str(given)
    if isinstance(given, bool):
        raw = raw.lower()
    if name.endswith("_minor"):
        return amount_reader(said, field.unit)(raw, said.currency or "EUR")
    iso = isinstance(given, date)
    reader = field_reader(kind, name, field, column, _without_format(said) if iso else said)
    found = reader(raw)
    is_other_instant = column is not None and column.type is ColumnType.INSTANT and name not in CLOCKS
    return found[0] if is_other_instant and isinstance(found, tuple) else found


def _without_format(said: Conventions) -> Conventions:
    return attrs.evolve(said, dates=None)
