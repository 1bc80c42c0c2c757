"""Clocks: one lead's, a work list of many leads', and a book of a million leads in bulk.

    python bench/bench_sla.py [LEADS]

The bulk figure is CPU time over hand-written Polars that computes the same six promises on the same columns
with the same calendar table; both turns are interleaved and the median ratio is printed.
"""

from __future__ import annotations

import statistics
import sys
import time
import timeit
from datetime import UTC, date, datetime, timedelta

import polars as pl

from smarketing import Frames, Period
from smarketing.calendars import BusinessCalendar
from smarketing.facts import Assigned, ContactAttempt, Lead, SalesFeedback, StageEntered
from smarketing.origin import Origin
from smarketing.sla import ClockState, SlaContract, SlaTerms, Term, measure_sla

HOUR = timedelta(hours=1)
HOURS = BusinessCalendar(zone="Europe/Madrid", windows={"mon-fri": ("09:00-14:00", "15:00-18:00")})
TERMS = (
    Term(name="routing", kind="handover", by="system", starts="captured", closes="assigned", within=HOUR),
    Term(name="response", kind="response", within=4 * HOUR, calendar="sales"),
    Term(name="conversation", kind="handover", starts="attempted", closes="connected", within=40 * HOUR),
    Term(name="disposition", kind="disposition", starts="assigned", within=16 * HOUR, calendar="sales"),
    Term(name="feedback", kind="feedback", within=160 * HOUR, calendar="sales"),
    Term(name="first reply", kind="response", starts="captured", within=24 * HOUR),
)
CONTRACT = SlaContract.of(SlaTerms(terms=TERMS), calendars={"sales": HOURS}, zone="Europe/Madrid")
MARCH = Period.parse("2026-03", "Europe/Madrid")
DAY = 86_400_000_000


def one_lead() -> None:
    """Microseconds for the six clocks of one lead."""
    facts, now = story("L-1", datetime(2026, 3, 2, 9, tzinfo=UTC)), datetime(2026, 3, 5, 12, tzinfo=UTC)
    clocks = CONTRACT.clocks(facts, now=now)
    best = min(timeit.repeat(lambda: CONTRACT.clocks(facts, now=now), number=2_000, repeat=7)) / 2_000
    print(f"one lead, {len(facts)} facts: {len(clocks)} clocks in {best * 1e6:.1f} µs (best of 7)")


def work_list(leads: int) -> None:
    """Seconds for the work list of many open leads."""
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    stories = [story(f"L-{n}", start + timedelta(minutes=n % 5_000))[:4] for n in range(leads)]
    began = time.perf_counter()
    due = CONTRACT.due(stories, now=datetime(2026, 3, 5, 12, tzinfo=UTC))
    print(f"due over {leads:,} leads: {time.perf_counter() - began:.2f} s, {len(due):,} to do")


def story(lead_id: str, at: datetime) -> list:
    """A lead that was captured, qualified, assigned, tried three times and accepted."""
    origin = Origin(system="crm", table="t", record=lead_id)

    def told(kind: type, hours: float, **said: object) -> object:
        return kind(origin=origin, occurred_at=at + hours * HOUR, lead_id=lead_id, **said)

    return [
        Lead(origin=origin, occurred_at=at, created_at=at, lead_id=lead_id),
        told(StageEntered, 0.5, stage="mql"),
        told(Assigned, 0.6, owner_id="ana", team="south"),
        told(ContactAttempt, 3, by_id="ana", connected=False),
        told(ContactAttempt, 20, by_id="ana", connected=True),
        told(SalesFeedback, 22, verdict="accepted"),
    ]


def book(leads: int) -> dict[str, pl.DataFrame]:
    """A book of leads with three attempts and feedbacks each, made the same each time."""
    number = pl.int_range(leads, eager=True)
    ids = pl.select(("L" + number.cast(pl.String)).alias("lead_id"))["lead_id"]
    first = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) * 1_000_000
    minute = 60_000_000
    created = first + (number * 7919 % 43_200) * minute
    assigned = created + (number * 31 % 180) * minute
    attempts, verdicts = [], ["accepted", "rejected", "lost"]
    feedbacks = []
    for turn in range(3):
        at = assigned + ((number * (37 + turn) % 2_880) + turn * 600) * minute
        connected = (number + turn) % 3 == 0
        attempts.append(pl.DataFrame({"lead_id": ids, "occurred_at": at, "connected": connected}))
        said = pl.DataFrame(
            {"lead_id": ids, "occurred_at": at + 300 * minute, "verdict": verdicts[turn], "reason": "budget"}
        )
        feedbacks.append(said.filter(pl.Series(number % (turn + 2) == 0)))
    return {
        "leads": pl.DataFrame({"lead_id": ids, "created_at": created}),
        "assignments": pl.DataFrame({"lead_id": ids, "occurred_at": assigned, "owner_id": "ana"}),
        "contact_attempts": pl.concat(attempts),
        "feedbacks": pl.concat(feedbacks),
    }


def by_hand(tables: dict[str, pl.DataFrame]) -> dict[str, int]:
    """The same six promises in Polars alone: how many of each were met."""
    lazy = {name: table.lazy() for name, table in tables.items()}
    first, last = MARCH.boundaries
    lead = pl.col("lead_id")
    known = {name: "created_at" if name == "leads" else "occurred_at" for name in lazy}
    lazy = {name: table.filter(pl.col(known[name]) < last) for name, table in lazy.items()}
    captured = lazy["leads"].select(lead, at="created_at")
    assigned = lazy["assignments"].select(lead, at="occurred_at")
    tried = lazy["contact_attempts"].select(lead, "connected", at="occurred_at")
    said = lazy["feedbacks"].select(lead, "verdict", at="occurred_at")
    verdict = pl.col("verdict")
    plans = {
        "routing": (captured, assigned, 1, False),
        "response": (assigned, tried.select(lead, "at"), 4, True),
        "conversation": (tried.select(lead, "at"), tried.filter("connected").select(lead, "at"), 40, False),
        "disposition": (
            assigned, said.filter(verdict.is_in(["accepted", "rejected", "recycled"])).select(lead, "at"), 16, True,
        ),
        "feedback": (
            said.filter(verdict == "accepted").select(lead, "at"),
            said.filter(verdict.is_in(["converted", "lost", "recycled"])).select(lead, "at"), 160, True,
        ),
        "first reply": (captured, tried.select(lead, "at"), 24, False),
    }  # fmt: skip
    clock = clock_table()
    met = {}
    for name, (starts, closes, hours, is_working) in plans.items():
        rows = starts.group_by("lead_id").agg(start=pl.col("at").min())
        rows = rows.filter(pl.col("start") >= first, pl.col("start") < last)
        ends = (
            closes.join(rows, on="lead_id")
            .filter(pl.col("at") >= pl.col("start"))
            .group_by("lead_id")
            .agg(close=pl.col("at").min())
        )
        rows = rows.join(ends, on="lead_id", how="left").with_columns(
            judged=pl.col("close").fill_null(last) - 1
        )
        if is_working:
            rows = on_clock(on_clock(rows, clock, "start", "from"), clock, "judged", "to")
        else:
            rows = rows.with_columns(pl.col("start").alias("from"), pl.col("judged").alias("to"))
        in_time = pl.col("to") - pl.col("from") < hours * 3_600_000_000
        now = last - 1 if not is_working else on_clock_at(last - 1)
        is_over = now - pl.col("from") >= hours * 3_600_000_000
        done = pl.col("close").is_not_null()
        state = pl.when(done & in_time).then(2).when(done).then(3).when(is_over).then(4).otherwise(0)
        counted = rows.select(state.alias("state"), is_over.alias("is_over")).collect()
        counted = counted.group_by("state", "is_over").len()
        met[name] = counted.filter(pl.col("state") == 2)["len"].sum()
    return met


def clock_table() -> pl.LazyFrame:
    """The calendar's clock, one row per day."""
    days = list(HOURS.day_table(date(2026, 2, 20), date(2026, 4, 30)))
    most = max(len(day.segments) for day in days)
    columns = {"day": [day.utc_day for day in days], "clock": [day.clock_micros for day in days]}
    for k in range(most):
        spans = [day.segments[k] if k < len(day.segments) else (0, 0) for day in days]
        columns[f"opens_{k}"] = [opens for opens, _ in spans]
        columns[f"length_{k}"] = [closes - opens for opens, closes in spans]
    return pl.LazyFrame(columns)


def on_clock(rows: pl.LazyFrame, clock: pl.LazyFrame, instant: str, name: str) -> pl.LazyFrame:
    """What the clock reads at an instant."""
    joined = rows.with_columns(day=pl.col(instant) // DAY).join(clock, on="day", how="left")
    into = pl.col(instant) - pl.col("day") * DAY
    reading = pl.col("clock")
    for k in range(len([each for each in clock.collect_schema().names() if each.startswith("opens_")])):
        reading = reading + (into - pl.col(f"opens_{k}")).clip(0, pl.col(f"length_{k}"))
    return joined.with_columns(reading.alias(name)).select(*rows.collect_schema().names(), name)


def on_clock_at(micros: int) -> int:
    """The same for one instant."""
    zero = datetime(2020, 1, 1, tzinfo=UTC)
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    return HOURS.elapsed(zero, at) // timedelta(microseconds=1)


def bulk(leads: int, turns: int = 3) -> None:
    """CPU seconds in bulk, over hand-written Polars."""
    tables = book(leads)
    frames = Frames.from_native(**tables)
    ratios, ours_s, theirs_s = [], [], []
    for _ in range(turns):
        began = time.process_time()
        result = measure_sla(frames, CONTRACT, period=MARCH, trend=0)
        ours = time.process_time() - began
        began = time.process_time()
        expected = by_hand(tables)
        theirs = time.process_time() - began
        found = {term.name: term.tally[ClockState.MET] for term in result.terms}
        assert found == expected, (found, expected)
        ratios.append(ours / theirs)
        ours_s.append(ours)
        theirs_s.append(theirs)
    print(
        f"{leads:,} leads, {len(tables['contact_attempts']):,} attempts: "
        f"{statistics.median(ours_s):.2f} CPU-s, by hand {statistics.median(theirs_s):.2f}, "
        f"ratio {statistics.median(ratios):.2f} (median of {turns} interleaved turns)"
    )


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    one_lead()
    work_list(size // 10)
    bulk(size)
