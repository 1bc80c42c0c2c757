"""Databases to keep facts in: SQLite in a file and in memory, and PostgreSQL where there is one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, text

from smarketing.stores.sql import SqlStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite database in a file."""
    engine = create_engine(f"sqlite:///{tmp_path / 'facts.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def memory_engine() -> Iterator[Engine]:
    """A SQLite database in memory."""
    engine = create_engine("sqlite://")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """Where PostgreSQL is; `scripts/postgres.sh` starts one."""
    url = os.environ.get("SMARKETING_POSTGRES_URL")
    if not url:
        pytest.skip(
            "SMARKETING_POSTGRES_URL does not say where PostgreSQL is: scripts/postgres.sh starts one"
        )
    return url


@pytest.fixture
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    """A PostgreSQL whose default schema is new and empty."""
    schema = f"test_{uuid4().hex[:12]}"
    options = f"-c search_path={schema} -c application_name={schema}"
    engine = create_engine(postgres_url, connect_args={"options": options})
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield engine
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Either of the databases that keep facts for good."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


@pytest.fixture
def sql_store(engine: Engine) -> SqlStore:
    """A new store in either of them."""
    store = SqlStore(engine)
    store.create()
    return store
