"""Leads read as if they were deals: from their capture until one of their deals is won, or they are given up.

So the same model tells how likely a lead is to become a customer, and by when: where deals are recorded only
once they are won, there is no other way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.forecast._agreed import final_places
from smarketing.forecast._rows import DealRows
from smarketing.funnel import Evidence, Funnel, Unit, deals_of

__all__ = ["LeadRows", "rows_as_of"]

_Rows = nw.LazyFrame[Any]
_ORDER = ("occurred_at", "known_at", "fact_id")


@attrs.frozen(kw_only=True, eq=False)
class LeadRows(DealRows):
    """How leads are read as rows, as of a moment: `deal_id` is the lead."""

    @property
    def table(self) -> str:
        """The table of the records."""
        return "leads"

    @property
    def agreed(self) -> Funnel:
        """The funnel of the leads."""
        return self.pipeline or Funnel.default()

    def _records(self, reads: Sequence[str], columns: Sequence[str]) -> _Rows:
        wanted = list(dict.fromkeys(["lead_id", "created_at", *reads]))
        leads = self.known.latest("leads", wanted).rename({"lead_id": "deal_id"})
        nothing = nw.when(nw.col("created_at") != nw.col("created_at")).then(nw.col("created_at"))
        return leads.with_columns(nothing.alias(name) for name in columns)

    def stage_entries(self) -> _Rows:
        """The entries of leads into the stages in which they are still open."""
        is_final = nw.col("stage").is_in(final_places(self.agreed))
        return self._moves().filter(~nw.col("stage").is_null(), ~is_final)

    @property
    def first_stage(self) -> str:
        """The stage of a lead that no entry speaks of."""
        begun = self.pipeline and self.pipeline.stage_entered_by(Evidence.LEAD_CAPTURED)
        return begun.name if begun else ""

    def _moves(self) -> _Rows:
        entries = self.known.select("stage_entries", ["lead_id", "deal_id", "stage", *_ORDER])
        of_leads = entries.filter(~nw.col("lead_id").is_null(), nw.col("deal_id").is_null())
        return of_leads.drop("deal_id").rename({"lead_id": "deal_id"})

    def _with_ends(self, records: _Rows, closing: Sequence[str], *, once: bool) -> _Rows:
        """A lead is won with its first deal won; it is lost when all its deals are, or when given up."""
        del once  # leads are counted by their deals, whichever way
        deals = deals_of(self.known).filter(~nw.col("lead_id").is_null())
        lost = nw.col("last_lost_at")
        back = (nw.col("reopened_at") > lost).fill_null(value=False)
        still = nw.when(lost.is_null() | back).then(nw.lit(1)).otherwise(nw.lit(0))
        ends = (
            deals.with_columns(still.alias("open_count"))
            .group_by("lead_id")
            .agg(
                nw.col("won_at").min(),
                nw.col("last_lost_at").max().alias("deals_lost_at"),
                nw.col("open_count").sum(),
            )
            .with_columns(
                nw.when(nw.col("open_count") == 0).then(nw.col("deals_lost_at")).alias("deals_lost_at")
            )
            .rename({"lead_id": "deal_id"})
        )
        rows = records.join(ends, on="deal_id", how="left").join(self._given_up(), on="deal_id", how="left")
        lost_at = nw.coalesce("given_up_at", "deals_lost_at")
        rows = rows.with_columns(lost_at.alias("lost_at"))
        is_won, is_lost = ~nw.col("won_at").is_null(), ~nw.col("lost_at").is_null()
        never = nw.when(nw.col("created_at") != nw.col("created_at")).then(nw.col("created_at"))
        outcome = nw.when(is_won).then(nw.lit("won")).otherwise(nw.when(is_lost).then(nw.lit("lost")))
        return rows.with_columns(
            outcome.alias("outcome"),
            nw.coalesce("won_at", "lost_at").alias("closed_at"),
            never.alias("reopened_at"),
            *(never.alias(f"closed_{name}") for name in closing),
        ).drop("won_at", "lost_at", "deals_lost_at", "open_count", "given_up_at")

    def _given_up(self) -> _Rows:
        """Since when each lead is on a final detour, where no other move has followed."""
        final = [detour.name for detour in self.agreed.detours if detour.kind.is_final]
        stage, at = nw.col("stage"), nw.col("occurred_at")
        is_final = stage.is_in(final) if final else stage.is_null()
        moves = self._moves().with_columns(
            nw.when(is_final).then(at).alias("final_at"), nw.when(~is_final).then(at).alias("other_at")
        )
        last = moves.group_by("deal_id").agg(nw.col("final_at").max(), nw.col("other_at").max())
        stands = nw.col("other_at").is_null() | (nw.col("other_at") <= nw.col("final_at"))
        given_up = nw.when(stands).then(nw.col("final_at")).alias("given_up_at")
        return last.with_columns(given_up).select("deal_id", "given_up_at")


def rows_as_of(unit: Unit, **terms: Any) -> DealRows:
    """How records of a unit are read: the fields of `DealRows`."""
    return LeadRows(**terms) if unit is Unit.LEAD else DealRows(**terms)
