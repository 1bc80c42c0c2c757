"""Working days in promises, and calls that nobody owes any more."""

from __future__ import annotations

import attrs
from sla_stories import HOUR, OFFICE, answered, at, called, contract_of, given

from smarketing.calendars import BusinessCalendar
from smarketing.facts import Fact
from smarketing.sla import Clock, SlaContract, SlaTerms, Term


def only(contract: SlaContract, facts: list[Fact], now: str) -> Clock:
    """The one clock that there is."""
    (clock,) = contract.clocks(facts, now=at(now))
    return clock


def test_five_calls_in_ten_working_days_end_on_the_same_hour_of_the_tenth() -> None:
    """Given on Monday at eleven, the promise holds until Monday at eleven two weeks on, not for 240 hours."""
    term = Term(name="calls", kind="attempts", count=5, working_days=10, calendar="sales")
    clock = only(contract_of(term), [given("2 11"), called("2 12")], "3 10")
    assert (clock.due_at, clock.remaining, clock.done_count) == (at("16 11"), 73 * HOUR, 1)


def test_working_days_are_those_of_the_team() -> None:
    """A team that works four hours a day has as many days as everybody else, not as many hours."""
    term = Term(name="calls", kind="attempts", count=5, working_days=2, calendar="sales")
    mornings = BusinessCalendar(zone="UTC", windows={"mon-fri": "08:00-12:00"})
    sla = SlaTerms(terms=[term], team_calendars={"juniors": "mornings"})
    contract = SlaContract.of(sla, calendars={"sales": OFFICE, "mornings": mornings})
    assert only(contract, [given("2 11")], "2 12").due_at == at("4 11")
    assert only(contract, [given("2 11", team="juniors")], "2 12").due_at == at("4 11")
    assert only(contract, [given("2 8", team="juniors")], "2 12").due_at == at("3 12")


def test_nobody_is_called_five_times_who_was_reached_the_first_time() -> None:
    """A conversation, an answer or a deal is enough; unless the contract says that all calls are owed."""
    term = Term(name="calls", kind="attempts", count=5, within=16 * HOUR, calendar="sales")
    facts = [given("2 11"), called("2 12"), called("2 13", connected=True)]
    clock = only(contract_of(term), facts, "9")
    assert (clock.state, clock.closed_at, clock.done_count) == ("met", at("2 13"), 2)
    assert clock.why == "it was enough before all were needed"
    assert only(contract_of(term), [given("2 11"), answered("2 15")], "9").state == "met"
    assert only(contract_of(term), [given("2 11"), answered("12 15")], "16").state == "late_met"
    assert only(contract_of(attrs.evolve(term, or_once=())), facts, "9").state == "missed"
