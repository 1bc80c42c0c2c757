"""What criteria can read: fields of a lead, of its account, and of one touch.

A field is named as its column is: `job_title`, `account.industry`, `touch.topic`, and a company's own ones
with their prefix, `trait_segment`, `account.trait_tier`. Empty text is a blank, and reads as missing.
"""

from __future__ import annotations

import re
from typing import Literal

import attrs

from smarketing.errors import did_you_mean
from smarketing.schema import COMMON, TABLES, TRAIT_PREFIX, ColumnType
from smarketing.text import word_of

__all__ = ["Field", "Subject", "field_fault", "field_of", "number_of", "text_of"]

Subject = Literal["lead", "account", "touch"]
"""Whose field it is."""

_TABLES: dict[Subject, str] = {"lead": "leads", "account": "accounts", "touch": "touches"}
_COMMON = frozenset(column.name for column in COMMON)
_NUMBER = re.compile(r"[+-]?\d{1,400}(\.\d{1,400})?([eE][+-]?\d{1,3})?", re.ASCII)


@attrs.frozen
class Field:
    """A field that a criterion names.

    Attributes:
        subject: Whose it is.
        column: Its column in the subject's table, or `trait_<name>`.
        type: What it holds; None for a company's own field, which may hold any plain value.
    """

    subject: Subject
    column: str
    type: ColumnType | None

    def read(self, record: object) -> object:
        """The value on a record; None where it is missing or blank."""
        if self.type is None:
            value = getattr(record, "traits", {}).get(self.column.removeprefix(TRAIT_PREFIX))
        else:
            value = getattr(record, self.column, None)
        return None if value == "" else value


def columns_of(subject: Subject) -> dict[str, ColumnType]:
    """The fields of a subject that the schema knows, without those that all facts have."""
    table = TABLES[_TABLES[subject]]
    return {column.name: column.type for column in table.columns if column.name not in _COMMON}


def field_of(name: str) -> Field | None:
    """The field of a name; None where there is none."""
    head, dot, column = name.rpartition(".")
    subject: Subject = "lead"
    if dot:
        if head not in {"account", "touch"}:
            return None
        subject = "account" if head == "account" else "touch"
    if column.startswith(TRAIT_PREFIX) and column != TRAIT_PREFIX:
        return Field(subject, column, None)
    known = columns_of(subject)
    return Field(subject, column, known[column]) if column in known else None


def field_fault(name: str) -> str | None:
    """What is wrong with the name of a field, with the nearest known one; None where there is one."""
    if field_of(name):
        return None
    known = [
        f"{prefix}{column}"
        for subject, prefix in (("lead", ""), ("account", "account."), ("touch", "touch."))
        for column in columns_of(subject)  # type: ignore[arg-type]  # the three words above
    ]
    hint = did_you_mean(name, known) or "; a field of your own begins with trait_, as in 'trait_segment'"
    return f"there is no field {name!r}{hint}"


def text_of(value: object) -> str | None:
    """A value as the folded text that words are compared with; None where it is missing or blank."""
    if value is None or value == "" or value != value:  # noqa: PLR0124 -- only a NaN differs from itself
        return None
    return word_of(value)


def number_of(value: object) -> int | float | None:
    """A value as a number, also from text that writes one; None where it is none."""
    if isinstance(value, bool) or value != value:  # noqa: PLR0124 -- a NaN is no number
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value) if "." in value or "e" in value.lower() else int(value)
    return None
