"""What starts a clock and what stops it: the words of an agreement, and the facts that they stand for.

An event is a word of a short list ("assigned", "attempted", "accepted", …), or a stage with what happens
there ("entered mql", "left sql"). A stage counts as entered when the lead entered it *or any later one*, as
the funnel counts it; so a lead that skips a stage cannot escape its clock.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs

from smarketing.errors import InvalidFactError, did_you_mean
from smarketing.facts import (
    Assigned,
    ContactAttempt,
    Deal,
    DealClosed,
    Fact,
    Lead,
    Outcome,
    Precision,
    Reply,
    Routed,
    SalesFeedback,
    StageEntered,
    Waived,
)
from smarketing.funnel import Evidence, Funnel

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

__all__ = ["EVENTS", "FEEDBACK", "Happened", "StageReader", "Story", "event_faults", "in_order", "story_of"]

FEEDBACK = ("accepted", "rejected", "recycled", "converted", "lost")
"""What sales answers marketing about a lead; all but accepted and converted need their reason."""

TO_REFERRER = ("reported", "reciprocated")
"""What is said to whoever referred the lead."""

NEED_REASON = frozenset({"rejected", "recycled", "lost"})

EVENTS = (
    "captured",
    "routed",
    "assigned",
    "attempted",
    "connected",
    "answered",
    "replied",
    *FEEDBACK,
    *TO_REFERRER,
    "deal created",
    "deal won",
    "deal lost",
)
"""The events that need no stage. *answered* is theirs to us, *replied* is ours to them."""

_PLAIN = frozenset(EVENTS)


def event_faults(event: str, funnel: Funnel) -> str | None:
    """What is wrong with an event as somebody wrote it, or nothing."""
    verb, _, place = event.partition(" ")
    if event in EVENTS:
        return None
    if verb in {"entered", "left"} and place:
        if place in funnel:
            return None
        return f"the funnel has no stage {place!r}{did_you_mean(place, funnel.places)}"
    known = [*EVENTS, *(f"entered {name}" for name in funnel.places)]
    hint = did_you_mean(event, known)
    return f"there is no event {event!r}{hint}" + ("" if hint else f"; there are {', '.join(EVENTS)}")


def _text_or_blank(text: str | None) -> str:
    return text or ""


@attrs.define(order=True)  # not frozen: a lead's story makes many, and nobody else holds them
class Happened:
    """One event of a lead; in order of time, and at one instant in an order that no reading changes.

    Attributes:
        at: When.
        is_dated_by_day: Whether only the day is known, so that no clock can be read from it.
        by: The person whom it names: who was assigned, tried or answered.
        team: Their team, where the fact names one.
        fact: The fact that it was read from.
    """

    at: datetime
    is_dated_by_day: bool = False
    by: str | None = attrs.field(default=None, order=_text_or_blank)
    team: str | None = attrs.field(default=None, order=_text_or_blank)
    fact: Fact | None = attrs.field(default=None, order=False, eq=False, repr=False)


def in_order(found: list[Happened]) -> list[Happened]:
    """Some events in order; mostly they are already, which is found out without comparing them whole."""
    last = found[0].at
    for each in found[1:]:
        if each.at <= last:
            return sorted(found)
        last = each.at
    return found


_NOTHING: list[Happened] = []
_DAY = Precision.DAY
_ByWord = dict[str, list[Happened]]


@attrs.define(kw_only=True, eq=False)
class Story:
    """What happened to one lead before an instant, by kind of event.

    Attributes:
        lead: The version of the lead that counts; None where none is known.
        moves: Entries into stages and detours that somebody recorded, with what they imply.
        events: The other events by their word.
        waived: Commitments that were released, with the reason given.
        has_days: Whether of anything only the day is known.
    """

    lead: Lead | None
    moves: list[tuple[str, Happened]]
    events: dict[str, list[Happened]]
    waived: dict[str, str]
    has_days: bool = True

    @property
    def lead_id(self) -> str:
        """The lead; blank where only its deals are known."""
        if self.lead is not None:
            return self.lead.lead_id
        happened = (each for group in self.events.values() for each in group)
        facts = (each.fact for each in (*happened, *(each for _, each in self.moves)))
        return next((found for fact in facts if (found := getattr(fact, "lead_id", None))), "")

    def assignee(self, at: datetime) -> tuple[str | None, str | None]:
        """The person who had the lead at an instant, and their team: by assignment, else by its version."""
        given = self.events.get("assigned", _NOTHING)
        if "unassigned" in self.events:
            given = [*given, *self.events["unassigned"]]
        until = [each for each in given if each.at <= at]
        if until:
            last = until[0] if len(until) == 1 else max(until)
            return last.by, last.team or self._team(at)
        if self.lead is None or "assigned" in self.events:
            return None, self._team(at)
        return self.lead.owner_id, self._team(at)

    def _team(self, at: datetime) -> str | None:
        if "routed" in self.events:
            routed = [each for each in self.events["routed"] if each.at <= at]
            if routed:
                return max(routed).team
        return self.lead.team if self.lead else None


def story_of(facts: Sequence[Fact], now: datetime, told: Sequence[Fact] = ()) -> Story:
    """One lead's events, from the facts about it in any order; a fact that is said twice happened once.

    `facts` are those that count already where retractions are among them, `told` all that was said. What
    names only a deal is the lead's unless the deal is told of and is, as far as is known, not the lead's.

    Raises:
        InvalidFactError: The facts speak of two leads.
    """
    lead: Lead | None = None
    deals: dict[str, Deal] = {}
    moves: list[tuple[str, Happened]] = []
    events: _ByWord = defaultdict(list)
    released: dict[str, tuple[datetime, str]] = {}
    has_days = False
    for fact in facts:
        if fact.occurred_at >= now or fact.known_at >= now:
            continue
        if fact.precision is _DAY:
            has_days = True
        read = _READ.get(type(fact))
        if read is not None:
            read(fact, events)
        elif isinstance(fact, Lead):
            lead = fact if lead is None or (_is_of_one(fact, lead) and _is_later(fact, lead)) else lead
        elif isinstance(fact, StageEntered):
            if fact.deal_id is None:
                moves.append((fact.stage, _happened(fact, fact.by_id)))
        elif isinstance(fact, Deal):
            held = deals.get(fact.deal_id)
            deals[fact.deal_id] = fact if held is None or _is_later(fact, held) else held
        elif isinstance(fact, Waived):
            said = (fact.occurred_at, fact.reason or "")
            released[fact.commitment] = max(said, released.get(fact.commitment, said))
    if deals or told:
        deals = _without_others(events, deals, told or facts, lead)
    _of_records(events, lead, deals.values(), now)
    waived = {commitment: reason for commitment, (_, reason) in released.items()}
    return Story(lead=lead, moves=moves, events=dict(events), waived=waived, has_days=has_days)


def _of_records(events: _ByWord, lead: Lead | None, deals: Iterable[Deal], now: datetime) -> None:
    """What records of the lead and of its deals tell by themselves: when they were made."""
    for word, records in (("captured", [lead] if lead else []), ("deal created", deals)):
        for record in records:
            if record.created_at is not None and record.created_at < now:
                is_day = record.precision is _DAY
                events[word].append(Happened(record.created_at, is_day, record.owner_id, record.team, record))


def _without_others(
    events: _ByWord, deals: dict[str, Deal], told: Iterable[Fact], lead: Lead | None
) -> dict[str, Deal]:
    """The deals that are the lead's; what names only one that is told of, and is not, is taken out."""
    named = (getattr(fact, "lead_id", None) for fact in told if not isinstance(fact, Deal))
    lead_id = lead.lead_id if lead is not None else next(filter(None, named), None)
    ours = {
        deal_id: deal
        for deal_id, deal in deals.items()
        if lead_id is None or deal.lead_id is None or deal.lead_id == lead_id
    }
    others = {fact.deal_id for fact in told if isinstance(fact, Deal)} - ours.keys()
    for word, found in events.items():
        if others and any(_is_of(each.fact, others) for each in found):
            events[word] = [each for each in found if not _is_of(each.fact, others)]
    return ours


def _is_of(fact: Fact | None, deals: Collection[str]) -> bool:
    return getattr(fact, "lead_id", None) is None and getattr(fact, "deal_id", None) in deals


def _is_of_one(fact: Lead, held: Lead) -> bool:
    """Whether two versions are of one lead, as those of a timeline are."""
    if fact.lead_id != held.lead_id:
        raise InvalidFactError(f"facts of two leads, {held.lead_id} and {fact.lead_id}: a timeline is of one")
    return True


def _is_later(fact: Lead | Deal, held: Lead | Deal) -> bool:
    """Whether a version was known later; of two that tie the one that says more, or has the greater id."""
    one, other = (fact.known_at, fact.occurred_at), (held.known_at, held.occurred_at)
    if one != other:
        return one > other
    return (fact.said_count, fact.id) > (held.said_count, held.id)


def _happened(fact: Fact, by: str | None = None, team: str | None = None) -> Happened:
    return Happened(fact.occurred_at, fact.precision is _DAY, by, team, fact)


def _routed(fact: Routed, events: _ByWord) -> None:
    if fact.deal_id is None:
        events["routed"].append(_happened(fact, None, fact.team))


def _assigned(fact: Assigned, events: _ByWord) -> None:
    if fact.deal_id is None:  # who is given a deal is not given its lead
        word = "assigned" if fact.owner_id else "unassigned"
        events[word].append(_happened(fact, fact.owner_id, fact.team))


def _attempted(fact: ContactAttempt, events: _ByWord) -> None:
    happened = _happened(fact, fact.by_id)
    events["attempted"].append(happened)
    if fact.connected:
        events["connected"].append(happened)


def _answered(fact: Reply, events: _ByWord) -> None:
    events["replied" if fact.by_us else "answered"].append(_happened(fact, fact.by_id))


def _fed_back(fact: SalesFeedback, events: _ByWord) -> None:
    word = fact.verdict.value
    if (fact.addressee == "referrer") != (word in TO_REFERRER):
        return
    if word not in NEED_REASON or (fact.reason or "").strip():
        events[word].append(_happened(fact, fact.by_id))


def _closed(fact: DealClosed, events: _ByWord) -> None:
    word = "deal won" if fact.outcome is Outcome.WON else "deal lost"
    events[word].append(_happened(fact, fact.by_id))


_READ: dict[type[Fact], Callable[[Any, _ByWord], None]] = {
    Routed: _routed,
    Assigned: _assigned,
    ContactAttempt: _attempted,
    Reply: _answered,
    SalesFeedback: _fed_back,
    DealClosed: _closed,
}

EVIDENCE = {
    "captured": Evidence.LEAD_CAPTURED,
    "deal created": Evidence.DEAL_CREATED,
    "deal won": Evidence.DEAL_WON,
}


class StageReader:
    """When a lead entered or left a stage, by the funnel's own rule for stages that were skipped."""

    def __init__(self, funnel: Funnel) -> None:
        self._position = {stage.name: position for position, stage in enumerate(funnel)}
        self._detours = frozenset(detour.name for detour in funnel.detours)
        self._leaving = frozenset(
            detour.name for detour in funnel.detours if detour.kind.is_final or detour.kind == "recycled"
        )
        self._implied = {
            word: self._position[stage.name]
            for word, evidence in EVIDENCE.items()
            if (stage := funnel.stage_entered_by(evidence))
        }

    def occurrences(self, event: str, story: Story) -> list[Happened]:
        """Every time that a stage was entered or left, in order; nothing for events of other kinds."""
        if event in _PLAIN:
            return []
        verb, _, place = event.partition(" ")
        if place in self._detours:
            entering = verb == "entered"
            found = [each for name, each in story.moves if (name == place) is entering]
        else:
            found = self._of_stage(story, least=self._position[place] + (verb == "left"), verb=verb)
        return in_order(found) if len(found) > 1 else found

    def breaks(self, story: Story) -> list[tuple[str, Happened]]:
        """When the lead left the straight path for good, or went back to marketing."""
        found = [move for move in story.moves if move[0] in self._leaving]
        return sorted(found, key=lambda move: move[1].at) if len(found) > 1 else found

    def _of_stage(self, story: Story, *, least: int, verb: str) -> list[Happened]:
        found = []
        for name, each in story.moves:
            position = self._position.get(name)
            if position is None:
                if verb == "left" and name in self._detours:
                    found.append(each)
            elif position >= least:
                found.append(each)
        for word, position in self._implied.items():
            if position >= least and word in story.events:
                found.extend(story.events[word])
        return found
