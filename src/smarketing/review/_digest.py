"""Sections cut to what a terminal shows at a glance; the page keeps every row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from smarketing.document import Block, Chart, Kind, Row, Section, Table
from smarketing.language import Words

__all__ = ["digested"]

_MOST_ROWS = 6


def digested(
    sections: Iterable[Section], words: Words, *, most_rows: int = _MOST_ROWS
) -> tuple[Section, ...]:
    """The same sections with their long tables cut short, and with each remark made once.

    The first rows of a table stay; of months the last ones, and of ages some of each part. What was left out
    is counted under the table. A long chart goes where a table of its section tells the same.

    Args:
        sections: The whole.
        words: The language of the counts.
        most_rows: How many rows a table keeps.

    Example:
        >>> from smarketing.document import Column
        >>> from smarketing.language import words
        >>> table = Table([Column("Client"), Column("Deals", "count")], [(f"C-{n}", 1) for n in range(9)])
        >>> (short,) = digested([Section("Clients", [table])], words("en"), most_rows=2)
        >>> len(short.blocks[0].rows), short.blocks[0].note
        (2, '… and 7 more')
    """
    cut = _Digest(words, most_rows)
    return tuple(attrs.evolve(section, blocks=list(cut.blocks(section))) for section in sections)


class _Digest:
    def __init__(self, words: Words, most_rows: int) -> None:
        self.words = words
        self.most_rows = most_rows
        self.said: set[str] = set()

    def blocks(self, section: Section) -> Iterator[Block]:
        has_table = any(isinstance(block, Table) for block in section.blocks)
        for block in section.blocks:
            match block:
                case Table():
                    yield self.table(block)
                case Chart():
                    if not has_table or len(block.table.rows) <= self.most_rows:
                        yield attrs.evolve(block, table=self.table(block.table))
                case _:
                    yield block

    def table(self, table: Table) -> Table:
        rows = self.rows(table)
        notes = []
        if left_out := len(table.rows) - len(rows):
            notes.append(self.words("… and {count} more", count=self.words.number(left_out)))
        if table.note not in self.said:
            notes.append(table.note)
        self.said.add(table.note)
        return attrs.evolve(table, rows=rows, note=" · ".join(filter(None, notes)))

    def rows(self, table: Table) -> tuple[Row, ...]:
        rows, most = table.rows, self.most_rows
        if len(rows) <= most:
            return rows
        match table.columns[0].kind:
            case Kind.MONTH:
                return rows[-most:]
            case Kind.DURATION:
                return rows[:: -(-len(rows) // most)]
        return rows[:most]
