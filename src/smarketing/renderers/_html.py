"""A report as one HTML page that needs nothing else: no script, no font, no image, no network.

Everything that comes from data is escaped, and a content policy in the page forbids scripts and requests
besides. A table stands under every chart. Charts are drawn twice, for a wide and for a narrow screen, so that
their text can be read on a phone; the style sheet shows one of them, in the page's colours, also in the dark.
"""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

import attrs

from smarketing.document import COLOURS
from smarketing.language import N_, words
from smarketing.renderers._blocks import grouped
from smarketing.renderers._markup import Markup, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smarketing.document import Report, Section

__all__ = ["HtmlRenderer", "Style"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@attrs.frozen(kw_only=True)
class Style:
    """A company's look.

    Attributes:
        accent: The colour of links and first series, as `#rrggbb`; it should keep three to one against
            white. In the dark it is lightened.

    Example:
        >>> Style(accent="#7a1f5c").accent
        '#7a1f5c'
    """

    accent: str = attrs.field(default=COLOURS[0], validator=attrs.validators.matches_re(r"#[0-9a-fA-F]{6}"))


@attrs.frozen(kw_only=True)
class HtmlRenderer:
    """One self-contained HTML page.

    Attributes:
        style: The company's look.
        whole_page: False for a fragment to put into a page of one's own, as notebooks do.

    Example:
        >>> from smarketing.document import Report
        >>> page = HtmlRenderer().render(Report(title="Q1 <draft>"))
        >>> "<h1>Q1 &lt;draft&gt;</h1>" in page
        True
    """

    name = "html"
    suffix = ".html"
    media_type = "text/html; charset=utf-8"

    style: Style = attrs.field(factory=Style)
    whole_page: bool = True

    def render(self, report: Report) -> str:
        """The page, or the fragment, as text."""
        body = "\n".join(_Page(report).lines(whole=self.whole_page))
        sheet = (files("smarketing") / "renderers" / "page.css").read_text("utf-8")
        style = f"<style>\n{sheet}\n.smarketing {{ --brand: {self.style.accent}; }}\n</style>"
        language = escape(report.language)
        if not self.whole_page:
            return f'{style}\n<div class="smarketing" lang="{language}">\n{body}\n</div>\n'
        return (
            f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
            '<meta name="color-scheme" content="light dark">\n'
            f"<title>{plain(report.title)}</title>\n{style}\n</head>\n"
            f'<body class="smarketing">\n{body}\n</body>\n</html>\n'
        )


class _Page:
    """The frame of a page: head, contents, sections."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.words = words(report.language)
        self.markup = Markup(self.words)

    def lines(self, *, whole: bool) -> Iterator[str]:
        numbered = enumerate(self.report.sections, 1)
        parts = [line for number, part in numbered for line in self.section(part, number)]
        if whole:
            yield f'<a class="skip" href="#content">{plain(self.words(N_("Skip to the content")))}</a>'
        yield '<div class="sheet">'
        yield from self.header()
        if whole and len(self.report.sections) > 2:
            yield from self.contents()
        yield '<main id="content" tabindex="-1">' if whole else "<div>"
        if self.markup.missing:
            label = N_("The charts are left out and their tables shown instead: {reason}")
            reason = self.words(label, reason=str(self.markup.missing))
            yield f'<div class="note block" role="note"><p>{plain(reason)}</p></div>'
        yield from parts
        yield "</main>\n</div>" if whole else "</div>\n</div>"

    def header(self) -> Iterator[str]:
        report = self.report
        yield "<header>"
        if report.subtitle:
            yield f'<p class="eyebrow">{plain(report.subtitle)}</p>'
        yield f"<h1>{plain(report.title)}</h1>"
        period = f"{self.words('Period')}: {report.period}" if report.period else ""
        if about := "".join(f"<span>{plain(text)}</span>" for text in (period, report.as_of) if text):
            yield f'<p class="about">{about}</p>'
        yield "</header>"

    def contents(self) -> Iterator[str]:
        label = plain(self.words(N_("Contents")))
        yield f'<nav aria-label="{label}"><div><h2>{label}</h2><ol>'
        for number, part in enumerate(self.report.sections, 1):
            yield f'<li{_deeper(part)}><a href="#part-{number}">{plain(part.title)}</a></li>'
        yield "</ol></div></nav>"

    def section(self, section: Section, number: int) -> Iterator[str]:
        heading = f"h{section.level}"
        yield f'<section{_deeper(section)} aria-labelledby="part-{number}">'
        yield f'<{heading} id="part-{number}">{plain(section.title)}</{heading}>'
        if section.intro:
            yield f'<p class="intro">{plain(section.intro)}</p>'
        for block in grouped(section.blocks):
            yield from self.markup.block(block, section.title)
        yield "</section>"


def _deeper(section: Section) -> str:
    return ' class="deeper"' if section.level > 2 else ""
