"""Scores in bulk: to the micro-point those of one lead, on every engine, and nothing is seen ahead."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarketing.facts import Fact
from smarketing.frames import Frames, rows_of
from smarketing.scoring import ScoreStatus, ScoringMatrix, score_leads
from smarketing.testing import BACKENDS, assert_no_look_ahead
from smarketing.testing import strategies as draw

Rows = dict[str, tuple[int | None, str | None]]
NAMES = ("L-1", "L-2", "L-3")


@st.composite
def books(draw_: st.DrawFn) -> tuple[draw.Told, ...]:
    """One to three leads with what is told of them."""
    return tuple(draw_(draw.told_leads(name)) for name in NAMES[: draw_(st.integers(1, 3))])


def facts_of(book: Iterable[draw.Told]) -> list[Fact]:
    """All facts of some leads."""
    return [fact for told in book for facts in (told.leads, told.accounts, told.touches) for fact in facts]


def one_by_one(book: tuple[draw.Told, ...], matrix: ScoringMatrix, as_of: datetime) -> Rows:
    """Each lead's score, read by itself, of those that have one or are excluded."""
    accounts = [account for told in book for account in told.accounts]
    scores = {
        told.lead_id: matrix.score(told.leads, told.touches, as_of=as_of, account=accounts) for told in book
    }
    return {
        name: (score.points.micro if score.points else None, score.excluded_by)
        for name, score in scores.items()
        if score.status is not ScoreStatus.UNSCORED
    }


def in_bulk(frames: Frames, matrix: ScoringMatrix, as_of: datetime) -> Rows:
    """The same of all at once."""
    scored = score_leads(frames, matrix, as_of=as_of)
    rows = rows_of(scored.rows)
    assert len({row["lead_id"] for row in rows}) == len(rows)
    return {row["lead_id"]: (row["score_points"], row["excluded_by"]) for row in rows}


@pytest.mark.parametrize("engine", BACKENDS)
@given(book=books(), matrix=draw.matrices(), as_of=draw.scored_at())
def test_bulk_is_one_record_to_the_micro_point(
    engine: str, book: tuple[draw.Told, ...], matrix: ScoringMatrix, as_of: datetime
) -> None:
    """Every criterion, limit, decay, window and missing value, on every engine."""
    frames = Frames.from_dataset(facts_of(book), backend=engine)
    assert in_bulk(frames, matrix, as_of) == one_by_one(book, matrix, as_of)


@pytest.mark.parametrize("engine", BACKENDS)
@settings(max_examples=10)
@given(book=books(), matrix=draw.matrices(), as_of=draw.scored_at())
def test_touches_at_or_after_the_moment_change_nothing(
    engine: str, book: tuple[draw.Told, ...], matrix: ScoringMatrix, as_of: datetime
) -> None:
    """Nor does anything that was not known before it."""
    later = [attrs.evolve(fact, occurred_at=as_of, known_at=as_of) for fact in facts_of(book)]
    assert_no_look_ahead(
        lambda frames, at: in_bulk(frames, matrix, at), facts_of(book), as_of, later, backend=engine
    )
