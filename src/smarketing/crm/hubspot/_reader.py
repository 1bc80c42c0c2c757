"""The reader: objects as an API client got them, in any order and as often as they come, to one dataset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import islice

import attrs

from smarketing.crm._collector import collection_put_off
from smarketing.crm.hubspot._account import Account
from smarketing.crm.hubspot._answers import objects_of
from smarketing.crm.hubspot._contacts import contact_facts, contact_versions
from smarketing.crm.hubspot._deals import deal_facts, deal_versions
from smarketing.crm.hubspot._emails import email_event_facts, subscription_facts
from smarketing.crm.hubspot._engagements import ENGAGEMENTS, LEGACY, engagement_facts, modern
from smarketing.crm.hubspot._others import campaign_facts, company_facts, email_campaign_facts, merge_facts
from smarketing.crm.hubspot._properties import SPECIAL
from smarketing.crm.hubspot._record import Desk, Record
from smarketing.crm.hubspot._shape import Json, as_mapping, id_at, mapping_at
from smarketing.crm.hubspot._terms import Terms
from smarketing.crm.hubspot._values import day_reader, stamp_reader
from smarketing.crm.hubspot._versions import Versions
from smarketing.dataset import Dataset, Export
from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.facts import Fact
from smarketing.text import matches_glob

Tell = Callable[[Json], Iterable[Fact] | None]
"""From an object to its facts; None where it is left out knowingly."""

_RECORDS = ("contacts", "companies", "deals", "campaigns")
_AT_A_TIME = 5_000
_OTHERS = ("engagements", "email_events", "subscriptions", "email_campaigns", "merge_audits")
KINDS = (*_RECORDS, *ENGAGEMENTS, *_OTHERS)
"""The kinds of object that are read."""


@attrs.frozen(kw_only=True)
class HubSpot(Terms):
    """A HubSpot portal, and how its words are to be read.

    Attributes:
        portal_zone: The time zone of the portal, whose days its bare dates are.
        currency: ISO 4217 code of amounts on records that state none; without it those are refused.
        lifecycle_stages: The stage of the funnel that each lifecycle stage is; "" is none. A portal's own
            lifecycle stages are numbers: name them here.
        lead_statuses: What each lead status answers marketing ("accepted", "rejected", "recycled"); "" is no
            answer yet.
        pipelines: The deal pipelines, from `read_pipelines`; without them the one of a new portal.
        owners: The owners, from `read_owners`; without them records have no team, and users no owner.
        fields: By kind of object: the company's own property, and the field of the fact that it fills.
        traits: By kind of object: the company's own property to keep, and its type ("text", "integer",
            "number" or "boolean").
        ignore: Patterns of properties that are left out knowingly.
        system: The system of record, as origins name it.

    Raises:
        InvalidTermsError: With every fault of these, each with its place.

    Example:
        >>> from smarketing.facts import Lead, StageEntered
        >>> portal = HubSpot(portal_zone="Europe/Madrid", currency="EUR")
        >>> dataset = portal.read([{
        ...     "id": "101",
        ...     "createdAt": "2026-01-05T09:00:00.000Z",
        ...     "updatedAt": "2026-01-08T12:30:00.000Z",
        ...     "properties": {"hs_analytics_source": "ORGANIC_SEARCH"},
        ...     "propertiesWithHistory": {"lifecyclestage": [
        ...         {"value": "marketingqualifiedlead", "timestamp": "2026-01-08T12:30:00.000Z"},
        ...         {"value": "lead", "timestamp": "2026-01-05T09:00:00.000Z"},
        ...     ]},
        ... }], kind="contacts")
        >>> [entry.stage for entry in dataset.of(StageEntered)], len(dataset.of(Lead)), dataset.problems
        (['lead', 'mql'], 2, ())
    """

    def read(
        self,
        objects: Iterable[object],
        *,
        kind: str,
        addresses: Mapping[str, str] | None = None,
        loaded_at: datetime | None = None,
    ) -> Dataset:
        """Read objects of one kind: dictionaries as parsed from JSON, or a client's objects with `to_dict`.

        An object that comes twice is read once, and their order does not matter.

        Args:
            objects: The objects; a generator is read as it comes.
            kind: What they are: "contacts", "companies", "deals", "campaigns", "calls", "emails", "meetings",
                "communications", "tasks", "notes", "postal_mail", "engagements" (of the first API),
                "email_events", "subscriptions", "email_campaigns", "merge_audits".
            addresses: The contact of each e-mail address, from `addresses_of`: e-mail events and
                subscriptions name nothing else.
            loaded_at: When they are read, if that is to be kept; it is no part of any fact's identity.

        Returns:
            The facts; a problem for each value that was lost or doubtful; and the account of the objects.

        Raises:
            UnknownNameError: There is no such kind.
        """
        return self._read(objects, self._account(kind), addresses or {}, loaded_at)

    def _account(self, kind: str) -> Account:
        if kind not in KINDS:
            hint = did_you_mean(kind, KINDS) or f": it is one of {', '.join(KINDS)}"
            raise UnknownNameError(f"HubSpot has no objects named {kind!r}{hint}")
        return Account(system=self.system, table=kind)

    def _read(
        self,
        objects: Iterable[object],
        account: Account,
        addresses: Mapping[str, str],
        loaded_at: datetime | None,
    ) -> Dataset:
        kind = account.table
        desk = Desk(account, stamp_reader(self.portal_zone), day_reader(self.portal_zone))
        tell, versions = self._teller(kind, desk, addresses, loaded_at)
        facts: list[Fact] = []
        distinct = _distinct(objects, account)
        while some := [*islice(distinct, _AT_A_TIME)]:
            with collection_put_off():
                for given in some:
                    problems_count = len(account.problems_by_key)
                    found = tell(given)
                    told = found if found is None or type(found) is list else list(found)
                    if told:
                        facts.extend(told)
                        account.gave_count += 1
                    elif told is None or len(account.problems_by_key) == problems_count:
                        account.excluded_count += 1
                    else:
                        account.refused_count += 1
        for fact_kind, count in Counter(map(type, facts)).items():
            account.facts_count[fact_kind.__name__] = count
        if versions is not None:
            self._mention(versions.names - versions.mapped - SPECIAL[kind], account)
        return Dataset(
            facts=facts,
            problems=account.problems,
            readings=[account.reading()],
            exports=[Export(system=self.system, zone=self.portal_zone)],
        )

    def read_pages(
        self,
        pages: Iterable[object],
        *,
        kind: str,
        addresses: Mapping[str, str] | None = None,
        loaded_at: datetime | None = None,
    ) -> Dataset:
        """Read pages as the API returns them, `{"results": […], "paging": {…}}`, or bare lists.

        However the objects are cut into pages, and whichever page comes late or twice, the dataset is the
        same. What the answers lack is a problem: that the last page was not given ("more-pages"), that a
        record of a batch was not found, or that an answer is an error ("api-error"). The arguments are those
        of `read`.

        Example:
            >>> page = {"results": [{"id": "1", "createdAt": "2026-01-05T09:00:00Z",
            ...     "updatedAt": "2026-01-06T09:00:00Z", "properties": {"name": "Acme"}}]}
            >>> portal = HubSpot()
            >>> once = portal.read_pages([page], kind="companies")
            >>> portal.read_pages([page, page], kind="companies") == once
            True
        """
        account = self._account(kind)
        return self._read(objects_of(pages, account), account, addresses or {}, loaded_at)

    def _teller(
        self,
        kind: str,
        desk: Desk,
        addresses: Mapping[str, str],
        loaded_at: datetime | None,
    ) -> tuple[Tell, Versions | None]:
        """What tells the facts of a kind, and what knows its properties."""
        if kind in _RECORDS:
            versions, facts_of = self._records(kind, desk, loaded_at)

            def tell(given: Json) -> Iterable[Fact]:
                record = desk.record(given)
                return () if record is None else facts_of(versions, record)

            return tell, versions
        others: Mapping[str, Tell] = {
            "engagements": partial(self._legacy, desk=desk, loaded_at=loaded_at),
            "email_events": partial(email_event_facts, addresses=addresses, desk=desk, loaded_at=loaded_at),
            "subscriptions": partial(subscription_facts, addresses=addresses, desk=desk, loaded_at=loaded_at),
            "email_campaigns": partial(email_campaign_facts, desk=desk, loaded_at=loaded_at),
            "merge_audits": partial(merge_facts, desk=desk, loaded_at=loaded_at),
        }
        if kind in others:
            return others[kind], None
        return lambda given: engagement_facts(kind, given, self, desk, loaded_at), None

    def _records(
        self, kind: str, desk: Desk, loaded_at: datetime | None
    ) -> tuple[Versions, Callable[[Versions, Record], Iterable[Fact]]]:
        if kind == "contacts":
            return contact_versions(self, desk, loaded_at), contact_facts
        if kind == "deals":
            return deal_versions(self, desk, loaded_at), deal_facts
        facts_of = company_facts if kind == "companies" else campaign_facts
        return Versions.of(kind, self, desk, loaded_at), facts_of

    def _legacy(self, given: Json, desk: Desk, loaded_at: datetime | None) -> Iterable[Fact] | None:
        found = modern(given)
        if found is None:
            said = str(mapping_at(given, "engagement").get("type") or "")
            record = id_at(mapping_at(given, "engagement"), "id")
            otherwise = ": read it with the present API"
            desk.account.unknown(
                "type of engagement", said, LEGACY, record, "engagement.type", otherwise=otherwise
            )
            return ()
        kind, engagement = found
        return engagement_facts(kind, engagement, self, desk, loaded_at)

    def _mention(self, names: Iterable[str], account: Account) -> None:
        """Tell of properties that nobody named."""
        patterns = [matches_glob(pattern) for pattern in self.ignore]
        for name in sorted(names):
            if not any(fits(name) for fits in patterns):
                message = f"the property {name!r} fills nothing: name it under `traits`, `fields` or `ignore`"
                account.doubt("unmapped-property", message, "", name)


def _distinct(objects: Iterable[object], account: Account) -> Iterator[Json]:
    """The objects, each once: a page may come twice, and the overlap of two fetches does."""
    seen: dict[object, Json] = {}
    others: dict[object, list[Json]] = {}
    odd_count = 0
    for one in objects:
        given = one if type(one) is dict else as_mapping(one)
        if given is None:
            odd_count += 1
            continue
        key = given.get("id")
        if key is None:
            engagement = given.get("engagement")
            key = engagement.get("id") if isinstance(engagement, Mapping) else None
        key = str(key)
        if key not in seen:
            seen[key] = given
        elif given == seen[key] or given in (more := others.setdefault(key, [])):
            continue
        else:
            more.append(given)
        yield given
    if odd_count:
        message = f"{odd_count} of these are no objects: pass what the API listed under `results`"
        account.error("not-an-object", message, "")
        account.refused_count += odd_count
