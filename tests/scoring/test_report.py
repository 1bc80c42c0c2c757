"""Pages about scores: the same on every engine, and every figure is that of the score."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given

from smarketing.document import Metric, Note, Report, Table
from smarketing.facts import Lead, Touch
from smarketing.frames import Frames
from smarketing.language import languages, words
from smarketing.origin import Origin
from smarketing.renderers import render
from smarketing.scoring import Exclusion, Flip, Group, OneOf, Rule, ScoringMatrix, Touched, score_leads
from smarketing.testing import BACKENDS, assert_backends_agree, assert_order_independent
from smarketing.testing import strategies as draw
from smarketing.values import Points

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
MATRIX = ScoringMatrix(
    name="intent",
    rules=[
        Rule("likes", when=Touched("like"), points=10, group="social", reason="they look at us"),
        Rule("demo", when=Touched("demo"), points=30),
        Rule("webinar", when=Touched("webinar"), points=5),
    ],
    groups=[Group("social", ceiling=15)],
    exclude=[Exclusion("students", when=OneOf("job_title", "student"), reason="they do not buy")],
    flips=[Flip(30, action="hand to sales", owner="sales"), Flip(90, campaign="C-1")],
)


def lead(name: str, **fields: str) -> Lead:
    """A lead of last month."""
    at = AS_OF - timedelta(days=30)
    return Lead(origin=Origin(record=name), occurred_at=at, lead_id=name, **fields)  # type: ignore[arg-type]


def touch(name: str, kind: str, days: int) -> Touch:
    """Something that a lead did so many days ago."""
    origin = Origin(record=f"{name}/{kind}/{days}")
    return Touch(origin=origin, occurred_at=AS_OF - timedelta(days=days), lead_id=name, kind=kind)


LEADS = [lead("ana"), lead("luis"), lead("eva", job_title="Student"), lead("pep")]
TOUCHES = [
    *(touch("ana", "like", days) for days in (1, 2, 3)),
    touch("ana", "demo", 4),
    touch("luis", "like", 1),
    touch("eva", "demo", 1),
]


def tables(report: Report) -> dict[str, Table]:
    """The table of each section, by its title."""
    return {
        section.title: block
        for section in report.sections
        for block in section.blocks
        if isinstance(block, Table)
    }


def figures(report: Report) -> dict[str, object]:
    """The metrics by their labels."""
    return {
        block.label: block.value
        for section in report.sections
        for block in section.blocks
        if isinstance(block, Metric)
    }


@pytest.mark.parametrize("engine", BACKENDS)
def test_a_book_says_who_is_ready_and_what_gives_the_points(engine: str) -> None:
    """Rules that gave nobody anything are told too."""
    frames = Frames.from_dataset([*LEADS, *TOUCHES], backend=engine)
    report = score_leads(frames, MATRIX, as_of=AS_OF).to_report()
    assert figures(report) == {"Leads scored": 3, "Leads not scored": 1}
    found = {title: table.rows for title, table in tables(report).items()}
    assert found == {
        "Ready now": (
            ("All campaigns", Points.of(30), 1, "hand to sales", "sales"),
            ("C-1", Points.of(90), 0, "", ""),
        ),
        "What gives the points": (
            ("likes", 2, Points.of(40)),
            ("demo", 1, Points.of(30)),
            ("webinar", 0, Points.of(0)),
            ("Limit of social", 1, Points.of(-15)),
        ),
        "Highest scores": (("ana", Points.of(45)), ("luis", Points.of(10)), ("pep", Points.of(0))),
        "Not scored": (("students", 1, "they do not buy"),),
    }


def test_a_book_of_nobody_has_a_page() -> None:
    """Empty tables are no fault."""
    frames = Frames.from_dataset([LEADS[0]]).as_of(AS_OF - timedelta(days=90))
    report = score_leads(frames, MATRIX, as_of=AS_OF).to_report()
    assert figures(report) == {"Leads scored": 0, "Leads not scored": 0}
    assert render(report, "html").content


def test_one_lead_says_what_counted_and_what_would_make_it_ready() -> None:
    """The table adds up to the points."""
    report = MATRIX.score(LEADS[1], TOUCHES[4:5], as_of=AS_OF).to_report()
    assert report.title == "luis"
    assert figures(report) == {"Points": Points.of(10)}
    table = tables(report)["What counted"]
    assert table.rows == (("likes", Points.of(10), "they look at us"),)
    assert table.totals == ("Total", Points.of(10), "")
    assert "demo" in str(render(report, "text").content).partition("What would make it ready")[2]


def test_one_lead_says_when_it_was_ready() -> None:
    """With the cause and the action; it is told then what else would do for other numbers alone."""
    report = MATRIX.score(LEADS[0], TOUCHES[:4], as_of=AS_OF).to_report()
    (row,) = tables(report)["When it was ready"].rows
    assert row[1:] == ("All campaigns", Points.of(30), Points.of(30), "A touch", "hand to sales", "sales")
    assert [section.title for section in report.sections[:2]] == ["What counted", "When it was ready"]
    (more,) = report.sections[2:]
    assert [note.text.splitlines()[0] for note in more.blocks if isinstance(note, Note)] == ["C-1:"]


def test_each_number_says_what_would_reach_it() -> None:
    """Of one campaign and of all others: what reaches one may be too little for the other."""
    matrix = attrs.evolve(MATRIX, flips=[Flip(90, campaign="C-1"), Flip(30)])
    section = matrix.score(LEADS[3], [], as_of=AS_OF).to_report().sections[-1]
    one, others = [note.text.splitlines() for note in section.blocks if isinstance(note, Note)]
    assert (one[0], one[1]) == ("C-1:", "demo + demo + demo")
    assert (others[0], others[1]) == ("All campaigns:", "demo")


def test_who_has_no_points_is_told_why() -> None:
    """Excluded, or not known at all: never as 0."""
    excluded = MATRIX.score(LEADS[2], [], as_of=AS_OF).to_report()
    assert figures(excluded) == {"Points": None}
    assert "Not scored: students" in str(render(excluded, "text").content)
    unknown = MATRIX.score(None, [], as_of=AS_OF).to_report()
    assert "Nothing is known that counts" in str(render(unknown, "text").content)


@given(draw.matrices(), draw.told_leads(), draw.scored_at())
def test_every_score_has_a_page(matrix: ScoringMatrix, told: draw.Told, as_of: datetime) -> None:
    """In every language, whatever the matrix says and the lead did."""
    score = matrix.score(told.leads, told.touches, as_of=as_of, account=told.accounts)
    for language in languages():
        assert render(score.to_report(words(language)), "html").content


def test_the_page_of_a_book_obeys_the_laws_of_all_analyses() -> None:
    """The same on every engine, and in any order of facts."""

    def measure(frames: Frames, as_of: datetime) -> Report:
        return score_leads(frames, MATRIX, as_of=as_of).to_report()

    assert_backends_agree(measure, [*LEADS, *TOUCHES], AS_OF)
    assert_order_independent(measure, [*LEADS, *TOUCHES], AS_OF)
