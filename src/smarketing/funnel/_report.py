"""How a funnel's result is said: tables, charts and the sentences that go with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from smarketing.document import (
    Block,
    Cell,
    Column,
    Marked,
    Note,
    Report,
    Section,
    Table,
    bar_chart,
    funnel_chart,
    line_chart,
    step_chart,
)
from smarketing.estimates import Rate
from smarketing.funnel._wording import (
    MOST_BARS,
    dimension_title,
    folded,
    group_cells,
    known_before,
    others_cells,
    shown_period,
    shown_value,
    totals,
    within_sentence,
)
from smarketing.language import N_, Words
from smarketing.language import words as words_of

if TYPE_CHECKING:
    from smarketing.estimates import IncidenceCurve
    from smarketing.funnel._measure import Pair
    from smarketing.funnel._result import FunnelResult, FunnelRow, StageFlow

__all__ = ["funnel_report"]

_LEVEL = 0.9
_CURVE_POINTS = 24
_MOST_CURVES = 6
_FEWEST_SEEN = 10
"""Where fewer were still on their way, one of them would move a curve by a tenth of what it has left."""

_STATES: Mapping[str, tuple[str, Callable[[StageFlow], int]]] = {
    "here": (N_("Still there"), lambda flow: flow.here_count),
    "lost": (N_("Lost"), lambda flow: flow.lost_count),
    "disqualified": (N_("Disqualified"), lambda flow: flow.disqualified_count),
    "recycled": (N_("Recycled"), lambda flow: flow.recycled_count),
    "reopened": (N_("Reopened"), lambda flow: flow.reopened_count),
    "again": (N_("Entered again"), lambda flow: flow.reentered_count),
}


def funnel_report(result: FunnelResult, words: Words | None = None) -> Report:
    """The whole cohort, then its groups."""
    words = words or words_of("en")
    sections = [_flow_section(result, words)]
    if result.by and result.rows:
        sections.append(_groups_section(result, words))
    if section := _velocity_section(result, words):
        sections.append(section)
    return Report(
        title=words("Funnel"),
        language=words.language,
        period=shown_period(result.period, words),
        as_of=known_before(result, words),
        sections=sections,
    )


def _flow_section(result: FunnelResult, words: Words) -> Section:
    names = [flow.stage for flow in result.total.stages]
    flows = result.total.stages[names.index(result.start) :]
    label = {flow.stage: words(result.labels[flow.stage]) for flow in flows}
    bars = Table(
        [Column(words("Stage")), Column(words("Reached"), "count")],
        [(label[flow.stage], flow.reached_count) for flow in flows],
    )
    shown = [name for name, (_, count) in _STATES.items() if any(count(flow) for flow in flows)]
    columns = [
        Column(words("Stage")),
        Column(words("Reached"), "count"),
        Column(words("Of the stage before"), "share"),
        Column(words("Median time to the next"), "duration"),
        *(Column(words(_STATES[name][0]), "count") for name in shown),
    ]
    rows = []
    for before, flow, after in zip([None, *flows], flows, [*flows[1:], None], strict=False):
        share = None if before is None else result.total.conversion(before.stage, flow.stage).share
        median = _median(result.total, (flow.stage, after.stage)) if after else None
        rows.append(
            (label[flow.stage], flow.reached_count, share, median, *(_STATES[n][1](flow) for n in shown))
        )
    chart = funnel_chart(
        bars,
        title=words("How far the cohort came"),
        words=words,
        alt=words(
            "One bar for each stage, from the first to the last, as long as the number that reached it"
        ),
    )
    table = Table(
        columns,
        rows,
        caption=words("What became of those who reached each stage"),
        note=words(
            "A median is of all who entered; where half have not moved on, or too few were seen for so long, "
            "it is left open."
        ),
    )
    return Section(words("Funnel"), [chart, table], intro=_cohort_sentence(result, words))


def _cohort_sentence(result: FunnelResult, words: Words) -> str:
    count = result.total[result.start].reached_count
    stage = words(result.labels[result.start])
    return words(
        "{count} reached the stage {stage} ({period}). This is what became of them so far.",
        count=words.number(count),
        stage=stage,
        period=shown_period(result.period, words),
    )


def _median(row: FunnelRow, pair: Pair) -> timedelta | None:
    if pair not in row.velocities:
        return None
    curve = row.velocities[pair]
    hours = curve.quantile(0.5, "advanced")
    return None if hours is None or hours > _seen_until(curve) else timedelta(hours=hours)


def _seen_until(curve: IncidenceCurve) -> int:
    """The age up to which enough records were seen for the curve to be more than the story of a few."""
    thin = (age for age, at_risk in zip(curve.times, curve.at_risk, strict=True) if at_risk < _FEWEST_SEEN)
    return next(thin, (curve.last_age or 0) + 1) - 1


def _groups_section(result: FunnelResult, words: Words) -> Section:
    title = words(
        "By {dimension}",
        dimension=", ".join(within_sentence(dimension_title(name, words)) for name in result.by),
    )
    last = result.total.stages[-1].stage
    start, end = words(result.labels[result.start]), words(result.labels[last])
    converted = words("{stage} share", stage=end)
    columns = [
        *(Column(dimension_title(name, words), "month" if name == "month" else "text") for name in result.by),
        Column(start, "count"),
        Column(end, "count"),
        Column(converted, "share"),
        Column(words("At least"), "share"),
        Column(words("At most"), "share"),
    ]
    has_median = any(_median(row, (result.start, last)) for row in result.rows)
    if has_median:
        columns.append(Column(words("Median time"), "duration"))

    def rate(row: FunnelRow) -> Rate:
        reached = row[last].reached_count
        return row.conversion(result.start, last) if result.start != last else Rate(reached, reached)

    def cells(*rows: FunnelRow) -> list[Cell]:
        rates = [rate(row) for row in rows]
        together = Rate(sum(each.successes for each in rates), sum(each.trials for each in rates))
        interval = together.interval(_LEVEL)
        share: Cell = together.share
        if all(row.is_small for row in rows) and together.share is not None:
            share = Marked(together.share, words("few records: read the interval, not the figure"))
        told: list[Cell] = [together.trials, together.successes, share]
        told += [interval.low, interval.high] if interval else [None, None]
        median = _median(rows[0], (result.start, last)) if len(rows) == 1 else None
        return [*told, median] if has_median else told

    groups: Sequence[FunnelRow] = result.rows
    others: Sequence[FunnelRow] = ()
    if not {"month", "source"} & set(result.by):
        groups, others = folded(sorted(groups, key=lambda row: -row[result.start].reached_count))
    rows = [[*group_cells(row.group, result.names, words), *cells(row)] for row in groups]
    if others:
        rows.append([*others_cells(result.by, len(others), words), *cells(*others)])
    table = Table(
        columns,
        rows,
        totals=totals(result.by, cells(result.total), words),
        note=words(
            "With 90 % confidence the true share lies between the two, if those to come are like these."
        ),
    )
    blocks: list[Block] = []
    if result.by == ("month",):
        counts = Table(columns[:3], [row[:3] for row in rows])
        blocks.append(
            line_chart(
                counts,
                title=words("Month by month"),
                words=words,
                draw=[start, end],
                alt=words("Two lines over the months: how many entered, and how many of those came through"),
            )
        )
        blocks.append(
            Note(words("Recent months have had less time to come through: they are young, not bad."))
        )
    elif len(result.by) == 1 and 1 < len(rows) <= MOST_BARS:
        drawn = Table([columns[0], Column(converted, "share")], [(row[0], row[3]) for row in rows])
        blocks.append(
            bar_chart(
                drawn,
                title=converted,
                words=words,
                horizontal=True,
                alt=words("One bar for each group, as long as the share that came through"),
            )
        )
    return Section(title, [*blocks, table])


def _velocity_section(result: FunnelResult, words: Words) -> Section | None:
    """The way from the cohort's stage to the last one as curves, one for each source or other group."""
    pair = (result.start, result.total.stages[-1].stage)
    if pair not in result.total.velocities or result.total.stages[-1].reached_count == 0:
        return None
    is_drawn = len(result.by) == 1 and result.by != ("month",)
    drawn = [row for row in result.rows if not row.is_small][:_MOST_CURVES] if is_drawn else []
    named = {shown_value(*row.group[0], words, result.names): row.velocities[pair] for row in drawn} or {
        words("All"): result.total.velocities[pair]
    }
    ends = {name: _seen_until(curve) for name, curve in named.items()}
    longest = max(
        (min(ends[name], curve.times[-1]) for name, curve in named.items() if curve.times), default=0
    )
    if longest <= 0:
        return None
    step = 24 * max(1, -(-longest // (24 * _CURVE_POINTS)))

    def share(name: str, age: int) -> float | None:
        return named[name].incidence("advanced", at=age) if age <= ends[name] else None

    table = Table(
        [Column(words("Time since then"), "duration"), *(Column(name, "share") for name in named)],
        [
            [timedelta(hours=age), *(share(name, age) for name in named)]
            for age in (*range(0, longest, step), longest)
        ],
    )
    start, end = words(result.labels[pair[0]]), words(result.labels[pair[1]])
    chart = step_chart(
        table,
        title=words("From {start} to {end}: the share that has come through by age", start=start, end=end),
        words=words,
        alt=words("Curves that rise with the time since entry; those who were lost stay in the denominator"),
    )
    return Section(words("How fast"), [chart])
