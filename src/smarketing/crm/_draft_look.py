"""Looking at the columns of a file as a careful person would before writing a mapping."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice
from pathlib import Path

import attrs

from smarketing.crm._draft_words import HEADERS, plain
from smarketing.crm._files import is_json_lines, open_text, survey
from smarketing.crm._mapping import Conventions
from smarketing.errors import UnreadableFileError
from smarketing.origin import Origin, Problem

_MOST_ROWS = 50_000
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_FORMATS = ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%y")
_TIMES = ("", " %H:%M", " %H:%M:%S")
_NUMBER = re.compile(r"[+-]?\d[\d.,]*")


@attrs.frozen(kw_only=True)
class Look:
    """What the values of one column look like.

    Attributes:
        name: The column.
        meanings: Fields that a column of that name often fills.
        values: Its distinct values, in the order of their first row.
        filled_count: The rows in which there is one.
        rows_count: All rows.
        formats: The formats that every value fits; "" is ISO 8601. Empty where they are no dates.
        states_offset: Whether the dates are moments that state their own time zone.
        is_number: Whether every value is a number.
        is_email: Whether every value is an e-mail address.
    """

    name: str
    meanings: tuple[str, ...]
    values: tuple[str, ...]
    filled_count: int
    rows_count: int
    formats: tuple[str, ...]
    states_offset: bool
    is_number: bool
    is_email: bool

    @property
    def is_key(self) -> bool:
        """Whether each row has a value of its own."""
        return 0 < self.rows_count == self.filled_count == len(self.values) and not self.formats


@attrs.frozen(kw_only=True)
class FileLook:
    """What one file looks like."""

    path: Path
    encoding: str
    columns: tuple[Look, ...]
    rows_count: int

    @property
    def key(self) -> Look | None:
        """The column that names the row: unique, by preference called an id, and early."""
        keys = [one for one in self.columns if one.is_key and not one.is_email and not _is_decimal(one)]
        named = [one for one in keys if re.search(r"(^|[ ])(id|code|codigo|uuid|key)$", plain(one.name))]
        return next(iter([*named, *keys]), None)

    def meaning(self, *fields: str) -> Look | None:
        """The first column that may fill one of the fields."""
        return next((one for field in fields for one in self.columns if field in one.meanings), None)


def look_at(path: Path) -> FileLook:
    """Read the head of a file and look at its columns.

    Raises:
        UnreadableFileError: It cannot be opened, or is no text.
    """
    said = Conventions()
    try:
        if survey(path, said).code == "wrong-encoding":
            said = Conventions(encoding="utf-16")
        elif not _is_utf_8(path, said):
            said = Conventions(encoding="cp1252")
        rows = _objects(path, said) if is_json_lines(path) else _records(path, said)
        names, table = rows
    except (OSError, ValueError, csv.Error) as error:
        raise _no_draft(path, str(error)) from None
    if not any(names):
        raise _no_draft(path, "it has no header")
    columns = tuple(
        _look(name, [row.get(name, "") for row in table]) for name in dict.fromkeys(names) if name
    )
    return FileLook(path=path, encoding=said.encoding, columns=columns, rows_count=len(table))


def _no_draft(path: Path, why: str) -> UnreadableFileError:
    problem = Problem(code="unreadable", message=why, origin=Origin(file=str(path)))
    return UnreadableFileError("no mapping can be drafted for this file", [problem])


def _is_utf_8(path: Path, said: Conventions) -> bool:
    with open_text(path, said) as stream:
        return not any("\udc80" <= char <= "\udcff" for line in stream if not line.isascii() for char in line)


def _records(path: Path, said: Conventions) -> tuple[list[str], list[dict[str, str]]]:
    with open_text(path, said) as stream:
        head = stream.readline().removeprefix("\ufeff")
        delimiter = max(",;\t|", key=head.count)
        names = [name.strip() for name in next(csv.reader([head], delimiter=delimiter), [])]
        rows = csv.reader(stream, delimiter=delimiter)
        table = [
            dict(zip(names, map(str.strip, row), strict=False)) for row in islice(rows, _MOST_ROWS) if row
        ]
    return names, table


def _objects(path: Path, said: Conventions) -> tuple[list[str], list[dict[str, str]]]:
    names: dict[str, None] = {}
    table = []
    with open_text(path, said) as stream:
        for line in islice(stream, _MOST_ROWS):
            found = json.loads(line, parse_float=str, parse_int=str) if line.strip() else None
            if isinstance(found, dict):
                row = {name: "" if value is None else str(value).strip() for name, value in found.items()}
                names.update(dict.fromkeys(row))
                table.append(row)
    return list(names), table


def _look(name: str, cells: Iterable[str]) -> Look:
    given = list(cells)
    filled = [cell for cell in given if cell]
    values = tuple(dict.fromkeys(filled))
    formats = _formats(values)
    header = plain(name)
    meanings = [field for field, words in HEADERS.items() if header in words]
    is_email = bool(values) and all(map(_EMAIL.fullmatch, values))
    if is_email and "email" not in meanings:
        meanings.insert(0, "email")
    return Look(
        name=name,
        meanings=tuple(meanings),
        values=values,
        filled_count=len(filled),
        rows_count=len(given),
        formats=formats,
        states_offset=bool(formats)
        and all(re.search(r"(Z|[+-]\d\d:?\d\d)$", value[10:]) for value in values),
        is_number=bool(values) and all(map(_NUMBER.fullmatch, values)),
        is_email=is_email,
    )


def _formats(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values:
        return ()
    candidates: list[tuple[str, Callable[[str], object]]] = (
        [("", datetime.fromisoformat)]
        if _ISO.fullmatch(values[0])
        else [(day + time, _parser(day + time)) for day in _FORMATS for time in _TIMES]
    )
    return tuple(form for form, parse in candidates if _all_parse(parse, values))


def _parser(form: str) -> Callable[[str], object]:
    return lambda value: datetime.strptime(value, form)  # noqa: DTZ007


def _all_parse(parse: Callable[[str], object], values: tuple[str, ...]) -> bool:
    try:
        for value in values:
            parse(value)
    except ValueError:
        return False
    return True


def _is_decimal(look: Look) -> bool:
    return look.is_number and any("." in value or "," in value for value in look.values)
