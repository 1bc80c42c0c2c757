"""Targets and what was reached of them, as a section of the review."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from smarketing.agreement import Agreement
from smarketing.document import Block, Cell, Chart, Column, Marked, Section, Table, line_chart
from smarketing.funnel import shown_period
from smarketing.language import N_, Words
from smarketing.periods import Period
from smarketing.review._attainment import Attainment
from smarketing.values import Money

__all__ = ["attainment_section"]

_PARTIES = {"company": N_("Company"), "team": N_("Team"), "owner": N_("Owner")}


def attainment_section(attained: Sequence[Attainment], agreement: Agreement, words: Words) -> Section:
    """The company's revenue against its target over time, then every target, the latest first."""
    latest_first = sorted(attained, key=lambda each: each.period.start, reverse=True)
    columns = [
        Column(words("Period")),
        Column(words("Whose")),
        Column(words("What")),
        Column(words("Target, money"), "money", digits=0),
        Column(words("Reached, money"), "money", digits=0),
        Column(words("Target, records"), "count"),
        Column(words("Reached, records"), "count"),
        Column(words("Attained"), "share"),
    ]
    rows = [_cells(each, agreement, words) for each in latest_first]
    used = [k for k in range(len(columns)) if any(row[k] is not None for row in rows)]
    table = Table([columns[k] for k in used], [[row[k] for k in used] for row in rows])
    blocks: list[Block] = [table]
    if chart := _chart(attained, words):
        blocks.insert(0, chart)
    return Section(words("Targets"), blocks)


def _cells(attainment: Attainment, agreement: Agreement, words: Words) -> list[Cell]:
    stage = agreement.funnel.places.get(attainment.what)
    amounts: list[Cell] = [attainment.target, attainment.reached]
    blank: list[Cell] = [None, None]
    is_money = isinstance(attainment.target, Money)
    share: Cell = attainment.share
    if attainment.is_running:
        share = Marked(attainment.share, words("the period has not ended yet"))
    return [
        _name(attainment.period, words),
        attainment.name or words(_PARTIES[attainment.party]),
        words(stage.label) if stage else words("Revenue"),
        *(amounts + blank if is_money else blank + amounts),
        share,
    ]


def _chart(attained: Sequence[Attainment], words: Words) -> Chart | None:
    """The company's revenue over time, where there is more than one stretch of it, all of one length."""
    revenue = [each for each in attained if each.party == "company" and isinstance(each.target, Money)]
    units = {each.period.unit for each in revenue}
    if len(revenue) < 2 or len(units) > 1:
        return None
    by_month = units == {"month"}
    names = [_first_day(each.period) if by_month else _name(each.period, words) for each in revenue]
    target, reached = words("Target, money"), words("Reached, money")
    table = Table(
        [
            Column(words("Period"), "month" if by_month else "text"),
            Column(target, "money"),
            Column(reached, "money"),
        ],
        [[name, each.target, each.reached] for name, each in zip(names, revenue, strict=True)],
    )
    return line_chart(
        table,
        title=words("Revenue against its target"),
        words=words,
        alt=words("Two lines over time: what was agreed for the whole company, and what was reached"),
    )


def _name(period: Period, words: Words) -> str:
    if period.unit == "month":
        return words.month(_first_day(period), short=True)
    return shown_period(period, words)


def _first_day(period: Period) -> date:
    return period.start.astimezone(ZoneInfo(period.zone)).date()
