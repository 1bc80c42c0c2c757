"""Contacts: versions, stages, owners, answers, consents, merges, deletions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from smarketing.crm.hubspot import HubSpot
from smarketing.facts import (
    Assigned,
    ConsentGiven,
    ConsentWithdrawn,
    Lead,
    Precision,
    ProfilesLinked,
    Retracted,
    SalesFeedback,
    StageEntered,
)
from smarketing.frames import Frames, rows_of
from smarketing.funnel import Funnel, timeline
from smarketing.origin import Severity
from smarketing.values import Traits


def at(text: str) -> datetime:
    """A moment, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def contact(**properties: object) -> dict[str, Any]:
    """A contact with these properties."""
    return {
        "id": "1",
        "createdAt": "2026-01-05T09:00:00Z",
        "updatedAt": "2026-01-08T09:00:00Z",
        "archived": False,
        "properties": properties,
    }


def test_each_moment_of_history_is_a_version_known_then(read: Any) -> None:
    """What a property was is known from its own moment; the rest from the last modification."""
    versions = [lead for lead in read("contacts").of(Lead) if lead.lead_id == "101"]
    assert [(lead.known_at.date().isoformat(), lead.city, lead.owner_id) for lead in versions] == [
        ("2026-01-05", "Toledo", None),
        ("2026-01-10", "Toledo", "11"),
        ("2026-01-20", "Madrid", "11"),
        ("2026-02-01", "Madrid", "12"),
        ("2026-03-02", "Madrid", "12"),
    ]
    assert [lead.email for lead in versions] == [None, None, None, None, "ana@example.com"]
    assert {lead.created_at for lead in versions} == {datetime(2026, 1, 5, 9, 0, 0, 123_000, UTC)}


def test_the_present_record_fills_every_field(read: Any) -> None:
    """Names are joined, the owner's team is added, the company's own properties are typed traits."""
    lead = [lead for lead in read("contacts").of(Lead) if lead.lead_id == "101"][-1]
    assert (lead.name, lead.company, lead.job_title, lead.phone) == (
        "Ana Ruiz",
        "Acme",
        "Buyer",
        "+34 600 000 001",
    )
    assert (lead.source_raw, lead.landing_page, lead.persona) == (
        "ORGANIC_SEARCH",
        "https://example.com/guide",
        "persona_1",
    )
    assert (lead.postal_address, lead.region, lead.country) == ("Calle Mayor 1", "Madrid", "Spain")
    assert (lead.account_id, lead.team) == ("501", "Sur")
    assert lead.traits == Traits({"company_size": 250, "vip": True})


def test_without_history_a_first_version_says_only_that_the_contact_existed(read: Any) -> None:
    """So that a past report counts the lead, and reads nothing that was written later."""
    first, last = (lead for lead in read("contacts").of(Lead) if lead.lead_id == "102")
    assert (first.known_at, first.created_at, first.source_raw) == (first.created_at, first.known_at, None)
    assert (last.known_at, last.source_raw, last.channel) == (
        at("2026-01-11T09:00:00"),
        "OFFLINE",
        "MEETINGS",
    )
    assert first.account_id == last.account_id == "502"


def test_a_contact_entered_late_was_not_known_before(portal: HubSpot) -> None:
    """An imported contact keeps its old date of creation, and is known since the import."""
    given = contact(createdate="2019-05-01", email="x@example.com")
    first, last = portal.read([given], kind="contacts").of(Lead)
    assert (first.occurred_at, first.precision) == (at("2019-04-30T22:00:00"), Precision.DAY)
    assert (first.known_at, last.known_at) == (at("2026-01-05T09:00:00"), at("2026-01-08T09:00:00"))


def test_lifecycle_history_is_the_way_through_the_funnel(read: Any) -> None:
    """Each entry at its moment, by the owner that the user is, with the source of the change."""
    dataset = read("contacts")
    entries = [entry for entry in dataset.of(StageEntered) if entry.lead_id == "101"]
    assert [entry.stage for entry in entries] == ["lead", "mql", "sql", "opportunity", "customer"]
    assert [entry.by_id for entry in entries] == [None, None, "12", None, None]
    assert entries[1].reason == "AUTOMATION_PLATFORM"
    facts = [fact for fact in dataset.facts if fact.origin.record == "101"]
    told = timeline(facts, Funnel.default(), as_of=at("2026-02-15T00:00:00"))
    assert told.stage_now == "opportunity"


@pytest.mark.parametrize(
    ("words", "entered"),
    [
        (("marketingqualifiedlead", "", "marketingqualifiedlead"), [1, 3]),
        (("marketingqualifiedlead", "other", "marketingqualifiedlead"), [1, 3]),
        (("marketingqualifiedlead", "marketingqualifiedlead", ""), [1]),
        (("", "marketingqualifiedlead", "nobody knows", "marketingqualifiedlead"), [2]),
    ],
)
def test_who_left_a_stage_may_enter_it_again(
    portal: HubSpot, words: tuple[str, ...], entered: list[int]
) -> None:
    """A second qualification is one of its own; what says the same, or nothing that is known, is none."""
    changes = [
        {"value": word, "timestamp": f"2026-01-{day:02}T09:00:00Z"} for day, word in enumerate(words, start=1)
    ]
    given = contact() | {"propertiesWithHistory": {"lifecyclestage": changes[::-1]}}
    found = portal.read([given], kind="contacts").of(StageEntered)
    assert [(entry.stage, entry.occurred_at.day) for entry in found] == [("mql", day) for day in entered]


def test_stage_dates_stand_in_for_missing_history(read: Any) -> None:
    """HubSpot stamps the entry into a stage itself, so the moment was known at once."""
    entries = [entry for entry in read("contacts").of(StageEntered) if entry.lead_id == "102"]
    assert [(entry.stage, entry.known_at) for entry in entries] == [
        ("lead", at("2026-01-06T09:00:00")),
        ("mql", at("2026-01-09T09:00:00")),
    ]


def test_a_stage_without_a_date_is_told_and_not_dated(portal: HubSpot) -> None:
    """Nobody knows since when; a problem says what to ask for."""
    dataset = portal.read([contact(lifecyclestage="customer")], kind="contacts")
    assert dataset.of(StageEntered) == ()
    (problem,) = dataset.problems
    assert (problem.code, problem.origin.field) == ("undated-stage", "lifecyclestage")


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [("lifecyclestage", "custmer", "did you mean 'customer'"), ("hs_lead_status", "77", "say in")],
)
def test_an_unknown_word_is_told_with_its_place(portal: HubSpot, name: str, value: str, hint: str) -> None:
    """Portals have stages and statuses of their own, which nobody guesses."""
    given = contact()
    given["propertiesWithHistory"] = {name: [{"value": value, "timestamp": "2026-01-06T09:00:00Z"}]}
    (problem,) = portal.read([given], kind="contacts").problems
    assert (problem.code, problem.origin.record, problem.origin.field) == ("unknown-word", "1", name)
    assert hint in problem.message


def test_a_portal_may_have_stages_of_its_own() -> None:
    """Its words are stated, and "" is no stage."""
    portal = HubSpot(lifecycle_stages={"lead": "lead", "9876": "nurtured", "other": ""})
    given = contact()
    values = ("other", "9876", "lead", "lead")
    given["propertiesWithHistory"] = {
        "lifecyclestage": [
            {"value": value, "timestamp": f"2026-01-0{9 - place}T09:00:00Z"}
            for place, value in enumerate(values)
        ]
    }
    dataset = portal.read([given], kind="contacts")
    assert [entry.stage for entry in dataset.of(StageEntered)] == ["lead", "nurtured"]
    assert dataset.problems == ()


def test_owner_history_is_assignments(read: Any) -> None:
    """To whom, of which team, and by whom."""
    given = [fact for fact in read("contacts").of(Assigned) if fact.lead_id == "101"]
    assert [(fact.owner_id, fact.team, fact.by_id) for fact in given] == [
        ("11", "Norte", None),
        ("12", "Sur", "12"),
    ]
    (dated,) = [fact for fact in read("contacts").of(Assigned) if fact.lead_id == "102"]
    assert dated.occurred_at == at("2026-01-07T09:00:00")


def test_a_lead_status_that_answers_marketing_is_feedback(read: Any) -> None:
    """One that says "in progress" is no answer."""
    (answer,) = read("contacts").of(SalesFeedback)
    assert (answer.verdict, answer.reason, answer.by_id) == ("accepted", "OPEN_DEAL", "12")


def test_opt_outs_and_returns_are_consents(read: Any) -> None:
    """Without history an opt-out is known since the last modification, and "false" is no consent."""
    dataset = read("contacts")
    out = [(fact.lead_id, fact.purpose, fact.occurred_at) for fact in dataset.of(ConsentWithdrawn)]
    assert out == [
        ("102", "7", at("2026-01-11T09:00:00")),
        ("101", None, at("2026-02-05T10:00:00")),
        ("101", None, at("2026-03-02T10:00:00")),
    ]
    assert [(fact.lead_id, fact.occurred_at) for fact in dataset.of(ConsentGiven)] == [
        ("101", at("2026-02-10T10:00:00"))
    ]


def test_merged_contacts_are_linked_profiles(read: Any) -> None:
    """With the moments that HubSpot calculates, and each once."""
    links = read("contacts").of(ProfilesLinked)
    assert [(link.lead_id, link.profile_id, link.method) for link in links] == [
        ("102", "190", "merge"),
        ("102", "191", "merge"),
    ]
    assert links[0].occurred_at == datetime(2026, 1, 9, 23, 6, 40, tzinfo=UTC)
    (audited,) = read("merge_audits").of(ProfilesLinked)
    assert (audited.lead_id, audited.profile_id) == ("101", "180")


def test_a_contact_that_was_merged_away_does_not_count_beside_the_other(portal: HubSpot) -> None:
    """It lives on in the one that it was merged into, from the merge on; audits of merges say so too."""
    history = {"lifecyclestage": [{"value": "marketingqualifiedlead", "timestamp": "2026-01-06T09:00:00Z"}]}
    one, other = (contact() | {"id": record, "propertiesWithHistory": history} for record in ("1", "2"))
    merged = one | {
        "updatedAt": "2026-01-10T09:00:00Z",
        "properties": {"hs_calculated_merged_vids": "2:1768035600000", "hs_merged_object_ids": "2"},
    }
    audit = {"canonical-vid": 1, "vid-to-merge": 2, "timestamp": 1768035600000}
    before = portal.read([one, other], kind="contacts").facts
    for told in (portal.read([merged], kind="contacts"), portal.read([audit], kind="merge_audits")):
        frames = Frames.from_dataset([*before, *told.facts])
        for day, leads in ((9, ["1", "2"]), (11, ["1"])):
            then = frames.as_of(at(f"2026-01-{day:02}T12:00:00"))
            assert sorted(row["lead_id"] for row in rows_of(then.latest("leads", ["lead_id"]))) == leads
            entries = rows_of(then.select("stage_entries", ["lead_id"]))
            assert sorted(row["lead_id"] for row in entries) == leads


def test_a_deleted_contact_is_retracted(read: Any) -> None:
    """Its versions stand until the deletion was known, and no longer."""
    dataset = read("contacts")
    (gone,) = (one for one in dataset.of(Retracted) if one.retracted_record == one.origin.record)
    assert (gone.retracted_table, gone.retracted_record) == ("contacts", "103")
    facts = [fact for fact in dataset.facts if fact.origin.record == "103"]
    before = timeline(facts, Funnel.default(), as_of=at("2026-02-01T00:00:00"))
    after = timeline(facts, Funnel.default(), as_of=at("2026-03-01T00:00:00"))
    assert (before.stage_now, after.stage_now) == ("lead", None)


def test_a_contact_that_was_restored_is_back_where_it_was(portal: HubSpot) -> None:
    """From when it was read again: a deletion that was undone takes nothing of its history."""
    stages = [{"value": "lead", "timestamp": "2026-01-05T09:00:00Z"}]
    live = contact(email="ana@example.com") | {"propertiesWithHistory": {"lifecyclestage": stages}}
    deleted = live | {
        "archived": True,
        "archivedAt": "2026-01-10T09:00:00Z",
        "updatedAt": "2026-01-10T09:00:00Z",
    }
    restored = live | {"updatedAt": "2026-01-12T09:00:00Z"}
    facts = [fact for one in (live, deleted, restored) for fact in portal.read([one], kind="contacts").facts]
    stories = [
        timeline(facts, Funnel.default(), as_of=at(f"2026-01-{day}T12:00:00")).stage_now
        for day in ("09", 11, 13)
    ]
    assert stories == ["lead", None, "lead"]


def test_a_deleted_contact_that_changes_is_deleted_still(portal: HubSpot) -> None:
    """Read as deleted a second time, and changed since the first."""
    deleted = contact(email="ana@example.com") | {"archived": True, "archivedAt": "2026-01-08T09:00:00Z"}
    later = deleted | {"updatedAt": "2026-01-12T09:00:00Z"}
    facts = [fact for one in (deleted, later) for fact in portal.read([one], kind="contacts").facts]
    story = timeline(facts, Funnel.default(), as_of=at("2026-02-01T00:00:00"))
    assert story.stage_now is None


def test_a_referring_site_is_no_person(read: Any) -> None:
    """HubSpot's referral is a link on another site."""
    lead = [lead for lead in read("contacts").of(Lead) if lead.lead_id == "103"][-1]
    assert (lead.referring_site, lead.referred_by) == ("blog.example.org", None)


def test_a_property_that_nobody_names_is_told_once() -> None:
    """So that nothing is dropped silently; what HubSpot computes is ignored by name."""
    portal = HubSpot(fields={"contacts": {"referrer": "referred_by"}})
    objects = [
        {**contact(shoe_size="42", referrer="Eva", hs_time_to_close="3"), "id": number} for number in "123"
    ]
    dataset = portal.read(objects, kind="contacts")
    assert [(problem.code, problem.origin.field) for problem in dataset.problems] == [
        ("unmapped-property", "shoe_size")
    ]
    assert dataset.problems[0].severity is Severity.WARNING
    assert {lead.referred_by for lead in dataset.of(Lead)} == {None, "Eva"}


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"id": " "}, "blank-id", "id"),
        ({"updatedAt": None}, "undated", "updatedAt"),
        ({"updatedAt": "yesterday"}, "bad-date", "updatedAt"),
        ({"updatedAt": "2026-13-01T00:00:00Z"}, "impossible-date", "updatedAt"),
        ({"updatedAt": "2026-01-01T00:00:00"}, "naive-time", "updatedAt"),
    ],
)
def test_what_cannot_be_read_is_told_down_to_the_field(
    portal: HubSpot, change: dict[str, object], code: str, field: str
) -> None:
    """The record, the field, and a stable code."""
    dataset = portal.read([{**contact(email="x@example.com"), **change}], kind="contacts")
    assert (code, field) in {(problem.code, problem.origin.field) for problem in dataset.problems}
    assert all(problem.origin.system == "hubspot" for problem in dataset.problems)
    assert not any("@" in str(problem) for problem in dataset.problems)


def test_values_of_traits_are_never_quoted() -> None:
    """A company's own property may hold anything about a person."""
    portal = HubSpot(traits={"contacts": {"children": "integer"}})
    (problem,) = portal.read([contact(children="Ana and Luis")], kind="contacts").problems
    assert (problem.code, problem.origin.field) == ("bad-number", "children")
    assert "Ana" not in problem.message
