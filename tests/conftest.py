"""What every test shares: how hard Hypothesis tries, the dataframe engines, and the folder of real data."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The public contracts are classes of assertions, which are to say what they compared.
pytest.register_assert_rewrite("smarketing.testing")

# Timing varies with the machine, so no profile has a deadline. "ci" tries more; "light" tries less, where
# the same tests run on one more Python. Where CI is set, every run tries the same,
# so that a change is judged by what it changed; elsewhere each tries something new.
settings.register_profile(
    "fast",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    max_examples=30,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("ci", settings.get_profile("fast"), max_examples=60, derandomize=True)
settings.register_profile("light", settings.get_profile("fast"), max_examples=8)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))

NEEDS = {
    "polars": ("polars",),
    "pandas": ("pandas",),
    "pyarrow": ("pyarrow",),
    "duckdb": ("duckdb", "pyarrow"),
}


@pytest.fixture(params=NEEDS)
def backend(request: pytest.FixtureRequest) -> str:
    """The name of a dataframe engine: a test that asks for it runs once on each that is installed."""
    name: str = request.param
    missing = [package for package in NEEDS[name] if importlib.util.find_spec(package) is None]
    if missing:
        pytest.skip(f"{name} needs {' and '.join(missing)}, not installed here")
    return name


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real exports, which is no part of the project."""
    folder = os.environ.get("SMARKETING_REAL_DATA")
    if not folder:
        pytest.skip("SMARKETING_REAL_DATA does not name the folder of real exports")
    path = Path(folder)
    assert path.is_dir(), f"SMARKETING_REAL_DATA names {path}, which is no folder"
    return path
