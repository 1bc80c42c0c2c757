"""Where a deal came from: what it says itself, and failing that, what its lead says."""

from __future__ import annotations

from datetime import UTC, datetime

from smarketing.facts import Deal, Lead
from smarketing.frames import Frames, rows_of
from smarketing.funnel import Funnel, measure_funnel
from smarketing.funnel._provenance import PROVENANCE, latest_records
from smarketing.origin import Origin
from smarketing.periods import Period
from smarketing.schema import TABLES

T = datetime(2026, 3, 10, tzinfo=UTC)

LEAD = Lead(
    origin=Origin(record="L-1"),
    occurred_at=T,
    created_at=T,
    lead_id="L-1",
    channel="phone",
    source_raw="Referral",
    persona="owner",
    campaign_id="C-1",
)


def deal(number: int, lead_id: str | None = "L-1", **said: str) -> Deal:
    """A deal that says this about itself."""
    return Deal(
        origin=Origin(record=f"D-{number}"),
        occurred_at=T,
        created_at=T,
        deal_id=f"D-{number}",
        lead_id=lead_id,
        **said,  # type: ignore[arg-type]
    )


DEALS = [LEAD, deal(1), deal(2, channel="event"), deal(3, None), deal(4, "L-9", campaign_id="C-2")]


def test_a_deal_inherits_field_by_field(backend: str) -> None:
    """A blank is filled, a word is kept; without a known lead it stays a blank."""
    frames = Frames.from_dataset(DEALS, backend=backend)
    rows = rows_of(latest_records(frames, "deals", ["deal_id", "channel", "persona", "campaign_id"]))
    assert {row["deal_id"]: (row["channel"], row["persona"], row["campaign_id"]) for row in rows} == {
        "D-1": ("phone", "owner", "C-1"),
        "D-2": ("event", "owner", "C-1"),
        "D-3": (None, None, None),
        "D-4": (None, None, "C-2"),
    }


def test_a_lead_inherits_nothing() -> None:
    """It is read as it stands."""
    (row,) = rows_of(latest_records(Frames.from_dataset(DEALS), "leads", ["lead_id", "channel"]))
    assert row == {"lead_id": "L-1", "channel": "phone"}


def test_what_is_inherited_exists_on_leads() -> None:
    """Every field of provenance is a column of leads, or it could not be inherited."""
    assert set(PROVENANCE) <= set(TABLES["leads"].names)


def test_a_pipeline_is_split_by_where_its_deals_came_from(backend: str) -> None:
    """By the source that the rules read off the lead's words, and by its persona."""
    result = measure_funnel(
        Frames.from_dataset(DEALS, backend=backend),
        Funnel.classic_pipeline(),
        period=Period.parse("2026-03"),
        by=("source", "persona"),
    )
    reached = {tuple(row.values.values()): row.stages[0].reached_count for row in result.rows}
    assert reached == {("referral", "owner"): 2, ("unknown", None): 2}
