"""Drawn lives of a few leads, as attribution meets them: touches, deals, orders, returns, all untidy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from smarketing.closed_loop import (
    First,
    FullPath,
    Last,
    LastNonDirect,
    Linear,
    PositionBased,
    Shapley,
    TimeDecay,
    WShaped,
)
from smarketing.facts import (
    Deal,
    DealClosed,
    DealReopened,
    Fact,
    Lead,
    OrderPlaced,
    OrderReturned,
    Outcome,
    Precision,
    Touch,
)
from smarketing.origin import Origin

START = datetime(2026, 1, 5, tzinfo=UTC)
AS_OF = START + timedelta(days=60)
CHANNELS = ("ads", "direct", "fair", "mail", None)
RULES = (
    First(),
    Last(),
    LastNonDirect(),
    Linear(),
    PositionBased(),
    WShaped(),
    FullPath(),
    TimeDecay(half_life=timedelta(days=3)),
    Shapley(),
)
"""Every model that can be asked of one lead."""


def touched(lead: str, day: int, channel: str, **said: object) -> Touch:
    """A touch of a lead on some day."""
    origin = Origin(system="crm", table="touches", record=f"{lead}/{day}")
    at = START + timedelta(days=day)
    return Touch(origin=origin, occurred_at=at, lead_id=lead, kind="visit", channel=channel, **said)


def won(lead: str, day: int, minor: int) -> DealClosed:
    """A deal of the lead, won on some day."""
    origin = Origin(system="crm", table="closings", record=lead)
    return DealClosed(
        origin=origin, occurred_at=START + timedelta(days=day), lead_id=lead, deal_id=f"{lead}/D",
        outcome=Outcome.WON, amount_minor=minor, currency="EUR",
    )  # fmt: skip


def lives(*, most_leads: int = 3, currencies: tuple[str, ...] = ("EUR",)) -> st.SearchStrategy[list[Fact]]:
    """Facts about a few leads, in no particular order; some known late, some dated to the day only."""
    return _lives(most_leads, currencies)


@st.composite
def _lives(draw: st.DrawFn, most_leads: int, currencies: tuple[str, ...]) -> list[Fact]:
    facts: list[Fact] = []
    for number in range(draw(st.integers(1, most_leads))):
        facts += _life(draw, f"L-{number + 1}", currencies)
    return draw(st.permutations(facts))


def _at(draw: st.DrawFn) -> datetime:
    return START + timedelta(hours=draw(st.integers(0, 40)) * 6)


def _life(draw: st.DrawFn, lead_id: str, currencies: tuple[str, ...]) -> list[Fact]:
    def said(fact_kind: type[Fact], record: str, at: datetime, **fields: object) -> Fact:
        precision = draw(st.sampled_from([Precision.INSTANT] * 4 + [Precision.DAY]))
        if precision is Precision.DAY:
            at = at.replace(hour=0)
        known = at + timedelta(days=draw(st.sampled_from([0, 0, 0, 20, 90])))
        origin = Origin(system="crm", table=fact_kind.TABLE, record=record)
        return fact_kind(origin=origin, occurred_at=at, known_at=known, precision=precision, **fields)

    facts = []
    if draw(st.integers(0, 4)):
        at = _at(draw)
        facts.append(said(Lead, lead_id, at, lead_id=lead_id, created_at=at, persona="owner"))
    for number in range(draw(st.integers(0, 6))):
        channel, asset = draw(st.sampled_from(CHANNELS)), draw(st.sampled_from(["a", "b"]))
        told = {"lead_id": lead_id, "kind": "visit", "channel": channel, "asset": asset}
        facts.append(said(Touch, f"{lead_id}/{number}", _at(draw), **told))
    amounts = st.none() | st.sampled_from([0, 1, 100, 12_345, 99_999])
    for number in range(draw(st.integers(0, 3))):
        deal_id = f"{lead_id}/D{number}"
        of = {"deal_id": deal_id, "lead_id": lead_id}
        money = {"amount_minor": draw(amounts), "currency": draw(st.sampled_from(currencies))}
        at = _at(draw)
        facts.append(said(Deal, deal_id, at, created_at=at, **of, **money))
        for _ in range(draw(st.integers(0, 2))):
            outcome = draw(st.sampled_from([Outcome.WON, Outcome.WON, Outcome.LOST]))
            closed = {"amount_minor": draw(amounts), "currency": draw(st.sampled_from(currencies))}
            facts.append(said(DealClosed, deal_id, _at(draw), outcome=outcome, **of, **closed))
        if not draw(st.integers(0, 5)):
            facts.append(said(DealReopened, deal_id, _at(draw), deal_id=deal_id))
    for number in range(draw(st.integers(0, 2))):
        of = {"order_id": f"{lead_id}/O{number}", "lead_id": lead_id}
        code = draw(st.sampled_from(currencies))
        minor = draw(amounts)
        facts.append(said(OrderPlaced, of["order_id"], _at(draw), **of, amount_minor=minor, currency=code))
        for _ in range(draw(st.integers(0, 2))):
            back = draw(st.sampled_from([1, 50, 20_000]))
            facts.append(
                said(OrderReturned, of["order_id"], _at(draw), **of, amount_minor=back, currency=code)
            )
    return facts
