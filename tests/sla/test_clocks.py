"""One lead's clocks, as a salesperson would tell them."""

from __future__ import annotations

import csv
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given as drawn
from sla_books import MOMENTS, book_contract, stories
from sla_stories import (
    HOUR,
    OFFICE,
    ORIGIN,
    answered,
    at,
    called,
    contract_of,
    entered,
    fact,
    given,
    lead,
    verdict,
)

from smarketing.calendars import BusinessCalendar
from smarketing.errors import InvalidFactError
from smarketing.facts import Assigned, Fact, Precision, Reply, Retracted, Waived
from smarketing.funnel import Funnel, timeline
from smarketing.sla import Clock, Pause, SlaContract, SlaTerms, Term


def only(contract: SlaContract, facts: list[Fact], now: str) -> Clock:
    """The one clock that there is."""
    (clock,) = contract.clocks(facts, now=at(now))
    return clock


def states(contract: SlaContract, facts: list[Fact], now: str) -> list[str]:
    """How each clock stands, in order."""
    return [clock.state.value for clock in contract.clocks(facts, now=at(now))]


def test_a_running_clock_says_what_is_left_and_whose_turn_it_is(response: Term) -> None:
    """Given at eleven on Monday with four hours to respond, Ana has two of them left at one."""
    clock = only(contract_of(response), [given("2 11")], "2 13")
    assert (clock.state, clock.due_at, clock.remaining, clock.owner) == (
        "running",
        at("2 15"),
        2 * HOUR,
        "ana",
    )
    assert clock.commitment is response


def test_nobody_owes_what_was_never_set_going(response: Term) -> None:
    """A lead that was given to nobody has no clock for the first response."""
    assert contract_of(response).clocks([lead("2 11")], now=at("9")) == ()


@pytest.mark.parametrize(
    ("call", "state"), [("2 15", "met"), ("2 15:01", "late_met"), ("3 10", "late_met"), (None, "missed")]
)
def test_a_promise_is_kept_until_the_instant_it_is_due(response: Term, call: str | None, state: str) -> None:
    """A call at three exactly is in time, one a minute later is late, and none at all is missed."""
    facts = [given("2 11"), *([called(call)] if call else [])]
    assert only(contract_of(response), facts, "5").state == state


def test_an_allowance_used_up_exactly_ends_at_closing_time() -> None:
    """Eight hours from Monday's opening end at six; one second more ends on Tuesday, one second after ten."""
    whole_day = Term(name="r", kind="response", within=8 * HOUR, calendar="sales")
    longer = attrs.evolve(whole_day, within=8 * HOUR + timedelta(seconds=1))
    assert only(contract_of(whole_day), [given("2 10")], "2 11").due_at == at("2 18")
    assert only(contract_of(longer), [given("2 10")], "2 11").due_at == at("3 10") + timedelta(seconds=1)


def test_what_is_due_now_is_not_late_yet(response: Term) -> None:
    """At the very instant that it is due it runs, with nothing left; a moment later it is missed."""
    contract, facts = contract_of(response), [given("2 11")]
    due = only(contract, facts, "2 15")
    assert (due.state, due.remaining) == ("running", timedelta())
    (late,) = contract.clocks(facts, now=at("2 15") + timedelta(microseconds=1))
    assert late.state == "missed"


def test_what_is_late_says_for_how_long(response: Term) -> None:
    """A call that was due at three on Monday is four working hours late at eleven on Tuesday."""
    clock = only(contract_of(response), [given("2 11")], "3 11")
    assert (clock.state, clock.remaining) == ("missed", -4 * HOUR)


def test_the_order_of_facts_and_what_is_said_twice_change_nothing(response: Term) -> None:
    """A web hook that comes twice, and late, tells the same story."""
    calls = Term(name="calls", kind="attempts", count=2, within=80 * HOUR, calendar="sales")
    contract = contract_of(response, calls)
    facts = [lead("2 9"), given("2 11"), called("2 12"), verdict("2 13", "accepted")]
    assert contract.clocks([*reversed(facts), *facts], now=at("3")) == contract.clocks(facts, now=at("3"))


def test_what_is_known_later_changes_no_earlier_answer(response: Term) -> None:
    """A call entered on Friday with Monday's date was not there on Tuesday."""
    late_entry = attrs.evolve(called("2 12"), known_at=at("6"))
    contract = contract_of(response)
    assert only(contract, [given("2 11"), late_entry], "3 12").state == "missed"
    assert only(contract, [given("2 11"), late_entry], "7").state == "met"


def test_a_retracted_fact_never_happened(response: Term) -> None:
    """A call that the CRM deleted closes nothing any more."""
    call = called("2 12")
    gone = Retracted(origin=ORIGIN, occurred_at=at("3"), retracted_fact_id=call.id)
    assert only(contract_of(response), [given("2 11"), call, gone], "2 13").state == "met"
    assert only(contract_of(response), [given("2 11"), call, gone], "5").state == "missed"


def test_five_calls_have_to_be_five_calls_apart() -> None:
    """Three calls within an hour are one try where two hours have to lie between them."""
    term = Term(name="calls", kind="attempts", count=3, spacing=2 * HOUR, within=16 * HOUR, calendar="sales")
    facts = [given("2 10"), called("2 11"), called("2 11:10"), called("2 11:50"), called("2 14")]
    clock = only(contract_of(term), facts, "2 17")
    assert (clock.state, clock.done_count) == ("running", 2)
    assert only(contract_of(term), [*facts, called("2 16:30")], "2 17").state == "met"


def test_a_call_never_closes_a_feedback_term() -> None:
    """Feedback is an outcome with its reason: calls, and a loss without a reason, leave the loop open."""
    term = Term(name="feedback", kind="feedback", within=20 * HOUR, calendar="sales")
    contract = contract_of(term)
    facts = [verdict("2 11", "accepted"), called("2 12"), verdict("3 11", "lost")]
    assert only(contract, facts, "3 12").state == "running"
    assert only(contract, [*facts, verdict("3 11:30", "lost", reason="no budget")], "3 12").state == "met"


def test_accepting_needs_no_reason_and_rejecting_does() -> None:
    """A rejection without a reason is no disposition."""
    term = Term(name="disposition", kind="disposition", within=8 * HOUR, calendar="sales")
    contract, qualified = contract_of(term), entered("2 10", "mql")
    assert only(contract, [qualified, verdict("2 11", "accepted")], "2 12").state == "met"
    assert only(contract, [qualified, verdict("2 11", "rejected")], "2 12").state == "running"
    assert only(contract, [qualified, verdict("2 11", "rejected", reason="student")], "2 12").state == "met"


def test_a_skipped_stage_starts_the_clock_all_the_same() -> None:
    """A lead that goes straight to SQL counts as qualified then."""
    term = Term(name="disposition", kind="disposition", within=8 * HOUR, calendar="sales")
    assert only(contract_of(term), [lead("2 9"), entered("2 12", "sql")], "2 13").started_at == at("2 12")


def test_a_lead_that_left_before_it_was_due_needs_no_call(response: Term) -> None:
    """Disqualified an hour after it was assigned: not applicable, and the clock says why."""
    clock = only(contract_of(response), [given("2 11"), entered("2 12", "disqualified")], "5")
    assert clock.state == "not_applicable"
    assert "'disqualified'" in clock.why


def test_leaving_after_the_deadline_does_not_undo_the_breach(response: Term) -> None:
    """Disqualified on Wednesday, while the call was due on Monday: missed."""
    facts = [given("2 11"), entered("4 12", "disqualified")]
    assert only(contract_of(response), facts, "5").state == "missed"


def test_a_recycled_lead_starts_a_new_clock(response: Term) -> None:
    """Back from marketing and given out again, it is owed a first response again."""
    facts = [given("2 11"), called("2 12"), entered("3 10", "recycled"), given("5 10", "luis")]
    first, second = contract_of(response).clocks(facts, now=at("5 11"))
    assert (first.state, second.state, second.owner) == ("met", "running", "luis")


def test_giving_a_lead_to_somebody_else_does_not_stop_the_clock(response: Term) -> None:
    """The lead has waited since eleven, whoever has it now; at the deadline it was Luis's turn."""
    clock = only(contract_of(response), [given("2 11"), given("2 13", "luis"), given("4 10", "eva")], "5")
    assert (clock.state, clock.due_at, clock.owner) == ("missed", at("2 15"), "luis")


def test_a_clock_may_start_anew_with_the_next_owner(response: Term) -> None:
    """Where that was agreed, the first owner's clock ends as not applicable and the second's begins."""
    contract = contract_of(attrs.evolve(response, restarts=True))
    first, second = contract.clocks([given("2 11"), given("2 13", "luis")], now=at("2 14"))
    assert (first.state, second.state, second.due_at) == ("not_applicable", "running", at("2 17"))


def test_every_answer_of_theirs_wants_one_of_ours() -> None:
    """Two answers on Monday are met by one call; the one of Wednesday starts a clock of its own."""
    term = Term(name="follow up", kind="follow_up", within=4 * HOUR, calendar="sales")
    facts = [answered("2 11"), answered("2 12"), called("2 13"), answered("4 11")]
    first, second = contract_of(term).clocks(facts, now=at("4 12"))
    assert (first.started_at, first.state) == (at("2 11"), "met")
    assert (second.started_at, second.state) == (at("4 11"), "running")


def test_waiting_for_the_prospect_stops_the_clock() -> None:
    """From our answer on Monday noon until theirs on Tuesday noon eight working hours do not count."""
    term = Term(
        name="disposition", kind="disposition", within=8 * HOUR, calendar="sales",
        pauses=(Pause(starts="replied", ends="answered"),),
    )  # fmt: skip
    contract = contract_of(term)
    ours = fact(Reply, "2 12", by_us=True)
    waiting = only(contract, [entered("2 10", "mql"), ours], "2 17")
    assert (waiting.state, waiting.remaining) == ("paused", 6 * HOUR)
    resumed = only(contract, [entered("2 10", "mql"), ours, answered("3 12")], "3 13")
    assert (resumed.state, resumed.due_at) == ("running", at("3 18"))


def test_only_what_happens_in_time_can_stop_a_clock() -> None:
    """An answer of ours after the deadline pauses nothing: the promise was broken already."""
    term = Term(
        name="disposition", kind="disposition", within=2 * HOUR, calendar="sales",
        pauses=(Pause(starts="replied", ends="answered"),),
    )  # fmt: skip
    clock = only(contract_of(term), [entered("2 10", "mql"), fact(Reply, "2 15", by_us=True)], "2 16")
    assert (clock.state, clock.due_at) == ("missed", at("2 12"))


def test_a_waiver_releases_what_was_not_kept(response: Term) -> None:
    """Marketing let Ana off this once, and the clock says why; a promise that was kept stays kept."""
    waiver = fact(Waived, "3 9", commitment="first response", reason="trade fair")
    clock = only(contract_of(response), [given("2 11"), waiver], "5")
    assert (clock.state, clock.why) == ("waived", "trade fair")
    assert only(contract_of(response), [given("2 11"), called("2 12"), waiver], "5").state == "met"


def test_a_bare_date_starts_no_clock_that_could_be_read(response: Term) -> None:
    """Where the CRM gave only the day, the clock says that it cannot be measured."""
    by_day = attrs.evolve(given("2"), precision=Precision.DAY)
    clock = only(contract_of(response), [by_day], "5")
    assert (clock.state, clock.due_at) == ("not_measurable", None)


def test_the_variant_of_the_highest_priority_holds(response: Term) -> None:
    """Referred leads have an hour, referred leads of the fair ten; all others the usual four."""
    referred = attrs.evolve(response, within=HOUR, when={"source": "referral"})
    of_fair = attrs.evolve(response, within=10 * HOUR, when={"channel": "Fair"}, priority=5)
    contract = contract_of(response, referred, of_fair)

    def within(**said: Any) -> timedelta:
        return only(contract, [lead("2 9", **said), given("2 11")], "2 11:30").commitment.within

    assert within() == 4 * HOUR
    assert within(referred_by="eva") == HOUR
    assert within(referred_by="eva", channel="fair") == 10 * HOUR
    clock = only(contract, [lead("2 9", referred_by="eva"), given("2 11")], "2 11:30")
    assert clock.why == "source is referral"


def test_reporting_back_is_owed_for_referrals_only() -> None:
    """Whoever referred the lead hears how it ended; nobody referred the other one."""
    from smarketing.facts import DealClosed

    term = Term(name="report back", kind="report_back", within=16 * HOUR, calendar="sales")
    won = DealClosed(origin=ORIGIN, occurred_at=at("3 11"), deal_id="D", lead_id="L-1", outcome="won")
    contract = contract_of(term)
    assert contract.clocks([lead("2 9"), won], now=at("4")) == ()
    told = verdict("3 12", "reported", addressee="referrer")
    referred = lead("2 9", referred_by="eva")
    assert states(contract, [referred, won], "3 12") == ["running"]
    assert states(contract, [referred, won, told], "4") == ["met"]


def test_teams_in_two_time_zones_keep_their_own_hours(response: Term) -> None:
    """While New York sleeps, the four hours run in Madrid alone; there they begin in the afternoon."""
    hours = {"mon-fri": "09:00-17:00"}
    contract = SlaContract.of(
        SlaTerms(terms=[response], team_calendars={"boston": "east"}),
        calendars={
            "sales": BusinessCalendar(zone="Europe/Madrid", windows=hours),
            "east": BusinessCalendar(zone="America/New_York", windows=hours),
        },
    )
    assert only(contract, [given("2 8", team="madrid")], "2 9").due_at == at("2 12")
    assert only(contract, [given("2 8", team="boston")], "2 9").due_at == at("2 18")


def test_system_and_people_answer_for_their_own_delay() -> None:
    """Routing took the machine too long; the call came in time after the lead was assigned."""
    contract = contract_of(
        Term(
            name="routing",
            kind="handover",
            by="system",
            starts="captured",
            closes="assigned",
            within=HOUR / 4,
        ),
        Term(name="call", kind="response", within=HOUR, calendar="always"),
        Term(name="talk", kind="handover", starts="attempted", closes="connected", within=24 * HOUR),
    )
    routing, call, talk = contract.clocks(
        [lead("2 9"), given("2 11"), called("2 11:30"), called("2 12", connected=True)], now=at("3")
    )
    assert (routing.state, routing.party, routing.owner) == ("late_met", "system", None)
    assert (call.state, call.owner) == ("met", "ana")
    assert talk.state == "met"


def test_the_terms_in_force_when_the_clock_starts_hold_for_good(response: Term) -> None:
    """A lead of February keeps February's four hours, one of March has March's two."""
    newer = attrs.evolve(response, within=2 * HOUR)
    from smarketing.periods import Dated

    contract = attrs.evolve(
        contract_of(response),
        versions=Dated(
            ((date(2026, 1, 1), SlaTerms(terms=[response])), (date(2026, 3, 3), SlaTerms(terms=[newer])))
        ),
    )
    assert only(contract, [given("2 11")], "4").due_at == at("2 15")
    assert only(contract, [given("3 11")], "4").due_at == at("3 13")


def test_nothing_is_owed_before_the_contract_or_after_it(response: Term) -> None:
    """A lead given on the day on which the contract has ended has no clock."""
    from smarketing.periods import Dated

    terms = SlaTerms(terms=[response], until=date(2026, 3, 4))
    contract = attrs.evolve(contract_of(response), versions=Dated(((date(2026, 3, 3), terms),)))
    assert [len(contract.clocks([given(f"{day} 11")], now=at("9"))) for day in (2, 3, 4)] == [0, 1, 0]
    assert contract.on(date(2026, 3, 3)) == terms
    assert contract.on(date(2026, 3, 4)) is None


def test_the_work_list_is_sorted_by_urgency(response: Term) -> None:
    """What is late comes first, then what is due next; what is done is not on it."""
    leads = [
        [given("2 16", lead_id="soon")],
        [given("2 11", lead_id="late")],
        [given("2 11", lead_id="done"), called("2 12", lead_id="done")],
    ]
    due = contract_of(response).due(leads, now=at("3 10"))
    assert [(clock.lead_id, clock.state.value) for clock in due] == [("late", "missed"), ("soon", "running")]


def test_a_timeline_will_do_for_its_facts(response: Term) -> None:
    """The funnel's timeline of a lead carries the facts that its clocks are read from."""
    facts = [lead("2 9"), given("2 11"), called("2 12")]
    story = timeline(facts, Funnel.default(), as_of=at("3"))
    assert contract_of(response).clocks(story, now=at("3")) == contract_of(response).clocks(
        facts, now=at("3")
    )


def test_a_moment_without_a_zone_is_refused(response: Term) -> None:
    """Whose wall clock shows it, nobody could tell."""
    with pytest.raises(InvalidFactError, match="time zone"):
        contract_of(response).clocks([given("2 11")], now=datetime(2026, 3, 2))  # noqa: DTZ001


def _oracle_rows() -> list[tuple[datetime, datetime, int]]:
    folder = os.environ.get("SMARKETING_REAL_DATA")
    path = Path(folder).parent / "oracles" / "business_time.csv" if folder else None
    if path is None or not path.exists():
        return []
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [
        (
            datetime.fromisoformat(row["start"]).replace(tzinfo=UTC),
            datetime.fromisoformat(row["end"]).replace(tzinfo=UTC),
            int(row["seconds"]),
        )
        for row in csv.DictReader(lines)
    ]


@pytest.mark.skipif(
    not _oracle_rows(), reason="SMARKETING_REAL_DATA names no folder with the oracles beside it"
)
def test_working_time_is_what_another_implementation_says() -> None:
    """What remains of an allowance at the end of each stretch is the allowance less the oracle's seconds."""
    allowance = 1_000 * HOUR
    term = Term(name="r", kind="response", within=allowance, calendar="sales")
    contract = SlaContract.of(SlaTerms(terms=[term]), calendars={"sales": OFFICE})
    for start, end, seconds in _oracle_rows():
        assigned = Assigned(origin=ORIGIN, occurred_at=start, lead_id="L-1", owner_id="ana")
        (clock,) = contract.clocks([assigned], now=end)
        assert clock.remaining == allowance - timedelta(seconds=seconds), (start, end)


@drawn(told=stories("L-1"), now=MOMENTS)
def test_a_waiver_of_something_else_changes_nothing(told: list[Fact], now: datetime) -> None:
    """A story without turns is told in few steps, and to the same end as one that needs them all."""
    contract = book_contract()
    waiver = fact(Waived, "1", commitment="something else", reason="no promise at all")
    assert contract.clocks([*told, waiver], now=now) == contract.clocks(told, now=now)


def test_the_work_list_is_the_open_clocks(response: Term) -> None:
    """Of many leads, what runs, stands still or is missed, and nothing else, the most urgent first."""
    later = Term(name="conversation", kind="handover", starts="attempted", closes="connected", within=HOUR)
    contract = contract_of(response, later)
    books = [[given("2 11"), called("2 12")], [given("2 10", lead_id="L-2")], [lead("2 9", lead_id="L-3")]]
    due = contract.due(books, now=at("2 12:30"))
    assert [(clock.lead_id, clock.commitment.name) for clock in due] == [
        ("L-1", "conversation"),
        ("L-2", "first response"),
    ]
