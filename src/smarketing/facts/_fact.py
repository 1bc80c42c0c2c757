"""What all facts have in common: an origin, two clocks and a stable id."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache, cached_property
from hashlib import blake2b
from json.encoder import encode_basestring as _text
from operator import attrgetter
from typing import ClassVar, Protocol

import attrs

from smarketing.errors import InvalidFactError
from smarketing.facts._making import make_quickly
from smarketing.origin import Origin
from smarketing.periods import to_micros
from smarketing.values import Money, Points, Scalar, Share, Traits

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

NO_TRAITS = Traits()
"""What a fact has that says nothing of its own company's fields; all such facts share it."""


def traits_of(values: Mapping[str, Scalar]) -> Traits:
    """Any mapping as `Traits`, so that equal facts have one id, can be hashed, and are kept once."""
    if type(values) is Traits:
        return values
    return Traits(values) if values else NO_TRAITS


class Precision(StrEnum):
    """How finely the source dated a fact: a bare date compares by day, and no clock can be read from it."""

    INSTANT = "instant"
    DAY = "day"


def utc(value: datetime) -> datetime:
    if value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise InvalidFactError(f"{value.isoformat()} has no time zone: facts carry aware instants only")
    return value.astimezone(UTC)


def utc_or_none(value: datetime | None) -> datetime | None:
    return value if value is None or value.tzinfo is UTC else utc(value)


@attrs.frozen(kw_only=True)
class Fact:
    """What all facts have in common: an origin and two clocks."""

    TABLE: ClassVar[str] = ""
    """The name of this kind's table in `smarketing.schema`."""
    SUBJECTS: ClassVar[tuple[str, ...]] = ()
    """The id fields of which at least one must be given."""

    origin: Origin
    occurred_at: datetime = attrs.field(converter=utc)
    known_at: datetime = attrs.field(
        converter=utc, default=attrs.Factory(lambda self: self.occurred_at, takes_self=True)
    )
    precision: Precision = Precision.INSTANT
    loaded_at: datetime | None = attrs.field(default=None, eq=False, repr=False, converter=utc_or_none)

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        make_quickly(cls)

    def __attrs_post_init__(self) -> None:
        for name in self.SUBJECTS:
            if getattr(self, name):
                return
        if self.SUBJECTS:
            needed = " or ".join(self.SUBJECTS)
            raise InvalidFactError(f"{type(self).__name__} needs {needed}, and it must not be blank")

    @cached_property
    def id(self) -> str:
        """The stable identity: 32 hexadecimal digits over origin, kind, `occurred_at` and content."""
        kind, origin = type(self), self.origin
        heads, values_of = _content(kind)  # type: ignore[arg-type]  # classes can be hashed
        content = ",".join(
            [  # texts are quoted at once; of anything else the encoder has to think
                f"{head}{_text(value) if isinstance(value, str) else _json_of(value)}]"
                for head, value in zip(heads, values_of(self), strict=True)
                if value is not None
            ]
        )
        place = f"{_text(origin.system)},{_text(origin.table)},{_text(origin.record)}"
        occurred_at = (self.occurred_at - _EPOCH) // _MICROSECOND
        canonical = f'["{kind.__name__}",{place},{occurred_at},"{self.precision}",[{content}]]'
        return blake2b(canonical.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    @property
    def said_count(self) -> int:
        """How many fields the fact fills, the company's own included; lines are facts of their own.

        Of two versions that tie on both clocks the one that says more counts: the other was read when less
        was asked for. Where they say as much, the greater `id` decides.
        """
        _, values_of = _content(type(self))  # type: ignore[arg-type]  # classes can be hashed
        return sum(
            len(value) if isinstance(value, Traits) else 1
            for value in values_of(self)
            if value is not None and not isinstance(value, tuple)
        )

    def counts(self, as_of: datetime) -> bool:
        """Whether the fact had happened and was known before an instant."""
        return self.occurred_at < as_of and self.known_at < as_of


_CLOCK_FIELDS = frozenset(attribute.name for attribute in attrs.fields(Fact))


@cache
def _content(kind: type[Fact]) -> tuple[tuple[str, ...], Callable[[Fact], tuple[object, ...]]]:
    """What a kind says: how each part of it begins in JSON, and all their values of a fact."""
    names = sorted(field.name for field in attrs.fields(kind) if field.name not in _CLOCK_FIELDS)
    return tuple(f'["{name}",' for name in names), attrgetter(*names)


def _plain(value: object) -> object:
    match value:
        case datetime():
            return to_micros(value)
        case date():
            return value.isoformat()
        case Share():
            return value.ppm
        case Points():
            return value.micro
        case Traits():
            return list(value.items())
        case Line():
            return [(name, part) for name, part in attrs.asdict(value).items() if part is not None]
    raise TypeError(f"{value!r} cannot be part of a fact")


_json = json.JSONEncoder(
    default=_plain, ensure_ascii=False, check_circular=False, separators=(",", ":")
).encode


def _json_of(value: object) -> str:
    """A value as JSON: the few that most facts have, without the encoder."""
    if type(value) is int:
        return str(value)
    return "[]" if value is NO_TRAITS else _json(value)


@attrs.frozen(kw_only=True)
class Line:
    """One product on a deal or an order."""

    product: str
    product_family: str | None = None
    price_list: str | None = None
    quantity_count: int | None = None
    amount_minor: int | None = None
    list_minor: int | None = None
    cost_minor: int | None = None


class HasMoney(Protocol):
    @property
    def currency(self) -> str | None: ...


def money(fact: HasMoney, minor: int | None) -> Money | None:
    return None if minor is None or fact.currency is None else Money(minor, fact.currency)
