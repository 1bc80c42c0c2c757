"""Deliveries that promise a score: the review counts them by the agreed matrix."""

from __future__ import annotations

from datetime import UTC, datetime

from smarketing.agreement import load_agreement
from smarketing.estimates import Rate
from smarketing.facts import Lead, Touch
from smarketing.frames import Frames
from smarketing.origin import Origin
from smarketing.review import review_period

BEGAN = datetime(2026, 2, 8, 12, tzinfo=UTC)

SCORED = """
[company]
name = "Acme"
zone = "UTC"
currency = "EUR"
[[scoring.intent]]
from = 2026-01-01
rules = [{ name = "asks", when = { touched = "form_submitted" }, points = 20 }]
[[sla.deliveries]]
name = "good leads"
measure = "score"
per = "month"
stage = "lead"
score = "intent"
least_points = 15
at_least = "50 %"
"""


def test_a_promised_score_is_counted_by_the_agreed_matrix() -> None:
    """Of two leads one asked for a quotation; before the matrix was agreed on, nobody has a score."""
    asked = Touch(
        origin=Origin(system="web"),
        occurred_at=datetime(2026, 1, 9, tzinfo=UTC),
        lead_id="L-1",
        kind="form_submitted",
    )
    leads = [
        Lead(origin=Origin(record=lead_id), lead_id=lead_id, occurred_at=BEGAN, created_at=BEGAN)
        for lead_id in ("L-1", "L-2")
    ]
    agreement = load_agreement(SCORED)
    frames, period = Frames.from_dataset([*leads, asked]), agreement.period("2026-02")
    review = review_period(frames, agreement, period=period)
    assert review.sla is not None
    assert review.sla["good leads"].delivered == Rate(1, 2)
    later = load_agreement(SCORED.replace("2026-01-01", "2027-01-01"))
    early = review_period(frames, later, period=period)
    assert early.sla is not None
    assert early.sla["good leads"].delivered == Rate(0, 0)
