"""What every store promises, held against the one in memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.facts import DealClosed, Fact, Touch
from smarketing.origin import Origin
from smarketing.stores import MemoryStore, Position, Store, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable

NOON = datetime(2026, 1, 3, 12, tzinfo=UTC)


def a_fact(minute: int, kind: type[Fact], learned_after: int, row: int) -> Fact:
    """A fact out of few, so that the same one comes often, read from one row or another."""
    at = NOON + timedelta(minutes=minute)
    origin, known_at = Origin(system="crm", file="x.csv", row=row), at + timedelta(minutes=learned_after)
    if kind is Touch:
        return Touch(origin=origin, occurred_at=at, known_at=known_at, lead_id="L", kind="visit")
    return DealClosed(origin=origin, occurred_at=at, known_at=known_at, deal_id="D", outcome="won")


FACTS = st.lists(
    st.builds(
        a_fact, st.integers(0, 4), st.sampled_from([Touch, DealClosed]), st.integers(0, 3), st.integers(1, 3)
    ),
    max_size=12,
)


def kept(*batches: Iterable[Fact]) -> Store:
    """A store that took these batches, one unit each."""
    store: Store = MemoryStore()
    for batch in batches:
        with store.unit() as unit:
            unit.append(batch)
    return store


def everything(store: Store) -> list[dict[str, object]]:
    """All that a store holds, fields that are no part of equality included."""
    return [attrs.asdict(fact) for fact in store.scan()]


@given(FACTS)
def test_appending_twice_is_appending_once(facts: list[Fact]) -> None:
    """Reading the same export again adds nothing, in the same unit or in another."""
    assert everything(kept(facts, facts)) == everything(kept(facts + facts)) == everything(kept(facts))


@given(FACTS, st.randoms(use_true_random=False), st.integers(0, 12))
def test_the_order_of_appending_makes_no_difference(facts: list[Fact], random, cut: int) -> None:
    """Nor how the facts are cut into units."""
    mixed = random.sample(facts, len(facts))
    assert everything(kept(mixed[:cut], mixed[cut:])) == everything(kept(facts))


@given(FACTS)
def test_the_earliest_knowledge_stays(facts: list[Fact]) -> None:
    """A later export cannot make us have learned something later."""
    earliest: dict[str, datetime] = {}
    for fact in facts:
        earliest[fact.id] = min(fact.known_at, earliest.get(fact.id, fact.known_at))
    assert {fact.id: fact.known_at for fact in kept(facts).scan()} == earliest


@given(FACTS)
def test_facts_come_out_by_time_and_then_by_id(facts: list[Fact]) -> None:
    """A defined order, so that the same facts give the same bytes."""
    places = [Position.of(fact) for fact in kept(facts).scan()]
    assert places == sorted(set(places))


@given(FACTS, st.integers(1, 5), st.sampled_from([None, Touch, DealClosed, Fact]))
def test_pages_put_together_are_the_whole(facts: list[Fact], size: int, kind: type[Fact] | None) -> None:
    """Each page goes on behind the last fact of the page before."""
    store = kept(facts)
    pages: list[Fact] = []
    after: Position | None = None
    while page := list(store.scan(kind, after=after, limit=size)):
        assert len(page) <= size
        pages += page
        after = Position.of(page[-1])
    assert pages == list(store.scan(kind)) == [f for f in store.scan() if isinstance(f, kind or Fact)]


@given(FACTS, FACTS)
def test_a_unit_that_fails_leaves_nothing(before: list[Fact], facts: list[Fact]) -> None:
    """All or nothing, also of what it had appended before it failed."""
    store = kept(before)

    def fail() -> None:
        with store.unit() as unit:
            unit.append(facts)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert everything(store) == everything(kept(before))


def test_an_append_that_fails_half_way_appends_nothing() -> None:
    """Even if the caller goes on within the unit."""

    def half() -> Iterable[Fact]:
        yield a_fact(1, Touch, 0, 1)
        raise ZeroDivisionError

    store = MemoryStore()
    with store.unit() as unit:
        with pytest.raises(ZeroDivisionError):
            unit.append(half())
        unit.append([a_fact(2, Touch, 0, 1)])
    assert [fact.occurred_at.minute for fact in store.scan()] == [2]
    assert len(store) == 1


def test_a_unit_that_has_ended_takes_nothing() -> None:
    """What came too late would be lost without a word."""
    store: Store = MemoryStore()
    with store.unit() as unit:
        pass
    with pytest.raises(RuntimeError, match="has ended"):
        unit.append([])


def test_nothing_is_seen_before_the_unit_ends() -> None:
    """Whoever scans meanwhile sees the store as it was, to the end of the scan."""
    store = kept([a_fact(1, Touch, 0, 1), a_fact(2, Touch, 0, 1)])
    scan = store.scan()
    next(scan)
    with store.unit() as unit:
        unit.append([a_fact(3, Touch, 0, 1)])
        assert len(list(store.scan())) == 2
    assert len(list(scan)) == 1
    assert len(list(store.scan())) == 3


def test_writers_side_by_side_lose_nothing_and_double_nothing() -> None:
    """Threads may share the store."""
    store: Store = MemoryStore()
    facts = [a_fact(minute, Touch, 0, 1) for minute in range(200)]

    def write(part: int) -> None:
        for fact in facts[part::2] + facts[::3]:
            with store.unit() as unit:
                unit.append([fact])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, [0, 1, 0, 1]))
    assert list(store.scan()) == facts


def test_a_negative_limit_is_refused() -> None:
    """It would mean something else to every engine."""
    with pytest.raises(ValueError, match="Stop argument"):
        MemoryStore().scan(limit=-1)


def test_the_store_in_memory_is_a_store() -> None:
    """For type checkers, which read these lines."""
    store: Store = MemoryStore()
    with store.unit() as unit:
        held: Unit = unit
        held.append(())
    assert list(store.scan()) == []
