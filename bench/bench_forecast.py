"""The win model in bulk: fitted on a million deals, and the probabilities of a million open ones.

    python bench/bench_forecast.py [DEALS]

CPU time over hand-written Polars on the same columns that gives the same counts and probabilities: the last
version of each deal and closing that was known, a join of both and one group_by for the fit, and a join with a
table of probabilities at hand for the open deals. Beside it stands the bare code that takes it on trust that
each deal is there once, which we look up. Turns are interleaved and medians are printed. Then, in plain
Python, one deal's probability as a web hook would ask for it.
"""

from __future__ import annotations

import statistics
import sys
import time
import timeit
from collections.abc import Callable
from datetime import UTC, datetime

import polars as pl

from smarketing import Frames
from smarketing.facts import Deal
from smarketing.forecast import WinModel
from smarketing.origin import Origin

DAY = 86_400_000_000
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
NOW = int(AS_OF.timestamp()) * 1_000_000
WORDS = ("organic search", "cold call", "referral", "paid search", "trade fair")
SOURCES = {"organic search": "seeker", "paid search": "seeker", "cold call": "search", "referral": "referral"}


def book(deals: int, *, still_open: bool) -> dict[str, pl.DataFrame]:
    """Two years of deals of which seven in ten closed within five months, or that are all open."""
    number = pl.int_range(deals, eager=True)
    ids = pl.select(("D" + number.cast(pl.String)).alias("deal_id"))["deal_id"]
    back = 400 if still_open else 720
    created = NOW - (1 + number * 7919 % back) * DAY - number * 104_729 % DAY
    word = number.map_elements(lambda n: WORDS[n * 31 % 5], return_dtype=pl.String)
    table = pl.DataFrame(
        {
            "deal_id": ids,
            "created_at": created,
            "occurred_at": created,
            "known_at": created,
            "source_raw": word,
        }
    )
    if still_open:
        return {"deals": table}
    after = (number * 15_485_863 % 140) * DAY
    is_closed = (number * 2_654_435 % 10 < 7) & (created + after < NOW)
    closings = pl.DataFrame(
        {
            "deal_id": ids,
            "outcome": pl.select(
                pl.when(number * 48_271 % 100 < 35).then(pl.lit("won")).otherwise(pl.lit("lost"))
            ).to_series(),
            "occurred_at": created + after,
            "known_at": created + after,
        }
    ).filter(is_closed)
    return {"deals": table, "closings": closings}


def known(table: pl.DataFrame, *, once: bool) -> pl.LazyFrame:
    """The last version of each deal that was known; or all rows, where each deal is trusted to be there once."""
    rows = table.lazy().filter(pl.col("occurred_at") < NOW, pl.col("known_at") < NOW)
    return rows if once else rows.sort("known_at").unique("deal_id", keep="last")


def by_hand_counts(tables: dict[str, pl.DataFrame], *, once: bool) -> pl.DataFrame:
    """What a fit by source counts, in Polars alone."""
    deals, closings = (known(tables[name], once=once) for name in ("deals", "closings"))
    ended = closings.select("deal_id", "outcome", pl.col("occurred_at").alias("closed_at"))
    last = pl.col("closed_at").fill_null(NOW - 1) // DAY
    return (
        deals.join(ended, on="deal_id", how="left")
        .select(
            pl.col("source_raw").replace_strict(SOURCES, default="unknown").alias("source"),
            (last - pl.col("created_at") // DAY).alias("age"),
            pl.col("outcome").fill_null(""),
        )
        .group_by("source", "age", "outcome")
        .len()
        .collect()
    )


def by_hand_join(tables: dict[str, pl.DataFrame], table: pl.DataFrame, *, once: bool) -> pl.DataFrame:
    """The probabilities of open deals from a table by source and age, in Polars alone."""
    return (
        known(tables["deals"], once=once)
        .select(
            "deal_id",
            pl.col("source_raw").replace_strict(SOURCES, default="unknown").alias("source"),
            ((NOW - 1) // DAY - pl.col("created_at") // DAY).alias("age_days"),
        )
        .join(table.lazy(), on=["source", "age_days"], how="left")
        .collect()
    )


def cpu(call: Callable[[], object]) -> float:
    """Seconds of CPU that a call takes."""
    began = time.process_time()
    call()
    return time.process_time() - began


def medians(*calls: Callable[[], object], turns: int = 5) -> list[float]:
    """The median CPU of some calls whose turns are interleaved."""
    seconds = [[cpu(call) for call in calls] for _ in range(turns)]
    return [statistics.median(each) for each in zip(*seconds, strict=True)]


def main(deals: int) -> None:
    """All figures."""
    told = book(deals, still_open=False)
    frames = Frames.from_native(**told)
    by = ("source",)
    plain, chosen, theirs, bare = medians(
        lambda: WinModel.fit(frames, by=by, as_of=AS_OF, choose=False),
        lambda: WinModel.fit(frames, by=by, as_of=AS_OF),
        lambda: by_hand_counts(told, once=False),
        lambda: by_hand_counts(told, once=True),
    )
    print(f"fit on {deals:,} deals by hand: {theirs:.2f} s CPU, {bare:.2f} s on trust")
    for name, ours in (("ours", plain), ("ours, terms chosen on held-out history", chosen)):
        print(
            f"  {name}: {ours:.2f} s, beyond 1.2 times by hand {ours - 1.2 * theirs:+.2f} s, "
            f"beyond 1.2 times on trust {ours - 1.2 * bare:+.2f} s"
        )
    model = WinModel.fit(frames, by=by, as_of=AS_OF)
    still = book(deals, still_open=True)
    opened = Frames.from_native(**still)
    first = model.frame(opened, within=90).collect()
    table = first.group_by("source", "age_days").agg(pl.col("win_probability").first())
    ours, theirs, bare = medians(
        lambda: model.frame(opened, within=90).collect(),
        lambda: by_hand_join(still, table, once=False),
        lambda: by_hand_join(still, table, once=True),
    )
    print(
        f"probabilities of {deals:,} open deals: {ours:.2f} s; by hand {theirs:.2f} s, {ours / theirs:.2f} times; "
        f"on trust {bare:.2f} s, {ours / bare:.2f} times"
    )
    one_deal(model)


def one_deal(model: WinModel) -> None:
    """Microseconds for one deal, and the size of the model."""
    created = datetime(2025, 11, 3, tzinfo=UTC)
    deal = Deal(
        origin=Origin(record="D1"),
        occurred_at=created,
        deal_id="D1",
        created_at=created,
        source_raw="referral",
    )
    best = (
        min(timeit.repeat(lambda: model.probability(deal, as_of=AS_OF, within=90), number=500, repeat=5))
        / 500
    )
    print(f"one deal: {best * 1e6:.0f} µs; the model as a document: {len(str(model.to_dict())):,} characters")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
