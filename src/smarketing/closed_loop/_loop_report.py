"""The closed-loop page: from spend to feedback as one picture, by month and group, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from smarketing.closed_loop._change import LoopChange
from smarketing.closed_loop._loop_feedback import feedback_section
from smarketing.closed_loop._loop_next import MEANING, next_section
from smarketing.closed_loop._loop_result import LoopResult, LoopRow
from smarketing.document import (
    Block,
    Cell,
    Column,
    Marked,
    Metric,
    Note,
    Report,
    Section,
    Table,
    Tone,
    bar_chart,
    funnel_chart,
    line_chart,
)
from smarketing.funnel import dimension_title, shown_period, shown_value
from smarketing.language import N_, Words
from smarketing.language import words as words_of
from smarketing.values import Money

__all__ = ["loop_report"]

_MOST_BARS = 14

_VIEWS = {
    "cohort": N_("Every figure stands where its lead was captured."),
    "cash": N_("Every figure stands where it happened; ratios are not of the same people."),
}


def loop_report(result: LoopResult, words: Words | None = None, changes: Sequence[LoopChange] = ()) -> Report:
    """The page in the given words, or in English.

    Args:
        result: The loop.
        words: The language.
        changes: Comparisons to show beside it, from `result.against(…)`.
    """
    words = words or words_of("en")
    sections = [
        _whole_section(result, words),
        _steps_section(result, words),
        *_months(result, words),
        *_groups(result, words),
        *(_change_section(change, words) for change in changes),
        *feedback_section(result, words),
        *next_section(result, words),
        _rules_section(result, words),
    ]
    at = result.as_of.astimezone(ZoneInfo(result.period.zone))
    return Report(
        title=words("Closed loop"),
        language=words.language,
        period=shown_period(result.period, words),
        as_of=words("Known before {moment}", moment=words.instant(at)),
        sections=sections,
    )


def _whole_section(result: LoopResult, words: Words) -> Section:
    """The figures to see first."""
    total = result.total
    blocks: list[Block] = [
        Metric(words("Spend"), total.spend, "money", digits=0, note=_planned_note(total, words)),
        Metric(words("Leads"), total.leads_count, "count", note=_each(total.cost_per_lead, words)),
        Metric(words("Customers"), total.customers_count, "count", note=_each(total.cac, words)),
        Metric(words("Revenue"), total.revenue, "money", digits=0, note=_return(total, words)),
    ]
    intro = words(_VIEWS["cash"]) if result.view == "cash" else ""
    return Section(words("From spend to feedback"), blocks, intro=intro)


def _steps_section(result: LoopResult, words: Words) -> Section:
    """The picture, from what was spent to what sales answered, and the same as a table."""
    steps = [*_steps(result, words)]
    total = result.total
    drawn = Table(
        [Column(words("Step")), Column(words("Leads"), "count")],
        [(_priced(label, cost, words), count) for label, count, _, cost in steps],
    )
    title = words(
        "From {spend} of spend to {revenue} of revenue, and what sales answered",
        spend=words("unknown") if total.spend is None else words.money(total.spend, 0),
        revenue=words.money(total.revenue, 0),
    )
    chart = funnel_chart(
        drawn,
        title=title,
        words=words,
        alt=words("One bar for each step from the lead to the answer, as long as its number of leads"),
    )
    columns = [
        Column(words("Step")),
        Column(words("Leads"), "count"),
        Column(words("Of the leads"), "share"),
        Column(words("Cost of each"), "money"),
    ]
    note = words("Cost of each: the whole spend, divided by the number that came so far.")
    return Section(words("Step by step"), [chart, Table(columns, steps, note=note)], level=3)


def _steps(result: LoopResult, words: Words) -> Iterator[tuple[str, int, float | None, Money | None]]:
    total = result.total

    def row(label: str, count: int) -> tuple[str, int, float | None, Money | None]:
        share = count / total.leads_count if total.leads_count and result.view == "cohort" else None
        return label, count, share, total.cost_per(count)

    for name, count in total.reached.items():
        yield row(words(result.labels[name]), count)
    answered = total.accepted_count + total.rejected_count + total.recycled_count
    if answered:
        yield *row(words("Answered by sales"), answered)[:3], None
        yield *row(words("Accepted by sales"), total.accepted_count)[:3], None


def _priced(label: str, cost: Money | None, words: Words) -> str:
    """A step with what each lead that came so far cost."""
    return label if cost is None else f"{label} · {_each(cost, words)}"


def _planned_note(total: LoopRow, words: Words) -> str:
    return "" if total.planned is None else words("planned: {money}", money=words.money(total.planned, 0))


def _return(total: LoopRow, words: Words) -> str:
    if total.roi_share is None:
        return ""
    return words("{share} return on the spend", share=words.share(total.roi_share, 0))


def _each(money: Money | None, words: Words) -> str:
    return "" if money is None else words("{money} each", money=words.money(money))


def _months(result: LoopResult, words: Words) -> Iterator[Section]:
    """Month by month, where there are several."""
    if len(result.by_month) < 2:
        return
    months = {month.label: _first_day(month.start, result) for month in result.period.split("month")}
    rows = [[months[str(row.values["month"])], *_cells(row, words)] for row in result.by_month]
    columns = [Column(words("Month"), "month"), *_columns(words)]
    spend, revenue = columns[1].title, words("Revenue")
    drawn = Table(
        [columns[0], Column(spend, "money"), Column(revenue, "money")],
        [(months[str(row.values["month"])], row.spend, row.revenue) for row in result.by_month],
    )
    blocks: list[Block] = [
        line_chart(
            drawn,
            title=words("Spend and revenue by month"),
            words=words,
            alt=words("Two lines over the months: what was spent, and what was sold"),
        ),
        _used(Table(columns, rows)),
    ]
    if result.view == "cohort":
        young = words("Recent months have had less time to come through: they are young, not bad.")
        blocks.insert(1, Note(young))
    yield Section(words("Closed loop by month"), blocks, level=3)


def _first_day(at: datetime, result: LoopResult) -> date:
    return at.astimezone(ZoneInfo(result.period.zone)).date().replace(day=1)


def _groups(result: LoopResult, words: Words) -> Iterator[Section]:
    """The result's own groups, or the campaigns."""
    by, rows = result.by, result.rows
    if not by or by == ("month",):
        by, rows = ("campaign",), result.by_campaign
    if not rows:
        return
    names = [shown_group(row.group, result, words) for row in rows]
    title = ", ".join(dimension_title(name, words).lower() for name in by)
    columns = [Column(title[:1].upper() + title[1:]), *_columns(words)]
    total = [words("All"), *_cells(result.total, words)]
    table = _used(
        Table(
            columns,
            [[name, *_cells(row, words)] for name, row in zip(names, rows, strict=True)],
            totals=total,
            note=words("What is not known, or has nothing to be divided by, is left open: it is not zero."),
        )
    )
    blocks: list[Block] = []
    drawn = [(name, row.spend, row.revenue) for name, row in zip(names, rows, strict=True)][:_MOST_BARS]
    if len(drawn) > 1:
        bars = Table(
            [columns[0], Column(words("Spend"), "money"), Column(words("Revenue"), "money")],
            drawn,
        )
        blocks.append(
            bar_chart(
                bars,
                title=words("Spend and revenue"),
                words=words,
                horizontal=True,
                alt=words("Two bars for each group: what it cost, and what its leads bought"),
            )
        )
    yield Section(words("Closed loop by {dimension}", dimension=title), [*blocks, table], level=3)


def shown_group(group: Sequence[tuple[str, str | None]], result: LoopResult, words: Words) -> str:
    """A group in the reader's words; a campaign by its name."""
    told = (shown_value(name, value, words, result.names) for name, value in group)
    return ", ".join(told) or words("All")


def _columns(words: Words) -> list[Column]:
    return [
        Column(words("Spend"), "money", digits=0),
        Column(words("Planned"), "money", digits=0),
        Column(words("Leads"), "count"),
        Column(words("Cost per lead"), "money"),
        Column(words("Handed over"), "count"),
        Column(words("Accepted"), "share"),
        Column(words("Opportunities"), "count"),
        Column(words("Customers"), "count"),
        Column(words("Cost per customer"), "money", digits=0),
        Column(words("Revenue"), "money", digits=0),
        Column(words("Margin"), "money", digits=0),
        Column(words("Return on spend"), "share", digits=0),
        Column(words("Paid back after days"), "count"),
        Column(words("Not answered"), "count"),
    ]


def _cells(row: LoopRow, words: Words) -> list[Cell]:
    note = words("withheld: too few leads") if row.is_withheld else words("few leads: read it with care")

    def marked(value: Money | float | None) -> Cell:
        return Marked(value, note) if row.is_small and (value is not None or row.is_withheld) else value

    return [
        row.spend,
        row.planned,
        row.leads_count,
        marked(row.cost_per_lead),
        row.mqls_count,
        marked(None if row.is_withheld else row.acceptance.share),
        row.opportunities_count,
        row.customers_count,
        marked(row.cac),
        row.revenue,
        row.margin,
        marked(row.roi_share),
        marked(row.payback_days),
        row.open_count,
    ]


def _used(table: Table) -> Table:
    """The table without the columns in which nothing stands."""
    lines = [*table.rows, *([table.totals] if table.totals else [])]
    kept = [k for k in range(len(table.columns)) if any(row[k] is not None for row in lines)]
    return Table(
        [table.columns[k] for k in kept],
        [[row[k] for k in kept] for row in table.rows],
        note=table.note,
        totals=None if table.totals is None else [table.totals[k] for k in kept],
    )


def _change_section(change: LoopChange, words: Words) -> Section:
    """Then and now, and what the difference is made of."""
    before, after = change.before, change.after
    then, now = shown_period(before.period, words), shown_period(after.period, words)
    columns = [Column(words("What changed")), Column(words("Revenue"), "money")]
    parts = [
        (words("Revenue, {period}", period=then), before.total.revenue),
        (words("Volume: more or fewer of them, at the old average"), change.volume),
        (words("Mix: other shares of the groups, at their old yields"), change.mix),
        (words("Rate: what one of each group brings"), change.rate),
        (words("Groups without leads"), change.apart),
        (words("Revenue, {period}", period=now), after.total.revenue),
    ]
    blocks: list[Block] = [Table(columns, parts)]
    if change.rows:
        blocks.append(_then_and_now(change, words))
    return Section(words("Against {period}", period=then), blocks, level=3)


_COMPARED: tuple[tuple[str, str, int | None], ...] = (
    (N_("Spend"), "money", 0),
    (N_("Leads"), "count", None),
    (N_("Cost per lead"), "money", None),
    (N_("Revenue"), "money", 0),
)


def _then_and_now(change: LoopChange, words: Words) -> Table:
    """Each group in both periods: what is missing was not there, or is not known."""
    rows: list[list[Cell]] = []
    for row in change.rows:
        pairs = zip(_compared(row.before), _compared(row.after), strict=True)
        name = shown_group(row.group, change.before if row.after is None else change.after, words)
        rows.append([name, *(cell for pair in pairs for cell in pair)])
    columns = [Column(words("Group"))]
    for name, kind, digits in _COMPARED:
        columns.append(Column(words("{figure}, then", figure=words(name)), kind, digits=digits))
        columns.append(Column(words("{figure}, now", figure=words(name)), kind, digits=digits))
    return Table(columns, rows, caption=words("Each group then and now"))


def _compared(row: LoopRow | None) -> list[Cell]:
    if row is None:
        return [None] * len(_COMPARED)
    return [row.spend, row.leads_count, row.cost_per_lead, row.revenue]


def _rules_section(result: LoopResult, words: Words) -> Section:
    """How it was counted, and what is odd in the data."""
    rule = words("Costs that campaigns share are divided {rule}.", rule=words(result.shared_by.label))
    what = words(
        "A spend is laid evenly over its days; what it cannot know of its leads (source, persona, owner) "
        "follows the leads of its campaign and month. A deal counts once, by its last closing."
    )
    blocks: list[Block] = [Note(words(_VIEWS[result.view])), Note(what), Note(rule), Note(words(MEANING))]
    blocks += [Note(doubt.said(words), Tone.WARNING) for doubt in result.doubts]
    return Section(words("How it was counted"), blocks, level=3)
