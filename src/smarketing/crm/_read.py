"""Reading an export with its mapping: rows in, a dataset out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from operator import itemgetter
from pathlib import Path

import attrs

from smarketing.crm._collector import collection_put_off
from smarketing.crm._compile import Compiler
from smarketing.crm._csv import csv_sheet
from smarketing.crm._files import Assigned, assign, is_json_lines, open_text, survey
from smarketing.crm._jsonl import jsonl_sheet, objects_sheet
from smarketing.crm._lookups import Joined, lookup_wanted, missing_lookup, read_lookup
from smarketing.crm._mapping import Conventions, CrmMapping, Lookup, TableMapping
from smarketing.crm._sheet import Sheet, Wanted
from smarketing.crm._tally import Tally
from smarketing.dataset import Dataset, Export
from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.facts import Fact
from smarketing.origin import Origin, Problem, Severity

Progress = Callable[[str, int], None]
"""Is called with the name of a file and the number of rows read of it so far."""

_EVERY = 10_000


def read_files(
    paths: Iterable[str | Path],
    mapping: CrmMapping,
    *,
    loaded_at: datetime | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Read CSV and JSON Lines files (`.jsonl`, `.ndjson`; either may be `.gz`).

    The order of the paths does not matter. A file is assigned to its table by its name. What is wrong in a
    file becomes a problem of the dataset and the good rows are read: an error for each value or row that was
    lost, and one warning for each distinct doubtful value of a column, with the number of its rows.

    Args:
        paths: The files, each fitting one table of the mapping, or a lookup, or both.
        mapping: What their columns mean.
        loaded_at: When they are read, if that is to be kept; it is no part of any fact's identity.
        progress: Called now and then with a file's name and the rows read of it.

    Raises:
        UnreadableFileError: With every path that cannot be opened, and every file that no table or two claim.
    """
    files = assign(paths, mapping)
    tallies: list[Tally] = []
    lookups = _lookups(files, mapping, tallies)
    facts: list[Fact] = []
    for file in files:
        if file.table is None:
            continue
        table, said = file.table, file.table.conventions or mapping.conventions
        tally = Tally(system=mapping.system, table=table.name, file=file.path.name)
        tallies.append(tally)
        wanted = _wanted(table, file.lookups, mapping)
        with _sheet(file.path, said, wanted, tally) as sheet:
            if sheet is not None:
                compiler = Compiler(
                    table=table,
                    said=said,
                    columns=sheet.columns,
                    lookups=lookups,
                    tally=tally,
                    loaded_at=loaded_at,
                )
                with nullcontext() if progress else collection_put_off():
                    facts.extend(_facts(compiler, sheet, progress))
    with collection_put_off():
        return _dataset(facts, tallies, mapping)


def read_rows(
    rows: Iterable[Mapping[str, object]],
    mapping: CrmMapping,
    *,
    table: str | None = None,
    loaded_at: datetime | None = None,
) -> Dataset:
    """Read rows that are already in memory, as an API or a dataframe gives them.

    Values may be text, whole numbers, decimals, floats (read as the shortest decimal that they print as; NaN
    is blank), flags, dates and times; rows are numbered from 1. Lookups are not read, so what they would say
    stays unknown.

    Args:
        rows: The rows.
        mapping: What their names mean.
        table: Which of the mapping's tables they are; needed where it has several.
        loaded_at: When they are read, if that is to be kept.

    Raises:
        UnknownNameError: The mapping has no such table, or several and none is named.

    Example:
        >>> from smarketing.crm import load_mapping
        >>> from smarketing.facts import Lead
        >>> mapping = load_mapping('''
        ... system = "shop"
        ... zone = "UTC"
        ... [[tables]]
        ... name = "contacts"
        ... record = "id"
        ... lead = { lead_id = "id", occurred_at = "created" }
        ... ''')
        >>> dataset = read_rows([{"id": 7, "created": "2026-01-05"}, {"id": 8, "created": "5/1"}], mapping)
        >>> [lead.lead_id for lead in dataset.of(Lead)]
        ['7']
        >>> print(dataset.problems[0])
        error: line 2, created (contacts 8): '5/1' is not a date such as 2018-02-26: state its `format` ...
    """
    chosen = _table(mapping, table)
    said = chosen.conventions or mapping.conventions
    tally = Tally(system=mapping.system, table=chosen.name)
    sheet = objects_sheet(enumerate(rows, 1), said, _wanted(chosen, (), mapping), tally)
    absent = {lookup.name: Joined(lookup.name, None, lookup.words) for lookup in mapping.lookups}
    compiler = Compiler(
        table=chosen, said=said, columns=sheet.columns, lookups=absent, tally=tally, loaded_at=loaded_at
    )
    return _dataset(_facts(compiler, sheet, None), [tally], mapping)


def _table(mapping: CrmMapping, name: str | None) -> TableMapping:
    names = [table.name for table in mapping.tables]
    if name is None and len(names) == 1:
        return mapping.tables[0]
    if name not in names:
        hint = did_you_mean(name, names) if name else f": say which, {' or '.join(map(repr, names))}"
        what = f"the mapping has no table {name!r}" if name else "the mapping has several tables"
        raise UnknownNameError(what + hint)
    return mapping.tables[names.index(name)]


def _wanted(table: TableMapping, lookups: Sequence[Lookup], mapping: CrmMapping) -> Wanted:
    """The columns of a table, and those that lookups in the same file take."""
    columns = dict.fromkeys(table.columns)
    ignore = list(table.ignore)
    for lookup in lookups:
        wanted = lookup_wanted(mapping, lookup)
        columns.update(dict.fromkeys(wanted.columns))
        ignore.extend(wanted.ignore)
    return Wanted(columns=tuple(columns), ignore=tuple(ignore))


@contextmanager
def _sheet(path: Path, said: Conventions, wanted: Wanted, tally: Tally) -> Iterator[Sheet | None]:
    """The sheet of a file while it is open, or None where it has none that can be read."""
    looked = survey(path, said)
    if looked.code:
        tally.error(looked.code, looked.message, tally.origin(1))
        yield None
        return
    with open_text(path, said) as stream:
        if is_json_lines(path):
            yield jsonl_sheet(stream, said, wanted, tally)
        else:
            yield csv_sheet(stream, said, wanted, tally, careful=not looked.is_clean)


def _lookups(files: Sequence[Assigned], mapping: CrmMapping, tallies: list[Tally]) -> dict[str, Joined]:
    """Read all lookups. A file that is also a table is accounted for there, and here only joined."""
    joined: dict[str, Joined] = {}
    for lookup in mapping.lookups:
        said = lookup.conventions or mapping.conventions
        rows: dict[str, dict[str, str]] = {}
        for file in (file for file in files if lookup in file.lookups):
            tally = Tally(system=mapping.system, table=lookup.name, file=file.path.name)
            with _sheet(file.path, said, lookup_wanted(mapping, lookup), tally) as sheet:
                if sheet is not None:
                    rows = {**read_lookup(lookup, sheet, said, tally), **rows}
            if file.table is None:
                tallies.append(tally)
        is_needed = any(lookup.name in file.table.lookups for file in files if file.table is not None)
        if is_needed and not any(lookup in file.lookups for file in files):
            tallies.append(missing_lookup(lookup, mapping.system))
        joined[lookup.name] = Joined(lookup.name, rows or None, lookup.words)
    return joined


def _facts(compiler: Compiler, sheet: Sheet, progress: Progress | None) -> list[Fact]:
    """All facts of a sheet; each row ends in exactly one account of the tally."""
    tally = compiler.tally
    makers = compiler.makers()
    blank = {"", *compiler.said.blank}
    record_of = _record_reader(compiler)
    facts: list[Fact] = []
    counts = tally.facts_count
    system, table, file = tally.system, tally.table, tally.file or None
    for row, texts in _watched(sheet.rows, tally.file, progress):
        cells = [None if (text := raw.strip()) in blank else text for raw in texts]
        record = record_of(cells)
        if record is None:
            if any(cells):
                label = " + ".join(compiler.table.record)
                tally.refuse("blank-id", f"{label} is blank, so the record has no id", row, label)
            else:
                tally.skip("blank-row", "the row has no cell with anything in it", row)
            continue
        tally.rows_count += 1
        asked = gave = False
        origin = Origin(system=system, table=table, record=record, file=file, row=row)
        for kind, condition, make in makers:
            if condition is None or condition(cells):
                asked = True
                if (fact := make(cells, origin)) is not None:
                    facts.append(fact)
                    counts[kind] += 1
                    gave = True
        if gave:
            tally.gave_count += 1
        elif asked:
            tally.refused_count += 1
        else:
            tally.excluded_count += 1
    if not tally.rows_count and not tally.errors_count:
        tally.warning("no-rows", "there is a header and no row under it", tally.origin(1))
    return facts


def _watched(
    rows: Iterator[tuple[int, Sequence[str]]], file: str, progress: Progress | None
) -> Iterator[tuple[int, Sequence[str]]]:
    """The rows, while telling how many there were."""
    if progress is None:
        yield from rows
        return
    count = 0
    for count, row in enumerate(rows, 1):
        if count % _EVERY == 0:
            progress(file, count)
        yield row
    progress(file, count)


def _record_reader(compiler: Compiler) -> Callable[[Sequence[str | None]], str | None]:
    """The id of a row's record; None where it is blank, "" where the table has none."""
    places = [compiler.place(name) for name in compiler.table.record]
    if not places:
        return lambda cells: "" if any(cells) else None
    if len(places) == 1:
        return itemgetter(places[0])

    def joined(cells: Sequence[str | None]) -> str | None:
        parts = [cells[at] for at in places]
        return "|".join(part or "" for part in parts) if any(parts) else None

    return joined


def _dataset(facts: Sequence[Fact], tallies: Iterable[Tally], mapping: CrmMapping) -> Dataset:
    given = list(tallies)
    export = Export(
        system=mapping.system, zone=mapping.conventions.zone or "UTC", exported_at=mapping.exported_at
    )
    dataset = Dataset(
        facts=facts,
        problems=[problem for tally in given for problem in tally.told()],
        readings=[tally.reading() for tally in given if tally.file or tally.rows_count],
        exports=[export],
    )
    if len(dataset.facts) == len(facts):
        return dataset
    return attrs.evolve(dataset, problems=[*dataset.problems, *_repeats(facts)])


def _repeats(facts: Iterable[Fact]) -> Iterator[Problem]:
    """Rows that say again what another row said: they change nothing, and may be a slip of the export."""
    first: dict[str, Fact] = {}
    told: set[tuple[str | None, int | None]] = set()
    for fact in facts:
        known, origin = first.setdefault(fact.id, fact), fact.origin
        if known is fact or (origin.file, origin.row) in told:
            continue
        told.add((origin.file, origin.row))
        place = f"line {known.origin.row}" + (f" of {known.origin.file}" if known.origin.file else "")
        message = f"the row repeats {place}, and changes nothing"
        yield Problem(code="repeated-row", message=message, origin=origin, severity=Severity.WARNING)
