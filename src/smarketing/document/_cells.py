"""The cells of a table: plain values, each of the kind that its column says.

The kind tells a renderer how to write a value; the value itself keeps its full precision, so a workbook can
add what a page has rounded. A value of another kind is refused when the table is made, not when it is shown.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Literal

import attrs

from smarketing.values import Money, Points, Share

__all__ = ["Cell", "Column", "Kind", "Marked", "Value", "faults"]

Value = str | int | float | Decimal | Fraction | Money | Share | Points | dt.date | dt.datetime | dt.timedelta
"""What a cell can hold, besides `None` for what is not known."""


class Kind(StrEnum):
    """What a column's values are, and so how they are written."""

    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"
    SHARE = "share"
    MONEY = "money"
    POINTS = "points"
    DATE = "date"
    MONTH = "month"
    INSTANT = "instant"
    DURATION = "duration"


@attrs.frozen
class Marked:
    """A value with a remark ("fewer than 30 leads"), shown as a mark that is explained under the table.

    Example:
        >>> Marked(0.5, "fewer than 30 leads").value
        0.5
    """

    value: Value | None
    note: str


Cell = Value | Marked | None
"""One cell: a value, a value with a remark, or `None` where nothing is known (which is not zero)."""


@attrs.frozen
class Column:
    """A column: what it is called and what its values are.

    Attributes:
        title: The heading, in the reader's language.
        kind: What the values are; a string such as "count" is taken too.
        digits: Decimal digits to show, where the kind's usual number does not fit.

    Example:
        >>> Column("Win rate", "share").align
        'end'
    """

    title: str
    kind: Kind = attrs.field(default=Kind.TEXT, converter=Kind)
    digits: int | None = attrs.field(default=None, kw_only=True)

    @property
    def align(self) -> Literal["start", "end"]:
        """Numbers end where they are compared; everything else starts where it is read."""
        return "start" if self.kind in _READ else "end"


_READ = {Kind.TEXT, Kind.DATE, Kind.MONTH, Kind.INSTANT}
_NUMBERS = (int, float, Decimal, Fraction)
_TYPES: dict[Kind, tuple[type, ...]] = {
    Kind.TEXT: (str,),
    Kind.COUNT: (int,),
    Kind.NUMBER: _NUMBERS,
    Kind.SHARE: (*_NUMBERS, Share),
    Kind.MONEY: (Money,),
    Kind.POINTS: (Points,),
    Kind.DATE: (dt.date,),
    Kind.MONTH: (dt.date,),
    Kind.INSTANT: (dt.datetime,),
    Kind.DURATION: (dt.timedelta,),
}


def faults(cell: Cell, kind: Kind) -> str:
    """Why a cell cannot stand in a column of that kind, or nothing."""
    value = cell.value if isinstance(cell, Marked) else cell
    if value is None:
        return ""
    a_flag = isinstance(value, bool)
    too_fine = isinstance(value, dt.datetime) and kind is not Kind.INSTANT
    if a_flag or too_fine or not isinstance(value, _TYPES[kind]):
        return f"takes {kind} values, not {value!r} ({type(value).__name__})"
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        return f"takes instants with a time zone, and {value.isoformat()} has none"
    return ""
