"""How long deals take, as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smarketing.document import Block, Column, Note, Report, Section, Table, Tone
from smarketing.funnel import dimension_title, shown_value
from smarketing.language import Words
from smarketing.language import words as words_of

if TYPE_CHECKING:
    from smarketing.forecast._timing_result import TimingResult, TimingRow

__all__ = ["timing_report"]


def timing_report(result: TimingResult, words: Words | None = None) -> Report:
    """One row per group: counts, the share won with its band, and the days to close."""
    words = words or words_of("en")
    blocks: list[Block] = [_table(result, words)]
    if result.luck_sd is None:
        said = words("Fewer than three months of closings: bands do not hold the luck that deals share.")
        blocks.append(Note(said, Tone.WARNING))
    return Report(
        title=words("Time to close"),
        language=words.language,
        as_of=words("Known before {moment}", moment=words.instant(result.as_of)),
        sections=[Section(words("How long deals take, and how many are won"), blocks)],
    )


def _table(result: TimingResult, words: Words) -> Table:
    columns = [
        *(Column(dimension_title(name, words)) for name in result.by),
        Column(words("Won"), "count"),
        Column(words("Lost"), "count"),
        Column(words("Open"), "count"),
        Column(words("Won in the end"), "share"),
        Column(words("At least"), "share"),
        Column(words("At most"), "share"),
        Column(words("Median days to close"), "count"),
        Column(words("P75 days to close"), "count"),
        Column(words("Median days to win"), "count"),
    ]
    if not result.by:
        columns.insert(0, Column(words("Deals")))
    rows = [_row(row, [shown_value(name, value, words) for name, value in row.group]) for row in result.rows]
    rows.append(_row(result.total, [words("All"), *([""] * (len(result.by) - 1))]))
    return Table(columns, rows, note=words("90 % sure that the true share lies between the two."))


def _row(row: TimingRow, names: list[str]) -> tuple[str | int | float | None, ...]:
    band = row.win_share()
    last = row.outcomes.times[-1] if row.outcomes.times else 0
    return (
        *names,
        row.won_count,
        row.lost_count,
        row.open_count,
        row.won_by(last),
        band.low if band else None,
        band.high if band else None,
        row.close_days(0.5).days,
        row.close_days(0.75).days,
        row.win_days(0.5),
    )
