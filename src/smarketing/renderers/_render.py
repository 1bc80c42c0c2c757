"""What a renderer is, and the one call that uses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, cast

import attrs

from smarketing.errors import checked_kind
from smarketing.plugins import find

if TYPE_CHECKING:
    from smarketing.document import Report

__all__ = ["Rendered", "Renderer", "render"]


class Renderer(Protocol):
    """Turns a report into text or bytes: the same report into the same ones, always.

    To add one, write a class with these members and declare it under the entry-point group
    `smarketing.renderers`; its constructor takes the options of `render`.
    """

    @property
    def name(self) -> str:
        """What people call it: "html"."""
        ...

    @property
    def suffix(self) -> str:
        """How its files end: ".html"."""
        ...

    @property
    def media_type(self) -> str:
        """What a web server says it is: "text/html"."""
        ...

    def render(self, report: Report) -> str | bytes:
        """The report's content."""
        ...


@attrs.frozen(kw_only=True)
class Rendered:
    """A rendered report, ready to be written or served.

    Attributes:
        content: Text or bytes, as the renderer makes them.
        media_type: What a web server says it is.
        suffix: How its file should end.
    """

    content: str | bytes
    media_type: str
    suffix: str

    def __bytes__(self) -> bytes:
        """The content as it goes into a file: text in UTF-8, its line ends unchanged."""
        return self.content.encode() if isinstance(self.content, str) else self.content


def render(report: Report, renderer: str | Renderer, **options: object) -> Rendered:
    """Show a report.

    Args:
        report: What to show.
        renderer: "html", "json", "markdown", "text", "vegalite", the name of an installed one, or a renderer.
        options: What the named renderer is made with: `style=` for "html", `width=` for "text", `level=` for
            "markdown".

    Raises:
        UnknownNameError: No renderer has that name, or two have.
        TypeError: An option that the renderer does not take, or options for one already made.

    Example:
        >>> from smarketing.document import Metric, Report, Section
        >>> report = Report(title="Review", sections=[Section("Funnel", [Metric("Leads", 1200)])])
        >>> print(render(report, "text").content)
        Review
        ======
        <BLANKLINE>
        Funnel
        ------
          Leads  1,200
        <BLANKLINE>
    """
    from smarketing.document import Report

    checked_kind(report, Report, "report", "a result becomes one by its to_report(…)")
    if isinstance(renderer, str):
        renderer = cast("Callable[..., Renderer]", find("renderers", renderer))(**options)
    elif options:
        raise TypeError(
            f"{', '.join(options)}: options are for a renderer given by name; this one is made already"
        )
    content = renderer.render(report)
    return Rendered(content=content, media_type=renderer.media_type, suffix=renderer.suffix)
