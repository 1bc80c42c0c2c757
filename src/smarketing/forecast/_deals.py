"""The deal book: what was open and what had closed, as it was known at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import attrs

from smarketing.funnel import Funnel, dimension_names
from smarketing.periods import checked_instant

if TYPE_CHECKING:
    from smarketing.frames import Frames
    from smarketing.periods import Dated
    from smarketing.sources import SourceRules

__all__ = ["ClosedDeal", "DealBook", "OpenDeal", "Opinion", "read_deals"]

DIMENSIONS = ("source", "stage", "owner", "team", "product", "pipeline")
"""What a deal book is split by unless it is told otherwise."""


@attrs.frozen(kw_only=True)
class Opinion:
    """What people last said of a deal, kept beside every model's number.

    Each part is the last that was said of it: who later corrects the amount alone has not taken the category
    back.

    Attributes:
        said_at: When anything was said last.
        by_id: Who said it.
        category: The forecast category, in the company's word ("commit", "best case", …).
        probability_share: The probability in parts per million.
        amount_minor: The amount, in minor units of `currency`.
        currency: ISO 4217 code.
        expected_close_on: The day.
    """

    said_at: datetime
    by_id: str | None = None
    category: str | None = None
    probability_share: int | None = None
    amount_minor: int | None = None
    currency: str | None = None
    expected_close_on: date | None = None


@attrs.frozen(kw_only=True)
class OpenDeal:
    """A deal that was open at the moment of the book; what nobody stated is None, never zero.

    Attributes:
        deal_id: The deal.
        created_at: When it was opened, or first entered a stage.
        age_days: Whole local days since then; None where that is not known.
        values: The group: each dimension with its value, None where that is not known.
        amount_minor: What it is expected to bring, in minor units of `currency`.
        cost_minor: What it would cost us.
        recurring_minor: The part of the amount that recurs.
        term_months: How long the contract runs.
        currency: ISO 4217 code.
        expected_close_on: The day on which it is expected to close.
        probability_share: The win probability that a person has set by hand, in parts per million.
        reopened_at: When it was last reopened, where it had been closed before.
        opinion: What a person last said of it.
    """

    deal_id: str
    created_at: datetime | None = None
    age_days: int | None = None
    values: Mapping[str, str | None] = attrs.field(factory=dict)
    amount_minor: int | None = None
    cost_minor: int | None = None
    recurring_minor: int | None = None
    term_months: int | None = None
    currency: str | None = None
    expected_close_on: date | None = None
    probability_share: int | None = None
    reopened_at: datetime | None = None
    opinion: Opinion | None = None

    @property
    def reopened(self) -> bool:
        """Whether it had been closed before."""
        return self.reopened_at is not None

    @property
    def stage(self) -> str | None:
        """The stage that it is in, where the book is split by it."""
        return self.values.get("stage")


@attrs.frozen(kw_only=True)
class ClosedDeal:
    """A deal that stood closed at the moment of the book.

    Attributes:
        deal_id: The deal.
        outcome: "won" or "lost".
        created_at: When it was opened, or first entered a stage.
        age_days: Whole local days from then until it closed; None where that is not known.
        closed_at: When it closed, for the last time.
        values: The group, as of the moment of the book.
        amount_minor: What it closed at or, where the closing does not say, what it was expected to bring.
        expected_minor: What it was last expected to bring before it closed, in the same currency; None where
            that is not known, or it was in another.
        list_minor: What it comes to at list price, in `list_currency`.
        cost_minor: What it costs us, in `cost_currency`: by the closing, else as the deal says.
        recurring_minor: The part of the amount that recurs, in `recurring_currency`, likewise.
        term_months: How long the contract runs.
        currency: ISO 4217 code of the amount.
        list_currency: That of the list price.
        cost_currency: That of the cost.
        recurring_currency: That of the part that recurs.
        expected_close_on: The day on which it was last expected to close.
        reopened_at: When it was last reopened before.
        opinion: What a person last said of it.
    """

    deal_id: str
    outcome: str
    created_at: datetime | None = None
    age_days: int | None = None
    closed_at: datetime
    values: Mapping[str, str | None] = attrs.field(factory=dict)
    amount_minor: int | None = None
    expected_minor: int | None = None
    list_minor: int | None = None
    cost_minor: int | None = None
    recurring_minor: int | None = None
    term_months: int | None = None
    currency: str | None = None
    list_currency: str | None = None
    cost_currency: str | None = None
    recurring_currency: str | None = None
    expected_close_on: date | None = None
    reopened_at: datetime | None = None
    opinion: Opinion | None = None

    @property
    def won(self) -> bool:
        """Whether it was won."""
        return self.outcome == "won"

    @property
    def reopened(self) -> bool:
        """Whether it had been closed and reopened before."""
        return self.reopened_at is not None


def _deals(given: Iterable[OpenDeal]) -> tuple[OpenDeal, ...]:
    return tuple(given)


def _closed(given: Iterable[ClosedDeal]) -> tuple[ClosedDeal, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True)
class DealBook:
    """The deals as they were known at a moment, each once, in the order of their ids.

    Attributes:
        as_of: The moment: only what had happened and was known before it counts.
        zone: Whose days ages are counted in.
        by: The dimensions of the deals' `values`.
        open: The deals that were open.
        closed: The deals that stood closed.
    """

    as_of: datetime
    zone: str
    by: tuple[str, ...]
    open: tuple[OpenDeal, ...] = attrs.field(converter=_deals, repr=False)
    closed: tuple[ClosedDeal, ...] = attrs.field(converter=_closed, repr=False)


def read_deals(
    frames: Frames,
    *,
    as_of: datetime,
    by: str | Sequence[str] = DIMENSIONS,
    sources: Dated[SourceRules] | None = None,
    pipeline: Funnel | None = None,
    zone: str = "UTC",
) -> DealBook:
    """Read the deal book as of a moment.

    A deal stands closed by its last closing, unless it was reopened since. Its stage is the last one entered;
    detours and the last stage (won) of the pipeline are no stages that a deal is open in.

    Args:
        frames: The facts.
        as_of: The moment.
        by: The dimensions: "stage", "source", "owner", "team", "product", "pipeline", … or a trait.
        sources: The agreed rules for "source", dated; by default `SourceRules.default()`.
        pipeline: The agreed stages; by default any stage that facts name is one.
        zone: Whose days ages are counted in.

    Raises:
        UnknownNameError: There is nothing to split by of that name.

    Example:
        >>> from datetime import UTC
        >>> import polars as pl
        >>> from smarketing.frames import Frames
        >>> day = 86_400_000_000
        >>> deals = pl.DataFrame(
        ...     {"deal_id": ["D1", "D2"], "created_at": [0, 2 * day], "team": ["north", None]}
        ... )
        >>> closings = pl.DataFrame(
        ...     {"deal_id": ["D1"], "outcome": ["won"], "amount_minor": [500], "currency": ["EUR"],
        ...      "occurred_at": [4 * day]}
        ... )
        >>> frames = Frames.from_native(deals=deals, closings=closings)
        >>> book = read_deals(frames, as_of=datetime(1970, 1, 10, tzinfo=UTC), by=("team",))
        >>> [(deal.deal_id, deal.age_days, dict(deal.values)) for deal in book.open]
        [('D2', 6, {'team': None})]
        >>> [(deal.deal_id, deal.outcome, deal.age_days, deal.amount_minor) for deal in book.closed]
        [('D1', 'won', 4, 500)]
    """
    from smarketing.forecast._rows import book_rows

    as_of, by = checked_instant(as_of), dimension_names(by)
    opened, closed = book_rows(frames, as_of=as_of, by=by, sources=sources, pipeline=pipeline, zone=zone)
    return DealBook(as_of=as_of, zone=zone, by=by, open=opened, closed=closed)
