"""How what was sold is said: a table and a chart of each split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from smarketing.document import Block, Cell, Chart, Column, Report, Section, Table, bar_chart, line_chart
from smarketing.estimates import Rate
from smarketing.funnel._wording import (
    MOST_BARS,
    dimension_title,
    folded,
    group_cells,
    known_before,
    others_cells,
    shown_period,
    totals,
    within_sentence,
)
from smarketing.language import Words
from smarketing.language import words as words_of
from smarketing.values import Money

if TYPE_CHECKING:
    from smarketing.funnel._sales import SalesResult, SalesRow

__all__ = ["sales_report"]


def sales_report(result: SalesResult, words: Words | None = None) -> Report:
    """What was sold, in all and by group."""
    words = words or words_of("en")
    title = words("Sales")
    if result.by:
        names = ", ".join(within_sentence(dimension_title(name, words)) for name in result.by)
        title = words("Sales by {dimension}", dimension=names)
    currencies = list(result.total.revenue)
    columns = [
        *(Column(dimension_title(name, words), "month" if name == "month" else "text") for name in result.by),
        Column(words("Won"), "count"),
        Column(words("Lost"), "count"),
        Column(words("Won of closed"), "share"),
        *(Column(words("Revenue, {currency}", currency=currency), "money") for currency in currencies),
    ]
    if result.total.unpriced_count:
        columns.append(Column(words("Won without an amount"), "count"))

    def money(rows: Sequence[SalesRow], currency: str) -> Money | None:
        priced = [row.revenue[currency] for row in rows if currency in row.revenue]
        is_unknown = not priced and any(row.unpriced_count for row in rows)
        return None if is_unknown else sum(priced, start=Money(0, currency))

    def cells(*rows: SalesRow) -> list[Cell]:
        won, lost = (sum(getattr(row, name) for row in rows) for name in ("won_count", "lost_count"))
        earned = [money(rows, currency) for currency in currencies]
        unpriced = [sum(row.unpriced_count for row in rows)] if result.total.unpriced_count else []
        return [won, lost, Rate(won, won + lost).share, *earned, *unpriced]

    listed, others = (result.rows, ()) if "month" in result.by else folded(result.rows)
    rows = [[*group_cells(row.group, result.names, words), *cells(row)] for row in listed]
    if others:
        rows.append([*others_cells(result.by, len(others), words), *cells(*others)])
    if result.by == ("month",):
        rows.sort(key=lambda row: str(row[0]))
    blocks: list[Block] = []
    if len(result.by) == 1 and len(currencies) == 1 and 1 < len(rows) <= 2 * MOST_BARS:
        at = len(columns) - 1 - bool(result.total.unpriced_count)
        drawn = Table([columns[0], columns[at]], [(row[0], row[at]) for row in rows])
        draw = line_chart if result.by == ("month",) else _lying_bars
        blocks.append(
            draw(
                drawn,
                title=columns[at].title,
                words=words,
                alt=words("The revenue of each group, as in the table"),
            )
        )
    total = totals(result.by, cells(result.total), words)
    blocks.append(Table(columns, rows if result.by else [cells(result.total)], totals=total))
    return Report(
        title=title,
        language=words.language,
        period=shown_period(result.period, words),
        as_of=known_before(result, words),
        sections=[Section(title, blocks)],
    )


def _lying_bars(table: Table, *, title: str, words: Words, alt: str) -> Chart:
    return bar_chart(table, title=title, words=words, alt=alt, horizontal=True)
