"""A criterion of another package that changes with time alone says when, and leads flip at that instant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from smarketing.errors import InvalidTermsError
from smarketing.facts import Fact, Lead, Touch
from smarketing.frames import Frames
from smarketing.origin import Origin
from smarketing.scoring import (
    Criterion,
    Exclusion,
    FlipCause,
    Not,
    Rule,
    ScoringMatrix,
    Touched,
    View,
    score_leads,
)

DAY = timedelta(days=1)
MICRO = timedelta(microseconds=1)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
AS_OF = NEW_YEAR + 60 * DAY
LEAD = Lead(origin=Origin(record="L"), occurred_at=NEW_YEAR, created_at=NEW_YEAR, lead_id="L")


@attrs.frozen
class Old(Criterion):
    """At least so many days old."""

    days: int = 10
    scope = "lead"

    def matches(self, view: View) -> bool | None:
        """By the age of the lead, or of the touch."""
        return None if view.age_days is None else view.age_days >= self.days

    def turns_after(self) -> Iterable[timedelta]:
        """When it is old enough."""
        return [timedelta(days=self.days)]


@attrs.frozen
class OldTouch(Old):
    """The same of a touch."""

    scope = "touch"


def touch(day: float, kind: str = "visit") -> Touch:
    """Something that the lead did, so many days after the year's first."""
    return Touch(
        origin=Origin(record=f"{kind} {day}"), occurred_at=NEW_YEAR + day * DAY, lead_id="L", kind=kind
    )


def test_a_lead_flips_when_a_criterion_turns(backend: str) -> None:
    """Of the lead, in a condition, against it, or of its touches; with or without facts at other times."""
    ten = Rule("ten days old", Old(), 10)
    visits, demo = Rule("visits", Touched("visit"), 10), Touched("demo")
    of_touch = Touched("visit", where=OldTouch(5))
    matrices: list[tuple[ScoringMatrix, list[Touch], float]] = [
        (ScoringMatrix(name="a", flip=10, rules=[ten]), [], 10),
        (ScoringMatrix(name="b", flip=10, rules=[ten]), [touch(20)], 10),
        (ScoringMatrix(name="c", flip=10, rules=[attrs.evolve(visits, only_if=Old())]), [touch(3)], 10),
        (ScoringMatrix(name="d", flip=10, rules=[Rule("old visits", of_touch, 10)]), [touch(3)], 8),
        (ScoringMatrix(name="e", flip=20, rules=[Rule("as one", Not(Not(of_touch)), 20)]), [touch(3)], 8),
        (
            ScoringMatrix(name="f", flip=10, rules=[visits], exclude=[Exclusion("young", Not(Old()))]),
            [touch(3)],
            10,
        ),
        (ScoringMatrix(name="g", flip=20, rules=[ten, Rule("demo", demo, 10)]), [touch(2, "demo")], 10),
    ]
    for matrix, touches, day in matrices:
        alone = matrix.score(LEAD, touches, as_of=AS_OF).flips
        facts: list[Fact] = [LEAD, *touches]
        in_bulk = score_leads(Frames.from_dataset(facts, backend=backend), matrix, as_of=AS_OF).flips
        turned = NEW_YEAR + day * DAY - MICRO  # as of the instant after it, exactly so many days are over
        expected = [(turned, FlipCause.EXPIRY)]
        assert [(flip.at, flip.cause) for flip in alone] == expected, matrix.name
        assert [(flip.event.at, flip.event.cause) for flip in in_bulk] == expected, matrix.name


def test_a_condition_on_touches_within_others_flips_in_bulk_too(backend: str) -> None:
    """Twice denied is asked once: there is such a touch, and the lead flips with it."""
    matrix = ScoringMatrix(name="intent", flip=20, rules=[Rule("as one", Not(Not(Touched("visit"))), 20)])
    alone = matrix.score(LEAD, [touch(3), touch(4)], as_of=AS_OF).flips
    frames = Frames.from_dataset([LEAD, touch(3), touch(4)], backend=backend)
    (flip,) = score_leads(frames, matrix, as_of=AS_OF).flips
    assert (flip.event,) == alone


def test_a_length_that_is_none_is_a_fault_of_the_matrix() -> None:
    """Where the criterion stands, beside what else is wrong."""
    with pytest.raises(InvalidTermsError) as fault:
        ScoringMatrix(name="", rules=[Rule("old", Not(Old(0)), 10)])
    assert {str(each.origin.field): each.code for each in fault.value.problems} == {
        "name": "blank-name",
        "rules[0].when.not.Old.turns_after": "no-length",
    }
