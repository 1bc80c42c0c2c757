"""Revenue to come, from the deals that are open, those that will come, and how both are won."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from smarketing.errors import InvalidTermsError, UnlikeCurrenciesError, checked_kind
from smarketing.forecast._asked import checked_days
from smarketing.forecast._book import DealForecast, expected_of
from smarketing.forecast._categories import category_of
from smarketing.forecast._classic import stage_share, stage_weighted
from smarketing.forecast._coming import coming_of, margin_parts
from smarketing.forecast._components import Components
from smarketing.forecast._days import days_until, last_day, local_day
from smarketing.forecast._deals import DIMENSIONS, ClosedDeal, DealBook, OpenDeal, read_deals
from smarketing.forecast._figures import Component, Figures
from smarketing.forecast._history import History, Priced, priced
from smarketing.forecast._lines import lines_of
from smarketing.forecast._model import WinModel
from smarketing.forecast._outlook import TOO_FEW_PERIODS
from smarketing.forecast._rates import Rates, checked_currency
from smarketing.forecast._result import Forecast, PeriodForecast
from smarketing.forecast._shifts import Luck
from smarketing.funnel import Funnel, Unit, dimension_names
from smarketing.origin import Origin, Problem
from smarketing.periods import checked_instant, checked_periods
from smarketing.values import Money

if TYPE_CHECKING:
    from smarketing.frames import Frames
    from smarketing.periods import Period

__all__ = ["forecast_revenue"]

_NO_CURRENCY = "XXX"  # ISO 4217: no currency


def forecast_revenue(
    frames: Frames,
    model: WinModel,
    *,
    as_of: datetime,
    periods: Sequence[Period],
    by: str | Sequence[str] = (),
    rates: Rates | None = None,
    currency: str | None = None,
    pipeline: Funnel | None = None,
    history_days: int = 365,
) -> Forecast:
    """What some periods will bring, each as a distribution, with everything that it is made of.

    The open deals are won with the model's chances, each at its amount times what amounts of its source gain
    or lose on the way to the sale; where nobody states an amount, a typical one stands in. Deals that are not
    open yet come as often as they came, per source, and are won with the model's chances for new deals. What
    was won in a period already counts as it is.

    Deals of one period share their luck (the model's shock), and those of one source what is not known of it.
    With fewer than three past periods nobody can tell how much good and bad times differ: then there is no
    interval, and the period says why.

    Args:
        frames: The facts.
        model: How deals are won, learned from what was known at `as_of` or before.
        as_of: What was known.
        periods: Months, quarters, … in order; the one that `as_of` lies in counts with what was won already.
        by: Dimensions of the periods' rows: "source", "stage", "owner", "team", "product", … or a trait.
        rates: Exchange rates into one currency; needed where amounts are in several.
        currency: The currency of the forecast where there are no rates: deals in others are left out and
            counted in `apart`, won ones too. By default the one that all amounts are in.
        pipeline: The agreed stages and their probabilities, for the classic number; by default 10, 20, 50
            and 67 %.
        history_days: How many days back arrivals are counted.

    Raises:
        UnlikeCurrenciesError: Amounts are in several currencies, and there are no rates and no `currency`.
        InvalidTermsError: There is no period, the model knows more than `as_of` allows or is one of leads, or
            `currency` is no ISO 4217 code.
        UnknownNameError: Nothing to split by of that name.

    Example:
        >>> from datetime import UTC
        >>> import polars as pl
        >>> from smarketing.forecast import WinModel
        >>> from smarketing.frames import Frames
        >>> from smarketing.periods import Period
        >>> day = 86_400_000_000
        >>> deals = pl.DataFrame(
        ...     {"deal_id": [f"D{n}" for n in range(90)], "created_at": [n * day for n in range(90)],
        ...      "amount_minor": [100_000] * 90, "currency": ["EUR"] * 90}
        ... )
        >>> closings = pl.DataFrame(
        ...     {"deal_id": [f"D{n}" for n in range(60)], "outcome": ["won", "lost", "lost"] * 20,
        ...      "occurred_at": [(20 + n) * day for n in range(60)]}
        ... )
        >>> frames = Frames.from_native(deals=deals, closings=closings)
        >>> as_of = datetime(1970, 4, 1, tzinfo=UTC)
        >>> model = WinModel.fit(frames, by=("source",), as_of=as_of)
        >>> april = forecast_revenue(frames, model, as_of=as_of, periods=Period.months(as_of, 1)).periods[0]
        >>> april.components.total == april.expected, april.quantile(0.1)
        (True, None)
    """
    told = _Told(
        frames, model, as_of=checked_instant(as_of), periods=checked_periods(periods),
        by=dimension_names(by), rates=rates, currency=currency, pipeline=pipeline,
    )  # fmt: skip
    return told.forecast(checked_days(history_days, "history_days", least=1))


class _Told:
    """One forecast on its way: the deal book, the currency, and the periods in days ahead."""

    def __init__(
        self,
        frames: Frames,
        model: WinModel,
        *,
        as_of: datetime,
        periods: tuple[Period, ...],
        by: tuple[str, ...],
        rates: Rates | None,
        currency: str | None,
        pipeline: Funnel | None,
    ) -> None:
        _check(model, as_of, periods)
        self._model, self._periods, self._by, self._rates = model, periods, by, rates
        self._as_of, self._zone = as_of, model.zone
        self._pipeline = pipeline or Funnel.classic_pipeline()
        self._dimensions = tuple(dict.fromkeys([*DIMENSIONS, *model.by, *by]))
        self._book = read_deals(
            frames,
            as_of=as_of,
            by=self._dimensions,
            sources=model.sources,
            pipeline=pipeline,
            zone=model.zone,
        )
        self._frames = frames.as_of(as_of)
        self._currency = _currency(self._book, rates, currency)
        self._today, self._now_on = last_day(as_of, self._zone), local_day(as_of, self._zone)
        self._spans = [
            (days_until(as_of, each.start, self._zone), days_until(as_of, each.end, self._zone))
            for each in periods
        ]
        self._ends = sorted({end for span in self._spans for end in span} | {model.ever_days})
        self._known: dict[object, tuple[tuple[float, ...], float]] = {}

    def forecast(self, history_days: int) -> Forecast:
        """All of it."""
        won = priced(self._book, self._to_minor)
        history = History(book=self._book, won=won, days=history_days, lines=lines_of(self._frames))
        apart = self._apart(won)
        stated: list[tuple[OpenDeal, int | None]] = []
        for deal in self._book.open:
            minor = self._minor(deal.amount_minor, deal.currency, self._today)
            if deal.amount_minor is not None and deal.currency is not None and minor is None:
                apart[deal.currency] += 1
            else:
                stated.append((deal, minor))
        parts = margin_parts(history)
        deals = tuple(self._deal(deal, minor, history, parts) for deal, minor in stated)
        figures = self._figures(deals, won, history, parts)
        return Forecast(
            as_of=self._as_of,
            zone=self._zone,
            currency=self._currency,
            by=self._by,
            periods=tuple(self._period(figures, place) for place in range(len(self._periods))),
            deals=deals,
            classic=stage_weighted(stated, self._pipeline, self._currency),
            apart=dict(sorted(apart.items())),
            unpriced_count=sum(deal.is_imputed for deal in deals),
            why=figures.why,
            past_periods_count=0 if self._model.shock is None else self._model.shock.periods_count,
            figures=figures,
            frames=self._frames,
        )

    def _minor(self, minor: int | None, currency: str | None, day: date) -> int | None:
        """An amount in the forecast's currency; None where it has none, or no rate leads there."""
        if minor is None or currency is None:
            return None
        if self._rates is not None and self._rates.knows(currency):
            return self._rates.convert(Money(minor, currency), day).minor
        return minor if currency == self._currency else None

    def _apart(self, won: Iterable[Priced]) -> Counter[str]:
        """By currency, the won deals that are left out because no rate leads from theirs."""
        counted = {each.deal.deal_id for each in won}
        return Counter(
            deal.currency
            for deal in self._book.closed
            if deal.won and deal.currency is not None and deal.deal_id not in counted
        )

    def _to_minor(self, money: Money, deal: ClosedDeal) -> int | None:
        return self._minor(money.minor, money.currency, local_day(deal.closed_at, self._zone))

    def _chances(self, deal: OpenDeal) -> tuple[tuple[float, ...], float]:
        """The chance of a deal in each period, and ever; deals of one group and age share them."""
        key = self._model.place(deal.values), deal.age_days
        if key not in self._known:
            self._known[key] = self._within(deal.values, deal.age_days)
        return self._known[key]

    def _within(self, values: Mapping[str, str | None], age: int | None) -> tuple[tuple[float, ...], float]:
        won = self._model.chances(values, age, self._ends, as_of=self._as_of)
        by_end = dict(zip(self._ends, won, strict=True))
        chances = tuple(max(0.0, by_end[end] - by_end[start]) for start, end in self._spans)
        ever = by_end[self._model.ever_days]
        return chances, max(ever, *chances, by_end[self._ends[-1]])

    def _deal(
        self, deal: OpenDeal, minor: int | None, history: History, parts: Mapping[str | None, float]
    ) -> DealForecast:
        source = deal.values.get("source")
        chances, ever = self._chances(deal)
        if minor is None:
            stated = worth = history.typical(deal.values.get("product"), source) or 0
        else:
            stated, worth = minor, expected_of(history.ratio(source), minor)
        return DealForecast(
            deal=deal,
            amount=None if minor is None else Money(minor, self._currency),
            worth=Money(worth, self._currency),
            margin=self._margin(deal, worth, parts.get(source)),
            recurring=self._recurring(deal, worth, minor),
            chances=chances,
            ever=ever,
            stage_share=stage_share(self._pipeline, deal.stage),
            category=category_of(ever),
            is_slipped=deal.expected_close_on is not None and deal.expected_close_on < self._now_on,
            path=self._model.place(deal.values)[0],
            stated=stated,
        )

    def _margin(self, deal: OpenDeal, worth: int, part: float | None) -> Money | None:
        cost = self._minor(deal.cost_minor, deal.currency, self._today)
        if cost is not None:
            return Money(worth - cost, self._currency)
        return None if part is None else Money(round(part * worth), self._currency)

    def _recurring(self, deal: OpenDeal, worth: int, minor: int | None) -> Money | None:
        recurring = self._minor(deal.recurring_minor, deal.currency, self._today)
        if recurring is None or not minor:
            return None
        return Money(expected_of(recurring / minor, worth), self._currency)

    def _figures(
        self,
        deals: tuple[DealForecast, ...],
        won: tuple[Priced, ...],
        history: History,
        parts: Mapping[str | None, float],
    ) -> Figures:
        shock = self._model.shock
        coming = coming_of(
            self._model,
            history,
            self._spans,
            as_of=self._as_of,
            first_stage=self._first_stage,
            margin_part=parts,
        )
        groups = {deal.path: deal.deal.values for deal in deals}
        groups |= {each.path: each.group for each in coming if each.path not in groups}
        return Figures(
            periods=self._periods,
            currency=self._currency,
            deals=deals,
            won=won,
            coming=coming,
            sd_of={path: self._model.logit_sd(values) for path, values in groups.items()},
            luck=None if shock is None else Luck(sd=shock.predictive_scale, freedom=shock.freedom),
            why=TOO_FEW_PERIODS if shock is None else None,
            margin_part=parts,
            dimensions=self._dimensions,
            history=history,
        )

    @property
    def _first_stage(self) -> str | None:
        """The first agreed stage that the model has seen deals in."""
        return next((stage.name for stage in self._pipeline if stage.name in self._model.stages), None)

    def _period(self, figures: Figures, place: int) -> PeriodForecast:
        entries = [*figures.entries(place)]
        parts: Counter[str] = Counter()
        for each in entries:
            parts[each.component] += each.expected
        stated = sum(deal.as_stated(deal.chances[place]) for deal in figures.deals)
        dated = [deal for deal in figures.deals if figures.is_dated(deal, place)]
        undated = [deal for deal in figures.deals if deal.expected_on() is None]
        as_dated = sum(deal.as_stated(deal.ever) for deal in dated)
        as_dated += sum(deal.as_stated(deal.chances[place]) for deal in undated)
        weighted = stage_weighted(
            [(deal.deal, deal.amount.minor if deal.amount else None) for deal in dated],
            self._pipeline,
            self._currency,
        )
        closed = Money(parts[Component.CLOSED], self._currency)
        has_days = len(undated) < len(figures.deals) or not figures.deals
        return PeriodForecast(
            period=self._periods[place],
            revenue=figures.outlook(place, entries),
            components=Components(
                closed=closed,
                as_dated=Money(as_dated, self._currency),
                date_slippage=Money(stated - as_dated, self._currency),
                amount_slippage=Money(parts[Component.PIPELINE] - stated, self._currency),
                new_business=Money(parts[Component.NEW], self._currency),
                reopened=Money(parts[Component.REOPENED], self._currency),
            ),
            classic=closed + weighted.weighted if has_days else None,
            classic_by_hand=closed + weighted.by_hand if has_days else None,
            figures=figures,
            place=place,
            by=self._by,
        )


def _check(model: WinModel, as_of: datetime, periods: Sequence[Period]) -> None:
    checked_kind(model, WinModel, "model", "fit one with WinModel.fit(frames, as_of=…)")
    problems: list[Problem] = []
    if not periods:
        message = "give the periods to forecast, such as Period.months(as_of, 6)"
        problems.append(_fault("periods", "no-periods", message))
    for one, other in pairwise(periods):
        if other.start < one.end:
            message = (
                f"{other.label} begins before {one.label} has ended: give each stretch of time once, in order"
            )
            problems.append(_fault("periods", "periods-overlap", message))
    if model.unit is not Unit.DEAL:
        message = 'it tells how leads become customers, not how deals are won: fit it with unit="deal"'
        problems.append(_fault("model", "wrong-unit", message))
    if model.as_of > as_of:
        message = (
            f"it was fitted with what was known before {model.as_of.isoformat()}, and the forecast is as of "
            f"{as_of.isoformat()}: fit it with as_of={as_of!r}, or earlier"
        )
        problems.append(_fault("model", "looks-ahead", message))
    if problems:
        raise InvalidTermsError("nothing can be forecast so:", problems)


def _fault(field: str, code: str, message: str) -> Problem:
    return Problem(code=code, message=message, origin=Origin(field=field))


def _currency(book: DealBook, rates: Rates | None, currency: str | None) -> str:
    """The currency of the forecast."""
    if currency is not None:
        checked_currency(currency, "currency")
    if rates is not None:
        if currency not in {None, rates.to}:
            raise UnlikeCurrenciesError(
                f"the rates lead to {rates.to}, and the forecast is to be in {currency}"
            )
        return rates.to
    if currency is not None:
        return currency
    found = {deal.currency for deal in book.open if deal.amount_minor is not None}
    found |= {deal.currency for deal in book.closed if deal.won and deal.amount_minor is not None}
    told = sorted(each for each in found if each is not None)
    if len(told) > 1:
        raise UnlikeCurrenciesError(
            f"amounts are in {' and '.join(told)}, which never add without rates: "
            f'give rates=Rates(to="{told[0]}", rates={{"{told[1]}": "…"}}), or currency="{told[0]}" to leave '
            "the others out"
        )
    return told[0] if told else _NO_CURRENCY
