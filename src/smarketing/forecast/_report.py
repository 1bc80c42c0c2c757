"""The page of the forecast: the coming periods as a fan, what they are made of, and the classic beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

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
    fan_chart,
    waterfall_chart,
)
from smarketing.forecast._categories import Category
from smarketing.funnel import dimension_title, shown_period, shown_value
from smarketing.language import N_, Words
from smarketing.language import words as words_of
from smarketing.values import Money

if TYPE_CHECKING:
    from smarketing.forecast._components import ForecastRow
    from smarketing.forecast._result import Forecast, PeriodForecast

__all__ = ["fan_blocks", "forecast_report", "shown_short"]

_FEW = 30
_MOST_ROWS = 40
_COMPONENTS = (
    ("closed", N_("Won already")),
    ("as_dated", N_("Open deals, on their dates")),
    ("date_slippage", N_("Dates that slip")),
    ("amount_slippage", N_("Amounts that slip")),
    ("new_business", N_("Business still to come")),
    ("reopened", N_("Deals opened again")),
)
_CATEGORIES = (Category.CLOSED, Category.COMMIT, Category.BEST_CASE, Category.PIPELINE, Category.OMITTED)


def forecast_report(forecast: Forecast, words: Words | None = None) -> Report:
    """The forecast in the given words or in English."""
    words = words or words_of("en")
    first, last = forecast.periods[0].period, forecast.periods[-1].period
    span = shown_period(first, words)
    if last is not first:
        span = words("{first} to {last}", first=span, last=shown_period(last, words))
    at = forecast.as_of.astimezone(ZoneInfo(first.zone))
    sections = [
        Section(words("The coming periods"), [*fan_blocks(forecast, words)]),
        _made_of(forecast.periods[0], words),
        *_coming(forecast.periods[0], words),
        *_rows_sections(forecast, words),
        _classic(forecast, words),
        _categories(forecast, words),
        *_slipped(forecast, words),
        *_advice(forecast, words),
    ]
    return Report(
        title=words("Revenue forecast"),
        language=words.language,
        period=span,
        as_of=words("Known before {moment}", moment=words.instant(at)),
        sections=sections,
    )


def shown_short(each: PeriodForecast, words: Words) -> str:
    """The name of a period, short."""
    period = each.period
    if period.unit == "month":
        return words.month(period.start.astimezone(ZoneInfo(period.zone)).date(), short=True)
    return period.label if period.unit in {"quarter", "year", "week"} else shown_period(period, words)


def fan_blocks(forecast: Forecast, words: Words) -> Iterator[Block]:
    """The fan, what the periods are made of, and what to know when reading it."""
    titles = {
        "expected": words("Expected"),
        "classic": words("Stage-weighted"),
        0.1: words("9 in 10 above"),
        0.25: words("3 in 4 above"),
        0.75: words("3 in 4 below"),
        0.9: words("9 in 10 below"),
    }
    shares = (0.1, 0.25, 0.75, 0.9)
    columns = [Column(words("Period"))]
    columns += [Column(title, "money", digits=0) for title in titles.values()]
    rows: list[list[Cell]] = []
    for each in forecast.periods:
        quantiles: list[Cell] = [each.quantile(share) for share in shares]
        rows.append([shown_short(each, words), each.expected, each.classic, *quantiles])
    used = [k for k in range(len(columns)) if not k or any(row[k] is not None for row in rows)]
    table = Table([columns[k] for k in used], [[row[k] for k in used] for row in rows])
    is_sure = any(each.quantile(0.1) is not None for each in forecast.periods)
    bands = [(titles[0.1], titles[0.9]), (titles[0.25], titles[0.75])] if is_sure else []
    has_classic = any(each.classic is not None for each in forecast.periods)
    yield fan_chart(
        table,
        title=words("Revenue to come"),
        words=words,
        bands=bands,
        draw=[titles["expected"], *([titles["classic"]] if has_classic else [])],
        alt=words(
            "What each period is expected to bring, with its range, and the stage-weighted number beside it"
        ),
        note=words("Dark: in half of all cases. Light: in four of five.") if is_sure else "",
    )
    yield _periods_table(forecast, words)
    if forecast.why is not None:
        yield Note(words(forecast.why), Tone.WARNING)
    if forecast.unpriced_count:
        told = words.plural(
            "{count} open deal states no amount: a typical one stands in for it.",
            "{count} open deals state no amount: a typical one stands in for each.",
            forecast.unpriced_count,
        )
        yield Note(told, Tone.WARNING)
    unpriced = sum(each.unpriced_count for each in forecast.periods)
    if unpriced:
        told = words.plural(
            "{count} won deal states no amount: it is missing from what was won, not zero.",
            "{count} won deals state no amount: they are missing from what was won, not zero.",
            unpriced,
        )
        yield Note(told, Tone.WARNING)
    for currency, number in forecast.apart.items():
        told = words.plural(
            "{count} deal in {currency} is left out: there is no rate for it.",
            "{count} deals in {currency} are left out: there is no rate for them.",
            number,
            currency=currency,
        )
        yield Note(told, Tone.WARNING)


def _periods_table(forecast: Forecast, words: Words) -> Table:
    """What each period is made of; the parts add up to what is expected."""
    titles = (
        N_("Won already"),
        N_("Open deals"),
        N_("Business still to come"),
        N_("Deals opened again"),
        N_("Expected"),
    )
    rows: list[tuple[Cell, ...]] = []
    for each in forecast.periods:
        parts = each.components
        open_deals = parts.as_dated + parts.date_slippage + parts.amount_slippage
        interval = each.interval()
        rows.append(
            (
                shown_short(each, words),
                parts.closed,
                open_deals,
                parts.new_business,
                parts.reopened,
                each.expected,
                _between(interval, words) if interval else words.missing,
            )
        )
    columns = [
        Column(words("Period")),
        *(Column(words(title), "money", digits=0) for title in titles),
        Column(words("4 in 5 between")),
    ]
    return Table(columns, rows)


def _made_of(each: PeriodForecast, words: Words) -> Section:
    """The first period's parts as a waterfall."""
    name, total = shown_short(each, words), words("Expected")
    rows: list[tuple[str, Money]] = [
        (words(label), getattr(each.components, part)) for part, label in _COMPONENTS
    ]
    rows = [row for row in rows if row[1].minor]
    columns = [Column(words("Part")), Column(words("Amount"), "money", digits=0)]
    table = Table(columns, [*rows, (total, each.expected)])
    chart = waterfall_chart(
        table,
        title=words("What {period} is made of", period=name),
        words=words,
        totals=[total],
        alt=words("From what was won already, part by part, to what is expected"),
    )
    intro = words("Each deal's part is rounded to the cent, and all parts add up to what is expected.")
    blocks: list[Block] = [chart, table]
    if each.margin is not None:
        interval = each.margin.interval()
        note = _between(interval, words) if interval else ""
        blocks.append(Metric(words("Margin"), each.margin.expected, "money", digits=0, note=note))
    if each.recurring is not None and each.one_off is not None:
        blocks.append(Metric(words("Recurring"), each.recurring.expected, "money", digits=0))
        blocks.append(Metric(words("One-off"), each.one_off.expected, "money", digits=0))
    return Section(words("What {period} is made of", period=name), blocks, intro=intro)


def _coming(each: PeriodForecast, words: Words) -> Iterator[Section]:
    """Deals that are not open yet, by source."""
    rows = [
        (
            shown_value("source", new.source, words) + (f" ({words('again')})" if new.is_reopened else ""),
            new.per_month,
            Marked(new.counted, words("fewer than 30 deals")) if new.counted < _FEW else new.counted,
            new.wins,
            new.expected,
        )
        for new in each.new_business
    ]
    if not rows:
        return
    columns = [
        Column(words("Source")),
        Column(words("Opened a month"), "number", digits=1),
        Column(words("Counted"), "count"),
        Column(words("Won in the period"), "number", digits=1),
        Column(words("Expected"), "money", digits=0),
    ]
    yield Section(words("Business still to come"), [Table(columns, rows)])


def _rows_sections(forecast: Forecast, words: Words) -> Iterator[Section]:
    """The first period by source and stage, and by what else was asked for."""
    first = forecast.periods[0]
    splits = dict.fromkeys([("source", "stage"), ("owner",), ("team",), ("product",), forecast.by])
    for by in splits:
        rows = first.split(*by) if by else ()
        if len({row.group for row in rows}) < 2:
            continue
        told = [dimension_title(name, words) for name in by]
        title = words("{period} by {dimension}", period=shown_short(first, words), dimension=", ".join(told))
        yield Section(title, [_rows_table(by, rows, words)])


def _rows_table(by: Sequence[str], rows: Sequence[ForecastRow], words: Words) -> Table:
    columns = [
        *(Column(dimension_title(name, words)) for name in by),
        Column(words("Open deals"), "count"),
        Column(words("If all are won"), "money", digits=0),
        Column(words("Won already"), "money", digits=0),
        Column(words("Expected"), "money", digits=0),
        Column(words("4 in 5 between")),
    ]
    cells: list[list[Cell]] = []
    for row in rows[:_MOST_ROWS]:
        interval = row.outlook.interval()
        few = Marked(row.deals_count, words("fewer than 30 deals"))
        cells.append(
            [
                *(shown_value(name, value, words) for name, value in row.group),
                few if row.deals_count < _FEW else row.deals_count,
                row.amount,
                row.closed,
                row.expected,
                _between(interval, words) if interval else words.missing,
            ]
        )
    more = len(rows) - _MOST_ROWS
    note = words("… and {count} more", count=words.number(more)) if more > 0 else ""
    return Table(columns, cells, note=note)


def _classic(forecast: Forecast, words: Words) -> Section:
    """The classic number, by stage, as every CRM shows it."""
    classic = forecast.classic
    rows = [
        (row.stage or words("(blank)"), row.share, row.deals_count, row.amount, row.weighted, row.by_hand)
        for row in classic.rows
    ]
    columns = [
        Column(words("Stage")),
        Column(words("Probability"), "share"),
        Column(words("Open deals"), "count"),
        Column(words("If all are won"), "money", digits=0),
        Column(words("Stage-weighted"), "money", digits=0),
        Column(words("With probabilities set by hand"), "money", digits=0),
    ]
    totals = (words("All"), None, len(forecast.deals), classic.amount, classic.weighted, classic.by_hand)
    intro = words(
        "Every open deal by the probability of its stage alone, whoever began it and however old it is."
    )
    return Section(words("The classic number"), [Table(columns, rows, totals=totals)], intro=intro)


def _categories(forecast: Forecast, words: Words) -> Section:
    """All open deals by category, the model's judgement and people's side by side."""
    model, people = forecast.roll_ups("model"), forecast.roll_ups("people")
    rows: list[list[Cell]] = [
        [
            words(category.label),
            model[category].deals_count,
            model[category].amount,
            model[category].cumulative,
            people[category].deals_count,
            people[category].amount,
        ]
        for category in _CATEGORIES
        if model[category].deals_count or people[category].deals_count
    ]
    columns = [
        Column(words("Category")),
        Column(words("Open deals"), "count"),
        Column(words("Amount"), "money", digits=0),
        Column(words("With all firmer ones"), "money", digits=0),
        Column(words("Deals, as people judge"), "count"),
        Column(words("Amount, as people judge"), "money", digits=0),
    ]
    has_people = any(each.deals_count for each in people.values())
    kept = len(columns) if has_people else 4
    note = words(
        "By the chance that a deal is ever won: commit from 70 %, best case from 40 %, pipeline from 5 %."
    )
    blocks: list[Block] = [Table(columns[:kept], [row[:kept] for row in rows], note=note)]
    if unread := forecast.unread_categories:
        said = ", ".join(f"“{word}” ({words.number(count)})" for word, count in unread.items())
        blocks.append(Note(words("People also said what names no category: {said}", said=said), Tone.WARNING))
    return Section(words("Categories"), blocks)


def _slipped(forecast: Forecast, words: Words) -> Iterator[Section]:
    """Open deals whose day has passed."""
    slipped = forecast.slipped
    if not slipped:
        return
    rows = [
        (deal.deal_id, deal.deal.values.get("owner"), deal.expected_on(), deal.amount, deal.ever)
        for deal in slipped[:_MOST_ROWS]
    ]
    columns = [
        Column(words("Deal")),
        Column(words("Owner")),
        Column(words("Expected to close"), "date"),
        Column(words("Amount"), "money", digits=0),
        Column(words("Chance to be won"), "share"),
    ]
    more = len(slipped) - _MOST_ROWS
    note = words("… and {count} more", count=words.number(more)) if more > 0 else ""
    yield Section(words("Slipped: the day has passed"), [Table(columns, rows, note=note)])


def _advice(forecast: Forecast, words: Words) -> Iterator[Section]:
    """Each source: what its deals show, and what to do."""
    for number, each in enumerate(forecast.advice):
        evidence: list[Block] = [
            Metric(
                words(fact.name),
                fact.value,
                fact.kind,
                note=words("of {count} deals", count=words.number(fact.count)),
            )
            for fact in each.evidence
        ]
        nature = words(each.source.playbook.nature)
        told = Note(" ".join([nature, *(words(advice) for advice in each.advice)]))
        if not number:
            yield Section(words("What to do about each source"))
        yield Section(words(each.source.label), [*evidence, told], level=3)


def _between(interval: tuple[Money, Money], words: Words) -> str:
    low, high = (words.money(end, 0) for end in interval)
    return words("{low} to {high}", low=low, high=high)
