"""The distribution of what uncertain deals bring: against exact convolution, and against its own laws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.forecast._pools import Pool, Stream
from smarketing.forecast._shifts import Luck, logistic
from smarketing.forecast._sums import RevenueSum, revenue_sum

SHARES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
Deals = Sequence[tuple[float, float]]


def convolved(deals: Deals, cells: int = 40_000) -> tuple[float, list[float]]:
    """By hand: the whole distribution on a fine lattice, each amount shared between its neighbours."""
    step = sum(amount for _, amount in deals) / cells
    masses = [1.0]
    for won, amount in sorted(deals, key=lambda deal: deal[1]):
        whole, part = divmod(amount / step, 1.0)
        at = int(whole)
        grown = [(1.0 - won) * mass for mass in masses] + [0.0] * (at + 1)
        for k, mass in enumerate(masses):
            grown[k + at] += won * (1.0 - part) * mass
            grown[k + at + 1] += won * part * mass
        masses = grown
    return step, [*accumulate(masses)]


def exact_quantile(curve: tuple[float, list[float]], share: float) -> float:
    """The least amount that the share does not exceed."""
    step, below = curve
    return step * next(k for k, chance in enumerate(below) if chance >= share)


def total_of(deals: Deals, luck: Luck | None = None, logit_sd: float = 0.0) -> RevenueSum:
    """The distribution of one pool."""
    return revenue_sum([Pool(deals=tuple(deals), logit_sd=logit_sd)], luck=luck)


def some_deals(count: int, seed: int = 1) -> list[tuple[float, float]]:
    """Deals of unlike chances and very unlike sizes."""
    draw = Random(seed)  # noqa: S311 (no secret)
    return [(draw.betavariate(1, 3), round(draw.lognormvariate(12, 1))) for _ in range(count)]


@pytest.mark.parametrize("count", [20, 60, 150])
def test_quantiles_are_those_of_exact_convolution(count: int) -> None:
    """Within a thousandth of a standard deviation, or the width of the lattice that it is held against."""
    deals = some_deals(count)
    curve, found = convolved(deals), total_of(deals)
    for share in SHARES:
        off = abs(found.quantile(share) - exact_quantile(curve, share)) / found.sd
        assert off < 1e-3 + 1.5 * curve[0] / found.sd


def test_a_huge_deal_among_many_leaves_two_humps_and_no_error() -> None:
    """Half of all money in one deal: what a normal curve gets wrong by a quarter of a standard deviation."""
    small = some_deals(80, seed=2)
    deals = [*small, (0.3, 12.0 * sum(won * amount for won, amount in small))]
    curve, found = convolved(deals, 60_000), total_of(deals)
    for share in (0.05, 0.3, 0.6, 0.72, 0.9):
        assert abs(found.quantile(share) - exact_quantile(curve, share)) / found.sd < 1e-3


def test_one_deal_is_all_or_nothing() -> None:
    """Nothing up to the chance that it is lost, its amount from there on."""
    found = total_of([(0.25, 400.0)])
    assert (found.quantile(0.74), found.quantile(0.76)) == (0.0, 400.0)
    assert found.chance_of(400) == pytest.approx(0.25)
    assert (found.cdf(0), found.cdf(399)) == (0.75, 0.75)


def test_equal_deals_are_the_binomial_exactly() -> None:
    """Where sums lie on a lattice, so do the quantiles, and the chances are those of the formula."""
    found = total_of([(0.1, 250_000.0)] * 400)
    chance = [math.comb(400, k) * 0.1**k * 0.9 ** (400 - k) for k in range(401)]
    for k in (20, 33, 40, 47, 60):
        assert found.cdf(250_000 * k) == pytest.approx(math.fsum(chance[: k + 1]), abs=1e-8)
        assert found.chance_of(250_000 * k) == pytest.approx(math.fsum(chance[k:]), abs=1e-8)
    assert found.quantile(0.5) == 250_000 * 40


@pytest.mark.slow
@pytest.mark.parametrize("count", [3_000, 100_000])
def test_many_deals_are_those_of_exact_convolution(count: int) -> None:
    """Deals of twenty sizes and chances: powers of the binomials' generating functions, convolved."""
    draw = Random(7)  # noqa: S311 (no secret)
    sizes = [(draw.betavariate(1, 3), draw.randrange(1, 12)) for _ in range(20)]
    deals = [sizes[k % 20] for k in range(count)]
    mean = sum(won * amount for won, amount in deals)
    sd = math.sqrt(sum(won * (1 - won) * amount**2 for won, amount in deals))
    numpy = pytest.importorskip("numpy")
    length = 1 << math.ceil(math.log2(sum(amount for _, amount in deals) + 1))
    turns = numpy.exp(-2j * numpy.pi * numpy.arange(length) / length)
    wave = numpy.ones(length, dtype=complex)
    for won, amount in sizes:
        wave *= (1 - won + won * turns**amount) ** (count // 20)
    below = numpy.cumsum(numpy.fft.ifft(wave).real)
    found = total_of([(won, float(amount)) for won, amount in deals])
    assert found.mean == pytest.approx(mean)
    assert found.sd == pytest.approx(sd)
    for share in SHARES:
        assert abs(found.quantile(share) - int(numpy.searchsorted(below, share))) <= max(1e-3 * sd, 1)


@given(
    deals=st.lists(
        st.tuples(st.floats(0.0, 1.0), st.integers(-50_000, 1_000_000).map(float)), min_size=1, max_size=40
    ),
    fixed=st.integers(0, 10**6),
    sd=st.sampled_from([0.0, 0.2, 0.7]),
    freedom=st.integers(2, 12),
)
def test_quantiles_ascend_and_agree_with_chances(
    deals: list[tuple[float, float]], fixed: int, sd: float, freedom: int
) -> None:
    """A larger share never has a smaller quantile, none lies out of reach, and chances say the same."""
    pools = [Pool(deals=tuple(deals[::2])), Pool(deals=tuple(deals[1::2]), logit_sd=0.3)]
    found = revenue_sum(pools, fixed=fixed, luck=Luck(sd=sd, freedom=freedom))
    quantiles = [found.quantile(share) for share in SHARES]
    slack = 1e-6 * (1 + found.sd)
    assert all(low <= high + slack for low, high in pairwise(quantiles))
    low = fixed + sum(amount for _, amount in deals if amount < 0)
    high = fixed + sum(amount for _, amount in deals if amount > 0)
    assert low - found.sd <= quantiles[0]
    assert quantiles[-1] <= high + found.sd
    assert found.mean == pytest.approx(fixed + sum(won * amount for won, amount in deals), abs=1e-6)


@given(st.randoms(use_true_random=False), st.sampled_from([8, 40, 90]))
def test_the_order_of_deals_changes_no_bit(random: Random, count: int) -> None:
    """The same deals in another order are the same distribution to the last digit."""
    deals = some_deals(count)
    again = [*deals]
    random.shuffle(again)
    luck = Luck(sd=0.3, freedom=5)
    one, other = total_of(deals, luck, 0.2), total_of(again, luck, 0.2)
    assert [one.quantile(share) for share in SHARES] == [other.quantile(share) for share in SHARES]


def test_luck_widens_and_leaves_the_mean_where_it_was() -> None:
    """A probability is a mean over luck already, so more luck changes how sure we are, and not what of."""
    deals = some_deals(2_000)
    known, lucky = total_of(deals), total_of(deals, Luck(sd=0.4, freedom=6))
    assert lucky.mean == pytest.approx(known.mean)
    assert lucky.sd > 2.5 * known.sd
    assert lucky.quantile(0.1) < known.quantile(0.1) < known.quantile(0.9) < lucky.quantile(0.9)


@pytest.mark.parametrize("freedom", [3, 9])
def test_the_mixture_over_luck_is_the_average_of_what_each_luck_gives(freedom: int) -> None:
    """Held against 20,000 draws of luck and deals, by hand."""
    draw = Random(freedom)  # noqa: S311 (no secret)
    deals = [(0.12, 1_000.0)] * 300 + [(0.4, 5_000.0)] * 60
    found = total_of(deals, Luck(sd=0.35, freedom=freedom))
    sums = []
    offsets = [_centred(0.12, 0.35, freedom), _centred(0.4, 0.35, freedom)]
    for _ in range(20_000):
        t = draw.gauss(0, 1) / math.sqrt(draw.gammavariate(freedom / 2, 2) / freedom)
        total = 0.0
        for count, offset, amount in ((300, offsets[0], 1_000.0), (60, offsets[1], 5_000.0)):
            won = logistic(offset + 0.35 * t)
            mean, sd = count * won, math.sqrt(count * won * (1 - won))
            total += amount * max(0.0, draw.gauss(mean, sd))
        sums.append(total)
    sums.sort()
    for share in (0.1, 0.25, 0.5, 0.75, 0.9):
        assert abs(found.quantile(share) - sums[int(share * len(sums))]) < 0.04 * found.sd


def _centred(won: float, sd: float, freedom: int) -> float:
    """The logit of which the mean probability over luck is as given, by bisection over draws of the t."""
    draw = Random(0)  # noqa: S311 (no secret)
    lucks = [
        sd * draw.gauss(0, 1) / math.sqrt(draw.gammavariate(freedom / 2, 2) / freedom) for _ in range(4_000)
    ]
    low, high = -20.0, 20.0
    for _ in range(50):
        middle = 0.5 * (low + high)
        if sum(logistic(middle + luck) for luck in lucks) / len(lucks) < won:
            low = middle
        else:
            high = middle
    return low


def test_what_is_not_known_of_a_source_is_shared_by_its_deals_alone() -> None:
    """Two sources of which little is known waver less together than one of twice the size."""
    deals = tuple((0.2, 1_000.0) for _ in range(400))
    one = revenue_sum([Pool(deals=deals * 2, logit_sd=0.4)])
    two = revenue_sum([Pool(deals=deals, logit_sd=0.4), Pool(deals=deals, logit_sd=0.4)])
    assert two.sd < 0.8 * one.sd
    assert two.mean == pytest.approx(one.mean)


def test_deals_still_to_come_scatter_like_the_poisson_they_are() -> None:
    """So many wins more or less as their number's root; more where their rate is little known."""
    coming = Stream(wins=100.0, probability=0.1, amounts=(1_000.0,))
    sure = revenue_sum([Pool(streams=(coming,))])
    assert sure.mean == pytest.approx(100_000)
    assert sure.sd == pytest.approx(10_000)
    unsure = revenue_sum(
        [Pool(streams=(Stream(wins=100.0, probability=0.1, amounts=(1_000.0,), certainty=25.0),))]
    )
    assert unsure.sd == pytest.approx(1_000 * math.sqrt(100 + 100**2 / 25))
    below = math.fsum(math.exp(-100 + k * math.log(100) - math.lgamma(k + 1)) for k in range(96))
    assert sure.cdf(95_000) == pytest.approx(below, abs=1e-6)


def test_nothing_to_come_is_what_is_certain() -> None:
    """Without deals there is no doubt."""
    found = revenue_sum([Pool(deals=((1.0, 500.0), (0.0, 900.0)))], fixed=70)
    assert (found.mean, found.sd, found.quantile(0.1), found.chance_of(570)) == (570.0, 0.0, 570, 1.0)
    assert found.chance_of(571) == 0.0


def test_a_share_outside_of_all_is_refused() -> None:
    """There is no quantile of 0 or of 1.5."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        total_of(some_deals(3)).quantile(1.5)
    with pytest.raises(ValueError, match="degrees of freedom"):
        Luck(sd=-1.0, freedom=3)
