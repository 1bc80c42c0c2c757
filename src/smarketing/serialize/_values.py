"""The plain forms of single values: how each is read, strictly, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from math import isfinite
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin

from smarketing.errors import did_you_mean
from smarketing.serialize._faults import FaultError, each, refuse, said
from smarketing.values import Money, Points, Scalar, Share, Traits, minor_digits

T = TypeVar("T")


def _exactly(kind: type, wanted: str) -> Callable[[Any, Any], object]:
    def read(value: object, asked: type) -> object:
        if asked is not kind:  # cattrs takes a StrEnum for a kind of text
            return enum(value, asked)
        if type(value) is not kind:
            refuse(value, wanted)
        return value

    return read


def _finite(value: object, _: object) -> float:
    if type(value) not in {int, float, Decimal} or not isfinite(value):  # type: ignore[arg-type]
        refuse(value, "a number")
    return float(value)  # type: ignore[arg-type]


def one_of(value: object, known: Iterable[T]) -> T:
    """The one of a few known words that a value is; 1 is not True, and case matters."""
    names = []
    for word in known:
        if type(value) is type(word) and value == word:
            return word
        names.append(str(word))
    hint = did_you_mean(value, names) if isinstance(value, str) else ""
    known_names = "the known words" if hint and len(names) > 8 else ", ".join(names)
    raise FaultError("unknown-word", f"{said(value)} is none of {known_names}{hint}")


def enum(value: object, kind: type[Enum]) -> Enum:
    """The member of an enumeration that has this value."""
    if isinstance(value, kind):
        return value
    return kind(one_of(value, (member.value for member in kind)))


def literal(value: object, kind: object) -> object:
    """One of the words of a `Literal`, or of a union of literals."""
    return one_of(value, (word for part in get_args(kind) for word in get_args(part) or (part,)))


def _day(value: object, _: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        refuse(value, "a day such as 2026-01-03")
    return date.fromisoformat(value)


def _instant(value: object, _: object) -> datetime:
    at = value
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d[T ]", value):
        at = datetime.fromisoformat(value)
    if not isinstance(at, datetime):
        refuse(value, "an instant such as 2026-01-03T14:05:00Z")
    if at.utcoffset() is None:
        message = f"{said(value)} has no time zone: end it with Z, or with an offset such as +01:00"
        raise FaultError("naive-instant", message)
    return at


def _instant_text(at: datetime) -> str:
    text = at.isoformat()
    return f"{text[:-6]}Z" if at.utcoffset() == timedelta() else text


_LENGTHS = {"days": 86_400_000_000, "hours": 3_600_000_000, "minutes": 60_000_000, "seconds": 1_000_000}
_READ_LENGTHS = {**_LENGTHS, "weeks": 7 * 86_400_000_000}
_SHORT_LENGTHS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "min": "minutes", "s": "seconds"}
_LENGTH_PART = r"(\d+(?:\.\d+)?)\s*([a-z]+)"


def _length(value: object, _: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    text = value.casefold() if isinstance(value, str) else ""
    if not re.fullmatch(rf"-?{_LENGTH_PART}(\s+{_LENGTH_PART})*", text):
        refuse(value, 'a length of time such as "2 days" or "1 hour 30 minutes"')
    micros = Fraction()
    for count, word in re.findall(_LENGTH_PART, text):
        unit = _SHORT_LENGTHS.get(word, word if word.endswith("s") else f"{word}s")
        if unit in {"months", "years"}:
            refuse(value, "a length of time in days, hours or minutes (no two months are alike)")
        micros += Fraction(count) * _READ_LENGTHS[one_of(unit, _READ_LENGTHS)]
    return timedelta(microseconds=int(-micros if text.startswith("-") else micros))


def _length_text(length: timedelta) -> str:
    rest = abs(length) // timedelta(microseconds=1)
    parts = []
    for word, micros in _LENGTHS.items():
        count, rest = divmod(rest, micros)
        if rest and word == "seconds":
            parts.append(f"{_decimal_text(count * micros + rest, 6)} seconds")
        elif count:
            parts.append(f"{count} {word if count > 1 else word[:-1]}")
    return ("-" if length < timedelta() else "") + (" ".join(parts) or "0 seconds")


def _scaled(value: object, digits: int, wanted: str) -> int:
    """The whole number of smallest units; floats are refused (they have lost digits), further digits too."""
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,99}(\.\d{1,99})?", value):
        value = Decimal(value)
    if not isinstance(value, Decimal) or not value.is_finite() or abs(value.adjusted()) > 99:
        refuse(value, wanted)
    units: Fraction = Fraction(value) * 10**digits
    if units.denominator != 1:
        raise FaultError("too-many-digits", f"{value} has more digits than can be kept exactly: round it")
    return units.numerator


def _decimal_text(units: int, digits: int, least: int = 0) -> str:
    """A whole number of smallest units as a decimal, with at least so many digits after the point."""
    sign, text = ("-" if units < 0 else ""), f"{abs(units):0{digits + 1}}"
    whole, rest = (text[:-digits], text[-digits:]) if digits else (text, "")
    rest = rest[:least] + rest[least:].rstrip("0")
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"


def _money(value: object, _: object) -> Money:
    wanted = 'an amount such as "1234.50 EUR"'
    amount, _, currency = value.rpartition(" ") if isinstance(value, str) else ("", "", "")
    if not amount or not currency:
        refuse(value, wanted)
    return Money(_scaled(amount, minor_digits(currency), wanted), currency)


def _money_text(money: Money) -> str:
    digits = minor_digits(money.currency)
    return f"{_decimal_text(money.minor, digits, digits)} {money.currency}"


def _share(value: object, _: object) -> Share:
    wanted = 'a share such as "25 %" or "0.25"'
    if isinstance(value, str) and value.endswith("%"):
        return Share(_scaled(value[:-1].rstrip(), 4, wanted))
    return Share(_scaled(value, 6, wanted))


def _points(value: object, _: object) -> Points:
    exact = str(value) if type(value) is int else value
    return Points(_scaled(exact, 6, 'points such as 5 or "2.5"'))


def _scalar(value: object) -> Scalar:
    if isinstance(value, Decimal):
        value = float(value)
    if type(value) not in {str, int, float, bool} or (isinstance(value, float) and not isfinite(value)):
        refuse(value, "text, a number, or true or false")
    return cast("Scalar", value)


_SCALARS = {str: "text", int: "a number", float: "a number", bool: "true or false", datetime: "an instant"}


def is_of_scalars(kind: Any) -> bool:
    """Whether a type is a union of single values, such as a number or an instant."""
    parts = _members(kind)
    return len(parts) > 1 and parts <= set(_SCALARS)


def _members(kind: Any) -> set[Any]:
    return {*get_args(kind)} - {NoneType} if get_origin(kind) in {Union, UnionType} else set()


def _looks_like_a_day(value: object) -> bool:
    return isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value) is not None


def scalar_reader(kind: Any) -> Callable[[Any, Any], object]:
    """How one of several kinds of single values is read, each as strictly as by itself."""
    kinds, is_optional = _members(kind), NoneType in get_args(kind)
    wanted = " or ".join(dict.fromkeys(text for kind, text in _SCALARS.items() if kind in kinds))

    def read(value: object, _: object) -> object:
        if type(value) in kinds - {float, datetime} or (value is None and is_optional):
            return value
        if float in kinds and isinstance(value, float | Decimal):
            return _finite(value, float)
        if datetime in kinds and (isinstance(value, datetime) or _looks_like_a_day(value)):
            return _instant(value, datetime)
        return refuse(value, wanted)

    return read


def _traits(value: object, _: object) -> Traits:
    given = table(value)
    return Traits(dict(zip(given, each(given.items(), _scalar), strict=True)))


def _fraction(value: object, _: object) -> Fraction:
    if not isinstance(value, str) or not re.fullmatch(r"-?\d{1,99}/[1-9]\d{0,98}", value):
        refuse(value, 'a fraction such as "1/3"')
    return Fraction(value)


def _decimal(value: object, _: object) -> Decimal:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,99}(\.\d{1,99})?(E[+-]?\d{1,6})?", value):
        value = Decimal(value)
    if not isinstance(value, Decimal) or not value.is_finite():
        refuse(value, 'a decimal number such as "2.5"')
    return value


def table(value: object) -> Mapping[str, Any]:
    """A table, or a refusal."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        refuse(value, "a table")
    return value


def listed(value: object) -> Sequence[Any]:
    """A list, or a refusal."""
    if not isinstance(value, list | tuple):
        refuse(value, "a list")
    return value


READERS: Mapping[type, Callable[[Any, Any], Any]] = {
    str: _exactly(str, "text"),
    int: _exactly(int, "a whole number"),
    bool: _exactly(bool, "true or false"),
    float: _finite,
    date: _day,
    datetime: _instant,
    timedelta: _length,
    Money: _money,
    Share: _share,
    Points: _points,
    Traits: _traits,
    Fraction: _fraction,
    Decimal: _decimal,
}
"""How each type of single value is read."""

WRITERS: Mapping[type, Callable[[Any], object]] = {
    date: date.isoformat,
    datetime: _instant_text,
    timedelta: _length_text,
    Money: _money_text,
    Share: lambda share: _decimal_text(share.ppm, 6),
    Points: lambda points: _decimal_text(points.micro, 6),
    Traits: dict,
    Fraction: lambda fraction: f"{fraction.numerator}/{fraction.denominator}",
    Decimal: str,
}
"""How each type of single value is written."""
