"""Reports hold typed, checked, frozen values; charts are drawn from the tables beside them."""

from __future__ import annotations

import datetime as dt
import json
import pickle
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.document import (
    Cell,
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
    shown,
    step_chart,
)
from smarketing.errors import UnlikeCurrenciesError
from smarketing.language import words
from smarketing.values import Money, Points, Share

EN, ES = words("en"), words("es")
BUILDERS = [bar_chart, funnel_chart, line_chart, step_chart]
LEADS = Table([Column("Source"), Column("Leads", "count")], [("Search", 120), ("Seeker", None)])


def records(chart: Chart) -> list[dict[str, Any]]:
    """The inline data of a chart."""
    data: Any = chart.spec["data"]
    values: list[dict[str, Any]] = data["values"]
    return values


def test_a_table_names_every_cell_that_does_not_fit() -> None:
    """One error lists them all, with row, column and value."""
    columns = [Column("Source"), Column("Leads", "count"), Column("At", "instant")]
    naive = dt.datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="cannot be made") as caught:
        Table(columns, [("a", 1.5, None), ("b", True, naive), ("c",)], totals=(1, None, None))
    assert str(caught.value).splitlines()[1:] == [
        "  - row 1, 'Leads' takes count values, not 1.5 (float)",
        "  - row 2, 'Leads' takes count values, not True (bool)",
        "  - row 2, 'At' takes instants with a time zone, and 2026-01-01T00:00:00 has none",
        "  - row 3 has 1 cells for 3 columns",
        "  - the totals row, 'Source' takes text values, not 1 (int)",
    ]


def test_a_table_may_have_no_rows_but_not_no_columns() -> None:
    """An empty result is a result."""
    assert Table([Column("Source")], []).rows == ()
    with pytest.raises(ValueError, match="needs a column"):
        Table([], [])


def test_a_metric_takes_a_value_of_its_kind() -> None:
    """Money is Money, not a number that might be cents."""
    assert Metric("Revenue", None, "money").value is None
    with pytest.raises(ValueError, match=r"the metric 'Revenue' takes money values, not 12 \(int\)"):
        Metric("Revenue", 12, "money")
    with pytest.raises(ValueError, match=r"the metric 'Leads' takes count values, not 0\.5"):
        Metric("Leads", 1, compared=0.5)


def test_a_report_cannot_change_after_it_is_made() -> None:
    """Lists that were passed in are copied, and a chart's specification is a new dictionary at each call."""
    rows: list[list[Cell]] = [["Search", 1]]
    table = Table([Column("Source"), Column("Leads", "count")], rows)
    rows[0][1] = 2
    rows.append(["x", 3])
    assert table.rows == (("Search", 1),)
    chart = bar_chart(table, title="Leads", words=EN)
    chart.spec["data"] = {}
    assert records(chart)[0]["value"] == 1
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        chart.title = "x"  # type: ignore[misc]


def test_equal_reports_are_equal_hashable_and_travel() -> None:
    """Results can be compared, kept in sets, and sent to another process."""

    def make() -> Report:
        chart = funnel_chart(LEADS, title="F", words=EN)
        return Report(title="R", sections=[Section("S", [chart, Note("n", "warning")])])

    assert make() == make()
    assert len({make(), make()}) == 1
    assert pickle.loads(pickle.dumps(make())) == make()  # noqa: S301


@pytest.mark.parametrize("build", BUILDERS)
def test_what_is_not_known_is_not_drawn(build: Any) -> None:
    """A missing value and one that is not a number are left out; zero is drawn."""
    table = Table(
        [Column("Month", "count"), Column("Rate", "share")],
        [(1, 0.5), (2, None), (3, float("nan")), (4, 0.0), (5, Marked(None, "unknown"))],
    )
    chart = build(table, title="Rates", words=EN)
    assert [(record["name"], record["value"]) for record in records(chart)] == [("1", 0.5), ("4", 0.0)]
    assert chart.table is table


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("rows", [[], [("Only", None)], [("Only", 0)]])
def test_charts_of_nothing_are_still_charts(build: Any, rows: list[tuple[str, int | None]]) -> None:
    """No rows, one row and all unknown work like any other table."""
    table = Table([Column("Source"), Column("Leads", "count")], rows)
    assert len(records(build(table, title="Leads", words=EN))) == sum(value is not None for _, value in rows)


@pytest.mark.parametrize(
    ("numbers", "domain"), [((0, 0), (0, 1)), ((0, 8), (0, 10.0)), ((-4, 0), (-4, 0.0)), ((), (0, 1))]
)
def test_bars_of_nothing_begin_where_all_bars_do(
    numbers: tuple[int, ...], domain: tuple[float, float]
) -> None:
    """An axis from 0 to 0 would put its figures into the middle of the chart."""
    table = Table([Column("Source"), Column("Change", "count")], [(str(n), n) for n in numbers])
    scale = bar_chart(table, title="t", words=EN, horizontal=True).spec["encoding"]["x"]["scale"]
    assert (scale["domainMin"], scale["domainMax"]) == domain


def test_a_chart_draws_the_columns_that_are_asked_for() -> None:
    """Without a choice: the columns of the second one's kind; a wrong name is met with the nearest."""
    columns = [
        Column("Month"),
        Column("Leads", "count"),
        Column("Win rate", "share"),
        Column("Deals", "count"),
    ]
    table = Table(columns, [("Jan", 10, 0.2, 2)])
    assert [record["series"] for record in records(line_chart(table, title="t", words=EN))] == [
        "Leads",
        "Deals",
    ]
    picked = line_chart(table, title="t", words=EN, draw=["Win rate"])
    assert [record["shown"] for record in records(picked)] == ["20.0%"]
    with pytest.raises(ValueError, match=r"no column 'Winrate' \(did you mean 'Win rate'\?\)"):
        line_chart(table, title="t", words=EN, draw=["Winrate"])
    with pytest.raises(ValueError, match="a column of numbers"):
        bar_chart(Table([Column("Month"), Column("Note")], []), title="t", words=EN)


def test_rows_of_one_name_do_not_hide_each_other() -> None:
    """Two salespeople called Ana have a bar each."""
    table = Table([Column("Owner"), Column("Deals", "count")], [("Ana", 1), ("Ana", 2)])
    assert [record["name"] for record in records(bar_chart(table, title="t", words=EN))] == ["Ana", "Ana (2)"]


def test_unlike_currencies_do_not_share_an_axis() -> None:
    """Euros beside dollars would be a comparison of nothing."""
    table = Table(
        [Column("Country"), Column("Revenue", "money")], [("ES", Money(1, "EUR")), ("US", Money(1, "USD"))]
    )
    with pytest.raises(UnlikeCurrenciesError, match="EUR and USD"):
        bar_chart(table, title="t", words=EN)


def test_money_and_durations_are_drawn_in_units_that_people_read() -> None:
    """Cents become euros and microseconds become days, for the eye only."""
    money = Table([Column("Month"), Column("Revenue", "money")], [("Jan", Money(123450, "EUR"))])
    (record,) = records(bar_chart(money, title="t", words=ES))
    assert (record["value"], record["shown"]) == (1234.5, "1.234,50\xa0€")
    length = Table([Column("Month"), Column("Delay", "duration")], [("Jan", dt.timedelta(hours=36))])
    assert records(bar_chart(length, title="t", words=ES))[0]["value"] == 1.5


def test_a_chart_shows_itself_in_a_notebook() -> None:
    """The bundle holds the drawing in the notebooks' own format, and words for where nothing can draw."""
    chart = funnel_chart(LEADS, title="Leads by source", words=EN)
    bundle = chart._repr_mimebundle_()
    assert bundle["application/vnd.vegalite.v5+json"] == chart.spec
    assert str(bundle["text/plain"]).startswith("Leads by source: ")
    assert list(chart._repr_mimebundle_(include=["text/plain"])) == ["text/plain"]
    assert list(chart._repr_mimebundle_(exclude=["text/plain"])) == ["application/vnd.vegalite.v5+json"]


@pytest.mark.parametrize("build", BUILDERS)
def test_a_specification_names_no_address_but_its_schema(build: Any) -> None:
    """Data are inline: nothing is fetched when a chart is shown."""
    text = json.dumps(build(LEADS, title="t", words=EN).spec)
    assert text.count("http") == 1
    assert "https://vega.github.io/schema/vega-lite/v5.json" in text


def test_a_specification_refuses_what_json_cannot_say() -> None:
    """A number that is not one would make the file unreadable elsewhere."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        Chart(title="t", table=LEADS, alt="", spec={"x": float("nan")})


@given(st.permutations(["mark", "data", "width", "encoding"]))
def test_the_order_of_keys_does_not_matter(keys: list[str]) -> None:
    """The same specification is the same chart."""
    chart = Chart(title="t", table=LEADS, alt="", spec=dict.fromkeys(keys, 1))
    assert chart == Chart(title="t", table=LEADS, alt="", spec=dict.fromkeys(sorted(keys), 1))


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (Share.percent("12.3"), "share", "12,3\xa0%"),
        (Points.of("2.5"), "points", "2,5"),
        (Money(100, "EUR"), "money", "1,00\xa0€"),
        (dt.date(2026, 1, 2), "month", "ene 2026"),
        (dt.date(2026, 1, 2), "date", "2 ene 2026"),
        (dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC), "instant", "2 ene 2026 03:04 UTC"),
        (dt.timedelta(hours=27), "duration", "1 d 3 h"),
        (1234, "count", "1.234"),
        (2.25, "number", "2,3"),
        (Marked(2, "few"), "count", "2"),
        ("a\x1bb", "text", "a␛b"),
        (None, "text", "–"),
    ],
)
def test_every_kind_of_cell_is_written_in_the_readers_language(value: Any, kind: Kind, text: str) -> None:
    """One place decides how a value is written, for every renderer."""
    assert shown(value, Column("x", kind), ES) == text
