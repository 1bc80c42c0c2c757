"""What a fit makes of little history, of late beginnings, of zombies and of a world that changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import polars as pl
import pytest

from smarketing.agreement import load_agreement
from smarketing.facts import Deal, Lead
from smarketing.forecast import OpenDeal, WinModel
from smarketing.forecast._history import _representatives
from smarketing.frames import Frames, rows_of
from smarketing.origin import Origin
from smarketing.testing import example_company

DAY = 86_400_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def frames_of(told: list[tuple[int, int | None, str | None, str | None]]) -> Frames:
    """Deals from (day made, day closed, outcome, who referred it)."""
    ids = [f"D{number}" for number in range(len(told))]
    deals = pl.DataFrame(
        {
            "deal_id": ids,
            "created_at": [made * DAY for made, *_ in told],
            "referred_by": [who for *_, who in told],
        },
        schema_overrides={"referred_by": pl.String},
    )
    closed = [(each, row[1], row[2]) for each, row in zip(ids, told, strict=True) if row[1] is not None]
    closings = pl.DataFrame(
        {
            "deal_id": [each[0] for each in closed],
            "outcome": [each[2] for each in closed],
            "occurred_at": [each[1] * DAY for each in closed],
        },
        schema={"deal_id": pl.String, "outcome": pl.String, "occurred_at": pl.Int64},
    )
    return Frames.from_native(deals=deals, closings=closings)


def at(day: int) -> datetime:
    """The start of a day."""
    return EPOCH + timedelta(days=day)


def drawn(count: int, days: int, seed: int = 1) -> list[tuple[int, int | None, str | None, str | None]]:
    """Deals over some days: referrals are won 6 times in 10 and others 2, and close within 40 days."""
    draw = Random(seed)  # noqa: S311
    told: list[tuple[int, int | None, str | None, str | None]] = []
    for number in range(count):
        made, who = draw.randrange(days), "Ana" if number % 3 == 0 else None
        closed = made + draw.randrange(1, 40)
        outcome = "won" if draw.random() < (0.6 if who else 0.2) else "lost"
        told.append((made, closed if closed < days else None, outcome if closed < days else None, who))
    return told


REFERRAL, UNKNOWN = {"source": "referral"}, {"source": "unknown"}


def test_the_more_deals_the_more_the_data_say() -> None:
    """From 0 over 3 and 30 to 3,000 deals: from what was agreed to what is true, ever more surely."""
    found, widths = [], []
    for count in (0, 3, 30, 3000):
        model = WinModel.fit(frames_of(drawn(count, 400)), by=("source",), as_of=at(400))
        found.append((model.chance(REFERRAL, 0), model.chance(UNKNOWN, 0)))
        interval = model.interval(REFERRAL, 0)
        widths.append(interval.high - interval.low)
    assert found[0][0] == found[0][1] == pytest.approx(0.3675)
    assert found[2][0] > found[2][1]
    assert found[3] == (pytest.approx(0.6, abs=0.05), pytest.approx(0.2, abs=0.05))
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 0.6
    assert widths[3] < 0.06


def test_what_was_open_before_closings_were_recorded_counts_from_then_on() -> None:
    """Half a year without any closing, then many: they were not seen before, and the deals are not slow."""
    whole = drawn(3000, 400)
    seen = [
        (made, closed, outcome, who)
        for made, closed, outcome, who in whole
        if closed is None or closed >= 200
    ]
    late = WinModel.fit(frames_of(seen), by=("source",), as_of=at(400))
    full = WinModel.fit(frames_of(whole), by=("source",), as_of=at(400))
    assert late.observed_on == (EPOCH + timedelta(days=200)).date()
    assert full.observed_on is None
    assert late.chances(REFERRAL, 5, [30])[0] == pytest.approx(full.chances(REFERRAL, 5, [30])[0], abs=0.05)


def test_a_slow_beginning_is_not_taken_for_a_late_record() -> None:
    """Three deals whose first closing came after two months: nobody would have expected one earlier."""
    told = [(0, 60, "won", None), (5, 70, "lost", None), (9, None, None, None)]
    assert WinModel.fit(frames_of(told), by=("source",), as_of=at(90)).observed_on is None


def test_zombies_have_no_chances_left() -> None:
    """Deals that nobody closes are open for ever: beyond the age of the last closing nothing is won."""
    told = drawn(2000, 400) + [(day, None, None, None) for day in range(0, 200, 2)]
    model = WinModel.fit(frames_of(told), by=("source",), as_of=at(400))
    assert model.chances(UNKNOWN, 300, [90])[0] < 0.005
    assert model.chances(UNKNOWN, 300, [90])[0] < 0.05 * model.chances(UNKNOWN, 5, [90])[0]


def test_a_world_that_changed_is_looked_back_on_less_far() -> None:
    """When deals suddenly are won twice as often, held-out history says so and old history is left aside."""
    draw = Random(3)  # noqa: S311
    told: list[tuple[int, int | None, str | None, str | None]] = []
    for _ in range(6000):
        made = draw.randrange(1000)
        closed = made + draw.randrange(1, 40)
        share = 0.7 if closed > 700 else 0.15
        is_closed = closed < 1000
        outcome = "won" if draw.random() < share else "lost"
        told.append((made, closed if is_closed else None, outcome if is_closed else None, None))
    model = WinModel.fit(frames_of(told), by=("source",), as_of=at(1000))
    assert model.terms.lookback_days is not None
    assert model.chance(UNKNOWN, 0) == pytest.approx(0.7, abs=0.05)
    plain = WinModel.fit(frames_of(told), by=("source",), as_of=at(1000), choose=False)
    assert plain.chance(UNKNOWN, 0) < 0.5
    assert [choice.terms for choice in model.choices if choice.chosen] == [model.terms]


def test_a_deal_as_a_fact_is_read_as_tables_read_it() -> None:
    """The same group, age and probability, with what its lead says where it says nothing itself."""
    company = example_company(seed=5, leads=700)
    agreement = load_agreement(company.agreement_toml())
    facts = list(company.facts())
    as_of = company.as_of - timedelta(days=150)
    frames = Frames.from_dataset(facts)
    by = ("source", "team", "product")
    model = WinModel.fit(frames, by=by, as_of=as_of, sources=agreement.sources, zone=company.zone)
    leads = {fact.lead_id: fact for fact in facts if isinstance(fact, Lead) and fact.counts(as_of)}
    deals = {fact.deal_id: fact for fact in facts if isinstance(fact, Deal) and fact.counts(as_of)}
    bulk = rows_of(frame_of(model, frames))
    assert bulk
    for row in bulk:
        deal = deals[row["deal_id"]]
        lead = leads.get(deal.lead_id or "")
        group, age = model.read(deal, as_of=as_of, lead=lead)
        assert dict(group) == {name: row[name] for name in by}
        assert age == row["age_days"]
        assert model.probability(deal, as_of=as_of, within=45, lead=lead) == row["win_probability"]


def frame_of(model: WinModel, frames: Frames) -> object:
    """The probabilities in bulk, as Narwhals has them."""
    import narwhals.stable.v2 as nw

    return nw.from_native(model.frame(frames, within=45)).lazy()


def test_the_derivation_says_what_the_number_rests_on() -> None:
    """Counts, what is borrowed, and the agreed probability, line by line."""
    model = WinModel.fit(frames_of(drawn(3000, 400)), by=("source",), as_of=at(400))
    deal = OpenDeal(deal_id="D1", created_at=at(390), age_days=9, values=REFERRAL)
    told = model.explain(deal, within=30)
    assert told.probability == model.probability(deal, as_of=at(400), within=30)
    assert told.won_count > told.lost_count > 0
    for line in told.lines:
        assert line.hazard == pytest.approx(
            (line.ended + line.weight * line.level * line.parent) / (line.exposure + line.weight)
        )
    text = str(told)
    assert text.startswith("Deal D1 (source referral), open for 9 days: ")
    assert "referral" in text.splitlines()[-1]
    (step,) = told.steps
    assert (step.share, step.ended["won"], step.ended["lost"]) == (1.0, told.won_count, told.lost_count)


def test_a_deal_that_was_not_known_is_not_asked_about() -> None:
    """A fact that does not count at the moment is refused, rather than looked ahead to."""
    model = WinModel.fit(frames_of([]), by=("source",), as_of=at(10))
    deal = Deal(origin=Origin(record="D1"), occurred_at=at(20), deal_id="D1", created_at=at(20))
    with pytest.raises(ValueError, match="was not known before"):
        model.probability(deal, as_of=at(15))


def test_one_price_for_all_stays_that_price_in_what_is_still_to_come():
    """To the cent, whatever their number: so a sum of such deals is a multiple of the price."""
    assert {amount for count in range(1, 60) for amount in _representatives([100_000] * count)} == {100_000.0}


def test_deals_are_split_by_a_field_of_their_own_where_no_leads_are_known():
    """A field of the host's own needs no table but that of the deals."""
    deals = pl.DataFrame(
        {"deal_id": ["D1", "D2"], "created_at": [0, 0], "trait_industry": ["steel", "food"]},
    )
    closings = pl.DataFrame({"deal_id": ["D1"], "outcome": ["won"], "occurred_at": [DAY]})
    model = WinModel.fit(Frames.from_native(deals=deals, closings=closings), by=("industry",), as_of=at(5))
    assert model.by == ("industry",)
