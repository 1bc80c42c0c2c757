"""Back-tests: history replayed with only what was known then, and held against what came of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from smarketing.agreement import load_agreement
from smarketing.errors import InvalidTermsError
from smarketing.forecast import Backtest, backtest
from smarketing.forecast._scores import (
    Told,
    bias_share,
    brier,
    calibration_rows,
    calibration_slope,
    loss_difference,
    mean_loss,
)
from smarketing.frames import Frames
from smarketing.renderers import render
from smarketing.testing import (
    assert_backends_agree,
    assert_no_look_ahead,
    assert_order_independent,
    example_company,
)

COMPANY = example_company(seed=5, leads=350)
AGREEMENT = load_agreement(COMPANY.agreement_toml())
FACTS = list(COMPANY.facts())
AS_OF = COMPANY.as_of - timedelta(days=60)
ORIGINS = [datetime(2025, month, 1, tzinfo=UTC) for month in (2, 5, 8)]


def replay(frames: Frames, as_of: datetime, origins: Sequence[datetime] = ORIGINS) -> Backtest:
    """A back-test of the example company."""
    return backtest(
        frames,
        by=("source", "stage"),
        origins=origins,
        horizon_days=60,
        as_of=as_of,
        sources=AGREEMENT.sources,
        pipeline=AGREEMENT.pipelines[0],
        zone=COMPANY.zone,
    )


def test_the_back_test_obeys_the_laws_of_every_analysis() -> None:
    """Nothing is seen too early; neither order nor engine matters, to the last digit."""

    def once(frames: Frames, as_of: datetime) -> Backtest:
        return replay(frames, as_of, ORIGINS[-1:])

    assert_no_look_ahead(once, FACTS, AS_OF)
    assert_order_independent(once, FACTS, AS_OF)
    assert_backends_agree(once, FACTS, AS_OF)


def test_what_is_forecast_at_an_origin_does_not_change_with_what_came_later() -> None:
    """Only how deals ended is read from after an origin: what was expected there stays."""
    frames = Frames.from_dataset(FACTS)
    early = replay(frames, ORIGINS[0] + timedelta(days=62))
    late = replay(frames, AS_OF)
    assert early.origins[0].expected == late.origins[0].expected
    assert early.left_out == tuple(ORIGINS[1:])
    assert late.left_out == ()


def test_the_model_beats_the_rule_without_a_horizon() -> None:
    """Won of closed promises wins for ever and counts them within sixty days."""
    report = replay(Frames.from_dataset(example_company(seed=2, leads=4000).facts()), AS_OF)
    assert report.log_loss is not None
    assert report["won_of_closed"].log_loss is not None
    assert report.log_loss < report["won_of_closed"].log_loss
    assert report["won_of_closed"].expected > 1.5 * report.won_count
    assert sum(each.won_count for each in report.origins) == report.won_count
    assert report.coverage(0.95).successes >= report.coverage(0.5).successes
    shown = render(report.to_report(), "text").content
    assert isinstance(shown, str)
    assert report.verdict in shown.replace("\n  ", " ")


def test_an_origin_or_a_day_is_the_least_that_can_be_asked() -> None:
    """Nothing to go back to is a mistake of the caller."""
    nothing = Frames.from_dataset([])
    for origins in ([], ORIGINS[0], "2025-01-01"):
        with pytest.raises(InvalidTermsError, match=r"origins: give a sequence of moments .*\[no-origins\]"):
            backtest(nothing, origins=origins, horizon_days=30)  # type: ignore[arg-type]
    for days in (0, -1, 1.5, "60"):
        with pytest.raises(InvalidTermsError, match="horizon_days: give a whole number of days, 1 or more"):
            backtest(nothing, origins=ORIGINS, horizon_days=days)  # type: ignore[arg-type]


def test_empty_history_says_that_nothing_can_be_said() -> None:
    """No deals, no numbers: and no error."""
    report = backtest(Frames.from_dataset([]), origins=ORIGINS, horizon_days=30, as_of=AS_OF)
    assert report.log_loss is None
    assert report.coverage(0.8).share is None
    assert "nothing can be said" in report.verdict


def test_scores_are_those_of_their_definitions() -> None:
    """Log loss, Brier score and bias of one announced quarter of which one in two was won."""
    told = [Told(0.25, 2, 1)]
    assert mean_loss(told) == pytest.approx(-(math.log(0.25) + math.log(0.75)) / 2)
    assert brier(told) == pytest.approx((0.75**2 + 0.25**2) / 2)
    assert bias_share(told) == pytest.approx(-0.5)
    assert loss_difference(told, told) == (0.0, 0.0)


def test_a_calibration_line_finds_who_is_too_sure_of_himself() -> None:
    """Log-odds announced twice too far from even have a slope of one half."""

    def odds(x: float) -> float:
        return 1 / (1 + math.exp(-x))

    told = [Told(odds(2 * x), 1_000_000, round(1_000_000 * odds(x))) for x in (-2.0, -1.0, 0.5, 1.5)]
    line = calibration_slope(told)
    assert line is not None
    assert line == pytest.approx((0.0, 0.5), abs=1e-5)
    rows = calibration_rows(told, parts=2)
    assert sum(row.rate.trials for row in rows) == 4_000_000
