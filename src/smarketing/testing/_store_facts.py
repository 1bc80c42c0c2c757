"""Facts to hold a store against its laws with, and what is done with them again and again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from enum import EnumMeta
from typing import Any, get_args, get_type_hints

import attrs

from smarketing.facts import KINDS, Deal, Fact, Lead, Line, Precision, ProfilesLinked, Touch
from smarketing.origin import Origin
from smarketing.stores import Appended, Erasure, Position, Store, Subject
from smarketing.values import Points, Share, Traits

__all__ = [
    "START",
    "a_deal",
    "append",
    "each_kind",
    "erase",
    "in_order",
    "link",
    "of_lead",
    "raising",
    "touches",
]

START = datetime(2026, 1, 3, 12, tzinfo=UTC)


class raising:  # noqa: N801 -- reads like pytest's, without pytest
    def __init__(self, kind: type[Exception]) -> None:
        self._kind = kind

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        assert kind is not None, f"{self._kind.__name__} should have been raised, and nothing was"
        return issubclass(kind, self._kind)


def append(store: Store, facts: Iterable[Fact]) -> Appended:
    with store.unit() as unit:
        return unit.append(facts)


def erase(store: Store, subject: Subject) -> Erasure:
    with store.unit() as unit:
        return unit.erase(subject, at=START, asked_by="ticket 7")


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    return sorted(facts, key=Position.of)


def touches(n: int) -> list[Touch]:
    return [
        Touch(
            origin=Origin(system="web", record=str(number)),
            occurred_at=START + timedelta(minutes=number),
            lead_id="L-1",
            kind="page_viewed",
        )
        for number in range(n)
    ]


def a_deal(deal_id: str, **fields: Any) -> Deal:
    return Deal(**{"origin": Origin(record=deal_id), "occurred_at": START, "deal_id": deal_id, **fields})


def of_lead(lead_id: str) -> list[Fact]:
    place = Origin(system="crm", table="leads", record=lead_id)
    return [
        Lead(origin=place, occurred_at=START, lead_id=lead_id, email=f"{lead_id}@example.org"),
        Touch(origin=place, occurred_at=START, lead_id=lead_id, kind="page_viewed"),
    ]


def link(lead_id: str, profile_id: str) -> Fact:
    return ProfilesLinked(origin=Origin(), occurred_at=START, lead_id=lead_id, profile_id=profile_id)


def each_kind(*, is_full: bool) -> Iterator[Fact]:
    """One fact of every kind, with every field filled, or with what it cannot do without."""
    for number, kind in enumerate(KINDS):
        hints = get_type_hints(kind)
        fields: dict[str, Any] = {
            field.name: _some(field.name, hints[field.name])
            for field in attrs.fields(kind)
            if is_full or field.default is attrs.NOTHING or field.name in kind.SUBJECTS[:1]
        }
        fields["occurred_at"] = START + timedelta(hours=number, microseconds=1)
        if is_full:
            fields |= {"known_at": START + timedelta(days=40, microseconds=3), "loaded_at": None}
        yield kind(**fields)


def _some(name: str, hint: Any) -> Any:
    parts = [part for part in get_args(hint) if part is not type(None)] or [hint]
    if isinstance(parts[0], EnumMeta):
        return Precision.DAY if parts[0] is Precision else list(parts[0])[-1]
    if parts[0] is Line:
        return (Line(product="AirOne", quantity_count=2, amount_minor=-7), Line(product="AirPro"))
    values: dict[Any, Any] = {
        Origin: Origin(system="crm", table="things", record="R-7", file="things.csv", row=3),
        str: f"{name} Ñ'\"",
        bool: True,
        int: 2**62,
        datetime: START - timedelta(microseconds=1),
        date: date(2025, 12, 31),
        Share: Share.of("0.29"),
        Points: Points.of("-2.5"),
        Traits: Traits({"segment": "pet", "stock": 12, "fit": 0.1, "has_company": True}),
    }
    return values[parts[0]]
