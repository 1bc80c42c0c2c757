"""The mapping keeps what every mapping promises, on a sample of the CRM's export."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from smarketing.cli import main
from smarketing.crm import CrmMapping, read_files
from smarketing.facts import DealClosed
from smarketing.testing import MappingContract

from smarketing_acme.mapping import MAPPING

SAMPLE = sorted((Path(__file__).parent / "sample").glob("*.csv"))


class TestAcme(MappingContract):
    def make_mapping(self) -> CrmMapping:
        return MAPPING

    def sample_files(self) -> Sequence[Path]:
        return SAMPLE


def test_amounts_and_words_are_read_as_acme_writes_them() -> None:
    closed = read_files(SAMPLE, MAPPING).of(DealClosed)
    assert {(fact.deal_id, str(fact.outcome), fact.amount_minor) for fact in closed} == {
        ("D1", "won", 120050),
        ("D2", "lost", 30000),
    }


def test_the_command_finds_it_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--mapping", "acme", *map(str, SAMPLE)]) == 0
    assert "errors: 0" in capsys.readouterr().out
