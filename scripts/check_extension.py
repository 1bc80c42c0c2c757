"""What holds for packages that extend this one: `check_extension.py WHEEL`.

In a clean environment, the example extension is installed beside the wheel and keeps the public contracts; it
is found when it is named and changes nothing until then; and a second package that claims one of its names is
an error that tells of both. Without a wheel, one is built first.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
EXTENSION = ROOT / "examples" / "extension"

# Every figure of the example company's review, and whether somebody's extension was loaded to get them.
FIGURES = """
import sys
from hashlib import sha256
from pathlib import Path
from smarketing import Frames, load_agreement, load_mapping, read_files, render, review_period

agreement = load_agreement("demo/agreement.toml")
dataset = read_files(sorted(Path("demo/export").glob("*.csv")), load_mapping("demo/mapping.toml"))
frames = Frames.from_dataset(dataset.facts, backend="polars")
report = review_period(frames, agreement, as_of=agreement.as_of("2026-01-01")).to_report(agreement.words())
for name in ("html", "json", "markdown", "text"):
    print(name, sha256(bytes(render(report, name))).hexdigest())
print(sorted(name for name in sys.modules if "acme" in name))
"""
NAMED = """
from smarketing import Report, render
from smarketing.plugins import names

assert {"acme-csv", "html", "json", "markdown", "text"} <= set(names("renderers")), names("renderers")
print(render(Report(title="Found"), "acme-csv").content, end="")
"""
CLAIMED_TWICE = """
from smarketing import Report, render
from smarketing.errors import UnknownNameError

try:
    render(Report(title="Whose?"), "acme-csv")
except UnknownNameError as error:
    print(error)
"""
RIVAL = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "rival"
version = "1"

[project.entry-points."smarketing.renderers"]
acme-csv = "rival:CsvRenderer"

[tool.hatch.build.targets.wheel]
bypass-selection = true
"""


def check(wheel: str, work: Path) -> None:
    """Install, hold and compare; each step ends the script with one sentence where it fails."""
    python = str(work / "environment" / "bin" / "python")
    run([sys.executable, "-m", "venv", "--without-pip", str(work / "environment")])
    install(python, f"{wheel}[polars]")
    run([python, "-m", "smarketing", "example", "demo", "--leads", "1000"], work)
    before = run([python, "-c", FIGURES], work)
    install(python, f"{EXTENSION}[test]")
    require(run([python, "-c", FIGURES], work) == before, "installing the extension changed a figure")
    require(before.splitlines()[-1] == "[]", f"an extension was loaded unasked: {before.splitlines()[-1]}")
    print("   installing it changed no figure, and loaded nothing")
    require(run([python, "-c", NAMED], work) == "Found\n", "the renderer was not found by its name")
    tests = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(EXTENSION)]
    said = run([*tests, "-c", str(EXTENSION / "pyproject.toml"), str(EXTENSION / "tests")], work)
    print(f"   it keeps the contracts: {said.strip().splitlines()[-1]}")
    (work / "rival").mkdir()
    (work / "rival" / "pyproject.toml").write_text(RIVAL, "utf-8")
    install(python, str(work / "rival"))
    said = run([python, "-c", CLAIMED_TWICE], work)
    both = "two packages declare 'acme-csv'" in said and "rival (" in said and "smarketing-acme (" in said
    require(both, f"two packages with one name did not give an error that names both: {said}")
    print(f"   {said.strip()}")


def install(python: str, what: str) -> None:
    """Install with the pip that runs here, into an environment without one."""
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "-qq", "--disable-pip-version-check"]
    run([*pip, what])


def build(folder: Path) -> str:
    """The wheel of this tree."""
    run([sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--wheel-dir", str(folder), str(ROOT)])
    return str(next(folder.glob("smarketing-*.whl")))


def run(command: list[str], folder: Path = ROOT) -> str:
    """What a command prints; one that fails ends the script with all that it said."""
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=folder, env=plain, capture_output=True, text=True, check=False)
    require(done.returncode == 0, f"{' '.join(command)[:300]}\n{done.stdout}{done.stderr}")
    return done.stdout


def require(holds: bool, sentence: str) -> None:  # noqa: FBT001
    """End the script with a sentence where something does not hold."""
    if not holds:
        sys.exit(f"check_extension: {sentence}")


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        place = Path(folder)
        wheel = str(Path(sys.argv[1]).resolve()) if len(sys.argv) > 1 else build(place)
        print(f"{Path(wheel).name} with {EXTENSION.relative_to(ROOT)}:")
        check(wheel, place)
