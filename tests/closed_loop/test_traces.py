"""From a figure back to the facts behind it: as many as it counts, and to the cent what it says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loop_books import (
    EURO,
    QUARTER,
    answer,
    at,
    books,
    closed,
    deal,
    entered,
    lead,
    order,
    returned,
    spend,
    won,
)

from smarketing.closed_loop import Linear, LoopResult, LoopRow, LoopTrace, PlainTerms, attribute, close_loop
from smarketing.closed_loop._loop_trace import portions
from smarketing.errors import UnknownNameError
from smarketing.facts import Fact, Spend
from smarketing.frames import Frames
from smarketing.periods import Dated, Period
from smarketing.stores import MemoryStore
from smarketing.testing import example_company
from smarketing.values import Money

END = datetime(2026, 8, 1, tzinfo=UTC)
RATES = {"USD": Dated(((date(2026, 1, 20), Decimal("0.913")),))}
BY = st.sampled_from(["campaign", "source", "owner", "month", "channel"])
RULES = st.sampled_from(["leads", "spend", "evenly"])


def summed(trace: LoopTrace, currency: str) -> Money:
    """What the lines come to."""
    return sum((line.amount for line in trace.lines if line.amount), Money(0, currency))


def cells(loop: LoopResult) -> Iterator[tuple[LoopRow, dict[str, Any]]]:
    """Each row with the values that name it, the total among them."""
    for row in (*loop.rows, loop.total):
        yield row, row.values


@given(books(), BY, st.sampled_from(["cohort", "cash"]), RULES)
def test_lines_add_up_to_the_cell(facts: list[Fact], by: str, view: Any, rule: str) -> None:
    """Spends that are shared, divided and spread, sales and returns, in either currency: to the cent."""
    loop = close_loop(
        Frames.from_dataset(facts),
        EURO,
        period=QUARTER,
        as_of=END,
        by=by,
        view=view,
        shared_by=rule,
        rates=RATES,
    )
    for row, group in cells(loop):
        nothing = Money(0, "EUR")
        for figure in ("spend", "shared", "planned"):
            assert summed(loop.facts(figure, **group), "EUR") == (getattr(row, figure) or nothing), figure
        assert summed(loop.facts("revenue", **group), "EUR") == row.revenue
        if row.margin is not None:
            assert summed(loop.facts("margin", **group), "EUR") == row.margin


@given(books(), BY, st.sampled_from(["cohort", "cash"]))
def test_a_trace_has_as_many_records_as_the_cell_counts(facts: list[Fact], by: str, view: Any) -> None:
    """Leads, answers, open loops, deals and orders, in every group and in all; and facts of their kinds."""
    kinds = {fact.id: type(fact).__name__ for fact in facts}
    loop = close_loop(Frames.from_dataset(facts), EURO, period=QUARTER, as_of=END, by=by, view=view)
    for row, group in cells(loop):
        for stage, count in row.reached.items():
            assert len(loop.facts(stage, **group)) == count, stage
        for figure in ("accepted", "rejected", "recycled", "open", "overdue", "deals", "orders"):
            assert len(loop.facts(figure, **group)) == getattr(row, f"{figure}_count"), figure
        assert len(loop.facts("returns", **group).lines) == row.returns_count
        sold = loop.facts("revenue", **group).fact_ids
        assert len(sold.get("closings", ())) >= row.deals_count
        assert len(sold.get("orders", ())) >= row.orders_count
        assert len(sold.get("returns", ())) == row.returns_count
        spent = loop.facts("spend", **group).fact_ids.get("spends", ())
        assert all(kinds[fact_id] == "Spend" for fact_id in spent)
        assert spent or row.spend is None or not row.spend.minor


def test_the_facts_of_a_cell_come_from_the_store() -> None:
    """Spend, sale, answer and touch: the very facts, which say the amounts of the lines."""
    company = example_company(seed=3, leads=300)
    store = MemoryStore()
    with store.unit() as unit:
        unit.append([*company.facts(), *company.touches()])
    frames = Frames.from_store(store)
    loop = close_loop(
        frames, EURO, period=Period.parse("2025", company.zone), by="campaign", as_of=company.as_of
    )
    row = next(row for row in loop.rows if row.deals_count > 1)
    spends = loop.facts("spend", **row.values).facts(store)
    assert spends
    assert sum(fact.amount_minor for fact in spends if isinstance(fact, Spend)) == row.spend.minor
    sold = loop.facts("deals", **row.values)
    told = [fact for fact in sold.facts(store) if fact.TABLE == "closings"]
    assert sorted(fact.deal_id for fact in told) == [*sold.records]
    assert sum(fact.amount_minor for fact in told) == row.revenue.minor
    credit = attribute(frames, models=Linear(), as_of=company.as_of)
    trace = credit.facts("linear", channel="email")
    touches = [fact for fact in trace.facts(store) if fact.TABLE == "touches"]
    assert {fact.channel for fact in touches} == {"email"}
    assert {fact.lead_id for fact in touches} == {line.lead_id for line in trace.lines}


def test_a_part_of_a_spend_is_told_as_a_part() -> None:
    """Sixty days' fee, of which February has 28, and a third of that goes with a third of the leads."""
    fee = spend(minor=6_000, starts_on=date(2026, 1, 15), ends_on=date(2026, 3, 15))
    leads = [
        lead(f"L-{n}", 32, campaign_id="C-1", source_raw="cold call" if n else "customer referral")
        for n in range(3)
    ]
    loop = closed(fee, *leads, period=Period.parse("2026-02"), as_of=at(90), by=("source",))
    trace = loop.facts("spend", source="referral")
    assert [(line.record, line.fact_id, line.amount) for line in trace.lines] == [
        ("C-1", fee.id, Money(933, "EUR"))
    ]
    assert loop.row(source="referral").spend == Money(933, "EUR")


def test_each_figure_of_the_four_steps_has_its_facts() -> None:
    """The tables that tell of it, and nothing else."""
    loop = closed(
        spend(shared=True), lead(campaign_id="C-1"), entered(), deal(), won(), order(day=3), returned(),
        lead("L-2"), entered("L-2"), lead("L-3"), entered("L-3"), answer("L-3"),
    )  # fmt: skip
    tables = {
        figure: {*loop.facts(figure).fact_ids}
        for figure in ("shared", "deals", "orders", "returns", "accepted", "overdue")
    }
    assert tables == {
        "shared": {"spends"},
        "deals": {"deals", "closings"},
        "orders": {"orders"},
        "returns": {"returns"},
        "accepted": {"leads", "feedbacks"},
        "overdue": {"leads", "stage_entries"},
    }


@given(st.lists(st.integers(-(10**6), 10**6), max_size=6), st.integers(-(10**6), 10**6))
def test_portions_are_the_part(whole: list[int], part: int) -> None:
    """To the unit, with whatever signs; all of it is each as it was."""
    if sum(whole):
        assert sum(portions(part, whole)) == part
    assert portions(sum(whole), whole) == whole


def test_tables_without_ids_of_facts_have_their_lines_all_the_same() -> None:
    """What adds up needs no ids."""
    import polars as pl

    spends = pl.DataFrame(
        {
            "campaign_id": ["C-1", "C-1"],
            "amount_minor": [10, 20],
            "currency": "EUR",
            "occurred_at": [at(1), at(2)],
        }
    )
    loop = close_loop(Frames.from_native(spends=spends), EURO, period=QUARTER)
    trace = loop.facts("spend", campaign="C-1")
    assert sorted(line.amount.minor for line in trace.lines if line.amount) == [10, 20]
    assert trace.fact_ids == {}


def test_nothing_is_overdue_where_nobody_promised() -> None:
    """An empty trace, no error."""
    loop = closed(lead(), entered(), terms=PlainTerms(currency="EUR"))
    assert loop.facts("open").records == ("L-1",)
    assert loop.facts("overdue") == LoopTrace(records=(), fact_ids={})


def test_months_and_campaigns_can_be_traced_whatever_the_rows_are() -> None:
    """Their figures stand on the page too."""
    facts = (lead("L-1", campaign_id="C-1"), deal(), won(), spend())
    for by in ((), ("channel",), ("campaign",)):
        loop = closed(*facts, by=by)
        assert loop.facts("revenue", month="2026-01").records == ("D-1",)
        assert sum(line.amount.minor for line in loop.facts("spend", campaign="C-1").lines) == 10_000
    with pytest.raises(UnknownNameError):
        loop.facts("revenue", month="2025-01")
