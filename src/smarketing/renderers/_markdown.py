"""A report as Markdown, for whatever shows GitHub's flavour of it: a wiki, a pull request, a chat, a mail.

The source can be read as it stands: tables are aligned as a terminal shows them. A chart is its table, which
says the same. Everything that comes from data is escaped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from smarketing.document import Block, Chart, Column, Marked, Metric, Note, Row, Table, Tone, shown
from smarketing.language import N_, Words, words
from smarketing.renderers._blocks import grouped, mark, remarks
from smarketing.renderers._columns import padded, width_of
from smarketing.renderers._escape import escaped, paragraph

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from smarketing.document import Report, Section

__all__ = ["MarkdownRenderer"]

_WIDEST = 60  # a longer cell runs over, instead of pushing all the others out of sight
_NARROWEST = 3
_TONES = {Tone.WARNING: N_("Warning"), Tone.PROBLEM: N_("Problem")}


@attrs.frozen
class MarkdownRenderer:
    r"""GitHub-flavoured Markdown.

    Attributes:
        level: Of the title's heading; 2 where the report becomes a part of a page that has a title.

    Example:
        >>> from smarketing.document import Report, Section
        >>> table = Table([Column("Source"), Column("Leads", "count")], [("Search", 1200), ("A|B", None)])
        >>> print(MarkdownRenderer().render(Report(title="Review", sections=[Section("Sources", [table])])))
        # Review
        <BLANKLINE>
        ## Sources
        <BLANKLINE>
        | Source | Leads |
        | ------ | ----: |
        | Search | 1,200 |
        | A\|B   |     – |
        <BLANKLINE>
    """

    name = "markdown"
    suffix = ".md"
    media_type = "text/markdown; charset=utf-8"

    level: int = attrs.field(default=1, validator=attrs.validators.in_((1, 2, 3, 4)))

    def render(self, report: Report) -> str:
        """The report as Markdown text, each line ended."""
        page = _Page(words(report.language), self.level)
        return "\n\n".join(page.parts(report)) + "\n"


class _Page:
    """Writes the parts of a page, which stand a blank line apart."""

    def __init__(self, words: Words, level: int) -> None:
        self.words, self.level = words, level

    def parts(self, report: Report) -> Iterator[str]:
        yield f"{'#' * self.level} {escaped(report.title)}".rstrip()
        period = f"{self.words('Period')}: {report.period}" if report.period else ""
        yield from map(paragraph, filter(None, (report.subtitle, period, report.as_of)))
        for section in report.sections:
            yield from self.section(section)

    def section(self, section: Section) -> Iterator[str]:
        yield f"{'#' * (self.level + section.level - 1)} {escaped(section.title)}".rstrip()
        if section.intro:
            yield paragraph(section.intro)
        for block in grouped(section.blocks):
            yield from self.block(block)

    def block(self, block: Block | tuple[Metric, ...]) -> Iterator[str]:
        match block:
            case Note():
                yield from self.note(block)
            case Table():
                yield from self.table(block, block.caption)
            case Chart():
                yield from self.table(block.table, block.title)
                if block.note:
                    yield paragraph(block.note)
            case Metric():
                yield self.metric(block)
            case _:
                yield "\n".join(map(self.metric, block))

    def note(self, note: Note) -> Iterator[str]:
        lines = [paragraph(line) for line in note.text.splitlines() if line.strip()]
        if tone := _TONES.get(note.tone):
            lead = f"**{escaped(self.words(tone))}:**"
            yield "\n>\n".join(f"> {line}" for line in [f"{lead} {lines[0]}" if lines else lead, *lines[1:]])
        else:
            yield from lines

    def metric(self, metric: Metric) -> str:
        figure = escaped(shown(metric.value, metric.column, self.words))
        before = shown(metric.compared, metric.column, self.words)
        asides = (
            f"{metric.compared_with}: {before}" if metric.compared_with else "",
            metric.value.note if isinstance(metric.value, Marked) else "",
            metric.note,
        )
        return " · ".join(
            [f"- {paragraph(metric.label)}: {_bold(figure)}", *map(escaped, filter(None, asides))]
        )

    def table(self, table: Table, title: str) -> Iterator[str]:
        if title:
            yield _bold(escaped(title))
        numbers = remarks(table)
        rows = [self.row(row, table, numbers) for row in table.rows]
        if table.totals is not None:
            totals = self.row(table.totals, table, numbers, blank=True)
            rows.append([_bold(cell) for cell in totals])
        yield "\n".join(_aligned(table.columns, rows))
        if not table.rows:
            yield paragraph(self.words("no data"))
        for note in [*(f"[{number}] {note}" for note, number in numbers.items()), table.note]:
            if note:
                yield paragraph(note)

    def row(self, row: Row, table: Table, numbers: dict[str, int], *, blank: bool = False) -> list[str]:
        return [
            "" if blank and cell is None else escaped(shown(cell, column, self.words) + mark(cell, numbers))
            for cell, column in zip(row, table.columns, strict=True)
        ]


def _bold(text: str) -> str:
    return f"**{text}**" if text else ""


def _aligned(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    heads = [escaped(column.title) for column in columns]
    widths = [
        min(_WIDEST, max(_NARROWEST, *map(width_of, cells))) for cells in zip(heads, *rows, strict=True)
    ]
    yield _line(columns, widths, heads)
    rules = [
        "-" * (width - 1) + ":" if column.align == "end" else "-" * width
        for column, width in zip(columns, widths, strict=True)
    ]
    yield _line(columns, widths, rules)
    for row in rows:
        yield _line(columns, widths, row)


def _line(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str]) -> str:
    texts = (
        padded(cell, width, column.align) for column, width, cell in zip(columns, widths, cells, strict=True)
    )
    return f"| {' | '.join(texts)} |"
