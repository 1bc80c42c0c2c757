"""Deals and companies: versions, stages, closings, reopenings, judgements, links."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from smarketing.crm.hubspot import HubSpot
from smarketing.facts import (
    Account,
    Campaign,
    Deal,
    DealClosed,
    DealReopened,
    Judgement,
    Outcome,
    Retracted,
    StageEntered,
)
from smarketing.funnel import timeline
from smarketing.values import Money


def of(dataset: Any, kind: Any, deal: str) -> list[Any]:
    """The facts of one kind about one deal."""
    return [fact for fact in dataset.of(kind) if fact.deal_id == deal]


def test_amount_and_close_date_are_known_when_they_were_changed(read: Any) -> None:
    """Days are those of the portal: half past ten in the evening, UTC, is the next day in Madrid."""
    versions = of(read("deals"), Deal, "901")
    assert [(deal.known_at.date(), deal.amount_minor, deal.expected_close_on) for deal in versions] == [
        (date(2026, 2, 1), 1_000_000, date(2026, 4, 1)),
        (date(2026, 2, 25), 1_200_000, date(2026, 4, 1)),
        (date(2026, 3, 1), 1_200_000, date(2026, 3, 1)),
        (date(2026, 3, 2), 1_200_000, date(2026, 3, 1)),
    ]
    assert {(deal.lead_id, deal.account_id, deal.currency) for deal in versions} == {("101", "501", "EUR")}
    assert (versions[-1].name, versions[-1].pipeline) == ("Acme renewal", "ventas")


def test_stage_history_is_entries_closings_and_reopenings(read: Any) -> None:
    """A deal that was lost, opened again and won, with the amount of each moment."""
    dataset = read("deals")
    assert [entry.stage for entry in of(dataset, StageEntered, "901")] == [
        "contacto",
        "propuesta_enviada",
        "propuesta_enviada",
    ]
    closings = of(dataset, DealClosed, "901")
    assert [(closing.outcome, closing.amount_minor) for closing in closings] == [
        (Outcome.LOST, 1_000_000),
        (Outcome.WON, 1_200_000),
    ]
    (reopened,) = of(dataset, DealReopened, "901")
    assert (reopened.occurred_at, reopened.by_id) == (datetime(2026, 2, 25, 9, tzinfo=UTC), "12")


def test_the_pipeline_of_the_portal_reads_the_deals(read: Any, portal: HubSpot) -> None:
    """The same names on both sides, down to the timeline."""
    funnel = portal.pipelines[0].to_funnel()
    facts = [fact for fact in read("deals").facts if fact.origin.record == "901"]
    told = timeline(facts, funnel, as_of=datetime(2026, 4, 1, tzinfo=UTC))
    assert told.stage_now == "won"
    assert [stage.name for stage in funnel] == ["contacto", "propuesta_enviada", "won"]


def test_a_closing_without_history_counts_from_the_last_modification(read: Any) -> None:
    """It happened on the close date; its amount and reason are known only as they stand now."""
    (closing,) = of(read("deals"), DealClosed, "902")
    assert (closing.outcome, closing.amount_minor, closing.reason) == (Outcome.LOST, 500_000, "No budget")
    assert (closing.occurred_at.date(), closing.known_at.date()) == (date(2026, 2, 15), date(2026, 2, 20))


def test_several_contacts_are_a_doubt(read: Any) -> None:
    """The first is taken, and somebody ought to mark the primary one."""
    dataset = read("deals")
    assert {deal.lead_id for deal in of(dataset, Deal, "902")} == {"102"}
    assert [(problem.code, problem.origin.record) for problem in dataset.problems] == [
        ("several-contacts", "902")
    ]


def test_the_category_that_a_person_chose_is_a_judgement(read: Any) -> None:
    """Kept beside every model's, as of its moment."""
    assert [(fact.category, fact.by_id) for fact in read("deals").of(Judgement)] == [
        ("PIPELINE", "12"),
        ("COMMIT", "12"),
    ]


def test_a_merged_deal_stands_no_longer(portal: HubSpot) -> None:
    """The deal that it was merged into goes on."""
    given = {
        "id": "1",
        "updatedAt": "2026-01-08T09:00:00Z",
        "properties": {"hs_merged_object_ids": "8;9"},
    }
    gone = portal.read([given], kind="deals").of(Retracted)
    assert {(fact.retracted_table, fact.retracted_record) for fact in gone} == {
        ("deals", "8"),
        ("deals", "9"),
    }


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"amount": "a lot"}, "bad-number"),
        ({"amount": "1.234,50"}, "bad-number"),
        ({"closedate": "01/02/2026"}, "bad-date"),
        ({"dealstage": "77"}, "unknown-word"),
        ({"dealstage": "70"}, "undated-stage"),
        ({"dealstage": "71"}, "undated"),
    ],
)
def test_what_a_deal_says_wrong_is_told(portal: HubSpot, properties: dict[str, str], code: str) -> None:
    """And the rest of the deal is read."""
    given = {"id": "1", "updatedAt": "2026-01-08T09:00:00Z", "properties": {"dealname": "A", **properties}}
    dataset = portal.read([given], kind="deals")
    assert [problem.code for problem in dataset.problems] == [code]
    assert [deal.name for deal in dataset.of(Deal)] == ["A"]


def test_an_amount_without_a_currency_is_told() -> None:
    """It is left out: nobody guesses a currency."""
    given = {"id": "1", "updatedAt": "2026-01-08T09:00:00Z", "properties": {"amount": "12"}}
    dataset = HubSpot().read([given], kind="deals")
    assert [problem.code for problem in dataset.problems] == ["no-currency"]
    assert dataset.of(Deal)[0].amount_minor is None


def test_amounts_of_the_past_are_in_the_currency_of_the_deal(portal: HubSpot) -> None:
    """Of the present record, where the history of the currency was not asked for: never the portal's own."""
    moved = [
        {"value": "closedwon", "timestamp": "2026-01-10T09:00:00Z"},
        {"value": "appointmentscheduled", "timestamp": "2026-01-01T09:00:00Z"},
    ]
    deal: Any = {
        "id": "7",
        "createdAt": "2026-01-01T09:00:00Z",
        "updatedAt": "2026-01-20T09:00:00Z",
        "properties": {"amount": "1000", "deal_currency_code": "USD", "dealstage": "closedwon"},
        "propertiesWithHistory": {
            "dealstage": moved,
            "amount": [{"value": "1000", "timestamp": "2026-01-01T09:00:00Z"}],
        },
    }
    dataset = HubSpot(currency="EUR").read([deal], kind="deals")
    assert {version.currency for version in dataset.of(Deal)} == {"USD"}
    assert [closing.amount for closing in dataset.of(DealClosed)] == [Money.of("1000", "USD")]
    coded = [
        {"value": code, "timestamp": f"2026-01-{day}T09:00:00Z"} for code, day in (("USD", 15), ("EUR", "01"))
    ]
    deal["propertiesWithHistory"]["deal_currency_code"] = coded
    dataset = portal.read([deal], kind="deals")
    assert [version.currency for version in dataset.of(Deal)] == ["EUR", "USD"], "history says what was then"


def test_an_unknown_currency_is_told(portal: HubSpot) -> None:
    """Its minor units are unknown, so no amount can be read in it."""
    properties = {"amount": "12", "deal_currency_code": "EURO"}
    given = {"id": "1", "updatedAt": "2026-01-08T09:00:00Z", "properties": properties}
    dataset = portal.read([given], kind="deals")
    assert [problem.code for problem in dataset.problems] == ["unknown-currency"]
    assert dataset.of(Deal)[0].currency is None


def test_companies_are_accounts(read: Any) -> None:
    """Amounts are exact, and a merged company is retracted at the moment of its own merge."""
    dataset = read("companies")
    acme = [account for account in dataset.of(Account) if account.account_id == "501"][-1]
    assert (acme.name, acme.website, acme.employees_count) == ("Acme", "acme.example", 250)
    assert (acme.revenue_minor, acme.currency, acme.parent_id) == (150_000_050, "EUR", "500")
    assert [(fact.retracted_record, fact.occurred_at.day) for fact in dataset.of(Retracted)] == [
        ("598", 15),
        ("599", 20),
    ]
    assert [(problem.code, problem.origin.field) for problem in dataset.problems] == [
        ("bad-number", "numberofemployees")
    ]


def test_campaigns_and_marketing_emails_are_campaigns(read: Any) -> None:
    """E-mail events name the second kind."""
    (spring,) = read("campaigns").of(Campaign)
    assert (spring.name, spring.budget_minor, spring.starts_on) == ("Spring", 250_000, date(2026, 3, 1))
    (news,) = read("email_campaigns").of(Campaign)
    assert (news.campaign_id, news.channel, news.direction) == ("7001", "email", "push")
