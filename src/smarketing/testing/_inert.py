"""What a text from data must not have become in a rendering: an element, a link, a formula, a command.

Each media type has its own reading. Where a rendering has markup of its own, the hostile one is held against
one of harmless texts: it must have no element and no address that the harmless one has not.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from types import MappingProxyType

__all__ = ["lively"]

_ADDRESSES = frozenset({"action", "data", "formaction", "href", "src", "srcdoc", "style", "xlink:href"})
_COMMANDS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def lively(media_type: str, content: str, harmless: str) -> Iterator[str]:
    """What is alive in a rendering of hostile texts, one sentence each; `harmless` is one of others."""
    breaks = "\r\n" if media_type.startswith("text/csv") else "\n"
    for character in sorted(set(content) - set(breaks)):
        if unicodedata.category(character) in _COMMANDS or character in _DIRECTIONS:
            yield f"the character U+{ord(character):04X} came through"
    reading = _READINGS.get(media_type.partition(";")[0].strip())
    if reading:
        yield from reading(content, harmless)


class _Parts(HTMLParser):
    """The elements of a page: names, attributes, and where they lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(f"<{tag}>")
        for name, value in attrs:
            address = f"={value!r}" if name in _ADDRESSES else ""
            self.found.add(f"<{tag} {name}{address}>")


def _html(content: str, harmless: str) -> Iterator[str]:
    for part in sorted(_Parts(content).found - _Parts(harmless).found):
        yield f"there is {part}, which is not there with other texts"


def _json(content: str, _: str) -> Iterator[str]:
    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no number")

    try:
        json.loads(content, parse_constant=refuse)
    except ValueError as error:
        yield f"it is no JSON: {error}"


def _markdown(content: str, _: str) -> Iterator[str]:
    bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", content)
    for sign, what in (("<", "an element"), ("](", "a link"), ("`", "code"), ("~~", "a crossing out")):
        if sign in bare:
            yield f"{what} begins with {sign!r}"
    for address in re.findall(r"\w+://\S*|www\.\S*|@\w+", bare):
        yield f"{address!r} links by itself"
    for table in re.findall(r"(?:^\|.*\n)+", bare, re.MULTILINE):
        if len({line.count("|") for line in table.splitlines()}) > 1:
            yield f"a row has more cells than its table: {table.splitlines()[0][:80]!r}"


def _csv(content: str, _: str) -> Iterator[str]:
    for row in csv.reader(content.splitlines(keepends=True)):
        for cell in row:
            if re.match(r"[=+@\t\r]|-(?![\w\s.,%€$£¥]*$)", cell):
                yield f"a cell begins as a formula does: {cell[:40]!r}"


_READINGS: Mapping[str, Callable[[str, str], Iterator[str]]] = MappingProxyType(
    {
        "application/json": _json,
        "text/csv": _csv,
        "text/html": _html,
        "text/markdown": _markdown,
    }
)
