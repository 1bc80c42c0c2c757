"""The door of `Frames`: what comes in, what is refused, and what a table that lacks something reads as."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from decimal import Decimal
from typing import Any

import narwhals.stable.v2 as nw
import pytest

from smarketing.closed_loop import attribute
from smarketing.errors import InvalidFramesError, UnknownNameError
from smarketing.frames import Frames, rows_of
from smarketing.schema import TABLES, TRAIT_PREFIX, ColumnType

Native = Callable[[Mapping[str, Sequence[Any]]], Any]


@pytest.fixture
def native(backend: str) -> Native:
    """Makes a table of the engine, with the types that the engine itself gives to plain values."""
    pa = pytest.importorskip("pyarrow")

    def make(columns: Mapping[str, Sequence[Any]]) -> Any:
        columns = dict(columns)
        match backend:
            case "polars":
                return pytest.importorskip("polars").DataFrame(columns, strict=False)
            case "pandas":
                return pytest.importorskip("pandas").DataFrame(columns)
            case "duckdb":
                return pytest.importorskip("duckdb").from_arrow(pa.table(columns))
        return pa.table(columns)

    return make


def leads(frames: Frames, *columns: str) -> list[dict[str, Any]]:
    """The leads, by id."""
    rows = rows_of(frames.select("leads", list(columns) or None))
    return sorted(rows, key=lambda row: str(row.get("lead_id")))


def faults(run: Callable[[], object]) -> list[tuple[str, str, str | None]]:
    """The code, table and column of each fault."""
    with pytest.raises(InvalidFramesError) as refused:
        run()
    return [(fault.code, fault.origin.table, fault.origin.field) for fault in refused.value.problems]


def test_only_an_id_and_a_creation_are_needed(native: Native) -> None:
    """A lead occurred when it was created, and was known at once."""
    frames = Frames.from_native(leads=native({"lead_id": ["L1"], "created_at": [5]}))
    [row] = leads(frames)
    assert (row["occurred_at"], row["known_at"], row["channel"], row["precision"]) == (5, 5, None, None)
    assert frames.names == ("leads",)
    assert frames.held("leads") == ("lead_id", "created_at", "occurred_at", "known_at")


def test_what_a_table_lacks_reads_as_missing(native: Native) -> None:
    """Each column of each table with its own type: never as False, zero or a blank."""
    columns = {"lead_id": ["L1"], "deal_id": ["D1"], "occurred_at": [5]}
    frames = Frames.from_native(replies=native(columns), deals=native(columns | {"created_at": [5]}))
    for name in ("replies", "deals"):
        [row] = rows_of(frames.select(name))
        assert [key for key, value in row.items() if value is not None] == [
            key for key in TABLES[name].names if key in {*columns, "known_at"} | ({"created_at"} & {*row})
        ]
    assert rows_of(frames.select("replies", ["trait_segment"])) == [{"trait_segment": None}]
    assert rows_of(frames.select("replies", ["by_us"]).filter(~nw.col("by_us"))) == []


def test_a_table_that_was_not_given_reads_as_empty(native: Native) -> None:
    """With all its columns, each of its type."""
    frames = Frames.from_native(leads=native({"lead_id": ["L1"], "created_at": [5]}))
    types = {
        ColumnType.TEXT: nw.String,
        ColumnType.INTEGER: nw.Int64,
        ColumnType.BOOLEAN: nw.Boolean,
        ColumnType.INSTANT: nw.Int64,
        ColumnType.DAY: nw.Date,
    }
    for name, table in TABLES.items():
        if name != "leads":
            rows = frames.select(name)
            assert rows_of(rows) == []
            assert dict(rows.collect_schema()) == {
                column.name: types[column.type] for column in table.columns
            }


def test_no_facts_make_frames_too(backend: str) -> None:
    """Every table is empty."""
    frames = Frames.from_dataset([], backend=backend)
    assert (frames.names, rows_of(frames.select("leads"))) == ((), [])
    assert rows_of(frames.latest("deals", ["deal_id", "amount_minor"])) == []


def test_a_table_without_rows_is_empty(native: Native) -> None:
    """Also of what engines give no type."""
    some = nw.from_native(native({"lead_id": ["L1"], "created_at": [5]})).filter(nw.col("created_at") > 5)
    assert leads(Frames.from_native(leads=some.to_native())) == []
    assert leads(Frames.from_native(leads=native({"lead_id": [], "created_at": []}), zone="UTC")) == []


def test_a_column_without_any_value_reads_as_missing(native: Native) -> None:
    """Whatever type the engine took it to be."""
    given = {"lead_id": ["L1", "L2"], "created_at": [5, 6], "channel": [None, None], "known_at": [None, None]}
    rows = leads(Frames.from_native(leads=native(given)), "lead_id", "channel", "known_at")
    assert [(row["channel"], row["known_at"]) for row in rows] == [(None, None)] * 2


def test_whole_numbers_are_ids_too(native: Native) -> None:
    """As text; pandas makes floats of them where one is missing, which is undone. So of amounts."""
    given = {"lead_id": [7, 8], "created_at": [5, 6], "owner_id": [3, None]}
    rows = leads(Frames.from_native(leads=native(given)), "lead_id", "owner_id")
    assert rows == [{"lead_id": "7", "owner_id": "3"}, {"lead_id": "8", "owner_id": None}]
    deals = native({"deal_id": ["D1", "D2"], "created_at": [5, None], "amount_minor": [123_450, None]})
    rows = rows_of(Frames.from_native(deals=deals).select("deals", ["amount_minor", "created_at"]))
    assert [(row["amount_minor"], row["created_at"]) for row in rows] == [(123_450, 5), (None, None)]


def test_categories_are_text() -> None:
    """Of every engine that has them."""
    pa, pd = pytest.importorskip("pyarrow"), pytest.importorskip("pandas")
    pl, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    ids = ["a", "b"]
    given = [
        pl.DataFrame({"lead_id": pl.Series(ids, dtype=pl.Categorical), "created_at": [5, 5]}),
        pl.DataFrame({"lead_id": pl.Series(ids, dtype=pl.Enum(ids)), "created_at": [5, 5]}),
        pd.DataFrame({"lead_id": pd.Categorical(ids), "created_at": [5, 5]}),
        pa.table({"lead_id": pa.array(ids).dictionary_encode(), "created_at": [5, 5]}),
        pa.table({"lead_id": pa.array(ids, pa.large_string()), "created_at": [5, 5]}),
        duckdb.sql("SELECT unnest(['a', 'b'])::ENUM('a', 'b') AS lead_id, 5::BIGINT AS created_at"),
    ]
    for table in given:
        assert [row["lead_id"] for row in leads(Frames.from_native(leads=table), "lead_id")] == ids


def test_the_users_names_are_taken_where_they_differ(native: Native) -> None:
    """One column may stand for two of ours; what is neither ours nor a trait stays outside."""
    given = {"id": ["L1"], "made": [5], "trait_size": [3], "Notes": ["x"], "source_raw": ["fair"]}
    names = {"lead_id": "id", "email": "id", "created_at": "made", "known_at": "made"}
    frames = Frames.from_native(leads=native(given), columns={"leads": names})
    [row] = leads(frames, "lead_id", "email", "occurred_at", "known_at", "source_raw", "trait_size")
    assert tuple(row.values()) == ("L1", "L1", 5, 5, "fair", 3)
    assert set(frames.held("leads")) == {*names, "occurred_at", "trait_size", "source_raw"}
    assert frames.traits("leads") == ("size",)
    assert all(
        name in TABLES["leads"].names or name.startswith(TRAIT_PREFIX) for name in frames.held("leads")
    )


def test_every_fault_of_every_table_is_told_at_once(native: Native) -> None:
    """With its table, its column, and the nearest name."""
    tables = {
        "leeds": native({"lead_id": ["L1"]}),
        "leads": native({"leadid": ["L1"], "created_at": ["2026-01-01"], "email": [True]}),
        "closings": native(
            {"deal_id": ["D1"], "outcome": ["won"], "amount_minor": [12.5], "occurred_at": [5]}
        ),
        "replies": native({"lead_id": ["L1"], "by_us": ["yes"]}),
    }
    columns = {"leads": {"ownr_id": "leadid", "team": "teem"}, "touchs": {}}
    assert faults(lambda: Frames.from_native(columns=columns, **tables)) == [
        ("unknown-table", "leeds", "tables"),
        ("unknown-table", "touchs", "columns"),
        ("unknown-column", "leads", "ownr_id"),
        ("missing-column", "leads", "team"),
        ("missing-column", "leads", "lead_id"),
        ("wrong-type", "leads", "created_at"),
        ("wrong-type", "leads", "email"),
        ("wrong-type", "closings", "amount_minor"),
        ("missing-column", "replies", "occurred_at"),
        ("wrong-type", "replies", "by_us"),
    ]
    with pytest.raises(InvalidFramesError) as refused:
        Frames.from_native(columns=columns, **tables)
    for hint in (
        "'leads'?",
        "'touches'?",
        "'owner_id'?",
        "'leadid'?",
        "convert amounts exactly to minor units",
    ):
        assert hint in str(refused.value)


def test_amounts_that_are_not_whole_are_refused(native: Native) -> None:
    """Nothing is rounded, and NaN is no amount."""
    for amounts in ([12.5, 3.0], [12.5, float("nan")], [Decimal("12.50"), Decimal(3)]):
        table = native({"deal_id": ["D1", "D2"], "created_at": [5, 6], "amount_minor": amounts})
        assert ("wrong-type", "deals", "amount_minor") in faults(
            lambda table=table: Frames.from_native(deals=table)
        )


@pytest.mark.parametrize(
    ("table", "column", "word", "hint"),
    [
        ("closings", "outcome", "Won", "'won'?"),
        ("customer_health", "state", "chruned", "'churned'?"),
        ("feedbacks", "verdict", "acepted", "'accepted'?"),
        ("spends", "basis", "guessed", "there are actual, planned; translate it"),
    ],
)
def test_a_word_that_nothing_counts_is_told(
    native: Native, table: str, column: str, word: str, hint: str
) -> None:
    """A closing that is "Won" would be in no number: the word is refused, with the one that was meant."""
    common: dict[str, list[Any]] = {"lead_id": ["L1"] * 2, "deal_id": ["D1"] * 2, "occurred_at": [5, 6]}
    common |= {"amount_minor": [1, 2], "currency": ["EUR"] * 2, "starts_at": [1, 2], "ends_at": [3, 4]}
    rows = native({**common, column: [word, None]})
    told = [fault for fault in faults(lambda: Frames.from_native(**{table: rows})) if fault[2] == column]
    assert told == [("unknown-word", table, column)]
    with pytest.raises(
        InvalidFramesError, match=re.escape(f"{word!r} is no {column} that is known")
    ) as refused:
        Frames.from_native(**{table: rows})
    assert hint in str(refused.value)


def test_naive_instants_without_a_zone_are_refused() -> None:
    """The message says what to pass."""
    pl = pytest.importorskip("polars")
    table = pl.DataFrame({"lead_id": ["L1"], "created_at": ["2026-01-05"]}).with_columns(
        pl.col("created_at").str.to_date()
    )
    with pytest.raises(InvalidFramesError, match=r"zone=…, such as 'Europe/Madrid'"):
        Frames.from_native(leads=table)


def test_a_pandas_column_of_mixed_values_is_refused_only_if_it_matters() -> None:
    """By its name, with the kinds that it holds, and without quoting any."""
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame({"lead_id": ["ana", 7], "created_at": [5, 6], "junk": [1, "x"]})
    with pytest.raises(InvalidFramesError, match=r"several kinds \(int, str\)") as refused:
        Frames.from_native(leads=table)
    assert "ana" not in str(refused.value)
    assert len(leads(Frames.from_native(leads=table.assign(lead_id=["a", "b"])), "lead_id")) == 2


@pytest.mark.parametrize("thing", [None, 3, "leads.csv", [1], {"lead_id": [1]}, object()])
def test_what_is_no_table_is_refused(thing: object) -> None:
    """The message says what to pass."""
    with pytest.raises(InvalidFramesError, match="pass a Polars, pandas, PyArrow or DuckDB table"):
        Frames.from_native(leads=thing)


def test_tables_of_unlike_engines_and_none_at_all_are_refused() -> None:
    """Engines cannot be mixed in one analysis."""
    pa, pl = pytest.importorskip("pyarrow"), pytest.importorskip("polars")
    columns = {"lead_id": ["L1"], "created_at": [5]}
    with pytest.raises(InvalidFramesError, match="leads: polars, deals: pyarrow"):
        Frames.from_native(leads=pl.DataFrame(columns), deals=pa.table(columns))
    with pytest.raises(InvalidFramesError, match="pass at least one"):
        Frames.from_native()
    with pytest.raises(UnknownNameError, match="did you mean 'polars'"):
        Frames.from_dataset([], backend="polar")
    twice = pa.Table.from_arrays([pa.array(["L1"]), pa.array(["L1"])], names=["lead_id", "lead_id"])
    with pytest.raises(InvalidFramesError, match="different names"):
        Frames.from_native(leads=twice)


def test_the_users_own_table_is_not_touched_and_comes_back_as_its_kind(native: Native) -> None:
    """Neither its columns, nor their types, nor its rows."""
    table = native({"lead_id": [1, 2], "created_at": [5, None], "Notes": ["x", None]})
    before = nw.from_native(copy(table)).lazy().collect("pyarrow")
    frames = Frames.from_native(leads=table)
    leads(frames)
    after = nw.from_native(table).lazy().collect("pyarrow")
    assert (after.schema, after.rows()) == (before.schema, before.rows())
    kind = type(nw.from_native(table).lazy().to_native())
    assert isinstance(frames["leads"], kind)


def test_unknown_never_matches(native: Native) -> None:
    """Comparing, negating, listing and joining: a missing value is in none of the answers."""
    given = {"lead_id": ["L1", "L2", "L3"], "created_at": [5, 6, 7], "channel": ["web", None, "fair"]}
    rows = Frames.from_native(leads=native(given)).select("leads", ["lead_id", "channel"])
    channel = nw.col("channel")

    def found(condition: nw.Expr) -> list[str]:
        return sorted(row["lead_id"] for row in rows_of(rows.filter(condition)))

    assert found(channel == "web") == ["L1"]
    assert found(~(channel == "web")) == ["L3"]
    assert found(channel.is_in(["web"]) & ~channel.is_null()) == ["L1"]
    both = rows.join(rows.select("channel"), on="channel", how="inner")
    assert sorted(row["lead_id"] for row in rows_of(both)) == ["L1", "L3"]
    assert sorted(row["lead_id"] for row in rows_of(rows.join(rows, on="channel", how="anti"))) == ["L2"]


def test_texts_of_another_arrow_type_meet_all_others() -> None:
    """Tables that Polars hands over as Arrow have large texts; what is joined with them has plain ones."""
    pa = pytest.importorskip("pyarrow")
    day = 86_400_000_000
    for kind in (pa.large_string(), pa.string_view()):
        touches = pa.table(
            {
                "lead_id": pa.array(["L1"], kind), "channel": pa.array(["ads"], kind),
                "kind": pa.array(["visit"], kind), "occurred_at": [day],
            }
        )  # fmt: skip
        won = pa.table(
            {
                "deal_id": pa.array(["D1"], kind), "lead_id": pa.array(["L1"], kind), "outcome": ["won"],
                "amount_minor": [100], "currency": ["EUR"], "occurred_at": [2 * day],
            }
        )  # fmt: skip
        credit = attribute(Frames.from_native(touches=touches, closings=won))
        assert [(row.values["channel"], str(row.revenue)) for row in credit.rows] == [("ads", "1.00 EUR")]
