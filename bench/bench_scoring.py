"""Scores: one lead's in microseconds, and a book of a million leads against Polars and DuckDB by hand.

    python bench/bench_scoring.py [LEADS]

25 rules with caps and half-lives over twenty touches a lead. Bulk figures are CPU seconds and the highest
memory over what was held before; the sides take turns and the median ratio is printed. Every side has to give
the same micro-points to every lead.
"""

from __future__ import annotations

import gc
import sys
import time
import timeit
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from math import log
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import numpy as np
import polars as pl

from smarketing import Frames
from smarketing.facts import Lead, Touch
from smarketing.origin import Origin
from smarketing.scoring import Decay, OneOf, Rule, ScoringMatrix, StartsWith, Touched, score_leads
from smarketing.values import Traits

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
NOW = int(AS_OF.timestamp()) * 1_000_000
DAY = timedelta(days=1)
TOUCHES = 20
KINDS = [f"kind_{number:02d}" for number in range(24)]
COUNTRIES, TITLES = ["ES", "PT", "FR", "DE", "IT", "US"], ["CTO", "Head of Sales", "Buyer", "Student"]


def rules() -> tuple[Rule, ...]:
    """22 rules on touches, a few of them by channel too, and three on the lead."""
    found = []
    for number in range(22):
        fades = Decay(half_life=(10 + 5 * (number % 8)) * DAY) if number % 2 == 0 else None
        channel = ("email",) if number % 5 == 4 else ()
        points, cap = 2 + number % 7, 6 + 3 * (number % 5)
        sign = -1 if number in {8, 15} else 1
        touched = Touched(KINDS[number], channel=channel)
        found.append(Rule(f"rule {number}", touched, sign * points, cap=cap, decay=fades))
    found.append(Rule("near", OneOf("country", ("ES", "PT")), 4))
    found.append(Rule("title", StartsWith("job_title", ("cto", "head of")), 6))
    found.append(Rule("partner", OneOf("trait_segment", "partner"), 3))
    return tuple(found)


MATRIX = ScoringMatrix(name="intent", rules=rules(), flip=60)


# One lead


def one_lead() -> None:
    """Microseconds for the points of one lead, and with its lines."""
    lead = Lead(
        origin=Origin(record="L-1"),
        occurred_at=AS_OF - 90 * DAY,
        lead_id="L-1",
        country="ES",
        job_title="Head of Purchasing",
        traits=Traits({"segment": "partner"}),
    )
    rng = np.random.default_rng(5)
    touches = [
        Touch(
            origin=Origin(record=str(number)),
            occurred_at=AS_OF - timedelta(seconds=int(rng.integers(1, 90 * 86_400))),
            lead_id="L-1",
            kind=KINDS[int(rng.integers(0, len(KINDS)))],
            channel="email" if number % 2 else "web",
        )
        for number in range(TOUCHES)
    ]
    points = best_of(lambda: MATRIX.score(lead, touches, as_of=AS_OF).points)
    lines = best_of(lambda: MATRIX.score(lead, touches, as_of=AS_OF).lines)
    print(
        f"one lead, 25 rules, 20 touches: {points:.1f} µs the points, {lines:.1f} µs with the breakdown (CPU, best of 90 short turns)"
    )


def best_of(call: Callable[[], object], number: int = 300) -> float:
    return min(timeit.repeat(call, timer=time.process_time, number=number, repeat=90)) / number * 1e6


# A book


def book(leads: int) -> dict[str, pl.DataFrame]:
    """Leads and their touches of half a year, made the same each time."""
    rng = np.random.default_rng(7)
    ids = pl.select(("L" + pl.int_range(leads).cast(pl.String).str.zfill(8)).alias("lead_id"))["lead_id"]
    many = leads * TOUCHES
    spans = {"leads": 200, "touches": 180}
    created = NOW - rng.integers(0, spans["leads"] * 86_400, leads) * 1_000_000 - 1
    activity = rng.permutation(np.repeat(np.arange(leads), rng.multinomial(many, np.full(leads, 1 / leads))))
    kinds = rng.choice(len(KINDS), many, p=weights(len(KINDS)))
    return {
        "leads": pl.DataFrame({
            "lead_id": ids,
            "created_at": created,
            "country": pl.Series(COUNTRIES)[rng.integers(0, len(COUNTRIES), leads)],
            "job_title": pl.Series(TITLES)[rng.integers(0, len(TITLES), leads)],
            "trait_segment": pl.Series(["partner", "direct", None])[rng.integers(0, 3, leads)],
        }),
        "touches": pl.DataFrame({
            "lead_id": ids[activity],
            "kind": pl.Series(KINDS)[kinds],
            "channel": pl.Series(["email", "web", "social", None])[rng.integers(0, 4, many)],
            "occurred_at": NOW - rng.integers(1, spans["touches"] * 86_400, many) * 1_000_000,
        }),
    }  # fmt: skip


def weights(number: int) -> np.ndarray:
    """The last two kinds, which no rule counts, are the most of all touches, as page views are."""
    found = np.full(number, 0.6 / (number - 2))
    found[-2:] = 0.2
    return found


def rate_of(rule: Rule) -> float:
    assert rule.decay
    assert rule.decay.half_life
    return -log(2) / (rule.decay.half_life.total_seconds() * 1e6)


def by_polars(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The same points in Polars alone, rule by rule."""
    touches = tables["touches"].lazy().filter(pl.col("occurred_at") < NOW)
    parts = []
    for rule in MATRIX.rules[:22]:
        found = touches.filter(pl.col("kind") == rule.when.kind[0])
        if rule.when.channel:
            found = found.filter(pl.col("channel") == "email")
        size = abs(rule.points.micro)
        if rule.decay is None:
            given = found.group_by("lead_id").agg(p=pl.len().cast(pl.Int64) * size)
        else:
            age = (NOW - pl.col("occurred_at")).cast(pl.Float64)
            each = ((age * rate_of(rule)).exp() * float(size) + 0.5).floor().cast(pl.Int64)
            given = found.group_by("lead_id").agg(p=each.sum())
        capped = pl.min_horizontal(pl.col("p"), pl.lit(rule.cap.micro, dtype=pl.Int64))
        parts.append(given.with_columns(p=capped if rule.points.micro > 0 else -capped))
    summed = pl.concat(parts).group_by("lead_id").agg(p=pl.col("p").sum())
    lead = (
        pl.when(pl.col("country").is_in(["ES", "PT"])).then(4_000_000).otherwise(0)
        + pl.when(pl.col("job_title").is_in(["CTO", "Head of Sales"])).then(6_000_000).otherwise(0)
        + pl.when(pl.col("trait_segment") == "partner").then(3_000_000).otherwise(0)
    )
    leads = tables["leads"].lazy().filter(pl.col("created_at") < NOW)
    rows = leads.join(summed, on="lead_id", how="left")
    return rows.select("lead_id", score_points=pl.col("p").fill_null(0) + lead).collect()


def by_sql(connection: duckdb.DuckDBPyConnection) -> Any:
    """The same points in DuckDB's SQL, in one scan."""
    columns = []
    for number, rule in enumerate(MATRIX.rules[:22]):
        size, fits = abs(rule.points.micro), f"kind = '{rule.when.kind[0]}'"
        fits += " AND channel = 'email'" if rule.when.channel else ""
        each = str(size)
        if rule.decay is not None:
            each = f"floor(exp(({NOW} - occurred_at) * {rate_of(rule)!r}) * {size}.0 + 0.5)::BIGINT"
        sign = "" if rule.points.micro > 0 else "-"
        total = f"sum(CASE WHEN {fits} THEN {each} ELSE 0 END)::BIGINT"
        columns.append(f"{sign}least({total}, {rule.cap.micro}) AS p{number}")
    kinds = ", ".join(f"'{kind}'" for kind in KINDS[:22])
    added = " + ".join(f"p{number}" for number in range(22))
    return connection.sql(f"""
        WITH given AS (
            SELECT lead_id, {", ".join(columns)} FROM touches
            WHERE occurred_at < {NOW} AND kind IN ({kinds}) GROUP BY lead_id
        )
        SELECT leads.lead_id, coalesce({added}, 0)
            + CASE WHEN country IN ('ES', 'PT') THEN 4000000 ELSE 0 END
            + CASE WHEN job_title IN ('CTO', 'Head of Sales') THEN 6000000 ELSE 0 END
            + CASE WHEN trait_segment = 'partner' THEN 3000000 ELSE 0 END AS score_points
        FROM leads LEFT JOIN given ON leads.lead_id = given.lead_id WHERE created_at < {NOW}
    """).to_arrow_table()


def collected(frames: Frames) -> Any:
    """Our side: the user's own kind of table, computed."""
    frame = score_leads(frames, MATRIX, as_of=AS_OF).frame
    return frame.collect() if isinstance(frame, pl.LazyFrame) else frame.to_arrow_table()


def measured(call: Callable[[], Any]) -> tuple[Any, float, float]:
    """What a call gives, its CPU seconds, and how many GiB it took over what was held before."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    before, began = memory("VmRSS"), time.process_time()
    found = call()
    return found, time.process_time() - began, memory("VmHWM") - before


def memory(name: str) -> float:
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 2**20


def side_by_side(name: str, ours: Callable[[], Any], theirs: Callable[[], Any], turns: int = 3) -> None:
    """CPU and memory of both sides, turn by turn."""
    rows = []
    for _ in range(turns):
        found, our_cpu, our_memory = measured(ours)
        expected, their_cpu, their_memory = measured(theirs)
        assert same(found, expected), "the sides disagree"
        del found, expected
        rows.append((our_cpu, their_cpu, our_cpu / their_cpu, our_memory, their_memory))
    cpu, by_hand, ratio, held, held_by_hand = (median(column) for column in zip(*rows, strict=True))
    print(
        f"{name}: {cpu:.2f} CPU-s and +{held:.2f} GiB, by hand {by_hand:.2f} CPU-s and +{held_by_hand:.2f} GiB, "
        f"ratio {ratio:.2f} (median of {turns} interleaved turns)",
        flush=True,
    )


def same(ours: Any, theirs: Any) -> bool:
    """Whether both give every lead the same, but for one micro-point where an engine's `exp` rounds otherwise."""
    one, other = (
        pl.DataFrame(rows).select("lead_id", pl.col("score_points").cast(pl.Int64)) for rows in (ours, theirs)
    )
    both = one.join(other, on="lead_id", how="full", suffix="_by_hand")
    apart = (pl.col("score_points") - pl.col("score_points_by_hand")).abs() > 22
    return both.filter(
        apart | pl.col("score_points").is_null() | pl.col("score_points_by_hand").is_null()
    ).is_empty()


def bulk(leads: int) -> None:
    tables = book(leads)
    print(f"{leads:,} leads, {len(tables['touches']):,} touches, 25 rules:", flush=True)
    frames = Frames.from_native(**tables)
    side_by_side("  Polars", partial(collected, frames), lambda: by_polars(tables))
    flips(frames)
    connection = duckdb.connect()
    for name in list(tables):
        rows = tables.pop(name)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM rows")
        del rows
    del frames
    gc.collect()
    relations = Frames.from_native(leads=connection.table("leads"), touches=connection.table("touches"))
    side_by_side("  DuckDB", lambda: collected(relations), lambda: by_sql(connection))


def flips(frames: Frames) -> None:
    """How long it takes to find when each lead reached the number."""
    found, cpu, held = measured(lambda: score_leads(frames, MATRIX, as_of=AS_OF, flips=True).flips)
    share = len(pl.DataFrame(found)) / len(frames["leads"].collect())
    print(f"  flips: {cpu:.1f} CPU-s and +{held:.2f} GiB; {share:.1%} of the leads flipped", flush=True)


if __name__ == "__main__":
    one_lead()
    bulk(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
