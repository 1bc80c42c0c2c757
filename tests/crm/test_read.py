"""Reading: exact amounts, two clocks, lookups, conditions, and an account of every row."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smarketing.crm import load_mapping, read_files, read_rows
from smarketing.dataset import Dataset, check_dataset
from smarketing.errors import UnknownNameError
from smarketing.facts import Deal, DealClosed, Lead, Outcome, Precision, StageEntered
from smarketing.values import Money

MAPPING = load_mapping("""
system = "crm"
zone = "America/Mexico_City"
currency = "MXN"
blank = ["-"]

[[tables]]
name = "leads"
files = "leads*"
record = "id"
lead = { lead_id = "id", occurred_at = "on", created_at = "on", known_at = "seen", source_raw = "origin" }

[[tables]]
name = "deals"
files = "deals*"
record = "id"
ignore = "x_*"

[tables.deal]
deal_id = "id"
occurred_at = "on"
undated = 2026-01-01
amount_minor = { column = "amount", unit = "thousands" }
currency = "currency"
probability_share = { column = "chance", unit = "percent" }
expected_close_on = { column = "expected", format = "%d/%m/%Y" }
owner_id = { first_of = ["rep", "team"] }
region = { column = "rep", lookup = "reps", take = "region" }
product = { column = "product", words = { Oldname = "New name", none = "" } }
term_months = "months"

[tables.deal.traits]
is_big = { column = "big", type = "boolean" }
seats = { column = "seats", type = "integer" }
ratio = { column = "ratio", type = "number" }
note = "note"

[[tables.stage_entered]]
deal_id = "id"
occurred_at = "on"
stage = { column = "stage", words = { Propuesta = "proposal" } }
when = { stage = "Propuesta" }

[[tables.stage_entered]]
deal_id = "id"
occurred_at = { constant = 2026-02-01 }
stage = { constant = "reviewed" }
when = { note = "*", stage = ["", "Propuesta"] }

[tables.deal_closed]
deal_id = "id"
occurred_at = "ended"
outcome = { column = "stage", words = { Ganado = "won" } }
when = { stage = ["GANADO", "lost"] }

[[lookups]]
name = "reps"
files = "reps*"
key = "rep"
words = { "Ana M." = "Ana" }
""")
HEADER = "id,on,amount,currency,chance,expected,rep,team,product,months,big,seats,ratio,note,stage,ended"


def deals(folder: Path, *rows: dict[str, str]) -> Dataset:
    """A file of deals, with the reps that they name."""
    (folder / "reps.csv").write_text("rep,region\nAna,North\nBo,\n", encoding="utf-8")
    path = folder / "deals.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, HEADER.split(","), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return read_files([path, folder / "reps.csv"], MAPPING)


def one(folder: Path, **cells: str) -> Deal:
    """One deal, read from its cells."""
    (deal,) = deals(folder, {"id": "D-1", "on": "2026-01-05", **cells}).of(Deal)
    return deal


def test_a_row_is_read_field_by_field(tmp_path: Path) -> None:
    """Every conversion, once."""
    found = one(
        tmp_path,
        amount="12.3456",
        currency="usd",
        chance="67",
        expected="28/02/2026",
        rep="Ana",
        months="12.0",
        big="Sí",
        seats="7",
        ratio="0.5",
        note=" =1+1 ",
        product="oldname",
    )
    assert found.amount == Money(1_234_560, "USD")
    assert found.probability_share is not None
    assert found.probability_share.ppm == 670_000
    assert str(found.expected_close_on) == "2026-02-28"
    assert (found.owner_id, found.region, found.term_months, found.product) == (
        "Ana",
        "North",
        12,
        "New name",
    )
    assert dict(found.traits) == {"is_big": True, "note": "=1+1", "ratio": 0.5, "seats": 7}


def test_blank_is_unknown_and_never_zero(tmp_path: Path) -> None:
    """Neither the empty cell nor the words for it give a value."""
    found = one(tmp_path, amount="-", rep="-", team="B-team", product="none", chance=" ")
    assert (found.amount_minor, found.currency, found.product, found.probability_share) == (
        None,
        None,
        None,
        None,
    )
    assert found.owner_id == "B-team"
    assert not found.traits


@given(st.decimals(min_value=0, max_value=10**12, places=2, allow_nan=False), st.sampled_from(["", ","]))
@example(Decimal("0.29"), "")
def test_amounts_are_exact(amount: Decimal, between: str) -> None:
    """Decimal text becomes minor units with no float on the way, whatever stands between thousands."""
    mapping = load_mapping(
        f'system = "s"\nzone = "UTC"\ncurrency = "EUR"\nthousands = "{between}"\n[[tables]]\nname = "d"\n'
        'deal = { deal_id = "id", occurred_at = "on", amount_minor = "amount" }'
    )
    text = f"{amount:,}".replace(",", between)
    (deal,) = read_rows([{"id": "D", "on": "2026-01-01", "amount": text}], mapping).of(Deal)
    assert deal.amount_minor == int(amount * 100)


@pytest.mark.parametrize(
    ("decimal", "thousands", "text", "minor"),
    [
        (",", ".", "1.234,50", 123_450),
        (".", "", "€ 12", 1_200),
        (".", "", "12.5 EUR", 1_250),
        (".", "'", "-1'234.5", -123_450),
        (".", "", "(3)", -300),
        (".", "", "1e3", None),
        (".", "", "$5", None),
        (".", ",", "12,34.5", None),
        (".", ",", "1234,567", None),
    ],
)
def test_amounts_are_written_as_stated_or_refused(
    decimal: str, thousands: str, text: str, minor: int | None
) -> None:
    """No mark is guessed."""
    mapping = load_mapping(
        f'system = "s"\nzone = "UTC"\ncurrency = "EUR"\ndecimal = "{decimal}"\nthousands = "{thousands}"\n'
        '[[tables]]\nname = "d"\ndeal = { deal_id = "id", occurred_at = "on", amount_minor = "amount" }'
    )
    dataset = read_rows([{"id": "D", "on": "2026-01-01", "amount": text}], mapping)
    assert [deal.amount_minor for deal in dataset.of(Deal)] == [minor]
    assert [problem.code for problem in dataset.problems] == ([] if minor is not None else ["bad-number"])


def test_a_bare_date_is_the_start_of_its_day_and_keeps_its_precision(tmp_path: Path) -> None:
    """A time is an instant, with its own offset or in the zone."""
    rows = [
        {"id": "L-1", "on": "2026-01-05"},
        {"id": "L-2", "on": "2026-01-05 09:00:00"},
        {"id": "L-3", "on": "2026-01-05T09:00Z", "seen": "2026-02-01"},
    ]
    found = read_rows(rows, MAPPING, table="leads").of(Lead)
    assert [(lead.occurred_at.hour, lead.precision) for lead in found] == [
        (6, Precision.DAY),
        (9, Precision.INSTANT),
        (15, Precision.INSTANT),
    ]
    assert found[1].known_at == datetime(2026, 2, 1, 6, tzinfo=UTC)
    assert all(lead.created_at == lead.occurred_at for lead in found)


def test_an_unreadable_time_of_knowing_costs_the_fact() -> None:
    """To say that it was known at once would let a later fact into earlier reports."""
    dataset = read_rows([{"id": "L-1", "on": "2026-01-05", "seen": "soon"}], MAPPING, table="leads")
    assert not dataset.facts
    assert [problem.origin.field for problem in dataset.problems if problem.code == "bad-date"] == ["seen"]


def test_a_row_without_a_date_is_known_since_the_stated_day(tmp_path: Path) -> None:
    """With a warning for each such row."""
    dataset = deals(tmp_path, {"id": "D-1"}, {"id": "D-2"})
    assert {deal.occurred_at for deal in dataset.of(Deal)} == {datetime(2026, 1, 1, 6, tzinfo=UTC)}
    told = [(problem.code, problem.severity, problem.origin.row) for problem in dataset.problems]
    assert told == [("undated", "warning", 2), ("undated", "warning", 3)]


def test_conditions_choose_the_facts_of_a_row(tmp_path: Path) -> None:
    """By word, by any word, and by none; case does not matter."""
    row = {"id": "D-1", "on": "2026-01-05", "ended": "2026-03-01"}
    assert [closing.outcome for closing in deals(tmp_path, {**row, "stage": "Ganado"}).of(DealClosed)] == [
        Outcome.WON
    ]
    assert [closing.outcome for closing in deals(tmp_path, {**row, "stage": "Lost"}).of(DealClosed)] == [
        Outcome.LOST
    ]
    both = deals(tmp_path, {**row, "stage": "Propuesta", "note": "x"}).of(StageEntered)
    assert sorted(entry.stage for entry in both) == ["proposal", "reviewed"]
    assert [entry.stage for entry in deals(tmp_path, {**row, "note": "x"}).of(StageEntered)] == ["reviewed"]
    assert not deals(tmp_path, {**row, "stage": "Open"}).of(StageEntered)


def test_lookups_join_by_key_and_know_other_spellings(tmp_path: Path) -> None:
    """A blank in the lookup stays unknown; a key that is missing is told once, with how many rows have it."""
    rows = [
        {"id": f"D-{row}", "on": "2026-01-05", "rep": rep}
        for row, rep in enumerate(("ana m.", "Bo", "Anna", "Anna"))
    ]
    dataset = deals(tmp_path, *rows)
    assert [deal.region for deal in dataset.of(Deal)] == ["North", None, None, None]
    (told,) = dataset.problems
    assert (told.code, told.origin.row, told.severity) == ("not-in-lookup", 4, "warning")
    assert (
        told.message
        == "'Anna' is not in reps (did you mean 'Ana'?): it was kept as it stands (2 rows, the first is here)"
    )


def test_a_lookup_that_was_not_given_is_told(tmp_path: Path) -> None:
    """What it would say stays unknown."""
    path = tmp_path / "deals.csv"
    path.write_text(HEADER + "\nD-1,2026-01-05,,,,,Ana,,,,,,,,,\n", encoding="utf-8")
    dataset = read_files([path], MAPPING)
    assert [problem.code for problem in dataset.problems] == ["lookup-absent"]
    assert [(deal.owner_id, deal.region) for deal in dataset.of(Deal)] == [("Ana", None)]


def test_two_contents_for_one_key_of_a_lookup_are_told(tmp_path: Path) -> None:
    """The first counts."""
    (tmp_path / "reps.csv").write_text("rep,region\nAna,North\nAna,South\nAna,North\n,x\n", encoding="utf-8")
    dataset = read_files([tmp_path / "reps.csv"], MAPPING)
    assert [(problem.code, problem.origin.row) for problem in dataset.problems] == [
        ("duplicate-key", 3),
        ("blank-id", 5),
    ]
    assert [(r.rows_count, r.joined_count, r.refused_count) for r in dataset.readings] == [(4, 2, 2)]


def test_csv_json_lines_and_rows_give_the_same_facts(tmp_path: Path) -> None:
    """The form of the file is no part of a fact."""
    rows = [
        {"id": f"L-{n}", "on": f"2026-01-0{n}", "seen": "", "origin": ['a, "b"\nc', "web"][n % 2]}
        for n in range(1, 9)
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    (tmp_path / "leads.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    lines = "\n".join(map(json.dumps, reversed(rows)))
    (tmp_path / "leads.jsonl").write_text(lines, encoding="utf-8")
    from_csv, from_json = (read_files([tmp_path / f"leads.{end}"], MAPPING) for end in ("csv", "jsonl"))
    from_rows = read_rows(rows, MAPPING, table="leads")
    ids = [fact.id for fact in from_csv.facts]
    assert len(ids) == 8
    assert ids == [fact.id for fact in from_json.facts] == [fact.id for fact in from_rows.facts]


def test_rows_in_memory_may_be_typed() -> None:
    """Floats are read as they print, and NaN is blank."""
    row = {
        "id": 7,
        "on": datetime(2026, 1, 5, 9, tzinfo=UTC),
        "amount": 0.29,
        "currency": None,
        "chance": Decimal("12.5"),
        "seats": float("nan"),
        "big": True,
        "ratio": 1e-7,
    }
    (deal,) = read_rows([row], MAPPING, table="deals").of(Deal)
    assert (deal.deal_id, deal.amount) == ("7", Money(29_000, "MXN"))
    assert dict(deal.traits) == {"is_big": True, "ratio": 1e-7}


def test_rows_need_a_table_that_the_mapping_has() -> None:
    """Which of several is not guessed."""
    with pytest.raises(UnknownNameError, match="say which, 'leads' or 'deals'"):
        read_rows([], MAPPING)
    with pytest.raises(UnknownNameError, match="did you mean 'leads'"):
        read_rows([], MAPPING, table="lead")


def test_files_may_come_in_any_order_from_any_folder(tmp_path: Path) -> None:
    """The same files are the same dataset."""
    paths = []
    for number in (1, 2, 3):
        path = tmp_path / f"leads-{number}.csv"
        path.write_text(
            f"id,on,seen,origin\nL-{number},2026-01-0{number},,\nL-0,2026-01-01,,\n", encoding="utf-8"
        )
        paths.append(path)
    forth, back = read_files(paths, MAPPING), read_files(reversed(paths), MAPPING)
    assert forth == back
    assert [problem.code for problem in forth.problems] == ["repeated-row", "repeated-row"]
    assert sum(reading.facts_count["Lead"] for reading in forth.readings) == len(forth.facts) + 2


def test_progress_is_told_and_loading_leaves_no_trace(tmp_path: Path) -> None:
    """When facts are loaded is no part of what they are."""
    path = tmp_path / "leads.csv"
    path.write_text(
        "id,on,seen,origin\n" + "".join(f"L-{n},2026-01-01,,\n" for n in range(10_500)), encoding="utf-8"
    )
    told: list[tuple[str, int]] = []
    loaded_at = datetime(2026, 5, 1, tzinfo=UTC)
    dataset = read_files([path], MAPPING, loaded_at=loaded_at, progress=lambda *so_far: told.append(so_far))
    assert [so_far for so_far in told if so_far[0] == "leads.csv"] == [
        ("leads.csv", 10_000),
        ("leads.csv", 10_500),
    ]
    assert dataset.facts[0].loaded_at == loaded_at
    assert dataset == read_files([path], MAPPING)


_CELL = st.text(st.sampled_from(list('ab,;"\n\r\t 0129-.:/\0é\u2028=€')), max_size=12)


@given(st.lists(st.lists(_CELL, max_size=6), max_size=8), st.booleans())
def test_no_row_is_lost_whatever_stands_in_the_file(rows: list[list[str]], quoted: bool) -> None:  # noqa: FBT001
    """Any text at all is read without an exception, and each row has given facts or has a problem."""
    text = io.StringIO()
    if quoted:
        csv.writer(text).writerows(rows)
    else:
        text.write("\n".join(",".join(row) for row in rows))
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "leads.csv")
        path.write_text(
            "id,on,seen,origin\nL-1,2026-01-05,,\n" + text.getvalue(), encoding="utf-8", newline=""
        )
        dataset = read_files([path], MAPPING)
    check_dataset(dataset)
    (reading,) = dataset.readings
    assert reading.gave_count >= 1
    explained = {problem.origin.row for problem in dataset.problems}
    assert reading.refused_count <= len(explained - {None})


def test_reading_loads_no_dataframe_library() -> None:
    """The room is light enough for a web hook."""
    code = (
        "import sys, smarketing.crm; heavy = {'narwhals', 'pandas', 'polars', 'pyarrow', 'duckdb', 'numpy'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
