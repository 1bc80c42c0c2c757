"""Criteria say yes, no or unknown, and unknown stays unknown under `Not`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.errors import UnknownNameError
from smarketing.facts import Account, Lead, Touch
from smarketing.origin import Origin
from smarketing.scoring import (
    ActiveWithin,
    AllOf,
    AnyOf,
    Between,
    Contains,
    Criterion,
    InactiveFor,
    Known,
    Matches,
    Missing,
    Not,
    OneOf,
    StartsWith,
    Touched,
)
from smarketing.scoring._views import LeadView, TouchView
from smarketing.values import Traits

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ANSWERS = (True, False, None)


@attrs.frozen
class Says(Criterion):
    """A criterion that says what it is told to."""

    answer: bool | None

    def matches(self, view: object) -> bool | None:
        """What it is told to."""
        return self.answer


def lead_view(*touches: Touch, **fields: object) -> LeadView:
    """A lead as of the moment of the tests."""
    lead = Lead(origin=Origin(), occurred_at=AS_OF - DAY, lead_id="L-1", **fields)  # type: ignore[arg-type]
    account = Account(origin=Origin(), occurred_at=AS_OF - DAY, account_id="A-1", industry="Food")
    return LeadView(lead, account, touches, AS_OF, "Europe/Madrid")


def touch(kind: str, days_ago: float, **fields: object) -> Touch:
    """A touch so many days ago."""
    at = AS_OF - days_ago * DAY
    return Touch(origin=Origin(), occurred_at=at, lead_id="L-1", kind=kind, **fields)  # type: ignore[arg-type]


@given(st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=4))
def test_criteria_combine_in_kleenes_logic(answers: list[bool | None]) -> None:
    """No beats unknown in all-of, yes beats it in any-of, and the opposite of unknown is unknown."""
    view, parts = lead_view(), [Says(answer) for answer in answers]
    all_of = False if False in answers else None if None in answers else True
    any_of = True if True in answers else None if None in answers else False
    assert AllOf(parts).matches(view) is all_of
    assert AnyOf(parts).matches(view) is any_of
    opposite = [Not(part) for part in parts]
    assert Not(AllOf(parts)).matches(view) is AnyOf(opposite).matches(view)  # De Morgan, unknown included


@pytest.mark.parametrize(
    "criterion",
    [
        OneOf("country", "ES"),
        Between("account.employees_count", low=10),
        Contains("job_title", "head"),
        StartsWith("job_title", "head"),
        Matches("email", "*@*"),
        InactiveFor(DAY),
    ],
    ids=lambda criterion: type(criterion).__name__,
)
def test_what_is_not_known_never_matches_nor_its_opposite(criterion: Criterion) -> None:
    """A field that is missing says neither yes nor no."""
    assert criterion.matches(lead_view()) is None
    assert Not(criterion).matches(lead_view()) is None


def test_a_blank_is_missing() -> None:
    """Empty text says nothing."""
    view = lead_view(phone="", job_title="")
    assert Missing("phone").matches(view) is True
    assert Known("phone").matches(view) is False
    assert Contains("job_title", "x").matches(view) is None


def test_words_are_compared_folded() -> None:
    """Case, width and composition of letters make no difference."""
    view = lead_view(job_title="ＨＥＡＤ of Straßenbau", country="es", city="A Corun\N{COMBINING TILDE}a")
    assert StartsWith("job_title", "head").matches(view) is True
    assert Contains("job_title", "STRASSE").matches(view) is True
    assert OneOf("country", ("ES", "PT")).matches(view) is True
    assert OneOf("city", "A CORUÑA").matches(view) is True


def test_fields_of_the_account_and_of_ones_own_are_read() -> None:
    """By their names as columns."""
    view = lead_view(traits=Traits({"seats": 12, "tier": "2", "is_partner": True}))
    assert OneOf("account.industry", "food").matches(view) is True
    assert Between("trait_seats", 12, 12).matches(view) is True
    assert OneOf("trait_tier", 2).matches(view) is True
    assert OneOf("trait_is_partner", [True]).matches(view) is True
    assert Between("trait_is_partner", 0, 1).matches(view) is None


def test_instants_lie_between_instants() -> None:
    """Both ends included."""
    created = datetime(2026, 1, 5, 9, tzinfo=UTC)
    view = lead_view(created_at=created)
    assert Between("created_at", created, created).matches(view) is True
    assert Between("created_at", high=created - timedelta(microseconds=1)).matches(view) is False


def test_how_many_touches_there_are_is_never_unknown() -> None:
    """A touch without a channel is no touch by e-mail, and that is known."""
    view = lead_view(touch("visit", 1), touch("visit", 9, channel="Email", campaign_id="C-1", asset="/a/b"))
    assert Touched("visit", channel="email").matches(view) is True
    assert Touched("visit", channel="phone").matches(view) is False
    assert Not(Touched("visit", channel="phone")).matches(view) is True
    assert Touched("visit", at_least=2).matches(view) is True
    assert Touched("visit", at_least=2, within=7 * DAY).matches(view) is False
    assert Touched("visit", campaign="C-1", asset="/a*").matches(view) is True
    assert Touched("visit", campaign="c-1").matches(view) is False


def test_since_is_a_day_on_the_matrixs_wall() -> None:
    """31 May begins in Madrid at ten in the evening of the 30th in UTC."""
    since = Touched("visit", since=date(2026, 5, 31))
    assert since.matches(lead_view(touch("visit", 1 + 1.9 / 24))) is True
    assert since.matches(lead_view(touch("visit", 1 + 2.1 / 24))) is False


def test_activity_and_inactivity() -> None:
    """Of some kinds or of any; where there is none, since the lead was created."""
    view = lead_view(touch("visit", 10), created_at=AS_OF - 100 * DAY)
    assert ActiveWithin(10 * DAY).matches(view) is True
    assert ActiveWithin(9 * DAY).matches(view) is False
    assert InactiveFor(10 * DAY).matches(view) is False
    assert InactiveFor(9 * DAY).matches(view) is True
    assert InactiveFor(50 * DAY, "mention").matches(view) is True
    assert InactiveFor(150 * DAY, "mention").matches(view) is False


def test_a_criterion_of_touches_sees_one_touch() -> None:
    """Its fields by name, with or without their prefix, and its age."""
    view = TouchView(touch("mention", 2, topic="Marathon", traits=Traits({"likes": 7})), AS_OF)
    assert OneOf("touch.topic", "marathon").scope == "touch"
    assert OneOf("touch.topic", "marathon").matches(view) is True
    assert Between("touch.trait_likes", low=8).matches(view) is False
    assert (view.field("topic"), view.age_days) == ("Marathon", 2.0)
    with pytest.raises(UnknownNameError, match="did you mean 'topic'"):
        view.field("topik")
    with pytest.raises(UnknownNameError, match=r"a lead has no field 'touch\.topic'"):
        lead_view().field("touch.topic")


def test_a_lead_tells_its_age() -> None:
    """In days since it was created; unknown where that is not known."""
    assert lead_view(created_at=AS_OF - 3 * DAY).age_days == 3
    assert lead_view().age_days is None


def test_combined_criteria_can_be_given_one_by_one_or_together() -> None:
    """And evolve as other terms do."""
    known = [Known("phone"), Known("email")]
    assert AllOf(*known) == AllOf(known)
    assert attrs.evolve(AnyOf(known), parts=known[:1]) == AnyOf(known[0])
