"""What page renderers do alike: metrics that follow each other stand together, remarks are numbered."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from smarketing.document import Block, Cell, Marked, Metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from smarketing.document import Table

__all__ = ["grouped", "mark", "remarks"]


def grouped(blocks: Iterable[Block]) -> Iterator[Block | tuple[Metric, ...]]:
    """The blocks in order, with each run of metrics as one tuple."""
    for metrics, run in groupby(blocks, lambda block: isinstance(block, Metric)):
        together = tuple(run)
        if metrics:
            yield tuple(block for block in together if isinstance(block, Metric))
        else:
            yield from together


def remarks(table: Table) -> dict[str, int]:
    """Each different remark of a table with its number, in the order in which a reader meets them."""
    rows = [*table.rows, table.totals or ()]
    notes = dict.fromkeys(cell.note for row in rows for cell in row if isinstance(cell, Marked))
    return {note: number for number, note in enumerate(notes, 1)}


def mark(cell: Cell, numbers: dict[str, int]) -> str:
    """The mark of a cell ("[1]"), or nothing."""
    return f"[{numbers[cell.note]}]" if isinstance(cell, Marked) else ""
