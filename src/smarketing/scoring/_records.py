"""Leads of frames one by one: their rows as light records, for what only Python can read.

A fact costs about a kilobyte and a microsecond or two; millions of them are never built. A record here is a
named tuple of just the columns that somebody reads.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.frames import Frames, arrow_of, distinct_values
from smarketing.schema import TRAIT_PREFIX
from smarketing.scoring._clock import MICROS
from smarketing.scoring._criteria import Criterion, FieldCriterion
from smarketing.scoring._fields import Field, Subject, columns_of, field_of
from smarketing.scoring._flip_terms import Rearm
from smarketing.scoring._implicit import ActiveWithin, InactiveFor, Touched, any_of_patterns
from smarketing.scoring._loose import is_ours, parts_of
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._story import NOTHING, Story, Timed, Versions, timed

__all__ = ["Stories", "criteria_of"]

_LEAD = "lead_id"
_CLOCKS = ("occurred_at", "known_at", "fact_id")
_BASE: Mapping[Subject, tuple[str, ...]] = {
    "lead": (_LEAD, *_CLOCKS, "said_count", "created_at", "account_id"),
    "account": ("account_id", *_CLOCKS, "said_count"),
    "touch": (_LEAD, *_CLOCKS, "kind"),
}
_TABLES: Mapping[Subject, str] = {"lead": "leads", "account": "accounts", "touch": "touches"}
_START = "smk_start"
_ROWS_AT_ONCE = 50_000


def criteria_of(matrix: ScoringMatrix) -> Iterator[Criterion]:
    """Every criterion in a matrix, with everything within it."""
    for rule in matrix.rules:
        yield from parts_of(rule.when)
        if rule.only_if is not None:
            yield from parts_of(rule.only_if)
    for exclusion in matrix.exclude:
        yield from parts_of(exclusion.when)


def _wanted(matrices: Iterable[ScoringMatrix], known: Frames) -> dict[Subject, list[str]]:
    """By whose they are, the columns that some matrices read."""
    wanted: dict[Subject, dict[str, None]] = {whose: dict.fromkeys(base) for whose, base in _BASE.items()}
    for matrix in matrices:
        if any(rule.per_campaign is not None for rule in matrix.rules):
            wanted["touch"]["campaign_id"] = None
        for criterion in criteria_of(matrix):
            if not is_ours(criterion):  # it may read anything
                for whose, columns in wanted.items():
                    columns.update(dict.fromkeys(columns_of(whose)))
                    traits = known.traits(_TABLES[whose])
                    columns.update(dict.fromkeys(TRAIT_PREFIX + trait for trait in traits))
            for place in _places(criterion):
                wanted[place.subject][place.column] = None
    return {whose: list(columns) for whose, columns in wanted.items()}


def _places(criterion: Criterion) -> Iterator[Field]:
    names = [criterion.field] if isinstance(criterion, FieldCriterion) else []
    if isinstance(criterion, Touched):
        named = {"channel": criterion.channel, "campaign_id": criterion.campaign, "asset": criterion.asset}
        names += [f"touch.{name}" for name, patterns in named.items() if patterns]
    for name in names:
        place = field_of(name)
        if place is not None:
            yield place


def _kinds(matrices: Iterable[ScoringMatrix]) -> tuple[str, ...] | None:
    """The kinds of touches that can make any difference; None for all."""
    kinds: set[str] = set()
    for matrix in matrices:
        if any(flip.rearm is not Rearm.NEVER for flip in matrix.flips):
            return None  # whatever comes next may let a lead flip again, or find that it had fallen
        for rule in matrix.rules:
            if rule.counts_touches:
                kinds.update(rule.touched.kind)
        for criterion in criteria_of(matrix):
            if isinstance(criterion, Touched | ActiveWithin | InactiveFor):
                kinds.update(criterion.kind)
            elif not is_ours(criterion) and criterion.scope == "lead":
                return None
    return None if "*" in kinds else tuple(kinds)


def _maker(whose: Subject, columns: Sequence[str]) -> Callable[..., Any]:
    """A function from a row to a record that criteria and clocks can read as they read a fact."""
    plain = [column for column in columns if not column.startswith(TRAIT_PREFIX)]
    traits = [column.removeprefix(TRAIT_PREFIX) for column in columns if column not in plain]
    names = ["id" if column == "fact_id" else column for column in plain]
    row: Any = namedtuple(f"{whose.title()}Row", [*names, *(f"trait{n}" for n in range(len(traits)))])  # type: ignore[misc]  # noqa: PYI024
    first = len(plain)
    own = {
        "__slots__": (),
        "TABLE": _TABLES[whose],
        "traits": property(lambda self: dict(zip(traits, self[first:], strict=True))),
    }
    kind: Any = type(row.__name__, (row,), own)
    make: Callable[..., Any] = kind._make
    return make


def _ordered(columns: Iterable[str]) -> list[str]:
    """The schema's own columns, then those of the company."""
    return sorted(columns, key=lambda column: column.startswith(TRAIT_PREFIX))


@attrs.frozen
class Stories:
    """The stories of leads in frames, one after the other.

    Attributes:
        known: The frames, as of the moment.
        matrices: Whose criteria are going to read them.
    """

    known: Frames
    matrices: tuple[ScoringMatrix, ...]

    @cached_property
    def columns(self) -> dict[Subject, list[str]]:
        """By whose they are, the columns that are read."""
        wanted = _wanted(self.matrices, self.known)
        return {whose: _ordered(columns) for whose, columns in wanted.items()}

    def told(self, versions: Versions, leads: nw.LazyFrame[Any] | None = None) -> Iterator[tuple[str, Story]]:
        """Each lead's story, for all of them or for those in a table with a column `lead_id`."""
        for lead_id, story in self.told_in_rows(versions, leads):
            yield lead_id, self.made(story)

    def made(self, story: Story) -> Story:
        """A story that was told in rows, with records of its touches."""
        starts, rows = story.touches
        return attrs.evolve(story, touches=(starts, [*map(self._make_touch, rows)])) if rows else story

    @cached_property
    def _make_touch(self) -> Callable[[Sequence[Any]], Any]:
        make = _maker("touch", self.columns["touch"])
        return lambda row: make(row[:-1])  # the last is when it counts from

    def told_in_rows(
        self, versions: Versions, leads: nw.LazyFrame[Any] | None = None
    ) -> Iterator[tuple[str, Story]]:
        """The same, where touches are still rows of the columns that are read."""
        wanted = dict(self.columns)
        if not any(column not in _BASE["account"] for column in wanted["account"]):
            wanted.pop("account")
        accounts = self._by_key("account", wanted, "account_id", None)
        told = self._by_key("lead", wanted, _LEAD, leads)

        def story(lead_id: str, touches: Timed) -> Story:
            own = told.pop(lead_id, ())
            if not own or not accounts:
                return Story(versions, timed(own) if own else NOTHING, NOTHING, touches, MICROS)
            firms = [
                firm
                for account in dict.fromkeys(lead.account_id for _, lead in own)
                for firm in accounts.get(account, ())
            ]
            return Story(versions, timed(own), timed(firms), touches, MICROS)

        for lead_id, touches in self._touches(wanted["touch"], leads):
            yield lead_id, story(lead_id, touches)
        for lead_id in list(told):
            yield lead_id, story(lead_id, NOTHING)

    def _by_key(
        self,
        whose: Subject,
        wanted: Mapping[Subject, list[str]],
        key: str,
        leads: nw.LazyFrame[Any] | None,
    ) -> dict[Any, list[tuple[int, Any]]]:
        """Every version of each record that counts, with the instant from which it does."""
        found: dict[Any, list[tuple[int, Any]]] = {}
        if whose not in wanted:
            return found
        columns = wanted[whose]
        make, place = _maker(whose, columns), columns.index(key)
        rows = _named(self.known.versions(_TABLES[whose], columns).select(*columns), key)
        if leads is not None:
            rows = rows.join(leads, on=key, how="semi")
        for row in _rows(rows):
            record = make(row)
            found.setdefault(row[place], []).append((max(record.occurred_at, record.known_at), record))
        return found

    def _touches(
        self, columns: Sequence[str], leads: nw.LazyFrame[Any] | None
    ) -> Iterator[tuple[str, Timed]]:
        """Lead by lead, its touches by when they count."""
        rows = _named(self.known.select("touches", columns), _LEAD)
        kinds = _kinds(self.matrices)
        if kinds is not None:
            some = distinct_values(self.known.select("touches", ["kind"]), "kind")
            fitting = [*filter(any_of_patterns(kinds), some)]
            kind = nw.col("kind")
            rows = rows.filter(kind.is_in(fitting) if fitting else kind != kind)  # noqa: PLR0124 -- none
        if leads is not None:
            rows = rows.join(leads, on=_LEAD, how="semi")
        at, known_at = nw.col("occurred_at"), nw.col("known_at")
        start = nw.when(known_at > at).then(known_at).otherwise(at)
        rows = rows.with_columns(start.alias(_START)).sort(_LEAD, _START).select(*columns, _START)
        place = columns.index(_LEAD)
        whose: str | None = None
        starts: list[int] = []
        facts: list[Any] = []
        for row in _rows(rows):
            lead_id = row[place]
            if lead_id != whose:
                if whose is not None:
                    yield whose, (starts, facts)
                whose, starts, facts = lead_id, [], []
            starts.append(row[-1])
            facts.append(row)
        if whose is not None:
            yield whose, (starts, facts)


def _named(rows: nw.LazyFrame[Any], key: str) -> nw.LazyFrame[Any]:
    """The rows that say whose they are; a row without an id has none to be told apart by."""
    return rows.filter(~nw.col(key).is_null()).with_columns(nw.col("fact_id").fill_null(""))


def _rows(frame: nw.LazyFrame[Any]) -> Iterator[tuple[Any, ...]]:
    """The rows as plain values, so many at a time."""
    collected = frame.collect()
    if collected.implementation.is_polars():
        for first in range(0, len(collected), _ROWS_AT_ONCE):
            yield from collected[first : first + _ROWS_AT_ONCE].rows()
        return
    for batch in arrow_of(collected).to_batches(max_chunksize=_ROWS_AT_ONCE):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
