"""Collect labels from the code, list those without a translation, compile the catalogs.

    python scripts/catalogs.py            # add new labels to the .po files, list what is missing, compile
    python scripts/catalogs.py --prune    # the same, and drop entries that the code no longer uses

Labels are the first arguments of `words("…")`, `words.plural("…", "…", n)` and `N_("…")`. Only the standard
library is used, so that it runs anywhere; the files are ordinary gettext catalogs that any tool can edit.
"""

from __future__ import annotations

import ast
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SOURCE = Path(__file__).parents[1] / "src" / "smarketing"
LOCALE = SOURCE / "locale"

Key = tuple[str, ...]
"""The English text, or the English singular and plural."""

HEADER = """\
# Spanish and other translations of what smarketing shows; see the top of smarketing/language.py.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""


def labels(source: Path = SOURCE) -> set[Key]:
    """Every label in the code under a folder."""
    return {key for file in sorted(source.rglob("*.py")) for key in _labels_of(file)}


def _labels_of(file: Path) -> Iterator[Key]:
    languages = {folder.name for folder in LOCALE.iterdir()}
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        wanted = {"words": 1, "N_": 1, "plural": 2}.get(name, 0)
        given = node.args[:wanted]
        if wanted == 1 and len(node.args) > 1:
            continue  # somebody else's method of the same name: a label stands alone
        if any(isinstance(text, ast.JoinedStr) for text in given):
            raise SystemExit(
                f"{file}:{node.lineno}: a label cannot be an f-string; use {{name}} and a keyword"
            )
        key = tuple(
            text.value for text in given if isinstance(text, ast.Constant) and isinstance(text.value, str)
        )
        if len(key) == wanted > 0 and key[0] not in languages:
            yield key


def read_po(file: Path) -> dict[Key, Key]:
    """The entries of a catalog: English text(s) to translation(s), the header left out."""
    entries: dict[Key, Key] = {}
    fields: list[tuple[str, str]] = []
    for line in [*file.read_text("utf-8").splitlines(), ""]:
        keyword, _, quoted = line.partition(" ")
        if line.startswith('"') and fields:
            fields[-1] = (fields[-1][0], fields[-1][1] + ast.literal_eval(line))
        elif keyword.startswith("msg"):
            fields.append((keyword, ast.literal_eval(quoted)))
        elif not line and fields:
            key = tuple(text for keyword, text in fields if keyword.startswith("msgid"))
            if key != ("",):
                entries[key] = tuple(text for keyword, text in fields if keyword.startswith("msgstr"))
            fields = []
    return entries


def write_po(file: Path, entries: dict[Key, Key]) -> None:
    """Write a catalog, sorted by the English text."""
    parts = [HEADER.format(language=file.parts[-3])]
    for key, texts in sorted(entries.items()):
        lines = [f"msgid {_quoted(key[0])}", *(f"msgid_plural {_quoted(text)}" for text in key[1:])]
        if len(key) == 1:
            lines.append(f"msgstr {_quoted(texts[0])}")
        else:
            lines += [f"msgstr[{index}] {_quoted(text)}" for index, text in enumerate(texts)]
        parts.append("\n".join(lines) + "\n")
    file.write_text("\n".join(parts), "utf-8")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def compiled(entries: dict[Key, Key], language: str) -> bytes:
    """The bytes of the .mo file: a sorted table of keys and one of texts, as gettext reads them."""
    header = "".join(ast.literal_eval(line) for line in HEADER.format(language=language).splitlines()[3:])
    texts = {"": header, **{"\0".join(key): "\0".join(text) for key, text in entries.items() if all(text)}}
    pairs = sorted((key.encode(), text.encode()) for key, text in texts.items())
    count, start = len(pairs), 28
    tables, body = b"", b""
    heap = start + 16 * count
    for column in (0, 1):
        for pair in pairs:
            tables += struct.pack("<II", len(pair[column]), heap + len(body))
            body += pair[column] + b"\0"
    return struct.pack("<IIIIIII", 0x950412DE, 0, count, start, start + 8 * count, 0, heap) + tables + body


def untranslated(entries: dict[Key, Key], wanted: Iterable[Key]) -> list[str]:
    """The labels that a catalog has no full translation of, sorted."""
    return sorted(key[0] for key in wanted if key not in entries or not all(entries[key]))


def main(arguments: list[str]) -> int:
    """Bring every catalog up to date; the exit status says whether a translation is missing."""
    wanted = labels()
    missing = False
    for file in sorted(LOCALE.glob("*/LC_MESSAGES/smarketing.po")):
        entries = read_po(file)
        kept = {key: text for key, text in entries.items() if key in wanted or "--prune" not in arguments}
        kept |= {key: ("",) * len(key) for key in wanted if key not in kept}
        write_po(file, kept)
        file.with_suffix(".mo").write_bytes(compiled(kept, file.parts[-3]))
        for label in untranslated(kept, wanted):
            missing = True
            sys.stdout.write(f"{file.parts[-3]}: no translation of {label!r}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
