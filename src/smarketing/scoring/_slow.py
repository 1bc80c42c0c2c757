"""Criteria that have no expression, in bulk: each lead is read as it is read alone, for their rules only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from logging import getLogger
from typing import TYPE_CHECKING, Any

import attrs

from smarketing.frames import Frames
from smarketing.periods import to_micros
from smarketing.schema import ColumnType
from smarketing.scoring._case import account_for, known_version
from smarketing.scoring._combined import AllOf
from smarketing.scoring._compile import NOBODY
from smarketing.scoring._criteria import Criterion
from smarketing.scoring._loose import parts_of
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._plans import rule_column
from smarketing.scoring._records import Stories
from smarketing.scoring._rules import Rule
from smarketing.scoring._story import Story, is_somebody
from smarketing.scoring._touches import LEAD
from smarketing.values import Points

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

__all__ = ["SlowParts", "slow_parts"]

_LOG = getLogger("smarketing.scoring")


@attrs.frozen
class SlowParts:
    """What had to be read record by record.

    Attributes:
        names: The criteria that have no expression.
        rules: The numbers of the rules that use them.
        exclusions: By the number of each exclusion that does, the column that says whether it holds.
        columns: By lead, what was found.
    """

    names: tuple[str, ...] = ()
    rules: frozenset[int] = frozenset()
    exclusions: Mapping[int, str] = attrs.field(factory=dict)
    counted: tuple[str, ...] = ()
    columns: Mapping[str, list[Any]] = attrs.field(factory=dict)

    def tables(self, known: Frames) -> list[nw.LazyFrame[Any]]:
        """The leads of whom touches count, and what was found of each lead; nothing where nothing is slow."""
        if not self.names:
            return []
        types = dict.fromkeys(self.columns, ColumnType.INTEGER)
        types |= {LEAD: ColumnType.TEXT} | dict.fromkeys(self.exclusions.values(), ColumnType.BOOLEAN)
        who = known.rows({LEAD: self.counted}, {LEAD: ColumnType.TEXT})
        return [who, known.rows(self.columns, types)]


def _without_expression(criterion: Criterion) -> Iterator[str]:
    """The names of those within a criterion that cannot be read over columns."""
    for part in parts_of(criterion):
        if type(part).expr is Criterion.expr:
            yield part.name or type(part).__name__


def _in_rule(rule: Rule) -> list[str]:
    given = [rule.when, *([rule.only_if] if rule.only_if is not None else [])]
    return [name for criterion in given for name in _without_expression(criterion)]


def slow_parts(known: Frames, matrix: ScoringMatrix, rules: Mapping[int, Rule], as_of: datetime) -> SlowParts:
    """What the rules and exclusions give that no expression can say; the log says that it takes longer."""
    slow = {number: rule for number, rule in rules.items() if _in_rule(rule)}
    out = {n: each for n, each in enumerate(matrix.exclude) if any(_without_expression(each.when))}
    if not slow and not out:
        return SlowParts()
    criteria = [rule.when for rule in slow.values()] + [each.when for each in out.values()]
    criteria += [rule.only_if for rule in slow.values() if rule.only_if is not None]
    names = tuple(dict.fromkeys(name for each in criteria for name in _without_expression(each)))
    _LOG.warning(
        "%s: read record by record, which is slower, for %s has no expr()", matrix.name, " and ".join(names)
    )
    plain = [attrs.evolve(rule, group=None) for rule in slow.values()]
    # One part of all, so that touches are a condition on the lead and do not each count, as in a rule.
    plain += [Rule(each.name + " (excluded)", AllOf(each.when), Points(1)) for each in out.values()]
    reader = ScoringMatrix(name=matrix.name, rules=plain, zone=matrix.zone)
    named = [rule_column(number) for number in slow] + [f"smk_excluded_{number}" for number in out]
    columns: dict[str, list[Any]] = {LEAD: [], **{name: [] for name in named}}
    counted = []
    moment = to_micros(as_of)
    for lead_id, story in Stories(known, (reader,)).told(((-(2**62), reader),)):
        parts, did_something = _read(reader, story, moment)
        columns[LEAD].append(lead_id)
        for name, points in zip(named, parts, strict=True):
            columns[name].append(bool(points) if name.startswith("smk_excluded") else points)
        if did_something:
            counted.append(lead_id)
    exclusions = {number: f"smk_excluded_{number}" for number in out}
    return SlowParts(names, frozenset(slow), exclusions, tuple(counted), columns)


def _read(matrix: ScoringMatrix, story: Story, moment: int) -> tuple[tuple[int, ...], bool]:
    """The points of each rule for one lead, and whether a touch counts for one of them."""
    leads, accounts, touches = (facts for _, facts in (story.leads, story.accounts, story.touches))
    lead = known_version(leads, moment)  # type: ignore[arg-type]
    account = account_for(lead, accounts, moment)  # type: ignore[arg-type]
    _, _, parts = matrix.micros_scorer(lead or NOBODY, account or NOBODY, touches, moment)
    return parts, is_somebody(matrix, touches, moment, story.clock)
