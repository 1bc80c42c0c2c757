"""Every renderer that comes with the library keeps the contract, and the contract notices who does not."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import attrs
import pytest

from smarketing.document import Metric, Note, Report, Section, Table
from smarketing.renderers import (
    HtmlRenderer,
    JsonRenderer,
    MarkdownRenderer,
    Renderer,
    TextRenderer,
    VegaLiteRenderer,
)
from smarketing.testing import RendererContract


class TestHtml(RendererContract):
    """As a page."""

    def make_renderer(self) -> Renderer:
        """With its own style."""
        return HtmlRenderer()


class TestHtmlFragment(RendererContract):
    """As a part of somebody's page."""

    def make_renderer(self) -> Renderer:
        """Without head and body."""
        return HtmlRenderer(whole_page=False)


class TestText(RendererContract):
    """On a terminal."""

    def make_renderer(self) -> Renderer:
        """As wide as terminals are."""
        return TextRenderer()


class TestMarkdown(RendererContract):
    """As Markdown."""

    def make_renderer(self) -> Renderer:
        """With a title of the first level."""
        return MarkdownRenderer()


class TestJson(RendererContract):
    """As data."""

    missing = "null"

    def make_renderer(self) -> Renderer:
        """Indented."""
        return JsonRenderer()


class TestVegaLite(RendererContract):
    """The charts alone."""

    missing = None  # what is not known is not drawn
    leaves_out = (Report, Section, Metric, Table, Note)

    def make_renderer(self) -> Renderer:
        """As it is."""
        return VegaLiteRenderer()


@attrs.frozen
class Loose:
    """A renderer of our own making, with one fault."""

    write: Callable[[Report], str | bytes]
    name: str = "loose"
    suffix: str = ".txt"
    media_type: str = "text/plain; charset=utf-8"

    def render(self, report: Report) -> str | bytes:
        """Whatever it was given to do."""
        return self.write(report)


def good(report: Report) -> str:
    """What a sound renderer makes of it."""
    return TextRenderer().render(report)


def zeros(report: Report) -> str:
    """Shows what is not known as zero."""
    return good(report).replace("–", "0")


def blanks(report: Report) -> str:
    """Leaves out what is not known."""
    return good(report).replace("–", " ")


def table_of_zeros(report: Report) -> str:
    """Says in metrics that they are not known, and not in tables."""
    tables = [block for part in report.sections for block in part.blocks if isinstance(block, Table)]
    return zeros(report) if tables else good(report)


def careless(report: Report) -> str:
    """A page in which names are markup."""
    return f"<!doctype html><h1>{report.title}</h1>".replace("\ud800", "?")


def careless_table(report: Report) -> str:
    """Cells as they come, in columns of Markdown."""
    tables = [block for part in report.sections for block in part.blocks if isinstance(block, Table)]
    lines = [f"| {' | '.join(map(str, row))} |" for one in tables for row in one.rows]
    return "\n".join(lines) + "\n"


NUMBERS = count()
MARKDOWN, PAGE, CSV = (f"text/{kind}; charset=utf-8" for kind in ("markdown", "html", "csv"))
SAYS, SAME = "test_it_says_what_it_makes", "test_the_same_report_gives_the_same_bytes"
ALL, EMPTY = "test_every_part_of_a_report_is_shown", "test_an_empty_report_is_shown"
UNKNOWN = "test_what_is_not_known_is_never_shown_as_nothing"
HOSTILE = "test_hostile_texts_stay_texts"
FAULTS = [
    (Loose(good, name="No name"), SAYS, "no name"),
    (Loose(good, suffix="txt"), SAYS, "no suffix"),
    (Loose(good, media_type="plain"), SAYS, "no media type"),
    (Loose(good, media_type="text/plain"), SAYS, "UTF-8"),
    (Loose(lambda _: None), SAYS, "NoneType"),  # type: ignore[arg-type, return-value]
    (Loose(lambda report: good(report) + str(next(NUMBERS))), SAME, "second"),
    (Loose(lambda report: report.title), ALL, "ReportSubtitle"),
    (Loose(lambda report: good(report).replace("CellMark", "")), ALL, "each note"),
    (Loose(lambda report: report.sections[0].title), EMPTY, "out of range"),
    (Loose(zeros), UNKNOWN, "count .* metric is shown as zero"),
    (Loose(blanks), UNKNOWN, "is not shown as '–'"),
    (Loose(table_of_zeros), UNKNOWN, "in a table"),
    (Loose(lambda report: report.title), HOSTILE, "commands .* U\\+0000"),
    (Loose(careless, media_type=PAGE), HOSTILE, "<script>, which is not there"),
    (Loose(good, media_type=MARKDOWN), HOSTILE, "markup .* element"),
    (Loose(careless_table, media_type=MARKDOWN), HOSTILE, "more cells|an element"),
    (Loose(good, media_type="application/json"), HOSTILE, "no JSON"),
    (Loose(good, media_type=CSV), HOSTILE, "a formula .* begins as a formula"),
]


@pytest.mark.parametrize(("renderer", "law", "said"), FAULTS)
def test_a_broken_promise_is_noticed(renderer: Renderer, law: str, said: str) -> None:
    """Each law can fail, and says in words what is wrong."""

    class Contract(RendererContract):
        def make_renderer(self) -> Renderer:
            return renderer

    with pytest.raises((AssertionError, IndexError), match=said):
        getattr(Contract(), law)()


def test_a_contract_without_a_renderer_says_what_to_override() -> None:
    """Whoever forgets it is told."""
    with pytest.raises(NotImplementedError, match="make_renderer"):
        RendererContract().test_it_says_what_it_makes()
