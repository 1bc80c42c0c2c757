"""Deals in bulk: one row each, with when it began, whether and how it ended, and what it is split by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.forecast._agreed import final_places
from smarketing.forecast._days import last_day, local_day
from smarketing.forecast._deals import ClosedDeal, OpenDeal, Opinion
from smarketing.frames import Frames, checked_frames, rows_of
from smarketing.funnel import Dimensions, Evidence, Funnel
from smarketing.funnel._provenance import PROVENANCE, with_provenance
from smarketing.periods import Dated, Period, from_micros, to_micros
from smarketing.schema import TABLES
from smarketing.sources import SourceRules

__all__ = ["DealRows", "book_rows", "last_of_each"]

_Rows = nw.LazyFrame[Any]
_ORDER = ("occurred_at", "known_at", "fact_id")
_MONEY = ("amount_minor", "cost_minor", "recurring_minor", "currency")
_TERMS = ("term_months", "expected_close_on", "probability_share")
_OPINION = ("by_id", "category", "probability_share", "expected_close_on")


def last_of_each(rows: _Rows, order: Sequence[str] = _ORDER) -> _Rows:
    """The last row of each deal; where no deal has two, there is nothing to sort."""
    counts = nw.len().alias("rows_count"), nw.col("deal_id").n_unique().alias("deals_count")
    (found,) = rows_of(rows.select(*counts))
    if found["rows_count"] == found["deals_count"]:
        return rows
    return rows.unique(["deal_id"], keep="last", order_by=order)


@attrs.frozen(kw_only=True, eq=False)
class DealRows:
    """How deals are read as rows, as of a moment.

    Attributes:
        frames: The facts.
        as_of: The moment.
        by: The dimensions that rows carry as text columns `by_0`, `by_1`, …; unknown is a blank.
        sources: The agreed rules for "source", dated.
        pipeline: The agreed stages, where there are any.
        zone: Whose days.
    """

    frames: Frames = attrs.field(repr=False, converter=checked_frames)
    as_of: datetime
    by: tuple[str, ...]
    sources: Dated[SourceRules]
    pipeline: Funnel | None = None
    zone: str = "UTC"

    @property
    def known(self) -> Frames:
        """The facts that count."""
        return self.frames.as_of(self.as_of)

    def rows(
        self,
        columns: Sequence[str] = (),
        closing: Sequence[str] = (),
        base: Sequence[str] = ("deal_id", "created_at", "outcome", "closed_at", "reopened_at"),
    ) -> _Rows:
        """One row per deal that is known, computed once.

        Args:
            columns: Further columns of the deal.
            closing: Columns of its last closing, as `closed_<name>`.
            base: Which of `deal_id`, `created_at` (missing where unknown), `outcome` and `closed_at` (missing
                where it is open) and `reopened_at` (before the closing, or of an open deal) are needed.

        Returns:
            The base, `by_0` … and the columns asked for.
        """
        plain = [name for name in self.by if name != "stage"]
        dimensions = Dimensions(self.known, self.table, plain, self.sources)
        reads = dimensions.reads
        if "leads" not in self.known.names:  # nothing to inherit: what is not of the deal is blank
            reads = tuple(
                name for name in reads if _is_of_deals(name) or name.removeprefix("trait_") in plain
            )
        records = self._records(reads, columns)
        begun = nw.when(nw.col("created_at") < to_micros(self.as_of)).then(nw.col("created_at"))
        records = records.with_columns(begun.alias("created_at"))
        kept = [*base, *reads, *columns, *(f"closed_{name}" for name in closing)]
        kept += ["stage_now"] if "stage" in self.by else []
        if "source" in plain or "source_reason" in plain:
            kept.append("created_at")  # whose day tells which rules were in force
        rows = self._settled(records, closing, list(dict.fromkeys(kept)))
        named = dimensions.add(rows, _any_period(self.as_of, self.zone), "created_at")
        return self._in_order(named, plain)

    def _settled(self, records: _Rows, closing: Sequence[str], kept: Sequence[str]) -> _Rows:
        """The records with their ends and stages.

        Few deals close twice. That none does is seen when the rows are joined and no deal has become two:
        to look for it before would cost as much as the join.
        """
        stage = "stage" in self.by
        (count,) = rows_of(records.select(nw.len().alias("records_count")))
        for once in (True, False):
            joined = self._with_stages(self._with_ends(records, closing, once=once), stage=stage)
            (rows,) = self.known.settle(joined.select(*kept))
            if not once or count == rows_of(rows.select(nw.len().alias("records_count")))[0]:
                break
        return rows

    @property
    def table(self) -> str:
        """The table of the records."""
        return "deals"

    def _records(self, reads: Sequence[str], columns: Sequence[str]) -> _Rows:
        """The last known version of each deal, with what its lead says where it says nothing."""
        own = [name for name in reads if name not in PROVENANCE or _is_of_deals(name)]
        wanted = ["deal_id", "lead_id", "created_at", *own, *columns]
        deals = self.known.latest("deals", list(dict.fromkeys(wanted)))
        return with_provenance(deals, self.known, reads).drop("lead_id")

    def stage_entries(self) -> _Rows:
        """The entries of deals into the stages that they are open in."""
        entries = self.known.select("stage_entries", ["deal_id", "stage", *_ORDER])
        is_final = nw.col("stage").is_in(final_places(self.pipeline))
        return entries.filter(~nw.col("deal_id").is_null(), ~nw.col("stage").is_null(), ~is_final)

    def _with_ends(self, records: _Rows, closing: Sequence[str], *, once: bool) -> _Rows:
        """How each deal ended; one that was reopened since its last closing has not.

        Args:
            records: The deals.
            closing: Further columns of the closing.
            once: Whether to take it that no deal closed twice.
        """
        has = {name: bool(self.known.held(name)) for name in ("closings", "reopenings")}
        closings = self.known.select("closings", ["deal_id", "outcome", *_ORDER, *closing])
        closings = closings.filter(nw.col("outcome").is_in(["won", "lost"]))
        is_loss = nw.when(nw.col("outcome") == "lost").then(nw.lit(1)).otherwise(nw.lit(0))
        ordered = closings.with_columns(is_loss.alias("is_loss"))
        # As everywhere: at one instant a reopening comes first, then a win, then a loss.
        order = ("occurred_at", "is_loss", "known_at", "fact_id")
        last = ordered if once else ordered.unique(["deal_id"], keep="last", order_by=order)
        last = last.select(
            "deal_id",
            "outcome",
            nw.col("occurred_at").alias("closed_at"),
            *(nw.col(name).alias(f"closed_{name}") for name in closing),
        )
        reopened = (
            self.known.select("reopenings", ["deal_id", "occurred_at"])
            .group_by("deal_id")
            .agg(nw.col("occurred_at").max().alias("reopened_at"))
        )
        rows = records.join(last, on="deal_id", how="left")
        if not has["reopenings"]:
            never = nw.when(nw.col("closed_at") != nw.col("closed_at")).then(nw.col("closed_at"))
            return rows.with_columns(never.alias("reopened_at"))
        rows = rows.join(reopened, on="deal_id", how="left")
        stands = (nw.col("reopened_at") <= nw.col("closed_at")).fill_null(value=True)
        return rows.with_columns(
            nw.when(stands).then(nw.col(name)).alias(name)
            for name in ("outcome", "closed_at", *(f"closed_{each}" for each in closing))
        )

    def _with_stages(self, rows: _Rows, *, stage: bool) -> _Rows:
        """The stage that each deal entered last; who was never dated began with the first one."""
        if not self.known.held("stage_entries"):
            return rows.with_columns(nw.lit(self.first_stage).alias("stage_now")) if stage else rows
        entries = self.stage_entries()
        if not self._all_are_dated:
            first = entries.group_by("deal_id").agg(nw.col("occurred_at").min().alias("entered_at"))
            rows = rows.join(first, on="deal_id", how="left")
            begun = nw.coalesce("created_at", "entered_at").alias("created_at")
            rows = rows.with_columns(begun).drop("entered_at")
        if not stage:
            return rows
        ranked = entries.with_columns(self.rank.alias("stage_rank"))
        last = last_of_each(ranked, ("occurred_at", "stage_rank", "known_at", "fact_id"))
        last = last.select("deal_id", nw.col("stage").alias("stage_now"))
        joined = rows.join(last, on="deal_id", how="left")
        return joined.with_columns(nw.col("stage_now").fill_null(self.first_stage))

    @property
    def _all_are_dated(self) -> bool:
        """Whether every version says when its record was created, before the moment."""
        if "created_at" not in self.known.held(self.table):
            return False
        created = nw.col("created_at")
        undated = self.known.select(self.table, ["created_at"]).filter(
            created.is_null() | (created >= to_micros(self.as_of)).fill_null(value=False)
        )
        return not rows_of(undated.select(nw.len().alias("rows_count")))[0]["rows_count"]

    @property
    def first_stage(self) -> str:
        """The stage of a deal that no entry speaks of, where one was agreed; else a blank."""
        begun = self.pipeline and self.pipeline.stage_entered_by(Evidence.DEAL_CREATED)
        return begun.name if begun else ""

    @property
    def rank(self) -> nw.Expr:
        """The place of a stage in the agreed order: of entries at one instant, the furthest is the last."""
        rank: nw.Expr = nw.lit(0)
        for place, each in enumerate((self.pipeline or Funnel.classic_pipeline()).stages, start=1):
            rank = nw.when(nw.col("stage") == each.name).then(nw.lit(place)).otherwise(rank)
        return rank

    def _in_order(self, rows: _Rows, plain: Sequence[str]) -> _Rows:
        """The columns `by_0`, … in the order of `by`, the stage among them."""
        if "stage" not in self.by:
            return rows
        rows = rows.rename({f"by_{place}": f"plain_{place}" for place in range(len(plain))})
        columns = [
            nw.col("stage_now" if name == "stage" else f"plain_{plain.index(name)}").alias(f"by_{place}")
            for place, name in enumerate(self.by)
        ]
        return rows.with_columns(*columns)


def book_rows(
    frames: Frames,
    *,
    as_of: datetime,
    by: Sequence[str],
    sources: Dated[SourceRules] | None,
    pipeline: Funnel | None,
    zone: str,
) -> tuple[list[OpenDeal], list[ClosedDeal]]:
    """The open and the closed deals as plain values, in the order of their ids."""
    told = DealRows(
        frames=frames,
        as_of=as_of,
        by=tuple(by),
        sources=sources or Dated.of(SourceRules.default()),
        pipeline=pipeline,
        zone=zone,
    )
    columns = [*_MONEY, "list_minor", *_TERMS]
    rows = told.rows(columns, _MONEY)
    names = [
        "deal_id", "created_at", "outcome", "closed_at", "reopened_at", *columns,
        *(f"closed_{name}" for name in _MONEY), *(f"by_{place}" for place in range(len(by))),
    ]  # fmt: skip
    opinions = _opinions(told.known)
    before = _before_closing(told.known, rows)
    opened: list[OpenDeal] = []
    closed: list[ClosedDeal] = []
    for row in sorted(rows_of(rows.select(*names)), key=lambda row: row["deal_id"]):
        shared = {
            "deal_id": row["deal_id"],
            "created_at": _instant(row["created_at"]),
            "values": {name: row[f"by_{place}"] or None for place, name in enumerate(by)},
            "term_months": row["term_months"],
            "expected_close_on": row["expected_close_on"],
            "reopened_at": _instant(row["reopened_at"]),
            "opinion": opinions.get(row["deal_id"]),
        }
        if row["outcome"] is None:
            opened.append(_open(row, shared, as_of, zone))
        else:
            expected = before.get(row["deal_id"], (row["amount_minor"], row["currency"]))
            closed.append(_closed(row, shared, zone, expected))
    return opened, closed


def _open(row: Mapping[str, Any], shared: Mapping[str, Any], as_of: datetime, zone: str) -> OpenDeal:
    created_at = shared["created_at"]
    age = (last_day(as_of, zone) - local_day(created_at, zone)).days if created_at else None
    return OpenDeal(
        **shared,
        age_days=age,
        probability_share=row["probability_share"],
        **{name: row[name] for name in _MONEY},
    )


def _closed(
    row: Mapping[str, Any], shared: Mapping[str, Any], zone: str, expected: tuple[int | None, str | None]
) -> ClosedDeal:
    created_at, closed_at = shared["created_at"], from_micros(row["closed_at"])
    age = (local_day(closed_at, zone) - local_day(created_at, zone)).days if created_at else None
    amount, currency = _said(row, "amount_minor")
    cost, cost_currency = _said(row, "cost_minor")
    recurring, recurring_currency = _said(row, "recurring_minor")
    return ClosedDeal(
        **shared,
        outcome=row["outcome"],
        closed_at=closed_at,
        age_days=None if age is None else max(age, 0),
        amount_minor=amount,
        currency=currency,
        expected_minor=expected[0] if expected[1] in {None, currency} else None,
        list_minor=row["list_minor"],
        list_currency=row["currency"] or row["closed_currency"],
        cost_minor=cost,
        cost_currency=cost_currency,
        recurring_minor=recurring,
        recurring_currency=recurring_currency,
    )


def _said(row: Mapping[str, Any], name: str) -> tuple[int | None, str | None]:
    """A sum with its currency: by the closing where that says it, else by the deal."""
    by_closing, by_deal = row[f"closed_{name}"], row[name]
    if by_closing is None:
        return by_deal, row["currency"] or row["closed_currency"]
    return by_closing, row["closed_currency"] or row["currency"]


def _before_closing(known: Frames, rows: _Rows) -> dict[str, tuple[int | None, str | None]]:
    """What was last expected of deals that were written again after they had closed, before they did.

    A CRM overwrites the amount with what was sold: what it was expected to bring is in an earlier version.
    """
    wanted = ["deal_id", "amount_minor", "currency", *_ORDER]
    closed = rows.filter(~nw.col("closed_at").is_null()).select("deal_id", "closed_at")
    versions, closed = known.settle(known.versions("deals", wanted), closed)
    (counts,) = rows_of(versions.select(nw.len().alias("all"), nw.col("deal_id").n_unique().alias("deals")))
    if counts["all"] == counts["deals"]:
        return {}
    earlier = versions.join(closed, on="deal_id", how="inner")
    earlier = earlier.filter(nw.col("occurred_at") < nw.col("closed_at"))
    last = earlier.unique(
        ["deal_id"], keep="last", order_by=("known_at", "occurred_at", "said_count", "fact_id")
    )
    return {row["deal_id"]: (row["amount_minor"], row["currency"]) for row in rows_of(last)}


def _opinions(known: Frames) -> dict[str, Opinion]:
    """What was last said of each deal: of each part the last word, for one on another does not unsay it."""
    if not known.held("judgements"):
        return {}
    said = known.select("judgements", ["deal_id", *_OPINION, "amount_minor", "currency", *_ORDER])
    said = said.filter(~nw.col("deal_id").is_null())
    found: dict[str, dict[str, Any]] = {}
    for row in sorted(rows_of(said), key=_moment):
        told = found.setdefault(row["deal_id"], {})
        told |= {name: row[name] for name in _OPINION if row[name] is not None}
        told |= {"said_at": from_micros(row["occurred_at"]), "by_id": row["by_id"]}
        if row["amount_minor"] is not None:
            told |= {"amount_minor": row["amount_minor"], "currency": row["currency"]}
    return {deal_id: Opinion(**told) for deal_id, told in found.items()}


def _moment(row: Mapping[str, Any]) -> tuple[int, int, str]:
    return row["occurred_at"], row["known_at"] or 0, row["fact_id"] or ""


def _instant(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


def _is_of_deals(column: str) -> bool:
    return column in TABLES["deals"].names


def _any_period(as_of: datetime, zone: str) -> Period:
    """A period that says nothing but the zone in which dated terms are in force."""
    return Period(start=as_of - timedelta(days=1), end=as_of, zone=zone)
