"""Events between people and us: stages, touches, attempts, answers, consents, profiles."""

from __future__ import annotations

from enum import StrEnum

import attrs

from smarketing.facts._fact import NO_TRAITS, Fact, traits_of
from smarketing.values import Points, Share, Traits


class Verdict(StrEnum):
    """What sales answered about a lead, or what was answered to whoever referred it."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RECYCLED = "recycled"
    CONVERTED = "converted"
    LOST = "lost"
    REPORTED = "reported"
    RECIPROCATED = "reciprocated"


@attrs.frozen(kw_only=True)
class _AboutLeadOrDeal(Fact):
    SUBJECTS = ("lead_id", "deal_id")

    lead_id: str | None = None
    deal_id: str | None = None


@attrs.frozen(kw_only=True)
class StageEntered(_AboutLeadOrDeal):
    """A lead or a deal moved into a stage, or onto a detour, of its funnel."""

    TABLE = "stage_entries"

    stage: str
    by_id: str | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class Touch(Fact):
    """One contact of a person with us: a visit, a download, a mention, an e-mail sent, opened or clicked."""

    TABLE = "touches"
    SUBJECTS = ("lead_id",)

    lead_id: str
    kind: str
    channel: str | None = None
    campaign_id: str | None = None
    asset: str | None = None
    message_id: str | None = None
    network: str | None = None
    topic: str | None = None
    referring_site: str | None = None
    traits: Traits = attrs.field(default=NO_TRAITS, converter=traits_of)


@attrs.frozen(kw_only=True)
class Reply(_AboutLeadOrDeal):
    """An answer: theirs to us, or ours to them."""

    TABLE = "replies"

    by_us: bool = False
    by_id: str | None = None
    channel: str | None = None
    network: str | None = None
    message_id: str | None = None


@attrs.frozen(kw_only=True)
class ContactAttempt(_AboutLeadOrDeal):
    """A person of ours tried to reach somebody; it may have failed."""

    TABLE = "contact_attempts"

    by_id: str | None = None
    channel: str | None = None
    result: str | None = None
    connected: bool | None = None
    lasted_seconds: int | None = None


@attrs.frozen(kw_only=True)
class Routed(_AboutLeadOrDeal):
    """A system sent a lead or deal to a team's queue."""

    TABLE = "routings"

    team: str | None = None
    rule: str | None = None


@attrs.frozen(kw_only=True)
class Assigned(_AboutLeadOrDeal):
    """A lead or deal was given to a person."""

    TABLE = "assignments"

    owner_id: str | None = None
    team: str | None = None
    by_id: str | None = None


@attrs.frozen(kw_only=True)
class SalesFeedback(_AboutLeadOrDeal):
    """Sales answers marketing about a lead, or we report back to whoever referred it."""

    TABLE = "feedbacks"

    verdict: Verdict = attrs.field(converter=Verdict)
    reason: str | None = None
    addressee: str = "marketing"
    campaign_id: str | None = None
    by_id: str | None = None


@attrs.frozen(kw_only=True)
class Flipped(Fact):
    """A score reached the number that qualifies for action."""

    TABLE = "flips"
    SUBJECTS = ("lead_id",)

    lead_id: str
    score: str
    campaign_id: str | None = None
    score_points: Points
    flip_points: Points
    cause: str | None = None
    cause_fact_id: str | None = None


@attrs.frozen(kw_only=True)
class Waived(_AboutLeadOrDeal):
    """Somebody with the right to do so released a commitment in one case."""

    TABLE = "waivers"

    commitment: str
    by_id: str | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class _Consent(Fact):
    SUBJECTS = ("lead_id",)

    lead_id: str
    channel: str | None = None
    purpose: str | None = None
    basis: str | None = None


@attrs.frozen(kw_only=True)
class ConsentGiven(_Consent):
    """A person allowed us to write to them."""

    TABLE = "consents_given"


@attrs.frozen(kw_only=True)
class ConsentWithdrawn(_Consent):
    """A person asked us to stop; a blank channel means all of them."""

    TABLE = "consents_withdrawn"


@attrs.frozen(kw_only=True)
class _ProfilePair(Fact):
    SUBJECTS = ("lead_id",)

    lead_id: str
    profile_id: str
    method: str | None = None
    confidence_share: Share | None = None


@attrs.frozen(kw_only=True)
class ProfilesLinked(_ProfilePair):
    """Two profiles were found to be one person."""

    TABLE = "profile_links"


@attrs.frozen(kw_only=True)
class ProfilesUnlinked(_ProfilePair):
    """Two profiles were found to be two people after all."""

    TABLE = "profile_unlinks"


@attrs.frozen(kw_only=True)
class Retracted(Fact):
    """A fact, or all that a record told, no longer stands: the source deleted or withdrew it.

    A record stands again, as a whole, from when a later version of it is known.
    """

    TABLE = "retractions"
    SUBJECTS = ("retracted_fact_id", "retracted_record")

    retracted_fact_id: str | None = None
    retracted_table: str | None = None
    retracted_record: str | None = None
    reason: str | None = None
