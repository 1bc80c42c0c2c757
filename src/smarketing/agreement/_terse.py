"""The short forms in which people write an agreement, spelled out.

One word may stand for a list of one, a calendar hangs in the company's zone unless it says another, an amount
of money is in the company's currency, days of working hours are working days, and what moves through a
pipeline need not be said. Everything else is left as it stands: whether it is right is judged later, in one
place.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from smarketing.scoring import grid_in_full, in_full

if TYPE_CHECKING:
    from collections.abc import Callable

Document = dict[str, Any]

_LISTS_OF_STAGES = ("owners", "entered_by")
_DAYS = re.compile(
    r"(?P<count>\d{1,9}(?:\.\d+)?)\s*(?P<working>working\s+)?(?:days?|d)\b\s*(?P<rest>.*)", re.IGNORECASE
)
_WORKING = re.compile(r"working\s+(hours?|minutes?)\b", re.IGNORECASE)
_LISTS_OF_DETOURS = ("owners", "from_stages", "returns_to")


def spelled_out(document: Document) -> Document:
    """The document in full; the given one is left as it is."""
    company = _table(document.get("company"))
    full = dict(document)
    if "company" in full:
        full["company"] = _lists_of_one(full["company"], ("languages",))
    if "funnel" in full:
        full["funnel"] = _funnel(full["funnel"], {"name": "funnel"})
    if "pipelines" in full:
        full["pipelines"] = _each(full["pipelines"], lambda pipeline: _funnel(pipeline, {"unit": "deal"}))
    if "sources" in full:
        full["sources"] = _each(full["sources"], _source_rules)
    if "calendars" in full:
        zone = {"zone": company["zone"]} if "zone" in company else {}
        full["calendars"] = _values(
            full["calendars"], lambda versions: _each(versions, lambda calendar: _with(zone, calendar))
        )
    if "targets" in full:
        full["targets"] = _each(full["targets"], lambda targets: _targets(targets, company.get("currency")))
    full = {**full, **_lists_of_one(full, ("campaigns",))}
    if isinstance(full.get("scoring"), dict):
        full["scoring"] = in_full(full["scoring"], zone=company.get("zone"))
    if "grid" in full:
        full["grid"] = _each(full["grid"], lambda grid: grid_in_full(grid) if _table(grid) else grid)
    if "sla" in full:
        full["sla"] = _each(full["sla"], lambda terms: _sla(terms, company.get("currency")))
    return full


def _funnel(given: Any, unsaid: Document) -> Any:
    full = _with(unsaid, given)
    for key, lists in (("stages", _LISTS_OF_STAGES), ("detours", _LISTS_OF_DETOURS)):
        if key in _table(full):
            full[key] = _each(full[key], partial(_lists_of_one, keys=lists))
    return full


def _source_rules(given: Any) -> Any:
    if "rules" not in _table(given):
        return given
    return {**given, "rules": _each(given["rules"], _when)}


def _when(given: Any) -> Any:
    if "when" not in _table(given):
        return given
    return {**given, "when": _lists_of_one(given["when"], tuple(_table(given["when"])))}


def _sla(given: Any, currency: object) -> Any:
    full = _lists_of_one(given, ("parties", "indicators"))
    for key in ("objectives", "shared_data"):
        if key in _table(full):
            full = {**full, key: _lists_of_one(full[key], tuple(_table(full[key])))}
    if "terms" in _table(full):
        full = {**full, "terms": _each(full["terms"], _term)}
    if "deliveries" in _table(full):
        full = {**full, "deliveries": _each(full["deliveries"], lambda each: _delivery(each, currency))}
    return full


def _term(given: Any) -> Any:
    full = _when(_lists_of_one(given, ("closes", "or_once")))
    within = _table(full).get("within")
    if isinstance(within, str) and "calendar" in full:  # as the page says it
        within = _WORKING.sub(r"\1", within)
        full = {**full, "within": within}
    days = _DAYS.match(within) if isinstance(within, str) else None
    if days is None or not (days["working"] or "calendar" in full) or "working_days" in full:
        return full
    if not days["count"].isdecimal():  # half a working day is so many hours of some calendar: it says which
        return full | {"within": f"{days['count']} working days"}
    rest = {"within": days["rest"]} if days["rest"] else {}
    return (
        {key: said for key, said in full.items() if key != "within"}
        | {"working_days": int(days["count"])}
        | rest
    )


def _delivery(given: Any, currency: object) -> Any:
    full = _when(_lists_of_one(given, ("fields",)))
    for key in ("amount", "value_per_lead"):
        full = _with_currency(full, key, currency)
    return full


def _with_currency(given: Any, key: str, currency: object) -> Any:
    """An amount of money that names no currency is in the company's; integers never become floats."""
    amount = _table(given).get(key)
    if isinstance(amount, bool) or not isinstance(amount, int | Decimal):
        return given
    is_short = isinstance(amount, Decimal) and amount.is_finite() and abs(amount.adjusted()) < 30
    text = f"{amount:f}" if is_short else str(amount)  # 1e3 is a thousand
    return {**given, key: f"{text} {currency}"}


def _targets(given: Any, currency: object) -> Any:
    def quota(each: Any) -> Any:
        return _with_currency(each, "revenue", currency)

    full = given
    if "company" in _table(full):
        full = {**full, "company": quota(full["company"])}
    for key in ("teams", "owners"):
        if key in _table(full):
            full = {**full, key: _values(full[key], quota)}
    return full


def _table(given: Any) -> Document:
    return given if isinstance(given, dict) else {}


def _with(unsaid: Document, given: Any) -> Any:
    return {**unsaid, **given} if isinstance(given, dict) else given


def _lists_of_one(given: Any, keys: tuple[str, ...]) -> Any:
    texts = {key: [given[key]] for key in keys if isinstance(_table(given).get(key), str)}
    return {**given, **texts} if texts else given


def _each(given: Any, spell: Callable[[Any], Any]) -> Any:
    """Every table of a list, or the one table that stands alone."""
    return [spell(each) for each in given] if isinstance(given, list) else spell(given)


def _values(given: Any, spell: Callable[[Any], Any]) -> Any:
    return {key: spell(each) for key, each in given.items()} if isinstance(given, dict) else given
