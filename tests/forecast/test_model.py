"""The win model: competing risks by group, stage and age, on one deal and in bulk."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import narwhals.stable.v2 as nw
import pytest

from smarketing.agreement import load_agreement
from smarketing.errors import UnknownNameError
from smarketing.forecast import WinModel, read_deals
from smarketing.frames import Frames, rows_of
from smarketing.testing import (
    assert_backends_agree,
    assert_no_look_ahead,
    assert_order_independent,
    example_company,
)

COMPANY = example_company(seed=5, leads=700)
AGREEMENT = load_agreement(COMPANY.agreement_toml())
FACTS = list(COMPANY.facts())
AS_OF = COMPANY.as_of - timedelta(days=150)
BY = ("source", "stage")


def fit(frames: Frames, as_of: datetime) -> WinModel:
    """What the laws are held against."""
    return WinModel.fit(
        frames,
        by=BY,
        as_of=as_of,
        sources=AGREEMENT.sources,
        pipeline=AGREEMENT.pipelines[0],
        zone=COMPANY.zone,
    )


def table(frames: Frames, as_of: datetime) -> object:
    """The probabilities in bulk."""
    rows = rows_of(nw.from_native(fit(frames, as_of).frame(frames, within=90)).lazy())
    return sorted(tuple(row.items()) for row in rows)


@pytest.mark.parametrize("measure", [fit, table])
def test_the_model_obeys_the_laws_of_every_analysis(measure: object) -> None:
    """Nothing is seen too early; neither order nor engine matters, to the last digit."""
    assert callable(measure)
    assert_no_look_ahead(measure, FACTS, AS_OF)
    assert_order_independent(measure, FACTS, AS_OF)
    assert_backends_agree(measure, FACTS, AS_OF)


def test_one_deal_and_all_deals_give_the_same_numbers() -> None:
    """`probability` of each open deal is what `frame` says of it."""
    frames = Frames.from_dataset(FACTS)
    model = fit(frames, AS_OF)
    book = read_deals(frames, as_of=AS_OF, sources=AGREEMENT.sources, zone=COMPANY.zone)
    bulk = {
        row["deal_id"]: row["win_probability"]
        for row in rows_of(nw.from_native(model.frame(frames, within=60)).lazy())
    }
    assert bulk == {deal.deal_id: model.probability(deal, as_of=AS_OF, within=60) for deal in book.open}


def test_a_model_is_a_small_document() -> None:
    """What `to_dict` writes as JSON, `from_dict` reads back equal, answers included."""
    model = fit(Frames.from_dataset(FACTS), AS_OF)
    again = WinModel.from_dict(json.loads(json.dumps(model.to_dict())))
    assert again == model
    group = {"source": "seeker", "stage": "proposed"}
    assert again.chances(group, 12, [30, 90]) == model.chances(group, 12, [30, 90])


def test_chances_never_fall_and_outcomes_never_exceed_one() -> None:
    """More days ahead never make a win less likely; won and lost together leave the rest open."""
    model = fit(Frames.from_dataset(FACTS), AS_OF)
    for source in ("seeker", "search", "referral", "unknown", "never heard of"):
        for stage in ("identified", "contacted", "qualified", "proposed", "never heard of"):
            for age in (None, 0, 7, 60, 500):
                outcomes = model.outcomes({"source": source, "stage": stage}, age, [0, 1, 30, 90, 400])
                won = [each for each, _ in outcomes]
                assert won == sorted(won)
                assert won[0] == 0
                assert all(one >= 0 and other >= 0 and one + other <= 1 + 1e-12 for one, other in outcomes)


def test_a_model_is_not_asked_about_a_past_that_it_knows_too_well() -> None:
    """A moment before its own is refused, and so is a group without one of its dimensions."""
    model = fit(Frames.from_dataset(FACTS), AS_OF)
    with pytest.raises(ValueError, match="fit one as of"):
        model.chances({"source": "seeker", "stage": "proposed"}, 3, [30], as_of=AS_OF - timedelta(days=1))
    with pytest.raises(UnknownNameError, match="goes by 'stage'"):
        model.chances({"source": "seeker"}, 3, [30])


def test_without_history_the_agreed_probabilities_stand_alone() -> None:
    """10, 20, 50 and 67 %, with an interval that says how little is known."""
    model = WinModel.fit(Frames.from_dataset([]), as_of=AS_OF)
    agreed = {"identified": 0.10, "contacted": 0.20, "qualified": 0.50, "proposed": 0.67}
    for stage, share in agreed.items():
        group = {"source": "seeker", "stage": stage}
        assert model.chance(group) == share
        assert model.chance(group, within=30) < share
        interval = model.interval(group)
        assert interval.low < share < interval.high
        assert interval.high - interval.low > 0.5
    assert model.shock is None
