"""Scores in bulk: one row per lead, on the user's own dataframe engine, to the micro-point of `score`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import reduce
from operator import add, or_
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.frames import Frames
from smarketing.periods import Dated
from smarketing.scoring._columns import Columns, Expr, Sources
from smarketing.scoring._evidence import is_in_force
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._plans import SUM, Wanted, group_column, joined, rule_column, touch_columns
from smarketing.scoring._record import in_force_at
from smarketing.scoring._result import ScoredLeads
from smarketing.scoring._rules import Group, Rule
from smarketing.scoring._touches import LEAD, Touches, whole

__all__ = ["score_leads"]


def score_leads(
    frames: Frames, matrix: ScoringMatrix | Dated[ScoringMatrix], *, as_of: datetime, flips: bool = False
) -> ScoredLeads:
    """The score of every lead, as it could be read at an instant.

    Who is scored: every lead of which a version is known, and everybody with a touch that a rule counts.

    Args:
        frames: Leads, their accounts and their touches.
        matrix: The terms; of a dated matrix, the version in force at `as_of` counts.
        as_of: What had happened and was known before this instant counts.
        flips: Whether to find out as well when each lead reached the first number of the matrix.

    Returns:
        One row per lead in a table of the user's own kind; nothing is computed before it is looked at.

    Raises:
        InvalidFactError: `as_of` has no time zone.
        InvalidTermsError: No version of the matrix was in force yet.

    Example:
        >>> import polars as pl
        >>> from datetime import UTC
        >>> from smarketing.scoring import Touched
        >>> touches = pl.DataFrame(
        ...     {"lead_id": ["L1", "L1", "L2"], "kind": "visit", "occurred_at": [1_767_225_600_000_000] * 3}
        ... )
        >>> matrix = ScoringMatrix(name="intent", rules=[Rule("visits", when=Touched("visit"), points=5)])
        >>> frames = Frames.from_native(touches=touches)
        >>> scored = score_leads(frames, matrix, as_of=datetime(2026, 2, 1, tzinfo=UTC))
        >>> scored.frame.sort("lead_id").collect().rows()
        [('L1', 10000000, None), ('L2', 5000000, None)]
    """
    version = in_force_at(matrix, as_of)
    rows = _scored(frames.as_of(as_of), version, as_of)
    return ScoredLeads(matrix=version, as_of=as_of, rows=rows)


def _scored(known: Frames, matrix: ScoringMatrix, as_of: datetime) -> nw.LazyFrame[Any]:
    sources = Sources(known)
    touches, leads = Touches(sources, as_of, matrix.zone), Columns("lead", sources, as_of, matrix.zone)
    rules = {number: rule for number, rule in enumerate(matrix.rules) if is_in_force(rule, as_of, matrix)}
    conditions = {
        number: rule.only_if.expr(leads).fill_null(value=False)
        for number, rule in rules.items()
        if rule.only_if is not None
    }
    held = {
        number: rule.when.expr(leads).fill_null(value=False)
        for number, rule in rules.items()
        if not rule.counts_touches
    }
    excluded = [exclusion.when.expr(leads).fill_null(value=False) for exclusion in matrix.exclude]
    counting = {number: rule for number, rule in rules.items() if rule.counts_touches}
    scored, told = touch_columns(Wanted.of(touches, matrix, counting, leads.needs))
    rows = reduce(joined, scored, _lead_rows(known, leads))
    for more in told:
        rows = rows.join(more, on=LEAD, how="left")
    columns = set(rows.collect_schema().names())
    parts = dict(_lead_parts(rules, held, conditions))
    total = _total(matrix, rules, parts, columns)
    return rows.select(LEAD, *_outcome(matrix, total, excluded))


def _lead_rows(known: Frames, leads: Columns) -> nw.LazyFrame[Any]:
    """The last known version of each lead, with the fields that were asked for, of its account too."""
    fields, accounts = (
        {place.column: name for place, name in leads.needs.fields.items() if place.subject == subject}
        for subject in ("lead", "account")
    )
    link = ["account_id"] if accounts and "account_id" not in fields else []
    rows = known.latest("leads", [LEAD, *link, *(column for column in fields if column != LEAD)])
    rows = rows.select(LEAD, *link, *(nw.col(column).alias(name) for column, name in fields.items()))
    if not accounts:
        return rows
    firms = known.latest("accounts", ["account_id", *(name for name in accounts if name != "account_id")])
    firms = firms.select(
        nw.col("account_id").alias("smk_account"),
        *(nw.col(column).alias(name) for column, name in accounts.items()),
    )
    return rows.join(
        firms, left_on=link[0] if link else fields["account_id"], right_on="smk_account", how="left"
    )


def _lead_parts(
    rules: Mapping[int, Rule], held: Mapping[int, Expr], conditions: Mapping[int, Expr]
) -> Iterator[tuple[int, Expr]]:
    """The points of the rules that look at the lead: of its data, or under a condition."""
    for number, rule in rules.items():
        points: Expr | None = None
        if number in held:
            points = nw.when(held[number]).then(whole(rule.points.micro)).otherwise(whole(0))
        elif number in conditions:
            points = nw.col(rule_column(number)).fill_null(0)
        if points is not None and number in conditions:
            points = nw.when(conditions[number]).then(points).otherwise(whole(0))
        if points is not None:
            yield number, points


def _total(
    matrix: ScoringMatrix, rules: Mapping[int, Rule], parts: Mapping[int, Expr], columns: set[str]
) -> Expr:
    """The sum of all rules within the limits of their groups and of the matrix."""

    def of(group: str | None, column: str) -> Expr | None:
        given = [points for number, points in parts.items() if rules[number].group == group]
        given += [nw.col(column).fill_null(0)] if column in columns else []
        return reduce(add, given) if given else None

    sums = [of(None, SUM)]
    for number, group in enumerate(matrix.groups):
        shared = of(group.name, group_column(number))
        sums.append(_within(shared if shared is not None else whole(0), group))
    return _within(reduce(add, [part for part in sums if part is not None], whole(0)), matrix)


def _within(points: Expr, limits: Group | ScoringMatrix) -> Expr:
    for bound, is_floor in ((limits.floor, True), (limits.ceiling, False)):
        if bound is not None:
            is_inside = points > bound.micro if is_floor else points < bound.micro
            points = nw.when(is_inside).then(points).otherwise(whole(bound.micro))
    return points


def _outcome(matrix: ScoringMatrix, total: Expr, excluded: list[Expr]) -> Iterator[Expr]:
    """The points, missing where the lead is excluded, and by what it is."""
    by = nw.lit(None, dtype=nw.String)
    for exclusion, holds in reversed([*zip(matrix.exclude, excluded, strict=True)]):
        by = nw.when(holds).then(nw.lit(exclusion.name)).otherwise(by)
    points = total.cast(nw.Int64)
    yield (nw.when(~reduce(or_, excluded)).then(points) if excluded else points).alias("score_points")
    yield by.alias("excluded_by")
