"""The data dictionary and the facts say the same."""

from __future__ import annotations

import attrs
import pytest

from smarketing import facts
from smarketing.facts import KINDS, Fact
from smarketing.schema import COMMON, TABLES, UNITS, ColumnType, Table

ORIGIN_COLUMNS = {"fact_id", "origin_system", "origin_table", "origin_record"}
NOT_COLUMNS = {"origin", "loaded_at", "traits", "lines"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_kind_of_fact_has_a_table_whose_columns_are_its_fields(kind: type[Fact]) -> None:
    """A field that is no column would be lost; a column that is no field would always be empty."""
    table = TABLES[kind.TABLE]
    assert table.kind == kind.__name__
    assert set(table.names) - ORIGIN_COLUMNS == {a.name for a in attrs.fields(kind)} - NOT_COLUMNS


@pytest.mark.parametrize("name", ["deal_lines", "order_lines"])
def test_lines_have_tables_of_their_own(name: str) -> None:
    """A line's fields, its number and the record that it belongs to are columns."""
    about = {c.name for c in COMMON} | {"line_count", name.removesuffix("_lines") + "_id"}
    assert set(TABLES[name].names) - about == {a.name for a in attrs.fields(facts.Line)}


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_number_instant_and_day_states_its_unit_in_its_name(table: Table) -> None:
    """A numeric column without a unit is refused; text and flags carry none."""
    for column in table.columns:
        bare = column.type in {ColumnType.TEXT, ColumnType.BOOLEAN}
        assert bare != bool(column.unit), column
        assert column.unit in {"", *UNITS.values()}


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_column_is_explained_in_one_sentence_and_named_once(table: Table) -> None:
    """The dictionary page is made of these sentences."""
    assert len(set(table.names)) == len(table.names)
    assert table.meaning.endswith(".")
    for column in table.columns:
        assert column.meaning.endswith("."), column


def test_amounts_come_with_their_currency() -> None:
    """Minor units mean nothing without the currency; lines take their deal's or order's."""
    for table in TABLES.values():
        if table.kind != "Line" and any(name.endswith("_minor") for name in table.names):
            assert "currency" in table.names, table.name


def test_fields_that_may_identify_a_person_are_marked() -> None:
    """What is marked stays out of messages and logs."""
    personal = {column.name for column in TABLES["leads"].columns if column.personal}
    assert personal == {"name", "email", "phone", "postal_address"}
