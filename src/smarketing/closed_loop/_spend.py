"""What the actions cost: each spend laid over the days that it covers, and found again by month and campaign.

A spend covers the days from `starts_on` to `ends_on`, or the day on which it was booked. Its amount is spread
over them evenly: by the end of each day its share of the whole has been spent, rounded half-up to the cent.
So no month is more than a cent off, neighbouring periods add up to the whole, and no cent is lost or made.

Money that was really spent counts for the days before the moment of the analysis: what is paid for days still
to come is not yet a cost of what has come. A plan counts for all its days; where no spend is planned for a
campaign, its budget is the plan.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import narwhals.stable.v2 as nw

from smarketing.closed_loop._doubts import Doubt
from smarketing.closed_loop._loop_terms import Exchange
from smarketing.estimates import round_half_up
from smarketing.frames import Frames, tuples_of
from smarketing.language import N_
from smarketing.origin import Origin, Severity
from smarketing.periods import Period, from_micros

__all__ = ["Piece", "Spends", "read_spends", "single_spends", "spread"]

_COLUMNS = (
    "campaign_id",
    "channel",
    "asset",
    "basis",
    "shared",
    "currency",
    "amount_minor",
    "starts_on",
    "ends_on",
    "occurred_at",
)
_ONE_DAY = timedelta(days=1)


@attrs.frozen
class Piece:
    """The part of some spends that falls in a month.

    Attributes:
        campaign: The campaign, blank where none is named.
        channel: The channel that the spend itself names, or blank.
        asset: The asset that it names, or blank.
        month: The position of the month in the period.
        minor: The amount, in minor units of `currency`.
        currency: The company's, or another one that no rate is known for.
        is_planned: Whether it is a plan.
        is_shared: Whether several campaigns share it.
    """

    campaign: str
    channel: str
    asset: str
    month: int
    minor: int
    currency: str
    is_planned: bool
    is_shared: bool


@attrs.frozen(kw_only=True)
class Spends:
    """What was spent within a period.

    Attributes:
        pieces: The parts by month; equal ones are added up.
        doubts: What is odd in the spends, and how it was read.
    """

    pieces: tuple[Piece, ...] = ()
    doubts: tuple[Doubt, ...] = ()


def spread(amount: int, days: int, start: int, end: int) -> int:
    """The part of an amount, laid evenly over some days, that falls on the days from `start` before `end`.

    Example:
        >>> [spread(100, 3, day, day + 1) for day in range(3)], spread(100, 3, 0, 3)
        ([33, 34, 33], 100)
        >>> spread(-100, 3, 0, 1)
        -33
    """
    start, end = (min(max(day, 0), days) for day in (start, end))
    part = round_half_up(abs(amount) * end, days) - round_half_up(abs(amount) * start, days)
    return -part if amount < 0 else part


def read_spends(frames: Frames, period: Period, as_of: datetime, exchange: Exchange) -> Spends:
    """The spends that count, by month of the period.

    Args:
        frames: As of the moment that the analysis is of.
        period: Whose days count.
        as_of: The moment.
        exchange: What other currencies are worth, at the rate of a spend's first day.
    """
    counted = Counter[tuple[Any, ...]]()
    for row in tuples_of(_grouped(frames)) if "spends" in frames.names else ():
        counted[row[:-1]] += row[-1]
    for row, _ in _budgets(frames):
        counted[row] += 1
    reader = _Reader(period, as_of, exchange)
    found: Counter[tuple[str, str, str, int, str, bool, bool]] = Counter()
    for row, times in counted.items():
        for part in reader.pieces(row, times):
            what = part.campaign, part.channel, part.asset, part.month
            found[*what, part.currency, part.is_planned, part.is_shared] += part.minor
    pieces = [
        Piece(campaign, channel, asset, month, minor, currency, is_planned, is_shared)
        for (campaign, channel, asset, month, currency, is_planned, is_shared), minor in sorted(found.items())
    ]
    return Spends(pieces=tuple(pieces), doubts=tuple(reader.doubts()))


def single_spends(
    frames: Frames, period: Period, as_of: datetime, exchange: Exchange
) -> Iterator[tuple[str, str, list[Piece]]]:
    """The spends one by one, then the budgets: table and id of the fact, and its parts within the period."""
    reader = _Reader(period, as_of, exchange)
    told = [("campaigns", row, fact_id) for row, fact_id in _budgets(frames)]
    if "spends" in frames.names:
        rows = tuples_of(frames.select("spends", [*_COLUMNS, "fact_id"]))
        told += [("spends", tuple(row), str(fact_id or "")) for *row, fact_id in rows]
    for table, row, fact_id in told:
        if pieces := list(reader.pieces(row, 1)):
            yield table, fact_id, pieces


def _budgets(frames: Frames) -> list[tuple[tuple[Any, ...], str]]:
    """Budgets of campaigns for which no spend is planned, as planned spends, with the ids of their facts."""
    if "campaigns" not in frames.names:
        return []
    planned = set[str]()
    if "spends" in frames.names:
        rows = frames.select("spends", ["campaign_id", "basis"]).filter(nw.col("basis") == "planned")
        planned = {campaign for (campaign,) in tuples_of(rows.select("campaign_id").unique(["campaign_id"]))}
    columns = ["campaign_id", "budget_minor", "currency", "starts_on", "ends_on", "occurred_at", "fact_id"]
    found = []
    for campaign, budget, currency, starts, ends, at, fact_id in tuples_of(
        frames.latest("campaigns", columns)
    ):
        if budget is not None and currency and (starts or ends) and campaign not in planned:
            row = (campaign, "", "", "planned", False, currency, budget, starts, ends, at)
            found.append((row, str(fact_id or "")))
    return sorted(found, key=str)


def _grouped(frames: Frames) -> nw.LazyFrame[Any]:
    """Equal spends once, with how many there are; each is converted and spread by itself all the same."""
    rows = frames.select("spends", _COLUMNS)
    texts = ("campaign_id", "channel", "asset", "basis", "currency")
    rows = rows.with_columns(*(nw.col(name).fill_null("") for name in texts))
    return rows.group_by(*_COLUMNS).agg(nw.len().alias("spends_count")).select(*_COLUMNS, "spends_count")


class _Reader:
    """From rows of spends to their parts, with an account of what is odd in them."""

    def __init__(self, period: Period, as_of: datetime, exchange: Exchange) -> None:
        self._zone = ZoneInfo(period.zone)
        self._exchange = exchange
        months = period.split("month")
        self._first_days = [month.start.astimezone(self._zone).date() for month in months]
        self._last_month = len(months) - 1
        self._end = (period.end - timedelta(microseconds=1)).astimezone(self._zone).date() + _ONE_DAY
        self._passed = (as_of - timedelta(microseconds=1)).astimezone(self._zone).date() + _ONE_DAY
        self._backwards = 0
        self._without_rate: Counter[str] = Counter()
        self._day_of = cache(lambda micros: from_micros(micros).astimezone(self._zone).date())

    def pieces(self, row: tuple[Any, ...], times: int) -> Iterator[Piece]:
        """The parts of so many equal spends, by month."""
        campaign, channel, asset, basis, shared, currency, amount, starts_on, ends_on, at = row
        booked = self._day_of(at)
        first: date = starts_on or ends_on or booked
        last: date = ends_on or starts_on or booked
        is_backwards = last < first
        last = max(first, last)
        is_planned = basis == "planned"
        end = self._end if is_planned else min(self._end, self._passed)
        if last < self._first_days[0] or first >= end:
            return
        self._backwards += times if is_backwards else 0
        converted = self._exchange.convert(int(amount), currency, first)
        if converted is None:
            self._without_rate[currency] += times
        minor = int(amount) if converted is None else converted
        days = (last - first).days + 1
        month = max(bisect_right(self._first_days, first) - 1, 0)
        for index in range(month, len(self._first_days)):
            start = self._first_days[index]
            after = self._end if index == self._last_month else self._first_days[index + 1]
            after = min(after, end)
            if start > last or start >= after:
                return
            if after > first:
                part = spread(minor, days, (start - first).days, (after - first).days)
                yield Piece(
                    campaign or "",
                    channel or "",
                    asset or "",
                    index,
                    part * times,
                    currency if converted is None else self._exchange.currency,
                    is_planned,
                    bool(shared),
                )

    def doubts(self) -> Iterator[Doubt]:
        """What was odd, once each."""
        origin = Origin(table="spends")
        if self._backwards:
            text = N_(
                "Spends that end before they begin: {count}. Each counts on its first day; swap or mend "
                "`starts_on` and `ends_on`."
            )
            yield Doubt(code="spend-backwards", text=text, values={"count": self._backwards}, origin=origin)
        for currency, count in sorted(self._without_rate.items()):
            text = N_(
                "Spends in {currency}, of which no rate is known on their day: {count}. They are left out of "
                "every figure, and ratios that need them are missing; give a dated rate."
            )
            yield Doubt(
                code="spend-without-rate",
                text=text,
                values={"currency": currency or "—", "count": count},
                origin=origin,
                severity=Severity.ERROR,
            )
