"""How long it takes to choose a flip number and to hold rules against what sales answered.

Run: python bench/bench_learning.py [LEADS]
"""

from __future__ import annotations

import random
import sys
import time
from datetime import UTC, datetime, timedelta

import polars as pl

from smarketing.frames import Frames
from smarketing.periods import to_micros
from smarketing.scoring import (
    Decay,
    LeadOutcome,
    OneOf,
    Rule,
    ScoringMatrix,
    Touched,
    choose_flip,
    effect_of_change,
    rules_answered,
)

START = datetime(2025, 1, 6, tzinfo=UTC)
AS_OF = START + timedelta(weeks=52)
KINDS = ["page_viewed", "email_clicked", "download", "demo", "mention"]
DAY = 86_400_000_000


def book(leads: int) -> Frames:
    """Leads with some ten touches each, a fifth of whom sales has answered about."""
    draw = random.Random(1)
    start, end = to_micros(START), to_micros(AS_OF)
    began = [draw.randrange(start, end) for _ in range(leads)]
    owner = [number for number in range(leads) for _ in range(10)]
    asked = range(0, leads, 5)
    return Frames.from_native(
        leads=pl.DataFrame(
            {
                "lead_id": [f"L{number}" for number in range(leads)],
                "created_at": began,
                "country": draw.choices(["ES", "PT", "FR", None], k=leads),
            }
        ),
        touches=pl.DataFrame(
            {
                "lead_id": [f"L{number}" for number in owner],
                "kind": draw.choices(KINDS, k=len(owner)),
                "occurred_at": [began[number] + draw.randrange(60 * DAY) for number in owner],
            }
        ),
        feedbacks=pl.DataFrame(
            {
                "lead_id": [f"L{number}" for number in asked],
                "verdict": draw.choices(["accepted", "rejected"], k=len(asked)),
                "reason": draw.choices(["no budget", "student", None], k=len(asked)),
                "occurred_at": [began[number] + 40 * DAY for number in asked],
            }
        ),
    )


def main() -> None:
    """Print one line per task."""
    leads = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    frames = book(leads)
    rules = [
        Rule(kind, when=Touched(kind), points=5, cap=20, decay=Decay(half_life=timedelta(days=30)))
        for kind in KINDS
    ]
    matrix = ScoringMatrix(
        name="intent", flip=25, rules=[*rules, Rule("home", when=OneOf("country", "ES"), points=10)]
    )
    newer = ScoringMatrix(name="intent", flip=30, rules=rules)
    answered = LeadOutcome.answered()
    for name, run in {
        "choose_flip": lambda: (
            choose_flip(frames, matrix, capacity_per_week=50, outcome=answered, as_of=AS_OF).options
        ),
        "rules_answered": lambda: rules_answered(frames, matrix, as_of=AS_OF),
        "effect_of_change": lambda: effect_of_change(frames, matrix, newer, as_of=AS_OF).counts,
    }.items():
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        print(
            f"{name}, {leads:,} leads, {10 * leads:,} touches: "
            f"{time.process_time() - cpu:.2f} CPU-s, {time.perf_counter() - wall:.2f} s"
        )


if __name__ == "__main__":
    main()
