"""What `forecast_revenue` returns: each period's revenue as a distribution, and everything behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import attrs

from smarketing.document import Report
from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.forecast._book import DealForecast
from smarketing.forecast._categories import Category, RollUp, read_category, rolled_up
from smarketing.forecast._classic import StageWeighted
from smarketing.forecast._components import Components, ForecastRow, NewBusiness
from smarketing.forecast._figures import Coming, Component, Entry, Figures
from smarketing.forecast._outlook import Outlook, target_in
from smarketing.frames import Frames
from smarketing.language import Words
from smarketing.periods import Period
from smarketing.values import Money

if TYPE_CHECKING:
    from smarketing.forecast._advice import SourceAdvice
    from smarketing.forecast._targets import TargetOutlook

__all__ = ["Forecast", "PeriodForecast"]


@attrs.frozen(kw_only=True)
class PeriodForecast:
    """What is expected of one period, with what it brought already.

    Attributes:
        period: The period.
        revenue: What it brings, as a distribution.
        components: What that is made of.
        classic: What was won already, and the stage-weighted amounts of the deals that are dated in it; None
            where no open deal has a day.
        classic_by_hand: The same with the probabilities that people have set.
    """

    period: Period
    revenue: Outlook
    components: Components
    classic: Money | None
    classic_by_hand: Money | None
    _figures: Figures = attrs.field(repr=False, eq=False, alias="figures")
    _place: int = attrs.field(repr=False, alias="place")
    _by: tuple[str, ...] = attrs.field(repr=False, alias="by")

    @property
    def expected(self) -> Money:
        """What the period brings on average: the mean, to the cent the sum of all its parts."""
        return self.revenue.expected

    @property
    def why(self) -> str | None:
        """Why there is no interval; None where there is one."""
        return self.revenue.why

    def quantile(self, share: float) -> Money | None:
        """The amount that revenue stays at or below with the given chance; None where history is too short.

        Raises:
            ValueError: The share does not lie between 0 and 1.
        """
        return self.revenue.quantile(share)

    def interval(self, level: float = 0.8) -> tuple[Money, Money] | None:
        """Between what and what revenue lies with the given chance; None where history is too short."""
        return self.revenue.interval(level)

    def chance_of(self, target: Money | int) -> float | None:
        """The chance that revenue reaches a target; None where history is too short.

        Args:
            target: Money, or an integer of minor units of the forecast's currency.

        Raises:
            UnlikeCurrenciesError: The target is in another currency.
        """
        return self.revenue.chance_of(target)

    @cached_property
    def margin(self) -> Outlook | None:
        """The same of margin: revenue less cost. None where no cost is known at all."""
        return self._of("margin")

    @cached_property
    def recurring(self) -> Outlook | None:
        """The part that recurs, of the deals that say so. None where none does."""
        return self._of("recurring")

    @cached_property
    def one_off(self) -> Outlook | None:
        """What does not recur, of the same deals. With `recurring` it makes up their revenue."""
        return self._of("one_off")

    def _of(self, measure: str) -> Outlook | None:
        entries = [*self._figures.entries(self._place, measure)]
        return self._figures.outlook(self._place, entries) if entries else None

    @cached_property
    def rows(self) -> tuple[ForecastRow, ...]:
        """The period by the dimensions that the forecast was asked for."""
        return self.split(*self._by) if self._by else ()

    def split(self, *by: str, measure: str = "revenue") -> tuple[ForecastRow, ...]:
        """The period by some dimensions, the greatest expectation first; the rows add up to it, to the cent.

        Args:
            by: "source", "stage", "owner", "team", "product" (of the deals' lines, where they have any) or
                another dimension that the forecast was asked for.
            measure: "revenue", "margin", "recurring" or "one_off".

        Raises:
            UnknownNameError: The deals were not read by such a dimension, or there is no such measure.
        """
        self._check(by)
        groups = self._figures.grouped(self._place, by, measure)
        rows = [self._row(by, values, entries) for values, entries in groups.items()]
        return tuple(sorted(rows, key=_rank))

    def _check(self, by: Iterable[str]) -> None:
        known = self._figures.dimensions
        for name in by:
            if name not in known:
                raise UnknownNameError(
                    f"the forecast cannot be split by {name!r}{did_you_mean(name, known)}: "
                    "ask for it in `by` when it is made"
                )

    def _row(self, by: tuple[str, ...], values: tuple[str | None, ...], entries: list[Entry]) -> ForecastRow:
        open_deals = [each for each in entries if each.component == Component.PIPELINE]
        closed = sum(each.worth for each in entries if each.component == Component.CLOSED)
        return ForecastRow(
            group=tuple(zip(by, values, strict=True)),
            deals_count=len({each.deal_id for each in open_deals}),
            amount=self._money(sum(each.worth for each in open_deals)),
            closed=self._money(closed),
            outlook=self._figures.outlook(self._place, entries),
            against=self.against,
        )

    @property
    def new_business(self) -> tuple[NewBusiness, ...]:
        """Deals that are not open yet, by source."""
        return tuple(self._new(each) for each in self._figures.coming)

    def _new(self, coming: Coming) -> NewBusiness:
        return NewBusiness(
            source=coming.source,
            is_reopened=coming.component == Component.REOPENED,
            per_month=30.0 * coming.per_day,
            counted=coming.count,
            wins=coming.wins[self._place],
            expected=self._money(coming.expected(self._place, "revenue") or 0),
        )

    @property
    def won_ids(self) -> tuple[str, ...]:
        """The deals that were won in the period already."""
        return tuple(each.deal.deal_id for each in self._figures.won_within(self._place))

    @property
    def unpriced_count(self) -> int:
        """How many of them state no amount: they are missing from what was won, not zero."""
        return sum(each.amount is None for each in self._figures.won_within(self._place))

    def against(self, target: Money | int, **group: str | None) -> TargetOutlook:
        """The period against a target: attainment, coverage, chance, and what is needed of each source.

        Args:
            target: Money, or an integer of minor units of the forecast's currency.
            group: Whose target it is, such as `owner="Ana"` or `team="north"`; by default the company's. Who
                has no deals yet has nothing, and no chance is told.

        Raises:
            UnlikeCurrenciesError: The target is in another currency.
            TypeError: It is neither money nor a whole number.
            UnknownNameError: The deals were not read by such a dimension.
        """
        from smarketing.forecast._targets import target_outlook

        self._check(group)
        return target_outlook(self._figures, self._place, target_in(self.expected.currency, target), group)

    def roll_ups(self, judged_by: Literal["model", "people"] = "model") -> Mapping[Category, RollUp]:
        """Won deals, and the open ones that are dated in the period, by category, single and cumulative.

        Args:
            judged_by: Whose judgement: the model's, or what people last said of each deal; deals of which
                nobody said anything are in none of theirs.

        Raises:
            UnknownNameError: It is nobody's judgement.
        """
        won = [
            (each.deal.deal_id, Category.CLOSED, each.amount or 0)
            for each in self._figures.won_within(self._place)
        ]
        dated = [deal for deal in self._figures.deals if self._figures.is_dated(deal, self._place)]
        return rolled_up([*won, *_judged(dated, judged_by)], self.expected.currency)

    def _money(self, minor: int) -> Money:
        return Money(minor, self.expected.currency)


def _judged(deals: Iterable[DealForecast], judged_by: str) -> list[tuple[str, Category, int]]:
    if judged_by not in _JUDGES:
        hint = did_you_mean(judged_by, _JUDGES) or f": ask for {' or '.join(map(repr, _JUDGES))}"
        raise UnknownNameError(f"{judged_by!r} judges no deals{hint}")
    found: list[tuple[str, Category, int]] = []
    for deal in deals:
        opinion = deal.deal.opinion
        said = read_category(opinion.category) if opinion is not None else None
        category = deal.category if judged_by == "model" else said
        if category is not None:
            found.append((deal.deal_id, category, deal.amount.minor if deal.amount else 0))
    return found


_JUDGES = ("model", "people")


def _rank(row: ForecastRow) -> tuple[object, ...]:
    return -row.expected.minor, [(value is None, value or "") for _, value in row.group]


@attrs.frozen(kw_only=True)
class Forecast:
    """Revenue to come, period by period, as of a moment.

    Attributes:
        as_of: What was known.
        zone: Whose days.
        currency: The currency of all amounts.
        by: The dimensions of the periods' rows.
        periods: The periods, in the order in which they were asked for.
        deals: The open deals, each with its chances, in the order of their ids.
        classic: The classic stage-weighted forecast of all open deals.
        apart: By currency, how many deals, open or won, are left out because there is no rate for it.
        unpriced_count: How many open deals state no amount; where any deal was won, a typical amount stands
            in for each.
        why: Why there is no interval; None where there is one.
        past_periods_count: How many past periods tell how much good and bad times differ.
    """

    as_of: datetime
    zone: str
    currency: str
    by: tuple[str, ...]
    periods: tuple[PeriodForecast, ...]
    deals: tuple[DealForecast, ...] = attrs.field(repr=False)
    classic: StageWeighted
    apart: Mapping[str, int]
    unpriced_count: int
    why: str | None
    past_periods_count: int
    _figures: Figures = attrs.field(repr=False, eq=False, alias="figures")
    _frames: Frames = attrs.field(repr=False, eq=False, alias="frames")

    def __getitem__(self, label: str) -> PeriodForecast:
        """The forecast of the period of a label, such as `forecast["2026-10"]`.

        Raises:
            UnknownNameError: There is no such period.
        """
        for each in self.periods:
            if each.period.label == label:
                return each
        labels = [each.period.label for each in self.periods]
        raise UnknownNameError(f"there is no period {label!r}{did_you_mean(label, labels)}")

    def deal(self, deal_id: str) -> DealForecast:
        """What is expected of one open deal.

        Raises:
            UnknownNameError: No such deal is open.
        """
        if deal_id not in self._by_id:
            raise UnknownNameError(f"no deal {deal_id!r} is open{did_you_mean(deal_id, self._by_id)}")
        return self._by_id[deal_id]

    @property
    def deal_ids(self) -> frozenset[str]:
        """The deals that were open."""
        return frozenset(self._by_id)

    @cached_property
    def outcomes(self) -> Mapping[str, str]:
        """How each deal that was closed had ended, "won" or "lost", by its id."""
        return {deal.deal_id: deal.outcome for deal in self._figures.history.book.closed}

    def place_of(self, period: Period) -> int | None:
        """The place of a period in the forecast; None where it was not made for it."""
        spans = [(each.period.start, each.period.end) for each in self.periods]
        span = period.start, period.end
        return spans.index(span) if span in spans else None

    @cached_property
    def _by_id(self) -> Mapping[str, DealForecast]:
        return {deal.deal_id: deal for deal in self.deals}

    @property
    def slipped(self) -> tuple[DealForecast, ...]:
        """The open deals whose expected day has passed, the longest ago first."""
        slipped = [deal for deal in self.deals if deal.is_slipped]
        return tuple(sorted(slipped, key=lambda deal: (str(deal.expected_on()), deal.deal_id)))

    def roll_ups(self, judged_by: Literal["model", "people"] = "model") -> Mapping[Category, RollUp]:
        """All open deals by category, single and cumulative, dated or not.

        Args:
            judged_by: As in `PeriodForecast.roll_ups`.
        """
        return rolled_up(_judged(self.deals, judged_by), self.currency)

    @cached_property
    def unread_categories(self) -> Mapping[str, int]:
        """Words that people said of open deals and that name no category, with how many deals each.

        Such deals are in none of people's categories.
        """
        opinions = [deal.deal.opinion for deal in self.deals]
        words = [each.category for each in opinions if each is not None and each.category is not None]
        return dict(sorted(Counter(word for word in words if read_category(word) is None).items()))

    @cached_property
    def advice(self) -> tuple[SourceAdvice, ...]:
        """What to do about each source, with the company's own figures as evidence."""
        from smarketing.forecast._advice import advice_of

        return advice_of(self._frames, self._figures.history, self.currency)

    def to_report(self, words: Words | None = None) -> Report:
        """The page of the forecast, in English unless other words are given."""
        from smarketing.forecast._report import forecast_report

        return forecast_report(self, words)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return self.to_report()._repr_html_()
