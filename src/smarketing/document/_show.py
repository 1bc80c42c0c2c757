"""One cell as people read it, in a language: the same text on a page, a terminal and a chart."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from smarketing.document._cells import Cell, Column, Kind, Marked
from smarketing.text import printable
from smarketing.values import Money, Points, Share

if TYPE_CHECKING:
    from smarketing.language import Words

__all__ = ["shown"]


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
