"""Deals that share what is not known of their source, and the characteristic function of what they bring.

The characteristic function of a sum is the product over its deals, 1 - p + p·e^(ita). Deals that are small
beside the whole enter together, through their cumulants up to the eighth: their logarithm is a power series
in t that has converged long before the function has faded. The few that are large enter one by one, exactly.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from operator import mul

import attrs

from smarketing.forecast._shifts import Kernel, centred, logistic, own_kernel

__all__ = ["Part", "Pool", "Stream", "small_below"]

_CELLS = 8  # bins per logit, where there are too many different probabilities to keep
_MOST_BINS = 96


@attrs.frozen(kw_only=True)
class Stream:
    """Deals that are not there yet: they come by chance, and some of them are won in time.

    Attributes:
        wins: How many wins are expected.
        probability: Of one that comes, the chance to be won in time; luck moves it.
        amounts: What one may bring, each as likely.
        certainty: How many arrivals the expectation is worth (the shape of a gamma); infinite where the rate
            is known, so that the number of wins is Poisson.
    """

    wins: float
    probability: float
    amounts: tuple[float, ...]
    certainty: float = math.inf


@attrs.frozen(kw_only=True)
class Pool:
    """Deals that share what is not known of their source.

    Attributes:
        deals: For each the chance to be won in time, and what it then brings.
        streams: Those that are not there yet.
        logit_sd: How little is known of the source: a standard deviation on the logit, shared by all.
    """

    deals: tuple[tuple[float, float], ...] = ()
    streams: tuple[Stream, ...] = ()
    logit_sd: float = 0.0


class Columns:
    """A pool laid out in columns, certain deals set apart, amounts in a unit that is given later.

    Attributes:
        fixed: What is won for certain.
        chances: Of each other deal that has a chance, that chance.
        amounts: What it brings.
        streams: As in the pool, without those of which nothing is expected.
        logit_sd: As in the pool.
    """

    def __init__(self, pool: Pool) -> None:
        open_deals = [deal for deal in pool.deals if 0.0 < deal[0] < 1.0 and deal[1]]
        self.fixed = math.fsum(amount for won, amount in pool.deals if won >= 1.0)
        self.chances = [won for won, _ in open_deals]
        self.amounts = [float(amount) for _, amount in open_deals]
        self.streams = [each for each in pool.streams if each.wins > 0.0 and any(each.amounts)]
        self.logit_sd = pool.logit_sd

    def __bool__(self) -> bool:
        return bool(self.amounts or self.streams)

    def rescale(self, unit: float) -> None:
        """Count amounts in a unit."""
        self.amounts = [amount / unit for amount in self.amounts]
        self.streams = [
            attrs.evolve(each, amounts=tuple(amount / unit for amount in each.amounts))
            for each in self.streams
        ]

    @property
    def variances(self) -> list[float]:
        """Of each deal."""
        return [
            won * (1.0 - won) * amount * amount
            for won, amount in zip(self.chances, self.amounts, strict=True)
        ]

    @property
    def mean(self) -> float:
        """What is expected of the deals and streams."""
        here = math.fsum(map(mul, self.chances, self.amounts))
        return here + math.fsum(each.wins * _mean(each.amounts) for each in self.streams)

    @property
    def variance(self) -> float:
        """Of deals and streams, their luck and their source taken as known."""
        here = math.fsum(self.variances)
        return here + math.fsum(each.wins * _mean([a * a for a in each.amounts]) for each in self.streams)

    @property
    def slope(self) -> float:
        """How much a shift of one logit moves the mean."""
        here = math.fsum(
            won * (1.0 - won) * amount for won, amount in zip(self.chances, self.amounts, strict=True)
        )
        return here + math.fsum(
            each.wins * (1.0 - each.probability) * _mean(each.amounts) for each in self.streams
        )


def _mean(amounts: Sequence[float]) -> float:
    return math.fsum(amounts) / len(amounts)


def small_below(pools: Iterable[Columns], share: float) -> float:
    """The amount up to which deals are small: a share of the spread of all that are no larger."""
    deals = [pair for pool in pools for pair in zip(map(abs, pool.amounts), pool.variances, strict=True)]
    while deals:
        limit = share * math.sqrt(math.fsum(variance for _, variance in deals))
        fewer = [deal for deal in deals if deal[0] <= limit]
        if len(fewer) == len(deals):
            return limit
        deals = fewer
    return 0.0


class Part:
    """One pool, ready to be asked for its characteristic function at each shift of the common luck.

    Args:
        pool: The deals, their amounts in the unit of the whole sum.
        limit: The amount up to which a deal is small.
        step: The step of the common grid of shifts, in logits; 0 where there is no common luck.
        common: The weights of the common shifts.
    """

    def __init__(self, pool: Columns, *, limit: float, step: float, common: Kernel) -> None:
        self._step = step or 0.5 * pool.logit_sd
        own, self._width = own_kernel(pool.logit_sd, step)
        self._paths = {
            k: [(k + j, weight) for j, weight in (own if abs(k) <= _CENTRE else {0: 1.0}).items()]
            for k in common
        }
        mixed: dict[int, float] = {}
        for k, paths in self._paths.items():
            for place, weight in paths:
                mixed[place] = mixed.get(place, 0.0) + common[k] * weight
        self._places = sorted(mixed)
        self.has_shifts = len(mixed) > 1
        deals = [*zip(pool.chances, pool.amounts, strict=True)]
        small = [deal for deal in deals if -limit <= deal[1] <= limit]
        large = sorted(deal for deal in deals if not -limit <= deal[1] <= limit)
        self._amounts = [amount for _, amount in large]
        self._chances = self._shifted([won for won, _ in large], mixed)
        self._cumulants = self._of_small(small, mixed)
        self._streams = pool.streams
        rates = self._shifted([each.probability for each in pool.streams], mixed)
        self._wins = {
            place: [
                each.wins * rate / each.probability
                for each, rate in zip(pool.streams, rates[place], strict=True)
            ]
            for place in self._places
        }
        self.size = len(self._places) * (len(large) + 10)

    def _shifted(self, chances: Sequence[float], mixed: Kernel) -> dict[int, list[float]]:
        """Each probability at each shift."""
        if len(mixed) == 1:
            return {place: [*chances] for place in mixed}
        moved = centred([_logit(won) for won in chances], self._step, mixed)
        return {place: [logistic(x + place * self._step) for x in moved] for place in self._places}

    def _of_small(self, small: Sequence[tuple[float, float]], mixed: Kernel) -> Mapping[int, list[float]]:
        """The first eight cumulants of all small deals together, and how steep their mean is, by shift."""
        if not small:
            return {place: [0.0] * 9 for place in mixed}
        if len(mixed) == 1:
            cumulants, powers = list[float](), [1.0] * len(small)
            amounts = [amount for _, amount in small]
            for column in _bernoulli_columns([won for won, _ in small]):
                powers = [*map(mul, powers, amounts)]
                cumulants.append(math.fsum(map(mul, column, powers)))
            return {place: [*cumulants, 0.0] for place in mixed}
        bins = _bins(small)
        chances = self._shifted([won for won, _ in bins], mixed)
        sums = [*zip(*(powers for _, powers in bins), strict=True)]
        found: dict[int, list[float]] = {}
        for place, won in chances.items():
            columns = [*_bernoulli_columns(won)]
            cumulants = [sum(map(mul, column, of)) for column, of in zip(columns, sums, strict=True)]
            found[place] = [*cumulants, sum(map(mul, columns[1], sums[0]))]
        return found

    @cached_property
    def _slopes(self) -> dict[int, float]:
        """How much a shift of one step moves the mean, at each shift; deals that stand out are left aside."""
        found: dict[int, float] = {}
        for place in self._places:
            slope = self._cumulants[place][8]
            for won, amount in zip(self._chances[place], self._amounts, strict=True):
                slope += won * (1.0 - won) * amount if abs(amount) <= _STANDS_OUT else 0.0
            for each, wins in zip(self._streams, self._wins[place], strict=True):
                slope += wins * max(0.0, 1.0 - each.probability * wins / each.wins) * _mean(each.amounts)
            found[place] = slope * self._step
        return found

    def slopes(self) -> dict[int, float]:
        """How much a shift of one step moves the mean, at each common shift."""
        return {
            k: math.fsum(weight * self._slopes[place] for place, weight in paths)
            for k, paths in self._paths.items()
        }

    def moments(self) -> dict[int, tuple[float, float]]:
        """The mean and the variance at each common shift."""
        here: dict[int, tuple[float, float]] = {}
        for place in self._places:
            mean, variance = self._cumulants[place][:2]
            for won, amount in zip(self._chances[place], self._amounts, strict=True):
                mean += won * amount
                variance += won * (1.0 - won) * amount * amount
            for each, wins in zip(self._streams, self._wins[place], strict=True):
                first = _mean(each.amounts)
                mean += wins * first
                variance += wins * _mean([a * a for a in each.amounts])
                variance += (wins * first) ** 2 / each.certainty
            variance += (self._width * self._slopes[place]) ** 2
            here[place] = mean, variance
        found = {}
        for k, paths in self._paths.items():
            mean = math.fsum(weight * here[place][0] for place, weight in paths)
            square = math.fsum(weight * (here[place][1] + here[place][0] ** 2) for place, weight in paths)
            found[k] = mean, max(0.0, square - mean * mean)
        return found

    def start(self, turn: float) -> None:
        """Begin at t = 0, to go on by `turn` each time that `following` is asked."""
        self._t, self._turn = 0.0, turn
        self._rotations = [cmath.exp(1j * turn * amount) for amount in self._amounts]
        self._phases = [1.0 + 0.0j] * len(self._amounts)

    def following(self) -> dict[int, complex]:
        """The characteristic function at the next t, at each common shift."""
        self._t += self._turn
        t = self._t
        self._phases = [*map(mul, self._phases, self._rotations)]
        rise = [phase - 1.0 for phase in self._phases]
        powers = [t**m / math.factorial(m) for m in range(1, 9)]
        waves = [
            sum(cmath.exp(1j * t * amount) for amount in each.amounts) / len(each.amounts) - 1.0
            for each in self._streams
        ]
        here: dict[int, complex] = {}
        for place in self._places:
            k1, k2, k3, k4, k5, k6, k7, k8 = map(mul, self._cumulants[place], powers)
            value = cmath.exp(complex(min(0.0, -k2 + k4 - k6 + k8), k1 - k3 + k5 - k7))
            if rise:
                value *= math.prod(
                    [1.0 + won * up for won, up in zip(self._chances[place], rise, strict=True)]
                )
            for each, wave, wins in zip(self._streams, waves, self._wins[place], strict=True):
                if math.isinf(each.certainty):
                    value *= cmath.exp(wins * wave)
                else:
                    value *= cmath.exp(-each.certainty * cmath.log(1.0 - wins / each.certainty * wave))
            if self._width:
                value *= math.exp(-0.5 * (t * self._width * self._slopes[place]) ** 2)
            here[place] = value
        return {
            k: here[k] if len(paths) == 1 else sum((w * here[place] for place, w in paths), 0j)
            for k, paths in self._paths.items()
        }


_STANDS_OUT = 0.5
"""A deal that is larger than half the spread of all: luck makes it likelier, and not larger."""
_CENTRE = 8
"""Beyond so many steps of common luck, what is not known of a source makes no difference any more."""


def _logit(won: float) -> float:
    return math.log(won) - math.log1p(-won)


def _bernoulli_columns(chances: Sequence[float]) -> Iterable[list[float]]:
    """The first eight cumulants of Bernoulli variables, one list for each order."""
    spreads = [won * (1.0 - won) for won in chances]
    skews = [v * (1.0 - 2.0 * won) for v, won in zip(spreads, chances, strict=True)]
    yield [*chances]
    yield spreads
    yield skews
    yield [v * (1.0 - 6.0 * v) for v in spreads]
    yield [s * (1.0 - 12.0 * v) for s, v in zip(skews, spreads, strict=True)]
    yield [v * (1.0 - v * (30.0 - 120.0 * v)) for v in spreads]
    yield [s * (1.0 - v * (60.0 - 360.0 * v)) for s, v in zip(skews, spreads, strict=True)]
    yield [v * (1.0 - v * (126.0 - v * (1680.0 - 5040.0 * v))) for v in spreads]


def _bins(deals: Sequence[tuple[float, float]]) -> list[tuple[float, list[float]]]:
    """Probabilities with the sums of the first eight powers of the amounts that belong to each.

    Few different probabilities are kept. Of many, each deal is shared among the four nearest points of a grid
    of logits by Lagrange's weights, which keep any smooth function of the logit to the fourth order.
    """
    by_chance: dict[float, list[float]] = {}
    for won, amount in deals:
        by_chance.setdefault(won, []).append(amount)
    if len(by_chance) <= _MOST_BINS:
        ones = {won: [(1.0, amounts)] for won, amounts in by_chance.items()}
        return [(won, _power_sums(parts)) for won, parts in ones.items()]
    cells: dict[int, tuple[list[float], list[float]]] = {}
    for won, amounts in by_chance.items():
        at = _CELLS * _logit(won)
        low = math.floor(at)
        parts, own = cells.setdefault(low, ([], []))
        parts += [at - low] * len(amounts)
        own += amounts
    shared: dict[int, list[tuple[Sequence[float] | float, list[float]]]] = {}
    for low, (parts, own) in cells.items():
        for place, weights in zip(range(low - 1, low + 3), _lagrange(parts), strict=True):
            shared.setdefault(place, []).append((weights, own))
    return [(logistic(place / _CELLS), _power_sums(found)) for place, found in sorted(shared.items())]


def _lagrange(parts: Sequence[float]) -> Iterable[list[float]]:
    """The weights of the points -1, 0, 1 and 2 for values between 0 and 1."""
    yield [-x * (x - 1.0) * (x - 2.0) / 6.0 for x in parts]
    yield [(x + 1.0) * (x - 1.0) * (x - 2.0) / 2.0 for x in parts]
    yield [-(x + 1.0) * x * (x - 2.0) / 2.0 for x in parts]
    yield [(x + 1.0) * x * (x - 1.0) / 6.0 for x in parts]


def _power_sums(parts: Iterable[tuple[Sequence[float] | float, list[float]]]) -> list[float]:
    sums = [0.0] * 8
    for weights, amounts in parts:
        powers = [weights] * len(amounts) if isinstance(weights, float) else weights
        for order in range(8):
            powers = [*map(mul, powers, amounts)]
            sums[order] += math.fsum(powers)
    return sums
