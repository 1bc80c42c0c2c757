"""What the spells count up to: how many left each stage, at which age and how, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw

from smarketing.estimates import RiskCounts
from smarketing.forecast._chain import Path
from smarketing.frames import tuples_of

__all__ = ["Counts", "counts_of", "first_end", "pooled_of"]

_Rows = nw.LazyFrame[Any]
Counts: TypeAlias = Mapping[str, Mapping[Path, RiskCounts]]
"""By stage and path, how its spells ended."""


def counts_of(
    spells: _Rows, *, until: int, since: int | None, paths: int
) -> dict[str, dict[Path, RiskCounts]]:
    """The counts of the days from `since` up to `until`, by stage and path.

    Args:
        spells: As from `spells_of`.
        until: The last day: what ended later was still open then.
        since: The first day on which an end could have been seen; None for the beginning of each deal.
        paths: How many dimensions a path has.
    """
    names = [*(f"path_{number}" for number in range(paths)), "stage"]
    rows = _clipped(spells, until, since)
    exits = rows.group_by(*names, "age", "cause").agg(nw.len().alias("spells_count"))
    late = (
        rows.filter(nw.col("seen_age") > 0).group_by(*names, "seen_age").agg(nw.len().alias("spells_count"))
    )
    ends: dict[tuple[str, Path], list[tuple[int, str | None, int]]] = {}
    entries: dict[tuple[str, Path], list[tuple[int, int]]] = {}
    for *path, stage, age, cause, count in tuples_of(exits):
        ends.setdefault((stage, tuple(path)), []).append((int(age), cause or None, int(count)))
    for *path, stage, age, count in tuples_of(late):
        entries.setdefault((stage, tuple(path)), []).append((int(age), int(count)))
    found: dict[str, dict[Path, RiskCounts]] = {}
    for place in sorted(ends):
        counts = RiskCounts.from_rows(ends[place], late_entries=entries.get(place, ()))
        found.setdefault(place[0], {})[place[1]] = counts
    return found


def pooled_of(spells: _Rows, *, until: int, since: int | None) -> RiskCounts:
    """The counts of all spells together."""
    rows = _clipped(spells, until, since)
    exits = tuples_of(rows.group_by("age", "cause").agg(nw.len().alias("spells_count")))
    late = rows.filter(nw.col("seen_age") > 0).group_by("seen_age").agg(nw.len().alias("spells_count"))
    return RiskCounts.from_rows(
        [(int(age), cause or None, int(count)) for age, cause, count in exits],
        late_entries=[(int(age), int(count)) for age, count in tuples_of(late)],
    )


def first_end(spells: _Rows) -> int | None:
    """The first day on which a deal was seen to end."""
    ended = spells.filter(nw.col("cause").is_in(["won", "lost"]))
    ((day,),) = tuples_of(ended.select(nw.col("out_day").min().alias("first_day")))
    return None if day is None else int(day)


def _clipped(spells: _Rows, until: int, since: int | None) -> _Rows:
    """The spells as seen between two days: `age` when each was last seen, `seen_age` when first, `cause`."""
    seen = spells.filter(nw.col("in_day") <= until)
    if since is not None:
        seen = seen.filter(nw.col("out_day") >= since)
    is_over = nw.col("out_day") <= until
    last = nw.when(is_over).then(nw.col("out_day")).otherwise(nw.lit(until))
    is_first = nw.col("in_day") == nw.col("made_day")
    begins = nw.when(is_first).then(nw.lit(0)).otherwise(nw.col("in_day") - nw.col("made_day") + 1)
    seen = seen.with_columns(
        (last - nw.col("made_day")).alias("age"),
        begins.alias("seen_age"),
        nw.when(is_over).then(nw.col("cause")).otherwise(nw.lit("")).alias("cause"),
    )
    if since is not None:
        earliest = since - nw.col("made_day")
        later = nw.when(earliest > nw.col("seen_age")).then(earliest).otherwise(nw.col("seen_age"))
        seen = seen.with_columns(later.alias("seen_age"))
    # A stage entered on the last day that is known has not been lived in for a day yet.
    return seen.filter(nw.col("seen_age") <= nw.col("age"))
