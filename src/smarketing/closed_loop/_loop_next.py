"""The page's part about the next decision: the list, the shift of budget, and what they take for granted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from smarketing.document import Block, Column, Note, Section, Table
from smarketing.language import N_

if TYPE_CHECKING:
    from smarketing.closed_loop._advice import Advice
    from smarketing.closed_loop._loop_result import LoopResult
    from smarketing.estimates import Interval
    from smarketing.language import Words

__all__ = ["MEANING", "next_section"]

_REASONS = {
    "pays": N_("Brings more than it costs"),
    "does not pay": N_("Brings less than it costs"),
    "undecided": N_("May go either way"),
    "few leads": N_("Too few leads"),
    "young": N_("Its leads are too young to tell"),
    "no rate": N_("Part of its money has no rate"),
    "no leads": N_("No lead names it"),
    "no spend": N_("Nobody said what it cost"),
    "rejected": N_("Sales takes fewer of its leads"),
    "unanswered": N_("Sales answers late"),
}


def next_section(result: LoopResult, words: Words) -> Iterator[Section]:
    """What to do, the surest and largest first."""
    advice = result.advice
    if not advice:
        return
    columns = [
        Column(words("What to do")),
        Column(words("With")),
        Column(words("Why")),
        Column(words("Evidence")),
        Column(words("Money"), "money", digits=0),
        Column(words("Between")),
    ]
    rows = [
        (
            words(each.kind.label),
            _name(each.group, result, words),
            _why(each, words),
            _evidence(each, words),
            each.size,
            _between(each.between, result, words),
        )
        for each in advice
    ]
    blocks: list[Block] = [Table(columns, rows)]
    reasons = {each.reason for each in advice}
    if "pays" in reasons or "does not pay" not in reasons:  # where all lose, there is nowhere to move it to
        blocks.append(Note(_shift(result, words)))
    yield Section(words("What to do next"), blocks, level=3)


MEANING = N_(
    "Only months whose leads have had the time in which nine of ten sales came speak of returns. Money: what "
    "was earned beyond the cost, or lost, or the cost at stake. Between: 90 % sure. That more money "
    "brings as much as before is taken for granted: diminishing returns are not modelled."
)


def _name(group: tuple[tuple[str, str | None], ...], result: LoopResult, words: Words) -> str:
    from smarketing.closed_loop._loop_report import shown_group

    return shown_group(group, result, words)


def _why(advice: Advice, words: Words) -> str:
    why = words(_REASONS[advice.reason])
    return words("{why} (most often: {reason})", why=why, reason=advice.detail) if advice.detail else why


def _evidence(advice: Advice, words: Words) -> str | None:
    if advice.leads is None:
        return None
    part, whole = words.number(advice.leads.successes), words.number(advice.leads.trials)
    if advice.reason == "rejected":
        return words("{count} of {all} answered were accepted", count=part, all=whole)
    if advice.reason == "unanswered":
        return words("{count} of {all} wait", count=part, all=whole)
    return words("{count} of {all} bought", count=part, all=whole)


def _between(interval: Interval | None, result: LoopResult, words: Words) -> str | None:
    from smarketing.values import Money

    if interval is None:
        return None
    low, high = (words.money(Money(round(end), result.currency), 0) for end in (interval.low, interval.high))
    return words("{low} to {high}", low=low, high=high)


def _shift(result: LoopResult, words: Words) -> str:
    shift = result.shift
    if shift is None:
        return words("No shift of budget is advised: no two returns lie surely apart.")
    return words(
        "A shift worth trying, in small steps: {amount} from {source} to {target}. "
        "It would have earned {gain} more ({between}).",
        amount=words.money(shift.amount, 0),
        source=_name(shift.source, result, words),
        target=_name(shift.target, result, words),
        gain=words.money(shift.gain, 0),
        between=_between(shift.between, result, words) or "",
    )
