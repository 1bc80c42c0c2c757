"""The commands that keep facts: `ingest`, `facts`, `erase`, and the store that `review` may read."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from smarketing.cli._say import say, spare
from smarketing.errors import MissingExtraError, UnknownNameError, UnreadableFileError, did_you_mean

if TYPE_CHECKING:
    from smarketing.dataset import Dataset
    from smarketing.facts import Fact
    from smarketing.stores.sql import SqlStore

__all__ = ["add_commands", "append", "opened", "store_option"]

_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands; `ingest` reads files as `check` does and gets those options elsewhere."""
    facts = commands.add_parser("facts", help="print or export the facts that a store keeps")
    store_option(facts, required=True)
    facts.add_argument("--kind", metavar="TABLE", help="only one kind, such as leads, touches or closings")
    facts.add_argument("--lead", metavar="ID", help="only what names this lead")
    facts.add_argument("--deal", metavar="ID", help="only what names this deal")
    facts.add_argument("--limit", type=int, metavar="N", help="at most so many")
    facts.add_argument("--out", type=Path, metavar="FILE", help="write JSON Lines here")
    facts.add_argument("--parquet", type=Path, metavar="FOLDER", help="export every table as a Parquet file")
    facts.set_defaults(run=_facts)

    erase = commands.add_parser("erase", help="remove somebody from a store, and record it")
    store_option(erase, required=True)
    erase.add_argument("kind", help="lead, account, colleague, campaign, deal or order")
    erase.add_argument("id", help="as facts name it")
    erase.add_argument("--asked-by", required=True, metavar="WHO", help="a request's number or a role")
    erase.set_defaults(run=_erase)


def store_option(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Declare `--store`."""
    parser.add_argument(
        "--store",
        required=required,
        metavar="URL",
        help="where facts are kept: sqlite:///facts.db, postgresql://user@host/database",
    )


@contextmanager
def opened(url: str, *, to_write: bool = False) -> Iterator[SqlStore]:
    """The store at a database's address, its tables made if they are not there.

    Args:
        url: The address.
        to_write: Whether facts are to be kept in it: only then is a SQLite file made where there is none.

    Raises:
        MissingExtraError: What the database needs is not installed.
        UnknownNameError: The address is none.
        UnreadableFileError: It is to be read, and its file is not there.
        StoreError: The database failed.
    """
    from smarketing.stores.sql import SqlStore

    from sqlalchemy import create_engine  # isort: skip -- the line above says what to install without it
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    scheme, colon, rest = url.partition("://")
    try:
        engine = create_engine(f"{_DRIVERS.get(scheme, scheme)}{colon}{rest}")
    except (ArgumentError, NoSuchModuleError):
        raise UnknownNameError(f"{scheme!r} is no address of a store: write sqlite:///facts.db") from None
    except ModuleNotFoundError as error:
        if not scheme.startswith("postgresql"):
            raise UnknownNameError(
                f"{scheme!r} is no store known here: SQLite (sqlite:///facts.db) and PostgreSQL are"
            ) from None
        raise MissingExtraError("postgresql", "keeping facts in PostgreSQL", str(error.name)) from None
    file = engine.url.database
    if not to_write and engine.dialect.name == "sqlite" and file and not Path(file).exists():
        raise UnreadableFileError(f"{file}: there is no store; `smarketing ingest` makes one")
    try:
        store = SqlStore(engine)
        store.create()
        yield store
    finally:
        engine.dispose()


def append(store: SqlStore, dataset: Dataset) -> None:
    """Keep what was read, all or nothing, and say how much of it was new; who was erased stays erased."""
    from smarketing.stores import erased_before

    erasures = store.erasures()
    asked_by = {erasure.subject_hash: erasure.asked_by for erasure in erasures}
    again = erased_before(dataset.facts, erasures)
    with store.unit() as unit:
        appended = unit.append(dataset.facts)
        for subject in again:
            unit.erase(subject, at=datetime.now(UTC), asked_by=asked_by[subject.hash])
    if again:
        say(f"{len(again):,} erased before are named in it, and were erased again")
    say(f"{appended.new_count:,} new facts kept, {appended.known_count:,} known already")


def _facts(options: argparse.Namespace) -> int:
    from smarketing.serialize import dump_facts

    with opened(options.store) as store:
        if options.parquet:
            from smarketing.stores.parquet import export_parquet

            for table, path in export_parquet(store, options.parquet).items():
                say(f"{table}: {path.resolve()}")
            return 0
        lines = dump_facts(_chosen(store, options))
        if options.out is None:
            for line in lines:
                say(line)
            return 0
        spare(options.out)
        with options.out.open("x", encoding="utf-8", newline="\n") as file:
            count = sum(1 for line in lines if file.write(line + "\n"))
    say(f"{count:,} facts written to {options.out.resolve()}")
    return 0


def _chosen(store: SqlStore, options: argparse.Namespace) -> Iterator[Fact]:
    named = {"lead_id": options.lead, "deal_id": options.deal}
    wanted = {field: record for field, record in named.items() if record is not None}
    count = 0
    for fact in store.scan(_kind(options.kind)):
        if options.limit is not None and count >= options.limit:
            return
        if all(getattr(fact, field, None) == record for field, record in wanted.items()):
            count += 1
            yield fact


def _kind(table: str | None) -> type[Fact] | None:
    from smarketing.facts import KINDS

    kinds = {kind.TABLE: kind for kind in KINDS}
    if table is None or table in kinds:
        return kinds[table] if table else None
    raise UnknownNameError(f"there is no kind of fact {table!r}{did_you_mean(table, kinds)}")


def _erase(options: argparse.Namespace) -> int:
    from smarketing.stores import Subject

    subject = Subject(options.kind, options.id)
    with opened(options.store) as store, store.unit() as unit:
        erasure = unit.erase(subject, at=datetime.now(UTC), asked_by=options.asked_by)
    if not (erasure.removed_count or erasure.renamed_count):
        say(f"No fact here names that {options.kind}: nothing was removed; the request is recorded.")
        return 0
    kept = f"{erasure.renamed_count:,} kept without the name"
    say(f"The {options.kind} is erased: {erasure.removed_count:,} facts removed, {kept}")
    return 0
