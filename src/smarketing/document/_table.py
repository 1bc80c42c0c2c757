"""A table: columns of one kind each, and rows of cells that are checked against them when it is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from smarketing.document._cells import Cell, Column, faults

__all__ = ["Row", "Table"]

Row = tuple[Cell, ...]
"""One row's cells."""


def _rows(rows: Iterable[Iterable[Cell]]) -> tuple[Row, ...]:
    return tuple(tuple(row) for row in rows)


def _row(row: Iterable[Cell] | None) -> Row | None:
    return None if row is None else tuple(row)


def _columns(columns: Iterable[Column]) -> tuple[Column, ...]:
    return tuple(columns)


@attrs.frozen
class Table:
    """Rows of typed cells. The first column names its row.

    Attributes:
        columns: What each column is.
        rows: The cells, as many to a row as there are columns; `None` where nothing is known.
        caption: What the table shows; a chart's table goes without.
        note: A remark to stand under the table.
        totals: A last row, set apart; a `None` in it is a column without a total, and is left blank.

    Raises:
        ValueError: Cells that do not fit their columns; every one of them is named.

    Example:
        >>> Table([Column("Source"), Column("Leads", "count")], [("Search", 120), ("Seeker", None)]).rows
        (('Search', 120), ('Seeker', None))
        >>> Table([Column("Source"), Column("Leads", "count")], [("Search", 1.5)])
        Traceback (most recent call last):
        ValueError: a table cannot be made of these cells:
          - row 1, 'Leads' takes count values, not 1.5 (float)
    """

    columns: tuple[Column, ...] = attrs.field(converter=_columns)
    rows: tuple[Row, ...] = attrs.field(converter=_rows)
    caption: str = attrs.field(default="", kw_only=True)
    note: str = attrs.field(default="", kw_only=True)
    totals: Row | None = attrs.field(default=None, converter=_row, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if found := list(self._faults()):
            raise ValueError("\n  - ".join(["a table cannot be made of these cells:", *found]))

    def _faults(self) -> Iterator[str]:
        if not self.columns:
            yield "a table needs a column"
        named = [(f"row {number}", row) for number, row in enumerate(self.rows, 1)]
        if self.totals is not None:
            named.append(("the totals row", self.totals))
        for place, row in named:
            if len(row) != len(self.columns):
                yield f"{place} has {len(row)} cells for {len(self.columns)} columns"
                continue
            for column, cell in zip(self.columns, row, strict=True):
                if fault := faults(cell, column.kind):
                    yield f"{place}, {column.title!r} {fault}"
