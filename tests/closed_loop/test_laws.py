"""The laws of the loop: what adds up, what cannot be seen early, and that every engine says the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loop_books import EURO, QUARTER, books

from smarketing.closed_loop import LoopResult, LoopRow, close_loop
from smarketing.facts import Fact
from smarketing.frames import Frames
from smarketing.funnel import measure_sales
from smarketing.periods import Dated, Period
from smarketing.testing import (
    BACKENDS,
    assert_backends_agree,
    assert_no_look_ahead,
    assert_order_independent,
    example_company,
)

DIMENSIONS = st.lists(
    st.sampled_from(["campaign", "channel", "source", "persona", "owner", "month"]),
    min_size=1,
    max_size=2,
    unique=True,
)
VIEWS: st.SearchStrategy[Any] = st.sampled_from(["cohort", "cash"])
RULES = st.sampled_from(["leads", "spend", "evenly"])
RATES = {"USD": Dated(((datetime(2026, 1, 20).date(), Decimal("0.913")),))}  # noqa: DTZ001 (a day)
HISTORY = Period.parse("2025-12-01/2026-08-01")
END = datetime(2026, 8, 1, tzinfo=UTC)


def measure(frames: Frames, as_of: datetime = END, **asked: Any) -> LoopResult:
    """The loop of the quarter."""
    return close_loop(frames, EURO, period=QUARTER, as_of=as_of, **asked)


def added(rows: tuple[LoopRow, ...]) -> dict[str, object]:
    """What rows come to together, of all that adds up."""
    total: dict[str, Any] = {}
    for row in rows:
        for field in attrs.fields(LoopRow):
            value = getattr(row, field.name)
            if field.name in {"group", "is_small", "is_withheld", "payback_days"}:
                continue
            if isinstance(value, dict):
                held = total.setdefault(field.name, {})
                for key, number in value.items():
                    if number:
                        held[key] = held[key] + number if key in held else number
            elif isinstance(value, frozenset):
                total[field.name] = total.get(field.name, frozenset()) | value
            elif value is not None:
                total[field.name] = total[field.name] + value if field.name in total else value
    return total


def told(row: LoopRow) -> dict[str, object]:
    """What one row says, of all that adds up."""
    return added((row,))


@given(books(), DIMENSIONS, VIEWS, RULES, st.sampled_from([None, RATES]))
def test_the_groups_add_up_to_the_whole(
    facts: list[Fact], by: list[str], view: str, rule: str, rates: Any
) -> None:
    """By any dimension, in both views, however shared costs are divided: to the cent and to the head."""
    loop = measure(Frames.from_dataset(facts), by=by, view=view, shared_by=rule, rates=rates)
    whole = told(loop.total)
    if loop.total.margin is None:
        whole.pop("margin", None)
    for rows in (loop.rows, loop.by_month, loop.by_campaign):
        found = added(rows)
        if loop.total.margin is None:
            found.pop("margin", None)
        assert found == whole or not rows


@given(books(), DIMENSIONS.map(lambda by: [name for name in by if name != "month"]))
def test_over_a_closed_history_both_views_come_to_the_same(facts: list[Fact], by: list[str]) -> None:
    """Where nothing was captured before and nothing comes after, it matters not where a figure stands."""
    frames = Frames.from_dataset(facts)
    cohort, cash = (
        close_loop(frames, EURO, period=HISTORY, by=by, view=view, rates=RATES) for view in ("cohort", "cash")
    )
    assert {row.group: told(row) for row in cohort.rows} == {row.group: told(row) for row in cash.rows}
    assert told(cohort.total) == told(cash.total)


@given(books(orders=False))
def test_the_revenue_of_the_cash_view_is_that_of_the_sales(facts: list[Fact]) -> None:
    """`measure_sales` of the same period counts the same deals for the same money."""
    frames = Frames.from_dataset(facts)
    loop, sold = measure(frames, view="cash"), measure_sales(frames, period=QUARTER, as_of=END).total
    assert (loop.total.deals_count, loop.total.unpriced_count) == (sold.won_count, sold.unpriced_count)
    for currency, money in sold.revenue.items():
        mine = loop.total.revenue if currency == "EUR" else loop.total.left_out.get(currency)
        spent = sum(piece.minor for piece in _spent_abroad(frames, currency))
        assert (mine.minor if mine else 0) - spent == money.minor


def _spent_abroad(frames: Frames, currency: str) -> list[Any]:
    from smarketing.closed_loop._loop_terms import Exchange
    from smarketing.closed_loop._spend import read_spends

    known = frames.as_of(END)
    if currency == "EUR" or "spends" not in frames.names:
        return []
    pieces = read_spends(known, QUARTER, END, Exchange(currency="EUR", rates={})).pieces
    return [piece for piece in pieces if piece.currency == currency]


@given(books(), st.integers(0, 120), VIEWS)
def test_nothing_is_seen_before_it_is_known(facts: list[Fact], days: int, view: str) -> None:
    """A loop as of a past moment reads what could be read then."""
    as_of = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days, hours=3)

    def everything(frames: Frames, moment: datetime) -> object:
        loop = measure(frames, moment, view=view)
        return loop, loop.problems, loop.open_loops, loop.causes, loop.handovers, loop.advice, loop.shift

    assert_no_look_ahead(everything, facts, as_of)


@given(books())
@settings(max_examples=4)
def test_the_order_of_facts_changes_nothing(facts: list[Fact]) -> None:
    """Backwards, shuffled, or said twice: the same result, and the same page."""
    assert_order_independent(measure, facts, END)


@given(books(), DIMENSIONS, VIEWS)
@settings(max_examples=3)
def test_every_engine_says_the_same(facts: list[Fact], by: list[str], view: str) -> None:
    """To the cent, and in everything that can be asked."""

    def everything(frames: Frames, as_of: datetime) -> object:
        loop = measure(frames, as_of, by=by, view=view, rates=RATES)
        figures = ("spend", "revenue", "margin", "returns", "lead", "customer", "open", "overdue", "rejected")
        traces = [loop.facts(figure) for figure in figures]
        return loop, loop.problems, loop.open_loops, loop.causes, loop.handovers, loop.advice, traces

    assert_backends_agree(everything, facts, END)


@given(books(), VIEWS, st.sampled_from(["previous", "last_year"]))
def test_what_changed_adds_up_to_the_cent(facts: list[Fact], view: Any, other: str) -> None:
    """Volume, mix, rate and what stands apart are the whole difference, whatever the rounding."""
    february = Period.parse("2026-02")
    change = close_loop(Frames.from_dataset(facts), EURO, period=february, as_of=END, view=view).against(
        other
    )
    assert change.volume + change.mix + change.rate + change.apart == change.change
    assert change.before.period.end <= february.start
    assert END - february.end == change.before.as_of - change.before.period.end


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_example_company_has_the_same_loop_on_every_engine(backend: str) -> None:
    """Thousands of cents, campaigns and answers, and none apart."""
    company = example_company(seed=3, leads=300)
    facts = list(company.facts())
    period = Period.parse("2025", company.zone)
    found, expected = (
        close_loop(
            Frames.from_dataset(facts, backend=each),
            EURO,
            period=period,
            by=("campaign", "source"),
            as_of=END,
        )
        for each in (backend, "polars")
    )
    assert found == expected
    assert found.total.spend is not None
