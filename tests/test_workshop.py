"""The tree itself: what the changelog says, how long files are, and that no file tells of one machine."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 400
HOME = re.compile(r"(?<![\w.:/~-])/(?:home|root|work|Users)/\w+|\b[A-Z]:\\Users\\")

in_the_tree = pytest.mark.skipif(
    not (ROOT / ".git").exists() or shutil.which("git") is None,
    reason="the tree is not under git here: an installed wheel is being tested",
)


def tracked(*patterns: str) -> list[Path]:
    """The files that git keeps, as paths."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns],  # noqa: S607 - whichever git the machine has
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listing.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_the_changelog_tells_of_this_version() -> None:
    """The newest section is the version that is installed, or what comes after it."""
    sections = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sections[0] in {"Unreleased", version("smarketing")}


@in_the_tree
def test_no_file_names_a_folder_of_one_machine() -> None:
    """A path under somebody's home works on one machine only."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        if path != Path(__file__)  # where the examples of what is looked for stand
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if HOME.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("line", ["see /home/ana/data.csv", "'/root/venv'", r"C:\Users\ana", "cd /work/x"])
def test_a_home_path_would_be_noticed(line: str) -> None:
    """The test above can fail."""
    assert HOME.search(line)


@in_the_tree
def test_no_source_file_is_too_long_to_read() -> None:
    """A file of more than 400 lines is more than one subject."""
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in tracked("*.py")}
    assert {path.name: length for path, length in lengths.items() if length > LONGEST} == {}
