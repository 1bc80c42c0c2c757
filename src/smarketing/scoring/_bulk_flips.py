"""Flips of many leads: who may have reached a number is found in bulk, and only they are replayed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.facts import Flipped
from smarketing.frames import Frames, tuples_of
from smarketing.origin import Origin
from smarketing.periods import from_micros, to_micros
from smarketing.schema import ColumnType
from smarketing.scoring._answered import answers_of
from smarketing.scoring._bulk import bulk_of
from smarketing.scoring._clock import MICROS
from smarketing.scoring._loose import lifts_everybody, loosened, may_rise_unheld
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._quick import Quick
from smarketing.scoring._records import Stories
from smarketing.scoring._replay import FlipEvent, flips_of
from smarketing.scoring._story import NOTHING, Story, Versions
from smarketing.scoring._touches import LEAD
from smarketing.values import Points

__all__ = ["FLIP_TYPES", "LeadFlip", "flip_columns", "flips_in"]

FLIP_TYPES = {
    LEAD: ColumnType.TEXT,
    "campaign_id": ColumnType.TEXT,
    "flipped_at": ColumnType.INSTANT,
    "score_points": ColumnType.INTEGER,
    "flip_points": ColumnType.INTEGER,
    "cause": ColumnType.TEXT,
    "cause_fact_id": ColumnType.TEXT,
    "is_recorded": ColumnType.BOOLEAN,
}
"""The columns of a table of flips."""


@attrs.frozen
class LeadFlip:
    """A lead reached a flip number.

    Attributes:
        lead_id: Whose flip.
        event: The number, the instant, the score then, and the cause.
    """

    lead_id: str
    event: FlipEvent


def flips_in(known: Frames, versions: Versions, as_of: datetime) -> Iterator[LeadFlip]:
    """The flips of all leads before an instant, lead by lead: those recorded, which stand, and new ones."""
    matrices = tuple(matrix for _, matrix in versions)
    recorded = _recorded(known, matrices[-1].name)
    campaigns = dict.fromkeys(flip.campaign for matrix in matrices for flip in matrix.flips)
    campaigns |= dict.fromkeys(fact.campaign_id for own in recorded.values() for fact in own)
    if not campaigns:
        return
    recycled = _recycled(known)
    candidates = _candidates(known, matrices, as_of, list(recorded))
    if candidates is None:
        return
    stories = Stories(known, matrices)
    quick = Quick.of(versions, to_micros(as_of), stories)
    for lead_id, in_rows in stories.told_in_rows(versions, candidates):
        own = recorded.pop(lead_id, [])
        if quick is not None and not own and quick.fits(in_rows):
            yield from (LeadFlip(lead_id, event) for event in quick.flips_of(in_rows))
            continue
        story = stories.made(in_rows)
        for campaign in campaigns:
            for event in flips_of(story, campaign, as_of, recycled.get(lead_id, ()), own):
                yield LeadFlip(lead_id, event)
    for lead_id, own in recorded.items():  # nothing else is known of them
        nobody = Story(versions, NOTHING, NOTHING, NOTHING, MICROS)
        for campaign in campaigns:
            for event in flips_of(nobody, campaign, as_of, (), own):
                yield LeadFlip(lead_id, event)


def _candidates(
    known: Frames, matrices: tuple[ScoringMatrix, ...], as_of: datetime, recorded: list[str]
) -> nw.LazyFrame[Any] | None:
    """The leads that may have reached some number at some time, and those that are recorded to have."""
    found = []
    for matrix in matrices:
        loose = loosened(matrix)
        if not matrix.flips:
            continue
        number = min(flip.points.micro for flip in matrix.flips)
        if number <= 0 or lifts_everybody(matrix):
            return _everybody(known)
        if loose is None:
            continue
        if may_rise_unheld(matrix, number):
            found.append(_known_by_touches(known))
        bulk = bulk_of(known, loose, as_of, every_version=True)
        rows = bulk.rows.select(LEAD, bulk.total.alias("smk_best"))
        found.append(rows.filter(nw.col("smk_best") >= number).select(LEAD))
    if recorded:
        found.append(known.select("flips", [LEAD]))
    if not found:
        return None
    rows = (nw.concat(found) if len(found) > 1 else found[0]).unique([LEAD])
    return rows if known.backend == "duckdb" else known.settle(rows)[0]


def _everybody(known: Frames) -> nw.LazyFrame[Any]:
    told = [known.select(table, [LEAD]) for table in ("leads", "touches", "flips")]
    return nw.concat(told).filter(~nw.col(LEAD).is_null()).unique([LEAD])


def _known_by_touches(known: Frames) -> nw.LazyFrame[Any]:
    """The leads of whom there are touches and no record of their own."""
    touched = known.select("touches", [LEAD]).filter(~nw.col(LEAD).is_null()).unique([LEAD])
    return touched.join(known.select("leads", [LEAD]).unique([LEAD]), on=LEAD, how="anti")


def _recorded(known: Frames, score: str) -> dict[str, list[Flipped]]:
    """By lead, the flips of a score that were recorded."""
    names = [
        *(LEAD, "campaign_id", "score_points", "flip_points", "cause", "cause_fact_id"),
        *("occurred_at", "known_at"),
    ]
    found: dict[str, list[Flipped]] = {}
    if "flips" not in known.names:
        return found
    rows = known.select("flips", [*names, "score"]).filter(nw.col("score") == score)
    for lead_id, campaign, points, number, cause, fact, at, known_at in tuples_of(rows.select(*names)):
        flipped = Flipped(
            origin=Origin(),
            occurred_at=from_micros(at),
            known_at=from_micros(known_at),
            lead_id=lead_id,
            score=score,
            campaign_id=campaign,
            score_points=Points(points),
            flip_points=Points(number),
            cause=cause,
            cause_fact_id=fact,
        )
        found.setdefault(lead_id, []).append(flipped)
    return found


def _recycled(known: Frames) -> dict[str, list[int]]:
    """By lead, the instants from which it was known that sales had given it back."""
    found: dict[str, list[int]] = {}
    if "feedbacks" in known.names:
        rows = answers_of(known, ["occurred_at", "known_at"], ["recycled"])
        for lead_id, at, known_at in tuples_of(rows):
            found.setdefault(lead_id, []).append(max(at, known_at))
    return found


def flip_columns(flips: list[LeadFlip]) -> dict[str, list[Any]]:
    """Flips as columns of plain values."""
    events = [flip.event for flip in flips]
    return {
        LEAD: [flip.lead_id for flip in flips],
        "campaign_id": [event.flip.campaign for event in events],
        "flipped_at": [to_micros(event.at) for event in events],
        "score_points": [event.points.micro for event in events],
        "flip_points": [event.flip.points.micro for event in events],
        "cause": [event.cause.value for event in events],
        "cause_fact_id": [event.fact_id for event in events],
        "is_recorded": [event.is_recorded for event in events],
    }
