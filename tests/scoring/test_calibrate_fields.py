"""Which fields points are learned from, and which are refused."""

from __future__ import annotations

import random
from datetime import date, timedelta

import polars as pl
import pytest
from known_odds import BEGIN, CUSTOMER, DAY, NOW, becomes_customer, company, lead

from smarketing import render
from smarketing.errors import InvalidFramesError, UnknownNameError
from smarketing.facts import Fact, Lead, StageEntered, Touch
from smarketing.frames import Frames
from smarketing.origin import Origin
from smarketing.scoring import LeadOutcome, calibrate
from smarketing.values import Traits

# Fields that know too much


def test_a_field_that_knows_the_outcome_is_named_and_left_out() -> None:
    """It is asked about, and used only by whoever trusts it."""
    facts, _ = company(2000)
    customers = {fact.lead_id for fact in facts if isinstance(fact, StageEntered)}
    chance = random.Random(1)  # noqa: S311
    told = [
        lead(int(fact.lead_id[1:]), country=fact.country, traits=Traits({**fact.traits, "call": length}))
        for fact in facts
        if isinstance(fact, Lead)
        for length in [chance.randrange(600) + 400 * (fact.lead_id in customers)]
    ]
    facts = [*told, *(fact for fact in facts if not isinstance(fact, Lead))]
    frames = Frames.from_dataset(facts)
    result = calibrate(frames, CUSTOMER, as_of=NOW)
    assert [leak.field for leak in result.leaks] == ["trait_call"]
    assert "trait_call" in result.leaks[0].question
    assert not any("call" in rule.name for rule in result.matrix.rules)
    assert "trait_call alone" in str(render(result.to_report(), "text").content)
    trusting = calibrate(frames, CUSTOMER, as_of=NOW, trusted=["trait_call"])
    assert not trusting.leaks
    assert any("call" in rule.name for rule in trusting.matrix.rules)


def test_what_leads_did_in_time_is_no_trace_of_the_outcome() -> None:
    """Who asked for a demo becomes a customer ten times as often: the one honest predictor among noise."""
    chance = random.Random(3)  # noqa: S311
    facts: list[Fact] = []
    for number in range(1_500):
        facts.append(lead(number, country=chance.choice(["ES", "FR"])))
        at = facts[-1].occurred_at
        asked = chance.random() < 0.25
        if asked:
            origin = Origin(system="site", record=str(number))
            facts.append(Touch(origin=origin, occurred_at=at + DAY / 2, lead_id=f"L{number}", kind="demo"))
        if chance.random() < (0.45 if asked else 0.04):
            facts.append(becomes_customer(number))
    result = calibrate(Frames.from_dataset(facts), CUSTOMER, as_of=NOW, after=DAY)
    assert result.leaks == ()
    assert "demo" in [rule.name for rule in result.matrix.rules]


# Faults


def test_too_few_outcomes_are_refused_with_counts() -> None:
    """The error says how many there are, and what to change."""
    facts: list[Fact] = [lead(number, country="ES") for number in range(100)]
    facts += [becomes_customer(number) for number in range(5)]
    with pytest.raises(InvalidFramesError, match="of 70 leads to learn from, 5 turned out well: it takes 10"):
        calibrate(Frames.from_dataset(facts), CUSTOMER, as_of=NOW)
    with pytest.raises(InvalidFramesError, match="of 0 leads"):
        calibrate(Frames.from_dataset([lead(0)]), CUSTOMER, as_of=BEGIN)


def test_fields_that_tell_nobody_apart_are_refused() -> None:
    """Nothing is proposed where nothing is known."""
    facts: list[Fact] = [lead(number, country="ES") for number in range(200)]
    facts += [becomes_customer(number) for number in range(0, 200, 2)]
    with pytest.raises(InvalidFramesError, match="no field tells at least 50 leads"):
        calibrate(Frames.from_dataset(facts), CUSTOMER, as_of=NOW)


def test_a_field_that_is_not_there_is_refused_with_the_nearest_name() -> None:
    """For what is learned from, and for what is not."""
    frames = Frames.from_dataset(company(500)[0])
    with pytest.raises(UnknownNameError, match="did you mean 'country'"):
        calibrate(frames, CUSTOMER, as_of=NOW, fields=["countri"])
    with pytest.raises(UnknownNameError, match="'trait_noise'"):
        calibrate(frames, CUSTOMER, as_of=NOW, without=["trait_nois"])


def test_what_is_left_out_is_not_learned_from() -> None:
    """`fields` and `without` say what may give points."""
    frames = Frames.from_dataset(company(2000)[0])
    chosen = calibrate(
        frames, CUSTOMER, as_of=NOW, fields=["country", "touches: demo"], without=["country"], after=DAY
    )
    assert {row.field for row in chosen.levels} == {"touches: demo"}


def test_personal_data_count_only_as_known_or_not() -> None:
    """Nobody gets points for a name; that there is a telephone number may count."""
    chance = random.Random(5)  # noqa: S311
    facts: list[Fact] = []
    for number in range(1000):
        phone = "600" if chance.random() < 0.5 else None
        facts.append(lead(number, phone=phone, name="Ana"))
        if chance.random() < (0.5 if phone else 0.2):
            facts.append(becomes_customer(number))
    result = calibrate(Frames.from_dataset(facts), CUSTOMER, as_of=NOW)
    assert [rule.name for rule in result.matrix.rules] == ["phone is known"]


def test_rules_that_read_the_same_are_told_apart() -> None:
    """A trait may be called as a column is, and a value may be called "missing" or "another"."""
    chance = random.Random(2)  # noqa: S311
    facts: list[Fact] = []
    for number in range(1200):
        country = chance.choice(["missing", "another", "ES", None, f"C{number}"])
        trait = chance.choice(["missing", "ES"])
        facts.append(lead(number, country=country, traits=Traits({"country": trait})))
        if chance.random() < 0.2 + 0.2 * (country == "missing") + 0.3 * (trait == "ES"):
            facts.append(becomes_customer(number))
    result = calibrate(Frames.from_dataset(facts), CUSTOMER, as_of=NOW)
    names = [rule.name for rule in result.matrix.rules]
    assert len(names) == len(set(names))
    assert {"country is missing", "country is missing (country)"} <= set(names)


def test_days_count_only_as_known_or_not() -> None:
    """A calendar day is no number and no word: that it is known may tell something."""
    chance = random.Random(4)  # noqa: S311
    known = [chance.random() < 0.5 for _ in range(1000)]
    good = [chance.random() < (0.5 if each else 0.2) for each in known]
    began = [BEGIN + timedelta(hours=number) for number in range(1000)]
    ids = [f"L{number}" for number in range(1000)]
    days = [date(2026, 1, 1 + number % 28) if each else None for number, each in enumerate(known)]
    won = [number for number in range(1000) if good[number]]
    frames = Frames.from_native(
        leads=pl.DataFrame({"lead_id": ids, "created_at": began, "trait_visit": days}),
        orders=pl.DataFrame(
            {
                "order_id": [ids[number] for number in won],
                "lead_id": [ids[number] for number in won],
                "occurred_at": [began[number] + DAY for number in won],
            }
        ),
    )
    result = calibrate(frames, LeadOutcome.ordered(), as_of=NOW)
    assert [rule.name for rule in result.matrix.rules] == ["visit is known"]
