"""What can be wrong with a criterion as someone wrote it: every fault, each with its key path."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from smarketing.origin import Origin, Problem
from smarketing.schema import ColumnType
from smarketing.scoring._combined import AllOf, AnyOf, Not
from smarketing.scoring._criteria import Criterion, FieldCriterion
from smarketing.scoring._explicit import Between, Contains, Known, Matches, Missing, OneOf, StartsWith
from smarketing.scoring._fields import field_fault, text_of
from smarketing.scoring._implicit import ActiveWithin, InactiveFor, Touched
from smarketing.scoring._names import CRITERIA

__all__ = ["count_faults", "criterion_faults", "fault", "positive_length"]

_LONGEST = timedelta(days=36_525)

_NAMES = {kind: name for name, kind in CRITERIA.items()}


def fault(path: str, code: str, message: str) -> Problem:
    return Problem(code=code, message=message, origin=Origin(field=path))


def criterion_faults(path: str, criterion: Criterion) -> Iterator[Problem]:
    """Every fault of a criterion and of its parts."""
    here = f"{path}.{_NAMES.get(type(criterion)) or criterion.name or type(criterion).__name__}"
    match criterion:
        case AllOf() | AnyOf():
            yield from _parts_faults(here, criterion)
        case Not():
            yield from criterion_faults(here, criterion.part)
        case Touched():
            yield from _touched_faults(here, criterion)
        case ActiveWithin() | InactiveFor():
            yield from _pattern_faults(f"{here}.kind", criterion.kind, "kind")
            yield from positive_length(f"{here}.length", criterion.length)
        case FieldCriterion():
            yield from _field_faults(here, criterion)
    if criterion.scope not in {"lead", "touch"}:
        message = f"{type(criterion).__name__} speaks of {criterion.scope!r}: its scope is 'lead' or 'touch'"
        yield fault(here, "unknown-scope", message)
    yield from _turns_faults(here, criterion)


def positive_length(path: str, length: timedelta | None) -> Iterator[Problem]:
    if length is not None and length <= timedelta():
        yield fault(path, "no-length", "a length of time is more than nothing, such as '30 days'")
    if length is not None and length > _LONGEST:
        yield fault(path, "too-long", "this is more than a hundred years: leave it out for no end")


def count_faults(path: str, count: int | None, hint: str) -> Iterator[Problem]:
    """Of a number of touches: Python takes True for 1, and nobody means that."""
    if isinstance(count, bool):
        yield fault(path, "wrong-kind", f"a number of touches belongs here, such as 1, and not {count}")
    elif count is not None and count < 1:
        yield fault(path, "not-positive", hint)


def _turns_faults(path: str, criterion: Criterion) -> Iterator[Problem]:
    """Of a criterion of another package; those of ours have fields that are looked at."""
    if type(criterion) in _NAMES:
        return
    for length in criterion.turns_after():
        if not isinstance(length, timedelta) or length <= timedelta():
            message = (
                f"{type(criterion).__name__} turns after {length!r}: each is a timedelta of more than nothing"
            )
            yield fault(f"{path}.turns_after", "no-length", message)


def _parts_faults(path: str, criterion: AllOf | AnyOf) -> Iterator[Problem]:
    if not criterion.parts:
        yield fault(path, "no-parts", "it has no criteria: name at least one")
    for number, part in enumerate(criterion.parts):
        yield from criterion_faults(f"{path}[{number}]", part)
    if len({part.scope for part in criterion.parts}) > 1:
        message = (
            "some parts speak of the lead and some of one touch: put those of a touch into the "
            "`where` of a touched criterion, and what is asked of the lead into the rule's `only_if`"
        )
        yield fault(path, "mixed-scopes", message)


def _touched_faults(path: str, touched: Touched) -> Iterator[Problem]:
    yield from _pattern_faults(f"{path}.kind", touched.kind, "kind")
    for name, patterns in (
        ("channel", touched.channel),
        ("campaign", touched.campaign),
        ("asset", touched.asset),
    ):
        if patterns:
            yield from _pattern_faults(f"{path}.{name}", patterns, name)
    if touched.where is not None:
        yield from criterion_faults(f"{path}.where", touched.where)
        if touched.where.scope != "touch":
            message = "this asks about the lead, and `where` about one touch: use the rule's `only_if`"
            yield fault(f"{path}.where", "not-of-a-touch", message)
    yield from positive_length(f"{path}.within", touched.within)
    message = "at least one touch has to be asked for; for none, use a not criterion around it"
    yield from count_faults(f"{path}.at_least", touched.at_least, message)


def _pattern_faults(path: str, patterns: tuple[str, ...], what: str) -> Iterator[Problem]:
    others = [pattern for pattern in patterns if not isinstance(pattern, str)]
    if others:
        yield fault(path, "wrong-kind", f"a {what} is text, and {others[0]!r} is none: put it between quotes")
    elif not patterns or any(not pattern.strip() for pattern in patterns):
        yield fault(path, "blank-word", f"a blank fits nothing: name a {what}, or write '*' for any")


def _field_faults(path: str, criterion: FieldCriterion) -> Iterator[Problem]:
    if wrong := field_fault(criterion.field):
        at = path if isinstance(criterion, Known | Missing) else f"{path}.field"  # they are nothing else
        yield fault(at, "unknown-field", wrong)
    match criterion:
        case OneOf():
            if not criterion.values or any(text_of(value) is None for value in criterion.values):
                message = "a blank is no value: name at least one, or use the missing criterion"
                yield fault(f"{path}.values", "blank-word", message)
        case Contains() | StartsWith():
            yield from _pattern_faults(f"{path}.words", criterion.words, "word")
        case Matches():
            yield from _pattern_faults(f"{path}.patterns", criterion.patterns, "pattern")
        case Between():
            yield from _range_faults(path, criterion)
    place = criterion.place
    is_of_words = isinstance(criterion, OneOf | Contains | StartsWith | Matches)
    if is_of_words and place and place.type is ColumnType.INSTANT:
        message = f"{criterion.field} is an instant and has no words: use the between criterion"
        yield fault(f"{path}.field", "wrong-kind", message)


def _range_faults(path: str, between: Between) -> Iterator[Problem]:
    low, high = between.ends
    if low is None and high is None:
        yield fault(path, "no-range", "give `low`, `high`, or both")
    if low is not None and high is not None and low > high:
        yield fault(path, "empty-range", f"{between.low} lies above {between.high}: exchange them")
    place = between.place
    if place is None:
        return
    for name, end in (("low", between.low), ("high", between.high)):
        if end is None:
            continue
        if isinstance(end, bool):
            yield fault(f"{path}.{name}", "wrong-kind", "a number or an instant belongs here")
        elif isinstance(end, datetime) != (place.type is ColumnType.INSTANT):
            wanted = "an instant" if place.type is ColumnType.INSTANT else "a number"
            yield fault(f"{path}.{name}", "wrong-kind", f"{between.field} takes {wanted} here")
        elif place.type is ColumnType.TEXT:
            message = f"{between.field} is text, which lies between no numbers: use words"
            yield fault(f"{path}.{name}", "wrong-kind", message)
