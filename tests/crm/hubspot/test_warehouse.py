"""HubSpot's warehouse tables: every column is mapped or left out with a reason."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from smarketing.crm import read_files
from smarketing.crm.hubspot import warehouse_ignored, warehouse_mapping
from smarketing.crm.hubspot.warehouse import MAPPING
from smarketing.errors import UnknownNameError
from smarketing.facts import Lead, ProfilesLinked, Touch
from smarketing.origin import Severity

# Some times of the sample went through a spreadsheet, which took the zero from their hours.
DATES = {"company": "%Y-%m-%d %H:%M:%S", "deal_stage": "%Y-%m-%d %H:%M:%S"}


@pytest.fixture(scope="module")
def tables(real_data: Path) -> dict[str, Path]:
    """The files of the sample, by table."""
    return {
        path.name.removesuffix("_data.csv"): path for path in (real_data / "hubspot-export").glob("*.csv")
    }


def test_every_column_is_mapped_or_left_out_with_a_reason(tables: dict[str, Path]) -> None:
    """Of all tables that there are."""
    ignored, mapping = warehouse_ignored(), warehouse_mapping(currency="USD")
    mapped: dict[str, set[str]] = {}
    for table in mapping.tables:
        mapped.setdefault(table.name, set()).update(table.columns)
        for fact in table.facts:
            for _, field in fact.all_fields:
                if field.lookup and field.take:
                    mapped.setdefault(field.lookup, set()).add(field.take)
    for lookup in mapping.lookups:
        mapped.setdefault(lookup.name, set()).add(lookup.key)
    assert len(tables) == 56
    for name, path in tables.items():
        with path.open(encoding="utf-8-sig", newline="") as stream:
            columns = set(next(csv.reader(stream)))
        reasons = {**ignored["*"], **ignored.get(name, {})}
        patterns = tuple(pattern.removesuffix("*") for pattern in reasons if pattern.endswith("*"))
        left = columns - mapped.get(name, set()) - set(reasons)
        assert {column for column in left if not column.startswith(patterns or "\0")} == set(), name
        assert ("*" in reasons) != (name in mapped), name


def test_reasons_are_of_columns_that_exist(tables: dict[str, Path]) -> None:
    """A reason for nothing would be a slip."""
    for name, reasons in warehouse_ignored().items():
        assert all(reason.strip() for reason in reasons.values())
        if name == "*":
            continue
        with tables[name].open(encoding="utf-8-sig", newline="") as stream:
            columns = set(next(csv.reader(stream)))
        assert {column for column in reasons if not column.endswith("*")} <= columns, name


def test_reading_the_sample_loses_no_row(tables: dict[str, Path]) -> None:
    """But for changes of subscription whose event, with the person and the date, is not in the sample."""
    dataset = read_files(tables.values(), warehouse_mapping(currency="USD", dates=DATES))
    assert [problem for problem in dataset.problems if problem.severity is Severity.ERROR] == []
    assert {(problem.code, problem.origin.table) for problem in dataset.problems} == {
        ("not-in-lookup", "deal"),
        ("not-in-lookup", "email_event_status_change"),
    }
    refused = {reading.table: reading.refused_count for reading in dataset.readings if reading.refused_count}
    assert refused == {"email_event_status_change": 100}
    assert len({lead.lead_id for lead in dataset.of(Lead)}) == 22
    assert len(dataset.of(ProfilesLinked)) == 22 + 4
    assert len(dataset.of(Touch)) == 97 + 5


def test_without_a_currency_amounts_are_left_out_knowingly() -> None:
    """The mapping that is found by name cannot know it."""
    fields = {name for table in MAPPING.tables for fact in table.facts for name in fact.fields}
    assert not any(name.endswith("_minor") for name in fields)
    deal = next(table for table in MAPPING.tables if table.name == "deal")
    assert "property_amount" in deal.ignore


def test_a_small_warehouse_reads_without_a_word(tmp_path: Path) -> None:
    """Names as replication tools give them, in any case."""
    path = tmp_path / "CONTACT_PROPERTY_HISTORY.csv"
    path.write_text(
        "contact_id,timestamp,_fivetran_synced,source,name,value,source_id\n"
        "1,2026-01-05 09:00:00.123,2026-01-06,FORM,lifecyclestage,lead,\n"
        "1,2026-01-07 09:00:00.123,2026-01-06,CRM_UI,hubspot_owner_id,11,\n",
        encoding="utf-8",
    )
    dataset = read_files([path], warehouse_mapping())
    assert len(dataset.facts) == 2
    assert [problem for problem in dataset.problems if problem.severity is Severity.ERROR] == []


def test_a_format_for_an_unknown_table_is_refused() -> None:
    """With the nearest name."""
    with pytest.raises(UnknownNameError, match="did you mean 'deal_stage'"):
        warehouse_mapping(dates={"deal_stages": "%Y"})
