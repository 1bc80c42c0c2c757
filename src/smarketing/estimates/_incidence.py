"""What share has ended by each age, and how, when records can end in more than one way.

A lost deal can no longer be won. Treating it as merely "not seen any longer" (one Kaplan-Meier curve per
outcome) asks how many would be won if nothing were ever lost, and overstates: 68 % instead of 46 % in the
worked example. The Aalen-Johansen estimator asks what happens in this world: the open share and the shares
ended by each cause add to 1 at every age.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from itertools import accumulate, compress
from typing import TYPE_CHECKING

import attrs

from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.estimates._beta import normal_quantile
from smarketing.estimates._rates import Interval, check_level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smarketing.estimates._risks import RiskCounts

__all__ = ["IncidenceCurve", "cumulative_incidence"]


@attrs.frozen(kw_only=True)
class IncidenceCurve:
    """The shares still open and ended by each cause: step functions of age.

    Attributes:
        times: The ages at which anything ended, ascending; the curves step there and are flat between.
        at_risk: The size of the risk set at each of them.
        survivals: The share still open after each of them.
        incidences: For each cause, the share ended by it up to and including each of them.
        variances: For each cause, the variance of that share.
        last_age: The greatest age at which anything was seen, or None. Beyond it the curves stay flat
            because nobody looked, not because nothing happens.
        unit: What ages are counted in.
    """

    times: tuple[int, ...]
    at_risk: tuple[int, ...]
    survivals: tuple[float, ...]
    incidences: Mapping[str, tuple[float, ...]]
    variances: Mapping[str, tuple[float, ...]] = attrs.field(repr=False)
    last_age: int | None
    unit: str = "days"

    @property
    def causes(self) -> tuple[str, ...]:
        """The ways to end, in alphabetical order."""
        return tuple(self.incidences)

    def survival(self, *, at: int) -> float:
        """The share still open after the age `at`."""
        step = bisect_right(self.times, at)
        return self.survivals[step - 1] if step else 1.0

    def incidence(self, cause: str, *, at: int) -> float:
        """The share ended by a cause up to and including the age `at`.

        Raises:
            UnknownNameError: Nothing of that name was counted.
        """
        shares = self._of(self.incidences, cause)
        step = bisect_right(self.times, at)
        return shares[step - 1] if step else 0.0

    def quantile(self, share: float, cause: str) -> int | None:
        """The first age by which that share of *all* records has ended by the cause; None if never reached.

        Raises:
            UnknownNameError: Nothing of that name was counted.
            ValueError: The share is not above 0 and at most 1.
        """
        if not 0.0 < share <= 1.0:
            raise ValueError(f"the share is {share}: give a share above 0 and at most 1")
        # Sums of floats may fall short of an exact share by their rounding.
        step = bisect_left(self._of(self.incidences, cause), share - 1e-12)
        return self.times[step] if step < len(self.times) else None

    def conditional(self, cause: str, *, age: int, within: int) -> float | None:
        """The chance that a record still open after `age` ends by the cause within the next `within` ages.

        `(CIF(age + within) - CIF(age)) / S(age)`; None where nobody was seen to be open after that age.

        Raises:
            UnknownNameError: Nothing of that name was counted.
            ValueError: The horizon is negative.
        """
        if within < 0:
            raise ValueError(f"the horizon is {within}: give a number of {self.unit}, 0 or more")
        gained = self.incidence(cause, at=age + within) - self.incidence(cause, at=age)
        survival = self.survival(at=age)
        if survival <= 0.0 or self.last_age is None or age >= self.last_age:
            return None
        return min(1.0, gained / survival)

    def band(self, cause: str, *, at: int, level: float = 0.9) -> Interval | None:
        """The range that holds the true incidence at one age with the given confidence.

        A normal interval on the scale log(-log), which keeps it between 0 and 1 (Kalbfleisch & Prentice
        2002, section 1.4). It is pointwise: it does not claim to hold at all ages at once. None where nothing
        or everything has ended by the cause, for then the data show no spread.

        Raises:
            UnknownNameError: Nothing of that name was counted.
            ValueError: The level does not lie between 0 and 1.
        """
        check_level(level)
        share = self.incidence(cause, at=at)
        step = bisect_right(self.times, at)
        variance = self._of(self.variances, cause)[step - 1] if step else 0.0
        if not (0.0 < share < 1.0 and variance > 0.0):
            return None
        spread = normal_quantile(0.5 + 0.5 * level) * math.sqrt(variance) / -(share * math.log(share))
        return Interval(share ** math.exp(spread), share ** math.exp(-spread))

    def _of(self, columns: Mapping[str, tuple[float, ...]], cause: str) -> tuple[float, ...]:
        try:
            return columns[cause]
        except KeyError:
            raise UnknownNameError(
                f"nothing ended as {cause!r}{did_you_mean(cause, columns)}; counted were: "
                f"{', '.join(columns) or 'no causes'}"
            ) from None


def cumulative_incidence(counts: RiskCounts) -> IncidenceCurve:
    """Estimate the share ended by each cause up to each age (Aalen & Johansen 1978).

    At each age with n at risk and d_k ends by cause k, `CIF_k += S * d_k / n`, then `S *= 1 - sum(d_k) / n`.
    All that share an age are taken together, exactly. Source: Andersen, Borgan, Gill & Keiding (1993),
    "Statistical Models Based on Counting Processes", section IV.4. Where late entries leave the first risk
    sets very small, the whole curve inherits their noise: look at `at_risk`.

    Example:
        Twelve deals, by days from creation to their end, or to when they were last seen open.

        >>> from smarketing.estimates import RiskCounts
        >>> won, lost, still_open = [8, 15, 22, 41], [5, 8, 15, 30], [12, 20, 30, 60]
        >>> counts = RiskCounts.from_rows(
        ...     [(age, "won", 1) for age in won]
        ...     + [(age, "lost", 1) for age in lost]
        ...     + [(age, None, 1) for age in still_open]
        ... )
        >>> curve = cumulative_incidence(counts)
        >>> round(curve.incidence("won", at=41), 10), curve.survival(at=41)
        (0.4583333333, 0.16875)
        >>> curve.quantile(0.25, "won"), curve.quantile(0.5, "won")
        (22, None)
        >>> round(curve.conditional("won", age=15, within=30), 4)
        0.5
        >>> band = curve.band("won", at=41)
        >>> round(band.low, 2), round(band.high, 2)
        (0.18, 0.7)
    """
    ends = [sum(column) for column in zip(*counts.ended.values(), strict=True)] or [0] * len(counts.ages)
    at_risk = list(compress(counts.at_risk, ends))
    columns = {cause: list(compress(column, ends)) for cause, column in counts.ended.items()}
    times = tuple(compress(counts.ages, ends))
    ends = [count for count in ends if count]
    shrinking = (1.0, *((n - d) / n for n, d in zip(at_risk, ends, strict=True)))
    survivals = list(accumulate(shrinking, lambda survival, kept: survival * kept))
    incidences = {
        cause: tuple(accumulate(s * d / n for s, d, n in zip(survivals, column, at_risk, strict=False)))
        for cause, column in columns.items()
    }
    return IncidenceCurve(
        times=times,
        at_risk=tuple(at_risk),
        survivals=tuple(survivals[1:]),
        incidences=incidences,
        variances={
            cause: _variances(at_risk, ends, column, survivals, incidences[cause])
            for cause, column in columns.items()
        },
        last_age=counts.ages[-1] if counts.ages else None,
        unit=counts.unit,
    )


def _variances(
    at_risk: Sequence[int],
    ends: Sequence[int],
    by_cause: Sequence[int],
    before: Sequence[float],
    incidence: Sequence[float],
) -> tuple[float, ...]:
    """The variance of one cause's incidence at each age, by the delta method.

    With I the incidence, S the survival just before, n at risk, d ends and d_k of this cause, and with
    D = I(t) - I(j), the variance at t is the sum over the ages j up to t of
    `D² d / (n (n - d)) - 2 D S d_k / n² + S² d_k (n - d_k) / n³`: the Greenwood-type estimator (Marubini &
    Valsecchi 1995, chapter 10) that Allignol, Schumacher & Beyersmann (2010, Biometrical Journal 52)
    recommend, also under left truncation. Without censoring it is the binomial I (1 - I) / n. Expanding the
    square turns it into running sums, so that all ages take one pass.
    """
    square = cross = own = 0.0  # sums of the terms that multiply I(t)², -2 I(t) and 1
    result: list[float] = []
    for n, d, d_k, s, i in zip(at_risk, ends, by_cause, before, incidence, strict=False):
        if n > d:  # where all end at once, I(t) - I(j) is 0 for good
            greenwood = d / (n * (n - d))
            slope = s * d_k / (n * n)
            square += greenwood
            cross += greenwood * i + slope
            own += greenwood * i * i + 2.0 * slope * i
        own += s * s * d_k * (n - d_k) / (n * n * n)
        result.append(max(0.0, i * i * square - 2.0 * i * cross + own))
    return tuple(result)
