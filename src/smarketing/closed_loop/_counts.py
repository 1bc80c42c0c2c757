"""The figures of a loop by month and group: a few plain sums of the engine, added up in Python from there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.calendars import BusinessCalendar
from smarketing.closed_loop._loop_rows import LoopTables
from smarketing.closed_loop._loop_terms import AnswerTerm, Stages, View
from smarketing.frames import position_among, tuples_of, with_clocks
from smarketing.funnel import reached
from smarketing.periods import Dated, Period, start_of_day, to_micros

__all__ = ["Cell", "Cells", "Counting", "Key"]

Key = tuple[Any, ...]
"""The position of the month, then the value of each dimension, blank where it is not known."""

_Rows = nw.LazyFrame[Any]
_DAY = 86_400_000_000


@attrs.define(eq=False)
class Cell:
    """What one group has in one month, by the name of the figure; what is not in it was not there.

    Attributes:
        sums: Numbers and amounts of the company's currency.
        reasons: By verdict and reason, how many leads.
        left_out: By what it is of ("spend", "planned" or "sales") and currency, the money without a rate.
        ages: By whole days from the capture of its lead, the revenue.
    """

    sums: Counter[str] = attrs.field(factory=Counter)
    reasons: Counter[tuple[str, str]] = attrs.field(factory=Counter)
    left_out: Counter[tuple[str, str]] = attrs.field(factory=Counter)
    ages: Counter[int] = attrs.field(factory=Counter)

    @property
    def unrated(self) -> frozenset[str]:
        """What has no rate, all of it or in part."""
        return frozenset(figure for figure, currency in self.left_out if currency)

    def add(self, other: Cell) -> None:
        """Add what another one has."""
        for mine, more in (
            (self.sums, other.sums),
            (self.reasons, other.reasons),
            (self.left_out, other.left_out),
            (self.ages, other.ages),
        ):
            for name, number in more.items():  # `update` of counters, that keeps a zero which somebody said
                mine[name] += number  # type: ignore[index]


class Cells(dict[Key, Cell]):
    """Cells by key, each made when it is first asked for."""

    def __missing__(self, key: Key) -> Cell:
        cell = self[key] = Cell()
        return cell


def months_after(period: Period) -> list[int]:
    """The instants at which the months after the first one begin."""
    return [month.boundaries[0] for month in period.split("month")[1:]]


@attrs.frozen(kw_only=True, eq=False)
class Counting:
    """Counts the tables of a loop for one period and one view.

    Attributes:
        tables: Leads and sales.
        stages: What the loop calls the funnel's stages.
        period: Whose months.
        view: Where figures stand.
        as_of: What was known.
        currency: The company's.
        by: The dimensions of the tables.
        answer_term: How soon sales answers.
    """

    tables: LoopTables
    stages: Stages
    period: Period
    view: View
    as_of: datetime
    currency: str
    by: tuple[str, ...]
    answer_term: Dated[AnswerTerm | None] | None

    def cells(self) -> Cells:
        """Every figure but the cost of the actions."""
        cells = Cells()
        self._leads(cells)
        self._reasons(cells)
        self._open(cells)
        self._sales(cells)
        return cells

    @property
    def groups(self) -> list[str]:
        """The columns of the dimensions."""
        return [f"by_{i}" for i in range(len(self.by))]

    def within(self, rows: _Rows, column: str) -> _Rows:
        """The rows of which an instant lies in the period."""
        first, last = self.period.boundaries
        return rows.filter(nw.col(column) >= first, nw.col(column) < last)

    def at(self, column: str) -> str:
        """The instant at which a figure stands: its own, or that of the lead's capture."""
        return "captured_at" if self.view == "cohort" else column

    def in_months(self, rows: _Rows, column: str) -> _Rows:
        """The rows of the period with the position of the month in which they stand."""
        at = self.at(column)
        month = position_among(nw.col(at), months_after(self.period))
        return self.within(rows, at).with_columns(month.alias("month"))

    def stage_at(self, position: int) -> str:
        """The column that says when a stage was reached; whoever ordered is a customer too."""
        return "customer_at" if position == self.stages.customer else reached(position)

    def _summed(
        self, rows: _Rows, sums: Sequence[str], extra: Sequence[str] = ()
    ) -> Iterator[tuple[Key, Key, Key]]:
        """Sums of columns by month and group, and by what else is asked: key, extra values, sums."""
        keys = ["month", *self.groups]
        named = [nw.col(name).sum() for name in sums] or [nw.len().alias("rows_count")]
        summed = rows.group_by(*keys, *extra).agg(*named)
        width = len(keys)
        found = tuples_of(summed.select(*keys, *extra, *(sums or ["rows_count"])))
        for row in found:
            yield row[:width], row[width : width + len(extra)], row[width + len(extra) :]

    def _leads(self, cells: Cells) -> None:
        """How many leads reached each stage, and what was answered."""
        leads = self.tables.leads
        ats = {f"stage_{k}": self.stage_at(k) for k in self.stages.counted}
        ats[f"stage_{self.stages.captured}"] = "captured_at"
        if self.view == "cohort":
            flags = {name: ~nw.col(at).is_null() for name, at in ats.items()}
            rows = self.in_months(leads, "captured_at").with_columns(
                nw.when(flag).then(nw.lit(1)).otherwise(nw.lit(0)).alias(name) for name, flag in flags.items()
            )
            for key, _, sums in self._summed(rows, [*ats]):
                for name, number in zip(ats, sums, strict=True):
                    cells[key].sums[name] += int(number)
            return
        for name, at in ats.items():
            for key, _, (number,) in self._summed(self.in_months(leads, at), ()):
                cells[key].sums[name] += int(number)

    def _reasons(self, cells: Cells) -> None:
        """Answers by verdict and reason."""
        answered = self.in_months(self.tables.leads.filter(~nw.col("answered_at").is_null()), "answered_at")
        texts = answered.with_columns(nw.col("reason").fill_null(""))
        for key, (verdict, reason), (number,) in self._summed(texts, (), ["verdict", "reason"]):
            cells[key].sums[verdict] += int(number)
            cells[key].reasons[verdict, reason.strip()] += int(number)

    @property
    def open_leads(self) -> _Rows | None:
        """The leads handed over that have not bought, and without an answer; None without a handover."""
        if self.stages.handover is None:
            return None
        handed = nw.col(reached(self.stages.handover))
        leads = self.tables.leads.filter(~handed.is_null(), nw.col("customer_at").is_null())
        waiting = leads.filter(nw.col("answered_at").is_null())
        waiting = waiting.with_columns(handed.alias("handed_at"))
        return self.in_months(waiting, "handed_at")

    @property
    def overdue_leads(self) -> _Rows | None:
        """Those of them whose time is up; None without a handover, or without any promise."""
        waiting = self.open_leads
        late = [
            rows.filter(nw.col("worked") >= within // timedelta(microseconds=1))
            for rows, within in (self.promised(waiting) if waiting is not None else ())
            if within is not None
        ]
        return nw.concat(late) if late else None

    def _open(self, cells: Cells) -> None:
        for figure, rows in (("open", self.open_leads), ("overdue", self.overdue_leads)):
            for key, _, (number,) in self._summed(rows, ()) if rows is not None else ():
                cells[key].sums[figure] += int(number)

    def promised(self, waiting: _Rows) -> Iterator[tuple[_Rows, timedelta | None]]:
        """The open leads by the promise that held when they were handed over, with the time that passed.

        Yields:
            Leads with the working time since the handover as `worked`, and the promised time, if any.
        """
        versions = self.answer_term.versions if self.answer_term else ()
        if not versions or versions[0][0].year > 1:  # before the first promise there was none
            first = to_micros(start_of_day(versions[0][0], self.period.zone)) if versions else None
            before = waiting if first is None else waiting.filter(nw.col("handed_at") < first)
            yield with_time_since(before, None, self.as_of), None
        for index, (day, term) in enumerate(versions):
            rows = waiting
            if day.year > 1:
                rows = rows.filter(nw.col("handed_at") >= to_micros(start_of_day(day, self.period.zone)))
            if index + 1 < len(versions):
                until = to_micros(start_of_day(versions[index + 1][0], self.period.zone))
                rows = rows.filter(nw.col("handed_at") < until)
            calendar, within = (term.calendar, term.within) if term else (None, None)
            yield with_time_since(rows, calendar, self.as_of), within

    def _sales(self, cells: Cells) -> None:
        """What was sold, to the cent, and how old its lead was."""
        rows = self.in_months(self.tables.sales, "at")
        unpriced, uncosted = (nw.col(name).is_null() for name in ("amount_minor", "cost_minor"))
        is_sale = nw.col("kind") != "return"
        counted = {
            "unpriced": unpriced & is_sale,
            "uncosted": uncosted & ~unpriced,
            "free": (nw.col("amount_minor") == 0).fill_null(value=False) & is_sale,
        }
        flags = [_one_if(condition).alias(name) for name, condition in counted.items()]
        one = nw.when(nw.col("at") == nw.col("at")).then(nw.lit(1)).otherwise(nw.lit(0)).alias("sales")
        cost = nw.when(~unpriced).then(nw.col("cost_minor")).alias("cost_minor")  # of what is in the revenue
        rows = rows.with_columns(*flags, one, cost, nw.col("currency").fill_null(""))
        names = ["sales", *counted, "amount_minor", "cost_minor"]
        for key, (kind, currency), sums in self._summed(rows, names, ["kind", "currency"]):
            sold = {name: int(number or 0) for name, number in zip(names, sums, strict=True)}
            cell = cells[key]
            cell.sums[f"{kind}s"] += sold["sales"]
            cell.sums["unpriced"] += sold["unpriced"]
            cell.sums["free"] += sold["free"]
            if currency not in {"", self.currency}:
                cell.left_out["sales", currency] += sold["amount_minor"]
                continue
            cell.sums["uncosted"] += sold["uncosted"]
            cell.sums["revenue"] += sold["amount_minor"]
            cell.sums["cost"] += sold["cost_minor"]
        if self.view == "cohort":
            since: Any = nw.col("at") - nw.col("captured_at")
            aged = rows.filter(nw.col("currency") == self.currency).with_columns(
                (since.clip(0, None) // _DAY).alias("age_days")
            )
            for key, (age,), (amount,) in self._summed(aged, ["amount_minor"], ["age_days"]):
                cells[key].ages[int(age)] += int(amount or 0)


def _one_if(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))


def with_time_since(rows: _Rows, calendar: BusinessCalendar | None, as_of: datetime) -> _Rows:
    """The rows with the working time since the handover, in microseconds, as `worked`."""
    now: Any = nw.col("handed_at") * 0 + (to_micros(as_of) - 1)
    since: Any = nw.col("handed_at")
    rows = rows.with_columns(now.alias("now_at"))
    if calendar is None:
        return rows.with_columns((nw.col("now_at") - since).alias("worked"))
    timed = with_clocks(rows, calendar, {"clock_from": "handed_at", "clock_to": "now_at"})
    return timed.with_columns((nw.col("clock_to") - nw.col("clock_from")).alias("worked"))


def collapsed(cells: Cells, pick: Sequence[int], keys: Iterable[Key] | None = None) -> Cells:
    """The cells added up over all parts of their keys but those at some positions."""
    found = Cells()
    for key in cells if keys is None else keys:
        found[tuple(key[position] for position in pick)].add(cells[key])
    return found
