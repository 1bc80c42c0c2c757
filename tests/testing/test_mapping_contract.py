"""The contract of mappings passes a sound one and notices each way in which one can fail."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from smarketing.crm import CrmMapping, load_mapping
from smarketing.testing import MappingContract

MAPPING = """
system = "shop"
zone = "Europe/Madrid"
currency = "EUR"

[[tables]]
name = "contacts"
files = "contacts*"
record = "id"
lead = { lead_id = "id", occurred_at = "created", source_raw = "origin" }

[[tables]]
name = "deals"
files = "deals*"
record = "id"
deal = { deal_id = "id", lead_id = "contact", occurred_at = "opened", amount_minor = "value" }

[tables.deal_closed]
deal_id = "id"
occurred_at = "closed"
outcome = { column = "result", words = { yes = "won", no = "lost" } }
when = { result = "*" }
"""
CONTACTS = 'id,created,origin\n1,2026-01-05,"Google,\nads"\n\n2,2026-01-06,fair\n'
DEALS = """id,contact,value,opened,closed,result
D1,1,5,2026-01-07,,
D2,2,7,2026-01-08,2026-02-01,yes
D3,2,9,2026-01-09,,
"""
STATED = "there_are_no_problems_but_those_stated"
LAWS = [name for name in vars(MappingContract) if name.startswith("test_")]


class Shop(MappingContract):
    """A sample in a folder of its own."""

    def __init__(self, folder: Path, mapping: str = MAPPING, **files: str) -> None:
        self.folder, self.text = folder, mapping
        for name, text in ({"contacts": CONTACTS, "deals": DEALS} | files).items():
            (folder / f"{name}.csv").write_text(text, "utf-8")

    def make_mapping(self) -> CrmMapping:
        """Read from its text."""
        return load_mapping(self.text)

    def sample_files(self) -> Sequence[Path]:
        """Whatever lies in the folder."""
        return sorted(self.folder.iterdir())


def broken(contract: MappingContract) -> dict[str, str]:
    """The laws that a mapping breaks, and what is said about it."""
    said = {}
    for law in LAWS:
        try:
            getattr(contract, law)()
        except AssertionError as error:
            said[law.removeprefix("test_")] = str(error)
    return said


def test_a_sound_mapping_passes(tmp_path: Path) -> None:
    """Also with cells of several lines, blank lines, and no line end at the end."""
    assert broken(Shop(tmp_path)) == {}
    assert broken(Shop(tmp_path, contacts=CONTACTS.rstrip())) == {}


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_samples_may_be_compressed_and_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    """The rows are mixed as bytes."""
    shop = Shop(tmp_path, f'encoding = "{encoding}"\n{MAPPING}')
    for path in shop.sample_files():
        text = path.read_text("utf-8").replace("fair", "peña")
        (tmp_path / f"{path.name}.gz").write_bytes(gzip.compress(text.encode(encoding)))
        path.unlink()
    assert broken(shop) == {}


def test_json_lines_have_no_header(tmp_path: Path) -> None:
    """Each line is a row."""
    shop = Shop(tmp_path)
    (tmp_path / "contacts.csv").unlink()
    (tmp_path / "contacts.jsonl").write_text(
        '{"id": 2, "created": "2026-01-06", "origin": null}\n'
        '{"id": 1, "created": "2026-01-05", "origin": "x"}\n'
    )
    assert broken(shop) == {}


@pytest.mark.parametrize(
    ("files", "law", "said"),
    [
        ({"deals": DEALS.replace("yes", "maybe")}, STATED, "maybe"),
        ({"contacts": CONTACTS.replace("origin", "colour")}, STATED, "colour"),
        ({"contacts": CONTACTS.replace("2026-01-06", "6/1")}, STATED, "6/1"),
        ({"deals": DEALS.replace("yes", "")}, "the_sample_shows_all_that_is_mapped", "deal_closed of deals"),
    ],
)
def test_a_sample_that_does_not_fit_is_noticed(
    tmp_path: Path, files: Mapping[str, str], law: str, said: str
) -> None:
    """Words, columns and dates that the mapping does not know, and facts that no row tells."""
    assert said in broken(Shop(tmp_path, **files))[law]


def test_stated_problems_are_expected(tmp_path: Path) -> None:
    """And noticed when they are gone, so that a mended sample does not keep a stale list."""

    class Stated(Shop):
        problems: ClassVar = {"won-without-amount": 1}

    free = DEALS.replace("D2,2,7", "D2,2,")
    assert "D2" in broken(Shop(tmp_path, deals=free))[STATED]
    assert broken(Stated(tmp_path, deals=free)) == {}
    assert list(broken(Stated(tmp_path))) == [STATED]


def test_facts_that_depend_on_the_order_are_noticed(tmp_path: Path) -> None:
    """Where a lookup has a key twice, the first row would win."""
    mapping = MAPPING.replace('"origin" }', '{ column = "origin", lookup = "places", take = "place" } }')
    lookup = '[[lookups]]\nname = "places"\nfiles = "places*"\nkey = "word"\n'
    places = "word,place\n" + "".join(f"fair,city {number}\n" for number in range(9))
    said = broken(Shop(tmp_path, mapping + lookup, places=places))
    assert "are lost and" in said["the_order_of_rows_and_files_makes_no_difference"]


def test_rows_that_are_not_counted_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The contract counts them itself."""
    shop = Shop(tmp_path)
    dataset = shop._read()
    (tmp_path / "deals.csv").write_text(DEALS + "D4,1,3,2026-01-10,,\n")
    monkeypatch.setattr(Shop, "_read", lambda _: dataset)
    assert broken(shop)["every_row_is_accounted_for"] == "deals.csv has 4 rows, and 3 were read"


def test_facts_of_chance_are_noticed(tmp_path: Path) -> None:
    """A mapping that is another one each time gives other facts each time."""

    class Wavering(Shop):
        count = 0

        def make_mapping(self) -> CrmMapping:
            self.count += 1
            return load_mapping(self.text.replace("shop", f"shop {self.count}"))

    assert "other" in broken(Wavering(tmp_path))["reading_twice_adds_nothing"]


def test_a_contract_without_a_mapping_says_what_to_override() -> None:
    """Whoever forgets it is told."""
    with pytest.raises(NotImplementedError, match="make_mapping"):
        MappingContract().test_it_is_a_mapping()
    with pytest.raises(NotImplementedError, match="sample_files"):
        MappingContract().sample_files()
