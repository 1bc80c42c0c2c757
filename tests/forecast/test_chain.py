"""From hazards to chances: deals that move between stages until they are won or lost."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.estimates import RiskCounts, ShrunkHazards
from smarketing.forecast import Terms
from smarketing.forecast._chain import Chain
from smarketing.forecast._parts import parts_of

STAGES = ("first", "second", "third")
PATHS = (("seeker",), ("search",))
causes = st.sampled_from(["won", "lost", "to first", "to second", "to third", None])
rows = st.lists(st.tuples(st.integers(0, 60), causes, st.integers(0, 20)), max_size=12)
histories = st.dictionaries(
    st.sampled_from(STAGES),
    st.dictionaries(st.sampled_from(PATHS), rows.map(RiskCounts.from_rows), max_size=2),
    max_size=3,
)


def chain_of(history: dict[str, dict[tuple[str, ...], RiskCounts]]) -> Chain:
    """A chain with little to hold it back."""
    return Chain(
        parts_of(
            history,
            shares={"first": 0.1, "second": 0.4},
            other_share=0.3,
            terms=Terms(weight=5),
            typical_days=60,
            min_ends=5,
        )
    )


@given(histories, st.integers(-1, 100), st.lists(st.integers(0, 500), min_size=1, max_size=4))
def test_open_won_and_lost_are_one_whole(
    history: dict[str, dict[tuple[str, ...], RiskCounts]], age: int, ends: list[int]
) -> None:
    """At every horizon, in every stage: nothing is lost on the way, and nothing is won twice."""
    chain = chain_of(history)
    ordered = sorted(ends)
    for stage in chain.stages:
        for path in (*PATHS, ("never heard of",)):
            found = chain.ended_within(path, stage, age, ordered)
            for won, lost in found:
                assert -1e-12 <= won <= 1 + 1e-12
                assert won + lost <= 1 + 1e-9
            assert [won for won, _ in found] == sorted(won for won, _ in found)


@given(rows.map(lambda each: [row for row in each if row[1] in {"won", "lost", None}]), st.integers(0, 80))
def test_with_one_stage_it_is_the_formula_of_competing_risks(
    told: list[tuple[int, str | None, int]], age: int
) -> None:
    """`(CIF(a + H) - CIF(a)) / S(a)`, as the shrunken hazards themselves have it."""
    chain = chain_of({"first": {PATHS[0]: RiskCounts.from_rows(told)}})
    parts = parts_of(
        {"first": {PATHS[0]: RiskCounts.from_rows(told)}},
        shares={"first": 0.1},
        other_share=0.3,
        terms=Terms(weight=5),
        typical_days=60,
        min_ends=5,
    )
    hazards: ShrunkHazards = parts["first"]
    expected = hazards.outcomes(age=min(age, hazards.starts[-1]), within=45, group=PATHS[0])
    ((won, lost),) = chain.ended_within(PATHS[0], "first", age, (45,))
    assert won == pytest.approx(expected["won"], abs=1e-9)
    assert lost == pytest.approx(expected["lost"], abs=1e-9)


def test_an_early_stage_is_won_by_way_of_the_later_ones() -> None:
    """Where only the third stage is ever won from, the first has its chances from getting there."""
    moved = RiskCounts.from_rows([(5, "to second", 60), (5, "lost", 40)])
    then = RiskCounts.from_rows([(9, "to third", 30), (9, "lost", 30)], late_entries=[(6, 60)])
    last = RiskCounts.from_rows([(12, "won", 20), (12, "lost", 10)], late_entries=[(10, 30)])
    parts = parts_of(
        {"first": {(): moved}, "second": {(): then}, "third": {(): last}},
        shares={},
        other_share=0.3,
        terms=Terms(weight=0.0, age_ends=0.01),
        typical_days=60,
        min_ends=1,
    )
    chain = Chain(parts)
    first, second, third = (
        chain.won_within((), stage, age, (400,))[0]
        for stage, age in (("first", -1), ("second", 5), ("third", 9))
    )
    assert first == pytest.approx(0.2, abs=0.06)
    assert first < second < third
    assert third == pytest.approx(2 / 3, abs=0.05)


def test_a_rhythm_follows_the_calendar() -> None:
    """Two thirds of what a flat year wins come where the quarter ends, if that is where it is pushed."""
    counts = {
        "first": {(): RiskCounts.from_rows([(age, "won", 1) for age in range(300)] + [(300, None, 500)])}
    }
    parts = parts_of(counts, shares={}, other_share=0.3, terms=Terms(), typical_days=60, min_ends=5)
    rhythm = {"won": (0.5, 0.5, 2.0), "lost": (1.0, 1.0, 1.0)}
    before_march = Chain(parts, rhythm, date(2026, 2, 28)).won_within((), "first", 50, (31,))[0]
    before_april = Chain(parts, rhythm, date(2026, 3, 31)).won_within((), "first", 50, (30,))[0]
    flat = Chain(parts).won_within((), "first", 50, (31,))[0]
    assert before_march == pytest.approx(2 * flat, rel=0.1)
    assert before_april == pytest.approx(0.5 * flat, rel=0.1)


def test_who_is_in_a_stage_gets_to_the_later_ones_with_some_chance() -> None:
    """The chance ever to be in a stage: one for its own, and never more than that of the stage before."""
    moved = RiskCounts.from_rows([(5, "to second", 60), (5, "lost", 40)])
    then = RiskCounts.from_rows([(9, "won", 30), (9, "lost", 30)], late_entries=[(6, 60)])
    parts = parts_of(
        {"first": {(): moved}, "second": {(): then}},
        shares={},
        other_share=0.3,
        terms=Terms(weight=0.0, age_ends=0.01),
        typical_days=60,
        min_ends=1,
    )
    visits = Chain(parts).visits((), "first", -1, 200)
    assert visits["first"] == 1.0
    assert visits["second"] == pytest.approx(0.6, abs=0.03)
