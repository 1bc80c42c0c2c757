"""Attribution in bulk: the same as one lead at a time, on every engine, to the unit, and nothing is lost."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import pytest
from attribution_stories import AS_OF, RULES, lives, touched, won
from hypothesis import given, settings
from hypothesis import strategies as st

from smarketing import Frames, Money
from smarketing.closed_loop import (
    AttributionResult,
    CreditRow,
    Linear,
    Markov,
    OwnModel,
    attribute,
    credit_of,
)
from smarketing.closed_loop._models import Model
from smarketing.facts import Fact
from smarketing.testing import assert_backends_agree, assert_no_look_ahead, assert_order_independent

STAGES = ("lead", "opportunity", "customer", "order")
stages = st.sampled_from(STAGES)
LATER = OwnModel(name="later", weigh=lambda path: range(len(path)))
ALL = (
    *RULES,
    LATER,
    Markov(),
    Markov(name="own part", per_journey=True),
    Markov(name="won alone", non_converting=False),
)


def sums(rows: tuple[CreditRow, ...]) -> dict[object, tuple[int, int]]:
    """What rows credit, by model and value, whatever the currency of those without an amount."""
    found: dict[object, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        found[row.model, row.group][0] += row.revenue.minor if row.revenue else 0
        found[row.model, row.group][1] += row.conversion_share
    return {key: tuple(given) for key, given in found.items() if any(given)}


def add_up(result: AttributionResult) -> None:
    """Each model's credits are the revenue, and the conversions, of each currency and in all."""
    for model in result.models:
        rows = result.of(model)
        for currency, revenue in result.revenue.items():
            of_currency = [row.revenue for row in rows if row.currency == currency and row.revenue]
            assert sum(of_currency, Money(0, currency)) == revenue, model
        assert sum(row.conversion_share for row in rows) == result.conversions_count * 1_000_000, model


def of_each_lead(
    facts: list[Fact], stage: str, by: str, look_back: timedelta
) -> dict[object, tuple[int, int]]:
    """What one lead after another credits, added up."""
    added: dict[object, list[int]] = defaultdict(lambda: [0, 0])
    leads = sorted({fact.lead_id for fact in facts if getattr(fact, "lead_id", None)})
    for lead in leads:
        own = [fact for fact in facts if _is_about(fact, lead)]
        rows = credit_of(
            own, as_of=AS_OF, models=(*RULES, LATER), by=by, conversion=stage, look_back=look_back
        )
        for key, (minor, parts) in sums(rows).items():
            added[key][0] += minor
            added[key][1] += parts
    return {key: tuple(given) for key, given in added.items() if any(given)}


def _is_about(fact: Fact, lead: str) -> bool:
    told = getattr(fact, "lead_id", None) or getattr(fact, "deal_id", "").partition("/")[0]
    return told == lead


@settings(max_examples=15)
@given(lives(), stages, st.sampled_from(["channel", "asset", "persona"]), st.sampled_from([1, 5, 90]))
def test_the_credit_of_all_is_the_credit_of_each_added_up(
    facts: list[Fact], stage: str, by: str, days: int
) -> None:
    """A web hook and a notebook say the same of a lead, to the cent."""
    length = timedelta(days=days)
    # A return of an order that is not known is nobody's: one lead alone cannot tell of it.
    ordered = {fact.order_id for fact in facts if fact.TABLE == "orders" and fact.counts(AS_OF)}
    told = [fact for fact in facts if fact.TABLE != "returns" or fact.order_id in ordered]
    frames = Frames.from_dataset(told)
    bulk = attribute(frames, models=(*RULES, LATER), by=by, as_of=AS_OF, conversion=stage, look_back=length)
    assert sums(bulk.rows) == of_each_lead(told, stage, by, length)


@settings(max_examples=6)
@given(lives(currencies=("EUR", "USD")), stages)
def test_credits_add_up_to_the_revenue(facts: list[Fact], stage: str) -> None:
    """For every model, in every currency, conversions without a touch and returns included."""
    result = attribute(Frames.from_dataset(facts), models=ALL, as_of=AS_OF, conversion=stage)
    add_up(result)


@settings(max_examples=4)
@given(lives(currencies=("EUR", "USD")), stages)
def test_finer_credit_adds_up_to_coarser(facts: list[Fact], stage: str) -> None:
    """What the assets of a channel get is what the channel gets: a touch's money depends on no dimension."""
    by_touch = [model for model in RULES if model.name != "shapley"]
    frames = Frames.from_dataset(facts)
    fine = attribute(frames, models=by_touch, by=("channel", "asset"), as_of=AS_OF, conversion=stage)
    coarse = attribute(frames, models=by_touch, by="channel", as_of=AS_OF, conversion=stage)
    added: dict[object, int] = defaultdict(int)
    for row in fine.rows:
        added[row.model, row.values["channel"], row.currency] += row.revenue.minor if row.revenue else 0
    for row in coarse.rows:
        minor = row.revenue.minor if row.revenue else 0
        assert added[row.model, row.values["channel"], row.currency] == minor


@pytest.mark.slow
@settings(max_examples=3)
@given(lives(currencies=("EUR", "USD")), stages)
def test_every_cell_reconciles_with_the_conversions_behind_it(facts: list[Fact], stage: str) -> None:
    """What each conversion adds is the cell, and its facts are at hand."""
    result = attribute(Frames.from_dataset(facts), models=ALL, as_of=AS_OF, conversion=stage)
    for row in result.rows:
        trace = result.facts(row)
        if trace.of_all is None:
            money = sum(line.revenue.minor for line in trace.lines if line.revenue)
            assert money == (row.revenue.minor if row.revenue else 0)
            assert sum(line.conversion_share for line in trace.lines) == row.conversion_share
        else:  # all conversions are shared together: the part of all that its effect is, to the unit
            money, parts = trace.of_all
            assert abs(parts * trace.effect - row.conversion_share) < 1.01
            assert (
                abs((money.minor if money else 0) * trace.effect - (row.revenue.minor if money else 0)) < 1.01
            )
        if row.conversion_share and trace.records and not row.is_untouched:
            assert trace.fact_ids["touches"]


@pytest.mark.slow
@settings(max_examples=3)
@given(lives(currencies=("EUR", "USD")), lives(), stages)
def test_later_facts_change_nothing(facts: list[Fact], more: list[Fact], stage: str) -> None:
    """What was not known as of the moment does not count, and order never does."""

    def measure(frames: Frames, as_of: object) -> object:
        return attribute(frames, models=ALL, as_of=as_of, conversion=stage).rows

    early = AS_OF - timedelta(days=52)
    assert_no_look_ahead(measure, facts, early, more)
    assert_order_independent(measure, facts, early)


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
@settings(max_examples=2)
@given(facts=lives(currencies=("EUR", "USD")), by=st.sampled_from(["channel", "persona", "source"]))
def test_every_engine_credits_the_same(stage: str, facts: list[Fact], by: str) -> None:
    """To the minor unit, with rows, effects and problems alike."""

    def measure(frames: Frames, as_of: object) -> object:
        return attribute(frames, models=ALL, as_of=as_of, conversion=stage, by=(by,))

    assert_backends_agree(measure, facts, AS_OF)


STORY = (
    touched("L-1", 1, "ads"),
    touched("L-1", 2, "fair", asset="stand"),
    touched("L-1", 3, "mail"),
    touched("L-2", 1, "ads"),
    won("L-1", 9, 100_000),
    won("L-2", 9, 5_001),
)


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.name)
def test_a_model_alone_says_what_it_says_beside_others(model: Model) -> None:
    """Whatever else is asked for; and one model needs no list around it."""
    frames = Frames.from_dataset(STORY)
    alone = attribute(frames, models=model, as_of=AS_OF)
    add_up(alone)
    assert sums(alone.rows) == sums(attribute(frames, models=ALL, as_of=AS_OF).of(model.name))


def test_a_function_sees_the_values_of_several_dimensions_as_one_lead_shows_them() -> None:
    """A tuple for each touch, in bulk and one lead at a time."""
    seen: list[object] = []

    def own(path: tuple[object, ...]) -> list[int]:
        seen.append(path)
        return [1] * len(path)

    facts = [fact for fact in STORY if fact.lead_id == "L-1"]
    attribute(Frames.from_dataset(facts), models=own, by=("channel", "asset"), as_of=AS_OF)
    credit_of(facts, models=own, by=("channel", "asset"), as_of=AS_OF)
    assert seen == [(("ads", None), ("fair", "stand"), ("mail", None))] * 2


def test_nothing_at_all_is_nothing() -> None:
    """No facts, no credit, and no error."""
    result = attribute(Frames.from_dataset([]), models=ALL, as_of=AS_OF)
    assert (result.rows, result.revenue, result.conversions_count) == ((), {}, 0)
    assert attribute(Frames.from_dataset([]), models=[Linear()]).table.height == 0
