"""Whatever an answer holds, reading ends with facts and problems, and never with an exception."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.crm.hubspot import HubSpot

KINDS = (
    *("contacts", "companies", "deals", "campaigns", "calls", "emails", "meetings", "tasks", "engagements"),
    *("email_events", "subscriptions", "email_campaigns", "merge_audits"),
)
JUNK: st.SearchStrategy[object] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(
        [
            "9" * 14,
            "-" + "9" * 13,
            "0001-01-01",
            "9999-12-31T23:59:59.999-14:00",
            "2026-02-30",
            "1E400",
            "\ud800",
        ]
    ),
    st.lists(st.none() | st.text(max_size=2), max_size=2),
    st.dictionaries(
        st.sampled_from(["results", "id", "value", "timestamp"]), st.none() | st.text(max_size=2)
    ),
)


def places(given: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything in an object."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(given, dict):
        inner = list(given.items())
    elif isinstance(given, list):
        inner = list(enumerate(given))
    return [found for key, value in inner for found in [(*path, key), *places(value, (*path, key))]]


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_junk_anywhere_is_a_problem_at_most(
    portal: HubSpot, answer: Any, addresses: dict[str, str], kind: str, data: st.DataObject
) -> None:
    """Every object still ends in one account, and no message quotes an address."""
    page = answer(kind)
    objects = copy.deepcopy(page.get("results") or page.get("events") or page["campaigns"])
    for path in data.draw(st.lists(st.sampled_from(places(objects)), min_size=1, max_size=3)):
        holder: Any = objects
        try:
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = data.draw(JUNK)
        except (KeyError, IndexError, TypeError):
            continue
    dataset = portal.read(objects, kind=kind, addresses=addresses)
    (reading,) = dataset.readings
    assert reading.rows_count <= len(objects)
    assert reading.gave_count or not dataset.facts
    assert not any("example" in problem.message for problem in dataset.problems)
    for fact in dataset.facts:
        assert len(fact.id) == 32
