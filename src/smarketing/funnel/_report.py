"""How funnel and sales results are said: tables, charts and the sentences that go with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from smarketing.document import (
    Block,
    Cell,
    Chart,
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
from smarketing.language import N_, Words
from smarketing.language import words as words_of
from smarketing.periods import Period
from smarketing.sources import LeadSource, UnknownReason
from smarketing.values import Money

if TYPE_CHECKING:
    from smarketing.estimates import IncidenceCurve
    from smarketing.funnel._measure import Pair
    from smarketing.funnel._result import FunnelResult, FunnelRow, StageFlow
    from smarketing.funnel._sales import SalesResult, SalesRow

__all__ = ["dimension_title", "funnel_report", "known_before", "sales_report", "shown_period", "shown_value"]

_LEVEL = 0.9
_CURVE_POINTS = 24
_MOST_CURVES = 6
_FEWEST_SEEN = 10
"""Where fewer were still on their way, one of them would move a curve by a tenth of what it has left."""

_DIMENSIONS = {
    "source": N_("Source"),
    "source_reason": N_("Why the source is unknown"),
    "source_raw": N_("Word in the CRM"),
    "month": N_("Month"),
    "channel": N_("Channel"),
    "campaign": N_("Campaign"),
    "owner": N_("Owner"),
    "persona": N_("Persona"),
    "team": N_("Team"),
    "stage": N_("Stage"),
    "pipeline": N_("Pipeline"),
    "product": N_("Product"),
    "product_family": N_("Product family"),
    "account": N_("Account"),
    "agency": N_("Agency"),
    "region": N_("Region"),
    "country": N_("Country"),
    "price_list": N_("Price list"),
    "asset": N_("Asset"),
    "landing_page": N_("Landing page"),
}
_STATES: Mapping[str, tuple[str, Callable[[StageFlow], int]]] = {
    "here": (N_("Still there"), lambda flow: flow.here_count),
    "lost": (N_("Lost"), lambda flow: flow.lost_count),
    "disqualified": (N_("Disqualified"), lambda flow: flow.disqualified_count),
    "recycled": (N_("Recycled"), lambda flow: flow.recycled_count),
    "reopened": (N_("Reopened"), lambda flow: flow.reopened_count),
    "again": (N_("Entered again"), lambda flow: flow.reentered_count),
}


def dimension_title(name: str, words: Words) -> str:
    """What a dimension is called; a company's own field is called by its name."""
    return words(_DIMENSIONS[name]) if name in _DIMENSIONS else name.replace("_", " ").capitalize()


def _within_sentence(title: str) -> str:
    return title[:1].lower() + title[1:]


def shown_value(name: str, value: str | None, words: Words) -> str:
    """A dimension's value in the reader's words."""
    if value is None:
        return words("(blank)")
    if name == "source":
        return words(LeadSource(value).label)
    if name == "source_reason":
        return words(UnknownReason(value).label)
    return value


def known_before(result: FunnelResult | SalesResult, words: Words) -> str:
    """The sentence that says what was known."""
    at = result.as_of.astimezone(ZoneInfo(result.period.zone))
    return words("Known before {moment}", moment=words.instant(at))


def shown_period(period: Period, words: Words) -> str:
    """The period in the reader's words: a month by its name, else the first and the last day."""
    zone = ZoneInfo(period.zone)
    first = period.start.astimezone(zone).date()
    last = (period.end.astimezone(zone) - timedelta(microseconds=1)).date()
    if period.unit == "month":
        return words.month(first)
    if first == last:
        return words.date(first)
    return words("{first} to {last}", first=words.date(first), last=words.date(last))


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
        dimension=", ".join(_within_sentence(dimension_title(name, words)) for name in result.by),
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

    def cells(row: FunnelRow) -> list[Cell]:
        reached = row[last].reached_count
        rate = row.conversion(result.start, last) if result.start != last else Rate(reached, reached)
        interval = rate.interval(_LEVEL)
        share: Cell = rate.share
        if row.is_small and rate.share is not None:
            share = Marked(rate.share, words("few records: read the interval, not the figure"))
        cells: list[Cell] = [rate.trials, rate.successes, share]
        cells += [interval.low, interval.high] if interval else [None, None]
        return [*cells, _median(row, (result.start, last))] if has_median else cells

    groups = result.rows
    if not {"month", "source"} & set(result.by):
        groups = tuple(sorted(groups, key=lambda row: -row[result.start].reached_count))
    rows = [[*_group_cells(row.group, words), *cells(row)] for row in groups]
    table = Table(
        columns,
        rows,
        totals=_totals(result.by, cells(result.total), words),
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
    elif len(result.by) == 1 and 1 < len(rows) <= _MOST_BARS:
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


_MOST_BARS = 20


def _group_cells(group: Sequence[tuple[str, str | None]], words: Words) -> list[Cell]:
    return [
        date.fromisoformat(f"{value}-01") if name == "month" and value else shown_value(name, value, words)
        for name, value in group
    ]


def _totals(by: Sequence[str], cells: Sequence[Cell], words: Words) -> list[Cell] | None:
    """The last row of a table; the first column of one by month has no room for a word."""
    return [words("All"), *[None] * (len(by) - 1), *cells] if by and by[0] != "month" else None


def _velocity_section(result: FunnelResult, words: Words) -> Section | None:
    """The way from the cohort's stage to the last one as curves, one for each source or other group."""
    pair = (result.start, result.total.stages[-1].stage)
    if pair not in result.total.velocities or result.total.stages[-1].reached_count == 0:
        return None
    is_drawn = len(result.by) == 1 and result.by != ("month",)
    drawn = [row for row in result.rows if not row.is_small][:_MOST_CURVES] if is_drawn else []
    named = {shown_value(*row.group[0], words): row.velocities[pair] for row in drawn} or {
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


def sales_report(result: SalesResult, words: Words | None = None) -> Report:
    """What was sold, in all and by group."""
    words = words or words_of("en")
    title = words("Sales")
    if result.by:
        names = ", ".join(_within_sentence(dimension_title(name, words)) for name in result.by)
        title = words("Sales by {dimension}", dimension=names)
    currencies = list(result.total.revenue)
    columns = [
        *(Column(dimension_title(name, words), "month" if name == "month" else "text") for name in result.by),
        Column(words("Won"), "count"),
        Column(words("Lost"), "count"),
        Column(words("Won of closed"), "share"),
        *(Column(words("Revenue, {currency}", currency=currency), "money") for currency in currencies),
    ]
    if result.total.unpriced_count:
        columns.append(Column(words("Won without an amount"), "count"))

    def cells(row: SalesRow) -> list[Cell]:
        money = [
            row.revenue.get(currency, None if row.unpriced_count else Money(0, currency))
            for currency in currencies
        ]
        unpriced = [row.unpriced_count] if result.total.unpriced_count else []
        return [row.won_count, row.lost_count, row.win_rate.share, *money, *unpriced]

    rows = [[*_group_cells(row.group, words), *cells(row)] for row in result.rows]
    if result.by == ("month",):
        rows.sort(key=lambda row: str(row[0]))
    blocks: list[Block] = []
    if len(result.by) == 1 and len(currencies) == 1 and 1 < len(rows) <= 2 * _MOST_BARS:
        at = len(columns) - 1 - bool(result.total.unpriced_count)
        drawn = Table([columns[0], columns[at]], [(row[0], row[at]) for row in rows])
        draw = line_chart if result.by == ("month",) else _lying_bars
        blocks.append(
            draw(
                drawn,
                title=columns[at].title,
                words=words,
                alt=words("The revenue of each group, as in the table"),
            )
        )
    totals = _totals(result.by, cells(result.total), words)
    blocks.append(Table(columns, rows if result.by else [cells(result.total)], totals=totals))
    return Report(
        title=title,
        language=words.language,
        period=shown_period(result.period, words),
        as_of=known_before(result, words),
        sections=[Section(title, blocks)],
    )


def _lying_bars(table: Table, *, title: str, words: Words, alt: str) -> Chart:
    return bar_chart(table, title=title, words=words, alt=alt, horizontal=True)
