"""Making frozen records quickly.

A frozen attrs class fills its fields through `object.__setattr__`, one call for each of some thirty fields,
which took most of the time of reading an export. So each kind of fact has a twin with the very same layout
that is not frozen. A fact is of its twin's class while attrs' own initialiser fills it, by plain assignment,
and of its own class before anybody else sees it. Converters, defaults and checks are those of the kind.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import attrs

__all__ = ["make_quickly"]


def make_quickly(kind: type[Any]) -> None:
    """Give a frozen class with slots the initialiser of a twin that is not frozen."""
    become, check = object.__setattr__, kind.__attrs_post_init__
    is_sound = attrgetter(kind.SUBJECTS[0]) if kind.SUBJECTS else bool

    def open_up(self: object) -> None:
        become(self, "__class__", twin)

    def freeze(self: object) -> None:
        self.__class__ = kind
        if not is_sound(self):  # mostly the first look tells
            check(self)

    body = {
        "__slots__": (),
        "__setattr__": object.__setattr__,
        "__delattr__": object.__delattr__,
        "__attrs_pre_init__": open_up,
        "__attrs_post_init__": freeze,
        "__attrs_init_subclass__": classmethod(lambda _: None),  # a twin needs none of its own
    }
    fields = {
        field.name: attrs.field(default=field.default, converter=field.converter, kw_only=True)
        for field in attrs.fields(kind)
    }
    layout = type(kind.__name__, (kind,), body)
    twin = attrs.make_class(
        kind.__name__, fields, bases=(layout,), slots=True, frozen=False, eq=False, repr=False
    )
    declared, init = vars(kind)["__init__"], vars(twin)["__init__"]
    init.__annotations__ = declared.__annotations__
    init.__qualname__ = declared.__qualname__
    kind.__init__ = init
    kind.__attrs_pre_init__ = open_up
