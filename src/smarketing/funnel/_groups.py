"""Groups of rows: the values that tell them apart, and finding one row by its values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

from smarketing.errors import UnknownNameError, did_you_mean

__all__ = ["Group", "dimension_names", "row_of_group"]

Group = tuple[tuple[str, str | None], ...]
"""What a row is about: each dimension with its value, None where that is not known."""


class _Grouped(Protocol):
    @property
    def values(self) -> Mapping[str, str | None]: ...


R = TypeVar("R", bound=_Grouped)


def dimension_names(by: str | Iterable[str]) -> tuple[str, ...]:
    """The names to split by: one as a text, or several.

    Example:
        >>> dimension_names("source"), dimension_names(["source", "stage"])
        (('source',), ('source', 'stage'))
    """
    return (by,) if isinstance(by, str) else tuple(by)


def row_of_group(rows: Iterable[R], values: Mapping[str, str | None], unknown: str) -> R:
    """The row of one group.

    Args:
        rows: The rows, each with the values of its group.
        values: The value of each dimension.
        unknown: What to say of a group that is not there, with `{group}` in it.

    Raises:
        UnknownNameError: There is no such group, and it names the nearest; or rows go by other dimensions.
    """
    groups, names = [], dict.fromkeys(values)
    for row in rows:
        if row.values == values:
            return row
        groups.append("/".join(map(str, row.values.values())))
        names = dict.fromkeys(row.values)
    if names.keys() != values.keys():
        told, known = (", ".join(each) or "nothing" for each in (values, names))
        hint = f"give row({', '.join(f'{name}=…' for name in names)})"
        raise UnknownNameError(f"rows go by {known}, not by {told}: {hint}")
    asked = "/".join(map(str, values.values()))
    raise UnknownNameError(unknown.format(group=repr(asked)) + did_you_mean(asked, groups))
