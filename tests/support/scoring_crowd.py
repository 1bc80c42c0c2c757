"""A crowd to score: leads of all sorts and what they did, drawn from a seed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from smarketing.facts import Lead, Touch
from smarketing.origin import Origin

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def crowd(seed: int = 7, count: int = 60, strangers: int = 10) -> tuple[list[Lead], list[Touch]]:
    """Leads, and touches: some after the moment, and some of people who are no leads."""
    random = Random(seed)  # noqa: S311 -- no secret
    leads = [
        Lead(
            origin=Origin(record=f"L{number}"),
            occurred_at=AS_OF - 30 * DAY,
            lead_id=f"L{number}",
            company=random.choice(["Shop", "Bank", None]),
            phone=random.choice(["600", None]),
            email=random.choice(["a@b.com", "a@uni.edu", None]),
        )
        for number in range(count)
    ]
    touches = [
        Touch(
            origin=Origin(record=f"T{number}"),
            occurred_at=AS_OF - random.randrange(-3, 20) * DAY,
            lead_id=f"L{random.randrange(count + strangers)}",
            kind=random.choice(["visit", "mail"]),
        )
        for number in range(4 * count)
    ]
    return leads, touches
