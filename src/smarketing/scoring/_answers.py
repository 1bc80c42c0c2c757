"""What sales said of the leads that a rule gave points: which rules find good leads, and which mislead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from smarketing.document import Column, Note, Report, Section, Table
from smarketing.estimates import Rate
from smarketing.facts import Verdict
from smarketing.frames import Frames, tuples_of
from smarketing.language import Words
from smarketing.language import words as words_of
from smarketing.periods import Dated, Period
from smarketing.scoring._answered import answers_of
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._record import in_force_at
from smarketing.scoring._records import Stories
from smarketing.scoring._rules import Rule
from smarketing.scoring._story import versions_of

__all__ = ["RuleAnswers", "RuleReason", "RulesAnswered", "rules_answered"]

_LEAD = "lead_id"
_GOOD = frozenset({Verdict.ACCEPTED.value, Verdict.CONVERTED.value})
_BAD = frozenset({Verdict.REJECTED.value, Verdict.RECYCLED.value, Verdict.LOST.value})
_MOST_REASONS = 3


@attrs.frozen
class RuleReason:
    """Why sales did not want leads.

    Attributes:
        reason: In the words of sales; None where they gave none.
        leads_count: For how many leads.
    """

    reason: str | None
    leads_count: int


@attrs.frozen(kw_only=True)
class RuleAnswers:
    """What sales answered about the leads that a rule gave points.

    Attributes:
        rule: The rule.
        fired: How many of the leads that it gave points, up or down, sales took.
        otherwise: The same of the leads that it gave none.
        reasons: Why the others were not wanted, the most frequent reason first.
    """

    rule: Rule
    fired: Rate
    otherwise: Rate
    reasons: tuple[RuleReason, ...]

    @property
    def fired_count(self) -> int:
        """How many leads it gave points that sales has answered about."""
        return self.fired.trials

    @property
    def unwanted_count(self) -> int:
        """How many of them sales did not want."""
        return self.fired.trials - self.fired.successes

    def sentence(self, words: Words | None = None) -> str:
        """The same in a sentence.

        Example:
            >>> from smarketing.scoring import Touched
            >>> rule = Rule("downloads", when=Touched("download"), points=10)
            >>> reasons = (RuleReason("no budget", 25), RuleReason(None, 6))
            >>> answers = RuleAnswers(rule=rule, fired=Rate(9, 40), otherwise=Rate(0, 0), reasons=reasons)
            >>> answers.sentence()
            'fired 40 times, 31 not wanted: no budget (25), no reason given (6)'
        """
        words = words or words_of("en")
        said = words.plural("fired {count} time", "fired {count} times", self.fired_count)
        if not self.unwanted_count:
            return said
        return words(
            "{fired}, {count} not wanted: {reasons}",
            fired=said,
            count=words.number(self.unwanted_count),
            reasons=self.reasons_in(words),
        )

    def reasons_in(self, words: Words) -> str:
        """The most frequent reasons, with how many leads each was given for."""
        return ", ".join(
            f"{words('no reason given') if each.reason is None else each.reason}"
            f" ({words.number(each.leads_count)})"
            for each in self.reasons[:_MOST_REASONS]
        )


@attrs.frozen(kw_only=True)
class RulesAnswered:
    """What sales answered, rule by rule; made by `rules_answered`.

    Attributes:
        matrix: The version in force.
        as_of: What was known: facts before this instant.
        all_leads: How many of all leads that sales answered about it took.
        rules: In the order of the matrix.
    """

    matrix: ScoringMatrix
    as_of: datetime
    all_leads: Rate
    rules: tuple[RuleAnswers, ...]

    def rule(self, name: str) -> RuleAnswers:
        """The answers about one rule.

        Raises:
            UnknownNameError: The matrix has no such rule.
        """
        asked = self.matrix.rule(name)
        return next(each for each in self.rules if each.rule is asked)

    def to_report(self, words: Words | None = None) -> Report:
        """The rules in a table."""
        words = words or words_of("en")
        table = Table(
            [
                Column(words("Rule")),
                Column(words("Points"), "points"),
                Column(words("Leads answered"), "count"),
                Column(words("Taken by sales"), "share"),
                Column(words("At least"), "share"),
                Column(words("At most"), "share"),
                Column(words("Taken without the rule"), "share"),
                Column(words("Why not")),
            ],
            [_cells(each, words) for each in self.rules],
            note=words(
                "With 90 % confidence the true share lies between the two, if those to come are like these."
            ),
        )
        said = words.plural(
            "Sales answered about {count} lead.", "Sales answered about {count} leads.", self.all_leads.trials
        )
        title = words("What sales says of each rule")
        return Report(
            title=title,
            language=words.language,
            as_of=words("Known before {moment}", moment=words.instant(self.as_of)),
            sections=[Section(title, [Note(said), table])],
        )


def _cells(answers: RuleAnswers, words: Words) -> tuple[Any, ...]:
    likely = answers.fired.interval()
    return (
        answers.rule.name,
        answers.rule.points,
        answers.fired_count,
        answers.fired.share,
        likely.low if likely else None,
        likely.high if likely else None,
        answers.otherwise.share,
        answers.reasons_in(words),
    )


def rules_answered(
    frames: Frames,
    matrix: ScoringMatrix | Dated[ScoringMatrix],
    *,
    as_of: datetime,
    period: Period | None = None,
) -> RulesAnswered:
    """What sales answered about the leads that each rule gave points: its precision, and why not.

    A lead counts once, by the first answer to marketing about it, and a rule fired if it gave the lead points
    just before that answer. Accepted and converted leads were taken; rejected, recycled and lost ones not.

    Args:
        frames: Leads, accounts, touches and the feedback of sales.
        matrix: The terms; of a dated matrix, the version in force at each answer says who got points, and the
            rules that the version in force at `as_of` still has are told.
        as_of: What had happened and was known before this instant counts.
        period: Only answers given in it; by default all.

    Raises:
        InvalidFactError: `as_of` has no time zone.
        InvalidTermsError: No version of the matrix was in force yet.

    Example:
        >>> import polars as pl
        >>> from datetime import UTC
        >>> from smarketing.scoring import Touched
        >>> touches = pl.DataFrame(
        ...     {"lead_id": ["L1", "L2"], "kind": ["demo", "visit"], "occurred_at": [0, 0]}
        ... )
        >>> feedbacks = pl.DataFrame({
        ...     "lead_id": ["L1", "L2"], "verdict": ["accepted", "rejected"],
        ...     "reason": [None, "no budget"], "occurred_at": [9, 9],
        ... })
        >>> rules = [Rule(kind, when=Touched(kind), points=5) for kind in ("demo", "visit")]
        >>> frames = Frames.from_native(touches=touches, feedbacks=feedbacks)
        >>> answered = rules_answered(
        ...     frames, ScoringMatrix(name="intent", rules=rules), as_of=datetime(2026, 2, 1, tzinfo=UTC)
        ... )
        >>> for rule in answered.rules:
        ...     print(rule.rule.name, rule.sentence())
        demo fired 1 time
        visit fired 1 time, 1 not wanted: no budget (1)
    """
    version = in_force_at(matrix, as_of)
    known = frames.as_of(as_of)
    answers = {lead: answer for lead, answer in _answers(known).items() if _in(period, answer[0])}
    versions = versions_of(matrix)
    fired: dict[str, set[str]] = {rule.name: set() for rule in version.rules}
    asked: dict[str, set[str]] = {rule.name: set() for rule in version.rules}
    some = known.of_leads(answers)
    for lead, story in Stories(some, tuple(each for _, each in versions)).told(versions):
        reading = story.read(answers[lead][0] - 1)
        if reading is not None and reading.total is not None:
            for rule, micro in zip(reading.matrix.rules, reading.parts, strict=True):
                asked.get(rule.name, set()).add(lead)
                if micro and rule.name in fired:
                    fired[rule.name].add(lead)
    return RulesAnswered(
        matrix=version,
        as_of=as_of,
        all_leads=_rate(answers, answers),
        rules=tuple(
            RuleAnswers(
                rule=rule,
                fired=_rate(fired[rule.name], answers),
                otherwise=_rate(asked[rule.name] - fired[rule.name], answers),
                reasons=tuple(_reasons(fired[rule.name], answers)),
            )
            for rule in version.rules
        ),
    )


_Answer = tuple[int, str, str | None]
"""When sales answered, what, and why."""


def _answers(known: Frames) -> dict[str, _Answer]:
    """The first answer to marketing about each lead."""
    rows = answers_of(known, ["occurred_at", "verdict", "reason", "fact_id"], [*(_GOOD | _BAD)])
    found: dict[str, _Answer] = {}
    for lead, at, verdict, reason, _ in sorted(tuples_of(rows), key=lambda row: (row[1], row[4] or "")):
        found.setdefault(lead, (at, verdict, reason or None))
    return found


def _in(period: Period | None, at: int) -> bool:
    if period is None:
        return True
    start, end = period.boundaries
    return start <= at < end


def _rate(leads: Iterable[str], answers: Mapping[str, _Answer]) -> Rate:
    told = [answers[lead][1] for lead in leads]
    return Rate(sum(verdict in _GOOD for verdict in told), len(told))


def _reasons(leads: Iterable[str], answers: Mapping[str, _Answer]) -> Iterator[RuleReason]:
    counts = Counter(answers[lead][2] for lead in leads if answers[lead][1] in _BAD)
    for reason, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0] is None, pair[0] or "")):
        yield RuleReason(reason, count)
