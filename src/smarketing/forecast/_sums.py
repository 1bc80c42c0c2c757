"""The distribution of what many uncertain deals bring together: no simulation, no seed, no normal curve.

Revenue is a sum of Bernoulli variables times amounts. Its characteristic function is a product, and the
distribution is read back from it on a window of ±9 standard deviations, until the function has faded
(`_series`). Where there are so few deals that it does not fade, the sums are added up one by one
(`_lattice`). No deal is on its own: a common shift of all logits, and one for each source, are averaged over
(`_shifts`). Nothing is drawn at random, so the same deals give the same digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import attrs

from smarketing.forecast._asked import checked_share
from smarketing.forecast._lattice import Atoms, atoms_of
from smarketing.forecast._pools import Columns, Pool, Stream, small_below
from smarketing.forecast._series import Series, series_of, spread
from smarketing.forecast._shifts import Kernel, Luck, centred, common_nodes, logistic, logit
from smarketing.forecast._waves import Part

__all__ = ["Luck", "Pool", "RevenueSum", "Stream", "revenue_sum"]

_FEW = 12
_MOST_ATOMIC = 600
_SMALL_LUCK = 0.3
_FINE = 500.0  # a lattice of so many steps to a standard deviation looks smooth
_REACH = 9.0


@attrs.frozen(kw_only=True, eq=False)
class RevenueSum:
    """The distribution of a sum of uncertain amounts, in minor units.

    Attributes:
        mean: What it is on average.
        sd: Its standard deviation.
    """

    mean: float
    sd: float
    _shape: Series | Atoms | None = attrs.field(repr=False, alias="shape")
    _fixed: float = attrs.field(repr=False, alias="fixed")
    _unit: float = attrs.field(repr=False, alias="unit")
    _reach: tuple[float, float] = attrs.field(repr=False, alias="reach", default=(-math.inf, math.inf))

    def cdf(self, amount: float) -> float:
        """The chance that it is no more than an amount."""
        if self._shape is None:
            return 1.0 if amount >= self._fixed else 0.0
        return self._shape.cdf((amount - self._fixed) / self._unit)

    def chance_of(self, target: float) -> float:
        """The chance that it reaches a target: is no less."""
        if self._shape is None:
            return 1.0 if target <= self._fixed else 0.0
        return self._shape.chance_of((target - self._fixed) / self._unit)

    def quantile(self, share: float) -> float:
        """The amount that it stays at or below with the given chance, between 0 and 1.

        Raises:
            ValueError: The share does not lie between 0 and 1.
        """
        share = checked_share(share)
        if self._shape is None:
            return self._fixed
        low, high = self._reach
        return round(self._fixed + self._unit * min(high, max(low, self._shape.quantile(share))), 6)


def revenue_sum(pools: Iterable[Pool], *, fixed: float = 0.0, luck: Luck | None = None) -> RevenueSum:
    """The distribution of what some pools of deals bring together.

    Args:
        pools: The deals; what is not known of a pool is shared by its deals alone.
        fixed: What is certain already.
        luck: What all deals share; None where they are independent.

    Example:
        >>> total = revenue_sum([Pool(deals=((0.5, 100), (0.5, 300)))])
        >>> [total.quantile(share) for share in (0.2, 0.4, 0.6, 0.8)], total.chance_of(300)
        ([0.0, 100.0, 300.0, 400.0], 0.5)
    """
    columns = [Columns(pool) for pool in pools]
    fixed += math.fsum(pool.fixed for pool in columns)
    told = [pool for pool in columns if pool]
    mean = fixed + math.fsum(pool.mean for pool in told)
    unit = math.sqrt(math.fsum(pool.variance for pool in told))
    if unit <= 0.0:
        return RevenueSum(mean=mean, sd=0.0, shape=None, fixed=fixed, unit=1.0)
    lattice = _lattice_step(told) / unit
    for pool in told:
        pool.rescale(unit)
    deals_count = sum(len(pool.amounts) for pool in told)
    deals_count += sum(1 + math.ceil(4.0 * each.wins) for pool in told for each in pool.streams)
    _, common, widths = common_nodes(luck)
    has_shifts = len(common) > 1 or any(pool.logit_sd for pool in told)
    limit = small_below(told, 0.2 if has_shifts else 0.18) if deals_count > 4 * _FEW else 0.0
    parts = [Part(pool, limit=limit, luck=luck) for pool in told]
    slopes = [part.slopes() for part in parts]
    blurs = {k: widths[k] * math.fsum(each[k] for each in slopes) for k in common}
    centre, sd = spread(parts, common, blurs)
    reach = _reach_of(told)
    series = None
    if deals_count > (2 * _FEW if has_shifts else _FEW):
        series = series_of(
            parts,
            common,
            blurs,
            window=_window(reach, centre, sd),
            step=lattice if lattice * _FINE > sd else 0.0,
            furthest=2.0 / limit if limit else math.inf,
            must_fade=deals_count <= _MOST_ATOMIC,
            nothing=math.prod(pool.nothing for pool in told),
        )
    shape = series or _atoms(told, luck, sd)
    return RevenueSum(mean=mean, sd=sd * unit, shape=shape, fixed=fixed, unit=unit, reach=reach)


def _lattice_step(pools: Sequence[Columns]) -> float:
    """What every amount is a multiple of; 0 where they are not whole numbers."""
    step = 0
    amounts = [amount for pool in pools for amount in pool.amounts]
    amounts += [amount for pool in pools for each in pool.streams for amount in each.amounts]
    for amount in amounts:
        if not amount.is_integer():
            return 0.0
        step = math.gcd(step, int(amount))
        if step == 1:
            break
    return float(step)


def _reach_of(pools: Sequence[Columns]) -> tuple[float, float]:
    """Between what and what sums can lie at all."""
    amounts = [amount for pool in pools for amount in pool.amounts]
    coming = [amount for pool in pools for each in pool.streams for amount in each.amounts]
    low = -math.inf if any(amount < 0.0 for amount in coming) else 0.0
    high = math.inf if any(amount > 0.0 for amount in coming) else 0.0
    return (
        low + math.fsum(amount for amount in amounts if amount < 0.0),
        high + math.fsum(amount for amount in amounts if amount > 0.0),
    )


def _window(reach: tuple[float, float], mean: float, sd: float) -> tuple[float, float]:
    """Nine standard deviations to both sides, and not much farther than sums can lie."""
    margin = 0.5 * sd
    return max(mean - _REACH * sd, reach[0] - margin), min(mean + _REACH * sd, reach[1] + margin)


def _atoms(pools: Sequence[Columns], luck: Luck | None, sd: float) -> Atoms:
    """The same one by one: what comes as a stream as a few deals, what is not known as common luck."""
    deals = [deal for pool in pools for deal in zip(pool.chances, pool.amounts, strict=True)]
    for pool in pools:
        for each in pool.streams:
            count = max(len(each.amounts), math.ceil(4.0 * each.wins))
            deals += [(each.wins / count, each.amounts[k % len(each.amounts)]) for k in range(count)]
    deals.sort()
    slopes = [abs(pool.slope) for pool in pools]
    own = math.fsum(pool.logit_sd**2 * slope for pool, slope in zip(pools, slopes, strict=True))
    own /= math.fsum(slopes) or 1.0
    scale = math.sqrt((luck.sd**2 if luck else 0.0) + own)
    step, common = _few_nodes(scale, luck.freedom if luck else 1_000)
    chances = [won for won, _ in deals]
    logits = centred([logit(won) for won in chances], step, common)
    mix = [
        (weight, chances if len(common) == 1 else [logistic(x + k * step) for x in logits])
        for k, weight in sorted(common.items())
    ]
    fineness, cells = (2_000.0, 60_000) if len(common) == 1 else (250.0, 3_000)
    amounts = [amount for _, amount in deals]
    return atoms_of(amounts, mix, max(sd / fineness, math.fsum(map(abs, amounts)) / cells))


def _few_nodes(scale: float, freedom: int) -> tuple[float, Kernel]:
    """A few shifts that stand for all: few deals scatter so much that more would not show.

    Where luck is small, Gauss's three points, right up to the fifth moment.
    """
    if not scale:
        return 0.0, {0: 1.0}
    if scale <= _SMALL_LUCK and freedom > _FEW:
        return math.sqrt(3.0 * freedom / (freedom - 2.0)) * scale, {-1: 1 / 6, 0: 2 / 3, 1: 1 / 6}
    step, common, _ = common_nodes(Luck(sd=scale, freedom=freedom))
    thin: dict[int, float] = {}
    for k, weight in common.items():
        low = 4 * (k // 4)
        part = (k - low) / 4
        for place, share in ((low, 1.0 - part), (low + 4, part)):
            thin[place] = thin.get(place, 0.0) + share * weight
    thin = {k: weight for k, weight in thin.items() if weight > 1e-4}
    return step * math.sqrt(_spread_of(common) / _spread_of(thin)), thin


def _spread_of(kernel: Kernel) -> float:
    return math.fsum(weight * k * k for k, weight in kernel.items())
