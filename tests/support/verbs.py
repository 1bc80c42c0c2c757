"""The bulk verbs on an example company, and the documentation's table of which engine answers which.

A cell of the table is what a run of the tests finds: "yes" where an engine gives the answer that Polars
gives, to the last digit. With SMARKETING_WRITE_TABLE=1 in the environment a run writes what it finds into the
page; else the page must say it already.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import narwhals.stable.v2 as nw

from smarketing import (
    Frames,
    Funnel,
    Period,
    close_loop,
    load_agreement,
    measure_funnel,
    measure_sales,
    measure_sla,
    review_period,
)
from smarketing.calendars import BusinessCalendar
from smarketing.closed_loop import Linear, Markov, PositionBased, Shapley, TimeDecay, attribute
from smarketing.facts import CustomerHealth, DealClosed, Fact, Lead, Touch
from smarketing.forecast import WinModel, backtest, forecast_revenue, measure_health, measure_timing
from smarketing.frames import rows_of, with_working_time
from smarketing.origin import Origin
from smarketing.scoring import ActiveWithin, Decay, Known, Rule, ScoringMatrix, Touched, score_leads
from smarketing.testing import example_company

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "scale.md"
NAMES = {
    "polars": "Polars",
    "pandas": "pandas",
    "pyarrow": "PyArrow",
    "duckdb": "DuckDB",
    "pyspark": "Spark",
}
COMPANY = example_company(seed=5, leads=150)
FACTS: list[Fact] = list(COMPANY.facts())
DAY = timedelta(days=1)
TOUCHES = [
    Touch(
        origin=Origin(system="web", record=f"{fact.lead_id}/{number}"),
        occurred_at=fact.occurred_at + number * number * DAY / 3,
        lead_id=fact.lead_id,
        kind="visit" if number % 2 else "demo",
    )
    for fact in FACTS
    if isinstance(fact, Lead)
    for number in range(int(fact.lead_id[-2:]) % 9)
]
"""The company tells of no touches; these are added where scores are asked for."""
HEALTH = [
    CustomerHealth(
        origin=Origin(system="crm", record=f"{fact.deal_id}/health"),
        occurred_at=fact.occurred_at + 90 * DAY,
        deal_id=fact.deal_id,
        state="churned" if number % 3 else "dismissed",
    )
    for number, fact in enumerate(fact for fact in FACTS if isinstance(fact, DealClosed))
]
PERIOD = Period.parse("2024-01-01/2026-01-01", "Europe/Madrid")
FORECAST_AT = Period.parse("2025-09", "Europe/Madrid").start
OFFICE = BusinessCalendar(zone="Europe/Madrid", windows={"mon-fri": ("09:00-14:00", "15:00-18:00")})


def _working_time(frames: Frames) -> object:
    rows = frames.select("deals", ["deal_id", "created_at", "occurred_at"])
    timed = with_working_time(rows, OFFICE, start="created_at", end="occurred_at", name="waited")
    return sorted((row["deal_id"], row["occurred_at"], row["waited"]) for row in rows_of(timed))


def _sla(frames: Frames) -> object:
    contract = load_agreement(COMPANY.agreement_toml()).sla
    assert contract is not None
    result = measure_sla(frames, contract, period=PERIOD, by=("source", "team"), trend=1)
    assert result.breaches
    return result, result.breaches


def _credit(frames: Frames) -> object:
    told = Frames.from_dataset([*FACTS, *COMPANY.touches()], backend=frames.backend)
    models = (Linear(), PositionBased(), TimeDecay(), Markov(), Shapley())
    credit = attribute(told, models=models, by=("channel", "source"), as_of=COMPANY.as_of)
    assert credit.untouched_count < credit.conversions_count
    return credit, credit.to_report(), credit.facts(credit.rows[0])


def _scores(frames: Frames) -> object:
    rules = [
        Rule("visits", Touched("visit"), 6, per_day=1, cap=40, decay=Decay(half_life=30 * DAY)),
        Rule("demos", Touched("demo"), 8, window=400 * DAY),
        Rule("lately", ActiveWithin(60 * DAY), 5),
        Rule("known to a campaign", Known("campaign_id"), "2.5"),
    ]
    told = Frames.from_dataset([*FACTS, *TOUCHES], backend=frames.backend)
    scored = score_leads(told, ScoringMatrix(name="s", flip=20, rules=rules), as_of=COMPANY.as_of)
    points = sorted((row["lead_id"], row["score_points"]) for row in rows_of(scored.rows))
    assert scored.flips
    return points, scored.flips, scored.to_report()


def _forecast(frames: Frames) -> object:
    as_of = FORECAST_AT
    model = WinModel.fit(frames, by=("source", "stage"), as_of=as_of, zone="Europe/Madrid")
    periods = Period.months(as_of, 3, "Europe/Madrid")
    result = forecast_revenue(frames, model, as_of=as_of, periods=periods, by=("team",))
    rows = [each.rows for each in result.periods]
    quantiles = [each.quantile(share) for each in result.periods for share in (0.1, 0.5, 0.9)]
    assert all(quantiles)
    return result, rows, quantiles


def _chances(frames: Frames) -> object:
    as_of = Period.parse("2025-03", "Europe/Madrid").start
    model = WinModel.fit(frames, as_of=as_of, zone="Europe/Madrid")
    rows = rows_of(nw.from_native(model.frame(frames, within=90)).lazy())
    assert rows
    return model, sorted(tuple(row.items()) for row in rows)


def _backtest(frames: Frames) -> object:
    found = backtest(
        frames,
        by=("source",),
        origins=[Period.parse("2025-03", "Europe/Madrid").start],
        horizon_days=60,
        zone="Europe/Madrid",
    )
    return found, found.to_report()


def _health(frames: Frames) -> object:
    told = Frames.from_dataset([*FACTS, *HEALTH], backend=frames.backend)
    return measure_health(told, as_of=COMPANY.as_of, zone="Europe/Madrid")


def _loop(frames: Frames) -> object:
    agreement = load_agreement(COMPANY.agreement_toml())
    result = close_loop(frames, agreement, period=PERIOD, by=("campaign", "source"), as_of=COMPANY.as_of)
    return result, result.open_loops, result.handovers, result.facts("revenue"), result.to_report()


def _review(frames: Frames) -> object:
    agreement = load_agreement(COMPANY.agreement_toml())
    return review_period(frames, agreement, as_of=COMPANY.as_of).to_report()


VERBS: Mapping[str, Callable[[Frames], object]] = {
    "measure_funnel": lambda frames: measure_funnel(
        frames, Funnel.default(), period=PERIOD, by=("source", "month"), start="lead"
    ),
    "measure_sales": lambda frames: measure_sales(frames, period=PERIOD, by=("owner",)),
    "measure_sla": _sla,
    "score_leads": _scores,
    "forecast_revenue": _forecast,
    "WinModel.frame": _chances,
    "backtest": _backtest,
    "measure_timing": lambda frames: measure_timing(frames, as_of=COMPANY.as_of, zone="Europe/Madrid"),
    "measure_health": _health,
    "close_loop": _loop,
    "attribute": _credit,
    "with_working_time": _working_time,
    "review_period": _review,
}
"""What is tried, by the name of the verb."""


def agrees(verb: str, backend: str) -> bool:
    """Whether an engine answers a verb as Polars does; an engine that cannot raises what stops it."""
    answer = VERBS[verb]
    return answer(Frames.from_dataset(FACTS, backend=backend)) == answer(
        Frames.from_dataset(FACTS, backend="polars")
    )


def table(page: str) -> dict[str, dict[str, str]]:
    """The page's table: by verb and engine, what it says."""
    lines = [line.strip("|\n ").split("|") for line in page.splitlines() if line[:1] == "|"]
    head, _, *rows = [[cell.strip() for cell in line] for line in lines]
    return {row[0].strip("`"): dict(zip(head[1:], row[1:], strict=True)) for row in rows}


def with_cell(page: str, verb: str, engine: str, found: str) -> str:
    """The page with one cell of its table as it was found; a verb that is not there yet gets a line."""
    told = table(page)
    engines = list(next(iter(told.values())))
    told.setdefault(verb, dict.fromkeys(engines, "?"))[engine] = found
    lines = [
        f"| `{verb}` | " + " | ".join(row[each] for each in engines) + " |" for verb, row in told.items()
    ]
    body = re.compile(r"^(\|[ -]*-[-|: ]*\|\n)(?:\|[^\n]*\n)+", re.MULTILINE)
    return body.sub(lambda match: match[1] + "".join(f"{line}\n" for line in lines), page, count=1)


def hold_against_the_page(verb: str, backend: str, found: str) -> None:
    """Write a cell into the page where that is asked for; else the page must say just that."""
    page = PAGE.read_text("utf-8")
    if os.environ.get("SMARKETING_WRITE_TABLE"):
        PAGE.write_text(with_cell(page, verb, NAMES[backend], found), "utf-8")
    else:
        assert table(page)[verb][NAMES[backend]] == found
