"""Journeys that are aggregated already: as rows or as a table of any engine, to the same cents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl
import pytest

from smarketing import Frames, Money, Period
from smarketing.closed_loop import AttributionResult, Linear, Markov, PositionBased, Shapley, attribute
from smarketing.errors import InvalidFramesError, InvalidTermsError
from smarketing.facts import Touch
from smarketing.origin import Origin
from smarketing.testing import BACKENDS

JOURNEYS = {
    "path": ["ads > fair > mail", "ads > mail", "ads", "", None, "ads > mail"],
    "conversions": [12, 30, 2, 1, 0, 1],
    "value": [1_200_001, 900_000, 50_000, 700, 0, 1],
    "non-conversions": [40, 310, 900, 3, 5, 0],
}
TOUCH = Touch(origin=Origin(), occurred_at=datetime(2026, 1, 1, tzinfo=UTC), lead_id="L-1", kind="visit")
MODELS = (Linear(), PositionBased(), Markov(), Markov(name="own part", per_journey=True), Shapley())


def native(backend: str, columns: dict[str, list[Any]]) -> Any:
    """The columns as a table of an engine."""
    table = pl.DataFrame(columns)
    match backend:
        case "pandas":
            return table.to_pandas()
        case "pyarrow":
            return table.to_arrow()
        case "duckdb":
            import duckdb

            return duckdb.sql("SELECT * FROM given", connection=_with(duckdb.connect(), table))
    return table.lazy()


def _with(connection: Any, table: pl.DataFrame) -> Any:
    return connection.register("given", table.to_arrow())


def as_rows(columns: dict[str, list[Any]]) -> list[tuple[Any, ...]]:
    """The columns as plain rows."""
    return [*zip(*columns.values(), strict=True)]


def add_up(result: AttributionResult) -> None:
    """Each model gives out all that there is."""
    for model in result.models:
        rows = result.of(model)
        for code, revenue in result.revenue.items():
            given = [row.revenue for row in rows if row.revenue and row.currency == code]
            assert sum(given, Money(0, code)) == revenue, model
        assert sum(row.conversion_share for row in rows) == result.conversions_count * 1_000_000, model


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_table_of_paths_says_what_the_same_rows_say(backend: str) -> None:
    """On every engine: rows, effects and totals, and the answer is a table of the same engine."""
    given = native(backend, JOURNEYS)
    found = attribute(given, models=MODELS, currency="EUR")
    assert found == attribute(as_rows(JOURNEYS), models=MODELS, currency="EUR")
    assert type(found.table).__module__.partition(".")[0].lstrip("_") == backend
    add_up(found)


@pytest.mark.parametrize("backend", BACKENDS)
def test_units_in_the_names_and_a_column_of_currencies_are_read_too(backend: str) -> None:
    """Each currency by itself, on every engine."""
    told = {
        "path": ["a > b", "a"],
        "conversions_count": [1, 2],
        "value_minor": [5, 7],
        "currency": ["EUR", "USD"],
    }
    found = attribute(native(backend, told), models=Linear())
    assert {(row.values["channel"], str(row.revenue)) for row in found.rows} == {
        ("a", "0.03 EUR"), ("b", "0.02 EUR"), ("a", "0.07 USD"),
    }  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_table_without_rows_credits_nobody(backend: str) -> None:
    """And is no error."""
    empty = nw.to_native(nw.from_native(native(backend, JOURNEYS)).filter(nw.col("conversions") < 0))
    found = attribute(empty, models=MODELS)
    assert (found.rows, found.conversions_count, found.revenue) == ((), 0, {})


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"pth": ["a"], "conversions": [1]}, "needs a column 'path' .did you mean 'pth'"),
        ({"path": ["a"], "value": [1]}, "needs a column 'conversions_count'; it has 'path', 'value'"),
        (
            {"path": ["a"], "conversions": ["one"]},
            "the column 'conversions' holds String: give whole numbers",
        ),
        (
            {"path": ["a"], "conversions": [1], "value": [0.5]},
            "the value is 0.5, no whole number: give whole minor",
        ),
        ({"path": ["a"], "conversions": [-1]}, "conversions is -1, below 0"),
        (
            {"path": ["a"], "conversions": [1], "Revenue": [5]},
            "'Revenue' is not read: call it 'value_minor' .in whole minor",
        ),
        (
            {"path": ["a"], "conversions": [1], "total_null": [5]},
            "'total_null' is not read: call it 'non_conversions_count'",
        ),
    ],
)
def test_a_table_that_is_none_of_paths_is_told(
    backend: str, columns: dict[str, list[Any]], says: str
) -> None:
    """By the name of the column, or the number of the row, on every engine."""
    with pytest.raises(InvalidFramesError, match=says):
        attribute(native(backend, columns))


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("a", 1.5, 2, 3)], "conversions is 1.5"),
        ([("a", 1, 12.34, 3)], "whole minor units"),
        ([("a", -1, 2, 3)], "below 0"),
        (["a > b"], "row 1 is 'a > b'"),
        ([{"path": "a"}], "conversions_count"),
        ([{"path": "a", "conversions": 1, "conversion_value": 5}], "'conversion_value' is not read"),
        ([(7, 1)], "is no path"),
        (7, "neither Frames nor a table"),
        ([TOUCH], "from_dataset"),
    ],
)
def test_rows_that_are_no_paths_are_told(rows: object, says: str) -> None:
    """With the number of the row and what to give."""
    with pytest.raises(InvalidFramesError, match=says):
        attribute(rows, models=[Linear()])


def test_paths_without_a_touch_are_not_dropped_and_currencies_not_added() -> None:
    """Money says its own currency; an empty path is a conversion without a touch."""
    rows = [("a", 1, Money(5, "EUR"), 0), (["a"], 1, Money(7, "USD"), 0), ("", 2, Money(9, "EUR"), 4)]
    result = attribute(rows, models=[Linear(), Markov()])
    found = {(row.model, row.values["channel"], row.currency): row.revenue.minor for row in result.rows}
    assert found["markov", "a", "EUR"] == found["linear", "a", "EUR"] == 5
    assert found["linear", "a", "USD"] == 7
    assert found["linear", "no touch known", "EUR"] == 9
    assert result.untouched_count == 2


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"by": ("channel", "campaign")}, "one dimension, not 2"),
        ({"by": ()}, "nothing to split by"),
        ({"period": Period.parse("2026")}, "period=… cannot be asked"),
        ({"as_of": datetime(2026, 1, 1, tzinfo=UTC)}, "as_of=… cannot be asked"),
    ],
)
def test_what_paths_cannot_tell_is_refused(asked: dict[str, Any], says: str) -> None:
    """Rather than left out of account."""
    with pytest.raises(InvalidTermsError, match=says):
        attribute([("a > b", 1, 100, 0)], **asked)


def test_frames_are_no_paths() -> None:
    """A model that paths have no use for is asked of facts all the same."""
    assert attribute(Frames.from_dataset([]), models=Markov()).rows == ()
