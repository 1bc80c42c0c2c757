"""Forecast categories: how firmly a deal is counted on, by the model and by people, and their sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

import attrs

from smarketing.language import N_
from smarketing.text import fold
from smarketing.values import Money

__all__ = ["Category", "RollUp", "category_of", "read_category", "rolled_up"]


class Category(StrEnum):
    """How firmly a deal is counted on, the firmest last."""

    OMITTED = "omitted"
    PIPELINE = "pipeline"
    BEST_CASE = "best_case"
    COMMIT = "commit"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """What people call it, in English."""
        return _LABELS[self]


_LABELS = {
    Category.OMITTED: N_("Omitted"),
    Category.PIPELINE: N_("Pipeline"),
    Category.BEST_CASE: N_("Best case"),
    Category.COMMIT: N_("Commit"),
    Category.CLOSED: N_("Closed"),
}

_FROM = ((0.7, Category.COMMIT), (0.4, Category.BEST_CASE), (0.05, Category.PIPELINE))
"""From which chance on a category is the model's: a convention, not a finding."""

_WORDS = {
    "omitted": Category.OMITTED,
    "omit": Category.OMITTED,
    "not forecasted": Category.OMITTED,
    "pipeline": Category.PIPELINE,
    "open": Category.PIPELINE,
    "best case": Category.BEST_CASE,
    "bestcase": Category.BEST_CASE,
    "upside": Category.BEST_CASE,
    "commit": Category.COMMIT,
    "committed": Category.COMMIT,
    "most likely": Category.COMMIT,
    "forecast": Category.COMMIT,  # as Salesforce's API calls it
    "closed": Category.CLOSED,
    "closed won": Category.CLOSED,
    "omitido": Category.OMITTED,
    "mejor caso": Category.BEST_CASE,
    "mejor escenario": Category.BEST_CASE,
    "compromiso": Category.COMMIT,
    "comprometido": Category.COMMIT,
    "cerrado": Category.CLOSED,
}


def category_of(chance: float) -> Category:
    """The model's category of a deal: commit from 70 %, best case from 40 %, pipeline from 5 %.

    Example:
        >>> [str(category_of(chance)) for chance in (0.8, 0.5, 0.2, 0.01)]
        ['commit', 'best_case', 'pipeline', 'omitted']
    """
    return next((category for least, category in _FROM if chance >= least), Category.OMITTED)


def read_category(word: str | None) -> Category | None:
    """The category that a person means; None where nothing was said, or no category is called so.

    Example:
        >>> read_category("Best Case"), read_category("hope")
        (<Category.BEST_CASE: 'best_case'>, None)
    """
    if word is None:
        return None
    return _WORDS.get(" ".join(fold(word).replace("_", " ").replace("-", " ").split()))


@attrs.frozen(kw_only=True)
class RollUp:
    """What the deals of one category come to.

    Attributes:
        category: The category.
        deals_count: How many deals are in it.
        amount: What they come to if all are won.
        cumulative: The same with all firmer categories; of omitted deals nothing is added up.
        deal_ids: The deals.
    """

    category: Category
    deals_count: int
    amount: Money
    cumulative: Money
    deal_ids: tuple[str, ...] = attrs.field(repr=False)


def rolled_up(deals: Iterable[tuple[str, Category, int]], currency: str) -> Mapping[Category, RollUp]:
    """Deals with their categories and amounts, added up from the firmest category down."""
    found: dict[Category, list[tuple[str, int]]] = {category: [] for category in Category}
    for deal_id, category, minor in deals:
        found[category].append((deal_id, minor))
    rolled: dict[Category, RollUp] = {}
    total = 0
    for category in reversed(Category):
        own = sum(minor for _, minor in found[category])
        total += own
        rolled[category] = RollUp(
            category=category,
            deals_count=len(found[category]),
            amount=Money(own, currency),
            cumulative=Money(own if category is Category.OMITTED else total, currency),
            deal_ids=tuple(sorted(deal_id for deal_id, _ in found[category])),
        )
    return {category: rolled[category] for category in Category}
