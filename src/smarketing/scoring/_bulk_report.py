"""The page of a book of leads: who is ready, what gives the points, and who is not scored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from smarketing.document import Block, Column, Metric, Report, Section, Table
from smarketing.frames import rows_of
from smarketing.language import Words
from smarketing.language import words as words_of
from smarketing.periods import to_micros
from smarketing.scoring._lines import LineKind
from smarketing.scoring._report import head, number_rows
from smarketing.scoring._touches import LEAD
from smarketing.values import Points

if TYPE_CHECKING:
    from smarketing.scoring._matrix import ScoringMatrix
    from smarketing.scoring._result import ScoredLeads

__all__ = ["book_report"]

_BEST = 10


def book_report(scored: ScoredLeads, words: Words | None = None) -> Report:
    """How a book of leads stands, in the given words or in English."""
    words, matrix = words or words_of("en"), scored.matrix
    scores = scored.rows.select(LEAD, "score_points", "excluded_by").collect().lazy()
    counts = _counts(scores, matrix, scored.as_of)
    blocks: list[Block] = [
        Metric(words("Leads scored"), counts["scored"], "count"),
        Metric(words("Leads not scored"), sum(_excluded(scores).values()), "count"),
    ]
    sections = [Section(words("The book"), blocks)]
    if matrix.flips:
        sections.append(Section(words("Ready now"), [_ready_table(matrix, counts, words)]))
    sections.append(Section(words("What gives the points"), [_rules_table(scored, words)]))
    best = _best_table(scores, words)
    if best.rows:
        sections.append(Section(words("Highest scores"), [best]))
    if matrix.exclude:
        sections.append(Section(words("Not scored"), [_excluded_table(matrix, _excluded(scores), words)]))
    return head(matrix, scored.as_of, sections, words)


def _counts(scores: nw.LazyFrame[Any], matrix: ScoringMatrix, as_of: datetime) -> dict[str, int]:
    """How many leads have points, and how many are at each number; at none on days that are not its own."""
    points, at = nw.col("score_points"), to_micros(as_of)
    numbers = {
        f"at_{n}": (points >= flip.points.micro) & nw.lit(flip.holds_at(at, matrix.zone))
        for n, flip in enumerate(matrix.flips)
    }
    rows = scores.filter(~points.is_null()).with_columns(
        nw.when(is_there).then(nw.lit(1)).otherwise(nw.lit(0)).alias(name)
        for name, is_there in numbers.items()
    )
    (counted,) = rows_of(rows.select(nw.len().alias("scored"), *(nw.col(name).sum() for name in numbers)))
    return {name: int(count or 0) for name, count in counted.items()}


def _ready_table(matrix: ScoringMatrix, counts: dict[str, int], words: Words) -> Table:
    columns = [
        Column(words("Campaign")),
        Column(words("Number"), "points"),
        Column(words("Leads"), "count"),
        Column(words("Action")),
        Column(words("Who")),
    ]
    rows = [
        (campaign, number, counts[f"at_{n}"], action, owner)
        for n, (campaign, number, action, owner) in enumerate(number_rows(matrix, words))
    ]
    return Table(columns, rows)


def _rules_table(scored: ScoredLeads, words: Words) -> Table:
    """By rule and limit, in the order of the matrix; those too that gave nobody anything."""
    lines: nw.LazyFrame[Any] = nw.from_native(scored.lines).lazy()
    grouped = lines.group_by("name", "kind").agg(nw.len().alias("leads"), nw.col("points").sum())
    found = {(row["name"], row["kind"]): row for row in rows_of(grouped)}
    matrix = scored.matrix
    named = [(rule.name, LineKind.RULE) for rule in matrix.rules]
    named += [(group.name, LineKind.GROUP) for group in matrix.groups]
    named += [(matrix.name, LineKind.LIMIT)] if (matrix.floor, matrix.ceiling) != (None, None) else []
    rows = []
    for name, kind in named:
        row = found.get((name, kind.value), {"leads": 0, "points": 0})
        label = name if kind is LineKind.RULE else words("Limit of {name}", name=name)
        rows.append((label, int(row["leads"]), Points(int(row["points"]))))
    columns = [Column(words("What")), Column(words("Leads"), "count"), Column(words("Points"), "points")]
    return Table(columns, rows)


def _best_table(scores: nw.LazyFrame[Any], words: Words) -> Table:
    rows = scores.filter(~nw.col("score_points").is_null())
    best = rows_of(rows.sort("score_points", LEAD, descending=[True, False]).head(_BEST))
    found: Sequence[tuple[str, Points]] = [(row[LEAD], Points(int(row["score_points"]))) for row in best]
    return Table([Column(words("Lead")), Column(words("Points"), "points")], found)


def _excluded(scores: nw.LazyFrame[Any]) -> Counter[str]:
    """How many leads each exclusion holds for; the first one in the matrix, where several do."""
    rows = scores.filter(~nw.col("excluded_by").is_null())
    counted = rows_of(rows.group_by("excluded_by").agg(nw.len().alias("leads")))
    return Counter({row["excluded_by"]: int(row["leads"]) for row in counted})


def _excluded_table(matrix: ScoringMatrix, counts: Counter[str], words: Words) -> Table:
    columns = [Column(words("What")), Column(words("Leads"), "count"), Column(words("Why"))]
    rows = [(exclusion.name, counts[exclusion.name], exclusion.reason) for exclusion in matrix.exclude]
    return Table(columns, rows)
