"""Leads as they looked once, and how they turned out afterwards: what points are learned from.

Every lead is looked at once, so long after it began, and only what had happened and was known *then* is seen.
So a field that is filled in when a deal closes is missing here, as it will be when the points are used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.frames import Frames, tuples_of
from smarketing.schema import TABLES, TRAIT_PREFIX, ColumnType
from smarketing.scoring._outcome import LeadOutcome
from smarketing.text import fold

__all__ = ["History", "Look", "read_history"]

_LEAD, _SEEN = "lead_id", "smk_seen_at"
_ORDER = ["known_at", "occurred_at", "said_count", "fact_id"]
_MICRO = timedelta(microseconds=1)
_UNREAD = frozenset({"lead_id", "account_id", "parent_id", "created_at", "owner_id", "team", "currency"})
"""Fields that say who it is, or who works it, which is what comes of a score."""


@attrs.frozen(kw_only=True)
class Look:
    """When leads are looked at, and for how long they then have time to turn out well.

    Attributes:
        after: How long after it began each lead is looked at.
        within: How long it then has.
        window: How far back touches are counted; None for all of them.
        as_of: The instant before which everything is known, in microseconds.
        began: The first and the last instant at which a lead may have begun; None for any.
    """

    after: timedelta
    within: timedelta
    window: timedelta | None
    as_of: int
    began: tuple[int, int] | None = None


@attrs.frozen(kw_only=True)
class History:
    """Leads that were looked at, by the instant of it, and by id where that is one.

    Attributes:
        leads: Their ids.
        fields: By the name that criteria use, the values of all leads, None where missing.
        touches: By kind, how many touches each lead had.
        is_personal: Fields that may identify a person.
        outcomes: Whether each lead turned out well in time.
        young_count: Leads left aside, because their time is not over.
        early_count: Leads left aside, because they had turned out well before they were looked at.
        unseen_count: Of the leads looked at, those of which no version was known then.
    """

    leads: tuple[str, ...]
    fields: Mapping[str, Sequence[Any]]
    touches: Mapping[str, Sequence[int]]
    is_personal: frozenset[str]
    outcomes: tuple[bool, ...]
    young_count: int
    early_count: int
    unseen_count: int


def read_history(known: Frames, outcome: LeadOutcome, look: Look) -> History:
    """The history of all leads, from frames as of a moment."""
    starts = dict(tuples_of(_starts(known)))
    reached = dict(tuples_of(outcome.rows(known)))
    wait = look.after // _MICRO + 1  # the instant itself is seen
    patience = look.within // _MICRO
    young = early = 0
    seen: list[tuple[int, str, bool]] = []
    for lead, start in starts.items():
        if look.began is not None and not look.began[0] <= start < look.began[1]:
            continue
        at, good_at = start + wait, reached.get(lead)
        if good_at is not None and good_at < at:
            early += 1
        elif at + patience > look.as_of:
            young += 1
        else:
            seen.append((at, lead, good_at is not None and good_at < at + patience))
    seen.sort()
    place = {lead: number for number, (_, lead, _) in enumerate(seen)}
    looked = _starts(known).select(_LEAD, (nw.col("smk_start") + wait).alias(_SEEN))
    fields, personal, unseen = _fields(known, looked, place)
    return History(
        leads=tuple(lead for _, lead, _ in seen),
        fields=fields,
        touches=_touches(known, looked, place, look),
        is_personal=personal,
        outcomes=tuple(good for _, _, good in seen),
        young_count=young,
        early_count=early,
        unseen_count=unseen,
    )


def _starts(known: Frames) -> nw.LazyFrame[Any]:
    """When each lead began: it was created, or first heard of; without any lead, its first touch."""
    if "leads" not in known.names:
        rows = known.select("touches", [_LEAD, "occurred_at"])
        rows = rows.filter(~nw.col(_LEAD).is_null())
        return rows.group_by(_LEAD).agg(nw.col("occurred_at").min().alias("smk_start"))
    rows = known.select("leads", [_LEAD, "created_at", "occurred_at"]).filter(~nw.col(_LEAD).is_null())
    rows = rows.group_by(_LEAD).agg(nw.col("created_at").min(), nw.col("occurred_at").min())
    return rows.select(_LEAD, nw.coalesce("created_at", "occurred_at").alias("smk_start"))


def _fields(
    known: Frames, looked: nw.LazyFrame[Any], place: Mapping[str, int]
) -> tuple[dict[str, list[Any]], frozenset[str], int]:
    """The fields of the version of each lead, and of its account, that was known when it was looked at.

    And which of them are personal, and of how many leads no version was known.
    """
    if "leads" not in known.names:
        return {}, frozenset(), 0
    own, firm = _wanted(known, "leads"), _wanted(known, "accounts")
    leads = known.versions("leads", [_LEAD, "account_id", *own, *_ORDER])
    leads = _as_seen(leads.join(looked, on=_LEAD, how="inner"), [_LEAD, "account_id", _SEEN, *own])
    rows = tuples_of(leads.select(_LEAD, *own))
    unseen = len(place) - sum(1 for row in rows if row[0] in place)
    columns = dict(_columns(rows, own, place))
    if firm:
        accounts = known.versions("accounts", ["account_id", *firm, *_ORDER])
        links = leads.select(_LEAD, "account_id", _SEEN).filter(~nw.col("account_id").is_null())
        accounts = _as_seen(links.join(accounts, on="account_id", how="inner"), [_LEAD, *firm])
        found = _columns(tuples_of(accounts.select(_LEAD, *firm)), firm, place)
        columns |= {f"account.{name}": values for name, values in found}
    personal = {column.name for column in TABLES["leads"].columns if column.personal}
    return columns, frozenset(personal & set(own)), unseen


def _wanted(known: Frames, table: str) -> list[str]:
    """The fields of a table that points may be learned from."""
    ours = {column.name: column.type for column in TABLES[table].columns}
    skipped = _UNREAD | {"fact_id", "origin_system", "origin_table", "origin_record", "occurred_at"}
    skipped |= {"known_at", "precision"}
    return [
        name
        for name in known.held(table)
        if name.startswith(TRAIT_PREFIX)
        or (name in ours and name not in skipped and ours[name] is not ColumnType.INSTANT)
    ]


def _as_seen(rows: nw.LazyFrame[Any], columns: list[str]) -> nw.LazyFrame[Any]:
    """Of each lead, the version last known when it was looked at."""
    rows = rows.filter(nw.col("occurred_at") < nw.col(_SEEN), nw.col("known_at") < nw.col(_SEEN))
    return rows.unique([_LEAD], keep="last", order_by=_ORDER).select(*columns)


def _columns(
    rows: Sequence[tuple[Any, ...]], names: Sequence[str], place: Mapping[str, int]
) -> list[tuple[str, list[Any]]]:
    columns: list[list[Any]] = [[None] * len(place) for _ in names]
    for lead, *values in rows:
        number = place.get(lead)
        if number is not None:
            for column, value in zip(columns, values, strict=True):
                column[number] = value
    return list(zip(names, columns, strict=True))


def _touches(
    known: Frames, looked: nw.LazyFrame[Any], place: Mapping[str, int], look: Look
) -> dict[str, list[int]]:
    """By kind, how many touches each lead had had, within the window."""
    if "touches" not in known.names:
        return {}
    rows = known.select("touches", [_LEAD, "kind", "occurred_at", "known_at"])
    rows = rows.join(looked, on=_LEAD, how="inner")
    rows = rows.filter(nw.col("occurred_at") < nw.col(_SEEN), nw.col("known_at") < nw.col(_SEEN))
    if look.window is not None:
        rows = rows.filter(nw.col("occurred_at") >= nw.col(_SEEN) - look.window // _MICRO)
    counted = tuples_of(rows.group_by(_LEAD, "kind").agg(nw.len().alias("smk_count")))
    seen = [(place[lead], kind, count) for lead, kind, count in counted if lead in place]
    folded = {kind: fold(kind) for kind in {kind for _, kind, _ in seen}}
    counts = {kind: [0] * len(place) for kind in sorted({*folded.values()})}
    for number, kind, count in seen:
        counts[folded[kind]][number] += count
    return counts
