"""What NumPy does to values on their way into a pandas column, undone.

NumPy-backed columns have no missing value: whole numbers with a gap become floats, a column without any value
becomes floats or objects, and nothing tells a missing number from a NaN. So the columns that matter become
Arrow-typed on entry, and get back the type that they had before the gap.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["to_arrow"]

_EXACT = 2**53
"""Beyond this, floats no longer hold every whole number."""


def to_arrow(native: Any, wanted: Collection[str], typed: Collection[str]) -> tuple[pa.Table, dict[str, str]]:
    """The wanted columns of a pandas table as Arrow, and what is wrong with those that cannot be.

    Args:
        native: The pandas table.
        wanted: Its columns to take.
        typed: Those of them that the schema gives a type, none of which is a float.
    """
    import pyarrow as pa

    arrays: dict[str, Any] = {}
    unreadable: dict[str, str] = {}
    for name in native.columns:
        if name not in wanted:
            continue
        series = native[name]
        try:
            array = pa.array(series, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            kinds = sorted({type(value).__name__ for value in series.dropna()})
            unreadable[name] = f"it holds values of several kinds ({', '.join(kinds)}): make them one kind"
            continue
        arrays[name] = _without_the_gap(array) if name in typed else array
    return pa.table(arrays), unreadable


def _without_the_gap(array: Any) -> Any:
    """Whole numbers that are floats only because some are missing, as whole numbers again."""
    import pyarrow as pa

    if not pa.types.is_floating(array.type) or not (array.null_count or not len(array)):
        return array
    if array.null_count == len(array):
        return pa.nulls(len(array))
    values = array.drop_null().to_numpy()
    is_whole = (values % 1 == 0).all() and (abs(values) <= _EXACT).all()
    return array.cast(pa.int64()) if is_whole else array
