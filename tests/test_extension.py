"""The example extension, installed beside the library as a package is: found when named, and only then."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from smarketing import plugins
from smarketing.cli import main
from smarketing.document import Report
from smarketing.errors import InvalidTermsError, UnknownNameError
from smarketing.facts import Lead
from smarketing.frames import Frames
from smarketing.origin import Origin
from smarketing.renderers import render
from smarketing.scoring import matrix_from_plain, score_leads
from smarketing.values import Points

EXTENSION = Path(__file__).resolve().parent.parent / "examples" / "extension"
PROJECT = tomllib.loads((EXTENSION / "pyproject.toml").read_text("utf-8"))["project"]
SAMPLE = sorted(map(str, (EXTENSION / "tests" / "sample").glob("*.csv")))


def lay_out(folder: Path, package: str, groups: dict[str, dict[str, str]]) -> None:
    """What an installer leaves of a package, but for its code."""
    info = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    lines = [
        line
        for group, names in groups.items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in names.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the import path, in which the extension is installed."""
    lay_out(tmp_path / "site", PROJECT["name"], PROJECT["entry-points"])
    monkeypatch.syspath_prepend(str(EXTENSION / "src"))
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return tmp_path / "site"


@pytest.mark.parametrize("group", PROJECT["entry-points"])
def test_every_name_that_it_declares_leads_somewhere(site: Path, group: str) -> None:
    """A name that leads nowhere would be noticed by its first user."""
    for name, value in PROJECT["entry-points"][group].items():
        assert plugins.find(group.removeprefix("smarketing."), name) is EntryPoint(name, value, group).load()


@pytest.mark.parametrize("name", ["html", "json", "markdown", "text"])
def test_installing_it_changes_no_byte(site: Path, name: str) -> None:
    """Nor is any of it loaded before it is named."""
    code = (
        "import sys; from smarketing import Report, render; print(render(Report(title='R'), {!r}).content); "
    )
    command = [sys.executable, "-c", code.format(name) + "print([m for m in sys.modules if 'acme' in m])"]
    path = os.pathsep.join(filter(None, sys.path))
    with_it = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, check=True)
    without = subprocess.run(command, env={**os.environ}, capture_output=True, check=True)
    assert with_it.stdout == without.stdout
    assert with_it.stdout.endswith(b"\n[]\n")


def test_two_packages_with_one_name_are_an_error_that_names_both(site: Path) -> None:
    """Also where one of them takes a name of the library itself."""
    lay_out(site, "rival", {"smarketing.renderers": {"acme-csv": "rival:Csv", "html": "rival:Html"}})
    with pytest.raises(UnknownNameError, match=r"rival \(rival:Csv\) and smarketing-acme \(smarketing_acme"):
        render(Report(title="R"), "acme-csv")
    with pytest.raises(UnknownNameError, match=r"rival \(rival:Html\) and smarketing \(smarketing\."):
        render(Report(title="R"), "html")


def test_the_command_takes_a_mapping_by_its_name(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no file of that name."""
    assert main(["check", "--mapping", "acme", *SAMPLE]) == 0
    assert "6 rows read, 8 facts; errors: 0" in capsys.readouterr().out


def test_a_file_goes_before_a_name(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody's package can take the place of a file that is there."""
    monkeypatch.chdir(tmp_path)
    Path("acme").write_text("nonsense")
    assert main(["check", "--mapping", "acme", *SAMPLE]) == 2
    assert "acme is not TOML" in capsys.readouterr().err


def test_a_matrix_names_its_criterion_and_nothing_else_wakes_it(site: Path) -> None:
    """One lead and many get the same points for it."""
    rule = {"name": "private mailbox", "when": {"acme-free-mail": {"providers": "gmail.com"}}, "points": -5}
    matrix = matrix_from_plain({"name": "fit", "rules": [rule]})
    at = datetime(2026, 1, 5, tzinfo=UTC)
    lead = Lead(origin=Origin(), occurred_at=at, lead_id="L-1", email="ana@GMAIL.com")
    as_of = at + timedelta(days=1)
    assert matrix.score(lead, [], as_of=as_of).points == Points.of(-5)
    (best,) = score_leads(Frames.from_dataset([lead]), matrix, as_of=as_of).top(1)
    assert best.points == Points.of(-5)
    with pytest.raises(
        InvalidTermsError, match=r"no criterion 'acme-fre-mail' \(did you mean 'acme-free-mail'"
    ):
        matrix_from_plain({"name": "fit", "rules": [{**rule, "when": {"acme-fre-mail": {}}}]})


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("acne", "there is no file acne, and nothing in mappings is named 'acne' (did you mean 'acme'?)"),
        ("toy", "the mapping 'toy' that is installed is no CrmMapping: 'a toy'"),
        ("acme.toml", "acme.toml: the mapping cannot be opened"),
    ],
)
def test_a_word_that_is_neither_says_so(
    site: Path, word: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, and status 2."""
    lay_out(site, "toys", {"smarketing.mappings": {"toy": "toys:TOY"}})
    (site / "toys.py").write_text("TOY = 'a toy'\n")
    assert main(["check", "--mapping", word, *SAMPLE]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.slow
def test_it_keeps_the_public_contracts(site: Path) -> None:
    """Its own tests, as its author runs them."""
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXTENSION)],
        cwd=EXTENSION,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
