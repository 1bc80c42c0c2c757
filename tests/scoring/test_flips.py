"""A flip is the first instant at which the score, as it could be read then, reaches the number."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.errors import InvalidTermsError
from smarketing.facts import Flipped, Lead, Touch
from smarketing.origin import Origin
from smarketing.periods import Dated
from smarketing.scoring import (
    Decay,
    Exclusion,
    Flip,
    FlipCause,
    InactiveFor,
    OneOf,
    Rearm,
    Rule,
    Score,
    ScoringMatrix,
    Touched,
    score_lead,
)
from smarketing.testing import strategies as draw
from smarketing.values import Points, Share

DAY, MICRO = timedelta(days=1), timedelta(microseconds=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
AS_OF = START + 365 * DAY
VISIT = Rule("visits", Touched("visit"), 10)
NO_BUDGET = Rule("says no budget", Touched("no_budget"), -10, decay=Decay(half_life=10 * DAY))


def touch(kind: str, day: float, known: float | None = None, **fields: object) -> Touch:
    """A touch on a day counted from the start."""
    return Touch(
        origin=Origin(record=f"{kind}{day}{fields}"),
        occurred_at=START + day * DAY,
        known_at=START + (day if known is None else known) * DAY,
        lead_id="L-1",
        kind=kind,
        **fields,  # type: ignore[arg-type]
    )


def scored(
    *touches: Touch, rules: tuple[Rule, ...] = (VISIT,), flip: Flip | int = 25, **more: object
) -> Score:
    """The score of a lead by a matrix of some rules."""
    flips = (flip,) if isinstance(flip, Flip) else (Flip(flip),)
    matrix = ScoringMatrix(name="intent", rules=rules, flips=flips)
    return matrix.score(more.pop("lead", None), touches, as_of=AS_OF, **more)  # type: ignore[arg-type]


def days(score: Score) -> list[float]:
    """The days of its flips, counted from the start."""
    return [(event.at - START) / DAY for event in score.flips]


def is_at(matrix: ScoringMatrix, told: draw.Told, as_of: datetime) -> bool:
    """Whether the score of a lead is at the number, as of an instant."""
    score = matrix.score(told.leads, told.touches, as_of=as_of, account=told.accounts)
    return score.points is not None and score.points >= matrix.flips[0].points


@given(draw.matrices(most_rules=3), draw.told_leads(), draw.scored_at(), st.data())
def test_a_flip_is_the_first_instant_at_the_number(
    matrix: ScoringMatrix, told: draw.Told, as_of: datetime, data: st.DataObject
) -> None:
    """Whatever made it cross: just after it the score is there, and never at any instant before."""
    score = matrix.score(told.leads, told.touches, as_of=as_of, account=told.accounts)
    flipped = score.flips
    assert len(flipped) <= 1
    end = flipped[0].at if flipped else as_of
    if flipped:
        assert end < as_of
        assert is_at(matrix, told, end + MICRO)
    facts = [*told.leads, *told.touches, *told.accounts]
    instants = {max(fact.occurred_at, fact.known_at) for fact in facts}
    starts = {fact.occurred_at for fact in told.touches}
    lengths = [timedelta(hours=1), DAY, 7 * DAY, 30 * DAY, 45 * DAY + MICRO]
    instants |= {start + length * n for start in starts for length in lengths for n in range(1, 5)}
    instants |= {data.draw(draw.scored_at()) for _ in range(3)}
    begins = datetime(2025, 1, 20, tzinfo=ZoneInfo(matrix.zone))  # rules do; the flip is at that instant
    for at in instants:
        for moment in (at, at + MICRO):
            if moment <= end and moment != begins:
                assert not is_at(matrix, told, moment), moment


@given(draw.matrices(most_rules=3), draw.told_leads(), draw.scored_at(), draw.scored_at())
def test_a_later_look_finds_the_same_flip(
    matrix: ScoringMatrix, told: draw.Told, first: datetime, second: datetime
) -> None:
    """What has happened does not change by being looked at later: a flip is found once, and stays."""
    early, late = sorted((first, second))
    before, after = (
        matrix.score(told.leads, told.touches, as_of=as_of, account=told.accounts).flips
        for as_of in (early, late)
    )
    assert before == tuple(event for event in after if event.at < early)


def test_the_touch_that_crosses_is_named() -> None:
    """With the instant of the touch, the score then, and the fact."""
    third = touch("visit", 30)
    (event,) = scored(touch("visit", 10), touch("visit", 20), third, touch("visit", 40)).flips
    assert (event.at, event.cause, event.fact_id) == (third.occurred_at, FlipCause.TOUCH, third.id)
    assert event.points == Points.of(30)


def test_a_touch_that_is_known_late_flips_when_it_is_known() -> None:
    """Before that, nobody could have known."""
    assert days(scored(touch("visit", 10), touch("visit", 20), touch("visit", 5, known=33))) == [33]


def test_of_touches_at_one_instant_the_one_that_crosses_is_named() -> None:
    """In the order of their ids."""
    together = sorted((touch("visit", 10, asset=f"/{n}") for n in range(4)), key=lambda one: one.id)
    (event,) = scored(*together[::-1]).flips
    assert event.fact_id == together[2].id
    assert event.points == Points.of(30)


def test_a_version_of_the_lead_can_be_the_cause() -> None:
    """Somebody is found to be a chief."""
    rules = (VISIT, Rule("chief", OneOf("job_title", "CEO"), 20))
    clerk = Lead(origin=Origin(), occurred_at=START, lead_id="L-1", job_title="clerk")
    chief = attrs.evolve(clerk, occurred_at=START + 50 * DAY, known_at=START + 60 * DAY, job_title="ceo")
    (event,) = scored(touch("visit", 10), rules=rules, lead=[clerk, chief]).flips
    assert (event.at, event.cause, event.fact_id) == (START + 60 * DAY, FlipCause.LEAD, chief.id)


def test_the_expiry_of_what_stood_against_a_lead_can_be_the_cause() -> None:
    """A penalty falls out of its window, and the score is there without any fact."""
    penalty = Rule("complains", Touched("complaint"), -20, window=30 * DAY)
    visits = [touch("visit", day) for day in (10, 11, 12)]
    (event,) = scored(touch("complaint", 5), *visits, rules=(VISIT, penalty)).flips
    assert (event.at, event.cause, event.fact_id) == (START + 35 * DAY, FlipCause.EXPIRY, None)


def test_a_penalty_that_fades_lets_the_score_rise_to_the_number() -> None:
    """Half-lives are no events; the very microsecond is found."""
    visits = [touch("visit", day) for day in (1, 2, 3)]
    score = scored(touch("no_budget", 0), *visits, rules=(VISIT, NO_BUDGET))
    (event,) = score.flips
    assert event.cause is FlipCause.EXPIRY
    assert (event.at - START) / DAY == pytest.approx(10, abs=1e-5)  # half of 10 is 5, and 30 - 5 is 25
    assert event.points == Points.of(25)
    told = draw.Told(lead_id="L-1", leads=(), accounts=(), touches=score.case.touches)
    assert not is_at(score.matrix, told, event.at)
    assert is_at(score.matrix, told, event.at + MICRO)


def test_a_penalty_that_fades_by_periods_flips_as_the_period_ends() -> None:
    """To the microsecond."""
    fading = Rule("no", Touched("no"), -10, decay=Decay(share=Share.percent(50), per=10 * DAY))
    visits = [touch("visit", day) for day in (1, 2, 3)]
    (event,) = scored(touch("no", 0), *visits, rules=(VISIT, fading)).flips
    assert event.at == START + 10 * DAY - MICRO


def test_a_penalty_for_silence_ends_with_a_touch() -> None:
    """And silence itself is no flip, where it costs points."""
    silence = Rule("silent", InactiveFor(30 * DAY), -10)
    touches = [touch("visit", day) for day in (1, 2, 3)]
    assert days(scored(*touches[:2], touch("visit", 90), rules=(VISIT, silence), flip=30)) == [90]
    waited = Rule("waits", InactiveFor(30 * DAY), 10)
    assert days(scored(*touches, rules=(VISIT, waited), flip=40)) == [33]


def test_a_rule_that_begins_can_be_the_cause() -> None:
    """On its first day, in the matrix's zone."""
    spring = Rule("spring", Touched("visit"), 10, starts_on=date(2026, 4, 1))
    (event,) = scored(touch("visit", 10), touch("visit", 20), rules=(VISIT, spring), flip=40).flips
    assert (event.at, event.cause) == (datetime(2026, 4, 1, tzinfo=UTC), FlipCause.RULE_CHANGE)


def test_a_number_holds_on_its_days() -> None:
    """Who is there already when the campaign begins flips as it begins."""
    flip = Flip(10, campaign="C-1", starts_on=date(2026, 4, 1), ends_on=date(2026, 4, 30))
    assert scored(touch("visit", 10), flip=flip).flipped_at == datetime(2026, 4, 1, tzinfo=UTC)
    assert scored(touch("visit", 200), flip=flip).flipped_at is None


def test_a_lead_flips_once_unless_agreed_otherwise() -> None:
    """However often it crosses."""
    penalty = Rule("complains", Touched("complaint"), -50, window=30 * DAY)
    touches = [touch("visit", 10), touch("complaint", 20)]
    assert days(scored(*touches, rules=(VISIT, penalty), flip=10)) == [10]


def test_after_a_fall_below_the_margin_it_may_flip_again() -> None:
    """A fall that is too small does not count; points that fade are a fall too."""
    rule = Rule("visits", Touched("visit"), 10, decay=Decay(half_life=10 * DAY))
    again = Flip(10, rearm=Rearm.AFTER_FALL, margin=5)
    assert days(scored(*[touch("visit", d) for d in (0, 9, 60)], rules=(rule,), flip=again)) == [0, 60]
    near = Flip(10, rearm=Rearm.AFTER_FALL, margin="9.9")
    assert days(scored(*[touch("visit", d) for d in (0, 20, 300)], rules=(rule,), flip=near)) == [0, 300]


def test_after_sales_has_recycled_a_lead_the_next_fact_flips_it_again() -> None:
    """Not the recycling itself, for the score stands where it stood."""
    again = Flip(25, rearm=Rearm.ON_RECYCLE)
    touches = [touch("visit", day) for day in (1, 2, 3, 50, 90)]
    assert days(scored(*touches, flip=again)) == [3]
    assert days(scored(*touches, flip=again, recycled=[START + 40 * DAY])) == [3, 50]
    assert days(scored(*touches, flip=Flip(25), recycled=[START + 40 * DAY])) == [3]


def test_a_recorded_flip_stands_though_the_matrix_changed() -> None:
    """And is the last one, unless it may flip again."""
    recorded = Flipped(
        origin=Origin(),
        occurred_at=START + 2 * DAY,
        lead_id="L-1",
        score="intent",
        score_points=Points.of(99),
        flip_points=Points.of(90),
        cause="touch",
    )
    score = scored(touch("visit", 1), touch("visit", 2), touch("visit", 3), recorded=[recorded])
    (event,) = score.flips
    assert (event.at, event.points, event.is_recorded) == (START + 2 * DAY, Points.of(99), True)
    other = attrs.evolve(recorded, score="fit")
    assert days(scored(touch("visit", 1), flip=10, recorded=[other])) == [1]


def test_a_flip_becomes_a_fact_to_act_on() -> None:
    """It says what happened, and is known from when it was found."""
    score = scored(touch("visit", 1), flip=Flip(10, campaign="C-1", action="send the offer"))
    (event,) = score.flips
    fact = event.fact(lead_id="L-1", score="intent", known_at=AS_OF)
    assert (fact.occurred_at, fact.known_at, fact.campaign_id) == (START + DAY, AS_OF, "C-1")
    assert (fact.score_points, fact.flip_points, fact.cause) == (Points.of(10), Points.of(10), "touch")
    assert (
        score.matrix.score(None, score.case.touches, as_of=AS_OF + DAY, recorded=[fact]).flips[0].is_recorded
    )


def test_an_excluded_lead_does_not_flip() -> None:
    """Until it is excluded no more."""
    matrix = ScoringMatrix(
        name="intent",
        flip=10,
        rules=[VISIT],
        exclude=[Exclusion("students", when=OneOf("job_title", "student"))],
    )
    student = Lead(origin=Origin(), occurred_at=START, lead_id="L-1", job_title="student")
    chief = attrs.evolve(student, occurred_at=START + 50 * DAY, job_title="CEO")
    score = matrix.score([student, chief], [touch("visit", 10)], as_of=AS_OF)
    assert (days(score), score.flips[0].cause) == ([50], FlipCause.LEAD)


def test_a_change_of_the_matrix_can_be_the_cause() -> None:
    """The version in force at each instant counts for it."""
    old = ScoringMatrix(name="intent", flip=30, rules=[VISIT])
    low = ScoringMatrix(name="intent", flip=20, rules=[VISIT])
    dated = Dated(((date(2026, 1, 1), old), (date(2026, 3, 1), low)))
    touches = [touch("visit", 1), touch("visit", 2)]
    score = score_lead(None, touches, dated, as_of=AS_OF)
    assert score.matrix == low
    assert (score.flipped_at, score.flips[0].cause) == (
        datetime(2026, 3, 1, tzinfo=UTC),
        FlipCause.RULE_CHANGE,
    )
    assert score_lead(None, touches, dated, as_of=datetime(2026, 3, 1, tzinfo=UTC)).flipped_at is None
    with pytest.raises(InvalidTermsError, match="no terms were in force"):
        score_lead(None, touches, dated, as_of=START - DAY)
