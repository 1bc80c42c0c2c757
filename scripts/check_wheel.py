"""What the wheel alone must do: run in an environment that holds only the wheel and what it brings.

`python check_wheel.py DATEUTIL` also says which python-dateutil must be there, or the run proves nothing.
"""

from __future__ import annotations

import sys
from importlib.metadata import distributions, version

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


def runs_with(dateutil: str) -> str:
    """The python-dateutil that this run is about is the one installed."""
    found = version("python-dateutil")
    assert found == dateutil, f"python-dateutil {found} is installed, not {dateutil}"
    return f"runs with python-dateutil {dateutil}"


if __name__ == "__main__":
    print(f"Python {sys.version.split()[0]}:", runs_with(sys.argv[1]))
    for check in (brings_only_the_base, opens_light):
        print("  ", check())
