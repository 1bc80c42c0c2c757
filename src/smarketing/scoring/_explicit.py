"""Explicit criteria: what is known of a lead, of its account, or of one touch.

Words are compared folded, so that `Straße` and `STRASSE` are one. A number that a company keeps as text is a
number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import attrs

from smarketing.errors import InvalidTermsError
from smarketing.periods import to_micros
from smarketing.schema import ColumnType
from smarketing.scoring._criteria import FieldCriterion
from smarketing.scoring._fields import number_of, text_of
from smarketing.text import fold, matches_glob
from smarketing.values import Scalar

if TYPE_CHECKING:
    from smarketing.scoring._columns import Columns, Expr
    from smarketing.scoring._views import View

__all__ = ["Between", "Bound", "Contains", "Known", "Matches", "Missing", "OneOf", "StartsWith"]

T = TypeVar("T")
Bound = int | float | datetime
"""An end of a range: a number or an instant."""


def _scalars(given: Scalar | Iterable[Scalar]) -> tuple[Scalar, ...]:
    return (given,) if isinstance(given, str | int | float) else _several(given)


def _typed(values: tuple[Scalar, ...]) -> tuple[tuple[type, Scalar], ...]:
    return tuple((type(value), value) for value in values)  # True is not 1, though Python says so


def words(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else _several(given)


def _several(given: Iterable[T]) -> tuple[T, ...]:
    if not isinstance(given, Iterable):
        raise InvalidTermsError(f"{given!r} is no word to compare with: write one, or several in a list")
    return tuple(given)


def _bound(given: Bound | Decimal | None) -> Bound | None:
    if isinstance(given, Decimal):
        return int(given) if given == given.to_integral_value() else float(given)
    if not isinstance(given, int | float | datetime | None):
        raise InvalidTermsError(f"{given!r} is no end of a range: write a number or an instant")
    return given


@attrs.frozen
class OneOf(FieldCriterion):
    """The field is one of these values; text is compared folded.

    Attributes:
        field: Such as `job_title`, `account.industry`, `trait_segment` or `touch.topic`.
        values: One or several.

    Example:
        >>> OneOf("country", ("ES", "PT")).test("es"), OneOf("country", "ES").test(None)
        (True, None)
        >>> OneOf("trait_tier", (1, 2)).test("2"), OneOf("trait_is_partner", True).test(False)
        (True, False)
    """

    field: str
    values: tuple[Scalar, ...] = attrs.field(converter=_scalars, eq=_typed)

    @cached_property
    def _texts(self) -> frozenset[str]:
        texts = {text for value in self.values if (text := text_of(value))}
        for value in self.values:
            if isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1:
                texts |= {str(int(value)), str(float(value))}
        return frozenset(texts)

    def test(self, value: object) -> bool | None:
        """Whether the value is one of them."""
        text = text_of(value)
        return None if text is None else text in self._texts


@attrs.frozen
class Between(FieldCriterion):
    """The field lies between two numbers or instants, both included; one end may be left open.

    Attributes:
        field: Such as `account.employees_count`, `trait_seats` or `created_at`.
        low: The lowest that matches; None for any.
        high: The highest that matches; None for any.

    Example:
        >>> size = Between("account.employees_count", 50, 500)
        >>> size.test(50), size.test(501), size.test(None)
        (True, False, None)
        >>> Between("trait_seats", low=10).test("12"), Between("trait_seats", low=10).test("many")
        (True, None)
    """

    field: str
    low: Bound | None = attrs.field(default=None, converter=_bound)
    high: Bound | None = attrs.field(default=None, converter=_bound)

    @cached_property
    def ends(self) -> tuple[int | float | None, int | float | None]:
        """Both ends as they are compared: instants as microseconds."""
        low, high = (to_micros(end) if isinstance(end, datetime) else end for end in (self.low, self.high))
        return low, high

    def test(self, value: object) -> bool | None:
        """Whether the value lies between them."""
        asked = number_of(to_micros(value) if isinstance(value, datetime) else value)
        if asked is None:
            return None
        low, high = self.ends
        return (low is None or low <= asked) and (high is None or asked <= high)

    def expr(self, columns: Columns) -> Expr:
        """The same over columns: numbers and instants are compared as they are."""
        place = self.place
        if place is None or place.type not in {ColumnType.INTEGER, ColumnType.INSTANT}:
            return columns.matching(self.field, self.test)
        column, (low, high) = columns.field(self.field), self.ends
        conditions = [
            *([column >= low] if low is not None else []),
            *([column <= high] if high is not None else []),
        ]
        return conditions[0] & conditions[1] if len(conditions) > 1 else conditions[0]


@attrs.frozen
class Contains(FieldCriterion):
    """The field's text has one of these words somewhere in it.

    Example:
        >>> Contains("job_title", ("director", "head of")).test("Head of Marketing")
        True
    """

    field: str
    words: tuple[str, ...] = attrs.field(converter=words)

    @cached_property
    def _folded(self) -> tuple[str, ...]:
        return tuple(map(fold, self.words))

    def test(self, value: object) -> bool | None:
        """Whether the value contains one of them."""
        text = text_of(value)
        return None if text is None else any(word in text for word in self._folded)


@attrs.frozen
class StartsWith(FieldCriterion):
    """The field's text begins with one of these words.

    Example:
        >>> StartsWith("touch.asset", "/pricing").test("/Pricing/enterprise")
        True
    """

    field: str
    words: tuple[str, ...] = attrs.field(converter=words)

    @cached_property
    def _folded(self) -> tuple[str, ...]:
        return tuple(map(fold, self.words))

    def test(self, value: object) -> bool | None:
        """Whether the value begins with one of them."""
        text = text_of(value)
        return None if text is None else text.startswith(self._folded)


@attrs.frozen
class Matches(FieldCriterion):
    """The field's whole text fits one of these patterns: `*` is any run of characters, `?` any one.

    Example:
        >>> Matches("email", "*@*.edu").test("ana@uni.edu")
        True
    """

    field: str
    patterns: tuple[str, ...] = attrs.field(converter=words)

    @cached_property
    def _globs(self) -> tuple[Callable[[str], bool], ...]:
        return tuple(map(matches_glob, self.patterns))

    def test(self, value: object) -> bool | None:
        """Whether the value fits one of them."""
        text = text_of(value)
        return None if text is None else any(fits(text) for fits in self._globs)


@attrs.frozen
class Known(FieldCriterion):
    """The field is known: neither missing nor blank. Never unknown itself.

    Example:
        >>> Known("phone").test("600 000 000"), Known("phone").test(""), Known("phone").test(None)
        (True, False, False)
    """

    field: str

    def test(self, value: object) -> bool:
        """Whether there is a value."""
        return value is not None and value != "" and value == value  # noqa: PLR0124 -- a NaN is none

    def matches(self, view: View) -> bool:
        """Whether there is a value."""
        return self.test(view.field(self.field))

    def expr(self, columns: Columns) -> Expr:
        """Whether there is a value."""
        return ~columns.is_blank(self.field)


@attrs.frozen
class Missing(FieldCriterion):
    """The field is missing or blank. Never unknown itself.

    Example:
        >>> Missing("phone").test(None), Missing("phone").test("600 000 000")
        (True, False)
    """

    field: str

    def test(self, value: object) -> bool:
        """Whether there is no value."""
        return value is None or value == "" or value != value  # noqa: PLR0124 -- a NaN is none

    def matches(self, view: View) -> bool:
        """Whether there is no value."""
        return self.test(view.field(self.field))

    def expr(self, columns: Columns) -> Expr:
        """Whether there is no value."""
        return columns.is_blank(self.field)
