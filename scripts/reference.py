"""The reference pages, written while the site is built (a MkDocs hook): one per room, from its docstrings.

A room is a module of the package that declares `__all__`; a new room appears here by itself. Beside them
stand the data dictionary, from the schema; what each verb reads, from the verbs; and the command line, from
its own help. The pages exist only in the site, so that nobody edits them by hand and none is forgotten.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from columns_read import VERBS, example_frames, reads_of
from mkdocs.structure.files import File

from smarketing import cli
from smarketing.schema import COMMON, TABLES, TRAIT_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

    from smarketing.schema import Column

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "smarketing"
FRONT_DOOR = "smarketing"


def rooms() -> dict[str, str]:
    """The import name of each room and the first line of its docstring, the front door first."""
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        place = file.relative_to(PACKAGE.parent).with_suffix("")
        name = ".".join(place.parts).removesuffix(".__init__")
        tree = ast.parse(file.read_text(encoding="utf-8"))
        if not any(part.startswith("_") for part in name.split(".")) and declares_names(tree):
            found[name] = (ast.get_docstring(tree) or "").partition("\n")[0]
    return found


def declares_names(tree: ast.Module) -> bool:
    """Whether a module assigns `__all__`."""
    targets = [
        target
        for statement in tree.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
    ]
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)


def page_of(room: str) -> str:
    """The path of a room's page within the site."""
    return f"reference/{room.removeprefix('smarketing.') if room != FRONT_DOOR else 'smarketing'}.md"


def data_dictionary() -> str:
    """Every table and column, as the schema states them."""
    lines = [
        "# Data dictionary",
        "",
        "The tables and columns that frames show, stores keep and exports carry. Without a required column a",
        "row is no fact; a personal one may identify somebody, and appears in no log and no message.",
        f"A company's own fields are columns named `{TRAIT_PREFIX}<name>`.",
        "",
        "## Common to all facts",
        "",
        *_columns(COMMON),
    ]
    for table in TABLES.values():
        own = [column for column in table.columns if column not in COMMON]
        lines += ["", f"## `{table.name}`", "", f"{table.meaning}", ""]
        if table.kind != "Line":
            lines += [f"Rows are [`{table.kind}`][smarketing.facts.{table.kind}] facts.", ""]
        lines += _columns(own)
    return "\n".join(lines) + "\n"


def _columns(columns: Sequence[Column]) -> list[str]:
    lines = ["| column | meaning | type | unit | |", "|---|---|---|---|---|"]
    for column in columns:
        marks = [mark for mark in ("required", "personal") if getattr(column, mark)]
        cells = (f"`{column.name}`", column.meaning, column.type, column.unit, ", ".join(marks))
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def columns_read() -> str:
    """Which columns of which table each verb reads."""
    lines = [
        "# What each verb reads",
        "",
        "A verb asks for just these columns, besides the two clocks (`occurred_at`, `known_at`), those that",
        "its results are split by (`by=`) and those that your own terms name. A table that you do not have",
        "reads as empty, and a column as missing. Their meaning is in the",
        "[data dictionary](data-dictionary.md). This page was made by watching each verb.",
    ]
    frames = example_frames()
    for verb, (room, ask) in VERBS.items():
        lines += [
            "",
            f"## [`{verb}`][smarketing.{room}.{verb}]",
            "",
            "| table | columns |",
            "|---|---|",
            *_reads(reads_of(ask, frames)),
        ]
    return "\n".join(lines) + "\n"


def _reads(reads: Mapping[str, Sequence[str]]) -> list[str]:
    return [f"| `{table}` | {', '.join(f'`{name}`' for name in names)} |" for table, names in reads.items()]


def command_line() -> str:
    """What each command says of itself."""
    top = _help()
    commands = re.findall(r"^    ([a-z-]+)(?: |$)", top, re.MULTILINE)
    parts = ["# Command line", _shown(top), *(f"## {name}\n\n{_shown(_help(name))}" for name in commands)]
    return "\n\n".join(parts) + "\n"


def _help(*command: str) -> str:
    said = io.StringIO()
    os.environ["COLUMNS"] = "84"
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        cli.main([*command, "--help"])
    return said.getvalue()


def _shown(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```"


GENERATED = {
    "reference/command-line.md": ("Command line", command_line),
    "reference/data-dictionary.md": ("Data dictionary", data_dictionary),
    "reference/columns-read.md": ("What each verb reads", columns_read),
}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages where the navigation says `Reference: reference`."""
    pages = [
        "reference/index.md",
        *({title: page} for page, (title, _) in GENERATED.items()),
        *({room: page_of(room)} for room in rooms()),
    ]
    config.nav = [
        {"Reference": pages} if entry == {"Reference": "reference"} else entry for entry in config.nav or []
    ]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Write the pages."""
    lines = ["# Reference", ""]
    for page, (title, write) in GENERATED.items():
        lines.append(f"- [{title}]({page.removeprefix('reference/')})")
        files.append(File.generated(config, page, content=write()))
    lines += ["", "| room | what it is |", "|---|---|"]
    for room, sentence in rooms().items():
        page = page_of(room)
        lines.append(f"| [`{room}`]({page.removeprefix('reference/')}) | {sentence} |")
        files.append(File.generated(config, page, content=f"# `{room}`\n\n::: {room}\n"))
    files.append(File.generated(config, "reference/index.md", content="\n".join(lines) + "\n"))
    return files
