"""Which verb runs on which engine: the table of the documentation is what these tests find."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from smarketing import Frames, Funnel, Period, load_agreement, measure_funnel, measure_sales, review_period
from smarketing.calendars import BusinessCalendar
from smarketing.facts import Fact
from smarketing.frames import rows_of, with_working_time
from smarketing.scoring import ActiveWithin, Decay, Known, Rule, ScoringMatrix, Touched, score_leads
from smarketing.testing import example_company

PAGE = Path(__file__).parents[1] / "docs" / "howto" / "scale.md"
NAMES = {"polars": "Polars", "pandas": "pandas", "pyarrow": "PyArrow", "duckdb": "DuckDB"}
COMPANY = example_company(seed=5, leads=150)
FACTS: list[Fact] = list(COMPANY.facts())
PERIOD = Period.parse("2024-01-01/2026-01-01", "Europe/Madrid")
OFFICE = BusinessCalendar(zone="Europe/Madrid", windows={"mon-fri": ("09:00-14:00", "15:00-18:00")})


def _working_time(frames: Frames) -> object:
    rows = frames.select("deals", ["deal_id", "created_at", "occurred_at"])
    timed = with_working_time(rows, OFFICE, start="created_at", end="occurred_at", name="waited")
    return sorted((row["deal_id"], row["occurred_at"], row["waited"]) for row in rows_of(timed))


def _review(frames: Frames) -> object:
    agreement = load_agreement(COMPANY.agreement_toml())
    return review_period(frames, agreement, as_of=COMPANY.as_of).to_report()


def _scores(frames: Frames) -> object:
    day = timedelta(days=1)
    rules = [
        Rule("touches", Touched("*"), 3, per_day=1, cap=40, decay=Decay(half_life=30 * day)),
        Rule("lately", ActiveWithin(60 * day), 5),
        Rule("tells where", Known("country"), "2.5"),
    ]
    scored = score_leads(frames, ScoringMatrix(name="s", flip=20, rules=rules), as_of=COMPANY.as_of)
    points = sorted((row["lead_id"], row["score_points"]) for row in rows_of(scored.rows))
    return points, scored.flips, scored.to_report()


VERBS: dict[str, Callable[[Frames], object]] = {
    "measure_funnel": lambda frames: measure_funnel(
        frames, Funnel.default(), period=PERIOD, by=("source", "month"), start="lead"
    ),
    "measure_sales": lambda frames: measure_sales(frames, period=PERIOD, by=("owner",)),
    "score_leads": _scores,
    "with_working_time": _working_time,
    "review_period": _review,
}


def _table() -> dict[str, dict[str, str]]:
    """The page's table: by verb and engine, "yes" or "no"."""
    lines = [
        line.strip("|\n ").split("|") for line in PAGE.read_text("utf-8").splitlines() if line[:1] == "|"
    ]
    head, _, *rows = [[cell.strip() for cell in line] for line in lines]
    return {row[0].strip("`"): dict(zip(head[1:], row[1:], strict=True)) for row in rows}


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_answers_as_the_table_says(verb: str, backend: str) -> None:
    """A "yes" is the answer that Polars gives."""
    expected = VERBS[verb](Frames.from_dataset(FACTS, backend="polars"))
    assert VERBS[verb](Frames.from_dataset(FACTS, backend=backend)) == expected
    assert _table()[verb][NAMES[backend]] == "yes"


def test_the_table_names_every_verb() -> None:
    """None is left out, and none is there that is not tried."""
    assert set(_table()) == set(VERBS)
