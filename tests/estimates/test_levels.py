"""Logistic regression on levels."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.estimates import LevelFit, fit_levels, probability_of

RECORDS = st.lists(
    st.tuples(st.integers(-1, 2), st.integers(0, 1), st.booleans()), min_size=2, max_size=60
).filter(lambda rows: 0 < sum(outcome for *_, outcome in rows) < len(rows))


def fitted(rows: list[tuple[int, int, bool]], ridge: float = 2.0) -> LevelFit:
    """The fit, as close as it gets."""
    return fit_levels(
        [row[:2] for row in rows], [row[2] for row in rows], level_counts=(3, 2), ridge=ridge, tolerance=1e-9,
        most_cycles=2000,
    )  # fmt: skip


@given(RECORDS)
def test_the_slope_of_the_objective_is_zero(rows: list[tuple[int, int, bool]]) -> None:
    """At the answer, Σ(y - p) of every level equals ridge times its weight, and over all records it is 0."""
    fit = fitted(rows)
    left = [(row[:2], row[2] - fit.probability(row[:2])) for row in rows]
    assert math.fsum(rest for _, rest in left) == pytest.approx(0, abs=1e-5)
    for feature, weights in enumerate(fit.weights):
        for level, weight in enumerate(weights):
            slope = math.fsum(rest for levels, rest in left if levels[feature] == level)
            assert slope == pytest.approx(fit.ridge * weight, abs=1e-5)


@given(RECORDS, st.randoms())
def test_the_order_of_records_does_not_matter(
    rows: list[tuple[int, int, bool]], shuffler: random.Random
) -> None:
    """The same records in any order have one answer."""
    shuffled = [*rows]
    shuffler.shuffle(shuffled)
    one, other = fitted(rows), fitted(shuffled)
    assert one.base == pytest.approx(other.base, abs=1e-6)
    for own, others in zip(one.weights, other.weights, strict=True):
        assert own == pytest.approx(others, abs=1e-6)


def test_it_is_the_answer_of_scikit_learn() -> None:
    """`LogisticRegression(C=1/2)` of scikit-learn 1.9 on the same indicator columns."""
    rows = [
        *[(0, 0, True)] * 8, *[(0, 0, False)] * 12, *[(1, 0, True)] * 3, *[(1, 0, False)] * 27,
        *[(2, 1, True)] * 9, *[(2, 1, False)] * 6, *[(0, 1, True)] * 7, *[(0, 1, False)] * 3,
        *[(1, 1, False)] * 5,
    ]  # fmt: skip
    fit = fitted(rows)
    assert fit.base == pytest.approx(-0.59413, abs=1e-4)
    assert fit.weights[0] == pytest.approx((0.56692, -0.96822, 0.40130), abs=1e-4)
    assert fit.weights[1] == pytest.approx((-0.37934, 0.37934), abs=1e-4)


def test_a_level_that_nobody_has_weighs_nothing() -> None:
    """It is pulled all the way to 0."""
    fit = fitted([(0, 0, True), (0, 1, False), (1, 0, False)])
    assert fit.shrinkage(0, 2) == 1.0
    assert 0 < fit.shrinkage(0, 0) < 1


def test_pure_levels_stay_finite() -> None:
    """Where a level decides the outcome, the ridge holds its weight."""
    fit = fit_levels([(0,)] * 500 + [(1,)] * 500, [True] * 500 + [False] * 500, level_counts=(2,))
    assert 0.95 < fit.probability((0,)) < 1
    assert 0 < fit.probability((1,)) < 0.05


@pytest.mark.parametrize("outcomes", [[True, True], [False, False]])
def test_one_outcome_alone_cannot_be_learned_from(outcomes: list[bool]) -> None:
    """There is nothing to tell apart."""
    with pytest.raises(ValueError, match="nothing to tell apart"):
        fit_levels([(0,), (1,)], outcomes, level_counts=(2,))


def test_a_ridge_of_nothing_is_refused() -> None:
    """Pure levels would weigh without end."""
    with pytest.raises(ValueError, match="above 0"):
        fit_levels([(0,), (1,)], [True, False], level_counts=(2,), ridge=0.0)


@given(st.floats(-1e6, 1e6))
def test_probabilities_of_any_odds_are_shares(odds: float) -> None:
    """However far the odds, the probability lies between 0 and 1, and mirrors that of the opposite odds."""
    assert 0.0 <= probability_of(odds) <= 1.0
    assert probability_of(odds) + probability_of(-odds) == pytest.approx(1.0)
