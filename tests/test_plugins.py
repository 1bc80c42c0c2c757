"""Extensions are found only when named, and never by race."""

from __future__ import annotations

from pathlib import Path

import pytest

from smarketing import plugins
from smarketing.errors import UnknownNameError


def install(folder: Path, package: str, declares: str, module: str = "") -> None:
    """Lay out a distribution as an installer would."""
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[smarketing.toys]\n{declares}\n")
    if module:
        (folder / f"{package}.py").write_text(module)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the import path."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_a_named_extension_is_loaded(site: Path) -> None:
    """The object behind the name comes back."""
    install(site, "acme_ball", "ball = acme_ball:BALL", "BALL = 'round'\n")
    assert plugins.find("toys", "ball") == "round"


def test_an_unnamed_extension_is_never_loaded(site: Path) -> None:
    """Listing names imports nothing, and a broken package does no harm until it is named."""
    install(site, "acme_broken", "broken = acme_broken:X", "raise RuntimeError('imported')\n")
    install(site, "acme_cube", "cube = acme_cube:CUBE", "CUBE = 6\n")
    assert plugins.names("toys") == ("broken", "cube")
    assert plugins.find("toys", "cube") == 6
    with pytest.raises(RuntimeError, match="imported"):
        plugins.find("toys", "broken")


def test_an_unknown_name_is_met_with_the_nearest_one(site: Path) -> None:
    """The error says what is known and where names are declared."""
    install(site, "acme_ball", "ball = acme_ball:BALL")
    with pytest.raises(
        UnknownNameError, match=r"'bal' \(did you mean 'ball'\?\); known: ball\..*smarketing\.toys"
    ):
        plugins.find("toys", "bal")
    with pytest.raises(UnknownNameError, match="nothing in toy is named 'ball'"):
        plugins.find("toy", "ball")


def test_one_name_from_two_packages_is_an_error_that_names_both(site: Path) -> None:
    """Neither wins, in whatever order they were installed."""
    install(site, "acme_ball", "ball = acme_ball:BALL")
    install(site, "other_ball", "ball = other_ball:BALL")
    with pytest.raises(
        UnknownNameError, match=r"acme_ball \(acme_ball:BALL\) and other_ball \(other_ball:BALL\)"
    ):
        plugins.find("toys", "ball")
