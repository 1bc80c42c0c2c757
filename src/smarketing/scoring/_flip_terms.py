"""The flip number: the score from which a lead qualifies for action.

It belongs to a score and a campaign, and the action on those who reach it is agreed before the scores come
in: in B2B the lead is handed to sales, in B2C it gets an offer. Reached means score ≥ number.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

import attrs
from attrs.validators import instance_of, optional

from smarketing.errors import InvalidTermsError, did_you_mean
from smarketing.periods import start_of_day, to_micros
from smarketing.scoring._rules import as_points, as_points_or_none
from smarketing.values import Points

__all__ = ["Flip", "Rearm"]


class Rearm(StrEnum):
    """When a lead that has flipped may flip again."""

    NEVER = "never"
    ON_RECYCLE = "on_recycle"
    AFTER_FALL = "after_fall"


def _rearm(given: Rearm | str) -> Rearm:
    known = [each.value for each in Rearm]
    if given not in known:
        raise InvalidTermsError(
            f"there is no rearm {given!r}{did_you_mean(str(given), known)}: write one of {', '.join(known)}"
        )
    return Rearm(given)


@attrs.frozen
class Flip:
    """At so many points a lead is ready, and this happens.

    Attributes:
        points: The number.
        campaign: The id of the campaign that it belongs to; None for all.
        action: What is done with whoever reaches it ("hand to sales", "send the offer").
        owner: Who does it: a department, a team or a person.
        rearm: When a lead may flip again: never; after sales has recycled it, with the next fact that finds
            the score at the number; or once the score has fallen by a margin below the number.
        margin: For `after_fall`, how far below the number the score has to fall.
        starts_on: The first day on which a lead may flip, in the matrix's time zone.
        ends_on: The last day.

    Example:
        >>> Flip(25, campaign="C-01", action="send the offer").points
        Points(micro=25000000)
    """

    points: Points = attrs.field(converter=as_points)
    campaign: str | None = attrs.field(default=None, kw_only=True)
    action: str = attrs.field(default="", kw_only=True)
    owner: str = attrs.field(default="", kw_only=True)
    rearm: Rearm = attrs.field(default=Rearm.NEVER, converter=_rearm, kw_only=True)
    margin: Points | None = attrs.field(default=None, converter=as_points_or_none, kw_only=True)
    starts_on: date | None = attrs.field(default=None, validator=optional(instance_of(date)), kw_only=True)
    ends_on: date | None = attrs.field(default=None, validator=optional(instance_of(date)), kw_only=True)

    def holds_at(self, micros: int, zone: str) -> bool:
        """Whether a lead may flip at an instant, in microseconds."""
        if self.starts_on is not None and micros < start_micros(self.starts_on, zone):
            return False
        return self.ends_on is None or micros < start_micros(self.ends_on + timedelta(days=1), zone)


@lru_cache(maxsize=256)
def start_micros(day: date, zone: str) -> int:
    """The first instant of a local day, in microseconds."""
    return to_micros(start_of_day(day, zone))
