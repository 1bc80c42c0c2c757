"""Editors complete what can be read, and mark what cannot."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from smarketing.agreement import agreement_schema, starter_agreement

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/agreement.toml"))
TYPES = {
    "object": dict,
    "array": list,
    "string": (str, date),
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


def faults(schema: dict[str, Any], value: Any, path: str = "") -> list[str]:
    """Where a value does not fit a schema, by the few keywords that ours uses."""
    if "anyOf" in schema:
        tries = [faults(each, value, path) for each in schema["anyOf"]]
        return [] if [] in tries else max(tries, key=lambda found: max(map(len, found)))
    if "enum" in schema:
        return [] if value in schema["enum"] else [path]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, TYPES[kind]) for kind in kinds):
        return [path]
    found = [f"{path}.{key}" for key in schema.get("required", ()) if key not in value]
    if isinstance(value, dict):
        for key, each in value.items():
            below = schema.get("properties", {}).get(key, schema.get("additionalProperties", False))
            if below is not True:
                found += faults(below, each, f"{path}.{key}") if below else [f"{path}.{key}"]
    if isinstance(value, list):
        for each in value:
            found += faults(schema["items"], each, f"{path}[]")
    return found


DOCUMENTS = {path.parent.name: path.read_text("utf-8") for path in EXAMPLES} | {
    "starter": starter_agreement(company="Acme", zone="UTC", currency="EUR"),
    "all": starter_agreement(company="Acme", zone="UTC", currency="EUR").replace("\n#[", "\n["),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_that_can_be_read_fit_the_schema(name: str) -> None:
    """The examples and the starter show no mark in an editor."""
    text = "\n".join(
        line[1:] if line[:1] == "#" and line[1:2] != " " else line for line in DOCUMENTS[name].split("\n")
    )
    assert faults(agreement_schema(), tomllib.loads(text)) == []


@pytest.mark.parametrize(
    ("toml", "path"),
    [
        ("", ".company"),
        ("company.name = 7", ".company.name"),
        ("funel.name = 'x'", ".funel"),
        ("funnel.stages = [{ name = 'a', owners = 'b', kind = 'slaa' }]", ".funnel.stages[].kind"),
        ("funnel.stages = [{ name = 'a' }]", ".funnel.stages[].owners"),
        ("sources = [{ from = 2026-01-01, rules = [], x = 1 }]", ".sources[].x"),
        ("calendars.a = { holidays = [] }", ".calendars.a.windows"),
        ("targets.per = 'week'", ".targets.per"),
    ],
)
def test_what_cannot_be_read_is_marked(toml: str, path: str) -> None:
    """A misspelled key, a word that is none, a value of another type, a part that is missing."""
    assert path in faults(agreement_schema(), tomllib.loads(toml))


def test_every_key_is_explained() -> None:
    """With the words of the terms' own documentation."""

    def unexplained(schema: dict[str, Any], path: str) -> list[str]:
        found = [
            f"{path}.{key}"
            for key, each in schema.get("properties", {}).items()
            if not each.get("description")
        ]
        for key, each in schema.get("properties", {}).items():
            found += unexplained(each, f"{path}.{key}")
        for each in (*schema.get("anyOf", ()), schema.get("items"), schema.get("additionalProperties")):
            found += unexplained(each, path) if isinstance(each, dict) else []
        return found

    assert unexplained(agreement_schema(), "") == []
