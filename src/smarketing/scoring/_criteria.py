"""Criteria: conditions on a lead, or on one touch, that say yes, no or *unknown*.

A condition on a field that is not known is unknown, and so is its opposite: `Not` of unknown stays unknown,
and at the rule unknown counts as no. So a lead never gets points, nor loses any, for what nobody knows.

Every criterion reads the same in two ways: `matches(view)` on one record, in plain Python, and
`expr(columns)` on columns of any dataframe engine. One of another package has the same two methods and a
`scope`; without `expr` it works in bulk too, record by record. Where time alone changes its answer it says
when, in `turns_after`, for flips are looked for only where a score may have changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from smarketing.scoring._fields import Field, field_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from smarketing.scoring._columns import Columns, Expr
    from smarketing.scoring._views import View

__all__ = ["Criterion", "FieldCriterion", "Scope"]

Scope = Literal["lead", "touch"]
"""What a criterion speaks of: a lead with its account, or one touch."""


class Criterion:
    """A condition. To add one, write a frozen attrs class with a `scope`, `matches` and, if it can, `expr`.

    Attributes:
        name: By what name files call it; a package declares it under `smarketing.criteria`.

    Example:
        >>> import attrs
        >>> @attrs.frozen
        ... class SaysHello(Criterion):
        ...     scope = "touch"
        ...
        ...     def matches(self, view):
        ...         topic = view.field("topic")
        ...         return None if topic is None else "hello" in topic
        ...
        ...     def expr(self, columns):
        ...         return columns.matching("topic", lambda topic: "hello" in topic)
        >>> SaysHello().scope
        'touch'
    """

    __slots__ = ()
    name: ClassVar[str] = ""

    @property
    def scope(self) -> Scope:
        """Whether it speaks of a lead or of one touch; a class of yours may simply say `scope = "touch"`."""
        return "lead"

    def matches(self, view: View) -> bool | None:
        """Whether it holds for one lead or touch; None where that is not known."""
        raise NotImplementedError(f"{type(self).__name__} has to say what it matches")

    def expr(self, columns: Columns) -> Expr:
        """The same as an expression over columns: true, false, or missing where it is not known."""
        raise NotImplementedError(f"{type(self).__name__} is read record by record")

    def turns_after(self) -> Iterable[timedelta]:
        """How long after which the answer may change with time alone; nothing, where only facts change it.

        Counted from the touch, where one touch is spoken of; else from when the lead was created, and from
        each of its touches. A score is read again then, so that a flip is found at its instant. What says
        `view.age_days >= 10` turns after `timedelta(days=10)`. One that changes unsaid, or at instants of
        another kind such as midnight, makes a lead flip no sooner than the next fact.
        """
        return ()

    @classmethod
    def class_named(cls, name: str) -> type[Criterion]:
        """The class that files call by a name: one of these, or one that an installed package declares.

        Raises:
            UnknownNameError: Nothing answers to the name.
        """
        from smarketing.scoring._names import class_named

        return class_named(name)

    @classmethod
    def name_of(cls, kind: type[Criterion]) -> str:
        """By what name files call a class.

        Raises:
            UnknownNameError: It has none, so a matrix that uses it cannot be written to a file.
        """
        from smarketing.scoring._names import name_of

        return name_of(kind)


class FieldCriterion(Criterion):
    """A condition on the value of one field. What is missing or blank is unknown."""

    __slots__ = ()
    field: str

    @property
    def scope(self) -> Scope:
        """Touches have the fields that are named `touch.…`."""
        return "touch" if self.field.startswith("touch.") else "lead"

    @property
    def place(self) -> Field | None:
        """The field in the schema; None where there is none of that name."""
        return field_of(self.field)

    def test(self, value: object) -> bool | None:
        """Whether it holds for a value of the field; None for a missing one, or one of another kind."""
        raise NotImplementedError(f"{type(self).__name__} has to say what it tests")

    def matches(self, view: View) -> bool | None:
        """Whether it holds for one lead or touch; None where the field is missing."""
        return self.test(view.field(self.field))

    def expr(self, columns: Columns) -> Expr:
        """The same over columns; the test runs once on each distinct value."""
        return columns.matching(self.field, self.test)
