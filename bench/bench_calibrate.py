"""How long it takes to learn the points of a matrix, and how well they rank beside the truth.

Run: python bench/bench_calibrate.py [LEADS]
"""

from __future__ import annotations

import math
import random
import sys
import time
from datetime import UTC, datetime, timedelta

import polars as pl

from smarketing.estimates import auc
from smarketing.frames import Frames
from smarketing.periods import to_micros
from smarketing.scoring import LeadOutcome, calibrate

START = datetime(2025, 1, 6, tzinfo=UTC)
AS_OF = START + timedelta(weeks=80)
DAY = 86_400_000_000
FIELDS = 8


def book(leads: int) -> tuple[Frames, list[float], list[bool]]:
    """Leads with eight fields and three kinds of touches, whose true odds are known."""
    draw = random.Random(1)
    start = to_micros(START)
    began = sorted(start + draw.randrange(300 * DAY) for _ in range(leads))
    ids = [f"L{number:08}" for number in range(leads)]
    words = [[draw.gauss(0, 0.4) for _ in range(12)] for _ in range(FIELDS)]
    values = [[draw.randrange(12) for _ in range(leads)] for _ in range(FIELDS)]
    counts = [[min(9, int(draw.expovariate(0.7))) for _ in range(leads)] for _ in range(3)]
    odds = [
        -2.0
        + sum(own[column[number]] for own, column in zip(words, values, strict=True))
        + sum(0.25 * min(column[number], 4) for column in counts)
        for number in range(leads)
    ]
    good = [draw.random() < 1 / (1 + math.exp(-odd)) for odd in odds]
    owner = [
        (number, kind)
        for kind, column in enumerate(counts)
        for number in range(leads)
        for _ in range(column[number])
    ]
    won = [number for number in range(leads) if good[number]]
    frames = Frames.from_native(
        leads=pl.DataFrame(
            {
                "lead_id": ids,
                "created_at": began,
                **{
                    f"trait_f{field}": [f"w{value}" for value in column]
                    for field, column in enumerate(values)
                },
            }
        ),
        touches=pl.DataFrame(
            {
                "lead_id": [ids[number] for number, _ in owner],
                "kind": [f"k{kind}" for _, kind in owner],
                "occurred_at": [began[number] + DAY for number, _ in owner],
            }
        ),
        stage_entries=pl.DataFrame(
            {
                "lead_id": [ids[number] for number in won],
                "stage": "customer",
                "occurred_at": [began[number] + 30 * DAY for number in won],
            }
        ),
    )
    return frames, odds, good


def main() -> None:
    leads = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    frames, odds, good = book(leads)
    start = time.process_time()
    result = calibrate(frames, LeadOutcome.reached("customer"), as_of=AS_OF, after=timedelta(days=7))
    spent = time.process_time() - start
    cut = round(leads * 0.7)
    best = auc(odds[cut:], good[cut:])
    assert best is not None
    assert best.successes == result.held_out.auc.successes
    print(f"{leads:,} leads, {FIELDS} fields, 3 kinds of touches: {spent:.1f} CPU-s")
    print(f"AUC on leads held out {result.held_out.auc.share:.4f}, of the truth {best.share:.4f}")
    print(
        f"calibration error {result.held_out.calibration_error:.2%}, log loss {result.held_out.log_loss:.4f}"
    )


if __name__ == "__main__":
    main()
