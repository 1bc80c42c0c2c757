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

__all__ = ["next_section"]

_REASONS = {
    "pays": N_("What its leads bring lies above its cost"),
    "does not pay": N_("What its leads bring lies below its cost"),
    "undecided": N_("What its leads bring may lie on either side of its cost"),
    "few leads": N_("Too few leads to tell"),
    "young": N_("Its leads have not had the time to buy"),
    "no leads": N_("It cost money and no lead names it"),
    "no spend": N_("It captured leads, and nobody said what it cost"),
    "rejected": N_("Sales takes fewer of its leads than of all others"),
    "unanswered": N_("Leads were paid for and handed over, and sales is late with its answer"),
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
    blocks: list[Block] = [Table(columns, rows, note=words(_MEANING))]
    blocks.append(Note(_shift(result, words)))
    blocks.append(
        Note(
            words(
                "That more money brings as much as before for each unit of it is taken for granted: "
                "diminishing returns are not modelled. Move budgets in small steps, and measure again."
            )
        )
    )
    yield Section(words("What to do next"), blocks, level=3)


_MEANING = N_(
    "Only months whose leads have had the time in which nine of ten sales came speak of returns. Money: what "
    "was earned beyond the cost, or lost, or the cost at stake. Between: with 90 % confidence."
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
        return words("{count} of {all} handed over", count=part, all=whole)
    bought = words("{count} of {all} leads bought", count=part, all=whole)
    if advice.roi is None:
        return bought
    low, high = words.share(advice.roi.low, 0), words.share(advice.roi.high, 0)
    return words("{bought}; return between {low} and {high}", bought=bought, low=low, high=high)


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
        "A shift worth trying: {amount} from {source} to {target}. At the returns so far it would have "
        "earned {gain} more ({between}).",
        amount=words.money(shift.amount, 0),
        source=_name(shift.source, result, words),
        target=_name(shift.target, result, words),
        gain=words.money(shift.gain, 0),
        between=_between(shift.between, result, words) or "",
    )
