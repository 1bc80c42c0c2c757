"""Where a record came from: of a deal, what its own fields say, and failing that, its lead's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.frames import Frames
from smarketing.schema import TABLES

__all__ = ["PROVENANCE", "latest_records", "with_provenance"]

PROVENANCE = (
    "campaign_id",
    "persona",
    "channel",
    "source_raw",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "referring_site",
    "referred_by",
    "asset",
    "landing_page",
)
"""What a deal inherits from its lead where its own field is blank or does not exist."""


def latest_records(frames: Frames, table: str, columns: Sequence[str]) -> nw.LazyFrame[Any]:
    """The last known version of each lead or deal, with the columns asked for.

    Args:
        frames: As of the moment that the analysis is of.
        table: "leads" or "deals".
        columns: Columns of the table; for deals, those of `PROVENANCE` too.
    """
    if table != "deals" or not set(columns) & set(PROVENANCE):
        return frames.latest(table, columns)
    wanted = [name for name in columns if _is_of_deals(name)]
    deals = frames.latest("deals", list(dict.fromkeys([*wanted, "lead_id"])))
    return with_provenance(deals, frames, columns).select(*columns)


def with_provenance(deals: nw.LazyFrame[Any], frames: Frames, columns: Sequence[str]) -> nw.LazyFrame[Any]:
    """The deals with the columns that are of `PROVENANCE`, those of their lead where they are blank."""
    inherited = [name for name in columns if name in PROVENANCE]
    if not inherited:
        return deals
    leads = frames.latest("leads", ["lead_id", *inherited])
    leads = leads.rename({name: f"lead_{name}" for name in inherited})
    return deals.join(leads, on="lead_id", how="left").with_columns(
        (nw.coalesce(name, f"lead_{name}") if _is_of_deals(name) else nw.col(f"lead_{name}")).alias(name)
        for name in inherited
    )


def _is_of_deals(column: str) -> bool:
    return column not in PROVENANCE or column in TABLES["deals"].names
