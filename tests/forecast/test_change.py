"""From one forecast to the next: nothing appears or goes without a line that names it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing import Frames, Money, Period
from smarketing.errors import InvalidTermsError, UnlikeCurrenciesError
from smarketing.facts import Deal, DealClosed, DealReopened, Fact, Retracted
from smarketing.forecast import (
    Change,
    Forecast,
    ForecastChange,
    WinModel,
    compare_forecasts,
    forecast_revenue,
)
from smarketing.origin import Origin
from smarketing.renderers import render

MARCH, APRIL = Period.parse("2026-03"), Period.parse("2026-04")
SIGNS = {Change.DECREASED: -1, Change.PUSHED_OUT: -1, Change.WON: -1, Change.LOST: -1, Change.GONE: -1}


def at(day: int) -> datetime:
    """So many days after the first of January, in the morning."""
    return datetime(2026, 1, 1, 9, tzinfo=UTC) + timedelta(days=day - 1)


def version(name: str, day: int, amount: int | None, month: int | None = 3) -> Deal:
    """What was known of a deal from a day on."""
    close = None if month is None else date(2026, month, 15)
    return Deal(
        origin=Origin(system="crm", record=name), occurred_at=at(day), created_at=at(day), deal_id=name,
        amount_minor=amount, currency="EUR", expected_close_on=close,
    )  # fmt: skip


def later(deal: Deal, day: int, **changed: object) -> Deal:
    """The same deal as it was known later."""
    return attrs.evolve(deal, occurred_at=at(day), known_at=at(day), **changed)  # type: ignore[arg-type]


def closed(name: str, day: int, outcome: str, amount: int) -> DealClosed:
    """A closing."""
    origin = Origin(system="crm", record=name)
    return DealClosed(
        origin=origin, occurred_at=at(day), deal_id=name, outcome=outcome, amount_minor=amount, currency="EUR"
    )


def forecast_of(facts: list[Fact], day: int) -> Forecast:
    """March and April, as of a day."""
    frames, as_of = Frames.from_dataset(facts), at(day)
    model = WinModel.fit(frames, by=("source",), as_of=as_of, choose=False)
    return forecast_revenue(frames, model, as_of=as_of, periods=[MARCH, APRIL], currency="EUR")


def story() -> list[Fact]:
    """One deal for each thing that can happen between the 1st and the 15th of February."""
    was = [version(f"D{n}", 10 + n, 100_000 + n) for n in range(1, 10)]
    facts: list[Fact] = [
        *was,
        closed("D8", 20, "lost", 0),
        later(was[0], 40, amount_minor=150_000),
        later(was[1], 40, amount_minor=60_000),
        later(was[2], 40, expected_close_on=date(2026, 4, 2)),
        closed("D4", 40, "won", 99_999),
        closed("D5", 40, "lost", 0),
        version("D10", 12, 70_000, month=5),
        later(version("D10", 12, 70_000), 41, expected_close_on=date(2026, 3, 20)),
        version("D11", 41, 30_000),
        DealReopened(origin=Origin(system="crm", record="R8"), occurred_at=at(42), deal_id="D8"),
        Retracted(origin=Origin(system="crm", record="x"), occurred_at=at(43), retracted_record="D9"),
    ]
    return facts


def assert_identity(change: ForecastChange) -> None:
    """Start and all lines are the end, to the cent, for amounts and for expectations."""
    nothing = Money(0, "EUR")
    assert change.start + sum((line.amount for line in change.lines), nothing) == change.end
    expected = sum((line.expected for line in change.lines), nothing)
    assert change.expected_start + expected == change.expected_end


def test_each_thing_that_happens_has_its_line_and_its_deals() -> None:
    """New, opened again, pulled in, increased, decreased, pushed out, won, lost, gone."""
    before, after = forecast_of(story(), 32), forecast_of(story(), 46)
    change = compare_forecasts(before, after, period=MARCH)
    assert_identity(change)
    told = {line.change: line.deal_ids for line in change.lines}
    assert told.pop(Change.RE_RATED)
    assert told == {
        Change.NEW: ("D11",),
        Change.REOPENED: ("D8",),
        Change.PULLED_IN: ("D10",),
        Change.INCREASED: ("D1",),
        Change.DECREASED: ("D2",),
        Change.PUSHED_OUT: ("D3",),
        Change.WON: ("D4",),
        Change.LOST: ("D5",),
        Change.GONE: ("D9",),
    }
    assert change["increased"].amount == Money(49_999, "EUR")
    assert change["won"].amount == Money(-100_004, "EUR")
    assert all(line.amount.minor * SIGNS.get(line.change, 1) >= 0 for line in change.lines)
    assert change["re_rated"].amount.minor == 0
    assert change["re_rated"].expected.minor != 0


def test_without_a_period_days_do_not_matter() -> None:
    """Over all open deals nothing is pulled in or pushed out."""
    change = compare_forecasts(forecast_of(story(), 32), forecast_of(story(), 46))
    assert_identity(change)
    assert {line.change for line in change.lines} & {Change.PULLED_IN, Change.PUSHED_OUT} == set()
    assert change["pulled_in"].deal_ids == ()


def test_the_page_shows_each_step() -> None:
    """A waterfall from one total to the other, and the deals by name."""
    change = compare_forecasts(forecast_of(story(), 32), forecast_of(story(), 46), period=MARCH)
    page = str(render(change.to_report(), "text").content)
    assert "Pushed out" in page
    assert "D10" in page
    assert "From one forecast to the next" in str(render(change.to_report(), "html").content)


def test_a_forecast_that_does_not_change_has_no_line() -> None:
    """Compared with itself there is nothing to tell."""
    forecast = forecast_of(story(), 46)
    change = compare_forecasts(forecast, forecast, period=MARCH)
    assert (change.lines, change.start) == ((), change.end)


def test_what_cannot_be_compared_is_refused() -> None:
    """The order, the period and the currency have to fit."""
    before, after = forecast_of(story(), 32), forecast_of(story(), 46)
    with pytest.raises(InvalidTermsError, match=r"(?s)give them in order.*not for 2026-06"):
        compare_forecasts(after, before, period=Period.parse("2026-06"))
    with pytest.raises(UnlikeCurrenciesError, match="EUR and USD"):
        compare_forecasts(before, attrs.evolve(after, currency="USD"))


deals = st.tuples(
    st.integers(1, 30),
    st.integers(0, 10**7),
    st.sampled_from([3, 4, None]),
    st.sampled_from(["", "more", "move", "won", "lost", "lost and back", "gone"]),
    st.integers(31, 60),
    st.integers(0, 10**7),
)


@given(st.lists(deals, max_size=12))
def test_the_identity_holds_to_the_cent_whatever_happens(
    told: list[tuple[int, int, int | None, str, int, int]],
) -> None:
    """Any story of any deals, between any two moments of it, for a period and for all."""
    facts: list[Fact] = []
    for number, (day, amount, month, event, when, other) in enumerate(told):
        deal = version(f"D{number}", day, amount, month)
        origin = Origin(system="crm", record=f"D{number}")
        facts.append(deal)
        match event:
            case "more":
                facts.append(later(deal, when, amount_minor=other))
            case "move":
                facts.append(later(deal, when, expected_close_on=date(2026, 7 - (month or 3), 3)))
            case "won" | "lost":
                facts.append(closed(deal.deal_id, when, event, other))
            case "lost and back":
                facts += [
                    closed(deal.deal_id, when - 5, "lost", 0),
                    DealReopened(origin=origin, occurred_at=at(when + 3), deal_id=deal.deal_id),
                ]
            case "gone":
                facts.append(Retracted(origin=origin, occurred_at=at(when), retracted_record=f"D{number}"))
    before, after = forecast_of(facts, 34), forecast_of(facts, 58)
    for period in (MARCH, APRIL, None):
        assert_identity(compare_forecasts(before, after, period=period))
