"""The scoring matrix: which actions and data change a score, and by how much."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from smarketing.errors import InvalidTermsError, UnknownNameError, checked_kind, did_you_mean
from smarketing.periods import to_micros
from smarketing.scoring._clock import INSTANTS, MICROS
from smarketing.scoring._faults import matrix_faults
from smarketing.scoring._flip_terms import Flip
from smarketing.scoring._rules import Exclusion, Group, PointsLike, Rule, as_points_or_none
from smarketing.scoring._turns import Turns, turns_of
from smarketing.values import Points

if TYPE_CHECKING:
    from smarketing.facts import Account, Flipped, Lead, Touch
    from smarketing.scoring._record import Score

__all__ = ["Scorer", "ScoringMatrix"]

T = TypeVar("T")

# The annotations of a matrix are read at run time, when one is read from a file: no name of them is missing.
Scorer = Callable[[Any, Any, Any, Any], tuple[int, int, tuple[int, ...]]]
"""From lead, account, touches and as_of: the exclusion's number or -1, the total, the points by rule."""


def _rules(given: Iterable[Rule]) -> tuple[Rule, ...]:
    return _several(given, Rule, "rules", 'Rule("a name", when=…, points=…)')


def _groups(given: Iterable[Group]) -> tuple[Group, ...]:
    return _several(given, Group, "groups", 'Group("a name", ceiling=…)')


def _exclusions(given: Iterable[Exclusion]) -> tuple[Exclusion, ...]:
    return _several(given, Exclusion, "exclude", 'Exclusion("a name", when=…)')


def _flips(given: Iterable[Flip]) -> tuple[Flip, ...]:
    return _several(given, Flip, "flips", "Flip(25)")


def _flip(given: PointsLike | None) -> Points | None:
    if isinstance(given, Flip):
        raise InvalidTermsError("flip takes the number alone: put this Flip into flips=[…]")
    return as_points_or_none(given)


def _several(given: Iterable[T], kind: type[T], field: str, example: str) -> tuple[T, ...]:
    """Terms of one kind; one of them alone, or something else among them, is told so."""
    if not isinstance(given, Iterable):
        raise InvalidTermsError(f"{field} takes a list, not one {type(given).__name__}: write [{example}]")
    return tuple(checked_kind(each, kind, field, f"write {example}") for each in given)


@attrs.frozen(kw_only=True)
class ScoringMatrix:
    """One score of a company, such as purchase intent, as both departments agreed on it.

    Attributes:
        name: What the score is called.
        rules: What changes it.
        flip: Short for `flips=(Flip(25),)`.
        flips: The numbers that qualify for action, each for its campaign.
        exclude: Leads that are not scored at all.
        groups: Limits that rules share.
        floor: The lowest score; None for none.
        ceiling: The highest score; None for none.
        zone: The time zone whose days count.

    Raises:
        InvalidTermsError: With every fault at once, each with its key path.

    Example:
        >>> from smarketing.scoring import Touched
        >>> matrix = ScoringMatrix(
        ...     name="intent", flip=25, rules=(Rule("downloads", when=Touched("download"), points=10),)
        ... )
        >>> matrix.flips
        (Flip(points=Points(micro=25000000), campaign=None, ...),)
    """

    name: str
    rules: tuple[Rule, ...] = attrs.field(converter=_rules)
    _flip: Points | None = attrs.field(default=None, converter=_flip, alias="flip", repr=False)
    flips: tuple[Flip, ...] = attrs.field(default=(), converter=_flips)
    exclude: tuple[Exclusion, ...] = attrs.field(default=(), converter=_exclusions)
    groups: tuple[Group, ...] = attrs.field(default=(), converter=_groups)
    floor: Points | None = attrs.field(default=None, converter=as_points_or_none)
    ceiling: Points | None = attrs.field(default=None, converter=as_points_or_none)
    zone: str = "UTC"

    def __attrs_post_init__(self) -> None:
        if self._flip is not None:
            object.__setattr__(self, "flips", (Flip(self._flip), *self.flips))
            object.__setattr__(self, "_flip", None)
        if problems := list(matrix_faults(self)):
            raise InvalidTermsError(f"the scoring matrix {self.name!r} cannot be used as written:", problems)

    @property
    def flip(self) -> Points | None:
        """The first of the numbers, where there is one."""
        return self.flips[0].points if self.flips else None

    @cached_property
    def scorer(self) -> Scorer:
        """The matrix as one compiled function over facts."""
        from smarketing.scoring._compile import compiled

        return compiled(self, INSTANTS)

    @cached_property
    def micros_scorer(self) -> Scorer:
        """The same over records that tell time in microseconds."""
        from smarketing.scoring._compile import compiled

        return compiled(self, MICROS)

    @cached_property
    def turns(self) -> Turns:
        """What of it changes with time alone."""
        return turns_of(self)

    @cached_property
    def rising(self) -> Any:
        """How high a score may have risen, as a bound that is quick to follow; None where there is none."""
        from smarketing.scoring._rising import TOLD, Rising

        return Rising.of(self, TOLD)

    @cached_property
    def presence(self) -> ScoringMatrix | None:
        """Its rules that count touches, each giving something for whatever it counts; None without any.

        Somebody of whom no version is known has a score once one of these gives anything.
        """
        rules = [
            attrs.evolve(rule, points=Points.of(1), only_if=None, decay=None, cap=None, group=None)
            for rule in self.rules
            if rule.counts_touches
        ]
        return ScoringMatrix(name=self.name, rules=rules, zone=self.zone) if rules else None

    def score(
        self,
        lead: Lead | Iterable[Lead] | None,
        touches: Iterable[Touch],
        *,
        as_of: datetime,
        account: Account | Iterable[Account] | None = None,
        recycled: Iterable[datetime] = (),
        recorded: Iterable[Flipped] = (),
    ) -> Score:
        """The score of one lead, in plain Python: no dataframe library is loaded.

        Args:
            lead: The lead, or all its versions, of which the last known counts; None for somebody of whom
                there are only touches.
            touches: What it did, in any order, each once, and nothing that was retracted. Under which id is
                not asked, since one person may have several, so leave out what others did.
            as_of: What had happened and was known before this instant counts.
            account: The lead's account, or versions of accounts.
            recycled: When sales gave the lead back, for numbers that a lead may reach again then.
            recorded: Flips that were recorded before: they stand, whatever the matrix says now.

        Raises:
            InvalidFactError: `as_of` has no time zone.

        Example:
            >>> from datetime import UTC, datetime
            >>> from smarketing.facts import Touch
            >>> from smarketing.origin import Origin
            >>> from smarketing.scoring import Touched
            >>> rule = Rule("asks for a demo", when=Touched("demo"), points=30)
            >>> matrix = ScoringMatrix(name="intent", flip=25, rules=[rule])
            >>> demo = Touch(
            ...     origin=Origin(), occurred_at=datetime(2026, 3, 2, tzinfo=UTC), lead_id="L-1", kind="demo"
            ... )
            >>> score = matrix.score(None, [demo], as_of=datetime(2026, 4, 1, tzinfo=UTC))
            >>> float(score.points), score.lines[0].name
            (30.0, 'asks for a demo')
        """
        score: Score = self._read(self, as_of, (lead, touches, account, recycled, recorded))
        return score

    @cached_property
    def _read(self) -> Callable[..., Any]:
        """The reading of one lead; that room above knows this one."""
        from smarketing.scoring._record import score_told

        return score_told

    def diff(self, newer: ScoringMatrix) -> tuple[str, ...]:
        """What a newer version of the matrix changes, a sentence each; nothing if they are equal.

        Example:
            >>> from smarketing.scoring import Touched
            >>> old, new = (
            ...     ScoringMatrix(name="intent", flip=25, rules=[Rule("demo", Touched("demo"), points)])
            ...     for points in (20, 30)
            ... )
            >>> old.diff(new)
            ("rule 'demo': points were 20, are now 30",)
        """
        from smarketing.scoring._diff import changes

        return tuple(changes(self, newer))

    def rule(self, name: str) -> Rule:
        """The rule of a name.

        Raises:
            UnknownNameError: There is none, with the nearest name that there is.
        """
        for rule in self.rules:
            if rule.name == name:
                return rule
        known = did_you_mean(name, [rule.name for rule in self.rules])
        raise UnknownNameError(f"the matrix {self.name!r} has no rule {name!r}{known}")

    def flip_for(self, campaign: str | None, as_of: datetime) -> Flip:
        """The number that holds for a campaign at a moment: its own, or else the one for all.

        Raises:
            UnknownNameError: There is none, or none on that day.
        """
        own = [flip for flip in self.flips if flip.campaign == campaign]
        general = [flip for flip in self.flips if flip.campaign is None]
        for flip in (*own, *general):
            if flip.holds_at(to_micros(as_of), self.zone):
                return flip
        when = f" at {as_of.isoformat()}: each has its days" if own or general else ""
        raise UnknownNameError(f"the matrix {self.name!r} has no flip number for {campaign!r}{when}")
