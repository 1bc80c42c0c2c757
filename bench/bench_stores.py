"""What keeping facts costs over the bare database, and reading them back over the engine's own reader.

Targets: appending at least 0.7 times as fast as `executemany` of the same rows into the same table; reading
into frames at least 0.7 times as fast as `polars.read_database` of the same table; a million touches, with the
leads, moves and deals that they belong to, stored and reviewed again from the store in under 60 seconds and 1 GiB.

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
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import Engine, create_engine, text

from smarketing import load_agreement, render, review_period
from smarketing.facts import Deal, DealClosed, Fact, Lead, Outcome, StageEntered, Touch
from smarketing.frames import Frames
from smarketing.origin import Origin
from smarketing.stores._columns import columns_of, names_of
from smarketing.stores.sql import SqlStore
from smarketing.testing import example_company

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS = 200_000
MILLION = 1_000_000
LEADS = 50_000
TURNS = 5
TARGET = 0.7
START = datetime(2026, 1, 1, tzinfo=UTC)


def touches(n: int, leads: int = 9973) -> Iterator[Touch]:
    for number in range(n):
        yield Touch(
            origin=Origin(system="web", table="events", record=f"E-{number}"),
            occurred_at=START + timedelta(seconds=number),
            lead_id=f"L-{number % leads}",
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


def company() -> Iterator[Fact]:
    """Leads, of whom half become MQL and a quarter SQL; a fifth have a deal, and most deals are closed."""
    for number in range(LEADS):
        at, lead_id = START + timedelta(seconds=600 * number), f"L-{number}"
        yield Lead(
            origin=Origin(system="crm", table="leads", record=lead_id),
            occurred_at=at,
            created_at=at,
            lead_id=lead_id,
            owner_id=f"owner-{number % 40}",
            source_raw=("Organic Search", "Cold call", "Partner", "Trade fair", None)[number % 5],
            channel=("search", "phone", "event")[number % 3],
            campaign_id=f"C-{number % 20}",
            persona=("engineer", "buyer")[number % 2],
        )
        for stage, every in (("mql", 2), ("sql", 4)):
            if number % every == 0:
                origin = Origin(system="crm", table="moves", record=f"{lead_id}-{stage}")
                moved_at = at + timedelta(days=every, minutes=number % 977)
                yield StageEntered(origin=origin, occurred_at=moved_at, lead_id=lead_id, stage=stage)
        if number % 5 == 0:
            origin = Origin(system="crm", table="deals", record=f"D-{number}")
            deal = {"deal_id": f"D-{number}", "amount_minor": 1_000 * (number % 313), "currency": "EUR"}
            opened_at = at + timedelta(days=10)
            yield Deal(
                origin=origin,
                occurred_at=opened_at,
                created_at=opened_at,
                lead_id=lead_id,
                owner_id=f"owner-{number % 40}",
                pipeline="sales",
                **deal,
            )
            if number % 15:
                outcome = Outcome.WON if number % 2 else Outcome.LOST
                closed_at = opened_at + timedelta(days=number % 60)
                yield DealClosed(origin=origin, occurred_at=closed_at, outcome=outcome, **deal)


def a_million(url: str) -> None:
    """In a process of its own, for its memory to be its own."""
    agreement = load_agreement(example_company(seed=1, leads=1).agreement_toml())
    store = emptied(create_engine(url))
    begin, worked = time.perf_counter(), time.process_time()
    with store.unit() as unit:
        new_count = unit.append(chain(touches(MILLION, LEADS), company())).new_count
    stored = time.perf_counter()
    assert new_count > MILLION + LEADS
    frames = Frames.from_store(store)
    read_back = time.perf_counter()
    assert len(frames["touches"].select("fact_id").collect()) == MILLION
    review = review_period(frames, agreement, period=agreement.period("2026"))
    page = render(review.to_report(), "html")
    done, busy = time.perf_counter(), time.process_time() - worked
    assert review.funnel.total["lead"].reached_count == LEADS
    assert page.content
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(
        f"{url.partition(':')[0]} 1 M touches of {LEADS:,} leads: made and stored {stored - begin:.1f} s, "
        f"read back {read_back - stored:.1f} s, reviewed {done - read_back:.1f} s, "
        f"together {done - begin:.1f} s (target 60; {busy:.1f} s of processor), "
        f"peak {peak:.2f} GiB (target 1)"
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
