"""What a company has to say before its portal can be read: zone, currency, words, own properties."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from zoneinfo import available_timezones

import attrs

from smarketing.crm._currencies import CURRENCIES
from smarketing.crm._kinds import columns_of
from smarketing.crm.hubspot._properties import FIELDS, IGNORED
from smarketing.crm.hubspot._settings import DEFAULT_PIPELINE, DealStage, Owner, Pipeline
from smarketing.errors import InvalidTermsError, did_you_mean
from smarketing.facts import Account, Campaign, Deal, Fact, Lead, Verdict
from smarketing.origin import Origin, Problem

LIFECYCLE_STAGES: Mapping[str, str] = MappingProxyType(
    {
        "subscriber": "prospect",
        "lead": "lead",
        "marketingqualifiedlead": "mql",
        "salesqualifiedlead": "sql",
        "opportunity": "opportunity",
        "customer": "customer",
        "evangelist": "customer",
        "other": "",
    }
)
"""HubSpot's lifecycle stages as the default funnel names them; "" is no stage of the funnel."""

LEAD_STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "NEW": "",
        "OPEN": "",
        "IN_PROGRESS": "",
        "ATTEMPTED_TO_CONTACT": "",
        "CONNECTED": "",
        "OPEN_DEAL": "accepted",
        "UNQUALIFIED": "rejected",
        "BAD_TIMING": "recycled",
    }
)
"""HubSpot's lead statuses as what sales answers marketing; "" is no answer yet."""

VERSIONED: Mapping[str, type[Fact]] = MappingProxyType(
    {"contacts": Lead, "companies": Account, "deals": Deal, "campaigns": Campaign}
)
"""The kinds of object of which versions are kept."""

TRAIT_TYPES = ("text", "integer", "number", "boolean")


def _words(given: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(given))


def _nested(given: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
    return MappingProxyType({kind: MappingProxyType(dict(names)) for kind, names in given.items()})


def _pipelines(given: Iterable[Pipeline]) -> tuple[Pipeline, ...]:
    return tuple(given)


def _owners(given: Iterable[Owner]) -> tuple[Owner, ...]:
    return tuple(given)


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True)
class Terms:
    """What is said of a portal; see `HubSpot` for the attributes."""

    portal_zone: str = "UTC"
    currency: str | None = None
    lifecycle_stages: Mapping[str, str] = attrs.field(default=LIFECYCLE_STAGES, converter=_words, hash=False)
    lead_statuses: Mapping[str, str] = attrs.field(default=LEAD_STATUSES, converter=_words, hash=False)
    pipelines: tuple[Pipeline, ...] = attrs.field(default=(DEFAULT_PIPELINE,), converter=_pipelines)
    owners: tuple[Owner, ...] = attrs.field(default=(), converter=_owners)
    fields: Mapping[str, Mapping[str, str]] = attrs.field(
        factory=dict[str, Mapping[str, str]], converter=_nested, hash=False
    )
    traits: Mapping[str, Mapping[str, str]] = attrs.field(
        factory=dict[str, Mapping[str, str]], converter=_nested, hash=False
    )
    ignore: tuple[str, ...] = attrs.field(default=IGNORED, converter=_texts)
    system: str = "hubspot"

    def __attrs_post_init__(self) -> None:
        if faults := list(_faults(self)):
            raise InvalidTermsError("this portal cannot be read as described", faults)

    @cached_property
    def stages(self) -> Mapping[str, tuple[Pipeline, DealStage]]:
        """Every deal stage by its id, with its pipeline."""
        return {stage.id: (line, stage) for line in self.pipelines for stage in line.stages}

    @cached_property
    def teams(self) -> Mapping[str, str]:
        """The team of each owner that has one."""
        return {owner.id: owner.team for owner in self.owners if owner.team}

    @cached_property
    def owner_of_user(self) -> Mapping[str, str]:
        """The owner that each user is."""
        return {owner.user_id: owner.id for owner in self.owners if owner.user_id}

    @cached_property
    def stage_dates(self) -> Mapping[str, str]:
        """The properties in which HubSpot keeps when a lifecycle stage was entered, and its stage."""
        patterns = ("hs_v2_date_entered_{}", "hs_lifecyclestage_{}_date", "hs_date_entered_{}")
        return {
            pattern.format(word): stage
            for word, stage in self.lifecycle_stages.items()
            if stage
            for pattern in patterns
        }

    def by(self, user_id: str | None) -> str | None:
        """Who did it, as owners are named; a user who owns nothing keeps a name of its own."""
        return None if user_id is None else self.owner_of_user.get(user_id, f"user:{user_id}")


def _faults(terms: Terms) -> Iterator[Problem]:
    if terms.portal_zone not in available_timezones():
        hint = did_you_mean(terms.portal_zone, available_timezones())
        yield _fault("portal_zone", "unknown-zone", f"{terms.portal_zone!r} is no time zone{hint}")
    if terms.currency is not None and terms.currency not in CURRENCIES:
        hint = did_you_mean(terms.currency, CURRENCIES)
        yield _fault("currency", "unknown-currency", f"{terms.currency!r} is no ISO 4217 code{hint}")
    for status, verdict in terms.lead_statuses.items():
        if verdict and verdict not in set(Verdict):
            message = f"{verdict!r} is no answer of sales{did_you_mean(verdict, Verdict)}"
            yield _fault(f"lead_statuses.{status}", "unknown-word", message)
    for word, stage in terms.lifecycle_stages.items():
        if stage and not re.fullmatch(r"[a-z][a-z0-9_]*", stage):
            message = f"{stage!r} is no name of a stage: write lower case, digits and '_'"
            yield _fault(f"lifecycle_stages.{word}", "odd-name", message)
    yield from _own_faults(terms)
    seen: set[str] = set()
    for one in (stage for line in terms.pipelines for stage in line.stages):
        if one.id in seen:
            yield _fault(f"pipelines.{one.id}", "stage-twice", f"two stages have the id {one.id!r}")
        seen.add(one.id)


def _own_faults(terms: Terms) -> Iterator[Problem]:
    """What is wrong with the company's own fields and traits."""
    for attribute in ("fields", "traits"):
        given: Mapping[str, Mapping[str, str]] = getattr(terms, attribute)
        for kind, names in given.items():
            if kind not in VERSIONED:
                hint = did_you_mean(kind, VERSIONED) or f": it is one of {', '.join(VERSIONED)}"
                yield _fault(f"{attribute}.{kind}", "unknown-kind", f"there is no such kind{hint}")
                continue
            known = set(columns_of(VERSIONED[kind])) - {"occurred_at", "known_at", "created_at", "lines"}
            known = known if attribute == "fields" else set(TRAIT_TYPES)
            for name, said in names.items():
                if said not in known:
                    what = "field" if attribute == "fields" else "type"
                    message = f"{said!r} is no {what} here{did_you_mean(said, known)}"
                    yield _fault(f"{attribute}.{kind}.{name}", f"unknown-{what}", message)


def _fault(path: str, code: str, message: str) -> Problem:
    return Problem(code=code, message=message, origin=Origin(system="hubspot", field=path))


def fields_of(terms: Terms, kind: str) -> Mapping[str, str]:
    """HubSpot's property and the fact's field, with the company's own instead of those that it replaces."""
    own = terms.fields.get(kind, {})
    replaced = set(own.values())
    kept = {name: field for name, field in FIELDS[kind].items() if field not in replaced}
    return {**kept, **own}
