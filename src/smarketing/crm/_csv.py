"""CSV as the world writes it: which line a row is on, and where the good rows go on after a bad one.

`csv.reader` is strict here, so a stray quote is an error at once and not a cell that swallows the rest of the
file. After such an error reading goes back to the line after the one on which the row began, so that only
that line is lost. A row is numbered by the line on which it begins, as an editor counts.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from smarketing.crm._mapping import Conventions
from smarketing.crm._sheet import ODD, Sheet, Wanted, undecoded
from smarketing.crm._tally import Tally

_DELIMITERS = (",", ";", "\t", "|")


def csv_sheet(
    lines: Iterable[str], said: Conventions, wanted: Wanted, tally: Tally, *, careful: bool = True
) -> Sheet | None:
    """The sheet of a CSV text, or None where its header does not let it be read.

    Args:
        lines: The lines, with their ends.
        said: The conventions of the table.
        wanted: The columns that are needed.
        tally: Is told what is wrong.
        careful: Whether characters that no cell should hold may be there at all, and are looked for.
    """
    source = _Lines(lines)
    while (head := source.take()) is not None and not head.strip():
        pass
    if head is None:
        tally.error("empty-file", "the file is empty: there is not even a header", tally.origin(1))
        return None
    row = source.number
    if head.startswith("\ufeff"):
        head = head.removeprefix("\ufeff")
    delimiter = said.delimiter or _fitting(head, wanted)
    source.back([head])
    header = _Records(source, delimiter, said.max_cell, tally).next_record()
    if header is None:
        message = "the header cannot be read: a quote in it is not closed"
        tally.error("bad-header", message, tally.origin(row))
        return None
    columns = tuple(name.strip() for name in header)
    if not wanted.check(columns, tally, row):
        return None
    rows = _Records(source, delimiter, said.max_cell, tally)
    return Sheet(columns, _rows(rows, columns, tally, careful=careful))


def _fitting(head: str, wanted: Wanted) -> str:
    """The delimiter that finds most of the wanted columns; a comma where none does better."""

    def found(delimiter: str) -> int:
        names = {name.strip() for name in next(csv.reader([head], delimiter=delimiter), [])}
        return len(names.intersection(wanted.columns))

    return max(_DELIMITERS, key=found)


class _Lines:
    """Lines that can be given back, and the number of the last one taken."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._given_back: deque[str] = deque()
        self.number = 0

    def take(self) -> str | None:
        """The next line, or None at the end."""
        line = self._given_back.popleft() if self._given_back else next(self._lines, None)
        if line is not None:
            self.number += 1
        return line

    def back(self, lines: Sequence[str]) -> None:
        """Give lines back, which are then taken again."""
        self._given_back.extendleft(reversed(lines))
        self.number -= len(lines)


class _TooLongError(Exception):
    """A quoted cell goes on for longer than any cell may."""


class _Records:
    """Records of cells; one that cannot be read costs the line on which it begins, and no other."""

    def __init__(self, source: _Lines, delimiter: str, max_cell: int, tally: Tally) -> None:
        self._source = source
        self._delimiter = delimiter
        self.max_cell = max_cell
        self._tally = tally
        self._taken: list[str] = []
        self._length = 0
        self._reader = self._fresh()
        self.row = 0

    def is_long(self) -> bool:
        """Whether the last record may hold a cell that is too long."""
        return len(self._taken[0]) > self.max_cell

    def _fresh(self) -> Iterator[list[str]]:
        return csv.reader(self._take(), delimiter=self._delimiter, strict=True)

    def _take(self) -> Iterator[str]:
        taken, source = self._taken, self._source
        while (line := source.take()) is not None:
            taken.append(line)
            if len(taken) > 1:
                self._length += len(line)
                if self._length > self.max_cell:
                    raise _TooLongError
            yield line

    def next_record(self) -> list[str] | None:
        """The next record, or None at the end; unreadable ones are told and left out."""
        while True:
            self._taken.clear()
            self._length = 0
            try:
                cells = next(self._reader, None)
            except csv.Error as error:
                cells = self._rescued(str(error))
            except _TooLongError:
                cells = self._rescued(f"it is not closed within {self.max_cell:,} characters")
            if cells is None and not self._taken:
                return None
            self.row = self._source.number - len(self._taken) + 1
            if cells is not None:
                return cells

    def _rescued(self, why: str) -> list[str] | None:
        """Read a record whose length alone is at fault; of any other, give back all but its first line."""
        first = self._taken[0]
        self._reader = self._fresh()
        if "field larger" in why and len(self._taken) == 1 and (cells := _split(first, self._delimiter)):
            return cells
        self._source.back(self._taken[1:])
        del self._taken[1:]
        reason = "one that opens here is not closed" if "unexpected end" in why else why
        self._tally.refuse("bad-quotes", f"the quotes of the row do not match: {reason}", self._source.number)
        return None

    def retreat(self) -> None:
        """Give back the lines of the last record, but its first."""
        self._source.back(self._taken[1:])
        del self._taken[1:]
        self._reader = self._fresh()


def _split(line: str, delimiter: str) -> list[str] | None:
    """The cells of one line of any length; the limit of `csv` is the whole process's, not ours to change."""
    mark = re.escape(delimiter)
    cell = re.compile(rf'(?:"((?:[^"]|"")*)"|([^"{mark}][^{mark}]*|))({mark}|$)')
    text, cells, at = line.rstrip("\r\n"), list[str](), 0
    while match := cell.match(text, at):
        quoted, plain, end = match.groups()
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        at = match.end()
        if not end:
            return cells
    return None


def _rows(
    records: _Records, columns: Sequence[str], tally: Tally, *, careful: bool
) -> Iterator[tuple[int, Sequence[str]]]:
    width = len(columns)
    header = list(columns)
    next_record = records.next_record
    while (cells := next_record()) is not None:
        row = records.row
        if len(cells) != width:
            if not any(map(str.strip, cells)):
                if len(cells) > 1:
                    tally.skip("blank-row", "the row has no cell with anything in it", row)
                continue
            if len(cells) > width and not any(map(str.strip, cells[width:])):
                cells = cells[:width]
            else:
                records.retreat()
                tally.refuse(*_ragged(len(cells), width), row)
                continue
        elif cells[0].strip() == header[0] and [cell.strip() for cell in cells] == header:
            tally.skip("repeated-header", "the header stands here again", row)
            continue
        if (careful or records.is_long()) and not _checked(cells, columns, row, records.max_cell, tally):
            continue
        yield row, cells


def _ragged(found: int, width: int) -> tuple[str, str]:
    cells = f"{found} cell{'s' * (found != 1)}"
    if found < width:
        return "short-row", f"the row has {cells} and the header {width}: some are missing"
    return "long-row", f"the row has {cells} and the header {width}: quote cells that hold a delimiter"


def _checked(cells: list[str], columns: Sequence[str], row: int, max_cell: int, tally: Tally) -> bool:
    """Take out what no cell can hold; whether the row is text in the stated encoding."""
    for at, cell in enumerate(cells):
        if len(cell) > max_cell:
            message = (
                f"the cell holds {len(cell):,} characters and may hold {max_cell:,}: it was read as blank"
            )
            tally.error("huge-cell", message, tally.origin(row, columns[at]))
            cells[at] = ""
        elif ODD.search(cell) is not None:
            if (byte := undecoded(cell)) is not None:
                tally.refuse("wrong-encoding", byte, row, columns[at])
                return False
            message = "the cell holds control characters (NUL and the like), which were taken out"
            tally.warning("control-characters", message, tally.origin(row, columns[at]))
            cells[at] = ODD.sub("", cell)
    return True
