"""From counts to hazards: which ages to take together, and what each nested group lived through.

Buckets hold about equally many ends and reach to the last end ever seen. What lies beyond is the **tail**,
with an exposure of its own: systems keep records open that will never close, and their long silence is
evidence that brings the tail's hazard toward zero.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from operator import add
from typing import TYPE_CHECKING

from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.estimates._hazards import Group, HazardCell, ShrunkHazards, group_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from smarketing.estimates._risks import RiskCounts

__all__ = ["bucket_starts", "fit_hazards"]


def fit_hazards(
    counts: Mapping[Group, RiskCounts],
    *,
    default: Mapping[str, float],
    weight: float = 20.0,
    max_buckets: int = 12,
    min_ends: int = 30,
    starts: tuple[int, ...] | None = None,
    default_ends: float | None = None,
    tail_weight: float | None = None,
    level_ends: float | None = None,
    unit: str = "days",
) -> ShrunkHazards:
    """Estimate hazards by age and nested group, each cell pulled toward the group above it.

    `h = (ended + m * h_parent) / (exposure + m)`, where m is `weight` records exposed for the whole bucket:
    the posterior mean under a prior worth that much, applied from all records down to the leaf. Each h is the
    chance at one single age, constant within a bucket; then `P(cause within H | open at a)` is
    `(CIF(a + H) - CIF(a)) / S(a)` of the curve that those hazards make.

    Args:
        counts: For each group, outermost name first (`("referral", "proposal")`), its own records. A record
            that passes from one group to another is last seen, open, in the first and enters the second late.
        default: The hazard per single age of each cause where nothing is known; it names the causes.
        weight: How many records' worth of the parent each cell borrows; choose it on held-out history.
        max_buckets: At most how many age buckets, the tail apart.
        min_ends: How many ends, over all groups and causes, a bucket should hold at least.
        starts: The first age of each bucket, ascending from 0, where they are given; else `bucket_starts`.
        default_ends: How many ends' worth of the default all records together borrow in each bucket; `weight`
            records by default, which weigh more than they say where records leave a bucket soon.
        tail_weight: How many records' worth the tail borrows, by default as many as any bucket. The less, the
            sooner long silence brings its hazard to zero.
        level_ends: With it, each group is compared with its parent over all ages first, and borrows so many
            ends' worth of its level: groups that differ at all ages are told apart much sooner.
        unit: What the ages are counted in.

    Raises:
        UnknownNameError: The counts hold a cause that `default` does not.
        ValueError: Counts are in another unit, or a term cannot be used.

    Example:
        Forty referrals of which half were won on day 2, and a hundred open seekers:

        >>> from smarketing.estimates import RiskCounts
        >>> counts = {
        ...     "referral": RiskCounts.from_rows([(2, "won", 20), (2, None, 20)]),
        ...     "seeker": RiskCounts.from_rows([(2, None, 100)]),
        ... }
        >>> hazards = fit_hazards(counts, default={"won": 0.01, "lost": 0.01}, min_ends=10)
        >>> hazards.starts  # one bucket of ages 0 to 2, then the tail
        (0, 3)
        >>> for line in hazards.explain("won", age=1, within=1, group="referral"):
        ...     print(line.group, line.ended, line.exposure, line.weight, round(line.hazard, 4))
        () 20 420 60.0 0.0429
        ('referral',) 20 120 60.0 0.1254
        >>> round(hazards.probability("won", age=1, within=1, group="referral"), 4)
        0.1254
    """
    if max_buckets < 1 or min_ends < 1:
        raise ValueError(f"{max_buckets} buckets of {min_ends} ends or more: both must be 1 or more")
    for group, own in counts.items():
        if own.unit != unit:
            raise ValueError(f"group {group!r} counts ages in {own.unit}, not {unit}: count all in one unit")
        for cause in set(own.causes) - set(default):
            hint = did_you_mean(cause, default)
            raise UnknownNameError(f"group {group!r} ends as {cause!r}{hint}, which has no default hazard")
    if starts is None:
        starts = bucket_starts(counts.values(), max_buckets=max_buckets, min_ends=min_ends)
    sums: dict[tuple[str, ...], HazardCell] = {}
    for group, own in counts.items():
        cell = _count_cell(own, starts, default)
        path = group_path(group)
        for depth in range(len(path) + 1):
            prefix = path[:depth]
            sums[prefix] = _add_cells(sums[prefix], cell) if prefix in sums else cell
    return ShrunkHazards(
        starts=starts,
        cells=sums,
        default=dict(default),
        weight=weight,
        default_ends=default_ends,
        tail_weight=tail_weight,
        level_ends=level_ends,
        unit=unit,
    )


def bucket_starts(
    counts: Collection[RiskCounts], *, max_buckets: int = 12, min_ends: int = 30
) -> tuple[int, ...]:
    """Cut the ages so that buckets hold equally many ends; the tail begins after the last end.

    Where nothing has ended yet, one bucket reaches to the last age seen.

    Example:
        >>> from smarketing.estimates import RiskCounts
        >>> bucket_starts([RiskCounts.from_rows([(2, "won", 3), (9, "lost", 3)])], min_ends=3)
        (0, 3, 10)
    """
    ends: Counter[int] = Counter()
    for own in counts:
        for column in own.ended.values():
            ends.update(dict(zip(own.ages, column, strict=True)))
    total = ends.total()
    if not total:
        last_seen = max((own.ages[-1] for own in counts if own.ages), default=None)
        return (0,) if last_seen is None else (0, last_seen + 1)
    buckets = max(1, min(max_buckets, total // min_ends))
    starts, seen, full = [0], 0, 1
    for age in sorted(age for age, count in ends.items() if count):
        seen += ends[age]
        if seen * buckets >= full * total:
            starts.append(age + 1)
            full = seen * buckets // total + 1
    return tuple(starts)


def _count_cell(counts: RiskCounts, starts: tuple[int, ...], causes: Iterable[str]) -> HazardCell:
    ended = {cause: [0] * len(starts) for cause in causes}
    for cause, column in counts.ended.items():
        for age, count in zip(counts.ages, column, strict=True):
            ended[cause][bisect_right(starts, age) - 1] += count
    return HazardCell(
        exposure=counts.exposure(starts), ended={cause: tuple(column) for cause, column in ended.items()}
    )


def _add_cells(one: HazardCell, other: HazardCell) -> HazardCell:
    return HazardCell(
        exposure=tuple(map(add, one.exposure, other.exposure)),
        ended={cause: tuple(map(add, column, other.ended[cause])) for cause, column in one.ended.items()},
    )
