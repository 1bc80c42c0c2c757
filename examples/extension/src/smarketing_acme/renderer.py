"""A report as CSV, for whoever goes on with it in a spreadsheet.

Everything stands in one sheet, in the order of the report: a heading is a row of one cell, a table is its
rows. Figures are written as people read them. A spreadsheet takes a text that begins with one of `=+-@` for a
formula, so such a text gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

import attrs
from smarketing.document import Block, Cell, Chart, Column, Marked, Metric, Note, Report, Table, shown
from smarketing.language import Words, words
from smarketing.text import printable

__all__ = ["CsvRenderer"]


@attrs.frozen
class CsvRenderer:
    """Comma-separated values.

    Attributes:
        delimiter: What stands between cells; spreadsheets in Spanish expect ";".
    """

    name = "acme-csv"
    suffix = ".csv"
    media_type = "text/csv; charset=utf-8"

    delimiter: str = attrs.field(default=",", validator=attrs.validators.in_((",", ";", "\t")))

    def render(self, report: Report) -> str:
        """The report as CSV text."""
        sheet = io.StringIO(newline="")
        csv.writer(sheet, delimiter=self.delimiter).writerows(_rows(report))
        return sheet.getvalue()


def _rows(report: Report) -> Iterator[list[str]]:
    say = words(report.language)
    yield from _lines(report.title, report.subtitle, report.period, report.as_of)
    for section in report.sections:
        yield []
        yield from _lines(section.title, section.intro)
        for block in section.blocks:
            yield from _block(block, say)


def _block(block: Block, say: Words) -> Iterator[list[str]]:
    match block:
        case Note():
            yield from _lines(*block.text.splitlines())
        case Table():
            yield from _lines(block.caption)
            yield from _table(block, say)
        case Chart():
            yield from _lines(block.title)
            yield from _table(block.table, say)
            yield from _lines(block.note)
        case Metric():
            figure = _cell(block.value, block.column, say)
            compared = [_text(block.compared_with), _cell(block.compared, block.column, say)]
            yield [_text(block.label), figure, *(compared if block.compared_with else ()), _text(block.note)]


def _table(table: Table, say: Words) -> Iterator[list[str]]:
    yield [_text(column.title) for column in table.columns]
    for row in table.rows:
        yield [_cell(cell, column, say) for cell, column in zip(row, table.columns, strict=True)]
    if table.totals is not None:
        pairs = zip(table.totals, table.columns, strict=True)
        yield ["" if cell is None else _cell(cell, column, say) for cell, column in pairs]
    yield from _lines(table.note)


def _cell(cell: Cell, column: Column, say: Words) -> str:
    """A figure as it is read, and its remark after it."""
    value, note = (cell.value, cell.note) if isinstance(cell, Marked) else (cell, "")
    figure = _text(value) if isinstance(value, str) else shown(value, column, say)
    return f"{figure} ({printable(note)})" if note else figure


def _lines(*texts: str) -> Iterable[list[str]]:
    return ([_text(text)] for text in texts if text)


def _text(text: str) -> str:
    line = printable(text)
    return f"'{line}" if line.lstrip().startswith(("=", "+", "-", "@")) else line
