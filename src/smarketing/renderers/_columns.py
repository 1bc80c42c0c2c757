"""Text in aligned columns, as wide as a terminal shows it.

A table that is too wide has its cells wrapped, and one that is still too wide is cut into several that each
begin with the column that names the rows. Nothing is left out.
"""

from __future__ import annotations

import unicodedata
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from smarketing.document import Column

__all__ = ["bar", "padded", "row_lines", "table_lines", "width_of", "wrapped"]

Align = Literal["start", "end"]
_Place = tuple[int, Align, int]

_GAP = "  "
_NARROWEST, _LONGEST = 12, 16


def width_of(text: str) -> int:
    """The columns that a text takes: two for a wide character, none for a combining one.

    Example:
        >>> width_of("Peña"), width_of("Pen\N{COMBINING TILDE}a"), width_of("團隊")
        (4, 4, 4)
    """
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def padded(text: str, width: int, align: Align = "start") -> str:
    """A text with spaces after it, or before it, up to a width."""
    space = " " * (width - width_of(text))
    return text + space if align == "start" else space + text


def wrapped(text: str, width: int) -> list[str]:
    """The lines of a text, broken at spaces, and within a word that is longer than a line.

    Example:
        >>> wrapped("cost per acquisition", 10)
        ['cost per', 'acquisitio', 'n']
    """
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if width_of(joined) <= width:
            lines[-1] = joined
            continue
        lines.append("")
        for char in word:
            if width_of(lines[-1] + char) > width:
                lines.append("")
            lines[-1] += char
    return [line for line in lines if line] or [""]


def bar(share: float, width: int) -> str:
    """A bar as long as its share of the width, to an eighth of a column.

    Example:
        >>> bar(0.5, 5)
        '██▌'
    """
    eighths = int(share * width * 8 + 0.5)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def table_lines(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], totals: Sequence[str] | None, width: int
) -> Iterator[str]:
    """The lines of a table.

    Args:
        columns: The headings, and where the cells are aligned.
        rows: The cells as text, as many to a row as there are columns.
        totals: A last row, under a line.
        width: How many columns of the terminal there are.
    """
    heads = [column.title for column in columns]
    aligns: list[Align] = [column.align for column in columns]
    body = [*rows, *([totals] if totals is not None else [])]
    widths = _widths(aligns, heads, body, width)
    for number, places in enumerate(_cuts(widths, width)):
        if number:
            yield ""
        chosen: list[_Place] = [(widths[place], aligns[place], place) for place in places]
        rule = _GAP.join(("-" if heads[place] else " ") * size for size, _, place in chosen)
        yield from _line(chosen, heads)
        yield rule
        for row in rows:
            yield from _line(chosen, row)
        if totals is not None:
            yield rule
            yield from _line(chosen, totals)


def row_lines(aligns: Sequence[Align], rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """The lines of rows that stand under each other without headings."""
    widths = _widths(aligns, [""] * len(aligns), rows, width)
    chosen: list[_Place] = list(zip(widths, aligns, range(len(aligns)), strict=True))
    for row in rows:
        yield from _line(chosen, row)


def _widths(
    aligns: Sequence[Align], heads: Sequence[str], body: Sequence[Sequence[str]], width: int
) -> list[int]:
    """How wide each column is: as its widest cell, or narrowed, the widest first, until the row fits.

    A number is never broken, nor a word that is not very long.
    """
    wide: list[int] = []
    least: list[int] = []
    for place, align in enumerate(aligns):
        texts = [row[place] for row in body]
        cells = max(map(width_of, texts), default=0)
        wide.append(max(width_of(heads[place]), cells))
        unbroken = [heads[place]] if align == "end" else [heads[place], *texts]
        word = max(width_of(word) for text in unbroken for word in text.split(" "))
        least.append(max(min(word, _LONGEST), cells if align == "end" else min(cells, _NARROWEST)))
    while sum(wide) + len(_GAP) * (len(wide) - 1) > width:
        spare = [size if size > low else 0 for size, low in zip(wide, least, strict=True)]
        if not any(spare):
            break
        wide[spare.index(max(spare))] -= 1
    return wide


def _cuts(widths: Sequence[int], width: int) -> list[list[int]]:
    """The columns of each part of a table, each part beginning with the first column."""
    parts = [[0]]
    for place in range(1, len(widths)):
        taken = sum(widths[other] + len(_GAP) for other in parts[-1])
        if len(parts[-1]) > 1 and taken + widths[place] > width:
            parts.append([0])
        parts[-1].append(place)
    return parts


def _line(chosen: Sequence[_Place], cells: Sequence[str]) -> Iterator[str]:
    stacks = [wrapped(cells[place], size) for size, _, place in chosen]
    for texts in zip_longest(*stacks, fillvalue=""):
        yield _GAP.join(
            padded(text, size, align) for text, (size, align, _) in zip(texts, chosen, strict=True)
        )
