"""What is said of a portal, how strings are read, and what goes back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.crm.hubspot import (
    DEFAULT_PIPELINE,
    SOURCE_RULES,
    HubSpot,
    read_owners,
    read_pipelines,
    writeback,
)
from smarketing.errors import InvalidTermsError
from smarketing.facts import Lead, Outcome
from smarketing.sources import LeadSource, UnknownReason
from smarketing.values import Money, Points, Share


def test_every_fault_of_the_terms_is_told_at_once() -> None:
    """With its place and the nearest word."""
    with pytest.raises(InvalidTermsError) as told:
        HubSpot(
            portal_zone="Europe/Madird",
            currency="EURO",
            lead_statuses={"NEW": "acepted"},
            lifecycle_stages={"lead": "Lead!"},
            fields={"contacts": {"x": "emial"}, "contcts": {}},
            traits={"deals": {"y": "whole"}},
            pipelines=[DEFAULT_PIPELINE, DEFAULT_PIPELINE],
        )
    fields = {problem.origin.field for problem in told.value.problems}
    assert {
        "portal_zone",
        "currency",
        "lead_statuses.NEW",
        "lifecycle_stages.lead",
        "fields.contacts.x",
        "fields.contcts",
        "traits.deals.y",
        "pipelines.closedwon",
    } <= fields
    assert "did you mean 'Europe/Madrid'" in str(told.value)


def test_pipelines_come_in_the_order_of_the_portal(answer: Any) -> None:
    """With their probabilities, and with how deals end in them."""
    (pipeline,) = read_pipelines([answer("pipelines")])
    assert [(stage.name, stage.outcome) for stage in pipeline.stages] == [
        ("contacto", None),
        ("propuesta_enviada", None),
        ("ganado", Outcome.WON),
        ("perdido", Outcome.LOST),
    ]
    assert pipeline.stages[1].probability == Share.percent(67)
    assert read_pipelines(answer("pipelines")["results"]) == (pipeline,)


def test_owners_have_the_name_of_their_primary_team(answer: Any) -> None:
    """Their own names are not kept."""
    assert [(owner.id, owner.user_id, owner.team) for owner in read_owners([answer("owners")])] == [
        ("11", "9000", "Norte"),
        ("12", "9001", "Sur"),
    ]


def test_settings_that_cannot_be_read_are_refused_whole() -> None:
    """All faults, each with its place."""
    stage = {"id": "1", "label": "A", "metadata": {"probability": "high", "isClosed": "maybe"}}
    with pytest.raises(InvalidTermsError) as told:
        read_pipelines([{"id": "", "label": "?"}, {"id": "p", "label": "P", "stages": [stage]}])
    assert [problem.code for problem in told.value.problems] == ["blank-id", "bad-number", "not-a-flag"]


@pytest.mark.parametrize(
    ("word", "source"),
    [
        ("ORGANIC_SEARCH", LeadSource.SEEKER),
        ("PAID_SEARCH", LeadSource.SEEKER),
        ("DIRECT_TRAFFIC", LeadSource.SEEKER),
        ("SOCIAL_MEDIA", LeadSource.SEEKER),
        ("REFERRALS", LeadSource.SEEKER),
        ("AI_REFERRALS", LeadSource.SEEKER),
        ("EMAIL_MARKETING", LeadSource.UNKNOWN),
        ("OTHER_CAMPAIGNS", LeadSource.UNKNOWN),
        ("PAID_SOCIAL", LeadSource.UNKNOWN),
        ("OFFLINE", LeadSource.UNKNOWN),
    ],
)
def test_the_original_source_is_weak_evidence(word: str, source: LeadSource) -> None:
    """A referring site is nobody's recommendation, and what does not tell who began stays unknown."""
    assert SOURCE_RULES.classify({"source_raw": word}).source is source


def test_offline_depends_on_the_way_in() -> None:
    """A booked meeting was their idea; an import says nothing."""
    verdict = SOURCE_RULES.classify({"source_raw": "OFFLINE", "channel": "MEETINGS"})
    assert verdict.source is LeadSource.SEEKER
    imported = SOURCE_RULES.classify({"source_raw": "OFFLINE", "channel": "IMPORT"})
    assert imported.reason is UnknownReason.UNMATCHED
    named = SOURCE_RULES.classify({"source_raw": "OFFLINE", "referred_by": "Eva"})
    assert named.source is LeadSource.REFERRAL


@given(st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_moment_reads_the_same_in_all_its_forms(at: datetime) -> None:
    """ISO 8601 or milliseconds, text or number."""
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    iso = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    millis = round(at.timestamp() * 1000)
    read = [
        HubSpot().read([{"id": "1", "updatedAt": form, "properties": {}}], kind="contacts").of(Lead)[0]
        for form in (iso, str(millis), millis, at)
        if len(str(form)) > 11
    ]
    assert {lead.known_at for lead in read} == {at}


@pytest.mark.parametrize("raw", ["", " ", None])
def test_an_empty_string_is_a_blank(raw: object) -> None:
    """And never a zero or an empty name."""
    given = {"id": "1", "updatedAt": "2026-01-08T09:00:00Z", "properties": {"email": raw, "vip": raw}}
    portal = HubSpot(traits={"contacts": {"vip": "boolean"}})
    dataset = portal.read([given], kind="contacts")
    (lead,) = dataset.of(Lead)
    assert (lead.email, dict(lead.traits), dataset.problems) == (None, {}, ())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Points.of("27.5"), "27.5"),
        (Points.of(0), "0"),
        (Share.percent(30), "0.3"),
        (Money.of("1234.50", "EUR"), "1234.50"),
        (LeadSource.SEEKER, "seeker"),
        (True, "true"),
        (None, ""),
        (Decimal("0.10"), "0.1"),
        (12, "12"),
        (date(2026, 1, 5), "2026-01-05"),
        (datetime(2026, 1, 5, 9, tzinfo=UTC), "2026-01-05T09:00:00.000Z"),
    ],
)
def test_every_figure_goes_back_as_a_string(value: Any, text: str) -> None:
    """HubSpot takes nothing else."""
    (update,) = writeback({"1": {"figure": value}}, kind="deals")
    assert update.body == {"inputs": [{"id": "1", "properties": {"figure": text}}]}
    assert update.path == "/crm/v3/objects/deals/batch/update"
    json.dumps(update.body)


@given(st.sets(st.integers(0, 10_000), max_size=350))
def test_updates_hold_at_most_a_hundred_records_and_lose_none(ids: set[int]) -> None:
    """The same figures in any order are the same requests."""
    figures = {str(number): {"score": number} for number in ids}
    updates = writeback(figures, kind="contacts")
    inputs: Any = [update.body["inputs"] for update in updates]
    assert all(len(chunk) <= 100 for chunk in inputs)
    assert sorted(one["id"] for chunk in inputs for one in chunk) == sorted(figures)
    assert writeback(dict(reversed(figures.items())), kind="contacts") == updates


def test_what_hubspot_would_refuse_is_refused_here_all_at_once() -> None:
    """With the record and the name."""
    values: Any = {"1": {"Score": 1, "share": 0.1, "at": datetime(2026, 1, 1)}, " ": {"share": 1}}  # noqa: DTZ001
    with pytest.raises(InvalidTermsError) as told:
        writeback(values, kind="contact", names={"share": "at"})
    codes = [problem.code for problem in told.value.problems]
    assert codes == ["unknown-kind", "odd-name", "blank-id", "name-twice", "not-exact", "naive-time"]
