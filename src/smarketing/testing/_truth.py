"""What is true in the example company: the rates, delays, seasons and luck that its rows were drawn from.

Estimators are judged by whether they find these numbers again. Three properties make that a fair test:

- Whether a record moves on, and after how many days, is drawn *first*, from the tables below. Detours
  (recycled and back, lost and re-opened) and skipped stages are then written into that life without changing
  its end.
- Days are counted on the company's own calendar: an event that comes `d` days later falls on the local day
  `d` days later.
- What lies after the last day is cut off, as in any export: late records are censored, not failures.

Luck is shared: each month has a shock on the log-odds of winning, the same for all deals decided in it.
"""

from __future__ import annotations

from functools import cached_property
from math import exp, log
from random import Random
from statistics import NormalDist

import attrs

from smarketing.errors import UnknownNameError, did_you_mean

__all__ = ["Delay", "MonthTruth", "SourceTruth", "Step", "Truth"]

_NORMAL = NormalDist()
_DIGITS = 12  # so that the last bit of one machine's logarithm changes no table


@attrs.frozen(kw_only=True)
class Delay:
    """How many whole days pass: a lognormal, cut at each midnight and at the longest stay.

    P(D ≤ d) = Φ(ln((d + 1) / median) / spread), divided by the same at the longest day.

    Attributes:
        median_days: The median before cutting.
        spread: The standard deviation of the logarithm.
        longest_days: No delay is longer.

    Example:
        >>> week = Delay(median_days=7, spread=0.8)
        >>> round(week.by(6), 3), week.by(200)
        (0.5, 1.0)
    """

    median_days: float
    spread: float
    longest_days: int = 200

    @cached_property
    def cumulative(self) -> tuple[float, ...]:
        """P(D ≤ d) for d = 0, 1, … up to the longest."""
        raw = [
            _NORMAL.cdf(log((day + 1) / self.median_days) / self.spread)
            for day in range(self.longest_days + 1)
        ]
        return tuple(round(each / raw[-1], _DIGITS) for each in raw)

    def by(self, days: int) -> float:
        """P(D ≤ days)."""
        return self.cumulative[min(days, self.longest_days)] if days >= 0 else 0.0

    def on(self, days: int) -> float:
        """P(D = days)."""
        return self.by(days) - self.by(days - 1)

    @cached_property
    def mean_days(self) -> float:
        """The mean, after cutting."""
        return sum(1 - below for below in self.cumulative)


@attrs.frozen(kw_only=True)
class Step:
    """From one stage to the next: the probability of ever getting there, and the delay if so."""

    start: str
    end: str
    probability: float
    delay: Delay


@attrs.frozen(kw_only=True)
class SourceTruth:
    """What is true of one lead source.

    Attributes:
        name: "seeker", "search" or "referral".
        mix: Its part of all leads.
        steps: Prospect to lead, lead to MQL, MQL to SQL, SQL to opportunity.
        closing: Days from opening a deal to closing it, won or lost.
        win_log_odds: Log-odds that a deal which closes on day `pivot_days` is won, without a shock.
        log_odds_per_day: What each day more or less than that changes (wins come sooner than losses).
        zombie_share: The part of deals that nobody ever closes.
        concession: The mean part of the list price that is given away.
        payment_days: Terms of payment that are usual for it.
    """

    name: str
    mix: float
    steps: tuple[Step, ...]
    closing: Delay
    win_log_odds: float
    log_odds_per_day: float = -0.012
    pivot_days: int = 40
    zombie_share: float = 0.05
    concession: float
    payment_days: int

    def step(self, start: str) -> Step:
        """The step that leaves a stage.

        Raises:
            UnknownNameError: No step leaves it.
        """
        for step in self.steps:
            if step.start == start:
                return step
        known = [step.start for step in self.steps]
        raise UnknownNameError(f"no step leaves {start!r}{did_you_mean(start, known)}")

    def reach(self, start: str, end: str) -> float:
        """The probability that a record in one stage ever reaches a later one; up to "opportunity"."""
        steps = list(self.steps)
        first = steps.index(self.step(start))
        share = 1.0
        for step in steps[first:]:
            share *= step.probability
            if step.end == end:
                return share
        raise UnknownNameError(
            f"{end!r} does not follow {start!r}{did_you_mean(end, [s.end for s in steps])}"
        )

    def wins(self, age_days: int, shock: float = 0.0) -> float:
        """P(won | it closes at this age, in a month with this shock)."""
        return 1 / (
            1 + exp(-(self.win_log_odds + self.log_odds_per_day * (age_days - self.pivot_days) + shock))
        )

    def won_by(self, age_days: int) -> float:
        """The part of deals won within so many days, without shocks: the true cumulative incidence."""
        days = range(min(age_days, self.closing.longest_days) + 1)
        return (1 - self.zombie_share) * sum(self.closing.on(day) * self.wins(day) for day in days)

    def lost_by(self, age_days: int) -> float:
        """The part of deals lost within so many days, without shocks."""
        return (1 - self.zombie_share) * self.closing.by(age_days) - self.won_by(age_days)

    @property
    def win_share(self) -> float:
        """The part of deals that are ever won, without shocks."""
        return self.won_by(self.closing.longest_days)


@attrs.frozen(kw_only=True)
class MonthTruth:
    """One month: how many leads it brings, relative to others, and its shock on the log-odds of winning."""

    label: str
    weight: float
    shock: float


@attrs.frozen(kw_only=True)
class Truth:
    """Everything that the example company's rows were drawn from.

    Attributes:
        sources: One for each lead source.
        months: One for each month, in order.
        weekday_weights: Arrivals by day of the week, Monday first, relative.
        shock_sd: Standard deviation of the months' shocks.
        skipped_share: The part of SQLs whose MQL stage was never recorded.
        recycled_share: The part of slow MQL-to-SQL moves that went through recycling.
        reopened_share: The part of slow closings that had been lost and re-opened before.
        blank_share: The part of leads whose source word is blank in the export.
        unknown_share: The part of leads whose source word is "unknown" in the export.
        late_share: The part of stage moves that were recorded days after they happened.
        stage_given_lost: For each pipeline stage, the part of lost deals that ever reached it; won deals have
            reached them all.

    Example:
        >>> truth = Truth.drawn(seed=1)
        >>> truth["referral"].win_share > 2 * truth["search"].win_share
        True
    """

    sources: tuple[SourceTruth, ...]
    months: tuple[MonthTruth, ...]
    weekday_weights: tuple[float, ...] = (1.15, 1.25, 1.2, 1.15, 1.0, 0.4, 0.35)
    shock_sd: float
    skipped_share: float = 0.06
    recycled_share: float = 0.25
    reopened_share: float = 0.08
    blank_share: float = 0.02
    unknown_share: float = 0.015
    late_share: float = 0.05
    stage_given_lost: tuple[tuple[str, float], ...] = (
        ("identified", 1.0),
        ("contacted", 0.8),
        ("qualified", 0.5),
        ("proposed", 0.3),
    )

    def __getitem__(self, source: str) -> SourceTruth:
        for each in self.sources:
            if each.name == source:
                return each
        known = [each.name for each in self.sources]
        raise UnknownNameError(f"no source {source!r}{did_you_mean(source, known)}")

    @classmethod
    def drawn(cls, seed: int, *, shock_sd: float = 0.35) -> Truth:
        """The usual rates with this seed's months of good and bad luck."""
        luck = Random(f"luck {seed}")  # noqa: S311 (an example, no secret)
        months = tuple(
            MonthTruth(
                label=f"{2024 + number // 12}-{number % 12 + 1:02}",
                weight=_SEASON[number % 12],
                shock=round(shock_sd * _NORMAL.inv_cdf(0.001 + 0.998 * luck.random()), 4),
            )
            for number in range(24)
        )
        return cls(sources=_SOURCES, months=months, shock_sd=shock_sd)

    def won_given_stage(self, source: str, stage: str) -> float:
        """P(won | it closes, and was ever in this stage of the pipeline), without shocks."""
        truth = self[source]
        won = truth.win_share / (1 - truth.zombie_share)
        return won / (won + dict(self.stage_given_lost)[stage] * (1 - won))


_SEASON = (0.95, 1.05, 1.15, 1.05, 1.1, 1.0, 0.85, 0.55, 1.2, 1.2, 1.15, 0.75)


def _steps(*given: tuple[float, float, float]) -> tuple[Step, ...]:
    names = ("prospect", "lead", "mql", "sql", "opportunity")
    return tuple(
        Step(start=start, end=end, probability=chance, delay=Delay(median_days=median, spread=spread))
        for start, end, (chance, median, spread) in zip(names[:-1], names[1:], given, strict=True)
    )


_SOURCES = (
    SourceTruth(
        name="seeker",
        mix=0.55,
        steps=_steps((0.86, 2.0, 1.0), (0.52, 4.0, 0.9), (0.56, 6.0, 0.9), (0.66, 7.0, 0.8)),
        closing=Delay(median_days=42, spread=0.6),
        win_log_odds=-0.9,
        concession=0.12,
        payment_days=60,
    ),
    SourceTruth(
        name="search",
        mix=0.35,
        steps=_steps((0.90, 4.0, 1.0), (0.42, 9.0, 1.0), (0.46, 12.0, 0.9), (0.57, 10.0, 0.8)),
        closing=Delay(median_days=58, spread=0.65),
        win_log_odds=-1.2,
        zombie_share=0.09,
        concession=0.06,
        payment_days=30,
    ),
    SourceTruth(
        name="referral",
        mix=0.10,
        steps=_steps((0.97, 1.0, 0.8), (0.68, 2.0, 0.8), (0.76, 3.0, 0.8), (0.84, 4.0, 0.7)),
        closing=Delay(median_days=26, spread=0.5),
        win_log_odds=0.25,
        zombie_share=0.02,
        concession=0.03,
        payment_days=30,
    ),
)
