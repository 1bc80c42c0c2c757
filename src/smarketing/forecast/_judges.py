"""Who was right: the model, people, or the stage alone, once it is known what became of the deals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from smarketing.errors import InvalidTermsError
from smarketing.estimates import log_loss
from smarketing.forecast._categories import Category, read_category
from smarketing.forecast._deals import read_deals
from smarketing.origin import Origin, Problem
from smarketing.periods import checked_instant
from smarketing.values import Money

if TYPE_CHECKING:
    from smarketing.forecast._book import DealForecast
    from smarketing.forecast._result import Forecast
    from smarketing.frames import Frames

__all__ = ["CategoryScore", "JudgeScore", "score_judgements"]

_MILLION = 1_000_000


@attrs.frozen(kw_only=True)
class CategoryScore:
    """What became of the deals of one category.

    Attributes:
        category: The category that a judge had put them in.
        deals_count: How many there were.
        won_count: How many of them were won in time.
        amount: What they were to bring.
        won_amount: What those that were won were to bring.
    """

    category: Category
    deals_count: int
    won_count: int
    amount: Money
    won_amount: Money


@attrs.frozen(kw_only=True)
class JudgeScore:
    """How one judge's probabilities did.

    Attributes:
        name: "model", "people" (their own probabilities) or "stage" (the agreed ones).
        deals_count: The deals that it gave a probability.
        won_count: How many of them were won in time.
        expected_count: How many it said.
        brier: The mean squared distance from what happened; the lower the better. None without a deal.
        log_loss: The mean surprise, in nats; likewise.
        model_brier: The model's on the same deals, to compare like with like.
        categories: What became of the deals that it had put in each category.
    """

    name: str
    deals_count: int
    won_count: int
    expected_count: float
    brier: float | None
    log_loss: float | None
    model_brier: float | None
    categories: tuple[CategoryScore, ...]


def score_judgements(forecast: Forecast, frames: Frames, *, as_of: datetime) -> tuple[JudgeScore, ...]:
    """Hold each judge of an earlier forecast against what became of its open deals.

    What counts is whether a deal was won before the end of the last of the forecast's periods that is over:
    the model's chance is for that; a stage's or a person's probability has no horizon, which is part of what
    is judged.

    Args:
        forecast: The earlier forecast.
        frames: The facts, of now.
        as_of: What is known now.

    Raises:
        InvalidTermsError: No period of the forecast is over yet.
    """
    as_of = checked_instant(as_of)
    over = [each.period for each in forecast.periods if each.period.end <= as_of]
    if not over:
        message = f"the first period ends {forecast.periods[0].period.end.isoformat()}: ask again then"
        problem = Problem(code="not-over", message=message, origin=Origin(field="as_of"))
        raise InvalidTermsError("no judgement can be scored yet:", [problem])
    book = read_deals(frames, as_of=as_of, by=(), zone=forecast.zone)
    won = {
        deal.deal_id
        for deal in book.closed
        if deal.won and any(period.contains(deal.closed_at) for period in over)
    }
    chances = {deal.deal_id: sum(deal.chances[: len(over)]) for deal in forecast.deals}
    given = {
        "model": chances,
        "people": dict(_peoples(forecast.deals)),
        "stage": dict(_stages(forecast.deals)),
    }
    said = {"model": dict(_by_model(forecast.deals)), "people": dict(_by_people(forecast.deals))}
    return tuple(
        _score(name, told, chances, won, _categories(forecast, said.get(name, {}), won))
        for name, told in given.items()
    )


def _score(
    name: str,
    told: Mapping[str, float],
    model: Mapping[str, float],
    won: set[str],
    categories: tuple[CategoryScore, ...],
) -> JudgeScore:
    ids = sorted(told)
    outcomes = [deal_id in won for deal_id in ids]
    return JudgeScore(
        name=name,
        deals_count=len(ids),
        won_count=sum(outcomes),
        expected_count=math.fsum(told[deal_id] for deal_id in ids),
        brier=_brier([told[deal_id] for deal_id in ids], outcomes),
        log_loss=log_loss([told[deal_id] for deal_id in ids], outcomes),
        model_brier=_brier([model[deal_id] for deal_id in ids], outcomes),
        categories=categories,
    )


def _brier(chances: list[float], outcomes: list[bool]) -> float | None:
    if not outcomes:
        return None
    return sum((chance - won) ** 2 for chance, won in zip(chances, outcomes, strict=True)) / len(outcomes)


def _peoples(deals: Iterable[DealForecast]) -> Iterator[tuple[str, float]]:
    """What people last said, or else had set on the deal."""
    for deal in deals:
        opinion = deal.deal.opinion
        said = opinion.probability_share if opinion is not None else None
        ppm = deal.deal.probability_share if said is None else said
        if ppm is not None:
            yield deal.deal_id, ppm / _MILLION


def _stages(deals: Iterable[DealForecast]) -> Iterator[tuple[str, float]]:
    return ((deal.deal_id, float(deal.stage_share)) for deal in deals if deal.stage_share is not None)


def _by_model(deals: Iterable[DealForecast]) -> Iterator[tuple[str, Category]]:
    return ((deal.deal_id, deal.category) for deal in deals)


def _by_people(deals: Iterable[DealForecast]) -> Iterator[tuple[str, Category]]:
    for deal in deals:
        opinion = deal.deal.opinion
        category = read_category(opinion.category) if opinion is not None else None
        if category is not None:
            yield deal.deal_id, category


def _categories(forecast: Forecast, said: Mapping[str, Category], won: set[str]) -> tuple[CategoryScore, ...]:
    found: dict[Category, list[DealForecast]] = {}
    for deal_id, category in said.items():
        found.setdefault(category, []).append(forecast.deal(deal_id))
    return tuple(
        CategoryScore(
            category=category,
            deals_count=len(found[category]),
            won_count=sum(deal.deal_id in won for deal in found[category]),
            amount=Money(sum(deal.stated for deal in found[category]), forecast.currency),
            won_amount=Money(
                sum(deal.stated for deal in found[category] if deal.deal_id in won), forecast.currency
            ),
        )
        for category in reversed(Category)
        if category in found
    )
