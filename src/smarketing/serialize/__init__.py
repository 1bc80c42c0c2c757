"""One strict converter between our values and plain data: what JSON and TOML can hold.

Reading plain data is where wrong values slip in unseen: a lenient reader turns `"false"` into True, `7.9`
into 7 and a naive time into somebody's local one. This one refuses each of these, and every key that it does
not know, and reports all faults at once, each with its key path and the nearest known word. It is used for
facts, agreements and documents alike; what it writes, it reads back equal.

The forms are made for people first:

| value | plain form |
|---|---|
| a fact | a table that says its kind under the key `fact`: `{"fact": "touch", …}` |
| `Money`, `Share`, `Points` | exact decimal text: `"1234.50 EUR"`, `"0.25"` (`"25 %"` is read too), `"2.5"` |
| an instant, a day, a stay | `"2026-01-03T14:05:00Z"`, `"2026-01-03"`, `"2 days 4 hours"` |
| `Dated` terms | a list of tables, each with the day it takes effect under the key `from` |
| a cell of a table | text and numbers as they are, else a table that says its kind: `{"money": "5.00 EUR"}` |
| anything else | its fields, without those that have their default value |

`loaded_at` is never written: when a fact was loaded is no part of what happened.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

from cattrs import BaseValidationError

from smarketing.errors import InvalidTermsError, SmarketingError, UnreadableFileError
from smarketing.facts import Fact
from smarketing.origin import Origin, Problem
from smarketing.serialize._converter import FACT_TAGS, converter
from smarketing.serialize._faults import key_path, problems_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["FACT_TAGS", "Plain", "dump_facts", "from_plain", "key_path", "load_facts", "to_plain"]

T = TypeVar("T")
Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"
"""What JSON can hold."""


def to_plain(value: object) -> Plain:
    """The plain form of a value: only None, booleans, numbers, text, lists and dicts.

    Example:
        >>> from datetime import UTC, datetime
        >>> from smarketing.facts import Touch
        >>> from smarketing.values import Money, Share
        >>> to_plain(Share.of("0.29")), to_plain(Money.of(5, "EUR"))
        ('0.29', '5.00 EUR')
        >>> click = Touch(origin=Origin(system="mail"), occurred_at=datetime(2026, 1, 3, tzinfo=UTC),
        ...               lead_id="L-1", kind="email_clicked")
        >>> to_plain(click)
        {'fact': 'touch', 'origin': {'system': 'mail'}, 'occurred_at': '2026-01-03T00:00:00Z',
         'lead_id': 'L-1', 'kind': 'email_clicked'}
    """
    return cast("Plain", converter(detailed=False).unstructure(value))


def from_plain(data: object, kind: type[T], *, origin: Origin | None = None) -> T:
    """The value that plain data stands for.

    Args:
        data: What `to_plain` wrote, or what a JSON or TOML parser read (TOML's own dates and decimals too).
        kind: The type to read it as; `Fact` for a fact of any kind.
        origin: Where the data stands, for the messages.

    Raises:
        InvalidTermsError: With every fault at once; the `field` of each problem's origin is its key path.

    Example:
        >>> from smarketing.values import Share
        >>> from_plain("29 %", Share)
        Share(ppm=290000)
        >>> from_plain({"system": "crm", "tabel": "deals", "record": 7}, Origin)
        Traceback (most recent call last):
        smarketing.errors.InvalidTermsError: this cannot be read as Origin:
          - error: record: text belongs here, not 7 [wrong-type]
          - error: tabel: there is no key 'tabel' here (did you mean 'table'?) [unknown-key]
    """
    try:
        return converter(detailed=False).structure(data, kind)
    except Exception:  # noqa: BLE001, S110 -- read again, slower, to learn of every fault and its place
        pass
    try:
        return converter(detailed=True).structure(data, kind)
    except (BaseValidationError, SmarketingError, ValueError, TypeError) as error:
        name = getattr(kind, "__name__", str(kind))
        problems = problems_of(error, (), origin or Origin())
        raise InvalidTermsError(f"this cannot be read as {name}:", problems) from None


def dump_facts(facts: Iterable[Fact]) -> Iterator[str]:
    """The facts as JSON Lines, one line each, without line ends; in ASCII, which every encoding keeps whole.

    Raises:
        ValueError: A trait is not a finite number, which JSON cannot hold.
    """
    for fact in facts:
        yield json.dumps(to_plain(fact), allow_nan=False, separators=(",", ":"))


def load_facts(lines: Iterable[str], *, file: str | None = None) -> Iterator[Fact]:
    """The facts that `dump_facts` wrote; blank lines are skipped.

    Raises:
        UnreadableFileError: A line that is no fact, with its number and every fault of it.
    """
    for row, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        origin = Origin(file=file, row=row)
        try:
            data = json.loads(line, object_pairs_hook=_no_key_twice, parse_constant=_no_constant)
            yield from_plain(data, Fact, origin=origin)
        except InvalidTermsError as error:
            raise UnreadableFileError("a line is not a fact:", error.problems) from None
        except ValueError as error:
            problem = Problem(code="invalid-json", message=f"the line is no JSON: {error}", origin=origin)
            raise UnreadableFileError("a line is not a fact:", [problem]) from None


def _no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("a key stands there twice")
    return table


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no number")
