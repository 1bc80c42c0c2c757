"""One cell as people see it: the same text on a page and a terminal, the same length of a bar."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from typing import TYPE_CHECKING

from smarketing.document._cells import Cell, Column, Kind, Marked
from smarketing.text import printable
from smarketing.values import Money, Points, Share

if TYPE_CHECKING:
    from smarketing.language import Words

__all__ = ["number_of", "shown"]


def shown(cell: Cell, column: Column, words: Words) -> str:
    r"""The text of a cell, without its mark.

    Example:
        >>> from smarketing.language import words
        >>> shown(0.21, Column("Win rate", "share"), words("es"))
        '21,0\xa0%'
        >>> shown(None, Column("Leads", "count"), words("en"))
        '–'
    """
    value = cell.value if isinstance(cell, Marked) else cell
    digits = column.digits
    match value:
        case None:
            return words.missing
        case str():
            return printable(value)
        case Money():
            return words.money(value, digits)
        case Points():
            return words.number(float(value), digits)
        case dt.datetime():
            return words.instant(value)
        case dt.date():
            short = words.month if column.kind is Kind.MONTH else words.date
            return short(value, short=True)
        case dt.timedelta():
            return words.duration(value)
        case Share():
            return words.share(float(value), 1 if digits is None else digits)
    if column.kind is Kind.SHARE:
        return words.share(value, 1 if digits is None else digits)
    return words.number(value, 1 if digits is None and column.kind is Kind.NUMBER else digits)


def number_of(cell: Cell) -> float | None:
    """The length of a value on an axis, in major units or days; None for texts, dates and the unknown."""
    match cell.value if isinstance(cell, Marked) else cell:
        case Money() as money:
            return float(money.amount)
        case dt.timedelta() as length:
            return length / dt.timedelta(days=1)
        case int() | float() | Decimal() | Fraction() | Share() | Points() as value:
            return float(value) if isfinite(float(value)) else None
    return None
