"""The HTML page: well-formed, self-contained, accessible, and deaf to hostile data."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from smarketing.document import COLOURS, Chart, Column, Json, Report, Section, Table
from smarketing.document._theme import GRID, INK, MUTED
from smarketing.renderers import HtmlRenderer, Style
from smarketing.text import printable

Make = Callable[..., Report]
CSS = (files("smarketing") / "renderers" / "page.css").read_text("utf-8")
VOID = {"meta", "img", "br", "link", "input"}


class Page(HTMLParser):
    """Reads a page strictly: every element that is opened is closed, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        assert len(dict(attrs)) == len(attrs), f"{tag} repeats an attribute"
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """The one that began last ends."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text, but not the style sheet."""
        if self.open[-1:] != ["style"]:
            self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("whole_page", [True, False])
def test_hostile_data_are_text(make_report: Make, hostile: str, whole_page: bool) -> None:  # noqa: FBT001
    """A lead named <script> is a text, in every field, in drawings and in attributes."""
    page = Page(HtmlRenderer(whole_page=whole_page).render(make_report(hostile=hostile)))
    assert {"script", "img", "iframe", "image", "foreignobject"}.isdisjoint(tag for tag, _ in page.elements)
    assert all(not name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert all(attributes["href"].startswith("#") for attributes in page.all("a"))
    assert any(printable(hostile) in text for text in page.texts)


@pytest.mark.parametrize("charts", [True, False])
def test_a_page_asks_the_network_for_nothing(
    make_report: Make,
    monkeypatch: pytest.MonkeyPatch,
    charts: bool,  # noqa: FBT001
) -> None:
    """No address is in it, and its own policy forbids requests and scripts."""
    if not charts:
        monkeypatch.setitem(sys.modules, "vl_convert", None)
    text = HtmlRenderer().render(make_report())
    assert re.findall(r"https?:|//\w|@import|src=|url\((?!#)", text) == []
    assert "default-src 'none'" in Page(text).all("meta")[2]["content"]


def test_the_structure_can_be_walked_by_ear_and_by_keyboard(make_report: Make) -> None:
    """Landmarks, one h1, a skip link, named regions that take the focus, scoped headings, named drawings."""
    page = Page(HtmlRenderer().render(make_report("es")))
    counts = Counter(tag for tag, _ in page.elements)
    assert page.all("html") == [{"lang": "es"}]
    assert (counts["main"], counts["header"], counts["nav"], counts["h1"]) == (1, 1, 1, 1)
    assert page.all("a")[0] == {"class": "skip", "href": "#content"}
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {attributes["href"][1:] for attributes in page.all("a")}
    assert targets | {attributes["aria-labelledby"] for attributes in page.all("section")} <= set(ids)
    scrolling = [attributes for attributes in page.all("div") if attributes.get("class") == "scroll"]
    assert len(scrolling) == counts["table"] == 9
    assert all(div["tabindex"] == "0" and div["role"] == "region" and div["aria-label"] for div in scrolling)
    assert all("scope" in attributes for attributes in page.all("th"))
    assert {attributes["role"] for attributes in page.all("svg")} == {"img"}
    assert counts["svg"] == counts["desc"] == 14


def test_a_table_stands_under_every_chart(make_report: Make) -> None:
    """Whoever cannot see a drawing opens the same figures."""
    page = HtmlRenderer().render(make_report())
    figures = re.findall(r"<figure.*?</figure>", page, re.DOTALL)
    assert len(figures) == 7
    assert all(
        figure.count("<svg") == 2 and "<details><summary>" in figure and "<table>" in figure
        for figure in figures
    )


def test_without_the_extra_there_are_tables_and_one_sentence(
    make_report: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what to install, once, and every figure is there."""
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    page = HtmlRenderer().render(make_report())
    assert page.count("pip install &quot;smarketing[charts]&quot;") == 1
    assert "<svg" not in page
    assert "<details>" not in page
    assert page.count("<table>") == 9


def test_what_is_not_known_is_said_in_words(make_report: Make) -> None:
    """A dash for the eye, and for the ear what it means."""
    assert '<span class="unseen">sin datos</span>' in HtmlRenderer().render(make_report("es"))


def page_of(spec: dict[str, Json]) -> str:
    """A page with one chart of somebody else's making."""
    chart = Chart(title="Theirs", table=Table([Column("a")], []), alt="", spec=spec)
    return HtmlRenderer().render(Report(title="t", sections=[Section("s", [chart])]))


def test_a_drawing_lets_nothing_through_but_shapes_and_text() -> None:
    """A specification from elsewhere can neither link, nor load, nor restyle the page."""
    link: dict[str, Json] = {"type": "text", "href": "javascript:alert(1)", "blend": "multiply"}
    page = page_of({
        "data": {"values": [{"href": "A", "u": "https://example.org/x.png"}]},
        "layer": [
            {"mark": {"type": "image", "width": 9, "height": 9}, "encoding": {"url": {"field": "u"}}},
            {"mark": link, "encoding": {"text": {"field": "href"}, "href": {"field": "u"}}},
        ],
    })  # fmt: skip
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) == 2
    assert not re.search(r"example\.org|javascript|<a|<image|style=|href", "".join(drawings))
    assert ">A</text>" in drawings[0]


def test_what_cannot_be_drawn_is_an_error_that_names_the_chart() -> None:
    """Data at an address are not fetched; the drawings after it are not spoiled."""
    with pytest.raises(ValueError, match="failed") as caught:
        page_of({"data": {"url": "https://example.org/x.json"}, "mark": "bar"})
    assert caught.value.__notes__ == ["while drawing the chart 'Theirs'"]
    assert "<svg" in page_of({"data": {"values": [{}]}, "mark": "bar"})


def test_a_style_is_a_colour_and_nothing_else() -> None:
    """The accent reaches the sheet; what is not a colour is refused."""
    assert "--brand: #7a1f5c;" in HtmlRenderer(style=Style(accent="#7a1f5c")).render(Report(title="t"))
    for wrong in ("red; } body { display: none", "#12345", "#123456\n}"):
        with pytest.raises(ValueError, match="accent"):
            Style(accent=wrong)


def test_a_fragment_brings_its_style_and_leaves_the_host_alone(make_report: Make) -> None:
    """Every rule hangs under one class; no page furniture comes along. A notebook shows this."""
    fragment = HtmlRenderer(whole_page=False).render(make_report())
    assert fragment == make_report()._repr_html_()
    page = Page(fragment)
    assert {"html", "body", "main", "nav", "title"} & {tag for tag, _ in page.elements} == {"title"}
    assert "<title>Review" not in fragment
    rules = re.sub(r"/\*.*?\*/|@media[^{]*\{", "", CSS, flags=re.DOTALL)
    selectors = [one.strip() for rule in re.findall(r"([^{}]+)\{", rules) for one in rule.split(",")]
    assert [selector for selector in selectors if not selector.startswith(".smarketing")] == []


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, as WCAG 2 defines it."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_colours_can_be_told_from_their_background() -> None:
    """Text keeps 4.5 to 1 and shapes 3 to 1, in light and in dark."""
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part)) for part in CSS.split("@media")[:2])
    for sheet in (light, dark.copy()):
        backgrounds = [
            sheet[name] for name in ("page", "card", "stripe", "info-card", "warning-card", "problem-card")
        ]
        for name in ("ink", "muted"):
            assert min(contrast(sheet[name], back) for back in backgrounds) >= 4.5, name
        assert contrast(sheet["warning"], sheet["warning-card"]) >= 4.5
        assert contrast(sheet["problem"], sheet["problem-card"]) >= 4.5
        shapes = [
            colour
            for name, colour in sheet.items()
            if name.startswith("series") or name in {"brand", "accent"}
        ]
        assert min(contrast(colour, sheet["card"]) for colour in shapes) >= 3


def test_a_drawings_colours_follow_the_page() -> None:
    """Each colour of the charts' theme is one that the sheet replaces, so that the dark reaches it."""
    for colour in COLOURS:
        assert f'[fill="{colour}"]' in CSS
        assert f'[stroke="{colour}"]' in CSS
    assert all(f'"{colour}"]' in CSS for colour in (INK, MUTED, GRID))
