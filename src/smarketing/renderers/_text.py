"""A report on a terminal: plain text with aligned tables, and bars made of block characters.

It holds nothing but printable characters: a lead's name cannot move the cursor or change colours. Widths
count as a terminal shows them, two for a wide character and none for a combining one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from smarketing.document import Block, Chart, Column, Marked, Metric, Note, Row, Table, Tone, number_of, shown
from smarketing.language import N_, Words, words
from smarketing.renderers._blocks import grouped, mark, remarks
from smarketing.renderers._columns import bar, row_lines, table_lines, width_of, wrapped
from smarketing.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smarketing.document import Report, Section

__all__ = ["TextRenderer"]

_BAR = 24
_TONES = {Tone.WARNING: N_("Warning"), Tone.PROBLEM: N_("Problem")}


@attrs.frozen
class TextRenderer:
    """Plain text.

    Attributes:
        width: The columns of the terminal; a table of many numbers may be wider than that.

    Example:
        >>> from smarketing.document import Report, Section
        >>> table = Table([Column("Source"), Column("Leads", "count")], [("Search", 1200), ("Seeker", None)])
        >>> print(TextRenderer().render(Report(title="Review", sections=[Section("Sources", [table])])))
        Review
        ======
        <BLANKLINE>
        Sources
        -------
          Source  Leads
          ------  -----
          Search  1,200
          Seeker      –
        <BLANKLINE>
    """

    name = "text"
    suffix = ".txt"
    media_type = "text/plain; charset=utf-8"

    width: int = attrs.field(default=100, validator=attrs.validators.ge(40))

    def render(self, report: Report) -> str:
        """The report as text, each line ended."""
        page = _Page(words(report.language), self.width)
        return "\n".join(line.rstrip() for line in page.lines(report)) + "\n"


class _Page:
    def __init__(self, words: Words, width: int) -> None:
        self.words, self.width = words, width

    def lines(self, report: Report) -> Iterator[str]:
        yield from self.heading(report.title, "=")
        yield from self.paragraph(report.subtitle)
        if report.period:
            yield from self.paragraph(f"{self.words('Period')}: {report.period}")
        yield from self.paragraph(report.as_of)
        for section in report.sections:
            yield ""
            yield from self.section(section)

    def section(self, section: Section) -> Iterator[str]:
        yield from self.heading(section.title, "-" if section.level == 2 else "·")
        yield from self.paragraph(section.intro, "  ")
        for number, block in enumerate(grouped(section.blocks)):
            if number or section.intro:
                yield ""
            yield from ("  " + line if line else "" for line in self.block(block))

    def heading(self, title: str, underline: str) -> Iterator[str]:
        lines = wrapped(printable(title), self.width)
        yield from lines
        yield underline * max(width_of(line) for line in lines)

    def paragraph(self, text: str, indent: str = "") -> Iterator[str]:
        if text:
            yield from (indent + line for line in wrapped(printable(text), self.width - len(indent)))

    def block(self, block: Block | tuple[Metric, ...]) -> Iterator[str]:
        width = self.width - 2
        match block:
            case Note():
                tone = _TONES.get(block.tone)
                for number, line in enumerate(block.text.splitlines()):
                    lead = f"{self.words(tone)}: " if tone and not number else ""
                    yield from wrapped(printable(lead + line), width)
            case Table():
                if block.caption:
                    yield from wrapped(printable(block.caption), width)
                yield from self.table(block)
            case Chart():
                yield from wrapped(printable(block.title), width)
                yield from self.table(block.table, bars=True)
                if block.note:
                    yield from wrapped(printable(block.note), width)
            case Metric():
                yield from self.metrics((block,))
            case _:
                yield from self.metrics(block)

    def metrics(self, metrics: tuple[Metric, ...]) -> Iterator[str]:
        rows = [
            (printable(metric.label), shown(metric.value, metric.column, self.words), self.aside(metric))
            for metric in metrics
        ]
        yield from row_lines(("start", "end", "start"), rows, self.width - 2)

    def aside(self, metric: Metric) -> str:
        said = [metric.value.note if isinstance(metric.value, Marked) else "", metric.note]
        if metric.compared_with:
            said.insert(0, f"{metric.compared_with}: {shown(metric.compared, metric.column, self.words)}")
        return printable(" · ".join(filter(None, said)))

    def table(self, table: Table, *, bars: bool = False) -> Iterator[str]:
        numbers = remarks(table)
        columns = [attrs.evolve(column, title=printable(column.title)) for column in table.columns]
        rows = [self.row(row, table, numbers) for row in table.rows]
        totals = None if table.totals is None else self.row(table.totals, table, numbers, blank=True)
        if bars and (shares := _shares(table)):
            columns.append(Column(""))
            rows = [[*row, bar(share, _BAR)] for row, share in zip(rows, shares, strict=True)]
            totals = None if totals is None else [*totals, ""]
        yield from table_lines(columns, rows, totals, self.width - 2)
        if not rows:
            yield self.words("no data")
        for note in [*(f"[{number}] {note}" for note, number in numbers.items()), table.note]:
            if note:
                yield from wrapped(printable(note), self.width - 2)

    def row(self, row: Row, table: Table, numbers: dict[str, int], *, blank: bool = False) -> list[str]:
        return [
            "" if blank and cell is None else shown(cell, column, self.words) + mark(cell, numbers)
            for cell, column in zip(row, table.columns, strict=True)
        ]


def _shares(table: Table) -> list[float]:
    """How long each row's bar is; none where the chart has several series, or less than nothing."""
    if [column.kind for column in table.columns[1:]].count(table.columns[1].kind) != 1:
        return []
    lengths = [number_of(row[1]) or 0.0 for row in table.rows]
    longest = max(lengths, default=0.0)
    return [length / longest for length in lengths] if longest > 0 and min(lengths) >= 0 else []
