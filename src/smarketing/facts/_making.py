"""Making frozen records quickly.

A frozen attrs class fills its fields through `object.__setattr__`, one call for each of some thirty fields,
which took most of the time of reading an export. So each kind of fact has a twin with the very same layout
that is not frozen. A fact is of its twin's class while attrs' own initialiser fills it, by plain assignment,
and of its own class before anybody else sees it. Converters, defaults and checks are those of the kind.

A subclass that somebody writes elsewhere may have more than that: validators, an initialiser or a first step
of its own. It is then filled just as attrs fills any frozen class.

A record that is no fact may be made as quickly: `make_quickly` is called with it behind its declaration.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import attrs

__all__ = ["make_quickly"]

_become = object.__setattr__


def make_quickly(kind: type[Any]) -> None:
    """Give a frozen class the initialiser of a twin that is not frozen, where that does the same."""
    if not _is_simple(kind):
        if "__attrs_pre_init__" not in vars(kind):
            kind.__attrs_pre_init__ = _stay_frozen
        return
    kind.__attrs_pre_init__ = _open_up
    fields = {
        field.name: attrs.field(default=field.default, converter=field.converter, kw_only=field.kw_only)
        for field in attrs.fields(kind)
    }
    twin = _TWINS[kind]
    filled = attrs.make_class(
        kind.__name__, fields, bases=(twin,), slots=True, frozen=False, eq=False, repr=False
    )
    declared, init = vars(kind)["__init__"], vars(filled)["__init__"]
    init.__annotations__ = declared.__annotations__
    init.__qualname__ = declared.__qualname__
    init.__module__ = declared.__module__
    kind.__init__ = init


def _is_simple(kind: type[Any]) -> bool:
    own = vars(kind)
    return (
        "__init__" in own
        and "__attrs_init__" not in own
        and own.get("__attrs_pre_init__", _open_up) is _open_up
        and all(
            field.init and field.validator is None and field.alias == field.name
            for field in attrs.fields(kind)
        )
    )


def _stay_frozen(_: object) -> None:
    """For a class that attrs fills: what its base does before is not for it."""


def _open_up(self: object) -> None:
    _become(self, "__class__", _TWINS[type(self)])


class _Twins(dict[type[Any], type[Any]]):
    """The twin of each class, made when it is first needed: classes without attrs' decorator have one too."""

    def __missing__(self, kind: type[Any]) -> type[Any]:
        check = getattr(kind, "__attrs_post_init__", None)
        subjects = getattr(kind, "SUBJECTS", ())
        is_sound: Any = bool  # where there is nothing to check, and where no fact names a subject
        if check is not None and getattr(check, "__module__", None) != "smarketing.facts._fact":
            is_sound = _never
        elif subjects:  # mostly the first look at the first subject tells that all is well
            is_sound = attrgetter(subjects[0])

        def freeze(self: object) -> None:
            self.__class__ = kind
            if check is not None and not is_sound(self):
                check(self)

        body = {
            "__slots__": (),
            "__setattr__": object.__setattr__,
            "__delattr__": object.__delattr__,
            "__attrs_post_init__": freeze,
            "__attrs_init_subclass__": classmethod(lambda _: None),  # a twin needs none of its own
        }
        twin = self[kind] = type(kind.__name__, (kind,), body)
        return twin


def _never(_: object) -> bool:
    return False


_TWINS = _Twins()
