"""Strategies for scoring: criteria of every kind, matrices with every kind of limit, and leads to score."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache

import attrs
from hypothesis import strategies as st

from smarketing.facts import Account, Lead, Touch
from smarketing.origin import Origin
from smarketing.scoring import (
    ActiveWithin,
    AllOf,
    AnyOf,
    Between,
    Contains,
    Criterion,
    Decay,
    Exclusion,
    Flip,
    GridTerms,
    Group,
    InactiveFor,
    Known,
    Matches,
    Missing,
    Not,
    OneOf,
    Rule,
    ScoringMatrix,
    Segment,
    StartsWith,
    Touched,
)
from smarketing.values import Points, Share, Traits

__all__ = ["Told", "criteria", "grid_terms", "matrices", "scored_at", "told_leads"]

_KINDS = ("page_viewed", "Page_Viewed", "email_clicked", "mention", "webinar", "Ｗebinar")
_PATTERNS = ("page_viewed", "email_*", "mention", "webinar", "*")
_ASSETS = ("/pricing", "/pricing/team", "/blog", None)
_TITLES = ("CTO", "Head of Purchasing", "head of sales", "student", "", None)
_DAY, _MICRO = timedelta(days=1), timedelta(microseconds=1)
_LENGTHS = (timedelta(hours=1), _DAY, 7 * _DAY, 30 * _DAY, 45 * _DAY + timedelta(microseconds=1))
_FIRST = datetime.fromisoformat("2025-01-06T00:00:00+00:00")


@attrs.frozen(kw_only=True)
class Told:
    """One lead as it is told: versions of it and of accounts, touches, and an instant to score it at."""

    lead_id: str
    leads: tuple[Lead, ...]
    accounts: tuple[Account, ...]
    touches: tuple[Touch, ...]


@cache
def _lengths() -> st.SearchStrategy[timedelta]:
    return st.sampled_from(_LENGTHS)


def _of_text(field: str, words: Sequence[str]) -> st.SearchStrategy[Criterion]:
    some = st.lists(st.sampled_from(words), min_size=1, max_size=2)
    return st.one_of(
        st.builds(OneOf, st.just(field), some),
        st.builds(Contains, st.just(field), some),
        st.builds(StartsWith, st.just(field), some),
        st.builds(Matches, st.just(field), st.just(["*e*"]) | some),
        st.builds(Known, st.just(field)),
        st.builds(Missing, st.just(field)),
    )


def _numbers(field: str, most: int) -> st.SearchStrategy[Criterion]:
    ends = st.integers(0, most)
    both = st.tuples(ends, ends).map(lambda pair: Between(field, *sorted(pair)))
    return (
        both
        | ends.map(lambda low: Between(field, low=low))
        | ends.map(lambda high: Between(field, high=high))
    )


@cache
def _touch_fields() -> st.SearchStrategy[Criterion]:
    return st.one_of(
        _of_text("touch.asset", ["/pricing", "/BLOG"]),
        _of_text("touch.topic", ["Marathon", "trail"]),
        _numbers("touch.trait_minutes", 60),
        st.just(OneOf("touch.channel", "email")),
    )


@cache
def _touch_criteria() -> st.SearchStrategy[Criterion]:
    return _deep(_touch_fields())


@cache
def touched() -> st.SearchStrategy[Touched]:
    """Statements that a lead has touches of some kind."""
    few: st.SearchStrategy[list[str]] = st.lists(st.sampled_from(["email", "web"]), max_size=1)
    return st.builds(
        Touched,
        st.lists(st.sampled_from(_PATTERNS), min_size=1, max_size=2, unique=True),
        channel=few,
        campaign=st.lists(st.sampled_from(["C-1", "C-2"]), max_size=1),
        asset=st.lists(st.sampled_from(["/pricing*", "/blog"]), max_size=1),
        where=st.none() | _touch_criteria(),
        within=st.none() | _lengths(),
        since=st.none() | st.just(date(2025, 2, 1)),
    )


@cache
def _lead_leaves() -> st.SearchStrategy[Criterion]:
    at_least = st.tuples(touched(), st.none() | st.integers(1, 3))
    instants = st.just(Between("created_at", _FIRST, _FIRST + 20 * _DAY))
    return st.one_of(
        _of_text("job_title", ["cto", "Head of", "student"]),
        _of_text("trait_segment", ["Pet", "food"]),
        _of_text("account.industry", ["Food"]),
        _numbers("account.employees_count", 500),
        _numbers("trait_seats", 50),
        _numbers("trait_fit", 1),
        st.sampled_from(
            [OneOf("trait_is_partner", [True]), OneOf("trait_seats", [3, 10]), OneOf("city", "x")]
        ),
        instants,
        at_least.map(lambda pair: attrs.evolve(pair[0], at_least=pair[1])),
        st.builds(ActiveWithin, _lengths(), st.sampled_from([("*",), ("page_viewed",)])),
        st.builds(InactiveFor, _lengths(), st.sampled_from([("*",), ("mention",)])),
    )


def _deep(leaves: st.SearchStrategy[Criterion]) -> st.SearchStrategy[Criterion]:
    return st.recursive(
        leaves,
        lambda parts: st.one_of(
            st.lists(parts, min_size=1, max_size=3).map(AllOf),
            st.lists(parts, min_size=1, max_size=3).map(AnyOf),
            parts.map(Not),
        ),
        max_leaves=4,
    )


@cache
def criteria() -> st.SearchStrategy[Criterion]:
    """Conditions on a lead, of every kind and combined."""
    return _deep(_lead_leaves())


@cache
def _points() -> st.SearchStrategy[Points]:
    whole = st.integers(-20, 40).filter(bool).map(Points.of)
    return whole | st.integers(-(10**7), 10**7).filter(bool).map(Points)


@cache
def _decays() -> st.SearchStrategy[Decay]:
    halves = _lengths().map(lambda length: Decay(half_life=length))
    shares = st.sampled_from(["0.1", "0.25", "1"]).map(Share.of)
    return halves | st.builds(lambda share, per: Decay(share=share, per=per), shares, _lengths())


@cache
def _conditions() -> st.SearchStrategy[Criterion]:
    return touched() | _touch_criteria() | criteria()


@st.composite
def _rules(draw: st.DrawFn, name: str, groups: Sequence[str]) -> Rule:
    when = draw(_conditions())
    starts = draw(st.none() | st.just(date(2025, 1, 20)))
    rule = Rule(
        name,
        when,
        draw(_points()),
        only_if=draw(st.none() | criteria()),
        group=draw(st.sampled_from([None, *groups])),
        starts_on=starts,
        ends_on=draw(st.none() | st.just(date(2025, 3, 31))),
    )
    if not rule.counts_touches:
        return rule
    return attrs.evolve(
        rule,
        once=draw(st.booleans()),
        per_day=draw(st.none() | st.integers(1, 2)),
        per_campaign=draw(st.none() | st.integers(1, 2)),
        window=draw(st.none() | _lengths()),
        decay=draw(st.none() | _decays()),
        cap=draw(st.none() | st.integers(1, 30).map(Points.of)),
    )


@st.composite
def matrices(draw: st.DrawFn, *, most_rules: int = 5) -> ScoringMatrix:
    """Matrices that can be used as they are: every criterion, limit, decay, group and exclusion."""
    names = ["social", "fit"]
    count = draw(st.integers(1, most_rules))
    rules = [draw(_rules(f"rule {number}", names)) for number in range(count)]
    used = sorted({rule.group for rule in rules if rule.group})
    groups = [
        Group(name, ceiling=draw(st.integers(0, 20)), floor=draw(st.none() | st.integers(-20, 0)))
        for name in used
    ]
    floor, ceiling = draw(st.none() | st.integers(-30, 0)), draw(st.none() | st.integers(30, 60))
    return ScoringMatrix(
        name="drawn",
        rules=rules,
        groups=groups,
        floor=None if floor is None else Points.of(floor),
        ceiling=None if ceiling is None else Points.of(ceiling),
        exclude=[Exclusion("students", draw(criteria()))] if draw(st.integers(0, 3)) == 0 else [],
        flips=[Flip(draw(st.integers(1, 30)))],
        zone=draw(st.sampled_from(["UTC", "Europe/Madrid", "America/Sao_Paulo"])),
    )


@cache
def grid_terms(fit: str, engagement: str) -> st.SearchStrategy[GridTerms]:
    """Grids of two scores, with grades and bands called as usual or in somebody's own words."""
    lows = st.lists(st.integers(-20, 60), min_size=1, max_size=3, unique=True)
    named = st.sampled_from([{"hot": 25, "cold": None}, {"top": "2.5", "good": -1, "rest": None}])

    def agreed(grades: list[int], bands: list[int] | dict[str, object]) -> GridTerms:
        own = [Segment(f"A{next(iter(bands))}", "call", owner="sales")] if isinstance(bands, dict) else []
        return GridTerms(fit=fit, engagement=engagement, grades=grades, bands=bands, segments=own)  # type: ignore[arg-type]

    return st.builds(agreed, lows, lows | named)


def _instants() -> st.SearchStrategy[datetime]:
    """Instants of a few months that often coincide, or lie a day or a microsecond apart."""
    grains = st.sampled_from([timedelta(hours=6), _DAY, timedelta(microseconds=1), 7 * _DAY])
    return st.builds(lambda n, grain: _FIRST + n * grain, st.integers(0, 60), grains)


def _known(draw: st.DrawFn, at: datetime) -> datetime:
    return at + draw(st.sampled_from([timedelta(), timedelta(), timedelta(), _DAY, 20 * _DAY]))


@st.composite
def told_leads(draw: st.DrawFn, lead_id: str = "L-1") -> Told:
    """Leads as CRMs tell them: several versions, late knowledge, blanks, touches at one instant."""
    leads, accounts = [], []
    for _ in range(draw(st.integers(0, 2))):
        at = draw(_instants())
        traits: dict[str, st.SearchStrategy[object]] = {
            "segment": st.sampled_from(["pet", "Food", ""]),
            "seats": st.integers(0, 50),
            "fit": st.floats(0, 1).map(lambda share: round(share, 2)),
            "is_partner": st.booleans(),
        }
        lead = Lead(
            origin=Origin(system="crm", table="leads", record=lead_id),
            occurred_at=at,
            known_at=_known(draw, at),
            lead_id=lead_id,
            created_at=draw(st.none() | _instants()),
            account_id=draw(st.sampled_from(["A-1", "A-2", None])),
            job_title=draw(st.sampled_from(_TITLES)),
            traits=Traits(draw(st.fixed_dictionaries({}, optional=traits))),  # type: ignore[arg-type]
        )
        leads.append(lead)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(_instants())
        account_id = draw(st.sampled_from(["A-1", "A-2"]))
        account = Account(
            origin=Origin(system="crm", table="accounts", record=account_id),
            occurred_at=at,
            known_at=_known(draw, at),
            account_id=account_id,
            industry=draw(st.sampled_from(["food", "FOOD ", "steel", None])),
            employees_count=draw(st.none() | st.integers(0, 500)),
        )
        accounts.append(account)
    touches = [draw(_touches(lead_id, number)) for number in range(draw(st.integers(0, 8)))]
    return Told(lead_id=lead_id, leads=tuple(leads), accounts=tuple(accounts), touches=tuple(touches))


@st.composite
def _touches(draw: st.DrawFn, lead_id: str, number: int) -> Touch:
    at = draw(_instants())
    minutes = draw(st.none() | st.integers(0, 60))
    return Touch(
        origin=Origin(system="web", table="touches", record=f"{lead_id}/{number}"),
        occurred_at=at,
        known_at=_known(draw, at),
        lead_id=lead_id,
        kind=draw(st.sampled_from(_KINDS)),
        channel=draw(st.sampled_from(["email", "Email", "web", None])),
        campaign_id=draw(st.sampled_from(["C-1", "C-2", None])),
        asset=draw(st.sampled_from(_ASSETS)),
        topic=draw(st.sampled_from(["marathon", "Trail", None])),
        traits=Traits({} if minutes is None else {"minutes": minutes}),
    )


@cache
def scored_at() -> st.SearchStrategy[datetime]:
    """Instants at which to score: on, just after, and between those of the facts."""
    return st.builds(lambda at, more: at + more, _instants(), st.sampled_from([timedelta(), _MICRO]))
