"""The grid of fit and engagement: one lead's place is its place in bulk, and every segment is agreed."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from hypothesis import given, settings
from scoring_crowd import AS_OF, crowd

from smarketing.errors import InvalidTermsError, UnknownNameError
from smarketing.facts import Fact
from smarketing.frames import Frames, rows_of
from smarketing.language import words
from smarketing.renderers import render
from smarketing.scoring import (
    Exclusion,
    Grid,
    Known,
    Matches,
    OneOf,
    Rule,
    ScoringMatrix,
    Segment,
    Touched,
    grid_from_plain,
    grid_to_plain,
    score_side_by_side,
    segment_leads,
)
from smarketing.testing import BACKENDS
from smarketing.testing import strategies as draw
from smarketing.values import Points

FIT = ScoringMatrix(
    name="fit",
    rules=[
        Rule("retail", when=OneOf("company", "Shop"), points=20),
        Rule("can be called", when=Known("phone"), points=10),
    ],
    exclude=[Exclusion("students", when=Matches("email", "*.edu"))],
)
ENGAGEMENT = ScoringMatrix(name="engagement", rules=[Rule("visits", when=Touched("visit"), points=5, cap=40)])
GRID = Grid(fit=FIT, engagement=ENGAGEMENT, grades=[30, 20, 10], bands=[30, 15, 5])


def test_one_lead_is_where_it_is_in_bulk(backend: str) -> None:
    """Segment and both scores, of leads, of the excluded, and of people of whom only touches are known."""
    leads, touches = crowd()
    facts: list[Fact] = [*leads, *touches]
    found = segment_leads(Frames.from_dataset(facts, backend=backend), GRID, as_of=AS_OF)
    rows = {row["lead_id"]: row for row in rows_of(found.rows)}
    ids = {lead.lead_id for lead in leads} | {touch.lead_id for touch in touches}
    for lead_id in ids:
        own = [lead for lead in leads if lead.lead_id == lead_id]
        placed = GRID.place(own, [each for each in touches if each.lead_id == lead_id], as_of=AS_OF)
        row = rows.get(lead_id, {"segment": None, "fit_points": None, "engagement_points": None})
        assert row["segment"] == (placed.segment.name if placed.segment else None), lead_id
        for score, column in ((placed.fit, "fit_points"), (placed.engagement, "engagement_points")):
            assert row[column] == (None if score.points is None else score.points.micro), lead_id
    counted = {each.segment.name: each.leads_count for each in found.counts}
    assert sum(counted.values()) + found.unplaced_count == len(rows)
    assert counted == {name: sum(row["segment"] == name for row in rows.values()) for name in counted}


@pytest.mark.parametrize("engine", BACKENDS)
@settings(max_examples=8)
@given(told=draw.told_leads(), fit=draw.matrices(), engagement=draw.matrices(), as_of=draw.scored_at())
def test_whatever_the_two_scores_are_one_lead_is_where_it_is_in_bulk(
    engine: str, told: draw.Told, fit: ScoringMatrix, engagement: ScoringMatrix, as_of: datetime
) -> None:
    """With any criteria, limits and exclusions on either side."""
    grid = Grid(fit=fit, engagement=engagement, grades=[10, 3, 0], bands=[10, 3, 0])
    facts: list[Fact] = [*told.leads, *told.accounts, *told.touches]
    found = segment_leads(Frames.from_dataset(facts, backend=engine), grid, as_of=as_of)
    rows = {row["lead_id"]: row["segment"] for row in rows_of(found.rows)}
    placed = grid.place(told.leads, told.touches, as_of=as_of, account=told.accounts)
    assert rows.get(told.lead_id) == (placed.segment.name if placed.segment else None)


def test_every_segment_from_a1_to_d4_has_an_action_and_an_owner() -> None:
    """By default; what a company agrees on replaces them one by one."""
    names = [segment.name for segment in GRID.all_segments]
    assert names == [f"{grade}{band}" for grade in "ABCD" for band in "1234"]
    assert all(segment.action and segment.owner for segment in GRID.all_segments)
    own = Segment("A1", "call within the hour", owner="inside sales")
    grid = Grid(fit=FIT, engagement=ENGAGEMENT, grades=[30, 20, 10], bands=[30, 15, 5], segments=[own])
    assert grid.segment("A", "1") == own
    assert grid.segment("A", "2") == GRID.segment("A", "2")


def test_a_number_is_reached_from_itself_on() -> None:
    """At the number is in the higher grade, a micro-point below it in the lower one."""
    at, below = Points.of(20), Points(Points.of(20).micro - 1)
    assert [GRID.segment_of(fit, Points.of(15)).name for fit in (at, below)] == ["B2", "C2"]  # type: ignore[union-attr]


def test_what_is_unscored_or_excluded_is_in_no_segment() -> None:
    """That is not the lowest one."""
    assert GRID.segment_of(None, Points.of(50)) is None
    assert GRID.segment_of(Points.of(50), None) is None


def test_grades_may_have_names_of_their_own() -> None:
    """Given by name, in any order; the one without a number is for everybody below."""
    grid = Grid(
        fit=FIT,
        engagement=ENGAGEMENT,
        grades={"cold": None, "warm": 10, "hot": 30},
        bands={"x": 5, "y": None},
    )
    assert [cut.name for cut in grid.grades] == ["hot", "warm", "cold"]
    assert grid.segment_of(Points.of(10), Points.of(5)) == Segment("warmx")
    with pytest.raises(UnknownNameError, match="did you mean 'warm'"):
        grid.segment("warn", "x")


def test_bands_may_be_given_in_any_order() -> None:
    """A lead is in the highest band that it reaches, not in the first one that somebody wrote."""
    written = {"bands": [{"name": "warm", "low": 10}, {"name": "cold"}, {"name": "hot", "low": 25}]}
    said = {"fit": "fit", "engagement": "engagement", "grades": [20, 10], **written}
    grid = grid_from_plain(said, {"fit": FIT, "engagement": ENGAGEMENT})
    assert [cut.name for cut in grid.bands] == ["hot", "warm", "cold"]
    assert grid.segment_of(Points.of(20), Points.of(40)) == Segment("Ahot")


def test_only_a_grid_of_sixteen_has_actions_that_nobody_agreed_on() -> None:
    """In a grid of two by two, B2 is the lowest of all: no default hands it to sales."""
    small = Grid(fit=FIT, engagement=ENGAGEMENT, grades=[20], bands=[10])
    assert [segment.action for segment in small.all_segments] == [""] * 4


def test_every_fault_of_a_grid_is_told_at_once() -> None:
    """Two grades at one number, no lowest band, a segment that there is not."""
    with pytest.raises(InvalidTermsError) as fault:
        Grid(
            fit=FIT,
            engagement=ENGAGEMENT,
            grades={"A": 30, "B": 30, "C": None},
            bands={"1": 10, "2": 5},
            segments=[Segment("A9")],
        )
    codes = {problem.code for problem in fault.value.problems}
    assert codes == {"number-twice", "no-lowest", "unknown-segment"}


def test_the_report_has_the_grid_and_what_is_agreed() -> None:
    """A line for each grade, and one for each segment."""
    found = segment_leads(Frames.from_dataset([*crowd()[0]]), GRID, as_of=AS_OF)
    shown = render(found.to_report(words("en")), "text").content
    assert "Hand to sales today" in shown
    assert re.search(r"leads? (is|are) in no segment", shown)


def test_several_scores_stand_side_by_side(backend: str) -> None:
    """Each in a column of its name, to the micro-point of the score alone, missing where there is none."""
    leads, touches = crowd(seed=3)
    frames = Frames.from_dataset([*leads, *touches], backend=backend)
    native = score_side_by_side(frames, [FIT, ENGAGEMENT], as_of=AS_OF)
    import narwhals.stable.v2 as nw

    rows = {row["lead_id"]: row for row in rows_of(nw.from_native(native).lazy())}
    for lead in leads:
        own = [touch for touch in touches if touch.lead_id == lead.lead_id]
        for matrix in (FIT, ENGAGEMENT):
            points = matrix.score(lead, own, as_of=AS_OF).points
            assert rows[lead.lead_id][f"{matrix.name}_points"] == (points.micro if points else None)
    with pytest.raises(ValueError, match="name them apart"):
        score_side_by_side(frames, [FIT, FIT], as_of=AS_OF)
    with pytest.raises(ValueError, match="at least one"):
        score_side_by_side(frames, [], as_of=AS_OF)


MATRICES = {"fit": FIT, "engagement": ENGAGEMENT}


def test_a_grid_written_to_a_file_reads_back_equal() -> None:
    """With names and segments of its own, and as numbers alone."""
    own = Segment("warmx", "call", owner="sales")
    grades = {"cold": None, "warm": 10, "hot": 30}
    named = Grid(fit=FIT, engagement=ENGAGEMENT, grades=grades, bands={"x": 5, "y": None}, segments=[own])
    for grid in (GRID, named):
        assert grid_from_plain(grid_to_plain(grid, MATRICES), MATRICES) == grid
    short = {"fit": "fit", "engagement": "engagement", "grades": [30, 20, 10], "bands": [30, 15, 5]}
    assert grid_from_plain(short, MATRICES) == GRID


def test_a_grid_in_a_file_names_scores_that_there_are() -> None:
    """Both wrong names are told at once, and so is what is no grid at all."""
    short = {"fit": "fti", "engagement": "x", "grades": [1], "bands": [1]}
    with pytest.raises(InvalidTermsError) as fault:
        grid_from_plain(short, MATRICES)
    assert [problem.origin.field for problem in fault.value.problems] == ["fit", "engagement"]
    for wrong in ("A1", {"fit": "fit"}, {**short, "grades": ["many"]}, {**short, "colour": "red"}):
        with pytest.raises(InvalidTermsError):
            grid_from_plain(wrong, MATRICES)
    with pytest.raises(InvalidTermsError, match="not among the matrices"):
        grid_to_plain(GRID, {"fit": FIT})
