"""Fetching only what changed: where the last reading ended, and what to ask for next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import attrs

from smarketing.crm.hubspot._shape import as_mapping, mapping_at, pages_objects, part
from smarketing.crm.hubspot._values import stamp_reader, text_of
from smarketing.errors import InvalidFactError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def _aware(_cursor: Cursor, _attribute: attrs.Attribute[datetime | None], value: datetime | None) -> None:
    if value is not None and value.tzinfo is None:
        raise InvalidFactError("a cursor's `modified_at` has no time zone: keep it as an aware instant")


@attrs.frozen(kw_only=True)
class Cursor:
    """Where the last fetch of one kind of object ended.

    HubSpot's index lags behind its records, and a record may change while pages are read. So the next fetch
    begins a little before the last one ended; what comes twice gives the same facts.

    Attributes:
        kind: The kind of object.
        modified_at: The last modification seen; None before the first fetch.
        overlap: How far back the next fetch reaches.

    Example:
        >>> cursor = Cursor(kind="deals")
        >>> cursor.search()["sorts"]
        [{'propertyName': 'hs_lastmodifieddate', 'direction': 'ASCENDING'}]
        >>> cursor = cursor.advanced([{"results": [{"id": "1", "updatedAt": "2026-01-08T12:30:00Z"}]}])
        >>> cursor.since.isoformat()
        '2026-01-08T12:20:00+00:00'
    """

    kind: str
    modified_at: datetime | None = attrs.field(default=None, validator=_aware)
    overlap: timedelta = timedelta(minutes=10)

    @property
    def since(self) -> datetime | None:
        """The earliest modification to ask for; None asks for everything."""
        return None if self.modified_at is None else self.modified_at - self.overlap

    def search(
        self, properties: Iterable[str] = (), *, after: str | None = None, limit: int = 100
    ) -> dict[str, object]:
        """The body of `POST /crm/v3/objects/{kind}/search` for what changed since, oldest first.

        The search returns no property history and at most 10,000 records: ask `batch/read` for the history of
        the ids that it returns, and advance the cursor after each page.
        """
        name = "lastmodifieddate" if self.kind == "contacts" else "hs_lastmodifieddate"
        body: dict[str, object] = {
            "sorts": [{"propertyName": name, "direction": "ASCENDING"}],
            "properties": sorted({name, *properties}),
            "limit": limit,
        }
        if self.since is not None:
            millis = str((self.since - _EPOCH) // _MILLISECOND)
            condition = {"propertyName": name, "operator": "GTE", "value": millis}
            body["filterGroups"] = [{"filters": [condition]}]
        if after is not None:
            body["after"] = after
        return body

    def advanced(self, pages: Iterable[object]) -> Cursor:
        """The cursor after pages were read; it never goes back."""
        read = stamp_reader("UTC")
        latest = self.modified_at
        for one in pages_objects(pages):
            given = as_mapping(one) or {}
            properties = mapping_at(given, "properties")
            stamp = part(given, "updatedAt", "updated_at") or part(
                properties, "hs_lastmodifieddate", "lastmodifieddate"
            )
            found = read(text_of(stamp) or "")
            if isinstance(found, tuple) and (latest is None or found[0] > latest):
                latest = found[0]
        return attrs.evolve(self, modified_at=latest)


def next_page(page: object) -> str | None:
    """The `after` of the page that follows; None on the last one.

    Example:
        >>> next_page({"results": [], "paging": {"next": {"after": "200"}}}), next_page({"results": []})
        ('200', None)
    """
    following = mapping_at(mapping_at(as_mapping(page) or {}, "paging"), "next").get("after")
    return text_of(following) or None
