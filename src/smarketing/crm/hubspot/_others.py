"""Companies, campaigns, marketing e-mails, and the merge audits of contacts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from smarketing.crm.hubspot._moves import Telling
from smarketing.crm.hubspot._record import Desk, Record
from smarketing.crm.hubspot._shape import Json, id_at, part
from smarketing.crm.hubspot._versions import Versions
from smarketing.facts import Campaign, Fact, ProfilesLinked, Retracted


def company_facts(versions: Versions, record: Record) -> Iterator[Fact]:
    """All that a company tells."""
    desk, terms = versions.desk, versions.terms
    origin, history = desk.account.origin(record.id), desk.history(record)
    telling = Telling(desk, terms, record, history, origin, {"account_id": record.id}, versions.loaded_at)
    yield from versions.read(record, history, origin)
    yield from telling.all_merged_away("companies")
    yield from telling.retraction("companies")


def campaign_facts(versions: Versions, record: Record) -> Iterator[Fact]:
    """All that a campaign tells."""
    desk, terms = versions.desk, versions.terms
    origin = desk.account.origin(record.id)
    telling = Telling(desk, terms, record, {}, origin, {"campaign_id": record.id}, versions.loaded_at)
    yield from versions.read(record, {}, origin)
    yield from telling.retraction("campaigns")


def email_campaign_facts(given: Json, desk: Desk, loaded_at: datetime | None) -> Iterator[Fact]:
    """A marketing e-mail, which e-mail events name as their campaign."""
    if not (record := id_at(given, "id")):
        desk.account.error("blank-id", "the campaign has no id, so nothing can refer to it", "", "id")
        return
    name = next(
        (one for one in ("lastUpdatedTime", "processingState.lastUpdated", "updatedAt") if given.get(one)),
        None,
    )
    stamp = desk.stamp(given[name], record, name) if name else None
    if stamp is None:
        message = "the campaign does not say when it was last changed: ask for `lastUpdatedTime`"
        desk.account.error("undated", message, record, "lastUpdatedTime")
        return
    yield Campaign(
        origin=desk.account.origin(record),
        occurred_at=stamp[0],
        precision=stamp[1],
        loaded_at=loaded_at,
        campaign_id=record,
        name=desk.text(given, "name", record) or desk.text(given, "subject", record) or None,
        tool="direct marketing",
        subcategory=desk.text(given, "type", record) or None,
        direction="push",
        channel="email",
    )


def merge_facts(given: Json, desk: Desk, loaded_at: datetime | None) -> Iterator[Fact]:
    """One merge of two contacts, as the contact's `merge-audits` list it."""
    winner = id_at(given, "canonical-vid", "canonical_vid", "canonicalVid")
    other = id_at(given, "vid-to-merge", "vid_to_merge", "vidToMerge")
    if not winner or not other:
        desk.account.error("blank-id", "a merge needs both contacts' ids", winner or other, "vid-to-merge")
        return
    stamp = desk.stamp(part(given, "timestamp"), winner, "timestamp")
    if stamp is None:
        desk.account.error("undated", "the merge has no timestamp", winner, "timestamp")
    elif winner != other:
        common: dict[str, Any] = {
            "origin": desk.account.origin(winner),
            "occurred_at": stamp[0],
            "precision": stamp[1],
            "loaded_at": loaded_at,
        }
        yield ProfilesLinked(**common, lead_id=winner, profile_id=other, method="merge")
        reason = f"merged into {winner}"  # it lives on there, and would else be counted beside it
        yield Retracted(**common, retracted_table="contacts", retracted_record=other, reason=reason)
