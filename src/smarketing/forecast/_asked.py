"""What is asked of a forecast, checked: numbers of days, shares between 0 and 1, zones."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING

from smarketing.errors import InvalidTermsError
from smarketing.origin import Origin, Problem
from smarketing.periods import start_of_day

if TYPE_CHECKING:
    import attrs

__all__ = ["a_zone", "above_nothing", "checked_days", "checked_number", "checked_share"]


def checked_days(days: int | timedelta, field: str, *, least: int = 0) -> int:
    """A number of whole days.

    Raises:
        InvalidTermsError: It is something else, or less than `least`.

    Example:
        >>> checked_days(30, "within"), checked_days(timedelta(days=30), "within")
        (30, 30)
        >>> checked_days("30", "within")
        Traceback (most recent call last):
        ...
        smarketing.errors.InvalidTermsError: '30' is no number of days
          - error: within: give a whole number of days, 0 or more [not-days]
    """
    found: object = days
    if isinstance(days, timedelta) and days % timedelta(days=1) == timedelta(0):
        found = days.days
    if type(found) is not int or found < least:
        hint = f"give a whole number of days, {least} or more"
        problem = Problem(code="not-days", message=hint, origin=Origin(field=field))
        raise InvalidTermsError(f"{days!r} is no number of days", [problem])
    return found


def checked_number(value: float, name: str) -> float:
    """A finite number above 0.

    Raises:
        ValueError: It is something else.
    """
    if not (isinstance(value, int | float) and 0.0 < value < math.inf):
        raise ValueError(f"{name} is {value!r}: give a number above 0")
    return value


def above_nothing(_owner: object, attribute: attrs.Attribute[float], value: float) -> None:
    """For attrs: as `checked_number`."""
    checked_number(value, attribute.name)


def a_zone(_owner: object, _attribute: object, zone: str) -> None:
    """For attrs: a zone that there is; another is refused with the nearest name."""
    start_of_day(date(2000, 1, 1), zone)


def checked_share(share: float, name: str = "share", such_as: str = "0.1") -> float:
    """A share between 0 and 1, both left out.

    Raises:
        ValueError: It is something else.

    Example:
        >>> checked_share(80, "level", "0.8")
        Traceback (most recent call last):
        ...
        ValueError: the level is 80: give a number between 0 and 1, such as 0.8
    """
    is_number = isinstance(share, int | float) and not isinstance(share, bool)
    if not (is_number and 0.0 < share < 1.0):
        raise ValueError(f"the {name} is {share!r}: give a number between 0 and 1, such as {such_as}")
    return share
