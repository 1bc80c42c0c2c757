"""From a figure of a loop back to the records and the facts behind it, reconciling to the cent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.closed_loop._costs import Costs
from smarketing.closed_loop._counts import Counting
from smarketing.closed_loop._loop_rows import ANSWERS
from smarketing.closed_loop._loop_terms import Exchange
from smarketing.closed_loop._spend import Piece, Spends, single_spends
from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.frames import Frames, rows_of, tuples_of
from smarketing.funnel import Trace, trace_of
from smarketing.values import Money

__all__ = ["LoopLine", "LoopTrace", "LoopTracer"]

_Rows = nw.LazyFrame[Any]

_COSTS = ("spend", "shared", "planned")
_SALES = {"revenue": None, "margin": None, "deals": "deal", "orders": "order", "returns": "return"}
"""What is read off the sales, and the kind of sale that it is about."""
_TOLD_OF_ANSWERS = ("leads", "feedbacks")
_TOLD_OF_LEADS = ("leads", "stage_entries", "deals", "closings", "orders")
_TOLD_OF_HANDOVERS = ("leads", "stage_entries")


@attrs.frozen(kw_only=True)
class LoopLine:
    """What one spend, or one sale, adds to a figure of money.

    Attributes:
        record: The deal or order; of a cost, the campaign ("" where it names none).
        fact_id: Of a cost, the spend or the budget, where the tables carry ids of facts.
        amount: What it adds; None where nobody stated it.
    """

    record: str
    fact_id: str | None = None
    amount: Money | None


@attrs.frozen(kw_only=True)
class LoopTrace(Trace):
    """What a figure of a loop counts, and what it was read from.

    Attributes:
        records: The leads, deals, orders or campaigns that it counts, each once, in the order of their ids.
        fact_ids: The facts that tell their stories, by table, as far as the tables carry ids of facts.
        lines: Of money, and of sales, what each adds: they sum to the figure exactly.
    """

    lines: tuple[LoopLine, ...] = ()


@attrs.frozen(kw_only=True, eq=False)
class LoopTracer:
    """The tables and the spends that a result was counted from.

    Attributes:
        frames: As of the moment that the result is of.
        counting: Leads and sales, and how they were counted.
        costs: How the spends were divided.
        spends: The spends.
        exchange: What other currencies are worth.
    """

    frames: Frames
    counting: Counting
    costs: Costs
    spends: Spends
    exchange: Exchange

    def trace(self, figure: str, values: Mapping[str, str | None]) -> LoopTrace:
        """The records that a figure counts in a group, and the facts behind it."""
        counting, stages = self.counting, self.counting.stages
        leads, positions = counting.tables.leads, {stages.names[k]: k for k in stages.counted}
        if figure in _COSTS:
            return self._spent(figure, values)
        if figure in _SALES:
            return self._sold(figure, values)
        if figure in positions:
            position = positions[figure]
            at = "captured_at" if position == stages.captured else counting.stage_at(position)
            return self._about(leads, at, values, _TOLD_OF_LEADS)
        if figure in ANSWERS:
            return self._about(
                leads.filter(nw.col("verdict") == figure), "answered_at", values, _TOLD_OF_ANSWERS
            )
        if figure in {"open", "overdue"}:
            waiting = counting.open_leads if figure == "open" else counting.overdue_leads
            return self._about(waiting, "handed_at", values, _TOLD_OF_HANDOVERS)
        known = [*_COSTS, *_SALES, *positions, *ANSWERS, "open", "overdue"]
        hint = did_you_mean(figure, known) or f"; there are {', '.join(known)}"
        raise UnknownNameError(f"no facts are kept by the figure {figure!r}{hint}")

    def _about(
        self, rows: _Rows | None, at: str, values: Mapping[str, str | None], tables: Sequence[str]
    ) -> LoopTrace:
        """The leads of a group that have an instant within the period."""
        if rows is None:
            return LoopTrace(records=(), fact_ids={})
        found = self._of_group(rows.filter(~nw.col(at).is_null()), at, values)
        ids = sorted({row["lead_id"] for row in rows_of(found.select("lead_id"))})
        told = trace_of(self.frames, "lead_id", ids, tables)
        return LoopTrace(records=told.records, fact_ids=told.fact_ids)

    def _of_group(self, rows: _Rows, at: str, values: Mapping[str, str | None]) -> _Rows:
        rows = self.counting.in_months(rows, at)
        for position, value in self._wanted(values).items():
            column = "month" if position == 0 else f"by_{position - 1}"
            rows = rows.filter(nw.col(column) == value)
        return rows

    def _wanted(self, values: Mapping[str, str | None]) -> dict[int, object]:
        """By position in the keys of cells, what stands there for the group."""
        months = [month.label for month in self.counting.period.split("month")]
        return {
            0 if name == "month" else self.counting.by.index(name) + 1: (
                months.index(str(value)) if name == "month" else value or ""
            )
            for name, value in values.items()
        }

    def _sold(self, figure: str, values: Mapping[str, str | None]) -> LoopTrace:
        """The sales of a group, each with what it brought, or left."""
        rows, of_kind = self._of_group(self.counting.tables.sales, "at", values), _SALES[figure]
        if of_kind is not None:
            rows = rows.filter(nw.col("kind") == of_kind)
        columns = ["kind", "sale_id", "at", "currency", "amount_minor", "cost_minor"]
        sold: dict[str, set[tuple[str, int]]] = {}
        lines = []
        for kind, sale_id, at, currency, amount, cost in sorted(tuples_of(rows.select(*columns)), key=str):
            sold.setdefault(kind, set()).add((sale_id, at))
            worth = _margin(amount, cost) if figure == "margin" else amount
            money = None if worth is None or not currency else Money(int(worth), currency)
            if money is None or money.currency == self.exchange.currency:  # what has no rate is in no figure
                lines.append(LoopLine(record=sale_id, amount=money))
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
        return LoopTrace(records=tuple(records), fact_ids=found, lines=tuple(lines))

    def _facts_at(self, table: str, column: str, sold: set[tuple[str, int]]) -> tuple[str, ...]:
        rows = self.frames.select(table, [column, "occurred_at", "fact_id"])
        rows = rows.filter(nw.col(column).is_in(sorted({sale_id for sale_id, _ in sold})))
        told = tuples_of(rows.select(column, "occurred_at", "fact_id"))
        return tuple(sorted(fact_id for sale_id, at, fact_id in told if (sale_id, at) in sold))

    def _spent(self, figure: str, values: Mapping[str, str | None]) -> LoopTrace:
        """The spends of which a part stands in a group, each with that part."""
        wanted, currency = self._wanted(values), self.exchange.currency
        singles = self._singles()
        lines, facts = [], dict[str, list[str]]()
        for piece in self.spends.pieces:
            is_asked = piece.is_planned == (figure == "planned") and (piece.is_shared or figure != "shared")
            if not is_asked or piece.currency != currency:
                continue
            parts = [*self._parts(piece, wanted)]
            if not parts:
                continue
            told = singles[attrs.evolve(piece, minor=0)]
            shares = portions(sum(parts), [minor for _, _, minor in told])
            for (table, fact_id, _), minor in zip(told, shares, strict=True):
                amount = Money(minor, currency)
                lines.append(LoopLine(record=piece.campaign, fact_id=fact_id or None, amount=amount))
                if fact_id:
                    facts.setdefault(table, []).append(fact_id)
        return LoopTrace(
            records=tuple(sorted({line.record for line in lines if line.record})),
            fact_ids={table: tuple(sorted(set(ids))) for table, ids in facts.items()},
            lines=tuple(lines),
        )

    def _singles(self) -> dict[Piece, list[tuple[str, str, int]]]:
        """By what is alike in them, the parts of the spends one by one: table, fact and minor units."""
        counting = self.counting
        found: dict[Piece, list[tuple[str, str, int]]] = {}
        for table, fact_id, pieces in single_spends(
            self.frames, counting.period, counting.as_of, self.exchange
        ):
            for piece in pieces:
                found.setdefault(attrs.evolve(piece, minor=0), []).append((table, fact_id, piece.minor))
        return {alike: sorted(told) for alike, told in found.items()}

    def _parts(self, piece: Piece, wanted: Mapping[int, object]) -> Iterator[int]:
        """What of a cost falls into a group."""
        own = [other for other in self.spends.pieces if not other.is_shared]
        for part in self.costs.parted(piece, own) if piece.is_shared else [piece]:
            for key, minor in self.costs.divided(part):
                if all(key[at] == value for at, value in wanted.items()):
                    yield minor


def portions(part: int, whole: Sequence[int]) -> list[int]:
    """A part of a sum as parts of what was added up to it, in order, to the unit.

    Args:
        part: A part of the sum.
        whole: What adds up to the sum; some of it may be below 0.

    Example:
        >>> portions(50, [100, -20, 20]), portions(0, [5, -5])
        ([50, -10, 10], [5, -5])
    """
    total = sum(whole)
    if not total:
        return [*whole]
    found, so_far, given = [], 0, 0
    for each in whole:
        so_far += each
        until = part * so_far // total
        found.append(until - given)
        given = until
    return found


def _margin(amount: int | None, cost: int | None) -> int | None:
    return None if amount is None or cost is None else amount - cost
