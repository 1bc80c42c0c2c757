"""Why a score moved: each reason has its own line, and what was there before is not new."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given

from smarketing.errors import InvalidTermsError
from smarketing.facts import Lead, Touch
from smarketing.origin import Origin
from smarketing.scoring import InactiveFor, Known, Not, Rule, ScoringMatrix, Touched
from smarketing.testing import strategies as draw

DAY = timedelta(days=1)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
FEBRUARY, APRIL = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


def lead(day: float = 0, lead_id: str = "L-1", **fields: object) -> Lead:
    """A version of a lead, known so many days after the year's first."""
    origin, at = Origin(system="crm", record=lead_id), NEW_YEAR + day * DAY
    return Lead(origin=origin, occurred_at=at, created_at=NEW_YEAR, lead_id=lead_id, **fields)  # type: ignore[arg-type]


def touch(day: float, kind: str = "visit") -> Touch:
    """Something that the lead did, so many days after the year's first."""
    origin = Origin(system="site", record=f"{kind} {day}")
    return Touch(origin=origin, occurred_at=NEW_YEAR + day * DAY, lead_id="L-1", kind=kind)


def moves(
    rule: Rule, leads: Sequence[Lead], touches: Sequence[Touch], early: datetime = FEBRUARY
) -> list[tuple[str, float]]:
    """Why the score of one rule is another one in April."""
    matrix = ScoringMatrix(name="intent", rules=[rule])
    before, after = (matrix.score(leads, touches, as_of=as_of) for as_of in (early, APRIL))
    return [(move.cause.value, float(move.points)) for move in after.since(before)]


def test_a_condition_that_new_touches_fulfil_is_a_gain() -> None:
    """The third visit came between the two readings; nothing else became known of the lead."""
    rule = Rule("three visits", Touched("visit", at_least=3), 10)
    assert moves(rule, [lead()], [touch(1), touch(2), touch(50)]) == [("gained", 10)]
    against = Rule("no demo", Not(Touched("demo")), -10)
    assert moves(against, [lead()], [touch(50, "demo")]) == [("gained", 10)]


def test_a_condition_that_time_alone_turns_has_expired() -> None:
    """Nobody did anything: silence has lasted long enough."""
    rule = Rule("silent", InactiveFor(60 * DAY), -5)
    assert moves(rule, [lead()], [touch(20)]) == [("expired", -5)]


def test_a_condition_that_a_new_version_fulfils_is_a_change_of_the_lead() -> None:
    """The telephone number came to be known."""
    rule = Rule("phone", Known("phone"), 4)
    assert moves(rule, [lead(), lead(50, phone="600")], []) == [("lead_changed", 4)]


def test_what_a_rule_that_begins_finds_already_there_is_no_gain() -> None:
    """Two visits were there before; only the third is new. Where it ends, all is gone for that reason."""
    visits = [touch(1), touch(2), touch(70)]
    begins = Rule("since march", Touched("visit"), 7, starts_on=date(2026, 3, 1))
    assert moves(begins, [lead()], visits) == [("rule_changed", 14), ("gained", 7)]
    ends = Rule("until february", Touched("visit"), 7, ends_on=date(2026, 2, 28))
    assert moves(ends, [lead()], visits) == [("rule_changed", -14)]
    once = Rule("created", Known("created_at"), 3, starts_on=date(2026, 3, 1))
    assert moves(once, [lead()], []) == [("rule_changed", 3)]


def test_what_a_condition_lets_in_is_no_gain() -> None:
    """Two visits were there before the telephone number was known; only the third is new."""
    rule = Rule("visits of whom we can call", Touched("visit"), 1, only_if=Known("phone"))
    versions, visits = [lead(), lead(50, phone="600")], [touch(1), touch(2), touch(70)]
    assert moves(rule, versions, visits) == [("lead_changed", 2), ("gained", 1)]
    after_demo = Rule("visits of whom saw a demo", Touched("visit"), 1, only_if=Touched("demo"))
    assert moves(after_demo, [lead()], [touch(1), touch(50, "demo")]) == [("gained", 1)]


@given(draw.matrices(), draw.told_leads(), draw.scored_at())
def test_a_score_has_not_moved_since_itself(matrix: ScoringMatrix, told: draw.Told, at: datetime) -> None:
    """No reason is named where there is no difference."""
    score = matrix.score(told.leads, told.touches, as_of=at, account=told.accounts)
    assert score.since(score) == ()


def test_scores_of_two_leads_are_not_compared() -> None:
    """Nor is a score with something that is none."""
    matrix = ScoringMatrix(name="intent", rules=[Rule("visits", Touched("visit"), 1)])
    mine = matrix.score(lead(), [], as_of=APRIL)
    with pytest.raises(InvalidTermsError, match="two scores of the same lead"):
        mine.since(matrix.score(lead(lead_id="L-2"), [], as_of=FEBRUARY))
    with pytest.raises(InvalidTermsError, match="since takes Score, not NoneType"):
        mine.since(None)  # type: ignore[arg-type]
