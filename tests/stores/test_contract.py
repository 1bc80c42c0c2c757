"""Every store of ours keeps the promises that all stores make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smarketing.stores import MemoryStore, Store
from smarketing.stores.sql import SqlStore
from smarketing.testing import StoreContract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine


def created(engine: Engine) -> Store:
    """A new store with its tables."""
    store = SqlStore(engine)
    store.create()
    return store


class TestMemoryStore(StoreContract):
    """In memory."""

    @pytest.fixture
    def store(self) -> Store:
        """A new store."""
        return MemoryStore()


class TestSqliteFile(StoreContract):
    """In a file."""

    @pytest.fixture
    def store(self, sqlite_engine: Engine) -> Store:
        """A new store."""
        return created(sqlite_engine)


class TestSqliteMemory(StoreContract):
    """In SQLite's memory, of which every thread would have its own."""

    is_shared = False

    @pytest.fixture
    def store(self, memory_engine: Engine) -> Store:
        """A new store."""
        return created(memory_engine)


class TestPostgres(StoreContract):
    """In PostgreSQL, whose texts are ordered as people order them."""

    @pytest.fixture
    def store(self, postgres_engine: Engine) -> Store:
        """A new store."""
        return created(postgres_engine)


class TestJoined(StoreContract):
    """In a transaction of the host, who sees what it has not committed."""

    is_shared = False

    @pytest.fixture
    def store(self, engine: Engine) -> Iterator[Store]:
        """A new store, of which nothing stays."""
        with engine.connect() as connection:
            store = SqlStore(connection)
            store.create()
            yield store


def test_a_store_that_breaks_a_promise_is_noticed() -> None:
    """The contract can fail: a store that counts wrong does not pass."""

    class Forgetful(MemoryStore):
        def scan(self, *args, **options):
            return iter(list(super().scan(*args, **options))[1:])

    with pytest.raises(AssertionError):
        StoreContract().test_appending_twice_is_appending_once(Forgetful())
