"""A small book of deals that tests of the forecast share: it is easy to say what must come of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from smarketing import Frames, Period
from smarketing.facts import Deal, DealClosed, Fact, StageEntered
from smarketing.forecast import Forecast, WinModel, forecast_revenue
from smarketing.origin import Origin


def at(day: int, hour: int = 9) -> datetime:
    """So many days after the first of January, in the morning."""
    return datetime(2026, 1, 1, hour, tzinfo=UTC) + timedelta(days=day - 1)


def told(record: str) -> Origin:
    """Where a fact is from."""
    return Origin(system="crm", record=record)


def book(count: int = 120, *, currency: str = "EUR") -> list[Fact]:
    """Deals that open daily, every third won, the last thirty still open, in thirds of 1,000.00."""
    facts: list[Fact] = []
    for n in range(1, count + 1):
        name = f"D{n:03}"
        facts.append(
            Deal(
                origin=told(name), occurred_at=at(n), created_at=at(n), deal_id=name, currency=currency,
                amount_minor=33_333 * (1 + n % 3), cost_minor=20_000, owner_id=f"owner {n % 4}",
                expected_close_on=at(n + 25).date(), recurring_minor=10_000 * (n % 2),
            )
        )  # fmt: skip
        facts.append(StageEntered(origin=told(name), occurred_at=at(n), deal_id=name, stage="identified"))
        if n <= count - 30:
            outcome = "won" if n % 3 == 0 else "lost"
            minor = 33_333 * (1 + n % 3) * 9 // 10
            facts.append(
                DealClosed(
                    origin=told(name), occurred_at=at(n + 28), deal_id=name, outcome=outcome,
                    currency=currency, amount_minor=minor, cost_minor=20_000, recurring_minor=9_000 * (n % 2),
                )
            )  # fmt: skip
    return facts


def forecast_of(
    facts: Sequence[Fact],
    day: int = 121,
    months: int = 3,
    by: Sequence[str] = (),
    hour: int = 0,
    **asked: object,
) -> Forecast:
    """The forecast of some facts as of a day."""
    frames, as_of = Frames.from_dataset(facts), at(day, hour)
    model = WinModel.fit(frames, by=("source",), as_of=as_of)
    periods = Period.months(as_of, months)
    return forecast_revenue(frames, model, as_of=as_of, periods=periods, by=by, **asked)  # type: ignore[arg-type]
