"""The command line: a thin face over the library, for whoever wants a page before writing code.

Reading, checking and reviewing are one call each below; here they only get file names and print sentences.
Faults in data are printed and counted, and change the exit status of `check` alone; faults in terms, files
and names end the command with one clear message and status 2.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from smarketing.cli._keep import add_commands, append, opened, store_option
from smarketing.cli._say import deliver, say, spare
from smarketing.errors import SmarketingError, UnknownNameError, UnreadableFileError
from smarketing.origin import Severity

if TYPE_CHECKING:
    from smarketing.crm import CrmMapping
    from smarketing.dataset import Dataset
    from smarketing.origin import Problem

__all__ = ["main"]

_RENDERERS = {
    ".html": "html",
    ".htm": "html",
    ".md": "markdown",
    ".txt": "text",
    ".vl.json": "vegalite",
    ".json": "json",
}
_BACKENDS = ("polars", "duckdb", "pandas", "pyarrow")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: As on the command line, without the program's name; by default those of the process.

    Returns:
        The exit status: 0 done, 1 `check` found errors, 2 the command could not be carried out; 130 it was
        interrupted, 141 nobody read on.
    """
    options = _parser().parse_args(arguments)
    try:
        status = int(options.run(options))
        sys.stdout.flush()
    except SmarketingError as error:
        return _refused(str(error))
    except BrokenPipeError:  # such as `| head`: the rest of the output goes nowhere, without a word
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        return _refused(f"{name}{error.strerror or error}")
    except KeyboardInterrupt:
        return 130
    return status


def _refused(message: str) -> int:
    print(f"smarketing: {message}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="smarketing", description="Sales and marketing aligned around one goal."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    review = commands.add_parser("review", help="review an export, or a store, against the agreement")
    _reading_options(review, agreement_required=True, files="*")
    store_option(review, required=False)
    review.add_argument("--as-of", metavar="DATE", help="what was known before this day or instant")
    review.add_argument(
        "--period", help="the cohorts to review: 2026, 2026-Q3, 2026-10, 2026-01-01/2026-03-01"
    )
    review.add_argument(
        "--out", type=Path, metavar="FILE", help="write the page here (.html, .md, .txt, .json)"
    )
    review.add_argument("--language", help="of the page; by default the agreement's first")
    review.add_argument("--backend", choices=_BACKENDS, help="by default the first that is installed")
    review.set_defaults(run=_review)

    check = commands.add_parser("check", help="list what is wrong in an export; status 1 if there are errors")
    _reading_options(check, agreement_required=False)
    check.add_argument("--strict", action="store_true", help="warnings count as errors")
    check.set_defaults(run=_check)

    ingest = commands.add_parser("ingest", help="keep an export's facts in a store, each once")
    _reading_options(ingest, agreement_required=None)
    store_option(ingest, required=True)
    ingest.set_defaults(run=_ingest)
    add_commands(commands)

    draft = commands.add_parser("draft-mapping", help="propose a mapping from files, with doubts as comments")
    draft.add_argument("files", nargs="+", type=Path, metavar="FILE")
    draft.add_argument("--out", type=Path, metavar="FILE", help="write it here instead of printing it")
    draft.set_defaults(run=_draft_mapping)

    init = commands.add_parser("init", help="write a commented agreement to start from")
    init.add_argument("--company", default="Our company")
    init.add_argument("--zone", default="UTC", help="time zone, such as Europe/Madrid")
    init.add_argument("--currency", default="EUR", help="ISO 4217 code")
    init.add_argument("--language", default="en", choices=("en", "es"))
    init.add_argument("--out", type=Path, metavar="FILE", help="write it here instead of printing it")
    init.set_defaults(run=_init)

    example = commands.add_parser("example", help="write an example company to try everything on")
    example.add_argument("folder", type=Path, metavar="FOLDER")
    example.add_argument("--leads", type=_count, default=5_000, help="how many (default: %(default)s)")
    example.add_argument("--seed", type=int, default=1, help="another seed draws another company")
    example.set_defaults(run=_example)
    return parser


def _count(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than one")
    return number


def _reading_options(
    parser: argparse.ArgumentParser, *, agreement_required: bool | None, files: str = "+"
) -> None:
    parser.add_argument("files", nargs=files, type=Path, metavar="FILE", help="CSV or JSON Lines")
    parser.add_argument(
        "--mapping",
        type=Path,
        required=files == "+",
        metavar="M.toml",
        help="what the columns mean: a file, or the name of an installed one",
    )
    if agreement_required is not None:
        parser.add_argument(
            "--agreement", type=Path, required=agreement_required, metavar="A.toml", help="the terms"
        )


def _review(options: argparse.Namespace) -> int:
    from smarketing.agreement import load_agreement
    from smarketing.dataset import Dataset
    from smarketing.frames import Frames
    from smarketing.renderers import render
    from smarketing.review import check_agreed, review_period

    renderer = _renderer_for(options.out) if options.out else None
    agreement = load_agreement(options.agreement)
    words = agreement.words(options.language)
    as_of = agreement.as_of(options.as_of) if options.as_of else None
    period = agreement.period(options.period) if options.period else None
    backend = options.backend or _installed_backend()
    if not options.files and not options.store:
        raise UnreadableFileError("there is nothing to review: name the files of an export, or a --store")
    dataset = _read(options) if options.files else Dataset()
    moments = [export.exported_at for export in dataset.exports if export.exported_at]
    if options.store:
        with opened(options.store, to_write=bool(options.files)) as store:
            if options.files:
                append(store, dataset)
            frames = Frames.from_store(store, backend=backend)
    else:
        frames = Frames.from_dataset(dataset.facts, backend=backend)
    review = review_period(
        frames,
        agreement,
        period=period,
        as_of=as_of or max(moments, default=None),
        problems=[*_problems(dataset), *check_agreed(dataset, agreement)],
        readings=dataset.readings,
    )
    if renderer:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_bytes(bytes(render(review.to_report(words), renderer)))
    for line in str(render(review.to_digest(words), "text").content).splitlines():
        say(line)
    say("")
    say(
        f"The whole page is {options.out.resolve()}"
        if renderer
        else "--out review.html writes the whole page."
    )
    return 0


def _check(options: argparse.Namespace) -> int:
    from smarketing.agreement import load_agreement
    from smarketing.review import check_agreed

    agreement = load_agreement(options.agreement) if options.agreement else None
    dataset = _read(options)
    problems = [*_problems(dataset), *(check_agreed(dataset, agreement) if agreement else ())]
    for problem in problems:
        say(str(problem))
    counts = Counter(problem.severity for problem in problems)
    rows = sum(reading.rows_count for reading in dataset.readings)
    say(
        f"{rows:,} rows read, {len(dataset.facts):,} facts; "
        f"errors: {counts[Severity.ERROR]}, warnings: {counts[Severity.WARNING]}"
    )
    return 1 if counts[Severity.ERROR] or (options.strict and problems) else 0


def _ingest(options: argparse.Namespace) -> int:
    dataset = _read(options)
    problems = _problems(dataset)
    with opened(options.store, to_write=True) as store:
        append(store, dataset)
    if problems:
        say(f"{len(problems)} problems were met: `smarketing check` lists them")
    return 0


def _draft_mapping(options: argparse.Namespace) -> int:
    from smarketing.crm import draft_mapping

    return deliver(draft_mapping(options.files), options.out)


def _init(options: argparse.Namespace) -> int:
    from smarketing.agreement import load_agreement, starter_agreement

    text = starter_agreement(
        company=options.company, zone=options.zone, currency=options.currency, language=options.language
    )
    load_agreement(text)  # a zone or currency that does not exist is refused now, not on first use
    return deliver(text, options.out)


def _example(options: argparse.Namespace) -> int:
    from smarketing.testing import example_company, write_example

    company = example_company(seed=options.seed, leads=options.leads)
    for name, text in (
        ("mapping.toml", company.mapping_toml()),
        ("agreement.toml", company.agreement_toml()),
    ):
        spare(options.folder / name, unless=text)
    write_example(options.folder, seed=options.seed, leads=options.leads)
    say(f"An example company with {company.leads:,} leads is in {options.folder.resolve()}")
    return 0


def _read(options: argparse.Namespace) -> Dataset:
    from smarketing.crm import read_files

    if options.mapping is None:
        raise UnreadableFileError("files need a --mapping, which says what their columns mean")
    return read_files(options.files, _mapping(options.mapping))


def _mapping(named: Path) -> CrmMapping:
    """The mapping in a file or, for a bare word that is no file, the one that a package declares."""
    from smarketing.crm import CrmMapping, load_mapping
    from smarketing.plugins import find

    name = str(named)
    if named.exists() or named.name != name or named.suffix:
        return load_mapping(named)
    try:
        found = find("mappings", name)
    except UnknownNameError as error:
        raise UnknownNameError(f"there is no file {name}, and {error}") from None
    if not isinstance(found, CrmMapping):
        raise UnknownNameError(f"the mapping {name!r} that is installed is no CrmMapping: {found!r}")
    return found


def _problems(dataset: Dataset) -> tuple[Problem, ...]:
    from smarketing.dataset import check_dataset

    return (*dataset.problems, *check_dataset(dataset))


def _renderer_for(out: Path) -> str:
    for ending, renderer in _RENDERERS.items():
        if out.name.lower().endswith(ending):
            return renderer
    raise UnreadableFileError(f"{out}: a page ends in one of {', '.join(_RENDERERS)}")


def _installed_backend() -> str:
    """The first engine that is there; Polars' own sentence says how to get one where none is."""
    return next(filter(_is_installed, _BACKENDS), _BACKENDS[0])


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ImportError:
        return False
