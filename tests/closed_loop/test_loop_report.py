"""The page: from spend to feedback in the reader's language, and as a part of the review."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest
from loop_books import EURO, answer, at, closed, deal, entered, lead, spend, won

from smarketing.agreement import Agreement, load_agreement
from smarketing.closed_loop import LoopResult, close_loop
from smarketing.document import Chart, Marked, Report, Table
from smarketing.facts import Campaign, Fact
from smarketing.frames import Frames
from smarketing.language import words
from smarketing.origin import Origin
from smarketing.periods import Dated, Period
from smarketing.renderers import render
from smarketing.review import Review, review_period
from smarketing.scoring import Known, Rule, ScoringMatrix
from smarketing.testing import example_company

COMPANY = example_company(seed=2, leads=900)
AGREEMENT = load_agreement(COMPANY.agreement_toml())


@pytest.fixture(scope="module")
def loop() -> LoopResult:
    """The loop of a year of the example company."""
    frames = Frames.from_dataset(COMPANY.facts())
    return close_loop(frames, AGREEMENT, period=Period.parse("2025", COMPANY.zone))


def test_the_page_goes_from_spend_to_the_next_decision(loop: LoopResult) -> None:
    """Figures first, then step by step, by month, by campaign, the answers, what to do, and the rules."""
    report = loop.to_report(changes=[loop.against("last_year")])
    assert [section.title for section in report.sections] == [
        "From spend to feedback",
        "Step by step",
        "Closed loop by month",
        "Closed loop by campaign",
        "Against 1 January 2024 to 31 December 2024",
        "What sales answered",
        "What to do next",
        "How it was counted",
    ]
    assert len(report.charts) == 3
    assert "Climatización 2025, Madrid" in str(render(report, "text").content)


def test_the_page_is_spanish_for_spanish_readers(loop: LoopResult) -> None:
    """Titles, tables, advice and rules."""
    text = str(render(loop.to_report(words("es")), "text").content)
    for phrase in (
        "Ciclo cerrado",
        "Costo de cada uno",
        "Qué hacer ahora",
        "Sin contestar",
        "retorno del gasto",
    ):
        assert phrase in text
    assert "What to do" not in text


def test_figures_of_few_leads_are_marked_and_empty_columns_left_out() -> None:
    """A reader sees at once what to read with care."""
    report = closed(spend(), lead(campaign_id="C-1")).to_report()
    (table,) = (
        block
        for section in report.sections
        if section.title == "Closed loop by campaign"
        for block in section.blocks
        if isinstance(block, Table)
    )
    titles = [column.title for column in table.columns]
    assert "Planned" not in titles
    assert isinstance(table.rows[0][titles.index("Cost per lead")], Marked)


def table_of(report: Report, caption: str) -> Table:
    """The table of a title."""
    blocks = (block for section in report.sections for block in section.blocks)
    return next(block for block in blocks if isinstance(block, Table) and block.caption == caption)


def test_reasons_stand_by_campaign() -> None:
    """Those given most, a column each, so that a campaign that brings students is seen at once."""
    loop = closed(
        *(lead(f"L-{n}", campaign_id="C-1" if n < 3 else "C-2") for n in range(5)),
        *(answer(f"L-{n}", verdict="rejected", reason="student") for n in range(2)),
        answer("L-2", verdict="recycled", reason="not now"),
        *(answer(f"L-{n}") for n in (3, 4)),
    )
    table = table_of(loop.to_report(), "Why, by campaign")
    assert [column.title for column in table.columns][3:] == ["student", "not now"]
    assert [tuple(row) for row in table.rows] == [("C-1", 3, 0.0, 2, 1), ("C-2", 2, 1.0, 0, 0)]


def test_what_is_withheld_is_on_no_page() -> None:
    """No cost of one, no return, no share and no payback of few leads; their counts stand."""
    loop = closed(
        spend(minor=1), lead(campaign_id="C-1"), entered(), answer(), deal(), won(), withhold_small=True
    )
    assert (loop.total.payback_days, loop.total.roas) == (None, None)
    section = next(part for part in loop.to_report().sections if part.title == "Closed loop by campaign")
    (row,) = next(block for block in section.blocks if isinstance(block, Table)).rows
    assert [cell.value for cell in row if isinstance(cell, Marked)] == [None] * 5
    assert 1 in row


def test_a_comparison_names_campaigns_that_are_over() -> None:
    """What only the earlier period had is called by its name too."""
    names = {"C-1": "Spring fair", "C-2": "Autumn fair"}
    campaigns = (
        Campaign(origin=Origin(record=each), campaign_id=each, name=name, occurred_at=at(0))
        for each, name in names.items()
    )
    loop = closed(
        *campaigns, lead("L-1", 3, campaign_id="C-1"), lead("L-2", 40, campaign_id="C-2"),
        period=Period.parse("2026-02"),
    )  # fmt: skip
    table = table_of(loop.to_report(changes=[loop.against()]), "Each group then and now")
    assert [row[0] for row in table.rows] == ["Autumn fair", "Spring fair"]


def test_doubts_are_said_in_the_readers_language() -> None:
    """Each with its number, the first records by name, and the rule by which it was counted."""
    facts = (
        spend("C-9", 12_345_00), lead("L-1", 5),
        *(deal(f"D-{n}", day=1) for n in range(5)), won("D-1", minor=0),
    )  # fmt: skip
    loop = closed(*facts)
    english = {problem.code: problem.message for problem in loop.problems}
    assert english["deal-before-lead"].startswith("Older than their lead: 5 (D-0, D-1, D-2, …).")
    assert [doubt.code for doubt in loop.doubts] == [*english]
    spanish = str(render(loop.to_report(words("es")), "text").content)
    for doubt in loop.doubts:
        assert doubt.said(words("es")) != doubt.said(words("en"))
        assert english[doubt.code] not in spanish
    assert "12.345,00" in spanish


def test_the_picture_says_what_was_spent_and_what_each_step_cost(loop: LoopResult) -> None:
    """One chart from the money to the answer of sales."""
    picture = loop.to_report().charts[0]
    assert picture.title.startswith("From €")
    assert "of spend to €" in picture.title
    assert "each" in str(picture.table.rows[0][0])


def test_a_loop_of_nothing_has_a_page() -> None:
    """Empty sets say so."""
    assert "Closed loop" in str(render(closed().to_report(), "text").content)
    assert "Closed loop" in str(render(closed(view="cash", by=()).to_report(), "html").content)
    assert closed()._repr_html_().lstrip().startswith("<style>")


@pytest.mark.parametrize("by", [("source",), ("month",), ("channel", "persona"), ()])
def test_any_dimension_has_its_page(by: tuple[str, ...]) -> None:
    """Charts for groups, and tables for all."""
    frames = Frames.from_dataset(example_company(seed=4, leads=120).facts())
    result = close_loop(
        frames, EURO, period=Period.parse("2025"), by=by, as_of=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert any(isinstance(block, Chart) for part in result.to_report().sections for block in part.blocks)


@pytest.fixture(scope="module")
def small() -> tuple[list[Fact], Agreement]:
    """A small company, whose review takes no time."""
    company = example_company(seed=2, leads=150)
    agreement = load_agreement(company.agreement_toml())
    matrix = ScoringMatrix(name="fit", rules=[Rule("has a role", when=Known("persona"), points=5)])
    facts = [*company.facts(), *company.touches()]
    return facts, attrs.evolve(agreement, scoring={"fit": Dated.of(matrix)})


def without(facts: list[Fact], table: str) -> list[Fact]:
    """All facts but those of one kind."""
    return [fact for fact in facts if table != fact.TABLE]


def loop_sections(review: Review) -> list[str]:
    """The titles of what the page has of the loop, the rules and the credit."""
    titles = [section.title for section in review.to_report().sections]
    wanted = (
        "Closed loop",
        "What to do next",
        "What sales says of each rule",
        "Attribution",
        "Removal effects",
    )
    return [title for title in titles if title in wanted]


def test_the_review_has_the_loop_the_rules_and_the_credit(small: tuple[list[Fact], Agreement]) -> None:
    """What was spent, what to do, which rules sales agrees with, and who gets the credit, to the cent."""
    facts, agreement = small
    review = review_period(Frames.from_dataset(facts), agreement, as_of=COMPANY.as_of)
    assert loop_sections(review) == [
        "Closed loop",
        "What to do next",
        "What sales says of each rule",
        "Attribution",
        "Removal effects",
    ]
    assert review.loop is not None
    assert review.credit is not None
    assert review.loop.total.customers_count == review.funnel.total["customer"].reached_count
    assert review.credit.conversions_count == review.sales.total.won_count
    assert review.credit.revenue == review.sales.total.revenue
    assert {row.values["channel"] for row in review.credit.rows} >= {"webinar", "email"}
    assert review.rules["fit"].rule("has a role").fired_count > 0


def test_a_review_says_nothing_of_what_is_not_known(small: tuple[list[Fact], Agreement]) -> None:
    """Without spends no loop, without answers no rules, without touches no credit."""
    facts, agreement = small
    for table in ("spends", "feedbacks", "touches"):
        facts = without(facts, table)
    bare = review_period(Frames.from_dataset(facts), agreement, as_of=COMPANY.as_of)
    assert (bare.loop, bare.rules, bare.credit) == (None, {}, None)
    assert loop_sections(bare) == []
