"""A lead that may flip again does so at the right instant, for the right reason, and once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from smarketing.errors import InvalidTermsError, UnknownNameError
from smarketing.facts import Account, Deal, Fact, Lead, SalesFeedback, Touch
from smarketing.frames import Frames
from smarketing.origin import Origin
from smarketing.periods import Dated
from smarketing.scoring import (
    ActiveWithin,
    Decay,
    Flip,
    FlipCause,
    Grid,
    NextTouch,
    Not,
    Rule,
    ScoringMatrix,
    Touched,
    choose_flip,
    effect_of_change,
    score_lead,
    score_leads,
)
from smarketing.scoring._replay import flips_of
from smarketing.scoring._story import Reading, Story, versions_of

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


def test_a_recorded_flip_stands_when_its_number_is_no_more(backend: str) -> None:
    """The campaign is over and the matrix no longer names it: the lead was handed over all the same."""
    rules = [Rule("visits", Touched("visit"), 30)]
    then = ScoringMatrix(name="intent", flips=[Flip(25, campaign="C1")], rules=rules)
    now, as_of = ScoringMatrix(name="intent", rules=rules), NEW_YEAR + 20 * DAY
    visit = touch(1, "visit")
    (flip,) = then.score(LEAD, [visit], as_of=as_of).flips
    fact = flip.fact(lead_id="L", score="intent", known_at=NEW_YEAR + 2 * DAY)
    for recorded in ([fact], iter([fact])):
        (still,) = now.score(LEAD, [visit], as_of=as_of, recorded=recorded).flips
        assert (still.flip.campaign, still.is_recorded) == ("C1", True)
    frames = Frames.from_dataset([LEAD, visit, fact], backend=backend)
    (in_bulk,) = score_leads(frames, now, as_of=as_of).flips
    assert (in_bulk.event.flip.campaign, in_bulk.event.is_recorded) == ("C1", True)


def test_a_number_is_only_for_its_days() -> None:
    """Nobody is ready by a number whose days are over, and nothing would make a lead so before they begin."""
    rules = [Rule("visits", Touched("visit"), 30)]
    over = ScoringMatrix(name="intent", flips=[Flip(10, ends_on=date(2026, 1, 5))], rules=rules)
    frames, as_of = Frames.from_dataset([LEAD, touch(20, "visit")]), NEW_YEAR + 30 * DAY
    scored = score_leads(frames, over, as_of=as_of)
    assert scored.flips == ()
    with pytest.raises(UnknownNameError, match="each has its days"):
        scored.ready()
    with pytest.raises(UnknownNameError, match="each has its days"):
        effect_of_change(frames, over, over, as_of=as_of)
    with pytest.raises(UnknownNameError, match="each has its days"):
        over.score(LEAD, [], as_of=as_of).what_would_flip()
    (counted,) = [
        row[2]
        for section in scored.to_report().sections
        if section.title == "Ready now"
        for table in section.blocks
        for row in table.rows  # type: ignore[union-attr]
    ]
    assert counted == 0


def test_a_dated_matrix_is_taken_as_of_its_day_or_told_to_be_dated() -> None:
    """What an agreement holds can be tried, compared, and put into a grid by its version."""
    matrix = ScoringMatrix(name="intent", flip=10, rules=[Rule("visits", Touched("visit"), 30)])
    dated, as_of = Dated.of(matrix), NEW_YEAR + 30 * DAY
    frames = Frames.from_dataset([LEAD, touch(1, "visit")])
    assert choose_flip(frames, dated, capacity_per_week=5, as_of=as_of).matrix == matrix
    assert effect_of_change(frames, dated, dated, as_of=as_of).old == matrix
    with pytest.raises(InvalidTermsError, match=r"fit takes ScoringMatrix, not Dated: agreement\.grid_at"):
        Grid(fit=dated, engagement=matrix, grades=[10], bands=[10])  # type: ignore[arg-type]


def test_sales_gives_a_lead_back_by_its_deal_too(backend: str) -> None:
    """Feedback that names only the deal is about its lead; what is told to a referrer gives nothing back."""
    rules = [Rule("visits", Touched("visit"), 30)]
    matrix = ScoringMatrix(name="intent", flips=[Flip(25, rearm="on_recycle")], rules=rules)
    deal = Deal(
        origin=Origin(system="crm", record="D"),
        occurred_at=NEW_YEAR,
        created_at=NEW_YEAR,
        deal_id="D",
        lead_id="L",
    )
    for addressee, flips_count in ((None, 2), ("referrer", 1)):
        back = SalesFeedback(
            origin=Origin(system="crm", record="F"), occurred_at=NEW_YEAR + 5 * DAY, deal_id="D",
            verdict="recycled", reason="later", addressee=addressee,
        )  # fmt: skip
        facts: list[Fact] = [LEAD, deal, back, touch(1, "visit"), touch(30, "visit")]
        frames = Frames.from_dataset(facts, backend=backend)
        assert len(score_leads(frames, matrix, as_of=NEW_YEAR + 60 * DAY).flips) == flips_count


def test_what_is_told_of_its_company_is_nothing_that_a_lead_did(backend: str) -> None:
    """A version of the account re-arms nobody, in one reading as in the other."""
    firm = Account(origin=Origin(system="crm", record="A"), occurred_at=NEW_YEAR + 9 * DAY, account_id="A")
    lead = Lead(origin=Origin(system="crm", record="L"), occurred_at=NEW_YEAR, lead_id="L", account_id="A")
    back = SalesFeedback(
        origin=Origin(system="crm", record="F"), occurred_at=NEW_YEAR + 5 * DAY, lead_id="L",
        verdict="recycled", reason="later",
    )  # fmt: skip
    matrix = ScoringMatrix(
        name="intent", flips=[Flip(25, rearm="on_recycle")], rules=[Rule("visits", Touched("visit"), 30)]
    )
    as_of, visit = NEW_YEAR + 20 * DAY, touch(1, "visit")
    alone = matrix.score(lead, [visit], as_of=as_of, account=firm, recycled=[back.occurred_at])
    frames = Frames.from_dataset([lead, firm, back, visit], backend=backend)
    assert len(alone.flips) == len(score_leads(frames, matrix, as_of=as_of).flips) == 1


def test_what_fades_beside_a_penalty_is_looked_through_at_once() -> None:
    """A visit and a complaint a second later leave the score a hair below the number, for years."""
    half_life = Decay(half_life=30 * DAY)
    rules = [
        Rule("visits", Touched("visit"), 5, decay=half_life),
        Rule("complaints", Touched("complaint"), -5, decay=half_life),
        Rule("demos", Touched("demo"), 25),
    ]
    matrix, readings = ScoringMatrix(name="intent", flip=25, rules=rules), 0
    case = matrix.score(
        LEAD,
        [touch(1, "visit"), touch(1 + 1 / 86_400, "complaint"), touch(2, "demo")],
        as_of=NEW_YEAR + 400 * DAY,
    ).case
    story = Story.of(case, versions_of(matrix))

    class Counted(Story):
        def read(self, at: int, *, without: Iterable[Any] = ()) -> Reading | None:
            nonlocal readings
            readings += 1
            return story.read(at, without=without)

    counted = Counted(story.versions, story.leads, story.accounts, story.touches, story.clock)
    found = [*flips_of(counted, None, NEW_YEAR + 400 * DAY, (), ())]
    assert readings < 500
    assert [flip.cause for flip in found] == [FlipCause.EXPIRY]
    assert all(flip.points >= flip.flip.points for flip in found)


def test_touches_of_several_campaigns_are_tried_where_each_counts_so_often() -> None:
    """A second visit of one campaign gives nothing more, and the first of another does."""
    rules = [Rule("visits", Touched("visit"), 15, per_campaign=1)]
    matrix = ScoringMatrix(name="intent", flips=[Flip(30), Flip(45, campaign="C2")], rules=rules)
    lists = matrix.score(LEAD, [], as_of=NEW_YEAR + DAY).what_would_flip()
    assert [{each.campaign_id for each in one} for one in lists] == [{"C2", None}]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([Rule("price list", Touched("visit", asset="/pricing*"), 30)], [("visit", "/pricing")]),
        ([Rule("active", ActiveWithin(5 * DAY), 30)], [("any", None)]),
        (
            [Rule("after a demo", Touched("visit"), 30, only_if=Touched("demo"))],
            [("demo", None), ("visit", None)],
        ),
        (
            [Rule("known", Touched("page"), 30), Rule("no demo", Not(Touched("demo")), -10)],
            [("demo", None), ("page", None)],
        ),
    ],
)
def test_what_would_flip_a_lead_is_looked_for_wherever_the_matrix_asks_for_touches(
    rules: list[Rule], expected: list[tuple[str, str | None]]
) -> None:
    """In patterns, in conditions beside the rule, and in what stands against the lead."""
    matrix = ScoringMatrix(name="intent", flip=30, rules=rules)
    lists = matrix.score(LEAD, [], as_of=NEW_YEAR + DAY).what_would_flip()
    assert [NextTouch(kind, asset=asset) for kind, asset in expected] in [[*each] for each in lists]
