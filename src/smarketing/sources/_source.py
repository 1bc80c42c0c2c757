"""The three sources and the unknown one, each with what experience says of it."""

from __future__ import annotations

from enum import StrEnum

import attrs

from smarketing.language import N_


@attrs.frozen(kw_only=True)
class Playbook:
    """How to work the leads of one source: labels in English, translated where they are shown.

    Attributes:
        began: Who began the relationship.
        nature: What such leads are like.
        advice: What to do, most important first.
    """

    began: str
    nature: str
    advice: tuple[str, ...]


class LeadSource(StrEnum):
    """Who began the relationship.

    Example:
        >>> LeadSource("seeker").playbook.began
        'They sought us'
    """

    SEEKER = "seeker"
    SEARCH = "search"
    REFERRAL = "referral"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """The label in English."""
        return _LABELS[self]

    @property
    def playbook(self) -> Playbook:
        """How to work leads of this source."""
        return _PLAYBOOKS[self]


class UnknownReason(StrEnum):
    """Why a source is unknown: three reasons, never mixed up."""

    BLANK = "blank"
    SAID_UNKNOWN = "said_unknown"
    UNMATCHED = "unmatched"

    @property
    def label(self) -> str:
        """The label in English."""
        return _REASONS[self]


_LABELS = {
    LeadSource.SEEKER: N_("Seeker"),
    LeadSource.SEARCH: N_("Search"),
    LeadSource.REFERRAL: N_("Referral"),
    LeadSource.UNKNOWN: N_("Unknown"),
}

_REASONS = {
    UnknownReason.BLANK: N_("No source given"),
    UnknownReason.SAID_UNKNOWN: N_("Marked as unknown"),
    UnknownReason.UNMATCHED: N_("No rule knows the word"),
}

_PLAYBOOKS = {
    LeadSource.SEEKER: Playbook(
        began=N_("They sought us"),
        nature=N_("They seem the best, and deserve caution unless we clearly lead our industry."),
        advice=(
            N_("Ask why they leave their present supplier."),
            N_("Be slow to concede on price and terms."),
            N_("Judge them net of concessions, payment terms and the selling time that they displace."),
            N_("A customer that we dismiss is not churn: time set free can be worth more than the account."),
        ),
    ),
    LeadSource.SEARCH: Playbook(
        began=N_("We sought them"),
        nature=N_(
            "The hardest, hard to predict, with the lowest conversion; yet the key to the best B2B results."
        ),
        advice=(
            N_("That they are content with their supplier is good news."),
            N_("Expect that they may switch off at any moment."),
        ),
    ),
    LeadSource.REFERRAL: Playbook(
        began=N_("Somebody referred them"),
        nature=N_("Rare and excellent: they start from respect, but are often not properly qualified."),
        advice=(
            N_("Qualify them as carefully as any other."),
            N_("Tell whoever referred them the result."),
            N_("Reciprocate where possible."),
        ),
    ),
    LeadSource.UNKNOWN: Playbook(
        began=N_("Nobody knows who began"),
        nature=N_("The source is not known, and is not guessed."),
        advice=(N_("Ask who began the relationship, and record who referred them."),),
    ),
}
