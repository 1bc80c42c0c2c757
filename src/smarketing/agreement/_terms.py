"""What an agreement says, and what can be wrong with it as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Literal, TypeVar

import attrs

from smarketing.agreement._faults import agreement_faults, company_faults, quota_faults, targets_faults
from smarketing.calendars import BusinessCalendar
from smarketing.closed_loop import AnswerTerm
from smarketing.errors import InvalidTermsError
from smarketing.funnel import Funnel
from smarketing.language import Words, words
from smarketing.periods import Dated, Period, parse_instant, start_of_day
from smarketing.scoring import Grid, GridTerms, ScoringMatrix, in_force_at
from smarketing.sla import SlaContract, SlaTerms, TermKind
from smarketing.sources import SourceRules
from smarketing.values import Money

V = TypeVar("V")


class _Frozen(Mapping[str, V]):
    """A mapping that cannot change, can be hashed, and (unlike a mapping proxy) copied and pickled."""

    __slots__ = ("_given",)

    def __init__(self, given: Mapping[str, V]) -> None:
        self._given = dict(given)

    def __getitem__(self, name: str) -> V:
        return self._given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    def __hash__(self) -> int:
        return hash(frozenset(self._given.items()))

    def __repr__(self) -> str:
        return repr(self._given)


def _frozen(given: Mapping[str, V]) -> Mapping[str, V]:
    return _Frozen(given)


def _promised(dated: Dated[V] | None, since: date | None) -> Dated[V] | None:
    """Nobody promised anything before the agreement took effect, unless a version of the terms says so."""
    if dated is None or since is None:
        return dated
    (first, terms), *later = dated.versions
    if first != date.min or (later and later[0][0] <= since):
        return dated
    return Dated(((since, terms), *later))


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(given)


def _frozen_words(given: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
    return _Frozen({language: _Frozen(own) for language, own in given.items()})


@attrs.frozen(kw_only=True)
class Company:
    """Whose agreement it is, and how it reads time and money.

    Attributes:
        name: As people call it.
        zone: The time zone whose days and months are counted.
        currency: The ISO 4217 code of targets and, where a record names none, of amounts.
        fiscal_year_start: The month (1 to 12) in which the fiscal year begins.
        week_start: The day on which weeks begin ("mon").
        languages: The languages of labels and reports; the first is the one used unless another is asked for.
        words: Own words by language and then by the English label that they replace.

    Raises:
        InvalidTermsError: With every fault at once.
    """

    name: str
    zone: str
    currency: str
    fiscal_year_start: int = 1
    week_start: str = "mon"
    languages: tuple[str, ...] = ("en",)
    words: Mapping[str, Mapping[str, str]] = attrs.field(factory=dict, converter=_frozen_words)

    def __attrs_post_init__(self) -> None:
        if problems := list(company_faults(self)):
            raise InvalidTermsError("the company cannot be used as written:", problems)


@attrs.frozen(kw_only=True)
class Quota:
    """What one of them is to reach in each month, quarter or year.

    Attributes:
        revenue: Money won, in the company's currency.
        counts: How many are to enter each stage of the funnel, by the stage's name.

    Raises:
        InvalidTermsError: A quota below zero, or one that says nothing.
    """

    revenue: Money | None = None
    counts: Mapping[str, int] = attrs.field(factory=dict, converter=_frozen)

    def __attrs_post_init__(self) -> None:
        if problems := list(quota_faults(self)):
            raise InvalidTermsError("the quota cannot be used as written:", problems)


@attrs.frozen(kw_only=True)
class Targets:
    """What is to be reached, by whom. A quota that nobody agreed on is missing, not zero.

    Attributes:
        per: The length of time that each quota is for.
        company: What everybody is to reach together; it need not be the sum of the others.
        teams: By team.
        owners: By the id of the person that leads and deals are assigned to.

    Raises:
        InvalidTermsError: Targets without any quota.
    """

    per: Literal["month", "quarter", "year"] = "month"
    company: Quota | None = None
    teams: Mapping[str, Quota] = attrs.field(factory=dict, converter=_frozen)
    owners: Mapping[str, Quota] = attrs.field(factory=dict, converter=_frozen)

    def __attrs_post_init__(self) -> None:
        if problems := list(targets_faults(self)):
            raise InvalidTermsError("the targets cannot be used as written:", problems)


@attrs.frozen(kw_only=True)
class Agreement:
    """All terms that both departments agreed on.

    Attributes:
        company: Whose they are.
        version: What people call this version ("2026.1").
        effective_from: The day from which it is in force. What it promises (`sla`, `targets`) holds from this
            day on where no version of it has a day of its own; rules that only read or measure hold always.
        funnel: The funnel of leads; unless said otherwise `Funnel.default()`.
        pipelines: The sales pipelines that deals move through; unless said otherwise none, since a
            probability that nobody agreed on is not invented.
        sources: How raw words are read as sources; unless said otherwise `SourceRules.default()`.
        calendars: Working hours by name ("sales"), for the terms that run on a clock.
        targets: What is to be reached; None where nothing was agreed.
        campaigns: The ids of the campaigns that were decided on; a flip number belongs to one of these.
        scoring: The scoring matrices by name, dated.
        grid: What is agreed about leads by how well they fit and how much they are engaged, dated.
        sla: What both departments promise each other, dated; read back as the `SlaContract` that it makes.

    Raises:
        InvalidTermsError: With every contradiction between its parts.

    Example:
        >>> agreement = Agreement(company=Company(name="Acme", zone="Europe/Madrid", currency="EUR"))
        >>> agreement.period("2026-10").start.isoformat()
        '2026-09-30T22:00:00+00:00'
        >>> agreement.words()("Lead")
        'Lead'
    """

    company: Company
    version: str = ""
    effective_from: date | None = None
    funnel: Funnel = attrs.field(factory=Funnel.default)
    pipelines: tuple[Funnel, ...] = ()
    sources: Dated[SourceRules] = attrs.field(factory=lambda: Dated.of(SourceRules.default()))
    calendars: Mapping[str, Dated[BusinessCalendar]] = attrs.field(factory=dict, converter=_frozen)
    _targets: Dated[Targets] | None = attrs.field(default=None, alias="targets")
    campaigns: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    scoring: Mapping[str, Dated[ScoringMatrix]] = attrs.field(factory=dict, converter=_frozen)
    grid: Dated[GridTerms] | None = None
    _sla: Dated[SlaTerms] | None = attrs.field(default=None, alias="sla")

    def __attrs_post_init__(self) -> None:
        if problems := list(agreement_faults(self)):
            raise InvalidTermsError("the agreement cannot be used as written:", problems)

    @property
    def sla_terms(self) -> Dated[SlaTerms] | None:
        """The dated terms of the SLA as they are in force; None where nothing was agreed."""
        return _promised(self._sla, self.effective_from)

    @property
    def targets(self) -> Dated[Targets] | None:
        """The dated targets as they are in force; None where nothing was agreed."""
        return _promised(self._targets, self.effective_from)

    @cached_property
    def sla(self) -> SlaContract | None:
        """The SLA with the stages, hours and sources that it speaks of; None where none was agreed."""
        if (terms := self.sla_terms) is None:
            return None
        return SlaContract(
            versions=terms,
            funnel=self.funnel,
            calendars=self.calendars,
            sources=self.sources,
            zone=self.company.zone,
        )

    def grid_at(self, as_of: datetime) -> Grid | None:
        """The grid in force at an instant, with its scores as they were then; None where none was.

        Raises:
            InvalidTermsError: One of its scores was not in force yet.
        """
        zone = self.company.zone
        versions = self.grid.versions if self.grid else ()
        for day, terms in reversed(versions):
            if day == date.min or start_of_day(day, zone) <= as_of:
                named = {name: self.scoring[name] for name in (terms.fit, terms.engagement)}
                return terms.bound({name: in_force_at(matrix, as_of) for name, matrix in named.items()})
        return None

    @property
    def answer_term(self) -> Dated[AnswerTerm | None] | None:
        """How soon sales answers about a lead: the SLA's promise to accept or reject it, for all leads.

        None where nobody promised it; a version of the SLA without it has None in its stead.
        """
        if (dated := self.sla_terms) is None:
            return None
        found: list[tuple[date, AnswerTerm | None]] = []
        for day, terms in dated.versions:
            meant = [term for term in terms.terms if term.kind is TermKind.DISPOSITION]
            term = next((each for each in meant if not each.when), meant[0] if meant else None)
            calendar = self.calendars.get(term.calendar) if term and term.calendar else None
            hours = calendar.on(max(day, calendar.versions[0][0])) if calendar else None
            within = (term.allowed(hours) if hours else term.within) if term else None
            found.append((day, AnswerTerm(within=within, calendar=hours) if within else None))
        return Dated(tuple(found)) if any(term for _, term in found) else None

    def words(self, language: str | None = None) -> Words:
        """The labels of a language, with the company's own where it has them.

        Args:
            language: By default the company's first.

        Raises:
            UnknownNameError: There are no labels in that language.
        """
        chosen = language or self.company.languages[0]
        return words(chosen, own=self.company.words.get(chosen))

    def period(self, text: str) -> Period:
        """The period that a text names ("2026-10", "FY2026-Q1"), by the company's days and fiscal year.

        Raises:
            InvalidTermsError: The text names no period.
        """
        return Period.parse(text, self.company.zone, fiscal_year_start=self.company.fiscal_year_start)

    def as_of(self, text: str) -> datetime:
        """The instant that a text names; a day is its start, on the company's clock.

        Raises:
            InvalidTermsError: The text names no instant.
        """
        return parse_instant(text, self.company.zone)

    def diff(self, newer: Agreement) -> tuple[str, ...]:
        """What a newer agreement changes, a sentence each; nothing if they are equal.

        Example:
            >>> old = Agreement(company=Company(name="Acme", zone="Europe/Madrid", currency="EUR"))
            >>> new = attrs.evolve(old, company=attrs.evolve(old.company, currency="USD"), version="2")
            >>> old.diff(new)
            ("company: currency was 'EUR', is now 'USD'", "version was '', is now '2'")
        """
        from smarketing.agreement._diff import changes

        return tuple(changes(self, newer))

    def to_toml(self) -> str:
        """The agreement as a document that `load_agreement` reads back equal.

        Raises:
            TypeError: A calendar's holidays are a container that cannot be listed.
        """
        from smarketing.agreement._write import toml_of

        return toml_of(self)
