"""How proposed points are said: what they are, how they did on leads that they had not seen, what to ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from smarketing.document import Block, Column, Marked, Metric, Note, Report, Section, Table, Tone
from smarketing.language import Words
from smarketing.language import words as words_of
from smarketing.values import Points

if TYPE_CHECKING:
    from smarketing.scoring._calibration import CalibrationResult
    from smarketing.scoring._leaks import Leak

__all__ = ["calibration_report"]

_MUCH_SHRUNK = 0.2
_MANY_UNSEEN = 0.5


def calibration_report(result: CalibrationResult, words: Words | None = None) -> Report:
    """The points, their quality on leads held out, the fields to ask about, and the levels behind them."""
    words = words or words_of("en")
    return Report(
        title=words("Proposed points"),
        subtitle=result.matrix.name,
        language=words.language,
        as_of=words("Known before {moment}", moment=words.instant(result.as_of)),
        sections=[
            Section(words("How well they tell leads apart"), [*_quality(result, words)]),
            Section(words("The points"), [_points(result, words)]),
            Section(words("Announced and observed"), [_rows(result, words)]),
            Section(words("Level by level"), [_levels(result, words)]),
        ],
    )


def _quality(result: CalibrationResult, words: Words) -> Iterator[Block]:
    held_out, leads = result.held_out, sum(row.rate.trials for row in result.held_out.rows)
    range_ = held_out.auc.interval()
    between = words(
        "90 % sure: {low} to {high}", low=words.number(range_.low, 3), high=words.number(range_.high, 3)
    )
    yield Metric(words("AUC on leads held out"), held_out.auc.share, "number", digits=3, note=between)
    yield Metric(
        words("Log loss on leads held out"),
        held_out.log_loss,
        "number",
        digits=4,
        compared=held_out.base_log_loss,
        compared_with=words("without any points"),
    )
    yield Metric(words("Calibration error"), held_out.calibration_error, "share")
    yield Metric(words("Leads held out"), leads)
    yield Metric(words("Leads learned from"), result.train.auc.successes + result.train.auc.failures)
    if result.is_split_by_time:
        yield Note(words("The leads held out are those that began last."))
    if held_out.auc.interval().low <= 0.5:
        yield Note(
            words("On leads held out the points may do no better than a coin: do not use them."), Tone.WARNING
        )
    yield from (Note(leak_question(leak, words), Tone.PROBLEM) for leak in result.leaks)
    yield from _left_aside(result, words)


def leak_question(leak: Leak, words: Words) -> str:
    """What to ask whoever knows a field that seems to know the outcome."""
    alone = words.number(leak.alone, 3)
    if leak.others is None:
        return words(
            "{field} alone foretells the outcome almost perfectly (AUC {alone}) and was left out: is it "
            "known before the outcome is?",
            field=leak.field,
            alone=alone,
        )
    return words(
        "{field} alone foretells the outcome better (AUC {alone}) than all other fields together ({others}) "
        "and was left out: is it known before the outcome is?",
        field=leak.field,
        alone=alone,
        others=words.number(leak.others, 3),
    )


def _left_aside(result: CalibrationResult, words: Words) -> Iterator[Note]:
    if result.young_count:
        yield Note(
            words(
                "Left aside, because their time is not over: {count}", count=words.number(result.young_count)
            )
        )
    if result.early_count:
        said = words(
            "Left aside, because they had turned out well before they were looked at: {count}",
            count=words.number(result.early_count),
        )
        yield Note(said)
    looked = sum(quality.auc.successes + quality.auc.failures for quality in (result.train, result.held_out))
    if result.unseen_count > looked * _MANY_UNSEEN:
        said = words(
            "Of {count} leads no version was known when they were looked at: the data tell only what they "
            "look like now.",
            count=words.number(result.unseen_count),
        )
        yield Note(said, Tone.WARNING)
    if result.unused:
        said = words("Fields that tell too few leads apart: {fields}", fields=", ".join(result.unused))
        yield Note(said)


def _points(result: CalibrationResult, words: Words) -> Table:
    columns = [Column(words("Rule")), Column(words("Points"), "points")]
    return Table(columns, [(rule.name, rule.points) for rule in result.matrix.rules])


def _rows(result: CalibrationResult, words: Words) -> Table:
    columns = [
        Column(words("Announced")),
        Column(words("Leads"), "count"),
        Column(words("Expected"), "share"),
        Column(words("Observed"), "share"),
        Column(words("At least"), "share"),
        Column(words("At most"), "share"),
    ]
    rows = []
    for row in result.held_out.rows:
        range_ = row.rate.interval()
        said = words("{low} to {high}", low=words.share(row.low), high=words.share(row.high))
        ends = (None, None) if range_ is None else (range_.low, range_.high)
        rows.append((said, row.rate.trials, row.expected, row.rate.share, *ends))
    note = words("Of leads held out; 90 % sure that the true share lies between the last two columns.")
    return Table(columns, rows, note=note)


def _levels(result: CalibrationResult, words: Words) -> Table:
    columns = [
        Column(words("Field")),
        Column(words("Level")),
        Column(words("Leads"), "count"),
        Column(words("Turned out well"), "share"),
        Column(words("Points"), "points"),
    ]
    few = words("few leads: pulled toward 0 by more than a fifth")
    rows = []
    for row in result.levels:
        points = Points.of(row.whole_points)
        shown = Marked(points, few) if row.shrinkage_share > _MUCH_SHRUNK else points
        rows.append((row.field, row.level, row.lead_count, row.rate.share, shown))
    return Table(columns, rows)
