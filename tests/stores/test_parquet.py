"""Parquet files of a store are its tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from smarketing.facts import Lead
from smarketing.frames import Frames, rows_of
from smarketing.origin import Origin
from smarketing.stores import MemoryStore, Subject
from smarketing.stores.parquet import export_parquet
from smarketing.testing import example_company

if TYPE_CHECKING:
    from pathlib import Path

    from smarketing.stores.sql import SqlStore


def test_the_files_hold_what_the_store_holds(sql_store: SqlStore, tmp_path: Path) -> None:
    """Every table that has rows, every column, in order; and frames read them."""
    with sql_store.unit() as unit:
        unit.append(example_company(seed=3, leads=40).facts())
    files = export_parquet(sql_store, tmp_path / "new" / "folder")
    assert {"leads", "deals", "closings"} < set(files)
    for name, path in files.items():
        (batch,) = sql_store.batches(name, size=10**6)
        assert pq.read_table(path).to_pydict() == {key: list(cells) for key, cells in batch.items()}
    frames = Frames.from_native(leads=pq.read_table(files["leads"]))
    assert rows_of(frames.select("leads", ["lead_id", "known_at"])) == rows_of(
        Frames.from_store(sql_store).select("leads", ["lead_id", "known_at"])
    )


def test_the_same_facts_give_the_same_bytes(sql_store: SqlStore, tmp_path: Path) -> None:
    """From any store, appended in any order."""
    facts = list(example_company(seed=3, leads=20).facts())
    memory = MemoryStore()
    for store, told in ((memory, facts), (sql_store, facts[::-1])):
        with store.unit() as unit:
            unit.append(told)
    first, second = export_parquet(memory, tmp_path / "1"), export_parquet(sql_store, tmp_path / "2")
    assert {name: path.read_bytes() for name, path in first.items()} == {
        name: path.read_bytes() for name, path in second.items()
    }


def test_a_file_is_replaced_only_by_a_whole_one(tmp_path: Path) -> None:
    """Whoever reads meanwhile, or after a failure, reads the last whole one."""

    class Failing(MemoryStore):
        def batches(self, table, **options):
            yield from super().batches(table, **options)
            if table == "leads":
                raise ZeroDivisionError

    store = Failing()
    with store.unit() as unit:
        unit.append(example_company(seed=3, leads=20).facts())
    (tmp_path / "leads.parquet").write_bytes(b"as it was")
    with pytest.raises(ZeroDivisionError):
        export_parquet(store, tmp_path)
    assert (tmp_path / "leads.parquet").read_bytes() == b"as it was"
    assert not list(tmp_path.glob("*.part")), "half a file is left"


def test_a_table_without_rows_leaves_no_file(sql_store: SqlStore, tmp_path: Path) -> None:
    """Who was erased is in no file of the folder that is written again."""
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    lead = Lead(origin=Origin(system="crm"), occurred_at=at, lead_id="L1", email="ana@example.com")
    place = tmp_path / "parquet"
    place.mkdir()
    (place / "notes.txt").write_text("the user's own")
    with sql_store.unit() as unit:
        unit.append([lead])
    assert set(export_parquet(sql_store, place)) == {"leads"}
    with sql_store.unit() as unit:
        unit.erase(Subject("lead", "L1"), at=at, asked_by="request 17")
    assert export_parquet(sql_store, place) == {}
    assert [path.name for path in place.iterdir()] == ["notes.txt"]
