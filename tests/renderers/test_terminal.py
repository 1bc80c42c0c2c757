"""Reports on a terminal: aligned, complete, within the width, and harmless."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.document import Column, Marked, Metric, Report, Section, Table, bar_chart
from smarketing.language import words
from smarketing.renderers import TextRenderer
from smarketing.renderers._columns import bar, width_of, wrapped

Make = Callable[..., Report]


def shown(*blocks: object, width: int = 100, language: str = "en") -> str:
    """The text of one section."""
    return TextRenderer(width=width).render(
        Report(title="R", language=language, sections=[Section("S", blocks)])  # type: ignore[arg-type]
    )


def test_nothing_from_data_commands_the_terminal(make_report: Make, hostile: str) -> None:
    """No escape sequence, no direction override, and it can be written as UTF-8."""
    text = TextRenderer().render(make_report(hostile=hostile))
    assert all(char.isprintable() or char in "\n\N{NO-BREAK SPACE}" for char in text)
    assert "␛[31m" in text
    text.encode()


@pytest.mark.parametrize("width", [50, 60, 100, 160])
def test_lines_stay_within_the_width(make_report: Make, width: int) -> None:
    """Cells are wrapped and wide tables cut, so that nothing runs over."""
    text = TextRenderer(width=width).render(make_report())
    assert max(width_of(line) for line in text.splitlines()) <= width


def test_columns_are_aligned_whatever_the_script() -> None:
    """A wide character takes two columns and a combining one none."""
    table = Table(
        [Column("Owner"), Column("Deals", "count")],
        [("團隊", 7), ("Pen\N{COMBINING TILDE}a", 12), ("Ana", None)],
    )
    lines = shown(table).splitlines()[5:]
    assert len({width_of(line) for line in lines if line}) == 1


def test_a_table_too_wide_is_cut_and_nothing_is_lost() -> None:
    """Every part begins with the column that names the rows."""
    columns = [Column("Source"), *(Column(f"Measure{n}", "count") for n in range(12))]
    text = shown(Table(columns, [("Search", *range(1000, 1012))]), width=50)
    assert all(f"Measure{n}" in text and f"{1000 + n:,}" in text for n in range(12))
    assert text.count("Source") == text.count("Search") > 1


def test_a_word_is_not_broken_where_the_table_can_be_cut() -> None:
    """A name of many words is wrapped between them."""
    columns = [Column("Campaign"), *(Column(f"Measure{n}", "count") for n in range(6))]
    text = shown(Table(columns, [("Climatización 2025, Madrid", *range(6))]), width=60)
    assert "Climatización" in text
    assert "2025, Madrid" in text


def test_remarks_are_numbered_and_explained_once() -> None:
    """Two cells with one remark share its number."""
    table = Table(
        [Column("Source"), Column("Rate", "share")], [("a", Marked(0.5, "few")), ("b", Marked(0.1, "few"))]
    )
    text = shown(table)
    assert text.count("[1]") == 3
    assert text.count("few") == 1


def test_a_chart_of_one_series_has_bars_in_proportion() -> None:
    """Half as many leads have half as long a bar; what is unknown has none."""
    table = Table([Column("Source"), Column("Leads", "count")], [("a", 10), ("b", 5), ("c", None)])
    lines = shown(bar_chart(table, title="t", words=words("en"))).splitlines()
    assert [line.count("█") for line in lines[-3:]] == [24, 12, 0]


def test_metrics_stand_under_each_other() -> None:
    """Labels and figures are aligned, with what they are compared with beside them."""
    text = shown(Metric("Leads", 5000), Metric("Win rate", 0.2, "share", compared=0.1, compared_with="2023"))
    assert "  Leads     5,000\n  Win rate  20.0%  2023: 10.0%\n" in text


def test_fixed_labels_are_in_the_reports_language() -> None:
    """A Spanish report says that there is nothing in Spanish."""
    assert "sin datos" in shown(Table([Column("Nada")], []), language="es")


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(2, 40))
def test_wrapping_keeps_every_character_but_spaces(text: str, width: int) -> None:
    """Lines are never too wide, and nothing but spaces is lost."""
    lines = wrapped(text, width)
    assert all(width_of(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(st.floats(0, 1), st.integers(1, 60))
def test_a_bar_is_as_long_as_its_share(share: float, width: int) -> None:
    """To within an eighth of a column."""
    assert abs(width_of(bar(share, width)) - share * width) <= 1
