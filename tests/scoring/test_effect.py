"""The effect of a change before it is adopted: who would newly be ready, and who no longer."""

from __future__ import annotations

from collections import Counter

import pytest
from scoring_crowd import AS_OF, crowd

from smarketing.errors import UnknownNameError
from smarketing.facts import Lead, Touch
from smarketing.frames import Frames
from smarketing.language import words
from smarketing.renderers import render
from smarketing.scoring import (
    Exclusion,
    Flip,
    FlipChange,
    Matches,
    OneOf,
    Rule,
    ScoringMatrix,
    Touched,
    effect_of_change,
)

VISITS = Rule("visits", when=Touched("visit"), points=5)
OLD = ScoringMatrix(name="intent", flip=15, rules=[VISITS])
NEW = ScoringMatrix(
    name="intent",
    flip=25,
    rules=[VISITS, Rule("retail", when=OneOf("company", "Shop"), points=15)],
    exclude=[Exclusion("students", when=Matches("email", "*.edu"))],
)


def change_of(lead: Lead, touches: list[Touch]) -> FlipChange:
    """What the change does to one lead, read one by one."""
    own = [touch for touch in touches if touch.lead_id == lead.lead_id]
    was, now = (
        (points := matrix.score(lead, own, as_of=AS_OF).points) is not None
        and points >= matrix.flips[0].points
        for matrix in (OLD, NEW)
    )
    if was:
        return FlipChange.STILL if now else FlipChange.NO_LONGER
    return FlipChange.NEWLY if now else FlipChange.STILL_NOT


def test_the_effect_is_that_of_scoring_each_lead_twice(backend: str) -> None:
    """On every engine; the four effects add up to all leads, and all of them occur here."""
    leads, touches = crowd(count=80, strangers=0)
    effect = effect_of_change(Frames.from_dataset([*leads, *touches], backend=backend), OLD, NEW, as_of=AS_OF)
    expected = {lead.lead_id: change_of(lead, touches) for lead in leads}
    assert effect.counts == {change: Counter(expected.values())[change] for change in FlipChange}
    assert min(effect.counts.values()) > 0
    for change in FlipChange:
        found = effect.leads(change)
        assert {lead.lead_id for lead in found} == {each for each, was in expected.items() if was is change}
        best = [lead.after.micro if lead.after else -1 for lead in found]
        assert best == sorted(best, reverse=True)


def test_the_same_matrix_changes_nothing() -> None:
    """Nobody moves, and there is nothing to say."""
    leads, touches = crowd(count=30)
    effect = effect_of_change(Frames.from_dataset([*leads, *touches]), OLD, OLD, as_of=AS_OF)
    assert effect.sentences == ()
    assert effect.moved_count == effect.counts[FlipChange.NEWLY] == effect.counts[FlipChange.NO_LONGER] == 0


def test_a_lead_that_becomes_excluded_moves_and_is_no_longer_ready() -> None:
    """Excluded is not 0, so it counts as a move even from 0 points."""
    leads, _ = crowd(count=30)
    effect = effect_of_change(Frames.from_dataset([*leads]), OLD, NEW, as_of=AS_OF)
    students = sum(lead.email == "a@uni.edu" for lead in leads)
    shops = sum(lead.company == "Shop" and lead.email != "a@uni.edu" for lead in leads)
    assert students
    assert effect.moved_count == students + shops


def test_a_campaign_has_to_have_a_number_in_both_versions() -> None:
    """Else there is nothing to compare."""
    only = ScoringMatrix(name="intent", flips=[Flip(5, campaign="C-1")], rules=[VISITS])
    with pytest.raises(UnknownNameError, match="no flip number"):
        effect_of_change(Frames.from_dataset([]), only, OLD, as_of=AS_OF, campaign="C-2")


def test_the_report_says_what_differs_and_who_it_concerns() -> None:
    """The sentences, the four counts, and the leads that would newly be ready."""
    leads, touches = crowd(count=80, strangers=0)
    effect = effect_of_change(Frames.from_dataset([*leads, *touches]), OLD, NEW, as_of=AS_OF)
    shown = render(effect.to_report(words("en")), "text").content
    assert "rule 'retail' is new" in shown
    assert "Would newly be ready" in shown
    assert effect.leads("newly")[0].lead_id in shown
