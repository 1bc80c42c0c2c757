"""Text that stays text in Markdown, whatever it holds.

Escapes are chosen to hold in every dialect, not in GitHub's alone: a backslash where all of them know one,
an entity elsewhere. What links or calls without any markup (`https://`, `www.`, `@name`, `#12`) is broken by
an entity or an invisible space: a lead's name calls nobody and leads nowhere.
"""

from __future__ import annotations

import re

from smarketing.text import printable

__all__ = ["escaped", "paragraph"]

_SPECIAL = re.compile(r"[\\`*_{}\[\]|#@&<>~]|\$(?!\d)|:(?=//)|(?<=www)\.", re.IGNORECASE)
_BACKSLASH = frozenset(r"\`*_{}[]|#")
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@"}
_OPENING = re.compile(r"^(?:(\d+)(?=[.)])|(?=[-+]))")


def escaped(text: str) -> str:
    r"""The text as a part of a line: a heading, a cell, an item of a list.

    Example:
        >>> print(escaped("<b> a|b *c* [d](https://e.f) @me, $5"))
        &lt;b&gt; a\|b \*c\* \[d\](https&#58;//e.f) @&#8203;me, $5
    """
    words = filter(None, printable(text).split(" "))
    return _SPECIAL.sub(_harmless, " ".join(words).strip())


def paragraph(text: str) -> str:
    r"""The text as a line of its own, which could otherwise begin a list.

    Example:
        >>> print(paragraph("1. January"), paragraph("- 5"), paragraph("2026-01"))
        1\. January \- 5 2026-01
    """
    return _OPENING.sub(r"\1\\", escaped(text))


def _harmless(match: re.Match[str]) -> str:
    character = match[0]
    following = match.string[match.end() : match.end() + 1]
    gap = "&#8203;" if character in "@#" and following.isalnum() else ""
    shown = f"\\{character}" if character in _BACKSLASH else _NAMED.get(character, f"&#{ord(character)};")
    return shown + gap
