"""Spark gives what Polars gives: each bulk verb once, on a local session that belongs to the test.

It needs the extra `spark` and Java 17, so it runs in an environment of its own and is skipped elsewhere.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import verbs

from smarketing import Frames, Funnel, Period, measure_funnel, measure_sales
from smarketing.calendars import BusinessCalendar
from smarketing.frames import rows_of, with_working_time
from smarketing.periods import parse_instant, to_micros
from smarketing.testing import example_company

pytest.importorskip("pyspark", reason='Spark is not installed: pip install "smarketing[spark]"')
pytest.importorskip("polars", reason="Polars is what Spark is compared with")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # Spark warns of other people's versions
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and there is none on PATH"),
]

PERIOD = Period.parse("2024-01-01/2026-01-01", "Europe/Madrid")


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """A local session whose own zone is none of ours."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.session.timeZone": "America/New_York",
    }
    builder = SparkSession.builder.master("local[2]").config(map=settings)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def both(session: Any) -> tuple[Frames, Frames]:
    """The same facts on Polars and on Spark."""
    facts = list(example_company(seed=3, leads=300).facts())
    return Frames.from_dataset(facts, backend="polars"), Frames.from_dataset(facts, backend="pyspark")


@pytest.mark.parametrize("by", [("source",), ("month",)], ids="-".join)
def test_measure_funnel_is_the_same_on_spark(both: tuple[Frames, Frames], by: tuple[str, ...]) -> None:
    """Every count, rate and curve."""
    on_polars, on_spark = (
        measure_funnel(frames, Funnel.default(), period=PERIOD, by=by, start="lead") for frames in both
    )
    assert on_spark == on_polars
    assert on_spark.total["lead"].reached_count > 200


def test_measure_sales_is_the_same_on_spark(both: tuple[Frames, Frames]) -> None:
    """To the cent."""
    on_polars, on_spark = (measure_sales(frames, period=PERIOD, by=("owner",)) for frames in both)
    assert on_spark == on_polars
    assert on_spark.total.won_count > 0


def test_working_time_is_the_same_on_spark(session: Any) -> None:
    """One row per UTC day is joined on the cluster too."""
    office = BusinessCalendar(zone="Europe/Madrid", windows={"mon-fri": ("09:00-14:00", "15:00-18:00")})
    start, end = (
        to_micros(parse_instant(text, "Europe/Madrid")) for text in ("2026-03-27T17:00", "2026-03-30T10:30")
    )
    table = session.createDataFrame(
        [("L1", start, end), ("L2", None, end)], "lead_id string, created_at long, trait_end long"
    )
    frames = Frames.from_native(leads=table)
    rows = frames.select("leads", ["lead_id", "created_at", "trait_end"])
    timed = with_working_time(rows, office, start="created_at", end="trait_end", name="waited")
    waited = {row["lead_id"]: row["waited"] for row in rows_of(timed)}
    assert waited == {"L1": 2.5 * 3_600_000_000, "L2": None}


def test_sparks_own_instants_become_microseconds_whatever_the_session_shows(session: Any) -> None:
    """Aware, naive and bare dates, read while the session stands in New York."""
    from pyspark.sql import functions as spark

    table = session.createDataFrame([("L1",)], "lead_id string").select(
        "lead_id",
        spark.expr("TIMESTAMP_NTZ '2026-03-29 03:30:00.123456'").alias("created_at"),
        spark.lit(date(2026, 10, 25)).alias("occurred_at"),
        spark.timestamp_micros(spark.lit(1_767_225_600_123_456)).alias("known_at"),
    )
    frames = Frames.from_native(leads=table, zone="Europe/Madrid")
    (row,) = rows_of(frames.select("leads", ["created_at", "occurred_at", "known_at", "precision"]))
    assert row == {
        "created_at": to_micros(parse_instant("2026-03-29T03:30:00.123456", "Europe/Madrid")),
        "occurred_at": to_micros(parse_instant("2026-10-25", "Europe/Madrid")),
        "known_at": 1_767_225_600_123_456,
        "precision": "day",
    }


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("verb", verbs.VERBS)
def test_a_verb_answers_as_the_table_says(verb: str) -> None:
    """Spark's column of the documentation's table is what is found here; a review takes minutes."""
    agrees = verbs.agrees(verb, "pyspark")
    verbs.hold_against_the_page(verb, "pyspark", "yes" if agrees else "no")
    assert agrees


def test_the_page_on_scale_runs_on_spark_as_written(session: Any, tmp_path: Path) -> None:
    """The page's block for Spark, run to the letter on tables of the names it uses, counts every lead."""
    page = verbs.PAGE.read_text("utf-8")
    (block,) = (code for code in re.findall(r"```python\n(.+?)```", page, re.DOTALL) if "pyspark" in code)
    session.sql(f"CREATE DATABASE crm LOCATION '{tmp_path / 'crm'}'")
    try:
        session.sql(
            "CREATE TABLE crm.leads USING parquet AS SELECT concat('L', id) AS lead_id, "
            "timestamp_micros(1767225600000000 + id * 1000000) AS created_at FROM range(100)"
        )
        session.sql(
            "CREATE TABLE crm.stage_history USING parquet AS SELECT lead_id, 'mql' AS stage, "
            "created_at + INTERVAL 1 HOUR AS occurred_at FROM crm.leads LIMIT 25"
        )
        names = {"Frames": Frames, "Funnel": Funnel, "Period": Period, "measure_funnel": measure_funnel}
        exec(compile(block, str(verbs.PAGE), "exec"), names)  # noqa: S102
        total = names["result"].total  # type: ignore[attr-defined]
        assert total["lead"].reached_count == 100
        assert total.conversion("lead", "mql").successes == 25
    finally:
        session.sql("DROP DATABASE crm CASCADE")
