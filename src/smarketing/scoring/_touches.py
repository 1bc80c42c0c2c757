"""Touches in bulk: which ones a rule counts, and what they give each lead. The arithmetic of one rule.

Every step is one that `_compile` takes on one lead, in the same order and with the same numbers: window,
limits, decay rounded to the micro-point, cap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import reduce
from operator import and_
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.frames import local_days, rows_of, tuples_of
from smarketing.periods import to_micros
from smarketing.schema import ColumnType
from smarketing.scoring._columns import Columns, Expr, Sources, micros_of
from smarketing.scoring._compile import decay_rate
from smarketing.scoring._fields import Field, field_of
from smarketing.scoring._implicit import Touched, any_of_patterns
from smarketing.scoring._limits import limited
from smarketing.scoring._rules import Rule

__all__ = ["LEAD", "POINTS", "Touches", "whole"]

LEAD, POINTS = "lead_id", "smk_points"
_AT, _DAY, _CAMPAIGN, _KIND = "occurred_at", "smk_day", "smk_campaign", "smk_kind"
_MILLION = 1_000_000


def whole(number: int) -> Expr:
    """A whole number of 64 bits, whatever an engine would make of so small a one."""
    return nw.lit(number, dtype=nw.Int64)


class Touches:
    """The touches that count as of a moment, and what rules make of them."""

    def __init__(self, sources: Sources, as_of: datetime, zone: str) -> None:
        self.as_of, self.zone = to_micros(as_of), zone
        self.columns = Columns("touch", sources, as_of, zone)
        self.engine = sources.known.backend
        self._as_of = as_of
        self._sources = sources
        self._has_coded_kinds = False

    def fits(self, touched: Touched, window: timedelta | None = None) -> Expr:
        """Whether a touch is such a one, and within a window. Ask for all before `rows`."""
        conditions = [
            *self._words("kind", () if touched.kind == ("*",) else touched.kind),
            *self._words("channel", touched.channel),
            *self._words("asset", touched.asset),
        ]
        if touched.campaign:
            conditions.append(self.need("campaign_id").is_in(touched.campaign))
        if touched.where is not None:
            conditions.append(touched.where.expr(self.columns).fill_null(value=False))
        starts = [touched.earliest(self._as_of, self.zone), self._as_of - window if window else None]
        start = max((to_micros(each) for each in starts if each is not None), default=None)
        if start is not None:
            conditions.append(nw.col(_AT) >= start)
        return reduce(and_, conditions) if conditions else ~nw.col(_AT).is_null()

    def kinds_of(self, touched: Touched) -> list[str]:
        """The kinds, as they are written, of touches that are such ones."""
        place = field_of("touch.kind")
        words = self._sources.distinct(place) if place is not None else []
        return sorted(filter(any_of_patterns(touched.kind), words))

    def need(self, name: str) -> Expr:
        """A column of touches as it stands."""
        self.columns.field(name)
        return nw.col(name)

    def _words(self, name: str, patterns: tuple[str, ...]) -> Iterator[Expr]:
        """Whether a field holds one of the words that fit some patterns."""
        place = field_of(f"touch.{name}")
        if not patterns or place is None:
            return
        words = sorted(filter(any_of_patterns(patterns), self._sources.distinct(place)))
        column = self._kinds() if name == "kind" else self.need(name)
        if len(words) == 1:
            yield column == words[0]
        else:
            yield column.is_in(words) if words else column != column  # noqa: PLR0124 -- never

    def _kinds(self) -> Expr:
        """The kinds, on Polars as numbers with names: every rule compares them, and text is slow."""
        column = self.need("kind")
        if self.engine != "polars":
            return column
        self._has_coded_kinds = True
        return nw.col(_KIND)

    def rows(self, more: Iterable[str] = ()) -> nw.LazyFrame[Any]:
        """The touches with the columns that were asked for."""
        wanted = [LEAD, _AT, *(place.column for place in self.columns.needs.fields), *more]
        rows = self._sources.known.select("touches", list(dict.fromkeys(wanted)))
        rows = rows.filter(~nw.col(LEAD).is_null())
        if not self._has_coded_kinds:
            return rows
        kinds = self._sources.distinct(Field("touch", "kind", ColumnType.TEXT))
        return rows.with_columns(nw.col("kind").cast(nw.Enum(kinds)).alias(_KIND))

    # What one rule makes of them

    def is_sum(self, rule: Rule) -> bool:
        """Whether a rule's points are a sum over its touches, each for itself."""
        return not rule.once and rule.per_day is None and rule.per_campaign is None

    def needs_order(self, rule: Rule) -> bool:
        """Whether the touches have to be put in order to tell which count."""
        if rule.once:  # the first of all is also the first of its day and of its campaign
            return False
        if rule.per_day is not None and rule.per_campaign is not None:
            return True
        most = rule.per_day or rule.per_campaign or 1
        return rule.decay is not None and most > 1

    def each(self, rule: Rule, at: str = _AT) -> Expr:
        """What a touch gives, without its sign, by the instant in a column."""
        size = abs(rule.points.micro)
        decay = rule.decay
        age = self.as_of - nw.col(at)
        if decay is None:
            return age - age + size
        if decay.half_life is not None:
            faded = (age.cast(nw.Float64) * decay_rate(decay)).exp() * float(size)
            return (faded + 0.5).floor().cast(nw.Int64)
        if decay.share is None or decay.per is None:
            raise ValueError("this decay has neither a half-life nor periods")
        lost = age // micros_of(decay.per) * decay.share.ppm
        left = nw.when(lost < _MILLION).then(_MILLION - lost).otherwise(age - age)
        points, rest = divmod(size, _MILLION)
        return (left * points + (left * rest + _MILLION // 2) // _MILLION).cast(nw.Int64)

    def capped(self, rule: Rule, column: Expr) -> Expr:
        """The sum of a rule's touches within its cap, with its sign."""
        if rule.cap is not None:
            column = nw.when(column < rule.cap.micro).then(column).otherwise(whole(rule.cap.micro))
        return column if rule.points.micro > 0 else -column

    def part(self, rule: Rule, found: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """What the touches that fit a rule give each lead: `lead_id` and `smk_points`."""
        if self.is_sum(rule):
            given = self._summed(rule, found)
        elif self.needs_order(rule):
            given = self._summed(rule, self._in_order(rule, found))
        else:
            given = self._first_of_each(rule, found)
        return given.select(LEAD, self.capped(rule, nw.col(POINTS)).cast(nw.Int64).alias(POINTS))

    def _summed(self, rule: Rule, found: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        if rule.decay is None:
            counted = found.group_by(LEAD).agg(nw.len().alias(POINTS))
            return counted.with_columns(nw.col(POINTS).cast(nw.Int64) * abs(rule.points.micro))
        return found.select(LEAD, self.each(rule).alias(POINTS)).group_by(LEAD).agg(nw.col(POINTS).sum())

    def _first_of_each(self, rule: Rule, found: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Of each lead, or of each of its days or campaigns, the first touch or the first few alike."""
        parts = self._part_column(rule, found)
        grouped = (found.with_columns(*parts.values()) if parts else found).group_by(LEAD, *parts)
        most = 1 if rule.once else rule.per_day or rule.per_campaign or 1
        if rule.decay is None:
            size = abs(rule.points.micro)
            counted = grouped.agg(nw.len().alias(POINTS)).with_columns(nw.col(POINTS).cast(nw.Int64))
            few = nw.when(nw.col(POINTS) < most).then(nw.col(POINTS)).otherwise(whole(most))
            given = counted.with_columns((few * size).alias(POINTS))
        else:
            given = grouped.agg(nw.col(_AT).min()).with_columns(self.each(rule).alias(POINTS))
        return given.group_by(LEAD).agg(nw.col(POINTS).sum()) if parts else given

    def _part_column(self, rule: Rule, found: nw.LazyFrame[Any]) -> dict[str, Expr]:
        """The column by which the touches of a lead are told apart, for a limit."""
        if rule.once:
            return {}
        if rule.per_day is not None:
            return {_DAY: self._day(found).alias(_DAY)}
        return {_CAMPAIGN: nw.col("campaign_id").fill_null("").alias(_CAMPAIGN)}

    def _day(self, found: nw.LazyFrame[Any]) -> Expr:
        (row,) = rows_of(found.select(nw.col(_AT).min().alias("first")))
        first = self.as_of if row["first"] is None else int(row["first"])
        return local_days(nw.col(_AT), self.zone, first, self.as_of)

    def _in_order(self, rule: Rule, found: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """The touches that the limits leave, where it takes their order to tell."""
        if found.implementation.is_pyarrow():
            return self._in_order_by_hand(rule, found)
        order = [_AT, "fact_id", "campaign_id"]
        parts: dict[str, tuple[int | None, Callable[[nw.LazyFrame[Any]], Expr]]] = {
            _DAY: (rule.per_day, lambda rows: self._day(rows).alias(_DAY)),
            _CAMPAIGN: (
                rule.per_campaign,
                lambda _: nw.col("campaign_id").fill_null("").alias(_CAMPAIGN),
            ),
        }
        for name, (most, column) in parts.items():
            if most is not None:
                place = nw.col("smk_one").cum_sum().over(LEAD, name, order_by=order)
                one = (nw.col(_AT) - nw.col(_AT) + 1).alias("smk_one")
                found = found.with_columns(column(found), one).with_columns(place.alias("smk_place"))
                found = found.filter(nw.col("smk_place") <= most)
        return found

    def _in_order_by_hand(self, rule: Rule, found: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """The same in Python, for the engine that has no order within groups."""
        from smarketing.scoring._clock import MICROS

        by_lead: dict[str, list[_Placed]] = {}
        for lead, at, fact, campaign in tuples_of(found.select(LEAD, _AT, "fact_id", "campaign_id")):
            by_lead.setdefault(lead, []).append(_Placed(at, (fact or "", campaign or ""), campaign))
        left = [
            (lead, touch.occurred_at)
            for lead, touches in by_lead.items()
            for touch in limited(touches, rule, MICROS.day_of(self.zone))
        ]
        columns = {LEAD: [lead for lead, _ in left], _AT: [at for _, at in left]}
        types = {LEAD: ColumnType.TEXT, _AT: ColumnType.INSTANT}
        return self._sources.known.rows(columns, types)


@attrs.frozen
class _Placed:
    """A touch as far as limits look at it."""

    occurred_at: int
    id: tuple[str, str]
    campaign_id: str | None
