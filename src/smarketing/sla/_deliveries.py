"""Promises about a period in bulk: how many leads were delivered, what they are worth, how good they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.errors import InvalidFramesError, UnknownNameError
from smarketing.frames import Frames, position_among, rows_of
from smarketing.funnel import Trace
from smarketing.periods import Period, to_micros
from smarketing.schema import TRAIT_PREFIX
from smarketing.sla._contract import InForce, SlaContract
from smarketing.sla._delivered import QUALITIES, Amount, DeliveryResult, UnitResult, attained
from smarketing.sla._rows import EventRows
from smarketing.sla._terms import Delivery, Measure
from smarketing.sla._variants import Variants
from smarketing.values import Money

__all__ = ["DeliveryRows"]

_Rows = nw.LazyFrame[Any]


@attrs.frozen(eq=False)
class DeliveryRows:
    """The leads that were delivered, as of a moment.

    Attributes:
        frames: The facts that count then.
        events: The same as events.
        contract: The promises.
        as_of: The moment.
        trace: From leads, in order, to the facts that tell their stories.
        scores: A native table with `lead_id` and a column for each score, or a table of each by its name;
            None where there is none.
    """

    frames: Frames
    events: EventRows
    contract: SlaContract
    as_of: datetime
    trace: Callable[[Sequence[str]], Trace]
    scores: object | None

    def results(self, periods: Sequence[Period]) -> tuple[DeliveryResult, ...]:
        """Every promise about a period that was in force in the last of the periods, with its trend."""
        names = dict.fromkeys(name for version in self._versions(periods[-1:]) for name in version.deliveries)
        return tuple(self._result(name, periods) for name in names)

    def _versions(self, periods: Sequence[Period]) -> Iterator[InForce]:
        for version in self.contract.in_force:
            if version.since < periods[-1].end and version.before > periods[0].start:
                yield version

    def _result(self, name: str, periods: Sequence[Period]) -> DeliveryResult:
        units = {period: [*self._units(name, period)] for period in periods}
        every = dict.fromkeys(unit for found in units.values() for unit in found)
        measured: dict[tuple[Period, int], UnitResult] = {}
        for version, group in groupby(every, key=self._version_at):
            if version is not None and name in version.deliveries:
                measured |= self._measured(version, name, [*group])
        by_unit: dict[Period, list[UnitResult]] = {}
        for (unit, _), result in measured.items():
            by_unit.setdefault(unit, []).append(result)
        of = {
            period: [each for unit in found for each in by_unit.get(unit, [])]
            for period, found in units.items()
        }
        latest = of[periods[-1]]
        some = latest[0].commitment if latest else self._any(name)
        return DeliveryResult(
            name=name,
            by=some.by,
            measure=some.measure,
            units=tuple(latest),
            trend=tuple((period, attained(found, some.measure)) for period, found in of.items()),
            leads=lambda good: self.leads_of(name, periods[-1], good=good),
            trace=self.trace,
        )

    def _any(self, name: str) -> Delivery:
        return next(
            version.deliveries[name][0][1] for version in self.contract.in_force if name in version.deliveries
        )

    def _version_at(self, unit: Period) -> InForce | None:
        return next((each for each in self.contract.in_force if each.since <= unit.start < each.before), None)

    def _units(self, name: str, period: Period) -> Iterator[Period]:
        """The whole units of time that a period touches, and that had begun by the moment."""
        zone = self.contract.zone
        for version in self._versions([period]):
            if name not in version.deliveries:
                continue
            per = version.deliveries[name][0][1].per or "month"
            asked = attrs.evolve(period, zone=zone)
            for piece in asked.split(per):
                unit = Period.parse(piece.label, zone, fiscal_year_start=period.fiscal_year_start or 1)
                if version.since <= unit.start < version.before and unit.start < self.as_of:
                    yield unit

    def _measured(
        self, version: InForce, name: str, units: Sequence[Period]
    ) -> dict[tuple[Period, int], UnitResult]:
        variants = version.deliveries[name]
        rows, default = Variants(self.frames, self.contract).of([conditions for conditions, _ in variants])
        found: dict[tuple[Period, int], UnitResult] = {}
        for number, (_, delivery) in enumerate(variants):
            counts = self._counts(delivery, units, rows, (number, default))
            for index, unit in enumerate(units):
                found[unit, number] = self._unit(delivery, unit, counts.get(index, {}))
        return found

    def _unit(self, delivery: Delivery, unit: Period, counts: Mapping[str, int]) -> UnitResult:
        good, known, every = (counts.get(key, 0) for key in ("good_count", "known_count", "leads_count"))
        amount = None
        if delivery.measure is Measure.VALUE and delivery.amount is not None:
            worth = delivery.value_per_lead
            minor = counts.get("amount_minor", 0) if worth is None else worth.minor * every
            amount = Money(minor, delivery.amount.currency)
        is_quality = delivery.measure in QUALITIES
        return UnitResult(
            period=unit,
            commitment=delivery,
            promised=_promised(delivery),
            count=good if is_quality else every,
            of_count=known if is_quality and delivery.measure is not Measure.CONVERSION else every,
            unknown_count=every - known,
            amount=amount,
            elapsed_share=self._elapsed(delivery, unit),
            is_over=self.as_of >= unit.end,
        )

    def _elapsed(self, delivery: Delivery, unit: Period) -> float:
        """How much of the unit's working time has passed, as the delivery's calendar counts it."""
        if self.as_of >= unit.end:
            return 1.0
        hours = self.contract.working_time(delivery.calendar, unit.start)
        whole = hours.elapsed(unit.start, unit.end)
        return hours.elapsed(unit.start, self.as_of) / whole if whole else 0.0

    def _counts(
        self, delivery: Delivery, units: Sequence[Period], variant_of: _Rows | None, chosen: tuple[int, int]
    ) -> dict[int, dict[str, int]]:
        """By unit how many leads were delivered, of how many the quality is known, and how many are good."""
        starts = [to_micros(unit.start) for unit in units[1:]]
        rows = self._within(delivery, units, variant_of, chosen)
        rows = rows.with_columns(
            position_among(nw.col("delivered_at"), starts).alias("unit_index"), nw.lit(1).alias("leads_count")
        )
        columns = ["leads_count", "known_count", "good_count", "amount_minor"]
        counted = rows_of(rows.group_by("unit_index").agg(*(nw.col(name).sum() for name in columns)))
        return {row["unit_index"]: {name: int(row[name] or 0) for name in columns} for row in counted}

    def _within(
        self, delivery: Delivery, units: Sequence[Period], variant_of: _Rows | None, chosen: tuple[int, int]
    ) -> _Rows:
        """The leads that were delivered under one variant in some units of time, judged."""
        rows = self._meant_for(self.delivered(delivery), variant_of, chosen)
        first, last = to_micros(units[0].start), to_micros(units[-1].end)
        rows = rows.filter(nw.col("delivered_at") >= first, nw.col("delivered_at") < last)
        return self.judged(delivery, rows)

    def leads_of(self, name: str, period: Period, *, good: bool | None) -> list[str]:
        """The leads that a promise's figures count, in order: all, the good or those known not to be."""
        found: set[str] = set()
        for version, group in groupby(self._units(name, period), key=self._version_at):
            units = [*group]
            if version is None or name not in version.deliveries:
                continue
            variants = version.deliveries[name]
            fitting, default = Variants(self.frames, self.contract).of([each for each, _ in variants])
            for number, (_, delivery) in enumerate(variants):
                rows = self._within(delivery, units, fitting, (number, default))
                if good is not None:
                    rows = rows.filter(nw.col("known_count") == 1, nw.col("good_count") == int(good))
                found |= {row["lead_id"] for row in rows_of(rows.select("lead_id"))}
        return sorted(found)

    def of_each_lead(self, period: Period, measures: Collection[Measure]) -> Iterator[tuple[str, _Rows]]:
        """For promises that each lead keeps or breaks by itself, whose: `lead_id` and `is_broken`, 1 or 0."""
        first, last = to_micros(period.start), to_micros(period.end)
        for version in self._versions([period]):
            window = max(first, to_micros(version.since)), min(last, to_micros(version.before))
            for variants in version.deliveries.values():
                if variants[0][1].measure not in measures:
                    continue
                fitting, default = Variants(self.frames, self.contract).of([each for each, _ in variants])
                for number, (_, delivery) in enumerate(variants):
                    rows = self._meant_for(self.delivered(delivery), fitting, (number, default))
                    at = nw.col("delivered_at")
                    rows = self.judged(delivery, rows.filter(at >= window[0], at < window[1]))
                    known = rows.filter(nw.col("known_count") == 1)
                    is_broken = (1 - nw.col("good_count")).alias("is_broken")
                    yield delivery.by, known.select("lead_id", is_broken)

    @staticmethod
    def _meant_for(rows: _Rows, variant_of: _Rows | None, chosen: tuple[int, int]) -> _Rows:
        """The leads for which one of the variants holds."""
        if variant_of is None:
            return rows
        number, default = chosen
        rows = rows.join(variant_of, on="lead_id", how="left")
        return rows.filter(nw.col("variant").fill_null(default) == number).drop("variant")

    def delivered(self, delivery: Delivery) -> _Rows:
        """The leads that reached the promised stage, and when: `lead_id`, `delivered_at`."""
        if delivery.measure is Measure.VALUE and delivery.value_per_lead is None:
            return self._pipeline(delivery)
        entered = self.events.of([f"entered {delivery.stage}"]).select("lead_id", "at")
        rows = entered.group_by("lead_id").agg(nw.col("at").min().alias("delivered_at"))
        return rows.with_columns(nw.lit(0).alias("amount_minor"))

    def _pipeline(self, delivery: Delivery) -> _Rows:
        """The deals created, as their leads deliver them: one row per deal; unlike currencies are missing."""
        currency = delivery.amount.currency if delivery.amount else ""
        columns = ["lead_id", "created_at", "amount_minor", "currency"]
        rows = self.frames.latest("deals", columns)
        rows = rows.filter(~nw.col("lead_id").is_null(), ~nw.col("created_at").is_null())
        rows = rows.filter(nw.col("created_at") < to_micros(self.as_of))
        is_ours = nw.col("currency").fill_null(currency) == currency
        amount = nw.when(is_ours).then(nw.col("amount_minor"))
        return rows.select(
            "lead_id", nw.col("created_at").alias("delivered_at"), amount.alias("amount_minor")
        )

    def judged(self, delivery: Delivery, rows: _Rows) -> _Rows:
        """With `known_count` and `good_count`, 1 or 0: whether the quality is known, and is there."""
        judge: Callable[[Delivery, _Rows], _Rows] | None = {
            Measure.ACCEPTANCE: self._accepted,
            Measure.SCORE: self._scored,
            Measure.CONVERSION: self._converted,
            Measure.COMPLETENESS: self._complete,
        }.get(delivery.measure)
        if judge is None:
            is_known = ~nw.col("amount_minor").is_null()
            return _judged(rows, is_known, is_known)
        return judge(delivery, rows)

    def _accepted(self, _: Delivery, rows: _Rows) -> _Rows:
        accepted = _flagged(self.events.of(["accepted"]), "accepted")
        refused = _flagged(self.events.of(["rejected", "recycled"]), "refused")
        rows = rows.join(accepted, on="lead_id", how="left").join(refused, on="lead_id", how="left")
        is_accepted, is_refused = ~nw.col("accepted").is_null(), ~nw.col("refused").is_null()
        return _judged(rows, is_accepted | is_refused, is_accepted).drop("accepted", "refused")

    def _converted(self, _: Delivery, rows: _Rows) -> _Rows:
        last = self.contract.funnel.stages[-1].name
        won = _flagged(self.events.of([f"entered {last}"]), "won")
        lost = _flagged(self.events.lost(), "left")
        rows = rows.join(won, on="lead_id", how="left").join(lost, on="lead_id", how="left")
        is_won, has_left = ~nw.col("won").is_null(), ~nw.col("left").is_null()
        return _judged(rows, is_won | has_left, is_won).drop("won", "left")

    def _complete(self, delivery: Delivery, rows: _Rows) -> _Rows:
        leads = self.frames.latest("leads", list(dict.fromkeys(["lead_id", *delivery.fields])))
        leads = leads.with_columns(nw.lit(1).alias("known"))
        rows = rows.join(leads, on="lead_id", how="left")
        complete: nw.Expr = ~nw.col("known").is_null()
        for field in delivery.fields:
            text = nw.col(field).cast(nw.String).fill_null("").str.strip_chars()
            complete = complete & (text != "")
        return _judged(rows, ~nw.col("known").is_null(), complete).drop("known", *delivery.fields)

    def _scored(self, delivery: Delivery, rows: _Rows) -> _Rows:
        name, least = delivery.score or "", delivery.least_points
        rows, points = self.frames.settle(rows, self._points(name))  # the scores are a table of the host's
        _check_once(points, name)
        points = points.with_columns(nw.when(~nw.col("points").is_nan()).then(nw.col("points")))
        rows = rows.join(points, on="lead_id", how="left")
        is_known = ~nw.col("points").is_null()
        is_enough = nw.col("points").fill_null(-1e300) >= (float(least) if least else 0.0)
        return _judged(rows, is_known, is_known & is_enough).drop("points")

    def _points(self, name: str) -> _Rows:
        """Each lead's points in a score, from the table of scores or from the company's own field."""
        if isinstance(self.scores, Mapping):
            if name in self.scores:
                scored: _Rows = nw.from_native(self.scores[name]).lazy()
                micro = nw.col("score_points").cast(nw.Float64)
                return scored.select("lead_id", (micro / 1_000_000).alias("points"))
        elif self.scores is not None:
            table: _Rows = nw.from_native(self.scores).lazy()  # type: ignore[call-overload]
            names = table.collect_schema().names()
            if name in names and "lead_id" in names:
                return table.select("lead_id", nw.col(name).cast(nw.Float64).alias("points"))
        if name not in self.frames.traits("leads"):
            raise UnknownNameError(
                f"the score {name!r} is promised, and nobody gives it: pass scores= with lead_id and a "
                f"column {name!r}, or give the leads a field of that name"
            )
        column = f"{TRAIT_PREFIX}{name}"
        leads = self.frames.latest("leads", ["lead_id", column])
        return leads.select("lead_id", nw.col(column).cast(nw.Float64).alias("points"))


def _check_once(points: _Rows, name: str) -> None:
    """A score that one lead has twice would be counted twice, or by chance."""
    (counts,) = rows_of(points.select(nw.len().alias("rows"), nw.col("lead_id").n_unique().alias("leads")))
    if counts["rows"] != counts["leads"]:
        raise InvalidFramesError(
            f"the scores name a lead more than once for {name!r}: give each lead one row"
        )


def _flagged(events: _Rows, name: str) -> _Rows:
    return events.select("lead_id").unique(["lead_id"]).with_columns(nw.lit(1).alias(name))


def _judged(rows: _Rows, is_known: nw.Expr, is_good: nw.Expr) -> _Rows:
    def number(condition: nw.Expr) -> nw.Expr:
        return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))

    return rows.with_columns(number(is_known).alias("known_count"), number(is_good).alias("good_count"))


def _promised(delivery: Delivery) -> Amount:
    """What a delivery promises; its own faults made sure that it says so."""
    return next(each for each in (delivery.count, delivery.amount, delivery.at_least) if each is not None)
