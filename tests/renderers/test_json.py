"""Reports as JSON: all of it, exactly, and in plain ASCII."""

from __future__ import annotations

import datetime as dt
import json
import typing
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.document import (
    Column,
    Kind,
    Marked,
    Metric,
    Note,
    Report,
    Section,
    Table,
    Tone,
    bar_chart,
)
from smarketing.language import words
from smarketing.renderers import HtmlRenderer, JsonRenderer, TextRenderer
from smarketing.serialize import from_plain
from smarketing.testing import strategies as mine

Make = Callable[..., Report]
NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9),
    st.fractions(max_denominator=10**6),
)
CELLS: dict[Kind, st.SearchStrategy[typing.Any]] = {
    Kind.TEXT: st.text(),
    Kind.COUNT: st.integers(),
    Kind.NUMBER: NUMBERS,
    Kind.SHARE: st.one_of(NUMBERS, mine.shares()),
    Kind.MONEY: mine.money(),
    Kind.POINTS: mine.points(),
    Kind.DATE: st.dates(),
    Kind.MONTH: st.dates(),
    Kind.INSTANT: st.datetimes(timezones=st.just(dt.UTC)),
    Kind.DURATION: st.timedeltas(dt.timedelta(-1000), dt.timedelta(1000)),
}


def cells(kind: Kind) -> st.SearchStrategy[typing.Any]:
    """Values of a kind, some unknown, some with a remark."""
    values = st.one_of(st.none(), CELLS[kind])
    return st.one_of(values, st.builds(Marked, values, st.text()))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Any table."""
    kinds = draw(st.lists(st.sampled_from(Kind), min_size=1, max_size=4))
    rows = st.tuples(*map(cells, kinds))
    return Table(
        [Column(draw(st.text()), kind, digits=draw(st.none() | st.integers(0, 3))) for kind in kinds],
        draw(st.lists(rows, max_size=3)),
        caption=draw(st.text()),
        totals=draw(st.none() | rows),
    )


@st.composite
def metrics(draw: st.DrawFn) -> Metric:
    """Any metric."""
    kind = draw(st.sampled_from(Kind))
    return Metric(draw(st.text()), draw(cells(kind)), kind, compared=draw(cells(kind)), note=draw(st.text()))


BLOCKS = st.one_of(tables(), metrics(), st.builds(Note, st.text(), st.sampled_from(Tone)))
REPORTS = st.builds(
    Report,
    title=st.text(),
    language=st.sampled_from(["en", "es"]),
    sections=st.lists(
        st.builds(Section, st.text(), st.lists(BLOCKS, max_size=3), level=st.sampled_from([2, 3])), max_size=2
    ),
)


def read(text: str) -> Report:
    """The report that a JSON text tells of."""
    return from_plain(json.loads(text), Report)


@given(REPORTS)
def test_what_is_written_reads_back_equal(report: Report) -> None:
    """Every value of every kind, to its last digit."""
    assert read(JsonRenderer().render(report)) == report


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_report_read_back_is_shown_the_same(make_report: Make, hostile: str, language: str) -> None:
    """Charts, hostile texts and all: every other rendering can be made from it later."""
    report = make_report(language, hostile)
    again = read(JsonRenderer(indent=0).render(report))
    assert again == report
    assert [chart.spec for chart in again.charts] == [chart.spec for chart in report.charts]
    for renderer in (TextRenderer(), HtmlRenderer()):
        assert renderer.render(again) == renderer.render(report)


def test_the_text_is_harmless_wherever_it_stands(make_report: Make, hostile: str) -> None:
    """In a page's script, on a terminal, and in any encoding."""
    text = JsonRenderer().render(make_report("es", f"{hostile}</script><!--"))
    assert text.isascii()
    assert not set(text) & set("<>&\x1b\x7f\x00")
    assert "\\u003c/script\\u003e\\u003c!--" in text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_not_known(value: float) -> None:
    """JSON has no word for it, and people are shown the same dash."""
    table = Table([Column("Source"), Column("Rate", "number")], [("a", value), ("b", Marked(value, "odd"))])
    report = Report(title="R", sections=[Section("S", [table, Metric("Rate", value, "share")])])
    (part,) = read(JsonRenderer().render(report)).sections
    assert part.blocks[0].rows == (("a", None), ("b", Marked(None, "odd")))  # type: ignore[union-attr]
    assert part.blocks[1] == Metric("Rate", None, "share")


def test_keys_stand_in_the_order_of_the_document() -> None:
    """The title first, as a reader expects, and always so."""
    report = Report(language="es", title="R", sections=[Section("S", [Note("n")], intro="i")])
    assert JsonRenderer(indent=0).render(report) == (
        '{"title": "R", "language": "es", '
        '"sections": [{"title": "S", "blocks": [{"block": "note", "text": "n"}], "intro": "i"}]}\n'
    )


def test_an_engines_own_numbers_and_words_of_a_list_are_written_too() -> None:
    """What a table takes, it can be written with."""
    half = type("Half", (float,), {})(0.5)
    table = Table([Column("Tone"), Column("N", "number")], [(Tone.INFO, half)])
    report = Report(title="R", sections=[Section("S", [table])])
    assert read(JsonRenderer().render(report)) == report


def test_a_charts_table_keeps_the_types_of_its_cells() -> None:
    """A fraction under a drawing is still a fraction."""
    table = Table(
        [Column("Month", "month"), Column("Rate", "share")],
        [(dt.date(2026, 1, 1), Fraction(1, 3)), (dt.date(2026, 2, 1), Decimal("0.25"))],
    )
    report = Report(title="R", sections=[Section("S", [bar_chart(table, title="t", words=words("en"))])])
    assert read(JsonRenderer().render(report)).charts[0].table.rows == table.rows
