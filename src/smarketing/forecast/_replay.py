"""One origin replayed: what was known, what was forecast from it, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import narwhals.stable.v2 as nw

from smarketing.forecast._backtest_money import Sold, revenue_at
from smarketing.forecast._backtest_result import OriginResult, RevenueResult
from smarketing.forecast._days import days_until, last_day
from smarketing.forecast._deals import ClosedDeal, read_deals
from smarketing.forecast._leads import rows_as_of
from smarketing.forecast._model import WinModel
from smarketing.forecast._rivals import Before, ClosedGroup, Group, rivals_of
from smarketing.forecast._rows import DealRows
from smarketing.forecast._scores import (
    Told,
)
from smarketing.forecast._spells import age_column, day_number
from smarketing.forecast._wins import Alike, wins_within
from smarketing.frames import Frames, rows_of, tuples_of
from smarketing.funnel import Funnel, Unit, deals_of
from smarketing.periods import Period, start_of_day, to_micros

__all__ = ["PLAIN", "RHYTHM", "Found", "Replay"]

_Rows = nw.LazyFrame[Any]
PLAIN, RHYTHM = "model", "model_with_rhythm"
"""The names of the models that are tried."""
_LEVEL = 0.8


@attrs.frozen(kw_only=True, eq=False)
class Found:
    """What one origin gave: for each way to forecast, what it told of the deals."""

    origin: datetime
    end: datetime
    told: Mapping[str, list[Told]]
    counts: Mapping[str, tuple[Callable[[float], float] | None, int]]
    revenue: Callable[[str], RevenueResult | None]

    def result(self, model: str) -> OriginResult:
        rows = self.told[model]
        won = sum(row.won_count for row in rows)
        at_most, past = self.counts[model]
        low = high = position = None
        if at_most is not None:
            position = 0.5 * (at_most(won - 1) + at_most(won))
            low, high = _least(at_most, 0.5 - 0.5 * _LEVEL), _least(at_most, 0.5 + 0.5 * _LEVEL)
        return OriginResult(
            origin=self.origin,
            end=self.end,
            deals_count=sum(row.deals_count for row in rows),
            won_count=won,
            expected=tuple(
                (name, sum(row.probability * row.deals_count for row in each))
                for name, each in self.told.items()
            ),
            position=position,
            low=low,
            high=high,
            past_count=past,
            revenue=self.revenue(model),
        )


def _least(at_most: Callable[[float], float], share: float) -> int:
    """The least count that is not exceeded with this probability."""
    low, high = -1, 1
    while at_most(high) < share:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if at_most(middle) < share else (low, middle)
    return high


@attrs.frozen(kw_only=True, eq=False)
class Replay:
    """How one origin is replayed."""

    frames: Frames = attrs.field(repr=False)
    by: tuple[str, ...]
    horizon_days: int
    terms: Mapping[str, Any]
    unit: Unit
    fitted: Mapping[str, Any]
    rhythms: tuple[bool, ...]
    sold: Sold | None
    currency: str | None

    @property
    def models(self) -> tuple[str, ...]:
        return tuple(RHYTHM if rhythm else PLAIN for rhythm in self.rhythms)

    @property
    def names(self) -> tuple[str, ...]:
        """The model's dimensions, and those that the simple rules read."""
        return tuple(dict.fromkeys([*self.by, "source", "stage"]))

    @property
    def last_instant(self) -> datetime | None:
        """The end of the last day of which any fact tells."""
        spans = [self.frames.span(name) for name in ("deals", "leads", "closings", "stage_entries")]
        last = max((span[1] for span in spans if span), default=None)
        if last is None:
            return None
        day = last.astimezone(ZoneInfo(self.terms["zone"])).date() + timedelta(days=1)
        return start_of_day(day, self.terms["zone"])

    def end(self, origin: datetime) -> datetime:
        """The end of the horizon: the start of the local day after its last one."""
        day = last_day(origin, self.terms["zone"]) + timedelta(days=self.horizon_days + 1)
        return start_of_day(day, self.terms["zone"])

    def told(self, at: datetime) -> DealRows:
        return rows_as_of(self.unit, frames=self.frames, as_of=at, by=self.names, **self.terms)

    def at(self, origin: datetime) -> Found:
        """What was forecast at an origin, and what came of it."""
        end, told = self.end(origin), self.told(origin)
        names = [f"by_{place}" for place in range(len(self.names))]
        rows = told.rows(["probability_share"]).select(
            "deal_id", *names, "created_at", "outcome", "closed_at", "probability_share"
        )
        (rows,) = told.known.settle(rows)
        groups = self._groups(told, rows, names, end)
        before = self._before(rows, names, origin)
        days = days_until(origin, end, self.terms["zone"])
        found: dict[str, list[Told]] = {}
        counts: dict[str, tuple[Callable[[float], float] | None, int]] = {}
        models: dict[str, WinModel] = {}
        plain: WinModel | None = None
        for name, rhythm in zip(self.models, self.rhythms, strict=True):
            fitted = self.fitted
            if plain is not None:  # what was chosen once need not be chosen again
                fitted = {**attrs.asdict(plain.terms), "choose": False}
            model = WinModel.fit(
                self.frames, by=self.by, as_of=origin, unit=self.unit, rhythm=rhythm, **self.terms, **fitted
            )
            plain = plain or model
            models[name] = model
            found[name], alike = self._by_model(model, groups, days)
            shock = model.shock
            counts[name] = wins_within(alike, shock), model.past_count
        assert plain is not None  # noqa: S101 -- there is at least one way
        for name, rule in rivals_of(before, plain).items():
            found[name] = [Told(rule(group), group.deals_count, group.won_count) for group in groups]
        return Found(
            origin=origin,
            end=end,
            told=found,
            counts=counts,
            revenue=lambda name: self._revenue(models[name], origin, end),
        )

    def _revenue(self, model: WinModel, origin: datetime, end: datetime) -> RevenueResult | None:
        if self.sold is None:
            return None
        period = Period(start=origin, end=end, zone=self.terms["zone"])
        pipeline: Funnel | None = self.terms["pipeline"]
        return revenue_at(
            self.frames, model, period, sold=self.sold, pipeline=pipeline, currency=self.currency
        )

    @cached_property
    def closed(self) -> tuple[ClosedDeal, ...]:
        """The deals that stand closed, with all that is known by now."""
        spans = [self.frames.span(name, "known_at") for name in ("deals", "closings", "reopenings")]
        known = [span[1] for span in spans if span]
        at = max([*known, *filter(None, [self.last_instant])], default=None)
        if at is None:
            return ()
        at = min(at + timedelta(days=1), self.frames.cutoff or datetime.max.replace(tzinfo=UTC))
        return read_deals(self.frames, as_of=at, by=(), zone=self.terms["zone"]).closed

    def _by_model(
        self, model: WinModel, groups: Sequence[Group], days: int
    ) -> tuple[list[Told], list[Alike]]:
        told, alike = [], []
        for group in groups:
            values = {name: value or None for name, value in zip(self.names, group.values, strict=True)}
            share = model.chances(values, group.age, [days])[0]
            told.append(Told(share, group.deals_count, group.won_count))
            path, _ = model.place(values)
            alike.append(Alike(share, group.deals_count, path, model.logit_sd(values)))
        return told, alike

    def _groups(self, told: DealRows, rows: _Rows, names: Sequence[str], end: datetime) -> list[Group]:
        """The deals that were open, by what they had in common, with what came of them."""
        today = day_number(last_day(told.as_of, told.zone))
        opened = rows.filter(nw.col("outcome").is_null())
        opened = opened.with_columns(age_column(told, rows, today).alias("age_days"))
        opened, wins = told.known.settle(opened, self._wins(told.as_of, end))
        joined = opened.join(wins, on="deal_id", how="left").with_columns(nw.col("won_count").fill_null(0))
        keys = [*names, "age_days", "probability_share"]
        counted = joined.group_by(*keys).agg(nw.len().alias("deals_count"), nw.col("won_count").sum())
        found = [
            Group(
                values=tuple(row[name] for name in names),
                age=row["age_days"],
                share=row["probability_share"],
                deals_count=int(row["deals_count"]),
                won_count=int(row["won_count"]),
            )
            for row in rows_of(counted.select(*keys, "deals_count", "won_count"))
        ]
        return sorted(found, key=lambda g: (g.values, -1 if g.age is None else g.age, g.share or -1))

    def _wins(self, origin: datetime, end: datetime) -> _Rows:
        """What was won within the horizon, each once, with all that is known by now."""
        first, after = to_micros(origin), to_micros(end)
        if self.unit is Unit.LEAD:
            of_leads = deals_of(self.frames).filter(~nw.col("lead_id").is_null())
            wins = of_leads.group_by("lead_id").agg(nw.col("won_at").min())
            wins = wins.rename({"lead_id": "deal_id", "won_at": "occurred_at"})
        else:
            closings = self.frames.select("closings", ["deal_id", "outcome", "occurred_at"])
            wins = closings.filter(nw.col("outcome") == "won")
        wins = wins.filter(nw.col("occurred_at") >= first, nw.col("occurred_at") < after)
        one = nw.lit(1).alias("one")
        return wins.with_columns(one).group_by("deal_id").agg(nw.col("one").max().alias("won_count"))

    def _before(self, rows: _Rows, names: Sequence[str], origin: datetime) -> Before:
        """What the simple rules read."""
        closed = rows.filter(~nw.col("outcome").is_null())
        counted = closed.group_by(*names, "outcome").agg(nw.len().alias("deals_count"))
        told = [
            ClosedGroup(tuple(row[:-2]), row[-2] == "won", int(row[-1]))
            for row in tuples_of(counted.select(*names, "outcome", "deals_count"))
        ]
        at = to_micros(origin) - self.horizon_days * 86_400_000_000
        was_open = nw.col("closed_at").is_null() | (nw.col("closed_at") >= at)
        earlier = rows.filter(nw.col("created_at") < at, was_open)
        is_won = nw.when(nw.col("outcome") == "won").then(nw.lit(1)).otherwise(nw.lit(0))
        (row,) = rows_of(
            earlier.select(is_won.alias("won")).select(
                nw.len().alias("deals_count"), nw.col("won").sum().alias("won_count")
            )
        )
        still = rows.filter(nw.col("outcome").is_null()).select(nw.len().alias("deals_count"))
        return Before(
            names=self.names,
            closed=tuple(sorted(told)),
            open_count=int(rows_of(still)[0]["deals_count"]),
            earlier_count=int(row["deals_count"]),
            earlier_won_count=int(row["won_count"] or 0),
        )
