"""What past deals teach of those to come: how many come, how much they bring, how amounts slip.

Everything is read as of the moment of the deal book, per source, and pulled toward all sources where a source
has few deals of its own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from statistics import median

import attrs

from smarketing.estimates import Rate
from smarketing.forecast._deals import ClosedDeal, DealBook, OpenDeal
from smarketing.forecast._lines import Lines, by_product
from smarketing.values import Money

__all__ = ["Arrivals", "History", "Priced"]

_BORROWED = 10  # how many deals' worth of all sources a source's ratio borrows
_REPRESENTATIVES = 12
_FEWEST_DAYS = 14
_MONTH_DAYS = 30


@attrs.frozen(kw_only=True)
class Priced:
    """A won deal with what it brought, in the forecast's currency; what nobody stated is None."""

    deal: ClosedDeal
    amount: int | None = None
    expected: int | None = None
    listed: int | None = None
    cost: int | None = None
    recurring: int | None = None

    @property
    def source(self) -> str | None:
        """Who began the relationship."""
        return self.deal.values.get("source")


@attrs.frozen(kw_only=True)
class Arrivals:
    """Deals of one source that come by themselves.

    Attributes:
        source: The source.
        count: How many came in the time that was looked at.
        days: How long that time was.
        certainty: How many arrivals the rate is worth: fewer where months differ more than by chance.
    """

    source: str | None
    count: int
    days: int
    certainty: float

    @property
    def per_day(self) -> float:
        """How many come on a day."""
        return self.count / self.days


@attrs.frozen(kw_only=True, eq=False)
class History:
    """The deal book read for what repeats itself.

    Attributes:
        book: The deals as of the moment.
        won: The won ones, in the forecast's currency; those in currencies without a rate are left out.
        days: How far back arrivals are counted.
        lines: Of each deal that has lines, what its products come to.
    """

    book: DealBook = attrs.field(repr=False)
    won: tuple[Priced, ...] = attrs.field(repr=False)
    days: int
    lines: Lines = attrs.field(repr=False, factory=dict)

    @cached_property
    def window_days(self) -> int:
        """The days in which arrivals are counted: no more than there is history for."""
        began = [deal.created_at for deal in self._deals if deal.created_at is not None]
        if not began:
            return 0
        return min(self.days, math.ceil((self.book.as_of - min(began)) / timedelta(days=1)))

    @property
    def _deals(self) -> Iterable[OpenDeal | ClosedDeal]:
        yield from self.book.open
        yield from self.book.closed

    @property
    def sources(self) -> tuple[str | None, ...]:
        """Every source of the book; unknown last."""
        found = {deal.values.get("source") for deal in self._deals}
        return tuple(sorted(found, key=lambda source: (source is None, source or "")))

    @cached_property
    def created(self) -> Mapping[str | None, Arrivals]:
        """Deals that were opened, by source."""
        return self._arrivals({id(deal): deal.created_at for deal in self._deals})

    @cached_property
    def reopened(self) -> Mapping[str | None, Arrivals]:
        """Deals that were opened again, by source."""
        return self._arrivals({id(deal): deal.reopened_at for deal in self._deals})

    def _arrivals(self, moments: Mapping[int, object]) -> Mapping[str | None, Arrivals]:
        if self.window_days < _FEWEST_DAYS:
            return {}
        months: dict[str | None, Counter[int]] = {}
        for deal in self._deals:
            at = moments[id(deal)]
            if at is None:
                continue
            ago = (self.book.as_of - at) // timedelta(days=1)  # type: ignore[operator]
            if ago < self.window_days:
                months.setdefault(deal.values.get("source"), Counter())[ago // _MONTH_DAYS] += 1
        whole = self.window_days // _MONTH_DAYS
        return {
            source: Arrivals(
                source=source,
                count=counts.total(),
                days=self.window_days,
                certainty=_certainty(counts.total(), [counts[month] for month in range(whole)]),
            )
            for source, counts in months.items()
        }

    def mix(self, source: str | None, names: tuple[str, ...]) -> Mapping[tuple[str | None, ...], int]:
        """How many deals of a source, opened in the time looked at, had which values of some dimensions.

        In millionths of a deal, since one with lines counts for each of its products in part.
        """
        if (source, names) not in self._mixes:
            counted: Counter[tuple[str | None, ...]] = Counter()
            for deal in self._deals:
                if deal.values.get("source") != source or deal.created_at is None:
                    continue
                if (self.book.as_of - deal.created_at) // timedelta(days=1) < self.window_days:
                    for values, part in self._shared(deal, names):
                        counted[tuple(values.get(name) for name in names)] += part
            order = sorted(counted, key=lambda values: [(each is None, each or "") for each in values])
            self._mixes[source, names] = {values: counted[values] for values in order}
        return self._mixes[source, names]

    def _shared(
        self, deal: OpenDeal | ClosedDeal, names: tuple[str, ...]
    ) -> Iterator[tuple[Mapping[str, str | None], int]]:
        """A deal as one part, or one for each product of its lines, in millionths."""
        lines = self.lines.get(deal.deal_id, {}) if "product" in names else {}
        for product, part in by_product(_WHOLE, lines, deal.values.get("product")).items():
            yield {**deal.values, "product": product}, part

    @cached_property
    def _mixes(self) -> dict[object, Mapping[tuple[str | None, ...], int]]:
        return {}

    def ratio(self, source: str | None) -> float:
        """Closed ÷ expected of won deals, as a ratio of sums: how amounts slip on the way to the sale."""
        return self._ratios.get(source, self._ratio_of_all)

    @cached_property
    def _slipped(self) -> Mapping[str | None, tuple[int, int, int]]:
        sums: dict[str | None, tuple[int, int, int]] = {}
        for each in self.won:
            if each.amount is not None and each.expected is not None and each.expected > 0:
                count, closed, expected = sums.get(each.source, (0, 0, 0))
                sums[each.source] = count + 1, closed + each.amount, expected + each.expected
        return sums

    @cached_property
    def _ratio_of_all(self) -> float:
        count, closed, expected = (sum(each[k] for each in self._slipped.values()) for k in range(3))
        return _pulled(count, closed, expected, 1.0)

    @cached_property
    def _ratios(self) -> Mapping[str | None, float]:
        return {source: _pulled(*sums, self._ratio_of_all) for source, sums in self._slipped.items()}

    def typical(self, product: str | None, source: str | None) -> int | None:
        """What a won deal brings on average: of the product, else of the source, else of all."""
        for key in (("product", product), ("source", source), ("", None)):
            if key in self._means and (key[1] is not None or not key[0]):
                return self._means[key]
        return None

    @cached_property
    def _means(self) -> Mapping[tuple[str, str | None], int]:
        groups: dict[tuple[str, str | None], list[int]] = {}
        for each in self.won:
            if each.amount is not None:
                for key in (
                    ("product", each.deal.values.get("product")),
                    ("source", each.source),
                    ("", None),
                ):
                    groups.setdefault(key, []).append(each.amount)
        return {key: (2 * sum(found) + len(found)) // (2 * len(found)) for key, found in groups.items()}

    def part(self, source: str | None, of: Callable[[Priced], int | None]) -> float | None:
        """A part of what won deals brought (such as the margin), as a share of it; None where nobody says."""
        for only in (source, _ALL):
            told = [(each.amount, of(each)) for each in self.won if only is _ALL or each.source == only]
            known = [(amount, part) for amount, part in told if amount and part is not None]
            if known:
                return sum(part for _, part in known) / sum(amount for amount, _ in known)
        return None

    def amounts(self, source: str | None, of: Callable[[Priced], int | None]) -> tuple[float, ...]:
        """A dozen amounts that stand for what won deals of a source brought; of all where it has few."""
        told = (of(each) for each in self._typical(source))
        return _representatives(sorted(amount for amount in told if amount is not None))

    def told_share(self, source: str | None, of: Callable[[Priced], int | None]) -> float:
        """How many of the deals that those amounts stand for say so, as a share of all that have amounts."""
        told = [of(each) is not None for each in self._typical(source)]
        return sum(told) / len(told) if told else 0.0

    def _typical(self, source: str | None) -> Sequence[Priced]:
        """The won deals with amounts that stand for those to come of a source."""
        known = [each for each in self.won if each.amount is not None]
        own = [each for each in known if each.source == source]
        return own if len(own) >= _BORROWED else known

    def ids_of(self, source: str | None) -> set[str]:
        """Every deal of a source, open or closed."""
        return {deal.deal_id for deal in self._deals if deal.values.get("source") == source}

    def win_rate(self, source: str | None) -> Rate:
        """Won, of the deals of a source that closed."""
        outcomes = [deal.won for deal in self.book.closed if deal.values.get("source") == source]
        return Rate(sum(outcomes), len(outcomes))

    def days_to_close(self, source: str | None) -> timedelta | None:
        """How long a won deal of the source took, as a median; None where none was won."""
        ages = [
            each.deal.age_days
            for each in self.won
            if each.source == source and each.deal.age_days is not None
        ]
        return timedelta(days=round(median(ages))) if ages else None


_ALL = "\0"
_WHOLE = 1_000_000


def _pulled(count: int, closed: int, expected: int, parent: float) -> float:
    """A ratio of sums, pulled toward that of a larger group by ten deals of the mean size."""
    if not count:
        return parent
    borrowed = _BORROWED * expected / count
    return (closed + borrowed * parent) / (expected + borrowed)


def _certainty(count: int, months: Sequence[int]) -> float:
    """The shape of the gamma that a rate is: its own count, and how months differ beyond chance."""
    spread = 0.0
    if len(months) >= 3 and (mean := sum(months) / len(months)) > 0:
        variance = sum((each - mean) ** 2 for each in months) / (len(months) - 1)
        spread = max(0.0, variance - mean) / (mean * mean)
    return 1.0 / (1.0 / (count + 0.5) + spread)


def _representatives(ordered: Sequence[int]) -> tuple[float, ...]:
    """Means of equal parts of the amounts: the mean of all is kept.

    In whole numbers, so that one price for all stays that price to the cent, and sums stay multiples of it.
    """
    if len(ordered) <= _REPRESENTATIVES:
        return tuple(map(float, ordered))
    pieces, width = _REPRESENTATIVES, len(ordered)  # each amount is cut into so many pieces
    parts: list[float] = []
    for start in range(0, pieces * width, width):
        end = start + width
        first, after = start // pieces, -(-end // pieces)
        total = pieces * sum(ordered[first:after])
        total -= (start - pieces * first) * ordered[first] + (pieces * after - end) * ordered[after - 1]
        parts.append(total / width)
    return tuple(parts)


def priced(book: DealBook, to_minor: Callable[[Money, ClosedDeal], int | None]) -> tuple[Priced, ...]:
    """The won deals with amounts in the forecast's currency; what has no rate is left out."""
    found: list[Priced] = []
    for deal in book.closed:
        if not deal.won:
            continue
        amount, expected, listed, cost, recurring = (
            None if minor is None or currency is None else to_minor(Money(minor, currency), deal)
            for minor, currency in (
                (deal.amount_minor, deal.currency),
                (deal.expected_minor, deal.currency),
                (deal.list_minor, deal.list_currency),
                (deal.cost_minor, deal.cost_currency),
                (deal.recurring_minor, deal.recurring_currency),
            )
        )
        if amount is None and deal.amount_minor is not None and deal.currency is not None:
            continue  # a currency without a rate
        found.append(
            Priced(deal=deal, amount=amount, expected=expected, listed=listed, cost=cost, recurring=recurring)
        )
    return tuple(found)
