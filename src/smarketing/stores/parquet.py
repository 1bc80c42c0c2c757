"""A store's tables as Parquet files, for DuckDB, dbt, notebooks and BI tools.

One file per table that has rows, with the columns that the store keeps: the same names, types and units. The
same facts give the same rows in the same order, whatever store they come from.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smarketing.errors import MissingExtraError
from smarketing.schema import TABLES, ColumnType
from smarketing.stores._columns import TRAITS, names_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smarketing.stores._store import Batch, Store

__all__ = ["export_parquet"]

_ROWS_AT_ONCE = 50_000


def export_parquet(store: Store, folder: str | Path, *, as_of: datetime | None = None) -> dict[str, Path]:
    """Write every table of a store that has rows into a folder, which is made if it is missing.

    A file that is there is replaced once the new one is whole, and removed where its table has no rows any
    more: what was erased since is in no file of the folder. Files of other names stay as they are.

    Args:
        store: Where to read.
        folder: Where to write.
        as_of: Only facts that count as of this instant.

    Returns:
        The file of each table that has rows.

    Raises:
        MissingExtraError: PyArrow is not installed.
        StoreError: The store failed.
        OSError: A file could not be written, or removed.

    Example:
        >>> from tempfile import mkdtemp
        >>> from smarketing.stores import MemoryStore
        >>> export_parquet(MemoryStore(), mkdtemp())
        {}
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtraError("duckdb", "writing Parquet files", "pyarrow") from None
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    written: dict[str, Path] = {}
    for name in TABLES:
        schema = pa.schema(_fields(name, pa))
        path = place / f"{name}.parquet"
        half = path.with_suffix(".parquet.part")
        try:
            if _has_written(store.batches(name, size=_ROWS_AT_ONCE, as_of=as_of), half, schema, pa, pq):
                half.replace(path)
                written[name] = path
            else:
                path.unlink(missing_ok=True)
        finally:  # half a file holds people's data too, and nobody would look after it
            half.unlink(missing_ok=True)
    return written


def _has_written(batches: Iterable[Batch], path: Path, schema: Any, pa: Any, pq: Any) -> bool:
    """Write the rows of a table into a file; False, and no file, where there are none."""
    writer: Any = None
    try:
        for batch in batches:
            writer = writer or pq.ParquetWriter(path, schema)
            writer.write_table(pa.table({key: list(cells) for key, cells in batch.items()}, schema=schema))
    finally:
        if writer is not None:
            writer.close()
    return writer is not None


def _fields(name: str, pa: Any) -> list[tuple[str, Any]]:
    types = {
        ColumnType.TEXT: pa.string(),
        ColumnType.INTEGER: pa.int64(),
        ColumnType.INSTANT: pa.int64(),
        ColumnType.BOOLEAN: pa.bool_(),
        ColumnType.DAY: pa.date32(),
    }
    kinds = {column.name: column.type for column in TABLES[name].columns} | {TRAITS: ColumnType.TEXT}
    return [(column, types[kinds[column]]) for column in names_of(name)]
