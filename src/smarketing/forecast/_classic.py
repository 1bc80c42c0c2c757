"""The stage-weighted number that every CRM shows, exactly, so that it stands beside the better one.

Each open amount times the probability of its stage, rounded half-up per deal, then added. A probability that
a person has set for a deal is kept apart: with it is another number than without it.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from smarketing.errors import UnknownNameError
from smarketing.forecast._deals import OpenDeal
from smarketing.funnel import Funnel
from smarketing.values import Money, Share

__all__ = ["ClassicRow", "StageWeighted", "stage_weighted"]


@attrs.frozen(kw_only=True)
class ClassicRow:
    """The open deals of one stage.

    Attributes:
        stage: The stage; None where it is not known.
        share: Its agreed probability; None where none was agreed.
        deals_count: How many deals are in it.
        unpriced_count: How many of them state no amount; they are not in the sums, and not zero.
        amount: What they are expected to bring if all are won.
        weighted: The same, weighted by the stage; None where there is no probability.
        by_hand: The same, where a person has set a deal's own probability with that one.
    """

    stage: str | None
    share: Share | None
    deals_count: int
    unpriced_count: int
    amount: Money
    weighted: Money | None
    by_hand: Money | None


@attrs.frozen(kw_only=True)
class StageWeighted:
    """The classic forecast of some open deals.

    Attributes:
        rows: One per stage, in the order of the pipeline; stages that it does not know come last.
        amount: What all are expected to bring.
        weighted: Weighted by stage.
        by_hand: Weighted by the deal's own probability where a person has set one, else by stage.
        overridden_count: How many have a probability of their own.
        unrated_count: How many have neither; they are in no weighted sum.
        unpriced_count: How many state no amount.
    """

    rows: tuple[ClassicRow, ...]
    amount: Money
    weighted: Money
    by_hand: Money
    overridden_count: int
    unrated_count: int
    unpriced_count: int


def stage_share(pipeline: Funnel, stage: str | None) -> Share | None:
    """The agreed probability of a stage, None where there is none."""
    if stage is None:
        return None
    try:
        return pipeline.probability(stage).share
    except UnknownNameError:
        return None


def stage_weighted(
    deals: Iterable[tuple[OpenDeal, int | None]], pipeline: Funnel, currency: str
) -> StageWeighted:
    """The classic forecast of deals with their amounts in minor units of a currency.

    Example:
        >>> from smarketing.funnel import Stage
        >>> quarter = Stage(name="offered", owners="sales", probability=Share.percent(25))
        >>> won = Stage(name="won", owners="sales", probability=Share.percent(100))
        >>> pipeline = Funnel(name="ours", unit="deal", stages=[quarter, won])
        >>> deals = [OpenDeal(deal_id=each, values={"stage": "offered"}) for each in ("D1", "D2")]
        >>> str(stage_weighted([(deal, 123_450) for deal in deals], pipeline, "EUR").weighted)
        '617.26 EUR'
    """
    by_stage: dict[str | None, list[tuple[OpenDeal, int | None]]] = {}
    for deal, minor in deals:
        by_stage.setdefault(deal.stage, []).append((deal, minor))
    order = {stage.name: place for place, stage in enumerate(pipeline.stages)}
    stages = sorted(
        by_stage, key=lambda stage: (order.get(stage or "", len(order)), stage is None, stage or "")
    )
    rows = [_row(stage, by_stage[stage], pipeline, currency) for stage in stages]
    nothing = Money(0, currency)
    every = [deal for found in by_stage.values() for deal, _ in found]
    return StageWeighted(
        rows=tuple(rows),
        amount=sum((row.amount for row in rows), nothing),
        weighted=sum((row.weighted for row in rows if row.weighted), nothing),
        by_hand=sum((row.by_hand for row in rows if row.by_hand), nothing),
        overridden_count=sum(deal.probability_share is not None for deal in every),
        unrated_count=sum(
            deal.probability_share is None and stage_share(pipeline, deal.stage) is None for deal in every
        ),
        unpriced_count=sum(row.unpriced_count for row in rows),
    )


def _row(
    stage: str | None, deals: Iterable[tuple[OpenDeal, int | None]], pipeline: Funnel, currency: str
) -> ClassicRow:
    share = stage_share(pipeline, stage)
    told = [*deals]
    priced = [(deal, minor) for deal, minor in told if minor is not None]
    own = [
        (Share(deal.probability_share) if deal.probability_share is not None else share, minor)
        for deal, minor in priced
    ]
    weighted = None if share is None else sum(share.of_minor(minor) for _, minor in priced)
    rated = [each.of_minor(minor) for each, minor in own if each is not None]
    by_hand = sum(rated) if rated or share is not None else None
    return ClassicRow(
        stage=stage,
        share=share,
        deals_count=len(told),
        unpriced_count=len(told) - len(priced),
        amount=Money(sum(minor for _, minor in priced), currency),
        weighted=None if weighted is None else Money(weighted, currency),
        by_hand=None if by_hand is None else Money(by_hand, currency),
    )
