"""Open sets in plain data: each kind under its name, short where it can be; every fault with its place."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar

import attrs
import pytest

from smarketing.errors import InvalidTermsError, UnknownNameError
from smarketing.serialize import from_plain, to_plain


class Shape:
    """An open set: whoever has the base can add a kind."""

    KNOWN: ClassVar[dict[str, type[Shape]]] = {}

    @classmethod
    def class_named(cls, name: str) -> type[Shape]:
        """The kind of a name."""
        if name not in cls.KNOWN:
            raise UnknownNameError(f"there is no shape {name!r}")
        return cls.KNOWN[name]

    @classmethod
    def name_of(cls, kind: type[Shape]) -> str:
        """The name of a kind."""
        return next(name for name, known in cls.KNOWN.items() if known is kind)


@attrs.frozen
class Dot(Shape):
    """Has nothing to say."""


@attrs.frozen
class Circle(Shape):
    """Has one field, and a union of single values in it."""

    size: int | float | datetime | None = None


@attrs.frozen
class Box(Shape):
    """Has several fields, of which the first is a list."""

    sides: tuple[int, ...]
    label: str = ""
    inside: Shape | None = None


@attrs.frozen
class Pile(Shape):
    """Holds others."""

    shapes: tuple[Shape, ...]


class Blob(Shape):
    """Is no attrs class."""


Shape.KNOWN.update(dot=Dot, circle=Circle, box=Box, pile=Pile, blob=Blob)


@pytest.mark.parametrize(
    ("plain", "value"),
    [
        ({"dot": {}}, Dot()),
        ({"circle": 3}, Circle(3)),
        ({"circle": 2.5}, Circle(2.5)),
        ({"circle": {}}, Circle()),
        ({"circle": "2026-01-05T09:00:00Z"}, Circle(datetime(2026, 1, 5, 9, tzinfo=UTC))),
        ({"box": 3}, Box((3,))),
        ({"box": [3, 4]}, Box((3, 4))),
        ({"box": {"sides": 3, "label": "big"}}, Box((3,), "big")),
        ({"box": {"sides": [3, 4], "inside": {"circle": 1}}}, Box((3, 4), inside=Circle(1))),
        ({"pile": [{"dot": {}}, {"pile": []}]}, Pile((Dot(), Pile(())))),
    ],
)
def test_each_kind_has_its_name_and_its_shortest_form(plain: object, value: Shape) -> None:
    """Read and written; a short form and the long one are the same value."""
    assert from_plain(plain, Shape) == value
    assert to_plain(value) == plain


@pytest.mark.parametrize(
    ("plain", "value"),
    [
        ({"dot": True}, Dot()),
        ({"circle": {"size": Decimal("2.5")}}, Circle(2.5)),
        ({"pile": {"shapes": [{"dot": {}}]}}, Pile((Dot(),))),
    ],
)
def test_longer_forms_are_read_too(plain: object, value: Shape) -> None:
    """As people may write them."""
    assert from_plain(plain, Shape) == value


@pytest.mark.parametrize(
    ("plain", "place", "code"),
    [
        ({"sphere": {}}, "sphere", "unknown-key"),
        ({"blob": {}}, "blob", "unreadable-kind"),
        ({"dot": {}, "circle": 1}, "", "wrong-type"),
        ({}, "", "wrong-type"),
        ("dot", "", "wrong-type"),
        ({"circle": True}, "circle", "wrong-type"),
        ({"circle": "big"}, "circle", "wrong-type"),
        ({"circle": "2026-01-05T09:00:00"}, "circle", "naive-instant"),
        ({"box": {"sides": ["x"]}}, "box.sides[0]", "wrong-type"),
        ({"box": {"label": "big"}}, "box.sides", "missing-key"),
        ({"box": {"sides": 1, "colour": "red"}}, "box.colour", "unknown-key"),
        ({"pile": [{"dot": {}}, {"pile": [{"sphere": 1}]}]}, "pile[1].pile[0].sphere", "unknown-key"),
    ],
)
def test_a_fault_has_its_place(plain: object, place: str, code: str) -> None:
    """Down to the value that is wrong, however deep."""
    with pytest.raises(InvalidTermsError) as caught:
        from_plain(plain, Shape)
    (problem,) = caught.value.problems
    assert (problem.origin.field or "", problem.code) == (place, code)
