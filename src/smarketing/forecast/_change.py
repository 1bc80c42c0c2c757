"""What changed between two forecasts, deal by deal: nothing appears or goes without a line that names it.

Start + new + reopened + pulled in + increased + re-rated - decreased - pushed out - won - lost - gone = end,
to the cent: once for the open amounts (where re-rating changes nothing), once for what is expected of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from smarketing.document import Report
from smarketing.errors import InvalidTermsError, UnlikeCurrenciesError
from smarketing.forecast._days import last_day, local_day
from smarketing.language import N_, Words
from smarketing.origin import Origin, Problem
from smarketing.periods import Period, checked_period
from smarketing.values import Money

if TYPE_CHECKING:
    from smarketing.forecast._book import DealForecast
    from smarketing.forecast._result import Forecast

__all__ = ["Change", "ChangeLine", "ForecastChange", "compare_forecasts"]


class Change(StrEnum):
    """What happened to a deal between two forecasts."""

    NEW = "new"
    REOPENED = "reopened"
    PULLED_IN = "pulled_in"
    INCREASED = "increased"
    RE_RATED = "re_rated"
    DECREASED = "decreased"
    PUSHED_OUT = "pushed_out"
    WON = "won"
    LOST = "lost"
    GONE = "gone"

    @property
    def label(self) -> str:
        """What people call it, in English."""
        return _LABELS[self]


_LABELS = {
    Change.NEW: N_("New"),
    Change.REOPENED: N_("Opened again"),
    Change.PULLED_IN: N_("Pulled in"),
    Change.INCREASED: N_("Increased"),
    Change.RE_RATED: N_("Re-rated"),
    Change.DECREASED: N_("Decreased"),
    Change.PUSHED_OUT: N_("Pushed out"),
    Change.WON: N_("Won"),
    Change.LOST: N_("Lost"),
    Change.GONE: N_("Gone"),
}


@attrs.frozen(kw_only=True)
class ChangeLine:
    """What one kind of change did.

    Attributes:
        change: The kind.
        amount: What it did to the open amounts: below zero where it took away.
        expected: What it did to what is expected of them.
        deal_ids: The deals.
    """

    change: Change
    amount: Money
    expected: Money
    deal_ids: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ForecastChange:
    """How one forecast became another.

    Attributes:
        period: The period of which the dated deals count; None for all open deals.
        before: When the first forecast was made.
        after: When the second was.
        start: The open amounts then.
        end: The open amounts now.
        expected_start: What was expected of them.
        expected_end: What is expected of them now.
        lines: What happened, one line for each kind that did.
    """

    period: Period | None
    before: datetime
    after: datetime
    start: Money
    end: Money
    expected_start: Money
    expected_end: Money
    lines: tuple[ChangeLine, ...]

    def __getitem__(self, change: Change | str) -> ChangeLine:
        """The line of a kind of change; an empty one where there was none.

        Raises:
            ValueError: There is no such kind.
        """
        wanted = Change(change)
        for line in self.lines:
            if line.change is wanted:
                return line
        nothing = Money(0, self.start.currency)
        return ChangeLine(change=wanted, amount=nothing, expected=nothing, deal_ids=())

    def to_report(self, words: Words | None = None) -> Report:
        """The change as a waterfall with its deals, in English unless other words are given."""
        from smarketing.forecast._change_report import change_report

        return change_report(self, words)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return self.to_report()._repr_html_()


def compare_forecasts(before: Forecast, after: Forecast, *, period: Period | None = None) -> ForecastChange:
    """What happened between two forecasts of one company.

    With a period, the deals that are dated in it count, and what is expected of them within it: a deal is
    pulled in or pushed out as its day moves. A deal whose amount changed and that is in both counts with the
    difference; one that comes or goes counts with all of it. Amounts are those that people state; a deal of
    which nobody states one counts with the typical one that stands in for it.

    Args:
        before: The earlier forecast.
        after: The later one.
        period: One of both forecasts' periods; by default all open deals, and whether they are ever won.

    Raises:
        InvalidTermsError: The later one is not later, or one of both was not made for the period.
        UnlikeCurrenciesError: They are in two currencies.
    """
    if period is not None:
        checked_period(period)
    _check(before, after, period)
    told = _Pair(before, after, period)
    lines: dict[Change, list[tuple[str, int, int]]] = {}
    for deal_id in sorted({*told.was, *told.now}):
        for change, amount, expected in told.changes(deal_id):
            lines.setdefault(change, []).append((deal_id, amount, expected))
    currency = after.currency
    return ForecastChange(
        period=period,
        before=before.as_of,
        after=after.as_of,
        start=Money(sum(amount for amount, _ in told.was.values()), currency),
        end=Money(sum(amount for amount, _ in told.now.values()), currency),
        expected_start=Money(sum(expected for _, expected in told.was.values()), currency),
        expected_end=Money(sum(expected for _, expected in told.now.values()), currency),
        lines=tuple(
            ChangeLine(
                change=change,
                amount=Money(sum(amount for _, amount, _ in lines[change]), currency),
                expected=Money(sum(expected for _, _, expected in lines[change]), currency),
                deal_ids=tuple(deal_id for deal_id, _, _ in lines[change]),
            )
            for change in Change
            if change in lines
        ),
    )


class _Pair:
    """The deals that count in each forecast, with their amount and what is expected of it."""

    def __init__(self, before: Forecast, after: Forecast, period: Period | None) -> None:
        self._before, self._after, self._period = before, after, period
        self._outcomes = after.outcomes
        self.was, self.now = self._counted(before), self._counted(after)

    def _counted(self, forecast: Forecast) -> Mapping[str, tuple[int, int]]:
        place = None if self._period is None else forecast.place_of(self._period)
        return {
            deal.deal_id: (deal.stated, deal.as_stated(deal.ever if place is None else deal.chances[place]))
            for deal in forecast.deals
            if self._period is None or _is_dated(deal, self._period)
        }

    def changes(self, deal_id: str) -> Iterator[tuple[Change, int, int]]:
        """What happened to a deal, with what it did to the amount and to what is expected."""
        was, now = self.was.get(deal_id), self.now.get(deal_id)
        if was is None and now is not None:
            yield self._arrival(deal_id), *now
        elif was is not None and now is None:
            amount, expected = was
            yield self._departure(deal_id), -amount, -expected
        elif was is not None and now is not None:
            moved = now[0] - was[0]
            # The old chance of the new amount: what the change of the amount alone does.
            revalued = round(was[1] * moved / was[0]) if was[0] else 0
            if moved:
                yield (Change.INCREASED if moved > 0 else Change.DECREASED), moved, revalued
            if rated := now[1] - was[1] - revalued:
                yield Change.RE_RATED, 0, rated

    def _arrival(self, deal_id: str) -> Change:
        if deal_id in self._before.deal_ids:
            return Change.PULLED_IN
        reopened_at = self._after.deal(deal_id).deal.reopened_at
        is_again = reopened_at is not None and deal_id in self._before.outcomes
        return Change.REOPENED if is_again else Change.NEW

    def _departure(self, deal_id: str) -> Change:
        if deal_id in self._after.deal_ids:
            return Change.PUSHED_OUT
        outcome = self._outcomes.get(deal_id)
        return Change.GONE if outcome is None else Change(outcome)


def _is_dated(deal: DealForecast, period: Period) -> bool:
    day = deal.expected_on()
    if day is None:
        return False
    return local_day(period.start, period.zone) <= day <= last_day(period.end, period.zone)


def _check(before: Forecast, after: Forecast, period: Period | None) -> None:
    if before.currency != after.currency:
        raise UnlikeCurrenciesError(
            f"the forecasts are in {before.currency} and {after.currency}: make both with the same rates"
        )
    problems = []
    if after.as_of < before.as_of:
        message = (
            f"the later one is as of {after.as_of.isoformat()}, the earlier of {before.as_of.isoformat()}: "
            "give them in order"
        )
        problems.append(Problem(code="not-in-order", message=message, origin=Origin(field="after")))
    for name, forecast in (("before", before), ("after", after)):
        if period is not None and forecast.place_of(period) is None:
            labels = ", ".join(each.period.label for each in forecast.periods)
            message = f"it was made for {labels}, not for {period.label}: make it with that period"
            problems.append(Problem(code="no-such-period", message=message, origin=Origin(field=name)))
    if problems:
        raise InvalidTermsError("these forecasts cannot be compared:", problems)
