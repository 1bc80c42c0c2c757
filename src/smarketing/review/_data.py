"""What was read, and what is wrong in it: figures are as good as the rows that they stand on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from smarketing.dataset import Reading
from smarketing.document import Block, Column, Note, Section, Table, Tone
from smarketing.language import N_, Words
from smarketing.origin import Problem, Severity

__all__ = ["data_section"]

_MOST_PROBLEMS = 8
"""How many problems of one kind the page shows; it says how many there are."""

_SEVERITIES = {Severity.ERROR: N_("Error"), Severity.WARNING: N_("Warning")}


def data_section(readings: Sequence[Reading], problems: Sequence[Problem], words: Words) -> Section:
    """The account of the rows, then the problems: how many of each kind, and the first of them."""
    title = words("The data")
    blocks: list[Block] = [_readings_table(readings, words)] if readings else []
    if not problems:
        return Section(title, [*blocks, Note(words("No problem was found in the data."))])
    tone = Tone.PROBLEM if any(each.severity is Severity.ERROR for each in problems) else Tone.WARNING
    advice = Note(words("Mend these first: every figure on this page stands on them."), tone)
    return Section(title, [*blocks, advice, _counts_table(problems, words), _first_table(problems, words)])


def _counts_table(problems: Sequence[Problem], words: Words) -> Table:
    codes = Counter((problem.severity, problem.code) for problem in problems)
    return Table(
        [Column(words("Problem")), Column(words("Severity")), Column(words("Count"), "count")],
        [(code, words(_SEVERITIES[severity]), count) for (severity, code), count in sorted(codes.items())],
        caption=words("Problems by kind"),
    )


def _first_table(problems: Sequence[Problem], words: Words) -> Table:
    rows: list[tuple[str, str, str]] = []
    told: Counter[str] = Counter()
    for problem in sorted(problems, key=_order):
        told[problem.code] += 1
        if told[problem.code] <= _MOST_PROBLEMS:
            rows.append((problem.code, str(problem.origin), problem.message))
    return Table(
        [Column(words("Problem")), Column(words("Where")), Column(words("What is wrong"))],
        rows,
        caption=words("Problems, the first of each kind"),
        note=words("`smarketing check` lists them all."),
    )


def _order(problem: Problem) -> tuple[object, ...]:
    """Errors first, each kind together, by place."""
    origin = problem.origin
    row = -1 if origin.row is None else origin.row
    return problem.severity, problem.code, origin.file or "", row, str(origin), problem.message


def _readings_table(readings: Sequence[Reading], words: Words) -> Table:
    rows = [
        (
            reading.file,
            reading.rows_count,
            reading.gave_count,
            reading.joined_count,
            reading.excluded_count,
            reading.refused_count,
        )
        for reading in readings
    ]
    return Table(
        [
            Column(words("File")),
            Column(words("Rows"), "count"),
            Column(words("Gave facts"), "count"),
            Column(words("Looked up"), "count"),
            Column(words("Left out by the mapping"), "count"),
            Column(words("Refused"), "count"),
        ],
        rows,
        caption=words("Every row that was read"),
    )
