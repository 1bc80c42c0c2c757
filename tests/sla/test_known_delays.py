"""A company whose delays are known to the minute: what is measured is what was put in."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from random import Random

import attrs
from sla_stories import HOUR, OFFICE, ORIGIN

from smarketing import Frames, Period
from smarketing.estimates import Rate
from smarketing.facts import Assigned, ContactAttempt, Fact
from smarketing.sla import ClockState, SlaContract, SlaTerms, Term, measure_sla

MARCH = Period.parse("2026-03")
BUDGET = 4 * HOUR
CONTRACT = SlaContract.of(
    SlaTerms(terms=[Term(name="first response", kind="response", within=BUDGET, calendar="sales")]),
    calendars={"sales": OFFICE},
)


def company(
    leads: int, *, seed: int, until: datetime
) -> tuple[list[Fact], list[tuple[datetime, timedelta | None]]]:
    """Leads given to sales at any hour of March, and the working time that each waited; None for ever."""
    draw = Random(seed)  # noqa: S311 (a company, not a secret)
    facts, truth = list[Fact](), list[tuple[datetime, timedelta | None]]()
    for number in range(leads):
        given = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=draw.randrange(31 * 24 * 60))
        waited = timedelta(minutes=int(draw.expovariate(1 / 180))) if draw.random() < 0.9 else None
        told = [Assigned(origin=ORIGIN, occurred_at=given, lead_id=f"L-{number}", owner_id="ana")]
        if waited is not None:
            called = OFFICE.deadline(given, waited)
            told.append(ContactAttempt(origin=ORIGIN, occurred_at=called, lead_id=f"L-{number}"))
        facts += [fact for fact in told if fact.occurred_at < until]
        truth += [(given, waited)] if given < until else []
    return facts, truth


def test_the_share_kept_is_the_share_of_the_delays_within_the_term(backend: str) -> None:
    """Of the clocks whose time was over; those that were still open are neither kept nor broken."""
    now = datetime(2026, 3, 27, 15, 20, tzinfo=UTC)
    facts, truth = company(700, seed=11, until=now)
    over = [waited for given, waited in truth if OFFICE.elapsed(given, now) >= BUDGET]
    kept = sum(waited is not None and waited <= BUDGET for waited in over)
    result = measure_sla(Frames.from_dataset(facts, backend=backend), CONTRACT, period=MARCH, as_of=now)
    response = result["first response"]
    assert response.delivered == Rate(kept, len(over))
    assert 0.4 < response.attained_share < 0.9
    open_count = sum(
        OFFICE.elapsed(given, now) < BUDGET and (waited is None or OFFICE.deadline(given, waited) >= now)
        for given, waited in truth
    )
    assert response.tally[ClockState.RUNNING] == open_count > 0


def test_the_interval_holds_the_true_share_as_often_as_it_says() -> None:
    """The chance of a call within four hours is known: of eighty teams, 90 % intervals hold it in most."""
    after = MARCH.end + timedelta(days=60)
    facts = [
        attrs.evolve(fact, lead_id=f"{seed}-{fact.lead_id}", owner_id=f"team {seed}")
        for seed in range(80)
        for fact in company(60, seed=seed, until=after)[0]
        if isinstance(fact, Assigned)
    ] + [
        attrs.evolve(fact, lead_id=f"{seed}-{fact.lead_id}")
        for seed in range(80)
        for fact in company(60, seed=seed, until=after)[0]
        if isinstance(fact, ContactAttempt)
    ]
    frames = Frames.from_dataset(facts, backend="polars")
    result = measure_sla(frames, CONTRACT, period=MARCH, as_of=after, trend=0)
    true_share = 0.9 * (1 - math.exp(-241 / 180))  # whole minutes: 240 of them are in time, 241 are not
    intervals = [row.rate.interval(0.9) for row in result["first response"].split("owner")]
    assert len(intervals) == 80
    held = sum(each is not None and each.low <= true_share <= each.high for each in intervals)
    assert 64 <= held <= 79  # 72 are expected, and its standard deviation is 2.7
