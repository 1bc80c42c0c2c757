"""What a period's SLA adds up to: promised, delivered, kept or broken, and by whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest
from malformed_agreements import COMPANY
from sla_stories import HOUR, OFFICE, ORIGIN, at, called, entered, given, lead, verdict

from smarketing import Frames, Period, load_agreement, words
from smarketing.document import Table
from smarketing.errors import UnknownNameError
from smarketing.estimates import Rate
from smarketing.facts import Deal, DealClosed, Fact
from smarketing.periods import Dated
from smarketing.renderers import render
from smarketing.sla import ClockState, Delivery, SlaContract, SlaTerms, Term, Verdict, measure_sla
from smarketing.stores import MemoryStore
from smarketing.values import Money, Points, Share

MARCH = Period.parse("2026-03")
HALF = Share.percent(50)


def measured(facts: list[Fact], *promises: Term | Delivery, as_of: str | None = None, **asked: Any) -> Any:
    """The result of March for these promises alone."""
    terms = [each for each in promises if isinstance(each, Term)]
    deliveries = [each for each in promises if isinstance(each, Delivery)]
    contract = SlaContract.of(SlaTerms(terms=terms, deliveries=deliveries), calendars={"sales": OFFICE})
    moment = MARCH.end if as_of is None else at(as_of)
    return measure_sla(Frames.from_dataset(facts), contract, period=MARCH, as_of=moment, trend=0, **asked)


def test_the_agreement_is_measured_as_the_first_page_says() -> None:
    """An agreement, one lead live, and a month in bulk: the calls that everybody begins with."""
    agreement = load_agreement(
        COMPANY
        + """
[calendars.sales]
windows = { "mon-fri" = "09:00-17:00" }
[[sla.terms]]
name = "first response"
kind = "response"
within = "4 hours"
calendar = "sales"
at_least = "90 %"
"""
    )
    contract = agreement.sla
    assert contract is not None
    facts = [given("2 9"), given("2 9", "luis", lead_id="L-2"), called("2 10", lead_id="L-2")]
    (clock,) = contract.clocks(facts[:1], now=at("2 10"))
    assert (clock.commitment.name, clock.state, clock.owner) == ("first response", "running", "ana")
    assert (clock.due_at, clock.remaining) == (at("2 13"), 3 * HOUR)
    result = measure_sla(Frames.from_dataset(facts), contract, period=agreement.period("2026-03"))
    response = result["first response"]
    assert response.attained_share == 0.5
    assert 0.5 in response.interval(0.9)
    assert [(clock.lead_id, clock.state) for clock in result.breaches] == [("L-1", "missed")]
    assert result.joint_attained_share == 0.5


def test_a_clock_that_still_runs_is_neither_kept_nor_broken(response: Term) -> None:
    """Of three leads one was called, one missed, and one has an hour left: one of two, so far."""
    facts = [
        given("2 10", lead_id="A"),
        called("2 11", lead_id="A"),
        given("2 10", lead_id="B"),
        given("3 10", lead_id="C"),
    ]
    term = measured(facts, response, as_of="3 13")["first response"]
    assert term.delivered == Rate(1, 2)
    assert term.tally[ClockState.RUNNING] == 1
    assert [clock.lead_id for clock in term.at_risk] == ["C"]


def test_a_quick_answer_counts_once_a_slow_one_could_have(response: Term) -> None:
    """Met within the hour, while three hours are left: met, but no share is told of it yet."""
    term = measured([given("2 10"), called("2 11")], response, as_of="2 12")["first response"]
    assert term.tally[ClockState.MET] == 1
    assert (term.attained_share, term.interval(), term.verdict) == (None, None, Verdict.RUNNING)


@pytest.mark.parametrize(
    ("met", "missed", "running", "expected"),
    [(9, 1, 0, "kept"), (9, 2, 0, "broken"), (9, 0, 1, "kept"), (8, 1, 1, "running"), (0, 0, 0, "nothing")],
)
def test_a_verdict_holds_whatever_becomes_of_the_rest(
    response: Term, met: int, missed: int, running: int, expected: str
) -> None:
    """Nine of ten are promised: kept or broken only when no running clock could change it."""
    facts: list[Fact] = []
    for number in range(met + missed + running):
        day = "2 10" if number < met + missed else "3 10"
        facts.append(given(day, lead_id=f"L{number}"))
        if number < met:
            facts.append(called("2 11", lead_id=f"L{number}"))
    promise = attrs.evolve(response, at_least=Share.percent(90))
    result = measured(facts, promise, as_of="3 11")
    assert result["first response"].verdict == expected


def test_clocks_are_split_by_person_team_source_and_hour(response: Term) -> None:
    """Ana, of the north, was late with the lead of ten o'clock; Luis was not with that of eleven."""
    facts = [
        lead("2 9", lead_id="A", referred_by="eva"), given("2 10", team="north", lead_id="A"),
        lead("2 9", lead_id="B", source_raw="cold call"), given("2 11:20", "luis", lead_id="B"),
        called("2 12", lead_id="B"),
    ]  # fmt: skip
    result = measured(facts, response, by=("owner", "team"))
    rows = {tuple(row.values.values()): row.rate for row in result["first response"].rows}
    assert rows == {("ana", "north"): Rate(0, 1), ("luis", None): Rate(1, 1)}
    by_source = {row.values["source"]: row.rate for row in result["first response"].split("source")}
    assert by_source == {"referral": Rate(0, 1), "search": Rate(1, 1)}
    by_hour = {row.values["hour"]: row.rate for row in result["first response"].split("hour")}
    assert by_hour == {"10": Rate(0, 1), "11": Rate(1, 1)}


def test_hours_are_those_of_the_contract(response: Term) -> None:
    """Nine in the morning by UTC is half past two in the afternoon in Kolkata."""
    contract = attrs.evolve(
        SlaContract.of(SlaTerms(terms=[attrs.evolve(response, calendar=None)])), zone="Asia/Kolkata"
    )
    result = measure_sla(Frames.from_dataset([given("2 9")]), contract, period=MARCH)
    assert [row.values["hour"] for row in result["first response"].split("hour")] == ["14"]


def test_marketing_is_held_to_the_number_it_promised() -> None:
    """Two leads of three are there halfway through the month: not on track, and not broken yet."""
    promise = Delivery(name="leads", measure="volume", per="month", count=5)
    facts = [entered("2 10", "mql", lead_id="A"), entered("3 10", "sql", lead_id="B")]
    halfway = measured(facts, promise, as_of="16 12")["leads"]
    assert (halfway.promised, halfway.delivered, halfway.attained_share) == (5, 2, 0.4)
    assert (halfway.verdict, halfway.units[0].is_on_track) == (Verdict.RUNNING, False)
    assert halfway.interval() is None
    assert measured(facts, promise)["leads"].verdict is Verdict.BROKEN


def test_a_month_is_on_track_by_its_working_days() -> None:
    """On the eleventh seven of March's twenty-two working days are over: seven of 22 leads will do."""
    promise = Delivery(name="leads", measure="volume", per="month", count=22, calendar="sales")
    facts = [entered("2 10", "mql", lead_id=f"L{number}") for number in range(7)]
    (unit,) = measured(facts, promise, as_of="11")["leads"].units
    assert unit.expected == pytest.approx(7)
    assert unit.is_on_track


def test_value_is_leads_times_what_one_is_worth() -> None:
    """125 leads worth 1,600 each are 200,000."""
    worth, promised = Money.of(1_600, "EUR"), Money.of(200_000, "EUR")
    promise = Delivery(name="value", measure="value", per="month", amount=promised, value_per_lead=worth)
    facts = [entered("2 10", "mql", lead_id=f"L{number}") for number in range(125)]
    result = measured(facts, promise)["value"]
    assert (result.delivered, result.verdict) == (promised, Verdict.KEPT)


def test_value_may_be_the_pipeline_that_was_created() -> None:
    """Without a value per lead, the amounts of the deals that were created count, in the promised money."""
    promise = Delivery(name="pipeline", measure="value", per="month", amount=Money.of(100, "EUR"))
    facts: list[Fact] = [
        Deal(
            origin=attrs.evolve(ORIGIN, record=deal), occurred_at=at("2 10"), created_at=at("2 10"),
            deal_id=deal, lead_id="L-1",
            amount_minor=60_00, currency=currency,
        )
        for deal, currency in (("D1", "EUR"), ("D2", "EUR"), ("D3", "USD"))
    ]  # fmt: skip
    assert measured(facts, promise)["pipeline"].delivered == Money.of(120, "EUR")


def test_acceptance_is_of_the_leads_that_sales_answered() -> None:
    """One accepted, one rejected, one not answered yet: one of two, and one unknown."""
    promise = Delivery(name="accepted", measure="acceptance", per="month", at_least=HALF)
    facts = [
        *(entered("2 10", "mql", lead_id=name) for name in "ABC"),
        verdict("3 10", "accepted", lead_id="A"),
        verdict("3 10", "rejected", lead_id="B", reason="no budget"),
    ]
    result = measured(facts, promise)["accepted"]
    assert (result.delivered, result.units[0].unknown_count) == (Rate(1, 2), 1)
    assert result.verdict is Verdict.RUNNING


def test_conversion_is_of_the_whole_cohort() -> None:
    """One customer of four leads, one of them lost: a quarter so far, and two could still come."""
    promise = Delivery(name="customers", measure="conversion", per="month", at_least=HALF)
    won = DealClosed(origin=ORIGIN, occurred_at=at("9"), deal_id="D", lead_id="A", outcome="won")
    facts = [
        *(entered("2 10", "mql", lead_id=name) for name in "ABCD"),
        won,
        entered("3", "lost", lead_id="B"),
    ]
    result = measured(facts, promise)["customers"]
    assert (result.delivered, result.verdict) == (Rate(1, 4), Verdict.RUNNING)


def test_complete_data_have_every_named_field() -> None:
    """A blank telephone is none."""
    promise = Delivery(
        name="data", measure="completeness", per="month", at_least=HALF, fields=("email", "phone")
    )
    facts = [
        lead("2 9", lead_id="A", email="a@x", phone="1"), lead("2 9", lead_id="B", email="b@x", phone=" "),
        entered("2 10", "mql", lead_id="A"), entered("2 10", "mql", lead_id="B"),
    ]  # fmt: skip
    result = measured(facts, promise)
    assert result["data"].delivered == Rate(1, 2)
    assert result.broken_by("marketing") == ("B",)


def test_the_score_comes_in_as_a_column(backend: str) -> None:
    """An unscored lead is not one of zero points: it is left out, and counted as unknown."""
    promise = Delivery(
        name="good", measure="score", per="month", at_least=HALF, score="intent", least_points=Points.of(25)
    )
    facts = [entered("2 10", "mql", lead_id=name) for name in "ABC"]
    contract = SlaContract.of(SlaTerms(deliveries=[promise]))
    frames = Frames.from_dataset(facts, backend=backend)
    from smarketing.schema import ColumnType

    types = {"lead_id": ColumnType.TEXT, "intent": ColumnType.INTEGER}
    scores = frames.rows({"lead_id": ["A", "B"], "intent": [25, 24]}, types).to_native()
    unit = measure_sla(frames, contract, period=MARCH, scores=scores)["good"].units[0]
    assert (unit.delivered, unit.unknown_count) == (Rate(1, 2), 1)
    with pytest.raises(UnknownNameError, match="scores="):
        measure_sla(frames, contract, period=MARCH)


def test_each_side_answers_for_its_own(response: Term) -> None:
    """Sales missed a call, marketing handed a lead over late, and the third went well."""
    routing = Term(
        name="routing", kind="handover", by="marketing", starts="captured", closes="assigned", within=HOUR
    )
    facts = [
        lead("2 10", lead_id="A"), given("2 10", lead_id="A"),
        lead("2 10", lead_id="B"), given("2 13", lead_id="B"), called("2 14", lead_id="B"),
        lead("2 10", lead_id="C"), given("2 10", lead_id="C"), called("2 11", lead_id="C"),
    ]  # fmt: skip
    result = measured(facts, response, routing)
    assert (result.broken_by("sales"), result.broken_by("marketing")) == (("A",), ("B",))
    assert result.joint == Rate(1, 3)
    with pytest.raises(UnknownNameError, match="'sales'"):
        result.broken_by("sale")


def test_terms_in_force_on_their_day_apply_and_the_trend_says_so(response: Term) -> None:
    """Three hours for a call were in time in February and are late in March."""
    stricter = attrs.evolve(response, within=2 * HOUR)
    contract = attrs.evolve(
        SlaContract.of(SlaTerms(terms=[response]), calendars={"sales": OFFICE}),
        versions=Dated(
            ((date(2026, 1, 1), SlaTerms(terms=[response])), (date(2026, 3, 1), SlaTerms(terms=[stricter])))
        ),
    )
    february = datetime(2026, 2, 2, 10, tzinfo=UTC)
    later = february + 3 * HOUR
    facts = [
        attrs.evolve(given("2 10", lead_id="F"), occurred_at=february, known_at=february),
        attrs.evolve(called("2 10", lead_id="F"), occurred_at=later, known_at=later),
        given("2 10", lead_id="M"), called("2 13", lead_id="M"),
    ]  # fmt: skip
    result = measure_sla(Frames.from_dataset(facts), contract, period=MARCH, trend=3)  # nothing before
    trend = [(period.label, rate) for period, rate in result["first response"].trend]
    assert trend == [("2026-02", Rate(1, 1)), ("2026-03", Rate(0, 1))]


def test_a_draft_is_tried_on_the_past(response: Term) -> None:
    """Under two hours instead of four, the last month would have been half as good."""
    contract = SlaContract.of(SlaTerms(terms=[response]), calendars={"sales": OFFICE})
    draft = SlaTerms(terms=[attrs.evolve(response, within=2 * HOUR)])
    facts = [
        given("2 10", lead_id="A"),
        called("2 11", lead_id="A"),
        given("2 10", lead_id="B"),
        called("2 13", lead_id="B"),
    ]
    frames = Frames.from_dataset(facts)
    shares = [
        measure_sla(frames, each, period=MARCH)["first response"].attained_share
        for each in (contract, contract.with_terms(draft))
    ]
    assert shares == [1.0, 0.5]


def test_a_promise_that_nobody_made_is_named_with_the_nearest(response: Term) -> None:
    """A slip of the pen finds its way."""
    with pytest.raises(UnknownNameError, match="'first response'"):
        measured([], response)["first respons"]


def test_nothing_happened_is_said_so(response: Term) -> None:
    """No facts at all: no share, no breach, and a page all the same."""
    volume = Delivery(name="leads", measure="volume", per="month", count=5)
    result = measured([], response, volume)
    assert (result["first response"].attained_share, result.joint_attained_share) == (None, None)
    assert (result["leads"].delivered, result.breaches, result.at_risk) == (0, (), ())
    assert "leads" in render(result.to_report(), "text").content


def test_known_delays_are_found_again(response: Term) -> None:
    """Of a hundred leads with delays of 0 to 99 quarter hours, those of up to four hours were in time."""
    always = attrs.evolve(response, calendar=None)
    facts: list[Fact] = []
    for number in range(100):
        facts.append(given("2 10", lead_id=f"L{number}"))
        late = timedelta(minutes=15 * number)
        facts.append(
            attrs.evolve(
                called("2 10", lead_id=f"L{number}"),
                occurred_at=at("2 10") + late,
                known_at=at("2 10") + late,
            )
        )
    assert measured(facts, always)["first response"].delivered == Rate(17, 100)


def test_the_page_speaks_spanish_too(response: Term) -> None:
    """The labels, the verdicts and the sentences for the meeting."""
    result = measured([given("2 10")], attrs.evolve(response, then="the directors talk"))
    spanish = render(result.to_report(words("es")), "text").content
    assert "De ventas a marketing" in spanish
    assert "Incumplid" in spanish
    english = render(result.to_report(), "text").content
    assert "To talk about: first response (0.0%)." in english
    assert "Agreed for a breach: the directors talk" in english


def test_the_page_says_how_much_time_was_allowed(response: Term) -> None:
    """In hours of the office or in days of it, and apart for those to whom another time was promised."""
    referred = attrs.evolve(response, within=90 * HOUR / 60, when={"source": "referral"})
    calls = Term(name="calls", kind="attempts", count=5, working_days=10, calendar="sales")
    stay = Term(name="stay", kind="stay", starts="entered mql", within=80 * HOUR)
    page = measured([], response, referred, calls, stay)
    (said,) = (
        block.note
        for section in page.to_report().sections
        for block in section.blocks
        if isinstance(block, Table) and "Time allowed" in block.note
    )
    assert said.startswith(
        "Time allowed: first response, 4 working hours, referral 1 h 30 min of working time; "
        "calls, 10 working days; stay, 3 d 8 h. Kept"
    )
    assert "calls, 10 días laborables" in str(render(page.to_report(words("es")), "markdown").content)


def test_a_figure_names_its_leads_and_facts(backend: str, response: Term) -> None:
    """Whoever doubts a figure sees the assignments and calls that it was counted from."""
    promise = Delivery(name="accepted", measure="acceptance", per="month", at_least=HALF)
    facts = [
        given("2 10", lead_id="A"), called("2 11", lead_id="A"), entered("2 10", "mql", lead_id="A"),
        verdict("2 12", "accepted", lead_id="A"),
        given("2 10", lead_id="B"), entered("2 10", "mql", lead_id="B"),
        verdict("2 12", "rejected", lead_id="B", reason="no budget"),
    ]  # fmt: skip
    store = MemoryStore()
    with store.unit() as unit:
        unit.append(facts)
    contract = SlaContract.of(SlaTerms(terms=[response], deliveries=[promise]), calendars={"sales": OFFICE})
    frames = Frames.from_store(store, backend=backend)
    result = measure_sla(frames, contract, period=MARCH)
    missed = result["first response"].facts("missed")
    assert missed.records == ("B",)
    assert {*missed.facts(store)} == {fact for fact in facts if fact.lead_id == "B"}  # type: ignore[attr-defined]
    assert result["first response"].facts().records == ("A", "B")
    accepted, refused = (result["accepted"].facts(good=good).records for good in (True, False))
    assert (accepted, refused) == (("A",), ("B",))
    assert len(result["accepted"].facts()) == 2
