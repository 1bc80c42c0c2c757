"""The page's part about feedback: why sales refuses, whom it has not answered, and how far both agree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from smarketing.document import Block, Column, Section, Table
from smarketing.language import N_

if TYPE_CHECKING:
    from smarketing.closed_loop._loop_result import LoopResult
    from smarketing.language import Words

__all__ = ["feedback_section"]

_MOST_REASONS, _MOST_OPEN = 12, 15

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
    told = [(verdict, why, n) for (verdict, why), n in result.total.reasons.items() if verdict != "accepted"]
    if not told:
        return
    rows = []
    for verdict, why, count in sorted(told, key=lambda each: (-each[2], each))[:_MOST_REASONS]:
        worst = max(
            result.by_campaign,
            key=lambda row: (row.reasons.get((verdict, why), 0), str(row.group)),
        )
        campaign = worst.values["campaign"]
        name = result.names.get(campaign or "") or campaign or words("(blank)")
        most = words("{name} ({count})", name=name, count=words.number(worst.reasons.get((verdict, why), 0)))
        rows.append((words(_VERDICTS[verdict]), why or words("(blank)"), count, most))
    columns = [
        Column(words("Answer")),
        Column(words("Reason")),
        Column(words("Leads"), "count"),
        Column(words("Most of them from")),
    ]
    yield Table(columns, rows, caption=words("Why sales did not take them"))


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
    rows = [
        (
            row.score,
            row.cause or words("(blank)"),
            row.accepted_count,
            row.rejected_count,
            row.acceptance.share,
        )
        for row in result.causes
    ]
    columns = [
        Column(words("Score")),
        Column(words("What made it flip")),
        Column(words("Accepted"), "count"),
        Column(words("Rejected"), "count"),
        Column(words("Accepted, of those answered"), "share"),
    ]
    yield Table(columns, rows, caption=words("Answers by what had made the score flip"))


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
