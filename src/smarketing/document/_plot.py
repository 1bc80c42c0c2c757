"""A table as a chart's data: what its axes, colours and tooltips have in common, whatever the marks."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from smarketing.document._cells import Cell, Kind, Marked
from smarketing.document._chart import Chart, Json
from smarketing.document._show import number_of, shown
from smarketing.document._theme import COLOURS, config
from smarketing.errors import UnlikeCurrenciesError, did_you_mean
from smarketing.language import N_
from smarketing.text import printable
from smarketing.values import Money

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smarketing.document._table import Table
    from smarketing.language import Words

__all__ = ["Plot", "Spec"]

Spec = dict[str, Json]

_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_WIDTH = 680
_ZERO = "datum.value === 0 ? '0' : datum.label"  # and not "€0M"


class Plot:
    """A table and the columns of it to draw: one record to a figure, with the text that people read."""

    def __init__(self, table: Table, words: Words, draw: Iterable[str]) -> None:
        self.table, self.words = table, words
        places = _places(table, tuple(draw))
        self.kind = table.columns[places[0]].kind
        self.series = [printable(table.columns[place].title) for place in places]
        self.several = len(places) > 1
        self.names = _apart([shown(row[0], table.columns[0], words) for row in table.rows])
        self.currency = _currency(row[place] for row in table.rows for place in places)
        self.numbers: list[float] = []
        self.values: list[Spec] = []
        for name, row in zip(self.names, table.rows, strict=True):
            for place, series in zip(places, self.series, strict=True):
                number = number_of(row[place])
                if number is None:
                    continue
                text = shown(row[place], table.columns[place], words)
                record: Spec = {"name": name, "series": series, "shown": text, "value": number}
                self.numbers.append(number)
                self.values.append(
                    record | ({} if (along := number_of(row[0])) is None else {"along": along})
                )

    def names_axis(self) -> Spec:
        """The axis of the rows, in the table's order."""
        axis: Spec = {"grid": False, "title": None, "labelAngle": 0, "labelOverlap": True}
        return {"field": "name", "type": "ordinal", "sort": self.names, "axis": axis}

    def value_axis(self) -> Spec:
        """The axis of the figures, from zero."""
        largest = max(map(abs, self.numbers), default=0)
        axis: Spec = {"labelSeparation": 12, "tickCount": 5, "title": None}
        match self.kind:
            case Kind.COUNT:
                axis |= {"format": ",d", "tickMinStep": 1}
            case Kind.SHARE:
                axis |= {"format": ".0%" if largest > 0.05 else ".1%"}
            case Kind.MONEY:
                axis |= {"format": "$,.0f" if largest < 100_000 else "$~s", "labelExpr": _ZERO}
            case Kind.DURATION:
                axis |= {"format": ",~r", "title": self.words(N_("days"))}
            case _:
                axis |= {"format": ",~f"}
        return {"field": "value", "type": "quantitative", "axis": axis, "scale": {"zero": True}}

    def colours(self) -> Spec:
        """A colour to a series, in the table's order."""
        if not self.several:
            return {"color": {"value": COLOURS[0]}}
        return {"color": self._by_series()}

    def lines(self) -> Spec:
        """A colour and a dash to a series, so that neither is needed to tell them apart."""
        return {**self.colours(), **({"strokeDash": self._by_series()} if self.several else {})}

    def _by_series(self) -> Spec:
        domain: list[Json] = [*self.series]
        return {"field": "series", "type": "nominal", "sort": domain, "scale": {"domain": domain}}

    def tooltip(self) -> list[Json]:
        """What a notebook shows where the pointer rests."""
        value = self.words(N_("Value")) if self.several else self.series[0]
        titles = {"name": self.table.columns[0].title, "series": self.words(N_("Series")), "shown": value}
        if not self.several:
            del titles["series"]
        return [
            {"field": field, "type": "nominal", "title": printable(title)} for field, title in titles.items()
        ]

    def chart(self, drawing: Spec, *, title: str, alt: str, note: str) -> Chart:
        """The chart of these data: the drawing's marks and sizes, and what all charts share."""
        spec: Spec = {
            "$schema": _SCHEMA,
            "autosize": {"type": "fit-x", "contains": "padding"},
            "config": config(self._locale()),
            "data": {"values": self.values},
            "description": printable(alt or title),
            "title": printable(title),
            "width": _WIDTH,
            **drawing,
        }
        alt = alt or self.words(N_("The table beside this chart holds the same figures."))
        return Chart(title=title, table=self.table, alt=alt, note=note, spec=spec)

    def _locale(self) -> Spec:
        """How the language writes numbers, as D3 wants to be told."""
        customs = self.words.customs
        known = self.currency in customs.symbols
        symbol = customs.symbols[self.currency] if known else self.currency
        form = customs.money if known else customs.money_code
        before, _, after = form.format(sign="", currency=symbol, number="#").partition("#")
        return {
            "currency": [before, after],
            "decimal": customs.decimal,
            "grouping": [3],
            "percent": customs.percent.format(number=""),
            "thousands": customs.group,
        }


def _places(table: Table, draw: tuple[str, ...]) -> list[int]:
    """Which columns to draw."""
    columns = table.columns
    titles = [column.title for column in columns[1:]]
    if unknown := [title for title in draw if title not in titles]:
        raise ValueError(f"the table has no column {unknown[0]!r}{did_you_mean(unknown[0], titles)} to draw")
    places = [
        place
        for place, column in enumerate(columns[1:], 1)
        if (column.title in draw if draw else column.kind is columns[1].kind)
    ]
    if not places or any(columns[place].align == "start" for place in places):
        raise ValueError("a chart needs a column of numbers after the column that names the rows")
    return places


def _currency(cells: Iterable[Cell]) -> str:
    values = [cell.value if isinstance(cell, Marked) else cell for cell in cells]
    currencies = sorted({value.currency for value in values if isinstance(value, Money)})
    if len(currencies) > 1:
        raise UnlikeCurrenciesError(f"{' and '.join(currencies)} cannot share the axis of one chart")
    return currencies[0] if currencies else ""


def _apart(names: list[str]) -> list[str]:
    """The names, numbered where two rows share one, so that no bar hides another."""
    seen: Counter[str] = Counter()
    apart: list[str] = []
    for name in names:
        seen[name] += 1
        apart.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return apart
