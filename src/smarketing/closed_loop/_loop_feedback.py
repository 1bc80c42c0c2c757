"""The page's part about feedback: why sales refuses, whom it has not answered, and how far both agree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from smarketing.document import Block, Cell, Column, Section, Table
from smarketing.funnel import dimension_title, shown_value
from smarketing.language import N_

if TYPE_CHECKING:
    from smarketing.closed_loop._answered import CauseRow
    from smarketing.closed_loop._loop_result import LoopResult, LoopRow
    from smarketing.language import Words

__all__ = ["feedback_section"]

_MOST_REASONS, _MOST_OPEN, _MOST_COLUMNS = 12, 15, 6

_VERDICTS = {"accepted": N_("Accepted"), "rejected": N_("Rejected"), "recycled": N_("Not ready")}


def feedback_section(result: LoopResult, words: Words) -> Iterator[Section]:
    """What sales answered, where it answered or should have."""
    blocks: list[Block] = [
        *_reasons(result, words),
        *_handovers(result, words),
        *_causes(result, words),
        *_open(result, words),
    ]
    if blocks:
        yield Section(words("What sales answered"), blocks, level=3)


def _reasons(result: LoopResult, words: Words) -> Iterator[Block]:
    """Why sales did not take leads: in all, and in each campaign."""
    told = [(verdict, why, n) for (verdict, why), n in result.total.reasons.items() if verdict != "accepted"]
    told.sort(key=lambda each: (-each[2], each))
    if not told:
        return
    answered = result.total.acceptance.trials
    rows = [
        (words(_VERDICTS[verdict]), why or words("(blank)"), count, count / answered)
        for verdict, why, count in told[:_MOST_REASONS]
    ]
    columns = [
        Column(words("Answer")),
        Column(words("Reason")),
        Column(words("Leads"), "count"),
        Column(words("Of those answered"), "share"),
    ]
    yield Table(columns, rows, caption=words("Why sales did not take them"))
    named = list(dict.fromkeys(why for _, why, _ in told if why))[:_MOST_COLUMNS]
    campaigns = [row for row in result.by_campaign if row.acceptance.trials]
    if not named or len(campaigns) < 2:
        return
    columns = [
        Column(dimension_title("campaign", words)),
        Column(words("Answered by sales"), "count"),
        Column(words("Accepted"), "share"),
        *(Column(why, "count") for why in named),
    ]
    lines = [
        [
            shown_value("campaign", row.values["campaign"], words, result.names),
            row.acceptance.trials,
            None if row.is_withheld else row.acceptance.share,
            *(_given(row, why) for why in named),
        ]
        for row in campaigns
    ]
    yield Table(columns, lines, caption=words("Why, by campaign"))


def _given(row: LoopRow, why: str) -> int:
    """How many leads of a group were refused for a reason."""
    return sum(
        count for (verdict, reason), count in row.reasons.items() if reason == why and verdict != "accepted"
    )


def _handovers(result: LoopResult, words: Words) -> Iterator[Block]:
    told = [row for row in result.handovers if row.handed_count]
    if len(told) < 2:
        return
    months = {month.label: month.start for month in result.period.split("month")}
    zone = ZoneInfo(result.period.zone)
    rows = [
        (
            months[row.month].astimezone(zone).date().replace(day=1),
            row.handed_count,
            row.accepted.share,
            row.waiting_count,
        )
        for row in told
    ]
    columns = [
        Column(words("Month"), "month"),
        Column(words("Handed over"), "count"),
        Column(words("Accepted, of those answered"), "share"),
        Column(words("Not answered"), "count"),
    ]
    yield Table(columns, rows, caption=words("Marketing's qualification against sales' acceptance"))


def _causes(result: LoopResult, words: Words) -> Iterator[Block]:
    if not result.causes:
        return
    columns = [
        Column(words("Score")),
        Column(words("What made it flip")),
        Column(words("Accepted"), "count"),
        Column(words("Rejected"), "count"),
        Column(words("Not ready"), "count"),
        Column(words("Accepted, of those answered"), "share"),
        Column(words("Most often refused for")),
    ]
    rows = [_answers(row, words) for row in result.causes]
    yield Table(columns, rows, caption=words("Answers by what had made the score flip"))


def _answers(row: CauseRow, words: Words) -> list[Cell]:
    refused = [(n, why) for (verdict, why), n in row.reasons.items() if verdict != "accepted" and why]
    return [
        row.score,
        row.cause or words("(blank)"),
        row.accepted_count,
        row.rejected_count,
        row.recycled_count,
        row.acceptance.share,
        max(refused)[1] if refused else None,
    ]


def _open(result: LoopResult, words: Words) -> Iterator[Block]:
    loops = result.open_loops
    if not loops:
        return
    zone, hour = ZoneInfo(result.period.zone), timedelta(hours=1)
    rows = [
        (
            loop.lead_id,
            loop.handed_at.astimezone(zone),
            loop.waited / hour,
            None if loop.late is None else loop.late / hour,
            words("Sales") if loop.turn == "sales" else loop.turn,
        )
        for loop in loops[:_MOST_OPEN]
    ]
    columns = [
        Column(words("Lead")),
        Column(words("Handed over"), "instant"),
        Column(words("Working hours waited"), "number", digits=0),
        Column(words("Hours late"), "number", digits=0),
        Column(words("Whose turn")),
    ]
    more = len(loops) - _MOST_OPEN
    note = words("… and {count} more", count=words.number(more)) if more > 0 else ""
    yield Table(columns, rows, caption=words("Loops that are still open"), note=note)
