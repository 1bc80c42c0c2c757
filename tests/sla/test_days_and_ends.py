"""Clocks that hang on a day without a time, and clocks that nothing can stop any more."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from sla_stories import HOUR, ORIGIN, answered, at, called, contract_of, entered, given, lead

from smarketing.errors import InvalidFactError, InvalidTermsError
from smarketing.facts import Deal, DealClosed, Fact, Precision, Retracted
from smarketing.frames import Frames
from smarketing.periods import Period
from smarketing.sla import Clock, Pause, SlaContract, Term, measure_sla

MARCH = Period.parse("2026-03")


def by_day(fact: Fact) -> Fact:
    """The same fact, of which only the day is known."""
    return attrs.evolve(fact, precision=Precision.DAY, occurred_at=at(str(fact.occurred_at.day)))


def only(contract: SlaContract, facts: list[Fact], now: str) -> Clock:
    """The one clock that there is, which bulk tells to stand alike."""
    (clock,) = contract.clocks(facts, now=at(now))
    (term,) = measure_sla(Frames.from_dataset(facts), contract, period=MARCH, as_of=at(now), trend=0).terms
    assert term.tally[clock.state] == 1
    return clock


def test_a_call_of_the_day_of_the_assignment_is_neither_in_time_nor_missing(response: Term) -> None:
    """Was it before or after eleven? A CRM that keeps days only accuses nobody."""
    assert only(contract_of(response), [given("2 11"), by_day(called("2"))], "5").state == "not_measurable"
    assert only(contract_of(response), [given("3 11"), by_day(called("2"))], "5").state == "missed"


def test_a_lead_that_left_on_some_day_may_have_left_in_time_or_not(response: Term) -> None:
    """Disqualified on the day that it was due: nobody knows; the day after, it was too late."""
    contract = contract_of(response)
    for day, state in (("2", "not_measurable"), ("3", "missed")):
        assert only(contract, [given("2 11"), by_day(entered(day, "disqualified"))], "9").state == state


def test_a_pause_of_some_day_stops_the_clock_nobody_knows_when() -> None:
    """We wait for their answer since some time of Tuesday: what was left by then?"""
    wait = (Pause(starts="replied", ends="answered"),)
    term = Term(name="response", kind="response", within=4 * HOUR, calendar="sales", pauses=wait)
    ours = by_day(answered("3", by_us=True))
    assert only(contract_of(term), [given("2 17"), ours, called("5 12")], "9").state == "not_measurable"


def test_calls_of_some_day_may_be_too_close_to_each_other() -> None:
    """Two calls four hours apart: with one of some time that day, they may be or not."""
    term = Term(name="calls", kind="attempts", count=2, spacing=4 * HOUR, within=48 * HOUR, or_once=())
    facts = [given("2 11"), by_day(called("3")), called("3 17")]
    assert only(contract_of(term), facts, "9").state == "not_measurable"
    assert only(contract_of(attrs.evolve(term, spacing=None)), facts, "9").state == "met"


def test_nobody_owes_what_nothing_can_stop_any_more(response: Term) -> None:
    """Missed on Tuesday, disqualified on Wednesday: it stays missed, and nobody is told to call."""
    contract = contract_of(response)
    facts = [given("2 11"), entered("4 12", "disqualified")]
    clock = only(contract, facts, "9")
    assert (clock.state, clock.remaining, clock.ended_at) == ("missed", None, at("4 12"))
    assert contract.due([facts], now=at("9")) == []
    assert [each.state for each in contract.due([facts], now=at("4 11"))] == ["missed"]
    result = measure_sla(Frames.from_dataset(facts), contract, period=MARCH, trend=0)
    assert (result["first response"].tally.open_count, result["first response"].to_do(9)) == (0, ())
    assert "To do now" not in [section.title for section in result.to_report().sections]


def test_a_lead_given_to_somebody_else_is_no_longer_on_the_first_ones_list() -> None:
    """Ana missed it; Luis, who has it now, answered."""
    term = Term(name="response", kind="response", within=4 * HOUR, calendar="sales", restarts=True)
    contract = contract_of(term)
    facts = [given("2 11"), given("5 11", "luis"), called("5 12")]
    assert [(c.owner, c.state.value) for c in contract.clocks(facts, now=at("9"))] == [
        ("ana", "missed"),
        ("luis", "met"),
    ]
    assert contract.due([facts], now=at("9")) == []


def test_the_order_of_two_assignments_of_one_instant_changes_nothing(response: Term) -> None:
    """To one person, for two teams: always the same one counts."""
    both = [given("2 11", team="north"), given("2 11", team="south")]
    contract = contract_of(response)
    teams = {contract.clocks(facts, now=at("3"))[0].team for facts in (both, both[::-1])}
    (row,) = measure_sla(Frames.from_dataset(both), contract, period=MARCH)["first response"].split("team")
    assert teams == {row.values["team"]} == {"south"}


def closing(deal_id: str = "D", **said: Any) -> Fact:
    """The deal was won."""
    return DealClosed(origin=ORIGIN, occurred_at=at("5"), deal_id=deal_id, outcome="won", **said)


def deal(lead_id: str, when: str = "1", **said: Any) -> Fact:
    """A version of the deal."""
    origin = attrs.evolve(ORIGIN, record="D")
    return Deal(origin=origin, occurred_at=at(when), created_at=at("1"), deal_id="D", lead_id=lead_id, **said)


def test_a_sale_is_of_the_lead_that_its_deal_is_known_to_be_of() -> None:
    """A deal that was retracted, is not known yet, or is another lead's now, tells nothing of this one."""
    term = Term(name="report", kind="report_back", within=48 * HOUR, when={})
    contract = contract_of(term)
    ours = deal("L-1")
    gone = Retracted(origin=ORIGIN, occurred_at=at("6"), retracted_fact_id=ours.id)
    assert only(contract, [lead("1"), ours, closing()], "9").state == "missed"
    for facts in (
        [lead("1"), ours, closing(), gone],
        [lead("1"), attrs.evolve(ours, known_at=at("20")), closing()],
        [lead("1"), ours, deal("L-2", "4"), closing()],
    ):
        assert contract.clocks(facts, now=at("9")) == ()


def test_a_timeline_is_of_one_lead(response: Term) -> None:
    """The facts of several leads in one list are told to be, and so are facts where timelines are asked."""
    contract = contract_of(response)
    with pytest.raises(InvalidFactError, match="facts of two leads, L-1 and L-2"):
        contract.clocks([lead("1"), lead("1", lead_id="L-2")], now=at("9"))
    with pytest.raises(InvalidTermsError, match=r"Assigned is no timeline: .*\[facts\] where there is one"):
        contract.due([given("2 11")], now=at("9"))  # type: ignore[list-item]
