"""What to do about each source, with the evidence beside the rule of thumb.

Seekers: what is conceded to them, and whether the margin (not only the revenue) grows. Search: what a won
deal takes in attempts and hours. Referrals: how they are qualified, and whether whoever referred was told.
What nobody recorded is None, never zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.document import Kind
from smarketing.forecast._deals import ClosedDeal
from smarketing.forecast._history import History, Priced
from smarketing.frames import Frames, rows_of, tuples_of
from smarketing.language import N_
from smarketing.sources import LeadSource
from smarketing.values import Money

__all__ = ["Evidence", "SourceAdvice", "advice_of"]

_HALF_YEAR = timedelta(days=182)
_HOUR = 60
_TOLD = {"reported", "reciprocated"}

Value = Money | float | int | None


@attrs.frozen(kw_only=True)
class Evidence:
    """One figure about a source.

    Attributes:
        name: What it is, in English.
        kind: How it is written: "share", "money", "number" or "count".
        value: The figure; None where nobody recorded what it takes.
        count: How many deals it stands on.
    """

    name: str
    kind: Kind = attrs.field(converter=Kind)
    value: Value
    count: int


@attrs.frozen(kw_only=True)
class SourceAdvice:
    """One source: what experience says of it, and what the company's own deals say.

    Attributes:
        source: The source.
        evidence: The company's own figures.
        advice: What to do, in English, most important first.
    """

    source: LeadSource
    evidence: tuple[Evidence, ...]
    advice: tuple[str, ...]


def advice_of(frames: Frames, history: History, currency: str) -> tuple[SourceAdvice, ...]:
    """The advice about each source of which deals are known, as of the moment of the frames."""
    told = _Told(frames, history, currency)
    present = {*history.sources}
    return tuple(
        SourceAdvice(source=source, evidence=tuple(told.evidence(source)), advice=source.playbook.advice)
        for source in LeadSource
        if source.value in present
    )


class _Told:
    """What the tables say of the deals of each source."""

    def __init__(self, frames: Frames, history: History, currency: str) -> None:
        self._frames, self._history, self._currency = frames, history, currency
        columns = ["deal_id", "lead_id", "payment_days"]
        self._deals = {row["deal_id"]: row for row in rows_of(frames.latest("deals", columns))}

    def evidence(self, source: LeadSource) -> Iterator[Evidence]:
        """The figures of one source: what all have, and what its rule of thumb asks for."""
        won = [each for each in self._history.won if each.source == source.value]
        closed = [deal for deal in self._history.book.closed if deal.values.get("source") == source.value]
        rate = self._history.win_rate(source.value)
        priced = [each for each in won if each.amount is not None]
        revenue = sum(each.amount or 0 for each in priced)
        yield Evidence(
            name=N_("Won, of those that closed"), kind="share", value=rate.share, count=rate.trials
        )
        money = Money(revenue, self._currency)
        yield Evidence(name=N_("Revenue won"), kind="money", value=money, count=len(priced))
        costed = [each for each in priced if each.cost is not None]
        yield Evidence(
            name=N_("Margin, of revenue"),
            kind="share",
            value=_share(sum(_margin(each) for each in costed), sum(each.amount or 0 for each in costed)),
            count=len(costed),
        )
        match source:
            case LeadSource.SEEKER:
                yield from self._concessions(won)
                yield self._growth(N_("Growth of revenue in half a year"), priced, _revenue)
                yield self._growth(N_("Growth of margin in half a year"), costed, _margin)
            case LeadSource.SEARCH:
                yield from self._effort(closed, won)
            case LeadSource.REFERRAL:
                yield from self._qualified(source)
                yield self._reported(closed)

    def _concessions(self, won: Iterable[Priced]) -> Iterator[Evidence]:
        """What won deals gave away of their list price, and how long they take to pay."""
        listed, paid, days = list[int](), list[int](), list[int]()
        for each in won:
            if each.listed and each.amount is not None:
                listed.append(each.listed)
                paid.append(each.amount)
            pays_within = self._deals.get(each.deal.deal_id, {}).get("payment_days")
            if pays_within is not None:
                days.append(pays_within)
        conceded = _share(sum(listed) - sum(paid), sum(listed))
        yield Evidence(name=N_("Conceded, of list price"), kind="share", value=conceded, count=len(listed))
        mean = sum(days) / len(days) if days else None
        yield Evidence(name=N_("Days to pay"), kind="number", value=mean, count=len(days))

    def _growth(self, name: str, priced: Iterable[Priced], of: Callable[[Priced], int]) -> Evidence:
        """What the last half year brought against what the half year before did."""
        as_of = self._history.book.as_of
        halves = [0, 0]
        count = 0
        for each in priced:
            ago = (as_of - each.deal.closed_at) // _HALF_YEAR
            if ago < 2:
                halves[ago] += of(each)
                count += 1
        now, before = halves
        grown = _share(now - before, before) if before > 0 else None
        return Evidence(name=name, kind="share", value=grown, count=count)

    def _effort(self, closed: Iterable[ClosedDeal], won: Iterable[Priced]) -> Iterator[Evidence]:
        """What went into all deals of the source that closed, per deal that was won."""
        ids = {deal.deal_id for deal in closed}
        leads = {self._deals[deal]["lead_id"] for deal in ids if deal in self._deals} - {None}
        count = len([*won])
        attempts = self._sum_of("contact_attempts", None, ids, leads)
        each = attempts / count if count and attempts is not None else None
        yield Evidence(name=N_("Attempts per won deal"), kind="number", value=each, count=count)
        minutes = self._sum_of("times_spent", "spent_minutes", ids, leads)
        hours = minutes / _HOUR / count if count and minutes is not None else None
        yield Evidence(name=N_("Hours per won deal"), kind="number", value=hours, count=count)

    def _sum_of(self, table: str, column: str | None, deals: set[str], leads: set[str]) -> int | None:
        """How many rows of a table, or how much of a column, belong to some deals or their leads."""
        if table not in self._frames.names:
            return None
        rows = self._frames.select(table, ["deal_id", "lead_id", *([column] if column else [])])
        amount = nw.col(column).sum() if column else nw.len()
        counted = rows.group_by("deal_id", "lead_id").agg(amount.alias("amount_count"))
        return sum(
            amount or 0
            for deal_id, lead_id, amount in tuples_of(counted.select("deal_id", "lead_id", "amount_count"))
            if deal_id in deals or (deal_id is None and lead_id in leads)
        )

    def _qualified(self, source: LeadSource) -> Iterator[Evidence]:
        """Of its deals' leads that sales answered, how many it accepted."""
        verdicts = self._verdicts
        if verdicts is None:
            yield Evidence(name=N_("Accepted by sales"), kind="share", value=None, count=0)
            return
        ids = self._history.ids_of(source.value)
        leads = {self._deals[deal_id]["lead_id"] for deal_id in ids if deal_id in self._deals}
        answers = [verdict for lead in leads for verdict in verdicts.get(lead, ())]
        accepted = answers.count("accepted")
        judged = accepted + answers.count("rejected")
        share = _share(accepted, judged)
        yield Evidence(name=N_("Accepted by sales"), kind="share", value=share, count=judged)

    def _reported(self, closed: Iterable[ClosedDeal]) -> Evidence:
        """Of its deals that closed, for how many whoever referred was told."""
        verdicts = self._verdicts
        ids = [deal.deal_id for deal in closed]
        told = 0
        for deal_id in ids:
            lead = self._deals.get(deal_id, {}).get("lead_id")
            said = {*(verdicts or {}).get(deal_id, ()), *(verdicts or {}).get(lead, ())}
            told += bool(said & _TOLD)
        share = None if verdicts is None else _share(told, len(ids))
        return Evidence(
            name=N_("Reported back to whoever referred"), kind="share", value=share, count=len(ids)
        )

    @property
    def _verdicts(self) -> Mapping[Any, list[str]] | None:
        """What sales answered, by lead and by deal; None where nobody records answers."""
        if "feedbacks" not in self._frames.names:
            return None
        found: dict[Any, list[str]] = {}
        for lead_id, deal_id, verdict in tuples_of(
            self._frames.select("feedbacks", ["lead_id", "deal_id", "verdict"])
        ):
            for key in {lead_id, deal_id} - {None}:
                found.setdefault(key, []).append(verdict)
        return found


def _revenue(each: Priced) -> int:
    return each.amount or 0


def _margin(each: Priced) -> int:
    return (each.amount or 0) - (each.cost or 0)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
