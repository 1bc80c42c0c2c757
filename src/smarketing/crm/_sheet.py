"""A sheet: the columns of a file, and its rows with the lines that they stand on.

CSV, JSON Lines and rows in memory all become sheets, and whoever reads facts out of them need not know which.
Cells are text, as they stand in the file; what a row cannot be read as is told to the tally, and the row is
left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

import attrs

from smarketing.crm._tally import Tally
from smarketing.errors import did_you_mean

ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Characters that no cell should hold; halves of surrogates are how undecodable bytes come in."""


def undecoded(text: str) -> str | None:
    """What to say of the first byte of a text that is not text in the stated encoding."""
    odd = re.search("[\udc80-\udcff]", text)
    if odd is None:
        return None
    hint = "state another `encoding` in the mapping, such as 'cp1252'"
    return f"byte 0x{ord(odd.group()) - 0xDC00:02X} is not text in the stated encoding: {hint}"


@attrs.frozen
class Sheet:
    """Columns and rows of text."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[int, Sequence[str]]]


@attrs.frozen(kw_only=True)
class Wanted:
    """Which columns a mapping reads of a sheet, and which it leaves out knowingly."""

    columns: tuple[str, ...]
    ignore: tuple[str, ...] = ()

    def check(self, columns: Sequence[str], tally: Tally, row: int = 1) -> bool:
        """Tell what is missing and what nobody mentioned; whether all that is needed is there."""
        missing = [name for name in self.columns if name not in columns]
        spare = [name for name in columns if name not in self.columns]
        for name in missing:
            hint = did_you_mean(name, spare) or f": it has {', '.join(columns[:12])}"
            tally.error("missing-column", f"there is no column {name!r}{hint}", tally.origin(row, name))
        twice = sorted({name for name in self.columns if list(columns).count(name) > 1})
        for name in twice:
            message = f"{list(columns).count(name)} columns are named {name!r}: rename all but one"
            tally.error("duplicate-column", message, tally.origin(row, name))
        self.mention(spare, missing, tally, row)
        return not missing and not twice

    def mention(self, spare: Sequence[str], missing: Sequence[str], tally: Tally, row: int = 1) -> None:
        """Tell of columns that the mapping neither reads nor ignores."""
        for name in dict.fromkeys(spare):
            if name and not any(matches(pattern, name) for pattern in self.ignore):
                hint = did_you_mean(name, missing) or ": map it, make it a trait, or list it in `ignore`"
                message = f"the column {name!r} is not in the mapping{hint}"
                tally.warning("unknown-column", message, tally.origin(row, name))


def matches(pattern: str, name: str) -> bool:
    """Whether a glob fits a name."""
    return fnmatchcase(name.casefold(), pattern.casefold())
