"""`attribute`: who gets the credit for what was sold, by several models at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.closed_loop._chains import open_journeys
from smarketing.closed_loop._conversions import Rows, conversions_of
from smarketing.closed_loop._credit import AttributionResult, credit_rows, group_of
from smarketing.closed_loop._credit_problems import doubts_of
from smarketing.closed_loop._credit_trace import tracer
from smarketing.closed_loop._credits import ALONE, Credits
from smarketing.closed_loop._journeys import By, journeys_of
from smarketing.closed_loop._models import Credited, Linear, Markov, named
from smarketing.closed_loop._paths import attribute_paths
from smarketing.errors import InvalidTermsError
from smarketing.frames import Frames, rows_of
from smarketing.funnel import dimension_names, names_of
from smarketing.periods import Dated, Period, checked_period, from_micros
from smarketing.schema import ColumnType
from smarketing.sources import SourceRules
from smarketing.values import Money

__all__ = ["attribute"]

_ALWAYS = Period(start=from_micros(-(2**52)), end=from_micros(2**52))
"""Every conversion, where no period is asked for."""


def attribute(
    journeys: Frames | Any,
    *,
    models: Credited | Iterable[Credited] = (Linear(),),  # noqa: B008 -- a frozen value
    by: str | Sequence[str] = "channel",
    as_of: datetime | None = None,
    period: Period | None = None,
    conversion: str = "customer",
    look_back: timedelta = timedelta(days=90),
    sources: Dated[SourceRules] | None = None,
    currency: str | None = None,
) -> AttributionResult:
    """Share the credit for conversions among the touches before them.

    A journey is a lead's touches up to its conversion (one at the very instant counts, one after it never
    does), within the look-back, since the lead's conversion before: repeated conversions start new journeys,
    and those of one instant share theirs. Every conversion is split into whole minor units by largest
    remainder, so that each model's credits add up to the revenue exactly; conversions without a touch are a
    row of their own, "no touch known".

    Args:
        journeys: The facts as `Frames`; or journeys that are aggregated already: a table or rows of path,
            conversions, value and non-conversions (see the page "Attribution").
        models: The models, side by side: `Linear()`, `Markov()`, …, or a function of one's own.
        by: What credit is split by: "channel", "campaign", "asset", "network", "topic", "referring_site", or
            a field of one's own, of the touch; "source", "persona", "owner", …, of the lead; "month", of the
            conversion, where a period is given.
        as_of: What was known; by default the period's end, or all there is.
        period: When the conversions were; by default at any time.
        conversion: "lead" (captured), "opportunity" (a deal opened), "customer" (a deal won, as
            `measure_sales` counts it) or "order" (returns give their money back to the order's touches).
        look_back: How long before its conversion a touch may count.
        sources: The agreed rules for "source", dated; by default `SourceRules.default()`.
        currency: Of given paths whose values are whole minor units.

    Raises:
        InvalidTermsError: No model, two of one name, one that given paths cannot tell enough for (nor for
            a moment, a period or a second dimension), a look-back that is not above 0, what is no period, or
            deals asked for where there are only orders.
        UnknownNameError: Nothing to split by of that name, or no such conversion.
        InvalidFramesError: The given table or rows are no aggregated paths.

    Example:
        >>> import polars as pl
        >>> touches = pl.DataFrame(
        ...     {
        ...         "lead_id": ["L1"] * 3,
        ...         "channel": ["ads", "fair", "mail"],
        ...         "kind": "visit",
        ...         "occurred_at": [1, 2, 9],
        ...     }
        ... )
        >>> won = pl.DataFrame(
        ...     {
        ...         "deal_id": ["D1"],
        ...         "lead_id": ["L1"],
        ...         "outcome": ["won"],
        ...         "amount_minor": [10000],
        ...         "currency": ["EUR"],
        ...         "occurred_at": [5],
        ...     }
        ... )
        >>> credit = attribute(Frames.from_native(touches=touches, closings=won))
        >>> [(row.values["channel"], str(row.revenue)) for row in credit.rows]
        [('ads', '50.00 EUR'), ('fair', '50.00 EUR')]
    """
    asked = named(models)
    names = dimension_names(by)
    if not names:
        raise InvalidTermsError('nothing to split by was given: say by="channel", for one')
    if not isinstance(journeys, Frames):
        _check_of_paths(names, as_of, period)
        return attribute_paths(journeys, models=asked, by=names[0], currency=currency)
    if currency is not None:
        raise InvalidTermsError("facts say their own currencies: currency=… is of given paths alone")
    if not isinstance(look_back, timedelta) or look_back <= timedelta(0):
        raise InvalidTermsError(
            f"look_back takes a length of time above 0, such as timedelta(days=90), not {look_back!r}"
        )
    if period is None and "month" in names:
        raise InvalidTermsError('credit by month needs to know which: say period=Period.parse("2026")')
    if period is not None:
        checked_period(period)
    if (
        conversion == "customer"
        and "orders" in journeys.names
        and not {"deals", "closings"} & {*journeys.names}
    ):
        raise InvalidTermsError('there are orders and no deals: say conversion="order"')
    as_of = as_of or (period.end if period else journeys.cutoff)
    known = journeys if as_of is None else journeys.as_of(as_of)
    told = By.of(names, known)
    rules = sources or Dated.of(SourceRules.default())
    when = period or _ALWAYS
    pieces = conversions_of(
        known, conversion, by=told.of_lead, sources=rules, period=when, look_back=look_back
    )
    if known.backend != "duckdb":  # whose rows have to be computed together to be joined later
        (pieces,) = known.settle(pieces)
    together = [pieces, journeys_of(known, pieces, told, asked)]
    if any(isinstance(model, Markov) and model.non_converting for model in asked):
        together.append(
            open_journeys(known, conversion, told, sources=rules, period=when, look_back=look_back)
        )
    pieces, touches, *rest = known.settle(*together)
    book = Credits(
        pieces=_in_currencies(pieces),
        touches=touches,
        open_steps=rest[0] if rest else None,
        by=told,
        models=asked,
        inexact=known.backend in {"duckdb", "pyspark"},
    )
    months = [month.label for month in period.split("month")] if period and "month" in names else []
    sums = book.sums()
    states = sorted({state for of_model in sums.values() for state, _ in of_model})
    effects = {
        model.name: tuple(
            (group_of(state, names, months), effect)
            for state, effect in book.effects[model.non_converting].items()
        )
        for model in asked
        if isinstance(model, Markov)
    }
    rows = credit_rows(sums, names, months)
    return AttributionResult(
        by=names,
        models=tuple(model.name for model in asked),
        conversion=conversion,
        period=period,
        as_of=as_of,
        look_back=look_back,
        rows=rows,
        effects=effects,
        names=names_of(known, [row.group for row in rows]),
        doubts=doubts_of(journeys, known, book, conversion),
        table=lambda columns: _native(known, columns),
        trace=tracer(known, book, conversion, {group_of(state, names, months): state for state in states}),
        **_totals(book, conversion),
    )


def _check_of_paths(by: Sequence[str], as_of: datetime | None, period: Period | None) -> None:
    """Refuse what would need more than aggregated paths can tell."""
    if len(by) > 1:
        raise InvalidTermsError(
            f"given paths have one dimension, not {len(by)}: write each touch as the value to credit"
        )
    for name, value in (("as_of", as_of), ("period", period)):
        if value is not None:
            raise InvalidTermsError(
                f"given paths do not tell when anything was, so that {name}=… cannot be asked of them"
            )


def _in_currencies(pieces: Rows) -> Rows:
    """Conversions without an amount go with the only currency there is, and stand alone among several."""
    found = sorted(
        row["currency"] for row in rows_of(pieces.select("currency").unique(["currency"])) if row["currency"]
    )
    alone = found[0] if len(found) == 1 else ALONE
    return pieces.with_columns(nw.col("currency").fill_null(alone).alias("currency"))


def _totals(book: Credits, conversion: str) -> dict[str, Any]:
    """What was brought in all."""
    unpriced = nw.when(nw.col("amount_minor").is_null()).then(nw.col("counted")).otherwise(nw.lit(0))
    ends = book.ends.select("piece").with_columns(nw.lit(1).alias("is_touched"))
    pieces = book.pieces.join(ends, on="piece", how="left").with_columns(
        unpriced.alias("unpriced"),
        nw.when(nw.col("is_touched").is_null())
        .then(nw.col("counted"))
        .otherwise(nw.lit(0))
        .alias("untouched"),
        nw.col("amount_minor").fill_null(0).alias("minor"),
    )
    names = ["minor", "counted", "unpriced", "untouched"]
    summed = rows_of(pieces.group_by("currency").agg(*(nw.col(name).sum() for name in names)))
    return {
        "revenue": {
            row["currency"]: Money(int(row["minor"]), row["currency"])
            for row in sorted(summed, key=lambda row: str(row["currency"]))
            if row["currency"] != ALONE
        },
        "conversions_count": sum(int(row["counted"]) for row in summed),
        "unpriced_count": 0 if conversion == "lead" else sum(int(row["unpriced"]) for row in summed),
        "untouched_count": sum(int(row["untouched"]) for row in summed),
    }


def _native(known: Frames, columns: Mapping[str, Sequence[Any]]) -> object:
    types = dict.fromkeys(columns, ColumnType.TEXT)
    types |= {"revenue_minor": ColumnType.INTEGER, "conversion_share": ColumnType.INTEGER}
    native = known.rows(columns, types).to_native()
    return native.collect() if known.backend == "polars" else native
