"""Strategies for coherent stories: a few leads, their deals, and the ways in which CRMs tell of them."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs
from hypothesis import strategies as st

from smarketing.facts import (
    Account,
    Assigned,
    Campaign,
    ContactAttempt,
    Deal,
    DealClosed,
    DealReopened,
    Fact,
    Lead,
    Outcome,
    Precision,
    Retracted,
    SalesFeedback,
    Spend,
    StageEntered,
    Verdict,
)
from smarketing.funnel import Funnel
from smarketing.origin import Origin
from smarketing.testing.strategies import _values as values
from smarketing.testing.strategies._facts import facts

_MOVES = tuple(name for name in Funnel.default().places if name not in {"opportunity", "customer"})
_PIPELINE = ("identified", "contacted", "qualified", "proposed")
_SOURCES = ("Organic Search", "cold call", "Customer referral", "unknown", None)


def leads() -> st.SearchStrategy[Lead]:
    """Versions of leads, each created when it occurred."""
    return facts(Lead).map(lambda lead: attrs.evolve(lead, created_at=lead.occurred_at))


@attrs.define
class _Clock:
    """Time that runs on by drawn steps, and the origins of what happens to one record."""

    draw: st.DrawFn
    at: datetime

    def tick(self) -> datetime:
        """An instant not before the last one: now and then the very same, mostly hours or days later."""
        self.at += timedelta(minutes=self.draw(st.sampled_from([0, 1, 90, 1440, 10_080, 60_480])))
        return self.at

    def known(self) -> datetime:
        """When what happens now is known: mostly at once, sometimes weeks late."""
        return self.at + timedelta(days=self.draw(st.sampled_from([0, 0, 0, 1, 20, 100])))


def _said(table: str, record: str) -> Origin:
    return Origin(system="crm", table=table, record=record)


@st.composite
def timelines(draw: st.DrawFn, *, most_leads: int = 4) -> tuple[Fact, ...]:
    """Draw coherent facts about some leads and deals, in no particular order.

    They hold leads captured, moved (legally or not), recycled, assigned, tried and answered; deals opened,
    worked, won, lost and re-opened; versions that correct earlier ones; campaigns with what they cost. Some
    facts are known long after they occurred, some dated to the day only, some said twice, some retracted.

    There are `most_leads` leads at most.
    """
    told: list[Fact] = list(_campaign(draw))
    for number in range(draw(st.integers(0, most_leads))):
        told += _lead(draw, f"L-{number + 1}")
    told += _corrections(draw, told)
    return tuple(draw(st.permutations(told)))


@st.composite
def late_facts(draw: st.DrawFn, as_of: datetime) -> tuple[Fact, ...]:
    """Facts about the same leads and deals that do not count as of an instant.

    Some had happened by then but were known later; some had not even happened.
    """
    late: list[Fact] = []
    for fact in draw(timelines()):
        after = as_of + timedelta(days=draw(st.integers(0, 60)))
        occurred_at = max(fact.occurred_at, after) if draw(st.booleans()) else fact.occurred_at
        late.append(attrs.evolve(fact, occurred_at=occurred_at, known_at=max(fact.known_at, after)))
    return tuple(late)


def _campaign(draw: st.DrawFn) -> list[Fact]:
    at = draw(values.instants())
    origin = _said("campaigns", "C-1")
    campaign = Campaign(origin=origin, occurred_at=at, campaign_id="C-1", channel="email", name="Spring")
    cost = Spend(
        origin=_said("spend", "C-1"),
        occurred_at=at,
        campaign_id="C-1",
        amount_minor=draw(values.minor_amounts()),
        currency="EUR",
    )
    return [campaign, cost] if draw(st.booleans()) else []


def _lead(draw: st.DrawFn, lead_id: str) -> list[Fact]:
    clock = _Clock(draw, draw(values.instants()))
    created_at = clock.at if draw(st.integers(0, 9)) else None
    told: list[Fact] = [
        Lead(
            origin=_said("leads", lead_id),
            occurred_at=clock.at,
            known_at=clock.known(),
            lead_id=lead_id,
            created_at=created_at,
            owner_id=draw(st.sampled_from(["ana", "luis", None])),
            campaign_id=draw(st.sampled_from(["C-1", None])),
            source_raw=draw(st.sampled_from(_SOURCES)),
            channel=draw(st.sampled_from(["organic search", "phone", None])),
            persona=draw(st.sampled_from(["owner", "buyer", None])),
            traits=draw(values.traits()),
        )
    ]
    told += [_lead_event(draw, clock, lead_id) for _ in range(draw(st.integers(0, 5)))]
    if draw(st.booleans()):
        told += _deal(draw, clock, lead_id)
    return told


def _lead_event(draw: st.DrawFn, clock: _Clock, lead_id: str) -> Fact:
    at, known_at = clock.tick(), clock.known()
    kind: type[Fact] = draw(
        st.sampled_from([StageEntered, StageEntered, Assigned, ContactAttempt, SalesFeedback])
    )
    origin = _said(kind.TABLE, lead_id)
    if kind is StageEntered:
        stage = draw(st.sampled_from(_MOVES))
        return StageEntered(
            origin=origin, occurred_at=at, known_at=known_at, lead_id=lead_id, stage=stage, by_id="ana"
        )
    if kind is Assigned:
        owner = draw(st.sampled_from(["ana", "luis", None]))
        return Assigned(origin=origin, occurred_at=at, known_at=known_at, lead_id=lead_id, owner_id=owner)
    if kind is ContactAttempt:
        return ContactAttempt(
            origin=origin, occurred_at=at, known_at=known_at, lead_id=lead_id, connected=False
        )
    verdict = draw(st.sampled_from(Verdict))
    return SalesFeedback(origin=origin, occurred_at=at, known_at=known_at, lead_id=lead_id, verdict=verdict)


def _deal(draw: st.DrawFn, clock: _Clock, lead_id: str) -> list[Fact]:
    deal_id, at = lead_id.replace("L", "D"), clock.tick()
    deal = Deal(
        origin=_said("deals", deal_id),
        occurred_at=at,
        known_at=clock.known(),
        deal_id=deal_id,
        created_at=at,
        lead_id=lead_id,
        account_id="A-1",
        amount_minor=draw(st.none() | values.minor_amounts()),
        currency="EUR",
        expected_close_on=draw(st.none() | values.days()),
    )
    told: list[Fact] = [deal, Account(origin=_said("accounts", "A-1"), occurred_at=at, account_id="A-1")]
    if draw(st.booleans()):  # a later version corrects the first
        amount = draw(values.minor_amounts())
        told.append(attrs.evolve(deal, occurred_at=clock.tick(), known_at=clock.known(), amount_minor=amount))
    for stage in _PIPELINE[: draw(st.integers(0, 4))]:
        origin = _said("deal_history", deal_id)
        told.append(StageEntered(origin=origin, occurred_at=clock.tick(), deal_id=deal_id, stage=stage))
    for outcome in draw(st.lists(st.sampled_from(Outcome), max_size=3)):
        told.append(_closing(draw, clock, deal_id, outcome))
        if draw(st.booleans()):
            origin = _said("reopenings", deal_id)
            told.append(DealReopened(origin=origin, occurred_at=clock.tick(), deal_id=deal_id, by_id="luis"))
    return told


def _closing(draw: st.DrawFn, clock: _Clock, deal_id: str, outcome: Outcome) -> DealClosed:
    return DealClosed(
        origin=_said("closings", deal_id),
        occurred_at=clock.tick(),
        known_at=clock.known(),
        deal_id=deal_id,
        outcome=outcome,
        amount_minor=draw(st.none() | values.minor_amounts()),
        currency="EUR",
        reason=draw(st.sampled_from(["price", None])),
    )


def _corrections(draw: st.DrawFn, told: list[Fact]) -> list[Fact]:
    """The untidiness of CRMs: facts said twice, dated to the day, withdrawn."""
    if not told:
        return []
    some = st.lists(st.sampled_from(told), max_size=2)
    twice = [attrs.evolve(fact, known_at=fact.known_at + timedelta(days=2)) for fact in draw(some)]
    dated = [
        attrs.evolve(fact, occurred_at=_midnight(fact.occurred_at), precision=Precision.DAY)
        for fact in draw(some)
        if isinstance(fact, StageEntered)
    ]
    withdrawn = [_retraction(draw, fact) for fact in draw(st.lists(st.sampled_from(told), max_size=1))]
    return [*twice, *dated, *withdrawn]


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _retraction(draw: st.DrawFn, fact: Fact) -> Retracted:
    at = fact.known_at + timedelta(days=draw(st.integers(0, 30)))
    origin = _said("retractions", fact.origin.record)
    if draw(st.booleans()):
        return Retracted(origin=origin, occurred_at=at, retracted_fact_id=fact.id)
    table, record = fact.origin.table, fact.origin.record
    return Retracted(origin=origin, occurred_at=at, retracted_table=table, retracted_record=record)
