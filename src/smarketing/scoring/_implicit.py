"""Implicit criteria: what a lead has done, how lately, and how long it has done nothing.

`Touched` says that a lead has such touches. As the `when` of a rule it also says *which* ones: each of them
counts. Within other criteria, and with `at_least`, it is a condition on the lead, which counts once. How many
touches there are is never unknown: a touch without a channel is no touch by e-mail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import attrs
from attrs.validators import instance_of, optional

from smarketing.periods import start_of_day
from smarketing.scoring._criteria import Criterion
from smarketing.scoring._explicit import words
from smarketing.scoring._fields import text_of
from smarketing.text import fold, matches_glob

if TYPE_CHECKING:
    from smarketing.scoring._columns import Columns, Expr
    from smarketing.scoring._views import TouchView, View

__all__ = ["ActiveWithin", "InactiveFor", "Touched", "any_of_patterns"]


def is_pattern(text: str) -> bool:
    """Whether a text has wildcards."""
    return "*" in text or "?" in text


def any_of_patterns(patterns: Iterable[str]) -> Callable[[object], bool]:
    """Whether a value fits one of some patterns, folded; what is missing fits none."""
    given = [fold(pattern) for pattern in patterns]
    whole = frozenset(given)  # most patterns are the word itself
    globs = [matches_glob(pattern) for pattern in given if is_pattern(pattern)]

    def fits(value: object) -> bool:
        text = text_of(value)
        return text is not None and (text in whole or any(fits(text) for fits in globs))

    return fits


@attrs.frozen
class Touched(Criterion):
    """The lead has touches of a kind.

    Attributes:
        kind: One or several kinds, compared folded; `*` is any run of characters, `?` any one.
        channel: Only by these channels, alike.
        campaign: Only of the campaigns with these ids, to the letter.
        asset: Only of these digital assets, as kinds are.
        where: Only those for which this criterion of touches holds.
        within: Only those of the last so long.
        since: Only those on this day or later, in the matrix's time zone.
        at_least: How many there have to be; without it one is enough, and for a rule each counts.

    Example:
        >>> visits = Touched("page_viewed", asset="/pricing*", within=timedelta(days=30))
        >>> visits.scope, visits.counts_each
        ('lead', True)
    """

    kind: tuple[str, ...] = attrs.field(converter=words)
    channel: tuple[str, ...] = attrs.field(default=(), converter=words, kw_only=True)
    campaign: tuple[str, ...] = attrs.field(default=(), converter=words, kw_only=True)
    asset: tuple[str, ...] = attrs.field(default=(), converter=words, kw_only=True)
    where: Criterion | None = attrs.field(
        default=None, validator=optional(instance_of(Criterion)), kw_only=True
    )
    within: timedelta | None = attrs.field(
        default=None, validator=optional(instance_of(timedelta)), kw_only=True
    )
    since: date | None = attrs.field(default=None, validator=optional(instance_of(date)), kw_only=True)
    at_least: int | None = attrs.field(default=None, validator=optional(instance_of(int)), kw_only=True)

    @property
    def counts_each(self) -> bool:
        """Whether each touch counts where this is the `when` of a rule."""
        return self.at_least is None

    @cached_property
    def tests(self) -> tuple[tuple[str, Callable[[object], bool]], ...]:
        """By field of a touch, whether a value fits; the fields that may have any value are left out."""
        campaigns = frozenset(self.campaign)
        found = [("kind", any_of_patterns(self.kind))] if self.kind != ("*",) else []
        found += [("channel", any_of_patterns(self.channel))] if self.channel else []
        found += [("campaign_id", campaigns.__contains__)] if campaigns else []
        found += [("asset", any_of_patterns(self.asset))] if self.asset else []
        return tuple(found)

    def fits(self, touch: TouchView) -> bool:
        """Whether one touch is such a one, whenever it was."""
        if not all(test(touch.field(field)) for field, test in self.tests):
            return False
        return self.where is None or self.where.matches(touch) is True

    def earliest(self, as_of: datetime, zone: str) -> datetime | None:
        """The instant from which touches are asked for; None where any are."""
        starts = [
            *([as_of - self.within] if self.within is not None else []),
            *([_start(self.since, zone)] if self.since is not None else []),
        ]
        return max(starts, default=None)

    def found(self, view: View) -> Iterator[TouchView]:
        """The touches of a lead that are such ones."""
        start = self.earliest(view.as_of, view.zone)
        return (
            touch
            for touch in view.touches
            if (start is None or touch.occurred_at >= start) and self.fits(touch)
        )

    def matches(self, view: View) -> bool:
        """Whether the lead has enough of them; never unknown."""
        return sum(1 for _ in self.found(view)) >= (self.at_least or 1)

    def turns_after(self) -> Iterator[timedelta]:
        """When touches are too long ago, and when what is asked of each of them says so."""
        if self.within is not None:
            yield self.within
        if self.where is not None:
            yield from self.where.turns_after()

    def expr(self, columns: Columns) -> Expr:
        """Whether the lead has enough of them; never unknown."""
        return columns.touched(self)


@attrs.frozen
class ActiveWithin(Criterion):
    """The lead was touched within the last so long, by any of these kinds.

    Example:
        >>> ActiveWithin(timedelta(days=7), ("page_viewed", "email_clicked")).touched.within.days
        7
    """

    length: timedelta = attrs.field(validator=instance_of(timedelta))
    kind: tuple[str, ...] = attrs.field(default=("*",), converter=words)

    @cached_property
    def touched(self) -> Touched:
        """The same in the longer words."""
        return Touched(self.kind, within=self.length)

    def matches(self, view: View) -> bool:
        """Whether there was such a touch; never unknown."""
        return self.touched.matches(view)

    def turns_after(self) -> tuple[timedelta, ...]:
        """When that touch is too long ago."""
        return (self.length,)

    def expr(self, columns: Columns) -> Expr:
        """Whether there was such a touch; never unknown."""
        return columns.touched(self.touched)


@attrs.frozen
class InactiveFor(Criterion):
    """The lead has done none of these kinds for at least so long.

    Counted since its last such touch or, where it has none, since it was created; unknown where that is not
    known either.

    Example:
        >>> InactiveFor(timedelta(days=90)).kind
        ('*',)
    """

    length: timedelta = attrs.field(validator=instance_of(timedelta))
    kind: tuple[str, ...] = attrs.field(default=("*",), converter=words)

    @cached_property
    def touched(self) -> Touched:
        """The touches that end it."""
        return Touched(self.kind)

    def matches(self, view: View) -> bool | None:
        """Whether the last of them is longer ago."""
        last = max((touch.occurred_at for touch in self.touched.found(view)), default=None)
        since = view.field("created_at") if last is None else last
        return view.as_of - since > self.length if isinstance(since, datetime) else None

    def turns_after(self) -> tuple[timedelta, ...]:
        """When nothing has come after it for so long."""
        return (self.length,)

    def expr(self, columns: Columns) -> Expr:
        """Whether the last of them is longer ago."""
        return columns.last_at(self.touched) < columns.before(self.length)


@lru_cache(maxsize=256)
def _start(day: date, zone: str) -> datetime:
    return start_of_day(day, zone)
