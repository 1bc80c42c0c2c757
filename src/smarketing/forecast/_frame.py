"""Probabilities of all open deals in bulk: one number per group and age, joined to the deals."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from smarketing.forecast._days import last_day
from smarketing.forecast._leads import rows_as_of
from smarketing.forecast._spells import age_column, day_number
from smarketing.frames import Frames, tuples_of
from smarketing.schema import ColumnType

if TYPE_CHECKING:
    from smarketing.forecast._model import WinModel

__all__ = ["probability_frame"]

_NO_AGE = -1


def probability_frame(model: WinModel, frames: Frames, *, as_of: datetime, within: int | None) -> Any:
    """One row per open deal, as a table of the frames' own engine."""
    told = rows_as_of(
        model.unit,
        frames=frames,
        as_of=as_of,
        by=model.by,
        sources=model.sources,
        pipeline=model.pipeline,
        zone=model.zone,
    )
    names = [f"by_{place}" for place in range(len(model.by))]
    today = day_number(last_day(as_of, model.zone))
    opened = told.rows(base=("deal_id", "created_at", "outcome")).filter(nw.col("outcome").is_null())
    (rows,) = frames.settle(opened.select("deal_id", *names, "created_at"))
    rows = rows.with_columns(age_column(told, rows, today).fill_null(_NO_AGE).alias("age_days"))
    groups = sorted(tuples_of(rows.select(*names, "age_days").unique([*names, "age_days"])))
    table = frames.rows(
        {
            **{name: [group[place] for group in groups] for place, name in enumerate(names)},
            "age_days": [int(group[-1]) for group in groups],
            "win_probability": [_share(model, group, as_of, within) for group in groups],
        },
        {
            **dict.fromkeys(names, ColumnType.TEXT),
            "age_days": ColumnType.INTEGER,
            "win_probability": ColumnType.NUMBER,
        },
    )
    rows, table = frames.settle(rows, table)
    joined = rows.join(table, on=[*names, "age_days"], how="left")
    shown = [
        _blank_is_missing(name).alias(dimension) for name, dimension in zip(names, model.by, strict=True)
    ]
    known = nw.when(nw.col("age_days") != _NO_AGE).then(nw.col("age_days")).alias("age_days")
    return joined.select("deal_id", *shown, known, "win_probability").to_native()


def _share(model: WinModel, group: tuple[Any, ...], as_of: datetime, within: int | None) -> float:
    values = {name: value or None for name, value in zip(model.by, group, strict=False)}
    age = None if group[-1] == _NO_AGE else int(group[-1])
    return model.chance(values, age, within=within, as_of=as_of)


def _blank_is_missing(name: str) -> nw.Expr:
    return nw.when(nw.col(name) != "").then(nw.col(name))
