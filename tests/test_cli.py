"""The command line: what it prints, where, and with which exit status; it never ends in a traceback."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from smarketing import cli
from smarketing.testing import example_company, write_example

LEADS = 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small example company in a folder with a space in its name."""
    place = tmp_path_factory.mktemp("with space")
    write_example(place, leads=LEADS)
    return place


@pytest.fixture
def review(folder: Path) -> list[str]:
    """The arguments of a review of that company."""
    return ["review", *terms(folder), *map(str, sorted((folder / "export").glob("*.csv")))]


def terms(folder: Path) -> list[str]:
    """The options that name its mapping and its agreement."""
    return ["--mapping", str(folder / "mapping.toml"), "--agreement", str(folder / "agreement.toml")]


def run(
    *arguments: str | Path, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """`python -m smarketing …` as its own process."""
    command = [sys.executable, "-m", "smarketing", *map(str, arguments)]
    env = os.environ | {"PYTHONIOENCODING": "utf-8"} | environment
    return subprocess.run(command, capture_output=True, cwd=cwd, env=env, check=False)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """What a command that cannot be carried out says, on stderr alone, with status 2."""
    assert cli.main([*map(str, arguments)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("smarketing: ")
    assert "Traceback" not in err
    return err


def test_a_review_says_the_most_telling_part_and_writes_all_of_it(
    review: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page is where it says it is, in a folder that is made for it, and asks for no address."""
    page = tmp_path / "new folder" / "review.html"
    assert cli.main([*review, "--as-of", "2026-01-01", "--out", str(page)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[-1] == f"The whole page is {page}"
    assert len(out.splitlines()) < 300
    html = page.read_text("utf-8")
    for title in ("At a glance", "Funnel", "Targets", "The data"):
        assert f"\n{title}\n---" in out
        assert f">{title}</h2>" in html
    assert "Sales by account" in html
    assert {address[:1] for address in re.findall(r'(?:src|href)="([^"]*)"', html)} == {"#"}
    assert not re.search(r"src=|<script|<link|<img|<iframe|@import|url\((?!#)", html)
    assert "Sales by account" in out.split("Also on the page")[1]


def test_the_same_command_gives_the_same_bytes(review: list[str], tmp_path: Path) -> None:
    """Also with the files in another order, and in another process with other hash seeds."""
    command, files = review[:5], review[5:]
    pages = [tmp_path / f"{number}.html" for number in range(2)]
    outs = [
        run(*command, *files, "--out", pages[0], PYTHONHASHSEED="1").stdout,
        run(*command, *reversed(files), "--out", pages[1], PYTHONHASHSEED="2").stdout,
    ]
    assert len({page.read_bytes() for page in pages}) == 1
    assert len({out.rpartition(b"The whole page")[0] for out in outs}) == 1


@pytest.mark.slow
def test_every_engine_writes_the_same_page(review: list[str], tmp_path: Path, backend: str) -> None:
    """`--backend` chooses who computes, not what."""
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    cli.main([*review, "--out", str(one)])
    cli.main([*review, "--out", str(other), "--backend", backend])
    assert one.read_bytes() == other.read_bytes()


def test_a_day_is_its_start_in_the_zone_of_the_agreement(
    review: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In Madrid the first of July begins at 22:00 UTC of the day before."""
    pages = [tmp_path / f"{number}.txt" for number in range(2)]
    cli.main([*review, "--as-of", "2025-07-01", "--out", str(pages[0])])
    cli.main([*review, "--as-of", "2025-06-30T22:00+00:00", "--out", str(pages[1])])
    assert pages[0].read_bytes() == pages[1].read_bytes()
    assert "Known before 1 Jul 2025 00:00 CEST" in capsys.readouterr().out


def test_a_period_chooses_the_cohort(review: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A quarter, by the company's months."""
    assert cli.main([*review, "--period", "2025-Q1"]) == 0
    out = capsys.readouterr().out
    assert "Period: 1 January 2025 to 31 March 2025" in out
    assert "Apr 2025" not in out


def test_a_period_of_which_nothing_is_known_is_an_empty_page(
    review: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what was read, and invents no figure."""
    assert cli.main([*review, "--period", "2031"]) == 0
    out = capsys.readouterr().out
    assert "Customer" not in out
    assert "Pipeline" not in out
    assert "Every row that was read" in out


def test_a_review_speaks_spanish(review: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """`--language` chooses the words, whatever the machine's locale."""
    assert cli.main([*review, "--language", "es"]) == 0
    assert "Embudo\n------" in capsys.readouterr().out


def test_a_terminal_that_knows_only_ascii_is_served_all_the_same(review: list[str], folder: Path) -> None:
    """Bars are drawn with #, and what cannot be shown is a question mark."""
    done = run(*review, "--language", "es", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"####" in done.stdout
    done = run("check", *terms(folder), *review[5:], PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_reader_who_leaves_is_no_error(review: list[str], tmp_path: Path) -> None:
    """`| head -1` ends quietly, and the page has been written by then."""
    page = tmp_path / "page.md"
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "smarketing", *review, "--out", str(page)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141
    assert page.read_text("utf-8").startswith("# Smarketing review")


def test_an_interruption_ends_quietly(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the shell has it, with status 130."""

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_check", interrupted)
    assert cli.main(["check", "--mapping", str(folder / "mapping.toml"), "x.csv"]) == 130


def test_check_lists_the_problems_and_says_so_in_its_status(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """1 with errors; 0 with doubts alone, unless they are to count; the last line counts."""
    files = [str(path) for path in sorted((folder / "export").glob("*.csv"))]
    assert cli.main(["check", *terms(folder), *files]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"[\d,]+ rows read, [\d,]+ facts; errors: \d+, warnings: \d+", lines[-1])
    assert any(line.startswith("error: leads.csv, line ") for line in lines)
    spend = folder / "spend.csv"
    rows = (folder / "export" / "spend.csv").read_text("utf-8").splitlines(keepends=True)
    spend.write_text("".join([rows[0], *(row for row in rows if row.startswith("C-99"))]), "utf-8")
    doubtful = [str(spend), str(folder / "export" / "campaigns.csv")]
    assert cli.main(["check", *terms(folder), *doubtful]) == 0
    assert cli.main(["check", *terms(folder), "--strict", *doubtful]) == 1
    assert "errors: 0, warnings: 1" in capsys.readouterr().out


def test_a_clean_export_has_nothing_to_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 0 and one line."""
    company = example_company(leads=200, dirty=False)
    company.write_export(tmp_path)
    (tmp_path / "mapping.toml").write_text(company.mapping_toml(), "utf-8")
    files = [str(path) for path in sorted(tmp_path.glob("*.csv"))]
    assert cli.main(["check", "--strict", "--mapping", str(tmp_path / "mapping.toml"), *files]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


Change = Callable[[Path], list[str | Path]]


def _files(folder: Path) -> list[str | Path]:
    return [*sorted((folder / "export").glob("leads.csv"))]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (lambda f: ["review", *terms(f), f / "nowhere.csv"], "nowhere.csv"),
        (lambda f: ["check", "--mapping", f / "nowhere.toml", *_files(f)], "nowhere.toml"),
        (lambda f: ["review", *terms(f)[:3], f / "none.toml", *_files(f)], "none.toml"),
        (lambda f: ["review", *terms(f), *_files(f), "--out", f / "page.docx"], ".html, .htm, .md, .txt"),
        (lambda f: ["review", *terms(f), *_files(f), "--out", f / "mapping.toml" / "a.html"], "mapping.toml"),
        (lambda f: ["review", *terms(f), *_files(f), "--as-of", "yesterday"], "write a day such as"),
        (lambda f: ["review", *terms(f), *_files(f), "--as-of", "2025-02-30"], "2025-02-30"),
        (lambda f: ["review", *terms(f), *_files(f), "--as-of", "1999-01-01"], "there is nothing to review"),
        (lambda f: ["review", *terms(f), *_files(f), "--period", "sometime"], "'sometime' is not a period"),
        (lambda f: ["review", *terms(f), *_files(f), "--language", "fr"], "fr"),
        (lambda f: ["draft-mapping", f / "nowhere.csv"], "nowhere.csv"),
        (lambda f: ["draft-mapping", *_files(f), "--out", f / "mapping.toml"], "is there already"),
        (lambda f: ["init", "--out", f / "agreement.toml"], "is there already"),
        (lambda f: ["init", "--zone", "Europe/Madird"], "Europe/Madrid"),
        (lambda f: ["init", "--currency", "euros"], "euros"),
        (lambda f: ["init", "--out", f / "no" / "such" / "a.toml"], "No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_message(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: Change, said: str
) -> None:
    """On stderr, with status 2, naming the place or the fix."""
    assert said in refused(capsys, *arguments(folder))


def test_every_fault_of_a_mapping_is_told_at_once(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its key path and the nearest known word."""
    mapping = tmp_path / "mapping.toml"
    text = (folder / "mapping.toml").read_text("utf-8")
    mapping.write_text(text.replace("zone =", "zoen =").replace("source_raw =", "source_row ="), "utf-8")
    message = refused(capsys, "check", "--mapping", mapping, *_files(folder))
    assert "did you mean 'zone'?" in message
    assert "did you mean 'source_raw'?" in message
    assert str(mapping) in message


def test_every_fault_of_an_agreement_is_told_at_once(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Likewise."""
    agreement = tmp_path / "agreement.toml"
    text = (folder / "agreement.toml").read_text("utf-8")
    agreement.write_text(text.replace("[funnel]", "[funel]").replace("currency =", "curency ="), "utf-8")
    message = refused(capsys, "review", *terms(folder)[:2], "--agreement", agreement, *_files(folder))
    assert "did you mean 'funnel'?" in message
    assert "did you mean 'currency'?" in message


def test_the_first_ten_minutes_of_a_stranger(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A drafted mapping and a starter agreement read an export and review it, as they stand."""
    mapping, agreement = tmp_path / "mapping.toml", tmp_path / "agreement.toml"
    leads = folder / "export" / "leads.csv"
    assert cli.main(["draft-mapping", str(leads), "--out", str(mapping)]) == 0
    started = ["init", "--company", 'O"Neil & Søns', "--zone", "Europe/Madrid", "--out", str(agreement)]
    assert cli.main(started) == 0
    capsys.readouterr()
    given = ["--mapping", str(mapping), str(leads)]
    assert cli.main(["check", *given]) in {0, 1}
    assert cli.main(["review", "--agreement", str(agreement), *given]) == 0
    assert 'O"Neil & Søns' in capsys.readouterr().out


def test_texts_are_printed_where_no_file_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """So that they can be read, or piped."""
    assert cli.main(["init", "--language", "es"]) == 0
    assert "[company]" in capsys.readouterr().out
    assert cli.main(["draft-mapping", str(folder / "export" / "leads.csv")]) == 0
    assert "[[tables]]" in capsys.readouterr().out


def test_a_document_is_not_garbled_to_fit_a_terminal() -> None:
    """Where it cannot be shown as it is, it is to be written to a file."""
    done = run("init", "--company", "Ñandú", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"name a file with --out" in done.stderr


def test_an_example_is_written_again_but_never_over_the_work_of_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same place can be used twice; an agreement that was edited there is left as it is."""
    assert cli.main(["example", str(tmp_path), "--leads", "20"]) == 0
    assert cli.main(["example", str(tmp_path), "--leads", "20", "--seed", "2"]) == 0
    capsys.readouterr()
    (tmp_path / "agreement.toml").write_text("# mine", "utf-8")
    assert "agreement.toml is there already" in refused(capsys, "example", tmp_path)


@pytest.mark.parametrize(
    "arguments", [[], ["reveiw"], ["review"], ["example", "here", "--leads", "0"], ["check", "--nonsense"]]
)
def test_a_command_that_is_misspelt_shows_how_it_is_written(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, the usage on stderr."""
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: smarketing" in capsys.readouterr().err


def test_check_opens_no_dataframe_library(folder: Path) -> None:
    """Reading and checking are plain Python."""
    code = (
        "import sys; from smarketing.cli import main; main(sys.argv[1:]); "
        "heavy = {'polars', 'pandas', 'pyarrow', 'numpy', 'duckdb', 'vl_convert'}; "
        "sys.exit(','.join(heavy & {name.partition('.')[0] for name in sys.modules}) or None)"
    )
    command = [sys.executable, "-c", code, "check", *terms(folder), *map(str, _files(folder))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_lone_file_is_read_by_its_name_with_spaces(folder: Path) -> None:
    """From within its folder, as a person would type it."""
    name = "leads of 2025 — all.csv"
    (folder / name).write_bytes((folder / "export" / "leads.csv").read_bytes())
    done = run("check", "--mapping", "mapping.toml", name, cwd=folder)
    assert done.returncode == 1
    assert b"leads of 2025" in done.stdout
    (folder / name).unlink()
