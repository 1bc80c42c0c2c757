"""Frames of a store are the frames of its facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.errors import UnknownNameError
from smarketing.frames import Frames, rows_of
from smarketing.stores import MemoryStore
from smarketing.testing.strategies import any_facts, instants

if TYPE_CHECKING:
    from smarketing.facts import Fact
    from smarketing.stores.sql import SqlStore


def everything(frames: Frames) -> dict[str, list[str]]:
    """All rows of all tables that have any; frames promise them in no order."""
    found = {name: sorted(map(repr, rows_of(frames.select(name)))) for name in frames.names}
    return {name: rows for name, rows in found.items() if rows}


@given(st.lists(any_facts(), max_size=15), st.none() | instants())
def test_they_hold_the_same_rows(facts: list[Fact], as_of: datetime | None) -> None:
    """With the same extra fields, of all that is known or as of a moment."""
    store = MemoryStore()
    with store.unit() as unit:
        unit.append(facts)
    counting = [fact for fact in facts if as_of is None or fact.counts(as_of)]
    expected = Frames.from_dataset(counting)
    found = Frames.from_store(store, as_of=as_of)
    assert everything(found) == everything(expected)
    assert found.cutoff == as_of
    assert {name: found.traits(name) for name in found.names} == {
        name: expected.traits(name) for name in expected.names
    }


def test_on_every_engine(sql_store: SqlStore, backend: str) -> None:
    """From both databases."""
    facts = example_facts()
    with sql_store.unit() as unit:
        unit.append(facts)
    found, expected = (
        Frames.from_store(sql_store, backend=backend),
        Frames.from_dataset(facts, backend=backend),
    )
    assert found.backend == backend
    assert everything(found) == everything(expected)


def test_only_the_tables_asked_for(sql_store: SqlStore) -> None:
    """And what withdraws their rows."""
    with sql_store.unit() as unit:
        unit.append(example_facts())
    assert Frames.from_store(sql_store, tables=["leads"]).names == ("leads", "retractions")
    with pytest.raises(UnknownNameError, match="did you mean 'leads'"):
        Frames.from_store(sql_store, tables=["leds"])


def test_a_record_that_came_back_is_back_in_any_table(sql_store: SqlStore, backend: str) -> None:
    """Even where the versions that say so were not asked for."""
    from smarketing.facts import Lead, Retracted, StageEntered
    from smarketing.origin import Origin

    first = datetime(2026, 1, 3, tzinfo=UTC)
    of: dict[str, Any] = {"origin": Origin(system="crm", table="contacts", record="L-1"), "lead_id": "L-1"}
    gone: dict[str, Any] = {"retracted_table": "contacts", "retracted_record": "L-1"}
    told: list[Fact] = [
        StageEntered(**of, occurred_at=first, stage="mql"),
        Retracted(origin=Origin(), occurred_at=first + timedelta(days=1), **gone),
        Lead(**of, occurred_at=first + timedelta(days=2)),
    ]
    with sql_store.unit() as unit:
        unit.append(told)
    frames = Frames.from_store(sql_store, tables=["stage_entries"], backend=backend)
    assert frames.names == ("stage_entries", "retractions")
    assert [row["stage"] for row in rows_of(frames.select("stage_entries", ["stage"]))] == ["mql"]
    assert rows_of(frames.as_of(first + timedelta(days=2)).select("stage_entries", ["stage"])) == []


def test_an_empty_store_gives_empty_frames(sql_store: SqlStore) -> None:
    """Which work like any others."""
    frames = Frames.from_store(sql_store)
    assert frames.names == ()
    assert rows_of(frames.select("leads")) == []


def example_facts() -> list[Fact]:
    """A deal with lines and extra fields, a lead, and a retraction."""
    from smarketing.facts import Deal, Lead, Line, Retracted
    from smarketing.origin import Origin
    from smarketing.values import Share, Traits

    at = datetime(2026, 1, 3, tzinfo=UTC)
    mixed = Traits({"segment": "pet", "size": 3})
    lines = (Line(product="AirOne", amount_minor=5), Line(product="AirPro"))
    return [
        Lead(origin=Origin(record="L-1"), occurred_at=at, lead_id="L-1", traits=mixed),
        Lead(origin=Origin(record="L-2"), occurred_at=at, lead_id="L-2", traits=Traits({"size": "large"})),
        Lead(origin=Origin(record="L-3"), occurred_at=at, lead_id="L-3"),
        Deal(
            origin=Origin(record="D-1"),
            occurred_at=at + timedelta(days=1),
            deal_id="D-1",
            probability_share=Share.percent("25"),
            expected_close_on=at.date(),
            lines=lines,
        ),
        Retracted(origin=Origin(record="r"), occurred_at=at, retracted_fact_id="x"),
    ]
