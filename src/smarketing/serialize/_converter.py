"""The converter itself: cattrs, with strict readers for every shape of value.

It exists twice. The fast one stops at the first fault; the detailed one is asked only after that, and
collects all of them. Both read by the same rules.
"""

from __future__ import annotations

import collections.abc
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from enum import Enum, StrEnum
from functools import cache
from types import MappingProxyType, UnionType
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from smarketing.calendars import BusinessCalendar
from smarketing.facts import KINDS, Fact
from smarketing.periods import Dated
from smarketing.serialize._document import add_document
from smarketing.serialize._faults import FaultError, FaultsError, each
from smarketing.serialize._open import is_open, open_reader, open_writer
from smarketing.serialize._values import (
    READERS,
    WRITERS,
    enum,
    is_of_scalars,
    listed,
    literal,
    one_of,
    scalar_reader,
    table,
)

_Reader: TypeAlias = Callable[[Any, Any], Any]
_Writer: TypeAlias = Callable[[Any], Any]

FACT_TAGS: Mapping[str, type[Fact]] = MappingProxyType(
    {re.sub(r"\B(?=[A-Z])", "_", kind.__name__).lower(): kind for kind in KINDS}
)
"""The written name of every kind of fact."""

_TAGS = {kind: tag for tag, kind in FACT_TAGS.items()}
_TAG, _FROM = "fact", "from"


@cache
def converter(*, detailed: bool) -> Converter:
    """The one converter; the detailed one finds every fault, and takes several times as long."""
    made = Converter(
        forbid_extra_keys=True, detailed_validation=detailed, omit_if_default=True, use_alias=True
    )
    for kind, reader in READERS.items():
        made.register_structure_hook(kind, reader)
    for kind, writer in WRITERS.items():
        made.register_unstructure_hook(kind, writer)
    made.register_unstructure_hook(StrEnum, lambda member: member.value)
    made.register_structure_hook_func(lambda kind: isinstance(kind, type) and issubclass(kind, Enum), enum)
    made.register_structure_hook_func(_is_literal, literal)
    made.register_structure_hook_factory(is_of_scalars, scalar_reader)
    made.register_unstructure_hook_func(is_of_scalars, made.unstructure)
    for is_kind, make_reader in (
        (attrs.has, _class_reader),
        (_is_collection, _collection_reader),
        (_is_mapping, _mapping_reader),
        (_is_fact, _fact_reader),
        (_is_dated, _dated_reader),
        (is_open, _open_reader),
    ):
        made.register_structure_hook_factory(is_kind, _with(made, make_reader))
    for is_kind, make_writer in (
        (attrs.has, _class_writer),
        (_is_collection, _collection_writer),
        (_is_fact, _fact_writer),
        (_is_dated, _dated_writer),
        (is_open, _open_writer),
    ):
        made.register_unstructure_hook_factory(is_kind, _with(made, make_writer))
    _add_calendar(made)
    add_document(made)
    return made


def _with(made: Converter, factory: Callable[[Any, Converter], Any]) -> Callable[[Any], Any]:
    return lambda kind: factory(kind, made)


def _is_literal(kind: Any) -> bool:
    parts = get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)
    return all(get_origin(part) is Literal for part in parts)


# Tables of known keys


def _resolve(kind: type) -> None:
    # Among a class's annotations attrs puts those of cached properties, whose names only type checkers know.
    attrs.resolve_types(kind, localns=dict(vars(collections.abc)))


def _class_reader(kind: Any, made: Converter) -> _Reader:
    _resolve(kind)
    read = made.gen_structure_attrs_fromdict(kind)
    return lambda data, _: read(table(data), kind)


def _class_writer(kind: Any, made: Converter) -> _Writer:
    _resolve(kind)
    return made.gen_unstructure_attrs_fromdict(kind)


def _open_reader(kind: Any, made: Converter) -> _Reader:
    return open_reader(kind, made, _resolve)


def _open_writer(kind: Any, made: Converter) -> _Writer:
    return open_writer(kind, made, _resolve)


def _is_fact(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Fact)


def _fact_reader(asked: type[Fact], made: Converter) -> _Reader:
    bodies: dict[type[Fact], _Reader] = {}
    tags = [tag for tag, kind in FACT_TAGS.items() if issubclass(kind, asked)]

    def read(data: object, _: object) -> Fact:
        given = dict(table(data))
        try:
            kind = FACT_TAGS[one_of(given.pop(_TAG), tags)]
        except (FaultError, KeyError) as fault:
            raise FaultsError([(_TAG, fault)]) from None
        if kind not in bodies:
            _resolve(kind)
            bodies[kind] = make_dict_structure_fn(
                kind,
                made,
                _cattrs_detailed_validation=made.detailed_validation,
                loaded_at=override(omit=True),
            )
        fact: Fact = bodies[kind](given, kind)
        return fact

    return read


def _fact_writer(kind: type[Fact], made: Converter) -> _Writer:
    if kind not in _TAGS:
        return lambda fact: made.unstructure(fact, unstructure_as=type(fact))
    _resolve(kind)
    write = make_dict_unstructure_fn(kind, made, _cattrs_omit_if_default=True, loaded_at=override(omit=True))
    return lambda fact: {_TAG: _TAGS[kind], **write(fact)}


# Lists, sets and tables of any keys

_BUILT = {
    tuple: tuple,
    Sequence: tuple,
    list: list,
    set: set,
    frozenset: frozenset,
    AbstractSet: frozenset,
}


def _is_collection(kind: Any) -> bool:
    return (get_origin(kind) or kind) in _BUILT


def _collection_reader(kind: Any, made: Converter) -> _Reader:
    build: Callable[[Iterable[Any]], Any] = _BUILT[get_origin(kind)]
    wanted = get_args(kind)[0]
    read = made.get_structure_hook(wanted)
    return lambda data, _: build(each(enumerate(listed(data)), lambda item: read(item, wanted)))


def _collection_writer(kind: Any, made: Converter) -> _Writer:
    arrange = sorted if _BUILT[get_origin(kind) or kind] in {set, frozenset} else list
    parts = get_args(kind)
    write = made.get_unstructure_hook(parts[0]) if parts else made.unstructure
    return lambda values: arrange(map(write, values))


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) in {Mapping, dict}


def _mapping_reader(kind: Any, made: Converter) -> _Reader:
    key_kind, wanted = get_args(kind)
    read_key, read = made.get_structure_hook(key_kind), made.get_structure_hook(wanted)

    def read_both(pair: tuple[str, Any]) -> tuple[Any, Any]:
        return read_key(pair[0], key_kind), read(pair[1], wanted)

    return lambda data, _: dict(each(((pair[0], pair) for pair in table(data).items()), read_both))


# Terms with days and hours


def _is_dated(kind: Any) -> bool:
    return kind is Dated or get_origin(kind) is Dated


def _dated_reader(kind: Any, made: Converter) -> _Reader:
    terms_kind = get_args(kind)[0]
    read_terms, read_day = made.get_structure_hook(terms_kind), READERS[date]

    def read_start(number: int, started: object) -> date:
        if started is None and number:
            raise FaultError(
                "missing-key", "say from which day it is in force; only the first may leave it out"
            )
        day: date = date.min if started is None else read_day(started, date)
        return day

    def read_version(numbered: tuple[int, Any]) -> tuple[date, Any]:
        number, data = numbered
        given = dict(table(data))
        started = given.pop(_FROM, None)
        parts = (
            (_FROM, lambda: read_start(number, started)),
            (None, lambda: read_terms(given, terms_kind)),
        )
        day, terms = each(parts, lambda read_part: read_part())
        return day, terms

    def read(data: object, _: object) -> Dated[Any]:
        if isinstance(data, Mapping):
            return Dated((read_version((0, data)),))
        versions = [(number, (number, version)) for number, version in enumerate(listed(data))]
        return Dated(tuple(each(versions, read_version)))

    return read


def _dated_writer(_: Any, made: Converter) -> _Writer:
    def write(dated: Dated[Any]) -> list[Any]:
        return [
            {**({} if day == date.min else {_FROM: day.isoformat()}), **made.unstructure(terms)}
            for day, terms in dated.versions
        ]

    return write


def _add_calendar(made: Converter) -> None:
    _resolve(BusinessCalendar)
    read = make_dict_structure_fn(
        BusinessCalendar,
        made,
        _cattrs_detailed_validation=made.detailed_validation,
        windows=override(struct_hook=_windows),
        holidays=override(struct_hook=_holidays),
    )
    made.register_structure_hook(BusinessCalendar, lambda data, kind: read(table(data), kind))
    made.register_unstructure_hook(BusinessCalendar, _calendar_plain)


def _windows(value: object, _: object) -> dict[str, list[str]]:
    read_text = READERS[str]

    def read(given: object) -> list[str]:
        texts = [given] if isinstance(given, str) else listed(given)
        return each(enumerate(texts), lambda text: read_text(text, str))

    windows = table(value)
    return dict(zip(windows, each(windows.items(), read), strict=True))


def _holidays(value: object, _: object) -> frozenset[date]:
    return frozenset(each(enumerate(listed(value)), lambda day: READERS[date](day, date)))


def _calendar_plain(calendar: BusinessCalendar) -> dict[str, Any]:
    if not isinstance(calendar.holidays, frozenset):
        raise TypeError("these holidays cannot be written: give the calendar the days themselves, as a set")
    windows = {
        days: [texts] if isinstance(texts, str) else list(texts) for days, texts in calendar.windows.items()
    }
    plain: dict[str, Any] = {"zone": calendar.zone, "windows": windows}
    if calendar.holidays:
        plain["holidays"] = sorted(day.isoformat() for day in calendar.holidays)
    return plain
