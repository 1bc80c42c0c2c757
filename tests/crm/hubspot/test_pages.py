"""Pages, clients' objects, cursors: whatever way the objects come, the facts are the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.crm.hubspot import Cursor, HubSpot, next_page
from smarketing.dataset import Dataset
from smarketing.errors import InvalidFactError, UnknownNameError

KINDS = ("contacts", "deals", "companies", "calls", "email_events")


class Sdk:
    """An object of a client library: names with underscores, and objects within objects."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given

    def to_dict(self) -> dict[str, Any]:
        """As such libraries spell it."""
        found = {_snake(name): value for name, value in self.given.items()}
        history = found.get("properties_with_history")
        if history:
            found["properties_with_history"] = {
                name: [Sdk({_snake(key): value for key, value in one.items()}) for one in changes]
                for name, changes in history.items()
            }
        for name in ("created_at", "updated_at"):
            if name in found:
                found[name] = datetime.fromisoformat(found[name])
        if "associations" in found:
            found["associations"] = Sdk(found["associations"])
        return found


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_pages_may_be_cut_repeated_and_late(
    portal: HubSpot, answer: Any, addresses: dict[str, str], kind: str, data: st.DataObject
) -> None:
    """Any split, any order, any repetition: the same dataset, problems and account included."""
    page = answer(kind)
    objects = page.get("results") or page["events"]
    expected = portal.read(objects, kind=kind, addresses=addresses)
    shuffled = data.draw(st.permutations(objects))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(objects)))))
    pages = [{"results": shuffled[start:end]} for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
    repeated = data.draw(st.lists(st.sampled_from(pages), max_size=3))
    assert portal.read_pages([*pages, *repeated], kind=kind, addresses=addresses) == expected


@given(st.data())
def test_readings_of_any_parts_add_up_to_the_same_facts(
    portal: HubSpot, answer: Any, data: st.DataObject
) -> None:
    """So increments can be appended to a store."""
    objects = answer("contacts")["results"]
    parts = data.draw(st.lists(st.lists(st.sampled_from(objects)), max_size=4))
    readings = [portal.read(part, kind="contacts") for part in [*parts, objects]]
    assert Dataset.merge(readings).facts == portal.read(objects, kind="contacts").facts


@pytest.mark.parametrize("kind", KINDS)
def test_objects_of_a_client_read_as_plain_json(
    portal: HubSpot, answer: Any, addresses: dict[str, str], kind: str
) -> None:
    """No client library is needed, and any will do."""
    page = answer(kind)
    objects = page.get("results") or page["events"]
    found = portal.read([Sdk(one) for one in objects], kind=kind, addresses=addresses)
    assert found == portal.read(objects, kind=kind, addresses=addresses)
    assert found.facts


def test_a_record_that_changed_adds_a_version_and_keeps_the_facts(portal: HubSpot, answer: Any) -> None:
    """A second fetch of the same contact tells the old facts again and the new ones beside them."""
    (contact, *_) = answer("contacts")["results"]
    properties = {**contact["properties"], "jobtitle": "Director"}
    later = {**contact, "updatedAt": "2026-04-01T00:00:00Z", "properties": properties}
    before, after = (portal.read([one], kind="contacts") for one in (contact, later))
    old, new = ({fact.id for fact in dataset.facts} for dataset in (before, after))
    assert len(old - new) == 1  # the version as it stood at the first fetch
    assert {fact.id for fact in (Dataset.merge([before, after])).facts} == old | new


def test_every_object_ends_in_one_account(portal: HubSpot, answer: Any) -> None:
    """What is no object is counted as well."""
    dataset = portal.read([*answer("contacts")["results"], "nonsense", 7], kind="contacts")
    (reading,) = dataset.readings
    assert (reading.rows_count, reading.gave_count, reading.refused_count) == (5, 3, 2)
    assert [problem.code for problem in dataset.problems] == ["not-an-object"]


ONE = {"id": "1", "createdAt": "2026-01-05T09:00:00Z", "updatedAt": "2026-01-05T09:00:00Z", "properties": {}}


@pytest.mark.parametrize(
    ("beside", "told"),
    [
        ({}, []),
        ({"paging": {"next": {"after": "200"}}}, [("more-pages", "")]),
        ({"hasMore": True, "offset": "200"}, [("more-pages", "")]),
        (
            {"numErrors": 1, "errors": [{"category": "OBJECT_NOT_FOUND", "context": {"ids": ["2"]}}]},
            [("api-error", "2")],
        ),
    ],
)
def test_what_an_answer_lacks_is_told(portal: HubSpot, beside: dict[str, Any], told: list[Any]) -> None:
    """And what came is read all the same."""
    dataset = portal.read_pages([{"status": "COMPLETE", "results": [ONE], **beside}], kind="contacts")
    assert [(problem.code, problem.origin.record) for problem in dataset.problems] == told
    assert dataset.readings[0].rows_count == 1


def test_pages_up_to_the_last_lack_nothing(portal: HubSpot) -> None:
    """In whatever order they come."""
    first = {"results": [ONE], "paging": {"next": {"after": "1"}}}
    last: dict[str, Any] = {"results": []}
    for pages in ([first, last], [last, first]):
        assert portal.read_pages(pages, kind="contacts").problems == ()


def test_an_error_is_no_page_and_no_object(portal: HubSpot) -> None:
    """It is told by what kind of error it is, and never by what HubSpot says of it."""
    error = {"status": "error", "message": "ana@example.com", "category": "RATE_LIMITS"}
    dataset = portal.read_pages([error], kind="contacts")
    (problem,) = dataset.problems
    assert problem.code == "api-error"
    assert "RATE_LIMITS" in problem.message
    assert "ana" not in problem.message
    assert (dataset.facts, dataset.readings[0].rows_count) == ((), 0)


@pytest.mark.parametrize(
    ("kind", "what"), [("deals", "contacts"), ("contacts", "companies"), ("calls", "contacts")]
)
def test_associations_that_did_not_come_along_are_told(portal: HubSpot, kind: str, what: str) -> None:
    """HubSpot lists the first ones only."""
    some = {"results": [{"id": "7"}], "paging": {"next": {"after": "7"}}}
    properties = (
        {"hs_timestamp": "2026-01-05T09:00:00Z", "hs_call_direction": "OUTBOUND"} if kind == "calls" else {}
    )
    dataset = portal.read([{**ONE, "properties": properties, "associations": {what: some}}], kind=kind)
    assert [problem.code for problem in dataset.problems] == ["more-associations"]


def test_an_unknown_kind_is_refused_with_the_nearest() -> None:
    """A slip of the keyboard is the caller's."""
    with pytest.raises(UnknownNameError, match="did you mean 'contacts'"):
        HubSpot().read([], kind="contcts")


def test_nothing_gives_nothing(portal: HubSpot) -> None:
    """Empty pages are no fault."""
    dataset = portal.read_pages([{"results": []}, []], kind="deals")
    assert (dataset.facts, dataset.problems) == ((), ())


def test_a_cursor_reaches_back_and_never_goes_back(answer: Any) -> None:
    """Late pages do not move it."""
    pages = [answer("contacts")]
    cursor = Cursor(kind="contacts", overlap=timedelta(minutes=5)).advanced(pages)
    assert cursor.modified_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert cursor.advanced([{"results": [{"id": "1", "updatedAt": "2020-01-01T00:00:00Z"}]}]) == cursor
    (group,) = cursor.search(["email"], after="100", limit=50)["filterGroups"]  # type: ignore[misc]
    assert group == {
        "filters": [{"propertyName": "lastmodifieddate", "operator": "GTE", "value": "1772445300000"}]
    }
    assert "filterGroups" not in Cursor(kind="deals").search()


def test_what_changed_during_a_fetch_is_fetched_again(portal: HubSpot, answer: Any) -> None:
    """With the overlap, two fetches hold all that one later fetch would."""
    objects = answer("contacts")["results"]
    cursor = Cursor(kind="contacts").advanced([objects[1:]])
    assert cursor.since is not None
    second = [one for one in objects if datetime.fromisoformat(one["updatedAt"]) >= cursor.since]
    both = portal.read_pages([objects[1:], second], kind="contacts")
    assert both == portal.read(objects, kind="contacts")


def test_a_naive_cursor_is_refused() -> None:
    """Nobody knows where it points."""
    with pytest.raises(InvalidFactError, match="time zone"):
        Cursor(kind="deals", modified_at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_the_next_page_is_named_or_there_is_none(answer: Any) -> None:
    """As the API says it."""
    assert next_page(answer("contacts")) == "103"
    assert next_page(answer("deals")) is None
