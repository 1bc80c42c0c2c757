"""What else a book of leads tells: lines, flips, the best of them; and criteria that only Python can read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs
import narwhals.stable.v2 as nw
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smarketing.facts import Fact
from smarketing.frames import Frames, rows_of
from smarketing.scoring import Flip, Rearm, ScoringMatrix, score_leads
from smarketing.testing import strategies as draw

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
