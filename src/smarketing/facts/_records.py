"""Versions of the records that live on: leads, accounts, campaigns, deals."""

from __future__ import annotations

from datetime import date, datetime

import attrs

from smarketing.facts._fact import NO_TRAITS, Fact, Line, money, traits_of, utc_or_none
from smarketing.values import Money, Share, Traits


@attrs.frozen(kw_only=True)
class Lead(Fact):
    """A person or company that may buy, as one system knew it: anonymous visitors and profiles included."""

    TABLE = "leads"
    SUBJECTS = ("lead_id",)

    lead_id: str
    created_at: datetime | None = attrs.field(default=None, converter=utc_or_none)
    account_id: str | None = None
    campaign_id: str | None = None
    owner_id: str | None = None
    team: str | None = None
    persona: str | None = None
    channel: str | None = None
    source_raw: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    referring_site: str | None = None
    referred_by: str | None = None
    asset: str | None = None
    landing_page: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    job_title: str | None = None
    company: str | None = None
    postal_address: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    traits: Traits = attrs.field(default=NO_TRAITS, converter=traits_of)


@attrs.frozen(kw_only=True)
class Account(Fact):
    """A company that buys, refers, or mediates (an agency)."""

    TABLE = "accounts"
    SUBJECTS = ("account_id",)

    account_id: str
    created_at: datetime | None = attrs.field(default=None, converter=utc_or_none)
    parent_id: str | None = None
    owner_id: str | None = None
    name: str | None = None
    industry: str | None = None
    website: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    employees_count: int | None = None
    revenue_minor: int | None = None
    currency: str | None = None
    traits: Traits = attrs.field(default=NO_TRAITS, converter=traits_of)


@attrs.frozen(kw_only=True)
class Campaign(Fact):
    """A planned effort of marketing, alone or jointly with sales."""

    TABLE = "campaigns"
    SUBJECTS = ("campaign_id",)

    campaign_id: str
    name: str | None = None
    objective: str | None = None
    persona: str | None = None
    tool: str | None = None
    subcategory: str | None = None
    direction: str | None = None
    channel: str | None = None
    permission_basis: str | None = None
    budget_method: str | None = None
    budget_minor: int | None = None
    currency: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    owner_id: str | None = None
    traits: Traits = attrs.field(default=NO_TRAITS, converter=traits_of)


@attrs.frozen(kw_only=True)
class Deal(Fact):
    """An opportunity: what might be bought, by whom, for how much, and when it is expected."""

    TABLE = "deals"
    SUBJECTS = ("deal_id",)

    deal_id: str
    created_at: datetime | None = attrs.field(default=None, converter=utc_or_none)
    lead_id: str | None = None
    account_id: str | None = None
    agency_id: str | None = None
    campaign_id: str | None = None
    owner_id: str | None = None
    team: str | None = None
    pipeline: str | None = None
    name: str | None = None
    channel: str | None = None
    source_raw: str | None = None
    referred_by: str | None = None
    product: str | None = None
    product_family: str | None = None
    price_list: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    amount_minor: int | None = None
    list_minor: int | None = None
    cost_minor: int | None = None
    recurring_minor: int | None = None
    currency: str | None = None
    term_months: int | None = None
    payment_days: int | None = None
    probability_share: Share | None = None
    expected_close_on: date | None = None
    quote_id: str | None = None
    purchase_order_id: str | None = None
    invoice_id: str | None = None
    lines: tuple[Line, ...] = ()
    traits: Traits = attrs.field(default=NO_TRAITS, converter=traits_of)

    @property
    def amount(self) -> Money | None:
        """What the deal is expected to bring."""
        return money(self, self.amount_minor)
