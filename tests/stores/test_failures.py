"""What goes wrong with databases: killed processes, writers that meet, full disks, lost connections."""

from __future__ import annotations

import inspect
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, create_engine, text

from smarketing.errors import StoreError
from smarketing.facts import Touch
from smarketing.origin import Origin
from smarketing.stores.sql import SqlStore

if TYPE_CHECKING:
    from pathlib import Path

UNIT = 3_000


def touch(number: int) -> Touch:
    """A fact of its own for every number."""
    at = datetime(2026, 1, 3, tzinfo=UTC) + timedelta(seconds=number)
    return Touch(origin=Origin(record=str(number)), occurred_at=at, lead_id="L-1", kind="page_viewed")


WRITER = f"""
from __future__ import annotations
import sys
from datetime import UTC, datetime, timedelta
from sqlalchemy import create_engine
from smarketing.facts import Touch
from smarketing.origin import Origin
from smarketing.stores.sql import SqlStore

{inspect.getsource(touch)}

url, options = sys.argv[1:3]
first, units, size = map(int, sys.argv[3:])
store = SqlStore(create_engine(url, connect_args={{"options": options}} if options else {{}}))
print("ready", flush=True)
for number in range(first, first + units):
    with store.unit() as unit:
        for part in range(3):  # written out in the middle of the unit
            start = number * size + part * size // 3
            unit.append([touch(n) for n in range(start, start + size // 3)])
    print(number, flush=True)
"""


def place_of(engine: Engine) -> tuple[str, str]:
    """The address of a database, and the options that a test's schema needs."""
    url = engine.url.render_as_string(hide_password=False)
    return url, f"-c search_path={schema_of(engine)}" if engine.dialect.name == "postgresql" else ""


def schema_of(engine: Engine) -> str:
    """The schema that a test has in PostgreSQL, which is also what its connections are called."""
    with engine.connect() as connection:
        found: str = connection.execute(text("SHOW search_path")).scalar_one()
    return found


def writer(engine: Engine, first: int, units: int, size: int) -> subprocess.Popen[str]:
    """Another process that keeps so many units, and says when each one is kept."""
    command = [sys.executable, "-c", WRITER, *place_of(engine), *map(str, (first, units, size))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def ids(store: SqlStore) -> list[object]:
    """The ids of all touches."""
    return [
        fact_id for batch in store.batches("touches", columns=["fact_id"]) for fact_id in batch["fact_id"]
    ]


@pytest.mark.slow
def test_a_process_killed_in_the_middle_leaves_whole_units(sql_store: SqlStore, engine: Engine) -> None:
    """Twenty times, at twenty moments: what was said to be kept is there, and no part of anything else."""
    first = interrupted = 0
    for turn in range(20):
        process = writer(engine, first, 1000, UNIT)
        time.sleep(0.05 + turn * 0.03)
        os.kill(process.pid, signal.SIGKILL)
        said, _ = process.communicate()
        told = [int(line) for line in said.splitlines()]
        held = ids(sql_store)
        assert len(held) % UNIT == 0
        kept = len(held) // UNIT
        assert kept in {first + len(told), first + len(told) + 1}  # kept, and killed before it could say so
        interrupted += kept == first + len(told)
        first = kept
    assert interrupted > 0
    expected = [touch(number).id for number in range(first * UNIT)]
    assert ids(sql_store) == expected
    assert len(expected) > 0


@pytest.mark.slow
def test_processes_that_write_side_by_side_take_turns(sql_store: SqlStore, engine: Engine) -> None:
    """Two write the same units and one writes others: nothing is lost and nothing is doubled."""
    processes = [writer(engine, first, 12, 300) for first in (0, 0, 6)]
    assert [process.wait(120) for process in processes] == [0, 0, 0]
    for process in processes:
        process.communicate()
    assert ids(sql_store) == [touch(number).id for number in range(18 * 300)]


def test_a_full_disk_is_one_clear_error(tmp_path: Path) -> None:
    """Nothing of the unit is kept; with room again, the same facts are."""
    engine = create_engine(f"sqlite:///{tmp_path / 'facts.db'}")
    store = SqlStore(engine)
    store.create()
    facts = [touch(number) for number in range(20_000)]
    with store.unit() as unit:
        unit.append(facts[:10])

    def limit(pages: int) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    limit(400)
    with pytest.raises(StoreError, match="disk is full") as failure, store.unit() as unit:  # noqa: PT012
        unit.append(facts[:100])
        unit.append(facts)
    assert "\n" not in str(failure.value)
    with pytest.raises(StoreError, match="part of it failed"), store.unit() as unit:  # noqa: PT012
        with pytest.raises(StoreError, match="is full"):
            unit.append(facts)
        with pytest.raises(StoreError, match="part of it failed"):
            unit.append(facts[:100])
    assert len(ids(store)) == 10
    limit(1_000_000)
    with store.unit() as unit:
        unit.append(facts)
    assert len(ids(store)) == 20_000
    engine.dispose()


@pytest.mark.parametrize("moment", ["before", "within", "at the end"])
def test_a_lost_connection_is_one_clear_error(
    postgres_engine: Engine, postgres_url: str, moment: str
) -> None:
    """Whenever it is lost; nothing of the unit is kept, and the same store does it the next time."""
    store = SqlStore(postgres_engine)
    store.create()
    facts = [touch(number) for number in range(50)]
    name, others = schema_of(postgres_engine), create_engine(postgres_url)
    lose = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name")

    def cut() -> None:
        with others.connect() as connection:
            connection.execute(lose, {"name": name})
        time.sleep(0.2)

    if moment == "before":
        ids(store)
        cut()
    with pytest.raises(StoreError) as failure, store.unit() as unit:  # noqa: PT012
        unit.append(facts[:20])
        if moment == "within":
            cut()
        unit.append(facts[20:])
        if moment == "at the end":
            cut()
    assert "\n" not in str(failure.value)
    assert ids(store) == []
    with store.unit() as unit:
        unit.append(facts)
    assert len(ids(store)) == 50
    others.dispose()


def test_a_writer_that_waits_too_long_is_told(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite has one writer at a time; who gives up has lost nothing."""
    monkeypatch.setattr("smarketing.stores.sql._link._WAIT_MS", 50)
    first = SqlStore(sqlite_engine)
    first.create()
    impatient = create_engine(sqlite_engine.url, connect_args={"timeout": 0.05})
    second = SqlStore(impatient)
    with first.unit() as unit:
        unit.append([touch(1)])
        with pytest.raises(StoreError, match=r"beginning a unit failed.*locked"), second.unit():
            pass
    with second.unit() as unit:
        unit.append([touch(2)])
    assert len(ids(first)) == 2
    impatient.dispose()


def test_a_unit_that_its_own_reading_keeps_waiting_is_told_soon(tmp_path: Path) -> None:
    """In one thread nobody could read on: it does not wait for a minute, and nothing of it is kept."""
    engine = create_engine(f"sqlite:///{tmp_path / 'facts.db'}")
    store = SqlStore(engine)
    store.create()
    with store.unit() as unit:
        unit.append(map(touch, range(UNIT)))
    reading = store.scan()
    next(reading)
    began = time.monotonic()
    with pytest.raises(StoreError, match="this thread has a reading"), store.unit() as unit:
        unit.append([touch(UNIT)])
    assert time.monotonic() - began < 20
    assert len([*reading]) == UNIT - 1
    with store.unit() as unit:
        assert unit.append([touch(UNIT)]).new_count == 1
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 5_000, "the host's own"
    engine.dispose()


def test_a_file_with_a_log_of_its_writes_is_read_and_written_at_once(tmp_path: Path) -> None:
    """Even by one thread: a reading goes on with the facts as they were when it began."""
    engine = create_engine(f"sqlite:///{tmp_path / 'facts.db'}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    store = SqlStore(engine)
    store.create()
    with store.unit() as unit:
        unit.append(map(touch, range(UNIT)))
    found = 0
    for _ in store.scan():
        if found == 0:
            with store.unit() as unit:
                unit.append([touch(UNIT)])
        found += 1
    assert (found, len(ids(store))) == (UNIT, UNIT + 1)
    engine.dispose()
