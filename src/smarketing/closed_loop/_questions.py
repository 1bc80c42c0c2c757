"""What can be asked of a loop later: the facts behind a figure, who waits for an answer, what was why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.closed_loop._costs import Costs
from smarketing.closed_loop._counts import Cells, Counting
from smarketing.closed_loop._loop_problems import problems_of
from smarketing.closed_loop._loop_result import CauseRow, HandoverRow, LoopResult, OpenLoop
from smarketing.closed_loop._loop_rows import ANSWERS
from smarketing.closed_loop._loop_terms import Exchange
from smarketing.closed_loop._spend import Spends, single_spends
from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.estimates import Rate
from smarketing.frames import Frames, position_among, rows_of, tuples_of
from smarketing.funnel import Group, Trace, reached, trace_of
from smarketing.origin import Problem
from smarketing.periods import from_micros

__all__ = ["Questions"]

_Rows = nw.LazyFrame[Any]
_TOLD_OF_ANSWERS = ("leads", "feedbacks")
_TOLD_OF_LEADS = ("leads", "stage_entries", "deals", "closings", "orders")
_SECOND = 1_000_000


@attrs.frozen(kw_only=True, eq=False)
class Questions:
    """The tables and the spends that a result was counted from.

    Attributes:
        frames: As of the moment that the result is of.
        counting: Leads and sales, and how they were counted.
        cells: What was counted.
        costs: How the spends were divided.
        spends: The spends.
        exchange: What other currencies are worth.
        dims: The dimensions that advice is about.
    """

    frames: Frames
    counting: Counting
    cells: Cells
    costs: Costs
    spends: Spends
    exchange: Exchange
    dims: tuple[str, ...]

    def problems(self, result: LoopResult) -> tuple[Problem, ...]:
        """What is odd in the data."""
        return (*self.spends.problems, *problems_of(result, self.frames, self.cells))

    def trace(self, figure: str, values: Mapping[str, str | None]) -> Trace:
        """The records that a figure counts in a group, and the facts behind it."""
        counting, stages = self.counting, self.counting.stages
        positions = {stages.names[k]: k for k in stages.counted}
        if figure in {"spend", "planned"}:
            return self._spent(figure == "planned", values)
        if figure == "revenue":
            return self._sold(values)
        if figure in positions:
            position = positions[figure]
            at = "captured_at" if position == stages.captured else counting.stage_at(position)
            return self._about(counting.tables.leads, at, values, _TOLD_OF_LEADS)
        if figure in ANSWERS:
            rows = counting.tables.leads.filter(nw.col("verdict") == figure)
            return self._about(rows, "answered_at", values, _TOLD_OF_ANSWERS)
        if figure == "open":
            waiting = counting.open_leads
            if waiting is not None:
                return self._about(waiting, "handed_at", values, ("leads", "stage_entries"))
        known = ["spend", "planned", "revenue", *ANSWERS, "open", *positions]
        hint = did_you_mean(figure, known) or f"; there are {', '.join(known)}"
        raise UnknownNameError(f"no facts are kept by the figure {figure!r}{hint}")

    def _about(self, rows: _Rows, at: str, values: Mapping[str, str | None], tables: Sequence[str]) -> Trace:
        found = self._of_group(rows.filter(~nw.col(at).is_null()), at, values)
        ids = sorted({row["lead_id"] for row in rows_of(found.select("lead_id"))})
        return trace_of(self.frames, "lead_id", ids, tables)

    def _of_group(self, rows: _Rows, at: str, values: Mapping[str, str | None]) -> _Rows:
        rows = self.counting.in_months(rows, at)
        for column, value in self._columns(values).items():
            rows = rows.filter(nw.col(column) == value)
        return rows

    def _columns(self, values: Mapping[str, str | None]) -> dict[str, object]:
        """By column, what stands in it for the group."""
        months = [month.label for month in self.counting.period.split("month")]
        return {
            "month" if name == "month" else f"by_{self.counting.by.index(name)}": (
                months.index(str(value)) if name == "month" else value or ""
            )
            for name, value in values.items()
        }

    def _sold(self, values: Mapping[str, str | None]) -> Trace:
        rows = self._of_group(self.counting.tables.sales, "at", values)
        sold: dict[str, set[tuple[str, int]]] = {}
        for kind, sale_id, at in tuples_of(rows.select("kind", "sale_id", "at")):
            sold.setdefault(kind, set()).add((sale_id, at))
        found: dict[str, tuple[str, ...]] = {}
        for kind, table, column in (
            ("deal", "closings", "deal_id"),
            ("order", "orders", "order_id"),
            ("return", "returns", "order_id"),
        ):
            if kind in sold and "fact_id" in self.frames.held(table):
                found[table] = self._facts_at(table, column, sold[kind])
        records = sorted({sale_id for sales in sold.values() for sale_id, _ in sales})
        deals = sorted({sale_id for sale_id, _ in sold.get("deal", ())})
        found |= trace_of(self.frames, "deal_id", deals, ["deals"]).fact_ids
        return Trace(records=tuple(records), fact_ids=found)

    def _facts_at(self, table: str, column: str, sold: set[tuple[str, int]]) -> tuple[str, ...]:
        rows = self.frames.select(table, [column, "occurred_at", "fact_id"])
        rows = rows.filter(nw.col(column).is_in(sorted({sale_id for sale_id, _ in sold})))
        told = tuples_of(rows.select(column, "occurred_at", "fact_id"))
        return tuple(sorted(fact_id for sale_id, at, fact_id in told if (sale_id, at) in sold))

    def _spent(self, planned: bool, values: Mapping[str, str | None]) -> Trace:  # noqa: FBT001
        own = [piece for piece in self.spends.pieces if not piece.is_shared]
        wanted = {
            0 if name == "month" else int(name[3:]) + 1: value
            for name, value in self._columns(values).items()
        }
        campaigns, facts = set[str](), dict[str, list[str]]()
        counting = self.counting
        for table, fact_id, pieces in single_spends(
            self.frames, counting.period, counting.as_of, self.exchange
        ):
            hit = [
                part
                for piece in pieces
                if piece.is_planned == planned
                for part in (self.costs.parted(piece, own) if piece.is_shared else [piece])
                if any(
                    all(key[at] == value for at, value in wanted.items())
                    for key, _ in self.costs.divided(part)
                )
            ]
            if hit and fact_id:
                facts.setdefault(table, []).append(fact_id)
            campaigns |= {part.campaign for part in hit if part.campaign}
        found = {table: tuple(sorted(ids)) for table, ids in facts.items()}
        return Trace(records=tuple(sorted(campaigns)), fact_ids=found)

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
