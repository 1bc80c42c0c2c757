"""Deals: versions, the stages of their pipeline, closings and reopenings, a person's judgement of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from smarketing.crm.hubspot._moves import Telling
from smarketing.crm.hubspot._record import Desk, Record
from smarketing.crm.hubspot._settings import DealStage
from smarketing.crm.hubspot._shape import Json, list_at
from smarketing.crm.hubspot._terms import Terms
from smarketing.crm.hubspot._versions import Versions, at_moment, turns
from smarketing.facts import (
    DealClosed,
    DealReopened,
    Fact,
    Judgement,
    Outcome,
    StageEntered,
)

_MONEY = ("amount_minor", "currency")


def deal_versions(terms: Terms, desk: Desk, loaded_at: datetime | None) -> Versions:
    """The maker of versions of deals."""
    pipelines = {pipeline.id: pipeline.name for pipeline in terms.pipelines}

    def extend(fields: dict[str, object], state: Json, record: str) -> None:
        if pipeline := desk.text(state, "pipeline", record):
            fields.setdefault("pipeline", pipelines.get(pipeline, pipeline))
        if team := terms.teams.get(str(fields.get("owner_id"))):
            fields.setdefault("team", team)

    return Versions.of("deals", terms, desk, loaded_at, also=("pipeline",), extend=extend)


def deal_facts(versions: Versions, record: Record) -> Iterator[Fact]:
    """All that a deal tells."""
    desk, terms = versions.desk, versions.terms
    origin = desk.account.origin(record.id)
    history = desk.history(record)
    telling = Telling(desk, terms, record, history, origin, {"deal_id": record.id}, versions.loaded_at)
    yield from versions.read(record, history, origin, links=_links(telling))
    if "dealstage" in history:
        yield from _moves(telling, versions)
    else:
        yield from _present_stage(telling, versions)
    yield from telling.assignments()
    yield from _judgements(telling)
    yield from telling.all_merged_away("deals")
    yield from telling.retraction("deals")


def _links(telling: Telling) -> Mapping[str, str]:
    """The lead and the company of a deal, for all its versions: HubSpot keeps no history of these."""
    old = telling.record.given.get("associations")
    contacts = telling.desk.linked(telling.record, "contacts")
    companies = telling.desk.linked(telling.record, "companies")
    found: dict[str, str] = {}
    for field, what, links in (("lead_id", "contacts", contacts), ("account_id", "companies", companies)):
        chosen = [one.id for one in links if one.is_primary] or [one.id for one in links]
        if len(chosen) > 1:
            message = f"the deal has {len(chosen)} {what} and none is marked as primary: the first was taken"
            telling.desk.account.doubt(f"several-{what}", message, telling.record.id, f"associations.{what}")
        if chosen:
            found[field] = chosen[0]
    if isinstance(old, Mapping):
        for field, what in (("lead_id", "associatedVids"), ("account_id", "associatedCompanyIds")):
            ids = list_at(old, what)
            if ids and field not in found:
                found[field] = str(ids[0])
    return found


def _moves(telling: Telling, versions: Versions) -> Iterator[Fact]:
    """Each change of stage: an entry, a closing, or a reopening with the entry that follows."""
    closed: Outcome | None = None
    for change in turns(telling.history["dealstage"]):
        stage = _stage(telling, change.value) if change.value else None
        if stage is None:
            continue
        by = telling.by(change)
        if stage.outcome is None:
            if closed is not None:
                yield telling.changed(DealReopened, change, by_id=by, reason=change.source)
            yield telling.changed(StageEntered, change, stage=stage.name, by_id=by, reason=change.source)
        elif stage.outcome is not closed:
            then = versions.lasting(telling.record, telling.history) | {
                name: value
                for name in telling.history
                if (value := at_moment(telling.history, name, change.at)) is not None
            }
            fields = versions.fields(then, telling.record.id)
            money = {name: fields[name] for name in _MONEY if name in fields}
            why = then.get(_reason_name(stage.outcome)) or None
            yield telling.changed(DealClosed, change, outcome=stage.outcome, reason=why, by_id=by, **money)
        closed = stage.outcome


def _present_stage(telling: Telling, versions: Versions) -> Iterator[Fact]:
    """What a deal without history tells: the stages that HubSpot itself dates, and the closing."""
    properties = telling.record.properties
    current = telling.current("dealstage")
    now = _stage(telling, current) if current else None
    is_dated = False
    for stage_id, (_, stage) in telling.terms.stages.items():
        names = [name for name in _dates_of(stage_id) if properties.get(name)]
        stamp = telling.dated(*names) if names else None
        if stamp is None:
            continue
        if stage.outcome is None:
            yield telling.fact(StageEntered, stamp, stage=stage.name)
            is_dated = is_dated or stage is now
    if now is None or is_dated:
        return
    if now.outcome is None:
        message = (
            f"the deal is in {current!r} and does not say since when: ask for the history of `dealstage`"
        )
        telling.error("undated-stage", message, "dealstage")
        return
    stamp = telling.dated(*_dates_of(current), "closedate")
    if stamp is None:
        message = "the deal is closed and does not say when: ask for `closedate`"
        telling.error("undated", message, "closedate")
        return
    fields = versions.fields(properties, telling.record.id)
    # The amount and the reason are as they stand now, so they were known no earlier.
    yield telling.fact(
        DealClosed,
        stamp,
        known_at=telling.record.modified_at,
        outcome=now.outcome,
        reason=telling.current(_reason_name(now.outcome)) or None,
        **{name: fields[name] for name in _MONEY if name in fields},
    )


def _dates_of(stage_id: str) -> tuple[str, str]:
    return f"hs_v2_date_entered_{stage_id}", f"hs_date_entered_{stage_id}"


def _reason_name(outcome: Outcome) -> str:
    return f"closed_{outcome}_reason"


def _stage(telling: Telling, stage_id: str) -> DealStage | None:
    if (found := telling.terms.stages.get(stage_id)) is not None:
        return found[1]
    otherwise = ": pass the portal's own, with `read_pipelines`"
    telling.unknown("deal stage", stage_id, telling.terms.stages, otherwise, "dealstage")
    return None


def _judgements(telling: Telling) -> Iterator[Judgement]:
    """The forecast category that a person chose."""
    for change in turns(telling.history.get("hs_manual_forecast_category", ())):
        if change.value:
            yield telling.changed(Judgement, change, category=change.value, by_id=telling.by(change))
