"""Pages about scores: why one lead has the points that it has, and how a book of leads stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from smarketing.document import Block, Column, Metric, Note, Report, Section, Table
from smarketing.language import N_, Words
from smarketing.language import words as words_of
from smarketing.periods import to_micros
from smarketing.scoring._lines import LineKind, ScoreLine
from smarketing.scoring._replay import FlipCause
from smarketing.values import Points

if TYPE_CHECKING:
    from smarketing.scoring._matrix import ScoringMatrix
    from smarketing.scoring._next_touch import NextTouch
    from smarketing.scoring._record import Score

__all__ = ["head", "number_rows", "score_report"]

_CAUSES = {
    FlipCause.TOUCH: N_("A touch"),
    FlipCause.LEAD: N_("What is known of the lead"),
    FlipCause.EXPIRY: N_("Something expired"),
    FlipCause.RULE_CHANGE: N_("The rules changed"),
}


def score_report(score: Score, words: Words | None = None) -> Report:
    """Why a lead has its points, in the given words or in English."""
    words = words or words_of("en")
    blocks: list[Block] = [Metric(words("Points"), score.points, "points", note=_why_none(score, words))]
    if score.lines:
        blocks.append(_lines_table(score, words))
    sections = [Section(words("What counted"), blocks)]
    if score.flips:
        sections.append(Section(words("When it was ready"), [_flips_table(score, words)]))
    sections += _next_section(score, words)
    return head(score.matrix, score.as_of, sections, words, title=score.lead_id or "")


def head(
    matrix: ScoringMatrix, as_of: datetime, sections: list[Section], words: Words, title: str = ""
) -> Report:
    """A report with the name of the score and the moment on top."""
    moment = words.instant(as_of.astimezone(ZoneInfo(matrix.zone)))
    return Report(
        title=title or words("Scores"),
        subtitle=matrix.name,
        language=words.language,
        as_of=words("Known before {moment}", moment=moment),
        sections=sections,
    )


def number_rows(matrix: ScoringMatrix, words: Words) -> Iterator[tuple[str, Points, str, str]]:
    """Each flip number: its campaign, the points, what is done, and by whom."""
    for flip in matrix.flips:
        yield flip.campaign or words("All campaigns"), flip.points, flip.action, flip.owner


def _why_none(score: Score, words: Words) -> str:
    if score.points is not None:
        return ""
    if score.excluded_by is not None:
        return words("Not scored: {reason}", reason=score.excluded_by)
    return words("Nothing is known that counts")


def _lines_table(score: Score, words: Words) -> Table:
    columns = [Column(words("What")), Column(words("Points"), "points"), Column(words("Why"))]
    rows = [(_line_name(line, words), line.points, line.reason) for line in score.lines]
    return Table(columns, rows, totals=(words("Total"), score.points, ""))


def _line_name(line: ScoreLine, words: Words) -> str:
    return line.name if line.kind is LineKind.RULE else words("Limit of {name}", name=line.name)


def _flips_table(score: Score, words: Words) -> Table:
    columns = [
        Column(words("On")),
        Column(words("Campaign")),
        Column(words("Number"), "points"),
        Column(words("Points"), "points"),
        Column(words("Cause")),
        Column(words("Action")),
        Column(words("Who")),
    ]
    zone = ZoneInfo(score.matrix.zone)
    rows = [
        (
            words.date(event.at.astimezone(zone).date()),
            event.flip.campaign or words("All campaigns"),
            event.flip.points,
            event.points,
            words(_CAUSES[event.cause]),
            event.flip.action,
            event.flip.owner,
        )
        for event in score.flips
    ]
    return Table(columns, rows)


def _next_section(score: Score, words: Words) -> Iterator[Section]:
    """What would bring the lead to each number that it is below, and that holds on the day."""
    if score.points is None:
        return
    at = to_micros(score.as_of)
    flips = [flip for flip in score.matrix.flips if flip.holds_at(at, score.matrix.zone)]
    below = [(flip, lists) for flip in flips if () not in (lists := score.what_would_flip(flip.campaign))]
    notes: list[Block] = []
    for flip, lists in below:
        texts = [" + ".join(_next_name(touch) for touch in touches) for touches in lists[:5]]
        texts = texts or [words("None was found among lists of up to three touches")]
        title = flip.campaign or words("All campaigns")
        notes.append(Note("\n".join([f"{title}:", *texts] if len(flips) > 1 else texts)))
    if notes:
        yield Section(words("What would make it ready"), notes)


def _next_name(touch: NextTouch) -> str:
    more = [part for part in (touch.channel, touch.campaign_id, touch.asset) if part]
    return f"{touch.kind} ({', '.join(more)})" if more else touch.kind
