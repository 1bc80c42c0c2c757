"""A report with one of everything, in which every text from data can be hostile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from smarketing.document import (
    Column,
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
from smarketing.values import Money

HOSTILE = (
    "<script>parent.hit=1</script><img src=x onerror=parent.hit=1></title></style></svg>"
    "<a href='javascript:parent.hit=1'>\"&amp;]]>-->{{x}}\x1b[31m\x00\N{RIGHT-TO-LEFT OVERRIDE}\ud800"
)


def sample_report(language: str = "en", hostile: str = "") -> Report:
    """One section of each kind of block, with the hostile text in every place that takes text."""
    say, x = words(language), hostile
    sources = Table(
        [Column(f"Source{x}"), Column(f"Leads{x}", "count"), Column("Won", "count"), Column("Rate", "share"),
         Column(f"Revenue{x}", "money"), Column("Time to close", "duration"), Column("Since", "date")],
        [
            (f"Seeker{x}", 1280, 96, 0.075, Money(4830050, "EUR"), dt.timedelta(31), dt.date(2024, 1, 3)),
            (f"Referral{x}", 212, 61, Marked(0.2877, f"few leads{x}"), Money(5, "EUR"), None, None),
            ("Unknown", 388, None, None, None, None, None),
        ],
        caption=f"Leads by source{x}", note=f"A note{x}",
        totals=(f"Total{x}", 1880, 157, None, None, None, None),
    )  # fmt: skip
    curve = Table(
        [Column(f"Days{x}", "count"), Column("Seeker", "share"), Column(f"Search{x}", "share")],
        [(day, 0.01 * day, 0.004 * day) for day in range(0, 60, 5)],
    )
    months = Table(
        [Column("Month", "month"), Column(f"Leads{x}", "count"), Column("MQLs", "count")],
        [(dt.date(2024, month, 1), 100 + month, 40 + month) for month in range(1, 13)],
    )
    long_name = Table([Column("Owner"), Column("Deals", "count")], [("x" * 400, 1), ("團隊 王小明", 2)])
    charts = [
        funnel_chart(
            sources, title=f"Funnel{x}", words=say, draw=[f"Leads{x}"], alt=f"alt{x}", note=f"note{x}"
        ),
        bar_chart(sources, title="Bars", words=say),
        bar_chart(sources, title="Money", words=say, draw=[f"Revenue{x}"]),
        bar_chart(months, title="Stacked", words=say, stacked=True),
        line_chart(months, title=f"Lines{x}", words=say),
        step_chart(curve, title="Steps", words=say),
        bar_chart(long_name, title="Long", words=say, horizontal=True),
    ]
    metrics = [
        Metric(f"Leads{x}", 5000, note=f"net new{x}", compared=4000, compared_with=f"2023{x}"),
        Metric("Revenue", Money(123456789012, "EUR"), "money"),
        Metric("Feedback", None, "share"),
    ]
    return Report(
        title=f"Review{x}",
        subtitle=f"Acme{x}",
        language=language,
        period=f"2024{x}",
        as_of=f"Known before 2025{x}",
        sections=[
            Section(
                f"Glance{x}",
                [*metrics, Note(f"One{x}\nTwo"), Note(f"Mind{x}", "warning"), Note("P", "problem")],
            ),
            Section("Charts", charts, intro=f"Intro{x}"),
            Section(f"Tables{x}", [sources, Table([Column("Nothing")], [])], level=3),
        ],
    )


@pytest.fixture
def make_report() -> Callable[..., Report]:
    """The sample: `make_report(language="en", hostile="")`."""
    return sample_report


@pytest.fixture
def hostile() -> str:
    """Text that tries to be markup, script, terminal commands and unencodable."""
    return HOSTILE
