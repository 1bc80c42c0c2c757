"""Many leads side by side: one row per lead, with the expressions that add up its score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import reduce
from operator import add, or_
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.frames import Frames
from smarketing.scoring._columns import Columns, Expr, Sources
from smarketing.scoring._evidence import is_in_force
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._plans import MORE, SUM, Wanted, group_column, joined, rule_column, touch_columns
from smarketing.scoring._rules import Group, Rule
from smarketing.scoring._slow import SlowParts, slow_parts
from smarketing.scoring._touches import LEAD, Touches, whole

__all__ = ["Bulk", "bulk_of"]


@attrs.frozen
class Bulk:
    """Leads side by side.

    Attributes:
        matrix: The terms.
        rows: One row per lead, with what the expressions read.
        parts: By its number, the points of each rule that looks at the lead; of all rules, where asked for.
        columns: The columns of the rows.
        excluded: For each exclusion, whether the lead falls under it.
        slow: The criteria that were read record by record.
    """

    matrix: ScoringMatrix
    rows: nw.LazyFrame[Any]
    parts: Mapping[int, Expr]
    columns: frozenset[str]
    excluded: list[Expr]
    slow: tuple[str, ...]

    @property
    def total(self) -> Expr:
        """The sum of all rules within the limits of their groups and of the matrix."""
        return _within(reduce(add, self.sums), self.matrix)

    @property
    def sums(self) -> list[Expr]:
        """What the rules without a group give, then each group within its limits."""
        ours = self._shared(None, SUM)
        sums = [whole(0) if ours is None else ours]
        return sums + [_within(self.group(number), group) for number, group in enumerate(self.matrix.groups)]

    def group(self, number: int) -> Expr:
        """The sum of the rules of a group, before its limits."""
        shared = self._shared(self.matrix.groups[number].name, group_column(number))
        return whole(0) if shared is None else shared

    def _shared(self, group: str | None, column: str) -> Expr | None:
        given = [points for number, points in self.parts.items() if self.matrix.rules[number].group == group]
        given += [nw.col(each).fill_null(0) for each in (column, column + MORE) if each in self.columns]
        return reduce(add, given) if given else None

    def outcome(self) -> Iterator[Expr]:
        """The points, missing where the lead is excluded, and by what it is."""
        by = nw.lit(None, dtype=nw.String)
        for exclusion, holds in reversed([*zip(self.matrix.exclude, self.excluded, strict=True)]):
            by = nw.when(holds).then(nw.lit(exclusion.name)).otherwise(by)
        points = self.total.cast(nw.Int64)
        if self.excluded:
            points = nw.when(~reduce(or_, self.excluded)).then(points)
        yield points.alias("score_points")
        yield by.alias("excluded_by")


def bulk_of(
    known: Frames,
    matrix: ScoringMatrix,
    as_of: datetime,
    *,
    by_rule: bool = False,
    every_version: bool = False,
) -> Bulk:
    """Leads side by side as of a moment.

    Args:
        known: What is known.
        matrix: The terms.
        as_of: The moment.
        by_rule: Whether every rule gets a column of its own.
        every_version: Whether each version of a lead, and of its account, gets a row, and not the last alone.
    """
    sources = Sources(known)
    touches, leads = Touches(sources, as_of, matrix.zone), Columns("lead", sources, as_of, matrix.zone)
    rules = {number: rule for number, rule in enumerate(matrix.rules) if is_in_force(rule, as_of, matrix)}
    if every_version:  # of rules that are in their loosest reading, and hold on all days
        rules = dict(enumerate(matrix.rules))
    slow = slow_parts(known, matrix, rules, as_of)
    quick = {number: rule for number, rule in rules.items() if number not in slow.rules}
    conditions = {
        number: rule.only_if.expr(leads).fill_null(value=False)
        for number, rule in quick.items()
        if rule.only_if is not None
    }
    held = {
        number: rule.when.expr(leads).fill_null(value=False)
        for number, rule in quick.items()
        if not rule.counts_touches
    }
    excluded = [
        nw.col(slow.exclusions[number]).fill_null(value=False)
        if number in slow.exclusions
        else exclusion.when.expr(leads).fill_null(value=False)
        for number, exclusion in enumerate(matrix.exclude)
    ]
    counting = {number: rule for number, rule in quick.items() if rule.counts_touches}
    wanted = Wanted.of(touches, matrix, counting, leads.needs, by_rule=by_rule)
    scored, told = touch_columns(wanted)
    rows = _lead_rows(known, leads, every_version=every_version)
    rows = _with(known, rows, [*scored], [*told], slow)
    columns = frozenset(rows.collect_schema().names())
    parts = dict(_parts(rules, held, conditions, columns))
    return Bulk(matrix, rows, parts, columns, excluded, slow.names)


def _with(
    known: Frames,
    rows: nw.LazyFrame[Any],
    scored: list[nw.LazyFrame[Any]],
    told: list[nw.LazyFrame[Any]],
    slow: SlowParts,
) -> nw.LazyFrame[Any]:
    """The rows of leads with what touches say, and with what had to be read record by record."""
    if slow.names and known.backend == "duckdb":  # tables made here meet the user's on no connection but ours
        count = len(scored)
        tables = slow.tables(known)
        rows, *rest = known.settle(rows, *scored, *told, *tables)
        scored, told = rest[:count], rest[count : -len(tables)]
        tables = rest[-len(tables) :]
    else:
        tables = slow.tables(known)
    rows = reduce(joined, [*scored, *tables[:1]], rows)
    for more in [*told, *tables[1:]]:
        rows = rows.join(more, on=LEAD, how="left")
    return rows


def _lead_rows(known: Frames, leads: Columns, *, every_version: bool) -> nw.LazyFrame[Any]:
    """The last known version of each lead, with the fields that were asked for, of its account too."""
    fields, accounts = (
        {place.column: name for place, name in leads.needs.fields.items() if place.subject == subject}
        for subject in ("lead", "account")
    )
    link = ["account_id"] if accounts and "account_id" not in fields else []
    wanted = [LEAD, *link, *(column for column in fields if column != LEAD)]
    rows = _versions(known, "leads", LEAD, wanted, every_version=every_version)
    rows = rows.select(LEAD, *link, *(nw.col(column).alias(name) for column, name in fields.items()))
    if not accounts:
        return rows
    wanted = ["account_id", *(name for name in accounts if name != "account_id")]
    firms = _versions(known, "accounts", "account_id", wanted, every_version=every_version)
    firms = firms.select(
        nw.col("account_id").alias("smk_account"),
        *(nw.col(column).alias(name) for column, name in accounts.items()),
    )
    return rows.join(
        firms, left_on=link[0] if link else fields["account_id"], right_on="smk_account", how="left"
    )


def _versions(
    known: Frames, table: str, key: str, columns: list[str], *, every_version: bool
) -> nw.LazyFrame[Any]:
    """A row for each record, or for each of its versions."""
    if not every_version:
        return known.latest(table, columns)
    return known.select(table, columns).filter(~nw.col(key).is_null())


def _parts(
    rules: Mapping[int, Rule],
    held: Mapping[int, Expr],
    conditions: Mapping[int, Expr],
    columns: frozenset[str],
) -> Iterator[tuple[int, Expr]]:
    """The points of the rules that have a column or look at the lead: of its data, or under a condition."""
    for number, rule in rules.items():
        points: Expr | None = None
        if number in held:
            points = nw.when(held[number]).then(whole(rule.points.micro)).otherwise(whole(0))
        elif rule_column(number) in columns:
            points = nw.col(rule_column(number)).fill_null(0)
        if points is not None and number in conditions:
            points = nw.when(conditions[number]).then(points).otherwise(whole(0))
        if points is not None:
            yield number, points


def _within(points: Expr, limits: Group | ScoringMatrix) -> Expr:
    for bound, is_floor in ((limits.floor, True), (limits.ceiling, False)):
        if bound is not None:
            is_inside = points > bound.micro if is_floor else points < bound.micro
            points = nw.when(is_inside).then(points).otherwise(whole(bound.micro))
    return points
