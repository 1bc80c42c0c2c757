"""The blocks of a section as HTML: notes, metrics, tables, charts, with all that comes from data escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from smarketing.document import Block, Cell, Chart, Column, Marked, Metric, Note, Row, Table, Tone, shown
from smarketing.errors import MissingExtraError
from smarketing.language import N_, Words
from smarketing.renderers._blocks import mark, remarks
from smarketing.renderers._svg import drawn
from smarketing.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Markup", "plain"]

_WIDE, _NARROW = 840, 320
_TONES = {Tone.WARNING: N_("Warning"), Tone.PROBLEM: N_("Problem")}


def plain(text: str) -> str:
    """Text as text: markup in it is shown and not obeyed."""
    return escape(printable(text))


class Markup:
    """Writes the blocks of one page, and remembers what concerns the page as a whole."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.charts = 0
        self.missing: MissingExtraError | None = None

    def block(self, block: Block | tuple[Metric, ...], place: str) -> Iterator[str]:
        """The lines of a block, or of metrics together; `place` names a table without a caption."""
        match block:
            case Note():
                yield self._note(block)
            case Table():
                table = self._table(block, block.caption or place)
                yield f'<div class="block"><div class="card">{table}</div>{_under(block)}</div>'
            case Chart():
                yield from self._chart(block)
            case Metric():
                yield from self._metrics((block,))
            case _:
                yield from self._metrics(block)

    def _note(self, note: Note) -> str:
        tone = _TONES.get(note.tone)
        lead = f"<strong>{plain(self.words(tone))}:</strong> " if tone else ""
        paragraphs = "</p><p>".join(plain(line) for line in note.text.splitlines() if line.strip())
        return f'<div class="note block {note.tone}" role="note"><p>{lead}{paragraphs}</p></div>'

    def _metrics(self, metrics: tuple[Metric, ...]) -> Iterator[str]:
        yield '<dl class="metrics block">'
        for metric in metrics:
            figure = self._value(metric.value, metric.column)
            remark = metric.value.note if isinstance(metric.value, Marked) else ""
            before = shown(metric.compared, metric.column, self.words)
            compared = f"{metric.compared_with}: {before}" if metric.compared_with else ""
            asides = (compared, remark, metric.note)
            under = "".join(f'<dd class="aside">{plain(text)}</dd>' for text in asides if text)
            size = " long" if len(shown(metric.value, metric.column, self.words)) > 11 else ""
            label = f"<dt>{plain(metric.label)}</dt>"
            yield f'<div class="card">{label}<dd class="figure{size}">{figure}</dd>{under}</div>'
        yield "</dl>"

    def _chart(self, chart: Chart) -> Iterator[str]:
        self.charts += 1
        table = self._table(chart.table, chart.title) + _under(chart.table)
        yield f'<figure class="card block"><figcaption>{plain(chart.title)}</figcaption>'
        try:
            for name, width in (("wide", _WIDE), ("narrow", _NARROW)):
                drawing = drawn(chart, width=width, prefix=f"chart-{self.charts}-{name}")
                yield f'<div class="drawing {name}">{drawing}</div>'
        except MissingExtraError as missing:
            self.missing = missing
            yield table
        else:
            summary = plain(self.words(N_("The figures as a table")))
            yield f"<details><summary>{summary}</summary>{table}</details>"
        yield f"{_lines_under([chart.note])}</figure>"

    def _table(self, table: Table, label: str) -> str:
        numbers = remarks(table)
        caption = f"<caption>{plain(table.caption)}</caption>" if table.caption else ""
        heads = "".join(f'<th scope="col" class="{c.align}">{plain(c.title)}</th>' for c in table.columns)
        rows = "\n".join(self._row(row, table.columns, numbers) for row in table.rows)
        if not rows:
            empty = plain(self.words(N_("no data")))
            rows = f'<tr><td class="missing" colspan="{len(table.columns)}">{empty}</td></tr>'
        totals = self._row(table.totals, table.columns, numbers, blank=True) if table.totals else ""
        return (
            f'<div class="scroll" role="region" tabindex="0" aria-label="{plain(label)}"><table>{caption}'
            f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>"
            f"{f'<tfoot>{totals}</tfoot>' if totals else ''}</table></div>"
        )

    def _row(
        self, row: Row, columns: tuple[Column, ...], numbers: dict[str, int], *, blank: bool = False
    ) -> str:
        cells: list[str] = []
        for cell, column in zip(row, columns, strict=True):
            tag, scope = ("td", "") if cells else ("th", ' scope="row"')
            text = "" if blank and cell is None else self._value(cell, column)
            if marked := mark(cell, numbers):
                text += f'<span class="mark">{marked}</span>'
            cells.append(f'<{tag}{scope} class="{column.align} {column.kind}">{text}</{tag}>')
        return f"<tr>{''.join(cells)}</tr>"

    def _value(self, cell: Cell, column: Column) -> str:
        text = shown(cell, column, self.words)
        if text != self.words.missing:
            return plain(text)
        unseen = plain(self.words("no data"))
        return f'<span class="missing" aria-hidden="true">{text}</span><span class="unseen">{unseen}</span>'


def _under(table: Table) -> str:
    marked = [f"[{number}] {remark}" for remark, number in remarks(table).items()]
    return _lines_under([*marked, table.note])


def _lines_under(texts: Iterable[str]) -> str:
    return "".join(f'<p class="under">{plain(text)}</p>' for text in texts if text)
