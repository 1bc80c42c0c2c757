"""Charts of what is not certain, or not from zero: fans, waterfalls, and said against seen.

Like the other builders they draw from a table, whose first column names the rows; what is not known is left
out of the drawing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smarketing.document._plot import Plot, Spec
from smarketing.document._show import number_of, shown
from smarketing.document._theme import COLOURS, MUTED
from smarketing.errors import did_you_mean
from smarketing.language import N_
from smarketing.text import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from smarketing.document._chart import Chart, Json
    from smarketing.document._table import Table
    from smarketing.language import Words

__all__ = ["diagonal_chart", "fan_chart", "waterfall_chart"]

_HEIGHT = 280
_FEWEST_OF_A_FAN = 3


def fan_chart(
    table: Table,
    *,
    title: str,
    words: Words,
    bands: Sequence[tuple[str, str]],
    draw: Iterable[str] = (),
    alt: str = "",
    note: str = "",
) -> Chart:
    """Lines with bands around them, the widest band first; with fewer than three rows, bars between two ends.

    Args:
        table: The figures; the first column holds the months or days, in order.
        title: What the chart shows.
        words: The language of its labels and numbers.
        bands: The titles of the columns with the low and the high end of each band.
        draw: Titles of the columns to draw as lines; without it, those of the second column's kind.
        alt: What a reader who does not see it should know.
        note: A remark to stand under the drawing.

    Raises:
        ValueError: There is no such column, or none of numbers.
        UnlikeCurrenciesError: Two currencies would share an axis.

    Example:
        >>> from smarketing.document import Column, Table
        >>> from smarketing.language import words
        >>> columns = [Column("Month"), *(Column(title, "count") for title in ("Expected", "Low", "High"))]
        >>> table = Table(columns, [("May", 120, 80, 150), ("June", 130, 70, 180)])
        >>> chart = fan_chart(
        ...     table, title="Leads", words=words("en"), bands=[("Low", "High")], draw=["Expected"]
        ... )
        >>> [layer["mark"]["type"] for layer in chart.spec["layer"]]
        ['bar', 'line']
    """
    plot = Plot(table, words, draw)
    names, value = plot.names_axis(), plot.value_axis()
    is_wide = len(table.rows) >= _FEWEST_OF_A_FAN
    layers: list[Json] = []
    for number, (low, high) in enumerate(bands):
        columns = [_place(table, low), _place(table, high)]
        for name, row in zip(plot.names, table.rows, strict=True):
            ends = [number_of(row[column]) for column in columns]
            if ends[0] is not None and ends[1] is not None:
                told = [shown(row[column], table.columns[column], words) for column in columns]
                span = words(N_("{low} to {high}"), low=told[0], high=told[1])
                plot.values.append(
                    {"name": name, "band": number, "low": ends[0], "high": ends[1], "shown": span}
                )
        mark: Spec = {"color": COLOURS[0], "opacity": 0.16 + 0.14 * number}
        mark |= {"type": "area", "line": False} if is_wide else {"type": "bar", "size": 56 - 20 * number}
        layers.append(
            {
                "transform": [{"filter": f"datum.band === {number}"}],
                "mark": mark,
                "encoding": {
                    "x": names,
                    "y": {**value, "field": "low"},
                    "y2": {"field": "high"},
                    "tooltip": plot.tooltip()[:1] + plot.tooltip()[-1:],
                },
            }
        )
    point: Spec = {"type": "line", "strokeWidth": 2.5, "point": {"size": 42}}
    lines: Spec = {"x": names, "y": value, "tooltip": plot.tooltip(), **plot.lines()}
    layers.append({"transform": [{"filter": "isValid(datum.value)"}], "mark": point, "encoding": lines})
    return plot.chart({"height": _HEIGHT, "layer": layers}, title=title, alt=alt, note=note)


def waterfall_chart(
    table: Table,
    *,
    title: str,
    words: Words,
    totals: Collection[str],
    draw: Iterable[str] = (),
    alt: str = "",
    note: str = "",
) -> Chart:
    """From one total to another: each row goes on where the one before it ended.

    Args:
        table: The figures, one to a row, losses below zero.
        title: What the chart shows.
        words: The language of its labels and numbers.
        totals: The names of the rows that stand on the ground.
        draw: The title of the column to draw; without it the second one.
        alt: What a reader who does not see it should know.
        note: A remark to stand under the drawing.

    Raises:
        ValueError: There is no such column, or it is none of numbers.
    """
    wanted = [*draw] or [table.columns[1].title]
    plot = Plot(table, words, wanted)
    kinds = [words(N_("Total")), words(N_("More")), words(N_("Less"))]
    place = _place(table, wanted[0])
    values: list[Spec] = []
    reached, numbers = 0.0, [0.0]
    for name, row in zip(plot.names, table.rows, strict=True):
        number = number_of(row[place])
        if number is None:
            continue
        start, end = (0.0, number) if name in totals else (reached, reached + number)
        kind = kinds[0] if name in totals else kinds[1] if number >= 0 else kinds[2]
        text = shown(row[place], table.columns[place], words)
        values.append({"name": name, "start": start, "end": end, "kind": kind, "shown": text})
        reached = end
        numbers += [start, end]
    plot.values, plot.numbers = values, numbers
    colour: Spec = {
        "field": "kind",
        "type": "nominal",
        "sort": [*kinds],
        "scale": {"domain": [*kinds], "range": [COLOURS[5], COLOURS[2], COLOURS[1]]},
    }
    shared: Spec = {"y": plot.names_axis(), "tooltip": _tooltip(table, place)}
    room: Spec = {"zero": True, "domainMax": 1.12 * max(numbers), "nice": False} if max(numbers) > 0 else {}
    along: Spec = {**plot.value_axis(), "field": "start", **({"scale": room} if room else {})}
    bars: Spec = {
        "mark": {"type": "bar", "cornerRadius": 1},
        "encoding": {"x": along, "x2": {"field": "end"}, "color": colour},
    }
    figures: Spec = {
        "transform": [{"calculate": "max(datum.start, datum.end)", "as": "far"}],
        "mark": {"type": "text", "align": "left", "dx": 6},
        "encoding": {"x": {"field": "far", "type": "quantitative"}, "text": {"field": "shown"}},
    }
    drawing: Spec = {"encoding": shared, "height": {"step": 32}, "layer": [bars, figures]}
    return plot.chart(drawing, title=title, alt=alt, note=note)


def diagonal_chart(
    table: Table,
    *,
    title: str,
    words: Words,
    said: str,
    seen: str,
    between: tuple[str, str] | None = None,
    alt: str = "",
    note: str = "",
) -> Chart:
    """What was said against what was seen: where both agree, points lie on the diagonal.

    Args:
        table: The figures, shares from 0 to 1.
        title: What the chart shows.
        words: The language of its labels and numbers.
        said: The title of the column that goes along.
        seen: The title of the column that goes up.
        between: The titles of the columns with the low and the high end of what was seen.
        alt: What a reader who does not see it should know.
        note: A remark to stand under the drawing.

    Raises:
        ValueError: There is no such column, or it is none of numbers.
    """
    plot = Plot(table, words, [seen])
    columns = [_place(table, said), _place(table, seen), *(_place(table, each) for each in between or ())]
    values: list[Spec] = [{"along": 0, "up": 0, "line": True}]
    largest = 0.0
    for name, row in zip(plot.names, table.rows, strict=True):
        numbers = [number for column in columns if (number := number_of(row[column])) is not None]
        if len(numbers) < len(columns):
            continue
        point: Spec = {"name": name, "along": numbers[0], "up": numbers[1]}
        if between:
            point |= {"low": numbers[2], "high": numbers[3]}
        point["shown"] = shown(row[columns[1]], table.columns[columns[1]], words)
        values.append(point)
        largest = max(largest, *numbers)
    plot.values = [*values, {"along": largest, "up": largest, "line": True}]
    axis: Spec = {"format": ".0%" if plot.kind == "share" else ",~f", "tickCount": 5}
    along: Spec = {
        "field": "along",
        "type": "quantitative",
        "axis": {**axis, "title": printable(said), "grid": False},
    }
    up: Spec = {"field": "up", "type": "quantitative", "axis": {**axis, "title": printable(seen)}}
    layers: list[Json] = [
        {
            "transform": [{"filter": "datum.line"}],
            "mark": {"type": "line", "color": MUTED, "strokeDash": [4, 4]},
            "encoding": {"x": along, "y": up},
        }
    ]
    points: Spec = {"transform": [{"filter": "!datum.line"}], "encoding": {"x": along, "y": up}}
    if between:
        whisker: Spec = {"type": "rule", "color": COLOURS[0], "opacity": 0.5, "strokeWidth": 2}
        ends: Spec = {"x": along, "y": {**up, "field": "low"}, "y2": {"field": "high"}}
        layers.append({**points, "mark": whisker, "encoding": ends})
    dot: Spec = {"type": "point", "filled": True, "size": 70, "color": COLOURS[0]}
    layers.append({**points, "mark": dot})
    return plot.chart({"height": _HEIGHT, "layer": layers}, title=title, alt=alt, note=note)


def _place(table: Table, title: str) -> int:
    titles = [column.title for column in table.columns]
    if title not in titles:
        raise ValueError(f"the table has no column {title!r}{did_you_mean(title, titles)} to draw")
    return titles.index(title)


def _tooltip(table: Table, place: int) -> list[Json]:
    titles = {"name": table.columns[0].title, "shown": table.columns[place].title}
    return [{"field": field, "type": "nominal", "title": printable(title)} for field, title in titles.items()]
