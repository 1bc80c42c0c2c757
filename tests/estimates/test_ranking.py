"""How well probabilities rank, and whether they can be taken at their word."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.estimates import auc, calibration, log_loss, student_quantile

PAIRS = st.lists(st.tuples(st.integers(0, 9).map(lambda n: n / 10), st.booleans()), min_size=1, max_size=40)


@given(PAIRS)
def test_the_auc_is_the_share_of_pairs_in_order(pairs: list[tuple[float, bool]]) -> None:
    """Of all pairs of a success and a failure, those in which the success ranks above; ties count half."""
    wins = [score for score, outcome in pairs if outcome]
    losses = [score for score, outcome in pairs if not outcome]
    found = auc([score for score, _ in pairs], [outcome for _, outcome in pairs])
    if not wins or not losses:
        assert found is None
        return
    by_hand = sum((a > b) + (a == b) / 2 for a in wins for b in losses) / (len(wins) * len(losses))
    assert found is not None
    assert found.share == pytest.approx(by_hand, abs=1e-12)
    assert found.share in found.interval()


@given(PAIRS, st.integers(1, 12))
def test_a_calibration_table_holds_every_record_once(pairs: list[tuple[float, bool]], parts: int) -> None:
    """Its counts add up, its parts ascend, and equal probabilities stay together."""
    rows = calibration([score for score, _ in pairs], [outcome for _, outcome in pairs], parts=parts)
    assert sum(row.rate.trials for row in rows) == len(pairs)
    assert sum(row.rate.successes for row in rows) == sum(outcome for _, outcome in pairs)
    assert all(one.high < other.low for one, other in pairwise(rows))
    assert all(row.low <= row.expected + 1e-12 and row.expected - 1e-12 <= row.high for row in rows)


def test_the_error_of_an_auc_is_that_of_hanley_and_mcneil() -> None:
    """Their formula, worked out by hand for an area of 0.8 with 40 successes and 60 failures."""
    scores = [1.0] * 32 + [0.0] * 8 + [1.0] * 12 + [0.0] * 48
    found = auc(scores, [True] * 40 + [False] * 60)
    assert found is not None
    assert found.share == pytest.approx(0.8)
    assert found.error == pytest.approx(0.047415, abs=1e-5)


def test_no_record_has_no_loss() -> None:
    """Nothing announced is nothing to be surprised by."""
    assert log_loss([], []) is None
    assert calibration([], []) == ()


@pytest.mark.parametrize(
    ("share", "freedom", "expected"),
    [(0.95, 1, 6.3138), (0.95, 7, 1.8946), (0.975, 30, 2.0423), (0.6, 4, 0.2707)],
)
def test_students_quantiles_are_those_of_the_tables(share: float, freedom: int, expected: float) -> None:
    """As printed in the tables of Student's t."""
    assert student_quantile(share, freedom) == pytest.approx(expected, abs=1e-4)
