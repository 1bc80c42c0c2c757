"""What a back-test found: how good each way to forecast was, on history that it had not seen."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs

from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.estimates import CalibrationRow, Rate
from smarketing.forecast._asked import checked_share
from smarketing.language import Words
from smarketing.values import Money

if TYPE_CHECKING:
    from smarketing.document import Report

__all__ = ["Backtest", "Measure", "OriginResult", "RevenueResult", "Score"]

Measure: TypeAlias = Literal["revenue", "wins"]
"""What a range can be of."""


@attrs.frozen(kw_only=True)
class Score:
    """How good one way to forecast was, over all origins.

    Attributes:
        name: "model", "model_with_rhythm", or one of the simple rules.
        log_loss: The mean surprise at what became of each deal, in nats; the lower the better.
        brier: The mean squared distance from what happened.
        expected: The wins that it expected.
        bias_share: By how much that was off, as a share of what was won: 0.1 is 10 % too many.
        intercept: Where the calibration line crosses: 0 where the level is right.
        slope: Its slope: below 1 probabilities were too extreme, above 1 too timid; None where they were all
            alike.
        rows: Announced against observed, from the least likely deals up.
    """

    name: str
    log_loss: float | None
    brier: float | None
    expected: float
    bias_share: float | None
    intercept: float | None
    slope: float | None
    rows: tuple[CalibrationRow, ...] = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class RevenueResult:
    """One origin's revenue: what was forecast, and what came.

    Attributes:
        expected: What the forecast expected, deals that were not open yet included.
        actual: What was won within the horizon, at what it closed at.
        classic: What the stage-weighted rule expected of the deals due in it; None where it is not known.
        position: How far up its own distribution the actual amount lay, from 0 to 1; None without one.
        low: At 80 %, the least to be expected.
        high: The most.
        unpriced_count: Deals won without an amount: they are missing from `actual`, not zero.
    """

    expected: Money
    actual: Money
    classic: Money | None
    position: float | None
    low: Money | None
    high: Money | None
    unpriced_count: int


@attrs.frozen(kw_only=True)
class OriginResult:
    """One origin: what was forecast there, and what came of it.

    Attributes:
        origin: The moment that was gone back to.
        end: The end of the horizon.
        deals_count: The deals that were open.
        won_count: How many of them were won within the horizon.
        expected: The wins that the model expected, by way to forecast.
        position: How far up its own distribution the number of wins lay, from 0 to 1; None without one.
        low: At 80 %, the fewest wins to be expected.
        high: The most.
        past_count: The past periods from which shared luck could be learned; fewer than three give no range.
        revenue: The revenue of the horizon, where deals have amounts.
    """

    origin: datetime
    end: datetime
    deals_count: int
    won_count: int
    expected: tuple[tuple[str, float], ...]
    position: float | None
    low: int | None
    high: int | None
    past_count: int
    revenue: RevenueResult | None = None

    def expected_by(self, name: str) -> float:
        """The wins that one way to forecast expected."""
        return dict(self.expected)[name]


@attrs.frozen(kw_only=True)
class Backtest:
    """History replayed: at each origin only what was known then, and what came of it.

    Attributes:
        by: What the model's chances depend on.
        horizon_days: How far ahead was looked, in days.
        as_of: What is known of how deals ended; None for everything.
        origins: One result for each origin, in order.
        left_out: The origins whose horizon was not over yet.
        scores: One for each way to forecast: the models first.
        use: The way to forecast that did best.
        margin: How much less a deal surprised the better model than the best simple rule, in nats.
        margin_error: The standard error of that.
    """

    by: tuple[str, ...]
    horizon_days: int
    as_of: datetime | None
    origins: tuple[OriginResult, ...]
    left_out: tuple[datetime, ...] = ()
    scores: tuple[Score, ...] = attrs.field(repr=False)
    use: str
    margin: float | None
    margin_error: float | None

    def __getitem__(self, name: str) -> Score:
        """The score of one way to forecast.

        Raises:
            UnknownNameError: None of that name was tried.
        """
        for score in self.scores:
            if score.name == name:
                return score
        names = [score.name for score in self.scores]
        hint = did_you_mean(name, names) or f": there are {', '.join(names)}"
        raise UnknownNameError(f"no forecast {name!r} was tried{hint}")

    @property
    def model(self) -> Score:
        """The better of the models that were tried."""
        models = [score for score in self.scores if score.name.startswith("model")]
        return min(models, key=lambda score: (score.log_loss is None, score.log_loss or 0.0))

    @property
    def rival(self) -> Score:
        """The best of the simple rules."""
        rules = [score for score in self.scores if not score.name.startswith("model")]
        return min(rules, key=lambda score: (score.log_loss is None, score.log_loss or 0.0))

    @property
    def rhythm(self) -> bool:
        """Whether the model did better with the rhythm of the quarter."""
        return self.model.name == "model_with_rhythm"

    @property
    def log_loss(self) -> float | None:
        """The better model's mean surprise, in nats."""
        return self.model.log_loss

    @property
    def brier(self) -> float | None:
        """The better model's mean squared distance from what happened."""
        return self.model.brier

    @property
    def bias_share(self) -> float | None:
        """By how much the better model's total was off, as a share of what was won."""
        return self.model.bias_share

    @property
    def deals_count(self) -> int:
        """The deals that were forecast, each once per origin."""
        return sum(each.deals_count for each in self.origins)

    @property
    def won_count(self) -> int:
        """Those that were won within the horizon."""
        return sum(each.won_count for each in self.origins)

    @property
    def revenue_bias_share(self) -> float | None:
        """By how much the revenue forecasts were off in all, as a share of what came; None without any."""
        told = [each.revenue for each in self.origins if each.revenue is not None]
        actual = sum(each.actual.minor for each in told)
        return sum(each.expected.minor for each in told) / actual - 1.0 if actual else None

    @property
    def measure(self) -> Measure:
        """What ranges are of: revenue where deals have amounts, else wins."""
        return "revenue" if any(each.revenue is not None for each in self.origins) else "wins"

    def coverage(self, level: float, of: Measure | None = None) -> Rate:
        """How often what came lay within the range that should hold it with this probability.

        Origins at which too little was known for a range do not count.

        Args:
            level: The probability.
            of: "revenue", or "wins" of the deals that were open; by default `measure`.

        Raises:
            ValueError: The level does not lie between 0 and 1.
        """
        level = checked_share(level, "level", "0.8")
        if (of or self.measure) == "wins":
            told = [each.position for each in self.origins]
        else:
            told = [each.revenue.position for each in self.origins if each.revenue is not None]
        positions = [each for each in told if each is not None]
        return Rate(sum(abs(each - 0.5) <= 0.5 * level for each in positions), len(positions))

    @property
    def verdict(self) -> str:
        """What to make of it, in words."""
        return self.say()

    def say(self, words: Words | None = None) -> str:
        """The verdict in a language."""
        from smarketing.forecast._backtest_report import verdict_of

        return verdict_of(self, words)

    def to_report(self, words: Words | None = None) -> Report:
        """The result as a report, in English unless other words are given."""
        from smarketing.forecast._backtest_report import backtest_report

        return backtest_report(self, words)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return self.to_report()._repr_html_()
