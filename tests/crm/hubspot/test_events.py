"""Engagements, e-mail events and subscriptions."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from smarketing.crm.hubspot import HubSpot, addresses_of
from smarketing.facts import ConsentGiven, ConsentWithdrawn, ContactAttempt, Reply, Retracted, Touch
from smarketing.frames import Frames, rows_of
from smarketing.funnel import counting
from smarketing.stores import MemoryStore

T = datetime(2026, 1, 15, 10, tzinfo=UTC)


def engagement(record: str = "7", **properties: str) -> dict[str, Any]:
    """One with contact 1, as it was logged."""
    return {
        "id": record,
        "createdAt": "2026-01-05T09:00:00Z",
        "updatedAt": "2026-01-05T09:00:00Z",
        "properties": {"hs_timestamp": "2026-01-05T09:00:00Z", **properties},
        "associations": {"contacts": {"results": [{"id": "1"}]}},
    }


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
    assert [problem.code for problem in dataset.problems] == ["no-subject", "no-history"]


def test_a_deleted_engagement_is_retracted(read: Any) -> None:
    """It is named by its own table, so the contact stands."""
    (gone,) = read("calls").of(Retracted)
    assert (gone.retracted_table, gone.retracted_record) == ("calls", "6")


def test_a_deleted_engagement_of_the_first_api_is_an_attempt_no_longer(portal: HubSpot) -> None:
    """Its table is that of its facts, whatever kind of engagement it was."""
    call: dict[str, Any] = {
        "engagement": {"id": 7, "type": "CALL", "timestamp": 1767258000000, "createdAt": 1767258000000},
        "associations": {"contactIds": [1]},
        "metadata": {"status": "COMPLETED"},
    }
    deleted = call | {"engagement": call["engagement"] | {"active": False, "lastUpdated": 1767358000000}}
    facts = [fact for one in (call, deleted) for fact in portal.read([one], kind="engagements").facts]
    assert [type(fact) for fact in facts] == [ContactAttempt, Retracted]
    assert facts[0] not in counting(facts, T)


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


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        *(("meetings", {"hs_meeting_outcome": said}) for said in ("CANCELED", "RESCHEDULED", "SCHEDULED")),
        *(("calls", {"hs_call_status": said}) for said in ("CANCELED", "QUEUED", "CONNECTING")),
    ],
)
def test_what_did_not_take_place_is_no_attempt(portal: HubSpot, kind: str, given: dict[str, str]) -> None:
    """Nobody tried to reach anybody: no clock stops."""
    dataset = portal.read([engagement(hs_call_direction="OUTBOUND", **given)], kind=kind)
    assert (dataset.facts, dataset.problems) == ((), ())
    assert dataset.readings[0].excluded_count == 1


def test_a_call_whose_outcome_somebody_chose_was_placed(portal: HubSpot) -> None:
    """Whatever the dialler says of it."""
    busy = engagement(
        hs_call_direction="OUTBOUND",
        hs_call_status="CANCELED",
        hs_call_disposition="9d9162e7-6cf3-4944-bf63-4dff82258764",
    )
    assert [attempt.result for attempt in portal.read([busy], kind="calls").of(ContactAttempt)] == ["busy"]


def called(*turns: tuple[int, str, str]) -> dict[str, Any]:
    """A call that was logged and edited: on which day of January, when it took place, how it ended."""
    kept = {"hs_timestamp": 1, "hs_call_disposition": 2}
    one = engagement(
        hs_call_direction="OUTBOUND", **{name: str(turns[-1][column]) for name, column in kept.items()}
    )
    one["updatedAt"] = f"2026-01-{turns[-1][0]:02}T10:00:00Z"
    one["propertiesWithHistory"] = {
        name: [
            {"value": turn[column], "timestamp": f"2026-01-{turn[0]:02}T10:00:00Z"} for turn in turns[::-1]
        ]
        for name, column in kept.items()
    }
    return one


EDITS = (
    (5, "2026-01-05T09:00:00Z", "no answer"),
    (6, "2026-01-05T09:00:00Z", "connected"),
    (7, "2026-01-04T09:00:00Z", "connected"),
)


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_an_edited_engagement_is_one_attempt(portal: HubSpot, order: tuple[int, ...]) -> None:
    """As it was known on each day, in whatever order a store was told of it."""
    store = MemoryStore()
    for place in order:
        with store.unit() as unit:
            unit.append(portal.read([called(*EDITS[: place + 1])], kind="calls").facts)
    with store.unit() as unit:
        again = unit.append(portal.read([called(*EDITS)], kind="calls").facts)
    assert again.new_count == 0
    frames = Frames.from_store(store)
    for day, at, result in EDITS:
        as_of = datetime(2026, 1, day, 12, tzinfo=UTC)
        (attempt,) = (one for one in counting(store.scan(), as_of) if isinstance(one, ContactAttempt))
        assert (attempt.occurred_at, attempt.result) == (datetime.fromisoformat(at), result)
        (row,) = rows_of(frames.as_of(as_of).select("contact_attempts", ["fact_id"]))
        assert row["fact_id"] == attempt.id


def test_what_an_engagement_is_again_stands(portal: HubSpot) -> None:
    """An outcome that was changed and changed back is no correction."""
    there_and_back = (*EDITS[:2], (8, *EDITS[0][1:]))
    facts = portal.read([called(*there_and_back)], kind="calls").facts
    assert [one.result for one in counting(facts, T) if isinstance(one, ContactAttempt)] == ["no answer"]


def test_edits_that_say_the_same_add_nothing(portal: HubSpot) -> None:
    """Its notes and its record changed, and the call did not."""
    once, twice = called(EDITS[0]), called(EDITS[0], (9, *EDITS[0][1:]))
    assert portal.read([twice], kind="calls").facts == portal.read([once], kind="calls").facts


def test_an_edited_engagement_without_history_is_told(portal: HubSpot) -> None:
    """Once, since nobody knows what an earlier reading told of it."""
    edited = [engagement(str(number), hs_call_direction="OUTBOUND") for number in range(3)]
    dataset = portal.read([one | {"updatedAt": "2026-01-06T09:00:00Z"} for one in edited], kind="calls")
    assert [problem.code for problem in dataset.problems] == ["no-history"]


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
