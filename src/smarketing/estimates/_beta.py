"""The beta distribution's quantile, in plain Python and for any count.

An interval for a rate needs one function that the standard library lacks. Three regimes keep it exact and
quick: a continued fraction while either shape is small, quadrature of the density when both are large (the
fraction needs ever more terms there), and a density written around its mean, so that nothing cancels when
the shapes reach ten million.
"""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist

import attrs

__all__ = ["beta_cdf", "beta_quantile", "normal_quantile"]

_LARGE = 400.0  # both shapes above this: the density is near normal, and quadrature is the quicker way
_NODES = 24
_REACH = 10.0  # standard deviations beyond which no mass is left that a float could show
_TINY = 1e-300

normal_quantile = NormalDist().inv_cdf


def beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b): the share of Beta(a, b) that lies below x.

    Example:
        >>> round(beta_cdf(0.5, 2, 3), 12)
        0.6875
    """
    return _Beta.of(a, b).cdf(x)


def beta_quantile(p: float, a: float, b: float) -> float:
    """The x below which the share p of Beta(a, b) lies; shapes of 1/2 and more, 0 < p < 1.

    Halley's iteration (third order) on the distribution function, kept inside a shrinking bracket, from the
    start of Abramowitz & Stegun 26.5.22. The error is below 1e-11.

    Example:
        >>> round(beta_quantile(0.6875, 2, 3), 12)
        0.5
    """
    if a > b:
        return 1.0 - beta_quantile(1.0 - p, b, a)
    beta = _Beta.of(a, b)
    deviation = math.sqrt(beta.mean * beta.rest / (a + b))
    low, high = 0.0, 1.0
    x = _start(p, a, b)
    for _ in range(100):
        excess = beta.cdf(x) - p
        if excess > 0.0:
            high = x
        else:
            low = x
        density = beta.kernel(x) / (x * (1.0 - x))
        step = math.inf
        if density > 0.0:
            newton = excess / density
            bend = newton * ((a - 1.0) / x - (b - 1.0) / (1.0 - x))
            step = newton / (1.0 - 0.5 * min(1.0, max(-1.0, bend)))
        nearer = x - step
        if not low <= nearer <= high:
            nearer = 0.5 * (low + high) if low > 0.0 else 0.1 * high
            step = x - nearer
        x = nearer
        # The step just made left an error of the order of its cube, on the distribution's own scale.
        if abs(step) <= 1e-5 * min(x, 1.0 - x, deviation):
            break
    return x


@attrs.frozen
class _Beta:
    """One beta distribution with what its density needs worked out once."""

    a: float
    b: float
    mean: float
    rest: float  # 1 - mean, without its rounding
    log_scale: float

    @classmethod
    def of(cls, a: float, b: float) -> _Beta:
        n = a + b
        correction = _stirling_error(a) + _stirling_error(b) - _stirling_error(n)
        return cls(a, b, a / n, b / n, 0.5 * math.log(a * b / (2.0 * math.pi * n)) - correction)

    def kernel(self, x: float) -> float:
        """The value x^a (1-x)^b / B(a, b), written around the mean (Loader 2000, "saddle point")."""
        away = x - self.mean
        up, down = away / self.mean, -away / self.rest
        log_up = math.log1p(up) if up > -0.5 else math.log(x / self.mean)
        log_down = math.log1p(down) if down > -0.5 else math.log((1.0 - x) / self.rest)
        return math.exp(self.log_scale + self.a * log_up + self.b * log_down)

    def cdf(self, x: float) -> float:
        if x <= 0.0 or x >= 1.0:
            return 0.0 if x <= 0.0 else 1.0
        a, b = self.a, self.b
        if min(a, b) > _LARGE:
            tail = self._tail_by_quadrature(x)
            return tail if x < self.mean else 1.0 - tail
        if x * (a + b + 2.0) <= a + 1.0:
            return self.kernel(x) / a * _fraction(x, a, b)
        return 1.0 - self.kernel(x) / b * _fraction(1.0 - x, b, a)

    def _tail_by_quadrature(self, x: float) -> float:
        """The mass on x's own side of the mean, by Gauss-Legendre quadrature of the density."""
        deviation = math.sqrt(self.mean * self.rest / (self.a + self.b))
        length = max(_REACH * deviation - abs(x - self.mean), deviation)
        length = min(length, x) if x < self.mean else min(length, 1.0 - x)
        half = 0.5 * length
        middle = x - half if x < self.mean else x + half
        total = 0.0
        for node, weight in _gauss_legendre(_NODES):
            at = middle + half * node
            total += weight * self.kernel(at) / (at * (1.0 - at))
        return half * total


def _stirling_error(x: float) -> float:
    """The difference between ln Γ(x) and Stirling's formula, by its series where that is exact enough."""
    if x < 16.0:
        return math.lgamma(x) - (x - 0.5) * math.log(x) + x - 0.5 * math.log(2.0 * math.pi)
    y = 1.0 / (x * x)
    return (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y / 1188)))) / x


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function (DLMF 8.17.22) by Lentz's method."""
    total, up, down = a + b, a + 1.0, a - 1.0
    c = 1.0
    d = 1.0 / ((1.0 - total * x / up) or _TINY)
    result = d
    for m in range(1, 10_000):
        even = a + 2 * m
        factor = m * (b - m) * x / ((down + 2 * m) * even)
        d = 1.0 / ((1.0 + factor * d) or _TINY)
        c = (1.0 + factor / c) or _TINY
        result *= d * c
        factor = -(a + m) * (total + m) * x / (even * (up + 2 * m))
        d = 1.0 / ((1.0 + factor * d) or _TINY)
        c = (1.0 + factor / c) or _TINY
        change = d * c
        result *= change
        if abs(change - 1.0) < 1e-15:
            break
    return result


def _start(p: float, a: float, b: float) -> float:
    """A first guess: the normal one of Abramowitz & Stegun 26.5.22, or the lower tail's power law."""
    if a >= 1.0:
        z = -normal_quantile(p)
        left, right = 1.0 / (2.0 * a - 1.0), 1.0 / (2.0 * b - 1.0)
        scale, lean = 2.0 / (left + right), (z * z - 3.0) / 6.0
        root = math.sqrt(max(scale + lean, 0.0))
        w = z * root / scale - (right - left) * (lean + 5.0 / 6.0 - 2.0 / (3.0 * scale))
        guess = a / (a + b * math.exp(min(2.0 * w, 600.0)))
    else:
        # Near a = 1/2 the variable is the square of a normal one, divided by twice the other shape.
        z = normal_quantile(0.5 + 0.5 * p)
        guess = z * z / (z * z + 2.0 * b)
    return min(max(guess, 1e-300), 1.0 - 1e-16)


@cache
def _gauss_legendre(count: int) -> tuple[tuple[float, float], ...]:
    """The nodes and weights on [-1, 1] that integrate polynomials of degree 2 * count - 1 exactly."""
    rule: list[tuple[float, float]] = []
    for i in range(count):
        x = math.cos(math.pi * (i + 0.75) / (count + 0.5))
        slope = 1.0
        for _ in range(10):
            before, value = 1.0, x
            for n in range(2, count + 1):
                before, value = value, ((2 * n - 1) * x * value - (n - 1) * before) / n
            slope = count * (x * value - before) / (x * x - 1.0)
            x -= value / slope
        rule.append((x, 2.0 / ((1.0 - x * x) * slope * slope)))
    return tuple(rule)
