"""Reading HubSpot contacts with 25 properties each, as parsed from JSON, into a dataset of facts.

Prints records a second of one core, for contacts as they stand and for contacts with property history. Beside it
stands a bare loop, written by hand, that only parses the two moments of each contact, strips each of its texts and
fills a dictionary: both take turns, so that a slow machine shows in both. Run it with `python bench/bench_hubspot.py [records]`.
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime, timedelta
from time import process_time

from smarketing.crm.hubspot import HubSpot

SOURCES = ("ORGANIC_SEARCH", "PAID_SEARCH", "DIRECT_TRAFFIC", "OFFLINE", "REFERRALS", "EMAIL_MARKETING")
AT_LEAST = 30_000
"""Records a second that the library promises for contacts as they stand."""


def moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def contact(number: int, rng: random.Random, *, history: bool) -> dict[str, object]:
    created = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(60_000_000))
    modified = created + timedelta(seconds=rng.randrange(5_000_000))
    properties = {
        "address": f"{number} Main Street",
        "associatedcompanyid": str(rng.randrange(10_000)),
        "city": rng.choice(("Madrid", "Sevilla", "Lugo")),
        "company": f"Company {number % 997}",
        "country": rng.choice(("ES", "MX", "AR")),
        "createdate": moment(created),
        "email": f"person{number}@example.com",
        "firstname": "Ana",
        "hs_analytics_first_url": "https://example.com/landing",
        "hs_analytics_source": rng.choice(SOURCES),
        "hs_analytics_source_data_1": "google",
        "hs_analytics_source_data_2": None,
        "hs_email_optout": "false",
        "hs_lead_status": "",
        "hs_lifecyclestage_lead_date": moment(created),
        "hs_object_id": str(number),
        "hs_persona": "",
        "hubspot_owner_id": str(rng.randrange(40)),
        "jobtitle": "Buyer",
        "lastmodifieddate": moment(modified),
        "lastname": "Example",
        "lifecyclestage": "lead",
        "num_conversion_events": "2",
        "phone": "+34 600 000 000",
        "state": "Madrid",
    }
    found: dict[str, object] = {
        "id": str(number),
        "properties": properties,
        "createdAt": moment(created),
        "updatedAt": moment(modified),
        "archived": False,
    }
    if history:
        found["propertiesWithHistory"] = {
            "lifecyclestage": [{"value": "lead", "timestamp": moment(created), "sourceType": "FORM"}],
            "hubspot_owner_id": [
                {"value": str(rng.randrange(40)), "timestamp": moment(modified), "sourceType": "CRM_UI"}
            ],
        }
    return found


def by_hand(objects: list[dict[str, object]]) -> list[dict[str, object]]:
    """The least that anybody's own loop would do."""
    rows: list[dict[str, object]] = []
    for one in objects:
        row: dict[str, object] = {}
        for name, value in one["properties"].items():  # type: ignore[attr-defined]
            text = value.strip() if value else None
            if text:
                row[name] = text
        row["created_at"] = datetime.fromisoformat(one["createdAt"]).astimezone(UTC)  # type: ignore[arg-type]
        row["known_at"] = datetime.fromisoformat(one["updatedAt"]).astimezone(UTC)  # type: ignore[arg-type]
        rows.append(row)
    rows.sort(key=lambda row: row["created_at"])  # type: ignore[arg-type,return-value]
    return rows


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    portal = HubSpot(portal_zone="Europe/Madrid", currency="EUR")
    for name, history in (("as they stand", False), ("with history", True)):
        rng = random.Random(7)
        objects = [contact(number, rng, history=history) for number in range(count)]
        taken, bare, facts_count = [], [], 0
        for _ in range(7):
            start = process_time()
            dataset = portal.read(objects, kind="contacts")
            taken.append(process_time() - start)
            facts_count = len(dataset.facts)
            start = process_time()
            by_hand(objects)
            bare.append(process_time() - start)
        rate, bare_rate = count / min(taken), count / min(bare)
        kept = "" if history else f" (promised: {AT_LEAST:,}, {'kept' if rate >= AT_LEAST else 'BROKEN'})"
        beside = f"a bare loop {bare_rate:,.0f}, ratio {rate / bare_rate:.2f}"
        print(f"{name:>14}: {rate:>8,.0f} records/s, {facts_count:,} facts; {beside}{kept}")


if __name__ == "__main__":
    main()
