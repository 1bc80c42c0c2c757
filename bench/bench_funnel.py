"""`measure_funnel` on a million leads, against hand-written Polars and hand-written DuckDB SQL.

Every side answers the same: one version per lead, first entries per stage with skipped ones filled, the state
now, conversion by source, the six velocities as histograms, and re-entries. CPU seconds, interleaved.

    python bench/bench_funnel.py [leads]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from statistics import median
from typing import Any

import duckdb
import numpy as np
import polars as pl

from smarketing.frames import Frames
from smarketing.funnel import Funnel, measure_funnel
from smarketing.periods import Period

N = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
HOUR = 3_600_000_000
STAGES = ["prospect", "lead", "mql", "sql", "opportunity", "customer"]
DETOURS = ["lost", "disqualified", "recycled", "reopened"]
PERIOD = Period.parse("2026")
START, END = PERIOD.boundaries
PAIRS = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (0, 5)]


def company() -> dict[str, pl.DataFrame]:
    rng = np.random.default_rng(7)
    ids = np.array([f"L{i:07d}" for i in range(N)])
    created = START + rng.integers(0, END - START, N)
    words = np.array(["organic search", "paid search", "cold call", "customer referral", "unknown"])
    leads = pl.DataFrame(
        {
            "lead_id": ids,
            "created_at": created,
            "occurred_at": created,
            "known_at": created,
            "fact_id": ids,
            "source_raw": words[rng.integers(0, len(words), N)],
        }
    )
    moves, at, alive = [], created.copy(), np.ones(N, bool)
    for stage, share in (("mql", 0.6), ("sql", 0.5)):
        alive &= rng.random(N) < share
        at = at + rng.integers(HOUR, 300 * HOUR, N)
        moves.append((ids[alive], np.full(alive.sum(), stage), at[alive]))
    out = (rng.random(N) < 0.2) & ~alive
    moves.append((ids[out], np.full(out.sum(), "disqualified"), at[out] + HOUR))
    again = rng.random(N) < 0.05
    moves.append((ids[again], np.full(again.sum(), "mql"), at[again] + 50 * HOUR))
    entries = pl.DataFrame(
        {
            "lead_id": np.concatenate([m[0] for m in moves]),
            "deal_id": pl.Series([None] * sum(len(m[0]) for m in moves), dtype=pl.String),
            "stage": np.concatenate([m[1] for m in moves]),
            "occurred_at": np.concatenate([m[2] for m in moves]),
        }
    ).with_columns(known_at="occurred_at")
    has_deal = alive & (rng.random(N) < 0.5)
    deal_at = at[has_deal] + rng.integers(HOUR, 100 * HOUR, has_deal.sum())
    deals = pl.DataFrame(
        {
            "deal_id": np.char.replace(ids[has_deal], "L", "D"),
            "lead_id": ids[has_deal],
            "created_at": deal_at,
            "occurred_at": deal_at,
            "known_at": deal_at,
            "fact_id": ids[has_deal],
        }
    )
    closed = rng.random(len(deals)) < 0.7
    closed_at = deal_at[closed] + rng.integers(HOUR, 2000 * HOUR, closed.sum())
    closings = pl.DataFrame(
        {
            "deal_id": deals["deal_id"].to_numpy()[closed],
            "lead_id": pl.Series([None] * int(closed.sum()), dtype=pl.String),
            "outcome": np.where(rng.random(closed.sum()) < 0.4, "won", "lost"),
            "occurred_at": closed_at,
            "known_at": closed_at,
        }
    )
    return {"leads": leads, "stage_entries": entries, "deals": deals, "closings": closings}


SOURCES = {
    "organic search": "seeker",
    "paid search": "seeker",
    "cold call": "search",
    "customer referral": "referral",
    "unknown": "unknown",
}


def by_hand_polars(t: dict[str, pl.DataFrame]) -> dict[str, dict[str, int]]:
    def known(name: str) -> pl.LazyFrame:
        return t[name].lazy().filter(pl.col("occurred_at") < END, pl.col("known_at") < END)

    order = ["known_at", "occurred_at", "fact_id"]
    leads = known("leads").sort(order).unique("lead_id", keep="last", maintain_order=False)
    moves = known("stage_entries").filter(pl.col("deal_id").is_null())
    at = pl.col("occurred_at")
    firsts = moves.group_by("lead_id").agg(
        *(at.filter(pl.col("stage") == s).min().alias(f"e{k}") for k, s in enumerate(STAGES)),
        at.filter(pl.col("stage").is_in(STAGES)).max().alias("last_stage"),
        *(at.filter(pl.col("stage") == d).max().alias(d) for d in DETOURS),
    )
    ends = (
        known("closings")
        .group_by("deal_id")
        .agg(
            at.filter(pl.col("outcome") == "won").min().alias("won"),
            at.filter(pl.col("outcome") == "won").max().alias("last_won"),
            at.filter(pl.col("outcome") == "lost").max().alias("lost_at"),
        )
    )
    deals = (
        known("deals").sort(order).unique("deal_id", keep="last").select("deal_id", "lead_id", "created_at")
    )
    deals = deals.join(ends, on="deal_id", how="left").with_columns(
        lost_at=pl.when(pl.col("lost_at") > pl.col("last_won").fill_null(-(2**62))).then("lost_at")
    )
    of_lead = deals.group_by("lead_id").agg(
        pl.col("created_at").min().alias("deal"),
        pl.col("created_at").max().alias("last_deal"),
        pl.col("won").min(),
        pl.col("last_won").max(),
        pl.when(pl.col("lost_at").is_null().any())
        .then(None)
        .otherwise(pl.col("lost_at").max())
        .alias("lost_at"),
    )
    rows = leads.select("lead_id", "created_at", "source_raw").join(firsts, on="lead_id", how="left")
    rows = rows.join(of_lead, on="lead_id", how="left")
    extra = {1: ["created_at"], 4: ["deal"], 5: ["won"]}
    for k in range(5, -1, -1):
        later = [f"r{k + 1}"] if k < 5 else []
        rows = rows.with_columns(pl.min_horizontal(f"e{k}", *extra.get(k, []), *later).alias(f"r{k}"))
    rows = rows.filter(pl.col("r0").is_between(START, END, closed="left"))
    stage_at = pl.max_horizontal("last_stage", "created_at", "last_deal", "last_won")
    lost = pl.max_horizontal("lost", "lost_at")
    rows = rows.with_columns(
        source=pl.col("source_raw").replace_strict(SOURCES, default="unknown"),
        furthest=pl.sum_horizontal(pl.col(f"r{k}").is_not_null() for k in range(6)) - 1,
        stage_at=stage_at,
        lost_turn=lost,
    ).with_columns(
        state=pl.when(pl.col("recycled") >= pl.max_horizontal("stage_at", "lost_turn", "disqualified"))
        .then(pl.lit("recycled"))
        .when(pl.col("disqualified") >= pl.max_horizontal("stage_at", "lost_turn"))
        .then(pl.lit("disqualified"))
        .when(pl.col("lost_turn") >= pl.col("stage_at"))
        .then(pl.lit("lost"))
        .otherwise(pl.lit("here")),
        left_at=pl.max_horizontal("lost_turn", "disqualified"),
    )
    keep = ["lead_id", "source", "furthest", "state", "left_at", *(f"r{k}" for k in range(6))]
    cohort = rows.select(keep).collect()
    counts = cohort.group_by("source", "furthest", "state").len()
    for i, j in PAIRS:
        start, end = pl.col(f"r{i}"), pl.col(f"r{j}")
        left = pl.col("state").is_in(["lost", "disqualified"])
        how = pl.when(end.is_not_null()).then(pl.lit("a")).when(left).then(pl.lit("l")).otherwise(pl.lit(""))
        until = pl.when(end.is_not_null()).then(end).when(left).then("left_at").otherwise(END)
        (
            cohort.lazy()
            .filter(start.is_not_null())
            .select("source", how=how, age=(until - start) // HOUR)
            .group_by("source", "how", "age")
            .len()
            .collect()
        )
    repeated = (
        moves.filter(pl.col("stage").is_in(STAGES))
        .group_by("lead_id", "stage")
        .len()
        .filter(pl.col("len") > 1)
    )
    repeated.join(cohort.lazy(), on="lead_id").group_by("source", "stage").agg(pl.col("len").sum()).collect()
    return _by_source(counts.iter_rows())


LAST_DETOURS = ", ".join(f"max(occurred_at) FILTER (stage = '{d}') AS {d}" for d in DETOURS)
QUOTED = ", ".join(f"'{s}'" for s in STAGES)
FIRST_STAGES = ", ".join(f"min(occurred_at) FILTER (stage = '{s}') AS e{k}" for k, s in enumerate(STAGES))

SQL = f"""
WITH moves AS (SELECT * FROM stage_entries
    WHERE occurred_at < {END} AND known_at < {END} AND deal_id IS NULL),
latest AS (SELECT lead_id, arg_max(created_at, (known_at, occurred_at, fact_id)) AS created_at,
    arg_max(source_raw, (known_at, occurred_at, fact_id)) AS source_raw
    FROM leads WHERE occurred_at < {END} AND known_at < {END} GROUP BY lead_id),
firsts AS (SELECT lead_id,
    {FIRST_STAGES},
    max(occurred_at) FILTER (stage IN ({QUOTED})) AS last_stage,
    {LAST_DETOURS}
    FROM moves GROUP BY lead_id),
ends AS (SELECT deal_id, min(occurred_at) FILTER (outcome = 'won') AS won,
    max(occurred_at) FILTER (outcome = 'won') AS last_won,
    max(occurred_at) FILTER (outcome = 'lost') AS lost_at
    FROM closings WHERE occurred_at < {END} AND known_at < {END} GROUP BY deal_id),
d AS (SELECT deal_id, arg_max(lead_id, (known_at, occurred_at, fact_id)) AS lead_id,
    arg_max(created_at, (known_at, occurred_at, fact_id)) AS created_at
    FROM deals WHERE occurred_at < {END} AND known_at < {END} GROUP BY deal_id),
dd AS (SELECT lead_id, created_at, won, last_won,
    CASE WHEN lost_at > coalesce(last_won, 0) THEN lost_at END AS lost_at
    FROM d LEFT JOIN ends USING (deal_id)),
ofl AS (SELECT lead_id, min(created_at) AS deal, max(created_at) AS last_deal, min(won) AS won,
    max(last_won) AS last_won, CASE WHEN count(*) = count(lost_at) THEN max(lost_at) END AS lost_at
    FROM dd GROUP BY lead_id),
s AS (SELECT *, least(e5, won) AS r5, least(e4, deal, e5, won) AS r4, least(e3, e4, deal, e5, won) AS r3,
    least(e2, e3, e4, deal, e5, won) AS r2, least(created_at, e1, e2, e3, e4, deal, e5, won) AS r1,
    least(e0, created_at, e1, e2, e3, e4, deal, e5, won) AS r0,
    greatest(last_stage, created_at, last_deal, last_won) AS stage_at, greatest(lost, lost_at) AS lost_turn
    FROM latest LEFT JOIN firsts USING (lead_id) LEFT JOIN ofl USING (lead_id))
SELECT lead_id, CASE WHEN source_raw IN ('organic search', 'paid search') THEN 'seeker'
    WHEN source_raw = 'cold call' THEN 'search' WHEN source_raw = 'customer referral' THEN 'referral'
    ELSE 'unknown' END AS source,
    ({" + ".join(f"(r{k} IS NOT NULL)::INT" for k in range(6))}) - 1 AS furthest,
    CASE WHEN recycled >= greatest(stage_at, lost_turn, disqualified) THEN 'recycled'
    WHEN disqualified >= greatest(stage_at, lost_turn) THEN 'disqualified'
    WHEN lost_turn >= stage_at THEN 'lost' ELSE 'here' END AS state,
    greatest(lost_turn, disqualified) AS left_at, r0, r1, r2, r3, r4, r5
FROM s WHERE r0 >= {START} AND r0 < {END}
"""


def by_hand_duckdb(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    con.sql(f"CREATE OR REPLACE TEMP TABLE cohort AS {SQL}")
    counts = con.sql("SELECT source, furthest, state, count(*) FROM cohort GROUP BY ALL").fetchall()
    for i, j in PAIRS:
        con.sql(f"""SELECT source, CASE WHEN r{j} IS NOT NULL THEN 'a' WHEN state IN ('lost', 'disqualified')
            THEN 'l' ELSE '' END AS how, (CASE WHEN r{j} IS NOT NULL THEN r{j}
            WHEN state IN ('lost', 'disqualified') THEN left_at ELSE {END} END - r{i}) // {HOUR} AS age,
            count(*) FROM cohort WHERE r{i} IS NOT NULL
            GROUP BY ALL""").fetchall()
    con.sql(f"""SELECT source, stage, sum(n) FROM (SELECT lead_id, stage, count(*) AS n FROM stage_entries
        WHERE occurred_at < {END} AND known_at < {END} GROUP BY ALL HAVING count(*) > 1)
        JOIN cohort USING (lead_id) GROUP BY ALL""").fetchall()
    return _by_source(counts)


def _by_source(rows: Iterable[tuple[str, int, str, int]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for source, furthest, state, n in rows:
        key = f"{furthest}/{state}"
        found.setdefault(source, {})[key] = found.get(source, {}).get(key, 0) + n
    return found


def ours(frames: Frames) -> dict[str, dict[str, int]]:
    result = measure_funnel(frames, Funnel.default(), period=PERIOD, by=("source",))
    found: dict[str, dict[str, int]] = {}
    for row in result.rows:
        for k, flow in enumerate(row.stages):
            for state in ("lost", "disqualified", "recycled", "reopened", "here"):
                if n := getattr(flow, f"{state}_count"):
                    found.setdefault(row.values["source"], {})[f"{k}/{state}"] = n
    return found


def cpu(run: Callable[[Any], Any], given: object) -> tuple[float, Any]:
    start = time.process_time()
    answer = run(given)
    return time.process_time() - start, answer


def main() -> None:
    tables = company()
    con = duckdb.connect()
    relations = {}
    for name, table in tables.items():
        arrow = table.to_arrow()
        con.register(f"{name}_arrow", arrow)
        con.sql(f"CREATE TABLE {name} AS SELECT * FROM {name}_arrow")
        relations[name] = con.table(name)
    polars_frames = Frames.from_native(**{name: table.lazy() for name, table in tables.items()})
    duckdb_frames = Frames.from_native(**relations)
    print(f"{N:,} leads, {len(tables['stage_entries']):,} stage entries, {len(tables['deals']):,} deals")
    for name, mine, by_hand in (
        ("Polars", (ours, polars_frames), (by_hand_polars, tables)),
        ("DuckDB", (ours, duckdb_frames), (by_hand_duckdb, con)),
    ):
        ratios, times = [], []
        for turn in range(4):
            (a, got), (b, expected) = cpu(*mine), cpu(*by_hand)
            assert got == expected, "the two sides must answer the same"
            if turn:
                ratios.append(a / b)
                times.append((a, b))
        a, b = (median(column) for column in zip(*times, strict=True))
        print(f"{name}: smarketing {a:.2f} CPU-s, by hand {b:.2f} CPU-s, ratio {median(ratios):.2f}")


if __name__ == "__main__":
    main()
