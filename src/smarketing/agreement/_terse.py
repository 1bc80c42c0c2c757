"""The short forms in which people write an agreement, spelled out.

One word may stand for a list of one, a calendar hangs in the company's zone unless it says another, an amount
of money is in the company's currency, and what moves through a pipeline need not be said. Everything else is
left as it stands: whether it is right is judged later, in one place.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Document = dict[str, Any]

_LISTS_OF_STAGES = ("owners", "entered_by")
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

    def rule(each: Any) -> Any:
        if "when" not in _table(each):
            return each
        return {**each, "when": _lists_of_one(each["when"], tuple(_table(each["when"])))}

    return {**given, "rules": _each(given["rules"], rule)}


def _targets(given: Any, currency: object) -> Any:
    def quota(each: Any) -> Any:
        revenue = _table(each).get("revenue")
        if isinstance(revenue, bool) or not isinstance(revenue, int | Decimal):
            return each
        is_short = isinstance(revenue, Decimal) and revenue.is_finite() and abs(revenue.adjusted()) < 30
        amount = (
            f"{revenue:f}" if is_short else str(revenue)
        )  # 1e3 is a thousand; integers never become floats
        return {**each, "revenue": f"{amount} {currency}"}

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
