"""Every figure names the records that it counts, and the facts that they were read from."""

from __future__ import annotations

import pytest

from smarketing import Frames, Funnel, Period, measure_funnel, measure_sales
from smarketing.facts import Deal, DealClosed, Fact, Lead, StageEntered
from smarketing.funnel import FunnelResult, SalesResult
from smarketing.stores import MemoryStore, Position, Subject
from smarketing.testing import example_company

FACTS: list[Fact] = list(example_company(seed=11, leads=400).facts())
PERIOD = Period.parse("2024-01-01/2026-01-01", "Europe/Madrid")


@pytest.fixture
def frames(backend: str) -> Frames:
    """The example company's facts."""
    return Frames.from_dataset(FACTS, backend=backend)


@pytest.fixture
def funnel(frames: Frames) -> FunnelResult:
    """Its funnel by source."""
    return measure_funnel(
        frames, Funnel.default(), period=PERIOD, by=("source",), start="lead", velocities=()
    )


@pytest.fixture
def sales(frames: Frames) -> SalesResult:
    """Its sales by owner and month."""
    return measure_sales(frames, period=PERIOD, by=("owner", "month"))


def test_as_many_records_are_named_as_are_counted(funnel: FunnelResult) -> None:
    """At every stage, for every group and state, and in all."""
    for row in (*funnel.rows, funnel.total):
        for flow in row.stages:
            assert len(funnel.facts(flow.stage, **row.values)) == flow.reached_count
            for state in ("here", "lost", "disqualified", "recycled", "reopened"):
                named = funnel.facts(flow.stage, state=state, **row.values)
                assert len(named) == getattr(flow, f"{state}_count")


def test_the_facts_are_those_of_the_records(funnel: FunnelResult) -> None:
    """All versions of the leads, their moves, their deals and how those ended; nobody else's."""
    trace = funnel.facts("customer", source="referral")
    leads = set(trace.records)
    deals = {fact.deal_id for fact in FACTS if isinstance(fact, Deal) and fact.lead_id in leads}
    expected: dict[str, set[str]] = {}
    for fact in FACTS:
        is_theirs = (isinstance(fact, Lead | StageEntered | Deal) and fact.lead_id in leads) or (
            isinstance(fact, DealClosed) and fact.deal_id in deals
        )
        if is_theirs:
            expected.setdefault(fact.TABLE, set()).add(fact.id)
    assert leads
    got = {table: set(ids) for table, ids in trace.fact_ids.items() if table != "reopenings"}
    assert {table: got[table] for table in ("leads", "deals", "closings")} == {
        table: expected[table] for table in ("leads", "deals", "closings")
    }
    assert got["stage_entries"] == expected["stage_entries"]


def test_a_store_gives_the_facts_themselves(backend: str) -> None:
    """Just those that the trace names, in order; without those of whoever was erased meanwhile."""
    store = MemoryStore()
    with store.unit() as unit:
        unit.append(FACTS)
    frames = Frames.from_store(store, backend=backend)
    trace = measure_funnel(frames, Funnel.default(), period=PERIOD, start="lead", velocities=()).facts(
        "customer"
    )
    named = {fact_id for ids in trace.fact_ids.values() for fact_id in ids}
    assert named
    assert list(trace.facts(store)) == sorted((fact for fact in FACTS if fact.id in named), key=Position.of)
    with store.unit() as unit:
        unit.erase(Subject("lead", trace.records[0]), at=PERIOD.end, asked_by="request 17")
    left = trace.facts(store)
    assert {fact.id for fact in left} < named
    assert not any(getattr(fact, "lead_id", None) == trace.records[0] for fact in left)


def test_sales_name_their_closings(sales: SalesResult) -> None:
    """As many deals as were won, each with the fact that closed it."""
    closings = {fact.id: fact.deal_id for fact in FACTS if isinstance(fact, DealClosed)}
    for row in (*sales.rows, sales.total):
        trace = sales.facts("won", **row.values)
        assert len(trace) == row.won_count
        if trace.records:
            assert set(trace.records) <= {closings[fact_id] for fact_id in trace.fact_ids["closings"]}
