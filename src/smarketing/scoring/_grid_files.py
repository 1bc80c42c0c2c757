"""Grids as people write them in files, beside the matrices that they name.

[grid]
fit = "fit"
engagement = "purchase intent"
grades = [30, 20, 10]            # A, B, C and, below, D
bands = [{ name = "hot", low = 25 }, { name = "cold" }]
segments = [{ name = "Ahot", action = "call within the hour", owner = "inside sales" }]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import attrs

from smarketing.errors import InvalidTermsError, did_you_mean
from smarketing.origin import Problem
from smarketing.scoring._criterion_faults import fault
from smarketing.scoring._grid import Cut, Grid, Segment, bands_of, grades_of
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.serialize import Plain, from_plain, to_plain
from smarketing.values import Points

__all__ = ["grid_from_plain", "grid_to_plain"]


@attrs.frozen(kw_only=True)
class _Written:
    """A grid with the names of its scores."""

    fit: str
    engagement: str
    grades: tuple[Cut, ...]
    bands: tuple[Cut, ...]
    segments: tuple[Segment, ...] = ()


@attrs.frozen(kw_only=True)
class _Numbers:
    """The lowest scores of grades or bands, without names."""

    grades: tuple[Points, ...] = ()
    bands: tuple[Points, ...] = ()


def grid_from_plain(data: object, matrices: Mapping[str, ScoringMatrix]) -> Grid:
    """The grid that a table of a TOML or JSON file states.

    Args:
        data: What the parser read. Read TOML with `parse_float=Decimal`, so that points are exact.
        matrices: The scores that it may name.

    Raises:
        InvalidTermsError: With every fault at once; the `field` of each problem's origin is its key path.

    Example:
        >>> from smarketing.scoring import Rule, Touched
        >>> rules = [Rule("demo", when=Touched("demo"), points=30)]
        >>> matrices = {name: ScoringMatrix(name=name, rules=rules) for name in ("fit", "intent")}
        >>> plain = {"fit": "fit", "engagement": "intent", "grades": [30, 20, 10], "bands": [25]}
        >>> [segment.name for segment in grid_from_plain(plain, matrices).all_segments]
        ['A1', 'A2', 'B1', 'B2', 'C1', 'C2', 'D1', 'D2']
        >>> grid_from_plain({**plain, "engagement": "intend"}, matrices)
        Traceback (most recent call last):
        smarketing.errors.InvalidTermsError: the grid cannot be used as written:
          - error: engagement: there is no score 'intend' (did you mean 'intent'?) [unknown-score]
    """
    written = from_plain(_named(data) if isinstance(data, Mapping) else data, _Written)
    if problems := list(_unknown(written, matrices)):
        raise InvalidTermsError("the grid cannot be used as written:", problems)
    return Grid(
        fit=matrices[written.fit],
        engagement=matrices[written.engagement],
        grades=written.grades,
        bands=written.bands,
        segments=written.segments,
    )


def grid_to_plain(grid: Grid, matrices: Mapping[str, ScoringMatrix]) -> dict[str, Plain]:
    """The plain form of a grid, that `grid_from_plain` reads back equal.

    Args:
        grid: The grid.
        matrices: By the names that the file gives them, the scores, its own two among them.

    Raises:
        InvalidTermsError: A score of the grid is not among them.
    """
    names = {}
    for side in ("fit", "engagement"):
        own = getattr(grid, side)
        name = next((name for name, matrix in matrices.items() if matrix == own), None)
        if name is None:
            message = f"the score {own.name!r} is not among the matrices of the file: add it"
            raise InvalidTermsError("the grid cannot be written:", [fault(side, "unknown-score", message)])
        names[side] = name
    written = _Written(
        fit=names["fit"],
        engagement=names["engagement"],
        grades=grid.grades,
        bands=grid.bands,
        segments=grid.segments,
    )
    return cast("dict[str, Plain]", to_plain(written))


def _named(data: Mapping[str, object]) -> dict[str, object]:
    """The table with grades and bands spelled out, where they are numbers alone."""
    spelled = dict(data)
    for key, cuts in (("grades", grades_of), ("bands", bands_of)):
        given = data.get(key)
        if isinstance(given, list) and given and not any(isinstance(each, Mapping) for each in given):
            numbers: tuple[Points, ...] = getattr(from_plain({key: given}, _Numbers), key)
            spelled[key] = to_plain(cuts(numbers))
    return spelled


def _unknown(written: _Written, matrices: Mapping[str, ScoringMatrix]) -> Iterator[Problem]:
    for side, name in (("fit", written.fit), ("engagement", written.engagement)):
        if name not in matrices:
            hint = did_you_mean(name, matrices) or f"; there are {', '.join(matrices)}"
            yield fault(side, "unknown-score", f"there is no score {name!r}{hint}")
