"""Reading an agreement from TOML, with every fault at once."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from smarketing.agreement._mend import is_news, mended
from smarketing.agreement._terms import Agreement
from smarketing.agreement._terse import spelled_out
from smarketing.errors import InvalidTermsError, UnreadableFileError
from smarketing.origin import Origin, Problem
from smarketing.serialize import from_plain

if TYPE_CHECKING:
    from smarketing.agreement._terse import Document


_LAYERS = 3
"""A record can be read, then fits its table, then the agreement: each layer can hide the next."""


def load_agreement(source: str | Path) -> Agreement:
    """The agreement that a TOML document states.

    Numbers with a point are read exactly: `probability = 0.29` is 29 %, not the nearest float.

    Args:
        source: The path of the file, or the text itself (a string with a line break or a `=` in it).

    Raises:
        InvalidTermsError: With every fault at once: the file, the key path (or, where the TOML itself is
            broken, the line), and the nearest known word.
        UnreadableFileError: There is no such file, or it is not UTF-8 text.

    Example:
        >>> load_agreement('company = { name = "Acme", zone = "Europe/Madri", curency = "EUR" }')
        Traceback (most recent call last):
        smarketing.errors.InvalidTermsError: the agreement cannot be used as written:
          - error: company.currency: 'currency' is missing: add it [missing-key]
          - error: company.curency: there is no key 'curency' here (did you mean 'currency'?) [unknown-key]
          - error: company.zone: there is no time zone 'Europe/Madri' (did you mean 'Europe/Madrid'?) ...
    """
    is_text = isinstance(source, str) and ("\n" in source or "=" in source)
    origin = Origin() if is_text else Origin(file=str(source))
    document = _parsed(str(source) if is_text else _text_of(Path(source)), origin)
    full = spelled_out(document)
    try:
        return from_plain(full, Agreement, origin=origin)
    except InvalidTermsError as error:
        problems = [*error.problems, *_hidden_behind(error.problems, full, origin)]
    named = f" {origin.file}" if origin.file else ""
    raise InvalidTermsError(f"the agreement{named} cannot be used as written:", problems)


def _hidden_behind(problems: tuple[Problem, ...], document: Document, origin: Origin) -> list[Problem]:
    """Faults that only show once others are out of the way: of a table, its neighbours, then the whole."""
    known = [*problems]
    for _ in range(_LAYERS):
        try:
            from_plain(mended(document, known), Agreement, origin=origin)
        except InvalidTermsError as error:
            news = [problem for problem in error.problems if is_news(problem, known)]
            if not news:
                break
            known += news
        else:
            break
    return known[len(problems) :]


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"byte {error.start + 1} is not UTF-8: save the file as UTF-8"
        problem = Problem(code="not-utf-8", message=message, origin=Origin(file=str(path)))
        raise UnreadableFileError("the agreement cannot be read:", [problem]) from None
    except OSError as error:
        message = f"{error.strerror}: give the path of a TOML file"
        problem = Problem(code="no-such-file", message=message, origin=Origin(file=str(path)))
        raise UnreadableFileError("the agreement cannot be read:", [problem]) from None


def _parsed(text: str, origin: Origin) -> Document:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column (\d+)\)$", str(error))
        row = int(place[1]) if place else len(text.splitlines())
        reason = str(error)[: place.start()] if place else str(error)
        column = f" at column {place[2]}" if place else ""
        problem = Problem(
            code="invalid-toml",
            message=f"this is no TOML{column}: {reason}",
            origin=Origin(file=origin.file, row=row),
        )
        raise InvalidTermsError("the agreement cannot be read:", [problem]) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, or as many brackets
        problem = Problem(code="invalid-toml", message=f"this cannot be TOML: {error}", origin=origin)
        raise InvalidTermsError("the agreement cannot be read:", [problem]) from None
