"""The kinds of fact as a mapping names them, and the columns that it may fill in each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import attrs

from smarketing.facts import KINDS, Fact
from smarketing.schema import TABLES, Column

_OWN = frozenset({"fact_id", "origin_system", "origin_table", "origin_record", "precision"})

KIND_NAMES: Mapping[str, type[Fact]] = MappingProxyType(
    {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower(): kind for kind in KINDS}
)
"""Each kind under the key that a mapping declares it with: `StageEntered` is `stage_entered`."""


def columns_of(kind: type[Fact]) -> Mapping[str, Column]:
    """The columns that a mapping may fill in a kind of fact, by name."""
    return {column.name: column for column in TABLES[kind.TABLE].columns if column.name not in _OWN}


def has_traits(kind: type[Fact]) -> bool:
    """Whether a kind carries a company's own fields."""
    return "traits" in {field.name for field in attrs.fields(kind)}
