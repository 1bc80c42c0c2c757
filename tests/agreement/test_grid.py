"""A grid in the agreement: what is done with leads by how well they fit and how much they are engaged."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smarketing.agreement import load_agreement
from smarketing.errors import InvalidTermsError
from smarketing.facts import Lead, Touch
from smarketing.origin import Origin

AGREED = """
[company]
name = "Acme"
zone = "UTC"
currency = "EUR"

[scoring.fit]
rules = [{ name = "retail", when = { one_of = { field = "company", values = ["Shop"] } }, points = 30 }]
[[scoring.intent]]
from = 2026-01-01
rules = [{ name = "visits", when = { touched = "visit" }, points = 5 }]
[[scoring.intent]]
from = 2026-03-01
rules = [{ name = "visits", when = { touched = "visit" }, points = 25 }]

[grid]
fit = "fit"
engagement = "intent"
grades = [30, 20, 10]
bands = [25, 10, 1]
segments = [{ name = "A1", action = "Call within the hour", owner = "inside sales" }]
"""


def test_a_lead_is_placed_by_the_scores_in_force() -> None:
    """One visit is worth 5 in February and 25 in March: the same lead is an A3, then an A1."""
    agreement = load_agreement(AGREED)
    at = datetime(2026, 1, 10, tzinfo=UTC)
    lead = Lead(origin=Origin(record="L-1"), lead_id="L-1", occurred_at=at, company="Shop")
    visit = Touch(origin=Origin(record="T-1"), lead_id="L-1", occurred_at=at, kind="visit")
    placed = []
    for moment in (datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)):
        grid = agreement.grid_at(moment)
        assert grid is not None
        placed.append(grid.place(lead, [visit], as_of=moment).segment)
    assert [segment.name for segment in placed if segment] == ["A3", "A1"]
    assert placed[1] is not None
    assert (placed[1].action, placed[1].owner) == ("Call within the hour", "inside sales")


def test_before_its_first_day_there_is_no_grid() -> None:
    """And an agreement need not have one."""
    dated = load_agreement(AGREED.replace("[grid]", "[[grid]]\nfrom = 2026-02-01"))
    assert dated.grid_at(datetime(2026, 1, 31, tzinfo=UTC)) is None
    assert dated.grid_at(datetime(2026, 2, 1, tzinfo=UTC)) is not None
    assert load_agreement(AGREED.partition("[grid]")[0]).grid_at(datetime(2026, 2, 1, tzinfo=UTC)) is None


def test_a_grid_is_read_back_equal() -> None:
    """Grades and bands are written with their names."""
    agreement = load_agreement(AGREED)
    assert load_agreement(agreement.to_toml()) == agreement


def test_what_changed_is_said() -> None:
    """The number of a grade, and what is agreed about a segment."""
    newer = load_agreement(AGREED.replace("[30, 20, 10]", "[40, 20, 10]").replace("within the hour", "today"))
    assert load_agreement(AGREED).diff(newer) == (
        "grid: grade 'A': low was 30, is now 40",
        "grid: segment 'A1': action was 'Call within the hour', is now 'Call today'",
    )


def test_every_fault_is_told_at_once_with_its_place() -> None:
    """A score that is not agreed on, a segment that the grid does not have, and a misspelled key."""
    wrong = (
        AGREED.replace('engagement = "intent"', 'engagement = "intend"')
        .replace('name = "A1"', 'name = "A9"')
        .replace("[company]", '[company]\nlanguage = "en"')
    )
    with pytest.raises(InvalidTermsError) as told:
        load_agreement(wrong)
    found = {(problem.origin.field, problem.code) for problem in told.value.problems}
    assert found == {
        ("company.language", "unknown-key"),
        ("grid.segments[0].name", "unknown-segment"),
        ("grid.engagement", "unknown-score"),
    }
    assert "did you mean 'intent'?" in str(told.value)
