"""What counts as of a moment: two clocks, versions and retractions, as for one record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import attrs
import narwhals.stable.v2 as nw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smarketing.errors import UnknownNameError
from smarketing.facts import Fact, Lead, Retracted, StageEntered
from smarketing.frames import Frames, rows_of
from smarketing.funnel._entries import _last_version, counting
from smarketing.origin import Origin
from smarketing.schema import TABLES
from smarketing.stores import MemoryStore
from smarketing.testing import strategies as draw

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def day(number: int) -> datetime:
    """Noon of a day of January 2026."""
    return NOON + timedelta(days=number - 1)


def version(known: int, *, at: int = 1, lead_id: str = "L1", **fields: Any) -> Lead:
    """A version of a lead that happened on one day and was known on another."""
    origin = Origin(system="crm", table="contacts", record=lead_id)
    return Lead(origin=origin, occurred_at=day(at), known_at=day(known), lead_id=lead_id, **fields)


def withdrawn(on: int, **what: Any) -> Retracted:
    """Something was withdrawn on a day."""
    return Retracted(origin=Origin(system="crm", record=f"R{on}"), occurred_at=day(on), **what)


def ids(frames: Frames) -> set[str]:
    """The facts that count."""
    return {row["fact_id"] for name in TABLES for row in rows_of(frames.select(name, ["fact_id"]))}


def names(frames: Frames) -> list[str | None]:
    """The last known name of each lead, by the leads' ids."""
    rows = rows_of(frames.latest("leads", ["lead_id", "name"]))
    return [row["name"] for row in sorted(rows, key=lambda row: row["lead_id"])]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=draw.timelines(), as_of=draw.instants(), data=st.data())
def test_what_counts_is_what_counts_of_one_record(
    facts: tuple[Fact, ...], as_of: datetime, data: st.DataObject
) -> None:
    """Late facts, facts said twice, corrections and retractions included; on a drawn engine."""
    backend = data.draw(st.sampled_from(["polars", "polars", "pandas", "pyarrow", "duckdb"]))
    frames = Frames.from_dataset(facts, backend=backend).as_of(as_of)
    assert ids(frames) == {fact.id for fact in counting(facts, as_of)}


def test_a_fact_counts_only_if_it_happened_and_was_known_before(backend: str) -> None:
    """Neither clock may show the moment itself."""
    frames = Frames.from_dataset([version(4, at=2)], backend=backend)
    assert [len(ids(frames.as_of(day(number)))) for number in (2, 3, 4, 5)] == [0, 0, 0, 1]


def test_as_of_is_never_widened_again(backend: str) -> None:
    """Frames of January show no February, whatever they are asked."""
    frames = Frames.from_dataset([version(2), version(4, lead_id="L2")], backend=backend)
    january = frames.as_of(day(3))
    assert (names(january), names(january.as_of(day(9))), names(frames)) == ([None], [None], [None, None])
    assert (january.as_of(day(9)).cutoff, frames.cutoff) == (day(3), None)
    assert january.as_of(day(2)).cutoff == day(2)


def test_the_version_last_known_counts(backend: str) -> None:
    """Not the one that happened last; of one moment, the later change."""
    told = [version(5, at=2, name="new"), version(3, at=3, name="old"), version(1, name="first")]
    for _ in range(3):
        Random(1).shuffle(told)  # noqa: S311 (no secret)
        frames = Frames.from_dataset(told, backend=backend)
        assert names(frames) == ["new"]
        assert names(frames.as_of(day(5))) == ["old"]


def test_versions_of_one_moment_are_chosen_alike_in_any_order(backend: str) -> None:
    """By their ids, which no order of rows and no engine can change."""
    told = [version(3, name=f"n{number}") for number in range(8)]
    expected = max(told, key=lambda fact: fact.id).name
    for order in (told, told[::-1]):
        assert names(Frames.from_dataset(order, backend=backend)) == [expected]


def test_of_versions_of_one_moment_the_one_that_says_more_counts(backend: str) -> None:
    """It was read when more was asked for; on every engine, from a store, and for one record."""
    for number in range(6):
        less = version(3, name="Ana", lead_id=f"L{number}")
        more = attrs.evolve(less, phone="1", traits={"size": 3})
        for order in ([less, more], [more, less]):
            assert names(Frames.from_dataset(order, backend=backend).as_of(day(9))) == ["Ana"]
            store = MemoryStore()
            for fact in order:
                with store.unit() as unit:
                    unit.append([fact])
            for frames in (
                Frames.from_dataset(order, backend=backend),
                Frames.from_store(store, backend=backend),
            ):
                (row,) = rows_of(frames.latest("leads", ["phone", "fact_id"]))
                assert (row["phone"], row["fact_id"]) == ("1", more.id)
            assert _last_version(order) == more


def test_what_a_version_says_is_counted_alike(backend: str) -> None:
    """In tables and of one fact: the company's own fields too, and what every fact has not."""
    told = [
        version(number + 1, name="Ana", traits={"a": 1, "b": "x"} if number else {}) for number in range(2)
    ]
    rows = rows_of(Frames.from_dataset(told, backend=backend).versions("leads", ["fact_id"]))
    assert {row["fact_id"]: row["said_count"] for row in rows} == {fact.id: fact.said_count for fact in told}


def test_a_withdrawn_fact_no_longer_counts(backend: str) -> None:
    """From when the withdrawal was known, and only that fact."""
    first, second = version(1, name="a"), version(2, name="b")
    gone = withdrawn(4, retracted_fact_id=second.id)
    frames = Frames.from_dataset([first, second, gone], backend=backend)
    assert (names(frames), names(frames.as_of(day(4)))) == (["a"], ["b"])


@pytest.mark.parametrize("table", [None, "contacts", "leads"])
def test_a_withdrawn_record_no_longer_counts(backend: str, table: str | None) -> None:
    """In all tables, or in the one that is named by the source or by us; and stands again if said later."""
    told = [version(1), version(2, lead_id="L2"), withdrawn(4, retracted_record="L1", retracted_table=table)]
    frames = Frames.from_dataset(told, backend=backend)
    assert [row["lead_id"] for row in rows_of(frames.latest("leads", ["lead_id"]))] == ["L2"]
    back = Frames.from_dataset([*told, version(5, name="back")], backend=backend)
    assert sorted(map(str, names(back))) == ["None", "back"]


def test_a_record_that_came_back_stands_with_all_that_it_told(backend: str) -> None:
    """From when a version of it was told after the withdrawal, and not before; other records stay gone."""
    told: list[Fact] = []
    for lead_id in ("L1", "L2"):
        at = {"origin": Origin(system="crm", table="contacts", record=lead_id), "occurred_at": day(2)}
        told += [version(1, lead_id=lead_id), StageEntered(**at, lead_id=lead_id, stage="mql")]
        told.append(withdrawn(4, retracted_record=lead_id, retracted_table="contacts"))
    back, elsewhere = version(6, name="back"), Origin(system="erp", table="contacts", record="L2")
    told += [back, attrs.evolve(back, origin=elsewhere)]
    frames = Frames.from_dataset(told, backend=backend)
    for number, leads in ((4, ["L1", "L2"]), (5, []), (6, []), (7, ["L1"])):
        rows = rows_of(frames.as_of(day(number)).select("stage_entries", ["lead_id"]))
        assert sorted(row["lead_id"] for row in rows) == leads
        assert ids(frames.as_of(day(number))) == {fact.id for fact in counting(told, day(number))} | {
            fact.id for fact in told if isinstance(fact, Retracted) and fact.counts(day(number))
        }


def test_a_withdrawn_record_of_another_table_changes_nothing(backend: str) -> None:
    """Ids are the source's own, table by table."""
    told = [version(1), withdrawn(4, retracted_record="L1", retracted_table="deals")]
    assert names(Frames.from_dataset(told, backend=backend)) == [None]


def test_rows_without_an_id_are_not_withdrawn_by_a_blank_one(backend: str) -> None:
    """Unknown matches nothing, not even another unknown; nor does it take a table's name to withdraw."""
    leads = Frames.from_dataset([version(1)], backend=backend)
    gone = Frames.from_dataset([withdrawn(4, retracted_record="L1")], backend=backend)["retractions"]
    no_id = nw.when(nw.col("fact_id") == "nobody").then(nw.col("fact_id")).alias("fact_id")
    blank = leads.select("leads", ["lead_id", "occurred_at", "known_at", "fact_id"]).with_columns(no_id)
    assert names(Frames.from_native(leads=blank.to_native(), retractions=gone)) == [None]
    unnamed = leads.select("leads", ["lead_id", "occurred_at", "known_at", "origin_record"])
    assert names(Frames.from_native(leads=unnamed.to_native(), retractions=gone)) == []


def test_facts_said_twice_are_one_row_known_when_first_said(backend: str) -> None:
    """A second export adds nothing, and takes nothing back."""
    fact = version(2, name="a")
    later = attrs.evolve(fact, known_at=day(6))
    for told in ([fact, later], [later, fact]):
        frames = Frames.from_dataset(told, backend=backend)
        assert (len(ids(frames)), names(frames.as_of(day(3)))) == (1, ["a"])


def test_events_have_no_versions_and_unknown_names_are_refused(backend: str) -> None:
    """With the nearest one."""
    entry = StageEntered(origin=Origin(), occurred_at=day(1), lead_id="L1", stage="mql")
    frames = Frames.from_dataset([entry], backend=backend)
    with pytest.raises(UnknownNameError, match="no versions"):
        frames.latest("stage_entries", ["stage"])
    with pytest.raises(UnknownNameError, match="did you mean 'closings'"):
        frames.select("closing")
    with pytest.raises(UnknownNameError, match="did you mean 'stage'"):
        frames.select("stage_entries", ["stge"])
