"""The grid: how well a lead fits, against how much it is engaged, gives a segment with an agreed action.

Two scores say more than their sum: a perfect company that has never heard of us, and a student who reads
every page, may have the same points, and nobody would treat them alike. So the fit becomes a grade (A to D),
the engagement a band (1 to 4), and each pair a segment of which it is agreed what is done, and by whom.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from smarketing.errors import InvalidTermsError, UnknownNameError, checked_kind, did_you_mean
from smarketing.language import N_
from smarketing.origin import Problem
from smarketing.scoring._criterion_faults import fault
from smarketing.scoring._faults import name_faults
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._record import Score
from smarketing.scoring._rules import PointsLike, as_points
from smarketing.values import Points

if TYPE_CHECKING:
    from smarketing.facts import Account, Lead, Touch

__all__ = ["Cut", "Grid", "PlacedLead", "Segment"]

_MARKETING, _SALES = N_("Marketing"), N_("Sales")
_DEFAULT_ACTIONS = {
    "A1": (N_("Hand to sales today"), _SALES),
    "A2": (N_("Hand to sales this week"), _SALES),
    "A3": (N_("Invite personally"), _MARKETING),
    "A4": (N_("Make ourselves known"), _MARKETING),
    "B1": (N_("Hand to sales today"), _SALES),
    "B2": (N_("Hand to sales this week"), _SALES),
    "B3": (N_("Nurture"), _MARKETING),
    "B4": (N_("Nurture"), _MARKETING),
    "C1": (N_("Find out the need"), _MARKETING),
    "C2": (N_("Nurture"), _MARKETING),
    "C3": (N_("Nurture"), _MARKETING),
    "C4": (N_("Monitor only"), _MARKETING),
    "D1": (N_("Find out the need"), _MARKETING),
    "D2": (N_("Monitor only"), _MARKETING),
    "D3": (N_("Monitor only"), _MARKETING),
    "D4": (N_("Monitor only"), _MARKETING),
}
"""A starting point to agree on, not a finding about anybody's company."""


@attrs.frozen
class Cut:
    """One grade of the fit, or one band of the engagement.

    Attributes:
        name: What people call it ("A").
        low: The lowest score in it; None for the one below all others.
    """

    name: str
    low: Points | None = None


@attrs.frozen
class Segment:
    """A grade and a band together, and what is agreed about the leads in it.

    Attributes:
        name: The grade and the band ("A1").
        action: What is done with such leads.
        owner: Who does it: a department, a team or a person.

    Example:
        >>> Segment("A1", "call at once", owner="inside sales").owner
        'inside sales'
    """

    name: str
    action: str = ""
    owner: str = attrs.field(default="", kw_only=True)


CutsLike = Mapping[str, PointsLike | None] | Sequence[PointsLike] | Sequence[Cut]
"""Cuts as people give them: the lowest score by name, or only the scores, from the highest."""


def _cuts(given: CutsLike, names: str) -> tuple[Cut, ...]:
    if isinstance(given, Mapping):
        return _in_order(Cut(name, None if low is None else as_points(low)) for name, low in given.items())
    if all(isinstance(each, Cut) for each in given):
        return _in_order(each for each in given if isinstance(each, Cut))
    lows = [*sorted((as_points(each) for each in given if not isinstance(each, Cut)), reverse=True), None]
    return tuple(
        Cut(names[place] if place < len(names) else f"{names[0]}{place + 1}", low)
        for place, low in enumerate(lows)
    )


def _in_order(cuts: Iterable[Cut]) -> tuple[Cut, ...]:
    """From the highest down, as a lead is placed in the first that it reaches; last what has no number."""
    given = [*cuts]
    above = [cut for cut in given if cut.low is not None]
    above.sort(key=lambda cut: -(cut.low or Points(0)).micro)
    return (*above, *(cut for cut in given if cut.low is None))


def grades_of(given: CutsLike) -> tuple[Cut, ...]:
    return _cuts(given, "ABCDEFGHIJ")


def bands_of(given: CutsLike) -> tuple[Cut, ...]:
    return _cuts(given, "123456789")


def segments_of(given: Iterable[Segment]) -> tuple[Segment, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True)
class Grid:
    """Fit grade by engagement band.

    Attributes:
        fit: The score of who the lead is.
        engagement: The score of what it does.
        grades: From what score on a lead has which grade; given as scores alone they are called A, B, C, …
        bands: The same of the engagement; given as scores alone they are called 1, 2, 3, …
        segments: What is agreed about a grade and a band; of the pairs that are not named, those of a grid of
            A to D by 1 to 4 have a default, and those of any other grid nothing.

    Raises:
        InvalidTermsError: With every fault at once.

    Example:
        >>> from smarketing.scoring import OneOf, Rule, Touched
        >>> fit = ScoringMatrix(name="fit", rules=[Rule("retail", when=OneOf("company", "Shop"), points=30)])
        >>> visits = ScoringMatrix(name="engagement", rules=[Rule("visits", when=Touched("visit"), points=5)])
        >>> grid = Grid(fit=fit, engagement=visits, grades=[30, 20, 10], bands=[30, 15, 5])
        >>> [cut.name for cut in grid.grades], grid.segment_of(Points.of(30), Points.of(15))
        (['A', 'B', 'C', 'D'], Segment(name='A2', action='Hand to sales this week', owner='Sales'))
    """

    fit: ScoringMatrix
    engagement: ScoringMatrix
    grades: tuple[Cut, ...] = attrs.field(converter=grades_of)
    bands: tuple[Cut, ...] = attrs.field(converter=bands_of)
    segments: tuple[Segment, ...] = attrs.field(default=(), converter=segments_of)

    def __attrs_post_init__(self) -> None:
        for side, matrix in (("fit", self.fit), ("engagement", self.engagement)):
            hint = "agreement.grid_at(as_of) has the versions of a moment, and dated.on(day) those of a day"
            checked_kind(matrix, ScoringMatrix, side, hint)
        if problems := list(grid_faults(self.grades, self.bands, self.segments)):
            raise InvalidTermsError("the grid cannot be used as written:", problems)

    def segment(self, grade: str, band: str) -> Segment:
        """What is agreed about a grade and a band.

        Raises:
            UnknownNameError: There is no such grade or band.
        """
        for name, cuts in ((grade, self.grades), (band, self.bands)):
            known = [cut.name for cut in cuts]
            if name not in known:
                raise UnknownNameError(f"the grid has no {name!r}{did_you_mean(name, known)}")
        name = f"{grade}{band}"
        own = next((segment for segment in self.segments if segment.name == name), None)
        action, owner = _DEFAULT_ACTIONS[name] if self._is_default else ("", "")
        return own or Segment(name, action, owner=owner)

    @property
    def _is_default(self) -> bool:
        """Whether it has the grades and bands of the defaults: in one of two by two, B2 is the last."""
        names = ["".join(cut.name for cut in cuts) for cuts in (self.grades, self.bands)]
        return names == ["ABCD", "1234"]

    @property
    def all_segments(self) -> tuple[Segment, ...]:
        """Every segment, grade by grade."""
        return tuple(self.segment(grade.name, band.name) for grade in self.grades for band in self.bands)

    def segment_of(self, fit: Points | None, engagement: Points | None) -> Segment | None:
        """The segment of two scores; None where one of them is missing, which is not 0."""
        if fit is None or engagement is None:
            return None
        return self.segment(_cut_of(fit, self.grades).name, _cut_of(engagement, self.bands).name)

    def place(
        self,
        lead: Lead | Iterable[Lead] | None,
        touches: Iterable[Touch],
        *,
        as_of: datetime,
        account: Account | Iterable[Account] | None = None,
    ) -> PlacedLead:
        """Where one lead stands, in plain Python; the arguments are those of `ScoringMatrix.score`.

        Raises:
            InvalidFactError: `as_of` has no time zone.
        """
        told = tuple(touches)
        versions = tuple(lead) if isinstance(lead, Iterable) else lead
        firms = tuple(account) if isinstance(account, Iterable) else account
        fit = self.fit.score(versions, told, as_of=as_of, account=firms)
        engagement = self.engagement.score(versions, told, as_of=as_of, account=firms)
        return PlacedLead(fit, engagement, self.segment_of(fit.points, engagement.points))


@attrs.frozen
class PlacedLead:
    """Where one lead stands in a grid.

    Attributes:
        fit: Its score for who it is, with the lines that explain it.
        engagement: Its score for what it does.
        segment: The segment; None where it is excluded from one of the scores, or unscored.
    """

    fit: Score
    engagement: Score
    segment: Segment | None


def _cut_of(points: Points, cuts: Iterable[Cut]) -> Cut:
    """The highest cut that the points reach."""
    return next(cut for cut in cuts if cut.low is None or points >= cut.low)


def grid_faults(
    grades: Sequence[Cut], bands: Sequence[Cut], segments: Sequence[Segment]
) -> Iterator[Problem]:
    for path, cuts, what in (("grades", grades, "grade"), ("bands", bands, "band")):
        yield from name_faults(path, [cut.name for cut in cuts], what)
        lows = [cut.low for cut in cuts]
        if lows.count(None) != 1 or lows[-1] is not None:
            message = f"one {what}, the last, is for everybody below: give it no number, and all others one"
            yield fault(path, "no-lowest", message)
        elif len(set(lows)) < len(lows):
            yield fault(
                path, "number-twice", f"two of them begin at one number: nobody could be in the lower {what}"
            )
    names = {f"{grade.name}{band.name}" for grade in grades for band in bands}
    if len(names) < len(grades) * len(bands):
        yield fault("bands", "same-name", "two segments would have one name: name grades and bands apart")
    yield from name_faults("segments", [segment.name for segment in segments], "segment")
    for number, segment in enumerate(segments):
        if segment.name not in names:
            hint = did_you_mean(segment.name, names) or f"; there are {', '.join(sorted(names))}"
            yield fault(
                f"segments[{number}].name", "unknown-segment", f"there is no segment {segment.name!r}{hint}"
            )
