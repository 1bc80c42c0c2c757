"""A company whose leads' true odds are known, for whoever learns points from it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from smarketing.estimates import probability_of
from smarketing.facts import Fact, Lead, StageEntered, Touch
from smarketing.origin import Origin
from smarketing.scoring import LeadOutcome
from smarketing.values import Traits

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
CUSTOMER = LeadOutcome.reached("customer")


def lead(number: int, at: datetime | None = None, **fields: object) -> Lead:
    """One of many leads; they begin an hour apart."""
    began = BEGIN + timedelta(hours=number)
    return Lead(
        origin=Origin(record=f"L{number}"),
        lead_id=f"L{number}",
        created_at=began,
        occurred_at=at or began,
        **fields,
    )  # type: ignore[arg-type]


def becomes_customer(number: int, after: timedelta = 10 * DAY) -> StageEntered:
    """It does so long after it began."""
    at = BEGIN + timedelta(hours=number) + after
    return StageEntered(
        origin=Origin(record=f"S{number}"), occurred_at=at, lead_id=f"L{number}", stage="customer"
    )


COUNTRY = {"ES": 0.9, "PT": 0.0, "FR": -0.9}
SEATS = (-1.0, 0.0, 1.0)
DEMO = 1.2


def company(count: int = 6000, seed: int = 7) -> tuple[list[Fact], list[float]]:
    """Leads whose true odds are known: a country, a number of seats, sometimes a demo, and noise."""
    chance = random.Random(seed)  # noqa: S311
    facts: list[Fact] = []
    odds: list[float] = []
    for number in range(count):
        country, seats = chance.choice(["ES", "PT", "FR"]), chance.randrange(1, 31)
        demo = chance.random() < 0.3
        noise = chance.choice(["red", "green"])
        traits = Traits({"seats": seats, "noise": noise})
        facts.append(lead(number, country=country, traits=traits))
        if demo:
            at = BEGIN + timedelta(hours=number, minutes=30)
            facts.append(
                Touch(origin=Origin(record=f"T{number}"), occurred_at=at, lead_id=f"L{number}", kind="Demo")
            )
        true = -1.0 + COUNTRY[country] + SEATS[(seats - 1) // 10] + DEMO * demo
        odds.append(true)
        if chance.random() < probability_of(true):
            facts.append(becomes_customer(number))
    return facts, odds
