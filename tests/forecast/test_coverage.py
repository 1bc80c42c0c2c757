"""Whether intervals keep what they say, in simulated companies whose deals share the luck of their period."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from random import Random

import attrs
import pytest

from smarketing.forecast import ShockPeriod
from smarketing.forecast._pools import Pool
from smarketing.forecast._shifts import Luck, logistic
from smarketing.forecast._shock import shock_of
from smarketing.forecast._sums import revenue_sum

FIRST = datetime(2020, 1, 1, tzinfo=UTC)


@attrs.frozen
class Setting:
    """A simulated company.

    Attributes:
        deals: Open deals in each period.
        periods: Past periods.
        shock: The standard deviation of a period's luck, on the logit.
        logits: The log-odds of winning of each source; the first has half of all deals.
        spread: How unlike the deals' amounts are (the sd of their logarithm).
    """

    deals: int
    periods: int
    shock: float
    logits: tuple[float, ...] = (-2.0, -1.0, 0.3)
    spread: float = 1.0


SETTINGS = {
    "300 deals, 8 quarters": Setting(300, 8, 0.3),
    "2,000 deals, 8 quarters": Setting(2_000, 8, 0.3),
    "300 deals, 4 quarters of much luck": Setting(300, 4, 0.5),
    "2,000 deals, 12 quarters of little luck": Setting(2_000, 12, 0.2),
    "1,000 deals, 6 quarters of very much luck": Setting(1_000, 6, 0.6),
    "ours: few large deals among many small": Setting(500, 10, 0.3, spread=1.6),
    "ours: 5,000 unlikely deals, 20 months": Setting(5_000, 20, 0.4, logits=(-3.0, -2.5)),
    "no luck, 300 deals": Setting(300, 8, 0.0),
    "no luck, 2,000 deals": Setting(2_000, 8, 0.0),
}


def wins_of(draw: Random, count: int, won: float) -> int:
    """How many of many deals are won."""
    return min(count, max(0, round(draw.gauss(count * won, math.sqrt(count * won * (1.0 - won))))))


def covered(setting: Setting, seed: int, *, independent: bool = False) -> bool:
    """Whether the next period of one simulated company falls into its 80 % interval."""
    draw = Random(seed)  # noqa: S311 - a simulation
    weights = [0.5, *([0.5 / (len(setting.logits) - 1)] * (len(setting.logits) - 1))]
    counts = [max(1, round(setting.deals * weight)) for weight in weights]
    history = []
    for _ in range(setting.periods):
        luck = draw.gauss(0.0, setting.shock) if setting.shock else 0.0
        chances = [logistic(logit + luck) for logit in setting.logits]
        history.append([wins_of(draw, count, won) for count, won in zip(counts, chances, strict=True)])
    tried = [count * setting.periods for count in counts]
    won = [sum(column) for column in zip(*history, strict=True)]
    rates = [(wins + 0.5) / (trials + 1.0) for wins, trials in zip(won, tried, strict=True)]
    expected = math.fsum(count * rate for count, rate in zip(counts, rates, strict=True))
    variance = math.fsum(count * rate * (1.0 - rate) for count, rate in zip(counts, rates, strict=True))
    shock = shock_of(
        ShockPeriod(
            start=FIRST + timedelta(days=90 * k), end=FIRST + timedelta(days=90 * (k + 1)),
            deals_count=sum(counts), expected=expected, variance=variance, won_count=sum(wins),
        )
        for k, wins in enumerate(history)
    )  # fmt: skip
    assert shock is not None
    luck = draw.gauss(0.0, setting.shock) if setting.shock else 0.0
    pools, total = [], 0.0
    for count, rate, logit, wins, trials in zip(counts, rates, setting.logits, won, tried, strict=True):
        amounts = [float(round(draw.lognormvariate(9.0, setting.spread))) for _ in range(count)]
        true = logistic(logit + luck)
        total += math.fsum(amount for amount in amounts if draw.random() < true)
        sd = math.sqrt(1.0 / (wins + 0.5) + 1.0 / (trials - wins + 0.5))
        deals = tuple((rate, amount) for amount in amounts)
        pools.append(Pool(deals=deals, logit_sd=0.0 if independent else sd))
    shared = None if independent else Luck(sd=shock.predictive_scale, freedom=shock.freedom)
    found = revenue_sum(pools, luck=shared)
    return found.quantile(0.1) <= total <= found.quantile(0.9)


def coverage(setting: Setting, companies: int, *, independent: bool = False) -> float:
    """In how many simulated companies the interval held."""
    return sum(covered(setting, seed, independent=independent) for seed in range(companies)) / companies


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_80_percent_intervals_hold_four_times_in_five(name: str) -> None:
    """In five settings and two of our own, with the periods' luck and without: 76 to 84 of a hundred.

    Of so few companies the share itself is uncertain by 2 %, which is allowed for.
    """
    companies = 300
    error = math.sqrt(0.8 * 0.2 / companies)
    assert 0.76 - 1.5 * error < coverage(SETTINGS[name], companies) < 0.84 + 1.5 * error


@pytest.mark.slow
def test_independent_deals_would_be_far_too_sure() -> None:
    """Without the shared luck the same interval holds in less than half of all quarters."""
    assert coverage(SETTINGS["2,000 deals, 8 quarters"], 150, independent=True) < 0.45
