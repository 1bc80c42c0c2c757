"""The page of attribution: the models side by side, where they disagree, and what is doubtful."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from smarketing.closed_loop._models import label_of
from smarketing.closed_loop._split import ALL, NO_TOUCH
from smarketing.document import Block, Cell, Column, Metric, Note, Report, Section, Table, Tone, bar_chart
from smarketing.funnel import dimension_title, shown_period, shown_value
from smarketing.language import N_, Words
from smarketing.language import words as words_of

if TYPE_CHECKING:
    from smarketing.closed_loop._credit import AttributionResult, Disagreement
    from smarketing.closed_loop._row import CreditRow
    from smarketing.funnel import Group

__all__ = ["credit_report"]

MOST_ROWS = 40
"""How many values a table on the page shows; it says how many there are."""
MOST_BARS = 12

_CREDITED = {
    "lead": N_("Leads"),
    "opportunity": N_("Opportunities"),
    "customer": N_("Customers"),
    "order": N_("Orders"),
    "": N_("Conversions"),
}
_NO_TOUCH = N_("no touch known")


def credit_report(result: AttributionResult, words: Words | None = None) -> Report:
    """What the models credit, in the given words or in English."""
    words = words or words_of("en")
    zone = ZoneInfo(result.period.zone if result.period else "UTC")
    sections = [Section(words("Who gets the credit"), [*_totals(result, words)])]
    for currency in _currencies(result):
        sections += _of_currency(result, currency, words)
    sections += [*_effects(result, words), *_doubts(result, words)]
    as_of = "" if result.as_of is None else words.instant(result.as_of.astimezone(zone))
    return Report(
        title=words("Attribution"),
        language=words.language,
        period=shown_period(result.period, words) if result.period else "",
        as_of=words("Known before {moment}", moment=as_of) if as_of else "",
        sections=sections,
    )


def _currencies(result: AttributionResult) -> list[str | None]:
    """Those that there are rows of, the one without any last."""
    found = {row.currency for row in result.rows}
    return sorted(found, key=lambda currency: (currency is None, currency or ""))


def _totals(result: AttributionResult, words: Words) -> Iterator[Block]:
    for revenue in result.revenue.values():
        yield Metric(words("Revenue"), revenue, "money")
    yield Metric(words(_CREDITED[result.conversion]), result.conversions_count, "count")
    if result.unpriced_count:
        yield Metric(words("Without a known amount"), result.unpriced_count, "count")
    yield Metric(words("No touch known"), result.untouched_count, "count")
    if result.look_back is not None:
        yield Note(
            words(
                "Touches count up to the conversion, within {time} and since the lead's conversion before.",
                time=words.duration(result.look_back),
            )
        )


def _of_currency(result: AttributionResult, currency: str | None, words: Words) -> Iterator[Section]:
    groups = [rows for rows in result.side_by_side() if rows[0].currency == currency]
    title = words("The models side by side")
    if len(_currencies(result)) > 1:
        title += f" ({currency or words('Without a known amount')})"
    table = _side_by_side(groups, result, words)
    blocks: list[Block] = []
    if len(groups) > 1:
        drawn = Table(table.columns, table.rows[:MOST_BARS])
        alt = words("What each model credits to each value, as in the table")
        blocks.append(bar_chart(drawn, title=title, words=words, alt=alt, horizontal=True))
    yield Section(title, [*blocks, table])
    apart = [each for each in result.disagreements if each.most.currency == currency]
    if any(each.spread_share for each in apart):
        yield Section(
            words("Where the models disagree"),
            [_disagreements(apart[:MOST_ROWS], result, words)],
            intro=words(
                "No model is right because it stands here: where they lie apart, an experiment decides."
            ),
        )


def _side_by_side(groups: Sequence[Sequence[CreditRow]], result: AttributionResult, words: Words) -> Table:
    """One row per value, one column per model: money, or conversions where there is none."""
    has_money = any(row.revenue is not None for rows in groups for row in rows)
    kind, digits = ("money", None) if has_money else ("number", 2)
    titles = [words(label_of(model)) for model in result.models]
    columns = [
        Column(" / ".join(dimension_title(name, words) for name in result.by)),
        *(Column(title, kind, digits=digits) for title in titles),
    ]
    rows = [(_named(rows[0].group, result, words), *(_cell(row) for row in rows)) for rows in groups]
    totals: list[Cell] = [words("Total")]
    for place in range(len(result.models)):
        of_model = [rows[place] for rows in groups]
        if has_money:
            currency = next(row.revenue.currency for row in of_model if row.revenue)
            totals.append(result.revenue[currency])
        else:
            totals.append(sum(row.conversion_share for row in of_model) / ALL)
    more = len(rows) - MOST_ROWS
    note = words("… and {count} more", count=words.number(more)) if more > 0 else ""
    return Table(columns, rows[:MOST_ROWS], totals=totals, note=note)


def _cell(row: CreditRow) -> Cell:
    return row.conversions if row.revenue is None else row.revenue


def _disagreements(apart: Sequence[Disagreement], result: AttributionResult, words: Words) -> Table:
    has_money = any(each.spread is not None for each in apart)
    kind, digits = ("money", None) if has_money else ("number", 2)
    columns = [
        Column(words("Value")),
        Column(words("Least")),
        Column(words("Credited at least"), kind, digits=digits),
        Column(words("Most")),
        Column(words("Credited at most"), kind, digits=digits),
        Column(words("Apart"), kind, digits=digits),
    ]
    rows = [
        (
            _named(each.group, result, words),
            words(label_of(each.least.model)),
            _cell(each.least),
            words(label_of(each.most.model)),
            _cell(each.most),
            each.spread if each.spread is not None else each.spread_share / ALL,
        )
        for each in apart
    ]
    return Table(columns, rows)


def _effects(result: AttributionResult, words: Words) -> Iterator[Section]:
    """What would be lost without each value, for each Markov model."""
    if not result.effects:
        return
    groups = dict.fromkeys(group for effects in result.effects.values() for group, _ in effects)
    told = {name: dict(effects) for name, effects in result.effects.items()}
    columns = [
        Column(words("Value")),
        *(Column(words(label_of(name)), "share") for name in told),
    ]
    rows = [
        (_named(group, result, words), *(found.get(group) for found in told.values())) for group in groups
    ]
    rows.sort(key=lambda row: (-float(row[1] or 0), str(row[0])))
    table = Table(columns, rows[:MOST_ROWS])
    intro = words(
        "The part of the conversions that would be lost without it, as the chain of touches has it."
    )
    yield Section(words("Removal effects"), [table], intro=intro)


def _doubts(result: AttributionResult, words: Words) -> Iterator[Section]:
    if result.doubts:
        notes = [Note(doubt.said(words), Tone.WARNING) for doubt in result.doubts]
        yield Section(words("What is doubtful"), notes)


def _named(group: Group, result: AttributionResult, words: Words) -> str:
    """The values of a group, unknown ones and those without a touch in words."""
    return " / ".join(
        words(_NO_TOUCH) if value == NO_TOUCH else shown_value(name, value, words, result.names)
        for name, value in group
    )
