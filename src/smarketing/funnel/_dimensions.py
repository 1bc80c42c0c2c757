"""What results can be split by: a record's own columns, its source, and the month of its cohort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.frames import Frames, position_among, source_fields, with_source
from smarketing.funnel._groups import Group, dimension_names
from smarketing.funnel._provenance import PROVENANCE
from smarketing.periods import Dated, Period
from smarketing.schema import TABLES, TRAIT_PREFIX
from smarketing.sources import SourceRules

__all__ = ["Dimensions"]

_SHORT = {"campaign": "campaign_id", "owner": "owner_id", "account": "account_id", "agency": "agency_id"}
_DERIVED = ("source", "source_reason", "month")


class Dimensions:
    """How the names in `by` are read from the rows of one table.

    `source` and `source_reason` come from the agreed rules, `month` from the instant that makes the cohort,
    in the period's zone; `campaign`, `owner`, `account` and `agency` stand for their ids; anything else is a
    column of the table, or a field of the company's own.
    """

    def __init__(
        self, frames: Frames, table: str, by: str | Sequence[str], rules: Dated[SourceRules]
    ) -> None:
        self._table = TABLES[table]
        self._frames = frames
        self._by = dimension_names(by)
        self._rules = rules
        self._labels: dict[Period, tuple[str, ...]] = {}
        self._traits = frames.traits(table)
        held = {*frames.held(table), *(PROVENANCE if table == "deals" else ())}
        self._words = [field for field in source_fields(rules) if field in held]
        self._known = (*self._table.names, *(PROVENANCE if table == "deals" else ()))
        self._columns = {name: self._column(name) for name in self._by if name not in _DERIVED}

    def _column(self, name: str) -> str:
        column = _SHORT.get(name, name)
        if column in self._known:
            return column
        if name in self._traits:
            return TRAIT_PREFIX + name
        known = [*_DERIVED, *_SHORT, *self._known, *self._traits]
        raise UnknownNameError(f"results cannot be split by {name!r}{did_you_mean(name, known)}")

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of the table that are needed."""
        needs_source = {"source", "source_reason"} & set(self._by)
        return tuple(dict.fromkeys([*self._columns.values(), *(self._words if needs_source else ())]))

    def add(self, rows: nw.LazyFrame[Any], period: Period, cohort_at: str) -> nw.LazyFrame[Any]:
        """The rows with a text column `by_0`, `by_1`, … for each dimension; unknown is a blank."""
        if {"source", "source_reason"} & set(self._by):
            rows = with_source(rows, self._rules, words_of=self._words_of(rows), zone=period.zone)
        if not self._by:
            return rows
        return rows.with_columns(
            self._expression(name, period, cohort_at).alias(f"by_{i}") for i, name in enumerate(self._by)
        )

    def _words_of(self, rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Rows that hold every word that the rules may meet; of leads, the table itself is cheaper."""
        is_of_leads = self._table.name == "leads" and self._words
        return self._frames.select("leads", self._words) if is_of_leads else rows

    def _expression(self, name: str, period: Period, cohort_at: str) -> nw.Expr:
        if name == "month":
            later = [month.boundaries[0] for month in period.split("month")[1:]]
            return position_among(nw.col(cohort_at), later).cast(nw.String)
        if name in {"source", "source_reason"}:
            return nw.col(name).fill_null("")
        return nw.col(self._columns[name]).cast(nw.String).fill_null("")

    def group(self, row: dict[str, Any], period: Period) -> Group:
        """The values of the dimensions in a row of counts."""
        months = self._months(period) if "month" in self._by else ()
        values = (row[f"by_{i}"] for i in range(len(self._by)))
        return tuple(
            (name, months[int(value)] if name == "month" else value or None)
            for name, value in zip(self._by, values, strict=True)
        )

    def _months(self, period: Period) -> tuple[str, ...]:
        if period not in self._labels:
            self._labels[period] = tuple(month.label for month in period.split("month"))
        return self._labels[period]
