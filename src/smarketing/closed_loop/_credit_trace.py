"""From one cell of credit back to the conversions and the facts behind it, reconciling to the unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.closed_loop._conversions import RECORDS
from smarketing.closed_loop._credits import ALONE, Credits
from smarketing.closed_loop._journeys import read_touches
from smarketing.closed_loop._models import Markov, Model, OwnModel
from smarketing.closed_loop._split import ALL, BETWEEN
from smarketing.frames import Frames, rows_of
from smarketing.funnel import Trace, trace_of
from smarketing.values import Money

if TYPE_CHECKING:
    from smarketing.closed_loop._row import CreditRow
    from smarketing.funnel import Group

__all__ = ["CreditLine", "CreditTrace", "tracer"]


@attrs.frozen(kw_only=True)
class CreditLine:
    """What one conversion, or one return, adds to a cell.

    Attributes:
        record: The deal, order or lead.
        lead_id: Whose journey it was; None where nobody knows.
        revenue: The money; None where the cell has none.
        conversion_share: The part of the conversion, in parts per million.
    """

    record: str
    lead_id: str | None
    revenue: Money | None
    conversion_share: int


@attrs.frozen(kw_only=True)
class CreditTrace(Trace):
    """What a cell of credit counts, and what it was read from.

    Attributes:
        records: The deals, orders or leads behind it, each once, in the order of their ids. For a model that
            shares all conversions together, those whose journeys came through the value.
        fact_ids: The touches, and the facts that tell of the conversions, by table, as far as the tables
            carry ids of facts.
        lines: What each adds: they sum to the cell exactly. Empty where all conversions are shared together.
        of_all: For such a model, what was shared: the money and the conversions with a touch.
        effect: For such a model, the value's part of all removal effects.
    """

    lines: tuple[CreditLine, ...]
    of_all: tuple[Money | None, int] | None = None
    effect: float | None = None


def tracer(
    known: Frames, book: Credits, conversion: str, states: Mapping[Group, str]
) -> Callable[[CreditRow], CreditTrace]:
    """From a row of the result to what is behind it; nothing is computed before it is asked for."""

    def trace(row: CreditRow) -> CreditTrace:
        model = next(each for each in book.models if each.name == row.model)
        state, currency = states[row.group], row.currency or ALONE
        is_global = isinstance(model, Markov) and not model.per_journey and not row.is_untouched
        given = _given(book, model, state, currency, is_untouched=row.is_untouched)
        about = _about(book, sorted(given))
        lines = tuple(
            CreditLine(
                record=about[piece]["record_id"],
                lead_id=about[piece]["lead_id"],
                revenue=Money(minor, currency) if currency else None,
                conversion_share=parts,
            )
            for piece, (minor, parts) in sorted(given.items(), key=lambda item: about[item[0]]["record_id"])
            if minor or parts
        )
        records = sorted({about[piece]["record_id"] for piece in given})
        told = trace_of(known, RECORDS[conversion], records, tables=_TOLD_IN[conversion])
        ids = dict(told.fact_ids)
        if touches := _touch_ids(known, book, state, about.values()):
            ids["touches"] = touches
        if not is_global:
            return CreditTrace(records=tuple(records), lines=lines, fact_ids=ids)
        assert isinstance(model, Markov)  # noqa: S101 -- for the type checker
        effects = book.effects[model.non_converting]
        minor, parts = book.touched.get(currency, (0, 0))
        return CreditTrace(
            records=tuple(records),
            lines=(),
            of_all=(Money(minor, currency) if currency else None, parts),
            effect=effects.get(state, 0.0) / (sum(effects.values()) or 1.0),
            fact_ids=ids,
        )

    return trace


_TOLD_IN = {
    "lead": ("leads",),
    "opportunity": ("deals",),
    "customer": ("deals", "closings", "reopenings"),
    "order": ("orders", "returns"),
}


def _given(
    book: Credits, model: Model, state: str, currency: str, *, is_untouched: bool
) -> dict[int, tuple[int, int]]:
    """By conversion, what it adds to a cell; nothing yet for a model that shares all together."""
    if is_untouched:
        alone = book.pieces.join(book.ends.select("piece"), on="piece", how="anti")
        alone = alone.with_columns(book.by.state_without_touch().alias("state"))
        rows = alone.with_columns(
            nw.col("amount_minor").fill_null(0).alias("r"), (nw.col("counted") * ALL).alias("c")
        )
    elif isinstance(model, OwnModel):
        return _own(book, model, state, currency)
    elif model.name in book.shared:
        place = book.shared.index(model.name)
        rows = book.shares().rename({f"m{place}r": "r", f"m{place}c": "c"})
    elif isinstance(model, Markov) and not model.per_journey:
        rows = book.touches.join(book.ends.select("piece", "currency"), on="piece", how="inner")
        rows = rows.with_columns((0 * nw.col("row")).alias("r"), (0 * nw.col("row")).alias("c"))
    else:
        rows = book.by_channel(model)
    rows = rows.filter(nw.col("state") == state, nw.col("currency") == currency)
    summed = rows.group_by("piece").agg(nw.col("r").sum(), nw.col("c").sum())
    return {row["piece"]: (int(row["r"]), int(row["c"])) for row in rows_of(summed)}


def _own(book: Credits, model: OwnModel, state: str, currency: str) -> dict[int, tuple[int, int]]:
    given: dict[int, tuple[int, int]] = {}
    for share in book.own_shares(model):
        if (share.state, share.currency) == (state, currency):
            minor, parts = given.get(share.piece, (0, 0))
            given[share.piece] = minor + share.minor, parts + share.parts
    return given


def _about(book: Credits, pieces: list[int]) -> dict[int, dict[str, Any]]:
    if not pieces:
        return {}
    lead = [f"lead_{number}" for number in range(len(book.by.of_lead))]
    columns = ["piece", "record_id", "lead_id", "until_at", "since_at", "from_at", *lead]
    rows = rows_of(book.pieces.filter(nw.col("piece").is_in(pieces)).select(*columns))
    return {row["piece"]: row for row in rows}


def _touch_ids(known: Frames, book: Credits, state: str, about: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    """The touches of the value in those journeys."""
    windows: dict[str, list[dict[str, Any]]] = {}
    for piece in about:
        if piece["lead_id"] is not None:
            windows.setdefault(piece["lead_id"], []).append(piece)
    if not windows or "fact_id" not in known.held("touches"):
        return ()
    by = book.by
    touches, _ = read_touches(known, by)
    touches = touches.filter(nw.col("lead_id").is_in(sorted(windows)))
    values = [f"by_{number}" for number in range(len(by.of_touch))]
    found = set()
    for touch in rows_of(touches.select("fact_id", "lead_id", "occurred_at", *values)):
        for piece in windows[touch["lead_id"]]:
            since, at = piece["since_at"], touch["occurred_at"]
            is_in = piece["from_at"] <= at <= piece["until_at"] and (since is None or at > since)
            if is_in and _state(by, touch, piece) == state:
                found.add(touch["fact_id"])
    return tuple(sorted(found))


def _state(by: Any, touch: dict[str, Any], piece: dict[str, Any]) -> str:
    return BETWEEN.join(
        touch[f"by_{by.of_touch.index(name)}"]
        if name in by.of_touch
        else piece[f"lead_{by.of_lead.index(name)}"]
        for name in by.names
    )
