"""How funnel and sales results are said: what stands in their tables, charts and sentences."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import pytest

from smarketing.document import Block, Chart, Marked, Report, Table
from smarketing.facts import DealClosed, Fact, Lead, StageEntered
from smarketing.frames import Frames
from smarketing.funnel import Funnel, FunnelResult, SalesResult, Stage, measure_funnel, measure_sales
from smarketing.language import words
from smarketing.origin import Origin
from smarketing.periods import Period
from smarketing.renderers import render
from smarketing.values import Money

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
QUARTER = Period.parse("2026-Q1", "Europe/Madrid")
_Block = TypeVar("_Block", bound=Block)


def lead(number: int, channel: str | None, day: int = 0) -> Lead:
    """A lead of a day and a channel."""
    at = START + timedelta(days=day)
    lead_id = f"L-{number}"
    return Lead(
        origin=Origin(record=lead_id), occurred_at=at, created_at=at, lead_id=lead_id, channel=channel
    )


def moved(number: int, stage: str, day: int) -> StageEntered:
    """That lead enters a stage."""
    lead_id = f"L-{number}"
    at = START + timedelta(days=day)
    return StageEntered(origin=Origin(record=lead_id), occurred_at=at, lead_id=lead_id, stage=stage)


COHORT: list[Fact] = [
    *(lead(number, "web") for number in range(40)),
    *(lead(number, "fair", 35) for number in range(40, 45)),
    lead(45, None),
    *(moved(number, "mql", 2) for number in range(30)),
    *(moved(number, "customer", 10) for number in range(10)),
    moved(40, "lost", 40),
]


def measured(*by: str) -> FunnelResult:
    """The cohort's funnel."""
    frames = Frames.from_dataset(COHORT)
    return measure_funnel(frames, Funnel.default(), period=QUARTER, by=by, start="lead")


def sold(*facts: Fact, by: str | None = None) -> SalesResult:
    """What these closings brought."""
    return measure_sales(Frames.from_dataset(facts), period=QUARTER, by=[by] if by else [])


def closed(number: int, day: int, minor: int | None, currency: str | None = "EUR") -> DealClosed:
    """A deal won."""
    return DealClosed(
        origin=Origin(record=f"D-{number}"),
        occurred_at=START + timedelta(days=day),
        deal_id=f"D-{number}",
        outcome="won",  # type: ignore[arg-type]
        amount_minor=minor,
        currency=currency,
    )


def blocks(report: Report, title: str, kind: type[_Block]) -> list[_Block]:
    """The blocks of one kind in a section."""
    (section,) = (each for each in report.sections if each.title == title)
    return [block for block in section.blocks if isinstance(block, kind)]


def columns(table: Table) -> dict[str, list[Any]]:
    """A table by its headings."""
    return {column.title: [row[k] for row in table.rows] for k, column in enumerate(table.columns)}


def test_a_flow_shows_each_stage_once_with_what_became_of_it() -> None:
    """Skipped stages were passed; detours that nobody took have no column."""
    (table,) = blocks(measured().to_report(), "Funnel", Table)
    flow = columns(table)
    assert flow["Stage"] == ["Lead", "MQL", "SQL", "Opportunity", "Customer"]
    assert flow["Reached"] == [46, 30, 10, 10, 10]
    assert flow["Of the stage before"] == [None, 30 / 46, 10 / 30, 1.0, 1.0]
    assert flow["Median time to the next"][0] == timedelta(days=2)
    assert flow["Lost"] == [1, 0, 0, 0, 0]
    assert "Recycled" not in flow


def test_groups_are_ranked_by_size_and_add_up_to_the_last_row() -> None:
    """A group of few records is marked, and a blank is called one."""
    (table,) = blocks(measured("channel").to_report(), "By channel", Table)
    groups = columns(table)
    assert groups["Channel"] == ["web", "fair", "(blank)"]
    assert (groups["Lead"], groups["Customer"]) == ([40, 5, 1], [10, 0, 0])
    assert groups["Customer share"][0] == 0.25
    assert isinstance(groups["Customer share"][1], Marked)
    assert table.totals is not None
    assert table.totals[:3] == ("All", 46, 10)


def test_months_stand_in_their_order_with_a_word_for_the_young_ones() -> None:
    """As dates, so that every language can name them."""
    report = measured("month").to_report()
    (table,) = blocks(report, "By month", Table)
    assert columns(table)["Month"] == [date(2026, 1, 1), date(2026, 2, 1)]
    assert "they are young, not bad" in str(render(report, "text").content)


def test_the_chart_draws_what_its_table_says() -> None:
    """One bar to a group."""
    (chart,) = blocks(measured("channel").to_report(), "By channel", Chart)
    values = chart.spec["data"]["values"]  # type: ignore[index, call-overload]
    assert [(each["name"], each["value"]) for each in values] == [  # type: ignore[union-attr, index]
        ("web", 0.25),
        ("fair", 0.0),
        ("(blank)", 0.0),
    ]


def test_a_curve_ends_where_too_few_were_seen() -> None:
    """It never falls, and what nobody was seen for is left open."""
    (chart,) = blocks(measured("channel").to_report(), "How fast", Chart)
    curves = columns(chart.table)
    assert list(curves) == ["Time since then", "web"]
    shares = [share for share in curves["web"] if share is not None]
    assert shares == sorted(shares)
    assert shares[-1] == 0.25


def test_where_nobody_came_through_there_is_no_curve() -> None:
    """Nor any median."""
    frames = Frames.from_dataset([lead(number, "web") for number in range(40)])
    report = measure_funnel(frames, Funnel.default(), period=QUARTER, start="lead").to_report()
    assert [section.title for section in report.sections] == ["Funnel"]


def test_an_empty_cohort_has_no_shares() -> None:
    """Nothing of nothing is not zero percent."""
    frames = Frames.from_dataset([])
    report = measure_funnel(frames, Funnel.default(), period=QUARTER, by=("channel",)).to_report()
    (table,) = blocks(report, "Funnel", Table)
    assert set(columns(table)["Of the stage before"]) == {None}
    assert str(render(report, "html").content)


def test_sales_are_ranked_and_months_stand_in_their_order() -> None:
    """The chart goes with them."""
    facts = [closed(1, 0, 100), closed(2, 40, 900), closed(3, 41, None)]
    by_month = sold(*facts, by="month").to_report()
    (table,) = blocks(by_month, "Sales by month", Table)
    assert columns(table)["Month"] == [date(2026, 1, 1), date(2026, 2, 1)]
    assert columns(table)["Revenue, EUR"] == [Money(100, "EUR"), Money(900, "EUR")]
    assert columns(table)["Won without an amount"] == [0, 1]
    (chart,) = blocks(by_month, "Sales by month", Chart)
    assert [row[1] for row in chart.table.rows] == [Money(100, "EUR"), Money(900, "EUR")]


def test_each_currency_has_its_column_and_no_chart_mixes_them() -> None:
    """Unlike currencies share no axis."""
    report = sold(closed(1, 0, 100), closed(2, 40, 900, "JPY"), by="month").to_report()
    (table,) = blocks(report, "Sales by month", Table)
    assert {"Revenue, EUR", "Revenue, JPY"} <= set(columns(table))
    assert blocks(report, "Sales by month", Chart) == []


@pytest.mark.parametrize(("language", "title"), [("en", "By channel"), ("es", "Por canal")])
def test_reports_speak_the_language_that_is_asked_for(language: str, title: str) -> None:
    """Titles, headings and sentences."""
    report = measured("channel").to_report(words(language))
    assert title in [section.title for section in report.sections]
    assert report.language == language


def test_results_show_themselves_in_a_notebook() -> None:
    """Both kinds."""
    for result in (measured("channel"), sold(closed(1, 0, 100))):
        assert "<table" in result._repr_html_()


def test_a_funnel_of_which_only_the_last_stage_is_evidenced_has_a_page() -> None:
    """Whoever reached it has come through: there is nowhere further to go."""
    stages = [Stage(name="visit", owners="marketing"), Stage(name="lead", owners="marketing")]
    funnel = Funnel(name="short", stages=stages)
    frames = Frames.from_dataset([moved(1, "lead", 0), moved(2, "lead", 1)])
    result = measure_funnel(frames, funnel, period=QUARTER, by=("channel",), start="lead", velocities=())
    (groups,) = (section for section in result.to_report().sections if section.title == "By channel")
    (table,) = (block for block in groups.blocks if isinstance(block, Table))
    _, reached, through, share, *_ = table.rows[0]
    assert isinstance(share, Marked)
    assert (reached, through, share.value) == (2, 2, 1.0)
