"""Rates and their intervals."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.estimates import Interval, Rate
from smarketing.estimates._beta import beta_cdf, beta_quantile

# successes, trials, level, low, high: scipy.stats.beta(s + .5, n - s + .5).ppf, SciPy 1.17.1
SCIPY = [
    (1, 1, 0.9, 0.22851981380632874, 1.0),
    (0, 1, 0.9, 0.0, 0.7714801861936711),
    (1, 2, 0.95, 0.06083027592009736, 0.9391697240799026),
    (3, 10, 0.9, 0.11732937668021012, 0.558126766484634),
    (0, 10, 0.95, 0.0, 0.21719626750921053),
    (10, 10, 0.95, 0.7828037324907895, 1.0),
    (7, 29, 0.8, 0.15365734070608783, 0.3538167186160753),
    (1, 30, 0.99, 0.0012047536310970948, 0.1941137101720547),
    (29, 30, 0.9, 0.8769022315919489, 0.9941036958618216),
    (12, 400, 0.9, 0.018361167694280364, 0.046634382852000694),
    (500, 1000, 0.95, 0.46904771269911394, 0.5309522873008861),
    (401, 802, 0.9, 0.47099260566046053, 0.5290073943395395),
    (399, 1000, 0.9, 0.3737672885917576, 0.42466385225897285),
    (1, 10000, 0.9, 1.759260096454505e-05, 0.0003906698329981854),
    (9999, 10000, 0.9, 0.9996093301670018, 0.9999824073990354),
    (3333, 10000, 0.999, 0.3179188437250997, 0.3489328338434993),
    (20, 1000000, 0.9, 1.3662815611634316e-05, 2.847106586292323e-05),
    (250000, 1000000, 0.9, 0.24928829227901508, 0.25071277623409866),
    (0, 10000000, 0.9, 0.0, 1.9207291778687745e-07),
    (1, 10000000, 0.9, 1.7592316172526683e-08, 3.9073632859351046e-07),
    (1234, 10000000, 0.95, 0.0001166591673444549, 0.0001304301807362349),
    (5000000, 10000000, 0.9, 0.49973992583015514, 0.5002600741698449),
    (9999999, 10000000, 0.99, 0.9999993580923666, 0.9999999964139112),
    (10000000, 10000000, 0.9, 0.9999998079270822, 1.0),
]


@pytest.mark.parametrize(("successes", "trials", "level", "low", "high"), SCIPY)
def test_intervals_are_those_of_scipy(successes, trials, level, low, high):
    """Jeffreys' interval agrees with SciPy's beta quantiles to 1e-10, from one trial to ten million."""
    interval = Rate(successes, trials).interval(level)
    assert interval is not None
    assert interval.low == pytest.approx(low, rel=1e-8, abs=1e-10)
    assert interval.high == pytest.approx(high, rel=1e-8, abs=1e-10)
    assert abs(interval.low - low) < 1e-10
    assert abs(interval.high - high) < 1e-10


shapes = st.one_of(st.floats(0.5, 3), st.floats(3, 1000), st.floats(1000, 1e7))


@given(st.floats(1e-4, 1 - 1e-4), shapes, shapes)
def test_the_quantile_undoes_the_distribution(p, a, b):
    """The distribution function of a quantile is the share that was asked for, in every regime."""
    x = beta_quantile(p, a, b)
    if 1e-6 < x < 1 - 1e-6:  # nearer to 1 a float has not the digits to tell
        assert beta_cdf(x, a, b) == pytest.approx(p, rel=1e-6, abs=1e-9)


@given(st.floats(1e-3, 1 - 1e-3), st.integers(2, 60), st.integers(2, 60))
def test_the_distribution_is_the_binomial_tail(x, a, b):
    """For whole shapes I_x(a, b) is the chance of at least a successes in a + b - 1 trials."""
    n = a + b - 1
    tail = sum(comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))
    assert beta_cdf(x, a, b) == pytest.approx(tail, abs=1e-12)


def test_large_and_small_shapes_meet_without_a_step():
    """The continued fraction and the quadrature agree where one takes over from the other."""
    assert beta_cdf(0.49, 400, 400) == pytest.approx(beta_cdf(0.49, 400 + 1e-9, 400 + 1e-9), abs=1e-11)


def test_the_distribution_ends_at_0_and_1():
    """Nothing lies below 0 and everything below 1."""
    assert beta_cdf(0.0, 2, 3) == 0.0
    assert beta_cdf(1.0, 2, 3) == 1.0


counts = st.integers(0, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts)
def test_the_share_lies_in_its_interval(pair):
    """An interval holds the share that it is for, and lies within 0 and 1."""
    rate = Rate(*pair)
    if rate.trials == 0:
        assert rate.share is None
        assert rate.interval() is None
        return
    interval = rate.interval()
    assert 0.0 <= interval.low <= interval.high <= 1.0
    assert rate.share in interval
    assert (interval.low == 0.0) == (rate.successes == 0)
    assert (interval.high == 1.0) == (rate.successes == rate.trials)


@given(counts.filter(lambda pair: pair[1] > 0))
def test_failures_mirror_successes(pair):
    """The interval of the failures is that of the successes turned around."""
    successes, trials = pair
    one, other = Rate(successes, trials).interval(), Rate(trials - successes, trials).interval()
    assert one.low == pytest.approx(1 - other.high, abs=1e-12)


def test_more_confidence_is_wider():
    """A higher level never gives a narrower interval."""
    narrow, wide = Rate(7, 29).interval(0.5), Rate(7, 29).interval(0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


@given(counts, st.floats(0, 1), st.floats(0, 1e6))
def test_a_shrunk_share_lies_between_its_own_and_its_parents(pair, parent, weight):
    """Shrinkage is an average: it never leaves the range between the share and the parent."""
    rate = Rate(*pair)
    shrunk = rate.shrunk_to(parent, weight)
    own = parent if rate.share is None else rate.share
    assert min(own, parent) - 1e-12 <= shrunk <= max(own, parent) + 1e-12


def test_shrinkage_has_its_two_limits():
    """No weight leaves the share alone; a boundless weight, or no trials, gives the parent."""
    assert Rate(3, 10).shrunk_to(0.9, 0) == 0.3
    assert Rate(3, 10).shrunk_to(0.9, 1e12) == pytest.approx(0.9)
    assert Rate(0, 0).shrunk_to(0.9, 0) == 0.9


def test_a_rate_that_cannot_be_is_refused():
    """More successes than trials, negative counts, and terms out of range are errors."""
    for successes, trials in ((3, 2), (-1, 2), (0, -1)):
        with pytest.raises(ValueError, match="cannot be"):
            Rate(successes, trials)
    for level in (0, 1, 90, float("nan")):
        with pytest.raises(ValueError, match="level"):
            Rate(1, 2).interval(level)
    with pytest.raises(ValueError, match="parent"):
        Rate(1, 2).shrunk_to(1.5, 1)
    with pytest.raises(ValueError, match="weight"):
        Rate(1, 2).shrunk_to(0.5, -1)


def test_small_is_below_the_limit():
    """Exactly the limit is enough."""
    assert Rate(1, 29).is_small()
    assert not Rate(1, 30).is_small()
    assert Rate(1, 30).is_small(at_least=31)


def test_an_interval_includes_its_ends():
    """Both ends belong to it."""
    assert 0.1 in Interval(0.1, 0.2)
    assert 0.2 in Interval(0.1, 0.2)
    assert 0.3 not in Interval(0.1, 0.2)
