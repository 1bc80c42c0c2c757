"""Which columns each verb reads: seen by watching it at work on the example company, never written down.

Every table is there with every column of the schema, so that what a company happens not to say is asked for
all the same. What results are split by, and the fields that a company's own rules name, come on top.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest import mock

from smarketing import (
    Frames,
    Funnel,
    Period,
    close_loop,
    load_agreement,
    measure_funnel,
    measure_sales,
    measure_sla,
)
from smarketing.closed_loop import First, FullPath, LastNonDirect, Markov, TimeDecay, attribute
from smarketing.closed_loop._conversions import CONVERSIONS
from smarketing.facts import OrderPlaced, OrderReturned
from smarketing.forecast import WinModel, forecast_revenue
from smarketing.origin import Origin
from smarketing.schema import TABLES
from smarketing.testing import example_company

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["VERBS", "cut_to", "example_frames", "reads_of"]

_COMPANY = example_company(seed=1, leads=120)
_AGREEMENT = load_agreement(_COMPANY.agreement_toml())
_YEAR = Period.parse("2025", _COMPANY.zone)
_AT = datetime(2025, 9, 1, tzinfo=UTC)


def _sla(frames: Frames) -> object:
    assert _AGREEMENT.sla is not None
    result = measure_sla(frames, _AGREEMENT.sla, period=_YEAR)
    return result, result.breaches


def _forecast(frames: Frames) -> object:
    model = WinModel.fit(frames, as_of=_AT, zone=_COMPANY.zone)
    return forecast_revenue(frames, model, as_of=_AT, periods=Period.months(_AT, 3, _COMPANY.zone)).periods


def _loop(frames: Frames) -> object:
    loop = close_loop(frames, _AGREEMENT, period=_YEAR, by="campaign", as_of=_COMPANY.as_of)
    return loop, loop.doubts, loop.causes, loop.handovers, loop.open_loops, loop.advice


def _credit(frames: Frames) -> object:
    models = (First(), LastNonDirect(), FullPath(), TimeDecay(), Markov())
    return [attribute(frames, models=models, conversion=stage, as_of=_COMPANY.as_of) for stage in CONVERSIONS]


VERBS: Mapping[str, tuple[str, Callable[[Frames], object]]] = {
    "measure_funnel": ("funnel", lambda frames: measure_funnel(frames, Funnel.default(), period=_YEAR)),
    "measure_sales": ("funnel", lambda frames: measure_sales(frames, period=_YEAR)),
    "measure_sla": ("sla", _sla),
    "forecast_revenue": ("forecast", _forecast),
    "close_loop": ("closed_loop", _loop),
    "attribute": ("closed_loop", _credit),
}
"""By verb, its room, and how it is asked for all that it can tell."""


def example_frames() -> Frames:
    """The example company with some touches, an order and a return, and all tables and columns."""
    order = {"order_id": "O-1", "lead_id": "L-1", "amount_minor": 5_000, "currency": "EUR"}
    placed = OrderPlaced(origin=Origin(record="O-1"), occurred_at=_AT, **order)
    back = OrderReturned(origin=Origin(record="O-1"), occurred_at=_AT + timedelta(days=3), **order)
    frames = Frames.from_dataset([*_COMPANY.facts(), *_COMPANY.touches(), placed, back])
    return Frames(backend="polars", tables={name: frames.select(name) for name in TABLES})


def reads_of(ask: Callable[[Frames], object], frames: Frames) -> dict[str, tuple[str, ...]]:
    """By table, in the order of the schema, the columns that are asked for on the way to an answer."""
    with _watched() as seen:
        ask(frames)
    return {
        name: tuple(column for column in table.names if column in seen[name])
        for name, table in TABLES.items()
        if seen[name]
    }


def cut_to(frames: Frames, reads: Mapping[str, Sequence[str]]) -> Frames:
    """The frames with these columns alone, and the clocks that say what was known."""
    tables = {
        name: frames.select(name, list(dict.fromkeys([*columns, "occurred_at", "known_at"])))
        for name, columns in reads.items()
    }
    return Frames(backend=frames.backend, tables=tables)


@contextlib.contextmanager
def _watched() -> Iterator[dict[str, set[str]]]:
    """What frames are asked for meanwhile, by table."""
    seen: dict[str, set[str]] = defaultdict(set)
    select, distinct = Frames.select, Frames.distinct

    def selecting(self: Frames, name: str, columns: Sequence[str] | None = None) -> Any:
        seen[name].update(columns or TABLES[name].names)
        return select(self, name, columns)

    def distinguishing(self: Frames, name: str, column: str) -> list[Any]:
        seen[name].add(column)
        return distinct(self, name, column)

    with (
        mock.patch.object(Frames, "select", selecting),
        mock.patch.object(Frames, "distinct", distinguishing),
    ):
        yield seen
