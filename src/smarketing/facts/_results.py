"""Events that move money or count it: closings, judgements, spend, metrics, orders, health, time."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import attrs

from smarketing.facts._fact import NO_TRAITS, Fact, Line, money, traits_of
from smarketing.values import Money, Share, Traits


class Outcome(StrEnum):
    """How a deal ended."""

    WON = "won"
    LOST = "lost"


class CustomerState(StrEnum):
    """How a customer is doing; one that we dismissed has not churned."""

    RETAINED = "retained"
    RENEWED = "renewed"
    CHURNED = "churned"
    DISMISSED = "dismissed"


class SpendBasis(StrEnum):
    """Money that was spent, or that a plan sets aside."""

    ACTUAL = "actual"
    PLANNED = "planned"


@attrs.frozen(kw_only=True)
class DealClosed(Fact):
    """A deal was won or lost."""

    TABLE = "closings"
    SUBJECTS = ("deal_id",)

    deal_id: str
    lead_id: str | None = None
    outcome: Outcome = attrs.field(converter=Outcome)
    amount_minor: int | None = None
    cost_minor: int | None = None
    recurring_minor: int | None = None
    currency: str | None = None
    reason: str | None = None
    competitor: str | None = None
    by_id: str | None = None

    @property
    def amount(self) -> Money | None:
        """What the deal closed at."""
        return money(self, self.amount_minor)


@attrs.frozen(kw_only=True)
class DealReopened(Fact):
    """A closed deal is open again."""

    TABLE = "reopenings"
    SUBJECTS = ("deal_id",)

    deal_id: str
    by_id: str | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class Judgement(Fact):
    """A person's own opinion of a deal, kept beside every model's, and scored later like one."""

    TABLE = "judgements"
    SUBJECTS = ("deal_id",)

    deal_id: str
    by_id: str | None = None
    category: str | None = None
    probability_share: Share | None = None
    amount_minor: int | None = None
    currency: str | None = None
    expected_close_on: date | None = None


@attrs.frozen(kw_only=True)
class Spend(Fact):
    """Money that went, or is planned to go, into marketing or sales."""

    TABLE = "spends"

    amount_minor: int
    currency: str
    basis: SpendBasis = attrs.field(default=SpendBasis.ACTUAL, converter=SpendBasis)
    campaign_id: str | None = None
    channel: str | None = None
    asset: str | None = None
    agency_id: str | None = None
    cost_kind: str | None = None
    shared: bool = False
    starts_on: date | None = None
    ends_on: date | None = None

    @property
    def amount(self) -> Money:
        """What was spent."""
        return Money(self.amount_minor, self.currency)


@attrs.frozen(kw_only=True)
class AssetMetric(Fact):
    """What a platform counted for a digital asset over some days: reach, plays, visits."""

    TABLE = "asset_metrics"
    SUBJECTS = ("asset",)

    asset: str
    metric: str
    asset_kind: str | None = None
    campaign_id: str | None = None
    channel: str | None = None
    persona: str | None = None
    referring_site: str | None = None
    value_count: int | None = None
    value_share: Share | None = None
    amount_minor: int | None = None
    currency: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None


@attrs.frozen(kw_only=True)
class OrderPlaced(Fact):
    """A sale with no opportunity before it, as in a store."""

    TABLE = "orders"
    SUBJECTS = ("order_id",)

    order_id: str
    lead_id: str | None = None
    account_id: str | None = None
    campaign_id: str | None = None
    channel: str | None = None
    referring_site: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    amount_minor: int | None = None
    cost_minor: int | None = None
    fee_minor: int | None = None
    shipping_minor: int | None = None
    tax_minor: int | None = None
    currency: str | None = None
    lines: tuple[Line, ...] = ()
    traits: Traits = attrs.field(default=NO_TRAITS, converter=traits_of)

    @property
    def amount(self) -> Money | None:
        """What the order came to."""
        return money(self, self.amount_minor)


@attrs.frozen(kw_only=True)
class OrderReturned(Fact):
    """Part or all of an order went back; the amount is positive and counts as negative revenue."""

    TABLE = "returns"
    SUBJECTS = ("order_id",)

    order_id: str
    lead_id: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class CustomerHealth(Fact):
    """How a customer is doing: kept, renewed, gone, or let go by us."""

    TABLE = "customer_health"
    SUBJECTS = ("account_id", "lead_id", "deal_id")

    state: CustomerState = attrs.field(converter=CustomerState)
    account_id: str | None = None
    lead_id: str | None = None
    deal_id: str | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class TimeSpent(Fact):
    """Working time that a person spent on one kind of activity."""

    TABLE = "times_spent"
    SUBJECTS = ("by_id",)

    by_id: str
    activity: str
    spent_minutes: int
    account_id: str | None = None
    lead_id: str | None = None
    deal_id: str | None = None
