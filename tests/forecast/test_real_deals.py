"""The win model and its back-test on real exports, as of the past."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from smarketing.agreement import Agreement, load_agreement
from smarketing.crm import load_mapping, read_files
from smarketing.forecast import RIVALS, WinModel, backtest
from smarketing.frames import Frames
from smarketing.periods import parse_instant

EXAMPLES = Path(__file__).parents[2] / "examples"


def read(example: str, folder: Path) -> tuple[Frames, Agreement]:
    """The facts of an export, and the agreement beside its mapping."""
    mapping = load_mapping(EXAMPLES / example / "mapping.toml")
    facts = read_files(sorted(folder.glob("*.csv")), mapping).facts
    return Frames.from_dataset(facts), load_agreement(EXAMPLES / example / "agreement.toml")


def on(day: str, agreement: Agreement) -> datetime:
    """The start of a day on the company's wall."""
    return parse_instant(day, agreement.company.zone)


@pytest.mark.parametrize("by", [("source", "stage"), ("team",)])
def test_the_sales_pipeline_is_forecast_better_than_by_any_simple_rule(
    real_data: Path, by: tuple[str, ...]
) -> None:
    """At each origin a lower log loss than every rule known then, and a total within a quarter."""
    frames, agreement = read("crm_sales_pipeline", real_data / "crm-sales-pipeline")
    zone, pipeline = agreement.company.zone, agreement.pipelines[0]
    for day in ("2017-05-01", "2017-06-01"):
        for rhythm in (False, True):
            report = backtest(
                frames,
                by=by,
                origins=[on(day, agreement)],
                horizon_days=30,
                revenue=False,
                rhythm=rhythm,
                zone=zone,
                pipeline=pipeline,
            )
            assert report.log_loss is not None
            assert report.bias_share is not None
            for name in RIVALS:
                rival = report[name].log_loss
                assert rival is not None
                assert report.log_loss < rival
            if rhythm or by == ("source", "stage"):
                assert abs(report.bias_share) <= 0.25
            usual = report["won_of_closed"].bias_share
            assert usual is not None
            assert usual > 1


def test_the_rhythm_of_the_quarter_is_learned_and_the_back_test_decides(real_data: Path) -> None:
    """March closed far more than April and May: June, the same month of its quarter, did so again."""
    frames, agreement = read("crm_sales_pipeline", real_data / "crm-sales-pipeline")
    zone, pipeline = agreement.company.zone, agreement.pipelines[0]
    report = backtest(
        frames,
        by=("team",),
        origins=[on("2017-05-01", agreement), on("2017-06-01", agreement)],
        horizon_days=30,
        zone=zone,
        pipeline=pipeline,
    )
    assert report.use == "model_with_rhythm"
    model = WinModel.fit(
        frames, by=("team",), as_of=on("2017-06-01", agreement), rhythm=True, zone=zone, pipeline=pipeline
    )
    assert model.rhythm is not None
    first, second, third = model.rhythm["won"]
    assert third > max(first, second)


def test_with_one_month_of_closings_there_is_no_range(real_data: Path) -> None:
    """Fewer than three past months say nothing of how luck is shared, and the report says so."""
    frames, agreement = read("crm_sales_pipeline", real_data / "crm-sales-pipeline")
    zone, pipeline = agreement.company.zone, agreement.pipelines[0]
    report = backtest(
        frames, origins=[on("2017-04-01", agreement)], horizon_days=30, zone=zone, pipeline=pipeline
    )
    (origin,) = report.origins
    assert (origin.past_count, origin.position, origin.low, origin.high) == (1, None, None, None)
    assert report.coverage(0.8).trials == 0
    assert origin.revenue is not None
    assert origin.revenue.low is None
    model = WinModel.fit(frames, as_of=on("2017-04-01", agreement), zone=zone, pipeline=pipeline)
    assert model.shock is None
    assert model.observed_on == date(2017, 3, 1)


def test_early_leads_of_the_marketplace_are_truncated_and_not_bad(real_data: Path) -> None:
    """No deal is dated before 5 December 2017: what was won of earlier leads was not seen."""
    frames, agreement = read("marketing_funnel", real_data / "marketing-funnel")
    model = WinModel.fit(
        frames,
        by=("channel",),
        as_of=on("2018-04-01", agreement),
        unit="lead",
        zone=agreement.company.zone,
        pipeline=agreement.funnel,
        sources=agreement.sources,
    )
    assert model.observed_on == date(2017, 12, 5)
    assert model.won_count == 336
    unknown, mail, organic = (
        model.chances({"channel": channel}, 0, [90])[0] for channel in ("unknown", "email", "organic search")
    )
    assert mail < organic < unknown
    # Of all leads ever, 7 in 100 organic ones had closed: seen from when closings were, it is clearly more.
    assert organic > 110 / 1603
