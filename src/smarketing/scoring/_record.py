"""One lead's score: its points at once, and everything that explains them when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import attrs

from smarketing.errors import InvalidTermsError, checked_kind
from smarketing.facts import Account, Flipped, Lead, Touch
from smarketing.periods import Dated, checked_instant, to_micros
from smarketing.scoring._case import Case, account_for, known_version
from smarketing.scoring._compile import NOBODY
from smarketing.scoring._evidence import Evidence, evidence_of, some_touch_counts
from smarketing.scoring._lines import ScoreLine, lines_of
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._movement import Move, movement
from smarketing.scoring._next_touch import NextTouch, what_would_flip
from smarketing.scoring._replay import FlipEvent, flips_of
from smarketing.scoring._story import Story, Versions, versions_of
from smarketing.values import Points

if TYPE_CHECKING:
    from smarketing.document import Report
    from smarketing.language import Words

__all__ = ["Score", "ScoreStatus", "Told", "in_force_at", "score_lead", "score_told"]

Told = tuple[
    Lead | Iterable[Lead] | None,
    Iterable[Touch],
    Account | Iterable[Account] | None,
    Iterable[datetime],
    Iterable[Flipped],
]
"""What is told of a lead: itself, its touches, its account, when it was recycled, and recorded flips."""

_NO_PARTS: tuple[int, ...] = ()
_SCORED, _UNSCORED = -1, -2


class ScoreStatus(StrEnum):
    """Whether a lead has a score: an excluded or unscored one has none, which is not 0."""

    SCORED = "scored"
    EXCLUDED = "excluded"
    UNSCORED = "unscored"


@attrs.frozen(repr=False)
class Score:
    """What a lead scored as of an instant. Lines and flips are read when they are asked for.

    Made by `ScoringMatrix.score`; nothing changes it.

    Attributes:
        matrix: By which terms.
        as_of: What was known: facts before this instant.
    """

    matrix: ScoringMatrix
    as_of: datetime
    _excluded: int
    _total: int
    _parts: tuple[int, ...]
    _told: Told = attrs.field(eq=False)
    _versions: Versions = attrs.field(default=(), eq=False)

    def __repr__(self) -> str:
        points = self.points
        said = self.status.value if points is None else f"{float(points):g}"
        return f"<Score {self.matrix.name!r} as of {self.as_of.isoformat()}: {said}>"

    @cached_property
    def case(self) -> Case:
        """The facts that it was read from."""
        return Case.of(*self._told)

    @property
    def lead_id(self) -> str | None:
        """The lead, where a fact says which."""
        return self.case.lead_id

    @property
    def status(self) -> ScoreStatus:
        """Whether there is a score at all.

        Excluded leads have none, and neither has somebody who is not known and did nothing that counts.
        """
        if self._excluded < 0:
            return ScoreStatus.UNSCORED if self._excluded == _UNSCORED else ScoreStatus.SCORED
        return ScoreStatus.EXCLUDED

    @property
    def excluded_by(self) -> str | None:
        """The exclusion that the lead falls under."""
        return self.matrix.exclude[self._excluded].name if self._excluded >= 0 else None

    @property
    def points(self) -> Points | None:
        """The points; None for a lead that is excluded, or of which nothing is known."""
        return Points(self._total) if self._excluded == _SCORED else None

    @cached_property
    def flips(self) -> tuple[FlipEvent, ...]:
        """When the lead reached which number, earliest first: as recorded, and since then as replayed."""
        versions = self._versions or versions_of(self.matrix)
        story = Story.of(self.case, versions)
        recycled = [to_micros(at) for at in self.case.recycled]
        name = versions[-1][1].name
        campaigns = [flip.campaign for _, matrix in versions for flip in matrix.flips]
        campaigns += [fact.campaign_id for fact in self.case.recorded if fact.score == name]
        found = [
            event
            for campaign in dict.fromkeys(campaigns)
            for event in flips_of(story, campaign, self.as_of, recycled, self.case.recorded)
        ]
        return tuple(sorted(found, key=lambda event: event.at))

    @property
    def flipped_at(self) -> datetime | None:
        """When the lead last reached the first number of the matrix; None if it never did."""
        first = self.matrix.flips[0].campaign if self.matrix.flips else None
        return max((event.at for event in self.flips if event.flip.campaign == first), default=None)

    @cached_property
    def lines(self) -> tuple[ScoreLine, ...]:
        """One line for each rule that counted and for each limit that held; they add up to the points."""
        return lines_of(self.matrix, self._parts, self._total)

    def evidence(self, rule: str) -> tuple[Evidence, ...]:
        """The touches that counted for a rule, and for how much each; none for a condition on the lead.

        Raises:
            UnknownNameError: The matrix has no such rule.
        """
        if self._excluded != _SCORED:
            return ()
        return evidence_of(self.matrix.rule(rule), self.case, self.as_of, self.matrix)

    def since(self, earlier: Score) -> tuple[Move, ...]:
        """Why it is another score than an earlier one of the same lead; the moves add up to the difference.

        Touches gained, faded or expired; caps and limits; what is known of the lead; and what another
        version of the matrix changed.

        Raises:
            InvalidTermsError: The other score is of another lead, or it is none.
        """
        return movement(checked_kind(earlier, Score, "since", "give an earlier score of the lead"), self)

    def what_would_flip(
        self, campaign: str | None = None, *, most: int = 3
    ) -> tuple[tuple[NextTouch, ...], ...]:
        """The shortest lists of touches, happening now, that bring the lead to the number of a campaign.

        Args:
            campaign: Whose number; without one, the number for all.
            most: The longest list to try.

        Returns:
            The lists that bring most first. One empty list, where the score is there already; none, where
            none was found, or the lead stays excluded. Tried are touches of the kinds, channels, campaigns
            and assets that the matrix names; what else a criterion asks of a touch, such as a topic, is not
            made up.

        Raises:
            UnknownNameError: The matrix has no number for the campaign, or none that holds at the moment.
        """
        return what_would_flip(self, self.matrix.flip_for(campaign, self.as_of).points.micro, most)

    def to_report(self, words: Words | None = None) -> Report:
        """Why the lead has its points, when it was ready and what would make it so, as a page to render.

        Args:
            words: The labels; English ones where none are given.
        """
        from smarketing.scoring._report import score_report

        return score_report(self, words)


def score_told(matrix: ScoringMatrix, as_of: datetime, told: Told, versions: Versions = ()) -> Score:
    """The score of one lead by a matrix, from what is told of it."""
    try:  # which costs nothing where all is well
        is_utc = as_of.tzinfo is UTC
    except AttributeError:
        is_utc = False
    if not is_utc:
        as_of = checked_instant(as_of)
    lead, touches, account, recycled, recorded = told
    try:
        touches, recycled, recorded = tuple(touches), tuple(recycled), tuple(recorded)
    except TypeError as error:
        raise InvalidTermsError("touches, recycled and recorded are lists: write [touch] for one") from error
    if isinstance(lead, Lead):
        known = lead if lead.occurred_at < as_of > lead.known_at else None
    else:
        lead = Case.versions(lead)
        known = known_version(lead, as_of)
    firm = None
    if account is not None:
        account = Case.versions(account)
        firm = account_for(known, account, as_of)
    excluded, total, parts = matrix.scorer(known or NOBODY, firm or NOBODY, touches, as_of)
    facts = (lead, touches, account, recycled, recorded)
    if known is None and not _did_something(matrix, parts, facts, as_of):
        excluded, total, parts = _UNSCORED, 0, _NO_PARTS
    return Score(matrix, as_of, excluded, total, parts, facts, versions)


def _did_something(matrix: ScoringMatrix, parts: tuple[int, ...], told: Told, as_of: datetime) -> bool:
    """Whether a touch counts, for somebody of whom no version is known."""
    if any(points and rule.counts_touches for points, rule in zip(parts, matrix.rules, strict=False)):
        return True
    return some_touch_counts(matrix, Case.of(*told), as_of)


def score_lead(
    lead: Lead | Iterable[Lead] | None,
    touches: Iterable[Touch],
    matrix: ScoringMatrix | Dated[ScoringMatrix],
    *,
    as_of: datetime,
    account: Account | Iterable[Account] | None = None,
    recycled: Iterable[datetime] = (),
    recorded: Iterable[Flipped] = (),
) -> Score:
    """The score of one lead by a matrix that changes on days: the version in force at `as_of` counts.

    Its flips are those of the version that was in force then. For a matrix of one version,
    `ScoringMatrix.score` is the same; the arguments are explained there.

    Raises:
        InvalidFactError: `as_of` has no time zone.
        InvalidTermsError: No version was in force yet.

    Example:
        >>> from datetime import date
        >>> from smarketing.origin import Origin
        >>> from smarketing.scoring import Rule, Touched
        >>> rules = [Rule("demo", when=Touched("demo"), points=points) for points in (10, 20)]
        >>> old, new = (ScoringMatrix(name="intent", flip=20, rules=[rule]) for rule in rules)
        >>> matrix = Dated(((date.min, old), (date(2026, 4, 1), new)))
        >>> demo = Touch(
        ...     origin=Origin(), occurred_at=datetime(2026, 3, 2, tzinfo=UTC), lead_id="L-1", kind="demo"
        ... )
        >>> score = score_lead(None, [demo], matrix, as_of=datetime(2026, 5, 1, tzinfo=UTC))
        >>> score.flipped_at.date().isoformat(), score.flips[0].cause.value
        ('2026-04-01', 'rule_change')
    """
    as_of = checked_instant(as_of)
    told = (lead, touches, account, recycled, recorded)
    return score_told(in_force_at(matrix, as_of), as_of, told, versions_of(matrix))


def in_force_at(matrix: ScoringMatrix | Dated[ScoringMatrix], as_of: datetime) -> ScoringMatrix:
    """The version of a matrix that is in force at an instant.

    Raises:
        InvalidFactError: The instant has no time zone.
        InvalidTermsError: No version was in force yet.
    """
    at = to_micros(as_of)
    in_force = [version for start, version in versions_of(matrix) if start <= at]
    if isinstance(matrix, Dated) and not in_force:
        zone = matrix.versions[0][1].zone
        matrix.on(as_of.astimezone(ZoneInfo(zone)).date())  # says that there was none
    return in_force[-1]
