"""The shape of what HubSpot's API returns, whichever client fetched it.

Plain JSON is a dictionary; the objects of a client library have `to_dict()`, which spells names with
underscores and may hold more such objects. Both are read alike, and looked into only as deep as is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

Json = Mapping[str, object]
_NOTHING: Json = {}


def as_mapping(value: object) -> Json | None:
    """An object as a mapping; None if it is none.

    Example:
        >>> class Contact:
        ...     def to_dict(self):
        ...         return {"id": "1"}
        >>> as_mapping(Contact()), as_mapping(["1"])
        ({'id': '1'}, None)
    """
    if isinstance(value, Mapping):
        return value
    to_dict = getattr(value, "to_dict", None)
    made = to_dict() if callable(to_dict) and not isinstance(value, type) else None
    return made if isinstance(made, Mapping) else None


def part(given: Json, *names: str) -> object:
    """The first of several spellings of a name that has a value."""
    for name in names:
        value = given.get(name)
        if value is not None:
            return value
    return None


def mapping_at(given: Json, *names: str) -> Json:
    """A part that is an object; an empty one where there is none."""
    value = part(given, *names)
    return _NOTHING if value is None else as_mapping(value) or _NOTHING


def list_at(given: Json, *names: str) -> Sequence[object]:
    """A part that is a list, or an object with its list under `results`."""
    value = part(given, *names)
    if value is not None and not isinstance(value, list | tuple):
        value = mapping_at(given, *names).get("results")
    return value if isinstance(value, list | tuple) else ()


def id_at(given: Json, *names: str) -> str:
    """A part that is an id, as text; "" where it is blank or no id."""
    value = part(given, *names)
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def is_true(value: object) -> bool:
    """Whether a part that is a flag is set, in JSON's own spelling or in text."""
    return value is True or value == "true"


@attrs.frozen
class Linked:
    """Another record that a record is associated with."""

    id: str
    is_primary: bool


def linked(given: Json, what: str) -> tuple[Linked, ...]:
    """The records of one kind that an object is associated with, each once, in the order of mention."""
    found: dict[str, bool] = {}
    for one in list_at(mapping_at(given, "associations"), what):
        if (link := as_mapping(one)) is not None and (other := id_at(link, "id", "toObjectId")):
            is_primary = "primary" in str(link.get("type") or "").casefold()
            found[other] = found.get(other, False) or is_primary
    return tuple(Linked(other, is_primary) for other, is_primary in found.items())


def more_follow(page: Json) -> bool:
    """Whether a page, of objects or of associations, says that there is another one behind it."""
    if page.get("hasMore") is True:  # as the first APIs say it
        return True
    return "paging" in page and bool(mapping_at(mapping_at(page, "paging"), "next"))


def pages_objects(pages: Iterable[object]) -> Iterator[object]:
    """The objects of pages, each page an answer with `results` or the bare list of them."""
    for page in pages:
        if isinstance(page, list | tuple):
            yield from page
        elif (answer := as_mapping(page)) is not None:
            results = next((answer[name] for name in _LISTS if isinstance(answer.get(name), list)), None)
            if isinstance(results, list):
                yield from results
            else:
                yield answer


_LISTS = ("results", "events", "campaigns")
