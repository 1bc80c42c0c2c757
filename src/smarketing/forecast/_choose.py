"""How strongly to shrink and how far to look back, chosen on history that the fit has not seen.

The last weeks are held out: models fitted as of their beginning say what was likely to be won within them,
and the one that what happened surprised least is taken. It must beat the usual terms by more than chance,
else those stay.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import attrs

from smarketing.forecast._chain import Chain
from smarketing.forecast._fitting import WEIGHT, Fitting, since_day
from smarketing.forecast._spells import OpenGroup, open_by_day
from smarketing.forecast._tally import Choice

__all__ = ["chosen", "trials"]

_WEIGHTS = (5.0, 80.0)
_LOOK_BACKS = (730, 365, 180, 90)
_HELD_OUT_DAYS = (14, 90)
_FEWEST_WINS = 30
_TINY = 1e-12


def chosen(tried: Iterable[Choice]) -> Choice | None:
    """The one that was chosen, where anything was tried."""
    return next((each for each in tried if each.chosen), None)


def trials(
    fitting: Fitting, observed: int | None, weight: float | None, lookback_days: int | None
) -> tuple[Choice, ...]:
    """The terms that were tried, with one of them chosen; nothing where history is too short to hold out.

    Args:
        fitting: The spells.
        observed: The first day on which an end could be seen, where it is not the beginning.
        weight: The weight, where it is given.
        lookback_days: The look-back, where it is given.
    """
    first = observed if observed is not None else fitting.first_day
    if first is None:
        return ()
    history = fitting.today - first + 1
    held = min(_HELD_OUT_DAYS[1], history // 4)
    day = fitting.today - held
    if held < _HELD_OUT_DAYS[0]:
        return ()
    groups = open_by_day(fitting.spells, day, fitting.today, fitting.paths)
    if sum(won for *_, won in groups) < _FEWEST_WINS:
        return ()
    weights = _WEIGHTS if weight is None else ()
    usual = WEIGHT if weight is None else weight
    spans = [span for span in _LOOK_BACKS if span < 0.75 * (day - first)] if lookback_days is None else []
    held_out = _HeldOut(fitting=fitting, observed=observed, day=day, days=held, groups=groups)
    results = [held_out.tried(usual, lookback_days), *(held_out.tried(usual, span) for span in spans)]
    best = _best(results)
    more = [held_out.tried(each, best.lookback_days) for each in weights]
    best = _best([best, *more])
    return tuple(
        Choice(
            weight=each.weight,
            lookback_days=each.lookback_days,
            log_loss=each.log_loss,
            deals_count=each.deals_count,
            chosen=each is best,
        )
        for each in (*results, *more)
    )


@attrs.frozen(kw_only=True, eq=False)
class _Result:
    """How much each held-out group surprised a model: deals, wins, and the loss of a win and of none."""

    weight: float
    lookback_days: int | None
    losses: tuple[tuple[int, int, float, float], ...] = attrs.field(repr=False)

    @property
    def deals_count(self) -> int:
        return sum(deals for deals, *_ in self.losses)

    @property
    def log_loss(self) -> float:
        total = math.fsum(
            won * of_win + (deals - won) * of_none for deals, won, of_win, of_none in self.losses
        )
        return total / self.deals_count

    def beats(self, other: _Result) -> bool:
        """Whether it surprises less, by more than one standard error of the difference."""
        count, mean = self.deals_count, self.log_loss - other.log_loss
        squares = math.fsum(_squares(self, other))
        error = math.sqrt(max(0.0, squares / count - mean * mean) / count)
        return mean < -error


@attrs.frozen(kw_only=True, eq=False)
class _HeldOut:
    """The last days of history: what was open when they began, and what was won within them."""

    fitting: Fitting
    observed: int | None
    day: int
    days: int
    groups: Sequence[OpenGroup] = attrs.field(repr=False)

    def tried(self, weight: float, lookback_days: int | None) -> _Result:
        """How much what happened would have surprised a model that was fitted before."""
        since = since_day(self.observed, self.day, lookback_days)
        chain = Chain(self.fitting.parts(self.fitting.counts(until=self.day, since=since), weight))
        losses = []
        for path, stage, age, deals, won in self.groups:
            known = stage if stage in chain.stages else chain.stages[0]
            share = min(max(chain.won_within(path, known, age, (self.days,))[0], _TINY), 1.0 - _TINY)
            losses.append((deals, won, -math.log(share), -math.log1p(-share)))
        return _Result(weight=weight, lookback_days=lookback_days, losses=tuple(losses))


def _squares(one: _Result, other: _Result) -> Iterator[float]:
    for (deals, won, of_win, of_none), (_, _, other_win, other_none) in zip(
        one.losses, other.losses, strict=True
    ):
        yield won * (of_win - other_win) ** 2 + (deals - won) * (of_none - other_none) ** 2


def _best(results: Iterable[_Result]) -> _Result:
    """The first, unless one of the others beats it: of those, the one that surprises least."""
    usual, *others = results
    better = [each for each in others if each.beats(usual)]
    return min(better, key=lambda each: each.log_loss, default=usual)
