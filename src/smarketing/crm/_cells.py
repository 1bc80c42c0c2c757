"""From the text of a cell to a value: the only place where it happens, and nothing is guessed.

A conversion returns the value, or a `Fault` where the text does not say what the column promises. A fault may
carry a value that was kept in doubt: then it is a warning. Amounts go from decimal text to integer minor
units without passing through a float.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from smarketing.crm._currencies import CURRENCIES, SIGNS
from smarketing.errors import did_you_mean
from smarketing.origin import Severity
from smarketing.text import fold, printable
from smarketing.values import minor_digits

if TYPE_CHECKING:
    from smarketing.crm._mapping import Conventions

AMOUNT_UNITS: Mapping[str, int] = {"major": 1, "minor": 0, "thousands": 1_000, "millions": 1_000_000}
"""What one of a unit is in major units; minor units are taken as they are."""

_MILLION = 1_000_000
_LARGEST = 2**63 - 1


@attrs.frozen
class Fault:
    """What is wrong with a cell; `{shown}` in the message is the cell's text where it may be quoted."""

    code: str
    message: str
    severity: Severity = Severity.ERROR
    value: object = None


Convert = Callable[[str], object]
"""Text to value, or to a `Fault`."""

TRUE = frozenset("true yes y 1 t on sí si verdadero sim verdadeiro".split())  # noqa: SIM905
FALSE = frozenset("false no n 0 f off falso não nao".split())  # noqa: SIM905


def doubt(code: str, message: str, value: object) -> Fault:
    """A fault whose value is kept."""
    return Fault(code, message, Severity.WARNING, value)


def shown(raw: str, *, personal: bool) -> str:
    """A cell's text as a message may show it."""
    if personal:
        return "the value"
    text = printable(raw)
    return repr(text if len(text) <= 60 else text[:57] + "…")


def decimal_reader(said: Conventions) -> Convert:
    """Numbers written with the export's marks, as exact decimals."""
    mark, between = re.escape(said.decimal), re.escape(said.thousands)
    whole = rf"(?:\d{{1,3}}(?:{between}\d{{3}})+|\d+)" if between else r"\d+"
    number = re.compile(rf"[+-]?{whole}(?:{mark}\d*)?|[+-]?{mark}\d+", re.ASCII)

    def read(raw: str) -> object:
        if not number.fullmatch(raw):
            return Fault(
                "bad-number", "{shown} is not a number as this export writes them" + _marks(raw, said)
            )
        plain = raw.replace(said.thousands, "") if said.thousands else raw
        return Decimal(plain.replace(said.decimal, "."))

    return read


def _marks(raw: str, said: Conventions) -> str:
    if raw.casefold() in {"nan", "inf", "-inf", "infinity", "-infinity"}:
        return ": leave the cell empty where there is none"
    if re.fullmatch(r"[+-]?[\d., '  ]+", raw) is None:
        return ""
    between = f"{said.thousands!r} between thousands" if said.thousands else "nothing between thousands"
    return (
        f" ({said.decimal!r} before decimals, {between}): state `decimal` and `thousands` if it writes others"
    )


def whole_reader(said: Conventions) -> Convert:
    """Whole numbers; "12.0" is one, "12.5" is not."""
    read_decimal = decimal_reader(said)

    def read(raw: str) -> object:
        number = read_decimal(raw)
        if not isinstance(number, Decimal):
            return number
        if number != number.to_integral_value():
            return Fault("not-whole", "{shown} is not a whole number")
        return _fitting(int(number))

    return read


def _fitting(number: int) -> object:
    return (
        number if abs(number) <= _LARGEST else Fault("too-large", "{shown} is larger than any column holds")
    )


def number_reader(said: Conventions) -> Convert:
    """Numbers of a trait, which are approximate."""
    read_decimal = decimal_reader(said)

    def read(raw: str) -> object:
        number = read_decimal(raw)
        return float(number) if isinstance(number, Decimal) else number

    return read


def share_reader(said: Conventions, unit: str | None) -> Callable[[str], object]:
    """Shares in parts per million; a percent sign always means what it says."""
    read_decimal = decimal_reader(said)

    def read(raw: str) -> object:
        signed = raw.endswith("%")
        number = read_decimal(raw.removesuffix("%").rstrip())
        if not isinstance(number, Decimal):
            return number
        fraction = number / 100 if signed or unit == "percent" else number
        if not 0 <= fraction <= 1:
            hint = "" if signed or unit == "percent" else ': state unit = "percent" if it is a percentage'
            return Fault("not-a-share", "{shown} lies outside 0 % to 100 %" + hint)
        return int((fraction * _MILLION).to_integral_value(rounding=ROUND_HALF_UP))

    return read


def amount_reader(said: Conventions, unit: str | None) -> Callable[[str, str], object]:
    """Amounts in minor units of a currency, exactly; a sign or code beside the number must agree with it."""
    read_decimal = decimal_reader(said)
    factor = AMOUNT_UNITS[unit or "major"]

    def read(raw: str, currency: str) -> object:
        text, code = _without_currency(raw)
        if code is not None and code != currency:
            return Fault("other-currency", f"{{shown}} is in {code}, and the row is in {currency}")
        if text.startswith("(") and text.endswith(")"):
            text = "-" + text[1:-1]
        number = read_decimal(text)
        if not isinstance(number, Decimal):
            return number
        exact = number * factor * 10 ** minor_digits(currency) if factor else number
        minor = int(exact.to_integral_value(rounding=ROUND_HALF_UP))
        if isinstance(_fitting(minor), Fault):
            return _fitting(minor)
        if exact != minor:
            message = f"{{shown}} has more decimals than {currency} takes, and was rounded half-up"
            return doubt("rounded-amount", message, minor)
        return minor

    return read


_CODE = re.compile(
    r"(?P<before>[A-Z]{3}\b|[^\d\s().,+'-]+)?\s*(?P<number>[^A-Z]*?)\s*(?P<after>[A-Z]{3}|[^\d\s().,+'-]+)?"
)


def _without_currency(raw: str) -> tuple[str, str | None]:
    """The number, and the currency that stands beside it if one does and it is known."""
    if raw[0].isdigit() and raw[-1].isdigit():
        return raw, None
    match = _CODE.fullmatch(raw)
    if match is None:
        return raw, None
    sign = match["before"] or match["after"] or ""
    code = SIGNS.get(sign, sign if sign in CURRENCIES else None)
    return (match["number"], code) if code is not None else (raw, None)


def currency_reader(raw: str) -> object:
    """An ISO 4217 code, however it is written."""
    code = raw.upper()
    if code in CURRENCIES:
        return code
    return Fault("unknown-currency", f"{{shown}} is no ISO 4217 code{did_you_mean(code, CURRENCIES)}")


def flag_reader(raw: str) -> object:
    """Yes and no, in the words that most exports use."""
    word = raw.casefold()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    return Fault("not-a-flag", "{shown} is neither yes nor no: say in `words` which it is")


def choice_reader(choices: type[StrEnum], words: Iterable[str] = ()) -> Convert:
    """One of a closed list of words; `words` are the CRM's own, for suggestions."""
    known = {fold(choice.value): choice for choice in choices}
    names = [*words, *choices]

    def read(raw: str) -> object:
        found = known.get(fold(raw))
        if found is not None:
            return found
        hint = did_you_mean(raw, names) or f": say in `words` whether it is {' or '.join(choices)}"
        return Fault("unknown-word", f"{{shown}} is not known here{hint}")

    return read


def word_reader(words: Mapping[str, str], *, closed: bool) -> Convert:
    """What the CRM's words stand for; "" is nothing. Where the list is closed, others are a fault."""
    known = {fold(word): stands_for for word, stands_for in words.items()}

    def read(raw: str) -> object:
        found = known.get(fold(raw))
        if found is not None:
            return found or None
        if not closed or raw in words.values():
            return raw
        return Fault("unknown-word", f"{{shown}} is not among the `words`{did_you_mean(raw, words)}")

    return read


def text_reader(raw: str) -> object:
    """Text as it stands."""
    return raw


def converted(read: Convert, make: Callable[[int], object]) -> Convert:
    """A conversion to a whole number, and what is made of it."""

    def both(raw: str) -> object:
        found = read(raw)
        return make(found) if isinstance(found, int) else found

    return both


def chained(readers: Iterable[Convert]) -> Convert:
    """One conversion after the other; a doubt is kept, and what follows reads the value kept."""
    steps = tuple(readers)
    if len(steps) == 1:
        return steps[0]

    def read(raw: str) -> object:
        value: object = raw
        doubted: Fault | None = None
        for step in steps:
            value = step(value) if isinstance(value, str) else value
            if isinstance(value, Fault):
                if value.severity is Severity.ERROR:
                    return value
                doubted, value = value, value.value
        return value if doubted is None else attrs.evolve(doubted, value=value)

    return read
