"""What marketing and sales promise each other, as it is written down.

A promise is one of two kinds. A `Term` is a clock: an event of a lead starts it, another stops it, and
working time must not run out between them. A `Delivery` is about a period: so many leads, or so good ones.
Promises of one name are variants of one promise: each lead falls under the variant of the highest priority
that is meant for it, and the one without a condition is for all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import attrs

from smarketing.errors import InvalidTermsError
from smarketing.language import N_
from smarketing.sla._faults import own_faults
from smarketing.values import Money, Points, Share

if TYPE_CHECKING:
    from smarketing.sla._contract import WorkingTime

__all__ = ["Criterion", "Delivery", "Measure", "Pause", "SlaTerms", "Term", "TermKind"]

Per = Literal["week", "month", "quarter", "year"]
Party = Literal["marketing", "sales", "system"]

ALL_OF_THEM = Share(1_000_000)


class TermKind(StrEnum):
    """What a term is for, which says what starts and stops it where the agreement does not."""

    RESPONSE = "response"
    ATTEMPTS = "attempts"
    DISPOSITION = "disposition"
    FEEDBACK = "feedback"
    FOLLOW_UP = "follow_up"
    REPORT_BACK = "report_back"
    RECIPROCITY = "reciprocity"
    STAY = "stay"
    HANDOVER = "handover"


class Measure(StrEnum):
    """What a delivery counts."""

    VOLUME = "volume"
    VALUE = "value"
    ACCEPTANCE = "acceptance"
    SCORE = "score"
    CONVERSION = "conversion"
    COMPLETENESS = "completeness"


def _names(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _by_field(given: Mapping[str, str | Iterable[str]]) -> dict[str, tuple[str, ...]]:
    return {field: _names(values) for field, values in given.items()}


_STARTS = {
    TermKind.RESPONSE: "assigned",
    TermKind.ATTEMPTS: "assigned",
    TermKind.DISPOSITION: "entered mql",
    TermKind.FEEDBACK: "accepted",
    TermKind.FOLLOW_UP: "answered",
    TermKind.REPORT_BACK: "deal won",
    TermKind.RECIPROCITY: "reported",
}
_CLOSES: dict[TermKind, tuple[str, ...]] = {
    TermKind.RESPONSE: ("attempted",),
    TermKind.ATTEMPTS: ("attempted",),
    TermKind.DISPOSITION: ("accepted", "rejected", "recycled"),
    TermKind.FEEDBACK: ("converted", "lost", "recycled"),
    TermKind.FOLLOW_UP: ("attempted", "replied"),
    TermKind.REPORT_BACK: ("reported",),
    TermKind.RECIPROCITY: ("reciprocated",),
}
_REACHED = ("connected", "answered", "converted", "deal created")
_REFERRED: Mapping[str, tuple[str, ...]] = {"source": ("referral",)}


def _closes_by_default(term: Term) -> tuple[str, ...]:
    if term.kind is TermKind.STAY:
        return (term.starts.replace("entered", "left", 1),)
    return _CLOSES.get(term.kind, ())


def _or_once_by_default(term: Term) -> tuple[str, ...]:
    return _REACHED if term.kind is TermKind.ATTEMPTS and term.count > 1 else ()


def _when_by_default(term: Term) -> Mapping[str, tuple[str, ...]]:
    return _REFERRED if term.kind in {TermKind.REPORT_BACK, TermKind.RECIPROCITY} else {}


@attrs.frozen(kw_only=True)
class Pause:
    """A clock stands still from one event until another: while we wait for the prospect.

    Attributes:
        starts: The event that stops the clock for a while ("replied").
        ends: The event that lets it run on ("answered").
    """

    starts: str
    ends: str


@attrs.frozen(kw_only=True)
class Term:
    """A promise with a clock: from an event, something is done within so much working time.

    Attributes:
        name: What people call it ("first response").
        kind: What it is for; it says what starts and stops the clock where the next two do not.
        starts: The event that starts the clock: one of `EVENTS`, or a stage ("entered mql").
        closes: The events of which any one stops it. Feedback closes only with an outcome and its reason; an
            attempt never does.
        within: The working time allowed, in hours and minutes of the calendar.
        working_days: As many working days of the calendar more; one is as long as `working_day` of its hours.
        by: Who promises it: "marketing", "sales", or "system" for what machines do.
        calendar: The working hours that count, by their name in the agreement; without it all hours do.
        count: How many of the closing events are needed.
        or_once: Where several are needed, the events of which one is enough all the same: nobody is called
            five times who was reached the first time.
        spacing: The least elapsed time between two of them that count.
        at_least: The share of clocks to be kept for the promise to be kept.
        when: For which leads: words by field (`source`, `channel`, `campaign`, `region`, `team`, … or
            a field of the company's own); empty for all others.
        priority: Of the variants that fit a lead, the one with the highest counts.
        pauses: When the clock stands still.
        restarts: Whether being assigned to somebody else starts the clock anew.
        then: What was agreed for a breach, in words: the escalation or the penalty.
        meaning: One sentence for people.
    """

    name: str
    kind: TermKind = attrs.field(converter=TermKind)
    starts: str = attrs.Factory(lambda self: _STARTS.get(self.kind, ""), takes_self=True)
    closes: tuple[str, ...] = attrs.field(
        default=attrs.Factory(_closes_by_default, takes_self=True), converter=_names
    )
    within: timedelta = timedelta()
    working_days: int = 0
    by: Party = "sales"
    calendar: str | None = None
    count: int = 1
    or_once: tuple[str, ...] = attrs.field(
        default=attrs.Factory(_or_once_by_default, takes_self=True), converter=_names
    )
    spacing: timedelta | None = None
    at_least: Share = ALL_OF_THEM
    when: Mapping[str, tuple[str, ...]] = attrs.field(
        default=attrs.Factory(_when_by_default, takes_self=True), converter=_by_field, hash=False
    )
    priority: int = 0
    pauses: tuple[Pause, ...] = ()
    restarts: bool = False
    then: str = ""
    meaning: str = ""

    def allowed(self, hours: WorkingTime) -> timedelta:
        """The working time allowed, by the hours that count."""
        return self.within + self.working_days * hours.working_day if self.working_days else self.within

    @cached_property
    def each_time(self) -> bool:
        """Whether every starting event starts a clock of its own, as each answer does, and not the first."""
        return self.kind in {TermKind.FOLLOW_UP, TermKind.REPORT_BACK, TermKind.RECIPROCITY}

    @cached_property
    def ends_when_left(self) -> bool:
        """Whether it ends when the lead is lost, disqualified or recycled; an answer is owed even then."""
        return self.kind not in _ANSWERS

    @cached_property
    def has_turns(self) -> bool:
        """Whether more than its first start and the first event that closes it has to be looked at."""
        return self.each_time or self.count > 1 or self.restarts or bool(self.pauses)

    @property
    def to_do(self) -> str:
        """What would stop the clock, in English."""
        is_call = self.kind is TermKind.HANDOVER and {*self.closes} <= {"attempted", "connected"}
        return _TO_DO[TermKind.RESPONSE if is_call else self.kind]


_ANSWERS = frozenset({TermKind.DISPOSITION, TermKind.FEEDBACK, TermKind.REPORT_BACK, TermKind.RECIPROCITY})

_TO_DO = {
    TermKind.RESPONSE: N_("Contact the lead"),
    TermKind.ATTEMPTS: N_("Try again to reach the lead"),
    TermKind.DISPOSITION: N_("Accept the lead, or reject it with a reason"),
    TermKind.FEEDBACK: N_("Tell marketing the outcome, with its reason"),
    TermKind.FOLLOW_UP: N_("Answer the reply"),
    TermKind.REPORT_BACK: N_("Tell whoever referred the lead how it ended"),
    TermKind.RECIPROCITY: N_("Do whoever referred the lead a good turn"),
    TermKind.STAY: N_("Move the lead on, or return it to marketing"),
    TermKind.HANDOVER: N_("Hand the lead over"),
}


@attrs.frozen(kw_only=True)
class Delivery:
    """A promise about a period: how many leads reach a stage, what they are worth, or how good they are.

    Attributes:
        name: What people call it ("qualified leads").
        measure: What is counted.
        stage: The stage that makes a lead delivered.
        per: The length of time that it is for.
        by: Who promises it.
        count: Of a volume: how many leads.
        amount: Of a value: how much they are worth.
        value_per_lead: Of a value: what one lead is worth; without it the amounts of their deals count.
        at_least: Of the others: the share of the delivered leads that has to be so good.
        score: Of a score: its name.
        least_points: Of a score: the points that a lead needs.
        fields: Of completeness: the fields that a lead has to have.
        calendar: The working days by which a running period is judged; without it all days count.
        when: For which leads, as in `Term`.
        priority: Of the variants that fit a lead, the one with the highest counts; volumes and values of
            several variants stand side by side.
        then: What was agreed for a breach, in words.
        meaning: One sentence for people.
    """

    name: str
    measure: Measure = attrs.field(converter=Measure)
    stage: str = "mql"
    per: Per | None = None
    by: Party = "marketing"
    count: int | None = None
    amount: Money | None = None
    value_per_lead: Money | None = None
    at_least: Share | None = None
    score: str | None = None
    least_points: Points | None = None
    fields: tuple[str, ...] = attrs.field(default=(), converter=_names)
    calendar: str | None = None
    when: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict, converter=_by_field, hash=False)
    priority: int = 0
    then: str = ""
    meaning: str = ""


@attrs.frozen(kw_only=True)
class Criterion:
    """What makes a lead qualified, or accepted.

    Attributes:
        stage: The stage that a lead is then in.
        score: The scoring matrix that decides.
        least_points: The points that it takes.
        says: The same in words.
    """

    stage: str
    score: str | None = None
    least_points: Points | None = None
    says: str = ""


def _all_terms(given: Iterable[Term]) -> tuple[Term, ...]:
    return tuple(given)


def _all_deliveries(given: Iterable[Delivery]) -> tuple[Delivery, ...]:
    return tuple(given)


def _lists(given: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    return _by_field(given)


@attrs.frozen(kw_only=True)
class SlaTerms:
    """One version of the contract between marketing and sales.

    Attributes:
        name: What people call it.
        parties: The departments.
        until: The first day on which it no longer holds; None for until further notice.
        objectives: What it is for, by kind ("communication", "commercial", "joint").
        indicators: The promises, by name, whose fulfilment decides on success.
        shared_data: What each department shares with the other.
        qualification: What makes a lead worth handing over: marketing's criterion.
        acceptance: What makes sales accept it: its criterion of conversion.
        review_every: How often both departments review it.
        then: The escalation or penalty that holds for every promise that names none.
        team_calendars: The working hours of teams that keep others than a promise's own, by team.
        deliveries: Promises about a period.
        terms: Promises with a clock.

    Raises:
        InvalidTermsError: With every fault at once, each with its key path and a suggestion.

    Example:
        >>> sla = SlaTerms(
        ...     terms=[Term(name="first response", kind="response", within=timedelta(hours=4))],
        ...     deliveries=[Delivery(name="qualified leads", measure="volume", per="month", count=120)],
        ... )
        >>> sla.terms[0].starts, sla.terms[0].closes, sla.deliveries[0].stage
        ('assigned', ('attempted',), 'mql')
    """

    name: str = ""
    parties: tuple[str, ...] = ("marketing", "sales")
    until: date | None = None
    objectives: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict, converter=_lists, hash=False)
    indicators: tuple[str, ...] = attrs.field(default=(), converter=_names)
    shared_data: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict, converter=_lists, hash=False)
    qualification: Criterion | None = None
    acceptance: Criterion | None = None
    review_every: Literal["week", "month", "quarter"] | None = None
    then: str = ""
    team_calendars: Mapping[str, str] = attrs.field(factory=dict, hash=False)
    deliveries: tuple[Delivery, ...] = attrs.field(default=(), converter=_all_deliveries)
    terms: tuple[Term, ...] = attrs.field(default=(), converter=_all_terms)

    def __attrs_post_init__(self) -> None:
        if problems := list(own_faults(self)):
            raise InvalidTermsError("the SLA cannot be used as written:", problems)
