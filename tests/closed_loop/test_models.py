"""The models one by one: what each gives, the games behind them, and terms that cannot be."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.closed_loop import (
    AnchoredModel,
    First,
    FullPath,
    Last,
    LastNonDirect,
    Linear,
    Markov,
    OwnModel,
    PositionBased,
    Shapley,
    TimeDecay,
    WShaped,
    attribute,
)
from smarketing.closed_loop._split import split
from smarketing.errors import InvalidTermsError
from smarketing.estimates import largest_remainder

weights = st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(any)


@given(st.integers(-(10**9), 10**9), weights)
def test_a_split_is_the_largest_remainder(total: int, given: list[int]) -> None:
    """The quick way for whole weights is the exact way."""
    assert split(total, given) == largest_remainder(total, given)


@pytest.mark.parametrize(
    ("model", "count", "shares"),
    [
        (First(), 3, (100, 0, 0)),
        (Last(), 3, (0, 0, 100)),
        (Linear(), 3, (34, 33, 33)),
        (PositionBased(), 1, (100,)),
        (PositionBased(), 2, (50, 50)),
        (PositionBased(), 4, (40, 10, 10, 40)),
        (PositionBased(first=30, last=50, others=20), 3, (30, 20, 50)),
    ],
)
def test_what_each_touch_gets_of_a_hundred(model: AnchoredModel, count: int, shares: tuple[int, ...]) -> None:
    """By place alone."""
    assert split(100, model.weights(count)) == shares


def test_the_w_and_the_full_path_look_at_the_lead_and_the_opportunity() -> None:
    """30/30/30/10, and 22.5 four times with 10; where two of them are one touch, it gets both parts."""
    at = {"lead": 1, "opportunity": 3}
    assert split(1_000, WShaped().weights(6, at)) == (300, 300, 34, 300, 33, 33)
    assert split(1_000, FullPath().weights(6, at)) == (225, 225, 50, 225, 50, 225)
    assert split(1_000, WShaped().weights(3, {"lead": 0, "opportunity": 2})) == (600, 100, 300)
    assert split(900, WShaped().weights(2, {"lead": None, "opportunity": 1})) == (450, 450)


def test_a_touch_weighs_half_of_one_a_half_life_later() -> None:
    """And ages count from the last touch, so that old journeys are not all nothing."""
    day = 86_400_000_000
    assert TimeDecay(half_life=timedelta(days=2)).weights([4 * day, 2 * day, 0]) == (
        250_000,
        500_000,
        1_000_000,
    )
    assert TimeDecay().weights([9_000 * day, 0]) == (0, 1_000_000)


def test_direct_visits_are_passed_over() -> None:
    """Unless there is nothing else."""
    rows = [("fair > Direct", 1, 10, 0), ("direct > direct", 1, 7, 0)]
    result = attribute(rows, models=[LastNonDirect()])
    given = {row.values["channel"]: row.revenue.minor for row in result.rows}
    assert given == {"fair": 10, "direct": 7}


paths = st.lists(
    st.tuples(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=5), st.integers(0, 999)),
    min_size=1,
    max_size=8,
)


@given(paths)
def test_shapley_is_the_average_over_all_orders(told: list[tuple[list[str], int]]) -> None:
    """Over every set of up to 8 channels: what each adds, weighted by how many orders add it so."""
    channels = sorted({state for path, _ in told for state in path})
    others = len(channels)

    def worth(joined: frozenset[str]) -> int:
        return sum(value for path, value in told if set(path) <= joined)

    expected = dict.fromkeys(channels, 0.0)
    for channel in channels:
        rest = [each for each in channels if each != channel]
        for size in range(len(rest) + 1):
            for joined in combinations(rest, size):
                added = worth(frozenset(joined) | {channel}) - worth(frozenset(joined))
                expected[channel] += added / (others * comb(others - 1, size))
    # In thousandths of a cent, so that the whole units of a path are no matter.
    result = attribute([(path, 1, value * 1_000, 0) for path, value in told], models=[Shapley()])
    for row in result.rows:
        assert abs(row.revenue.minor / 1_000 - expected[row.values["channel"]]) < len(told) / 1_000


@given(paths)
def test_shapley_keeps_its_axioms(told: list[tuple[list[str], int]]) -> None:
    """All is given out; twins get the same, to a unit per path; who adds nothing gets nothing."""
    twins = [(["x", "y", *path], value) for path, value in told]
    silent = [(["z"], 0)]
    result = attribute([(path, 1, value, 0) for path, value in twins + silent], models=[Shapley()])
    given = {row.values["channel"]: row.revenue.minor for row in result.rows}
    assert sum(given.values()) == sum(value for _, value in told)
    assert abs(given["x"] - given["y"]) <= len(twins)
    assert given["z"] == 0


def test_a_function_is_a_model() -> None:
    """It gets a path and gives weights; its name is the rows' name, and nobody gets more than there is."""

    def second(path: tuple[str | None, ...]) -> list[int]:
        return [int(place == 1) for place in range(len(path))]

    rows = [("a > b > c", 1, 90, 0), ("a", 1, 7, 0)]
    result = attribute(rows, models=[second, OwnModel(name="all", weigh=lambda path: [1.5] * len(path))])
    assert result.row("second", channel="b").revenue.minor == 90
    assert result.row("second", channel="a").revenue.minor == 7  # all weights are 0: all count alike
    assert result.row("all", channel="b").revenue.minor == 30


@pytest.mark.parametrize("bad", [[1], [1, -1], [1, float("nan")], [1, "2"]])
def test_a_function_that_gives_no_weights_is_told_so(bad: list[object]) -> None:
    """By the name of the model."""
    with pytest.raises(InvalidTermsError, match="mine"):
        attribute([("a > b", 1, 1, 0)], models=[OwnModel(name="mine", weigh=lambda _: bad)])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: AnchoredModel(name="m", anchors=[("frist", 1)]), "no anchor 'frist'"),
        (lambda: AnchoredModel(name="m"), "weight 0"),
        (lambda: PositionBased(first=-1), "0 or more"),
        (lambda: TimeDecay(half_life=timedelta(0)), "above 0"),
        (lambda: attribute([], models=[]), "no model"),
        (lambda: attribute([], models=[Linear(), Linear()]), "two models are called 'linear'"),
        (lambda: attribute([], models=["linear"]), "is no model"),
        (lambda: attribute([], models="linear"), "'linear' is no model"),
        (lambda: attribute([("a", 1)], models=lambda _: 1), "gave 1: give one weight for each touch"),
        (lambda: attribute([], models=[TimeDecay()]), "paths do not tell"),
        (lambda: attribute([], models=[WShaped()]), "paths do not tell"),
        (lambda: attribute([], models=[FullPath(), Markov()]), "paths do not tell"),
    ],
)
def test_terms_that_cannot_be_are_refused(make: object, says: str) -> None:
    """At once, with what is wrong."""
    with pytest.raises(InvalidTermsError, match=says):
        make()  # type: ignore[operator]
