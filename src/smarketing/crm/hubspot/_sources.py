"""Who began the relationship, as far as HubSpot's original source tells: weak evidence, and often none.

`hs_analytics_source` says through which kind of traffic a contact first came. Search, direct visits and
social networks mean that they sought us. "REFERRALS" is a site that linked to us and nobody's recommendation,
so it is a seeker as well. An e-mail campaign, a paid social post and an offline record do not tell who began;
of the offline ones a form, a chat and a booked meeting do. A person's referral is written down nowhere: map
the property in which your company keeps it to `referred_by`, which comes first.
"""

from __future__ import annotations

from smarketing.sources import LeadSource, SourceRule, SourceRules

SOURCE_RULES = SourceRules(
    [
        SourceRule(LeadSource.REFERRAL, {"referred_by": "*"}, "The person who referred them is named"),
        SourceRule(
            LeadSource.SEEKER,
            {"source_raw": ("ORGANIC_SEARCH", "PAID_SEARCH", "DIRECT_TRAFFIC")},
            "They searched for us, or came by themselves",
        ),
        SourceRule(
            LeadSource.SEEKER,
            {"source_raw": ("SOCIAL_MEDIA", "AI_REFERRALS")},
            "They followed a post, or an assistant's answer",
        ),
        SourceRule(LeadSource.SEEKER, {"source_raw": "REFERRALS"}, "A referring site, not a person's word"),
        SourceRule(
            LeadSource.SEEKER,
            {"source_raw": "OFFLINE", "channel": ("FORM*", "MEETING*", "CONVERSATION*", "CHAT*")},
            "No tracked visit, but they wrote or booked a meeting",
        ),
    ]
)
"""The default table for `hs_analytics_source`, to start from and to correct.

Left unmatched on purpose, because they do not tell who began: EMAIL_MARKETING, OTHER_CAMPAIGNS, PAID_SOCIAL,
and OFFLINE records that were imported, typed in or made by an integration.
"""
