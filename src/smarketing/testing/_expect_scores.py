"""What a scenario expects of a lead's score: its points, its lines, and when it flipped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from smarketing.errors import InvalidTermsError
from smarketing.facts import Account, Fact, Lead, SalesFeedback, Touch, Verdict
from smarketing.scoring import Score, ScoringMatrix, in_full, matrix_from_plain
from smarketing.testing._story import Faults

__all__ = ["EXPECTED", "matrices_of", "score_differences"]

EXPECTED = ("score", "points", "lines", "flipped")
"""The keys of an expectation that speak of scores."""


def matrices_of(document: Mapping[str, object], zone: str, faults: Faults) -> dict[str, ScoringMatrix]:
    """The matrices that a scenario states, by their keys."""
    given, found = document.get("scoring", {}), {}
    if not isinstance(given, dict):
        faults.add("scoring", "not-a-table", "write the matrices as tables, such as [scoring.intent]")
        return {}
    for key, table in in_full(given, zone=zone).items():
        try:
            found[key] = matrix_from_plain(table)
        except InvalidTermsError as error:
            for problem in error.problems:
                faults.add(f"scoring.{key}.{problem.origin.field or ''}", problem.code, problem.message)
    return found


def score_differences(
    facts: Sequence[Fact], as_of: datetime, line: Mapping[str, object], matrices: Mapping[str, ScoringMatrix]
) -> Iterator[str]:
    """Each thing that is not as one line expects of a lead's score, in a sentence."""
    if not any(key in line for key in EXPECTED):
        return
    named = line.get("score")
    if (named is None and len(matrices) != 1) or (named is not None and named not in matrices):
        known = ", ".join(matrices) or "the matrices under [scoring]"
        yield f"score should be one of {known}, and is {named!r}"
        return
    matrix = matrices[str(named)] if named is not None else next(iter(matrices.values()))
    own = [fact for fact in facts if getattr(fact, "lead_id", None) == line.get("lead")]
    score = matrix.score(
        [fact for fact in own if isinstance(fact, Lead)],
        [fact for fact in own if isinstance(fact, Touch)],
        as_of=as_of,
        account=[fact for fact in facts if isinstance(fact, Account)],
        recycled=[
            fact.occurred_at
            for fact in own
            if isinstance(fact, SalesFeedback) and fact.verdict is Verdict.RECYCLED
        ],
    )
    for name, found in _found(score, matrix.zone).items():
        if name in line and line[name] != found:
            yield f"{name} should be {line[name]!s}, and is {found!s}"


def _found(score: Score, zone: str) -> dict[str, object]:
    """What is true of a score; a lead without points says why it has none."""
    flipped = score.flipped_at
    return {
        "points": score.status.value if score.points is None else float(score.points),
        "lines": {line.name: float(line.points) for line in score.lines},
        "flipped": False if flipped is None else flipped.astimezone(ZoneInfo(zone)).date(),
    }
