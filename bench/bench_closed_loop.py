"""`close_loop` on a million leads, against hand-written Polars that answers the same.

Both sides count leads by campaign and month, how far each came, what sales last answered and why, who waits for
an answer and whose time is up, the deals that are won now with revenue, margin and the age of their lead, and
lay daily spends on campaigns and months. The hand-written side is told that each record has one version, which
`close_loop` has to find out. CPU seconds, interleaved.

    python bench/bench_closed_loop.py [leads]
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from statistics import median
from typing import Any

import numpy as np
import polars as pl

from smarketing.closed_loop import AnswerTerm, PlainTerms, close_loop
from smarketing.frames import Frames
from smarketing.periods import Dated, Period

N = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
HOUR = 3_600_000_000
DAY = 24 * HOUR
PERIOD = Period.parse("2026")
START, END = PERIOD.boundaries
MONTHS = [month.boundaries[0] for month in PERIOD.split("month")]
TERMS = PlainTerms(currency="EUR", answer_term=Dated.of(AnswerTerm(within=timedelta(days=10))))
REASONS = np.array(["no budget", "student", "not now", "competitor"])


def company() -> dict[str, pl.DataFrame]:
    """Leads of fifty campaigns, with moves, answers, deals, closings and a spend for each campaign and day."""
    rng = np.random.default_rng(7)
    ids = np.array([f"L{i:07d}" for i in range(N)])
    campaigns = np.array([f"C-{i:02d}" for i in range(50)])
    created = START + rng.integers(0, END - START, N)
    leads = pl.DataFrame(
        {
            "lead_id": ids, "created_at": created, "occurred_at": created, "known_at": created, "fact_id": ids,
            "campaign_id": campaigns[rng.integers(0, 50, N)],
        }
    )  # fmt: skip
    alive, at, moves = np.ones(N, bool), created.copy(), []
    for stage, share in (("mql", 0.6), ("sql", 0.5)):
        alive &= rng.random(N) < share
        at = at + rng.integers(HOUR, 300 * HOUR, N)
        moves.append(pl.DataFrame({"lead_id": ids[alive], "stage": stage, "occurred_at": at[alive]}))
    entries = pl.concat(moves).with_columns(known_at="occurred_at", deal_id=pl.lit(None, dtype=pl.String))
    told = rng.random(N) < 0.4
    told_at = created[told] + rng.integers(HOUR, 900 * HOUR, told.sum())
    verdicts = np.array(["accepted", "rejected", "recycled", "converted"])[rng.integers(0, 4, told.sum())]
    feedbacks = pl.DataFrame(
        {
            "lead_id": ids[told], "verdict": verdicts, "reason": REASONS[rng.integers(0, 4, told.sum())],
            "addressee": "marketing", "occurred_at": told_at, "known_at": told_at, "fact_id": ids[told],
        }
    )  # fmt: skip
    has_deal = alive & (rng.random(N) < 0.5)
    deal_at = at[has_deal] + rng.integers(HOUR, 100 * HOUR, has_deal.sum())
    keys = np.char.replace(ids[has_deal], "L", "D")
    amounts = rng.integers(10_000, 9_000_000, has_deal.sum())
    deals = pl.DataFrame(
        {
            "deal_id": keys, "lead_id": ids[has_deal], "created_at": deal_at, "occurred_at": deal_at,
            "known_at": deal_at, "fact_id": keys, "amount_minor": amounts, "cost_minor": amounts // 2,
            "currency": "EUR",
        }
    )  # fmt: skip
    shut = rng.random(len(deals)) < 0.7
    shut_at = deal_at[shut] + rng.integers(HOUR, 2000 * HOUR, shut.sum())
    closings = pl.DataFrame(
        {
            "deal_id": keys[shut], "outcome": np.where(rng.random(shut.sum()) < 0.4, "won", "lost"),
            "amount_minor": amounts[shut], "currency": "EUR", "occurred_at": shut_at, "known_at": shut_at,
            "fact_id": keys[shut],
        }
    ).with_columns(lead_id=pl.lit(None, dtype=pl.String))  # fmt: skip
    days = np.repeat(np.arange(START, END, DAY), 50)
    spends = pl.DataFrame(
        {
            "campaign_id": np.tile(campaigns, len(days) // 50), "occurred_at": days, "known_at": days,
            "amount_minor": rng.integers(1_000, 90_000, len(days)), "currency": "EUR",
        }
    )  # fmt: skip
    return {
        "leads": leads, "stage_entries": entries, "feedbacks": feedbacks, "deals": deals, "closings": closings,
        "spends": spends,
    }  # fmt: skip


def by_hand(t: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """The same figures in Polars alone."""

    def known(name: str) -> pl.LazyFrame:
        return t[name].lazy().filter(pl.col("occurred_at") < END, pl.col("known_at") < END)

    at, stage = pl.col("occurred_at"), pl.col("stage")
    leads = known("leads")
    moves = (
        known("stage_entries")
        .filter(pl.col("deal_id").is_null())
        .group_by("lead_id")
        .agg(
            at.filter(stage == "mql").min().alias("mql"),
            at.filter(stage == "sql").min().alias("sql"),
            at.filter(stage == "opportunity").min().alias("opp"),
            at.filter(stage == "customer").min().alias("cust"),
        )
    )
    shut = known("closings").group_by("deal_id").agg(won=at.filter(pl.col("outcome") == "won").min())
    deals = known("deals")
    of_lead = (
        deals.join(shut, on="deal_id", how="left")
        .group_by("lead_id")
        .agg(pl.col("created_at").min().alias("deal_at"), pl.col("won").min())
    )
    said = pl.col("verdict").is_in(["accepted", "rejected", "recycled"])
    answers = (
        known("feedbacks")
        .filter(said, pl.col("addressee") == "marketing")
        .sort("occurred_at", "known_at", "fact_id", "verdict")
        .unique("lead_id", keep="last")
        .select("lead_id", "verdict", "reason", answered_at="occurred_at")
    )
    rows = leads.join(moves, on="lead_id", how="left").join(of_lead, on="lead_id", how="left")
    customer = pl.min_horizontal("cust", "won")
    rows = (
        rows.with_columns(customer=customer)
        .with_columns(opportunity=pl.min_horizontal("opp", "deal_at", "customer"))
        .with_columns(sql=pl.min_horizontal("sql", "opportunity"))
        .with_columns(mql=pl.min_horizontal("mql", "sql"))
        .with_columns(captured=pl.min_horizontal("created_at", "mql"))
        .join(answers, on="lead_id", how="left")
        .select(
            "lead_id", "campaign_id", "captured", "mql", "sql", "opportunity", "customer", "verdict", "reason"
        )
        .collect()
    )
    month = sum((pl.col("captured") >= start).cast(pl.Int64) for start in MONTHS[1:])
    rows = rows.filter(pl.col("captured").is_between(START, END, closed="left")).with_columns(month=month)
    keys = ["month", "campaign_id"]
    names = ("mql", "sql", "opportunity", "customer")
    counts = rows.group_by(keys).agg(
        pl.len().alias("leads"), *(pl.col(name).is_not_null().sum() for name in names)
    )
    reasons = rows.filter(pl.col("verdict").is_not_null()).group_by(*keys, "verdict", "reason").len()
    waiting = rows.filter(
        pl.col("mql").is_not_null(), pl.col("customer").is_null(), pl.col("verdict").is_null()
    )
    late = waiting.filter(END - 1 - pl.col("mql") >= 10 * DAY)
    open_counts, late_counts = (each.group_by(keys).len() for each in (waiting, late))
    last = (
        known("closings")
        .sort("occurred_at", pl.col("outcome") == "lost", "known_at", "fact_id")
        .unique("deal_id", keep="last")
        .filter(pl.col("outcome") == "won")
        .select("deal_id", closed_at="occurred_at", minor="amount_minor")
        .join(deals.select("deal_id", "lead_id", "cost_minor"), on="deal_id", how="left")
        .join(rows.lazy().select("lead_id", "campaign_id", "month", "captured"), on="lead_id", how="inner")
        .collect()
    )
    sales = last.group_by(keys).agg(pl.len(), pl.col("minor").sum(), pl.col("cost_minor").sum())
    ages = last.group_by(*keys, age=(pl.col("closed_at") - pl.col("captured")) // DAY).agg(
        pl.col("minor").sum()
    )
    spent = (
        known("spends")
        .with_columns(month=sum((pl.col("occurred_at") >= start).cast(pl.Int64) for start in MONTHS[1:]))
        .group_by(keys)
        .agg(pl.col("amount_minor").sum())
        .collect()
    )
    assert len(ages)
    return {
        "leads": counts["leads"].sum(),
        "customers": counts["customer"].sum(),
        "revenue": sales["minor"].sum(),
        "margin": sales["minor"].sum() - sales["cost_minor"].sum(),
        "rejected": reasons.filter(pl.col("verdict") == "rejected")["len"].sum(),
        "open": open_counts["len"].sum(),
        "overdue": late_counts["len"].sum(),
        "spend": spent["amount_minor"].sum(),
    }


def ours(frames: Frames) -> dict[str, Any]:
    """What `close_loop` says."""
    total = close_loop(frames, TERMS, period=PERIOD).total
    assert total.spend is not None
    assert total.margin is not None
    return {
        "leads": total.leads_count,
        "customers": total.customers_count,
        "revenue": total.revenue.minor,
        "margin": total.margin.minor,
        "rejected": total.rejected_count,
        "open": total.open_count,
        "overdue": total.overdue_count,
        "spend": total.spend.minor,
    }


def main(turns: int = 3) -> None:
    """Interleaved turns, the first one to warm up."""
    tables = company()
    frames = Frames.from_native(**{name: table.lazy() for name, table in tables.items()})
    ratios, mine, theirs = [], [], []
    for turn in range(turns + 1):
        began = time.process_time()
        found = ours(frames)
        a = time.process_time() - began
        began = time.process_time()
        expected = by_hand(tables)
        b = time.process_time() - began
        assert found == expected, (found, expected)
        if turn:
            ratios.append(a / b)
            mine.append(a)
            theirs.append(b)
    print(
        f"{N:,} leads, {len(tables['deals']):,} deals, {len(tables['spends']):,} spends: smarketing "
        f"{median(mine):.2f} CPU-s, by hand {median(theirs):.2f} CPU-s, ratio {median(ratios):.2f} "
        f"(median of {turns} interleaved turns)"
    )


if __name__ == "__main__":
    main()
