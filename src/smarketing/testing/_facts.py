"""The facts of the example company: what a perfect reading of its clean rows gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from smarketing.facts import (
    Account,
    Campaign,
    ContactAttempt,
    Deal,
    DealClosed,
    DealReopened,
    Fact,
    Lead,
    Outcome,
    Precision,
    SalesFeedback,
    Spend,
    StageEntered,
    Verdict,
)
from smarketing.origin import Origin
from smarketing.testing import _rows as rows
from smarketing.testing import _wall as wall
from smarketing.testing import _world as world
from smarketing.testing._lives import LAST_SECOND, Closing, DealLife, Life

SYSTEM = "brisa"


def _said(table: str, record: str) -> Origin:
    return Origin(system=SYSTEM, table=table, record=record)


def company_facts() -> Iterator[Fact]:
    """The campaigns, and what each cost in each month."""
    months = wall.months()
    for number, effort in enumerate(world.EFFORTS):
        starts, ends = months[effort.first_month][0], months[effort.last_month][1]
        yield Campaign(
            origin=_said("campaigns", effort.id),
            occurred_at=wall.midnight(starts),
            precision=Precision.DAY,
            campaign_id=effort.id,
            name=effort.name,
            objective=effort.objective,
            persona=effort.persona,
            tool=effort.tool,
            direction=effort.direction,
            channel=effort.channel,
            budget_minor=effort.monthly_minor * (effort.last_month - effort.first_month + 1),
            currency=world.CURRENCY,
            starts_on=wall.day_of(starts),
            ends_on=wall.day_of(ends),
        )
        for month in range(effort.first_month, effort.last_month + 1):
            yield _spend(number, month, *months[month])


def _spend(number: int, month: int, first: int, last: int) -> Spend:
    effort = world.EFFORTS[number]
    return Spend(
        origin=_said("spend", effort.id),
        occurred_at=wall.midnight(last),
        precision=Precision.DAY,
        campaign_id=effort.id,
        channel=effort.channel,
        amount_minor=rows.spent_minor(number, month),
        currency=world.CURRENCY,
        starts_on=wall.day_of(first),
        ends_on=wall.day_of(last),
    )


def life_facts(life: Life) -> Iterator[Fact]:
    """All that was known about one lead, its deal included, before the company's last day."""
    lead_id = rows.lead_id(life.number)
    yield _lead(life, lead_id)
    moved, tried, told = (
        _said("stage_history", lead_id),
        _said("activities", lead_id),
        _said("feedback", lead_id),
    )
    for stage, at, known, by, why in life.moves:
        if known < LAST_SECOND:
            yield StageEntered(
                origin=moved,
                occurred_at=wall.instant(at),
                known_at=wall.instant(known),
                lead_id=lead_id,
                stage=stage,
                by_id=by or None,
                reason=why or None,
            )
    for at, by, channel, result, connected, seconds in life.attempts:
        if at < LAST_SECOND:
            yield ContactAttempt(
                origin=tried,
                occurred_at=wall.instant(at),
                lead_id=lead_id,
                by_id=by,
                channel=channel,
                result=result,
                connected=connected,
                lasted_seconds=seconds,
            )
    for at, verdict, why, by in life.answers:
        if at < LAST_SECOND:
            yield SalesFeedback(
                origin=told,
                occurred_at=wall.instant(at),
                lead_id=lead_id,
                verdict=Verdict(verdict),
                reason=why or None,
                by_id=by,
            )
    if life.deal is not None and life.deal.at < LAST_SECOND:
        yield from _deal_facts(life, life.deal, lead_id)


def _lead(life: Life, lead_id: str) -> Lead:
    way = world.WAYS[life.way]
    effort = None if life.effort is None else world.EFFORTS[life.effort].id
    at = wall.instant(rows.created(life))
    is_known = life.captured is not None and life.captured < LAST_SECOND
    name, email, phone = rows.person(life) if is_known else (None, None, None)
    city, region = world.CITIES[life.place] if is_known else (None, None)
    return Lead(
        origin=_said("leads", lead_id),
        occurred_at=at,
        lead_id=lead_id,
        created_at=at if is_known else None,
        campaign_id=effort,
        owner_id=world.SCOUTS[life.scout],
        team="Inside",
        persona=world.PERSONAS[life.persona],
        channel=way.channel,
        source_raw=life.word or None,
        utm_source=way.utm_source or None,
        utm_medium=way.utm_medium or None,
        utm_campaign=effort.casefold() if effort and way.utm_source else None,
        referring_site=way.site or None,
        referred_by=rows.referred_by(life) or None,
        name=name,
        email=email,
        phone=phone,
        job_title=rows.job_title(life) if is_known else None,
        company=rows.company(life) if is_known else None,
        city=city,
        region=region,
        country=rows.country(life) if is_known else None,
    )


def _deal_facts(life: Life, deal: DealLife, lead_id: str) -> Iterator[Fact]:
    key, account = rows.deal_id(deal), rows.account_id(life)
    seller = world.SELLERS[deal.seller][0]
    at = wall.instant(deal.at)
    city, region = world.CITIES[life.place]
    yield Account(
        origin=_said("accounts", account),
        occurred_at=at,
        account_id=account,
        created_at=at,
        owner_id=seller,
        name=rows.company(life),
        industry=rows.industry(life),
        city=city,
        region=region,
        country=rows.country(life),
        employees_count=rows.employees(life),
    )
    yield _deal(life, deal, lead_id, at, wall.day_of(deal.expected_day))
    moved = _said("deal_history", key)
    for stage, moved_at, _, by, _ in deal.moves:
        if moved_at < LAST_SECOND:
            yield StageEntered(
                origin=moved, occurred_at=wall.instant(moved_at), deal_id=key, stage=stage, by_id=by
            )
    known = [closing for closing in deal.closings if closing.at < LAST_SECOND]
    if deal.reopened is not None and deal.reopened < LAST_SECOND:
        origin, away = _said("reopened_deals", key), known.pop(0)
        yield DealClosed(
            origin=origin,
            occurred_at=wall.instant(away.at),
            deal_id=key,
            outcome=Outcome.LOST,
            reason=away.why,
        )
        yield DealReopened(origin=origin, occurred_at=wall.instant(deal.reopened), deal_id=key, by_id=seller)
    if known:
        yield _closed(key, lead_id, seller, known[-1])


def _deal(life: Life, deal: DealLife, lead_id: str, at: datetime, expected: date) -> Deal:
    product = world.PRODUCTS[deal.product]
    seller, team = world.SELLERS[deal.seller]
    return Deal(
        origin=_said("deals", rows.deal_id(deal)),
        occurred_at=at,
        deal_id=rows.deal_id(deal),
        created_at=at,
        lead_id=lead_id,
        account_id=rows.account_id(life),
        campaign_id=None if life.effort is None else world.EFFORTS[life.effort].id,
        owner_id=seller,
        team=team,
        name=f"{product.name} for {rows.company(life)}",
        product=product.name,
        product_family=product.family,
        amount_minor=deal.amount_minor,
        list_minor=deal.list_minor,
        cost_minor=product.cost_minor * deal.quantity,
        currency=world.CURRENCY,
        payment_days=deal.payment_days,
        expected_close_on=expected,
    )


def _closed(deal_id: str, lead_id: str, seller: str, closing: Closing) -> DealClosed:
    return DealClosed(
        origin=_said("deals", deal_id),
        occurred_at=wall.instant(closing.at),
        deal_id=deal_id,
        lead_id=lead_id,
        outcome=Outcome(closing.outcome),
        amount_minor=closing.amount_minor,
        currency=world.CURRENCY,
        reason=closing.why,
        competitor=closing.competitor or None,
        by_id=seller,
    )
