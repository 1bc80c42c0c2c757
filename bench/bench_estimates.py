"""How fast the estimates are, as ratios against a naive reading of the same definitions, record by record.

Run: python bench/bench_estimates.py
"""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import TYPE_CHECKING

from smarketing.estimates import Rate, RiskCounts, cumulative_incidence, fit_hazards, largest_remainder

if TYPE_CHECKING:
    from collections.abc import Callable

CAUSES = ("won", "lost", "withdrawn")
Record = tuple[int, str | None]


def best(run: Callable[[], object], repeat: int = 3) -> float:
    """The seconds of the quickest of some runs."""
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def naive_incidence(records: list[Record]) -> dict[str, list[float]]:
    """Aalen-Johansen over sorted records, one record at a time."""
    ordered = sorted(records, key=lambda record: record[0])
    survival, shares = 1.0, dict.fromkeys(CAUSES, 0.0)
    steps: dict[str, list[float]] = {cause: [] for cause in CAUSES}
    place, total = 0, len(ordered)
    while place < total:
        age, at_risk, ended = ordered[place][0], total - place, 0
        while place < total and ordered[place][0] == age:
            cause = ordered[place][1]
            if cause is not None:
                shares[cause] += survival / at_risk
                ended += 1
            place += 1
        survival *= 1 - ended / at_risk
        for cause in CAUSES:
            steps[cause].append(shares[cause])
    return steps


def main() -> None:
    """Print one line per task."""
    draw = random.Random(1)
    outcomes = (*CAUSES, None)
    records: list[Record] = [
        (min(int(draw.expovariate(1 / 3000)), 19_999), draw.choice(outcomes)) for _ in range(1_000_000)
    ]
    naive = best(lambda: naive_incidence(records), 1)
    tallied = Counter(records)
    rows = [(age, cause, count) for (age, cause), count in tallied.items()]
    by_record = best(lambda: cumulative_incidence(RiskCounts.from_rows((a, c, 1) for a, c in records)), 1)
    by_group = best(lambda: cumulative_incidence(RiskCounts.from_rows(rows)))
    dense = RiskCounts.from_rows((age, cause, 1 + age % 5) for age in range(20_000) for cause in CAUSES)
    curve = best(lambda: cumulative_incidence(dense))
    history = {(f"source {i % 5}", f"stage {i // 5}"): dense for i in range(20)}
    hazards = best(lambda: fit_hazards(history, default=dict.fromkeys(CAUSES, 1e-4)), 1)
    model = fit_hazards(history, default=dict.fromkeys(CAUSES, 1e-4))
    asked = best(
        lambda: [
            model.outcomes(age=a, within=90, group=("source 1", "stage 2")) for a in range(0, 20_000, 20)
        ]
    )
    intervals = best(lambda: [Rate(successes, 1_000).interval() for successes in range(1, 1_000)])
    split = best(lambda: largest_remainder(10**9, range(1, 10_001)))

    print(f"1 M records, naive per record          {naive * 1e3:9.1f} ms   1.00")
    print(f"1 M records, counted here              {by_record * 1e3:9.1f} ms   {by_record / naive:.2f}")
    print(f"the same, already grouped ({len(rows)} rows) {by_group * 1e3:6.1f} ms   {by_group / naive:.2f}")
    print(f"curve, 20,000 ages x 3 causes          {curve * 1e3:9.1f} ms   (with variances; at most 100)")
    print(f"hazards, 20 groups x 20,000 ages       {hazards * 1e3:9.1f} ms")
    print(f"all outcomes within 90, per record     {asked * 1e3:9.1f} µs")
    print(f"interval of a rate, two quantiles      {intervals / 999 * 1e6:9.1f} µs   (at most 120)")
    print(f"largest remainder over 10,000 parts    {split * 1e3:9.1f} ms")


if __name__ == "__main__":
    main()
