"""The deal book: what was open and what had closed, as it was known at a moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from smarketing.forecast import DealBook, age_of, read_deals
from smarketing.frames import Frames
from smarketing.testing import (
    assert_backends_agree,
    assert_no_look_ahead,
    assert_order_independent,
    example_company,
)

COMPANY = example_company(seed=5, leads=250)
FACTS = list(COMPANY.facts())
AS_OF = COMPANY.as_of - timedelta(days=150)


def book(frames: Frames, as_of: datetime) -> DealBook:
    """What the laws are held against."""
    return read_deals(frames, as_of=as_of, zone=COMPANY.zone)


def test_the_book_obeys_the_laws_of_every_analysis() -> None:
    """Nothing is seen too early; neither order nor engine matters."""
    assert_no_look_ahead(book, FACTS, AS_OF)
    assert_order_independent(book, FACTS, AS_OF)
    assert_backends_agree(book, FACTS, AS_OF)


def test_every_deal_is_open_or_closed_once() -> None:
    """None is lost, none counts twice, and ages are those of the calendar."""
    told = book(Frames.from_dataset(FACTS), AS_OF)
    ids = [deal.deal_id for deal in (*told.open, *told.closed)]
    created = {fact.deal_id for fact in FACTS if type(fact).__name__ == "Deal" and fact.counts(AS_OF)}
    assert sorted(ids) == sorted(created)
    for deal in told.open:
        assert deal.created_at is not None
        assert deal.age_days == age_of(deal.created_at, AS_OF, COMPANY.zone)


def test_a_reopened_deal_is_open_until_it_closes_again() -> None:
    """Between its reopening and its next closing a deal stands open, and says that it was reopened."""
    reopened = next(fact for fact in FACTS if type(fact).__name__ == "DealReopened")
    frames = Frames.from_dataset(FACTS)
    at = reopened.occurred_at + timedelta(seconds=1)
    back = next(deal for deal in book(frames, at).open if deal.deal_id == reopened.deal_id)
    assert back.reopened
    assert back.reopened_at == reopened.occurred_at
    before = book(frames, reopened.occurred_at)
    assert reopened.deal_id in {deal.deal_id for deal in before.closed}
