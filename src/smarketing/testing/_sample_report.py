"""A report with one of everything, for whoever shows reports: every block, every kind of cell, every text.

Each text is a word that stands nowhere else, so that a test can look for it in what a renderer made. A text
given as `hostile` is put in front of every one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from smarketing.document import (
    Chart,
    Column,
    Kind,
    Marked,
    Metric,
    Note,
    Report,
    Section,
    Table,
    bar_chart,
    funnel_chart,
    line_chart,
    step_chart,
)
from smarketing.language import words
from smarketing.values import Money, Points, Share

__all__ = ["FIGURES", "HOSTILE", "TEXTS", "sample_report"]

TEXTS: Mapping[type, tuple[str, ...]] = MappingProxyType({
    Report: ("ReportTitle", "ReportSubtitle", "ReportPeriod", "ReportMoment"),
    Section: ("FirstPart", "PartIntro", "LowerPart", "EmptyPart"),
    Metric: ("MetricLabel", "MetricBefore", "LonelyMetric"),
    Note: ("PlainNote", "NextLine", "WarningNote", "ProblemNote", "MetricNote", "MetricMark",
           "CellMark", "TableNote", "ChartNote"),
    Table: ("TableCaption", "NameHead", "FigureHead", "RowName", "TotalName", "EmptyHead"),
    Chart: ("BarTitle", "FunnelTitle", "LineTitle", "StepTitle", "BarName", "SeriesHead", "OtherHead"),
})  # fmt: skip
"""The texts of the sample, by the part of a report that they belong to; remarks count as notes."""

FIGURES: Mapping[Kind, object] = MappingProxyType(
    {
        Kind.COUNT: 0,
        Kind.NUMBER: 0.0,
        Kind.SHARE: Share(0),
        Kind.MONEY: Money(0, "EUR"),
        Kind.POINTS: Points(0),
        Kind.DURATION: timedelta(0),
    }
)
"""Nothing at all, in every kind of figure: what the unknown must never be taken for."""

HOSTILE: Mapping[str, str] = MappingProxyType(
    {
        "markup": "<script>alert(1)</script><img src=x onerror=alert(1)></title></style></svg></td></table>"
        "-->]]>\"'&lt;&amp;<a href='javascript:alert(1)'>{{x}} {% x %} ${x} %s {0} ",
        "Markdown": "# [x](javascript:alert(1)) ![x](http://example.org/x.png) `x` **x** ~~x~~ |x| \\| "
        "@all #1 https://example.org www.example.org ",
        "a formula": '=HYPERLINK("http://example.org")',
        "a sum": "+1+1",
        "a difference": "-1-1",
        "a function": "@SUM(1)",
        "commands": "\x1b[31m\x1b]0;x\x07\x9b2J\x08\x00\x7fx\nx\r\nx\N{LINE SEPARATOR}x\tx\x0bx\x85"
        "\N{RIGHT-TO-LEFT OVERRIDE}\N{FIRST STRONG ISOLATE}\ufeff",
        "half a character": "\ud800",
        "a long word": "x" * 500,
    }
)
"""Texts that people's data can hold and that a renderer must show as text, by what they try to be."""


def sample_report(language: str = "en", hostile: str = "") -> Report:
    """The report; `hostile` stands in front of every text."""

    def say(text: str) -> str:
        return hostile + text

    return Report(
        title=say("ReportTitle"),
        subtitle=say("ReportSubtitle"),
        language=language,
        period=say("ReportPeriod"),
        as_of=say("ReportMoment"),
        sections=[
            Section(
                say("FirstPart"),
                [*_metrics(hostile), *_notes(hostile), *_charts(language, hostile)],
                intro=say("PartIntro"),
            ),
            Section(
                say("LowerPart"),
                [
                    _table(hostile),
                    Table([Column(say("EmptyHead"))], []),
                    Metric(say("LonelyMetric"), None, "money"),
                ],
                level=3,
            ),
            Section(say("EmptyPart")),
        ],
    )


def _metrics(hostile: str) -> list[Metric]:
    marked = Marked(0.5, f"{hostile}MetricMark")
    return [
        Metric(f"{hostile}MetricLabel", marked, "share", note=f"{hostile}MetricNote"),
        Metric("Revenue", Money(123456, "EUR"), "money", digits=0, compared=None,
               compared_with=f"{hostile}MetricBefore"),
    ]  # fmt: skip


def _notes(hostile: str) -> list[Note]:
    return [
        Note(f"{hostile}PlainNote\n{hostile}NextLine"),
        Note(f"{hostile}WarningNote", "warning"),
        Note(f"{hostile}ProblemNote", "problem"),
        Note(""),
    ]


def _table(hostile: str) -> Table:
    noon = datetime(2026, 1, 3, 12, tzinfo=UTC)
    columns = [Column(f"{hostile}NameHead"), Column(f"{hostile}FigureHead", "count")]
    others = [Column(str(kind), kind) for kind in Kind if kind not in {Kind.TEXT, Kind.COUNT}]
    half: tuple[object, ...] = (Decimal("0.5"), Fraction(1, 3), Money(-5, "JPY"), Points.of("2.5"))
    rows = [
        (f"{hostile}RowName", 1200, *half, noon.date(), date(2026, 1, 1), noon, timedelta(hours=-3)),
        ("Marked", Marked(7, f"{hostile}CellMark"), *[None] * len(others)),
        ("Unknown", Marked(None, f"{hostile}CellMark"), *[None] * len(others)),
    ]
    return Table(
        [*columns, *others],
        rows,  # type: ignore[arg-type]
        caption=f"{hostile}TableCaption",
        note=f"{hostile}TableNote",
        totals=(f"{hostile}TotalName", 1207, *[None] * len(others)),
    )


def _charts(language: str, hostile: str) -> list[Chart]:
    say = words(language)
    heads = [Column(f"{hostile}SeriesHead", "count"), Column(f"{hostile}OtherHead", "count")]
    named = Table([Column("Name"), *heads], [(f"{hostile}BarName", 5, 3), ("Other", 2, None)])
    months = Table([Column("Month", "month"), *heads], [(date(2026, m, 1), m, None) for m in (1, 2, 3)])
    days = Table([Column("Days", "count"), *heads], [(day, day, 2 * day) for day in (0, 10, 20)])
    note, alt = f"{hostile}ChartNote", f"{hostile}ChartAlt"
    return [
        bar_chart(named, title=f"{hostile}BarTitle", words=say, alt=alt, note=note),
        funnel_chart(named, title=f"{hostile}FunnelTitle", words=say, draw=[f"{hostile}SeriesHead"]),
        line_chart(months, title=f"{hostile}LineTitle", words=say),
        step_chart(days, title=f"{hostile}StepTitle", words=say),
    ]
