"""Bulk and one lead are one reading, on every engine; and what a book of leads adds up to."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sla_books import FIRST, MARCH, MOMENTS, books, contracts

from smarketing.facts import Fact
from smarketing.frames import Frames
from smarketing.sla import ClockState, SlaContract, measure_sla
from smarketing.testing import assert_backends_agree, assert_no_look_ahead, assert_order_independent

SOME = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
"""A contract of twelve promises is much to read: few books at a time, and many in the slow tests."""


def one_by_one(
    contract: SlaContract, book: dict[str, list[Fact]], now: datetime
) -> dict[str, Counter[tuple[ClockState, str | None]]]:
    """For each promise how many clocks stand how, and whose turn it was, read lead by lead."""
    told: dict[str, Counter[tuple[ClockState, str | None]]] = {}
    for facts in book.values():
        for clock in contract.clocks(facts, now=now):
            if MARCH.contains(clock.started_at):
                told.setdefault(clock.commitment.name, Counter())[clock.state, clock.owner] += 1
    return told


@settings(parent=SOME, max_examples=8)
@given(book=books(), now=MOMENTS, contract=contracts())
def test_bulk_and_one_lead_are_one_reading(
    backend: str, book: dict[str, list[Fact]], now: datetime, contract: SlaContract
) -> None:
    """Every clock of every lead stands in bulk as it stands when the lead is read alone."""
    frames = Frames.from_dataset([fact for facts in book.values() for fact in facts], backend=backend)
    result = measure_sla(frames, contract, period=MARCH, as_of=now, trend=0)
    expected = one_by_one(contract, book, now)
    for term in result.terms:
        states: Counter[ClockState] = Counter()
        for (state, _), number in expected.get(term.name, Counter()).items():
            states[state] += number
        assert +Counter(term.tally.counts) == states, term.name
    to_do = [clock for clock in contract.due(book.values(), now=now) if MARCH.contains(clock.started_at)]
    assert sum(term.tally.open_count for term in result.terms) == len(to_do)
    assert {(c.commitment.name, c.lead_id) for term in result.terms for c in term.to_do(100)} == {
        (clock.commitment.name, clock.lead_id) for clock in to_do
    }


@pytest.mark.slow
@settings(parent=SOME, max_examples=10)
@given(book=books(), now=MOMENTS, contract=contracts())
def test_whose_turn_it_was_is_the_same_in_bulk(
    backend: str, book: dict[str, list[Fact]], now: datetime, contract: SlaContract
) -> None:
    """The clocks of each person, met and broken, are those that the leads name one by one."""
    frames = Frames.from_dataset([fact for facts in book.values() for fact in facts], backend=backend)
    result = measure_sla(frames, contract, period=MARCH, as_of=now, trend=0)
    expected = one_by_one(contract, book, now)
    for term in result.terms:
        if term.by != "sales":
            continue
        judged = {ClockState.MET, ClockState.MISSED, ClockState.LATE_MET, ClockState.RUNNING}
        found = Counter(
            {
                (state, row.values["owner"]): row.tally[state]
                for row in term.split("owner")
                for state in judged
            }
        )
        wanted = Counter(
            {key: n for key, n in expected.get(term.name, Counter()).items() if key[0] in judged}
        )
        assert +found == wanted, term.name


@pytest.mark.slow
@settings(parent=SOME, max_examples=60)
@given(book=books(), now=MOMENTS, contract=contracts())
def test_breaches_are_the_clocks_that_broke(
    book: dict[str, list[Fact]], now: datetime, contract: SlaContract
) -> None:
    """The list of breaches is just what reading every lead finds, with its due date and its person."""
    frames = Frames.from_dataset([fact for facts in book.values() for fact in facts])
    result = measure_sla(frames, contract, period=MARCH, as_of=now, trend=0)
    clocks = [clock for facts in book.values() for clock in contract.clocks(facts, now=now)]
    expected = sorted(
        (clock.started_at, clock.lead_id, clock.commitment.name, clock.due_at, clock.state.value)
        for clock in clocks
        if clock.state.is_broken and MARCH.contains(clock.started_at)
    )
    found = sorted(
        (clock.started_at, clock.lead_id, clock.commitment.name, clock.due_at, clock.state.value)
        for clock in result.breaches
    )
    assert found == expected


def figures(contract: SlaContract) -> object:
    """An analysis for the laws: everything that a result says."""

    def measure(frames: Frames, as_of: datetime) -> object:
        return measure_sla(frames, contract, period=MARCH, as_of=as_of, by=("source",), trend=1)

    return measure


@given(book=books(), now=MOMENTS, contract=contracts(), data=st.data())
@pytest.mark.slow
@settings(parent=SOME, max_examples=10)
def test_nothing_of_later_is_seen(
    book: dict[str, list[Fact]], now: datetime, contract: SlaContract, data: st.DataObject
) -> None:
    """State computed now from all facts is the state computed from the facts known now."""
    facts = [fact for facts in book.values() for fact in facts]
    later = data.draw(books())
    late = [
        attrs.evolve(fact, known_at=max(fact.known_at, now)) for facts in later.values() for fact in facts
    ]
    assert_no_look_ahead(figures(contract), facts, now, late)


@given(book=books(), now=MOMENTS, contract=contracts())
@pytest.mark.slow
@settings(parent=SOME, max_examples=5)
def test_the_order_of_facts_changes_nothing(
    book: dict[str, list[Fact]], now: datetime, contract: SlaContract
) -> None:
    """Backwards, shuffled and twice: the same figures and the same page."""
    assert_order_independent(figures(contract), [fact for facts in book.values() for fact in facts], now)


@given(book=books(), contract=contracts())
@pytest.mark.slow
@settings(parent=SOME, max_examples=5)
def test_every_engine_gives_the_same(book: dict[str, list[Fact]], contract: SlaContract) -> None:
    """Polars, pandas, PyArrow and DuckDB agree on every figure."""
    pytest.importorskip("duckdb")
    assert_backends_agree(
        figures(contract), [fact for facts in book.values() for fact in facts], FIRST.replace(day=20)
    )
