"""A JSON Schema of the agreement's file, so that editors complete its keys and explain them.

It is made from the terms themselves, and the explanations from their docstrings, so it cannot fall behind
them. It knows the shape of a document; whether the terms fit each other is for `load_agreement` to say.
"""

from __future__ import annotations

import collections.abc
import inspect
import re
from collections.abc import Mapping
from datetime import date, timedelta
from enum import Enum
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

import attrs

from smarketing.agreement._terms import Agreement
from smarketing.calendars import BusinessCalendar
from smarketing.funnel import Funnel
from smarketing.periods import Dated
from smarketing.scoring import Criterion, Cut, GridTerms, ScoringMatrix
from smarketing.values import Money, Points, Share

if TYPE_CHECKING:
    from smarketing.serialize import Plain

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_DAY: Schema = {"type": "string", "format": "date"}
_PLAIN: dict[object, Schema] = {
    str: _TEXT,
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    date: _DAY,
    timedelta: {"type": "string", "examples": ["2 days", "4 hours 30 minutes"]},
    Share: {"type": ["string", "number"], "examples": ["25 %", 0.25]},
    Points: {"type": ["string", "integer", "number"], "examples": [25, "2.5"]},
    Money: {"type": ["string", "number"], "examples": ["1234.50 EUR", 1234.5]},
    Criterion: {
        "type": "object",
        "additionalProperties": True,
        "examples": [{"touched": "download"}, {"known": "email"}],
    },
}
_OPTIONAL = {  # spelled out from what stands around them
    (Funnel, "name"),
    (BusinessCalendar, "zone"),
    (ScoringMatrix, "name"),
}


def agreement_schema() -> dict[str, Plain]:
    """The JSON Schema (2020-12) of an agreement's file.

    Example:
        >>> schema = agreement_schema()
        >>> schema["required"], sorted(schema["properties"])[:3]
        (['company'], ['calendars', 'campaigns', 'company'])
    """
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Agreement"}
    return {**head, **_of(Agreement)}


def _of(kind: Any) -> Schema:
    origin, parts = get_origin(kind), get_args(kind)
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    if origin in {Union, UnionType}:
        return _of(next(part for part in parts if part is not type(None)))
    if origin is Literal:
        return {"enum": list(parts)}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    if origin is Dated:
        terms = _of(parts[0])
        dated = {**terms, "properties": {"from": {**_DAY, "description": _FROM}, **terms["properties"]}}
        return {"anyOf": [dated, {"type": "array", "items": dated}]}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _of(parts[1])}
    if origin in {tuple, frozenset}:
        item = _of(parts[0])
        many: Schema = {"type": "array", "items": item}
        return many if item.get("type") == "object" else {"anyOf": [many, item]}
    return _of_record(kind)


_FROM = "The day from which these terms are in force."


def _of_record(kind: type) -> Schema:
    attrs.resolve_types(kind, localns=dict(vars(collections.abc)))
    meanings = _meanings(kind)
    fields = [field for field in attrs.fields(kind) if field.init and (field.alias or "")[:1] != "_"]
    properties = {
        field.alias: {**_of_field(kind, field), **meanings.get(field.alias, {})} for field in fields
    }
    required = [
        field.name
        for field in fields
        if field.default is attrs.NOTHING and (kind, field.name) not in _OPTIONAL
    ]
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": required} if required else schema


def _of_field(kind: type, field: attrs.Attribute[Any]) -> Schema:
    if (kind, field.name) == (BusinessCalendar, "windows"):
        return _of(Mapping[str, tuple[str, ...]])
    if (kind, field.name) == (BusinessCalendar, "holidays"):
        return {"type": "array", "items": _DAY}
    if kind is GridTerms and field.name in {"grades", "bands"}:
        return {"type": "array", "items": {"anyOf": [_of(Points), _of(Cut)]}}
    if field.name == "when" and field.type is not Criterion:
        return _of(Mapping[str, tuple[str, ...]])
    return _of(field.type)


def _meanings(kind: type) -> dict[str, Schema]:
    """What the docstring says of each attribute."""
    documented = inspect.getdoc(kind) or ""
    _, _, attributes = documented.partition("Attributes:\n")
    found = re.findall(r"^    (\w+): (.+(?:\n {8,}.+)*)", attributes, re.MULTILINE)
    return {name: {"description": re.sub(r"\s+", " ", text)} for name, text in found}
