"""One lead's score: the agreed order, to the micro-point, however it is read."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.errors import InvalidFactError, UnknownNameError
from smarketing.facts import Account, Lead, Touch
from smarketing.origin import Origin
from smarketing.scoring import (
    Decay,
    Exclusion,
    Group,
    LineKind,
    NextTouch,
    OneOf,
    Rule,
    ScoreStatus,
    ScoringMatrix,
    Touched,
)
from smarketing.scoring._evidence import rule_points
from smarketing.scoring._lines import total_of
from smarketing.testing import strategies as draw
from smarketing.values import Points, Share, Traits

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LEAD = Lead(origin=Origin(), occurred_at=AS_OF - DAY, lead_id="L-1")


def touch(kind: str, days_ago: float = 1, **fields: object) -> Touch:
    """A touch so many days before the moment of the tests."""
    at = AS_OF - days_ago * DAY
    record = f"{kind}/{days_ago}/{fields}"
    return Touch(origin=Origin(record=record), occurred_at=at, lead_id="L-1", kind=kind, **fields)  # type: ignore[arg-type]


def points(rule: Rule, *touches: Touch, **limits: object) -> float:
    """What a matrix of one rule gives for touches."""
    matrix = ScoringMatrix(name="test", rules=[rule], **limits)  # type: ignore[arg-type]
    found = matrix.score(LEAD, touches, as_of=AS_OF).points
    assert found is not None
    return float(found)


@given(draw.matrices(), draw.told_leads(), draw.scored_at())
def test_the_compiled_reading_is_the_plain_reading(
    matrix: ScoringMatrix, told: draw.Told, as_of: datetime
) -> None:
    """Every criterion, limit and decay, rule by rule, to the micro-point."""
    score = matrix.score(told.leads, told.touches, as_of=as_of, account=told.accounts)
    if score.status is ScoreStatus.SCORED:
        plain = [rule_points(rule, score.case, as_of, matrix) for rule in matrix.rules]
        assert list(score._parts) == plain
        assert score.points == Points(total_of(matrix, plain))


@given(draw.matrices(), draw.told_leads(), draw.scored_at())
def test_the_lines_add_up_to_the_points(matrix: ScoringMatrix, told: draw.Told, as_of: datetime) -> None:
    """Limits of groups and of the whole have lines of their own."""
    score = matrix.score(told.leads, told.touches, as_of=as_of, account=told.accounts)
    assert sum(line.points.micro for line in score.lines) == (score.points.micro if score.points else 0)


@given(draw.matrices(), draw.told_leads(), draw.scored_at(), st.randoms(use_true_random=False))
def test_the_order_in_which_facts_are_told_changes_nothing(
    matrix: ScoringMatrix, told: draw.Told, as_of: datetime, random: object
) -> None:
    """Of touches and of versions, also where instants coincide."""
    score = matrix.score(told.leads, told.touches, as_of=as_of, account=told.accounts)
    backwards = matrix.score(told.leads[::-1], told.touches[::-1], as_of=as_of, account=told.accounts[::-1])
    assert (score.points, score.lines) == (backwards.points, backwards.lines)


@given(draw.matrices(), draw.told_leads(), draw.scored_at())
def test_nothing_is_seen_ahead(matrix: ScoringMatrix, told: draw.Told, as_of: datetime) -> None:
    """What had not happened, or was not known, before the moment changes nothing."""
    known = [
        [fact for fact in facts if fact.counts(as_of)] for facts in (told.leads, told.touches, told.accounts)
    ]
    score = matrix.score(told.leads, told.touches, as_of=as_of, account=told.accounts)
    assert score == matrix.score(known[0], known[1], as_of=as_of, account=known[2])


def test_a_touch_at_the_very_moment_does_not_count() -> None:
    """Facts count before `as_of`, not at it."""
    rule = Rule("visits", when=Touched("visit"), points=5)
    assert points(rule, touch("visit", 0)) == 0
    assert points(rule, touch("visit", 0.00001)) == 5


def test_kinds_are_compared_folded_and_by_patterns() -> None:
    """As people type them; a wildcard stands for any run of characters."""
    rule = Rule("mail", when=Touched(("EMAIL_*", "reply")), points=1)
    assert points(rule, touch("email_opened"), touch("Email_Clicked"), touch("Reply"), touch("visit")) == 3


def test_a_window_keeps_the_touches_of_the_last_so_long() -> None:
    """The touch just at its edge still counts."""
    rule = Rule("visits", when=Touched("visit"), points=1, window=7 * DAY)
    assert points(rule, touch("visit", 7), touch("visit", 7.00001), touch("visit", 6)) == 2


def test_once_takes_the_first_and_decay_its_age() -> None:
    """Earliest wins, so the older touch with fewer points is the one that counts."""
    rule = Rule("visits", when=Touched("visit"), points=8, once=True, decay=Decay(half_life=10 * DAY))
    assert points(rule, touch("visit", 10), touch("visit", 20)) == 2


def test_the_window_comes_before_the_limit() -> None:
    """A touch that is too old takes no place."""
    rule = Rule("visits", when=Touched("visit"), points=5, once=True, window=15 * DAY)
    assert points(rule, touch("visit", 20), touch("visit", 10)) == 5


def test_days_are_those_of_the_matrixs_zone() -> None:
    """One in the morning in Madrid is the day before in UTC."""
    rule = Rule("visits", when=Touched("visit"), points=1, per_day=1)
    late, early = touch("visit", 2 + 1.5 / 24), touch("visit", 2 - 1 / 24)
    assert points(rule, late, early, zone="UTC") == 2
    assert points(rule, late, early, zone="Europe/Madrid") == 1


def test_per_campaign_follows_per_day() -> None:
    """What the day leaves is counted by campaign; touches of no campaign are one campaign."""
    rule = Rule("clicks", when=Touched("click"), points=1, per_day=2, per_campaign=1)
    clicks = [touch("click", 3 - n / 100, campaign_id=campaign) for n, campaign in enumerate(["A", "A", "B"])]
    assert points(rule, *clicks) == 1  # the day takes both of A, and one of them counts
    assert points(rule, touch("click", 1), touch("click", 9)) == 1


def test_points_fade_by_whole_periods() -> None:
    """A quarter is lost with each whole month, and nothing is left after four."""
    fading = Decay(share=Share.percent(25), per=30 * DAY)
    rule = Rule("visits", when=Touched("visit"), points=10, decay=fading)
    assert [points(rule, touch("visit", days)) for days in (29, 30, 61, 120)] == [10, 7.5, 5, 0]


def test_a_cap_holds_points_of_either_sign() -> None:
    """It is given as a positive number."""
    visits = [touch("visit", day) for day in range(1, 6)]
    assert points(Rule("up", when=Touched("visit"), points=4, cap=10), *visits) == 10
    assert points(Rule("down", when=Touched("visit"), points=-4, cap=10), *visits) == -10


def test_limits_of_groups_come_before_those_of_the_whole() -> None:
    """Each has a line that says what it took or gave."""
    rules = [
        Rule("likes", when=Touched("like"), points=30, group="social"),
        Rule("shares", when=Touched("share"), points=10, group="social"),
        Rule("demo", when=Touched("demo"), points=50),
    ]
    matrix = ScoringMatrix(name="intent", rules=rules, groups=[Group("social", ceiling=20)], ceiling=60)
    score = matrix.score(None, [touch("like"), touch("share"), touch("demo")], as_of=AS_OF)
    assert [(line.name, float(line.points), line.kind) for line in score.lines] == [
        ("likes", 30, LineKind.RULE),
        ("shares", 10, LineKind.RULE),
        ("demo", 50, LineKind.RULE),
        ("social", -20, LineKind.GROUP),
        ("intent", -10, LineKind.LIMIT),
    ]
    assert score.points == Points.of(60)


def test_an_excluded_lead_has_no_points_and_that_is_not_zero() -> None:
    """Competitors and students are not scored, and say why."""
    lead = Lead(origin=Origin(), occurred_at=AS_OF - DAY, lead_id="L-1", job_title="Student")
    matrix = ScoringMatrix(
        name="intent",
        rules=[Rule("visits", when=Touched("visit"), points=5)],
        exclude=[Exclusion("students", when=OneOf("job_title", "student"))],
    )
    score = matrix.score(lead, [touch("visit")], as_of=AS_OF)
    assert (score.points, score.status, score.excluded_by) == (None, ScoreStatus.EXCLUDED, "students")
    assert (score.lines, score.flipped_at, score.evidence("visits")) == ((), None, ())


def test_somebody_of_whom_nothing_is_known_is_unscored() -> None:
    """No points are not 0 points; a lead that is known and did nothing has 0."""
    matrix = ScoringMatrix(name="intent", rules=[Rule("visits", when=Touched("visit"), points=5)])
    nobody = matrix.score(None, [touch("visit", -1)], as_of=AS_OF)
    assert (nobody.points, nobody.status) == (None, ScoreStatus.UNSCORED)
    lead = Lead(origin=Origin(), occurred_at=AS_OF - DAY, lead_id="L-1")
    assert matrix.score(lead, [], as_of=AS_OF).points == Points.of(0)


def test_rules_hold_on_their_days() -> None:
    """From the first day to the last, in the matrix's zone, at the moment of the score."""
    for starts, ends, expected in (
        (date(2026, 6, 1), None, 5),
        (date(2026, 6, 2), None, 0),
        (None, date(2026, 5, 31), 0),
        (None, date(2026, 6, 1), 5),
    ):
        rule = Rule("visits", when=Touched("visit"), points=5, starts_on=starts, ends_on=ends)
        assert points(rule, touch("visit")) == expected


def test_the_account_that_the_lead_names_is_read() -> None:
    """Another company's data are not the lead's."""
    rule = Rule("food", when=OneOf("account.industry", "food"), points=5)
    matrix = ScoringMatrix(name="fit", rules=[rule])
    lead = Lead(origin=Origin(), occurred_at=AS_OF - DAY, lead_id="L-1", account_id="A-1")
    accounts = [
        Account(origin=Origin(), occurred_at=AS_OF - DAY, account_id=account_id, industry=industry)
        for account_id, industry in (("A-1", "Food"), ("A-2", "steel"))
    ]
    assert matrix.score(lead, [], as_of=AS_OF, account=accounts).points == Points.of(5)
    assert matrix.score(lead, [], as_of=AS_OF, account=accounts[1]).points == Points.of(0)


def test_true_and_one_are_two_values_of_an_own_field() -> None:
    """What Python takes for equal is told apart, in what is remembered too."""
    rule = Rule("partner", when=OneOf("trait_tier", 1), points=5)
    matrix = ScoringMatrix(name="fit", rules=[rule])
    for value, expected in ((True, 0), (1, 5), ("1", 5), (True, 0), ("x", 0)):
        lead = Lead(origin=Origin(), occurred_at=AS_OF - DAY, lead_id="L-1", traits=Traits({"tier": value}))
        assert matrix.score(lead, [], as_of=AS_OF).points == Points.of(expected)


def test_evidence_names_the_touches_behind_a_line() -> None:
    """Which counted, earliest first, and for how much each."""
    rule = Rule("visits", when=Touched("visit"), points=4, per_day=1, decay=Decay(half_life=10 * DAY))
    matrix = ScoringMatrix(name="intent", rules=[rule])
    visits = [touch("visit", 10), touch("visit", 10, asset="x"), touch("visit", 20)]
    score = matrix.score(None, visits, as_of=AS_OF)
    assert [float(each.points) for each in score.evidence("visits")] == [1, 2]
    with pytest.raises(UnknownNameError, match="did you mean 'visits'"):
        score.evidence("visit")


def test_a_moment_without_a_zone_is_refused() -> None:
    """Nobody could say when it was."""
    matrix = ScoringMatrix(name="intent", rules=[Rule("visits", when=Touched("visit"), points=5)])
    with pytest.raises(InvalidFactError, match="no time zone"):
        matrix.score(None, [], as_of=datetime(2026, 1, 1))  # noqa: DTZ001


def test_many_kinds_that_never_come_again_are_not_kept() -> None:
    """A kind per page is odd, and fills no memory."""
    matrix = ScoringMatrix(name="intent", rules=[Rule("visits", when=Touched("visit"), points=1)])
    for start in range(0, 20_000, 2_000):
        touches = [touch(f"visit {n}") for n in range(start, start + 2_000)]
        assert matrix.score(None, [*touches, touch("visit")], as_of=AS_OF).points == Points.of(1)


def test_what_would_flip_a_lead_are_the_shortest_lists() -> None:
    """Single touches, those that bring most first."""
    rules = [
        Rule("demo", when=Touched("demo"), points=20),
        Rule("visits", when=Touched("visit", channel="web"), points=6),
        Rule("three downloads", when=Touched("download", at_least=2), points=30),
        Rule("leaves", when=Touched("unsubscribe"), points=-50),
    ]
    matrix = ScoringMatrix(name="intent", flip=27, rules=rules)
    score = matrix.score(LEAD, [touch("download")], as_of=AS_OF)
    assert score.what_would_flip() == ((NextTouch("download"),),)
    fresh = matrix.score(LEAD, [touch("visit", channel="web")], as_of=AS_OF)
    assert fresh.what_would_flip()[0] == (NextTouch("demo"), NextTouch("demo"))
    assert (NextTouch("demo"), NextTouch("visit", "web")) in [
        tuple(sorted(each, key=repr)) for each in fresh.what_would_flip()
    ]
    assert matrix.score(LEAD, [touch("demo"), touch("demo")], as_of=AS_OF).what_would_flip() == ((),)
    assert fresh.what_would_flip(most=0) == ()


def test_scoring_one_lead_loads_no_dataframe_library() -> None:
    """As a web hook does it: nothing of Narwhals, nor of an engine."""
    code = """
import sys
from datetime import UTC, datetime
from smarketing.facts import Touch
from smarketing.origin import Origin
from smarketing.scoring import Rule, ScoringMatrix, Touched
matrix = ScoringMatrix(name="i", flip=1, rules=[Rule("v", when=Touched("v"), points=1)])
touch = Touch(origin=Origin(), occurred_at=datetime(2026, 1, 1, tzinfo=UTC), lead_id="L", kind="v")
score = matrix.score(None, [touch], as_of=datetime(2026, 2, 1, tzinfo=UTC))
score.lines, score.flipped_at, score.evidence("v"), score.what_would_flip(), score.since(score)
print(sorted({name.partition(".")[0] for name in sys.modules} & {"narwhals", "polars", "pandas", "duckdb"}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@given(draw.matrices(), draw.matrices(), draw.told_leads(), draw.scored_at(), draw.scored_at())
def test_what_moved_a_score_adds_up_to_the_difference(
    old: ScoringMatrix, new: ScoringMatrix, told: draw.Told, first: datetime, second: datetime
) -> None:
    """Between two moments, and between two versions of the matrix."""
    early, late = sorted((first, second))
    before = old.score(told.leads, told.touches, as_of=early, account=told.accounts)
    for matrix in (old, new):
        after = matrix.score(told.leads, told.touches, as_of=late, account=told.accounts)
        micros = [score.points.micro if score.points else 0 for score in (before, after)]
        assert sum(move.points.micro for move in after.since(before)) == micros[1] - micros[0]


def test_a_movement_says_why() -> None:
    """Gained, faded, expired, held by a cap, and changed by the rules."""
    rules = [
        Rule("visits", when=Touched("visit"), points=8, cap=10),
        Rule("clicks", when=Touched("click"), points=4, decay=Decay(half_life=10 * DAY)),
        Rule("calls", when=Touched("call"), points=3, window=15 * DAY),
    ]
    old = ScoringMatrix(name="intent", rules=rules)
    new = ScoringMatrix(name="intent", rules=[*rules[:2], Rule("calls", when=Touched("call"), points=1)])
    touches = [touch("visit", 12), touch("visit", 5), touch("click", 20), touch("call", 20)]
    before = old.score(None, touches, as_of=AS_OF - 10 * DAY)
    moves = new.score(None, touches, as_of=AS_OF).since(before)
    assert [(move.name, move.cause.value, float(move.points)) for move in moves] == [
        ("visits", "gained", 8),
        ("visits", "capped", -6),
        ("clicks", "decayed", -1),
        ("calls", "expired", -3),
        ("calls", "rule_changed", 1),
    ]
