"""Attribution: one lead's credit, 20 million touches by five models at once, 10 million aggregated paths.

    python bench/bench_attribution.py [TOUCHES] [PATHS]

The bulk figure is CPU time over hand-written Polars that gives the same cents to the same channels by the same
five models; both turns are interleaved and the median ratio is printed. Memory is what the process grew by.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
import timeit
from datetime import UTC, datetime, timedelta
from itertools import islice, product

import polars as pl

from smarketing import Frames
from smarketing.closed_loop import (
    First,
    Last,
    Linear,
    Markov,
    PositionBased,
    TimeDecay,
    attribute,
    credit_of,
)
from smarketing.facts import DealClosed, Touch
from smarketing.origin import Origin

MODELS = (First(), Last(), Linear(), PositionBased(), TimeDecay(half_life=timedelta(days=7)))
CHANNELS = ["ads", "direct", "email", "fair", "referral", "search", "social", "video"]
DAY = 86_400_000_000
START = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
MILLION = 1_000_000
DIFFERENT = 100_000
"""So many of the aggregated paths are different: of eight channels, six touches long."""


def one_lead() -> None:
    """Microseconds for the credit of one lead with eight touches."""
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    facts = [
        Touch(
            origin=Origin(record=str(n)), occurred_at=at + timedelta(days=n), lead_id="L-1", kind="visit",
            channel=CHANNELS[n],
        )
        for n in range(8)
    ]  # fmt: skip
    won = at + timedelta(days=9)
    facts.append(
        DealClosed(
            origin=Origin(), occurred_at=won, lead_id="L-1", deal_id="D", outcome="won", amount_minor=123_457,
            currency="EUR",
        )
    )  # fmt: skip
    for models in (MODELS[2:3], MODELS):
        best = (
            min(
                timeit.repeat(
                    lambda m=models: credit_of(facts, models=m, as_of=won + timedelta(1)),
                    number=500,
                    repeat=5,
                )
            )
            / 500
        )
        print(f"one lead, {len(facts) - 1} touches, {len(models)} models: {best * 1e6:.0f} µs (best of 5)")


def tables(touches: int) -> dict[str, pl.DataFrame]:
    """20 touches to a lead over 200 days, one lead in five won on its 150th: made the same each time."""
    number = pl.int_range(touches, eager=True)
    lead = number // 20
    made = (number * 7919 + (number // 20) * 104_729) % 1_000_003
    at = START + (made % 200) * DAY + (made * 31 % 86_400) * 1_000_000
    channels = pl.Series(CHANNELS)
    seen = pl.DataFrame(
        {
            "lead_id": lead.cast(pl.String),
            "kind": "visit",
            "channel": channels.gather(made * 13 // 7 % len(CHANNELS)),
            "occurred_at": at,
        }
    )
    won = pl.int_range(0, touches // 20, 5, eager=True)[: max(touches // 100, 1)]
    closings = pl.DataFrame(
        {
            "deal_id": "D" + won.cast(pl.String),
            "lead_id": won.cast(pl.String),
            "outcome": "won",
            "amount_minor": 100_000 + won * 7_919 % 900_000,
            "currency": "EUR",
            "occurred_at": START + 150 * DAY + (won % 86_400) * 1_000_000,
        }
    )
    return {"touches": seen, "closings": closings}


def by_hand(given: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The same in Polars alone: the same cents by the same five models."""
    won = given["closings"].lazy().with_row_index("piece").select(
        "piece", "lead_id", pl.col("amount_minor").alias("v"), pl.col("occurred_at").alias("won_at")
    )  # fmt: skip
    rows = (
        given["touches"].lazy().select("lead_id", "channel", "kind", "occurred_at")
        .join(won, on="lead_id")
        .filter(pl.col("occurred_at") <= pl.col("won_at"), pl.col("occurred_at") >= pl.col("won_at") - 90 * DAY)
        .select("piece", "occurred_at", "channel", "kind", "v")
        .sort("piece", "occurred_at", "kind", "channel")
        .with_row_index("row")
        .select(pl.col("row").cast(pl.Int64), "piece", "occurred_at", "channel", "v")
        .collect().lazy()
    )  # fmt: skip
    ends = rows.group_by("piece").agg(
        n=pl.len().cast(pl.Int64), first=pl.col("row").min(), last_at=pl.col("occurred_at").max()
    )
    rows = rows.join(ends, on="piece").with_columns(
        k=pl.col("row") - pl.col("first"), c=pl.lit(MILLION, dtype=pl.Int64),
        w=((pl.col("occurred_at") - pl.col("last_at")) * (0.6931471805599453 / (7 * DAY))).exp().mul(MILLION).add(0.5).floor().cast(pl.Int64),
    )  # fmt: skip
    rows = rows.join(rows.group_by("piece").agg(whole=pl.col("w").sum()), on="piece")
    n, k, names = pl.col("n"), pl.col("k"), []
    for name in "vc":
        v = pl.col(name)
        zero = pl.lit(0, dtype=pl.Int64)
        end, between = v * 2 // 5, v // (5 * (n - 2).clip(1, None))
        # 40/20/40: what is left over goes to the largest remainders, the earlier of equals first.
        left = v - 2 * end - between * (n - 2)
        rest_end, rest_mid = (v * 2 % 5) * (n - 2).clip(1, None), v % (5 * (n - 2).clip(1, None))
        mid_first = (rest_mid > rest_end).cast(pl.Int64) * (n - 2)
        first_more = (mid_first < left).cast(pl.Int64)
        last_rank = 1 + (rest_mid >= rest_end).cast(pl.Int64) * (n - 2)
        last_more = (last_rank < left).cast(pl.Int64)
        mid_more = left - first_more - last_more
        position = (
            pl.when(n == 1).then(v)
            .when(n == 2).then(pl.when(k == 0).then(v - v // 2).otherwise(v // 2))
            .when(k == 0).then(end + first_more)
            .when(k == n - 1).then(end + last_more)
            .otherwise(between + (k - 1 < mid_more).cast(pl.Int64))
        )  # fmt: skip
        rows = rows.with_columns(
            pl.when(k == 0).then(v).otherwise(zero).alias(f"first_{name}"),
            pl.when(k == n - 1).then(v).otherwise(zero).alias(f"last_{name}"),
            (v // n + (k < v % n).cast(pl.Int64)).alias(f"linear_{name}"),
            position.alias(f"position_based_{name}"),
            (v * pl.col("w") // pl.col("whole")).alias("part"),
            (-(v * pl.col("w") % pl.col("whole"))).alias("rest"),
        )
        rows = rows.join(rows.group_by("piece").agg(given=pl.col("part").sum()), on="piece")
        rows = rows.sort("piece", "rest", "row").with_row_index("rank")
        turn = pl.col("rank").cast(pl.Int64) - pl.col("first")
        more = (turn < v - pl.col("given")).cast(pl.Int64)
        rows = rows.with_columns((pl.col("part") + more).alias(f"time_decay_{name}")).drop("given", "rank")
        names += [f"{model.name}_{name}" for model in MODELS]
    return rows.group_by("channel").agg(pl.col(names).sum()).sort("channel").collect()


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024


def bulk(touches: int, turns: int = 3) -> None:
    """CPU seconds in bulk, over hand-written Polars."""
    given = tables(touches)
    frames = Frames.from_native(**given)
    ratios, ours_s, theirs_s = [], [], []
    for _ in range(turns):
        began = time.process_time()
        result = attribute(frames, models=MODELS)
        ours = time.process_time() - began
        began = time.process_time()
        expected = by_hand(given)
        theirs = time.process_time() - began
        for row in expected.rows(named=True):
            for model in MODELS:
                cell = result.row(model.name, channel=row["channel"])
                assert cell.revenue.minor == row[f"{model.name}_v"], (row["channel"], model.name)
                assert cell.conversion_share == row[f"{model.name}_c"], (row["channel"], model.name)
        ratios.append(ours / theirs)
        ours_s.append(ours)
        theirs_s.append(theirs)
    print(
        f"{touches:,} touches, {given['closings'].height:,} conversions, {len(MODELS)} models: "
        f"{statistics.median(ours_s):.2f} CPU-s, by hand {statistics.median(theirs_s):.2f}, "
        f"ratio {statistics.median(ratios):.2f} (median of {turns} interleaved turns), peak {peak():.1f} GiB"
    )


def paths(count: int) -> None:
    """Seconds and memory for the Markov model on aggregated paths."""
    number = pl.int_range(count, eager=True)
    some = [*islice((" > ".join(path) for path in product(CHANNELS, repeat=6)), DIFFERENT)]
    told = pl.DataFrame(
        {
            "path": pl.Series(some).gather(number * 7_919 % len(some)),
            "conversions": (number % 10 == 0).cast(pl.Int64),
            "value": (number % 10 == 0).cast(pl.Int64) * 12_345,
            "non_conversions": (number % 10 != 0).cast(pl.Int64),
        }
    )
    before = peak()
    began, cpu = time.perf_counter(), time.process_time()
    result = attribute(told, models=(Markov(),))
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    assert sum(row.revenue.minor for row in result.rows) == told["value"].sum()
    print(
        f"{count:,} paths, {DIFFERENT:,} different ones, Markov: {wall:.2f} s ({cpu:.2f} CPU-s), "
        f"{peak() - before:.2f} GiB more than before"
    )


if __name__ == "__main__":
    one_lead()
    paths(int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000)
    bulk(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000_000)
