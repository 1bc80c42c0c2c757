"""Features of leads as choices of one level each, and the levels as rules that people can read.

What is missing is a level of its own; rare values are taken together; numbers and counts of touches are cut
where about equally many leads fall between two cuts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol

import attrs

from smarketing.scoring._combined import Not
from smarketing.scoring._criteria import Criterion
from smarketing.scoring._explicit import Between, Known, Missing, OneOf
from smarketing.scoring._fields import number_of, text_of
from smarketing.scoring._implicit import Touched
from smarketing.values import Scalar

__all__ = ["TOUCHES", "Bins", "CategoryBins", "CountBins", "KnownBins", "NumberBins", "Proposed", "bins_of"]

TOUCHES = "touches: "
"""What the names of bins of touches begin with, before their kind."""

_MOST_NAMED = 40
_FEW_NUMBERS = 2

Proposed = tuple[str, Criterion, int]
"""A rule that is proposed: its name, when, and how many whole points."""


class Bins(Protocol):
    """One feature, cut into levels."""

    @property
    def name(self) -> str:
        """The field or, of touches, "touches: " and their kind."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """The levels in words; the last is what is missing, where anything can be."""
        ...

    @property
    def left_out(self) -> int | None:
        """The level whose points are no rule's, since those of all others are told from there."""
        ...

    def level(self, value: Any) -> int:
        """The level of a value."""
        ...

    def rules(self, points: Sequence[int]) -> Iterator[Proposed]:
        """The rules that give each level its points, but for one constant."""
        ...


@attrs.frozen
class CategoryBins:
    """A field with few values: a level each, one for all that are rare, one for missing."""

    name: str
    values: tuple[Scalar, ...]
    left_out: int | None = attrs.field(default=None, init=False)

    @property
    def labels(self) -> tuple[str, ...]:
        """The values, those that are rare, and missing."""
        return (*map(str, self.values), "any other", "missing")

    def level(self, value: Any) -> int:
        """The level of a value; text is compared folded, as criteria do."""
        text = text_of(value)
        return len(self.values) + 1 if text is None else self._places.get(text, len(self.values))

    @cached_property
    def _places(self) -> dict[str | None, int]:
        return {text_of(value): place for place, value in enumerate(self.values)}

    def rules(self, points: Sequence[int]) -> Iterator[Proposed]:
        """One for each level."""
        for value, given in zip(self.values, points, strict=False):
            yield f"{_said(self.name)} is {value}", OneOf(self.name, value), given
        if self.values:
            yield f"{_said(self.name)} is another", Not(OneOf(self.name, self.values)), points[-2]
        else:
            yield f"{_said(self.name)} is known", Known(self.name), points[-2]
        yield f"{_said(self.name)} is missing", Missing(self.name), points[-1]


@attrs.frozen
class KnownBins:
    """A field that says too many things, or whose: all that counts is whether it is known."""

    name: str
    left_out: int | None = attrs.field(default=1, init=False)

    @property
    def labels(self) -> tuple[str, ...]:
        """Known and missing."""
        return ("known", "missing")

    def level(self, value: Any) -> int:
        """Whether the value is missing."""
        return int(text_of(value) is None)

    def rules(self, points: Sequence[int]) -> Iterator[Proposed]:
        """What it adds to know it."""
        yield f"{_said(self.name)} is known", Known(self.name), points[0] - points[1]


@attrs.frozen
class NumberBins:
    """A field with numbers, cut at some of them; a cut belongs to the level above it."""

    name: str
    cuts: tuple[int | float, ...]
    left_out: int | None = attrs.field(default=0, init=False)

    @property
    def labels(self) -> tuple[str, ...]:
        """The ranges, and missing."""
        return (*_ranges(self.cuts), "missing")

    def level(self, value: Any) -> int:
        """The range in which a value lies."""
        number = number_of(value)
        return len(self.cuts) + 1 if number is None else bisect_right(self.cuts, number)

    def rules(self, points: Sequence[int]) -> Iterator[Proposed]:
        """What is added from each cut on, so that the rules that hold add up to the level's points."""
        for cut, below, above in zip(self.cuts, points, points[1:], strict=False):
            yield f"{_said(self.name)} is at least {_number(cut)}", Between(self.name, low=cut), above - below
        yield f"{_said(self.name)} is missing", Missing(self.name), points[-1] - points[0]


@attrs.frozen
class CountBins:
    """How many touches of a kind a lead had, cut at some counts; none is the lowest level."""

    name: str
    kind: str
    cuts: tuple[int, ...]
    window: timedelta | None
    left_out: int | None = attrs.field(default=0, init=False)

    @property
    def labels(self) -> tuple[str, ...]:
        """The ranges of counts."""
        return _ranges(self.cuts)

    def level(self, value: Any) -> int:
        """The range in which a count lies."""
        return bisect_right(self.cuts, value)

    def rules(self, points: Sequence[int]) -> Iterator[Proposed]:
        """What is added from each cut on."""
        for cut, below, above in zip(self.cuts, points, points[1:], strict=False):
            touched = Touched(self.kind, at_least=cut, within=self.window)
            often = "" if cut == 1 else f" at least {cut} times"
            yield f"{self.kind}{often}", touched, above - below


def bins_of(
    fields: Mapping[str, Sequence[Any]],
    touches: Mapping[str, Sequence[int]],
    *,
    personal: frozenset[str],
    most: int,
    fewest: int,
    window: timedelta | None,
) -> Iterator[Bins]:
    """The features that some leads can be told apart by.

    Args:
        fields: By name, the values of leads.
        touches: By kind, how many touches leads had.
        personal: Fields of which only whether they are known may count.
        most: At most so many ranges of a number.
        fewest: So many leads make a level of their own.
        window: Which touches were counted.
    """
    for name, values in fields.items():
        if found := _field_bins(name, values, is_personal=name in personal, most=most, fewest=fewest):
            yield found
    for kind, counts in touches.items():
        cuts = [int(cut) for cut in _cuts([count for count in counts if count], most, fewest)]
        if sum(1 for count in counts if count) >= fewest:
            yield CountBins(f"{TOUCHES}{kind}", kind, (1, *(cut for cut in cuts if cut > 1)), window)


def _field_bins(
    name: str, values: Sequence[Any], *, is_personal: bool, most: int, fewest: int
) -> Bins | None:
    known = [value for value in values if text_of(value) is not None]
    if len(known) < fewest:
        return None
    is_plain = all(isinstance(value, str | int | float) for value in known)  # no dates, no decimals
    numbers = [number_of(value) for value in known]
    if all(number is not None for number in numbers) and len(set(numbers)) > _FEW_NUMBERS and not is_personal:
        cuts = _cuts([number for number in numbers if number is not None], most, fewest)
        return NumberBins(name, cuts) if cuts or len(known) < len(values) else None
    counts = Counter(text_of(value) for value in known)
    first = {text_of(value): value for value in reversed(known)}
    common = sorted((text for text, count in counts.items() if count >= fewest), key=str)
    if is_personal or not is_plain or not common or len(common) > _MOST_NAMED:
        return KnownBins(name) if len(values) - len(known) >= fewest else None
    if len(counts) == 1 and len(known) == len(values):
        return None
    return CategoryBins(name, tuple(first[text] for text in common))


def _cuts(numbers: Sequence[int | float], most: int, fewest: int) -> tuple[int | float, ...]:
    """Where to cut: about equally many on each side, a value never torn apart."""
    counts = sorted(Counter(numbers).items())
    share = max(fewest, len(numbers) / most)
    cuts: list[int | float] = []
    held, left = 0, len(numbers)
    for number, count in counts:
        if held >= share or (held >= fewest and held + count / 2 > share):
            if left < fewest:
                break
            cuts.append(number)
            held = 0
        held += count
        left -= count
    return tuple(cuts)


def _ranges(cuts: Sequence[int | float]) -> tuple[str, ...]:
    """The ranges between cuts, in words."""
    if not cuts:
        return ("any",)
    middle = (f"{_number(low)} up to {_number(high)}" for low, high in pairwise(cuts))
    return (f"below {_number(cuts[0])}", *middle, f"{_number(cuts[-1])} or more")


def _number(number: float) -> str:
    return str(int(number)) if number == number // 1 else repr(number)


def _said(field: str) -> str:
    """A field as people say it."""
    return field.replace("trait_", "").replace("account.", "account ").replace("_", " ")
