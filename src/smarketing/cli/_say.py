"""Printing what a terminal can show, and sparing files that are there."""

from __future__ import annotations

import sys
from pathlib import Path

from smarketing.errors import UnreadableFileError
from smarketing.text import printable

__all__ = ["deliver", "say", "spare"]

_PLAINER = str.maketrans(dict.fromkeys("▏▎▍▌▋▊▉█", "#") | {"–": "-", "…": "...", "·": "-"})


def say(line: str) -> None:
    """Print a line, as far as the terminal's encoding can show it."""
    print(_shown(printable(line)))


def deliver(text: str, out: Path | None) -> int:
    """Print a text, or write it to a file that is not there yet."""
    if out is None:
        if _shown(text) != text:
            raise UnreadableFileError(f"{sys.stdout.encoding} cannot show all of it: name a file with --out")
        sys.stdout.write(text)
        return 0
    spare(out)
    with out.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
    say(f"Written to {out.resolve()}")
    return 0


def spare(path: Path, *, unless: str | None = None) -> None:
    """Refuse to write over a file, unless it holds the very same text."""
    if path.exists() and (unless is None or path.read_bytes() != unless.encode()):
        raise UnreadableFileError(f"{path} is there already and is left as it is: name another place")


def _shown(text: str) -> str:
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAINER).encode(encoding, "replace").decode(encoding)
    return text
