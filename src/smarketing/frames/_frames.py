"""`Frames`: the facts as tables of the user's own dataframe engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.errors import UnknownNameError, checked_kind, did_you_mean
from smarketing.frames._engines import (
    Engine,
    check_engine,
    distinct_values,
    make_table,
    missing,
    rows_of,
    settle,
)
from smarketing.frames._entry import enter
from smarketing.frames._from_store import TOLD, VERSIONED, tables_from_store
from smarketing.frames._values import columns_of
from smarketing.periods import from_micros, to_micros
from smarketing.schema import TABLES, TRAIT_PREFIX, ColumnType, Table

if TYPE_CHECKING:
    from smarketing.facts import Fact
    from smarketing.frames._values import Cell
    from smarketing.stores import Store

__all__ = ["Frames", "checked_frames"]

SAID = "said_count"
_ORIGIN = ("origin_system", "origin_table", "origin_record")
_OF_ANY = frozenset({"fact_id", "occurred_at", "known_at", "precision", *_ORIGIN})
"""What a fact of any kind has, whatever it says."""


@attrs.frozen(kw_only=True, eq=False)
class Frames:
    """One table per kind of fact, all of one dataframe engine, instants as Int64 microseconds UTC.

    Made by `from_dataset`, `from_store` or `from_native`, never changed: `as_of` gives another one. What a
    table lacks reads as missing, and a table that was not given reads as empty; neither is an error.

    Attributes:
        backend: "polars", "pandas", "pyarrow", "duckdb" or "pyspark".

    Example:
        >>> import polars as pl
        >>> leads = pl.DataFrame({"id": ["L1"], "created": ["2026-01-05T09:00+01:00"]})
        >>> leads = leads.with_columns(pl.col("created").str.to_datetime(time_zone="UTC"))
        >>> columns = {"leads": {"lead_id": "id", "created_at": "created"}}
        >>> frames = Frames.from_native(leads=leads, columns=columns)
        >>> frames.names, frames.backend
        (('leads',), 'polars')
    """

    backend: Engine
    _tables: Mapping[str, nw.LazyFrame[Any]] = attrs.field(repr=False, alias="tables")
    _cutoff: int | None = attrs.field(default=None, alias="cutoff")

    @classmethod
    def from_dataset(cls, facts: Iterable[Fact], *, backend: str = "polars") -> Frames:
        """Frames of facts that are at hand as objects (a `Dataset`, or any iterable of facts).

        Each fact is a row once; of repetitions, the one known earliest stays.

        Raises:
            UnknownNameError: There is no such engine.
            MissingExtraError: The engine is not installed.
        """
        checked = check_engine(backend)
        first_known: dict[str, Fact] = {}
        for fact in facts:
            kept = first_known.setdefault(fact.id, fact)
            if fact.known_at < kept.known_at:
                first_known[fact.id] = fact
        ordered = sorted(first_known.values(), key=lambda fact: (fact.occurred_at, fact.id))
        tables = {name: make_table(checked, *columns) for name, columns in columns_of(ordered).items()}
        return cls(backend=checked, tables=tables)

    @classmethod
    def from_store(
        cls,
        store: Store,
        *,
        tables: Iterable[str] | None = None,
        as_of: datetime | None = None,
        backend: str = "polars",
    ) -> Frames:
        """Frames of what a store holds, read in batches of columns; no fact is made.

        Args:
            store: Where the facts are kept.
            tables: Only these tables of the schema, by default all; retractions come in any case.
            as_of: Only what was known before this instant, which spares the reading of the rest.
            backend: The dataframe engine.

        Raises:
            UnknownNameError: There is no such engine, or no such table.
            MissingExtraError: The engine is not installed.
        """
        checked = check_engine(backend)
        found = tables_from_store(store, checked, tables=tables, as_of=as_of)
        return cls(backend=checked, tables=found, cutoff=None if as_of is None else to_micros(as_of))

    @classmethod
    def from_native(
        cls,
        *,
        columns: Mapping[str, Mapping[str, str]] | None = None,
        zone: str | None = None,
        **tables: object,
    ) -> Frames:
        """Frames of tables that are the user's own: Polars (lazy too), pandas, PyArrow or DuckDB relations.

        Nothing is copied that need not be. A table has at least its required columns and `occurred_at` (for
        records, `created_at` will do); `known_at` is taken to be `occurred_at` where it is not given.

        Args:
            columns: For each table, the user's column for each of ours, where the names differ.
            zone: The time zone in which naive instants and bare dates are to be read.
            tables: Native tables by the names of `smarketing.schema.TABLES`.

        Raises:
            InvalidFramesError: With every fault of every table at once, and the nearest known names.
            InvalidTermsError: There is no such zone.
        """
        engine, entered = enter(tables, columns or {}, zone)
        return cls(backend=engine, tables=entered)

    @property
    def names(self) -> tuple[str, ...]:
        """The tables that were given, in the order of the schema."""
        return tuple(name for name in TABLES if name in self._tables)

    def __getitem__(self, name: str) -> Any:
        """The user's own kind of table, as of the moment that these frames are of."""
        return self.select(name).to_native()

    def as_of(self, at: datetime) -> Frames:
        """The same frames as they could be read before an instant: both clocks of a fact lie before it."""
        cutoff = to_micros(at)
        return attrs.evolve(self, cutoff=cutoff if self._cutoff is None else min(cutoff, self._cutoff))

    def of_leads(self, lead_ids: Iterable[str]) -> Frames:
        """The same frames with the rows of these leads alone; tables that name no lead stay as they are."""
        ids = sorted(set(lead_ids))
        lead = nw.col("lead_id")
        asked = lead.is_in(ids) if ids else lead.is_null() & ~lead.is_null()
        return attrs.evolve(
            self,
            tables={
                name: rows.filter(asked) if "lead_id" in self.held(name) else rows
                for name, rows in self._tables.items()
            },
        )

    @property
    def cutoff(self) -> datetime | None:
        """The instant that these frames are of, or None for everything that is known."""
        return None if self._cutoff is None else from_micros(self._cutoff)

    def held(self, name: str) -> tuple[str, ...]:
        """The columns that a table really came with; the schema's other ones read as missing."""
        return tuple(self._tables[name].collect_schema().names()) if name in self._tables else ()

    def span(self, name: str, column: str = "occurred_at") -> tuple[datetime, datetime] | tuple[()]:
        """The first and the last instant in a column of a table, or nothing where it has none."""
        at = nw.col(column)
        (row,) = rows_of(self.select(name, [column]).select(at.min().alias("first"), at.max().alias("last")))
        return () if row["first"] is None else (from_micros(row["first"]), from_micros(row["last"]))

    def distinct(self, name: str, column: str) -> list[Any]:
        """The distinct values in a column of a table, of all its rows, whether or not they count.

        For whoever makes sets of words out of them, in which a word more does no harm: to leave rows out
        costs more than to read them.
        """
        if column not in self.held(name):
            return []
        return distinct_values(self._tables[name], column)

    def traits(self, name: str) -> tuple[str, ...]:
        """The company's own fields of a table, without their prefix."""
        own = (column for column in self.held(name) if column.startswith(TRAIT_PREFIX))
        return tuple(column.removeprefix(TRAIT_PREFIX) for column in own)

    def select(self, name: str, columns: Sequence[str] | None = None) -> nw.LazyFrame[Any]:
        """The rows of a table that count, with just the columns asked for, as a Narwhals lazy frame.

        Args:
            name: A table of the schema.
            columns: Its columns, or `trait_<name>`; by default all that it has.

        Raises:
            UnknownNameError: The schema has no such table or column.
        """
        table = _table(name)
        wanted = list(columns or [*table.names, *(TRAIT_PREFIX + trait for trait in self.traits(name))])
        for column in wanted:
            if column not in table.names and not column.startswith(TRAIT_PREFIX):
                hint = did_you_mean(column, table.names)
                raise UnknownNameError(f"the table {name!r} has no column {column!r}{hint}")
        return _with_columns(self._standing(name), wanted, table, self.backend)

    def latest(self, name: str, columns: Sequence[str]) -> nw.LazyFrame[Any]:
        """One row per record of a table of versions: the version last known, of those that count.

        A row that names no record is no version of one.
        """
        table = _table(name)
        if table.key is None:
            raise UnknownNameError(f"the table {name!r} holds events, which have no versions")
        is_named = ~nw.col(table.key).is_null()
        if self._has_one_version_each(name, table.key):
            wanted = list(dict.fromkeys([table.key, *columns]))
            return self.select(name, wanted).filter(is_named).select(*columns)
        order = ["known_at", "occurred_at", SAID, "fact_id"]
        versions = self.versions(name, [table.key, *columns, *order]).filter(is_named)
        return versions.unique([table.key], keep="last", order_by=order).select(*columns)

    def versions(self, name: str, columns: Sequence[str]) -> nw.LazyFrame[Any]:
        """All rows of a table of versions that count, and `said_count`: how many fields each one fills.

        Of versions that tie on both clocks the one that says more counts, then the greater `fact_id`.
        """
        wanted = [column for column in dict.fromkeys(columns) if column != SAID]
        own = [column for column in self.held(name) if column not in _OF_ANY]
        rows = self.select(name, list(dict.fromkeys([*wanted, *own])))
        filled = [(~nw.col(column).is_null()).cast(nw.Int64) for column in own]
        said = nw.sum_horizontal(*filled) if filled else nw.lit(0, dtype=nw.Int64)
        return rows.with_columns(said.alias(SAID)).select(*wanted, SAID)

    def rows(
        self, columns: Mapping[str, Sequence[Cell]], types: Mapping[str, ColumnType]
    ) -> nw.LazyFrame[Any]:
        """Rows of plain values in the same engine; `settle` them together with those they are to meet."""
        return make_table(self.backend, columns, types)

    def settled(self, columns: Mapping[str, Sequence[str]]) -> Frames:
        """The same frames with just these tables and columns, computed once for many questions to be asked.

        Retracted rows are gone and, of a table of versions, there is the one of each record that counts.

        Args:
            columns: By table, the columns that the questions read; what was not given stays missing.
        """
        wanted = {name: asked for name, asked in columns.items() if name in self._tables}
        rows = settle([self._just(name, asked) for name, asked in wanted.items()], self.backend)
        return attrs.evolve(self, tables=dict(zip(wanted, rows, strict=True)))

    def _just(self, name: str, columns: Sequence[str]) -> nw.LazyFrame[Any]:
        held = set(self.held(name))
        named = [column for column in dict.fromkeys([*columns, "occurred_at", "known_at"]) if column in held]
        return self.select(name, named) if _table(name).key is None else self.latest(name, named)

    def settle(self, *rows: nw.LazyFrame[Any]) -> tuple[nw.LazyFrame[Any], ...]:
        """Rows made of these frames, computed once, for several questions to be asked of them."""
        return settle(rows, self.backend)

    def _has_one_version_each(self, name: str, key: str) -> bool:
        """Whether there is nothing to choose: to count records is much cheaper than to sort versions."""
        rows_count, records_count = (
            nw.len().alias("rows_count"),
            nw.col(key).n_unique().alias("records_count"),
        )
        (counts,) = rows_of(self.select(name, [key]).select(rows_count, records_count))
        return bool(counts["rows_count"] == counts["records_count"])

    def _standing(self, name: str) -> nw.LazyFrame[Any]:
        """The rows that count as of the cutoff and that no retraction has withdrawn."""
        if name not in self._tables:
            return self._empty()
        rows = self._known(name)
        if "retractions" in self._tables and name != "retractions":
            rows = self._without_retracted(rows, name)
        return rows

    def _known(self, name: str) -> nw.LazyFrame[Any]:
        """The rows that count as of the cutoff, withdrawn ones included."""
        rows = self._tables[name]
        if self._cutoff is None:
            return rows
        return rows.filter(nw.col("occurred_at") < self._cutoff, nw.col("known_at") < self._cutoff)

    def _without_retracted(self, rows: nw.LazyFrame[Any], name: str) -> nw.LazyFrame[Any]:
        retractions = self.select(
            "retractions", ["retracted_fact_id", "retracted_table", "retracted_record", "known_at"]
        )
        held = rows.collect_schema().names()
        if "fact_id" in held:
            rows = rows.join(retractions, left_on="fact_id", right_on="retracted_fact_id", how="anti")
        if "origin_record" in held:
            of_record = (
                retractions.filter(~nw.col("retracted_record").is_null())
                .group_by("retracted_record", "retracted_table")
                .agg(nw.col("known_at").max().alias("retracted_known_at"))
            )
            everywhere = (
                of_record.filter(nw.col("retracted_table").is_null() | (nw.col("retracted_table") == name))
                .group_by("retracted_record")
                .agg(nw.col("retracted_known_at").max())
            )
            rows = self._with_last_telling(rows, of_record)
            rows = _not_withdrawn(rows, everywhere, ["origin_record"], ["retracted_record"])
            if "origin_table" in held:
                by_table = of_record.filter(~nw.col("retracted_table").is_null())
                on = ["retracted_record", "retracted_table"]
                rows = _not_withdrawn(rows, by_table, ["origin_record", "origin_table"], on)
            rows = rows.select(*held)
        return rows

    def _with_last_telling(self, rows: nw.LazyFrame[Any], of_record: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """The rows with when the source last told of their record: one that came back stands as a whole.

        Only versions tell of a record, and only of those that were ever withdrawn it is asked.
        """
        tellings = [
            self._known(name).select(*_ORIGIN, "known_at")
            for name in (*VERSIONED, *(TOLD + name for name in VERSIONED))
            if name in self._tables and {*_ORIGIN} <= {*self._known(name).collect_schema().names()}
        ]
        if not tellings or not {*_ORIGIN} <= {*rows.collect_schema().names()}:
            return rows.with_columns(nw.col("known_at").alias("told_known_at"))
        is_named = [~nw.col(name).is_null() for name in _ORIGIN]  # pandas would match unknown with unknown
        told = (
            nw.concat(tellings)
            .filter(*is_named)
            .join(of_record, left_on="origin_record", right_on="retracted_record", how="semi")
        )
        last = told.group_by(*_ORIGIN).agg(nw.col("known_at").max().alias("told_known_at"))
        joined = rows.join(last, on=[*_ORIGIN], how="left")
        at, known_at = nw.col("told_known_at"), nw.col("known_at")
        return joined.with_columns(
            nw.when(~at.is_null() & (at > known_at)).then(at).otherwise(known_at).alias("told_known_at")
        )

    def _empty(self) -> nw.LazyFrame[Any]:
        """A frame of the same engine without rows, from any table that there is."""
        if not self._tables:
            return make_table(self.backend, {"occurred_at": []}, {"occurred_at": ColumnType.INSTANT})
        some = next(iter(self._tables.values()))
        return some.select("occurred_at").filter(
            nw.col("occurred_at").is_null() & ~nw.col("occurred_at").is_null()
        )


def _table(name: str) -> Table:
    if name in TABLES:
        return TABLES[name]
    raise UnknownNameError(f"there is no table {name!r}{did_you_mean(name, TABLES)}")


def _not_withdrawn(
    rows: nw.LazyFrame[Any], withdrawn: nw.LazyFrame[Any], left_on: list[str], right_on: list[str]
) -> nw.LazyFrame[Any]:
    """The rows whose record was not withdrawn, or was told of after it was."""
    names = rows.collect_schema().names()
    joined = rows.join(withdrawn, left_on=left_on, right_on=right_on, how="left")
    gone = nw.col("retracted_known_at")
    return joined.filter(gone.is_null() | (nw.col("told_known_at") > gone.fill_null(0))).select(*names)


def _with_columns(
    rows: nw.LazyFrame[Any], wanted: Iterable[str], table: Table, engine: Engine
) -> nw.LazyFrame[Any]:
    """The wanted columns in their order, those that the rows lack as missing values."""
    held = set(rows.collect_schema().names())
    types = {column.name: column.type for column in table.columns}
    names = list(wanted)
    lacking = [
        missing(engine, types.get(name, ColumnType.TEXT)).alias(name) for name in names if name not in held
    ]
    return (rows.with_columns(*lacking) if lacking else rows).select(*names)


def checked_frames(frames: object) -> Frames:
    """The frames themselves, so that a bare table, or facts, given in their place are told so by name.

    Raises:
        InvalidTermsError: It is something else.

    Example:
        >>> checked_frames([])
        Traceback (most recent call last):
        ...
        smarketing.errors.InvalidTermsError: frames takes Frames, not list: make them of your own tables with
        Frames.from_native(…), or of facts with Frames.from_dataset(…)
    """
    hint = "make them of your own tables with Frames.from_native(…), or of facts with Frames.from_dataset(…)"
    return checked_kind(frames, Frames, "frames", hint)
