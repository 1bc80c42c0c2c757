"""Who was right, and what each source's own deals say: later, from facts, never guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from smarketing import Frames, LeadSource, Money, Period, Share
from smarketing.errors import InvalidTermsError
from smarketing.facts import ContactAttempt, Deal, DealClosed, Fact, Judgement, Lead, SalesFeedback, TimeSpent
from smarketing.forecast import Category, Forecast, WinModel, forecast_revenue, score_judgements
from smarketing.origin import Origin
from smarketing.renderers import render


def at(day: int) -> datetime:
    """So many days after the first of January, in the morning."""
    return datetime(2026, 1, 1, 9, tzinfo=UTC) + timedelta(days=day - 1)


def told(record: str) -> Origin:
    """Where a fact is from."""
    return Origin(system="crm", record=record)


def deal(number: int, day: int, source: str, *, cost: int | None = 60_000) -> list[Fact]:
    """A deal with its lead, conceded a tenth of its list price."""
    name = f"D{number:03}"
    lead = Lead(origin=told(f"L{number}"), occurred_at=at(day), created_at=at(day), lead_id=f"L{number}")
    made = Deal(
        origin=told(name), occurred_at=at(day), created_at=at(day), deal_id=name, lead_id=lead.lead_id,
        amount_minor=90_000, list_minor=100_000, cost_minor=cost, currency="EUR", source_raw=source,
        payment_days=60,
    )  # fmt: skip
    return [lead, made]


def closed(number: int, day: int, outcome: str) -> DealClosed:
    """How it ended."""
    return DealClosed(
        origin=told(f"D{number:03}"), occurred_at=at(day), deal_id=f"D{number:03}", outcome=outcome,
        amount_minor=90_000, cost_minor=60_000, currency="EUR",
    )  # fmt: skip


SOURCES = ("Organic Search", "Cold call", "Customer referral")


def story() -> list[Fact]:
    """Sixty deals of three sources, every second won within a month; then ten open ones that people judge."""
    facts: list[Fact] = []
    for n in range(60):
        facts += deal(n, 1 + n, SOURCES[n % 3])
        facts.append(closed(n, 25 + n, "won" if n % 2 else "lost"))
    for n in range(60, 70):
        facts += deal(n, 60, SOURCES[n % 3])
        share = Share.percent(90 if n < 65 else 10)
        category = "commit" if n < 65 else "best case"
        facts.append(
            Judgement(
                origin=told(f"J{n}"), occurred_at=at(80), deal_id=f"D{n:03}", category=category,
                probability_share=share,
            )
        )  # fmt: skip
        facts.append(closed(n, 95, "won" if n < 65 else "lost"))
    return facts


def forecast_of(facts: list[Fact], day: int = 91) -> Forecast:
    """April and May, as of a day."""
    frames, as_of = Frames.from_dataset(facts), at(day).replace(hour=0)
    model = WinModel.fit(frames, by=("source",), as_of=as_of, choose=False)
    return forecast_revenue(frames, model, as_of=as_of, periods=Period.months(as_of, 2))


def test_each_judge_is_held_against_what_happened() -> None:
    """People who knew do better than a model that could not; all are scored on what was won in time."""
    forecast = forecast_of(story())
    scored = score_judgements(forecast, Frames.from_dataset(story()), as_of=at(150))
    judges = {judge.name: judge for judge in scored}
    assert list(judges) == ["model", "people", "stage"]
    people, model = judges["people"], judges["model"]
    assert (people.deals_count, people.won_count, people.expected_count) == (10, 5, 5.0)
    assert people.brier is not None
    assert people.brier == pytest.approx(0.01)
    assert model.deals_count == 10
    assert model.brier is not None
    assert people.model_brier == model.brier > people.brier
    commit, best = people.categories
    assert (commit.category, commit.deals_count, commit.won_count) == (Category.COMMIT, 5, 5)
    assert (best.won_amount, best.amount) == (Money(0, "EUR"), Money(450_000, "EUR"))
    assert judges["stage"].deals_count == 0  # no deal has a stage
    assert judges["stage"].brier is None


def test_nobody_is_judged_before_a_period_is_over() -> None:
    """In the middle of April nothing of it is decided."""
    forecast = forecast_of(story())
    with pytest.raises(InvalidTermsError, match="ask again then"):
        score_judgements(forecast, Frames.from_dataset(story()), as_of=at(100))


def test_the_advice_stands_on_the_companys_own_deals() -> None:
    """Concessions of seekers, effort for search, qualification and report-back of referrals."""
    facts = story()
    for n in range(1, 60, 3):  # search
        facts.append(
            ContactAttempt(origin=told(f"C{n}"), occurred_at=at(2 + n), lead_id=f"L{n}", by_id="ana")
        )
        facts.append(
            TimeSpent(
                origin=told(f"T{n}"), occurred_at=at(3 + n), by_id="ana", activity="call", spent_minutes=90,
                deal_id=f"D{n:03}",
            )
        )  # fmt: skip
    for n in range(2, 60, 3):  # referral
        verdict = "rejected" if n % 4 == 0 else "accepted"
        facts.append(
            SalesFeedback(origin=told(f"F{n}"), occurred_at=at(2 + n), lead_id=f"L{n}", verdict=verdict)
        )
    facts.append(
        SalesFeedback(
            origin=told("F"), occurred_at=at(80), deal_id="D002", verdict="reported", addressee="referrer"
        )
    )
    forecast = forecast_of(facts)
    advice = {each.source: {fact.name: fact for fact in each.evidence} for each in forecast.advice}
    assert list(advice) == [LeadSource.SEEKER, LeadSource.SEARCH, LeadSource.REFERRAL]
    seeker, search, referral = advice.values()
    assert seeker["Conceded, of list price"].value == pytest.approx(0.1)
    assert seeker["Days to pay"].value == 60
    assert seeker["Margin, of revenue"].value == pytest.approx(1 / 3)
    assert (search["Attempts per won deal"].value, search["Hours per won deal"].value) == (2.0, 3.0)
    assert referral["Accepted by sales"].value == 0.75
    assert referral["Reported back to whoever referred"].value == 1 / 20
    page = str(render(forecast.to_report(), "text").content)
    assert "Be slow to concede" in page
    assert "Attempts per won deal" in page


def test_what_nobody_recorded_is_unknown_not_zero() -> None:
    """Without calls, hours, answers and costs, their figures are missing."""
    forecast = forecast_of(story())
    values = {fact.name: fact.value for each in forecast.advice for fact in each.evidence}
    for name in ("Attempts per won deal", "Hours per won deal", "Accepted by sales"):
        assert values[name] is None
    assert values["Reported back to whoever referred"] is None


def test_growth_is_told_of_margin_as_well_as_of_revenue() -> None:
    """Half a year of three deals at 900.00, after one of two; but each left 300.00, and now only 200.00."""
    facts: list[Fact] = []
    for n, day in enumerate((-270, -260, -50, -40, -30)):
        facts += deal(n, day - 20, SOURCES[0], cost=None)
        cost = 60_000 if n < 2 else 70_000
        facts.append(attrs.evolve(closed(n, day, "won"), cost_minor=cost))
    (seekers,) = forecast_of(facts).advice
    told = {fact.name: fact for fact in seekers.evidence}
    assert told["Growth of revenue in half a year"].value == pytest.approx(0.5)
    assert told["Growth of margin in half a year"].value == pytest.approx(0.0)
    assert told["Growth of margin in half a year"].count == 5
