"""E-mail events and subscriptions: what became of each message, and who asked us to stop.

These name a person by address, and facts name the contact: `addresses_of` reads the contacts' addresses
first. What a spam filter or a link checker did (`filteredEvent`) says nothing of a person, and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from smarketing.crm.hubspot._record import Desk
from smarketing.crm.hubspot._shape import (
    Json,
    as_mapping,
    id_at,
    is_true,
    list_at,
    mapping_at,
    pages_objects,
    part,
)
from smarketing.crm.hubspot._values import Stamp, text_of
from smarketing.facts import ConsentGiven, ConsentWithdrawn, Fact, Touch
from smarketing.text import fold

EVENT_KINDS: Mapping[str, str] = {
    "SENT": "email_sent",
    "DELIVERED": "email_delivered",
    "OPEN": "email_opened",
    "CLICK": "email_clicked",
    "BOUNCE": "email_bounced",
    "DROPPED": "email_dropped",
    "DEFERRED": "email_deferred",
    "PRINT": "email_printed",
    "FORWARD": "email_forwarded",
    "SPAMREPORT": "email_reported_as_spam",
}
"""The kind of touch that each type of e-mail event is."""

_SAY_NOTHING = frozenset({"PROCESSED", "UNBOUNCE"})
_SUBSCRIBED, _UNSUBSCRIBED = "SUBSCRIBED", "UNSUBSCRIBED"


def addresses_of(contacts: Iterable[object]) -> dict[str, str]:
    """The contact that each e-mail address belongs to, further addresses included.

    Args:
        contacts: Contacts, with the properties `email` and, if there are any, `hs_additional_emails`; or the
            pages of them.

    Example:
        >>> addresses_of([{"id": "1", "properties": {"email": "Ana@example.com"}}])
        {'ana@example.com': '1'}
    """
    found: dict[str, str] = {}
    for one in pages_objects(contacts):
        if (given := as_mapping(one)) is None or not (contact := id_at(given, "id", "vid")):
            continue
        properties = mapping_at(given, "properties")
        further = (text_of(properties.get("hs_additional_emails")) or "").split(";")
        for address in (text_of(properties.get("email")) or "", *further):
            if key := fold(address).strip():
                found[key] = contact
    return found


@attrs.frozen(eq=False)
class _Said:
    """Who did or said something about e-mail, and when."""

    desk: Desk
    record: str
    lead: str
    stamp: Stamp
    loaded_at: datetime | None

    def touch(self, kind: str, **fields: Any) -> Touch:
        return Touch(**self._common, kind=kind, channel="email", **fields)

    def consent(self, kind: type[ConsentGiven | ConsentWithdrawn], **fields: Any) -> Fact:
        return kind(**{**self._common, "channel": "email", **fields})

    @property
    def _common(self) -> dict[str, Any]:
        return {
            "origin": self.desk.account.origin(self.record),
            "occurred_at": self.stamp[0],
            "precision": self.stamp[1],
            "loaded_at": self.loaded_at,
            "lead_id": self.lead,
        }


def email_event_facts(
    given: Json, addresses: Mapping[str, str], desk: Desk, loaded_at: datetime | None
) -> Iterator[Fact] | None:
    """What an e-mail event tells; None where it tells nothing of a person."""
    record, said = id_at(given, "id"), str(given.get("type") or "")
    if said in _SAY_NOTHING or is_true(part(given, "filteredEvent", "filtered_event")):
        return None
    lead = _lead(part(given, "recipient"), addresses, desk, record, "recipient")
    stamp = desk.stamp(given.get("created"), record, "created")
    if stamp is None:
        desk.account.error("undated", "the event does not say when it happened", record, "created")
    if said not in EVENT_KINDS and said != "STATUSCHANGE":
        desk.account.unknown("type of e-mail event", said, [*EVENT_KINDS, "STATUSCHANGE"], record, "type")
        return iter(())
    if lead is None or stamp is None:
        return iter(())
    event = _Said(desk, record, lead, stamp, loaded_at)
    return _status_changes(given, event) if said == "STATUSCHANGE" else _touches(given, event, said)


def _touches(given: Json, event: _Said, said: str) -> Iterator[Fact]:
    sent_by = id_at(mapping_at(given, "sentBy", "sent_by"), "id")
    yield event.touch(
        EVENT_KINDS[said],
        campaign_id=id_at(given, "emailCampaignId", "email_campaign_id") or None,
        message_id=sent_by or (event.record if said == "SENT" else None),
        asset=event.desk.text(given, "url", event.record) or None,
    )
    if said == "SPAMREPORT":
        yield event.consent(ConsentWithdrawn, basis="spam report")


def _status_changes(given: Json, event: _Said) -> Iterator[Fact]:
    """Consent for all e-mail, or for single subscriptions."""
    desk, record = event.desk, event.record
    basis = desk.text(given, "source", record) or None
    whole = text_of(part(given, "portalSubscriptionStatus", "portal_subscription_status"))
    if whole and (kind := _kind_of(whole, desk, record, "portalSubscriptionStatus")) is not None:
        yield event.consent(kind, basis=basis)
    for one in list_at(given, "subscriptions"):
        subscription = as_mapping(one) or {}
        status = desk.text(subscription, "status", record)
        if (kind := _kind_of(status, desk, record, "subscriptions")) is not None:
            yield event.consent(kind, basis=basis, purpose=id_at(subscription, "id") or None)
    if is_true(given.get("bounced")):
        yield event.touch("email_bounced")


def subscription_facts(
    given: Json, addresses: Mapping[str, str], desk: Desk, loaded_at: datetime | None
) -> Iterator[Fact] | None:
    """What the status of one subscription of one person tells; None where nobody ever said anything."""
    name = next((one for one in ("subscriberIdString", "recipient") if given.get(one)), "subscriberIdString")
    subscription = id_at(given, "subscriptionId", "id")
    status = desk.text(given, "status", subscription)
    if status == "NOT_SPECIFIED":
        return None
    lead = _lead(given.get(name), addresses, desk, subscription, name)
    stamp = desk.stamp(given.get("timestamp"), subscription, "timestamp")
    if stamp is None:
        message = "the subscription does not say since when its status holds: ask for `timestamp`"
        desk.account.error("undated", message, subscription, "timestamp")
    kind = _kind_of(status, desk, subscription, "status")
    if lead is None or stamp is None or kind is None:
        return iter(())
    legal = desk.text(given, "legalBasis", subscription) or desk.text(given, "source", subscription)
    channel = desk.text(given, "channel", subscription).lower() or "email"
    event = _Said(desk, f"{lead}/{subscription}", lead, stamp, loaded_at)
    return iter([event.consent(kind, basis=legal or None, purpose=subscription, channel=channel)])


def _kind_of(
    status: str, desk: Desk, record: str, field: str
) -> type[ConsentGiven | ConsentWithdrawn] | None:
    if status in {_UNSUBSCRIBED, "UNSUBSCRIBE"}:
        return ConsentWithdrawn
    if status in {_SUBSCRIBED, "RESUBSCRIBED"}:
        return ConsentGiven
    otherwise = f": it is {_SUBSCRIBED} or {_UNSUBSCRIBED}"
    desk.account.unknown("status", status, [_SUBSCRIBED, _UNSUBSCRIBED], record, field, otherwise=otherwise)
    return None


def _lead(address: object, addresses: Mapping[str, str], desk: Desk, record: str, field: str) -> str | None:
    """The contact of an address; messages never quote one."""
    key = fold(text_of(address) or "").strip()
    if key in addresses:
        return addresses[key]
    message = "no contact has this address: read the contacts first, and pass their `addresses_of`"
    if not key:
        message = "the address is blank, so nobody knows whose event it is"
    desk.account.error("unknown-recipient", message, record, field)
    return None
