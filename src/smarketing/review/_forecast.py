"""The coming periods on the review: revenue as a fan, the classic number beside it, the chance of quotas."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import attrs

from smarketing.agreement import Agreement, Targets
from smarketing.document import Cell, Column, Section, Table
from smarketing.forecast import Forecast, ForecastRow, PeriodForecast, WinModel, forecast_revenue
from smarketing.forecast._report import fan_blocks, shown_short
from smarketing.frames import Frames
from smarketing.language import N_, Words
from smarketing.periods import Period
from smarketing.review._attainment import Party, quotas_of
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
        target: What is to be reached.
        closed: What was won already.
        expected: What the period brings them on average.
        chance: The chance to make it; None where history is too short.
    """

    period: Period
    party: Party
    name: str
    target: Money
    closed: Money
    expected: Money
    chance: float | None


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
    rows: dict[str, dict[str | None, ForecastRow]] = {}
    for party, name, quota in quotas_of(targets):
        if quota.revenue is None:
            continue
        target = quota.revenue
        if party == "company":
            outlook = each.against(target)
            closed, expected, chance = outlook.closed, outlook.expected, outlook.chance
        else:
            if party not in rows:
                rows[party] = {row.values[party]: row for row in each.split(party)}
            row = rows[party].get(name)
            nothing = Money(0, target.currency)
            closed = row.closed if row else nothing
            expected = row.expected if row else nothing
            chance = row.chance_of(target) if row else None
        yield QuotaChance(
            period=each.period,
            party=party,
            name=name,
            target=target,
            closed=closed,
            expected=expected,
            chance=chance,
        )


def forecast_sections(outlook: Outlook, words: Words) -> Iterator[Section]:
    """The fan of the coming months with the classic number, then the chance of each revenue target."""
    intro = words(
        "Learned from how deals of each source and stage were won at each age, and how sure that is."
    )
    yield Section(words("Forecast"), [*fan_blocks(outlook.forecast, words)], intro=intro)
    if outlook.quotas:
        yield Section(words("Targets to come"), [_quotas_table(outlook, words)], level=3)


def _quotas_table(outlook: Outlook, words: Words) -> Table:
    names = {each.period: shown_short(each, words) for each in outlook.forecast.periods}
    rows: list[list[Cell]] = [
        [
            names.get(each.period, each.period.label),
            each.name or words(_PARTIES[each.party]),
            each.target,
            each.closed,
            each.expected,
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
        Column(words("Chance to make it"), "share", digits=0),
    ]
    used = [k for k in range(len(columns)) if any(row[k] is not None for row in rows)]
    return Table([columns[k] for k in used], [[row[k] for k in used] for row in rows])
