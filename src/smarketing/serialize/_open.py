"""Open sets: values of which any package may add another kind, each written under the name of its kind.

    {"touched": {"kind": "page_viewed", "within": "30 days"}}
    {"all_of": [{"known": "phone"}, {"not": {"one_of": {"field": "country", "values": ["ES", "PT"]}}}]}

The base of such a family has two class methods: `class_named`, from a written name to a class, and `name_of`,
the way back. Where a kind has one field, or only its first one is given, that field's value stands for the
table; and where a field is a list, one value stands for a list of one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, get_origin

import attrs

from smarketing.errors import SmarketingError
from smarketing.serialize._faults import FaultError, FaultsError, refuse

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["is_open", "open_reader", "open_writer"]


def is_open(kind: Any) -> bool:
    """Whether a class is the base, or a member, of an open set."""
    return isinstance(kind, type) and hasattr(kind, "class_named") and hasattr(kind, "name_of")


def open_reader(asked: Any, made: Converter, resolve: Callable[[type], None]) -> Callable[[Any, Any], Any]:
    """How a member of an open set is read."""
    bodies: dict[type, Callable[[Any], Any]] = {}

    def read(data: object, _: object) -> object:
        if not isinstance(data, Mapping) or len(data) != 1:
            refuse(data, "a table of one key, which says what is asked for,")
        ((name, body),) = data.items()
        try:
            kind = asked.class_named(name)
        except SmarketingError as error:
            raise FaultsError([(name, FaultError("unknown-key", str(error)))]) from None
        if not attrs.has(kind):
            message = f"{name!r} cannot stand in a file: its class is no attrs class"
            raise FaultsError([(name, FaultError("unreadable-kind", message))])
        if kind not in bodies:
            resolve(kind)
            bodies[kind] = _body_reader(kind, made)
        try:
            return bodies[kind](body)
        except Exception as error:  # noqa: BLE001 -- kept with its step
            raise FaultsError([(name, error)]) from None

    return read


def _body_reader(kind: type, made: Converter) -> Callable[[Any], Any]:
    fields: list[Any] = [field for field in attrs.fields(kind) if field.init]
    lists = {field.alias for field in fields if _is_list(field.type)}
    whole: Callable[[Any, Any], Any] = made.gen_structure_attrs_fromdict(kind)
    if not fields:
        return lambda body: whole({} if body is True else body, kind)
    first = fields[0]
    read_first = made.get_structure_hook(first.type)

    def read(body: Any) -> Any:
        is_table = isinstance(body, Mapping) and (len(fields) > 1 or set(body) <= {first.alias})
        if not is_table and len(fields) == 1:
            return kind(**{first.alias: read_first(_listed(body, is_list=first.alias in lists), first.type)})
        table = body if is_table else {first.alias: body}
        return whole({key: _listed(value, is_list=key in lists) for key, value in table.items()}, kind)

    return read


def _is_list(kind: Any) -> bool:
    return (get_origin(kind) or kind) in {tuple, list}


def _listed(value: Any, *, is_list: bool) -> Any:
    """One value as a list of one, where a list belongs."""
    return [value] if is_list and not isinstance(value, list | tuple | Mapping) else value


def open_writer(asked: Any, made: Converter, resolve: Callable[[type], None]) -> Callable[[Any], Any]:
    """How a member of an open set is written."""
    bodies: dict[type, Callable[[Any], Any]] = {}

    def write(value: Any) -> dict[str, Any]:
        kind = type(value)
        name = asked.name_of(kind)
        if kind not in bodies:
            resolve(kind)
            bodies[kind] = made.gen_unstructure_attrs_fromdict(kind)
        body = {key: _unlisted(part) for key, part in bodies[kind](value).items()}
        fields: list[Any] = [field for field in attrs.fields(kind) if field.init]
        plain = next(iter(body.values()), None)
        is_short = len(fields) == 1 or not isinstance(plain, dict)
        if fields and set(body) == {fields[0].alias} and is_short:
            return {name: plain}
        return {name: body}

    return write


def _unlisted(value: Any) -> Any:
    is_one = isinstance(value, list) and len(value) == 1 and not isinstance(value[0], dict | list)
    return value[0] if is_one else value
