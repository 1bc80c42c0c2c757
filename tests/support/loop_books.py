"""Books of a small company's money: what it spent, whom that brought, and what they bought."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from smarketing.closed_loop import AnswerTerm, LoopResult, PlainTerms, close_loop
from smarketing.facts import (
    Campaign,
    Deal,
    DealClosed,
    DealReopened,
    Fact,
    Flipped,
    Lead,
    OrderPlaced,
    OrderReturned,
    SalesFeedback,
    Spend,
    StageEntered,
)
from smarketing.frames import Frames
from smarketing.origin import Origin
from smarketing.periods import Dated, Period
from smarketing.values import Points

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
QUARTER = Period.parse("2026-Q1")
EURO = PlainTerms(currency="EUR", answer_term=Dated.of(AnswerTerm(within=timedelta(days=5))))


def told(table: str, record: str) -> Origin:
    """Where a fact comes from."""
    return Origin(system="crm", table=table, record=record)


def at(day: int, hour: int = 9) -> datetime:
    """Some day counted from the first of January 2026."""
    return FIRST + timedelta(days=day, hours=hour)


def lead(name: str = "L-1", day: int = 0, **said: Any) -> Lead:
    """A lead that was captured on a day."""
    usual: dict[str, Any] = {"lead_id": name, "occurred_at": at(day), "created_at": at(day)}
    return Lead(origin=told("leads", name), **usual | said)


def deal(name: str = "D-1", of: str | None = "L-1", day: int = 1, **said: Any) -> Deal:
    """A deal of a lead, opened on a day."""
    usual: dict[str, Any] = {"deal_id": name, "lead_id": of, "occurred_at": at(day), "created_at": at(day)}
    return Deal(origin=told("deals", name), **usual | said)


def won(name: str = "D-1", day: int = 2, minor: int | None = 100_000, **said: Any) -> DealClosed:
    """That deal, won."""
    usual: dict[str, Any] = {"outcome": "won", "amount_minor": minor, "currency": "EUR"}
    return DealClosed(
        origin=told("closings", f"{name}/{day}"), deal_id=name, occurred_at=at(day), **usual | said
    )


def order(
    name: str = "O-1", of: str | None = "L-1", day: int = 2, minor: int = 10_000, **said: Any
) -> OrderPlaced:
    """An order of a lead."""
    usual: dict[str, Any] = {"amount_minor": minor, "currency": "EUR"}
    return OrderPlaced(
        origin=told("orders", name), order_id=name, lead_id=of, occurred_at=at(day), **usual | said
    )


def returned(name: str = "O-1", day: int = 4, minor: int = 10_000, **said: Any) -> OrderReturned:
    """That order, sent back."""
    return OrderReturned(
        origin=told("returns", f"{name}/{day}"),
        order_id=name,
        occurred_at=at(day),
        amount_minor=minor,
        currency="EUR",
        **said,
    )


def spend(campaign: str | None = "C-1", minor: int = 10_000, day: int = 0, **said: Any) -> Spend:
    """Money for a campaign, booked on a day."""
    usual: dict[str, Any] = {"currency": "EUR", "amount_minor": minor, "occurred_at": at(day)}
    record = f"{campaign}/{day}/{sorted(said.items(), key=str)}"
    return Spend(origin=told("spends", record), campaign_id=campaign, **usual | said)


def answer(of: str = "L-1", day: int = 3, verdict: str = "accepted", **said: Any) -> SalesFeedback:
    """What sales answered about a lead."""
    return SalesFeedback(
        origin=told("feedbacks", f"{of}/{day}"), lead_id=of, occurred_at=at(day), verdict=verdict, **said
    )


def entered(of: str = "L-1", stage: str = "mql", day: int = 1) -> StageEntered:
    """A lead moved into a stage."""
    return StageEntered(
        origin=told("stage_entries", f"{of}/{stage}"), lead_id=of, stage=stage, occurred_at=at(day)
    )


def closed(*facts: Fact, terms: PlainTerms = EURO, period: Period = QUARTER, **asked: Any) -> LoopResult:
    """The loop of some facts in a quarter."""
    return close_loop(Frames.from_dataset(facts), terms, period=period, **asked)


_DAYS = st.integers(0, 95)
_CAMPAIGNS = st.sampled_from(["C-1", "C-2", None])
_MONEY = st.sampled_from([0, 1, 333, 10_001, 123_457, 9_999_999])
_MAYBE = st.none() | _MONEY
_CURRENCY = st.sampled_from(["EUR", "EUR", "EUR", "USD", None])


@st.composite
def books(draw: st.DrawFn, *, orders: bool = True) -> list[Fact]:
    """Facts of up to six leads and their money; anything may be missing, late, early or said twice."""
    facts: list[Fact] = [
        Campaign(origin=told("campaigns", "C-1"), campaign_id="C-1", occurred_at=at(0), channel="fair")
    ]
    for number in range(draw(st.integers(0, 6))):
        facts += draw(_lives(f"L-{number}", orders=orders))
    for number in range(draw(st.integers(0, 6))):
        facts.append(draw(_spends(number)))
    return facts


@st.composite
def _spends(draw: st.DrawFn, number: int) -> Spend:
    day, length = draw(_DAYS), draw(st.integers(-2, 50))
    ranged = draw(st.booleans())
    return Spend(
        origin=told("spends", str(number)),
        occurred_at=at(day),
        amount_minor=draw(_MONEY) * draw(st.sampled_from([1, 1, 1, -1])),
        currency=draw(st.sampled_from(["EUR", "EUR", "USD"])),
        basis=draw(st.sampled_from(["actual", "actual", "planned"])),
        campaign_id=draw(_CAMPAIGNS),
        channel=draw(st.sampled_from([None, "web"])),
        shared=draw(st.sampled_from([False, False, True])),
        starts_on=date(2026, 1, 1) + timedelta(days=day) if ranged else None,
        ends_on=date(2026, 1, 1) + timedelta(days=day + length) if ranged else None,
    )


@st.composite
def _lives(draw: st.DrawFn, name: str, *, orders: bool) -> list[Fact]:
    day = draw(_DAYS)
    facts: list[Fact] = []
    if draw(st.sampled_from([True, True, True, False])):
        facts.append(
            lead(
                name,
                day,
                campaign_id=draw(_CAMPAIGNS),
                channel=draw(st.sampled_from([None, "web", "fair"])),
                persona=draw(st.sampled_from([None, "owner"])),
                source_raw=draw(st.sampled_from([None, "cold call", "customer referral"])),
                owner_id=draw(st.sampled_from([None, "ana"])),
            )
        )
    if draw(st.booleans()):
        facts.append(entered(name, draw(st.sampled_from(["mql", "sql"])), draw(_DAYS)))
    if draw(st.booleans()):
        verdict = draw(st.sampled_from(["accepted", "rejected", "recycled", "converted"]))
        reason = draw(st.sampled_from([None, " ", "no budget"]))
        facts.append(answer(name, draw(_DAYS), verdict, reason=reason))
    if draw(st.booleans()):
        facts.append(
            Flipped(
                origin=told("flips", name), lead_id=name, score="fit", occurred_at=at(day), cause="touch",
                score_points=Points(25_000_000), flip_points=Points(25_000_000),
            )
        )  # fmt: skip
    for number in range(draw(st.integers(0, 2))):
        facts += draw(_deals(f"D-{name}-{number}", draw(st.sampled_from([name, name, None]))))
    for number in range(draw(st.integers(0, 2)) if orders else 0):
        key = f"O-{name}-{number}"
        buyer = draw(st.sampled_from([name, name, None]))
        facts.append(
            order(
                key, buyer, draw(_DAYS), draw(_MONEY), currency=draw(_CURRENCY),
                campaign_id=draw(_CAMPAIGNS), cost_minor=draw(_MAYBE), fee_minor=draw(_MAYBE),
            )
        )  # fmt: skip
        if draw(st.booleans()):
            facts.append(returned(draw(st.sampled_from([key, "O-none"])), draw(_DAYS), draw(_MONEY)))
    return facts


@st.composite
def _deals(draw: st.DrawFn, key: str, of: str | None) -> list[Fact]:
    day = draw(_DAYS)
    facts: list[Fact] = [
        deal(key, of, day, amount_minor=draw(_MAYBE), currency="EUR", campaign_id=draw(_CAMPAIGNS))
    ]
    for _ in range(draw(st.integers(0, 2))):
        outcome = draw(st.sampled_from(["won", "won", "lost"]))
        facts.append(
            won(
                key, draw(_DAYS), draw(_MAYBE), outcome=outcome, currency=draw(_CURRENCY),
                cost_minor=draw(_MAYBE),
            )
        )  # fmt: skip
    if draw(st.sampled_from([False, False, True])):
        facts.append(DealReopened(origin=told("reopenings", key), deal_id=key, occurred_at=at(draw(_DAYS))))
    return facts
