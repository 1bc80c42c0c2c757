"""What a new version of a matrix would do to the leads that there are, before anybody adopts it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.document import Block, Column, Note, Report, Section, Table
from smarketing.frames import Frames, rows_of
from smarketing.language import N_, Words
from smarketing.language import words as words_of
from smarketing.periods import Dated
from smarketing.scoring._columns import Expr
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._measure import score_leads
from smarketing.scoring._plans import joined
from smarketing.scoring._record import in_force_at
from smarketing.values import Points

__all__ = ["ChangeEffect", "ChangedLead", "FlipChange", "effect_of_change"]

_LEAD = "lead_id"


class FlipChange(StrEnum):
    """What a change of the matrix does to one lead."""

    NEWLY = "newly"
    NO_LONGER = "no_longer"
    STILL = "still"
    STILL_NOT = "still_not"

    @property
    def label(self) -> str:
        """The English label; `words(change.label)` says it in the reader's language."""
        return _LABELS[self]


_LABELS = {
    FlipChange.NEWLY: N_("Would newly be ready"),
    FlipChange.NO_LONGER: N_("Would no longer be ready"),
    FlipChange.STILL: N_("Ready before and after"),
    FlipChange.STILL_NOT: N_("Ready neither before nor after"),
}


@attrs.frozen
class ChangedLead:
    """One lead under both versions.

    Attributes:
        lead_id: The lead.
        before: Its score by the old version; None where it is excluded or unscored.
        after: Its score by the new one, alike.
    """

    lead_id: str
    before: Points | None
    after: Points | None


@attrs.frozen(kw_only=True, eq=False)
class ChangeEffect:
    """What a change would do; made by `effect_of_change`, and computed as it is asked.

    Flips that were recorded stand, whatever is adopted: this is about where leads stand now.

    Attributes:
        old: The version in force.
        new: The version that is proposed.
        campaign: For whose flip number; None for the one of all campaigns.
        as_of: What was known: facts before this instant.
    """

    old: ScoringMatrix
    new: ScoringMatrix
    campaign: str | None
    as_of: datetime
    rows: nw.LazyFrame[Any] = attrs.field(repr=False)

    @property
    def frame(self) -> Any:
        """The user's own kind of table: `lead_id`, `before_points`, `after_points`, and `flip_change`.

        Points are integer micro-points, missing where the lead is excluded or unscored; the change is a word
        of `FlipChange`.
        """
        return self.rows.to_native()

    @property
    def sentences(self) -> tuple[str, ...]:
        """What differs between the two versions, in words."""
        return self.old.diff(self.new)

    @cached_property
    def counts(self) -> Mapping[FlipChange, int]:
        """How many leads the change does what to; only the counts are collected."""
        counted = rows_of(self.rows.group_by("flip_change").agg(nw.len().alias("leads_count")))
        found = {row["flip_change"]: int(row["leads_count"]) for row in counted}
        return {change: found.get(change.value, 0) for change in FlipChange}

    @cached_property
    def moved_count(self) -> int:
        """How many leads would have another score, or one at all, or none any more."""
        before, after = nw.col("before_points"), nw.col("after_points")
        differs = (before != after).fill_null(value=False) | (before.is_null() & ~after.is_null())
        differs = differs | (~before.is_null() & after.is_null())
        (row,) = rows_of(self.rows.filter(differs).select(nw.len().alias("leads_count")))
        return int(row["leads_count"])

    def leads(self, change: FlipChange | str, most: int = 100) -> tuple[ChangedLead, ...]:
        """The leads that the change does this to, those with the most points after it first.

        Args:
            change: "newly", "no_longer", "still" or "still_not".
            most: At most so many are collected.

        Raises:
            ValueError: There is no such change.
        """
        rows = self.rows.filter(nw.col("flip_change") == FlipChange(change).value)
        rows = rows.with_columns(nw.col("after_points").fill_null(-(2**62)).alias("smk_order"))
        rows = rows.sort("smk_order", _LEAD, descending=[True, False]).head(most)
        return tuple(
            ChangedLead(row[_LEAD], _points(row["before_points"]), _points(row["after_points"]))
            for row in rows_of(rows)
        )

    def to_report(self, words: Words | None = None) -> Report:
        """What differs, and what it would do."""
        words = words or words_of("en")
        counts = Table(
            [Column(words("Effect")), Column(words("Leads"), "count")],
            [(words(change.label), count) for change, count in self.counts.items()],
        )
        blocks: list[Block] = [Note(sentence) for sentence in self.sentences]
        blocks.append(counts)
        for change in (FlipChange.NEWLY, FlipChange.NO_LONGER):
            if found := self.leads(change, most=20):
                blocks += [_leads_table(found, change, words)]
        title = words("Effect of a change of {score}", score=self.new.name)
        return Report(
            title=title,
            language=words.language,
            as_of=words("Known before {moment}", moment=words.instant(self.as_of)),
            sections=[Section(title, blocks)],
        )


def _leads_table(leads: Iterable[ChangedLead], change: FlipChange, words: Words) -> Table:
    columns = [
        Column(words("Lead")),
        Column(words("Points before"), "points"),
        Column(words("Points after"), "points"),
    ]
    rows = [(lead.lead_id, lead.before, lead.after) for lead in leads]
    return Table(columns, rows, caption=words(change.label))


def effect_of_change(
    frames: Frames,
    old: ScoringMatrix | Dated[ScoringMatrix],
    new: ScoringMatrix | Dated[ScoringMatrix],
    *,
    as_of: datetime,
    campaign: str | None = None,
) -> ChangeEffect:
    """Who would newly stand at the flip number, and who no longer, if a new version were in force.

    Args:
        frames: Leads, their accounts and their touches.
        old: The version in force; of a dated matrix, the one of the moment.
        new: The version that is proposed, likewise.
        as_of: What had happened and was known before this instant counts.
        campaign: Whose number; without one, the number for all.

    Raises:
        InvalidFactError: `as_of` has no time zone.
        UnknownNameError: One of the versions has no number for the campaign, or none that holds then.

    Example:
        >>> import polars as pl
        >>> from datetime import UTC
        >>> from smarketing.scoring import Rule, Touched
        >>> def version(points):
        ...     rules = [Rule("visits", when=Touched("visit"), points=points)]
        ...     return ScoringMatrix(name="intent", flip=20, rules=rules)
        >>> touches = pl.DataFrame({"lead_id": ["L1", "L1", "L2"], "kind": "visit", "occurred_at": [0] * 3})
        >>> frames = Frames.from_native(touches=touches)
        >>> effect = effect_of_change(frames, version(5), version(10), as_of=datetime(2026, 2, 1, tzinfo=UTC))
        >>> effect.sentences
        ("rule 'visits': points were 5, are now 10",)
        >>> effect.counts[FlipChange.NEWLY], [lead.lead_id for lead in effect.leads("newly")]
        (1, ['L1'])
    """
    parts: list[nw.LazyFrame[Any]] = []
    ready: list[Expr] = []
    old, new = in_force_at(old, as_of), in_force_at(new, as_of)
    for matrix, column in ((old, "before_points"), (new, "after_points")):
        flip = matrix.flip_for(campaign, as_of)
        scored = score_leads(frames, matrix, as_of=as_of).rows
        parts.append(scored.select(_LEAD, nw.col("score_points").alias(column)))
        ready.append((nw.col(column) >= flip.points.micro).fill_null(value=False))
    rows = joined(parts[0], parts[1]).with_columns(ready[0].alias("smk_before"), ready[1].alias("smk_after"))
    was, now = nw.col("smk_before"), nw.col("smk_after")
    change = nw.lit(FlipChange.STILL_NOT.value)
    for found, holds in (
        (FlipChange.STILL, was & now),
        (FlipChange.NO_LONGER, was & ~now),
        (FlipChange.NEWLY, ~was & now),
    ):
        change = nw.when(holds).then(nw.lit(found.value)).otherwise(change)
    rows = rows.select(_LEAD, "before_points", "after_points", change.alias("flip_change"))
    return ChangeEffect(old=old, new=new, campaign=campaign, as_of=as_of, rows=rows)


def _points(micro: int | None) -> Points | None:
    return None if micro is None else Points(int(micro))
