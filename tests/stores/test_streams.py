"""Reading is a stream: what is in memory at once does not grow with what is kept."""

from __future__ import annotations

import tracemalloc
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from smarketing.facts import Touch
from smarketing.origin import Origin
from smarketing.serialize import dump_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from smarketing.stores.sql import SqlStore

NOON = datetime(2026, 1, 3, 12, tzinfo=UTC)
READINGS: dict[str, Callable[[SqlStore], Iterator[object]]] = {
    "facts of every kind": lambda store: store.scan(),
    "facts of one kind": lambda store: store.scan(Touch),
    "columns": lambda store: store.batches("touches", size=1_000),
    "JSON Lines": lambda store: dump_facts(store.scan()),
}


def keep(store: SqlStore, first: int, count: int) -> None:
    """Keep so many visits, a second apart."""
    with store.unit() as unit:
        unit.append(
            Touch(
                origin=Origin(system="web", record=str(number)),
                occurred_at=NOON + timedelta(seconds=number),
                lead_id=f"L-{number}",
                kind="page_viewed",
                asset="/" + f"{number:06}" * 20,
            )
            for number in range(first, first + count)
        )


def peak(store: SqlStore, read: Callable[[SqlStore], Iterator[object]]) -> int:
    """The most bytes that Python held while everything was read and thrown away."""
    tracemalloc.start()
    deque(read(store), maxlen=0)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


@pytest.mark.slow
def test_reading_takes_no_more_memory_where_there_is_more_to_read(sql_store: SqlStore) -> None:
    """Of three times as many facts, each way of reading holds as many at once as before."""
    keep(sql_store, 0, 4_000)
    few = {name: peak(sql_store, read) for name, read in READINGS.items()}
    keep(sql_store, 4_000, 8_000)
    many = {name: peak(sql_store, read) for name, read in READINGS.items()}
    assert all(many[name] < 1.5 * few[name] for name in READINGS), (few, many)
