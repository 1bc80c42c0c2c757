"""The review: what happened against what was promised, on one page, from any facts that there are."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarketing.agreement import Agreement, Company, load_agreement
from smarketing.crm import load_mapping, read_files
from smarketing.dataset import Dataset, check_dataset
from smarketing.document import Chart, Metric, Note, Table
from smarketing.errors import InvalidFramesError
from smarketing.facts import Deal, DealClosed, Fact, Lead, Outcome, StageEntered
from smarketing.frames import Frames
from smarketing.language import words
from smarketing.origin import Origin, Problem
from smarketing.renderers import render
from smarketing.review import Review, check_agreed, review_period
from smarketing.testing import (
    ExampleCompany,
    assert_backends_agree,
    assert_no_look_ahead,
    assert_order_independent,
    example_company,
)
from smarketing.testing import strategies as draw

ACME = Agreement(company=Company(name="Acme", zone="Europe/Madrid", currency="EUR"))
T = datetime(2026, 3, 10, 12, tzinfo=UTC)


def lead(number: int = 1, **given: Any) -> Lead:
    """A lead who left a name some weeks ago."""
    at = T - timedelta(days=30)
    usual = {"lead_id": f"L-{number}", "occurred_at": at, "created_at": at}
    return Lead(origin=Origin(table="leads", record=f"L-{number}"), **usual | given)


def deal(number: int = 1, **given: Any) -> Deal:
    """A deal of 1,000 euros."""
    at = T - timedelta(days=9)
    usual = {"deal_id": f"D-{number}", "occurred_at": at, "created_at": at, "amount_minor": 100_000}
    return Deal(origin=Origin(table="deals", record=f"D-{number}"), **{"currency": "EUR"} | usual | given)


def won(number: int = 1, **given: Any) -> DealClosed:
    """That deal, won."""
    usual = {"deal_id": f"D-{number}", "occurred_at": T, "outcome": Outcome.WON}
    return DealClosed(origin=Origin(table="closings", record=f"D-{number}"), **usual | given)


def reviewed(*facts: Fact, agreement: Agreement = ACME, **given: Any) -> Review:
    """A review of some facts."""
    return review_period(Frames.from_dataset(facts), agreement, **given)


def titles(review: Review) -> list[str]:
    """The headings of the page."""
    return [section.title for section in review.to_report().sections]


def read(company: ExampleCompany, folder: Path) -> tuple[Dataset, list[Problem], Review]:
    """The company's export, as the command line reads and reviews it."""
    company.write_export(folder)
    dataset = read_files(sorted(folder.glob("*.csv")), load_mapping(company.mapping_toml()))
    agreement = load_agreement(company.agreement_toml())
    problems = [*dataset.problems, *check_dataset(dataset), *check_agreed(dataset, agreement)]
    frames = Frames.from_dataset(dataset.facts)
    review = review_period(
        frames, agreement, as_of=company.as_of, problems=problems, readings=dataset.readings
    )
    return dataset, problems, review


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> tuple[ExampleCompany, Review]:
    """An export with dirty rows, and its review."""
    company = example_company(seed=1, leads=600)
    return company, read(company, tmp_path_factory.mktemp("dirty"))[2]


def test_a_review_of_a_clean_export_counts_what_is_true(tmp_path: Path) -> None:
    """Leads who left a name, deals opened, and what the won ones brought."""
    company = example_company(seed=1, leads=600, dirty=False)
    _, problems, review = read(company, tmp_path)
    told = [fact for fact in company.facts() if fact.counts(company.as_of)]
    captured = {fact.lead_id for fact in told if isinstance(fact, Lead) and fact.created_at}
    deals = {fact.deal_id for fact in told if isinstance(fact, Deal)}
    last = {
        fact.deal_id: fact
        for fact in sorted(told, key=lambda f: f.occurred_at)
        if isinstance(fact, DealClosed)
    }
    bought = [fact for fact in last.values() if fact.outcome is Outcome.WON]
    assert problems == []
    assert review.funnel.total["lead"].reached_count >= len(captured)
    assert review.pipelines["sales"].total["identified"].reached_count == len(deals)
    assert review.funnel.total["customer"].reached_count == len(bought)
    assert review.sales.total.won_count == len(bought)
    assert review.sales.total.revenue["EUR"].minor == sum(fact.amount_minor or 0 for fact in bought)
    assert sum(reading.rows_count for reading in review.readings) == sum(
        r.gave_count for r in review.readings
    )


def test_every_dirty_row_is_told_with_its_file_and_line(dirty: tuple[ExampleCompany, Review]) -> None:
    """And none of the harmless ones is."""
    company, review = dirty
    told = {(problem.origin.file, problem.origin.row) for problem in review.problems}
    faults = {(dirt.file, dirt.line): dirt.label for dirt in company.dirt if not dirt.harmless}
    missed = [label for place, label in faults.items() if place not in told]
    assert missed == []
    harmless = {
        (dirt.file, dirt.line) for dirt in company.dirt if dirt.harmless and dirt.label != "other-currency"
    }
    named_as_the_other_of_two = {("leads.csv", 10)}
    assert harmless & told <= named_as_the_other_of_two


def test_the_good_rows_survive_the_dirty_ones(dirty: tuple[ExampleCompany, Review], tmp_path: Path) -> None:
    """Only rows that tell nothing are refused, and every row is accounted for."""
    company, review = dirty
    refused = sum(reading.refused_count for reading in review.readings)
    faulty = [dirt for dirt in company.dirt if not dirt.harmless]
    clean = read(attrs.evolve(company, dirty=False), tmp_path)[2]
    rows = sum(reading.rows_count for reading in review.readings)
    assert rows == sum(reading.rows_count for reading in clean.readings) + len(company.dirt)
    assert 0 < refused <= len(faulty)
    gained = review.funnel.total["lead"].reached_count - clean.funnel.total["lead"].reached_count
    assert 0 < gained <= len(company.dirt)


def test_text_and_page_say_the_same(dirty: tuple[ExampleCompany, Review]) -> None:
    """Every figure that a text shows is on the page too."""
    report = dirty[1].to_report()
    page, text = (str(render(report, name).content) for name in ("html", "text"))
    figures = {
        word for word in text.split() if any(c.isdigit() for c in word) and word.strip("€%.,").isdigit()
    }
    assert len(figures) > 100
    assert [figure for figure in sorted(figures) if figure not in page] == []


def test_the_groups_of_a_review_add_up(dirty: tuple[ExampleCompany, Review]) -> None:
    """Whatever it is split by, each record is in one group."""
    review = dirty[1]
    start, end = review.funnel.start, "customer"
    for result in review.funnels.values():
        assert (
            sum(row[start].reached_count for row in result.rows) == review.funnel.total[start].reached_count
        )
        assert sum(row[end].reached_count for row in result.rows) == review.funnel.total[end].reached_count
    unknown = review.funnel.row(source="unknown")[start].reached_count
    assert sum(review.unknown_sources.values()) == unknown
    for sold in review.sales_by.values():
        assert sold.total == review.sales.total
        assert sum(row.won_count for row in sold.rows) == sold.total.won_count


def test_the_page_has_its_parts_in_order_and_none_twice(dirty: tuple[ExampleCompany, Review]) -> None:
    """What it is, whose stages, how far, what was promised, what was sold, and what is wrong in the data."""
    found = titles(dirty[1])
    wanted = [
        "At a glance",
        "The agreed stages",
        "Funnel",
        "By source",
        "Targets",
        "Sales by month",
        "The data",
    ]
    assert [title for title in found if title in wanted] == wanted
    assert [title for title, count in Counter(found).items() if count > 1 and title != "How fast"] == []


def test_what_is_the_same_is_not_told_twice() -> None:
    """A channel that only repeats the word in the CRM has no section of its own."""
    facts = [lead(k, source_raw=word, channel=word) for k, word in enumerate(["phone", "web", "web"])]
    assert [title for title in titles(reviewed(*facts)) if title.startswith("By ")] == [
        "By source",
        "By word in the CRM",
    ]


def test_a_digest_is_short_and_names_what_else_there_is(dirty: tuple[ExampleCompany, Review]) -> None:
    """Every section of the page is either in the digest or named at its end."""
    review = dirty[1]
    whole, digest = review.to_report(), review.to_digest()
    *shown, last = digest.sections
    assert isinstance(last.blocks[0], Note)
    named = last.blocks[0].text.split(" · ")
    assert [s.title for s in whole.sections if s.level == 2] == sorted(
        [*(section.title for section in shown if section.level == 2), *named],
        key=[section.title for section in whole.sections].index,
    )
    tables = [block for section in shown for block in section.blocks if isinstance(block, Table)]
    assert max(len(table.rows) for table in tables) <= 6
    assert str(render(digest, "text").content).count("\n") < 300


def test_a_digest_counts_what_it_leaves_out(dirty: tuple[ExampleCompany, Review]) -> None:
    """Under the table, so that nobody takes a part for the whole."""
    review = dirty[1]

    def owners(sections: Any) -> Table:
        (section,) = (each for each in sections if each.title == "Sales by owner")
        (table,) = (block for block in section.blocks if isinstance(block, Table))
        return table

    whole, short = owners(review.to_report().sections), owners(review.to_digest().sections)
    assert short.rows == whole.rows[:6]
    assert short.totals == whole.totals
    assert short.note == f"… and {len(whole.rows) - 6} more"


SMALL: dict[str, list[Fact]] = {
    "one lead": [lead()],
    "leads alone": [
        lead(k, source_raw=word) for k, word in enumerate(["Referral", None, "unknown", "pigeon"])
    ],
    "one open deal": [deal()],
    "deals alone": [deal(1), deal(2, owner_id="ana"), won(1), won(2, amount_minor=5, currency="JPY")],
    "a closing alone": [won()],
    "moves alone": [
        StageEntered(origin=Origin(record="L-1"), occurred_at=T, lead_id="L-1", stage=stage)
        for stage in ("mql", "nowhere", "lost")
    ],
    "everybody unknown": [lead(k, created_at=None) for k in range(3)],
    "a lead who is a customer at once": [lead(), deal(lead_id="L-1"), won(lead_id="L-1")],
}


@pytest.mark.parametrize("facts", SMALL.values(), ids=SMALL.keys())
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_smallest_inputs_give_a_page(facts: list[Fact], language: str) -> None:
    """Every renderer shows it, and the JSON holds no number that is not one."""
    review = reviewed(*facts)
    for report in (review.to_report(words(language)), review.to_digest(words(language))):
        for renderer in ("html", "text", "markdown", "json", "vegalite"):
            content = render(report, renderer).content
            assert content
            if renderer in {"json", "vegalite"}:
                json.loads(content, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))


def test_nothing_to_review_is_said_and_not_shown_as_zero() -> None:
    """Neither without facts, nor before the first one."""
    with pytest.raises(InvalidFramesError, match="nothing to review"):
        reviewed()
    with pytest.raises(InvalidFramesError, match=r"nothing to review.* before 2020-01-01"):
        reviewed(lead(), as_of=datetime(2020, 1, 1, tzinfo=UTC))


def test_a_sale_that_nothing_tells_apart_is_shown_all_the_same() -> None:
    """One deal, won for an amount that nobody stated: it is counted, and said to be without one."""
    (section,) = (each for each in reviewed(won()).to_report().sections if each.title == "Sales")
    (table,) = (block for block in section.blocks if isinstance(block, Table))
    assert (
        dict(zip([c.title for c in table.columns], table.rows[0], strict=True))["Won without an amount"] == 1
    )


def test_a_median_that_a_few_records_made_is_left_open() -> None:
    """One old lead who bought after two years says nothing of a hundred young ones."""
    young = [lead(k, created_at=T - timedelta(days=k % 40)) for k in range(2, 102)]
    old = lead(created_at=T - timedelta(days=740))
    review = reviewed(old, *young, deal(lead_id="L-1"), won(lead_id="L-1"), as_of=T + timedelta(days=1))
    assert review.funnel.total.velocity("lead", "customer").quantile(0.5, "advanced") == 740 * 24
    page = str(render(review.to_report(), "text").content)
    assert "740 d" not in page


def test_a_record_is_of_the_period_in_which_it_was_created() -> None:
    """However late the version of it that is known was written: nobody is left out of "everything"."""
    review = reviewed(
        lead(created_at=T - timedelta(days=900)), lead(2), deal(created_at=T - timedelta(days=999))
    )
    assert review.funnel.total["lead"].reached_count == 2
    assert review.period.start < T - timedelta(days=998)


HOSTILE = (
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "a\u202etxt.exe",
    "\x1b[31mred\x1b[0m",
    "two\nlines",
    "&amp; \"quoted\" 'name'",
)


def test_hostile_names_are_text() -> None:
    """In every place where a name is shown: owners, channels, campaigns, products, companies, targets."""
    facts: list[Fact] = []
    for k, name in enumerate(HOSTILE):
        facts.append(lead(k, source_raw=name, channel=name, campaign_id=name, persona=f"p{name}"))
        facts += [deal(k, owner_id=name, product=name, account_id=name, lead_id=f"L-{k}"), won(k)]
    agreement = attrs.evolve(ACME, company=attrs.evolve(ACME.company, name=HOSTILE[0]))
    problem = Problem(code="odd", message=HOSTILE[0] + HOSTILE[2], origin=Origin(file=HOSTILE[3]))
    review = reviewed(*facts, agreement=agreement, problems=[problem])
    page, text = (str(render(review.to_report(), name).content) for name in ("html", "text"))
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    for content in (page, text):
        assert not {"\x1b", "\u202e"} & set(content)
    assert "=cmd|" in text


def test_a_review_speaks_the_companys_words() -> None:
    """Its own words stand over those of the language, and the agreement's first language is the default."""
    company = attrs.evolve(ACME.company, languages=("es", "en"), words={"es": {"Customer": "Socio"}})
    review = reviewed(lead(), lead(2), agreement=attrs.evolve(ACME, company=company))
    spanish = str(render(review.to_report(), "text").content)
    assert "Revisión de Smarketing" in spanish
    assert "Socio" in spanish
    assert "Cliente" not in spanish
    assert "Customer" in str(render(review.to_report(words("en")), "text").content)


def of_two_years(frames: Frames, as_of: datetime) -> object:
    """A review whose results compare; of nothing there is none."""
    try:
        return review_period(frames, ACME, period=ACME.period("2024-01-01/2026-01-01"), as_of=as_of)
    except InvalidFramesError:
        return None


@settings(max_examples=6)
@given(draw.timelines(), draw.instants(), st.data())
def test_a_review_sees_nothing_of_what_was_not_known_yet(
    facts: tuple[Fact, ...], as_of: datetime, data: st.DataObject
) -> None:
    """Later facts change nothing."""
    assert_no_look_ahead(of_two_years, facts, as_of, data.draw(draw.late_facts(as_of)))


@settings(max_examples=3)
@given(draw.timelines(), draw.instants())
def test_a_review_is_the_same_in_any_order(facts: tuple[Fact, ...], as_of: datetime) -> None:
    """To the byte."""
    assert_order_independent(of_two_years, facts, as_of)


@pytest.mark.slow
@settings(max_examples=3)
@given(draw.timelines(), draw.instants())
def test_every_engine_gives_the_same_review(facts: tuple[Fact, ...], as_of: datetime) -> None:
    """All of it."""
    assert_backends_agree(of_two_years, facts, as_of)


@settings(max_examples=15)
@given(draw.timelines(), draw.instants(), draw.agreements())
def test_any_story_under_any_agreement_gives_a_page(
    facts: tuple[Fact, ...], as_of: datetime, agreement: Agreement
) -> None:
    """Its own funnel, sources, zone and targets."""
    try:
        review = reviewed(*facts, agreement=agreement, as_of=as_of)
    except InvalidFramesError:
        return
    assert str(render(review.to_report(), "text").content)


def test_a_review_shows_itself_in_a_notebook() -> None:
    """As a fragment, with its charts."""
    review = reviewed(lead(), lead(2))
    html = review._repr_html_()
    assert html.lstrip().startswith("<style>")
    assert any(isinstance(b, Chart) for s in review.to_report().sections for b in s.blocks)
    assert any(isinstance(b, Metric) for s in review.to_report().sections for b in s.blocks)


def test_words_that_nobody_agreed_on_are_questioned() -> None:
    """A stage and a currency, each once, at the first fact, with how many say it."""
    moves = [
        StageEntered(origin=Origin(record=f"L-{k}", row=k), occurred_at=T, lead_id=f"L-{k}", stage="custmer")
        for k in (1, 2)
    ]
    found = check_agreed(Dataset(facts=[*moves, lead(), deal(currency="USD")]), ACME)
    told = {problem.code: problem for problem in found}
    assert set(told) == {"stage-not-agreed", "other-currency"}
    assert "did you mean 'customer'?" in told["stage-not-agreed"].message
    assert "(2 times, this one first)" in told["stage-not-agreed"].message
    assert told["stage-not-agreed"].origin.row == 1
    assert "USD" in told["other-currency"].message
