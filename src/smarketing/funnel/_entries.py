"""The facts about one lead or deal, read as entries into the places of its funnel.

An entry is *said* where a `StageEntered` says so, and *implied* where another fact is evidence of it: the
lead was captured, a deal was created, won, lost or reopened. Only facts that had happened and were known
before `as_of` count, each once, and of a record that was retracted none.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import attrs

from smarketing.errors import InvalidFactError
from smarketing.facts import (
    VERSIONS,
    Assigned,
    Deal,
    DealClosed,
    DealReopened,
    Fact,
    Lead,
    Outcome,
    Precision,
    Retracted,
    StageEntered,
)
from smarketing.funnel._stages import DetourKind, Evidence, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from smarketing.funnel._terms import Funnel
    from smarketing.origin import Origin

_Version = TypeVar("_Version", bound=Fact)

__all__ = ["Entry", "assignee", "counting", "entries", "record_id_of"]


@attrs.frozen(kw_only=True)
class Entry:
    """One entry into a stage or detour, and the fact that it was read from."""

    at: datetime
    place: str
    fact: Fact
    evidence: Evidence | None = None

    @property
    def is_said(self) -> bool:
        return isinstance(self.fact, StageEntered)

    @property
    def by(self) -> str | None:
        return self.fact.by_id if isinstance(self.fact, StageEntered | DealClosed | DealReopened) else None

    @property
    def why(self) -> str | None:
        return self.fact.reason if isinstance(self.fact, StageEntered | DealClosed | DealReopened) else None

    @property
    def is_dated_by_day(self) -> bool:
        return self.fact.precision == Precision.DAY


def counting(facts: Iterable[Fact], as_of: datetime) -> list[Fact]:
    """The facts that count as of an instant, each once, retracted ones left out, in one stable order."""
    known: dict[str, Fact] = {}
    for fact in sorted((fact for fact in facts if fact.counts(as_of)), key=lambda fact: fact.known_at):
        known.setdefault(fact.id, fact)  # of a fact that is said again, the earliest knowledge stays
    retractions = [fact for fact in known.values() if isinstance(fact, Retracted)]
    told: dict[Origin, datetime] = {}
    for fact in known.values() if retractions else ():
        if isinstance(fact, VERSIONS):
            told[fact.origin] = max(fact.known_at, told.get(fact.origin, fact.known_at))
    standing = [
        fact
        for fact in known.values()
        if not any(_withdraws(each, fact, told.get(fact.origin, fact.known_at)) for each in retractions)
    ]
    return sorted(standing, key=lambda fact: (fact.occurred_at, fact.known_at, fact.id))


def _withdraws(retraction: Retracted, fact: Fact, told_at: datetime) -> bool:
    """Whether a retraction withdraws a fact of a record of which the last version was told at a moment."""
    if retraction.retracted_fact_id == fact.id:
        return True
    # What the source said of the record after it had withdrawn it stands; and a version that it told of it
    # then says that the record came back, with all that it had told before.
    return (
        retraction.retracted_record is not None
        and retraction.retracted_record == fact.origin.record
        and retraction.retracted_table in {None, fact.origin.table, fact.TABLE}
        and max(fact.known_at, told_at) <= retraction.known_at
    )


def record_id_of(facts: Iterable[Fact], unit: Unit) -> str | None:
    """The one lead or deal that the facts are about.

    Raises:
        InvalidFactError: They are about several.
    """
    facts = list(facts)
    ids = {record_id for fact in facts if (record_id := _subject(fact, unit))}
    if not ids and unit is Unit.LEAD:
        ids = {fact.lead_id for fact in facts if isinstance(fact, Deal | DealClosed) and fact.lead_id}
    if len(ids) > 1:
        raise InvalidFactError(
            f"a timeline is of one {unit}, and these facts are of {', '.join(sorted(ids))}"
        )
    return next(iter(ids), None)


def _subject(fact: Fact, unit: Unit) -> str | None:
    """The record that a fact moves or describes: one that names a deal is about the deal, whoever's it is."""
    match fact:
        case Lead():
            return fact.lead_id if unit is Unit.LEAD else None
        case Deal() | DealClosed() | DealReopened():
            return fact.deal_id if unit is Unit.DEAL else None
        case StageEntered() | Assigned():
            if unit is Unit.DEAL:
                return fact.deal_id
            return None if fact.deal_id else fact.lead_id
    return None


def entries(facts: list[Fact], funnel: Funnel, as_of: datetime) -> list[Entry]:
    """All entries in the order in which they apply; facts as from `counting`."""
    found = [*_said(facts, funnel.unit), *_captured(facts, funnel), *_of_deals(facts, funnel)]
    # At one instant a reopening comes first, then the stages in their order, then the other detours.
    rank = {name: position for position, name in enumerate(funnel.places)}
    rank |= {detour.name: -1 for detour in funnel.detours if detour.kind is DetourKind.REOPENED}

    def order(entry: Entry) -> tuple[datetime, int, bool, datetime, str]:
        place = rank.get(entry.place, len(rank))
        return entry.at, place, not entry.is_said, entry.fact.known_at, entry.fact.id

    return sorted((entry for entry in found if entry.at < as_of), key=order)


def _said(facts: Iterable[Fact], unit: Unit) -> Iterator[Entry]:
    for fact in facts:
        if isinstance(fact, StageEntered) and _subject(fact, unit):
            yield Entry(at=fact.occurred_at, place=fact.stage, fact=fact)


def _captured(facts: Iterable[Fact], funnel: Funnel) -> Iterator[Entry]:
    stage = funnel.stage_entered_by(Evidence.LEAD_CAPTURED)
    leads = [fact for fact in facts if isinstance(fact, Lead)]
    if leads and stage and (created_at := _last_version(leads).created_at):
        yield Entry(
            at=created_at, place=stage.name, fact=_last_version(leads), evidence=Evidence.LEAD_CAPTURED
        )


def _of_deals(facts: Iterable[Fact], funnel: Funnel) -> Iterator[Entry]:
    """What the deals imply: entries of the deal itself, or of the lead that they are deals of."""
    told: dict[str, list[Deal | DealClosed | DealReopened]] = {}
    for fact in facts:
        if isinstance(fact, Deal | DealClosed | DealReopened):
            told.setdefault(fact.deal_id, []).append(fact)
    stories = [_DealStory(about) for about in told.values()]
    for story in stories:
        others = [other for other in stories if other is not story]
        yield from story.entries(others, funnel)


@attrs.frozen(eq=False)
class _DealStory:
    """All that is known of one deal."""

    facts: list[Deal | DealClosed | DealReopened]

    @property
    def last_version(self) -> Deal | None:
        versions = [fact for fact in self.facts if isinstance(fact, Deal)]
        return _last_version(versions) if versions else None

    def entries(self, others: Iterable[_DealStory], funnel: Funnel) -> Iterator[Entry]:
        version = self.last_version
        created = funnel.stage_entered_by(Evidence.DEAL_CREATED)
        if version and version.created_at and created:
            yield Entry(
                at=version.created_at, place=created.name, fact=version, evidence=Evidence.DEAL_CREATED
            )
        won = funnel.stage_entered_by(Evidence.DEAL_WON)
        lost, reopened = funnel.detour(DetourKind.LOST), funnel.detour(DetourKind.REOPENED)
        for fact in self.facts:
            at = fact.occurred_at
            if isinstance(fact, DealReopened):
                if reopened:
                    yield Entry(at=at, place=reopened.name, fact=fact)
            elif isinstance(fact, DealClosed) and fact.outcome is Outcome.WON:
                if won:
                    yield Entry(at=at, place=won.name, fact=fact, evidence=Evidence.DEAL_WON)
            elif isinstance(fact, DealClosed) and lost and not any(other.is_alive(at) for other in others):
                yield Entry(at=at, place=lost.name, fact=fact)

    def is_alive(self, at: datetime) -> bool:
        """Whether the deal was open or won at an instant: a lead that has such a deal is not lost."""
        turns = [fact for fact in self.facts if not isinstance(fact, Deal) and fact.occurred_at <= at]
        if turns:
            # As entries do: at one instant a reopening comes first, then a win, then a loss.
            last = max(turns, key=lambda fact: (fact.occurred_at, _turn_rank(fact)))
            return isinstance(last, DealReopened) or last.outcome is Outcome.WON
        version = self.last_version
        return version is not None and version.created_at is not None and version.created_at <= at


def _turn_rank(turn: DealClosed | DealReopened) -> int:
    return 0 if isinstance(turn, DealReopened) else 1 if turn.outcome is Outcome.WON else 2


def assignee(facts: Iterable[Fact], unit: Unit) -> str | None:
    """The person whom the record was given to last, by an assignment or by a version of the record."""
    given: list[Fact] = [fact for fact in facts if isinstance(fact, Assigned) and _subject(fact, unit)]
    versions = [fact for fact in facts if isinstance(fact, Lead if unit is Unit.LEAD else Deal)]
    if versions and (last := _last_version(versions)).owner_id is not None:
        given.append(last)
    if not given:
        return None
    latest = max(
        given, key=lambda fact: (fact.occurred_at, isinstance(fact, Assigned), fact.known_at, fact.id)
    )
    return latest.owner_id if isinstance(latest, Assigned | Lead | Deal) else None


def _last_version(versions: Iterable[_Version]) -> _Version:
    """The version of a record that counts: the last one known; of those that tie, the one that says more."""
    return max(
        versions,
        key=lambda version: (version.known_at, version.occurred_at, version.said_count, version.id),
    )
