"""The three lead sources as a column: the agreed rules, run on the distinct words of a table.

Text predicates run in Python, on each distinct word once, because engines fold case and read patterns in
different ways; what reaches the engine is `is_in`. So a table of any size gets just the verdicts that
`SourceRules.classify` gives one lead at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import and_
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.frames._engines import distinct_values
from smarketing.periods import Dated, start_of_day, to_micros
from smarketing.sources import LeadSource, SourceRules, UnknownReason

__all__ = ["source_fields", "with_source"]

_Words = Mapping[str, Sequence[str]]


def source_fields(rules: Dated[SourceRules]) -> tuple[str, ...]:
    """Every column that some version of the rules reads."""
    return tuple(dict.fromkeys(field for _, version in rules.versions for field in version.fields))


def with_source(
    rows: nw.LazyFrame[Any],
    rules: Dated[SourceRules],
    *,
    words_of: nw.LazyFrame[Any],
    zone: str,
    dated_by: str = "created_at",
) -> nw.LazyFrame[Any]:
    """The rows with their `source`, and a `source_reason` where it is unknown.

    Args:
        rows: With those of `source_fields(rules)` that are known; the others read as blank.
        rules: The version in force on the row's day counts; before the first one, nothing matches.
        words_of: The table that those columns were taken from, to read their distinct words off.
        zone: Whose days.
        dated_by: The column of instants that tells the row's day.
    """
    held = words_of.collect_schema().names()
    words = {
        field: sorted(distinct_values(words_of, field)) if field in held else []
        for field in source_fields(rules)
    }
    source: nw.Expr = nw.lit(LeadSource.UNKNOWN.value)
    reason: nw.Expr = nw.lit(UnknownReason.UNMATCHED.value)
    for day, version in rules.versions:
        in_force = _since(day, zone, dated_by)
        source = _if(in_force, _source(version, words), source)
        reason = _if(in_force, _reason(version, words), reason)
    known = nw.col("source") != LeadSource.UNKNOWN.value
    return rows.with_columns(source.alias("source"), reason.alias("source_reason")).with_columns(
        nw.when(known).then(nw.lit("")).otherwise(nw.col("source_reason")).alias("source_reason")
    )


def _since(day: Any, zone: str, dated_by: str) -> nw.Expr | None:
    """Whether a version is in force; None for one that always was."""
    return None if day.year == 1 else nw.col(dated_by) >= to_micros(start_of_day(day, zone))


def _if(condition: nw.Expr | None, then: nw.Expr, otherwise: nw.Expr) -> nw.Expr:
    return then if condition is None else nw.when(condition).then(then).otherwise(otherwise)


def _one_of(field: str, values: Iterable[str]) -> nw.Expr:
    column = nw.col(field)
    return column.is_in(sorted(values)) & ~column.is_null()


def _source(version: SourceRules, words: _Words) -> nw.Expr:
    source: nw.Expr = nw.lit(LeadSource.UNKNOWN.value)
    for index in reversed(range(len(version.rules))):
        rule = version.rules[index]
        matching = {field: version.matching(index, field, words[field]) for field in rule.when}
        if all(matching.values()):
            conditions = (_one_of(field, values) for field, values in matching.items())
            source = _if(reduce(and_, conditions), nw.lit(rule.source.value), source)
    return source


def _reason(version: SourceRules, words: _Words) -> nw.Expr:
    """What the first field that is not blank says."""
    reason: nw.Expr = nw.lit(UnknownReason.BLANK.value)
    for field in reversed(version.fields):
        for verdict in (UnknownReason.SAID_UNKNOWN, UnknownReason.UNMATCHED):
            values = [word for word in words[field] if version.reason_of(word) is verdict]
            if values:
                reason = _if(_one_of(field, values), nw.lit(verdict.value), reason)
    return reason
