"""How many customers stay healthy, as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smarketing.document import Block, Column, Note, Report, Section, Table
from smarketing.funnel import dimension_title, shown_value
from smarketing.language import Words
from smarketing.language import words as words_of

if TYPE_CHECKING:
    from smarketing.forecast._health_result import HealthResult, HealthRow

__all__ = ["health_report"]

_MONTHS = (3, 6, 12, 24)


def health_report(result: HealthResult, words: Words | None = None) -> Report:
    """One row per group: counts, and the share still healthy after some months, with its band at a year."""
    words = words or words_of("en")
    blocks: list[Block] = [_table(result, words)]
    if not result.silence_is_health:
        said = words(
            "Customers of whom nothing was said do not count: {count}",
            count=words.number(result.total.silent_count),
        )
        blocks.append(Note(said))
    return Report(
        title=words("Customers who stay"),
        language=words.language,
        as_of=words("Known before {moment}", moment=words.instant(result.as_of)),
        sections=[Section(words("Still healthy after some months"), blocks)],
    )


def _table(result: HealthResult, words: Words) -> Table:
    months = (words("{count} months", count=words.number(each)) for each in _MONTHS)
    columns = [
        *(Column(dimension_title(name, words)) for name in result.by),
        Column(words("Customers"), "count"),
        Column(words("Left"), "count"),
        Column(words("Dismissed by us"), "count"),
        *(Column(month, "share") for month in months),
        Column(words("12 months, at least"), "share"),
        Column(words("12 months, at most"), "share"),
    ]
    if not result.by:
        columns.insert(0, Column(words("Group")))
    rows = [_row(row, [shown_value(name, value, words) for name, value in row.group]) for row in result.rows]
    rows.append(_row(result.total, [words("All"), *([""] * (len(result.by) - 1))]))
    return Table(columns, rows, note=words("A customer that we dismiss is not churn."))


def _row(row: HealthRow, names: list[str]) -> tuple[str | int | float | None, ...]:
    band = row.band(12)
    return (
        *names,
        row.customers_count,
        row.churned_count,
        row.dismissed_count,
        *(row.healthy(months) for months in _MONTHS),
        band.low if band else None,
        band.high if band else None,
    )
