"""Reports and what they are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Protocol, cast

import attrs

from smarketing.document._cells import Cell, Column, Kind, faults
from smarketing.document._chart import Chart
from smarketing.document._table import Table
from smarketing.plugins import find

__all__ = ["Block", "Metric", "Note", "Report", "Section", "Tone"]


class Tone(StrEnum):
    """How a note wants to be read."""

    INFO = "info"
    WARNING = "warning"
    PROBLEM = "problem"


@attrs.frozen
class Metric:
    """One figure to see first.

    Attributes:
        label: What it is.
        value: The figure, or `None` where it is not known.
        kind: What the value is; a string such as "money" is taken too.
        digits: Decimal digits to show, where the kind's usual number does not fit.
        note: A few words under the figure.
        compared: The same figure at another time, or for another group.
        compared_with: What `compared` is ("last year").

    Raises:
        ValueError: A value that is not of the kind.

    Example:
        >>> Metric("Win rate", 0.21, "share", compared=0.18, compared_with="last year").kind
        <Kind.SHARE: 'share'>
    """

    label: str
    value: Cell
    kind: Kind = attrs.field(default=Kind.COUNT, converter=Kind)
    digits: int | None = attrs.field(default=None, kw_only=True)
    note: str = attrs.field(default="", kw_only=True)
    compared: Cell = attrs.field(default=None, kw_only=True)
    compared_with: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if fault := faults(self.value, self.kind) or faults(self.compared, self.kind):
            raise ValueError(f"the metric {self.label!r} {fault}")

    @property
    def column(self) -> Column:
        """The column that would hold this figure: how it is written."""
        return Column(self.label, self.kind, digits=self.digits)


@attrs.frozen
class Note:
    """A paragraph: plain text, with a tone."""

    text: str
    tone: Tone = attrs.field(default=Tone.INFO, converter=Tone)


Block = Metric | Table | Chart | Note
"""What a section holds."""


def _blocks(blocks: Iterable[Block]) -> tuple[Block, ...]:
    return tuple(blocks)


@attrs.frozen
class Section:
    """A part of a report, with a heading.

    Attributes:
        title: The heading.
        blocks: What it holds, in order. Metrics that follow each other are shown together.
        level: 2 for a part of the report, 3 for a part of the part before it.
        intro: A sentence or two that say what the section shows.
    """

    title: str
    blocks: tuple[Block, ...] = attrs.field(default=(), converter=_blocks)
    level: int = attrs.field(default=2, validator=attrs.validators.in_((2, 3)), kw_only=True)
    intro: str = attrs.field(default="", kw_only=True)


def _sections(sections: Iterable[Section]) -> tuple[Section, ...]:
    return tuple(sections)


@attrs.frozen(kw_only=True)
class Report:
    """What an analysis has to say. `smarketing.renderers.render` shows it; a notebook does so by itself.

    Attributes:
        title: What the report is.
        subtitle: Whose it is, or what about.
        language: The language that its texts are in, and its numbers shall be.
        period: What the figures are about ("January 2026"), in the reader's words.
        as_of: What was known when ("Known before 1 February 2026"), in the reader's words.
        sections: The parts, in order.

    Example:
        >>> report = Report(title="Review", sections=[Section("Funnel", [Metric("Leads", 120)])])
        >>> report.charts
        ()
    """

    title: str
    subtitle: str = ""
    language: str = "en"
    period: str = ""
    as_of: str = ""
    sections: tuple[Section, ...] = attrs.field(default=(), converter=_sections)

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Every chart, in order."""
        return tuple(block for part in self.sections for block in part.blocks if isinstance(block, Chart))

    def _repr_html_(self) -> str:
        """What a notebook shows. The renderer is found by name, because rooms above this one make pages."""
        renderer = cast("Callable[..., _Page]", find("renderers", "html"))
        return renderer(whole_page=False).render(self)


class _Page(Protocol):
    def render(self, report: Report) -> str: ...
