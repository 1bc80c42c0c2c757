"""What a forecast is made of, to be added up in any way: deals won, deals open, deals that are to come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import NamedTuple, TypeVar

import attrs

from smarketing.estimates import largest_remainder, round_half_up
from smarketing.forecast._book import DealForecast, expected_of
from smarketing.forecast._days import last_day, local_day
from smarketing.forecast._history import History, Priced
from smarketing.forecast._lines import by_product
from smarketing.forecast._outlook import Outlook
from smarketing.forecast._pools import Pool, Stream
from smarketing.forecast._shifts import Luck
from smarketing.periods import Period
from smarketing.values import Money

__all__ = ["Coming", "Component", "Entry", "Figures"]

R = TypeVar("R")
Asked = tuple[int, tuple[str, ...]]
"""The place of a period, and dimensions."""

Path = tuple[str, ...]
Values = Mapping[str, str | None]


class Component:
    """The parts of a forecast, by name."""

    CLOSED = "closed"
    PIPELINE = "pipeline"
    NEW = "new business"
    REOPENED = "reopened"


class Entry(NamedTuple):
    """One part of one period's figure: a deal, or deals that are to come."""

    component: str
    values: Values
    path: Path
    chance: float
    worth: int
    expected: int
    stream: Stream | None = None
    deal_id: str | None = None


@attrs.frozen(kw_only=True)
class Coming:
    """Deals of one source that are not open yet.

    Attributes:
        component: Whether they are new or opened again.
        source: The source.
        group: The values that the model judges it by.
        path: The model's group.
        per_day: How many come on a day.
        count: How many were counted for that.
        wins: How many are expected to be won in each period.
        chances: The chance of one that comes before a period's end to be won within the period.
        amounts: By measure, a dozen amounts that one may bring; a measure of which nothing is known is left
            out.
        shares: By measure, how many of those that are won say what they bring of it, where not all do.
        certainty: How many arrivals the rate is worth.
    """

    component: str
    source: str | None
    group: Values
    path: Path
    per_day: float
    count: int
    wins: tuple[float, ...]
    chances: tuple[float, ...]
    amounts: Mapping[str, tuple[float, ...]] = attrs.field(repr=False)
    shares: Mapping[str, float] = attrs.field(repr=False)
    certainty: float

    def wins_of(self, place: int, measure: str) -> float:
        """How many of them are expected to be won in a period and to bring something of a measure."""
        return self.wins[place] * self.shares.get(measure, 1.0)

    def expected(self, place: int, measure: str) -> int | None:
        """What they are expected to bring in a period, in minor units."""
        amounts = self.amounts.get(measure)
        if not amounts:
            return None
        mean = sum(amounts) / len(amounts)
        return round_half_up(*(self.wins_of(place, measure) * mean).as_integer_ratio())


@attrs.frozen(kw_only=True, eq=False)
class Figures:
    """Everything that the periods of a forecast share.

    Attributes:
        periods: The periods.
        currency: The currency of all amounts.
        deals: The open deals.
        won: The deals that were won already.
        coming: The deals that are not open yet.
        sd_of: For each group of the model, how little is known of it, on the logit.
        luck: What the deals of a period share; None where too few past periods tell.
        why: Why there is no interval.
        margin_part: By source, the part of what won deals brought that was margin; missing where unknown.
        dimensions: What deals can be split by.
        history: What past deals teach.
    """

    periods: tuple[Period, ...]
    currency: str
    deals: tuple[DealForecast, ...]
    won: tuple[Priced, ...]
    coming: tuple[Coming, ...]
    sd_of: Mapping[Path, float]
    luck: Luck | None
    why: str | None
    margin_part: Mapping[str | None, float]
    dimensions: tuple[str, ...]
    history: History

    def is_dated(self, deal: DealForecast, place: int) -> bool:
        """Whether the day on which a deal is expected to close lies in a period."""
        day = deal.expected_on()
        if day is None:
            return False
        first, last = self._days[place]
        return first <= day <= last

    @cached_property
    def _days(self) -> tuple[tuple[date, date], ...]:
        """The first and the last local day of each period."""
        return tuple(
            (local_day(each.start, each.zone), last_day(each.end, each.zone)) for each in self.periods
        )

    def won_within(self, place: int) -> Iterator[Priced]:
        """The deals that were won in a period already."""
        return (each for each in self.won if self.periods[place].contains(each.deal.closed_at))

    def pipeline(self, place: int, group: Values) -> int:
        """What a group's open deals that are dated in a period come to; all of its, where none has a day."""
        sums = _once(self._sums, (place, tuple(group)), self._pipelines)
        return sums.get(tuple(group.values()), 0)

    def of_group(self, place: int, group: Values) -> list[Entry]:
        """The parts of a period's revenue that are a group's; all of them, where the group is empty."""
        if not group:
            return [*self.entries(place)]
        parts = _once(self._parts, (place, tuple(group)), self.grouped)
        return parts.get(tuple(group.values()), [])

    @cached_property
    def _parts(self) -> dict[Asked, dict[tuple[str | None, ...], list[Entry]]]:
        return {}

    @cached_property
    def _sums(self) -> dict[Asked, dict[tuple[str | None, ...], int]]:
        return {}

    def _pipelines(self, place: int, by: tuple[str, ...]) -> dict[tuple[str | None, ...], int]:
        """The amounts of the open deals that are dated in a period, by the values of some dimensions."""
        has_days = any(deal.expected_on() is not None for deal in self.deals)
        sums: dict[tuple[str | None, ...], int] = {}
        for deal in self.deals:
            if deal.amount is None or (has_days and not self.is_dated(deal, place)):
                continue
            lines = self.history.lines.get(deal.deal_id, {}) if "product" in by else {}
            parts = by_product(deal.amount.minor, lines, deal.deal.values.get("product"))
            for product, minor in parts.items():
                values = {**deal.deal.values, "product": product}
                key = tuple(values.get(name) for name in by)
                sums[key] = sums.get(key, 0) + minor
        return sums

    def entries(self, place: int, measure: str = "revenue") -> Iterator[Entry]:
        """The parts of a period's figure; what is not known of a measure is left out."""
        for each in self.won_within(place):
            if (amount := self.of_won(each, measure)) is not None:
                deal_id = each.deal.deal_id
                yield Entry(Component.CLOSED, each.deal.values, (), 1.0, amount, amount, None, deal_id)
        for deal in self.deals:
            worth = deal.worth_of(measure)
            chance = deal.chances[place]
            if worth is not None and chance > 0.0:
                expected = expected_of(chance, worth)
                values = deal.deal.values
                deal_id = deal.deal_id
                yield Entry(Component.PIPELINE, values, deal.path, chance, worth, expected, None, deal_id)
        for coming in self.coming:
            expected_minor = coming.expected(place, measure)
            wins = coming.wins_of(place, measure)
            if expected_minor is None or not wins > 0.0:
                continue
            stream = Stream(
                wins=wins,
                probability=coming.chances[place],
                amounts=coming.amounts[measure],
                certainty=coming.certainty,
            )
            values = {"source": coming.source}
            yield Entry(coming.component, values, coming.path, 0.0, 0, expected_minor, stream)

    def of_won(self, each: Priced, measure: str) -> int | None:
        """What a won deal brought of a measure; None where nobody says."""
        if each.amount is None or measure == "revenue":
            return each.amount
        if measure == "margin":
            if each.cost is not None:
                return each.amount - each.cost
            part = self.margin_part.get(each.source)
            return None if part is None else round(part * each.amount)
        if each.recurring is None:
            return None
        return each.recurring if measure == "recurring" else each.amount - each.recurring

    def outlook(self, place: int, entries: Iterable[Entry]) -> Outlook:
        """The distribution of some parts of a period together.

        Where history is too short to say what comes, only a period that is over is certain.
        """
        fixed, expected = 0, 0
        deals: dict[Path, list[tuple[float, float]]] = {}
        streams: dict[Path, list[Stream]] = {}
        for each in entries:
            expected += each.expected
            if each.component == Component.CLOSED:
                fixed += each.worth
            elif each.stream is not None:
                streams.setdefault(each.path, []).append(each.stream)
            else:
                deals.setdefault(each.path, []).append((each.chance, each.worth))
        pools = tuple(
            Pool(
                deals=tuple(deals.get(path, ())),
                streams=tuple(streams.get(path, ())),
                logit_sd=self.sd_of.get(path, 0.0),
            )
            for path in sorted({*deals, *streams})
        )
        return Outlook(
            expected=Money(expected, self.currency),
            why=self.why if pools or not self._is_over(place) else None,
            fixed=fixed,
            pools=pools,
            luck=self.luck,
        )

    def _is_over(self, place: int) -> bool:
        return self.periods[place].end <= self.history.book.as_of

    def grouped(
        self, place: int, by: Sequence[str], measure: str = "revenue"
    ) -> dict[tuple[str | None, ...], list[Entry]]:
        """The parts of a period's figure by the values of some dimensions.

        Deals count for the products of their lines. Those that are not open yet are shared out as the deals
        of their source that were opened lately; a stage they have none yet.
        """
        shared = tuple(name for name in by if name not in {"source", "stage"})
        groups: dict[tuple[str | None, ...], list[Entry]] = {}
        for each in self.entries(place, measure):
            parts: Iterable[tuple[Values, Entry]] = ((each.values, each),)
            if each.stream is not None and shared:
                parts = self._by_mix(each, each.stream, shared)
            elif "product" in by:
                parts = self._by_product(each)
            for values, entry in parts:
                groups.setdefault(tuple(values.get(name) for name in by), []).append(entry)
        return groups

    def _by_mix(self, entry: Entry, stream: Stream, names: tuple[str, ...]) -> Iterator[tuple[Values, Entry]]:
        """Deals to come, shared out as the last ones were, to the cent."""
        mix = self.history.mix(entry.values.get("source"), names)
        if not mix:
            yield entry.values, entry
            return
        whole = sum(mix.values())
        parts = largest_remainder(entry.expected, [*mix.values()])
        for (values, count), expected in zip(mix.items(), parts, strict=True):
            own = attrs.evolve(stream, wins=stream.wins * count / whole)
            told = {**entry.values, **dict(zip(names, values, strict=True))}
            yield told, entry._replace(expected=expected, stream=own)

    def _by_product(self, entry: Entry) -> Iterator[tuple[Values, Entry]]:
        """A deal with lines as one part for each product; anything else as it is."""
        lines = self.history.lines.get(entry.deal_id or "")
        if not lines:
            yield entry.values, entry
            return
        expected = by_product(entry.expected, lines, None)
        for product, worth in by_product(entry.worth, lines, None).items():
            values = {**entry.values, "product": product}
            yield values, entry._replace(worth=worth, expected=expected[product])


def _once(kept: dict[Asked, R], asked: Asked, found: Callable[[int, tuple[str, ...]], R]) -> R:
    """What is found of all groups at once: whoever asks for one quota soon asks for the next."""
    if asked not in kept:
        kept.clear()
        kept[asked] = found(*asked)
    return kept[asked]
