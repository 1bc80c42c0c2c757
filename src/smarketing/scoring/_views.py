"""What a criterion sees: one lead with its account and its touches, or one touch, as of an instant.

Only what counts as of that instant is in sight: the last known version of the lead and of its account, and
the touches that had happened and were known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.periods import from_micros
from smarketing.schema import ColumnType
from smarketing.scoring._fields import Field, Subject, columns_of, field_of

__all__ = ["LeadView", "TouchView", "View"]

_DAY = timedelta(days=1)


class View:
    """One lead or one touch as of an instant.

    Attributes:
        as_of: The instant before which everything in sight had happened and was known.
        zone: The time zone whose days count.
    """

    __slots__ = ("as_of", "zone")
    as_of: datetime
    zone: str

    def field(self, name: str) -> object:
        """The value of a field; None where it is missing or blank. Instants are datetimes in UTC.

        Raises:
            UnknownNameError: There is no such field.
        """
        raise NotImplementedError

    @property
    def age_days(self) -> float | None:
        """Days since the touch occurred, or since the lead was created; None where that is not known."""
        raise NotImplementedError

    @property
    def touches(self) -> Sequence[TouchView]:
        """The touches of a lead that count; none for one touch."""
        return ()

    def _age(self, at: object) -> float | None:
        return (self.as_of - at) / _DAY if isinstance(at, datetime) else None


class LeadView(View):
    """One lead: its fields by name, its account's as `account.…`."""

    __slots__ = ("_account", "_lead", "_touch_views", "_touches")

    def __init__(
        self, lead: object, account: object, touches: Sequence[object], as_of: datetime, zone: str = "UTC"
    ) -> None:
        self._lead, self._account = lead, account
        self._touches: Sequence[object] = touches
        self._touch_views: tuple[TouchView, ...] | None = None
        self.as_of, self.zone = as_of, zone

    def field(self, name: str) -> object:
        """The value of a field of the lead, or `account.…` of its account."""
        place = _place(name, "lead")
        record = self._account if place.subject == "account" else self._lead
        return _instants_apart(place, place.read(record))

    @property
    def age_days(self) -> float | None:
        """Days since the lead was created."""
        return self._age(self.field("created_at"))

    @property
    def touches(self) -> tuple[TouchView, ...]:
        """The touches that count."""
        if self._touch_views is None:
            self._touch_views = tuple(TouchView(touch, self.as_of, self.zone) for touch in self._touches)
        return self._touch_views


class TouchView(View):
    """One touch: its fields by name, with or without `touch.` before them."""

    __slots__ = ("_touch",)

    def __init__(self, touch: object, as_of: datetime, zone: str = "UTC") -> None:
        self._touch = touch
        self.as_of, self.zone = as_of, zone

    def field(self, name: str) -> object:
        """The value of a field of the touch."""
        place = _place(name, "touch")
        return _instants_apart(place, place.read(self._touch))

    @property
    def occurred_at(self) -> datetime:
        """When it happened."""
        at: object = getattr(self._touch, "occurred_at")  # noqa: B009 -- of whatever record this is
        return at if isinstance(at, datetime) else from_micros(at)  # type: ignore[arg-type]

    @property
    def age_days(self) -> float:
        """Days since the touch occurred."""
        return (self.as_of - self.occurred_at) / _DAY


def _instants_apart(place: Field, value: object) -> object:
    if place.type is ColumnType.INSTANT and isinstance(value, int):
        return from_micros(value)
    return value


@lru_cache(maxsize=1024)
def _place(name: str, subject: Subject) -> Field:
    asked = f"touch.{name}" if subject == "touch" and not name.startswith("touch.") else name
    place = field_of(asked)
    if place is None or (place.subject == "touch") != (subject == "touch"):
        known = [*columns_of(subject), *(f"account.{column}" for column in columns_of("account"))]
        raise UnknownNameError(f"a {subject} has no field {name!r}{did_you_mean(name, known)}")
    return place
