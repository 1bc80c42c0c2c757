"""Fitting a win model in bulk: spells are counted by the engine, and what follows is small and plain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from smarketing.forecast._asked import checked_number
from smarketing.forecast._chain import LOST, WON, Path
from smarketing.forecast._choose import chosen, trials
from smarketing.forecast._counts import Counts
from smarketing.forecast._fitting import Fitting, since_day
from smarketing.forecast._leads import rows_as_of
from smarketing.forecast._model import WinModel
from smarketing.forecast._parts import merged, typical_days_of
from smarketing.forecast._past import past_months
from smarketing.forecast._rhythm import rhythm_of
from smarketing.forecast._spells import day_of_number
from smarketing.forecast._tally import Tally, Terms
from smarketing.frames import Frames
from smarketing.funnel import Funnel, Unit, dimension_names
from smarketing.periods import Dated
from smarketing.sources import SourceRules

__all__ = ["fit_model"]


def fit_model(
    frames: Frames,
    *,
    by: str | Sequence[str],
    as_of: datetime,
    sources: Dated[SourceRules] | None,
    pipeline: Funnel | None,
    zone: str,
    unit: Unit,
    weight: float | None,
    age_ends: float | None,
    lookback_days: int | None,
    rhythm: bool,
    typical_days: float,
    choose: bool,
) -> WinModel:
    """What `WinModel.fit` does."""
    by, typical_days = dimension_names(by), checked_number(typical_days, "typical_days")
    rules = sources or Dated.of(SourceRules.default())
    told = rows_as_of(unit, frames=frames, as_of=as_of, by=by, sources=rules, pipeline=pipeline, zone=zone)
    fitting = Fitting.of(told, typical_days)
    observed = fitting.observed_since()
    given = {"weight": weight, "age_ends": age_ends, "lookback_days": lookback_days}
    given = {name: value for name, value in given.items() if value is not None}
    terms = Terms(**given)  # type: ignore[arg-type]  # numbers, as they were given
    tried = trials(fitting, observed, terms, fixed=given) if choose else ()
    if best := chosen(tried):
        terms = best.terms
    counts = fitting.counts(
        until=fitting.today, since=since_day(observed, fitting.today, terms.lookback_days)
    )
    parts = fitting.parts(counts, terms)
    beats = rhythm_of(fitting, parts, observed) if rhythm else None
    everything = merged((each for by_path in counts.values() for each in by_path.values()), (WON, LOST))
    return WinModel(
        as_of=as_of,
        zone=zone,
        unit=unit,
        by=by,
        stages=parts,
        pipeline=pipeline,
        terms=terms,
        typical_days=typical_days_of(everything, typical_days),
        tallies=_tallies(counts),
        rhythm=beats,
        past=tuple(past_months(fitting, parts, beats, observed)),
        observed_on=None if observed is None else day_of_number(observed),
        choices=tried,
        sources=rules,
    )


def _tallies(counts: Counts) -> dict[Path, Tally]:
    """What became of the deals of each path."""
    found: dict[Path, list[int]] = {}
    for by_path in counts.values():
        for path, own in by_path.items():
            tally = found.setdefault(path, [0, 0, 0])
            tally[0] += sum(own.ended.get(WON, ()))
            tally[1] += sum(own.ended.get(LOST, ()))
            tally[2] += sum(own.still_open)
    return {
        path: Tally(won_count=won, lost_count=lost, open_count=still)
        for path, (won, lost, still) in sorted(found.items())
    }
