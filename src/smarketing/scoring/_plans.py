"""Two ways to add up millions of touches, and the engine says which.

Engines that hold their columns in memory are quickest rule by rule: filter, group, cap, and add up what is
left. Engines that plan a query are quickest in one scan with a column for each rule. Both give one row per
lead, and the same numbers.

| column | holds |
|---|---|
| `smk_sum` | the points of rules without a group or a condition |
| `smk_group_<n>` | those of the rules of a group, before its limits |
| `smk_rule_<n>` | those of one rule, where it has a condition on the lead or is asked for |
| `…_more` | the same of rules that need more than one scan |
| `smk_count_<n>`, `smk_last_<n>` | how many touches there are of a kind, and when the last one was |
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import reduce
from operator import add, or_
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.scoring._columns import Expr, Needs
from smarketing.scoring._implicit import Touched
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._rules import Rule
from smarketing.scoring._touches import LEAD, POINTS, Touches, whole

__all__ = ["MORE", "SUM", "Wanted", "group_column", "joined", "rule_column", "touch_columns"]

SUM = "smk_sum"
MORE = "_more"
_AT = "occurred_at"
_SMALL = 2**31


def group_column(number: int) -> str:
    """The column of a group of the matrix."""
    return f"smk_group_{number}"


def rule_column(number: int) -> str:
    """The column of a rule of the matrix that has a condition on the lead."""
    return f"smk_rule_{number}"


@attrs.frozen
class Wanted:
    """What is asked of touches.

    Attributes:
        touches: The touches.
        matrix: Whose rules.
        rules: By its number, each rule in force that counts touches.
        counts: By what touches they are, the column of how many.
        lasts: By what touches they are, the column of the last one's instant.
        by_rule: Whether every rule gets a column of its own.
    """

    touches: Touches
    matrix: ScoringMatrix
    rules: Mapping[int, Rule]
    counts: Mapping[Touched, str]
    lasts: Mapping[Touched, str]
    by_rule: bool = False

    @classmethod
    def of(
        cls,
        touches: Touches,
        matrix: ScoringMatrix,
        rules: Mapping[int, Rule],
        needs: Needs,
        *,
        by_rule: bool = False,
    ) -> Wanted:
        """What the rules and the conditions on leads ask of touches."""
        return cls(touches, matrix, rules, dict(needs.counts), dict(needs.lasts), by_rule)

    def column(self, number: int) -> str:
        """The column that a rule's points go into."""
        rule = self.rules[number]
        if self.by_rule or rule.only_if is not None:
            return rule_column(number)
        if rule.group is None:
            return SUM
        return group_column([group.name for group in self.matrix.groups].index(rule.group))

    @property
    def fits(self) -> dict[int, Expr]:
        """By rule, which touches it counts."""
        return {number: self.touches.fits(rule.touched, rule.window) for number, rule in self.rules.items()}

    @property
    def more_columns(self) -> list[str]:
        """Columns of touches that limits look at."""
        rules = [rule for rule in self.rules.values() if not rule.once]
        ordered = any(self.touches.needs_order(rule) for rule in rules)
        campaigns = ordered or any(rule.per_campaign is not None for rule in rules)
        return [*(["campaign_id"] if campaigns else []), *(["fact_id"] if ordered else [])]


def touch_columns(wanted: Wanted) -> tuple[list[nw.LazyFrame[Any]], list[nw.LazyFrame[Any]]]:
    """Tables with one row per lead: those that say who is scored, and those that only say more of a lead."""
    fits = wanted.fits
    said = {touched: wanted.touches.fits(touched) for touched in (*wanted.counts, *wanted.lasts)}
    rows = wanted.touches.rows(wanted.more_columns)
    if not fits and not said:
        return [], []
    in_one_scan = wanted.touches.engine in {"duckdb", "pyspark"}
    simple = {n: fit for n, fit in fits.items() if in_one_scan and _is_simple(wanted, n)}
    scanned = _scanned(wanted, rows, simple) if simple else []
    hard = {number: fit for number, fit in fits.items() if number not in simple}
    taken = {wanted.column(number) for number in simple}
    return [*scanned, *_by_rule(wanted, rows, hard, taken)], [*_told(wanted, rows, said)]


def _is_simple(wanted: Wanted, number: int) -> bool:
    """Whether a rule needs no more than one row per lead."""
    rule = wanted.rules[number]
    return rule.once or wanted.touches.is_sum(rule)


def _by_rule(
    wanted: Wanted, rows: nw.LazyFrame[Any], fits: Mapping[int, Expr], taken: Collection[str]
) -> Iterable[nw.LazyFrame[Any]]:
    """Rule by rule, then by the column that rules share; one that is taken already gets a second one."""
    parts: dict[str, list[nw.LazyFrame[Any]]] = {}
    for number, fit in fits.items():
        part = wanted.touches.part(wanted.rules[number], rows.filter(fit))
        parts.setdefault(wanted.column(number), []).append(part)
    for name, shared in parts.items():
        column = name + MORE if name in taken else name
        if len(shared) == 1:
            yield shared[0].rename({POINTS: column})
        else:
            summed = nw.concat(shared).group_by(LEAD).agg(nw.col(POINTS).sum())
            yield summed.select(LEAD, nw.col(POINTS).cast(nw.Int64).alias(column))


def _scanned(wanted: Wanted, rows: nw.LazyFrame[Any], fits: Mapping[int, Expr]) -> list[nw.LazyFrame[Any]]:
    """All simple rules in one scan: a column for each, and one group by lead."""
    touches = wanted.touches
    flags = {f"smk_fits_{number}": fit for number, fit in fits.items()}
    rows = rows.with_columns(fit.alias(name) for name, fit in flags.items())
    rows = rows.filter(_any_of(wanted, fits))
    given: dict[int, Expr] = {}
    for number in fits:
        rule, flag = wanted.rules[number], nw.col(f"smk_fits_{number}")
        size = abs(rule.points.micro)
        if rule.decay is None:  # small numbers add up faster
            each = nw.lit(size, dtype=nw.Int32) if size < _SMALL else whole(size)
            none = nw.lit(0, dtype=nw.Int32) if size < _SMALL else whole(0)
            given[number] = nw.when(flag).then(each).otherwise(none)
        elif rule.once:
            given[number] = nw.when(flag).then(nw.col(_AT))
        else:
            given[number] = nw.when(flag).then(touches.each(rule)).otherwise(whole(0))
    rows = rows.select(LEAD, *(expr.alias(f"smk_given_{number}") for number, expr in given.items()))
    grouped = rows.group_by(LEAD).agg(
        _aggregate(wanted.rules[number], nw.col(f"smk_given_{number}")) for number in fits
    )
    shared: dict[str, list[Expr]] = {}
    for number in fits:
        rule, name = wanted.rules[number], f"smk_given_{number}"
        points = nw.col(name).cast(nw.Int64)
        if rule.once and rule.decay is not None:
            points = touches.each(rule, name).fill_null(0)
        shared.setdefault(wanted.column(number), []).append(touches.capped(rule, points))
    return [grouped.select(LEAD, *(reduce(add, parts).alias(column) for column, parts in shared.items()))]


def _any_of(wanted: Wanted, fits: Mapping[int, Expr]) -> Expr:
    """Whether some rule counts a touch: those that ask for its kind alone are asked together."""
    kinds: set[str] = set()
    more = []
    for number in fits:
        rule = wanted.rules[number]
        if rule.window is None and rule.touched == Touched(rule.touched.kind) and rule.touched.kind != ("*",):
            kinds.update(wanted.touches.kinds_of(rule.touched))
        else:
            more.append(nw.col(f"smk_fits_{number}").fill_null(value=False))
    if kinds:
        more.insert(0, wanted.touches.need("kind").is_in(sorted(kinds)).fill_null(value=False))
    return reduce(or_, more) if more else nw.col(_AT).is_null() & ~nw.col(_AT).is_null()


def _aggregate(rule: Rule, column: Expr) -> Expr:
    if not rule.once:
        return column.sum()
    return column.max() if rule.decay is None else column.min()


def _told(
    wanted: Wanted, rows: nw.LazyFrame[Any], said: Mapping[Touched, Expr]
) -> Iterable[nw.LazyFrame[Any]]:
    """How many touches there are of each kind that was asked for, or when the last one was."""
    for touched, column in wanted.counts.items():
        counted = rows.filter(said[touched]).group_by(LEAD).agg(nw.len().alias(column))
        yield counted.with_columns(nw.col(column).cast(nw.Int64))
    for touched, column in wanted.lasts.items():
        found = rows.filter(said[touched]).select(LEAD, nw.col(_AT).alias(column))
        yield found.group_by(LEAD).agg(nw.col(column).max())


def joined(left: nw.LazyFrame[Any], right: nw.LazyFrame[Any], key: str = LEAD) -> nw.LazyFrame[Any]:
    """Both tables side by side, with the rows that only one of them has."""
    both = left.join(right, on=key, how="full", suffix="_of_right")
    return both.with_columns(nw.coalesce(key, f"{key}_of_right").alias(key)).drop(f"{key}_of_right")
