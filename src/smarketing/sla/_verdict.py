"""Kept, broken, or still running: what can be said of a promise while some of it is undecided."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from smarketing.language import N_
from smarketing.values import Share

__all__ = ["Verdict", "all_of", "verdict_of"]


class Verdict(StrEnum):
    """How a promise stands as a whole."""

    KEPT = "kept"
    BROKEN = "broken"
    RUNNING = "running"
    NOTHING = "nothing"

    @property
    def label(self) -> str:
        """What people read, in English."""
        return _LABELS[self]


_LABELS = {
    Verdict.KEPT: N_("Kept"),
    Verdict.BROKEN: N_("Broken"),
    Verdict.RUNNING: N_("Undecided"),
    Verdict.NOTHING: N_("Nothing to judge"),
}


def verdict_of(done: int, decided: int, undecided: int, promised: Share) -> Verdict:
    """The verdict on a promised share, which holds whatever becomes of the undecided ones.

    Example:
        >>> nine_of_ten = Share.percent(90)
        >>> [verdict_of(9, 10, undecided, nine_of_ten).value for undecided in (0, 1, 100)]
        ['kept', 'running', 'running']
        >>> verdict_of(5, 10, 2, nine_of_ten).value
        'broken'
    """
    whole = decided + undecided
    if not whole:
        return Verdict.NOTHING
    needed = promised.ppm * whole  # in millionths, so that nothing is rounded
    if done * 1_000_000 >= needed:
        return Verdict.KEPT
    if (done + undecided) * 1_000_000 < needed:
        return Verdict.BROKEN
    return Verdict.RUNNING


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Kept if all are that have something to judge, broken if one is, else running.

    Example:
        >>> all_of([Verdict.KEPT, Verdict.NOTHING]).value, all_of([Verdict.RUNNING, Verdict.BROKEN]).value
        ('kept', 'broken')
    """
    found = {*verdicts}
    order = (Verdict.BROKEN, Verdict.RUNNING, Verdict.KEPT)
    return next((verdict for verdict in order if verdict in found), Verdict.NOTHING)
