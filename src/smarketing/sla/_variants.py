"""Which variant of a promise holds for each lead, in bulk: the words of a table, folded in Python once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import and_
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.frames import Frames, distinct_values, source_fields, with_source
from smarketing.sla._contract import Conditions, SlaContract
from smarketing.sla._reads import column_of
from smarketing.text import word_of

__all__ = ["Variants"]

_Rows = nw.LazyFrame[Any]


class Variants:
    """The leads with the words that promises are limited by, and which variant fits each."""

    def __init__(self, frames: Frames, contract: SlaContract) -> None:
        self._frames, self._contract = frames, contract
        self._words: dict[str, list[Any]] = {}

    def of(self, variants: Sequence[Conditions]) -> tuple[_Rows | None, int]:
        """Per lead (`lead_id`, `variant`) which of the variants holds, and which for unknown leads.

        Returns:
            No rows where there is one variant, for everybody; -1 where no variant is for everybody.
        """
        default = next((number for number, conditions in enumerate(variants) if not conditions), -1)
        if len(variants) == 1 and default == 0:
            return None, 0
        fields = list(dict.fromkeys(field for conditions in variants for field, _ in conditions))
        rows = self._leads(fields)
        variant: nw.Expr = nw.lit(default)
        for number, conditions in reversed([*enumerate(variants)]):
            if conditions:
                fits = reduce(and_, (self._fits(rows, field, words) for field, words in conditions))
                variant = nw.when(fits).then(nw.lit(number)).otherwise(variant)
        return rows.select("lead_id", variant.cast(nw.Int64).alias("variant")), default

    def _leads(self, fields: Iterable[str]) -> _Rows:
        columns = [column_of(field) for field in fields if field != "source"]
        if "source" not in fields:
            return self._frames.latest("leads", list(dict.fromkeys(["lead_id", *columns])))
        held = set(self._frames.held("leads"))
        read = [field for field in source_fields(self._contract.sources) if field in held]
        wanted = list(dict.fromkeys(["lead_id", "created_at", "occurred_at", *columns, *read]))
        rows = self._frames.latest("leads", wanted)
        rows = rows.with_columns(nw.coalesce("created_at", "occurred_at").alias("sourced_at"))
        return with_source(
            rows, self._contract.sources, words_of=rows, zone=self._contract.zone, dated_by="sourced_at"
        )

    def _fits(self, rows: _Rows, field: str, words: frozenset[str]) -> nw.Expr:
        column = nw.col("source" if field == "source" else column_of(field))
        if field == "source":
            return column.is_in(sorted(words))
        if field not in self._words:  # engines write numbers each in their way, so the words are Python's
            self._words[field] = distinct_values(rows.select(column.alias("word")), "word")
        found = [value for value in self._words[field] if word_of(value).strip() in words]
        if not found:
            return nw.lit(value=False)
        return column.is_in(found) & ~column.is_null()
