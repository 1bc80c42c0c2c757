"""The lines of many scores: what each rule gave each lead, and what limits added or took."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import reduce
from operator import add, or_
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.frames import Frames
from smarketing.schema import ColumnType
from smarketing.scoring._bulk import Bulk, bulk_of
from smarketing.scoring._columns import Expr
from smarketing.scoring._lines import LineKind
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._touches import LEAD, whole

__all__ = ["line_rows"]

_TYPES = {
    LEAD: ColumnType.TEXT,
    "name": ColumnType.TEXT,
    "kind": ColumnType.TEXT,
    "points": ColumnType.INTEGER,
}


def line_rows(known: Frames, matrix: ScoringMatrix, as_of: datetime) -> nw.LazyFrame[Any]:
    """One row per lead and line that is not 0."""
    bulk = bulk_of(known, matrix, as_of, by_rule=True)
    lines = [*_lines(bulk)]
    if not lines:
        return known.rows({name: [] for name in _TYPES}, _TYPES)
    rows = bulk.rows
    if bulk.excluded:
        rows = rows.filter(~reduce(or_, bulk.excluded))
    named = [points.cast(nw.Int64).alias(f"smk_line_{number}") for number, (_, _, points) in enumerate(lines)]
    (side_by_side,) = known.settle(rows.select(LEAD, *named))
    parts = []
    for number, (name, kind, _) in enumerate(lines):
        points = nw.col(f"smk_line_{number}")
        line = side_by_side.filter(points != 0)
        labels = nw.lit(name).alias("name"), nw.lit(kind.value).alias("kind")
        parts.append(line.select(LEAD, *labels, points.alias("points")))
    return nw.concat(parts)


def _lines(bulk: Bulk) -> Iterator[tuple[str, LineKind, Expr]]:
    """Each line's name, kind and points, in the order of a score's lines."""
    for number, points in bulk.parts.items():
        yield bulk.matrix.rules[number].name, LineKind.RULE, points
    ours, *groups = bulk.sums
    for number, held in enumerate(groups):
        yield bulk.matrix.groups[number].name, LineKind.GROUP, held - bulk.group(number)
    if bulk.matrix.floor is not None or bulk.matrix.ceiling is not None:
        before = reduce(add, groups, ours)
        yield bulk.matrix.name, LineKind.LIMIT, bulk.total - before + whole(0)
