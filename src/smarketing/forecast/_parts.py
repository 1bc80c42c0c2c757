"""From counts to the hazards of each stage, down from what was agreed to what was seen.

A stage's hazards stand on four steps, each pulled toward the one before as far as its own counts are few: the
agreed probability of the stage; the stage at any age; the stage at this age; deals of this group in the stage
at this age.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from smarketing.estimates import RiskCounts, ShrunkHazards, bucket_starts, fit_hazards
from smarketing.estimates._hazards import Group
from smarketing.forecast._chain import LOST, WON, Path, stage_of
from smarketing.forecast._tally import Terms

__all__ = [
    "DEFAULT_ENDS",
    "LEVEL_ENDS",
    "TAIL_WEIGHT",
    "merged",
    "parts_of",
    "stage_default",
    "typical_days_of",
]

DEFAULT_ENDS = 2.0
"""How many closings an agreed probability is worth against those that were seen."""
TAIL_WEIGHT = 1.0
"""How many deals the tail borrows: few, so that zombies bring its hazard to zero."""
LEVEL_ENDS = 5.0
"""How many ends of its stage a group borrows when it is compared with the stage over all ages."""


def merged(counts: Iterable[RiskCounts], causes: Iterable[str]) -> RiskCounts:
    """Several counts as one, in which only some causes are ends: who left otherwise was last seen then."""
    wanted = set(causes)
    rows: list[tuple[int, str | None, int]] = []
    late: list[tuple[int, int]] = []
    for own in counts:
        rows += [(age, None, n) for age, n in zip(own.ages, own.still_open, strict=True)]
        late += zip(own.ages, own.first_seen, strict=True)
        for cause, column in own.ended.items():
            kept = cause if cause in wanted else None
            rows += [(age, kept, n) for age, n in zip(own.ages, column, strict=True)]
    return RiskCounts.from_rows(rows, late_entries=late, causes=wanted)


def typical_days_of(everything: RiskCounts, agreed_days: float) -> float:
    """The days that pass, over all open deals, for each that closes; with few closings, as was agreed."""
    ends = sum(map(sum, everything.ended.values()))
    return (sum(everything.exposure((0,))) + DEFAULT_ENDS * agreed_days) / (ends + DEFAULT_ENDS)


def stage_default(
    counts: Iterable[RiskCounts], share: float, typical_days: float, moves: Iterable[str]
) -> dict[str, float]:
    """The hazards of a stage at any age: what was seen in it, and what was agreed as worth a few closings."""
    own = list(counts)
    days = sum(sum(each.exposure((0,))) for each in own) + DEFAULT_ENDS * typical_days
    ended = {cause: sum(sum(each.ended.get(cause, ())) for each in own) for cause in (WON, LOST, *moves)}
    ended[WON] += DEFAULT_ENDS * share  # type: ignore[assignment]  # parts of a closing
    ended[LOST] += DEFAULT_ENDS * (1.0 - share)  # type: ignore[assignment]
    hazards = {cause: count / days for cause, count in ended.items()}
    total = sum(hazards.values())
    return hazards if total <= 1.0 else {cause: each / total for cause, each in hazards.items()}


def parts_of(
    counts: Mapping[str, Mapping[Path, RiskCounts]],
    *,
    shares: Mapping[str, float],
    other_share: float,
    terms: Terms,
    typical_days: float,
    max_buckets: int = 12,
    min_ends: int = 30,
) -> dict[str, ShrunkHazards]:
    """The hazards of each stage that anybody was in.

    Args:
        counts: How spells ended, by stage and path.
        shares: What was agreed: P(eventually won | in the stage).
        other_share: The same for a stage of which nothing was agreed.
        terms: How strongly to shrink.
        typical_days: Days per closing where nothing is known.
        max_buckets: At most how many buckets of age, the tail apart.
        min_ends: How many closings a bucket should hold at least.
    """
    everything = merged((each for by_path in counts.values() for each in by_path.values()), (WON, LOST))
    starts = bucket_starts([everything], max_buckets=max_buckets, min_ends=min_ends)
    days = typical_days_of(everything, typical_days)
    moves_of = {
        stage: sorted({cause for each in by_path.values() for cause in each.causes} - {WON, LOST})
        for stage, by_path in counts.items()
    }
    reached = {stage_of(cause) for moves in moves_of.values() for cause in moves}
    parts: dict[str, ShrunkHazards] = {}
    for stage in sorted({*counts, *reached}) or [""]:
        own: dict[Group, RiskCounts] = dict(counts.get(stage, {}).items())
        share = shares.get(stage, other_share)
        default = stage_default(own.values(), share, days, moves_of.get(stage, ()))
        parts[stage] = fit_hazards(
            own,
            default=default,
            weight=terms.weight,
            starts=starts,
            tail_weight=TAIL_WEIGHT,
            level_ends=LEVEL_ENDS,
            default_ends=terms.age_ends,
        )
    return parts
