"""Grids as people write them in files, beside the matrices that they name.

[grid]
fit = "fit"
engagement = "purchase intent"
grades = [30, 20, 10]            # A, B, C and, below, D
bands = [{ name = "hot", low = 25 }, { name = "cold" }]
segments = [{ name = "Ahot", action = "call within the hour", owner = "inside sales" }]
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import cast

import attrs

from smarketing.errors import InvalidTermsError, did_you_mean
from smarketing.origin import Problem
from smarketing.scoring._criterion_faults import fault
from smarketing.scoring._grid import Cut, Grid, Segment, bands_of, grades_of, grid_faults, segments_of
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.serialize import Plain, from_plain, to_plain
from smarketing.values import Points

__all__ = ["GridTerms", "grid_from_plain", "grid_in_full", "grid_to_plain"]


@attrs.frozen(kw_only=True)
class GridTerms:
    """A grid as a document says it: its two scores by name.

    Attributes:
        fit: The name of the score of who the lead is.
        engagement: The name of the score of what it does.
        grades: From what score on a lead has which grade; scores alone are called A, B, C, …
        bands: The same of the engagement; scores alone are called 1, 2, 3, …
        segments: What is agreed about a grade and a band; the others have a default, or nothing.

    Raises:
        InvalidTermsError: With every fault at once.
    """

    fit: str
    engagement: str
    grades: tuple[Cut, ...] = attrs.field(converter=grades_of)
    bands: tuple[Cut, ...] = attrs.field(converter=bands_of)
    segments: tuple[Segment, ...] = attrs.field(default=(), converter=segments_of)

    def __attrs_post_init__(self) -> None:
        if problems := list(grid_faults(self.grades, self.bands, self.segments)):
            raise InvalidTermsError("the grid cannot be used as written:", problems)

    def unknown_scores(self, known: Collection[str]) -> Iterator[Problem]:
        """A problem for each of the two scores that is none of those known."""
        for side, name in (("fit", self.fit), ("engagement", self.engagement)):
            if name not in known:
                there = f"; there are {', '.join(known)}" if known else ", and no score is agreed"
                hint = did_you_mean(name, known) or there
                yield fault(side, "unknown-score", f"there is no score {name!r}{hint}")

    def bound(self, matrices: Mapping[str, ScoringMatrix]) -> Grid:
        """The grid with the scores that it names.

        Raises:
            InvalidTermsError: A score that it names is not among them.
        """
        if problems := list(self.unknown_scores(matrices)):
            raise InvalidTermsError("the grid cannot be used as written:", problems)
        return Grid(
            fit=matrices[self.fit],
            engagement=matrices[self.engagement],
            grades=self.grades,
            bands=self.bands,
            segments=self.segments,
        )


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
    terms = from_plain(grid_in_full(data) if isinstance(data, Mapping) else data, GridTerms)
    return terms.bound(matrices)


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
    written = GridTerms(
        fit=names["fit"],
        engagement=names["engagement"],
        grades=grid.grades,
        bands=grid.bands,
        segments=grid.segments,
    )
    return cast("dict[str, Plain]", to_plain(written))


def grid_in_full(data: Mapping[str, object]) -> dict[str, object]:
    """The table with grades and bands spelled out, where they are numbers alone.

    What is no number is spelled out as it stands, to be told in its place with whatever else is wrong.
    """
    spelled = dict(data)
    for key, cuts in (("grades", grades_of), ("bands", bands_of)):
        given = data.get(key)
        if isinstance(given, list) and given and not any(isinstance(each, Mapping) for each in given):
            try:
                numbers: tuple[Points, ...] = getattr(from_plain({key: given}, _Numbers), key)
            except InvalidTermsError:
                spelled[key] = [{"name": str(place), "low": each} for place, each in enumerate(given, 1)]
            else:
                spelled[key] = to_plain(cuts(numbers))
    return spelled
