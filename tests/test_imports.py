"""The front door is small, kept honest, and light to open."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import smarketing

HEAVY = {"narwhals", "polars", "pandas", "pyarrow", "numpy", "duckdb", "sqlalchemy", "vl_convert", "holidays"}


def modules_loaded_by(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after running the code."""
    report = "; import json, sys; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_import_smarketing_loads_nothing_heavy() -> None:
    """A web hook that scores one lead pays for no dataframe library."""
    assert modules_loaded_by("import smarketing") & HEAVY == set()


def test_a_heavy_library_would_be_noticed() -> None:
    """The test above can fail: it sees what a fresh interpreter loads."""
    assert "narwhals" in modules_loaded_by("import smarketing, narwhals")


def test_the_front_door_is_sorted_and_small() -> None:
    """At most 40 names, in order, none twice."""
    assert list(smarketing.__all__) == sorted(set(smarketing.__all__))
    assert len(smarketing.__all__) <= 40


def test_the_front_door_lists_what_it_offers() -> None:
    """`dir` shows every name, also those that are loaded only when asked for."""
    assert set(smarketing.__all__) <= set(dir(smarketing))


@pytest.mark.parametrize("name", getattr(smarketing, "__all__", []))
def test_every_name_of_the_front_door_opens(name: str) -> None:
    """No name is promised that cannot be had."""
    assert getattr(smarketing, name) is not None


def test_an_unknown_name_is_an_ordinary_attribute_error() -> None:
    """Laziness does not change what Python says about a name that does not exist."""
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = smarketing.no_such_name
