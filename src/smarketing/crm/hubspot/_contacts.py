"""Contacts: versions of a lead, its way through the funnel, its owners, its consents, its merges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from smarketing.crm.hubspot._moves import Telling, may_be_merged, merged
from smarketing.crm.hubspot._record import Desk, Record
from smarketing.crm.hubspot._shape import Json
from smarketing.crm.hubspot._terms import Terms
from smarketing.crm.hubspot._values import Stamp, read_flag
from smarketing.crm.hubspot._versions import OPT_OUT, Shape, Versions, turns
from smarketing.facts import (
    ConsentGiven,
    ConsentWithdrawn,
    Fact,
    Precision,
    ProfilesLinked,
    SalesFeedback,
    StageEntered,
)

_DETAILS: Mapping[object, str] = {"REFERRALS": "referring_site", "OFFLINE": "channel"}
_NOT_OUT = ("false", "", None)


def contact_versions(terms: Terms, desk: Desk, loaded_at: datetime | None) -> Versions:
    """The maker of versions of leads."""
    data, teams = "hs_analytics_source_data_1", terms.teams

    def extend(fields: dict[str, object], state: Json, record: str) -> None:
        if "name" not in fields:
            first, last = desk.text(state, "firstname", record), desk.text(state, "lastname", record)
            if name := f"{first} {last}".strip():
                fields["name"] = name
        if teams and (team := teams.get(str(fields.get("owner_id")))):
            fields.setdefault("team", team)
        # The first drill-down is the referring site of one source, and the way in of another.
        field = _DETAILS.get(fields.get("source_raw"))
        if field is not None and (detail := desk.text(state, data, record)):
            fields.setdefault(field, detail)

    also = ("firstname", "lastname", data)
    return Versions.of("contacts", terms, desk, loaded_at, also=also, extend=extend)


def contact_facts(versions: Versions, record: Record) -> list[Fact]:
    """All that a contact tells."""
    desk, given, properties = versions.desk, record.given, record.properties
    origin = desk.account.origin(record.id)
    has_history = "propertiesWithHistory" in given or "properties_with_history" in given
    history = desk.history(record) if has_history else {}
    shape = versions.shape(properties)
    links = _company(desk, record) if "associations" in given else None
    facts = versions.read(record, history, origin, links=links, shape=shape)
    telling = Telling(
        desk, versions.terms, record, history, origin, {"lead_id": record.id}, versions.loaded_at
    )
    if "lifecyclestage" in history:
        facts.extend(_stages(telling))
    elif shape.stage_dates or properties.get("lifecyclestage"):
        _add_dated_stages(facts, telling, shape.stage_dates)
    if history or properties.get("hubspot_owner_assigneddate"):
        facts.extend(telling.assignments())
    if history:
        facts.extend(_answers(telling))
    if history or _may_be_out(record, shape):
        facts.extend(_consents(telling, shape.opt_outs))
    if history or may_be_merged(record):
        facts.extend(_merges(telling))
    if record.archived_at is not None:
        facts.extend(telling.retraction("contacts"))
    return facts


def _merges(telling: Telling) -> Iterator[Fact]:
    """Contacts that were merged into this one: the same person, who would else count twice."""
    for other, at in merged(telling).items():
        yield telling.fact(ProfilesLinked, (at, Precision.INSTANT), profile_id=other, method="merge")
        yield telling.merged_away("contacts", other, at)


def _may_be_out(record: Record, shape: Shape) -> bool:
    """Whether a contact seems to have opted out of something, as it stands."""
    for name in shape.opt_outs:  # noqa: SIM110 -- a generator for each contact takes three times as long
        if record.properties[name] not in _NOT_OUT:
            return True
    return False


def _company(desk: Desk, record: Record) -> dict[str, str]:
    """The primary company among the associations, or the only one; the property overrides it."""
    companies = desk.linked(record, "companies")
    primary = [one for one in companies if one.is_primary] or companies
    return {"account_id": primary[0].id} if len(primary) == 1 else {}


def _stages(telling: Telling) -> Iterator[StageEntered]:
    """The stages that history tells; HubSpot clears the stage of whoever is to go through one again."""
    changes = telling.history["lifecyclestage"]
    return telling.stages_entered(
        (change, _stage(telling, change.value) if change.value else "") for change in changes
    )


def _add_dated_stages(facts: list[Fact], telling: Telling, dates: tuple[tuple[str, str], ...]) -> None:
    """The stages that a contact without history dates itself."""
    name = "lifecyclestage"
    entered: dict[str, Stamp] = {}
    for date_name, stage in dates:
        if (stamp := telling.stamp(date_name)) is not None:
            entered[stage] = min(stamp, entered[stage]) if stage in entered else stamp
    facts.extend([telling.fact(StageEntered, stamp, stage=stage) for stage, stamp in entered.items()])
    current = telling.current(name)
    stage_now = _stage(telling, current) if current else None
    if stage_now and stage_now not in entered:
        message = (
            f"the contact is in {current!r} and does not say since when: "
            "ask for the history of `lifecyclestage`"
        )
        telling.error("undated-stage", message, name)


def _stage(telling: Telling, word: str) -> str | None:
    words = telling.terms.lifecycle_stages
    if word in words:
        return words[word]
    telling.unknown(
        "lifecycle stage", word, words, ": say in `lifecycle_stages` which stage it is", "lifecyclestage"
    )
    return None


def _answers(telling: Telling) -> Iterator[SalesFeedback]:
    words = telling.terms.lead_statuses
    for change in turns(telling.history.get("hs_lead_status", ())):
        if not change.value:
            continue
        if change.value not in words:
            otherwise = ": say in `lead_statuses` what it answers"
            telling.unknown("lead status", change.value, words, otherwise, "hs_lead_status")
        elif verdict := words[change.value]:
            yield telling.changed(
                SalesFeedback, change, verdict=verdict, reason=change.value, by_id=telling.by(change)
            )


def _consents(telling: Telling, opt_outs: tuple[str, ...]) -> Iterator[Fact]:
    """Opt-outs of all e-mail, and of one subscription; that nobody opted out is no consent."""
    names = {*opt_outs, *(name for name in telling.history if OPT_OUT.fullmatch(name))}
    for name in sorted(names):
        purpose = name.removeprefix("hs_email_optout").strip("_") or None
        fields: dict[str, Any] = {"channel": "email", "purpose": purpose}
        if name in telling.history:
            previous = None
            for change in turns(telling.history[name]):
                if (is_out := _flag(telling, change.value, name)) is True:
                    yield telling.changed(ConsentWithdrawn, change, basis=change.source, **fields)
                elif is_out is False and previous is True:
                    yield telling.changed(ConsentGiven, change, basis=change.source, **fields)
                previous = is_out
        elif _flag(telling, telling.current(name), name) is True and telling.record.modified_at is not None:
            yield telling.fact(ConsentWithdrawn, (telling.record.modified_at, Precision.INSTANT), **fields)


def _flag(telling: Telling, raw: str, name: str) -> object:
    return telling.desk.account.value(read_flag, raw, telling.record.id, name)
