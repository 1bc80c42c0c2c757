"""How much time a promise allows, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from smarketing.language import Words

if TYPE_CHECKING:
    from smarketing.sla._result import SlaResult
    from smarketing.sla._terms import Term

__all__ = ["allowed_by"]

_HOUR = timedelta(hours=1)


def allowed_by(result: SlaResult, name: str, words: Words) -> str:
    """The time that a promise allows, as it was last agreed in the period: for all leads, then for some."""
    for version in reversed(result.contract.in_force):
        if version.since < result.period.end and name in version.clocks:
            variants = sorted(version.clocks[name], key=lambda variant: bool(variant[0]))
            return ", ".join(
                f"{_for_whom(term)} {_allowed(term, words)}" if conditions else _allowed(term, words)
                for conditions, term in variants
            )
    return words.missing


def _for_whom(term: Term) -> str:
    return "/".join(word for words in term.when.values() for word in words)


def _allowed(term: Term, words: Words) -> str:
    return " ".join(_parts(term, words))


def _parts(term: Term, words: Words) -> Iterator[str]:
    if term.working_days:
        yield words.plural("{count} working day", "{count} working days", term.working_days)
    if not term.within:
        return
    hours, rest = divmod(term.within, _HOUR)
    if term.calendar is None:
        yield words.duration(term.within)
    elif rest:
        yield words("{length} of working time", length=words.duration(term.within))
    else:  # eighty hours of an office are no three days
        yield words.plural("{count} working hour", "{count} working hours", hours)
