"""One lead or deal: where it is, whose it is, and how it came there.

`timeline` reads the facts about one record as a row of stays, in plain Python, the same in a web hook as in a
nightly job. Facts are what happened: a move that the funnel forbids is still a move, and is reported as a
`Problem`. A move that is yet to be made is another matter: `Timeline.move` refuses it.

The rules, which the bulk measures share:

- A fact counts iff it had happened and was known before `as_of`. The order in which facts arrive, and a fact
  that arrives twice, change nothing.
- A skipped stage counts as passed at the instant at which the next later stage was entered: it is filled in,
  marked, and takes no time. A stage is filled once, and only if it was never entered before.
- What a fact *implies* moves a record forward only. To re-enter a stage, a `StageEntered` has to say so, or
  the record has to come back from a detour. A new deal brings a lost lead back through the reopened detour.
- A lead with several deals is lost with one of them only if no other is open or won then.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import attrs

from smarketing.errors import IllegalMoveError, did_you_mean
from smarketing.facts import Fact, StageEntered
from smarketing.funnel._entries import Entry, assignee, counting, entries, record_id_of
from smarketing.funnel._stages import Detour, DetourKind, Evidence, Stage, Unit
from smarketing.funnel._terms import Funnel
from smarketing.origin import Origin, Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Stay", "Timeline", "timeline"]

_DAY = timedelta(days=1)


@attrs.frozen(kw_only=True)
class Stay:
    """The time that a record spent in one stage or detour, once.

    Attributes:
        stage: The stage or detour.
        entered_at: When it came in.
        left_at: When it went on; None while it is there.
        by: Who moved it in, where a fact says so.
        why: The reason given.
        evidence: The fact that counted as entering, where no `StageEntered` said so.
        filled: Whether the stage was skipped and is filled in by rule, with no time spent.
        fact_id: The fact that it was read from; for a filled stay, the one that passed it by.
        is_dated_by_day: Whether the entry is known to the day only.
    """

    stage: str
    entered_at: datetime
    left_at: datetime | None = None
    by: str | None = None
    why: str | None = None
    evidence: Evidence | None = None
    filled: bool = False
    fact_id: str
    is_dated_by_day: bool = False

    @property
    def time_in_stage(self) -> timedelta | None:
        """How long it stayed, in elapsed time; None while it is there."""
        return None if self.left_at is None else self.left_at - self.entered_at


@attrs.frozen(kw_only=True)
class Timeline:
    """The way of one record through its funnel, as known at an instant.

    Attributes:
        record_id: The lead or deal; None where no fact that counts names one.
        funnel: The terms it was read by.
        as_of: The instant before which facts had to be known.
        stays: Where it was, oldest first, re-entries included.
        assigned_to: The person whom it was given to last. Owning departments are `owners_now`.
        problems: Moves that the funnel forbids, and places that it does not have.
        facts: The facts that counted, all kinds of them, each once; for other rooms to read on.
    """

    record_id: str | None
    funnel: Funnel
    as_of: datetime
    stays: tuple[Stay, ...] = ()
    assigned_to: str | None = None
    problems: tuple[Problem, ...] = ()
    facts: tuple[Fact, ...] = attrs.field(default=(), repr=False, eq=False)

    @property
    def stage_now(self) -> str | None:
        """The stage or detour that it is in; None before its first entry."""
        return self.stays[-1].stage if self.stays else None

    @property
    def owners_now(self) -> frozenset[str]:
        """The departments that own it now: both for an MQL, nobody once it is lost."""
        return self.funnel[self.stays[-1].stage].owners if self.stays else frozenset()

    @property
    def overstays(self) -> tuple[Stay, ...]:
        """The stays that certainly exceed the agreed longest stay, the present one included."""
        return tuple(stay for stay in self.stays if self.is_overstay(stay))

    def time_in_stage(self, stage: str) -> timedelta | None:
        """The elapsed time spent in a stage or detour, all stays together; None if it never was there.

        A stay that goes on is counted up to `as_of`.

        Raises:
            UnknownNameError: The funnel has no such stage or detour.
        """
        name = self.funnel[stage].name
        spent = [(stay.left_at or self.as_of) - stay.entered_at for stay in self.stays if stay.stage == name]
        return sum(spent, timedelta()) if spent else None

    def is_overstay(self, stay: Stay) -> bool | None:
        """Whether a stay exceeds the longest one agreed; None where dates without a time leave it open."""
        place = self.funnel[stay.stage]
        longest = place.max_stay if isinstance(place, Stage) else None
        if longest is None:
            return False
        spent = (stay.left_at or self.as_of) - stay.entered_at
        # A bare date stands for any instant of its day: the stay may be up to a day shorter, or longer.
        certain = spent - _DAY >= longest if stay.is_dated_by_day else spent > longest
        possible = (spent + _DAY if self._leaves_on_a_bare_day(stay) else spent) > longest
        return certain if certain == possible else None

    def _leaves_on_a_bare_day(self, stay: Stay) -> bool:
        following = self.stays.index(stay) + 1
        return following < len(self.stays) and self.stays[following].is_dated_by_day

    def move(
        self,
        to: str,
        *,
        at: datetime,
        by: str | None = None,
        why: str | None = None,
        origin: Origin | None = None,
    ) -> StageEntered:
        """The fact that the record moves on, if the funnel allows it. Nothing is stored: keep the fact.

        Args:
            to: The stage or detour.
            at: When, not before the last entry.
            by: The person who moves it.
            why: The reason.
            origin: The system that says so; smarketing itself where none is given.

        Raises:
            IllegalMoveError: The funnel forbids it, or it would come before the last entry.
            InvalidFactError: `at` has no time zone, or the timeline is of no record yet.
        """
        self.funnel.check_move(self.stage_now, to)
        is_lead = self.funnel.unit is Unit.LEAD
        fact = StageEntered(
            origin=origin
            or Origin(system="smarketing", table=StageEntered.TABLE, record=self.record_id or ""),
            occurred_at=at,
            lead_id=self.record_id if is_lead else None,
            deal_id=None if is_lead else self.record_id,
            stage=to,
            by_id=by,
            reason=why,
        )
        if self.stays and fact.occurred_at < self.stays[-1].entered_at:
            last = self.stays[-1]
            raise IllegalMoveError(
                f"the move to {to!r} at {fact.occurred_at.isoformat()} comes before the {self.funnel.unit} "
                f"entered {last.stage!r} at {last.entered_at.isoformat()}"
            )
        return fact


def timeline(facts: Iterable[Fact], funnel: Funnel, *, as_of: datetime) -> Timeline:
    """The way of one lead or deal through a funnel, as known before an instant.

    Args:
        facts: The facts about one record, in any order: its versions, stage entries and assignments, and for
            a lead all about its deals. Other kinds are ignored. A `StageEntered` or `Assigned` that names a
            deal is about the deal, even if it names the lead too.
        funnel: The terms; its unit says whether the record is a lead or a deal.
        as_of: Facts count iff they had happened and were known before this.

    Raises:
        InvalidFactError: The facts are about several records of the funnel's unit.

    Example:
        >>> from datetime import UTC, datetime
        >>> from smarketing.facts import Lead, StageEntered
        >>> crm = Origin(system="crm", table="leads", record="L-1")
        >>> day = lambda number: datetime(2026, 3, number, tzinfo=UTC)
        >>> facts = [
        ...     StageEntered(origin=crm, occurred_at=day(9), lead_id="L-1", stage="sql", by_id="ana"),
        ...     Lead(origin=crm, occurred_at=day(2), created_at=day(2), lead_id="L-1"),
        ... ]
        >>> story = timeline(facts, Funnel.default(), as_of=day(20))
        >>> [(stay.stage, stay.entered_at.day, stay.filled) for stay in story.stays]
        [('prospect', 2, True), ('lead', 2, False), ('mql', 9, True), ('sql', 9, False)]
        >>> story.stage_now, sorted(story.owners_now), story.time_in_stage("lead").days
        ('sql', ['marketing', 'sales'], 7)
    """
    counted = counting(facts, as_of)
    record_id = record_id_of(counted, funnel.unit)
    path = _Path(funnel)
    for entry in entries(counted, funnel, as_of):
        path.enter(entry)
    return Timeline(
        record_id=record_id,
        funnel=funnel,
        as_of=as_of,
        stays=tuple(path.stays),
        assigned_to=assignee(counted, funnel.unit),
        problems=tuple(path.problems),
        facts=tuple(counted),
    )


class _Path:
    """Stays as they grow, entry by entry."""

    def __init__(self, funnel: Funnel) -> None:
        self.funnel = funnel
        self.stays: list[Stay] = []
        self.problems: list[Problem] = []

    @property
    def here(self) -> Stage | Detour | None:
        return self.funnel[self.stays[-1].stage] if self.stays else None

    def enter(self, entry: Entry) -> None:
        if entry.place not in self.funnel:
            known = did_you_mean(entry.place, self.funnel.places)
            self._report(entry, "unknown-stage", f"the funnel has no stage {entry.place!r}{known}")
            return
        here = self.here
        if (here and here.name == entry.place) or not (entry.is_said or self._moves(entry)):
            return
        if entry.evidence is Evidence.DEAL_CREATED and isinstance(here, Detour) and here.kind.is_final:
            self._come_back(entry, here)
        self._check(entry)
        self._fill(entry)
        self._stay(entry, entry.place)

    def _moves(self, entry: Entry) -> bool:
        """Whether a fact that only implies an entry moves the record from where it is."""
        here, target = self.here, self.funnel[entry.place]
        if entry.evidence is Evidence.LEAD_CAPTURED:
            later = {stage.name for stage in self.funnel.stages[self.funnel.position(target.name) :]}
            return not any(stay.stage in later for stay in self.stays)
        if isinstance(target, Detour) and target.kind is DetourKind.REOPENED:
            return here is not None and self.funnel.may_move(here.name, target.name)
        if isinstance(target, Detour):
            return not (isinstance(here, Detour) and here.kind.is_final)
        return not isinstance(here, Stage) or self.funnel.position(here.name) < self.funnel.position(
            target.name
        )

    def _come_back(self, entry: Entry, here: Detour) -> None:
        reopened = self.funnel.detour(DetourKind.REOPENED)
        if reopened and self.funnel.may_move(here.name, reopened.name):
            self._stay(entry, reopened.name, filled=True)

    def _check(self, entry: Entry) -> None:
        here = self.here
        try:
            self.funnel.check_move(here.name if here else None, entry.place)
        except IllegalMoveError as error:
            self._report(entry, "illegal-move", f"{error}; it was kept as it happened")

    def _fill(self, entry: Entry) -> None:
        if isinstance(self.funnel[entry.place], Detour):
            return
        passed = {stay.stage for stay in self.stays}
        for stage in self.funnel.stages[: self.funnel.position(entry.place)]:
            if stage.name not in passed:
                self._stay(entry, stage.name, filled=True)

    def _stay(self, entry: Entry, place: str, *, filled: bool = False) -> None:
        if self.stays:
            self.stays[-1] = attrs.evolve(self.stays[-1], left_at=entry.at)
        self.stays.append(
            Stay(
                stage=place,
                entered_at=entry.at,
                by=None if filled else entry.by,
                why=None if filled else entry.why,
                evidence=None if filled else entry.evidence,
                filled=filled,
                fact_id=entry.fact.id,
                is_dated_by_day=entry.is_dated_by_day,
            )
        )

    def _report(self, entry: Entry, code: str, message: str) -> None:
        problem = Problem(code=code, message=message, origin=entry.fact.origin, severity=Severity.WARNING)
        self.problems.append(problem)
