"""How fast the distribution of a period's revenue is, and how far it is from exact convolution.

CPU time; ratios are against hand-written NumPy that does the same inversion in floats, where NumPy is there.

Run: python bench/bench_revenue.py
"""

from __future__ import annotations

import contextlib
import math
import random
import time

from smarketing.forecast._pools import Pool
from smarketing.forecast._shifts import Luck
from smarketing.forecast._sums import revenue_sum

SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
LUCK = Luck(sd=0.35, freedom=7)


def deals_of(count: int) -> tuple[tuple[float, float], ...]:
    """Deals of unlike chances and sizes, the same each time."""
    draw = random.Random(3)
    return tuple((draw.betavariate(1, 4), float(round(draw.lognormvariate(13, 1)))) for _ in range(count))


def by_hand(deals: tuple[tuple[float, float], ...]) -> float:
    """CPU seconds of the same inversion in NumPy, to the median."""
    import numpy as np

    began = time.process_time()
    won, amount = np.array(deals).T
    mean, sd = float(won @ amount), math.sqrt(float((won * (1 - won)) @ amount**2))
    low, length = mean - 9 * sd, 18 * sd
    turn = np.exp(2j * math.pi / length * amount)
    phase, terms = np.ones(len(deals), dtype=complex), []
    for j in range(1, 400):
        phase *= turn
        cf = complex(np.prod(1 - won + won * phase))
        terms.append(cf / (1j * math.pi * j))
        if abs(cf) < 1e-9:
            break

    def below(x: float) -> float:
        return (x - low) / length + sum(
            (c * (np.exp(-2j * math.pi * j * low / length) - np.exp(-2j * math.pi * j * x / length))).real
            for j, c in enumerate(terms, 1)
        )

    near, far = low, low + length
    for _ in range(40):
        middle = 0.5 * (near + far)
        near, far = (middle, far) if below(middle) < 0.5 else (near, middle)
    return time.process_time() - began


def main() -> None:
    """Print one line per number of deals."""
    for count in (10, 100, 1_000, 10_000, 100_000):
        deals = deals_of(count)
        sources = tuple(Pool(deals=deals[k::4], logit_sd=0.1) for k in range(4))
        cases = {
            "independent": lambda deals=deals: revenue_sum([Pool(deals=deals)]),
            "common luck": lambda deals=deals: revenue_sum([Pool(deals=deals)], luck=LUCK),
            "luck, 4 sources": lambda sources=sources: revenue_sum(sources, luck=LUCK),
        }
        told = []
        for name, run in cases.items():
            best = math.inf
            for _ in range(3):
                began = time.process_time()
                found = run()
                _ = [found.quantile(share) for share in SHARES]
                best = min(best, time.process_time() - began)
            told.append(f"{name} {1_000 * best:,.1f} ms")
        ratio = ""
        with contextlib.suppress(ImportError):
            ratio = f"; NumPy by hand, independent, one quantile {1_000 * by_hand(deals):,.1f} ms"
        print(f"{count:>7,} deals: {', '.join(told)}{ratio}")


if __name__ == "__main__":
    main()
