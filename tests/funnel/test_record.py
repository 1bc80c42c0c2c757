"""One record's way through its funnel, read from facts that come in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.errors import IllegalMoveError, InvalidFactError, UnknownNameError
from smarketing.facts import Assigned, Deal, DealClosed, DealReopened, Fact, Lead, Retracted, StageEntered
from smarketing.funnel import Evidence, Funnel, Timeline, timeline
from smarketing.origin import Origin, Severity

DEFAULT = Funnel.default()
PIPELINE = Funnel.classic_pipeline()
END = datetime(2026, 2, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    """An instant of January 2026: 1.5 is noon of the first."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number - 1)


def said(record: str) -> Origin:
    """A record of the CRM."""
    return Origin(system="crm", record=record)


def lead(created: float, **fields) -> Lead:
    """A version of lead L-1, written when it was created unless `occurred_at` says otherwise."""
    fields = {"origin": said("L-1"), "occurred_at": day(created), "created_at": day(created), **fields}
    return Lead(lead_id="L-1", **fields)


def entered(stage: str, on: float, **fields) -> StageEntered:
    """L-1 entered a stage; with a deal_id, that deal did."""
    return StageEntered(origin=said("L-1"), **{"lead_id": "L-1", **fields}, stage=stage, occurred_at=day(on))


def deal(created: float, deal_id: str = "D-1", **fields) -> Deal:
    """A version of a deal of L-1."""
    fields = {"occurred_at": day(created), "created_at": day(created), "lead_id": "L-1", **fields}
    return Deal(origin=said(deal_id), deal_id=deal_id, **fields)


def closed(outcome: str, on: float, deal_id: str = "D-1", **fields) -> DealClosed:
    """A deal was won or lost."""
    return DealClosed(origin=said(deal_id), deal_id=deal_id, outcome=outcome, occurred_at=day(on), **fields)


def reopened(on: float, deal_id: str = "D-1") -> DealReopened:
    """A deal was opened again."""
    return DealReopened(origin=said(deal_id), deal_id=deal_id, occurred_at=day(on))


def read(*facts: Fact, funnel: Funnel = DEFAULT, as_of: datetime = END) -> Timeline:
    """The timeline of the facts."""
    return timeline(facts, funnel, as_of=as_of)


def path(story: Timeline) -> list[str]:
    """The places really entered, in order."""
    return [stay.stage for stay in story.stays if not stay.filled]


def codes(story: Timeline) -> list[str]:
    """The codes of the problems, in order."""
    return [problem.code for problem in story.problems]


def test_no_facts_make_an_empty_timeline() -> None:
    """It is nowhere, nobody owns it, and nothing is wrong."""
    story = read()
    assert (story.stage_now, story.owners_now, story.assigned_to, story.record_id) == (
        None,
        frozenset(),
        None,
        None,
    )
    assert (story.stays, story.problems, story.time_in_stage("lead")) == ((), (), None)


def test_a_timeline_tells_when_how_long_by_whom_and_why() -> None:
    """From capture to customer, with evidence where no stage entry says so."""
    story = read(
        lead(2),
        entered("mql", 4, by_id="ana", reason="score"),
        entered("sql", 7, by_id="luis"),
        deal(9),
        closed("won", 19, by_id="luis", reason="price"),
    )
    assert [(stay.stage, stay.entered_at, stay.left_at, stay.by, stay.why) for stay in story.stays[1:]] == [
        ("lead", day(2), day(4), None, None),
        ("mql", day(4), day(7), "ana", "score"),
        ("sql", day(7), day(9), "luis", None),
        ("opportunity", day(9), day(19), None, None),
        ("customer", day(19), None, "luis", "price"),
    ]
    assert [stay.evidence for stay in story.stays if stay.evidence] == list(Evidence)
    assert story.stays[2].time_in_stage == timedelta(days=3)
    assert story.time_in_stage("customer") == END - day(19)
    assert (story.stage_now, story.owners_now, story.record_id) == ("customer", {"sales"}, "L-1")
    assert codes(story) == []
    with pytest.raises(UnknownNameError, match="did you mean 'customer'"):
        story.time_in_stage("custommer")


def test_a_skipped_stage_counts_as_passed_when_the_next_later_one_was_entered() -> None:
    """It is marked, takes no time, and nobody is said to have moved it."""
    jump = entered("opportunity", 5, by_id="ana")
    story = read(lead(2), jump)
    filled = [
        (stay.stage, stay.entered_at, stay.time_in_stage, stay.by, stay.fact_id)
        for stay in story.stays
        if stay.filled
    ]
    nothing = timedelta()
    assert filled[1:] == [("mql", day(5), nothing, None, jump.id), ("sql", day(5), nothing, None, jump.id)]
    assert filled[0][:3] == ("prospect", day(2), nothing)


def test_reentries_are_kept_and_fill_nothing_twice() -> None:
    """Back from nurture, the second stay stands beside the first."""
    story = read(lead(2), entered("mql", 3), entered("recycled", 5), entered("mql", 9), entered("sql", 10))
    assert path(story) == ["lead", "mql", "recycled", "mql", "sql"]
    assert [stay.stage for stay in story.stays if stay.filled] == ["prospect"]
    assert story.time_in_stage("mql") == timedelta(days=2 + 1)
    assert codes(story) == []


def test_marketing_owns_a_recycled_lead_and_nobody_a_lost_one() -> None:
    """Departments own places, detours included."""
    assert read(lead(2), entered("recycled", 3)).owners_now == {"marketing"}
    assert read(lead(2), entered("mql", 3)).owners_now == {"marketing", "sales"}
    assert read(lead(2), entered("lost", 3)).owners_now == frozenset()


def test_a_fact_counts_only_if_it_happened_and_was_known_before() -> None:
    """Both clocks, and neither instant itself."""
    late = entered("mql", 3, known_at=day(8))
    assert path(read(lead(2), late, as_of=day(8))) == ["lead"]
    assert path(read(lead(2), late, as_of=day(8.1))) == ["lead", "mql"]
    assert path(read(lead(2), as_of=day(2))) == []


def test_a_move_that_the_funnel_forbids_is_kept_and_reported() -> None:
    """Facts are what happened."""
    story = read(lead(2), entered("sql", 3), entered("lead", 5))
    assert path(story) == ["lead", "sql", "lead"]
    [problem] = story.problems
    assert (problem.code, problem.severity, problem.origin) == ("illegal-move", Severity.WARNING, said("L-1"))
    assert "backward" in problem.message


def test_a_stage_that_the_funnel_does_not_have_is_reported() -> None:
    """With the nearest word, and without moving the record."""
    story = read(lead(2), entered("oportunity", 3))
    assert (path(story), codes(story)) == (["lead"], ["unknown-stage"])
    assert "did you mean 'opportunity'?" in story.problems[0].message


def test_what_a_fact_implies_moves_a_record_forward_only() -> None:
    """A capture date later than the first move, or a second deal of a customer, moves nothing back."""
    assert path(read(entered("mql", 2), lead(4))) == ["mql"]
    customer = [lead(2), deal(3), closed("won", 5), deal(8, "D-2")]
    assert path(read(*customer)) == ["lead", "opportunity", "customer"]
    assert path(read(lead(2), entered("recycled", 3), deal(6))) == ["lead", "recycled", "opportunity"]


def test_a_lost_deal_loses_the_lead_only_if_no_other_is_alive() -> None:
    """Neither an open deal nor a won one may be forgotten."""
    two = [lead(2), deal(3), deal(4, "D-2"), closed("lost", 6)]
    assert read(*two).stage_now == "opportunity"
    assert read(*two, closed("lost", 9, "D-2")).stage_now == "lost"
    assert read(*two, closed("won", 9, "D-2")).stage_now == "customer"
    won = [lead(2), deal(3), closed("won", 5), deal(6, "D-2"), closed("lost", 8, "D-2")]
    assert read(*won).stage_now == "customer"
    assert codes(read(*won)) == []


def test_a_new_deal_brings_a_lost_lead_back_through_the_reopened_detour() -> None:
    """The way back is on record, and no move is illegal."""
    story = read(lead(2), deal(3), closed("lost", 5), deal(9, "D-2"))
    assert [stay.stage for stay in story.stays][-3:] == ["lost", "reopened", "opportunity"]
    assert story.stays[-2].filled
    assert codes(story) == []


def test_a_reopened_deal_reopens_what_was_closed() -> None:
    """Reopening something open changes nothing."""
    assert path(read(lead(2), deal(3), closed("lost", 5), reopened(7)))[-2:] == ["lost", "reopened"]
    assert path(read(lead(2), deal(3), reopened(7))) == ["lead", "opportunity"]
    back = read(lead(2), deal(3), closed("lost", 5), reopened(7), entered("opportunity", 7))
    assert path(back)[-3:] == ["lost", "reopened", "opportunity"]
    assert codes(back) == []


def test_a_win_after_a_loss_without_a_reopening_is_reported() -> None:
    """A contradiction is kept, and said."""
    story = read(lead(2), deal(3), closed("lost", 5), closed("won", 8))
    assert (story.stage_now, codes(story)) == ("customer", ["illegal-move"])


def test_a_pipeline_reads_what_is_said_of_the_deal() -> None:
    """A stage entry that names a deal moves the deal and not the lead."""
    facts = [
        lead(2),
        entered("mql", 3),
        deal(4),
        entered("qualified", 6, deal_id="D-1"),
        closed("lost", 9),
    ]
    story = read(*facts, funnel=PIPELINE)
    assert [stay.stage for stay in story.stays] == ["identified", "contacted", "qualified", "lost"]
    assert (story.record_id, codes(story)) == ("D-1", [])
    assert path(read(*facts)) == ["lead", "mql", "opportunity", "lost"]


def test_a_closing_goes_nowhere_where_the_funnel_has_no_such_detour() -> None:
    """A funnel without a detour for lost keeps the record where it was."""
    funnel = Funnel(name="plain", stages=DEFAULT.stages)
    assert read(lead(2), deal(3), closed("lost", 5), reopened(6), funnel=funnel).stage_now == "opportunity"


def test_several_records_are_refused() -> None:
    """A timeline is of one."""
    with pytest.raises(InvalidFactError, match="L-1, L-2"):
        read(lead(2), StageEntered(origin=said("L-2"), lead_id="L-2", stage="mql", occurred_at=day(3)))
    with pytest.raises(InvalidFactError, match="D-1, D-2"):
        read(deal(2), deal(2, "D-2"), funnel=PIPELINE)


def test_the_last_known_version_of_a_record_counts() -> None:
    """A correction of the capture date replaces it."""
    corrected = lead(3, occurred_at=day(5))
    assert read(lead(2), corrected).stays[0].entered_at == day(3)
    assert read(lead(2), corrected, as_of=day(5)).stays[0].entered_at == day(2)


def test_retracted_facts_do_not_count() -> None:
    """A fact by its id; a record until the source speaks of it again."""
    wrong = entered("sql", 4)
    by_id = Retracted(origin=said("R-1"), retracted_fact_id=wrong.id, occurred_at=day(6))
    assert path(read(lead(2), wrong, by_id)) == ["lead"]
    assert path(read(lead(2), wrong, by_id, as_of=day(6))) == ["lead", "sql"]
    record = Retracted(
        origin=said("R-2"), retracted_table="leads", retracted_record="L-1", occurred_at=day(6)
    )
    assert path(read(lead(2), record)) == []
    assert path(read(lead(2), record, lead(2, occurred_at=day(7)))) == ["lead"]


def test_the_person_is_the_one_to_whom_the_record_was_given_last() -> None:
    """By an assignment or by a version of the record; departments are another thing."""

    def given_to(owner: str | None, on: float, **about: str) -> Assigned:
        about = about or {"lead_id": "L-1"}
        return Assigned(origin=said("L-1"), owner_id=owner, occurred_at=day(on), **about)

    assert read(lead(2, owner_id="ana")).assigned_to == "ana"
    assert read(lead(2, owner_id="ana"), given_to("luis", 3)).assigned_to == "luis"
    assert read(given_to("luis", 3), lead(2, occurred_at=day(5), owner_id="eva")).assigned_to == "eva"
    assert read(given_to("luis", 3), lead(2, occurred_at=day(5))).assigned_to == "luis"
    assert read(lead(2, owner_id="ana"), given_to(None, 3)).assigned_to is None
    assert read(lead(2, owner_id="ana"), given_to("luis", 3, deal_id="D-1")).assigned_to == "ana"


def test_a_legal_move_is_a_fact_to_keep() -> None:
    """Reading it again moves the record."""
    story = read(lead(2))
    fact = story.move("mql", at=day(4), by="ana", why="score")
    assert (fact.lead_id, fact.deal_id, fact.stage, fact.by_id, fact.reason) == (
        "L-1",
        None,
        "mql",
        "ana",
        "score",
    )
    assert read(lead(2), fact).stays[-1].by == "ana"
    about_deal = read(deal(3), funnel=PIPELINE).move("won", at=day(5), origin=said("D-1"))
    assert (about_deal.lead_id, about_deal.deal_id, about_deal.origin) == (None, "D-1", said("D-1"))


def test_an_illegal_move_is_refused() -> None:
    """By the funnel, by time, or because there is no record to move."""
    story = read(lead(2), entered("sql", 5))
    with pytest.raises(IllegalMoveError, match="backward"):
        story.move("mql", at=day(6))
    with pytest.raises(IllegalMoveError, match="comes before the lead entered 'sql'"):
        story.move("opportunity", at=day(4))
    with pytest.raises(InvalidFactError, match="no time zone"):
        story.move("opportunity", at=day(6).replace(tzinfo=None))
    with pytest.raises(InvalidFactError):
        read().move("lead", at=day(6))


DAYS = st.integers(1, 12)
PLACES = st.sampled_from([*DEFAULT.places, "no_such_stage"])
DEALS = st.sampled_from(["D-1", "D-2"])


@st.composite
def facts_about_one_lead(draw: st.DrawFn) -> list[Fact]:
    """Any facts about L-1 and its deals, contradictory ones and retractions included."""
    found: list[Fact] = []
    for _ in range(draw(st.integers(0, 10))):
        on = draw(DAYS)
        known_at = day(on + draw(st.integers(0, 6)))
        made = draw(st.sampled_from([lead, deal, entered, closed, reopened, Retracted]))
        if made is lead:
            found.append(lead(on, known_at=known_at, owner_id=draw(st.sampled_from([None, "ana", "luis"]))))
        elif made is deal:
            found.append(deal(on, draw(DEALS), known_at=known_at))
        elif made is entered:
            by_id = draw(st.sampled_from([None, "ana"]))
            found.append(entered(draw(PLACES), on, known_at=known_at, by_id=by_id))
        elif made is closed:
            found.append(closed(draw(st.sampled_from(["won", "lost"])), on, draw(DEALS), known_at=known_at))
        elif made is reopened:
            found.append(reopened(on, draw(DEALS)))
        elif found:
            target = draw(st.sampled_from(found)).id
            found.append(Retracted(origin=said("R"), retracted_fact_id=target, occurred_at=known_at))
    return found


@given(facts_about_one_lead(), st.randoms(use_true_random=False), DAYS)
def test_the_order_of_facts_and_duplicates_change_nothing(facts: list[Fact], random, until: int) -> None:
    """The same facts make the same timeline, however they arrive."""
    again = [*facts, *facts[:3]]
    random.shuffle(again)
    assert read(*again, as_of=day(until)) == read(*facts, as_of=day(until))


@given(facts_about_one_lead(), facts_about_one_lead(), DAYS)
def test_later_facts_never_change_an_earlier_answer(facts: list[Fact], more: list[Fact], until: int) -> None:
    """No look-ahead: what had not happened or was not known makes no difference."""
    as_of = day(until)
    later = [fact for fact in more if not fact.counts(as_of)]
    assert read(*facts, *later, as_of=as_of) == read(
        *(fact for fact in facts if fact.counts(as_of)), as_of=as_of
    )


@given(facts_about_one_lead())
def test_stays_follow_each_other_without_a_gap(facts: list[Fact]) -> None:
    """Conservation of time: each stay ends where the next begins, and only the last one is open."""
    stays = read(*facts).stays
    for stay, following in pairwise(stays):
        assert stay.left_at == following.entered_at
        assert stay.entered_at <= following.entered_at
        assert stay.stage != following.stage
    assert all(stay.left_at is None for stay in stays[-1:])
    assert all(stay.time_in_stage == timedelta() for stay in stays[:-1] if stay.filled)


@given(facts_about_one_lead())
def test_no_later_stage_is_reached_before_an_earlier_one(facts: list[Fact]) -> None:
    """After filling, first entries stand in the order of the stages: what bulk conversion counts on."""
    first: dict[str, datetime] = {}
    for stay in read(*facts).stays:
        first.setdefault(stay.stage, stay.entered_at)
    reached = [stage.name in first for stage in DEFAULT]
    assert reached == sorted(reached, reverse=True)
    instants = [first[stage.name] for stage in DEFAULT if stage.name in first]
    assert instants == sorted(instants)


@given(facts_about_one_lead(), PLACES, DAYS)
def test_a_move_is_made_exactly_where_the_funnel_allows_it(facts: list[Fact], to: str, on: int) -> None:
    """And a move that was made is legal when it is read again."""
    at = day(on)
    known = [fact for fact in (lead(0), *facts) if fact.counts(at)]
    story = read(*known, as_of=at)
    if DEFAULT.may_move(story.stage_now, to):
        after = read(*known, story.move(to, at=at), as_of=at + timedelta(seconds=1))
        assert (after.stage_now, after.problems) == (to, story.problems)
    else:
        with pytest.raises(IllegalMoveError):
            story.move(to, at=at)
