"""A lead that may flip again does so at the right instant, for the right reason, and once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from smarketing.facts import Lead, Touch
from smarketing.origin import Origin
from smarketing.periods import Dated
from smarketing.scoring import Decay, Flip, FlipCause, Rule, ScoringMatrix, Touched, score_lead

DAY = timedelta(days=1)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
LEAD = Lead(origin=Origin(system="crm", record="L"), occurred_at=NEW_YEAR, lead_id="L")


def touch(day: float, kind: str) -> Touch:
    """Something that the lead did, so many days after the year's first."""
    origin = Origin(system="site", table="touches", record=f"{kind} {day}")
    return Touch(origin=origin, occurred_at=NEW_YEAR + day * DAY, lead_id="L", kind=kind)


def test_a_lead_given_back_flips_again_by_what_it_does_next() -> None:
    """Its score never fell below the number; the demo after the recycling is the cause, and counts."""
    rules = [Rule("visits", Touched("visit"), 30), Rule("demos", Touched("demo"), 10)]
    matrix = ScoringMatrix(name="intent", flips=[Flip(25, rearm="on_recycle")], rules=rules)
    visit, demo = touch(1, "visit"), touch(10, "demo")
    score = matrix.score(LEAD, [visit, demo], as_of=NEW_YEAR + 20 * DAY, recycled=[NEW_YEAR + 5 * DAY])
    assert [(flip.cause, flip.fact_id, float(flip.points)) for flip in score.flips] == [
        (FlipCause.TOUCH, visit.id, 30.0),
        (FlipCause.TOUCH, demo.id, 40.0),
    ]


def test_a_lead_that_fell_flips_again_when_the_penalty_has_faded() -> None:
    """A complaint takes ten of thirty points, and half as many ten days later: then there are 25 again."""
    rules = [
        Rule("demos", Touched("demo"), 30),
        Rule("complaints", Touched("complaint"), -10, decay=Decay(half_life=10 * DAY)),
    ]
    matrix = ScoringMatrix(name="intent", flips=[Flip(25, rearm="after_fall", margin=3)], rules=rules)
    score = matrix.score(LEAD, [touch(1, "demo"), touch(20, "complaint")], as_of=NEW_YEAR + 200 * DAY)
    first, second = score.flips
    assert (first.cause, second.cause) == (FlipCause.TOUCH, FlipCause.EXPIRY)
    assert abs(second.at - (NEW_YEAR + 30 * DAY)) < timedelta(seconds=1)


def test_a_change_of_terms_at_midnight_is_no_fall() -> None:
    """Ten points until the last of February and twelve since: there was no moment without any."""
    again = [Flip(10, rearm="after_fall", margin=5)]
    february = Rule("fairs of february", Touched("fair"), 10, ends_on=date(2026, 2, 28))
    dated = Dated(
        (
            (date.min, ScoringMatrix(name="intent", flips=again, rules=[february])),
            (
                date(2026, 3, 1),
                ScoringMatrix(name="intent", flips=again, rules=[Rule("fairs", Touched("fair"), 12)]),
            ),
        )
    )
    score = score_lead(LEAD, [touch(36, "fair")], dated, as_of=NEW_YEAR + 90 * DAY)
    assert [(flip.at, flip.cause) for flip in score.flips] == [(NEW_YEAR + 36 * DAY, FlipCause.TOUCH)]


def test_a_penalty_that_ends_flips_at_the_midnight_after_its_last_day() -> None:
    """Not a microsecond before, as if it had faded away."""
    fading = Decay(half_life=300 * DAY)
    rules = [
        Rule("demos", Touched("demo"), 30),
        Rule("complaints", Touched("complaint"), -20, decay=fading, ends_on=date(2026, 2, 28)),
    ]
    matrix = ScoringMatrix(name="intent", flip=25, rules=rules)
    (flip,) = matrix.score(LEAD, [touch(1, "complaint"), touch(2, "demo")], as_of=NEW_YEAR + 200 * DAY).flips
    assert (flip.at, flip.cause) == (datetime(2026, 3, 1, tzinfo=UTC), FlipCause.RULE_CHANGE)
