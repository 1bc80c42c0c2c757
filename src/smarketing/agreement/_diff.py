"""What a newer agreement changes, in sentences for the people who sign it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import attrs

from smarketing.periods import Dated
from smarketing.scoring import ScoringMatrix
from smarketing.serialize import to_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smarketing.agreement._terms import Agreement

_SINGULAR = {
    "stages": "stage",
    "detours": "detour",
    "pipelines": "pipeline",
    "calendars": "calendar",
    "teams": "team",
    "owners": "owner",
    "languages": "language",
    "rules": "rule",
    "unknown_words": "unknown word",
    "from_stages": "place it is entered from",
    "returns_to": "stage it returns to",
    "entered_by": "fact that enters it",
    "windows": "window",
    "holidays": "holiday",
    "counts": "count",
    "words": "own words",
    "terms": "term",
    "deliveries": "delivery",
    "closes": "event that closes it",
    "or_once": "event that is enough by itself",
    "parties": "party",
    "indicators": "indicator",
    "fields": "field",
    "pauses": "pause",
    "objectives": "objective",
    "shared_data": "shared data",
    "team_calendars": "hours of team",
    "campaigns": "campaign",
    "scoring": "score",
    "grades": "grade",
    "bands": "band",
    "segments": "segment",
}


def changes(old: Agreement, new: Agreement) -> Iterator[str]:
    """One sentence for each change; none if the agreements are equal."""
    for field in attrs.fields(type(old)):
        before, after = getattr(old, field.name), getattr(new, field.name)
        yield from _changed((), field.alias or field.name, before, after)


def _changed(place: tuple[str, ...], name: str, before: Any, after: Any) -> Iterator[str]:
    """What changed in the field of a name, somewhere."""
    if before == after:
        return
    match before, after:
        case (Dated(), Dated()):
            yield from _versions((*place, name), before, after)
        case (Mapping(), Mapping()):
            yield from _by_name(place, name, before, after)
        case (tuple(), tuple()) if all(hasattr(each, "name") for each in (*before, *after)):
            yield from _by_name(place, name, _named(before), _named(after))
            yield from _order(place, name, [*_named(before)], [*_named(after)])
        case (tuple() | frozenset(), tuple() | frozenset()):
            yield from _members(place, name, list(before), list(after))
        case (None, _) if _is_record(after):
            yield _sentence(place, f"the {_words(name)} {_are(name)} new")
        case (_, None) if _is_record(before):
            yield _sentence(place, f"the {_words(name)} {_are(name)} gone")
        case _ if _is_record(before) and type(before) is type(after):
            yield from _fields((*place, name), before, after)
        case _:
            yield _sentence(place, f"{_words(name)} was {_text(before)}, is now {_text(after)}")


def _fields(place: tuple[str, ...], before: Any, after: Any) -> Iterator[str]:
    for field in attrs.fields(type(before)):
        if field.init and field.eq:
            yield from _changed(place, field.name, getattr(before, field.name), getattr(after, field.name))


def _versions(place: tuple[str, ...], before: Dated[Any], after: Dated[Any]) -> Iterator[str]:
    old, new = dict(before.versions), dict(after.versions)
    for day in sorted({*old, *new}):
        since = "" if day == date.min else f" from {day}"
        here = (*place[:-1], f"{place[-1]}{since}")
        if day not in new:
            yield _sentence(place, f"the terms{since or ' from the start'} are gone")
        elif day not in old:
            yield _sentence(place, f"there are new terms{since or ' from the start'}")
        elif old[day] != new[day]:
            yield from _terms(here, old[day], new[day])


def _terms(place: tuple[str, ...], before: Any, after: Any) -> Iterator[str]:
    """What changed in terms; those that can say it themselves do."""
    if isinstance(before, ScoringMatrix):
        yield from (_sentence(place, said) for said in before.diff(after))
    else:
        yield from _fields(place, before, after)


def _by_name(
    place: tuple[str, ...], name: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[str]:
    kind = _SINGULAR.get(name, name)
    for key in before:
        if key not in after:
            yield _sentence(place, f"{kind} {key!r} is gone{_said(before[key])}")
    for key in after:
        if key not in before:
            yield _sentence(place, f"{kind} {key!r} is new{_said(after[key])}")
        elif _is_record(after[key]) and not isinstance(after[key], Dated):
            yield from _fields((*place, f"{kind} {key!r}"), before[key], after[key])
        else:
            yield from _changed(place, f"{kind} {key!r}", before[key], after[key])


def _order(place: tuple[str, ...], name: str, before: list[str], after: list[str]) -> Iterator[str]:
    stayed = [each for each in after if each in before]
    if stayed != [each for each in before if each in after]:
        yield _sentence(place, f"the order of the {name} is now {', '.join(after)}")


def _members(place: tuple[str, ...], name: str, before: list[Any], after: list[Any]) -> Iterator[str]:
    gone = sorted({_text(each) for each in before if each not in after})
    new = sorted({_text(each) for each in after if each not in before})
    if name == "owners":
        yield from (_sentence(place, f"no longer belongs to {each}", joint=" ") for each in map(_bare, gone))
        yield from (_sentence(place, f"now also belongs to {each}", joint=" ") for each in map(_bare, new))
        return
    kind = _SINGULAR.get(name, name)
    yield from (_sentence(place, f"{kind} {each} is gone") for each in gone)
    yield from (_sentence(place, f"{kind} {each} is new") for each in new)
    if not gone and not new:
        yield _sentence(place, f"the order of the {_words(name)} is now {', '.join(map(_text, after))}")


def _sentence(place: tuple[str, ...], said: str, joint: str = ": ") -> str:
    return joint.join(filter(None, [": ".join(place), said]))


def _named(records: tuple[Any, ...]) -> dict[str, Any]:
    """Records by name; variants of one name by what they are for, too."""
    names = [record.name for record in records]
    return {
        record.name if names.count(record.name) == 1 or not record.when else _variant(record): record
        for record in records
    }


def _variant(record: Any) -> str:
    meant_for = " and ".join(f"{field} is {' or '.join(words)}" for field, words in record.when.items())
    return f"{record.name} ({meant_for})"


def _is_record(value: object) -> bool:
    return attrs.has(type(value)) and not isinstance(to_plain(value), str)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _are(name: str) -> str:
    return "are" if name.endswith("s") else "is"


def _said(value: object) -> str:
    return f" ({_text(value)})" if isinstance(value, str | int) else ""


def _text(value: object) -> str:
    if value is None:
        return "not said"
    if type(value).__str__ is not object.__str__ and attrs.has(type(value)):
        return str(value)
    plain = to_plain(value)
    return repr(plain) if isinstance(plain, str) else str(plain)


def _bare(quoted: str) -> str:
    return quoted.strip("'")
