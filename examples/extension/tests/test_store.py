"""The store keeps what every store promises, and what a file can promise besides."""

from __future__ import annotations

from pathlib import Path

import pytest
from smarketing.errors import StoreError
from smarketing.plugins import find
from smarketing.stores import Store
from smarketing.testing import StoreContract, example_company

from smarketing_acme.store import LinesStore


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return LinesStore(tmp_path / "facts.jsonl")


class TestLinesStore(StoreContract):
    pass


def test_another_process_finds_what_was_kept(tmp_path: Path) -> None:
    facts = sorted(example_company(seed=1, leads=50).facts(), key=lambda fact: (fact.occurred_at, fact.id))
    with LinesStore(tmp_path / "facts.jsonl").unit() as unit:
        unit.append(facts)
    assert list(LinesStore(tmp_path / "facts.jsonl").scan()) == facts


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path) -> None:
    store = LinesStore(tmp_path / "facts.jsonl")
    facts = list(example_company(seed=1, leads=2).facts())
    (tmp_path / "facts.jsonl.new").mkdir()  # in the way
    with pytest.raises(StoreError, match="could not be written"), store.unit() as unit:
        unit.append(facts)
    assert list(store.scan()) == []
    (tmp_path / "facts.jsonl.new").rmdir()
    with store.unit() as unit:
        unit.append(facts)
    assert len(list(store.scan())) == len(facts)


def test_it_is_found_by_its_name() -> None:
    assert find("stores", "acme-lines") is LinesStore
