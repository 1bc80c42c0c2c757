"""What else a book of leads tells: lines, flips, the best of them; and criteria that only Python can read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import narwhals.stable.v2 as nw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smarketing.facts import Fact, Lead, Touch
from smarketing.frames import Frames, rows_of
from smarketing.origin import Origin
from smarketing.periods import to_micros
from smarketing.scoring import (
    AnyOf,
    Criterion,
    Exclusion,
    Flip,
    Group,
    Known,
    Not,
    OneOf,
    Rearm,
    Rule,
    Scope,
    ScoreStatus,
    ScoringMatrix,
    Touched,
    View,
    score_leads,
)
from smarketing.testing import strategies as draw
from smarketing.values import Points

SOME = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def books() -> st.SearchStrategy[list[draw.Told]]:
    """Two leads, each told in its own way."""
    return st.tuples(draw.told_leads("L-1"), draw.told_leads("L-2")).map(list)


def facts_of(book: list[draw.Told]) -> list[Fact]:
    """All that is told."""
    return [fact for told in book for fact in (*told.leads, *told.accounts, *told.touches)]


def rows(frame: Any) -> list[dict[str, Any]]:
    """The rows of a native table."""
    return rows_of(nw.from_native(frame).lazy())


@settings(parent=SOME)
@given(draw.matrices(), books(), draw.scored_at())
def test_the_lines_of_bulk_are_those_of_each_lead(
    backend: str, matrix: ScoringMatrix, book: list[draw.Told], as_of: datetime
) -> None:
    """Each line with its name, kind and points; so they add up to the score."""
    frames = Frames.from_dataset(facts_of(book), backend=backend)
    found = {tuple(row.values()) for row in rows(score_leads(frames, matrix, as_of=as_of).lines)}
    accounts = [account for told in book for account in told.accounts]
    expected = {
        (told.lead_id, line.name, line.kind.value, line.points.micro)
        for told in book
        for line in matrix.score(told.leads, told.touches, as_of=as_of, account=accounts).lines
    }
    assert found == expected


@pytest.mark.parametrize(
    "terms",
    [
        {"rules": [Rule("calm", Not(Touched("visit", at_least=9)), 2), Rule("visits", Touched("visit"), -1)]},
        {
            "rules": [Rule("visits", Touched("visit"), -1, group="visits")],
            "groups": [Group("visits", floor=Points.of(1))],
        },
        {"rules": [Rule("visits", Touched("visit"), -1)], "floor": Points.of(1)},
    ],
)
def test_who_is_known_by_a_touch_that_takes_points_away_may_flip_too(
    backend: str, terms: dict[str, Any]
) -> None:
    """With what is given for what is not known, or by a floor: they have a score."""
    matrix = ScoringMatrix(name="intent", flip=1, **terms)
    visit = Touch(
        origin=Origin(system="web", table="visits", record="V-1"),
        occurred_at=datetime(2026, 1, 5, tzinfo=UTC),
        lead_id="L-1",
        kind="visit",
    )
    as_of = visit.occurred_at + timedelta(days=1)
    (alone,) = matrix.score((), [visit], as_of=as_of).flips
    scored = score_leads(Frames.from_dataset([visit], backend=backend), matrix, as_of=as_of, flips=True)
    assert [flip.event for flip in scored.flips] == [alone]


@settings(parent=SOME)
@given(draw.matrices(), books(), draw.scored_at(), st.sampled_from(Rearm), st.data())
def test_the_flips_of_bulk_are_those_of_each_lead(
    backend: str,
    matrix: ScoringMatrix,
    book: list[draw.Told],
    as_of: datetime,
    rearm: Rearm,
    data: st.DataObject,
) -> None:
    """Each at its instant, with its score, its cause and the fact that was it."""
    margin = data.draw(st.integers(0, 3)) if rearm is Rearm.AFTER_FALL else None
    flips = [Flip(data.draw(st.integers(-2, 20)), rearm=rearm, margin=margin)]
    matrix = attrs.evolve(matrix, flips=flips)
    frames = Frames.from_dataset(facts_of(book), backend=backend)
    scored = score_leads(frames, matrix, as_of=as_of, flips=True)
    accounts = [account for told in book for account in told.accounts]
    alone = {
        told.lead_id: matrix.score(told.leads, told.touches, as_of=as_of, account=accounts) for told in book
    }
    expected = {(lead, event) for lead, score in alone.items() for event in score.flips}
    assert {(flip.lead_id, flip.event) for flip in scored.flips} == expected


def test_rules_of_both_plans_share_a_group(backend: str) -> None:
    """One rule that is a plain sum and one that is limited by day add up before the limits of their group."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    touches = [
        Touch(origin=Origin(record=str(n)), occurred_at=at, lead_id="L-1", kind="visit") for n in range(3)
    ]
    rules = [
        Rule("visits", Touched("visit"), 2, group="web"),
        Rule("days", Touched("visit"), 5, per_day=1, group="web"),
        Rule("loose", Touched("visit"), 1),
        Rule("loose days", Touched("visit"), 3, per_day=1),
    ]
    matrix = ScoringMatrix(name="intent", rules=rules, groups=[Group("web", ceiling=10)])
    frames = Frames.from_dataset(touches, backend=backend)
    (row,) = rows(score_leads(frames, matrix, as_of=at + timedelta(days=1)).frame)
    assert row["score_points"] == (10 + 3 + 3) * 1_000_000


def test_the_best_leads_and_the_bands_are_asked_for_without_the_rest(backend: str) -> None:
    """Of equal scores the first id comes first; an excluded lead is in no band."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    told: list[Fact] = [
        Touch(origin=Origin(record=f"{lead}{n}"), occurred_at=at, lead_id=lead, kind="visit")
        for lead, count in (("A", 1), ("B", 3), ("C", 3), ("D", 2))
        for n in range(count)
    ]
    told.append(Lead(origin=Origin(record="D"), occurred_at=at, lead_id="D", job_title="student"))
    matrix = ScoringMatrix(
        name="intent",
        rules=[Rule("visits", Touched("visit"), 5)],
        flip=15,
        exclude=[Exclusion("students", OneOf("job_title", "student"))],
    )
    scored = score_leads(
        Frames.from_dataset(told, backend=backend), matrix, as_of=at + timedelta(days=1), flips=True
    )
    assert [(lead.lead_id, float(lead.points)) for lead in scored.top(2)] == [("B", 15.0), ("C", 15.0)]
    assert [band.leads_count for band in scored.bands({"hot": 15, "warm": 10}, "cold")] == [2, 0, 1]
    assert {row["lead_id"]: row["flipped_at"] for row in rows(scored.frame)} == {
        **dict.fromkeys("AD"),
        **dict.fromkeys("BC", to_micros(at)),
    }
    assert sorted(row["lead_id"] for row in rows(scored.ready())) == ["B", "C"]
    assert [row["lead_id"] for row in rows(scored.only(["C"]).frame)] == ["C"]
    assert {row["lead_id"] for row in rows(scored.flips_frame)} == {"B", "C"}
    facts = list(scored.new_flips(known_at=at + timedelta(days=1)))
    assert [(fact.lead_id, fact.cause) for fact in facts] == [("B", "touch"), ("C", "touch")]
    again = Frames.from_dataset([*told, *facts], backend=backend)
    later = score_leads(again, matrix, as_of=at + timedelta(days=2))
    assert list(later.new_flips(known_at=at + timedelta(days=2))) == []
    assert [flip.event.is_recorded for flip in later.flips] == [True, True]


@attrs.frozen
class LongTopic(Criterion):
    """A criterion of another package, without an expression: the touch's topic has so many letters."""

    letters: int

    @property
    def scope(self) -> Scope:
        """One touch."""
        return "touch"

    def matches(self, view: View) -> bool | None:
        """Whether the topic is long enough."""
        topic = view.field("topic")
        return None if topic is None else len(str(topic)) >= self.letters


@attrs.frozen
class BusyLead(Criterion):
    """Another one, of the lead: it has so many touches."""

    count: int

    def matches(self, view: View) -> bool | None:
        """Whether it has."""
        return len(view.touches) >= self.count


@settings(parent=SOME)
@given(draw.matrices(most_rules=2), books(), draw.scored_at(), st.integers(0, 3), st.integers(0, 1))
def test_a_criterion_without_an_expression_works_in_bulk(
    backend: str, matrix: ScoringMatrix, book: list[draw.Told], as_of: datetime, place: int, out: int
) -> None:
    """As the condition of a rule, within another criterion, and to exclude; and the result says so."""
    rules = [
        Rule("long", LongTopic(6), 3, per_day=1, group=matrix.rules[0].group),
        Rule("longer", Touched("*", where=AnyOf(LongTopic(8), Known("touch.asset"))), 2, only_if=BusyLead(2)),
        Rule("busy", Not(BusyLead(3)), -4),
    ][: place + 1]
    exclude = [*matrix.exclude, Exclusion("busiest", BusyLead(4))] if out else matrix.exclude
    matrix = attrs.evolve(matrix, rules=[*matrix.rules, *rules], exclude=exclude)
    frames = Frames.from_dataset(facts_of(book), backend=backend)
    scored = score_leads(frames, matrix, as_of=as_of)
    accounts = [account for told in book for account in told.accounts]
    alone = {
        told.lead_id: matrix.score(told.leads, told.touches, as_of=as_of, account=accounts) for told in book
    }
    found = {row["lead_id"]: (row["score_points"], row["excluded_by"]) for row in rows(scored.frame)}
    assert found == {
        lead: (score.points.micro if score.points else None, score.excluded_by)
        for lead, score in alone.items()
        if score.status is not ScoreStatus.UNSCORED
    }
    assert "LongTopic" in scored.slow_criteria
    assert {(flip.lead_id, flip.event) for flip in scored.flips} == {
        (lead, event) for lead, score in alone.items() for event in score.flips
    }
