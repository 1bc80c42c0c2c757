"""Bad input: each kind gives problems, or one clear error, that name the file, the row and the column."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from bad_input import (
    CASES,
    GOOD,
    HEAD,
    MAPPING,
    Case,
)

from smarketing.crm import load_mapping, read_files
from smarketing.dataset import Dataset, check_dataset
from smarketing.errors import UnreadableFileError
from smarketing.facts import Deal, DealClosed, Lead


def read(case: Case, folder: Path) -> Dataset:
    """Write the file beside the list of products, and read both."""
    folder.joinpath("products.csv").write_text(
        "product\nGTX Pro\nGTX Basic\n", encoding="utf-16" if "utf-16" in case.more else "utf-8"
    )
    path = folder / case.file
    path.write_bytes(case.text if isinstance(case.text, bytes) else case.text.encode())
    return read_files([path, folder / "products.csv"], load_mapping(MAPPING.format(more=case.more)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_is_told_to_the_cell_and_the_good_rows_survive(case: Case, tmp_path: Path) -> None:
    """Each fault has its code, file, row and column, and what is not at fault is read."""
    dataset = read(case, tmp_path)
    problems = (*dataset.problems, *check_dataset(dataset))
    told = tuple((problem.code, problem.origin.row, problem.origin.field) for problem in problems)
    assert told == case.told
    assert {problem.origin.file for problem in problems} <= {case.file}
    ids = [fact.origin.record for fact in dataset.facts if isinstance(fact, Lead | Deal)]
    assert tuple(ids) == case.kept


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_message_quotes_a_person(case: Case, tmp_path: Path) -> None:
    """Names and e-mail addresses appear in no message."""
    dataset = read(case, tmp_path)
    told = "\n".join(map(str, (*dataset.problems, *check_dataset(dataset))))
    assert not any(word in told for word in ("Ana", "@b.c", "@example.com", "Bo,", "Íñigo"))


def test_naive_times_need_a_zone(tmp_path: Path) -> None:
    """Without a zone a bare date or time is refused, and one with an offset is read."""
    path = tmp_path / "leads.csv"
    path.write_text(HEAD + GOOD + "L-2,2026-01-05T10:00:00Z,,,,\n", encoding="utf-8")
    text = (
        MAPPING.format(more="")
        .replace('zone = "Europe/Madrid"\n', "")
        .replace("exported_at = 2026-06-01", "")
    )
    dataset = read_files([path], load_mapping(text))
    assert [(one.code, one.origin.row) for one in dataset.problems if one.code != "lookup-absent"] == [
        ("naive-time", 2)
    ]
    assert [lead.lead_id for lead in dataset.of(Lead)] == ["L-2"]


def test_paths_that_cannot_be_read_are_one_error_that_names_them_all(tmp_path: Path) -> None:
    """A missing file, a folder, a locked file and one that no table claims are told together."""
    folder, locked, other = tmp_path / "leads-2.csv", tmp_path / "leads-3.csv", tmp_path / "lead.csv"
    folder.mkdir()
    locked.touch(mode=0)
    other.touch()
    with pytest.raises(UnreadableFileError) as caught:
        read_files([tmp_path / "leads-1.csv", folder, locked, other], load_mapping(MAPPING.format(more="")))
    codes = {Path(one.origin.file or "").name: one.code for one in caught.value.problems}
    expected = {"leads-1.csv": "no-such-file", "leads-2.csv": "is-a-folder", "lead.csv": "no-table"}
    assert codes == (expected if os.geteuid() == 0 else {**expected, "leads-3.csv": "not-allowed"})


def test_a_file_that_two_tables_claim_is_an_error(tmp_path: Path) -> None:
    """Which of the two it is would be a guess."""
    path = tmp_path / "leads-deals.csv"
    path.touch()
    text = MAPPING.format(more="").replace('files = "deals*.csv"', 'files = "*deals*.csv"')
    with pytest.raises(UnreadableFileError, match="'leads' and 'deals' both claim it"):
        read_files([path], load_mapping(text))


def test_a_word_that_no_list_knows_costs_its_fact_and_not_its_row(tmp_path: Path) -> None:
    """The deal is kept, its closing is not, and the message names the nearest word."""
    case = next(case for case in CASES if case.name == "an outcome that nobody knows")
    dataset = read(case, tmp_path)
    assert not dataset.of(DealClosed)
    assert "did you mean 'Ganado'?" in dataset.problems[0].message
