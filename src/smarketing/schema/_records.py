"""The dictionary of the records that live on, and of the lines of deals and orders."""

from __future__ import annotations

from smarketing.schema._column import PLACE, table

LEADS = table(
    "leads",
    "Lead",
    "People and companies that may buy, one row per known version.",
    f"""
    lead_id!: The lead, visitor or profile.
    created_at: When it was captured.
    account_id: The company it belongs to.
    campaign_id: The campaign that captured it.
    owner_id: The person it is assigned to.
    team: That person's team.
    persona: The buyer persona it fits.
    channel: The channel it came through.
    source_raw: The CRM's own word for where it came from, as it stands.
    utm_source: `utm_source` of the first visit.
    utm_medium: `utm_medium` of the first visit.
    utm_campaign: `utm_campaign` of the first visit.
    referring_site: The site that linked to us.
    referred_by: The person or record that referred it.
    asset: The digital asset that captured it.
    landing_page: The page it landed on.
    name*: Full name.
    email*: E-mail address.
    phone*: Telephone number.
    job_title: Job title.
    company: Company, as the person wrote it.
    postal_address*: Street and number.
    {PLACE}
    """,
    key="lead_id",
)

ACCOUNTS = table(
    "accounts",
    "Account",
    "Companies that buy, refer or mediate, one row per known version.",
    f"""
    account_id!: The company.
    created_at: When it was entered.
    parent_id: The company it belongs to.
    owner_id: The person it is assigned to.
    name: Company name.
    industry: Industry.
    website: Web site.
    {PLACE}
    employees_count: Employees.
    revenue_minor: Yearly revenue.
    currency: ISO 4217 code of the amounts.
    """,
    key="account_id",
)

CAMPAIGNS = table(
    "campaigns",
    "Campaign",
    "Planned efforts of marketing, one row per known version.",
    """
    campaign_id!: The campaign.
    name: Its name.
    objective: What it is to reach.
    persona: Whom it is for.
    tool: The promotion tool (advertising, direct marketing, …).
    subcategory: The kind within the tool.
    direction: "push" (sent unasked) or "pull" (on request).
    channel: The channel.
    permission_basis: Why we may write to them.
    budget_method: How the budget was set.
    budget_minor: The budget.
    currency: ISO 4217 code of the amounts.
    starts_on: First day.
    ends_on: Last day.
    owner_id: Who answers for it.
    """,
    key="campaign_id",
)

DEALS = table(
    "deals",
    "Deal",
    "Opportunities, one row per known version.",
    f"""
    deal_id!: The opportunity.
    created_at: When it was opened.
    lead_id: The lead that it came from.
    account_id: The client.
    agency_id: The agency that mediates, where there is one.
    campaign_id: The campaign that it is credited to in the CRM.
    owner_id: The person it is assigned to.
    team: That person's team.
    pipeline: The sales pipeline it is worked in.
    name: Its name.
    channel: The channel it came through.
    source_raw: The CRM's own word for where it came from, as it stands.
    referred_by: The person or record that referred it.
    product: The main product.
    product_family: The line of products that it belongs to.
    price_list: The price list that was used.
    {PLACE}
    amount_minor: What it is expected to bring.
    list_minor: What it would be at list price, before concessions.
    cost_minor: What it would cost us.
    recurring_minor: The part of the amount that recurs.
    currency: ISO 4217 code of the amounts.
    term_months: How long the contract runs.
    payment_days: Days to pay.
    probability_share: The win probability that a person has set by hand.
    expected_close_on: The day on which it is expected to close.
    quote_id: The quote.
    purchase_order_id: The customer's order.
    invoice_id: The invoice.
    """,
    key="deal_id",
)

_LINE = """
    line_count: The position of the line, counted from 1.
    product!: What is sold.
    product_family: The line of products that it belongs to.
    price_list: The price list that was used.
    quantity_count: How many.
    amount_minor: What the line comes to, net.
    list_minor: What it would be at list price.
    cost_minor: What it costs us.
"""

LINES = (
    table("deal_lines", "Line", "The products of a deal, one row per line.", "deal_id!: The deal." + _LINE),
    table(
        "order_lines", "Line", "The products of an order, one row per line.", "order_id!: The order." + _LINE
    ),
)
