"""Writing an agreement as TOML that people can read.

Only what an agreement holds is written: text, whole numbers, flags, days, lists of these, and tables.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from smarketing.serialize import to_plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from smarketing.agreement._terms import Agreement
    from smarketing.serialize import Plain
    from smarketing.sla import Term

_WIDTH = 100
_DAYS = frozenset({"from", "until", "effective_from", "holidays", "starts_on", "ends_on"})
_OF_RULES = ("when", "only_if", "decay")
_INLINE = frozenset({*_OF_RULES, "windows", "counts", "objectives", "shared_data", "team_calendars"})
_SHARES = frozenset({"probability", "at_least"})
_POINTS = frozenset({"points", "cap", "floor", "ceiling", "margin", "least_points", "low"})
_DEPTH_OF_VERSIONS = {"sources": 1, "calendars": 2, "targets": 1, "scoring": 2, "grid": 1, "sla": 1}


def toml_of(agreement: Agreement) -> str:
    """The agreement as a document that is read back equal; what has its default is left out."""
    plain = cast("dict[str, Plain]", to_plain(agreement))
    if "scoring" in plain:
        plain["scoring"] = _short_scores(agreement, plain["scoring"])
    if "sla" in plain:
        plain["sla"] = _short_sla(agreement, plain["sla"])
    head: dict[str, Plain] = {key: plain.pop(key) for key in ("version", "effective_from") if key in plain}
    parts = ["\n".join(table_lines((), head))] if head else []
    parts += ["\n".join(table_lines((key,), value)) for key, value in plain.items()]
    return "\n\n".join(parts) + "\n"


def _short_scores(agreement: Agreement, scoring: Plain) -> Plain:
    """The matrices without what their place says: their own name, and the company's zone."""
    short: dict[str, Plain] = {}
    for key, versions in _items(scoring):
        matrices = [matrix for _, matrix in agreement.scoring[key].versions]
        short[key] = [
            {name: said for name, said in _items(each) if name != "zone" and (name, said) != ("name", key)}
            | ({"zone": matrix.zone} if matrix.zone != agreement.company.zone else {})
            for each, matrix in zip(cast("list[Plain]", versions), matrices, strict=True)
        ]
    return cast("Plain", short)


def _short_sla(agreement: Agreement, versions: Plain) -> Plain:
    """The SLA with lengths as people say them: days of a calendar are working days, the rest is hours."""
    short: list[Plain] = []
    contracts = agreement.sla_terms.versions if agreement.sla_terms else ()
    for (_, sla), version in zip(contracts, cast("list[dict[str, Plain]]", versions), strict=True):
        if "terms" in version:
            plain = cast("list[dict[str, Plain]]", version["terms"])
            terms: list[Plain] = [_short_term(*each) for each in zip(sla.terms, plain, strict=True)]
            version = {**version, "terms": terms}  # noqa: PLW2901
        short.append(version)
    return short


def _short_term(term: Term, plain: dict[str, Plain]) -> Plain:
    if term.calendar is None:
        return plain
    days, (hours, rest) = term.working_days, divmod(term.within, timedelta(hours=1))
    parts = [
        f"{days} working day{'s' if days > 1 else ''}" if days else "",
        f"{hours} hour{'s' if hours > 1 else ''}" if hours else "",
        cast("str", to_plain(rest)) if rest else "",
    ]
    said: dict[str, Plain] = {key: value for key, value in plain.items() if key != "working_days"}
    return {**said, "within": " ".join(filter(None, parts))}


def table_lines(path: tuple[str, ...], value: Plain) -> Iterator[str]:
    """The lines of a table, or of the tables of a list, under its heading."""
    if isinstance(value, list):
        if len(value) == 1 and len(path) == _DEPTH_OF_VERSIONS.get(
            path[0]
        ):  # terms that have one version stand alone
            yield from table_lines(path, value[0])
            return
        for number, each in enumerate(value):
            yield from ([""] if number else [])
            yield f"[[{_path(path)}]]"
            yield from _body(path, cast("dict[str, Plain]", each))
        return
    if path and (not value or any(not _is_table((*path, key), each) for key, each in _items(value))):
        yield f"[{_path(path)}]"
    yield from _body(path, cast("dict[str, Plain]", value))


def _body(path: tuple[str, ...], table: Mapping[str, Plain]) -> Iterator[str]:
    below = {key: value for key, value in table.items() if _is_table((key,), value)}
    for key, value in table.items():
        if key not in below:
            yield f"{_key(key)} = {_value(value) if _is_of_people(path) else _said(key, value)}"
    for number, (key, value) in enumerate(below.items()):
        yield from ([""] if number or len(below) < len(table) else [])
        yield from table_lines((*path, key), value)


def _items(value: Plain) -> Iterator[tuple[str, Plain]]:
    return iter(cast("dict[str, Plain]", value).items())


def _is_table(path: tuple[str, ...], value: Plain) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(each, dict) for each in value)
    return isinstance(value, dict) and path[-1] not in _INLINE


def _is_of_people(path: tuple[str, ...]) -> bool:
    """Whether the keys of a table are people's own words, which may be any of ours."""
    return path[:2] == ("company", "words")


def _said(key: str, value: Plain) -> str:
    if key in _SHARES:
        return _percent(value)
    return str(value) if key in _POINTS else _value(value, key in _DAYS)


def _percent(share: Plain) -> str:
    return text(f"{(Decimal(str(share)) * 100).normalize():f} %")


def _value(value: Plain, is_day: bool = False) -> str:  # noqa: FBT001, FBT002
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value if is_day else text(value)
    if isinstance(value, list):
        parts = [_value(each, is_day) for each in value]
        line = f"[{', '.join(parts)}]"
        return line if len(line) <= _WIDTH else f"[\n{_filled(parts)}]"
    if isinstance(value, dict):
        inside = ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    return str(value)


def _filled(parts: list[str]) -> str:
    lines = [""]
    for part in parts:
        if len(lines[-1]) + len(part) > _WIDTH:
            lines.append("")
        lines[-1] += f" {part},"
    return "".join(f" {line}\n" for line in lines)


def _path(path: tuple[str, ...]) -> str:
    return ".".join(map(_key, path))


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else text(key)


def text(value: str) -> str:
    """A TOML string."""
    # A JSON string is a TOML string, but for the one control character that JSON leaves alone.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
