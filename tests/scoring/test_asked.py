"""What is asked wrongly is told in words, and all of it at once: no figure comes of it, and no riddle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from known_odds import CUSTOMER, NOW, company

from smarketing.errors import InvalidFramesError, InvalidTermsError, UnknownNameError
from smarketing.frames import Frames
from smarketing.scoring import (
    LeadOutcome,
    Rule,
    ScoringMatrix,
    Touched,
    calibrate,
    choose_flip,
    grid_from_plain,
    score_leads,
    score_side_by_side,
)
from smarketing.values import Money, Share

MATRIX = ScoringMatrix(name="intent", flip=5, rules=[Rule("demos", Touched("demo"), 10)])


@pytest.fixture(scope="module")
def frames() -> Frames:
    """Some leads, a few of whom became customers."""
    return Frames.from_dataset(company(200)[0])


def test_terms_of_learning_that_cannot_be_are_told_at_once(frames: Frames) -> None:
    """By their names."""
    with pytest.raises(InvalidTermsError) as fault:
        calibrate(
            frames,
            CUSTOMER,
            as_of=NOW,
            after=timedelta(-1),
            within=timedelta(),
            window=timedelta(),
            held_out=Share.percent(100),
            points_per_doubling=0,
            most_levels=0,
            fewest=0,
            ridge=-1,
        )
    assert [str(each.origin.field) for each in fault.value.problems] == [
        *("after", "within", "window", "held_out", "points_per_doubling", "most_levels", "fewest", "ridge")
    ]


def test_a_trusted_field_is_one_that_there_is(frames: Frames) -> None:
    """A name that is misspelt would be trusted in vain."""
    with pytest.raises(UnknownNameError, match="did you mean 'country'"):
        calibrate(frames, CUSTOMER, as_of=NOW, trusted=["contry"])


def test_a_stage_that_nobody_entered_is_named_where_too_few_turned_out_well(frames: Frames) -> None:
    """With the nearest one that somebody did enter."""
    with pytest.raises(InvalidFramesError, match=r"No lead ever entered a stage 'custmer' \(did you mean"):
        calibrate(frames, LeadOutcome.reached("custmer"), as_of=NOW)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda _: LeadOutcome.reached(), "say which stage"),
        (lambda _: LeadOutcome.answered("acepted"), "did you mean 'accepted'"),
        (lambda known: calibrate(known, CUSTOMER, as_of=NOW, fields="country"), r"write \['country'\]"),
        (
            lambda known: calibrate(known, CUSTOMER, as_of=NOW, held_out=0.3),
            "held_out takes Share, not float",
        ),  # type: ignore[arg-type]
        (lambda known: choose_flip(known, MATRIX, capacity_per_week="6", as_of=NOW), "a number of leads"),  # type: ignore[arg-type]
        (
            lambda known: choose_flip(known, MATRIX, capacity_per_week=6, value=2000, as_of=NOW),  # type: ignore[arg-type]
            "value takes Money, not int",
        ),
        (
            lambda known: choose_flip(
                known,
                MATRIX,
                capacity_per_week=6,
                value=Money(1, "EUR"),
                cost="1",  # type: ignore[arg-type]
                as_of=NOW,
            ),
            "cost takes Money, not str",
        ),
        (lambda known: score_leads(known, MATRIX, as_of=NOW).top(-1), "0 or more"),
        (lambda known: score_side_by_side(known, MATRIX, as_of=NOW), r"write \[matrix\]"),  # type: ignore[arg-type]
    ],
)
def test_what_is_of_another_kind_is_told_so(
    frames: Frames, asked: Callable[[Frames], object], said: str
) -> None:
    """With what to write instead."""
    with pytest.raises(InvalidTermsError, match=said):
        asked(frames)


def test_a_grade_that_is_no_number_is_told_in_its_place() -> None:
    """Beside whatever else is wrong with the grid."""
    plain = {"fit": 5, "engagement": "intent", "grades": ["a", 10], "bands": [{"name": "all"}]}
    with pytest.raises(InvalidTermsError) as fault:
        grid_from_plain(plain, {"intent": MATRIX})
    assert [str(each.origin.field) for each in fault.value.problems] == ["fit", "grades[0].low"]
