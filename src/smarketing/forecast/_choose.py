"""How strongly to shrink and how far to look back, chosen on history that the fit has not seen.

The last weeks are held out: models fitted as of their beginning say what was likely to be won within them,
and the one that what happened surprised least is taken. It must beat the usual terms by more than chance,
else those stay.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import attrs

from smarketing.forecast._chain import Chain
from smarketing.forecast._counts import Counts
from smarketing.forecast._fitting import Fitting, since_day
from smarketing.forecast._spells import OpenGroup, open_by_day
from smarketing.forecast._tally import Choice, Terms

__all__ = ["chosen", "trials"]

_TRIED: Mapping[str, Sequence[float]] = {
    "lookback_days": (730, 365, 180, 90),
    "age_ends": (20.0, 200.0),
    "weight": (5.0, 80.0),
}
_HELD_OUT_DAYS = (14, 90)
_FEWEST_WINS = 30
_TINY = 1e-12


def chosen(tried: Iterable[Choice]) -> Choice | None:
    """The one that was chosen, where anything was tried."""
    return next((each for each in tried if each.chosen), None)


def trials(
    fitting: Fitting, observed: int | None, usual: Terms, fixed: Collection[str] = ()
) -> tuple[Choice, ...]:
    """The terms that were tried, with one of them chosen; nothing where history is too short to hold out.

    First how far to look back is chosen, then how much ages borrow, then how much groups do.

    Args:
        fitting: The spells.
        observed: The first day on which an end could be seen, where it is not the beginning.
        usual: The terms that stay unless others do better.
        fixed: The names of those that were given and are not to be chosen.
    """
    first = observed if observed is not None else fitting.first_day
    if first is None or len(fixed) == len(_TRIED):
        return ()
    held = min(_HELD_OUT_DAYS[1], (fitting.today - first + 1) // 4)
    day = fitting.today - held
    if held < _HELD_OUT_DAYS[0]:
        return ()
    groups = open_by_day(fitting.spells, day, fitting.today, fitting.paths)
    if sum(group.won_count for group in groups) < _FEWEST_WINS:
        return ()
    held_out = _HeldOut(fitting=fitting, observed=observed, day=day, days=held, groups=groups)
    best = held_out.tried(usual)
    results = [best]
    for name, values in _TRIED.items():
        if name in fixed:
            continue
        if name == "lookback_days":
            values = [days for days in values if days < 0.75 * (day - first)]  # noqa: PLW2901
        more = [held_out.tried(_with(best.terms, name, value)) for value in values]
        results += more
        best = _best([best, *more])
    return tuple(
        Choice(terms=each.terms, log_loss=each.log_loss, deals_count=each.deals_count, chosen=each is best)
        for each in results
    )


@attrs.frozen(kw_only=True, eq=False)
class _Result:
    """How much each held-out group surprised a model: deals, wins, and the loss of a win and of none."""

    terms: Terms
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
    _counted: dict[int | None, Counts] = attrs.field(factory=dict, repr=False)

    def tried(self, terms: Terms) -> _Result:
        """How much what happened would have surprised a model that was fitted before."""
        since = since_day(self.observed, self.day, terms.lookback_days)
        chain = Chain(self.fitting.parts(self._counts(since), terms))
        losses = []
        for path, stage, age, deals, won in self.groups:
            known = stage if stage in chain.stages else chain.stages[0]
            share = min(max(chain.won_within(path, known, age, (self.days,))[0], _TINY), 1.0 - _TINY)
            losses.append((deals, won, -math.log(share), -math.log1p(-share)))
        return _Result(terms=terms, losses=tuple(losses))

    def _counts(self, since: int | None) -> Counts:
        if since not in self._counted:
            self._counted[since] = self.fitting.counts(until=self.day, since=since)
        return self._counted[since]


def _with(terms: Terms, name: str, value: float) -> Terms:
    return Terms(**{**attrs.asdict(terms), name: value})


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
