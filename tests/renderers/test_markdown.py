"""Reports as Markdown: aligned, complete, and in which nothing from data is markup."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smarketing.document import Column, Marked, Metric, Note, Report, Section, Table, bar_chart
from smarketing.language import words
from smarketing.renderers import MarkdownRenderer
from smarketing.renderers._columns import width_of
from smarketing.text import printable

Make = Callable[..., Report]
LINKING = (
    "<b>x</b> [a](http://b.c) ![i](j) `k` **l** ~~m~~ http://n.o www.p.q r@s.t #1 &amp; | \\| 1. - + # > $x$"
)
TEXTS = st.text(st.sampled_from("\\`*_{}[]()<>#+-.!|~&;@:/$='\" \n\t1aw\xa0é團\x1b"), max_size=30)
ALIVE = {"code_block", "code_inline", "em_open", "fence", "hr", "html_block", "html_inline", "image",
         "link_open", "ordered_list", "s_open"}  # fmt: skip
TAGS = set("h1 h2 h3 p ul li strong blockquote table thead tbody tr th td".split())  # noqa: SIM905


def rendered(*blocks: object, language: str = "en", **report: str) -> str:
    """One section as Markdown."""
    section = Section("S", blocks)  # type: ignore[arg-type]
    return MarkdownRenderer().render(
        Report(**{"title": "R", **report}, language=language, sections=[section])
    )


def block_of(text: str) -> str:
    """Of one section, what is under its heading."""
    return text.partition("## S\n\n")[2]


def said(text: str) -> str:
    """A text as a reader sees it: without the breaks that only keep it from linking."""
    return " ".join(filter(None, printable(text).split(" "))).strip().replace("\N{ZERO WIDTH SPACE}", "")


def parsed(markdown: str) -> tuple[list[str], set[str]]:
    """The lines of text that a reader of Markdown sees, and what kinds of markup are in them."""
    reader = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable(["table", "strikethrough"])
    texts: list[str] = []
    kinds: set[str] = set()
    for token in reader.parse(markdown):
        if token.type == "inline":
            texts.append("".join(child.content for child in token.children))
            kinds |= {child.type for child in token.children}
        else:
            kinds.add(token.type.removesuffix("_open").removesuffix("_close"))
    return [text.replace("\N{ZERO WIDTH SPACE}", "") for text in texts], kinds


def test_a_table_is_aligned_in_its_source() -> None:
    """Columns are as wide as a terminal shows their cells, and numbers end where they are compared."""
    table = Table(
        [Column("Owner"), Column("Deals", "count")],
        [("團隊", 7), ("Pen\N{COMBINING TILDE}a", 1200), ("A|B", None)],
        totals=("All", 1207),
    )
    assert block_of(rendered(table)) == (
        "| Owner   |     Deals |\n"
        "| ------- | --------: |\n"
        "| 團隊    |         7 |\n"
        "| Pen\N{COMBINING TILDE}a    |     1,200 |\n"
        "| A\\|B    |         – |\n"
        "| **All** | **1,207** |\n"
    )


def test_a_very_long_cell_runs_over_alone() -> None:
    """It does not push the other rows out of sight."""
    lines = block_of(rendered(Table([Column("Owner")], [("x" * 400,), ("y",)]))).splitlines()
    assert [width_of(line) for line in lines] == [64, 64, 404, 64]


def test_metrics_are_a_list_with_what_they_are_compared_with() -> None:
    """Figures stand out, and remarks follow."""
    text = rendered(
        Metric("Leads", 5000, note="net new", compared=4000, compared_with="2025"),
        Metric("Win rate", Marked(None, "too few"), "share"),
    )
    assert block_of(text) == "- Leads: **5,000** · 2025: 4,000 · net new\n- Win rate: **–** · too few\n"


def test_a_chart_is_its_table_under_its_title() -> None:
    """Remarks are numbered and explained once."""
    few = Marked(5, "few")
    table = Table([Column("Source"), Column("Leads", "count")], [("a", few), ("b", few)], note="as of May")
    chart = bar_chart(table, title="Leads", words=words("en"), note="net")
    assert block_of(rendered(chart)) == (
        "**Leads**\n\n"
        "| Source |  Leads |\n| ------ | -----: |\n| a      | 5\\[1\\] |\n| b      | 5\\[1\\] |\n\n"
        "\\[1\\] few\n\nas of May\n\nnet\n"
    )


def test_notes_say_their_tone_in_the_reports_language() -> None:
    """A warning is a quotation that begins with the word; its lines stay together."""
    text = rendered(Note("Uno\nDos", "warning"), Note("Tres"), Table([Column("Nada")], []), language="es")
    assert block_of(text) == "> **Aviso:** Uno\n>\n> Dos\n\nTres\n\n| Nada |\n| ---- |\n\nsin datos\n"


def test_a_report_can_be_a_part_of_a_page() -> None:
    """Its headings go down together."""
    report = Report(title="R", sections=[Section("S"), Section("T", level=3)])
    assert MarkdownRenderer(level=2).render(report) == "## R\n\n### S\n\n#### T\n"


@given(TEXTS)
@example(LINKING)
@example("--- \n===")
@example("\\")
@example("- 1")
@example("    code")
@example("|\\|\\\\|")
def test_every_text_comes_back_as_it_was(text: str) -> None:
    """In a heading, a paragraph, a list, a quotation and a cell, a reader of Markdown sees the same text."""
    table = Table([Column("H" + text), Column("N", "count")], [(text, 1), ("second", 2)])
    page = rendered(
        Metric(text, 1), Note(f"P{text}".replace("\n", " ")), Note(text.replace("\n", " "), "warning"), table,
        title=f"T{text}",
    )  # fmt: skip
    texts, kinds = parsed(page)
    note = f"Warning: {said(text)}" if text.replace("\n", " ").strip() else "Warning:"
    wanted = [said(f"T{text}"), "S", f"{said(text)}: 1", said(f"P{text}"), note]
    cells = [said(f"H{text}"), "N", said(text), "1", "second", "2"]
    assert [" ".join(found.split(" ")) for found in texts] == [line.strip() for line in wanted] + cells
    assert not kinds & ALIVE


@pytest.mark.parametrize("language", ["en", "es"])
def test_hostile_data_are_text(make_report: Make, hostile: str, language: str) -> None:
    """No element, link, image or code in any place that takes a text, in two readers of Markdown."""
    for text in (hostile, LINKING, f"\n\n{LINKING}\n\n", "1. x", "\t- x", "```\nx"):
        page = MarkdownRenderer().render(make_report(language, text))
        _, kinds = parsed(page)
        assert not kinds & ALIVE
        page.encode()
        other = pytest.importorskip("markdown").markdown(page, extensions=["tables", "attr_list"])
        assert set(re.findall(r"<(\w+)", other)) <= TAGS


@pytest.mark.parametrize(
    "text", ["https://example.org", "WWW.example.org", "a@example.org", "@all", "see #12", "x://y"]
)
def test_nothing_links_by_itself(text: str) -> None:
    """What GitHub turns into links without any markup is broken, and reads the same."""
    page = rendered(Note(text))
    assert not re.search(r"://|www\.|@\w|(?<!&)#\w", page, re.IGNORECASE)
    assert parsed(page)[0][-1] == text


def test_amounts_stay_readable_in_the_source() -> None:
    """A dollar before a digit opens no formula."""
    assert block_of(rendered(Note("From $5 to $7"))) == "From $5 to $7\n"


def test_spaces_that_do_not_break_are_kept() -> None:
    """An amount stays on one line."""
    assert "12,5\xa0%" in rendered(Metric("Tasa", 0.125, "share"), language="es")
