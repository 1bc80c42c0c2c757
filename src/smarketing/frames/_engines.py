"""What each dataframe engine does its own way: being made, reading instants, giving up rows.

Everything else is written once, in Narwhals expressions. Instants become Int64 microseconds *once*, on entry,
by each engine's own means: portable civil-day arithmetic costs sixty times as much, and differences of time
types come out in other units on other engines.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import narwhals.stable.v2 as nw
from narwhals.exceptions import DuplicateError

from smarketing.errors import InvalidFramesError, MissingExtraError, UnknownNameError, did_you_mean
from smarketing.schema import ColumnType

if TYPE_CHECKING:
    import pyarrow as pa

    from smarketing.frames._values import Cell

__all__ = [
    "Engine",
    "check_engine",
    "distinct_values",
    "engine_of",
    "instants_to_micros",
    "make_table",
    "rows_of",
    "settle",
    "table_beside",
]

Engine = Literal["polars", "pandas", "pyarrow", "duckdb", "pyspark"]

_ENGINES: tuple[Engine, ...] = get_args(Engine)

DTYPES: Mapping[ColumnType, Any] = {
    ColumnType.TEXT: nw.String,
    ColumnType.INTEGER: nw.Int64,
    ColumnType.NUMBER: nw.Float64,
    ColumnType.BOOLEAN: nw.Boolean,
    ColumnType.INSTANT: nw.Int64,
    ColumnType.DAY: nw.Date,
}
"""The type that each kind of column has inside frames."""


def check_engine(name: str) -> Engine:
    """The engine of a name, or an error that names the ones there are."""
    for engine in _ENGINES:
        if engine == name:
            return engine
    known = ", ".join(_ENGINES)
    raise UnknownNameError(f"no engine {name!r}{did_you_mean(name, _ENGINES)}; there are {known}")


def engine_of(native: object) -> Engine:
    """Which engine a native table belongs to.

    Raises:
        InvalidFramesError: It is no table, or of an engine that is not supported.
    """
    try:
        name = nw.from_native(native).implementation.value  # type: ignore[call-overload]
    except TypeError:
        raise InvalidFramesError(
            f"a {type(native).__name__} is no table: pass a Polars, pandas, PyArrow or DuckDB table"
        ) from None
    except DuplicateError as fault:
        raise InvalidFramesError(f"a table needs columns of different names: {fault}") from None
    if name not in _ENGINES:
        raise InvalidFramesError(f"tables of {name} are not supported: pass one of {', '.join(_ENGINES)}")
    return check_engine(name)


def make_table(
    engine: Engine, columns: Mapping[str, Sequence[Cell]], types: Mapping[str, ColumnType]
) -> nw.LazyFrame[Any]:
    """A table of an engine from columns of plain values."""
    return _lazy(_MAKERS[engine](columns, types))


def normalise(
    native: Any, engine: Engine, wanted: Collection[str], typed: Collection[str]
) -> tuple[nw.LazyFrame[Any], dict[str, str]]:
    """The native table as a lazy frame whose nulls behave the same everywhere, and its unreadable columns.

    Args:
        native: The table.
        engine: Its engine.
        wanted: The columns that matter; others may be left outside already.
        typed: Those of them that the schema gives a type.
    """
    if engine == "pyarrow":
        return _lazy(_plain_texts(native, wanted)), {}
    if engine != "pandas":
        return _lazy(native), {}
    _import_pyarrow("reading pandas tables")
    from smarketing.frames._pandas import to_arrow

    table, unreadable = to_arrow(native, wanted, typed)
    return _lazy(_arrow_to_pandas(table)), unreadable


def _plain_texts(table: pa.Table, wanted: Collection[str]) -> pa.Table:
    """An Arrow table whose texts are all of one type: Polars exports large ones, which meet no others."""
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        is_other = pa.types.is_large_string(field.type) or pa.types.is_string_view(field.type)
        if is_other and field.name in wanted:
            table = table.set_column(place, field.name, table.column(place).cast(pa.string()))
    return table


def names_of(native: Any) -> list[str]:
    """The names of a native table's columns, without reading any."""
    if hasattr(native, "collect_schema"):
        return list(native.collect_schema())
    return [str(name) for name in getattr(native, "column_names", None) or native.columns]


def instants_to_micros(frame: nw.LazyFrame[Any], engine: Engine, names: Sequence[str]) -> nw.LazyFrame[Any]:
    """Columns of instants (aware, naive or bare dates) as microseconds of what their clock shows.

    Aware ones become UTC; naive ones and dates stay on their wall, which the caller then places in a zone.
    """
    if not names:
        return frame
    if engine == "duckdb":
        return _lazy(_duckdb_micros(frame.to_native(), names))
    if engine == "pyspark":
        return _lazy(_spark_micros(frame.to_native(), names))
    schema = frame.collect_schema()
    return frame.with_columns(
        (nw.col(name).cast(nw.Datetime("us")) if schema[name] == nw.Date else nw.col(name)).dt.timestamp("us")
        for name in names
    )


def table_beside(frame: nw.LazyFrame[Any], columns: Mapping[str, Sequence[int]]) -> nw.LazyFrame[Any]:
    """A small table of whole numbers that can be joined to a frame: of its engine, and of its connection."""
    native = frame.to_native()
    if frame.implementation.is_duckdb():
        # A relation joins only relations of its own connection, which is reached through it alone. What goes
        # into the text is whole numbers, and names of our own.
        lines = (
            f"({', '.join(f'{int(cell)}::BIGINT' for cell in row)})"
            for row in zip(*columns.values(), strict=True)
        )
        values = f"(VALUES {', '.join(lines)}) AS t({', '.join(columns)})"
        return _lazy(native.limit(0).query("beside", f"SELECT * FROM {values}"))  # noqa: S608
    types = dict.fromkeys(columns, ColumnType.INTEGER)
    return make_table(check_engine(frame.implementation.value), columns, types)


def settle(frames: Sequence[nw.LazyFrame[Any]], engine: Engine) -> tuple[nw.LazyFrame[Any], ...]:
    """The same rows computed once, for several questions to be asked of them, together too.

    DuckDB would compute a relation again for every question. Its rows are handed to a connection of our own,
    so that nothing is created in the host's.
    """
    if engine == "duckdb":
        import duckdb

        ours = duckdb.connect()
        return tuple(_lazy(ours.from_arrow(frame.collect("pyarrow").to_native())) for frame in frames)
    if engine == "pyspark":  # kept by the executors until nothing refers to it, unlike a cache
        return tuple(_lazy(frame.to_native().localCheckpoint()) for frame in frames)
    return tuple(frame.collect().lazy() for frame in frames)


def rows_of(frame: nw.LazyFrame[Any]) -> list[dict[str, Any]]:
    """The rows as plain Python values, the missing ones None whatever the engine calls them."""
    collected = frame.collect()
    if collected.implementation.is_polars():
        return collected.rows(named=True)
    rows: list[dict[str, Any]] = arrow_of(collected).to_pylist()
    return rows


def distinct_values(frame: nw.LazyFrame[Any], column: str) -> list[Any]:
    """The distinct values in a column that are not missing, in no order.

    They are counted, since `unique` numbers every row first on SQL engines: three times the work.
    """
    values = frame.select(column).filter(~nw.col(column).is_null())
    return [row[column] for row in rows_of(values.group_by(column).agg(nw.len().alias("smk_count")))]


def missing(engine: Engine, kind: ColumnType) -> nw.Expr:
    """A column of missing values, for rows that have an `occurred_at`.

    A missing literal becomes False in pandas where booleans are asked for, and an error where integers are:
    there it is made of a column that is Arrow-typed already.
    """
    if engine != "pandas" or kind is ColumnType.DAY:
        return nw.lit(None, dtype=DTYPES[kind])
    at = nw.col("occurred_at")
    never = nw.when(at.is_null() & ~at.is_null()).then(at)
    return never == never if kind is ColumnType.BOOLEAN else never.cast(DTYPES[kind])  # noqa: PLR0124


def tuples_of(frame: nw.LazyFrame[Any]) -> list[tuple[Any, ...]]:
    """The rows as `rows_of` gives them, without their names: for many of them."""
    collected = frame.collect()
    if collected.implementation.is_polars():
        return collected.rows()
    return list(zip(*(column.to_pylist() for column in arrow_of(collected).columns), strict=True))


def arrow_of(frame: nw.DataFrame[Any]) -> pa.Table:
    """The rows as an Arrow table; a pandas index that sorting has left behind is no column."""
    return frame.to_arrow().select(frame.columns)


def _lazy(native: Any) -> nw.LazyFrame[Any]:
    frame: nw.LazyFrame[Any] = nw.from_native(native).lazy()
    return frame


def _import_pyarrow(purpose: str, extra: str = "pandas") -> Any:
    try:
        import pyarrow as pa
    except ImportError:
        raise MissingExtraError(extra, purpose, "pyarrow") from None
    return pa


def _polars_table(columns: Mapping[str, Sequence[Cell]], types: Mapping[str, ColumnType]) -> Any:
    try:
        import polars as pl
    except ImportError:
        raise MissingExtraError("polars", "making Polars tables", "polars") from None
    dtypes = {
        ColumnType.TEXT: pl.String,
        ColumnType.INTEGER: pl.Int64,
        ColumnType.NUMBER: pl.Float64,
        ColumnType.INSTANT: pl.Int64,
        ColumnType.BOOLEAN: pl.Boolean,
        ColumnType.DAY: pl.Date,
    }
    return pl.DataFrame(dict(columns), schema={name: dtypes[types[name]] for name in columns})


def _arrow_table(
    columns: Mapping[str, Sequence[Cell]], types: Mapping[str, ColumnType], *, extra: str = "duckdb"
) -> pa.Table:
    pa = _import_pyarrow("making tables", extra)
    dtypes = {
        ColumnType.TEXT: pa.string(),
        ColumnType.INTEGER: pa.int64(),
        ColumnType.NUMBER: pa.float64(),
        ColumnType.INSTANT: pa.int64(),
        ColumnType.BOOLEAN: pa.bool_(),
        ColumnType.DAY: pa.date32(),
    }
    return pa.table({name: pa.array(values, dtypes[types[name]]) for name, values in columns.items()})


def _arrow_to_pandas(table: pa.Table) -> Any:
    import pandas as pd

    return table.to_pandas(types_mapper=pd.ArrowDtype)


def _pandas_table(columns: Mapping[str, Sequence[Cell]], types: Mapping[str, ColumnType]) -> Any:
    table = _arrow_table(columns, types, extra="pandas")
    try:
        return _arrow_to_pandas(table)
    except ImportError:
        raise MissingExtraError("pandas", "making pandas tables", "pandas") from None


def _duckdb_table(columns: Mapping[str, Sequence[Cell]], types: Mapping[str, ColumnType]) -> Any:
    try:
        import duckdb
    except ImportError:
        raise MissingExtraError("duckdb", "making DuckDB tables", "duckdb") from None
    return duckdb.from_arrow(_arrow_table(columns, types))


def _spark_table(columns: Mapping[str, Sequence[Cell]], types: Mapping[str, ColumnType]) -> Any:
    try:
        from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]  # an extra
        from pyspark.sql import types as spark  # pyright: ignore[reportMissingImports]  # an extra
    except ImportError:
        raise MissingExtraError("spark", "making Spark tables", "pyspark") from None
    session = SparkSession.getActiveSession()
    if session is None:
        raise InvalidFramesError("there is no active Spark session: start one, for it belongs to the host")
    dtypes = {
        ColumnType.TEXT: spark.StringType(),
        ColumnType.INTEGER: spark.LongType(),
        ColumnType.NUMBER: spark.DoubleType(),
        ColumnType.INSTANT: spark.LongType(),
        ColumnType.BOOLEAN: spark.BooleanType(),
        ColumnType.DAY: spark.DateType(),
    }
    schema = spark.StructType([spark.StructField(name, dtypes[types[name]]) for name in columns])
    return session.createDataFrame([*zip(*columns.values(), strict=True)], schema)


_MAKERS: Mapping[Engine, Callable[[Mapping[str, Sequence[Cell]], Mapping[str, ColumnType]], Any]] = {
    "polars": _polars_table,
    "pandas": _pandas_table,
    "pyarrow": _arrow_table,
    "duckdb": _duckdb_table,
    "pyspark": _spark_table,
}


def _duckdb_micros(relation: Any, names: Sequence[str]) -> Any:
    """`epoch_us` through DuckDB's expression objects: no SQL text is made of people's column names."""
    import duckdb

    def micros(name: str) -> Any:
        column = duckdb.ColumnExpression(name)
        if str(relation.types[relation.columns.index(name)]) != "TIMESTAMP WITH TIME ZONE":
            column = column.cast("TIMESTAMP")
        return duckdb.FunctionExpression("epoch_us", column).alias(name)

    return relation.select(
        *(micros(name) if name in names else duckdb.ColumnExpression(name) for name in relation.columns)
    )


def _spark_micros(table: Any, names: Sequence[str]) -> Any:
    """Instants by `unix_micros`; what is on a wall by its parts, which no session's zone can touch."""
    from pyspark.sql import functions as spark  # pyright: ignore[reportMissingImports]  # an extra

    kinds = dict(table.dtypes)

    def micros(name: str) -> Any:
        column = spark.col(f"`{name}`")
        if kinds[name] == "timestamp":
            return spark.unix_micros(column)
        days = spark.unix_date(column.cast("date")).cast("long") * 86_400_000_000
        if kinds[name] == "date":
            return days
        seconds = spark.hour(column) * 3_600 + spark.minute(column) * 60
        fraction = (spark.extract(spark.lit("SECOND"), column) * 1_000_000).cast("long")
        return days + seconds.cast("long") * 1_000_000 + fraction

    return table.withColumns({name: micros(name) for name in names})
