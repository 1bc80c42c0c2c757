"""Deals that share what is not known of their source, and those of them that are still to come."""

from __future__ import annotations

import math
from collections.abc import Iterable
from operator import mul

import attrs

__all__ = ["Columns", "Pool", "Stream", "small_below"]


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

    @property
    def mean_amount(self) -> float:
        """What one brings on average."""
        return math.fsum(self.amounts) / len(self.amounts)

    @property
    def mean_square(self) -> float:
        """The mean of the squares of the amounts."""
        return math.fsum(amount * amount for amount in self.amounts) / len(self.amounts)

    @property
    def nothing(self) -> float:
        """The chance that none is won."""
        if math.isinf(self.certainty):
            return math.exp(-self.wins)
        return math.exp(-self.certainty * math.log1p(self.wins / self.certainty))


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
    def nothing(self) -> float:
        """The chance that nothing comes of it, luck and source taken as known.

        The deals fare well and badly together, which can only make it likelier.
        """
        return math.prod(1.0 - won for won in self.chances) * math.prod(each.nothing for each in self.streams)

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
        return here + math.fsum(each.wins * each.mean_amount for each in self.streams)

    @property
    def variance(self) -> float:
        """Of deals and streams, their luck and their source taken as known."""
        here = math.fsum(self.variances)
        return here + math.fsum(each.wins * each.mean_square for each in self.streams)

    @property
    def slope(self) -> float:
        """How much a shift of one logit moves the mean."""
        here = math.fsum(
            won * (1.0 - won) * amount for won, amount in zip(self.chances, self.amounts, strict=True)
        )
        return here + math.fsum(
            each.wins * (1.0 - each.probability) * each.mean_amount for each in self.streams
        )


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
