"""Fans, waterfalls and diagonals: drawn from the table beside them, and nothing that is not known."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from smarketing.document import (
    Chart,
    Column,
    Report,
    Section,
    Table,
    diagonal_chart,
    fan_chart,
    waterfall_chart,
)
from smarketing.errors import UnlikeCurrenciesError
from smarketing.language import words
from smarketing.renderers import render
from smarketing.values import Money

EN, ES = words("en"), words("es")
FAN = Table(
    [Column("Month"), *(Column(title, "money") for title in ("Expected", "Low", "High"))],
    [
        (month, Money(at * 100, "EUR"), Money(at * 50, "EUR"), Money(at * 150, "EUR"))
        for month, at in (("May", 100), ("June", 120), ("July", 90))
    ],
)


def records(chart: Chart) -> list[dict[str, Any]]:
    """The inline data of a chart."""
    data: Any = chart.spec["data"]
    values: list[dict[str, Any]] = data["values"]
    return values


def layers(chart: Chart) -> list[dict[str, Any]]:
    """What is drawn on top of each other."""
    found: Any = chart.spec["layer"]
    return list(found)


def test_a_fan_is_a_band_with_a_line_in_it() -> None:
    """Each band has its two ends, in units that people read; the line has the figures."""
    chart = fan_chart(FAN, title="Revenue", words=EN, bands=[("Low", "High")], draw=["Expected"])
    assert [layer["mark"]["type"] for layer in layers(chart)] == ["area", "line"]
    bands = [(each["name"], each["low"], each["high"]) for each in records(chart) if "band" in each]
    assert bands == [("May", 50.0, 150.0), ("June", 60.0, 180.0), ("July", 45.0, 135.0)]
    assert [each["value"] for each in records(chart) if "value" in each] == [100.0, 120.0, 90.0]
    assert "€50.00 to €150.00" in {each["shown"] for each in records(chart)}


def test_a_band_with_an_end_that_is_not_known_is_not_drawn() -> None:
    """A month without a range is a point without a band, not a band from zero."""
    table = Table(FAN.columns, [("May", Money(100, "EUR"), None, Money(150, "EUR")), *FAN.rows[1:]])
    chart = fan_chart(table, title="Revenue", words=EN, bands=[("Low", "High")], draw=["Expected"])
    assert [each["name"] for each in records(chart) if "band" in each] == ["June", "July"]


def test_one_period_is_a_bar_and_not_a_needle() -> None:
    """An area needs three points to be seen."""
    chart = fan_chart(Table(FAN.columns, FAN.rows[:1]), title="Revenue", words=EN, bands=[("Low", "High")])
    assert layers(chart)[0]["mark"]["type"] == "bar"


def test_a_waterfall_goes_on_where_it_was() -> None:
    """Losses hang from where the sum had come; totals stand on the ground."""
    table = Table(
        [Column("Step"), Column("Amount", "count")],
        [("Start", 100), ("New", 40), ("Lost", -60), ("Unknown", None), ("End", 80)],
    )
    chart = waterfall_chart(table, title="Change", words=EN, totals=["Start", "End"])
    told = [(each["name"], each["start"], each["end"], each["kind"]) for each in records(chart)]
    assert told == [
        ("Start", 0.0, 100.0, "Total"),
        ("New", 100.0, 140.0, "More"),
        ("Lost", 140.0, 80.0, "Less"),
        ("End", 0.0, 80.0, "Total"),
    ]
    spanish = waterfall_chart(table, title="Cambio", words=ES, totals=["Start", "End"])
    assert {each["kind"] for each in records(spanish)} == {"Total", "Más", "Menos"}


def test_a_diagonal_compares_what_was_said_with_what_was_seen() -> None:
    """Points with their range, and the line on which both agree."""
    columns = [Column("Part"), *(Column(title, "share") for title in ("Said", "Seen", "From", "To"))]
    table = Table(columns, [("low", 0.1, 0.12, 0.05, 0.2), ("high", 0.6, None, None, None)])
    chart = diagonal_chart(
        table, title="Calibration", words=EN, said="Said", seen="Seen", between=("From", "To")
    )
    line = [(each["along"], each["up"]) for each in records(chart) if each.get("line")]
    points = [each for each in records(chart) if not each.get("line")]
    assert line == [(0, 0), (0.2, 0.2)]
    assert [(each["along"], each["up"], each["low"], each["high"]) for each in points] == [
        (0.1, 0.12, 0.05, 0.2)
    ]
    assert [layer["mark"]["type"] for layer in layers(chart)] == ["line", "rule", "point"]


def test_charts_of_nothing_are_still_charts() -> None:
    """No row at all works like any other table."""
    empty = Table(FAN.columns, [])
    shares = Table([Column("Part"), Column("Said", "share"), Column("Seen", "share")], [])
    assert records(fan_chart(empty, title="t", words=EN, bands=[("Low", "High")])) == []
    assert records(waterfall_chart(empty, title="t", words=EN, totals=[])) == []
    assert len(records(diagonal_chart(shares, title="t", words=EN, said="Said", seen="Seen"))) == 2


def test_a_wrong_column_is_met_with_the_nearest() -> None:
    """As in every chart."""
    with pytest.raises(ValueError, match=r"no column 'Lo' \(did you mean 'Low'\?\)"):
        fan_chart(FAN, title="t", words=EN, bands=[("Lo", "High")])
    with pytest.raises(ValueError, match="no column 'Size'"):
        waterfall_chart(FAN, title="t", words=EN, totals=[], draw=["Size"])
    mixed = Table(FAN.columns, [("May", Money(1, "EUR"), Money(1, "USD"), None)])
    with pytest.raises(UnlikeCurrenciesError):
        fan_chart(mixed, title="t", words=EN, bands=[("Low", "High")])


def test_they_can_be_drawn() -> None:
    """A page shows them as drawings, twice the same."""
    steps = Table([Column("Step"), Column("Time", "duration")], [("a", dt.timedelta(days=2))])
    shares = Table([Column("Part"), Column("Said", "share"), Column("Seen", "share")], [("a", 0.2, 0.3)])
    charts = [
        fan_chart(FAN, title="Fan", words=EN, bands=[("Low", "High")], draw=["Expected"]),
        waterfall_chart(steps, title="Steps", words=EN, totals=["a"]),
        diagonal_chart(shares, title="Diagonal", words=EN, said="Said", seen="Seen"),
    ]
    report = Report(title="Charts", sections=[Section("Charts", charts)])
    page = str(render(report, "html").content)
    assert page.count("<svg ") == 6  # each for a wide page and for a narrow one
    assert page == str(render(report, "html").content)
