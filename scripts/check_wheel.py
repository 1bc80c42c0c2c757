"""What the wheel alone must do: run in an environment that holds only the wheel and what it brings.

`python check_wheel.py DATEUTIL` also says which python-dateutil must be there, or the run proves nothing.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import distributions, version
from pathlib import Path
from tempfile import TemporaryDirectory

BASE = {"attrs", "cattrs", "narwhals", "python-dateutil", "six", "smarketing", "typing-extensions", "tzdata"}
HEAVY = {"narwhals", "polars", "pandas", "pyarrow", "numpy", "duckdb", "sqlalchemy", "vl_convert", "holidays"}


def brings_only_the_base() -> str:
    """Nothing but the base dependencies came along."""
    came = {distribution.name.lower().replace("_", "-") for distribution in distributions()}
    assert came <= BASE | {"pip", "setuptools"}, f"the wheel brought {sorted(came - BASE)}"
    return f"brings only {', '.join(sorted(came & BASE))}"


def opens_light() -> str:
    """Importing the package loads no heavy library, not even Narwhals, which is there."""
    import smarketing

    loaded = {name.partition(".")[0] for name in sys.modules} & HEAVY
    assert not loaded, f"import smarketing loaded {sorted(loaded)}"
    assert "site-packages" in (smarketing.__file__ or ""), f"{smarketing.__file__} is not the installed wheel"
    return f"smarketing {version('smarketing')} opens light"


def reads_without_an_engine() -> str:
    """An export is drawn, mapped and checked with the base alone."""
    with TemporaryDirectory(prefix="smarketing wheel ") as folder:
        said(0, "example", folder, "--leads", "50")
        said(0, "draft-mapping", f"{folder}/export/leads.csv")
        said(0, "init", "--zone", "Europe/Madrid")
        lines = said(1, "check", *terms(folder)).stdout.splitlines()
    return lines[-1]


def misses_each_extra_in_one_sentence() -> str:
    """Who asks for an engine is told what to install, and sees no traceback."""
    with TemporaryDirectory(prefix="smarketing wheel ") as folder:
        said(0, "example", folder, "--leads", "50")
        for backend in ("", "polars", "pandas", "pyarrow", "duckdb"):
            chosen = ["--backend", backend] if backend else []
            missed = said(2, "review", *terms(folder), *chosen).stderr
            assert missed.count("\n") == 1, missed
            assert 'which is not installed: pip install "smarketing[' in missed, missed
    return missed.strip()


def terms(folder: str) -> list[str]:
    """The arguments that commands on an example take."""
    files = sorted(str(path) for path in Path(folder, "export").glob("*.csv"))
    return ["--mapping", f"{folder}/mapping.toml", "--agreement", f"{folder}/agreement.toml", *files]


def said(status: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What the installed command says, if it ends with that status."""
    command = [str(Path(sys.executable).with_name("smarketing")), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == status, f"{arguments} ended with {done.returncode}: {done.stderr}"
    return done


def runs_with(dateutil: str) -> str:
    """The python-dateutil that this run is about is the one installed."""
    found = version("python-dateutil")
    assert found == dateutil, f"python-dateutil {found} is installed, not {dateutil}"
    return f"runs with python-dateutil {dateutil}"


if __name__ == "__main__":
    print(f"Python {sys.version.split()[0]}:", runs_with(sys.argv[1]))
    for check in (
        brings_only_the_base,
        opens_light,
        reads_without_an_engine,
        misses_each_extra_in_one_sentence,
    ):
        print("  ", check())
