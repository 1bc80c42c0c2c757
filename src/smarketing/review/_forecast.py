"""The coming periods on the review: revenue as a fan, the classic number beside it, the chance of quotas."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import attrs

from smarketing.agreement import Agreement, Targets
from smarketing.document import Cell, Column, Section, Table
from smarketing.forecast import Forecast, PeriodForecast, TargetOutlook, WinModel, forecast_revenue
from smarketing.forecast._report import fan_blocks, shown_short
from smarketing.frames import Frames
from smarketing.funnel import shown_value
from smarketing.language import N_, Words
from smarketing.periods import Period
from smarketing.review._attainment import Party, quotas_of
from smarketing.sla import LeadsOwed, leads_owed
from smarketing.values import Money

__all__ = ["Outlook", "QuotaChance", "forecast_sections", "outlook_of"]

_MONTHS = 6
_STRETCHES = {"month": 3, "quarter": 2, "year": 1}
_PARTIES = {"company": N_("Company"), "team": N_("Team"), "owner": N_("Owner")}


@attrs.frozen(kw_only=True)
class QuotaChance:
    """One revenue target to come.

    Attributes:
        period: The month, quarter or year that it is for.
        party: Whose it is: the company's, a team's or a person's.
        name: Which team or person; blank for the company.
        outlook: How far it is, how likely, and what is needed of each source to make it.
    """

    period: Period
    party: Party
    name: str
    outlook: TargetOutlook

    @property
    def target(self) -> Money:
        """What is to be reached."""
        return self.outlook.target

    @property
    def closed(self) -> Money:
        """What was won already."""
        return self.outlook.closed

    @property
    def expected(self) -> Money:
        """What the period brings them on average."""
        return self.outlook.expected

    @property
    def coverage(self) -> float | None:
        """Their pipeline as a multiple of what is missing; None where nothing is."""
        return self.outlook.coverage

    @property
    def chance(self) -> float | None:
        """The chance to make it; None where history is too short, or they have no deals yet."""
        return self.outlook.chance

    @property
    def owed(self) -> LeadsOwed | None:
        """How many more deals each source has to open to make it; None where nothing is missing or known."""
        return None if self.outlook.needed is None else leads_owed(**self.outlook.needed)


@attrs.frozen(kw_only=True)
class Outlook:
    """What is to come, as of the moment of the review.

    Attributes:
        forecast: The coming months.
        quotas: The revenue targets of the period that runs, and of those after it.
    """

    forecast: Forecast
    quotas: tuple[QuotaChance, ...]


def outlook_of(frames: Frames, agreement: Agreement, *, as_of: datetime) -> Outlook | None:
    """The forecast of the coming months; None where no deal is open and none was ever won."""
    if not {"deals", "closings"} & set(frames.names):
        return None
    zone = agreement.company.zone
    pipeline = agreement.pipelines[0] if len(agreement.pipelines) == 1 else None
    model = WinModel.fit(
        frames,
        by=("source", "stage"),
        as_of=as_of,
        sources=agreement.sources,
        pipeline=pipeline,
        zone=zone,
        choose=False,
    )

    def forecast_of(periods: tuple[Period, ...]) -> Forecast:
        return forecast_revenue(
            frames,
            model,
            as_of=as_of,
            periods=periods,
            currency=agreement.company.currency,
            pipeline=pipeline,
        )

    forecast = forecast_of(Period.months(as_of, _MONTHS, zone))
    if not forecast.deals and not any(each.expected.minor for each in forecast.periods):
        return None
    quotas: list[QuotaChance] = []
    for targets, periods in _to_come(agreement, as_of):
        asked = forecast if targets.per == "month" else forecast_of(periods)
        for period in periods:
            place = asked.place_of(period)
            if place is not None:
                quotas += _of_period(asked.periods[place], targets)
    return Outlook(forecast=forecast, quotas=tuple(quotas))


def _to_come(agreement: Agreement, as_of: datetime) -> Iterator[tuple[Targets, tuple[Period, ...]]]:
    """The stretches of time to come that targets are for, by the terms in force on the first day of each."""
    if agreement.targets is None:
        return
    zone, fiscal = agreement.company.zone, agreement.company.fiscal_year_start
    today = as_of.astimezone(ZoneInfo(zone)).date()
    if not agreement.targets.covers(today):
        return
    per = agreement.targets.on(today).per
    around = Period(start=as_of, end=as_of + timedelta(days=800), zone=zone)
    around = attrs.evolve(around, fiscal_year_start=fiscal if fiscal > 1 else None)
    pieces = around.split(per)[: _STRETCHES[per]]
    whole = [Period.parse(piece.label, zone, fiscal_year_start=fiscal) for piece in pieces]
    by_terms: list[tuple[Targets, list[Period]]] = []
    for period in whole:
        first_day = period.start.astimezone(ZoneInfo(zone)).date()
        targets = agreement.targets.on(max(first_day, agreement.targets.versions[0][0]))
        if targets.per != per:
            break
        if by_terms and by_terms[-1][0] is targets:
            by_terms[-1][1].append(period)
        else:
            by_terms.append((targets, [period]))
    yield from ((targets, tuple(periods)) for targets, periods in by_terms)


def _of_period(each: PeriodForecast, targets: Targets) -> Iterator[QuotaChance]:
    for party, name, quota in quotas_of(targets):
        if quota.revenue is not None:
            group = {} if party == "company" else {party: name}
            outlook = each.against(quota.revenue, **group)
            yield QuotaChance(period=each.period, party=party, name=name, outlook=outlook)


def forecast_sections(outlook: Outlook, words: Words) -> Iterator[Section]:
    """The fan of the coming months with the classic number, then the chance of each revenue target."""
    intro = words(
        "Learned from how deals of each source and stage were won at each age, and how sure that is."
    )
    yield Section(words("Forecast"), [*fan_blocks(outlook.forecast, words)], intro=intro)
    if outlook.quotas:
        yield Section(words("Targets to come"), [_quotas_table(outlook, words)], level=3)
        yield from _owed_section(outlook, words)


def _whose(each: QuotaChance, outlook: Outlook, words: Words) -> tuple[str, str]:
    names = {period.period: shown_short(period, words) for period in outlook.forecast.periods}
    return names.get(each.period, each.period.label), each.name or words(_PARTIES[each.party])


def _quotas_table(outlook: Outlook, words: Words) -> Table:
    rows: list[list[Cell]] = [
        [
            *_whose(each, outlook, words),
            each.target,
            each.closed,
            each.expected,
            each.coverage,
            each.chance,
        ]
        for each in outlook.quotas
    ]
    columns = [
        Column(words("Period")),
        Column(words("Whose")),
        Column(words("Target, money"), "money", digits=0),
        Column(words("Won already"), "money", digits=0),
        Column(words("Expected"), "money", digits=0),
        Column(words("Pipeline, times what is missing"), "number", digits=1),
        Column(words("Chance to make it"), "share", digits=0),
    ]
    used = [k for k in range(len(columns)) if any(row[k] is not None for row in rows)]
    return Table([columns[k] for k in used], [[row[k] for k in used] for row in rows])


def _owed_section(outlook: Outlook, words: Words) -> Iterator[Section]:
    """How many more deals each source has to open for each target of the period that runs."""
    first = outlook.quotas[0].period
    owed = [(each, found) for each in outlook.quotas if each.period == first and (found := each.owed)]
    sources = sorted({row.source for _, found in owed for row in found.rows})
    if not sources:
        return
    rows: list[list[Cell]] = []
    for each, found in owed:
        counts: dict[str, Cell] = {source: found.of(source) for source in {row.source for row in found.rows}}
        rows.append([*_whose(each, outlook, words), *(counts.get(source, 0) for source in sources)])
    columns = [
        Column(words("Period")),
        Column(words("Whose")),
        *(Column(shown_value("source", source, words), "count") for source in sources),
    ]
    intro = words(
        "How many more deals each source would have to open for that, in proportion to what it brought."
    )
    yield Section(words("Deals to open, by source"), [Table(columns, rows)], level=3, intro=intro)
