"""Targets against what was reached: whole months, quarters or years, by the terms of their first day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs

from smarketing.agreement import Agreement, Company, Quota, Targets
from smarketing.document import Chart, Marked, Table
from smarketing.facts import Deal, DealClosed, Fact, Lead
from smarketing.frames import Frames
from smarketing.origin import Origin
from smarketing.periods import Dated
from smarketing.review import Attainment, Review, review_period
from smarketing.values import Money

COMPANY = Company(name="Acme", zone="Europe/Madrid", currency="EUR")


def euros(amount: int) -> Money:
    """Whole euros."""
    return Money(amount * 100, "EUR")


def noon(day: date) -> datetime:
    """The middle of a day."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def sale(number: int, day: date, amount: int, owner: str = "ana", team: str = "North") -> list[Fact]:
    """A lead who became a deal and a customer on one day."""
    lead_id, deal_id, at = f"L-{number}", f"D-{number}", noon(day)
    return [
        Lead(
            origin=Origin(record=lead_id),
            occurred_at=at,
            created_at=at,
            lead_id=lead_id,
            owner_id=owner,
            team=team,
        ),
        Deal(
            origin=Origin(record=deal_id),
            occurred_at=at,
            created_at=at,
            deal_id=deal_id,
            lead_id=lead_id,
            owner_id=owner,
            team=team,
        ),
        DealClosed(
            origin=Origin(record=deal_id),
            occurred_at=at + timedelta(hours=1),
            deal_id=deal_id,
            outcome="won",  # type: ignore[arg-type]
            amount_minor=amount * 100,
            currency="EUR",
        ),
    ]


SALES = [
    *sale(1, date(2026, 1, 5), 1_000),
    *sale(2, date(2026, 1, 31), 500, owner="luis", team="South"),
    *sale(3, date(2026, 2, 10), 200),
    *sale(4, date(2026, 4, 1), 70, owner="luis"),
]


def agreed(*versions: tuple[date, Targets], **company: object) -> Agreement:
    """An agreement with these targets."""
    return Agreement(company=attrs.evolve(COMPANY, **company), targets=Dated(versions))


def reviewed(agreement: Agreement, period: str | None = None, as_of: str = "2026-05-01") -> Review:
    """The review of those sales."""
    return review_period(
        Frames.from_dataset(SALES),
        agreement,
        period=agreement.period(period) if period else None,
        as_of=agreement.as_of(as_of),
    )


def said(attainments: tuple[Attainment, ...]) -> list[tuple[str, str, str, Money | int, Money | int]]:
    """What a person would read."""
    return [(a.period.label, a.name or a.party, a.what, a.target, a.reached) for a in attainments]


MONTHLY = Targets(
    company=Quota(revenue=euros(1_000), counts={"lead": 2}),
    teams={"North": Quota(revenue=euros(500))},
    owners={"luis": Quota(counts={"customer": 1})},
)


def test_each_month_is_held_against_its_quotas() -> None:
    """The company's, a team's and a person's, in money and in records; nothing reached is zero."""
    assert said(reviewed(agreed((date(2026, 1, 1), MONTHLY)), "2026-01-01/2026-03-01").attainments) == [
        ("2026-01", "company", "revenue", euros(1_000), euros(1_500)),
        ("2026-01", "company", "lead", 2, 2),
        ("2026-01", "North", "revenue", euros(500), euros(1_000)),
        ("2026-01", "luis", "customer", 1, 1),
        ("2026-02", "company", "revenue", euros(1_000), euros(200)),
        ("2026-02", "company", "lead", 2, 1),
        ("2026-02", "North", "revenue", euros(500), euros(200)),
        ("2026-02", "luis", "customer", 1, 0),
    ]


def test_the_terms_of_its_first_day_apply_to_a_month() -> None:
    """A new target takes effect with the month that begins on its day or after it."""
    more = Targets(company=Quota(revenue=euros(3_000)))
    less = Targets(company=Quota(revenue=euros(100)))
    agreement = agreed((date(2026, 1, 1), less), (date(2026, 1, 20), more))
    targets = {a.period.label: a.target for a in reviewed(agreement, "2026-01-01/2026-03-01").attainments}
    assert targets == {"2026-01": euros(100), "2026-02": euros(3_000)}
    assert reviewed(agreed((date(2026, 1, 2), less)), "2026-01").attainments == ()


def test_quarters_and_years_add_up_their_months() -> None:
    """Quotas by quarter, then by year."""
    quarterly = Targets(per="quarter", company=Quota(revenue=euros(2_000)))
    found = reviewed(agreed((date(2026, 1, 1), quarterly)), "2026").attainments
    assert said(found) == [
        ("2026-Q1", "company", "revenue", euros(2_000), euros(1_700)),
        ("2026-Q2", "company", "revenue", euros(2_000), euros(70)),
    ]
    yearly = Targets(per="year", company=Quota(revenue=euros(2_000)))
    (year,) = reviewed(agreed((date(2026, 1, 1), yearly)), "2026").attainments
    assert (year.reached, year.share, year.is_running) == (euros(1_770), 0.885, True)


def test_quarters_are_those_of_the_fiscal_year() -> None:
    """Of a company whose year begins in February, January belongs to the quarter before."""
    quarterly = Targets(per="quarter", company=Quota(revenue=euros(2_000)))
    agreement = agreed((date(2025, 2, 1), quarterly), fiscal_year_start=2)
    assert [row[:1] + row[4:] for row in said(reviewed(agreement, "2026-01-01/2026-05-01").attainments)] == [
        ("FY2026-Q4", euros(1_500)),
        ("FY2027-Q1", euros(270)),
    ]


def test_a_month_is_held_against_its_target_whole() -> None:
    """However little of it the period holds: half a month is not blamed for missing a month's target."""
    found = reviewed(agreed((date(2026, 1, 1), MONTHLY)), "2026-01-20/2026-02-05").attainments
    revenue = {a.period.label: a.reached for a in found if a.party == "company" and a.what == "revenue"}
    assert revenue == {"2026-01": euros(1_500), "2026-02": euros(200)}


def test_a_period_that_has_not_ended_is_running_and_one_that_has_not_begun_is_not_there() -> None:
    """As of the tenth of February, noon: the sale of that day is known only afterwards."""
    agreement = agreed((date(2026, 1, 1), Targets(company=Quota(revenue=euros(1_000)))))
    found = reviewed(agreement, "2026", as_of="2026-02-10T12:30+00:00").attainments
    assert [(a.period.label, a.reached, a.is_running) for a in found] == [
        ("2026-01", euros(1_500), False),
        ("2026-02", euros(0), True),
    ]
    (table,) = (b for s in reviewed(agreement, "2026-04", as_of="2026-04-15").to_report().sections
                if s.title == "Targets" for b in s.blocks if isinstance(b, Table))  # fmt: skip
    assert table.rows[0][-1] == Marked(0.07, "the period has not ended yet")


def test_a_target_of_nothing_has_no_share() -> None:
    """Nobody can be at so many percent of zero."""
    agreement = agreed((date(2026, 1, 1), Targets(company=Quota(counts={"customer": 0}))))
    (january,) = reviewed(agreement, "2026-01").attainments
    assert (january.reached, january.share) == (2, None)


def test_the_latest_month_is_read_first_and_the_company_is_drawn_over_time() -> None:
    """Money and records stand in columns of their own."""
    review = reviewed(agreed((date(2026, 1, 1), MONTHLY)))
    (section,) = (each for each in review.to_report().sections if each.title == "Targets")
    chart, table = section.blocks
    assert isinstance(chart, Chart)
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows[:4]] == ["Apr 2026"] * 4
    assert [row[0] for row in chart.table.rows] == [date(2026, month, 1) for month in (1, 2, 3, 4)]
    assert len(table.rows) == len(review.attainments)


def test_without_targets_there_is_nothing_to_attain() -> None:
    """No quota is made up."""
    review = reviewed(Agreement(company=COMPANY))
    assert review.attainments == ()
    assert "Targets" not in [section.title for section in review.to_report().sections]
