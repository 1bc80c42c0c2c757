"""How groups, periods and moments are said on a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from smarketing.document import Cell
from smarketing.funnel._groups import Group
from smarketing.language import N_, Words
from smarketing.periods import Period
from smarketing.sources import LeadSource, UnknownReason

if TYPE_CHECKING:
    from smarketing.funnel._result import FunnelResult
    from smarketing.funnel._sales import SalesResult

__all__ = [
    "MOST_BARS",
    "Names",
    "dimension_title",
    "folded",
    "group_cells",
    "known_before",
    "others_cells",
    "shown_period",
    "shown_value",
    "totals",
    "within_sentence",
]

Names = Mapping[str, Mapping[str, str]]
"""By dimension, what its ids are called."""

MOST_BARS = 20
_MOST_ROWS = 40
"""A page lists that many groups; the rest stand in one row, so that the table still adds up."""

R = TypeVar("R")

_DIMENSIONS = {
    "source": N_("Source"),
    "source_reason": N_("Why the source is unknown"),
    "source_raw": N_("Word in the CRM"),
    "month": N_("Month"),
    "channel": N_("Channel"),
    "campaign": N_("Campaign"),
    "owner": N_("Owner"),
    "persona": N_("Persona"),
    "team": N_("Team"),
    "stage": N_("Stage"),
    "pipeline": N_("Pipeline"),
    "product": N_("Product"),
    "product_family": N_("Product family"),
    "account": N_("Account"),
    "agency": N_("Agency"),
    "region": N_("Region"),
    "country": N_("Country"),
    "price_list": N_("Price list"),
    "asset": N_("Asset"),
    "landing_page": N_("Landing page"),
}


def dimension_title(name: str, words: Words) -> str:
    """What a dimension is called; a company's own field is called by its name."""
    return words(_DIMENSIONS[name]) if name in _DIMENSIONS else name.replace("_", " ").capitalize()


def within_sentence(title: str) -> str:
    """A title where it is not the first word."""
    return title[:1].lower() + title[1:]


def shown_value(name: str, value: str | None, words: Words, names: Names | None = None) -> str:
    """A dimension's value in the reader's words, by its name where that is known."""
    if value is None:
        return words("(blank)")
    if name == "source":
        return words(LeadSource(value).label)
    if name == "source_reason":
        return words(UnknownReason(value).label)
    return (names or {}).get(name, {}).get(value, value)


def known_before(result: FunnelResult | SalesResult, words: Words) -> str:
    """The sentence that says what was known."""
    at = result.as_of.astimezone(ZoneInfo(result.period.zone))
    return words("Known before {moment}", moment=words.instant(at))


def shown_period(period: Period, words: Words) -> str:
    """The period in the reader's words: a month by its name, else the first and the last day."""
    zone = ZoneInfo(period.zone)
    first = period.start.astimezone(zone).date()
    last = (period.end.astimezone(zone) - timedelta(microseconds=1)).date()
    if period.unit == "month":
        return words.month(first)
    if first == last:
        return words.date(first)
    return words("{first} to {last}", first=words.date(first), last=words.date(last))


def folded(rows: Sequence[R]) -> tuple[Sequence[R], Sequence[R]]:
    """The groups that a table lists, and those that it adds up in one row, the last of those given."""
    return (rows, ()) if len(rows) <= _MOST_ROWS else (rows[: _MOST_ROWS - 1], rows[_MOST_ROWS - 1 :])


def group_cells(group: Group, names: Names, words: Words) -> list[Cell]:
    """The cells that say which group a row is about."""
    return [
        date.fromisoformat(f"{value}-01")
        if name == "month" and value
        else shown_value(name, value, words, names)
        for name, value in group
    ]


def others_cells(by: Sequence[str], count: int, words: Words) -> list[Cell]:
    """The same cells of the row in which many groups are added up."""
    return [words("{count} others", count=words.number(count)), *[None] * (len(by) - 1)]


def totals(by: Sequence[str], cells: Sequence[Cell], words: Words) -> list[Cell] | None:
    """The last row of a table; the first column of one by month has no room for a word."""
    return [words("All"), *[None] * (len(by) - 1), *cells] if by and by[0] != "month" else None
