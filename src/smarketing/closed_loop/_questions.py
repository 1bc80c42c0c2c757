"""What can be asked of a loop later: who waits for an answer, what was why, what each customer brought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.closed_loop._answered import CauseRow, HandoverRow, OpenLoop
from smarketing.closed_loop._counts import Cells, Counting
from smarketing.closed_loop._doubts import Doubt
from smarketing.closed_loop._loop_problems import doubts_of
from smarketing.closed_loop._loop_result import LoopResult
from smarketing.closed_loop._loop_rows import ANSWERS
from smarketing.closed_loop._spend import Spends
from smarketing.estimates import Rate
from smarketing.frames import Frames, position_among, tuples_of
from smarketing.funnel import Group, reached
from smarketing.periods import from_micros

__all__ = ["Questions"]

_Rows = nw.LazyFrame[Any]
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND


@attrs.frozen(kw_only=True, eq=False)
class Questions:
    """The tables that a result was counted from.

    Attributes:
        frames: As of the moment that the result is of.
        counting: Leads and sales, and how they were counted.
        cells: What was counted.
        spends: The spends.
        dims: The dimensions that advice is about.
    """

    frames: Frames
    counting: Counting
    cells: Cells
    spends: Spends
    dims: tuple[str, ...]

    def doubts(self, result: LoopResult) -> tuple[Doubt, ...]:
        """What is doubtful in the facts."""
        return (*self.spends.doubts, *doubts_of(result, self.frames, self.cells))

    def open_loops(self) -> tuple[OpenLoop, ...]:
        """Who waits for an answer, those longest beyond their promise first."""
        waiting = self.counting.open_leads
        if waiting is None:
            return ()
        found = []
        for rows, within in self.counting.promised(waiting):
            for lead_id, handed_at, worked, owner in tuples_of(
                rows.select("lead_id", "handed_at", "worked", "owner_id")
            ):
                waited = timedelta(seconds=(int(worked) + _SECOND // 2) // _SECOND)
                found.append(
                    OpenLoop(
                        lead_id=lead_id,
                        handed_at=from_micros(handed_at),
                        waited=waited,
                        late=None if within is None else waited - within,
                        turn=owner or "sales",
                    )
                )
        return tuple(sorted(found, key=_by_lateness))

    def causes(self) -> tuple[CauseRow, ...]:
        """Answers by score and cause of the flip."""
        tables = self.counting.tables
        if tables.flips is None:
            return ()
        answered = tables.leads.filter(~nw.col("answered_at").is_null())
        rows = self.counting.in_months(answered, "answered_at").select("lead_id", "verdict", "reason")
        rows = rows.with_columns(nw.col("reason").fill_null(""))
        keys = ["score", "cause", "verdict", "reason"]
        counted = (
            rows.join(tables.flips, on="lead_id", how="inner").group_by(*keys).agg(nw.len().alias("n_count"))
        )
        told: dict[tuple[str, str], Counter[tuple[str, str]]] = {}
        for score, cause, verdict, reason, number in sorted(tuples_of(counted.select(*keys, "n_count"))):
            told.setdefault((score, cause), Counter())[verdict, reason.strip()] += int(number)
        return tuple(
            CauseRow(
                score=score,
                cause=cause,
                **{f"{each}_count": sum(n for (v, _), n in said.items() if v == each) for each in ANSWERS},
                reasons=dict(sorted(said.items())),
            )
            for (score, cause), said in sorted(told.items())
        )

    def handovers(self) -> tuple[HandoverRow, ...]:
        """What sales answered about the leads handed over in each month."""
        counting = self.counting
        if counting.stages.handover is None:
            return ()
        months = counting.period.split("month")
        leads = counting.tables.leads.with_columns(
            nw.col(reached(counting.stages.handover)).alias("handed_at")
        )
        rows = counting.within(leads.filter(~nw.col("handed_at").is_null()), "handed_at")
        month = position_among(nw.col("handed_at"), [each.boundaries[0] for each in months[1:]])
        rows = rows.with_columns(month.alias("month"), nw.col("verdict").fill_null(""))
        counted = rows.group_by("month", "verdict").agg(nw.len().alias("n_count"))
        told: dict[int, Counter[str]] = {index: Counter() for index in range(len(months))}
        for index, verdict, number in tuples_of(counted.select("month", "verdict", "n_count")):
            told[index][verdict] += int(number)
        return tuple(
            HandoverRow(
                month=months[index].label,
                handed_count=said.total(),
                accepted=Rate(said["accepted"], said.total() - said[""]),
                waiting_count=said[""],
            )
            for index, said in told.items()
        )

    def ages(self) -> Mapping[Group, Mapping[int, int]]:
        """By group, how old in days the leads of all time were when they bought, and for how much."""
        since: Any = nw.col("at") - nw.col("captured_at")
        rows = self.counting.tables.sales.filter(nw.col("currency") == self.counting.currency)
        rows = rows.with_columns((since.clip(0, None) // _DAY).alias("age_days"))
        keys = [f"by_{self.counting.by.index(name)}" for name in self.dims]
        summed = rows.group_by(*keys, "age_days").agg(nw.col("amount_minor").sum())
        found: dict[Group, Counter[int]] = {}
        for *values, age, minor in tuples_of(summed.select(*keys, "age_days", "amount_minor")):
            group = tuple((name, value or None) for name, value in zip(self.dims, values, strict=True))
            found.setdefault(group, Counter())[int(age)] += int(minor or 0)
        return found

    def customers(self, by_margin: bool) -> Mapping[Group, Sequence[int]]:  # noqa: FBT001
        """By group and month, what each customer brought: the revenue, or what it left."""
        rows = self.counting.in_months(self.counting.tables.sales, "at")
        rows = rows.filter(nw.col("currency") == self.counting.currency, ~nw.col("amount_minor").is_null())
        worth: Any = nw.col("amount_minor")
        if by_margin:
            worth = worth - nw.col("cost_minor").fill_null(0)
        names = (*self.dims, "month")
        keys = ["month" if name == "month" else f"by_{self.counting.by.index(name)}" for name in names]
        buyer = nw.coalesce("lead_id", "sale_id").alias("buyer_id")
        rows = rows.with_columns(buyer, worth.alias("worth_minor"))
        summed = rows.group_by(*keys, "buyer_id").agg(nw.col("worth_minor").sum())
        months = [month.label for month in self.counting.period.split("month")]
        found: dict[Group, list[int]] = {}
        for *values, amount in tuples_of(summed.select(*keys, "worth_minor")):
            named = (
                months[value] if name == "month" else value or None
                for name, value in zip(names, values, strict=True)
            )
            found.setdefault(tuple(zip(names, named, strict=True)), []).append(int(amount))
        return {group: sorted(amounts) for group, amounts in found.items()}


def _by_lateness(loop: OpenLoop) -> tuple[object, ...]:
    return loop.late is None, -(loop.late or timedelta()), -loop.waited, loop.lead_id
