"""What keeping facts costs over the bare database, and reading them back over the engine's own reader.

Targets: appending at least 0.7 times as fast as `executemany` of the same rows into the same table; reading
into frames at least 0.7 times as fast as `polars.read_database` of the same table; a million touches stored
and read back in under 60 seconds and 1 GiB.

Both sides take turns, and the fastest turn of each counts: what the machine does besides can only add. The
ids of the facts are known when appending is timed, as the rows of the other side are; what it costs to make
ids is printed beside. PostgreSQL is measured where SMARKETING_POSTGRES_URL says where it is.
"""

from __future__ import annotations

import gc
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import Engine, create_engine, text

from smarketing.facts import Touch
from smarketing.frames import Frames
from smarketing.origin import Origin
from smarketing.stores._columns import columns_of, names_of
from smarketing.stores.sql import SqlStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS = 200_000
MILLION = 1_000_000
TURNS = 5
TARGET = 0.7
START = datetime(2026, 1, 1, tzinfo=UTC)


def touches(n: int) -> Iterator[Touch]:
    for number in range(n):
        yield Touch(
            origin=Origin(system="web", table="events", record=f"E-{number}"),
            occurred_at=START + timedelta(seconds=number),
            lead_id=f"L-{number % 9973}",
            kind="page_viewed",
            channel="organic search",
            campaign_id=f"C-{number % 20}",
            asset=f"/page/{number % 300}",
        )


def timed(run: Callable[..., Any], *arguments: Any) -> float:
    gc.collect()
    begin = time.perf_counter()
    run(*arguments)
    return time.perf_counter() - begin


def emptied(engine: Engine) -> SqlStore:
    store = SqlStore(engine)
    store.tables.version.metadata.drop_all(engine)
    store.create()
    return store


def raw_append(engine: Engine, rows: list[tuple[Any, ...]]) -> None:
    mark = "?" if engine.dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * len(rows[0]))
    connection = engine.raw_connection()
    cursor = connection.cursor()
    cursor.executemany(f"INSERT INTO smarketing_touches VALUES ({marks})", rows)
    connection.commit()
    connection.close()


def append(store: SqlStore, facts: list[Touch]) -> None:
    with store.unit() as unit:
        assert unit.append(facts).new_count == len(facts)


def read_raw(engine: Engine) -> pl.DataFrame:
    with engine.connect() as connection:
        rows = text("SELECT * FROM smarketing_touches")
        return pl.read_database(rows, connection, infer_schema_length=None)


def read(store: SqlStore) -> pl.DataFrame:
    return Frames.from_store(store, tables=["touches"])["touches"].collect()


def compare(engine: Engine, facts: list[Touch]) -> None:
    name = engine.dialect.name
    rows = list(zip(*columns_of("touches", facts), strict=True))
    assert names_of("touches")[-1] == "traits"
    appending, reading = [], []
    for _ in range(TURNS):
        emptied(engine)
        by_hand = timed(raw_append, engine, rows)
        store = emptied(engine)
        appending.append((by_hand, timed(append, store, facts)))
        reading.append((timed(read_raw, engine), timed(read, store)))
    for what, found in (("append", appending), ("read  ", reading)):
        by_hand, ours = (min(column) for column in zip(*found, strict=True))
        ratio = f"ratio {by_hand / ours:.2f} (target {TARGET})"
        print(f"{name} {what}: smarketing {ours:.2f} s, by hand {by_hand:.2f} s, {ratio}")
    print(f"{name} append the same again: {timed(append_again, store, facts):.2f} s")


def append_again(store: SqlStore, facts: list[Touch]) -> None:
    with store.unit() as unit:
        assert unit.append(facts).known_count == len(facts)


def a_million(url: str) -> None:
    """In a process of its own, for its memory to be its own."""
    store = emptied(create_engine(url))
    begin = time.perf_counter()
    with store.unit() as unit:
        unit.append(touches(MILLION))
    stored = time.perf_counter()
    found = read(store)
    done = time.perf_counter()
    assert len(found) == MILLION
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(
        f"{url.partition(':')[0]} 1 M touches: made and stored {stored - begin:.1f} s, read back "
        f"{done - stored:.1f} s, together {done - begin:.1f} s (target 60), peak {peak:.2f} GiB (target 1)"
    )


def main() -> None:
    if len(sys.argv) == 2:
        a_million(sys.argv[1])
        return
    with tempfile.TemporaryDirectory() as folder:
        urls = [f"sqlite:///{Path(folder) / 'facts.db'}", os.environ.get("SMARKETING_POSTGRES_URL")]
        facts = list(touches(ROWS))
        made = timed(lambda: [fact.id for fact in facts])
        print(f"{ROWS:,} touches; making their ids {made:.2f} s")
        for url in filter(None, urls):
            compare(create_engine(url), facts)
        for url in filter(None, urls):
            subprocess.run([sys.executable, __file__, url], check=True)


if __name__ == "__main__":
    main()
