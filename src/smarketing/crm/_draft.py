"""Proposing a mapping from the files themselves: a first draft for a person to correct.

The draft is made of what headers and values say: which column names the row, which ones are dates and in what
format, which words are outcomes or stages, which columns refer to another file's ids. Wherever that leaves a
doubt, the draft takes the likelier reading and says so in a comment that begins with `# doubt:`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import attrs

from smarketing.crm._draft_look import FileLook, look_at
from smarketing.crm._draft_table import SOME_DAY, Draft, is_referred, key_of, kind_of, listed, quoted
from smarketing.crm._sheet import matches

_ORDER = ("lead", "deal", "account", "campaign")


def draft_mapping(paths: Iterable[str | Path]) -> str:
    r"""Propose a mapping for some files, as TOML with its doubts as comments.

    The text loads with `load_mapping` and reads the files that it was drafted from. It looks at the first
    50,000 rows of each file.

    Args:
        paths: CSV and JSON Lines files of one export.

    Raises:
        UnreadableFileError: A file cannot be opened, or is no text.

    Example:
        >>> import tempfile
        >>> from smarketing.crm import load_mapping
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "leads.csv")
        ...     _ = path.write_text("id,fecha de alta,correo\nL-1,31/12/2025,ana@example.com\n")
        ...     draft = draft_mapping([path])
        >>> load_mapping(draft).tables[0].columns
        ('id', 'fecha de alta', 'correo')
    """
    looks = [look_at(path) for path in sorted({Path(path) for path in paths}, key=lambda path: path.name)]
    files = _distinct(looks)
    lookups = [file for file in files if file.look.key is not None and is_referred(file, files)]
    factual = [file for file in files if file.is_factual or file not in lookups]
    lines: list[str] = []
    for file in lookups:
        lines += ["", "[[lookups]]", f"name = {quoted(file.name)}", f"files = {quoted(file.pattern)}"]
        lines.append(f"key = {quoted(key_of(file).name)}")
        if file not in factual:
            taken = {take for other in factual for _, _, take in other.joined(lookups)}
            spare = [one.name for one in file.look.columns if one.name not in {*taken, key_of(file).name}]
            lines += [f"ignore = {listed(spare)}"] if spare else []
        if file.look.encoding != "utf-8":
            lines.append(f"encoding = {quoted(file.look.encoding)}")
    for file in sorted(factual, key=lambda file: (_ORDER.index(file.kind), file.name)):
        lines += ["", *file.table(lookups, files)]
    return "\n".join([*_head(looks, lines), *lines]) + "\n"


def _distinct(looks: Sequence[FileLook]) -> list[Draft]:
    """One draft for each table: files that differ in a date or a number only are parts of one."""
    drafts: dict[tuple[str, tuple[str, ...]], Draft] = {}
    for look in looks:
        columns = tuple(column.name for column in look.columns)
        drafts.setdefault(
            (_stem(look.path), columns), Draft(look=look, kind=kind_of(look), name=_stem(look.path))
        )
    names = [name for name, _ in drafts]
    found = [
        draft if names.count(draft.name) == 1 else attrs.evolve(draft, name=_whole_stem(draft.look.path))
        for draft in drafts.values()
    ]
    others = {
        draft.name: [look.path for look in looks if _stem(look.path) != _stem(draft.look.path)]
        for draft in found
    }
    return [
        attrs.evolve(draft, is_exact=True)
        if draft.name != _stem(draft.look.path)
        or any(_fits_name(draft.pattern, path) for path in others[draft.name])
        else draft
        for draft in found
    ]


def _whole_stem(path: Path) -> str:
    return re.sub(r"\.(csv|jsonl|ndjson|tsv|txt|gz)", "", path.name)


def _stem(path: Path) -> str:
    """A file's name without what changes from export to export."""
    stem = _whole_stem(path)
    return re.sub(r"[_\W]*(as[_ ]?of|export)?[_\W]*\d[\d_\W]*$", "", stem) or stem


def _fits_name(pattern: str, path: Path) -> bool:
    return matches(pattern, path.name.removesuffix(".gz"))


def _head(looks: Sequence[FileLook], body: Sequence[str]) -> Iterator[str]:
    yield "# A first draft, made from headers and values. Correct what is marked as a doubt or is wrong."
    yield ""
    yield 'system = "crm"'
    dates = [one for look in looks for one in look.columns if one.formats]
    if not all(one.states_offset for one in dates) or any(SOME_DAY in line for line in body):
        yield '# doubt: the files do not say whose days these are; name the place, as in "Europe/Madrid"'
        yield 'zone = "UTC"'
    if any(
        {"amount_minor", "revenue_minor", "list_minor"} & set(one.meanings)
        for look in looks
        for one in look.columns
    ):
        yield "# doubt: amounts need a currency, and this one was not read anywhere"
        yield 'currency = "USD"'
    yield "# exported_at = 2026-01-01  # the day of the export: dates after it are slips"
