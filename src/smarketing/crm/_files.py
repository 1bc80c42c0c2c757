"""Files: which table each one is, and its lines as text.

A path that cannot be opened, or that no table claims, is the caller's mistake: one error names all of them
before anything is read. What is wrong *inside* a file is a problem, and the other files are read.
"""

from __future__ import annotations

import codecs
import gzip
import os
import zlib
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import BinaryIO, TextIO, cast

import attrs

from smarketing.crm._mapping import Conventions, CrmMapping, Lookup, TableMapping
from smarketing.crm._sheet import matches
from smarketing.errors import UnreadableFileError
from smarketing.origin import Origin, Problem

_JSON_LINES = (".jsonl", ".ndjson")
_BLOCK = 1 << 20
# Every byte but those of control characters that a text file has no use for.
_USUAL = bytes(byte for byte in range(256) if byte >= 32 and byte != 127) + b"\t\n\r"
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@attrs.frozen
class Assigned:
    """A file, the table that it is, and the lookups that it serves."""

    path: Path
    table: TableMapping | None
    lookups: tuple[Lookup, ...]


def assign(paths: Iterable[str | Path], mapping: CrmMapping) -> tuple[Assigned, ...]:
    """Which table each file is, sorted by name.

    Raises:
        UnreadableFileError: With every path that cannot be opened, and every file that no table or two claim.
    """
    assigned: list[Assigned] = []
    faults: list[Problem] = []
    for path in sorted({Path(path) for path in paths}, key=lambda path: (path.name, str(path))):
        name = path.name.removesuffix(".gz")
        if any(matches(pattern, name) for pattern in mapping.ignore):
            continue
        if (why := _unreadable(path)) is not None:
            faults.append(_fault(path, *why))
            continue
        tables = [one for one in mapping.tables if any(matches(pattern, name) for pattern in one.files)]
        lookups = tuple(
            one for one in mapping.lookups if any(matches(pattern, name) for pattern in one.files)
        )
        if len(tables) > 1:
            claims = " and ".join(repr(table.name) for table in tables)
            faults.append(
                _fault(path, "two-tables", f"the tables {claims} both claim it: narrow their `files`")
            )
        elif not tables and not lookups:
            claimed = [one.files for one in mapping.tables] + [one.files for one in mapping.lookups]
            known = ", ".join(pattern for patterns in claimed for pattern in patterns)
            message = (
                f"no table claims it (they claim {known}): add a pattern to `files`, or list it in `ignore`"
            )
            faults.append(_fault(path, "no-table", message))
        else:
            assigned.append(Assigned(path, tables[0] if tables else None, lookups))
    if faults:
        raise UnreadableFileError("these files cannot be read with the mapping", faults)
    return tuple(assigned)


def _unreadable(path: Path) -> tuple[str, str] | None:
    if path.is_dir():
        return "is-a-folder", "it is a folder: name the files in it"
    if not path.exists():
        return "no-such-file", "there is no such file"
    if not os.access(path, os.R_OK):
        return "not-allowed", "you are not allowed to read it"
    return None


def _fault(path: Path, code: str, message: str) -> Problem:
    return Problem(code=code, message=message, origin=Origin(file=str(path)))


def is_json_lines(path: Path) -> bool:
    """Whether a file is JSON Lines, by its name."""
    return path.name.removesuffix(".gz").endswith(_JSON_LINES)


@attrs.frozen
class Survey:
    """What a first look at the bytes of a file shows: whether all is text, or what to tell if none can be."""

    is_clean: bool
    code: str = ""
    message: str = ""


def survey(path: Path, said: Conventions) -> Survey:
    """Look for bytes that text does not have: a fast pass that spares every clean file a slow one."""
    encoding = codecs.lookup(said.encoding).name
    try:
        with _bytes(path) as stream:
            head = stream.read(4096)
            if head.startswith(b"PK\x03\x04"):
                return Survey(
                    is_clean=False,
                    code="not-text",
                    message="the file is a workbook or an archive: export it as CSV",
                )
            if encoding in {"utf-8", "utf-8-sig", "ascii"} and _looks_utf_16(head):
                hint = 'state encoding = "utf-16" in the mapping'
                return Survey(
                    is_clean=False, code="wrong-encoding", message=f"the file looks like UTF-16: {hint}"
                )
            blocks = chain([head], iter(lambda: stream.read(_BLOCK), b""))
            return Survey(is_clean=_is_clean(blocks, encoding))
    except UnicodeError:
        hint = "state another `encoding` in the mapping, such as 'utf-8'"
        return Survey(
            is_clean=False, code="wrong-encoding", message=f"the file is not {said.encoding}: {hint}"
        )
    except (OSError, EOFError, zlib.error) as error:
        return Survey(
            is_clean=False, code="damaged-file", message=f"the file cannot be read to its end ({error})"
        )


def _is_clean(blocks: Iterable[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    is_clean = True
    try:
        for block in blocks:
            decoder.decode(block)
            is_clean = is_clean and not block.translate(None, _USUAL)
        decoder.decode(b"", final=True)
    except UnicodeError:
        if _is_wide(encoding):
            raise
        return False
    return is_clean


def _is_wide(encoding: str) -> bool:
    """Whether a wrong byte spoils all that follows it."""
    return codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))


def _looks_utf_16(head: bytes) -> bool:
    return head.startswith(_UTF_16_MARKS) or (len(head) > 8 and head[:200].count(0) * 3 > len(head[:200]))


def _bytes(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def open_text(path: Path, said: Conventions) -> TextIO:
    """A file's text, with its line ends, and with undecodable bytes as halves of surrogates."""
    errors = (
        "strict" if said.encoding.casefold().startswith(("utf-16", "utf_16", "utf16")) else "surrogateescape"
    )
    if path.suffix == ".gz":
        return cast("TextIO", gzip.open(path, "rt", encoding=said.encoding, errors=errors, newline=""))
    return path.open(encoding=said.encoding, errors=errors, newline="")
