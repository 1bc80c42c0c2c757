"""The worked example of the trade: a runner announces a marathon, trains, subscribes, and is ready."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smarketing.facts import Lead, Touch
from smarketing.frames import Frames, rows_of
from smarketing.origin import Origin
from smarketing.scoring import Flip, FlipCause, Rule, ScoringMatrix, Touched, score_leads
from smarketing.testing import BACKENDS
from smarketing.values import Points

MATRIX = ScoringMatrix(
    name="marathon intent",
    flip=25,
    rules=(
        Rule("announces a marathon", when=Touched("announcement"), points=5, once=True),
        Rule("joins the training group", when=Touched("group_joined"), points=10),
        Rule("subscribes to the newsletter", when=Touched("newsletter_subscribed"), points=10),
    ),
)
LEAD = Lead(origin=Origin(record="antonio"), occurred_at=datetime(2026, 1, 12, tzinfo=UTC), lead_id="antonio")


def touch(month: int, day: int, kind: str, channel: str, hour: int = 9) -> Touch:
    """Something that Antonio did."""
    at = datetime(2026, month, day, hour, tzinfo=UTC)
    return Touch(
        origin=Origin(record=f"{kind}/{channel}"),
        occurred_at=at,
        lead_id="antonio",
        kind=kind,
        channel=channel,
    )


SUBSCRIBED = touch(6, 10, "newsletter_subscribed", "email")
TOUCHES = [
    touch(1, 12, "announcement", "blog"),
    touch(1, 12, "announcement", "facebook", 10),
    touch(1, 12, "announcement", "twitter", 10),
    touch(5, 20, "group_joined", "facebook"),
    SUBSCRIBED,
    touch(7, 6, "discount_sent", "email"),
]


@pytest.mark.parametrize(("month", "points"), [(2, 5), (6, 15), (7, 25), (8, 25)])
def test_the_score_month_by_month(month: int, points: int) -> None:
    """One announcement in three places is one event; the discount is an action, and gives nothing."""
    score = MATRIX.score(LEAD, TOUCHES, as_of=datetime(2026, month, 1, tzinfo=UTC))
    assert score.points == Points.of(points)
    assert sum(line.points.micro for line in score.lines) == points * 1_000_000


def test_he_flips_once_by_the_touch_that_crossed() -> None:
    """At its instant, by its name, and one line for each rule that counted."""
    score = MATRIX.score(LEAD, TOUCHES, as_of=datetime(2026, 8, 1, tzinfo=UTC))
    assert score.flipped_at == SUBSCRIBED.occurred_at
    (flip,) = score.flips
    assert (flip.flip, flip.cause, flip.fact_id, flip.points) == (
        Flip(25),
        FlipCause.TOUCH,
        SUBSCRIBED.id,
        Points.of(25),
    )
    assert [(line.name, line.points) for line in score.lines] == [
        ("announces a marathon", Points.of(5)),
        ("joins the training group", Points.of(10)),
        ("subscribes to the newsletter", Points.of(10)),
    ]


@pytest.mark.parametrize("engine", BACKENDS)
def test_in_bulk_it_is_the_same(engine: str) -> None:
    """Points and flip, on every engine."""
    frames = Frames.from_dataset([LEAD, *TOUCHES], backend=engine)
    scored = score_leads(frames, MATRIX, as_of=datetime(2026, 8, 1, tzinfo=UTC), flips=True)
    (row,) = rows_of(scored.rows)
    assert (row["lead_id"], row["score_points"]) == ("antonio", 25_000_000)
    assert [(flip.lead_id, flip.event.at) for flip in scored.flips] == [("antonio", SUBSCRIBED.occurred_at)]
