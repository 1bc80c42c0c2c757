"""The store in a database: a guest in the host's engine, transaction, metadata and migrations."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import attrs
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    inspect,
    select,
    text,
)
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from smarketing.dataset import Dataset
from smarketing.errors import InvalidTermsError, StoreError
from smarketing.facts import Deal, Fact, Lead, Line, Touch
from smarketing.origin import Origin
from smarketing.schema import TABLES
from smarketing.stores import MemoryStore, Position, Store, Subject
from smarketing.stores.sql import SCHEMA_VERSION, SqlStore, add_tables
from smarketing.testing import example_company
from smarketing.testing.strategies import any_facts, timelines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

NOON = datetime(2026, 1, 3, 12, tzinfo=UTC)


def touches(n: int) -> list[Touch]:
    """So many facts, a minute apart."""
    return [
        Touch(
            origin=Origin(system="web", record=str(number)),
            occurred_at=NOON + timedelta(minutes=number),
            lead_id="L-1",
            kind="page_viewed",
        )
        for number in range(n)
    ]


def append(store: Store, facts: Iterable[Fact]) -> None:
    """Keep facts, in one unit."""
    with store.unit() as unit:
        unit.append(facts)


def count(store: Store) -> int:
    """How many facts a store holds."""
    return sum(len(batch["fact_id"]) for name in TABLES for batch in store.batches(name, columns=["fact_id"]))


@contextmanager
def in_memory() -> Iterator[SqlStore]:
    """A new store in a SQLite of its own."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    store = SqlStore(engine)
    store.create()
    try:
        yield store
    finally:
        engine.dispose()


@given(st.lists(any_facts(), max_size=20), st.integers(0, 20))
def test_a_database_holds_what_memory_holds(facts: list[Fact], cut: int) -> None:
    """Whatever the facts are: the same ones, in the same order, in the same columns."""
    with in_memory() as first:
        second = MemoryStore()
        for store in (first, second):
            append(store, facts[:cut])
            append(store, facts[cut:] + facts[:3])
        assert list(first.scan()) == list(second.scan())
        assert all(rows_of(first, name) == rows_of(second, name) for name in TABLES)


def rows_of(store: Store, name: str) -> list[dict[str, list[object]]]:
    """The batches of a table, as lists."""
    return [{key: list(cells) for key, cells in batch.items()} for batch in store.batches(name)]


@given(timelines())
def test_a_dataset_comes_back_equal(facts: list[Fact]) -> None:
    """Read, kept, and read again: nothing is lost, and nothing is said twice."""
    dataset = Dataset(facts=facts)
    with in_memory() as store:
        append(store, dataset.facts)
        assert Dataset(facts=store.scan()) == dataset


def test_the_example_company_comes_back_equal(sql_store: SqlStore) -> None:
    """On both databases, and also by pages."""
    dataset = Dataset(facts=example_company(seed=3, leads=40).facts())
    append(sql_store, dataset.facts)
    assert Dataset(facts=sql_store.scan()) == dataset
    found: list[Fact] = []
    while page := list(sql_store.scan(after=Position.of(found[-1]) if found else None, limit=100)):
        found += page
    assert Dataset(facts=found) == dataset


def test_more_facts_than_are_written_at_once(sql_store: SqlStore) -> None:
    """Pieces join without a seam, with the lines of deals where they belong."""
    deals = [
        Deal(
            origin=Origin(record=f"D-{number}"),
            occurred_at=NOON + timedelta(seconds=number // 3),
            deal_id=f"D-{number}",
            expected_close_on=date(2026, 3, 1) if number % 2 else None,
            lines=tuple(Line(product=f"P-{number}", amount_minor=part) for part in range(number % 3)),
        )
        for number in range(11_000)
    ]
    append(sql_store, deals)
    assert list(sql_store.scan(Deal)) == sorted(deals, key=Position.of)
    assert count(sql_store) == 22_000 - 1


def test_no_table_is_made_by_surprise(engine: Engine) -> None:
    """A store without tables says what to do; `create` may be called again."""
    store = SqlStore(engine)
    with pytest.raises(StoreError, match=r"call the store's create\(\) first"):
        store.scan()
    with pytest.raises(StoreError, match="create"), store.unit():
        pass
    assert inspect(engine).get_table_names() == []
    store.create()
    append(store, touches(2))
    store.create()
    assert count(store) == 2


@pytest.mark.parametrize("word", ["a b", "1a", 'x"y', "a;", "ñ", "a" * 31])
def test_names_are_checked(word: str) -> None:
    """Nothing that is no plain identifier comes near a statement."""
    with pytest.raises(InvalidTermsError, match="cannot name tables"):
        add_tables(MetaData(), prefix=word)
    with pytest.raises(InvalidTermsError, match="cannot name tables"):
        add_tables(MetaData(), schema=word)


def test_only_databases_that_are_tested_are_taken() -> None:
    """Another driver counts rows in its own way."""
    with pytest.raises(StoreError, match=r"no store can be kept with sqlite\+pysqlcipher"):
        SqlStore(create_engine("sqlite+pysqlcipher://", module=sqlite3))


def test_stores_with_other_prefixes_share_nothing(engine: Engine) -> None:
    """Two companies in one database."""
    first, second = (SqlStore(engine, prefix=prefix) for prefix in ("one_", "two_"))
    first.create()
    second.create()
    append(first, touches(2))
    assert (count(first), count(second)) == (2, 0)


def test_a_schema_of_its_own(postgres_engine: Engine) -> None:
    """All tables live in it, and are found there."""
    with postgres_engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA smarketing_own"))
    try:
        store = SqlStore(postgres_engine, schema="smarketing_own", prefix="")
        store.create()
        append(store, touches(2))
        assert count(store) == 2
        assert set(TABLES) < set(inspect(postgres_engine).get_table_names("smarketing_own"))
        assert inspect(postgres_engine).get_table_names() == []
    finally:
        with postgres_engine.begin() as connection:
            connection.execute(text("DROP SCHEMA smarketing_own CASCADE"))


def test_the_hosts_migrations_see_no_difference(engine: Engine) -> None:
    """Alembic's autogenerate, with the store's tables in the host's metadata, has nothing to add."""
    metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(column_0_label)s"})
    Table("users", metadata, Column("id", Integer, primary_key=True), Column("name", Text))
    tables = add_tables(metadata, prefix="crm_")
    store = SqlStore(engine, metadata, prefix="crm_")
    assert store.tables.facts["leads"] is tables.facts["leads"]
    metadata.create_all(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    append(store, touches(2))
    assert count(store) == 2


def test_a_difference_would_be_seen(engine: Engine) -> None:
    """The test above can fail."""
    metadata = MetaData()
    add_tables(metadata)
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE smarketing_leads DROP COLUMN team"))
    with engine.connect() as connection:
        assert [
            change[0] for change in compare_metadata(MigrationContext.configure(connection), metadata)
        ] == ["add_column"]


def test_earlier_tables_are_brought_up_to_date(engine: Engine) -> None:
    """Missing columns and tables are added, and the facts that are there stay."""
    store = SqlStore(engine)
    store.create()
    append(store, touches(2))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE smarketing_touches DROP COLUMN topic"))
        connection.execute(text("DROP TABLE smarketing_flips"))
        connection.execute(store.tables.version.update().values(version=SCHEMA_VERSION - 1))
    with pytest.raises(StoreError, match=r"call the store's migrate\(\)"):
        SqlStore(engine).scan()
    store.migrate()
    assert [fact.lead_id for fact in SqlStore(engine).scan(Touch)] == ["L-1", "L-1"]
    assert list(store.batches("flips")) == []


def test_later_tables_are_left_alone(engine: Engine) -> None:
    """Another release may keep what this one would lose."""
    store = SqlStore(engine)
    store.create()
    with engine.begin() as connection:
        connection.execute(store.tables.version.update().values(version=SCHEMA_VERSION + 1))
    for use in (SqlStore(engine).scan, SqlStore(engine).migrate):
        with pytest.raises(StoreError, match="upgrade smarketing"):
            use()


def test_the_caller_commits(engine: Engine) -> None:
    """Within a transaction of the host all is kept, or not, together with the host's own rows."""
    SqlStore(engine).create()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE own (id INTEGER)"))
    for word, kept in (("rollback", 0), ("commit", 1)):
        with engine.connect() as connection:
            store = SqlStore(connection)
            append(store, touches(1))  # on SQLite, before the host's transaction has begun at the driver
            connection.execute(text("INSERT INTO own VALUES (1)"))
            append(store, touches(2))
            assert count(store) == 2
            assert connection.in_transaction()
            getattr(connection, word)()
        assert count(SqlStore(engine)) == 2 * kept
        with engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM own")).scalar_one() == kept


def test_a_unit_that_fails_leaves_the_callers_transaction(engine: Engine) -> None:
    """What the host did before and does after is its own."""
    SqlStore(engine).create()
    with engine.begin() as connection:
        store = SqlStore(connection)
        append(store, touches(1))
        with pytest.raises(ZeroDivisionError), store.unit() as unit:  # noqa: PT012
            unit.append(touches(3))
            raise ZeroDivisionError
        with pytest.raises(StoreError, match="keeping facts failed"):
            append(store, [attrs.evolve(touches(1)[0], lead_id="\ud800")])
        append(store, touches(2))
    assert count(SqlStore(engine)) == 2


def test_a_session_is_joined(engine: Engine) -> None:
    """As a Connection is."""
    SqlStore(engine).create()
    with Session(engine) as session:
        append(SqlStore(session), touches(3))
        session.rollback()
        append(SqlStore(session), touches(2))
        session.commit()
    assert count(SqlStore(engine)) == 2


def test_a_host_that_begins_transactions_itself(sqlite_engine: Engine) -> None:
    """The recipe of SQLAlchemy's manual for SQLite, with which the driver begins nothing."""
    event.listen(sqlite_engine, "connect", lambda driver, _: setattr(driver, "isolation_level", None))
    event.listen(sqlite_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    store = SqlStore(sqlite_engine)
    store.create()
    append(store, touches(2))
    assert count(store) == 2


def test_settings_of_the_hosts_connection_stay(sqlite_engine: Engine) -> None:
    """What a unit needs, it puts back."""
    store = SqlStore(sqlite_engine)
    store.create()
    words = ("busy_timeout", "secure_delete", "journal_mode", "synchronous")

    def settings() -> list[object]:
        with sqlite_engine.connect() as connection:
            return [connection.exec_driver_sql(f"PRAGMA {word}").scalar() for word in words]

    before = settings()
    with store.unit() as unit:
        unit.append(touches(2))
        unit.erase(Subject("lead", "L-1"), at=NOON, asked_by="ticket 7")
    assert settings() == before


def test_a_scan_may_be_left_half_way(sql_store: SqlStore) -> None:
    """Writing goes on, and the connection comes back."""
    append(sql_store, touches(5000))
    scan = sql_store.scan()
    assert next(scan) == touches(1)[0]
    scan.close()  # type: ignore[attr-defined]
    append(sql_store, touches(5001))
    assert count(sql_store) == 5001


def test_in_memory_a_unit_can_be_read_beside(memory_engine: Engine) -> None:
    """There is one connection for both: the reading must not end the unit."""
    store = SqlStore(memory_engine)
    store.create()
    append(store, touches(2))
    scan = store.scan()
    next(scan)
    with store.unit() as unit:
        unit.append(touches(3))
        assert count(store) == 3
        unit.append(touches(4))
    assert count(store) == 4
    assert len(list(scan)) == 1


def test_who_is_erased_is_not_in_the_file_either(tmp_path: Path) -> None:
    """SQLite would only forget where the rows were."""
    path = tmp_path / "facts.db"
    engine = create_engine(f"sqlite:///{path}")
    store = SqlStore(engine)
    store.create()
    lead = Lead(origin=Origin(record="L-1"), occurred_at=NOON, lead_id="L-1", email="ana@example.org")
    append(store, [lead, *touches(50)])
    assert b"ana@example.org" in path.read_bytes()
    with store.unit() as unit:
        unit.erase(Subject("lead", "L-1"), at=NOON, asked_by="ticket 7")
    engine.dispose()
    held = path.read_bytes()
    assert b"ana@example.org" not in held
    assert b"page_viewed" not in held


@pytest.mark.parametrize("word", ["a\x00b", "\ud800"])
def test_what_a_database_cannot_hold_is_said_without_quoting_it(postgres_engine: Engine, word: str) -> None:
    """One clear error, nothing of the unit kept, and no value in the message."""
    store = SqlStore(postgres_engine)
    store.create()
    secret = Lead(
        origin=Origin(record="L-1"), occurred_at=NOON, lead_id="L-1", email="ana@example.org", name=word
    )
    with pytest.raises(StoreError) as failure:
        append(store, [secret])
    assert "ana" not in str(failure.value)
    assert count(store) == 0


def test_too_large_numbers_are_refused(sql_store: SqlStore) -> None:
    """Integers are 64 bits wide everywhere; a caller that goes on loses the unit, not a part of it."""
    deal = Deal(origin=Origin(), occurred_at=NOON, deal_id="D-1", amount_minor=2**63)
    with pytest.raises(StoreError, match="a part of it failed"), sql_store.unit() as unit:  # noqa: PT012
        unit.append(touches(2))
        with pytest.raises(StoreError, match="keeping facts failed"):
            unit.append([deal])
    assert count(sql_store) == 0


def test_the_tables_can_be_queried_beside_the_store(sql_store: SqlStore, engine: Engine) -> None:
    """Real columns, with the names of the schema."""
    append(sql_store, touches(3))
    touched = sql_store.tables.facts["touches"]
    with engine.connect() as connection:
        assert connection.execute(select(touched.c.lead_id).distinct()).scalars().all() == ["L-1"]
