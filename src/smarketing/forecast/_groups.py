"""The group of one deal in plain Python: the same values that tables carry, read off a fact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smarketing.facts import Deal, Lead
from smarketing.forecast._days import local_day
from smarketing.periods import Dated
from smarketing.sources import SourceRules

__all__ = ["values_of"]

_SHORT = {"campaign": "campaign_id", "owner": "owner_id", "account": "account_id", "agency": "agency_id"}


def values_of(
    deal: Deal,
    by: Sequence[str],
    *,
    stage: str | None,
    lead: Lead | None,
    sources: Dated[SourceRules],
    zone: str,
) -> dict[str, str | None]:
    """The values of the dimensions, as tables hold them: what the deal does not say, its lead does."""
    values: dict[str, str | None] = {}
    for name in by:
        if name == "stage":
            values[name] = stage
        elif name in {"source", "source_reason"}:
            values |= _source(deal, lead, sources, zone)
        else:
            values[name] = _text(_field(deal, lead, _SHORT.get(name, name)))
    return {name: values[name] for name in by}


def _source(
    deal: Deal, lead: Lead | None, sources: Dated[SourceRules], zone: str
) -> Mapping[str, str | None]:
    day = local_day(deal.created_at or deal.occurred_at, zone)
    in_force = [rules for since, rules in sources.versions if since <= day]
    if not in_force:
        return {"source": "unknown", "source_reason": "unmatched"}
    rules = in_force[-1]
    told = {field: _text(_field(deal, lead, field)) for field in rules.fields}
    verdict = rules.classify(told)
    return {"source": str(verdict.source), "source_reason": str(verdict.reason) if verdict.reason else None}


def _field(deal: Deal, lead: Lead | None, name: str) -> object:
    """A field of the deal, or one of the company's own; where it says nothing, its lead's."""
    value: object = getattr(deal, name, None)
    if value is None:
        value = deal.traits.get(name)
    return getattr(lead, name, None) if value is None and lead is not None else value


def _text(value: object) -> str | None:
    """As tables write it: booleans in lower case, whole floats with their point."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
