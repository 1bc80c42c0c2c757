"""The reference pages, written while the site is built (a MkDocs hook): one per room, from its docstrings.

A room is a module of the package that declares `__all__`; a new room appears here by itself. The pages exist
only in the site, so that nobody edits them by hand and none is forgotten.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

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


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages where the navigation says `Reference: reference`."""
    pages = ["reference/index.md", *({room: page_of(room)} for room in rooms())]
    config.nav = [
        {"Reference": pages} if entry == {"Reference": "reference"} else entry for entry in config.nav or []
    ]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Write the pages."""
    lines = ["# Reference", "", "| room | what it is |", "|---|---|"]
    for room, sentence in rooms().items():
        page = page_of(room)
        lines.append(f"| [`{room}`]({page.removeprefix('reference/')}) | {sentence} |")
        files.append(File.generated(config, page, content=f"# `{room}`\n\n::: {room}\n"))
    files.append(File.generated(config, "reference/index.md", content="\n".join(lines) + "\n"))
    return files
