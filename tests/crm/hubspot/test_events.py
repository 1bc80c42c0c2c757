"""Engagements, e-mail events and subscriptions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from smarketing.crm.hubspot import HubSpot, addresses_of
from smarketing.facts import ConsentGiven, ConsentWithdrawn, ContactAttempt, Reply, Retracted, Touch

T = datetime(2026, 1, 15, 10, tzinfo=UTC)


def attempts(dataset: Any) -> list[tuple[object, ...]]:
    """Engagement, whom it reached, and how it went."""
    return [
        (fact.origin.record, fact.lead_id or fact.deal_id, fact.result, fact.connected, fact.lasted_seconds)
        for fact in sorted(
            dataset.of(ContactAttempt), key=lambda fact: (fact.origin.record, fact.lead_id or "")
        )
    ]


def test_calls_of_ours_are_attempts(read: Any) -> None:
    """One for each contact, or else for the deal, with what came of it."""
    dataset = read("calls")
    assert attempts(dataset) == [
        ("1", "101", "connected", True, 62),
        ("1", "102", "connected", True, 62),
        ("2", "101", "no_answer", False, None),
        ("4", "901", "completed", None, None),
    ]
    attempt = dataset.of(ContactAttempt)[0]
    assert (attempt.occurred_at, attempt.known_at.minute) == (T, 5)


def test_a_call_of_theirs_is_a_touch(read: Any) -> None:
    """They sought us."""
    assert [(touch.lead_id, touch.kind) for touch in read("calls").of(Touch)] == [("101", "call_received")]


def test_an_engagement_of_nobody_is_refused_with_a_problem(read: Any) -> None:
    """Every object ends in one account."""
    dataset = read("calls")
    (reading,) = dataset.readings
    assert (reading.rows_count, reading.gave_count, reading.refused_count) == (6, 5, 1)
    assert [problem.code for problem in dataset.problems] == ["no-subject"]


def test_a_deleted_engagement_is_retracted(read: Any) -> None:
    """It is named by its own table, so the contact stands."""
    (gone,) = read("calls").of(Retracted)
    assert (gone.retracted_table, gone.retracted_record) == ("calls", "6")


def test_emails_are_attempts_or_replies_and_drafts_are_neither(read: Any) -> None:
    """What has not been sent has not happened."""
    dataset = read("emails")
    assert attempts(dataset) == [("21", "101", "sent", None, None), ("22", "101", "bounced", False, None)]
    assert [(reply.lead_id, reply.by_us) for reply in dataset.of(Reply)] == [("101", False)]
    assert dataset.readings[0].excluded_count == 1


def test_meetings_and_messages_on_a_network_are_attempts(read: Any) -> None:
    """A done task of calling is left out: the call itself is told."""
    assert attempts(read("meetings")) == [
        ("31", "101", "completed", True, 2_700),
        ("32", "101", "no_show", False, None),
    ]
    assert attempts(read("tasks")) == [("41", "101", "linked_in_message", None, None)]
    assert read("tasks").readings[0].excluded_count == 2


def test_engagements_of_the_first_api_read_the_same(read: Any) -> None:
    """Times are milliseconds there, and names differ."""
    dataset = read("engagements")
    assert attempts(dataset) == [("51", "101", "no answer", False, 62)]
    assert len(dataset.of(Reply)) == 1
    assert dataset.readings[0].excluded_count == 1


def test_email_events_are_touches_of_the_contact(read: Any) -> None:
    """The address is looked up however it is written; filters and link checkers are no people."""
    dataset = read("email_events")
    assert sorted(touch.kind for touch in dataset.of(Touch)) == [
        "email_bounced",
        "email_clicked",
        "email_delivered",
        "email_dropped",
        "email_opened",
        "email_reported_as_spam",
        "email_sent",
    ]
    assert {(touch.lead_id, touch.campaign_id, touch.message_id) for touch in dataset.of(Touch)} == {
        ("101", "7001", "ev-sent")
    }
    assert dataset.readings[0].excluded_count == 2


def test_unsubscribing_and_reporting_spam_withdraw_consent(read: Any) -> None:
    """From all e-mail, or from one subscription."""
    dataset = read("email_events")
    assert {(fact.purpose, fact.basis) for fact in dataset.of(ConsentWithdrawn)} == {
        (None, "SOURCE_RECIPIENT"),
        ("7", "SOURCE_RECIPIENT"),
        (None, "spam report"),
    }
    assert [fact.purpose for fact in dataset.of(ConsentGiven)] == ["8"]


def test_a_stranger_is_told_and_never_quoted(read: Any) -> None:
    """Messages hold ids, and no address."""
    (problem,) = read("email_events").problems
    assert (problem.code, problem.origin.record) == ("unknown-recipient", "ev-11")
    assert "@" not in str(problem)


def test_subscriptions_are_dated_consents(read: Any) -> None:
    """A status that nobody ever set is no consent."""
    dataset = read("subscriptions")
    assert [(fact.lead_id, fact.purpose, fact.basis) for fact in dataset.of(ConsentGiven)] == [
        ("101", "7", "LEGITIMATE_INTEREST_CLIENT")
    ]
    assert [fact.lead_id for fact in dataset.of(ConsentWithdrawn)] == ["102"]
    assert dataset.readings[0].excluded_count == 1


def test_addresses_include_the_further_ones(answer: Any) -> None:
    """A contact may have several."""
    found = addresses_of([answer("contacts")])
    assert found["robert@example.com"] == found["bob@example.com"] == "102"


@pytest.mark.parametrize(
    ("kind", "given", "code"),
    [
        ("calls", {"hs_call_direction": "SIDEWAYS", "hs_timestamp": "2026-01-05T09:00:00Z"}, "unknown-word"),
        ("calls", {"hs_call_direction": "OUTBOUND"}, "undated"),
        ("calls", {"hs_timestamp": "2026-01-05T09:00:00Z"}, "no-direction"),
        ("emails", {"hs_email_direction": "UP", "hs_timestamp": "2026-01-05T09:00:00Z"}, "unknown-word"),
    ],
)
def test_odd_engagements_are_told(portal: HubSpot, kind: str, given: dict[str, str], code: str) -> None:
    """With a stable code."""
    links = {"contacts": {"results": [{"id": "1"}]}}
    dataset = portal.read(
        [{"id": "7", "createdAt": "2026-01-05T09:00:00Z", "properties": given, "associations": links}],
        kind=kind,
    )
    assert [problem.code for problem in dataset.problems] == [code]
