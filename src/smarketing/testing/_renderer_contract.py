"""What every renderer promises, as a class of tests that any renderer can be handed to.

Subclass it, say which renderer, and any test runner that knows classes of `test_…` methods runs it:

    class TestSlides(RendererContract):
        def make_renderer(self):
            return SlidesRenderer()

A broken promise raises `AssertionError` with one sentence that says which, and for which report.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Collection
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

from smarketing.document import Block, Column, Kind, Metric, Report, Section, Table, bar_chart
from smarketing.language import MISSING, languages, words
from smarketing.plugins import names
from smarketing.renderers import render
from smarketing.testing._inert import lively
from smarketing.testing._sample_report import FIGURES, HOSTILE, TEXTS, sample_report

if TYPE_CHECKING:
    from smarketing.document import Cell
    from smarketing.renderers import Renderer

__all__ = ["RendererContract"]

_ELSEWHERE = """
import sys
from hashlib import sha256
from smarketing.renderers import render
from smarketing.testing._sample_report import sample_report
print(sha256(bytes(render(sample_report(), sys.argv[1]))).hexdigest())
"""


class RendererContract:
    """The promises of a renderer. Subclass it and override `make_renderer`.

    Attributes:
        missing: How the rendering says that something is not known; `None` where it leaves it out.
        leaves_out: The parts of a report that it knowingly does not show, as classes of
            `smarketing.document`; `Note` stands for remarks too.

    Example:
        >>> from smarketing.renderers import TextRenderer
        >>> class TestText(RendererContract):
        ...     def make_renderer(self):
        ...         return TextRenderer()
        >>> TestText().test_what_is_not_known_is_never_shown_as_nothing()
    """

    missing: ClassVar[str | None] = MISSING
    leaves_out: ClassVar[Collection[type]] = ()

    def make_renderer(self) -> Renderer:
        """A new renderer."""
        raise NotImplementedError("override make_renderer: return the renderer that is to be tested")

    def text_of(self, content: str | bytes) -> str:
        """The text that a reader finds in a rendering; override it where the bytes are no text."""
        return content if isinstance(content, str) else content.decode()

    def test_it_says_what_it_makes(self) -> None:
        """A name to call it by, a suffix and a media type to store and serve it by, that fit the content."""
        renderer = self.make_renderer()
        _require(
            re.fullmatch(r"[a-z][a-z0-9-]*", renderer.name), f"{renderer.name!r} is no name such as 'slides'"
        )
        _require(
            re.fullmatch(r"(\.[a-z0-9]+)+", renderer.suffix),
            f"{renderer.suffix!r} is no suffix such as '.html'",
        )
        media_type = renderer.media_type
        _require(
            re.fullmatch(r"[a-z]+/[\w.+-]+(; ?[\w-]+=[\w-]+)*", media_type),
            f"{media_type!r} is no media type such as 'text/html'",
        )
        content = renderer.render(sample_report())
        _require(isinstance(content, str | bytes), f"it makes {type(content).__name__}, not text or bytes")
        is_said = not media_type.startswith("text/") or "charset=utf-8" in media_type.lower()
        _require(is_said, f"text is written in UTF-8, and {media_type!r} does not say so")

    def test_the_same_report_gives_the_same_bytes(self) -> None:
        """Whatever was rendered before, by this renderer or by another."""
        renderer = self.make_renderer()
        first = bytes(render(sample_report(), renderer))
        renderer.render(sample_report(hostile="Another "))
        _require(first == bytes(render(sample_report(), renderer)), "a second rendering gave other bytes")
        another = bytes(render(sample_report(), self.make_renderer()))
        _require(first == another, "a new renderer gave other bytes")

    def test_another_process_gives_the_same_bytes(self) -> None:
        """Whatever its hash seed and time zone. Held where the renderer's name is declared."""
        name = self.make_renderer().name
        if name not in names("renderers"):
            return
        here = sha256(bytes(render(sample_report(), name))).hexdigest()
        for seed, zone in (("1", "UTC"), ("2", "Pacific/Auckland")):
            path = os.pathsep.join(filter(None, sys.path))
            changed = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C", "PYTHONPATH": path}
            done = subprocess.run(  # noqa: S603 -- this Python, and a name that is declared
                [sys.executable, "-c", _ELSEWHERE, name],
                env={**os.environ, **changed},
                capture_output=True,
                text=True,
                check=False,
            )
            _require(done.returncode == 0, f"another process could not render: {done.stderr}")
            same = done.stdout.strip() == here
            _require(same, f"a process with the hash seed {seed} in the time zone {zone} gave other bytes")

    def test_every_part_of_a_report_is_shown(self) -> None:
        """Metrics, tables, charts, notes, headings, remarks, in every language; none is left out silently."""
        for language in languages():
            text = self.text_of(self.make_renderer().render(sample_report(language)))
            for part, wanted in TEXTS.items():
                lost = [word for word in wanted if word not in text and part not in self.leaves_out]
                _require(not lost, f"of each {part.__name__.lower()}, the text must be shown: {lost}")

    def test_an_empty_report_is_shown(self) -> None:
        """Nothing to say is no fault: no section, a section of nothing, a table without rows."""
        nothing = Table([Column("Nothing", "money")], [])
        for sections in ([], [Section("")], [Section("Nothing", [nothing])]):
            for title in ("Empty", ""):
                bytes(render(Report(title=title, sections=sections), self.make_renderer()))

    def test_what_is_not_known_is_never_shown_as_nothing(self) -> None:
        """In a metric, a table and a chart, the unknown is said, and never as a zero of that kind."""
        for kind, zero in FIGURES.items():
            for unknown, known in zip(_shown(kind, None), _shown(kind, zero), strict=True):
                shown: type = type(unknown)
                if shown in self.leaves_out:
                    continue
                without, nothing = self._text(unknown), self._text(known)
                what = f"{kind} that is not known in a {shown.__name__.lower()}"
                _require(without != nothing, f"a {what} is shown as zero")
                if self.missing is not None:
                    more = without.count(self.missing) > nothing.count(self.missing)
                    _require(more, f"a {what} is not shown as {self.missing!r}")

    def test_hostile_texts_stay_texts(self) -> None:
        """A lead named `<script>` or `=1+1` is a text everywhere, and can be written as UTF-8."""
        renderer = self.make_renderer()
        harmless = self.text_of(renderer.render(sample_report()))
        for what, hostile in HOSTILE.items():
            content = self.make_renderer().render(sample_report(hostile=hostile))
            text = self.text_of(content)
            found = list(lively(renderer.media_type, text, harmless))
            _require(not found, f"texts that try to be {what} came alive: {found}")

    def _text(self, block: Block) -> str:
        report = Report(title="Unknown", sections=[Section("Unknown", [block])])
        return self.text_of(self.make_renderer().render(report))


def _shown(kind: Kind, value: object) -> tuple[Block, ...]:
    figure: Cell = value  # type: ignore[assignment]
    table = Table([Column("Name"), Column("Figure", kind)], [("Row", figure)])
    chart = bar_chart(table, title="Chart", words=words("en"))
    return Metric("Figure", figure, kind), table, chart


def _require(holds: object, sentence: str) -> None:
    if not holds:
        raise AssertionError(sentence)
