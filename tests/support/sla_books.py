"""Books of leads whose stories are dense enough to try every rule of a clock, and a contract of them all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
from hypothesis import strategies as st
from sla_stories import HOUR, OFFICE

from smarketing.calendars import BusinessCalendar
from smarketing.facts import (
    Assigned,
    ContactAttempt,
    Deal,
    DealClosed,
    Fact,
    Lead,
    Precision,
    Reply,
    Routed,
    SalesFeedback,
    StageEntered,
    Waived,
)
from smarketing.origin import Origin
from smarketing.periods import Period
from smarketing.sla import Delivery, Pause, SlaContract, SlaTerms, Term

FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)
MARCH = Period.parse("2026-03")

WAIT = (Pause(starts="replied", ends="answered"),)
TERMS = (
    Term(name="routing", kind="handover", by="system", starts="captured", closes="assigned", within=HOUR),
    Term(name="response", kind="response", within=4 * HOUR, calendar="sales"),
    Term(name="response", kind="response", within=HOUR, calendar="sales", when={"source": "referral"}),
    Term(name="next day", kind="response", within=2 * HOUR, working_days=1, calendar="sales"),
    Term(name="new owner", kind="response", within=4 * HOUR, calendar="sales", restarts=True),
    Term(name="two calls", kind="attempts", within=16 * HOUR, calendar="sales", count=2),
    Term(name="calls apart", kind="attempts", within=16 * HOUR, count=2, spacing=2 * HOUR),
    Term(name="disposition", kind="disposition", within=8 * HOUR, calendar="sales"),
    Term(name="patient disposition", kind="disposition", within=8 * HOUR, calendar="sales", pauses=WAIT),
    Term(name="feedback", kind="feedback", within=24 * HOUR, calendar="sales"),
    Term(name="follow up", kind="follow_up", within=2 * HOUR, calendar="sales"),
    Term(name="report back", kind="report_back", within=8 * HOUR),
    Term(name="stay", kind="stay", starts="entered mql", within=30 * HOUR),
)
DELIVERIES = (
    Delivery(name="leads", measure="volume", per="month", count=2),
    Delivery(name="accepted", measure="acceptance", per="month", at_least="0.5"),
    Delivery(name="customers", measure="conversion", per="month", at_least="0.1"),
    Delivery(name="data", measure="completeness", per="month", at_least="0.9", fields=("email", "phone")),
)


def book_contract(terms: tuple[Term, ...] = TERMS) -> SlaContract:
    """Every kind of promise, with teams in two time zones."""
    hours = BusinessCalendar(zone="America/New_York", windows={"mon-fri": ("09:00-12:00", "13:00-17:00")})
    deliveries = [attrs.evolve(each, at_least=_share(each.at_least)) for each in DELIVERIES]
    sla = SlaTerms(terms=terms, deliveries=deliveries, team_calendars={"boston": "east"})
    return SlaContract.of(sla, calendars={"sales": OFFICE, "east": hours})


def _share(text: object) -> object:
    from smarketing.values import Share

    return Share.of(text) if isinstance(text, str) else text


def contracts() -> st.SearchStrategy[SlaContract]:
    """Contracts of a few promises: all of them at once would be much to read for each book."""
    names = sorted({term.name for term in TERMS})
    chosen = st.sets(st.sampled_from(names), min_size=1, max_size=3)
    return chosen.map(lambda some: book_contract(tuple(term for term in TERMS if term.name in some)))


@st.composite
def stories(draw: st.DrawFn, lead_id: str) -> list[Fact]:
    """What happened to one lead, in steps of minutes to days, some of it at one instant."""
    at, told = FIRST, list[Fact]()
    record = Origin(system="crm", table="leads", record=lead_id)
    if draw(st.booleans()):
        referred_by = draw(st.sampled_from([None, "eva"]))
        owner, team = draw(st.sampled_from([(None, None), ("eva", None), ("eva", "boston")]))
        email = draw(st.sampled_from([None, " ", "a@x"]))
        told.append(
            Lead(
                origin=record, occurred_at=at, created_at=at, lead_id=lead_id, referred_by=referred_by,
                owner_id=owner, team=team, email=email, phone="1",
            )
        )  # fmt: skip
    for number in range(draw(st.integers(0, 7))):
        at += timedelta(minutes=draw(st.sampled_from([0, 0, 30, 60, 240, 600, 1440, 4000])))
        told.append(draw(_events(lead_id, at, number)))
    for fact in draw(st.lists(st.sampled_from(told), max_size=1)) if told else ():
        told.append(attrs.evolve(fact, known_at=fact.known_at + timedelta(days=1)))
    return told


def _events(lead_id: str, at: datetime, number: int) -> st.SearchStrategy[Fact]:
    """One fact; every one of them is a record of its own."""
    known = st.sampled_from([timedelta(), timedelta(), timedelta(days=3)]).map(lambda late: at + late)
    precision = st.sampled_from([Precision.INSTANT] * 9 + [Precision.DAY])
    origin = st.just(Origin(system="crm", table="t", record=f"{lead_id}-{number}"))
    common = {
        "origin": origin,
        "occurred_at": st.just(at),
        "known_at": known,
        "precision": precision,
        "lead_id": st.just(lead_id),
    }
    reason = st.sampled_from([None, " ", "no budget"])
    people = st.sampled_from(["ana", "luis", None])
    about_deal = st.sampled_from([None, None, None, f"D-{lead_id}"])
    verdicts = ["accepted", "rejected", "recycled", "converted", "lost", "reported", "reciprocated"]
    places = ["mql", "sql", "opportunity", "recycled", "disqualified", "lost", "reopened"]
    closing = {**common, "deal_id": st.just(f"D-{lead_id}")}
    return st.one_of(
        st.builds(
            Assigned,
            **common,
            owner_id=people,
            team=st.sampled_from([None, "boston", "madrid"]),
            deal_id=about_deal,
        ),
        st.builds(Assigned, **common, owner_id=people),
        st.builds(Routed, **common, team=st.sampled_from([None, "boston"])),
        st.builds(ContactAttempt, **common, by_id=people, connected=st.booleans()),
        st.builds(ContactAttempt, **common, by_id=people, connected=st.none()),
        st.builds(Reply, **common, by_us=st.booleans()),
        st.builds(
            SalesFeedback,
            **common,
            verdict=st.sampled_from(verdicts),
            reason=reason,
            addressee=st.sampled_from(["marketing", "referrer"]),
        ),
        st.builds(StageEntered, **common, stage=st.sampled_from(places), deal_id=about_deal),
        st.builds(DealClosed, **closing, outcome=st.sampled_from(["won", "lost"])),
        st.builds(
            Deal, **closing, created_at=st.just(at), amount_minor=st.just(100_00), currency=st.just("EUR")
        ),
        st.builds(Waived, **common, commitment=st.sampled_from(["response", "stay"]), reason=reason),
    )


@st.composite
def books(draw: st.DrawFn, *, most: int = 3) -> dict[str, list[Fact]]:
    """The facts of some leads, by lead."""
    return {f"L-{n}": draw(stories(f"L-{n}")) for n in range(draw(st.integers(0, most)))}


MOMENTS = st.sampled_from([0, 1, 5, 30, 100, 300, 700]).map(lambda hours: FIRST + hours * HOUR)
"""When the book is looked at."""
