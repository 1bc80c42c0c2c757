"""What was sold, held against counting by hand, on every engine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarketing.document import Table
from smarketing.errors import UnknownNameError
from smarketing.facts import Deal, DealClosed, DealReopened, Fact, Lead, Outcome, Retracted
from smarketing.frames import Frames
from smarketing.funnel import SalesRow, measure_sales
from smarketing.origin import Origin
from smarketing.periods import Dated, Period
from smarketing.sources import SourceRule, SourceRules
from smarketing.testing import (
    assert_backends_agree,
    assert_no_look_ahead,
    assert_order_independent,
    example_company,
)
from smarketing.testing import strategies as draw
from smarketing.values import Money

TWO_YEARS = Period.parse("2024-01-01/2026-01-01", "Europe/Madrid")
MARCH = Period.parse("2026-03", "Europe/Madrid")
T = datetime(2026, 3, 10, 12, tzinfo=UTC)
_Kind = TypeVar("_Kind", bound=Fact)
Sold = tuple[int, int, Mapping[str, Money], int]


def standing(facts: Iterable[Fact], as_of: datetime) -> list[Fact]:
    """The facts that count, each once, without those that were withdrawn."""
    first: dict[str, Fact] = {}
    for fact in sorted(facts, key=lambda fact: fact.known_at):
        first.setdefault(fact.id, fact)
    known = [fact for fact in first.values() if fact.counts(as_of)]
    gone = [fact for fact in known if isinstance(fact, Retracted)]

    def withdrawn(fact: Fact) -> bool:
        return any(
            each.retracted_fact_id == fact.id
            or (
                each.retracted_record == fact.origin.record
                and each.retracted_table in {None, fact.origin.table, fact.TABLE}
                and fact.known_at <= each.known_at
            )
            for each in gone
        )

    return [fact for fact in known if not withdrawn(fact)]


def latest(facts: Iterable[Fact], kind: type[_Kind], key: str) -> dict[str, _Kind]:
    """The last known version of each record."""
    versions = [fact for fact in facts if isinstance(fact, kind)]
    versions.sort(key=lambda fact: (fact.known_at, fact.occurred_at, fact.id))
    return {getattr(fact, key): fact for fact in versions}


def sold_by_hand(
    facts: Iterable[Fact], period: Period, as_of: datetime, by: str | None = None
) -> dict[str | None, Sold]:
    """By group: won, lost, revenue and how many of the won have no price. One deal after another."""
    told = standing(facts, as_of)
    leads, deals = latest(told, Lead, "lead_id"), latest(told, Deal, "deal_id")
    closings = [fact for fact in told if isinstance(fact, DealClosed)]
    closings.sort(key=lambda fact: (fact.occurred_at, fact.outcome is Outcome.LOST, fact.known_at, fact.id))
    reopened: dict[str, datetime] = {}
    for fact in told:
        if isinstance(fact, DealReopened):
            reopened[fact.deal_id] = max(fact.occurred_at, reopened.get(fact.deal_id, fact.occurred_at))
    groups: defaultdict[str | None, list[tuple[DealClosed, Money | None]]] = defaultdict(list)
    for deal_id, closing in {fact.deal_id: fact for fact in closings}.items():
        is_open = deal_id in reopened and reopened[deal_id] > closing.occurred_at
        if is_open or not period.contains(closing.occurred_at):
            continue
        deal = deals.get(deal_id)
        lead = leads.get((deal.lead_id if deal else None) or closing.lead_id or "")
        price = deal.amount if deal and closing.amount_minor is None else closing.amount
        groups[group_by_hand(by, closing, deal, lead, period)].append((closing, price))
    return {group: sums(pairs) for group, pairs in groups.items()}


def group_by_hand(
    by: str | None, closing: DealClosed, deal: Deal | None, lead: Lead | None, period: Period
) -> str | None:
    """What a closed deal says itself and, of where it came from, what its lead says."""

    def said(name: str, *, inherited: bool = False) -> str | None:
        own = getattr(deal, name, None)
        value = own if own is not None or not inherited else getattr(lead, name, None)
        return None if value is None else str(value)

    match by:
        case None:
            return None
        case "month":
            return f"{closing.occurred_at.astimezone(ZoneInfo(period.zone)):%Y-%m}"
        case "source":
            fields = SourceRules.default().fields
            return SourceRules.default().classify({n: said(n, inherited=True) for n in fields}).source.value
        case "owner" | "account":
            return said(f"{by}_id")
        case "campaign":
            return said("campaign_id", inherited=True)
        case "channel" | "persona" | "source_raw":
            return said(by, inherited=True)
    return said(by)


def sums(pairs: list[tuple[DealClosed, Money | None]]) -> Sold:
    """Won, lost, revenue by currency, and the won without a price."""
    won = [price for closing, price in pairs if closing.outcome is Outcome.WON]
    revenue: dict[str, Money] = {}
    for price in won:
        if price is not None:
            revenue[price.currency] = revenue.get(price.currency, Money(0, price.currency)) + price
    return len(won), len(pairs) - len(won), revenue, won.count(None)


def figures(row: SalesRow) -> Sold:
    """The figures of a row, without its group."""
    return row.won_count, row.lost_count, row.revenue, row.unpriced_count


DIMENSIONS = (
    "month", "owner", "team", "source", "channel", "campaign", "persona", "product", "region", "account",
)  # fmt: skip


def test_a_company_sold_what_counting_by_hand_says(backend: str) -> None:
    """Hundreds of deals, some lost, reopened and closed again, by every dimension."""
    facts = [*example_company(seed=3, leads=500).facts()]
    as_of = datetime(2025, 6, 1, tzinfo=UTC)
    frames = Frames.from_dataset(facts, backend=backend)
    for by in DIMENSIONS:
        sold = measure_sales(frames, period=TWO_YEARS, as_of=as_of, by=[by])
        by_hand = sold_by_hand(facts, TWO_YEARS, as_of, by)
        assert {row.group[0][1]: figures(row) for row in sold.rows} == by_hand, by
    assert sold.total.won_count > 20


@given(draw.timelines(), draw.instants(), st.sampled_from([None, *DIMENSIONS]))
def test_any_story_sold_what_counting_by_hand_says(
    facts: tuple[Fact, ...], as_of: datetime, by: str | None
) -> None:
    """Facts known late, said twice, corrected and withdrawn."""
    sold = measure_sales(Frames.from_dataset(facts), period=TWO_YEARS, as_of=as_of, by=[by] if by else [])
    by_hand = sold_by_hand(facts, TWO_YEARS, as_of, by)
    rows = {row.group[0][1]: figures(row) for row in sold.rows} if by else {None: figures(sold.total)}
    assert rows == (by_hand if by or by_hand else {None: (0, 0, {}, 0)})


@settings(max_examples=15)
@given(draw.timelines(), draw.instants(), st.data())
def test_sales_see_nothing_of_what_was_not_known_yet(
    facts: tuple[Fact, ...], as_of: datetime, data: st.DataObject
) -> None:
    """Later facts change nothing, nor does the order in which facts arrive; the bytes are the same too."""

    def by_owner_and_month(frames: Frames, moment: datetime) -> object:
        return measure_sales(frames, period=TWO_YEARS, as_of=moment, by=["owner", "month"])

    assert_no_look_ahead(by_owner_and_month, facts, as_of, data.draw(draw.late_facts(as_of)))
    assert_order_independent(by_owner_and_month, facts, as_of)


@settings(max_examples=8)
@given(draw.timelines(), draw.instants())
def test_every_engine_gives_the_same_sales(facts: tuple[Fact, ...], as_of: datetime) -> None:
    """Also by a source that the deal's lead alone knows, and without any deal."""

    def by_source(frames: Frames, moment: datetime) -> object:
        return measure_sales(frames, period=TWO_YEARS, as_of=moment, by=["source", "product"])

    assert_backends_agree(by_source, facts, as_of)


@given(draw.timelines(), draw.instants(), st.sampled_from(DIMENSIONS))
def test_the_rows_add_up_to_the_total(facts: tuple[Fact, ...], as_of: datetime, by: str) -> None:
    """Whatever sales are split by, no deal and no cent is lost or counted twice."""
    sold = measure_sales(Frames.from_dataset(facts), period=TWO_YEARS, as_of=as_of, by=[by])
    assert sum(row.won_count for row in sold.rows) == sold.total.won_count
    assert sum(row.lost_count for row in sold.rows) == sold.total.lost_count
    assert sum(row.unpriced_count for row in sold.rows) == sold.total.unpriced_count
    for currency, money in sold.total.revenue.items():
        assert sum(row.revenue[currency].minor for row in sold.rows if currency in row.revenue) == money.minor


def deal(**given: object) -> Deal:
    """A deal of 1,000 euros, unless said otherwise."""
    usual: dict[str, object] = {"occurred_at": T - timedelta(days=9), "created_at": T - timedelta(days=9)}
    usual |= {"deal_id": "D-1", "amount_minor": 100_000, "currency": "EUR"}
    return Deal(origin=Origin(table="deals", record="D-1"), **usual | given)  # type: ignore[arg-type]


def closed(outcome: str = "won", at: datetime = T, **given: object) -> DealClosed:
    """The end of that deal, without an amount of its own unless said otherwise."""
    usual: dict[str, object] = {"deal_id": "D-1", "occurred_at": at, "outcome": outcome}
    return DealClosed(origin=Origin(table="closings", record="D-1"), **usual | given)  # type: ignore[arg-type]


def reopened(at: datetime) -> DealReopened:
    """That deal is opened again."""
    return DealReopened(origin=Origin(table="reopened", record="D-1"), deal_id="D-1", occurred_at=at)


def sold(*facts: Fact, by: str | None = None, period: Period = MARCH) -> SalesRow:
    """The one row of what was sold."""
    result = measure_sales(Frames.from_dataset(facts), period=period, by=[by] if by else [])
    return result.rows[0] if by else result.total


def test_the_last_closing_of_a_deal_is_the_one_that_counts() -> None:
    """A deal that was lost, won over and lost again is lost, once."""
    later = T + timedelta(days=1)
    row = sold(deal(), closed("lost"), closed("won", later), closed("lost", later + timedelta(days=1)))
    assert figures(row) == (0, 1, {}, 0)


def test_a_deal_that_was_reopened_is_open_until_it_closes_again() -> None:
    """It is neither won nor lost in between."""
    again = T + timedelta(days=2)
    assert figures(sold(deal(), closed("won"), reopened(again))) == (0, 0, {}, 0)
    assert (
        sold(deal(), closed("lost"), reopened(again), closed("won", again + timedelta(days=1))).won_count == 1
    )


def test_at_one_instant_a_deal_is_reopened_then_won_then_lost() -> None:
    """Sales break ties as the funnel does, so the two never disagree on what is closed."""
    assert sold(deal(), closed("won"), reopened(T)).won_count == 1
    assert figures(sold(deal(), closed("won"), closed("lost")))[:2] == (0, 1)


def test_a_deal_closes_at_the_amount_of_the_closing_else_at_its_own() -> None:
    """Each with its own currency: an amount never takes the currency of another."""
    assert sold(deal(), closed(amount_minor=90_000, currency="EUR")).revenue == {"EUR": Money(90_000, "EUR")}
    assert sold(deal(), closed(currency="USD")).revenue == {"EUR": Money(100_000, "EUR")}
    assert sold(deal(), closed(amount_minor=90_000)).revenue == {"EUR": Money(90_000, "EUR")}


def test_a_deal_won_for_an_amount_that_nobody_stated_is_unpriced_and_not_free() -> None:
    """So is one whose amount has no currency."""
    assert figures(sold(closed())) == (1, 0, {}, 1)
    assert figures(sold(closed(amount_minor=5))) == (1, 0, {}, 1)
    assert figures(sold(closed(amount_minor=0, currency="EUR"))) == (1, 0, {"EUR": Money(0, "EUR")}, 0)


def test_a_lost_deal_brings_no_revenue() -> None:
    """Whatever it would have been worth."""
    assert figures(sold(deal(), closed("lost", amount_minor=7, currency="EUR"))) == (0, 1, {}, 0)


def test_unlike_currencies_are_never_added() -> None:
    """They stand side by side, in the order of their codes."""
    other = attrs.evolve(closed(amount_minor=700, currency="JPY"), deal_id="D-2")
    row = sold(deal(), closed(), other)
    assert list(row.revenue.values()) == [Money(100_000, "EUR"), Money(700, "JPY")]


LEAD = Lead(
    origin=Origin(table="leads", record="L-1"),
    occurred_at=T - timedelta(days=30),
    lead_id="L-1",
    source_raw="Referral",
    channel="phone",
    persona="owner",
)


@pytest.mark.parametrize(
    ("by", "value"), [("source", "referral"), ("channel", "phone"), ("persona", "owner")]
)
def test_a_deal_inherits_where_it_came_from(by: str, value: str) -> None:
    """From its lead, which the deal names, or its closing."""
    assert sold(LEAD, deal(lead_id="L-1"), closed(), by=by).values == {by: value}
    assert sold(LEAD, deal(), closed(lead_id="L-1"), by=by).values == {by: value}
    assert sold(LEAD, closed(lead_id="L-1"), by=by).values == {by: value}


def test_a_deal_that_says_where_it_came_from_is_believed() -> None:
    """What its lead says comes second."""
    row = sold(LEAD, deal(lead_id="L-1", channel="event", source_raw="Cold call"), closed(), by="channel")
    assert row.values == {"channel": "event"}


def test_months_are_those_of_the_zone() -> None:
    """In Madrid, 31 March 22:30 UTC is 1 April already, because summer time began."""
    first_of_april = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    assert figures(sold(deal(), closed(at=first_of_april))) == (0, 0, {}, 0)
    spring = Period.parse("2026-03-01/2026-05-01", "Europe/Madrid")
    assert sold(deal(), closed(at=first_of_april), by="month", period=spring).values == {"month": "2026-04"}


def test_an_own_table_may_say_less() -> None:
    """No currency, no outcome, no record of the deal: what is unknown is neither won, lost nor revenue."""
    pl = pytest.importorskip("polars")
    closings = pl.DataFrame(
        {
            "deal_id": ["D-1", "D-2", "D-3", "D-4"],
            "outcome": ["won", "lost", None, None],
            "amount_minor": [100, 200, 300, 400],
            "occurred_at": [int(T.timestamp()) * 1_000_000] * 4,
        }
    )
    result = measure_sales(Frames.from_native(closings=closings), period=MARCH, by=["owner", "channel"])
    assert figures(result.total) == (1, 1, {}, 1)


def test_nothing_sold_is_an_answer(backend: str) -> None:
    """A deal that is still open; and no facts at all."""
    for facts in ([deal()], []):
        result = measure_sales(Frames.from_dataset(facts, backend=backend), period=MARCH, by=["source"])
        assert (figures(result.total), result.rows) == ((0, 0, {}, 0), ())
        assert result.total.win_rate.share is None


def test_the_agreed_rules_read_the_source() -> None:
    """With rules of one's own, and from the day on which they hold."""
    rules = Dated.of(SourceRules([SourceRule("seeker", {"channel": "phone"})]))
    frames = Frames.from_dataset([LEAD, deal(lead_id="L-1"), closed()])
    result = measure_sales(frames, period=MARCH, by=["source"], sources=rules)
    assert result.row(source="seeker").won_count == 1
    with pytest.raises(UnknownNameError, match=r"did you mean 'seeker'\?"):
        result.row(source="seekers")


def test_a_dimension_that_does_not_exist_is_refused_with_the_nearest_name() -> None:
    """Also where nothing was sold at all."""
    with pytest.raises(UnknownNameError, match=r"did you mean 'owner'\?"):
        measure_sales(Frames.from_dataset([]), period=MARCH, by=["ownr"])


def test_money_of_a_group_is_zero_only_where_that_is_known() -> None:
    """Sold for yen alone is no euros; sold for nobody knows what is a blank."""
    yen = attrs.evolve(closed(amount_minor=700, currency="JPY"), deal_id="D-2")
    unpriced = attrs.evolve(closed(), deal_id="D-3")
    facts = [deal(owner_id="ana"), closed(), yen, unpriced, attrs.evolve(deal(owner_id="eva"), deal_id="D-2")]
    facts = [*facts, attrs.evolve(deal(owner_id="leo", amount_minor=None), deal_id="D-3")]
    report = measure_sales(Frames.from_dataset(facts), period=MARCH, by=["owner"]).to_report()
    (table,) = (block for block in report.sections[0].blocks if isinstance(block, Table))
    euros = {row[0]: row[4] for row in table.rows}
    assert euros == {"ana": Money(100_000, "EUR"), "eva": Money(0, "EUR"), "leo": None}
