"""What is to come, on the review: only where deals are, by the terms in force, and as it is forecast."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import attrs
import pytest

from smarketing.agreement import Agreement, Quota, Targets, load_agreement
from smarketing.facts import Lead
from smarketing.forecast import WinModel, forecast_revenue
from smarketing.frames import Frames
from smarketing.periods import Dated, Period, parse_instant
from smarketing.renderers import render
from smarketing.review import Review, review_period
from smarketing.review._forecast import outlook_of
from smarketing.testing import example_company
from smarketing.values import Money

COMPANY = example_company(seed=4, leads=900)
FACTS = list(COMPANY.facts())
FRAMES = Frames.from_dataset(FACTS)
AGREEMENT = load_agreement(COMPANY.agreement_toml())
LEADS: Mapping[str, int] = {"lead": 10}
AS_OF = parse_instant("2025-10-10", COMPANY.zone)


def euros(amount: int) -> Money:
    """So many euros."""
    return Money.of(amount, "EUR")


def agreed(**targets: object) -> Agreement:
    """The company's agreement with other targets."""
    terms = Targets(**targets)  # type: ignore[arg-type]
    return attrs.evolve(AGREEMENT, targets=Dated(((date(2024, 1, 1), terms),)))


def reviewed(frames: Frames = FRAMES, agreement: Agreement = AGREEMENT) -> Review:
    """October so far."""
    return review_period(frames, agreement, period=Period.parse("2025-10", COMPANY.zone), as_of=AS_OF)


def test_the_outlook_is_the_forecast_under_the_agreements_terms() -> None:
    """Six months from the one that runs, with the agreement's sources, stages, days and currency."""
    outlook = outlook_of(FRAMES, AGREEMENT, as_of=AS_OF)
    assert outlook is not None
    (pipeline,) = AGREEMENT.pipelines
    model = WinModel.fit(
        FRAMES, by=("source", "stage"), as_of=AS_OF, sources=AGREEMENT.sources, pipeline=pipeline,
        zone=COMPANY.zone, choose=False,
    )  # fmt: skip
    months = Period.months(AS_OF, 6, COMPANY.zone)
    asked = forecast_revenue(
        FRAMES, model, as_of=AS_OF, periods=months, currency="EUR", pipeline=AGREEMENT.pipelines[0]
    )
    assert outlook.forecast == asked
    assert next(each.period.label for each in asked.periods) == "2025-10"


def test_each_revenue_target_to_come_has_its_chance() -> None:
    """The company's, the teams' and the people's, for the month that runs and the two after it."""
    targets = agreed(
        company=Quota(revenue=euros(60_000), counts=LEADS),  # type: ignore[arg-type]
        teams={"North": Quota(revenue=euros(30_000))},
        owners={"nobody": Quota(revenue=euros(1_000)), "ana.ruiz": Quota(counts=LEADS)},  # type: ignore[arg-type]
    )
    outlook = outlook_of(FRAMES, targets, as_of=AS_OF)
    assert outlook is not None
    told = [(each.period.label, each.party, each.name) for each in outlook.quotas]
    assert told[:3] == [
        ("2025-10", "company", ""),
        ("2025-10", "team", "North"),
        ("2025-10", "owner", "nobody"),
    ]
    assert {label for label, _, _ in told} == {"2025-10", "2025-11", "2025-12"}
    company, north, nobody = outlook.quotas[:3]
    first = outlook.forecast.periods[0]
    assert company.chance == first.chance_of(euros(60_000))
    assert (company.closed, company.expected) == (first.components.closed, first.expected)
    row = next(row for row in first.split("team") if row.values["team"] == "North")
    assert (north.expected, north.chance) == (row.expected, row.chance_of(euros(30_000)))
    assert (nobody.closed, nobody.expected, nobody.chance) == (euros(0), euros(0), None)
    assert north.outlook == first.against(euros(30_000), team="North")
    assert north.coverage == north.outlook.pipeline.minor / north.outlook.gap.minor
    assert company.owed is not None
    assert company.owed.goal == company.outlook.gap
    assert north.owed is not None
    assert (north.owed.leads_count or 0) > 0


@pytest.mark.parametrize(("per", "label"), [("quarter", "2025-Q4"), ("year", "2025")])
def test_targets_of_longer_stretches_are_forecast_as_a_whole(per: str, label: str) -> None:
    """A quarter's target is held against the quarter, with what was won of it already."""
    outlook = outlook_of(FRAMES, agreed(per=per, company=Quota(revenue=euros(200_000))), as_of=AS_OF)
    assert outlook is not None
    first = outlook.quotas[0]
    assert first.period == Period.parse(label, COMPANY.zone)
    months = sum((each.expected for each in outlook.forecast.periods[:3]), euros(0))
    if per == "quarter":
        assert abs(first.expected.minor - months.minor) < 0.02 * months.minor
        assert [each.period.label for each in outlook.quotas] == ["2025-Q4", "2026-Q1"]
    else:
        assert first.closed.minor > first.expected.minor // 2  # nine months of it are over


def test_targets_that_are_not_in_force_yet_have_no_chance() -> None:
    """Nothing is held against terms of next year."""
    later = Targets(company=Quota(revenue=euros(1)))
    agreement = attrs.evolve(AGREEMENT, targets=Dated(((date(2026, 7, 1), later),)))
    outlook = outlook_of(FRAMES, agreement, as_of=AS_OF)
    assert outlook is not None
    assert outlook.quotas == ()


def test_the_page_shows_it_in_both_languages() -> None:
    """The fan, the classic number beside it, and the targets to come."""
    review = reviewed()
    page = str(render(review.to_report(AGREEMENT.words("en")), "text").content)
    assert page.index("Revenue to come") < page.index("Targets to come")
    assert page.index("Targets to come") < page.index("Deals to open, by source")
    assert "Stage-weighted" in page
    spanish = str(render(review.to_report(AGREEMENT.words("es")), "text").content)
    assert "Ingresos por llegar" in spanish
    assert "Ponderado" in spanish


def test_without_deals_nothing_is_said_of_the_future() -> None:
    """A review of leads alone has no forecast."""
    leads = Frames.from_dataset([fact for fact in FACTS if isinstance(fact, Lead)])
    review = reviewed(leads)
    assert review.outlook is None
    assert "Revenue to come" not in str(render(review.to_report(), "text").content)
