"""What every mapping promises, as a class of tests that any mapping and a sample of its export are handed to.

Subclass it, say which mapping and which files, and any test runner that knows classes of `test_…` methods
runs it. The sample is best a real export cut down to some dozens of rows: each kind of row once, the odd ones
too, with what is odd about them stated in `problems`.

    class TestOurCrm(MappingContract):
        problems = {"bad-date": 1}

        def make_mapping(self):
            return load_mapping("our_crm.toml")

        def sample_files(self):
            return sorted(Path("sample").glob("*.csv"))
"""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from smarketing.crm import CrmMapping, read_files
from smarketing.dataset import check_dataset
from smarketing.serialize import FACT_TAGS

if TYPE_CHECKING:
    from smarketing.dataset import Dataset
    from smarketing.origin import Problem

__all__ = ["MappingContract"]

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_SHOWN = 10


class MappingContract:
    """The promises of a mapping. Subclass it and override `make_mapping` and `sample_files`.

    Attributes:
        problems: The problems that reading the sample ends with, by code, and how many of each; those of
            `read_files` and of `check_dataset` together.
    """

    problems: ClassVar[Mapping[str, int]] = MappingProxyType({})

    def make_mapping(self) -> CrmMapping:
        """The mapping."""
        raise NotImplementedError("override make_mapping: return the mapping that is to be tested")

    def sample_files(self) -> Sequence[Path]:
        """The files of the sample."""
        raise NotImplementedError("override sample_files: return the files of a small export")

    def test_it_is_a_mapping(self) -> None:
        """A value of the library's own class, which has checked itself when it was made."""
        mapping = self.make_mapping()
        _require(isinstance(mapping, CrmMapping), f"this is no CrmMapping but {type(mapping).__name__}")

    def test_every_row_is_accounted_for(self) -> None:
        """Each file is read, each of its rows is counted, and each row that gave nothing is explained."""
        dataset = self._read()
        for path in self.sample_files():
            readings = [reading for reading in dataset.readings if reading.file == path.name]
            _require(len(readings) == 1, f"{path.name} was read {len(readings)} times, not once")
            rows_count = len(_rows(path)[1])
            read_count = readings[0].rows_count
            _require(
                rows_count == read_count, f"{path.name} has {rows_count} rows, and {read_count} were read"
            )
            told = {problem.origin.row for problem in dataset.problems if problem.origin.file == path.name}
            refused_count = readings[0].refused_count
            _require(
                refused_count <= len(told),
                f"{path.name}: {refused_count} rows gave nothing, and problems tell of {len(told)}",
            )

    def test_the_sample_shows_all_that_is_mapped(self) -> None:
        """Each kind of fact that a table tells is told by a row of the sample."""
        told = {(reading.table, kind) for reading in self._read().readings for kind in reading.facts_count}
        wanted = [(table.name, fact.kind) for table in self.make_mapping().tables for fact in table.facts]
        lost = [f"{kind} of {table}" for table, kind in wanted if (table, _name_of(kind)) not in told]
        _require(not lost, f"no row of the sample tells these: {', '.join(lost)}")

    def test_there_are_no_problems_but_those_stated(self) -> None:
        """A column that nobody mentioned, a word that no list knows, a deal without its lead: all is told."""
        found = _problems(self._read())
        counts = Counter(problem.code for problem in found)
        odd = {code for code in {*counts, *self.problems} if counts[code] != self.problems.get(code, 0)}
        lines = [str(problem) for problem in found if problem.code in odd]
        stated = f"the sample has the problems {dict(sorted(counts.items()))}, not those stated:"
        rest = ["…"] if len(lines) > _SHOWN else []
        _require(not odd, "\n  - ".join([stated, *lines[:_SHOWN], *rest]))

    def test_reading_twice_adds_nothing(self) -> None:
        """The same export gives the same facts, with the same ids."""
        once, twice = self._read(), self._read() + self._read()
        _require(once.facts == twice.facts, "a second reading gave other facts")
        _require(_ids(once) == _ids(twice), "a second reading gave other ids")

    def test_the_order_of_rows_and_files_makes_no_difference(self) -> None:
        """A CRM lists its records in an order of its own, which may be another tomorrow."""
        expected = self._read()
        random = Random(0)  # noqa: S311 -- no secret
        with TemporaryDirectory() as folder:
            mixed = [_mixed(path, Path(folder), random) for path in self.sample_files()]
            found = read_files(mixed[::-1], self.make_mapping())
        lost, added = _ids(expected) - _ids(found), _ids(found) - _ids(expected)
        said = f"with the rows in another order, {len(lost)} facts are lost and {len(added)} are new"
        _require(not lost and not added, said)
        codes = [Counter(problem.code for problem in dataset.problems) for dataset in (expected, found)]
        _require(codes[0] == codes[1], f"with the rows in another order, there are other problems: {codes}")

    def _read(self) -> Dataset:
        return read_files(self.sample_files(), self.make_mapping())


def _problems(dataset: Dataset) -> list[Problem]:
    return [*dataset.problems, *check_dataset(dataset)]


def _name_of(kind: str) -> str:
    return FACT_TAGS[kind].__name__


def _ids(dataset: Dataset) -> set[str]:
    return {fact.id for fact in dataset.facts}


def _mixed(path: Path, folder: Path, random: Random) -> Path:
    """A copy of a file with its rows in another order."""
    head, rows = _rows(path)
    random.shuffle(rows)
    text = "".join(line if line.endswith("\n") else f"{line}\n" for line in [*head, *rows])
    data = text.encode(_encoding(_bytes(path)))
    copy = folder / path.name
    copy.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return copy


def _rows(path: Path) -> tuple[list[str], list[str]]:
    """The header of a file, if it has one, and its rows as they stand there, blank lines left out."""
    data = _bytes(path)
    text = data.decode(_encoding(data))
    lines = [line for line in re.findall(r"[^\n]*\n|[^\n]+", text) if line.strip()]
    if path.name.removesuffix(".gz").endswith((".jsonl", ".ndjson")):
        return [], lines
    records = list(_records(lines))
    return records[:1], records[1:]


def _bytes(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _encoding(data: bytes) -> str:
    """Latin-1 gives every byte a character and back, so that the true encoding need not be known."""
    return "utf-16" if data.startswith(_UTF_16) else "latin-1"


def _records(lines: Iterable[str]) -> Iterator[str]:
    """Lines put together where a quoted cell goes on."""
    record = ""
    for line in lines:
        record += line
        if record.count('"') % 2 == 0:
            yield record
            record = ""
    if record:
        yield record


def _require(holds: object, sentence: str) -> None:
    if not holds:
        raise AssertionError(sentence)
