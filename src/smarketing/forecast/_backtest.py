"""History replayed: at each origin only what was known then, held against what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from smarketing.errors import InvalidTermsError
from smarketing.forecast._asked import checked_days
from smarketing.forecast._backtest_money import Sold
from smarketing.forecast._backtest_result import Backtest, Score
from smarketing.forecast._rates import Rates
from smarketing.forecast._replay import Replay
from smarketing.forecast._rivals import RIVALS
from smarketing.forecast._scores import (
    Told,
    bias_share,
    brier,
    calibration_rows,
    calibration_slope,
    loss_difference,
    mean_loss,
)
from smarketing.frames import Frames, checked_frames
from smarketing.funnel import Funnel, Unit, dimension_names
from smarketing.origin import Origin, Problem
from smarketing.periods import Dated, to_micros
from smarketing.sources import SourceRules

__all__ = ["backtest"]


def backtest(
    frames: Frames,
    *,
    by: str | Sequence[str] = ("source", "stage"),
    origins: Sequence[datetime],
    horizon_days: int,
    as_of: datetime | None = None,
    rhythm: bool | None = None,
    sources: Dated[SourceRules] | None = None,
    pipeline: Funnel | None = None,
    zone: str = "UTC",
    unit: Unit | str = Unit.DEAL,
    weight: float | None = None,
    age_ends: float | None = None,
    lookback_days: int | None = None,
    choose: bool = True,
    revenue: bool = True,
    rates: Rates | None = None,
    currency: str | None = None,
) -> Backtest:
    """Forecast again from past moments, knowing only what was known then, and count what came of it.

    At each origin a win model is fitted, and says of each open deal how likely it is to be won within the
    horizon; the simple rules say the same. All are held against the deals that were in fact won, late reports
    included.

    Args:
        frames: The facts.
        by: What the model's chances depend on.
        origins: The moments to go back to.
        horizon_days: How far ahead to look, in local days.
        as_of: What is known of how deals ended; by default everything in the frames.
        rhythm: Whether the model learns the rhythm of the quarter; by default both ways are tried.
        sources: The agreed rules for "source", dated; by default `SourceRules.default()`.
        pipeline: The agreed stages and their probabilities; by default the classic ones.
        zone: Whose days.
        unit: "deal", or "lead".
        weight: As in `WinModel.fit`, as are the three that follow.
        age_ends: As in `WinModel.fit`.
        lookback_days: As in `WinModel.fit`.
        choose: As in `WinModel.fit`.
        revenue: Whether revenue is forecast too, where deals have amounts: that reads each deal in Python.
        rates: Exchange rates into one currency, as in `forecast_revenue`.
        currency: The currency of the forecast, as there.

    Raises:
        UnknownNameError: There is nothing to split by of that name.
        InvalidTermsError: No origin was given, or the horizon is no number of days, one or more.

    Example:
        >>> from datetime import UTC
        >>> from smarketing.testing import example_company
        >>> company = example_company(seed=1, leads=1500)
        >>> frames = Frames.from_dataset(company.facts())
        >>> origins = [datetime(2025, month, 1, tzinfo=UTC) for month in (3, 6, 9)]
        >>> report = backtest(frames, by=("source", "stage"), origins=origins, horizon_days=90)
        >>> report.log_loss < report["won_of_closed"].log_loss
        True
    """
    if isinstance(origins, datetime | str) or not origins:
        hint = 'give a sequence of moments to go back to, such as [parse_instant("2025-01-01")]'
        problem = Problem(code="no-origins", message=hint, origin=Origin(field="origins"))
        raise InvalidTermsError("there is no history to go back to so:", [problem])
    horizon_days, by = checked_days(horizon_days, "horizon_days", least=1), dimension_names(by)
    frames = checked_frames(frames)
    replay = Replay(
        frames=frames if as_of is None else frames.as_of(as_of),
        by=by,
        horizon_days=horizon_days,
        terms={
            "sources": sources or Dated.of(SourceRules.default()),
            "pipeline": pipeline,
            "zone": zone,
        },
        unit=Unit(unit),
        fitted={"weight": weight, "age_ends": age_ends, "lookback_days": lookback_days, "choose": choose},
        rhythms=(False, True) if rhythm is None else (rhythm,),
        sold=None,
        currency=currency,
    )
    if revenue and replay.unit is Unit.DEAL and replay.last_instant is not None:
        replay = attrs.evolve(replay, sold=Sold(closed=replay.closed, rates=rates))
    ordered = sorted(set(origins), key=to_micros)
    cutoff = replay.frames.cutoff or replay.last_instant
    over = [origin for origin in ordered if cutoff is not None and replay.end(origin) <= cutoff]
    found = [replay.at(origin) for origin in over]
    told: dict[str, list[Told]] = {name: [] for name in (*replay.models, *RIVALS)}
    for each in found:
        for name, rows in each.told.items():
            told[name] += rows
    scores = tuple(_score(name, rows) for name, rows in told.items())
    models, rules = (scores[: len(replay.models)], scores[len(replay.models) :])
    best, rival = _best(models), _best(rules)
    margin = loss_difference(told[rival.name], told[best.name])
    return Backtest(
        by=by,
        horizon_days=horizon_days,
        as_of=as_of,
        origins=tuple(each.result(best.name) for each in found),
        left_out=tuple(origin for origin in ordered if origin not in over),
        scores=scores,
        use=_best([best, rival]).name,
        margin=margin[0] if margin else None,
        margin_error=margin[1] if margin else None,
    )


def _best(scores: Sequence[Score]) -> Score:
    return min(scores, key=lambda score: (score.log_loss is None, score.log_loss or 0.0))


def _score(name: str, told: Sequence[Told]) -> Score:
    line = calibration_slope(told)
    return Score(
        name=name,
        log_loss=mean_loss(told),
        brier=brier(told),
        expected=sum(each.probability * each.deals_count for each in told),
        bias_share=bias_share(told),
        intercept=line[0] if line else None,
        slope=line[1] if line else None,
        rows=calibration_rows(told),
    )
