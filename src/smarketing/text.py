"""Text as people type it: folding, patterns, and showing it safely.

Engines disagree on case folding and on regular expressions, so every comparison of raw words is made here,
in Python, on the distinct values of a column, and reaches the engines as a plain set of matching values.
Patterns are globs, because a salesperson can read `*cpc*` and can hardly read anything longer. The original
text is always kept for display; only the comparison is folded.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["fold", "matches_glob", "printable", "word_of"]


def fold(text: str) -> str:
    """The form in which texts are compared: compatibility-normal (NFKC), case-folded, NFKC again.

    Folding a folded text changes nothing.

    Example:
        >>> fold("ＧＯＯＧＬＥ Straße"), fold("Campaña") == fold("CAMPAN\N{COMBINING TILDE}A")
        ('google strasse', True)
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def word_of(value: object) -> str:
    """A value as the folded word that people would write for it: 3.0 is the 3 that another engine has.

    Example:
        >>> word_of("North"), word_of(3.0), word_of(2.5), word_of(True)
        ('north', '3', '2.5', 'true')
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return fold(value if isinstance(value, str) else str(value))


def matches_glob(pattern: str) -> Callable[[str], bool]:
    """A predicate for a glob pattern: `*` is any run of characters, `?` is any one, all else is itself.

    Both sides are folded, the whole text must match, and the time taken grows with the length of the text
    only, whatever the pattern.

    Example:
        >>> paid = matches_glob("*CPC*")
        >>> paid("google / cpc"), paid("organic")
        (True, False)
    """
    first, *rest = (re.escape(part).replace(r"\?", ".") for part in fold(pattern).split("*"))
    # An atomic group takes the earliest place where a part fits and never comes back to try another.
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1] if part)
    last = f".*{rest[-1]}" if rest else ""
    found = re.compile(first + middle + last, re.DOTALL).fullmatch
    return lambda text: found(fold(text)) is not None


def printable(text: str) -> str:
    r"""The text with everything in it that could command a terminal or reorder a page made visible.

    Line breaks and tabs become spaces; other control characters become their pictures (␛); bidirectional
    overrides, line separators and halves of surrogate pairs become `�`.

    Example:
        >>> printable("Eve\x1b[31m\nnext line")
        'Eve␛[31m next line'
    """
    return text if text.isascii() and text.isprintable() else _COMMANDS.sub(_picture, text)


# C0 and C1 controls, line separators, bidirectional overrides and isolates, surrogates, byte order marks.
_COMMANDS = re.compile(
    "[\x00-\x1f\x7f-\x9f\N{LINE SEPARATOR}-\N{RIGHT-TO-LEFT OVERRIDE}"
    "\N{LEFT-TO-RIGHT ISOLATE}-\N{POP DIRECTIONAL ISOLATE}"
    "\ud800-\udfff\N{ZERO WIDTH NO-BREAK SPACE}\ufffe\uffff]"
)


def _picture(match: re.Match[str]) -> str:
    character = match.group()
    if character in "\t\n\r\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}":
        return " "
    if character < " ":
        return chr(0x2400 + ord(character))
    return "\N{SYMBOL FOR DELETE}" if character == "\x7f" else "\N{REPLACEMENT CHARACTER}"
