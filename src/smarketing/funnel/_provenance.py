"""Where a record came from: of a deal, what its own fields say, and failing that, its lead's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.frames import Frames
from smarketing.schema import TABLES

__all__ = ["PROVENANCE", "latest_records"]

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
    inherited = [name for name in columns if name in PROVENANCE] if table == "deals" else []
    if not inherited:
        return frames.latest(table, columns)
    own = [name for name in columns if name in TABLES[table].names or name.startswith("trait_")]
    deals = frames.latest(table, list(dict.fromkeys([*own, "lead_id"])))
    leads = frames.latest("leads", ["lead_id", *inherited])
    leads = leads.rename({name: f"lead_{name}" for name in inherited})
    joined = deals.join(leads, on="lead_id", how="left")
    return joined.with_columns(
        (nw.coalesce(name, f"lead_{name}") if name in own else nw.col(f"lead_{name}")).alias(name)
        for name in inherited
    ).select(*columns)
