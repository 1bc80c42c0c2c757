"""Where a lead cannot have been at a number yet, its score is not read; and no flip is lost by that."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import attrs
from hypothesis import given

from smarketing.facts import Lead, Touch
from smarketing.origin import Origin
from smarketing.periods import to_micros
from smarketing.scoring import Flip, OneOf, Rearm, Rule, ScoringMatrix, Touched, _rising
from smarketing.scoring._replay import flips_of
from smarketing.scoring._story import Reading, Story, versions_of
from smarketing.testing import strategies as draw

HOUR = timedelta(hours=1)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@given(draw.matrices(), draw.told_leads(), draw.scored_at())
def test_what_is_not_looked_at_holds_no_flip(matrix: ScoringMatrix, told: draw.Told, as_of: datetime) -> None:
    """However often a lead may flip, and however few touches there are."""
    for rearm, margin in ((Rearm.NEVER, None), (Rearm.AFTER_FALL, 2)):
        flips = [attrs.evolve(flip, rearm=rearm, margin=margin) for flip in matrix.flips]
        asked = attrs.evolve(matrix, flips=flips)
        found = []
        for few in (0, 10**9):
            with patch.object(_rising, "_FEW", few):
                score = asked.score(told.leads, told.touches, as_of=as_of, account=told.accounts)
                found.append(score.flips)
        assert found[0] == found[1]


class Counted(Story):
    """A story that counts how often its score is read."""

    readings = 0

    def read(self, at: int, *, without: Iterable[Any] = ()) -> Reading | None:
        """The same."""
        type(self).readings += 1
        return super().read(at, without=without)


def test_a_lead_that_looks_at_many_pages_is_found_out_about_at_once() -> None:
    """Thousands of views that a cap keeps below the number are no thousands of scores."""
    rules = [
        Rule("views", Touched("view"), 1, per_day=3, cap=20),
        Rule("demos", Touched("demo"), 15),
        Rule("spain", OneOf("country", "ES"), 3),
    ]
    matrix = ScoringMatrix(name="intent", flips=[Flip(25)], rules=rules)
    lead = Lead(origin=Origin(), occurred_at=NEW_YEAR, lead_id="L", country="PT")
    moved = attrs.evolve(lead, occurred_at=NEW_YEAR + HOUR, country="ES")
    views = [
        Touch(origin=Origin(record=str(n)), occurred_at=NEW_YEAR + n * HOUR, lead_id="L", kind="view")
        for n in range(2000)
    ]
    demo = Touch(origin=Origin(record="d"), occurred_at=NEW_YEAR + 1900 * HOUR, lead_id="L", kind="demo")
    as_of = NEW_YEAR + 3000 * HOUR
    for touches, flipped_at in ((views, []), ([*views, demo], [demo.occurred_at])):
        case = matrix.score([lead, moved], touches, as_of=as_of).case
        story = Story.of(case, versions_of(matrix))
        Counted.readings = 0
        counted = Counted(story.versions, story.leads, story.accounts, story.touches, story.clock)
        assert [flip.at for flip in flips_of(counted, None, as_of, (), ())] == flipped_at
        assert Counted.readings < 20
    assert to_micros(as_of) > max(story.touches[0])
