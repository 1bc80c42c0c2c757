"""Erasing somebody: what goes, what stays without their name, and the record that it was done.

One rule for every kind of fact: what says nothing without the erased is removed (their versions, touches,
consents, links); what says something about somebody or something else stays, without their name. So the money
of a deal that came from an erased lead still adds up, and the lead's id occurs nowhere. A fact without the
name is another fact, with another id, and retractions of the one follow the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Protocol

import attrs

from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.facts import Deal, Fact, Retracted
from smarketing.origin import Origin

__all__ = ["NAMING", "Erasure", "Shelf", "Subject", "erased_before", "erasing"]

NAMING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "lead": ("lead_id", "profile_id", "referred_by"),
        "account": ("account_id", "parent_id", "agency_id", "referred_by"),
        "colleague": ("owner_id", "by_id"),
        "campaign": ("campaign_id",),
        "deal": ("deal_id",),
        "order": ("order_id",),
    }
)
"""The columns in which each kind of subject can be named."""


def _known(_: object, __: object, kind: str) -> None:
    if kind not in NAMING:
        raise UnknownNameError(f"there is no subject {kind!r}{did_you_mean(kind, NAMING)}")


@attrs.frozen
class Subject:
    """Whom or what to erase.

    Attributes:
        kind: "lead", "account", "colleague" (one of ours), "campaign", "deal" or "order".
        id: As facts name it.

    Raises:
        UnknownNameError: There is no such kind of subject.

    Example:
        >>> Subject("lead", "L-1").hash
        '469f7bc94c9a0626a52ab72906011030'
    """

    kind: str = attrs.field(validator=_known)
    id: str

    @property
    def hash(self) -> str:
        """What a record of erasing keeps of the subject: enough to recognise it, not to read it."""
        return blake2b(f"{self.kind}:{self.id}".encode(), digest_size=16).hexdigest()


@attrs.frozen(kw_only=True)
class Erasure:
    """The record that somebody was erased.

    Attributes:
        erased_at: When.
        subject_kind: What kind of subject it was.
        subject_hash: The `hash` of the subject.
        removed_count: Facts that are gone.
        renamed_count: Facts that stayed, without the name.
        asked_by: Who answers for it.
    """

    erased_at: datetime
    subject_kind: str
    subject_hash: str
    removed_count: int
    renamed_count: int
    asked_by: str

    @classmethod
    def of(cls, subject: Subject, at: datetime, asked_by: str, gone: Mapping[Fact, Fact | None]) -> Erasure:
        """The record of what `erasing` decided."""
        renamed_count = sum(other is not None for other in gone.values())
        return cls(
            erased_at=at,
            subject_kind=subject.kind,
            subject_hash=subject.hash,
            removed_count=len(gone) - renamed_count,
            renamed_count=renamed_count,
            asked_by=asked_by,
        )


def erased_before(facts: Iterable[Fact], erasures: Iterable[Erasure]) -> tuple[Subject, ...]:
    """Those whom facts name although they were erased, as an export from before does.

    Example:
        >>> from datetime import UTC
        >>> from smarketing.facts import Lead
        >>> ana, at = Subject("lead", "L-1"), datetime(2026, 1, 3, tzinfo=UTC)
        >>> done = Erasure.of(ana, at, "request 17", {})
        >>> erased_before([Lead(origin=Origin(system="crm"), occurred_at=at, lead_id="L-1")], [done])
        (Subject(kind='lead', id='L-1'),)
    """
    hashes = {erasure.subject_hash for erasure in erasures}
    if not hashes:
        return ()
    columns = [(kind, column) for kind, naming in NAMING.items() for column in naming]
    named = {
        (kind, said)
        for fact in facts
        for kind, column in columns
        if (said := getattr(fact, column, None)) is not None
    }
    subjects = (Subject(kind, said) for kind, said in sorted(named))
    return tuple(subject for subject in subjects if subject.hash in hashes)


class Shelf(Protocol):
    """What erasing needs of a store: facts by the words of a column."""

    def find(self, column: str, words: Collection[str]) -> Iterable[Fact]:
        """The facts, of every kind that has the column, in which it is one of the words."""
        ...


def erasing(shelf: Shelf, subject: Subject) -> dict[Fact, Fact | None]:
    """Every fact that has to go, with the one that takes its place, if one does."""
    naming = NAMING[subject.kind]
    named = [fact for column in naming for fact in shelf.find(column, [subject.id])]
    own = {fact.origin for fact in named if _is_version(fact, subject) and fact.origin.record}
    records = {origin.record for origin in own}
    beside = [fact for fact in shelf.find("origin_record", records) if fact.origin in own]
    retracting = list(_retracting(shelf.find("retracted_record", records), own))
    withdrawn = {origin for origin in own if any(_covers(fact, origin) for fact in retracting)}

    gone: dict[Fact, Fact | None] = dict.fromkeys(retracting)
    for fact in (*named, *beside):
        gone[fact] = None if fact.origin in withdrawn else _without(fact, subject, own)
    by_id = {fact.id: other for fact, other in gone.items()}
    for fact in shelf.find("retracted_fact_id", by_id):
        if isinstance(fact, Retracted) and fact.retracted_fact_id is not None and fact not in gone:
            other = by_id[fact.retracted_fact_id]
            gone[fact] = attrs.evolve(fact, retracted_fact_id=other.id) if other is not None else None
    return gone


def _is_version(fact: Fact, subject: Subject) -> bool:
    """Whether the fact is what a system's own record of the subject said."""
    return type(fact).__name__.lower() == subject.kind and getattr(fact, f"{subject.kind}_id") == subject.id


def _retracting(facts: Iterable[Fact], own: Collection[Origin]) -> Iterator[Retracted]:
    return (fact for fact in facts if isinstance(fact, Retracted) and any(_covers(fact, at) for at in own))


def _covers(fact: Retracted, origin: Origin) -> bool:
    return fact.retracted_record == origin.record and fact.retracted_table in {None, origin.table}


def _without(fact: Fact, subject: Subject, own: Collection[Origin]) -> Fact | None:
    """The same fact without the name, or None where nothing is left that it could be about."""
    kind = type(fact)
    fields = attrs.fields_dict(kind)
    naming = {name for name in NAMING[subject.kind] if getattr(fact, name, None) == subject.id}
    left = [name for name in kind.SUBJECTS if name not in naming and getattr(fact, name)]
    if any(fields[name].default is attrs.NOTHING for name in naming) or (kind.SUBJECTS and not left):
        return None
    changed: dict[str, Any] = dict.fromkeys(naming)
    if isinstance(fact, Deal) and subject.kind == "lead":
        changed["name"] = None  # deals are often named after the person
    if fact.origin in own:
        changed["origin"] = attrs.evolve(fact.origin, record="")
    return attrs.evolve(fact, **changed)
