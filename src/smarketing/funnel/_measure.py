"""The funnel in bulk: how far a cohort came, how fast, and where it is now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.errors import checked_kind
from smarketing.estimates import IncidenceCurve, RiskCounts, cumulative_incidence
from smarketing.frames import Frames, checked_frames, rows_of, tuples_of
from smarketing.funnel._dimensions import Dimensions
from smarketing.funnel._groups import Group, dimension_names
from smarketing.funnel._journeys import journeys, reached
from smarketing.funnel._names import names_of
from smarketing.funnel._result import FunnelResult, FunnelRow, StageFlow
from smarketing.funnel._tangled import untangled
from smarketing.funnel._terms import Funnel
from smarketing.funnel._trace import Tracer
from smarketing.periods import Dated, Period, checked_period, to_micros
from smarketing.sources import SourceRules

__all__ = ["ADVANCED", "LOST", "measure_funnel"]

ADVANCED, LOST = "advanced", "lost"
"""The ways to leave a stage, as velocities name them."""

_HOUR = 3_600_000_000
_FINAL = ("lost", "disqualified")
_ENDS = (ADVANCED, LOST, None)

Pair = tuple[str, str]


def measure_funnel(
    frames: Frames,
    funnel: Funnel,
    *,
    period: Period,
    as_of: datetime | None = None,
    by: str | Sequence[str] = (),
    sources: Dated[SourceRules] | None = None,
    start: str | None = None,
    velocities: Sequence[Pair] | None = None,
    small_below: int = 30,
) -> FunnelResult:
    """How the records that reached a stage within a period have fared.

    Conversion is of a cohort, over distinct records: lost ones stay in the denominator, re-entries are
    counted apart, and a skipped stage counts as passed when a later one was entered. Velocity is a cumulative
    incidence with lost and disqualified as competing risk: a share of *all*, so a median that was not reached
    is missing, and records still on their way are neither.

    Args:
        frames: The facts.
        funnel: The agreed stages, of leads or (a pipeline) of deals.
        period: The cohort: records that reached `start` within it. Months are its zone's.
        as_of: What was known; by default the period's end.
        by: Dimensions: "source", "month", "channel", "campaign", "owner", "persona", … or a trait.
        sources: The agreed rules for `source`, dated; by default `SourceRules.default()`.
        start: The stage that makes the cohort; by default the funnel's first.
        velocities: Pairs of stages; by default each stage to the next, and `start` to the last.
        small_below: Cohorts smaller than this are marked.

    Returns:
        One row per group, and the total.

    Raises:
        UnknownNameError: No such stage, or nothing to split by of that name.
        ValueError: A velocity from a stage to one that does not come after it.

    Example:
        >>> import polars as pl
        >>> leads = pl.DataFrame({"lead_id": ["L1", "L2"], "created_at": [1_767_225_600_000_000] * 2})
        >>> moved = pl.DataFrame(
        ...     {"lead_id": ["L1"], "stage": ["sql"], "occurred_at": [1_767_312_000_000_000]}
        ... )
        >>> frames = Frames.from_native(leads=leads, stage_entries=moved)
        >>> result = measure_funnel(frames, Funnel.default(), period=Period.parse("2026-01"))
        >>> result.total.conversion("lead", "mql")
        Rate(successes=1, trials=2)
        >>> result.total.velocity("lead", "mql").quantile(0.5, "advanced")
        24
    """
    frames, period, by = checked_frames(frames), checked_period(period), dimension_names(by)
    checked_kind(funnel, Funnel, "funnel", "pass the stages, such as agreement.funnel or Funnel.default()")
    as_of = as_of or period.end
    start = start or funnel.stages[0].name
    pairs = _pairs(funnel, start) if velocities is None else _checked(funnel, velocities)
    known = frames.as_of(as_of)
    table = f"{funnel.unit}s"
    dimensions = Dimensions(known, table, by, sources or Dated.of(SourceRules.default()))
    cohort_at = reached(funnel.position(start))
    first, last = period.boundaries
    rows = journeys(known, funnel, dimensions.reads)
    rows = rows.filter(nw.col(cohort_at) >= first, nw.col(cohort_at) < last)
    rows = dimensions.add(rows, period, cohort_at)
    groups = [f"by_{i}" for i in range(len(by))]
    kept = [*groups, "record_id", "furthest", "state", "left_at", *(reached(k) for k in range(len(funnel)))]
    cohort, repeated = known.settle(rows.select(*kept), _repeated(known, funnel))
    told = untangled(known, funnel, cohort)
    if told is not cohort:  # what is to be joined has to be settled together
        cohort, repeated = known.settle(told, repeated)

    tallies = _tallies(cohort, groups)
    ages = {pair: _ages(cohort, funnel, pair, groups, to_micros(as_of)) for pair in pairs}
    again = _reentries(cohort, repeated, groups)

    def row(keys: Sequence[tuple[str, ...]], group: Group) -> FunnelRow:
        flows = _flows(funnel, _sum(tallies, keys), _sum(again, keys))
        curves = _Curves({pair: _sum(counts, keys) for pair, counts in ages.items()})
        cohort_size = flows[funnel.position(start)].reached_count
        return FunnelRow(group=group, stages=flows, velocities=curves, is_small=cohort_size < small_below)

    named = {key: dimensions.group(dict(zip(groups, key, strict=True)), period) for key in tallies}
    ordered = sorted(named.items(), key=lambda item: [(value is None, value or "") for _, value in item[1]])
    return FunnelResult(
        funnel=funnel.name,
        unit=funnel.unit.value,
        period=period,
        start=start,
        as_of=as_of,
        by=by,
        rows=tuple(row([key], group) for key, group in ordered) if by else (),
        total=row(list(tallies), ()),
        labels={stage.name: stage.label for stage in funnel},
        names=names_of(known, named.values()) if by else {},
        tracer=Tracer(
            frames=known,
            rows=cohort,
            record="record_id",
            keys={group: key for key, group in named.items()} if by else {},
        ),
    )


def _pairs(funnel: Funnel, start: str) -> tuple[Pair, ...]:
    names = [stage.name for stage in funnel.stages[funnel.position(start) :]]
    whole = [(names[0], names[-1])] if len(names) > 2 else []
    return (*pairwise(names), *whole)


def _checked(funnel: Funnel, pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    checked = tuple(pairs)
    for start, end in checked:
        if funnel.position(start) >= funnel.position(end):
            raise ValueError(f"{end!r} does not come after {start!r} in the funnel")
    return checked


Key = tuple[str, ...]
Counts = Mapping[Key, Counter[Any]]


def _count(rows: nw.LazyFrame[Any], groups: Sequence[str], columns: Sequence[str]) -> dict[Key, Counter[Any]]:
    """How many rows there are of each value of the columns, by group."""
    counted = rows.group_by(*groups, *columns).agg(nw.len().alias("rows_count"))
    counts: defaultdict[Key, Counter[Any]] = defaultdict(Counter)
    of_group = len(groups)
    for *values, rows_count in tuples_of(counted.select(*groups, *columns, "rows_count")):
        counts[tuple(values[:of_group])][tuple(values[of_group:])] = rows_count
    return counts


def _sum(counts: Counts, keys: Iterable[Key]) -> Counter[Any]:
    total: Counter[Any] = Counter()
    for key in keys:
        total.update(counts.get(key, {}))
    return total


def _tallies(cohort: nw.LazyFrame[Any], groups: Sequence[str]) -> dict[Key, Counter[Any]]:
    return _count(cohort, groups, ["furthest", "state"])


def _flows(funnel: Funnel, tally: Counter[Any], again: Counter[Any]) -> tuple[StageFlow, ...]:
    """Counts telescope: who reached a stage is whoever's furthest stage is that one or a later one."""
    flows = []
    for k, stage in enumerate(funnel):
        states = {state: n for (furthest, state), n in tally.items() if furthest == k}
        beyond = sum(n for (furthest, _), n in tally.items() if furthest > k)
        flows.append(
            StageFlow(
                stage=stage.name,
                reached_count=beyond + sum(states.values()),
                advanced_count=beyond,
                lost_count=states.get("lost", 0),
                disqualified_count=states.get("disqualified", 0),
                recycled_count=states.get("recycled", 0),
                reopened_count=states.get("reopened", 0),
                here_count=states.get("here", 0),
                reentered_count=again[(stage.name,)],
            )
        )
    return tuple(flows)


def _ages(
    cohort: nw.LazyFrame[Any], funnel: Funnel, pair: Pair, groups: Sequence[str], as_of: int
) -> dict[Key, Counter[Any]]:
    """By group, how many left a stage (and how), or were last seen in it, at each age in whole hours."""
    start, end = (nw.col(reached(funnel.position(name))) for name in pair)
    has_advanced, has_left = ~end.is_null(), nw.col("state").is_in(_FINAL)

    def of_three(advanced: nw.Expr, lost: nw.Expr, still_open: nw.Expr) -> nw.Expr:
        return (
            nw.when(has_advanced).then(advanced).otherwise(nw.when(has_left).then(lost).otherwise(still_open))
        )

    how = of_three(*(nw.lit(code) for code in range(len(_ENDS))))
    until = of_three(end, nw.col("left_at"), nw.lit(as_of))
    # One whole number says age and end: engines group by it far faster than by a word beside a number.
    coded = ((until - start).clip(0, None) // _HOUR * len(_ENDS) + how).alias("coded")
    counted = _count(cohort.filter(~start.is_null()).select(*groups, coded), groups, ["coded"])
    return {
        key: Counter({divmod(code, len(_ENDS)): n for (code,), n in counts.items()})
        for key, counts in counted.items()
    }


class _Curves(Mapping[Pair, IncidenceCurve]):
    """Curves by pair of stages, each drawn from its counts when it is first looked at."""

    def __init__(self, counts: Mapping[Pair, Counter[Any]]) -> None:
        self._counts = counts
        self._drawn: dict[Pair, IncidenceCurve] = {}

    def __getitem__(self, pair: Pair) -> IncidenceCurve:
        if pair not in self._drawn:
            self._drawn[pair] = _curve(self._counts[pair])
        return self._drawn[pair]

    def __iter__(self) -> Iterator[Pair]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)


def _curve(counts: Counter[Any]) -> IncidenceCurve:
    rows = [(age, _ENDS[how], n) for (age, how), n in counts.items()]
    return cumulative_incidence(RiskCounts.from_rows(rows, causes=(ADVANCED, LOST), unit="hours"))


def _repeated(frames: Frames, funnel: Funnel) -> nw.LazyFrame[Any]:
    """The records that moved into a stage more than once, as moves say it: how often, by stage."""
    key = f"{funnel.unit}_id"
    moves = frames.select("stage_entries", ["lead_id", "deal_id", "stage"])
    if funnel.unit == "lead":
        moves = moves.filter(nw.col("deal_id").is_null())
    return (
        moves.filter(~nw.col(key).is_null(), nw.col("stage").is_in([stage.name for stage in funnel]))
        .group_by(key, "stage")
        .agg(nw.len().alias("entries_count"))
        .filter(nw.col("entries_count") > 1)
        .with_columns((nw.col("entries_count") - 1).alias("again_count"))
        .rename({key: "record_id"})
    )


def _reentries(
    cohort: nw.LazyFrame[Any], repeated: nw.LazyFrame[Any], groups: Sequence[str]
) -> dict[Key, Counter[Any]]:
    """By group and stage, the entries of the cohort's records beyond each one's first."""
    of_cohort = repeated.join(cohort.select("record_id", *groups), on="record_id", how="inner")
    counted = rows_of(of_cohort.group_by(*groups, "stage").agg(nw.col("again_count").sum()))
    counts: dict[Key, Counter[Any]] = {}
    for row in counted:
        of_group = counts.setdefault(tuple(row[name] for name in groups), Counter())
        of_group[(row["stage"],)] += int(row["again_count"])
    return counts
