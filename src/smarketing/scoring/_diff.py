"""What a newer version of a matrix changes, in sentences for the people who sign it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from smarketing.errors import UnknownNameError
from smarketing.serialize import to_plain
from smarketing.values import Points

if TYPE_CHECKING:
    from smarketing.scoring._matrix import ScoringMatrix

__all__ = ["changes"]


def changes(old: ScoringMatrix, new: ScoringMatrix) -> Iterator[str]:
    """One sentence for each change; none if the matrices are equal."""
    for name in ("name", "zone", "floor", "ceiling"):
        yield from _changed("", name, getattr(old, name), getattr(new, name))
    for kind, before, after in (
        ("rule", old.rules, new.rules),
        ("group", old.groups, new.groups),
        ("exclusion", old.exclude, new.exclude),
    ):
        yield from _by_name(kind, _named(before), _named(after))
    yield from _by_name("flip number", _by_campaign(old), _by_campaign(new))


def _named(parts: tuple[Any, ...]) -> dict[str, Any]:
    return {f"{part.name!r}": part for part in parts}


def _by_campaign(matrix: ScoringMatrix) -> dict[str, Any]:
    return {
        "for all campaigns" if flip.campaign is None else f"for the campaign {flip.campaign!r}": flip
        for flip in matrix.flips
    }


def _by_name(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for key, part in before.items():
        if key not in after:
            yield f"{kind} {key} is gone{_worth(part)}"
    for key, part in after.items():
        if key not in before:
            yield f"{kind} {key} is new{_worth(part)}"
        else:
            for field in attrs.fields(type(part)):
                was, now = getattr(before[key], field.name), getattr(part, field.name)
                yield from _changed(f"{kind} {key}: ", field.name, was, now)


def _changed(place: str, name: str, before: object, after: object) -> Iterator[str]:
    if before != after:
        are = "were" if name == "points" else "was"
        now = "are" if name == "points" else "is"
        yield f"{place}{name.replace('_', ' ')} {are} {_text(before)}, {now} now {_text(after)}"


def _worth(part: object) -> str:
    points = getattr(part, "points", None)
    return f" ({_text(points)} points)" if points is not None else ""


def _text(value: object) -> str:
    if value is None or value == "":
        return "not said"
    if isinstance(value, Points):
        return f"{float(value):g}"
    try:
        plain = to_plain(value)
    except UnknownNameError:  # a criterion that only code can name
        return repr(value)
    return repr(plain) if isinstance(plain, str) else str(plain)
