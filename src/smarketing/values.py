"""Money, shares and points: exact integers underneath.

Floats lose cents (`50 × 0.29` is 14.499999…, which rounds to 14) and their sums depend on the order of
addition. So money is an integer of minor units with its currency, an agreed share is an integer of parts per
million, and points are integer micro-points. Each rounds once, half-up, where it is made; after that
everything is integer addition, and totals reconcile to the last unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import total_ordering

import attrs

from smarketing.errors import UnlikeCurrenciesError

__all__ = ["Money", "Points", "Scalar", "Share", "Traits", "minor_digits"]

Scalar = str | int | float | bool
"""The plain values that a company's extra field (a trait) may hold."""

_MILLION = 1_000_000

# ISO 4217 minor units; every currency not named here has two digits.
_NO_DIGITS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())  # noqa: SIM905
_THREE_DIGITS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())  # noqa: SIM905


def minor_digits(currency: str) -> int:
    """How many digits the minor unit of a currency takes (ISO 4217).

    Example:
        >>> minor_digits("EUR"), minor_digits("JPY"), minor_digits("KWD")
        (2, 0, 3)
    """
    if currency in _NO_DIGITS:
        return 0
    return 3 if currency in _THREE_DIGITS else 2


def _whole_number(_instance: object, attribute: attrs.Attribute[int], value: object) -> None:
    if type(value) is not int:
        raise TypeError(f"{attribute.name} takes a whole number, not {value!r}")


def _scaled(text: str | Decimal | int, scale: int) -> int:
    if isinstance(text, float):
        raise TypeError(f"{text!r} is a float and has already lost digits: pass text or a Decimal")
    try:
        scaled = Decimal(text) * scale
        return int(scaled.to_integral_value(rounding=ROUND_HALF_UP))
    except (InvalidOperation, OverflowError, ValueError):
        raise ValueError(f"{text!r} is not a number") from None


@total_ordering
@attrs.frozen(order=False)
class Money:
    """An amount of one currency, in integer minor units (cents).

    Unlike currencies never add: `UnlikeCurrenciesError`.

    Example:
        >>> Money.of("1234.50", "EUR") + Money(50, "EUR")
        Money(minor=123500, currency='EUR')
        >>> Share.of("0.25") * Money.of("1234.50", "EUR")
        Money(minor=30863, currency='EUR')
    """

    minor: int = attrs.field(validator=_whole_number)
    currency: str

    @classmethod
    def of(cls, amount: str | Decimal | int, currency: str) -> Money:
        """Money from an amount in major units, rounded half-up to the minor unit."""
        return cls(_scaled(amount, 10 ** minor_digits(currency)), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, exactly."""
        sign, digits, _ = Decimal(self.minor).as_tuple()
        return Decimal((sign, digits, -minor_digits(self.currency)))

    def _like(self, other: Money) -> None:
        if self.currency != other.currency:
            raise UnlikeCurrenciesError(
                f"{self.currency} and {other.currency} cannot be put together without a dated rate"
            )

    def __add__(self, other: Money) -> Money:
        self._like(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._like(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._like(other)
        return self.minor < other.minor

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


@attrs.frozen(order=True)
class Share:
    """An agreed part of a whole, in integer parts per million: 1_000_000 is all of it.

    Example:
        >>> Share.of("0.29"), Share.percent("67")
        (Share(ppm=290000), Share(ppm=670000))
        >>> Share.of("0.29").of_minor(50)  # half-up, where a float gives 14
        15
    """

    ppm: int = attrs.field(validator=_whole_number)

    @classmethod
    def of(cls, fraction: str | Decimal | int) -> Share:
        """A share from a fraction of one ("0.29")."""
        return cls(_scaled(fraction, _MILLION))

    @classmethod
    def percent(cls, percent: str | Decimal | int) -> Share:
        """A share from a percentage ("29")."""
        return cls(_scaled(percent, _MILLION // 100))

    def of_minor(self, minor: int) -> int:
        """This share of an integer amount, rounded half-up (halves away from zero)."""
        product = abs(minor * self.ppm)
        rounded = (2 * product + _MILLION) // (2 * _MILLION)
        return rounded if minor * self.ppm >= 0 else -rounded

    def __mul__(self, money: Money) -> Money:
        return Money(self.of_minor(money.minor), money.currency)

    def __float__(self) -> float:
        return self.ppm / _MILLION


@attrs.frozen(order=True)
class Points:
    """Points of a score, in integer micro-points, so that lines add up exactly in any order.

    Example:
        >>> Points.of("2.5") + Points.of(5)
        Points(micro=7500000)
        >>> print(Points.of(25), Points(-2_500_000))
        25 -2.5
    """

    micro: int = attrs.field(validator=_whole_number)

    @classmethod
    def of(cls, points: str | Decimal | int) -> Points:
        """Points from a decimal number, rounded once, half-up."""
        return cls(_scaled(points, _MILLION))

    def __add__(self, other: Points) -> Points:
        return Points(self.micro + other.micro)

    def __float__(self) -> float:
        return self.micro / _MILLION

    def __str__(self) -> str:
        return f"{(Decimal(self.micro) / _MILLION).normalize():f}"


class Traits(Mapping[str, Scalar]):
    """A company's extra fields on a record: an immutable, hashable mapping of names to plain values.

    Example:
        >>> traits = Traits({"segment": "pet", "has_company": True})
        >>> traits["segment"], traits == {"has_company": True, "segment": "pet"}
        ('pet', True)
    """

    __slots__ = ("_values",)
    _values: dict[str, Scalar]

    def __init__(self, values: Mapping[str, Scalar] | None = None) -> None:
        given = values or {}
        self._values = {name: given[name] for name in sorted(given)}

    def __getitem__(self, name: str) -> Scalar:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def _typed(self) -> tuple[tuple[str, type, Scalar], ...]:
        return tuple((name, type(value), value) for name, value in self._values.items())

    def __eq__(self, other: object) -> bool:
        """Equal values of one type each: a flag is not the number 1, though Python says so."""
        if not isinstance(other, Mapping):
            return NotImplemented
        return self._typed() == (other if isinstance(other, Traits) else Traits(other))._typed()

    def __hash__(self) -> int:
        return hash(self._typed())

    def __repr__(self) -> str:
        return f"Traits({self._values!r})"
