"""Facts kept on the command line: read once, reviewed again, exported, erased."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from smarketing.cli import main
from smarketing.facts import Deal
from smarketing.serialize import load_facts

pytest.importorskip("sqlalchemy", reason='keeping facts needs the extra: pip install "smarketing[sql]"')


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """The address of a store that holds the example company's export, beside its files."""
    monkeypatch.chdir(tmp_path)
    assert main(["example", "demo", "--leads", "300"]) == 0
    assert ingest("sqlite:///facts.db") == 0
    capsys.readouterr()
    return "sqlite:///facts.db"


def ingest(store: str) -> int:
    """Read the example's files into a store."""
    files = [str(path) for path in sorted(Path("demo/export").glob("*.csv"))]
    return main(["ingest", "--store", store, "--mapping", "demo/mapping.toml", *files])


def test_the_same_export_adds_nothing_and_a_changed_one_adds_versions(
    kept: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fact is known by what it says, not by when it was read."""
    ingest(kept)
    assert capsys.readouterr().out.startswith("0 new facts kept")
    leads = Path("demo/export/leads.csv")
    with leads.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    persona = rows[0].index("Persona")
    rows[1][persona] = "somebody else"
    with leads.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    ingest(kept)
    assert capsys.readouterr().out.startswith("1 new facts kept")


def test_a_review_of_the_store_is_the_review_of_the_files(
    kept: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same figures; only what was wrong in the files is not known any longer."""
    terms = ["--agreement", "demo/agreement.toml", "--as-of", "2026-01-01"]
    files = [str(path) for path in sorted(Path("demo/export").glob("*.csv"))]
    assert main(["review", "--mapping", "demo/mapping.toml", *terms, *files]) == 0
    of_files = capsys.readouterr().out
    assert main(["review", "--store", kept, *terms]) == 0
    of_store = capsys.readouterr().out
    funnel = of_files[of_files.index("\nFunnel\n") : of_files.index("\nThe data\n")]
    assert funnel in of_store


def test_facts_are_printed_filtered_and_written_so_that_they_read_back(
    kept: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON Lines, one fact each; a file that is there is spared."""
    assert main(["facts", "--store", kept, "--kind", "closings", "--limit", "3"]) == 0
    facts = list(load_facts(capsys.readouterr().out.splitlines()))
    assert [type(fact).__name__ for fact in facts] == ["DealClosed"] * 3
    deal = facts[0].deal_id
    assert main(["facts", "--store", kept, "--deal", deal, "--out", "deal.jsonl"]) == 0
    written = list(load_facts((tmp_path / "deal.jsonl").read_text("utf-8").splitlines()))
    assert {fact.deal_id for fact in written} == {deal}
    assert len(written) > 1
    assert main(["facts", "--store", kept, "--out", "deal.jsonl"]) == 2


def test_erasing_leaves_no_fact_of_the_person(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    """And says how many went."""
    main(["facts", "--store", kept, "--kind", "stage_entries", "--limit", "1"])
    (entry,) = load_facts(capsys.readouterr().out.splitlines())
    assert main(["erase", "--store", kept, "lead", entry.lead_id, "--asked-by", "request 17"]) == 0
    assert "facts removed" in capsys.readouterr().out
    main(["facts", "--store", kept, "--lead", entry.lead_id])
    assert capsys.readouterr().out == ""
    assert main(["erase", "--store", kept, "lead", entry.lead_id, "--asked-by", "request 18"]) == 0
    assert "nothing was removed" in capsys.readouterr().out


def test_an_older_export_does_not_bring_back_who_was_erased(
    kept: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Read again, the file still names the person; the store does not, and every other fact is as it was."""
    main(["facts", "--store", kept, "--kind", "closings", "--limit", "1"])
    (sale,) = load_facts(capsys.readouterr().out.splitlines())
    main(["facts", "--store", kept, "--deal", sale.deal_id])
    deal = next(fact for fact in load_facts(capsys.readouterr().out.splitlines()) if type(fact) is Deal)
    assert deal.lead_id is not None
    main(["erase", "--store", kept, "lead", deal.lead_id, "--asked-by", "request 17"])
    capsys.readouterr()
    main(["facts", "--store", kept])
    before = sorted(capsys.readouterr().out.splitlines())
    assert ingest(kept) == 0
    assert capsys.readouterr().out.startswith("1 erased before are named in it, and were erased again")
    main(["facts", "--store", kept])
    assert sorted(capsys.readouterr().out.splitlines()) == before
    main(["facts", "--store", kept, "--lead", deal.lead_id])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["facts", "--store", "nonsense"], "is no address of a store"),
        (["facts", "--store", "sqlite:///facts.db", "--kind", "lead"], "did you mean 'leads'?"),
        (["erase", "--store", "sqlite:///facts.db", "led", "L-1", "--asked-by", "r"], "did you mean 'lead'?"),
        (
            [
                "ingest",
                "--store",
                "sqlite:////nowhere/at/all/facts.db",
                "--mapping",
                "demo/mapping.toml",
                "demo/export/leads.csv",
            ],
            "unable to open",
        ),
        (["facts", "--store", "sqlite:///mistyped.db"], "mistyped.db: there is no store"),
        (["review", "--agreement", "demo/agreement.toml"], "nothing to review"),
        (["review", "--agreement", "demo/agreement.toml", "demo/export/leads.csv"], "need a --mapping"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    kept: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, and nothing but the sentence."""
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("smarketing: ")
    assert said in error
    assert not Path("mistyped.db").exists()


def test_an_address_of_another_database_is_not_taken_for_postgresql() -> None:
    """Whoever writes mysql:// is told what is known, and not to install a driver of something else."""
    from smarketing.cli._keep import opened
    from smarketing.errors import SmarketingError

    with pytest.raises(SmarketingError) as told, opened("mysql://host/database"):
        pass
    assert "'mysql'" in str(told.value)
    assert "install" not in str(told.value)
