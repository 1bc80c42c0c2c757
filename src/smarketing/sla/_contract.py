"""The contract as it is applied: dated terms, and the stages, hours and sources that they speak of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import attrs

from smarketing.calendars import BusinessCalendar
from smarketing.errors import InvalidTermsError, UnknownNameError, did_you_mean
from smarketing.facts import Lead
from smarketing.funnel import Funnel
from smarketing.periods import Dated, start_of_day
from smarketing.sla._events import StageReader
from smarketing.sla._faults import SHORT, contract_faults
from smarketing.sla._terms import Delivery, SlaTerms, Term
from smarketing.sources import SourceRules
from smarketing.text import fold, word_of

if TYPE_CHECKING:
    from smarketing.facts import Fact
    from smarketing.funnel import Timeline
    from smarketing.sla._clocks import Clock

__all__ = ["SlaContract"]

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class WorkingTime(Protocol):
    """What a clock needs to know of the hours that count."""

    @property
    def working_day(self) -> timedelta: ...

    def elapsed(self, start: datetime, end: datetime) -> timedelta: ...

    def deadline(self, start: datetime, budget: timedelta) -> datetime: ...


class AllHours:
    """Every hour counts."""

    working_day = timedelta(days=1)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """The time from `start` to `end`."""
        return end - start

    def deadline(self, start: datetime, budget: timedelta) -> datetime:
        """The instant at which `budget` has passed."""
        return start + budget


ALL_HOURS = AllHours()


Conditions = tuple[tuple[str, frozenset[str]], ...]
"""For which leads a variant is: folded words by field, all of which have to fit."""

_Promise = TypeVar("_Promise", Term, Delivery)


class InForce(NamedTuple):
    """One version of the terms, with the instants between which clocks start under it.

    `clocks` and `deliveries` hold the variants of each promise, in the order in which they are tried.
    """

    since: datetime
    before: datetime
    terms: SlaTerms
    clocks: Mapping[str, tuple[tuple[Conditions, Term], ...]]
    deliveries: Mapping[str, tuple[tuple[Conditions, Delivery], ...]]


@attrs.frozen(kw_only=True)
class SlaContract:
    """What marketing and sales promise each other, ready to be measured.

    The terms in force on the day on which a clock starts, or a period begins, apply to it for good.

    Attributes:
        versions: The dated terms.
        funnel: The agreed stages.
        calendars: The agreed working hours, by name.
        sources: The agreed rules for lead sources.
        zone: The time zone whose days are meant.

    Raises:
        InvalidTermsError: The terms speak of stages, events or working hours that do not exist.

    Example:
        >>> from smarketing.origin import Origin
        >>> from smarketing.facts import Assigned
        >>> terms = SlaTerms(terms=[Term(name="first response", kind="response", within=timedelta(hours=4))])
        >>> contract = SlaContract.of(terms)
        >>> given = Assigned(origin=Origin(system="crm"), lead_id="L-1", owner_id="ana",
        ...                  occurred_at=datetime(2026, 3, 2, 9, tzinfo=UTC))
        >>> clock, = contract.clocks([given], now=datetime(2026, 3, 2, 10, tzinfo=UTC))
        >>> clock.commitment.name, clock.state.value, str(clock.remaining), clock.owner
        ('first response', 'running', '3:00:00', 'ana')
    """

    versions: Dated[SlaTerms]
    funnel: Funnel = attrs.field(factory=Funnel.default)
    calendars: Mapping[str, Dated[BusinessCalendar]] = attrs.field(factory=dict, hash=False)
    sources: Dated[SourceRules] = attrs.field(factory=lambda: Dated.of(SourceRules.default()), hash=False)
    zone: str = "UTC"

    def __attrs_post_init__(self) -> None:
        problems = [
            problem
            for _, terms in self.versions.versions
            for problem in contract_faults(terms, funnel=self.funnel, calendars=self.calendars)
        ]
        if problems:
            raise InvalidTermsError("the SLA does not fit the agreement:", problems)

    @property
    def name(self) -> str:
        """What people call it: the name of its latest version."""
        return self.versions.versions[-1][1].name

    @classmethod
    def of(
        cls,
        terms: SlaTerms,
        *,
        funnel: Funnel | None = None,
        calendars: Mapping[str, BusinessCalendar] | None = None,
        sources: SourceRules | None = None,
        zone: str = "UTC",
    ) -> SlaContract:
        """A contract whose terms have always been in force, such as a draft to be tried on the past."""
        return cls(
            versions=Dated.of(terms),
            funnel=funnel or Funnel.default(),
            calendars={name: Dated.of(calendar) for name, calendar in (calendars or {}).items()},
            sources=Dated.of(sources or SourceRules.default()),
            zone=zone,
        )

    def with_terms(self, terms: SlaTerms) -> SlaContract:
        """The same agreement under other terms, as if these had always been in force.

        To negotiate on evidence, measure the last quarter under a draft: `measure_sla(frames,
        contract.with_terms(draft), period=last_quarter)`.
        """
        return attrs.evolve(self, versions=Dated.of(terms))

    def on(self, day: date) -> SlaTerms | None:
        """The terms in force on a day; None before the first and after the last."""
        at = start_of_day(day, self.zone)
        return next((each.terms for each in self.in_force if each.since <= at < each.before), None)

    def clocks(self, timeline: Timeline | Iterable[Fact], *, now: datetime) -> tuple[Clock, ...]:
        """Every clock of one lead: what was due or is due, when, by whom, and how much time is left.

        Nothing is stored: a clock is read from what had happened, and was known, before `now`.

        Args:
            timeline: The facts about one lead and its deals in any order, or its timeline.
            now: The moment that it is read at.

        Returns:
            One clock per promise and start, in the order of the promises, then of time. A promise that was
            never set going has none.

        Raises:
            InvalidFactError: `now` has no time zone.
        """
        from smarketing.sla._clocks import clocks_of

        return clocks_of(self, timeline, now)

    def due(self, timelines: Iterable[Timeline | Iterable[Fact]], *, now: datetime) -> list[Clock]:
        """All that is still to be done, the most urgent first: what is late already, then what is due next.

        Args:
            timelines: The facts or the timeline of each lead.
            now: The moment that it is read at.
        """
        from smarketing.sla._clocks import due_of

        return due_of(self, timelines, now)

    def working_time(self, name: str | None, at: datetime) -> WorkingTime:
        """The working hours of a name, as agreed on the day of an instant.

        Raises:
            UnknownNameError: There are none of that name.
        """
        if name is None:
            return ALL_HOURS
        versions = self.hours.get(name)
        if versions is None:
            raise UnknownNameError(f"there are no working hours {name!r}{did_you_mean(name, self.hours)}")
        if len(versions) == 1:
            return versions[0][1]
        return next((hours for since, hours in reversed(versions) if since <= at), versions[0][1])

    @cached_property
    def in_force(self) -> tuple[InForce, ...]:
        """The versions with the instants between which they hold, oldest first."""
        starts = [(_start(day, self.zone), terms) for day, terms in self.versions.versions]
        found = []
        for number, (since, terms) in enumerate(starts):
            following = starts[number + 1][0] if number + 1 < len(starts) else _LAST
            until = _start(terms.until, self.zone) if terms.until else _LAST
            before = max(since, min(following, until))
            found.append(InForce(since, before, terms, _variants(terms.terms), _variants(terms.deliveries)))
        return tuple(found)

    @cached_property
    def stages(self) -> StageReader:
        """How the stages of a lead are read."""
        return StageReader(self.funnel)

    @cached_property
    def hours(self) -> dict[str, list[tuple[datetime, BusinessCalendar]]]:
        """The working hours by name, each version with the instant from which it is in force."""
        return {
            name: [(_start(day, self.zone), hours) for day, hours in dated.versions]
            for name, dated in self.calendars.items()
        }

    @cached_property
    def _sources(self) -> list[tuple[datetime, SourceRules]]:
        return [(_start(day, self.zone), rules) for day, rules in self.sources.versions]

    @cached_property
    def _read_sources(self) -> dict[tuple[int, tuple[str | None, ...]], str]:
        return {}

    def word(self, lead: Lead | None, field: str) -> str | None:
        """What a lead says in a field that promises can be limited by, folded; None where it is unknown."""
        if lead is None:
            return None
        if field == "source":
            return self._source(lead)
        found = getattr(lead, SHORT.get(field, field), None)
        if found is None:
            found = lead.traits.get(field.removeprefix("trait_"))
        return None if found is None else word_of(found).strip()

    def _source(self, lead: Lead) -> str:
        at = lead.created_at or lead.occurred_at
        number = next(
            (index for index, (since, _) in reversed([*enumerate(self._sources)]) if since <= at), None
        )
        if number is None:
            return "unknown"
        rules = self._sources[number][1]
        words = tuple(getattr(lead, field, None) for field in rules.fields)
        key = (number, words)
        if key not in self._read_sources:
            if len(self._read_sources) > _MOST_WORDS:
                self._read_sources.clear()
            verdict = rules.classify(dict(zip(rules.fields, words, strict=True)))
            self._read_sources[key] = verdict.source.value
        return self._read_sources[key]


_MOST_WORDS = 10_000


def _start(day: date, zone: str) -> datetime:
    return _FIRST if day == date.min else start_of_day(day, zone)


def _variants(promises: Iterable[_Promise]) -> dict[str, tuple[tuple[Conditions, _Promise], ...]]:
    """The variants of each promise in the order in which they are tried: by priority, the default last."""
    groups: dict[str, list[_Promise]] = {}
    for each in promises:
        groups.setdefault(each.name, []).append(each)
    return {
        name: tuple(
            (_folded(each.when), each)
            for each in sorted(alike, key=lambda each: (not each.when, -each.priority))
        )
        for name, alike in groups.items()
    }


def _folded(when: Mapping[str, Iterable[str]]) -> Conditions:
    return tuple((field, frozenset(fold(word).strip() for word in words)) for field, words in when.items())
