"""What can be wrong with plain data, and where: every fault below one value, each with its key path."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NoReturn, TypeVar

import attrs
from cattrs import ClassValidationError, ForbiddenExtraKeysError

from smarketing.errors import InvalidTermsError, did_you_mean
from smarketing.origin import Origin, Problem

T = TypeVar("T")
_Step = str | int
_Path = tuple[_Step, ...]

# Terms that check themselves speak of themselves by these names; here each stands at a path of its own.
_OWN_NAMES = re.compile(r"^(?:funnel|pipeline|sources|versions)(?:\.|$)")


class FaultError(ValueError):
    """What is wrong with one value; its place is known to whoever asked for it."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class FaultsError(ValueError):
    """What is wrong with several parts of one value, each with the step that leads to it, if any."""

    def __init__(self, located: list[tuple[_Step | None, Exception]]) -> None:
        self.located = located
        super().__init__()


def problems_of(error: BaseException, path: _Path, origin: Origin) -> Iterator[Problem]:
    """Every fault below an error, each with its key path."""
    place = attrs.evolve(origin, field=key_path(path) or origin.field)
    match error:
        case FaultsError(located=located):
            for step, inner in located:
                yield from problems_of(inner, path if step is None else (*path, step), origin)
        case ClassValidationError():
            located_here, others = error.group_exceptions()
            keys = {field.name: field.alias or field.name for field in attrs.fields(error.cl)}
            for inner, note in located_here:
                yield from problems_of(inner, (*path, keys.get(note.name, note.name)), origin)
            for inner in others:
                yield from problems_of(inner, path, origin)
        case KeyError() if path and error.args == path[-1:]:
            yield Problem(code="missing-key", message=f"{path[-1]!r} is missing: add it", origin=place)
        case ForbiddenExtraKeysError():
            known = [field.alias for field in attrs.fields(error.cl) if field.init]
            for key in sorted(error.extra_fields):
                message = f"there is no key {key!r} here{did_you_mean(key, known)}"
                key_place = attrs.evolve(origin, field=key_path((*path, key)))
                yield Problem(code="unknown-key", message=message, origin=key_place)
        case InvalidTermsError(problems=problems) if problems:
            for problem in problems:
                inside = problem.origin.field or ""
                if path:
                    inside = _OWN_NAMES.sub("", inside, count=1)
                below = ".".join(filter(None, (key_path(path), inside)))
                yield attrs.evolve(problem, origin=attrs.evolve(origin, field=below or origin.field))
        case _:
            code = error.code if isinstance(error, FaultError) else "invalid-value"
            yield Problem(code=code, message=str(error), origin=place)


def key_path(path: Iterable[_Step]) -> str:
    """The steps from a document to a value in it, as people write them.

    Example:
        >>> key_path(["funnel", "stages", 2, "owners"]), key_path(["words", "es", "Sent e-mail"])
        ('funnel.stages[2].owners', 'words.es."Sent e-mail"')
    """
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            key = step if re.fullmatch(r"[\w-]+", step) else json.dumps(step, ensure_ascii=False)
            text += f".{key}" if text else key
    return text


def said(value: object) -> str:
    """How a message speaks of a value."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f"the text {value!r}" if len(value) <= 60 else f"the text {value[:60]!r}…"
        case Mapping():
            return "a table"
        case list() | tuple():
            return "a list"
        case None:
            return "nothing"
        case date():
            return value.isoformat()
    return str(value)


def refuse(value: object, wanted: str) -> NoReturn:
    """Say that something else belongs here."""
    raise FaultError("wrong-type", f"{wanted} belongs here, not {said(value)}")


def each(parts: Iterable[tuple[_Step | None, Any]], read: Callable[[Any], T]) -> list[T]:
    """Every part read, or every fault of every part; a part without a step is read from the same place."""
    found: list[T] = []
    faults: list[tuple[_Step | None, Exception]] = []
    for step, part in parts:
        try:
            found.append(read(part))
        except Exception as error:  # noqa: BLE001 -- kept with its step, and raised below
            faults.append((step, error))
    if faults:
        raise FaultsError(faults)
    return found
