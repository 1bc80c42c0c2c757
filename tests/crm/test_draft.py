"""Drafted mappings: they load, they read what they were drafted from, and they say what they doubt."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.crm import draft_mapping, load_mapping, read_files
from smarketing.dataset import Dataset
from smarketing.errors import UnreadableFileError
from smarketing.facts import Account, Deal, DealClosed, Lead, StageEntered

CANDIDATOS = """id candidato;fecha de alta;nombre;correo electrónico;teléfono;origen;etapa
C-1;31/12/2025;Ana;ana@example.com;600;Feria;MQL
C-2;02/01/2026;Bo;bo@example.com;601;Web;Candidato
C-3;03/01/2026;Eva;eva@example.com;602;;MQL
"""
OPORTUNIDADES = """oportunidad_id,candidato,fecha de creación,fecha de cierre,importe,etapa,comercial
O-1,C-1,2026-01-05,2026-02-01,100.50,Ganado,Rut
O-2,C-2,2026-01-06,2026-02-02,0,Perdido,Rut
O-3,C-3,2026-01-07,,,En curso,Leo
"""


def write(folder: Path, **files: str) -> list[Path]:
    """Write CSV files."""
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return [folder / f"{name}.csv" for name in files]


def drafted(paths: list[Path]) -> tuple[str, Dataset]:
    """A draft, and what it reads."""
    text = draft_mapping(paths)
    return text, read_files(paths, load_mapping(text))


def test_a_spanish_export_is_understood(tmp_path: Path) -> None:
    """Headers, formats of dates, stages, outcomes and the reference between the files."""
    text, dataset = drafted(write(tmp_path, candidatos=CANDIDATOS, oportunidades=OPORTUNIDADES))
    first = dataset.of(Lead)[0]
    assert (first.lead_id, first.email, first.source_raw) == ("C-1", "ana@example.com", "Feria")
    assert [entry.stage for entry in dataset.of(StageEntered) if entry.lead_id] == ["mql", "lead", "mql"]
    assert [deal.lead_id for deal in dataset.of(Deal)] == ["C-1", "C-2", "C-3"]
    assert [(one.outcome.value, one.amount_minor) for one in dataset.of(DealClosed)] == [
        ("won", 10_050),
        ("lost", 0),
    ]
    assert 'format = "%d/%m/%Y"' in text
    assert not [problem for problem in dataset.problems if problem.severity == "error"]


def test_an_ambiguous_format_of_dates_is_a_doubt(tmp_path: Path) -> None:
    """Where every date fits two formats, the draft takes one and says so."""
    text = draft_mapping(write(tmp_path, leads="id,created\na,01/02/2026\nb,03/04/2026\n"))
    assert "# doubt: 'created' also fits %m/%d/%Y" in text


def test_files_of_two_months_are_one_table(tmp_path: Path) -> None:
    """What differs in their names only is a pattern."""
    paths = write(
        tmp_path, leads_2026_01="id,created\na,2026-01-02\n", leads_2026_02="id,created\nb,2026-02-02\n"
    )
    text, dataset = drafted(paths)
    assert text.count("[[tables]]") == 1
    assert len(dataset.of(Lead)) == 2


def test_a_file_without_dates_or_ids_still_gives_a_draft_that_loads(tmp_path: Path) -> None:
    """With doubts in the places where something is missing."""
    text, dataset = drafted(write(tmp_path, things="colour,size\nred,1\nred,1\nblue,2\n"))
    assert "# doubt: no column names the row" in text
    assert "# doubt: no column dates these rows" in text
    assert len(dataset.facts) == 2


def test_other_encodings_are_proposed(tmp_path: Path) -> None:
    """A file that is not UTF-8 is read as cp1252, as a doubt."""
    path = tmp_path / "leads.csv"
    path.write_bytes("id,created,ciudad\na,2026-01-01,Málaga\n".encode("cp1252"))
    text, dataset = drafted([path])
    assert "# doubt: the bytes are not UTF-8" in text
    assert dataset.of(Lead)[0].city == "Málaga"


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """As one error."""
    with pytest.raises(UnreadableFileError, match=r"none\.csv"):
        draft_mapping([tmp_path / "none.csv"])


@given(
    st.lists(
        st.text(st.sampled_from(list("abcñé _-.\"'#=[]{}\\1€")), min_size=1, max_size=8),
        min_size=1,
        max_size=6,
    ).filter(lambda headers: any(header.strip() for header in headers))
)
def test_any_header_gives_a_draft_that_loads(headers: list[str]) -> None:
    """Names are quoted where TOML needs it."""
    import csv
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.csv")
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([headers, ["x"] * len(headers), ["won"] * len(headers)])
        load_mapping(draft_mapping([path]))


def test_the_marketing_funnel_needs_little_editing(real_data: Path) -> None:
    """All leads and deals of the real export, each deal linked to its lead."""
    _, dataset = drafted(sorted((real_data / "marketing-funnel").glob("*.csv")))
    assert (len(dataset.of(Lead)), len(dataset.of(Deal)), len(dataset.of(DealClosed))) == (5345, 336, 336)
    assert all(deal.lead_id for deal in dataset.of(Deal))


def test_the_sales_pipeline_needs_little_editing(real_data: Path) -> None:
    """Accounts, products and teams are found to be lookups."""
    text, dataset = drafted(sorted((real_data / "crm-sales-pipeline").glob("*.csv")))
    assert text.count("[[lookups]]") == 3
    assert (len(dataset.of(Account)), len(dataset.of(Deal)), len(dataset.of(DealClosed))) == (85, 4365, 2679)
    assert [problem.code for problem in dataset.problems] == ["not-in-lookup"]


def test_every_real_export_gives_a_draft_that_reads_it(real_data: Path) -> None:
    """A hundred files of six systems, one by one."""
    for path in sorted(real_data.glob("*/*.csv")):
        drafted([path])
