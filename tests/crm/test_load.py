"""Mappings as people write them: read strictly, with every fault at once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from smarketing.crm import CrmMapping, FactMapping, Field, TableMapping, load_mapping
from smarketing.errors import InvalidTermsError

SMALL = """
system = "crm"
zone = "Europe/Madrid"
{top}
[[tables]]
name = "leads"
files = "leads*.csv"
record = "id"
{table}
[tables.lead]
lead_id = "id"
occurred_at = "created"
{lead}
"""


def small(top: str = "", table: str = "", lead: str = "") -> str:
    """A small mapping with something added."""
    return SMALL.format(top=top, table=table, lead=lead)


def faults(text: str) -> list[tuple[str | None, str]]:
    """The faults of a mapping, by path and code."""
    with pytest.raises(InvalidTermsError) as caught:
        load_mapping(text)
    return [(one.origin.field, one.code) for one in caught.value.problems]


def test_a_mapping_is_read_from_a_file_and_from_text(tmp_path: Path) -> None:
    """A path and its text are the same mapping, also with a byte order mark."""
    path = tmp_path / "mapping.toml"
    path.write_text("\ufeff" + small(), encoding="utf-8")
    assert load_mapping(path) == load_mapping(str(path)) == load_mapping(small())


def test_a_mapping_is_the_value_that_one_could_have_made() -> None:
    """The file adds nothing to the objects."""
    fact = FactMapping(kind="lead", fields={"lead_id": Field(column="id"), "occurred_at": Field(column="on")})
    made = CrmMapping(system="crm", tables=(TableMapping(name="leads", facts=(fact,)),))
    text = '[[tables]]\nname = "leads"\nlead = { lead_id = "id", occurred_at = "on" }'
    read = load_mapping(f'system = "crm"\n{text}')
    assert read.tables[0].facts == made.tables[0].facts
    assert read.tables[0].columns == ("id", "on")


def test_tables_inherit_conventions_and_may_differ() -> None:
    """What is said at the top holds for all tables but those that say otherwise."""
    mapping = load_mapping(small('decimal = ","\nblank = ["-"]', 'zone = "UTC"\nencoding = "cp1252"'))
    said = mapping.tables[0].conventions
    assert said is not None
    assert (said.zone, said.decimal, said.blank, said.encoding) == ("UTC", ",", ("-",), "cp1252")
    assert mapping.conventions.zone == "Europe/Madrid"


@pytest.mark.parametrize(
    "written", ["2018-04-01", '"2018-04-01"', "2018-04-01T00:00:00", "2018-04-01T00:00:00+02:00"]
)
def test_the_export_may_be_dated_by_a_day_or_an_instant(written: str) -> None:
    """A day is its start in the zone."""
    assert load_mapping(small(f"exported_at = {written}")).exported_at == datetime(
        2018, 3, 31, 22, tzinfo=UTC
    )


def test_every_fault_is_told_at_once_with_its_path() -> None:
    """Structure and meaning, at the top and below."""
    text = small(
        'curency = "EUR"\ndecimal = ";"\nmax_cell = "big"',
        'delimiter = ",,"\nencoding = "utf8x"\n[tables.stage_enterd]\nstage = "x"',
        'sorce_raw = "x"\nemail = { colum = "x" }\nchannel = { column = "a", constant = "b" }',
    )
    assert set(faults(text)) == {
        ("curency", "unknown-key"),
        ("decimal", "odd-mark"),
        ("max_cell", "not-a-number"),
        ("tables[0].decimal", "odd-mark"),
        ("tables[0].delimiter", "odd-mark"),
        ("tables[0].encoding", "unknown-encoding"),
        ("tables[0].stage_enterd", "unknown-key"),
        ("tables[0].lead.sorce_raw", "unknown-field"),
        ("tables[0].lead.email.colum", "unknown-key"),
        ("tables[0].lead.email", "one-source"),
        ("tables[0].lead.channel", "one-source"),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (small('curency = "EUR"'), "did you mean 'currency'?"),
        (small(lead='sorce_raw = "x"'), "did you mean 'source_raw'?"),
        (small(table="[tables.stage_enterd]\nstage = 'x'"), "did you mean 'stage_entered'?"),
        (small('currency = "EUT"'), "did you mean 'EU"),
        (small().replace("Europe/Madrid", "Europe/Madird"), "did you mean 'Europe/Madrid'?"),
        (small(lead='owner_id = { column = "x", lookup = "teams" }'), "declare it under [[lookups]]"),
        (small(lead='[tables.lead.traits]\nMRR = "x"'), "write it in small letters"),
        (small(lead='traits = { x = { column = "x", type = "numbr" } }'), "did you mean 'number'?"),
        (small(lead='email = { column = "x", type = "text" }'), "only traits take a type"),
        (small(lead='email = { column = "x", unit = "minor" }'), "only amounts and shares take a unit"),
        (small(lead='created_at = { column = "x", format = "%d/%m" }'), "names no year"),
        (small(lead='created_at = { constant = "5/1/2026" }'), "is not a date"),
        (small(lead='undated = "2026-01-01"'), "write a day"),
        (small(lead="email = 7"), "write the name of a column"),
        (
            small(table='[tables.deal]\ndeal_id = "id"\noccurred_at = "c"\namount_minor = "x"'),
            "needs a currency",
        ),
        (small(table='[tables.deal_closed]\ndeal_id = "id"\noccurred_at = "c"'), "DealClosed needs outcome"),
        (small(table='[tables.stage_entered]\nstage = "id"\noccurred_at = "c"'), "needs lead_id or deal_id"),
        (
            small(table='[tables.reply]\nlead_id = "i"\noccurred_at = "c"\ntraits = { x = "x" }'),
            "carries no fields",
        ),
        (small().replace("occurred_at", "known_at"), "Lead needs occurred_at"),
        ('system = "crm"\nzone = "UTC"', "needs at least one table"),
        ('system = "crm"\n[[tables]]\nname = "x"', "tells no fact"),
        (small().replace('system = "crm"', "x = 1"), "'system' is needed"),
        ("system = ", "is not TOML"),
    ],
)
def test_a_fault_says_what_to_do(text: str, message: str) -> None:
    """One sentence names the fault and the way out."""
    with pytest.raises(InvalidTermsError) as caught:
        load_mapping(text + "\n")
    assert message in str(caught.value)


def test_a_mapping_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """The file stands in the message."""
    with pytest.raises(InvalidTermsError, match=r"none\.toml: the mapping cannot be opened"):
        load_mapping(tmp_path / "none.toml")
    path = tmp_path / "bad.toml"
    path.write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(InvalidTermsError, match=r"bad\.toml, x: 'x' means nothing here"):
        load_mapping(path)


def test_a_naive_export_needs_a_zone() -> None:
    """A day begins somewhere."""
    text = small("exported_at = 2018-04-01\n").replace('zone = "Europe/Madrid"\n', "")
    assert faults(text) == [("exported_at", "naive-time")]
    assert faults(small(lead="undated = 2018-01-01").replace('zone = "Europe/Madrid"\n', "")) == [
        ("tables[0].lead.undated", "naive-time")
    ]


def test_a_constant_is_checked_when_the_mapping_is_read() -> None:
    """Not when the first row is."""
    closing = '[tables.deal_closed]\ndeal_id = "id"\noccurred_at = "c"\noutcome = { constant = "wn" }'
    assert faults(small(table=closing)) == [("tables[0].deal_closed.outcome.constant", "unknown-word")]
    good = load_mapping(small(lead="known_at = { constant = 2026-01-01 }")).tables[0].facts[0]
    assert good.fields["known_at"].constant == date(2026, 1, 1)
