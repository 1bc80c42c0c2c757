"""Splitting and rounding without loss."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smarketing.estimates import largest_remainder, round_half_up

weight = st.one_of(
    st.integers(0, 10**9),
    st.floats(0, 1e9, allow_subnormal=False),
    st.fractions(0, 10**6, max_denominator=997),
)
weights = st.lists(weight, min_size=1, max_size=20).filter(any)
totals = st.integers(-(10**12), 10**12)


@given(totals, weights)
def test_parts_add_up_exactly(total, weights):
    """Not a unit is lost or invented."""
    assert sum(largest_remainder(total, weights)) == total


@given(totals, weights)
def test_each_part_is_within_one_of_its_exact_share(total, weights):
    """Rounding moves a part by less than one unit, and a weight of 0 gets nothing."""
    whole = sum(map(Fraction, weights))
    for part, weight in zip(largest_remainder(total, weights), weights, strict=True):
        assert abs(part - total * Fraction(weight) / whole) < 1
        assert weight or part == 0


@given(st.integers(0, 10**12), weights)
def test_a_larger_weight_never_gets_less(total, weights):
    """Parts keep the order of their weights, and of equals the earlier gets no less."""
    parts = largest_remainder(total, weights)
    for i in range(len(parts)):
        for j in range(i + 1, len(parts)):
            if weights[i] >= weights[j]:
                assert parts[i] >= parts[j]
            else:
                assert parts[i] <= parts[j]


@given(totals, weights)
def test_a_negative_total_is_the_mirror_image(total, weights):
    """A credit note splits as its invoice did."""
    assert largest_remainder(-total, weights) == tuple(-part for part in largest_remainder(total, weights))


@given(totals, st.lists(st.integers(0, 1000), min_size=1).filter(any), st.integers(1, 10**6))
def test_only_the_proportions_matter(total, weights, factor):
    """Weights in another unit split alike."""
    assert largest_remainder(total, weights) == largest_remainder(total, [w * factor for w in weights])
    assert largest_remainder(total, weights) == largest_remainder(
        total, [Fraction(w, factor) for w in weights]
    )


def test_ties_go_to_the_earlier():
    """Three equals sharing 100 get 34, 33, 33."""
    assert largest_remainder(100, [1, 1, 1]) == (34, 33, 33)
    assert largest_remainder(101, [0.5, 0.5, 0.5]) == (34, 34, 33)


def test_what_cannot_be_split_is_refused():
    """All-zero, negative and endless weights are errors; a total of 0 needs no weights."""
    assert largest_remainder(0, []) == ()
    assert largest_remainder(0, [0, 0]) == (0, 0)
    for weights in ([], [0, 0.0]):
        with pytest.raises(ValueError, match="every weight is 0"):
            largest_remainder(1, weights)
    for bad in (-1, float("nan"), float("inf"), Fraction(-1, 3)):
        with pytest.raises(ValueError, match="weight 1 is"):
            largest_remainder(1, [1, bad])


@given(st.integers(-(10**30), 10**30), st.integers(-(10**15), 10**15))
def test_rounding_goes_to_the_nearest_and_halves_away_from_zero(numerator, denominator):
    """The result is the nearest whole number; of two equally near, the one farther from zero."""
    assume(denominator)
    exact = Fraction(numerator, denominator)
    rounded = round_half_up(numerator, denominator)
    assert abs(rounded - exact) <= Fraction(1, 2)
    if abs(rounded - exact) == Fraction(1, 2):
        assert abs(rounded) > abs(exact)


def test_halves_and_their_mirror():
    """2.5 is 3, -2.5 is -3, and -0 is 0."""
    assert [round_half_up(n, 2) for n in (5, -5, 1, -1, 0, 3)] == [3, -3, 1, -1, 0, 2]
    assert round_half_up(50 * 290_000, 1_000_000) == 15  # 14 with floats, where 50 * 0.29 is 14.499...
    with pytest.raises(ZeroDivisionError):
        round_half_up(1, 0)
