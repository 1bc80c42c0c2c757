"""Criteria of criteria, in three-valued (Kleene) logic.

| | all of | any of | not |
|---|---|---|---|
| yes | every part says yes | a part says yes | the part says no |
| no | a part says no | every part says no | the part says yes |
| unknown | else | else | the part is unknown |

All parts speak of the same: of the lead, or of one touch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

import attrs
from attrs.validators import deep_iterable, instance_of

from smarketing.scoring._criteria import Criterion, Scope

if TYPE_CHECKING:
    from datetime import timedelta

    from smarketing.scoring._columns import Columns, Expr
    from smarketing.scoring._views import View

__all__ = ["AllOf", "AnyOf", "Not"]


def _parts(given: Iterable[Criterion | Iterable[Criterion]]) -> Iterator[Criterion]:
    for one in given:
        if isinstance(one, Criterion):
            yield one
        else:
            yield from one


class _Several(Criterion):
    __slots__ = ()
    parts: tuple[Criterion, ...]

    @property
    def scope(self) -> Scope:
        """What the parts speak of."""
        return self.parts[0].scope if self.parts else "lead"

    def turns_after(self) -> Iterator[timedelta]:
        """Whenever a part does."""
        for part in self.parts:
            yield from part.turns_after()


@attrs.frozen(init=False)
class AllOf(_Several):
    """Every one of the criteria holds.

    Example:
        >>> from smarketing.scoring import Known, OneOf
        >>> AllOf(OneOf("country", "ES"), Known("phone")).parts[1]
        Known(field='phone')
    """

    parts: tuple[Criterion, ...] = attrs.field(validator=deep_iterable(instance_of(Criterion)))

    def __init__(self, *given: Criterion | Iterable[Criterion], parts: Iterable[Criterion] = ()) -> None:
        """The criteria one by one, or all together in a list."""
        object.__setattr__(self, "parts", (*_parts(given), *parts))
        attrs.validate(self)

    def matches(self, view: View) -> bool | None:
        """No if one says no, unknown if else one is unknown."""
        answers = [part.matches(view) for part in self.parts]
        return False if False in answers else None if None in answers else True

    def expr(self, columns: Columns) -> Expr:
        """No if one says no, unknown if else one is unknown."""
        return reduce(and_, (part.expr(columns) for part in self.parts))


@attrs.frozen(init=False)
class AnyOf(_Several):
    """At least one of the criteria holds.

    Example:
        >>> from smarketing.scoring import Known
        >>> len(AnyOf(Known("phone"), Known("email")).parts)
        2
    """

    parts: tuple[Criterion, ...] = attrs.field(validator=deep_iterable(instance_of(Criterion)))

    def __init__(self, *given: Criterion | Iterable[Criterion], parts: Iterable[Criterion] = ()) -> None:
        """The criteria one by one, or all together in a list."""
        object.__setattr__(self, "parts", (*_parts(given), *parts))
        attrs.validate(self)

    def matches(self, view: View) -> bool | None:
        """Yes if one says yes, unknown if else one is unknown."""
        answers = [part.matches(view) for part in self.parts]
        return True if True in answers else None if None in answers else False

    def expr(self, columns: Columns) -> Expr:
        """Yes if one says yes, unknown if else one is unknown."""
        return reduce(or_, (part.expr(columns) for part in self.parts))


@attrs.frozen
class Not(Criterion):
    """The criterion does not hold; where that is unknown, so is this.

    Example:
        >>> from smarketing.scoring import OneOf, Touched
        >>> Not(Touched("webinar_attended")).scope, Not(OneOf("touch.channel", "email")).scope
        ('lead', 'touch')
    """

    part: Criterion = attrs.field(validator=instance_of(Criterion))

    @property
    def scope(self) -> Scope:
        """What the part speaks of."""
        return self.part.scope

    def matches(self, view: View) -> bool | None:
        """The opposite."""
        answer = self.part.matches(view)
        return None if answer is None else not answer

    def turns_after(self) -> Iterable[timedelta]:
        """Whenever the part does."""
        return self.part.turns_after()

    def expr(self, columns: Columns) -> Expr:
        """The opposite."""
        return ~self.part.expr(columns)
