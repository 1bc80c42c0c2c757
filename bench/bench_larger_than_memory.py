"""More than memory: 20 million touches in a DuckDB file, worked on under a cap of 1 GiB.

For every touch, the working time since its lead was captured; for the leads, the funnel by source. The
relations stay on disk, DuckDB may use 1 GiB, and what this process needs besides is printed.

    python bench/bench_larger_than_memory.py [touches]
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import narwhals.stable.v2 as nw

from smarketing import BusinessCalendar, Frames, Funnel, Period, measure_funnel
from smarketing.frames import rows_of, with_working_time

TOUCHES = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000_000
LEADS = max(1, TOUCHES // 20)
PERIOD = Period.parse("2026")
OFFICE = BusinessCalendar(zone="Europe/Madrid", windows={"mon-fri": ("09:00-14:00", "15:00-18:00")})


def _company(host: duckdb.DuckDBPyConnection) -> None:
    start, end = PERIOD.boundaries
    host.execute(
        """CREATE TABLE leads AS SELECT 'L' || i AS lead_id, $1 + (hash(i) % $2)::BIGINT AS created_at,
        ['organic search', 'cold call', 'customer referral'][1 + i % 3] AS source_raw FROM range($3) AS t(i)""",
        [start, end - start, LEADS],
    )
    host.execute(
        """CREATE TABLE touches AS SELECT 'L' || (hash(i) % $1)::BIGINT AS lead_id, 'email_opened' AS kind,
        $2 + (hash(i + 7) % $3)::BIGINT AS occurred_at FROM range($4) AS t(i)""",
        [LEADS, start, end - start, TOUCHES],
    )
    host.sql(
        """CREATE TABLE moves AS SELECT lead_id, 'mql' AS stage, created_at + 36000000000 AS occurred_at
        FROM leads WHERE hash(lead_id) % 3 = 0"""
    )


def _timed(what: str, begun: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{what}: {time.perf_counter() - begun:.1f} s, {peak:.2f} GiB at the most so far")


def main() -> None:
    with TemporaryDirectory() as folder:
        host = duckdb.connect(str(Path(folder) / "crm.duckdb"))
        host.sql("SET memory_limit = '1GiB'")
        host.sql(f"SET temp_directory = '{folder}'")
        begun = time.perf_counter()
        _company(host)
        _timed(f"{TOUCHES:,} touches of {LEADS:,} leads written", begun)
        frames = Frames.from_native(
            leads=host.table("leads"), touches=host.table("touches"), stage_entries=host.table("moves")
        )
        begun = time.perf_counter()
        touches = frames.select("touches", ["lead_id", "occurred_at"])
        leads = frames.select("leads", ["lead_id", "created_at"])
        timed = with_working_time(
            touches.join(leads, on="lead_id", how="inner"),
            OFFICE,
            start="created_at",
            end="occurred_at",
            name="worked",
        )
        (row,) = rows_of(timed.select(nw.len().alias("touches"), nw.col("worked").max()))
        _timed(f"working time since capture for {row['touches']:,} touches", begun)
        begun = time.perf_counter()
        result = measure_funnel(frames, Funnel.default(), period=PERIOD, by=("source",), start="lead")
        _timed(f"the funnel of {result.total['lead'].reached_count:,} leads by source", begun)


if __name__ == "__main__":
    main()
