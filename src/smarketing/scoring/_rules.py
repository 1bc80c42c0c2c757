"""What a scoring matrix is made of: rules, groups of rules, and the leads that are not scored at all.

Within a rule the order is agreed, and the same everywhere:

1. only what had happened and was known before `as_of`;
2. the window: touches of the last so long;
3. the limits to repetition, earliest first: per day, then per campaign, then once;
4. decay, each touch by its own age, rounded to the micro-point;
5. the cap of the rule;
6. the limits of its group, and at last the floor and the ceiling of the matrix.

From there on everything is integer addition, so the order of touches cannot matter and the lines add up.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import attrs
from attrs.validators import instance_of, optional

from smarketing.scoring._criteria import Criterion
from smarketing.scoring._implicit import Touched
from smarketing.values import Points, Share

__all__ = ["Decay", "Exclusion", "Group", "PointsLike", "Rule"]

PointsLike = Points | int | str | Decimal
"""Points as people give them: 5, "2.5" or a Decimal; never a float, which has lost digits."""


def as_points(given: PointsLike) -> Points:
    return given if isinstance(given, Points) else Points.of(given)


def as_points_or_none(given: PointsLike | None) -> Points | None:
    return None if given is None else as_points(given)


@attrs.frozen(kw_only=True)
class Decay:
    """How points fade with the age of a touch: by half in each half-life, or by a share in each period.

    Attributes:
        half_life: After so long half of the points are left, after twice as long a quarter.
        share: The share of the original points that is lost with each whole period, until none is left.
        per: The length of that period.

    Example:
        >>> Decay(half_life=timedelta(days=30)).half_life.days
        30
        >>> monthly = Decay(share=Share.percent(25), per=timedelta(days=30))
        >>> monthly.left_ppm(31 * 86_400_000_000), monthly.left_ppm(150 * 86_400_000_000)
        (750000, 0)
    """

    half_life: timedelta | None = attrs.field(default=None, validator=optional(instance_of(timedelta)))
    share: Share | None = attrs.field(default=None, validator=optional(instance_of(Share)))
    per: timedelta | None = attrs.field(default=None, validator=optional(instance_of(timedelta)))

    def left_ppm(self, age_micros: int) -> int:
        """Of a decay by periods, the parts per million that are left at an age in microseconds."""
        if self.share is None or self.per is None:
            raise ValueError("this decay has a half-life and no periods")
        periods = age_micros // (self.per // timedelta(microseconds=1))
        return max(0, 1_000_000 - periods * self.share.ppm)


@attrs.frozen
class Rule:
    """One line of a matrix: when this holds, the score changes by so many points.

    A `when` of touches (`Touched`, or a criterion of one touch) counts each touch; any other is a condition
    on the lead and counts once.

    Attributes:
        name: What people call it; unique in its matrix.
        when: What gives the points.
        points: How many, of either sign.
        only_if: A further condition on the lead, without which the rule gives nothing.
        once: Only the first touch counts.
        per_day: At most so many touches of one day count, in the matrix's time zone.
        per_campaign: At most so many touches of one campaign count; those of none count as one campaign.
        window: Only touches of the last so long count.
        decay: How the points fade with a touch's age.
        cap: The rule moves the score by at most so many points, up or down; given as a positive number.
        group: The group whose limits it shares.
        starts_on: The first day on which the rule holds, in the matrix's time zone.
        ends_on: The last day on which it holds.
        reason: Why, in the words that people read beside the points.

    Example:
        >>> rule = Rule("visits the price list", when=Touched("page_viewed", asset="/pricing*"), points=3,
        ...             per_day=1, cap=12, decay=Decay(half_life=timedelta(days=30)))
        >>> rule.counts_touches, rule.points
        (True, Points(micro=3000000))
    """

    name: str
    when: Criterion = attrs.field(validator=instance_of(Criterion))
    points: Points = attrs.field(converter=as_points)
    only_if: Criterion | None = attrs.field(
        default=None, validator=optional(instance_of(Criterion)), kw_only=True
    )
    once: bool = attrs.field(default=False, validator=instance_of(bool), kw_only=True)
    per_day: int | None = attrs.field(default=None, validator=optional(instance_of(int)), kw_only=True)
    per_campaign: int | None = attrs.field(default=None, validator=optional(instance_of(int)), kw_only=True)
    window: timedelta | None = attrs.field(
        default=None, validator=optional(instance_of(timedelta)), kw_only=True
    )
    decay: Decay | None = attrs.field(default=None, validator=optional(instance_of(Decay)), kw_only=True)
    cap: Points | None = attrs.field(default=None, converter=as_points_or_none, kw_only=True)
    group: str | None = attrs.field(default=None, kw_only=True)
    starts_on: date | None = attrs.field(default=None, validator=optional(instance_of(date)), kw_only=True)
    ends_on: date | None = attrs.field(default=None, validator=optional(instance_of(date)), kw_only=True)
    reason: str = attrs.field(default="", kw_only=True)

    @property
    def counts_touches(self) -> bool:
        """Whether each touch counts, and not the lead once."""
        if isinstance(self.when, Touched):
            return self.when.counts_each
        return self.when.scope == "touch"

    @property
    def touched(self) -> Touched:
        """For a rule that counts touches, which ones."""
        return self.when if isinstance(self.when, Touched) else Touched("*", where=self.when)


@attrs.frozen
class Group:
    """Rules that share limits: together they move the score no further than this.

    Attributes:
        name: What rules call it.
        ceiling: The most points that the rules of the group give together.
        floor: The fewest, which may be negative.

    Example:
        >>> Group("social", ceiling=20).floor is None
        True
    """

    name: str
    ceiling: Points | None = attrs.field(default=None, converter=as_points_or_none, kw_only=True)
    floor: Points | None = attrs.field(default=None, converter=as_points_or_none, kw_only=True)


@attrs.frozen
class Exclusion:
    """Leads that are not scored at all: an excluded lead has no points, which is not 0 points.

    Attributes:
        name: What people call them ("competitors").
        when: A condition on the lead.
        reason: Why, in the words that people read.

    Example:
        >>> from smarketing.scoring import Matches
        >>> Exclusion("students", when=Matches("email", "*.edu")).reason
        ''
    """

    name: str
    when: Criterion = attrs.field(validator=instance_of(Criterion))
    reason: str = attrs.field(default="", kw_only=True)
