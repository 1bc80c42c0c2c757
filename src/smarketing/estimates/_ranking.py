"""How well probabilities tell records apart, and whether they can be taken at their word.

Two questions that must not be mixed up: does whoever succeeds rank above whoever does not (`auc`), and do
seven in ten succeed where seven in ten are announced (`log_loss`, `calibration`)?
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs

from smarketing.estimates._beta import beta_quantile, normal_quantile
from smarketing.estimates._rates import Interval, Rate, check_level

__all__ = ["Auc", "CalibrationRow", "auc", "calibration", "log_loss", "student_quantile"]


@attrs.frozen
class Auc:
    """The chance that a record that succeeded ranks above one that did not; one half is a coin.

    Attributes:
        share: The area under the curve of hits against false alarms, from 0 to 1; ties count one half.
        successes: The records that succeeded.
        failures: Those that did not.
    """

    share: float
    successes: int
    failures: int

    @property
    def error(self) -> float:
        """Its standard error, after Hanley & McNeil (1982), Radiology 143(1)."""
        area = self.share
        above = area / (2.0 - area) - area * area
        below = 2.0 * area * area / (1.0 + area) - area * area
        total = area * (1.0 - area) + (self.successes - 1) * above + (self.failures - 1) * below
        return math.sqrt(max(total, 0.0) / (self.successes * self.failures))

    def interval(self, level: float = 0.9) -> Interval:
        """The range that holds it with the given confidence."""
        check_level(level)
        reach = normal_quantile(0.5 + 0.5 * level) * self.error
        return Interval(max(0.0, self.share - reach), min(1.0, self.share + reach))


def auc(scores: Sequence[float], outcomes: Sequence[bool]) -> Auc | None:
    """How well scores rank successes above failures; None where one of both is missing.

    Example:
        >>> auc([1, 2, 3, 4], [False, True, False, True]).share
        0.75
    """
    pairs = sorted(zip(scores, map(bool, outcomes), strict=True))
    successes = sum(outcome for _, outcome in pairs)
    failures = len(pairs) - successes
    if not successes or not failures:
        return None
    below, twice, place = 0, 0, 0
    while place < len(pairs):
        end = place
        while end < len(pairs) and pairs[end][0] == pairs[place][0]:
            end += 1
        won = sum(outcome for _, outcome in pairs[place:end])
        lost = end - place - won
        twice += won * (2 * below + lost)
        below += lost
        place = end
    return Auc(twice / (2 * successes * failures), successes, failures)


def log_loss(probabilities: Sequence[float], outcomes: Sequence[bool]) -> float | None:
    """The mean surprise, in nats; the lower the better. None where there is no record.

    Example:
        >>> round(log_loss([0.5, 0.5], [True, False]), 4)
        0.6931
    """
    losses = [
        -math.log(max(probability if outcome else 1.0 - probability, 1e-15))
        for probability, outcome in zip(probabilities, outcomes, strict=True)
    ]
    return math.fsum(losses) / len(losses) if losses else None


@attrs.frozen
class CalibrationRow:
    """Records of like probability: how many should have succeeded, and how many did.

    Attributes:
        low: The lowest of their probabilities.
        high: The highest.
        expected: The mean of their probabilities.
        rate: How many of how many succeeded.
    """

    low: float
    high: float
    expected: float
    rate: Rate


def calibration(
    probabilities: Sequence[float], outcomes: Sequence[bool], *, parts: int = 10
) -> tuple[CalibrationRow, ...]:
    """Announced against observed, in parts of about as many records, from the least likely up.

    Equal probabilities stay together.

    Example:
        >>> [(part.expected, part.rate.share) for part in calibration([0.2] * 5 + [0.6] * 5,
        ...     [True] + [False] * 4 + [True] * 3 + [False] * 2, parts=2)]
        [(0.2, 0.2), (0.6, 0.6)]
    """
    pairs = sorted(zip(probabilities, map(bool, outcomes), strict=True))
    found: list[CalibrationRow] = []
    start = 0
    for part in range(1, parts + 1):
        end = max(start, len(pairs) * part // parts)
        while 0 < end < len(pairs) and pairs[end][0] == pairs[end - 1][0]:
            end += 1
        if end > start:
            own = pairs[start:end]
            mean = math.fsum(probability for probability, _ in own) / len(own)
            rate = Rate(sum(outcome for _, outcome in own), len(own))
            found.append(CalibrationRow(own[0][0], own[-1][0], mean, rate))
        start = end
    return tuple(found)


def student_quantile(share: float, freedom: int) -> float:
    """The quantile of Student's t for a share above one half.

    Args:
        share: Such as 0.95 for a two-sided range of 90 %.
        freedom: Degrees of freedom, 1 or more.

    Example:
        >>> round(student_quantile(0.95, 10), 4)
        1.8125
    """
    x = beta_quantile(2.0 * share - 1.0, 0.5, 0.5 * freedom)
    return math.sqrt(freedom * x / (1.0 - x))
