"""What is not installed is missed in one sentence that says what to install, and only by who needs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from smarketing.testing import write_example

BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED_PACKAGES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
"""
ENGINES = ("polars", "duckdb", "pandas", "pyarrow", "pyspark")


def run(code: str, *arguments: str, without: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Python code in a process in which some packages are not installed."""
    script = BLOCKED.replace("BLOCKED_PACKAGES", repr(without)) + code
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def smarketing(*arguments: str | Path, without: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """The command line, where some packages are not installed."""
    code = "from smarketing.cli import main; sys.exit(main())"
    return run(code, *map(str, arguments), without=without)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small example company."""
    folder = tmp_path_factory.mktemp("example")
    write_example(folder, leads=60)
    return folder


def terms(example: Path) -> list[Path | str]:
    """The arguments that every command on it takes."""
    given = ["--mapping", example / "mapping.toml", "--agreement", example / "agreement.toml"]
    return [*given, *sorted((example / "export").glob("*.csv"))]


@pytest.mark.parametrize(
    ("backend", "without", "extra"),
    [
        ("polars", ("polars",), "polars"),
        ("pandas", ("pandas",), "pandas"),
        ("pandas", ("pyarrow",), "pandas"),
        ("pyarrow", ("pyarrow",), "duckdb"),
        ("duckdb", ("duckdb",), "duckdb"),
        ("duckdb", ("pyarrow",), "duckdb"),
    ],
)
def test_an_engine_that_is_missing_says_how_to_get_it(
    example: Path, backend: str, without: tuple[str, ...], extra: str
) -> None:
    """One line, no traceback, nothing printed besides."""
    done = smarketing("review", *terms(example), "--backend", backend, without=without)
    assert (done.returncode, done.stdout) == (2, "")
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("smarketing: ")
    assert sentence.endswith(f'which is not installed: pip install "smarketing[{extra}]"')
    assert without[0] in sentence


def test_without_any_engine_an_export_is_checked_and_a_review_says_what_to_install(example: Path) -> None:
    """Reading and checking are plain Python."""
    done = smarketing("check", *terms(example), without=ENGINES)
    assert (done.returncode, done.stderr) == (1, "")
    assert "rows read" in done.stdout
    done = smarketing("review", *terms(example), without=ENGINES)
    assert (done.returncode, done.stdout) == (2, "")
    (sentence,) = done.stderr.splitlines()
    assert 'pip install "smarketing[polars]"' in sentence


@pytest.mark.slow
def test_any_one_engine_is_enough(example: Path) -> None:
    """The first that is there is taken."""
    for without in (("polars", "duckdb"), ("polars", "duckdb", "pandas", "pyspark")):
        done = smarketing("review", *terms(example), without=without)
        assert (done.returncode, done.stderr) == (0, "")


def test_polars_alone_is_enough(example: Path) -> None:
    """The usual engine needs none of the others, nor PyArrow."""
    without = ("duckdb", "pandas", "pyarrow", "numpy", "pyspark")
    done = smarketing("review", *terms(example), without=without)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_the_extra_charts_a_page_has_its_tables_and_the_sentence(
    example: Path, tmp_path: Path
) -> None:
    """The figures are all there."""
    page = tmp_path / "page.html"
    done = smarketing("review", *terms(example), "--out", page, without=("vl_convert",))
    assert (done.returncode, done.stderr) == (0, "")
    html = page.read_text("utf-8")
    assert "<svg" not in html
    assert "<table" in html
    assert html.count("pip install") == 1
    assert "drawing charts needs vl-convert-python" in html


def test_an_example_is_drawn_and_drafted_without_test_tools_and_engines(tmp_path: Path) -> None:
    """`example`, `init` and `draft-mapping` need nothing but the base."""
    without = (*ENGINES, "hypothesis", "pytest", "vl_convert", "narwhals", "holidays")
    for arguments in (
        ("example", tmp_path, "--leads", "20"),
        ("init",),
        ("draft-mapping", tmp_path / "export" / "leads.csv"),
    ):
        done = smarketing(*arguments, without=without)
        assert (done.returncode, done.stderr) == (0, "")


def test_strategies_without_hypothesis_say_what_to_install() -> None:
    """They alone of all the testing tools need it."""
    code = (
        "import smarketing.testing\n"
        "try:\n    import smarketing.testing.strategies\n"
        "except ImportError as error:\n    print(error)\n"
    )
    done = run(code, without=("hypothesis",))
    assert done.stderr == ""
    (sentence,) = done.stdout.splitlines()
    assert sentence.endswith('needs hypothesis, which is not installed: pip install "smarketing[test]"')


def test_the_blocker_blocks() -> None:
    """The tests above can fail: what is blocked cannot be imported."""
    assert "No module named 'polars'" in run("import polars", without=("polars",)).stderr
