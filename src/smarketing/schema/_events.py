"""The dictionary of events."""

from __future__ import annotations

from smarketing.schema._column import PLACE, table

_ABOUT = """
    lead_id: The lead it is about.
    deal_id: The deal it is about.
"""

_CONSENT = """
    lead_id!: The person.
    channel: The channel it holds for; blank means all.
    purpose: What for.
    basis: On what ground, or how it was said.
"""

_PROFILES = """
    lead_id!: One profile.
    profile_id!: The other profile.
    method: How it was found.
    confidence_share: How sure that is.
"""

EVENTS = (
    table(
        "stage_entries",
        "StageEntered",
        "Moves of a lead or a deal into a stage, or onto a detour, of its funnel.",
        _ABOUT
        + """
        stage!: The stage or detour, in the funnel's words.
        by_id: Who moved it.
        reason: Why.
        """,
    ),
    table(
        "touches",
        "Touch",
        "Contacts of people with us, one row each.",
        """
        lead_id!: The lead, visitor or profile.
        kind!: What happened ("page_viewed", "email_opened", "mention", …).
        channel: The channel.
        campaign_id: The campaign it belongs to.
        asset: The digital asset.
        message_id: The message that was sent, opened or clicked.
        network: The social network.
        topic: What it was about.
        referring_site: The site that linked to us.
        """,
    ),
    table(
        "replies",
        "Reply",
        "Answers, theirs to us or ours to them.",
        _ABOUT
        + """
        by_us: Whether we answered them.
        by_id: Who answered, where it was one of us.
        channel: The channel.
        network: The social network.
        message_id: What was answered.
        """,
    ),
    table(
        "contact_attempts",
        "ContactAttempt",
        "Attempts of ours to reach somebody.",
        _ABOUT
        + """
        by_id: Who tried.
        channel: The channel (telephone, e-mail, …).
        result: What came of it, in the CRM's words.
        connected: Whether they were reached.
        lasted_seconds: How long it lasted.
        """,
    ),
    table(
        "routings",
        "Routed",
        "A system sent a lead or deal to a team's queue.",
        _ABOUT
        + """
        team: The team.
        rule: The rule that decided.
        """,
    ),
    table(
        "assignments",
        "Assigned",
        "A lead or deal was given to a person.",
        _ABOUT
        + """
        owner_id: The person; blank means that it was taken away.
        team: That person's team.
        by_id: Who assigned it.
        """,
    ),
    table(
        "feedbacks",
        "SalesFeedback",
        "What sales answered marketing, or what was reported back to whoever referred.",
        _ABOUT
        + """
        verdict!: "accepted", "rejected", "recycled", "converted", "lost", "reported" or "reciprocated".
        reason: Why.
        addressee: Whom it was given to ("marketing" or "referrer").
        campaign_id: The marketing action it speaks of.
        by_id: Who gave it.
        """,
    ),
    table(
        "flips",
        "Flipped",
        "A score reached the number that qualifies for action.",
        """
        lead_id!: The profile or lead.
        score!: Which of the company's scores.
        campaign_id: The campaign that the number belongs to.
        score_points!: The score then.
        flip_points!: The number then.
        cause: What made it cross (a touch, a version of the lead, an expiry, a change of rule).
        cause_fact_id: The fact that made it cross.
        """,
    ),
    table(
        "waivers",
        "Waived",
        "A commitment was released in one case.",
        _ABOUT
        + """
        commitment!: Which one.
        by_id: Who released it.
        reason: Why.
        """,
    ),
    table(
        "closings",
        "DealClosed",
        "Deals won and lost.",
        """
        deal_id!: The deal.
        lead_id: The lead that it came from, where the source says so here.
        outcome!: "won" or "lost".
        amount_minor: What it closed at.
        cost_minor: What it costs us.
        recurring_minor: The part of the amount that recurs.
        currency: ISO 4217 code of the amounts.
        reason: Why it was won or lost.
        competitor: Who else was in the running, or won.
        by_id: Who closed it.
        """,
    ),
    table(
        "reopenings",
        "DealReopened",
        "Closed deals that were opened again.",
        """
        deal_id!: The deal.
        by_id: Who opened it.
        reason: Why.
        """,
    ),
    table(
        "judgements",
        "Judgement",
        "A person's own opinion of a deal.",
        """
        deal_id!: The deal.
        by_id: Whose opinion.
        category: The forecast category ("commit", "best case", …).
        probability_share: The probability.
        amount_minor: The amount.
        currency: ISO 4217 code of the amounts.
        expected_close_on: The day.
        """,
    ),
    table(
        "spends",
        "Spend",
        "Money that went, or is planned to go, into marketing or sales.",
        """
        amount_minor!: How much.
        currency!: ISO 4217 code of the amounts.
        basis: "actual" or "planned".
        campaign_id: The campaign.
        channel: The channel.
        asset: The digital asset.
        agency_id: Who was paid.
        cost_kind: What for (media, production, fees, …).
        shared: Whether it is shared by several campaigns.
        starts_on: First day that it covers.
        ends_on: Last day that it covers.
        """,
    ),
    table(
        "asset_metrics",
        "AssetMetric",
        "What a platform counted for a digital asset.",
        """
        asset!: The digital asset.
        metric!: What was counted ("reach", "plays", "visits", "watched", …).
        asset_kind: What it is (video, page, landing page, post, …).
        campaign_id: The campaign.
        channel: The channel.
        persona: The audience.
        referring_site: The site that the visits came from.
        value_count: The count.
        value_share: The share, for metrics that are one.
        amount_minor: The money, for metrics that are an amount.
        currency: ISO 4217 code of the amounts.
        starts_on: First day that it covers.
        ends_on: Last day that it covers.
        """,
    ),
    table(
        "orders",
        "OrderPlaced",
        "Sales with no opportunity before them.",
        f"""
        order_id!: The order.
        lead_id: The buyer.
        account_id: The buying company.
        campaign_id: The campaign.
        channel: The channel.
        referring_site: The site that linked to us.
        {PLACE}
        amount_minor: What it came to, net.
        cost_minor: What the goods cost us.
        fee_minor: Payment fees.
        shipping_minor: Shipping.
        tax_minor: Taxes.
        currency: ISO 4217 code of the amounts.
        """,
    ),
    table(
        "returns",
        "OrderReturned",
        "Orders that went back, in part or whole.",
        """
        order_id!: The order.
        lead_id: The buyer.
        amount_minor: What was paid back, as a positive number.
        currency: ISO 4217 code of the amounts.
        reason: Why.
        """,
    ),
    table(
        "customer_health",
        "CustomerHealth",
        "How customers are doing.",
        """
        state!: "retained", "renewed", "churned", or "dismissed" by us.
        account_id: The customer.
        lead_id: The customer, where it is a person.
        deal_id: The deal that made them one.
        reason: Why.
        """,
    ),
    table(
        "times_spent",
        "TimeSpent",
        "Working time by kind of activity.",
        """
        by_id!: Whose time.
        activity!: What it went into.
        spent_minutes!: How long.
        account_id: The company it was for.
        lead_id: The lead it was for.
        deal_id: The deal it was for.
        """,
    ),
    table("consents_given", "ConsentGiven", "Permissions to write.", _CONSENT),
    table("consents_withdrawn", "ConsentWithdrawn", "Requests to stop.", _CONSENT),
    table("profile_links", "ProfilesLinked", "Two profiles found to be one person.", _PROFILES),
    table("profile_unlinks", "ProfilesUnlinked", "Two profiles found to be two people after all.", _PROFILES),
    table(
        "retractions",
        "Retracted",
        "Facts and records that no longer stand.",
        """
        retracted_fact_id: The fact that no longer stands.
        retracted_table: The table of the source whose record no longer stands.
        retracted_record: The record that no longer stands, in all its versions.
        reason: Why.
        """,
    ),
)
