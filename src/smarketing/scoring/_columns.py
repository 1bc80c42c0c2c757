"""Columns as criteria read them in bulk: expressions over the user's own dataframe engine.

Whoever asks for a field gets an expression, and what was asked for is noted, so that only those columns are
read at last. Tests on words run in Python, once on each distinct value, since engines fold and compare text
in ways of their own; what reaches the engine is a plain set of values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import attrs
import narwhals.stable.v2 as nw

from smarketing.errors import InvalidTermsError, UnknownNameError, did_you_mean
from smarketing.frames import Frames
from smarketing.periods import to_micros
from smarketing.scoring._criteria import Scope
from smarketing.scoring._fields import Field, Subject, columns_of, field_of
from smarketing.scoring._implicit import Touched

__all__ = ["Columns", "Expr", "Needs", "Sources", "micros_of"]

Expr: TypeAlias = nw.Expr
"""An expression over the columns of any engine."""

_DAY = 86_400_000_000.0
_MICRO = timedelta(microseconds=1)
_TABLES: Mapping[Subject, str] = {"lead": "leads", "account": "accounts", "touch": "touches"}


def micros_of(length: timedelta) -> int:
    """A length of time in microseconds."""
    return length // _MICRO


class Sources:
    """The tables that fields come from, as of the moment; each distinct value is asked for once."""

    def __init__(self, known: Frames) -> None:
        self.known = known
        self._distinct: dict[Field, list[Any]] = {}
        self._dtypes: dict[Field, Any] = {}

    def dtype(self, place: Field) -> Any:
        """The type of a field's column."""
        if place not in self._dtypes:
            column = self.known.select(_TABLES[place.subject], [place.column])
            self._dtypes[place] = column.collect_schema()[place.column]
        return self._dtypes[place]

    def distinct(self, place: Field) -> list[Any]:
        """The distinct values of a field that is not missing."""
        if place not in self._distinct:
            self._distinct[place] = self.known.distinct(_TABLES[place.subject], place.column)
        return self._distinct[place]


@attrs.define
class Needs:
    """What has been asked for: by field or touches, the name of the column that will hold it."""

    fields: dict[Field, str] = attrs.field(factory=dict)
    counts: dict[Touched, str] = attrs.field(factory=dict)
    lasts: dict[Touched, str] = attrs.field(factory=dict)

    def field(self, place: Field) -> str:
        """The column of a field: a touch's own name, or one of ours beside leads."""
        own = place.column if place.subject == "touch" else f"smk_{place.subject}_{len(self.fields)}"
        return self.fields.setdefault(place, own)


class Columns:
    """The columns that a criterion of leads, or of touches, may read.

    Attributes:
        scope: Whose rows they are.
        as_of: The instant before which everything had happened and was known.
        zone: The time zone whose days count.
        needs: What has been asked for.
    """

    def __init__(self, scope: Scope, sources: Sources, as_of: datetime, zone: str) -> None:
        self.scope: Scope = scope
        self.as_of, self.zone = as_of, zone
        self.needs = Needs()
        self._sources = sources

    def field(self, name: str) -> Expr:
        """A field's column; missing where it is missing or blank. Instants are microseconds.

        Raises:
            UnknownNameError: There is no such field.
        """
        return self._column(self._place(name))

    def matching(self, name: str, test: Callable[[object], bool | None]) -> Expr:
        """Whether a test holds for a field; missing where the field is, or the test says None.

        The test is run in Python, once on each distinct value, so it may do whatever Python can.

        Raises:
            UnknownNameError: There is no such field.
        """
        place = self._place(name)
        column = self._column(place)
        answers: dict[bool | None, list[Any]] = {True: [], False: [], None: []}
        for value in self._sources.distinct(place):
            if value != "" and value == value:  # noqa: PLR0124 -- a NaN reads as missing
                answers[_answer(name, test(value))].append(value)
        if len(answers[True]) <= len(answers[False]):
            found = _one_of(column, answers[True])
        else:
            found = ~_one_of(column, answers[False])
        if answers[None]:
            found = nw.when(~_one_of(column, answers[None])).then(found)
        return found

    def is_blank(self, name: str) -> Expr:
        """Whether a field is missing or blank; never missing itself."""
        return self.field(name).is_null()

    @property
    def age_days(self) -> Expr:
        """Days since the touch occurred, or since the lead was created."""
        at = self.at if self.scope == "touch" else self.field("created_at")
        return (to_micros(self.as_of) - at).cast(nw.Float64) / _DAY

    @property
    def at(self) -> Expr:
        """When each touch occurred, in microseconds."""
        return nw.col("occurred_at")

    def before(self, length: timedelta) -> int:
        """The instant that lies so long before `as_of`, in microseconds."""
        return to_micros(self.as_of) - micros_of(length)

    def touched(self, touched: Touched) -> Expr:
        """Whether the lead has such touches; never missing."""
        each = attrs.evolve(touched, at_least=None)
        name = self.needs.counts.setdefault(each, f"smk_count_{len(self.needs.counts)}")
        return nw.col(name).fill_null(0) >= (touched.at_least or 1)

    def last_at(self, touched: Touched) -> Expr:
        """When the last of such touches was; where there is none, when the lead was created."""
        name = self.needs.lasts.setdefault(touched, f"smk_last_{len(self.needs.lasts)}")
        return nw.coalesce(nw.col(name), self.field("created_at"))

    def _place(self, name: str) -> Field:
        is_of_touches = self.scope == "touch"
        asked = f"touch.{name}" if is_of_touches and not name.startswith("touch.") else name
        place = field_of(asked)
        if place is None or (place.subject == "touch") != is_of_touches:
            known = [*columns_of(self.scope), *(f"account.{column}" for column in columns_of("account"))]
            raise UnknownNameError(f"a {self.scope} has no field {name!r}{did_you_mean(name, known)}")
        return place

    def _column(self, place: Field) -> Expr:
        column = nw.col(self.needs.field(place))
        dtype = self._sources.dtype(place)
        if dtype == nw.String:
            return nw.when(column != "").then(column)
        return nw.when(~column.is_nan()).then(column) if dtype.is_float() else column


def _answer(name: str, said: object) -> bool | None:
    """What a test says; a match, a text or a list is no answer, though Python takes it for one."""
    if said is None:
        return None
    if said in (True, False):
        return bool(said)
    raise InvalidTermsError(f"the test of {name} says {said!r}: it has to say True, False or None")


def _one_of(column: Expr, values: list[Any]) -> Expr:
    """Whether a column holds one of some values; missing where it is missing."""
    same = column == column  # noqa: PLR0124 -- true, and missing where the column is
    return column.is_in(values) & same if values else ~same
