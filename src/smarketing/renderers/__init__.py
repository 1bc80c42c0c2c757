"""How a report looks: as a page, on a terminal, as Markdown, as JSON, as chart specifications.

`render(report, "html")` finds the renderer by its name among the installed ones; passing a renderer object is
always enough. A renderer is pure: the same report gives the same bytes, on any day and in any process, so two
runs can be compared byte by byte. It writes no file and fetches nothing.
"""

from smarketing.renderers._html import HtmlRenderer, Style
from smarketing.renderers._json import JsonRenderer
from smarketing.renderers._markdown import MarkdownRenderer
from smarketing.renderers._render import Rendered, Renderer, render
from smarketing.renderers._text import TextRenderer
from smarketing.renderers._vegalite import VegaLiteRenderer

__all__ = [
    "HtmlRenderer",
    "JsonRenderer",
    "MarkdownRenderer",
    "Rendered",
    "Renderer",
    "Style",
    "TextRenderer",
    "VegaLiteRenderer",
    "render",
]
