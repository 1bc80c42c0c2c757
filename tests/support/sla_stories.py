"""The people, hours and facts that the stories of the SLA are told with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from smarketing.calendars import BusinessCalendar
from smarketing.facts import Assigned, ContactAttempt, Fact, Lead, Reply, SalesFeedback, StageEntered
from smarketing.origin import Origin
from smarketing.sla import SlaContract, SlaTerms, Term

ORIGIN = Origin(system="crm", table="t", record="r")
HOUR = timedelta(hours=1)
OFFICE = BusinessCalendar(zone="UTC", windows={"mon-fri": "10:00-18:00"})
ALWAYS = BusinessCalendar(zone="UTC", windows={"daily": "00:00-24:00"})


def at(text: str) -> datetime:
    """An instant of March 2026, the 2nd being a Monday: "2 10:30"."""
    day, _, clock = text.partition(" ")
    hour, _, minute = (clock or "0:0").partition(":")
    return datetime(2026, 3, int(day), int(hour), int(minute or 0), tzinfo=UTC)


def fact(kind: type[Fact], when: str, **said: Any) -> Fact:
    """A fact about lead L-1, unless it says another."""
    return kind(origin=ORIGIN, occurred_at=at(when), **{"lead_id": "L-1", **said})


def lead(when: str, **said: Any) -> Fact:
    """The lead was captured."""
    return fact(Lead, when, created_at=at(when), **said)


def given(when: str, owner: str = "ana", **said: Any) -> Fact:
    """The lead was given to somebody."""
    return fact(Assigned, when, owner_id=owner, **said)


def called(when: str, **said: Any) -> Fact:
    """Somebody tried to reach it."""
    return fact(ContactAttempt, when, **said)


def entered(when: str, stage: str, **said: Any) -> Fact:
    """It entered a stage."""
    return fact(StageEntered, when, stage=stage, **said)


def answered(when: str, **said: Any) -> Fact:
    """It answered us."""
    return fact(Reply, when, **said)


def verdict(when: str, word: str, **said: Any) -> Fact:
    """Sales said something of it."""
    return fact(SalesFeedback, when, verdict=word, **said)


def contract_of(*terms: Term, **said: Any) -> SlaContract:
    """A contract of these terms, with the office's hours under the name "sales"."""
    return SlaContract.of(SlaTerms(terms=terms, **said), calendars={"sales": OFFICE, "always": ALWAYS})


RESPONSE = Term(name="first response", kind="response", within=4 * HOUR, calendar="sales")
"""A first response within four working hours."""
