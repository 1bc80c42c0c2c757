"""Charts made from tables: the first column names what is compared, the others are the series.

All builders take the same arguments. `draw` picks the columns to draw by title; without it those are drawn
that are of the second column's kind, so a table may carry more (its counts beside its rates) than its chart.
What is not known is left out of the drawing, never drawn as zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smarketing.document._plot import Plot, Spec
from smarketing.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smarketing.document._chart import Chart
    from smarketing.document._table import Table
    from smarketing.language import Words

__all__ = ["bar_chart", "funnel_chart", "line_chart", "step_chart"]

_HEIGHT, _BAR = 280, 30


def bar_chart(
    table: Table,
    *,
    title: str,
    words: Words,
    draw: Iterable[str] = (),
    alt: str = "",
    note: str = "",
    horizontal: bool = False,
    stacked: bool = False,
) -> Chart:
    """Bars to compare: side by side, or stacked where the series add up to a whole.

    Args:
        table: The figures; the first column names the bars.
        title: What the chart shows.
        words: The language of its labels and numbers.
        draw: Titles of the columns to draw; without it, those of the second column's kind.
        alt: What a reader who does not see it should know.
        note: A remark to stand under the drawing.
        horizontal: Lay the bars down, which suits long names.
        stacked: Put the series of a bar on top of each other.

    Raises:
        ValueError: There is no such column, or none of numbers.
        UnlikeCurrenciesError: Two currencies would share an axis.

    Example:
        >>> from smarketing.document import Column, Table
        >>> from smarketing.language import words
        >>> table = Table([Column("Source"), Column("Leads", "count")], [("Search", 120), ("Seeker", 80)])
        >>> chart = bar_chart(table, title="Leads by source", words=words("en"))
        >>> [record["value"] for record in chart.spec["data"]["values"]]
        [120.0, 80.0]
    """
    plot = Plot(table, words, draw)
    if horizontal and not plot.several:
        return plot.chart(_labelled_bars(plot), title=title, alt=alt, note=note)
    along, across = ("y", "x") if horizontal else ("x", "y")
    value = plot.value_axis()
    names = {**plot.names_axis(), "scale": {"paddingInner": 0.3, "paddingOuter": 0.15}}
    encoding: Spec = {along: names, across: value, "tooltip": plot.tooltip(), **plot.colours()}
    step = _BAR
    if plot.several and not stacked:
        encoding[f"{along}Offset"] = {"field": "series", "sort": [*plot.series]}
        value["stack"] = None
        step = _BAR * len(plot.series) * 2 // 3
    drawing: Spec = {
        "encoding": encoding,
        "height": {"step": step, "for": "position"} if horizontal else _HEIGHT,
        "mark": {"type": "bar", "cornerRadiusEnd": 0 if stacked else 2},
    }
    return plot.chart(drawing, title=title, alt=alt, note=note)


def funnel_chart(
    table: Table, *, title: str, words: Words, draw: Iterable[str] = (), alt: str = "", note: str = ""
) -> Chart:
    """The stages of a funnel in the table's order, from the top: one bar to a stage, with its figure.

    Takes and raises what `bar_chart` does.
    """
    return bar_chart(table, title=title, words=words, draw=draw, alt=alt, note=note, horizontal=True)


def line_chart(
    table: Table, *, title: str, words: Words, draw: Iterable[str] = (), alt: str = "", note: str = ""
) -> Chart:
    """Series over time; the first column holds the months or days, in order.

    Takes and raises what `bar_chart` does.
    """
    plot = Plot(table, words, draw)
    point: Spec = {"point": {"size": 36}} if len(table.rows) <= 36 else {}
    encoding: Spec = {
        "x": plot.names_axis(),
        "y": plot.value_axis(),
        "tooltip": plot.tooltip(),
        **plot.lines(),
    }
    mark: Spec = {"type": "line", "strokeWidth": 2.5, **point}
    return plot.chart(
        {"encoding": encoding, "height": _HEIGHT, "mark": mark}, title=title, alt=alt, note=note
    )


def step_chart(
    table: Table, *, title: str, words: Words, draw: Iterable[str] = (), alt: str = "", note: str = ""
) -> Chart:
    """Curves that hold between the points at which they change, as cumulative incidence does.

    The first column says how far along a row is: a number, a count, or a duration (drawn in days). Takes and
    raises what `bar_chart` does.
    """
    plot = Plot(table, words, draw)
    along: Spec = {
        "axis": {"grid": False, "tickCount": 8, "title": printable(table.columns[0].title)},
        "field": "along",
        "type": "quantitative",
    }
    encoding: Spec = {"x": along, "y": plot.value_axis(), "tooltip": plot.tooltip(), **plot.lines()}
    mark: Spec = {"type": "line", "interpolate": "step-after", "strokeWidth": 2.5}
    return plot.chart(
        {"encoding": encoding, "height": _HEIGHT, "mark": mark}, title=title, alt=alt, note=note
    )


def _labelled_bars(plot: Plot) -> Spec:
    """Lying bars with their figures at the end, which then need no axis; where all are 0, at its left."""
    lowest, highest = min(0, *plot.numbers, 0), max(0, *plot.numbers, 0)
    value: Spec = {
        "axis": None,
        "field": "value",
        "scale": {
            "domainMax": 1.25 * highest if highest > lowest else 1,
            "domainMin": lowest,
            "nice": False,
        },
        "type": "quantitative",
    }
    bars: Spec = {"mark": {"type": "bar", "cornerRadiusEnd": 2}, "encoding": plot.colours()}
    figures: Spec = {
        "mark": {"type": "text", "align": "left", "dx": 6},
        "encoding": {"text": {"field": "shown"}},
    }
    shared: Spec = {"x": value, "y": plot.names_axis(), "tooltip": plot.tooltip()}
    return {"encoding": shared, "height": {"step": _BAR}, "layer": [bars, figures]}
