"""How long deals take, how many are won in the end, and how many customers stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from smarketing.agreement import load_agreement
from smarketing.facts import CustomerHealth, DealClosed
from smarketing.forecast import HealthResult, TimingResult, WinModel, measure_health, measure_timing
from smarketing.frames import Frames
from smarketing.origin import Origin
from smarketing.renderers import render
from smarketing.testing import (
    assert_backends_agree,
    assert_no_look_ahead,
    assert_order_independent,
    example_company,
)

DAY = 86_400_000_000
COMPANY = example_company(seed=5, leads=500)
AGREEMENT = load_agreement(COMPANY.agreement_toml())
FACTS = list(COMPANY.facts())
WINS = [fact for fact in FACTS if isinstance(fact, DealClosed) and fact.outcome == "won"]
HEALTH = [
    CustomerHealth(
        origin=Origin(system="crm", record=f"H{number}"),
        occurred_at=win.occurred_at + timedelta(days=30 + 11 * number),
        deal_id=win.deal_id,
        state=("churned", "renewed", "dismissed", "retained")[number % 4],
    )
    for number, win in enumerate(WINS)
]
AS_OF = COMPANY.as_of - timedelta(days=60)


def timing(frames: Frames, as_of: datetime) -> TimingResult:
    """What the laws are held against."""
    return measure_timing(frames, as_of=as_of, sources=AGREEMENT.sources, zone=COMPANY.zone)


def health(frames: Frames, as_of: datetime) -> HealthResult:
    """What the laws are held against."""
    return measure_health(frames, as_of=as_of, sources=AGREEMENT.sources, zone=COMPANY.zone)


@pytest.mark.parametrize("measure", [timing, health])
def test_both_obey_the_laws_of_every_analysis(measure: object) -> None:
    """Nothing is seen too early; neither order nor engine matters, to the last digit."""
    assert callable(measure)
    assert_no_look_ahead(measure, [*FACTS, *HEALTH], AS_OF)
    assert_order_independent(measure, [*FACTS, *HEALTH], AS_OF)
    assert_backends_agree(measure, [*FACTS, *HEALTH], AS_OF)


def oracle() -> Frames:
    """Twelve deals by days to their end, or to when they were last seen open (entered so many days ago)."""
    told = [(5, "lost"), (8, "won"), (8, "lost"), (12, None), (15, "won"), (15, "lost"), (20, None)]
    told += [(22, "won"), (30, "lost"), (30, None), (41, "won"), (60, None)]
    today = 1000
    made = [today - age if outcome is None else today - 100 for age, outcome in told]
    deals = pl.DataFrame(
        {"deal_id": [f"D{n}" for n in range(12)], "created_at": [(each - 1) * DAY for each in made]}
    )
    ends = [(f"D{n}", outcome, made[n] - 1 + age) for n, (age, outcome) in enumerate(told) if outcome]
    closings = pl.DataFrame(
        {
            "deal_id": [each[0] for each in ends],
            "outcome": [each[1] for each in ends],
            "occurred_at": [each[2] * DAY for each in ends],
        }
    )
    return Frames.from_native(deals=deals, closings=closings)


def test_the_worked_example_of_competing_risks_comes_out() -> None:
    """Won by day 41: 0.4583, and not the 0.6818 of whoever takes lost deals for deals not seen any longer."""
    as_of = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=1000)
    row = measure_timing(oracle(), by=(), as_of=as_of).total
    table = {
        8: (0.75, 0.0833333333, 0.1666666667),
        15: (0.5625, 0.1770833333, 0.2604166667),
        22: (0.45, 0.2895833333, 0.2604166667),
        30: (0.3375, 0.2895833333, 0.3729166667),
        41: (0.16875, 0.4583333333, 0.3729166667),
    }
    for age, (survival, won, lost) in table.items():
        assert row.survival(age) == pytest.approx(survival)
        assert row.won_by(age) == pytest.approx(won)
        assert row.outcomes.incidence("lost", at=age) == pytest.approx(lost)
    assert row.won_by(41) != pytest.approx(0.6818, abs=0.1)


def test_open_won_and_lost_add_to_one_at_every_age() -> None:
    """Survival and both incidences are one whole, in each source."""
    result = timing(Frames.from_dataset(FACTS), AS_OF)
    for row in (*result.rows, result.total):
        for age in range(0, 200, 7):
            parts = (row.survival(age), row.won_by(age), row.outcomes.incidence("lost", at=age))
            assert sum(parts) == pytest.approx(1.0)
    assert sum(row.won_count for row in result.rows) == result.total.won_count


def test_a_loss_that_is_earlier_shows_in_the_median_and_its_band() -> None:
    """Referrals of the example close much sooner than search, and the bands say how sure that is."""
    frames = Frames.from_dataset(example_company(seed=1, leads=3000).facts())
    result = measure_timing(
        frames, as_of=COMPANY.as_of, sources=AGREEMENT.sources, zone=COMPANY.zone, pipeline=None
    )
    referral, search = (result.row(source=each).close_days() for each in ("referral", "search"))
    assert referral.high is not None
    assert search.low is not None
    assert referral.high < search.low
    p75 = result.row(source="referral").close_days(0.75)
    assert p75.days is not None
    assert referral.days is not None
    assert referral.days < p75.days


def test_what_enters_a_stage_leaves_it_or_is_still_there() -> None:
    """Of each path, deals that were ever in a stage moved on, closed or stay: none appears or vanishes."""
    model = WinModel.fit(
        Frames.from_dataset(FACTS),
        as_of=AS_OF,
        sources=AGREEMENT.sources,
        pipeline=AGREEMENT.pipelines[0],
        zone=COMPANY.zone,
        lookback_days=None,
        choose=False,
    )
    moved_in: dict[str, int] = {}
    for hazards in model.stages.values():
        cell = hazards.cells[()]
        for cause, ended in cell.ended.items():
            if cause.startswith("to "):
                stage = cause.removeprefix("to ")
                moved_in[stage] = moved_in.get(stage, 0) + sum(ended)
    first = sum(sum(column) for column in model.stages["identified"].cells[()].ended.values())
    assert moved_in["contacted"] <= first
    for stage in ("contacted", "qualified", "proposed"):
        left = sum(sum(column) for column in model.stages[stage].cells[()].ended.values())
        assert left <= moved_in[stage]
    deals = sum(tally.open_count for tally in model.tallies.values())
    begun = first + moved_in.get("identified", 0)
    assert begun <= model.closed_count + deals


def test_whom_we_dismiss_has_not_churned() -> None:
    """Ten customers, one gone and one let go: nine in ten healthy, and the one let go is no loss."""
    gone = {"deal_id": ["D1", "D2"], "state": ["churned", "dismissed"], "occurred_at": [90 * DAY] * 2}
    ids = [f"D{n}" for n in range(10)]
    frames = Frames.from_native(
        deals=pl.DataFrame({"deal_id": ids, "created_at": [0] * 10}),
        closings=pl.DataFrame({"deal_id": ids, "outcome": ["won"] * 10, "occurred_at": [DAY] * 10}),
        customer_health=pl.DataFrame(gone),
    )
    total = measure_health(frames, as_of=datetime(1971, 1, 1, tzinfo=UTC)).total
    assert total.healthy(6) == pytest.approx(0.9)
    assert total.healthy(24) is None
    band = total.band(6)
    assert band is not None
    assert band.low < 0.9 < band.high


def test_silence_is_health_only_where_nothing_else_is_noted() -> None:
    """A company that notes who is retained knows nothing of whom it says nothing."""
    ids = [f"D{n}" for n in range(10)]
    noted = {"deal_id": ["D1", "D2"], "state": ["churned", "retained"], "occurred_at": [90 * DAY] * 2}
    frames = Frames.from_native(
        deals=pl.DataFrame({"deal_id": ids, "created_at": [0] * 10}),
        closings=pl.DataFrame({"deal_id": ids, "outcome": ["won"] * 10, "occurred_at": [DAY] * 10}),
        customer_health=pl.DataFrame(noted),
    )
    result = measure_health(frames, as_of=datetime(1971, 1, 1, tzinfo=UTC))
    assert not result.silence_is_health
    assert (result.total.customers_count, result.total.silent_count) == (2, 8)
    assert "8" in str(render(result.to_report(), "text").content)


@pytest.mark.slow
def test_true_win_rates_lie_within_their_bands_nine_times_in_ten() -> None:
    """Two hundred companies of which the truth is known: 90 % bands hold it 85 to 95 % of the time."""
    kinds = ("leads", "deals", "closings", "reopenings")
    held, told = dict.fromkeys(("seeker", "search", "referral"), 0), 0
    for seed in range(200):
        company = example_company(seed=seed, leads=1200)
        facts = [fact for fact in company.facts() if fact.TABLE in kinds]
        result = measure_timing(
            Frames.from_dataset(facts), as_of=company.as_of, sources=AGREEMENT.sources, zone=company.zone
        )
        for source in held:
            band = result.row(source=source).win_share(level=0.9)
            assert band is not None
            held[source] += band.low <= company.truth[source].win_share <= band.high
        told += 1
    assert told == 200
    assert 0.85 <= sum(held.values()) / (3 * told) <= 0.95
    assert all(0.83 <= each / told <= 0.97 for each in held.values())
