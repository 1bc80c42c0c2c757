"""The change between two forecasts as a page: a waterfall, and the deals behind each step."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from smarketing.document import Cell, Column, Report, Section, Table, waterfall_chart
from smarketing.funnel import shown_period
from smarketing.language import Words
from smarketing.language import words as words_of

if TYPE_CHECKING:
    from smarketing.forecast._change import ForecastChange

__all__ = ["change_report"]

_MOST_DEALS = 12


def change_report(change: ForecastChange, words: Words | None = None) -> Report:
    """The change in the given words or in English."""
    words = words or words_of("en")
    zone = ZoneInfo(change.period.zone if change.period else "UTC")
    before, after = (words.instant(at.astimezone(zone)) for at in (change.before, change.after))
    rows: list[list[Cell]] = [[before, change.start, change.expected_start, None]]
    rows += [
        [words(line.change.label), line.amount, line.expected, len(line.deal_ids)] for line in change.lines
    ]
    rows.append([after, change.end, change.expected_end, None])
    columns = [
        Column(words("What happened")),
        Column(words("Open amounts"), "money", digits=0),
        Column(words("Expected of them"), "money", digits=0),
        Column(words("Deals"), "count"),
    ]
    table = Table(columns, rows)
    chart = waterfall_chart(
        table,
        title=words("From one forecast to the next"),
        words=words,
        totals=[before, after],
        alt=words("From the open amounts then to those now, step by step"),
    )
    named = Table(
        [Column(words("What happened")), Column(words("Deals"))],
        [(words(line.change.label), _names(line.deal_ids, words)) for line in change.lines],
    )
    return Report(
        title=words("What changed in the forecast"),
        language=words.language,
        period=shown_period(change.period, words) if change.period else "",
        as_of=words("{first} to {last}", first=before, last=after),
        sections=[Section(words("Step by step"), [chart, table]), Section(words("The deals"), [named])],
    )


def _names(deal_ids: tuple[str, ...], words: Words) -> str:
    shown = ", ".join(deal_ids[:_MOST_DEALS])
    more = len(deal_ids) - _MOST_DEALS
    return f"{shown} {words('… and {count} more', count=words.number(more))}" if more > 0 else shown
