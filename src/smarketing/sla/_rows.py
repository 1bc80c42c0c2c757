"""Events as rows: what starts and stops clocks, read from frames as `_events` reads it from facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.frames import Frames, rows_of
from smarketing.funnel import Funnel, deals_of
from smarketing.periods import to_micros
from smarketing.sla._events import EVIDENCE, FEEDBACK, NEED_REASON, TO_REFERRER

__all__ = ["EVENT_COLUMNS", "EventRows"]

EVENT_COLUMNS = ("lead_id", "at", "is_day", "by_id", "team")
"""Of every event: whose, when, whether only its day is known, and the person and team that it names."""

_Rows = nw.LazyFrame[Any]
_NEVER = -(2**62)


class EventRows:
    """The events of all leads, as of the moment that the frames are of."""

    def __init__(self, frames: Frames, funnel: Funnel) -> None:
        self.frames, self._funnel = frames, funnel
        self._position = {stage.name: position for position, stage in enumerate(funnel)}
        self._detours = [detour.name for detour in funnel.detours]

    @cached_property
    def has_breaks(self) -> bool:
        """Whether any lead has ever left the straight path."""
        return "stage_entries" in self.frames.names and bool(rows_of(self.breaks().head(1)))

    @cached_property
    def has_days(self) -> bool:
        """Whether of any event only the day is known: to tell them apart costs, and most books have none."""
        tables = [name for name in self.frames.names if "precision" in self.frames.held(name)]
        is_day = nw.col("precision") == "day"
        return any(rows_of(self.frames.select(name, ["precision"]).filter(is_day).head(1)) for name in tables)

    @property
    def has_waivers(self) -> bool:
        """Whether any commitment was ever released."""
        return "waivers" in self.frames.names

    def of(self, events: Sequence[str]) -> _Rows:
        """The rows of any of the events, with `EVENT_COLUMNS`."""
        verdicts = [event for event in events if event in {*FEEDBACK, *TO_REFERRER}]
        found = [*self._verdicts(verdicts)] if verdicts else []
        found += [rows for event in events if event not in verdicts for rows in self._of(event)]
        return nw.concat(found, how="vertical") if len(found) > 1 else found[0]

    def breaks(self) -> _Rows:
        """Entries onto the detours that end clocks: `lead_id`, `left_at`, `left_is_day`, `place`."""
        ends = [each.name for each in self._funnel.detours if each.kind.is_final or each.kind == "recycled"]
        if not ends:
            ends = [""]
        moves = self._moves(["stage", "precision"]).filter(nw.col("stage").is_in(ends))
        is_day = _is_day().alias("left_is_day")
        return moves.select("lead_id", nw.col("at").alias("left_at"), is_day, nw.col("stage").alias("place"))

    def lost(self) -> _Rows:
        """The leads whose last move was to leave for good: `lead_id`. Who was recycled may come back."""
        final = [each.name for each in self._funnel.detours if each.kind.is_final] or [""]
        is_final, at, never = nw.col("stage").is_in(final), nw.col("at"), nw.lit(_NEVER)
        moves = self._moves(["stage"]).select(
            "lead_id",
            nw.when(is_final).then(at).otherwise(never).alias("lost_at"),
            nw.when(is_final).then(never).otherwise(at).alias("there_at"),
        )
        deals = self.of(["deal created"]).select("lead_id", never.alias("lost_at"), at.alias("there_at"))
        last = nw.concat([moves, deals], how="vertical").group_by("lead_id")
        told = last.agg(nw.col("lost_at").max(), nw.col("there_at").max())
        is_lost = nw.col("lost_at") >= nw.col("there_at")
        return told.filter(nw.col("lost_at") > never, is_lost).select("lead_id")

    def waivers(self, commitment: str) -> _Rows:
        """The leads for which a commitment was released: `lead_id`, `reason`, `waived`, one row each."""
        rows = self.frames.select("waivers", ["lead_id", "commitment", "reason", "occurred_at"])
        rows = rows.filter(~nw.col("lead_id").is_null(), nw.col("commitment") == commitment)
        last = rows.unique(["lead_id"], keep="last", order_by=["occurred_at", "reason"])
        return last.select("lead_id", "reason", nw.lit(1).alias("waived"))

    def moves(self) -> _Rows:
        """Recorded entries into stages and detours: `EVENT_COLUMNS` and `stage`."""
        moves = self._moves(["stage", "by_id", "precision"])
        return moves.select(
            "lead_id", "at", _is_day(), "by_id", nw.lit(None, dtype=nw.String).alias("team"), "stage"
        )

    def _of(self, event: str) -> Iterator[_Rows]:
        verb, _, place = event.partition(" ")
        if event == "captured":
            yield self._captured()
        elif event == "routed":
            yield self._own("routings", team=True)
        elif event in {"assigned", "unassigned"}:
            rows = self._own("assignments", ["owner_id"], by="owner_id", team=True)
            is_taken = nw.col("by_id").is_null()
            yield rows.filter(~is_taken if event == "assigned" else is_taken)
        elif event in {"attempted", "connected"}:
            columns = ["connected"] if event == "connected" else []
            rows = self._about("contact_attempts", columns)
            yield self._told(rows.filter(nw.col("connected")) if columns else rows)
        elif event in {"answered", "replied"}:
            by_us = nw.col("by_us").fill_null(value=False)
            rows = self._about("replies", ["by_us"])
            yield self._told(rows.filter(by_us if event == "replied" else ~by_us))
        elif event.startswith("deal "):
            yield from self._of_deals(event)
        else:
            yield from self._of_stage(verb, place)

    def _verdicts(self, words: Sequence[str]) -> Iterator[_Rows]:
        rows = self._about("feedbacks", ["verdict", "reason", "addressee"])
        verdict = nw.col("verdict")
        reason = nw.col("reason").fill_null("").str.strip_chars()
        is_to_referrer = nw.col("addressee").fill_null("marketing") == "referrer"
        free = [word for word in words if word in FEEDBACK and word not in NEED_REASON]
        bound = [word for word in words if word in NEED_REASON]
        referrer = [word for word in words if word in TO_REFERRER]
        told: nw.Expr | None = None
        for known, condition in (
            (free, ~is_to_referrer),
            (bound, ~is_to_referrer & (reason != "")),
            (referrer, is_to_referrer),
        ):
            if known:
                holds = verdict.is_in(known) & condition
                told = holds if told is None else told | holds
        yield self._told(rows.filter(told) if told is not None else rows)

    def _captured(self) -> _Rows:
        columns = ["lead_id", "created_at", "precision", "owner_id", "team"]
        rows = self.frames.latest("leads", columns).filter(~nw.col("created_at").is_null())
        rows = self._before(rows, "created_at")
        return rows.select("lead_id", nw.col("created_at").alias("at"), _is_day(), _named("owner_id"), "team")

    def _of_stage(self, verb: str, place: str) -> Iterator[_Rows]:
        moves = self._moves(["stage", "by_id", "precision"])
        if place in self._detours:
            wanted = nw.col("stage") == place
            yield self._told(moves.filter(wanted if verb == "entered" else ~wanted))
            return
        least = self._position[place] + (verb == "left")
        stages = [name for name, position in self._position.items() if position >= least]
        if verb == "left":
            stages += self._detours
        yield self._told(moves.filter(nw.col("stage").is_in(stages)))
        for word, evidence in EVIDENCE.items():
            stage = self._funnel.stage_entered_by(evidence)
            if stage is not None and self._position[stage.name] >= least:
                yield from self._of(word)

    def _of_deals(self, event: str) -> Iterator[_Rows]:
        if event == "deal created":
            columns = ["lead_id", "created_at", "precision", "owner_id", "team"]
            rows = self.frames.latest("deals", columns)
            rows = rows.filter(~nw.col("lead_id").is_null(), ~nw.col("created_at").is_null())
            rows = self._before(rows, "created_at")
            yield rows.select(
                "lead_id", nw.col("created_at").alias("at"), _is_day(), _named("owner_id"), "team"
            )
            return
        rows = self._about("closings", ["outcome"])
        yield self._told(rows.filter(nw.col("outcome") == event.removeprefix("deal ")))

    def _moves(self, columns: Sequence[str]) -> _Rows:
        """Recorded entries of leads; an entry that names a deal speaks of the deal."""
        rows = self.frames.select("stage_entries", ["lead_id", "deal_id", "occurred_at", *columns])
        rows = rows.filter(~nw.col("lead_id").is_null(), nw.col("deal_id").is_null())
        return rows.rename({"occurred_at": "at"})

    def _own(
        self, table: str, columns: Sequence[str] = (), *, by: str | None = None, team: bool = False
    ) -> _Rows:
        """Events of leads alone: what names a deal is about the deal."""
        wanted = ["lead_id", "deal_id", "occurred_at", "precision", *columns, *(["team"] if team else [])]
        rows = self.frames.select(table, wanted)
        rows = rows.filter(~nw.col("lead_id").is_null(), nw.col("deal_id").is_null())
        by_id = nw.col(by) if by else nw.lit(None, dtype=nw.String)
        return rows.select(
            "lead_id", nw.col("occurred_at").alias("at"), _is_day(), by_id.alias("by_id"), "team"
        )

    def _about(self, table: str, columns: Sequence[str]) -> _Rows:
        """Events of leads and of their deals; one that names only its deal is its lead's."""
        named = ["lead_id", "deal_id", "occurred_at", "by_id", "precision", *columns]
        rows = self.frames.select(table, named).rename({"occurred_at": "at"})
        if "deal_id" not in self.frames.held(table):
            return rows.filter(~nw.col("lead_id").is_null())
        deals = deals_of(self.frames).filter(~nw.col("lead_id").is_null())
        deals = deals.select("deal_id", nw.col("lead_id").alias("lead_of_deal"))
        rows = rows.join(deals, on="deal_id", how="left")
        rows = rows.with_columns(nw.coalesce("lead_id", "lead_of_deal").alias("lead_id"))
        return rows.filter(~nw.col("lead_id").is_null()).drop("lead_of_deal")

    def _told(self, rows: _Rows) -> _Rows:
        names = rows.collect_schema().names()
        team = nw.col("team") if "team" in names else nw.lit(None, dtype=nw.String).alias("team")
        return rows.select("lead_id", "at", _is_day(), "by_id", team)

    def _before(self, rows: _Rows, column: str) -> _Rows:
        """The rows without what is not yet, as of the moment of the frames."""
        cutoff = self.frames.cutoff
        return rows if cutoff is None else rows.filter(nw.col(column) < to_micros(cutoff))


def _is_day() -> nw.Expr:
    is_day = nw.col("precision").fill_null("instant") == "day"
    return nw.when(is_day).then(nw.lit(1)).otherwise(nw.lit(0)).alias("is_day")


def _named(column: str) -> nw.Expr:
    return nw.col(column).alias("by_id")
