"""JSON Lines, and rows already in memory: objects with names in place of columns.

Numbers stay the text that they were written as, so amounts never pass through a float. A nested object's
names are joined with a dot ("address.city"); a list is no cell.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum

from smarketing.crm._mapping import Conventions
from smarketing.crm._sheet import ODD, Sheet, Wanted, undecoded
from smarketing.crm._tally import Tally
from smarketing.errors import did_you_mean


class _RepeatedNameError(ValueError):
    """An object gives one name two values."""


class _Constant(str):
    """NaN or an infinity, which JSON does not have."""

    __slots__ = ()


def jsonl_sheet(lines: Iterable[str], said: Conventions, wanted: Wanted, tally: Tally) -> Sheet:
    """The sheet of JSON Lines: its columns are the wanted ones, wherever a line has them."""
    return objects_sheet(_objects(lines, tally), said, wanted, tally)


def objects_sheet(
    objects: Iterable[tuple[int, Mapping[str, object]]], said: Conventions, wanted: Wanted, tally: Tally
) -> Sheet:
    """The sheet of numbered objects."""
    return Sheet(wanted.columns, _rows(objects, said, wanted, tally))


def _objects(lines: Iterable[str], tally: Tally) -> Iterator[tuple[int, Mapping[str, object]]]:
    empty = True
    for row, line in enumerate(lines, 1):
        text = line.removeprefix("\ufeff").strip() if row == 1 else line.strip()
        if not text:
            continue
        empty = False
        if not text.isascii() and (byte := undecoded(text)) is not None:
            tally.refuse("wrong-encoding", byte, row)
            continue
        try:
            found = json.loads(
                text, object_pairs_hook=_object, parse_float=Decimal, parse_int=int, parse_constant=_Constant
            )
        except _RepeatedNameError as error:
            tally.refuse("repeated-name", f"the object gives {error} two values", row, str(error).strip("'"))
            continue
        except (ValueError, RecursionError) as error:
            why = error.msg if isinstance(error, json.JSONDecodeError) else "it is nested too deep"
            tally.refuse("bad-json", f"the line is not JSON ({why})", row)
            continue
        if not isinstance(found, dict):
            tally.refuse("not-an-object", "the line is JSON, and no object with names and values", row)
            continue
        yield row, found
    if empty:
        tally.error("empty-file", "the file is empty", tally.origin(1))


def _object(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise _RepeatedNameError(repr(name))
        found[name] = value
    return found


def _rows(
    objects: Iterable[tuple[int, Mapping[str, object]]], said: Conventions, wanted: Wanted, tally: Tally
) -> Iterator[tuple[int, Sequence[str]]]:
    columns, known = wanted.columns, set(wanted.columns)
    seen: dict[str, int] = {}
    first_row = None
    for row, given in objects:
        first_row = row if first_row is None else first_row
        cells = _flat(given) if any(isinstance(value, Mapping) for value in given.values()) else given
        for name in cells:
            if name not in seen:
                seen[name] = row
        yield row, [_cell(cells.get(name), name, row, said, tally) for name in columns]
    if first_row is None:
        return
    spare = [name for name in seen if name not in known]
    missing = [name for name in columns if name not in seen]
    for name in missing:
        hint = did_you_mean(name, spare)
        message = f"no row has a value named {name!r}{hint}"
        tally.error("missing-column", message, tally.origin(first_row, name))
    for name in spare:
        wanted.mention([name], missing, tally, seen[name])


def _flat(given: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in given.items():
        if isinstance(value, Mapping):
            found.update(_flat(value, f"{prefix}{name}."))
        else:
            found[f"{prefix}{name}"] = value
    return found


def _cell(value: object, name: str, row: int, said: Conventions, tally: Tally) -> str:
    match value:
        case None:
            return ""
        case _Constant():
            message = f"{value} is no JSON and no number: leave the value out where there is none"
            tally.error("bad-number", message, tally.origin(row, name))
            return ""
        case str():
            return _text(value, name, row, said, tally)
        case bool():
            return "true" if value else "false"
        case Enum():
            return _cell(value.value, name, row, said, tally)
        case float():
            # A dataframe's way of saying that there is nothing.
            return "" if math.isnan(value) else _decimal(repr(value), said)
        case int() | Decimal():
            return _decimal(str(value), said)
        case date():
            return value.isoformat()
    message = f"a {type(value).__name__} is no cell: text, a number, a flag or a date is"
    tally.error("nested-value", message, tally.origin(row, name))
    return ""


def _decimal(text: str, said: Conventions) -> str:
    """A number as this export would have written it."""
    number = Decimal(text)
    if not number.is_finite():
        return text
    return format(number, "f").replace(".", said.decimal)


def _text(value: str, name: str, row: int, said: Conventions, tally: Tally) -> str:
    if len(value) > said.max_cell:
        message = (
            f"the value holds {len(value):,} characters and may hold {said.max_cell:,}: it was read as blank"
        )
        tally.error("huge-cell", message, tally.origin(row, name))
        return ""
    if not value.isprintable() and ODD.search(value) is not None:
        message = "the value holds control characters (NUL and the like), which were taken out"
        tally.warning("control-characters", message, tally.origin(row, name))
        return ODD.sub("", value)
    return value
