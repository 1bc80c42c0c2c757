"""Strategies for terms: funnels, source rules, calendars, whole agreements. All can be used as they are."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import TypeVar

import attrs
from hypothesis import strategies as st

from smarketing.agreement import Agreement, Company, Quota, Targets
from smarketing.calendars import BusinessCalendar
from smarketing.funnel import Detour, DetourKind, Funnel, Stage, StageKind, Unit
from smarketing.periods import Dated
from smarketing.scoring import ScoringMatrix
from smarketing.sources import RULE_FIELDS, LeadSource, SourceRule, SourceRules
from smarketing.testing.strategies import _values as values
from smarketing.testing.strategies._scoring import grid_terms, matrices
from smarketing.testing.strategies._sla import sla_terms
from smarketing.values import Money

T = TypeVar("T")

_NAMES = ("visitor", "lead", "mql", "sal", "sql", "trial", "offer", "opportunity", "customer", "advocate")
_DEPARTMENTS = ("marketing", "sales", "service")
_WORDS = ("organic*", "google", "cpc", "cold call", "*outreach*", "fair", "referral", "partner", "ana ?*")
_WINDOWS = ("09:00-18:00", "10:00-14:00", "08:30-20:15", "22:00-06:00", "00:00-24:00")


@st.composite
def funnels(draw: st.DrawFn, *, unit: Unit | None = None) -> Funnel:
    """Funnels with one stage or many, gates and agreed stays among them, and some of the four detours."""
    chosen = set(draw(st.lists(st.sampled_from(_NAMES), min_size=1, unique=True)))
    names = [name for name in _NAMES if name in chosen]
    owners = st.sets(st.sampled_from(_DEPARTMENTS), min_size=1)
    stages: list[Stage] = []
    for name in names:
        kind = draw(st.sampled_from(StageKind))
        stay = timedelta(hours=draw(st.integers(1, 999))) if kind is StageKind.SLA else None
        probability = draw(st.none() | values.shares())
        stages.append(
            Stage(name=name, owners=draw(owners), kind=kind, max_stay=stay, probability=probability)
        )
    kinds = draw(st.lists(st.sampled_from(DetourKind), unique=True))
    detours = [
        Detour(
            name=kind.value,
            kind=kind,
            from_stages=draw(st.lists(st.sampled_from(names), unique=True, max_size=3)),
            returns_to=()
            if kind.is_final
            else draw(st.lists(st.sampled_from(names), unique=True, max_size=3)),
        )
        for kind in kinds
    ]
    moves = unit or draw(st.sampled_from(Unit))
    return Funnel(name="drawn", unit=moves, stages=stages, detours=detours)


@st.composite
def source_rules(draw: st.DrawFn) -> SourceRules:
    """Ordered rules, no two with a word in common, so that each can be reached."""
    patterns = draw(st.lists(st.sampled_from(_WORDS), unique=True, max_size=len(_WORDS)))
    known = [source for source in LeadSource if source is not LeadSource.UNKNOWN]
    rules: list[SourceRule] = []
    while patterns:
        count = draw(st.integers(1, len(patterns)))
        here, patterns = patterns[:count], patterns[count:]
        field = draw(st.sampled_from(RULE_FIELDS))
        rules.append(SourceRule(draw(st.sampled_from(known)), {field: here}))
    return SourceRules(rules)


@st.composite
def calendars(draw: st.DrawFn) -> BusinessCalendar:
    """Working calendars in several zones, over midnight and around the clock too, with holidays."""
    days = draw(st.sampled_from(["mon-fri", "daily", "fri-mon", "mon,wed,fri", "sat"]))
    return BusinessCalendar(
        zone=draw(st.sampled_from(values.ZONES)),
        windows={days: draw(st.sampled_from(_WINDOWS))},
        holidays=frozenset(draw(st.lists(values.days(), max_size=5))),
    )


@st.composite
def agreements(draw: st.DrawFn) -> Agreement:
    """Agreements of which every part may be left out, and whose terms may change on a day."""
    currency = draw(values.currencies())
    company = Company(
        name=draw(values.words()),
        zone=draw(st.sampled_from(values.ZONES)),
        currency=currency,
        fiscal_year_start=draw(st.integers(1, 12)),
        week_start=draw(st.sampled_from(["mon", "sun"])),
        languages=draw(st.sampled_from([("en",), ("es", "en")])),
        words=draw(st.sampled_from([{}, {"en": {"Lead": "Contact"}}])),
    )
    funnel = draw(funnels(unit=Unit.LEAD))
    hours: dict[str, Dated[BusinessCalendar]] = draw(
        st.dictionaries(st.sampled_from(["sales", "support"]), _dated(calendars()), max_size=2)
    )
    scores: dict[str, Dated[ScoringMatrix]] = {
        name: draw(_dated(matrices(most_rules=2).map(partial(_called, name))))
        for name in draw(st.sampled_from([(), ("intent",), ("intent", "fit")]))
    }
    campaigns = {
        flip.campaign
        for dated in scores.values()
        for _, matrix in dated.versions
        for flip in matrix.flips
        if flip.campaign
    }
    return Agreement(
        company=company,
        version=draw(st.sampled_from(["", "1", "2026.1"])),
        effective_from=draw(st.none() | values.days()),
        funnel=funnel,
        pipelines=tuple(draw(st.lists(funnels(unit=Unit.DEAL), max_size=1))),
        sources=draw(_dated(source_rules())),
        calendars=hours,  # type: ignore[arg-type, unused-ignore]
        targets=draw(st.none() | _dated(_targets(funnel, currency))),
        campaigns=sorted(campaigns),
        scoring=scores,  # type: ignore[arg-type, unused-ignore]
        grid=draw(st.none() | _dated(grid_terms("fit", "intent"))) if "fit" in scores else None,
        sla=draw(st.none() | _dated(sla_terms(funnel, currency=currency, calendars=[*hours])))
        if "intent" in scores
        else None,
    )


def _called(name: str, matrix: ScoringMatrix) -> ScoringMatrix:
    return attrs.evolve(matrix, name=name)


def _dated(terms: st.SearchStrategy[T]) -> st.SearchStrategy[Dated[T]]:
    """Terms that always held, or that changed on some days."""
    versions = st.lists(
        st.tuples(st.dates(date(2024, 1, 1), date(2025, 12, 31)), terms), min_size=1, max_size=2
    )
    changing = versions.filter(lambda given: len({day for day, _ in given}) == len(given))
    return terms.map(Dated.of) | changing.map(lambda given: Dated(tuple(given)))


@st.composite
def _targets(draw: st.DrawFn, funnel: Funnel, currency: str) -> Targets:
    counts = st.dictionaries(
        st.sampled_from([stage.name for stage in funnel]), st.integers(0, 500), min_size=1
    )
    revenue = values.minor_amounts().map(lambda minor: Money(minor, currency))
    quotas = st.builds(Quota, revenue=revenue, counts=counts) | st.builds(Quota, counts=counts)
    teams: dict[str, Quota] = draw(st.dictionaries(st.sampled_from(["North", "South"]), quotas))
    owners: dict[str, Quota] = draw(st.dictionaries(st.sampled_from(["ana", "luis@x"]), quotas))
    return Targets(
        per=draw(st.sampled_from(["month", "quarter", "year"])),
        company=draw(quotas),
        teams=teams,  # type: ignore[arg-type, unused-ignore]
        owners=owners,  # type: ignore[arg-type, unused-ignore]
    )
