"""Make a virtual environment and install this project into it: `environment.py FOLDER EXTRAS`.

It needs Python and pip, nothing else. The environment gets no pip of its own, because some systems
(Debian without `python3-venv`) cannot put one in; the pip that runs here installs into it from outside.
The last act is a stamp in the environment, so that an interrupted installation starts again next time.

The syntax stays plain enough for an old Python to reach the sentence that asks for a newer one.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent


def make_environment(folder: str, extras: str) -> None:
    """Create the environment anew, install the project (editable) with its extras, and stamp it."""
    environment = ROOT / folder
    python = str(environment / "bin" / "python")
    if has_pip():
        venv, pip = ["venv", "--without-pip"], [sys.executable, "-m", "pip", "--python", python]
    else:
        venv, pip = ["venv"], [python, "-m", "pip"]
    run([sys.executable, "-m", *venv, "--clear", str(environment)], "the environment was not made")
    install = [*pip, "install", "-qq", "--disable-pip-version-check", "--editable"]
    run([*install, f"{ROOT}[{extras}]"], "the packages were not installed")
    (environment / "stamp").touch()


def has_pip() -> bool:
    """Whether this Python can run pip."""
    asked = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False)
    return asked.returncode == 0


def run(command: list[str], failure: str) -> None:
    """Run a command, or end with one sentence that says what did not happen."""
    if subprocess.run(command, cwd=str(ROOT), check=False).returncode != 0:
        sys.exit(
            f"smarketing: {failure}; the lines above say why. "
            "Where pip is missing: `apt install python3-pip python3-venv`, or `python3 -m ensurepip`."
        )


if __name__ == "__main__":
    if sys.version_info < OLDEST:
        sys.exit(
            f"smarketing needs Python 3.11 or newer and this is {sys.version.split()[0]}; "
            "name another one, such as `make PYTHON=python3.12`."
        )
    make_environment(*sys.argv[1:])
