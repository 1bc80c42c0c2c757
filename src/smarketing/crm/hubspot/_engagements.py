"""Engagements: calls, e-mails, meetings, messages and tasks, as attempts of ours and as answers of theirs.

An engagement is an event. It happened at `hs_timestamp`, and HubSpot knew of it when somebody logged it
(`hs_createdate`), however often its notes are edited later; an edit that makes it another is read from its
history. It is told once for each contact, or, where it has none, for each deal. What has not happened (yet)
is left out: a draft, a planned e-mail, an open task, a meeting that is only scheduled, was moved or called
off, a call that was never placed. So is a done task of calling or writing: the call and the e-mail are
engagements of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import attrs

from smarketing.crm.hubspot._record import Desk, Record
from smarketing.crm.hubspot._retold import HISTORY, retold, states_told
from smarketing.crm.hubspot._shape import Json, id_at, list_at, mapping_at
from smarketing.crm.hubspot._terms import Terms
from smarketing.crm.hubspot._values import read_whole
from smarketing.facts import ContactAttempt, Fact, Reply, Retracted, Touch

ENGAGEMENTS = ("calls", "emails", "meetings", "communications", "tasks", "notes", "postal_mail")
"""The kinds of engagement, as the paths of the API name them."""

DISPOSITIONS: Mapping[str, tuple[str, bool]] = {
    "9d9162e7-6cf3-4944-bf63-4dff82258764": ("busy", False),
    "f240bbac-87c9-4f6e-bf70-924b57d47db7": ("connected", True),
    "a4c4c377-d246-4b32-a13b-75a56a4cd0ff": ("left live message", False),
    "b2cf5968-551e-4856-9783-52b3da59a7d0": ("left voicemail", False),
    "73a0d17f-1163-4015-bdd5-ec830791da20": ("no answer", False),
    "17b47fee-58de-441e-a44c-c6300d46f273": ("wrong number", False),
}
"""The outcomes of calls that every portal has, by their id, and whether the person was reached."""

_FAILED = frozenset({"BUSY", "NO_ANSWER", "FAILED", "MISSED", "BOUNCED"})
_NOT_SENT = frozenset({"DRAFT_EMAIL", "SCHEDULED", "SENDING"})
_NOT_PLACED = frozenset({"CANCELED", "QUEUED", "CONNECTING", "CALLING_CRM_USER"})
_NOT_HELD = frozenset({"SCHEDULED", "RESCHEDULED", "CANCELED"})
LEGACY = {
    "CALL": "calls",
    "EMAIL": "emails",
    "INCOMING_EMAIL": "emails",
    "FORWARDED_EMAIL": "emails",
    "MEETING": "meetings",
    "TASK": "tasks",
    "NOTE": "notes",
}
"""The types of the first API, and the kind that each is now."""


@attrs.frozen(eq=False)
class _Engagement:
    """One engagement, with what all kinds of them have."""

    desk: Desk
    terms: Terms
    record: Record
    occurred_at: datetime
    loaded_at: datetime | None

    def text(self, name: str) -> str:
        return self.desk.text(self.record.properties, name, self.record.id)

    def seconds(self, name: str) -> int | None:
        """A duration, which HubSpot gives in milliseconds."""
        millis = self.desk.account.value(read_whole, self.text(name), self.record.id, name)
        return (millis + 500) // 1000 if isinstance(millis, int) else None

    @property
    def owner(self) -> str | None:
        return self.text("hubspot_owner_id") or None

    def told(self, told: type[ContactAttempt | Reply | Touch], /, **fields: Any) -> Iterator[Fact]:
        """The fact for each contact, or, if there is none, for each deal."""
        contacts = self.desk.linked(self.record, "contacts")
        deals = self.desk.linked(self.record, "deals")
        subjects: list[dict[str, Any]] = [{"lead_id": one.id} for one in contacts]
        if not subjects and told is not Touch:
            subjects = [{"deal_id": one.id} for one in deals]
        if not subjects:
            message = "the engagement names neither a contact nor a deal: ask for its `associations`"
            self.desk.account.error("no-subject", message, self.record.id, "associations")
        known_at = self.record.entered_at or self.record.modified_at or self.occurred_at
        for subject in subjects:
            yield told(
                origin=self.desk.account.origin(self.record.id),
                occurred_at=self.occurred_at,
                known_at=max(known_at, self.occurred_at),
                loaded_at=self.loaded_at,
                **subject,
                **fields,
            )


def engagement_facts(
    kind: str, given: Json, terms: Terms, desk: Desk, loaded_at: datetime | None
) -> Iterator[Fact] | None:
    """What an engagement tells; None where it is one of those that tell nothing."""
    if (record := desk.record(given)) is None:
        return iter(())
    if record.archived_at is not None:
        return iter([_retraction(record, desk, loaded_at)])
    if kind in {"notes", "postal_mail"}:
        return None
    tell = partial(_told, kind, terms, desk, loaded_at)
    history = desk.history(record) if _has_history(given) else {}
    states = states_told(kind, record, history)
    if not states:
        _mention_history(kind, record, desk)
        return tell(record)
    # What was no event yet, or said so wrongly, was nothing to tell.
    dated = [state for state in states[:-1] if _occurred_at(kind, state, desk) is not None]
    told = [(state.entered_at, list(tell(state) or ())) for state in (*dated, states[-1])]
    facts = list(retold([(at, facts) for at, facts in told if at is not None]))
    return iter(facts) if facts else tell(states[-1])


def _has_history(given: Json) -> bool:
    return "propertiesWithHistory" in given or "properties_with_history" in given


def _mention_history(kind: str, record: Record, desk: Desk) -> None:
    """Tell once that edited engagements came without what would say what they were before."""
    created_at, modified_at = record.entered_at, record.modified_at
    if desk.account.table == kind and created_at and modified_at and modified_at > created_at:
        names = ", ".join(f"`{name}`" for name in sorted(HISTORY[kind]))
        message = (
            f"{kind} were edited and came without history, so what a store kept of them before "
            f"stands beside what they are now: ask for the history of {names}"
        )
        desk.account.doubt("no-history", message, "", "propertiesWithHistory")


def _occurred_at(kind: str, record: Record, desk: Desk) -> datetime | None:
    names = ("hs_meeting_start_time", "hs_timestamp") if kind == "meetings" else ("hs_timestamp",)
    stamps = (desk.moment(record.properties.get(name), record.id, name) for name in names)
    return next((at for at in stamps if at is not None), None)


def _told(
    kind: str, terms: Terms, desk: Desk, loaded_at: datetime | None, record: Record
) -> Iterator[Fact] | None:
    """What an engagement tells as it stands, or stood."""
    occurred_at = _occurred_at(kind, record, desk)
    if occurred_at is None:
        desk.account.error(
            "undated", "the engagement does not say when it happened", record.id, "hs_timestamp"
        )
        return iter(())
    return _READ[kind](_Engagement(desk, terms, record, occurred_at, loaded_at))


def _retraction(record: Record, desk: Desk, loaded_at: datetime | None) -> Fact:
    at = record.archived_at or record.modified_at
    assert at is not None  # noqa: S101
    return Retracted(
        origin=desk.account.origin(record.id),
        occurred_at=at,
        loaded_at=loaded_at,
        known_at=max(at, record.modified_at or at),
        retracted_table=desk.account.table,  # of the first API it is "engagements", whatever their kind
        retracted_record=record.id,
        reason="archived",
    )


def _call(one: _Engagement) -> Iterator[Fact] | None:
    status, disposition = one.text("hs_call_status"), one.text("hs_call_disposition")
    direction = one.text("hs_call_direction")
    if direction == "INBOUND":
        return one.told(Touch, kind="call_received", channel="phone")
    if direction not in {"OUTBOUND", ""}:
        known = ("INBOUND", "OUTBOUND")
        otherwise = ": it is INBOUND or OUTBOUND"
        one.desk.account.unknown(
            "direction", direction, known, one.record.id, "hs_call_direction", otherwise=otherwise
        )
        return iter(())
    if not direction:
        message = "the call has no direction and was taken as an attempt of ours"
        one.desk.account.doubt("no-direction", message, one.record.id, "hs_call_direction")
    if status in _NOT_PLACED and not disposition:  # who says how it ended knows better
        return None
    result, connected = DISPOSITIONS.get(disposition, (disposition or status.lower() or None, None))
    if connected is None and status in _FAILED:
        connected = False
    return one.told(
        ContactAttempt,
        by_id=one.owner,
        channel="phone",
        result=result,
        connected=connected,
        lasted_seconds=one.seconds("hs_call_duration"),
    )


def _email(one: _Engagement) -> Iterator[Fact] | None:
    direction, status = one.text("hs_email_direction"), one.text("hs_email_status")
    if direction in _NOT_SENT or status in _NOT_SENT:
        return None
    if direction == "INCOMING_EMAIL":
        return one.told(Reply, channel="email", message_id=one.record.id)
    if direction not in {"EMAIL", "FORWARDED_EMAIL", ""}:
        known = ("EMAIL", "INCOMING_EMAIL", "FORWARDED_EMAIL")
        one.desk.account.unknown("direction", direction, known, one.record.id, "hs_email_direction")
        return iter(())
    failed = False if status in _FAILED else None
    return one.told(
        ContactAttempt, by_id=one.owner, channel="email", result=status.lower() or None, connected=failed
    )


def _meeting(one: _Engagement) -> Iterator[Fact] | None:
    outcome = one.text("hs_meeting_outcome")
    if outcome in _NOT_HELD:
        return None
    ended_at = one.desk.moment(
        one.record.properties.get("hs_meeting_end_time"), one.record.id, "hs_meeting_end_time"
    )
    took_place = {"COMPLETED": True, "NO_SHOW": False}.get(outcome)
    lasted = int((ended_at - one.occurred_at).total_seconds()) if took_place and ended_at else None
    return one.told(
        ContactAttempt,
        by_id=one.owner,
        channel="meeting",
        result=outcome.lower() or None,
        connected=took_place,
        lasted_seconds=lasted if lasted is None or lasted >= 0 else None,
    )


def _communication(one: _Engagement) -> Iterator[Fact] | None:
    channel = one.text("hs_communication_channel_type").lower() or None
    return one.told(ContactAttempt, by_id=one.owner, channel=channel)


def _task(one: _Engagement) -> Iterator[Fact] | None:
    """Only what nothing else records: a message or an invitation on a network."""
    kind, is_done = one.text("hs_task_type"), one.text("hs_task_status") == "COMPLETED"
    if not is_done or not kind.startswith("LINKED_IN"):
        return None
    return one.told(ContactAttempt, by_id=one.owner, channel="linkedin", result=kind.lower())


_READ = {
    "calls": _call,
    "emails": _email,
    "meetings": _meeting,
    "communications": _communication,
    "tasks": _task,
}


def modern(given: Json) -> tuple[str, Json] | None:
    """An engagement of the first API as one of the present API, with its kind; None if it is none.

    Example:
        >>> old = {"engagement": {"id": 7, "type": "CALL", "timestamp": 1704448800000}, "metadata": {}}
        >>> modern(old)[1]["properties"]["hs_timestamp"]
        1704448800000
    """
    engagement, metadata = mapping_at(given, "engagement"), mapping_at(given, "metadata")
    said = str(engagement.get("type") or "")
    if said not in LEGACY:
        return None
    outer = {
        "id": id_at(engagement, "id"),
        "createdAt": engagement.get("createdAt"),
        "updatedAt": engagement.get("lastUpdated"),
        "archived": engagement.get("active") is False,
    }
    associations = mapping_at(given, "associations")
    ids = {"contacts": "contactIds", "deals": "dealIds"}
    return LEGACY[said], {
        **outer,
        "associations": {
            name: {"results": [{"id": str(one)} for one in list_at(associations, old)]}
            for name, old in ids.items()
        },
        "properties": {
            "hs_timestamp": engagement.get("timestamp"),
            "hubspot_owner_id": engagement.get("ownerId"),
            "hs_call_status": metadata.get("status"),
            "hs_call_disposition": metadata.get("disposition"),
            "hs_call_duration": metadata.get("durationMilliseconds"),
            "hs_call_direction": metadata.get("direction") or "OUTBOUND",
            "hs_email_direction": said,
            "hs_email_status": metadata.get("status"),
            "hs_meeting_start_time": metadata.get("startTime"),
            "hs_meeting_end_time": metadata.get("endTime"),
            "hs_meeting_outcome": metadata.get("meetingOutcome"),
            "hs_task_type": metadata.get("taskType"),
            "hs_task_status": metadata.get("status"),
        },
    }
