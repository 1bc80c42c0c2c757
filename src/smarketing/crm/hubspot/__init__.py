"""HubSpot over plain JSON: what its API returns becomes facts, and figures become updates.

`HubSpot` reads contacts, companies, deals, engagements, e-mail events, subscriptions and campaigns, whichever
client fetched them: dictionaries as parsed from JSON, or objects with `to_dict`. Property history
(`propertiesWithHistory`) becomes versions and moves, each known at its own moment; what is only known as it
stands now counts from its last modification. A deleted record is retracted until it is restored; a merge
links two profiles, and retracts the one that lives on in the other.

`read_pipelines`, `read_owners` and `addresses_of` read what the portal says about itself; a `Cursor` asks for
what changed; `SOURCE_RULES` reads HubSpot's original source; `writeback` writes figures back. A warehouse
that replicates HubSpot's tables is read with the mapping `warehouse_mapping` and `read_files`.
"""

from __future__ import annotations

from smarketing.crm.hubspot._emails import addresses_of
from smarketing.crm.hubspot._pages import Cursor, next_page
from smarketing.crm.hubspot._properties import IGNORED
from smarketing.crm.hubspot._reader import HubSpot
from smarketing.crm.hubspot._settings import (
    DEFAULT_PIPELINE,
    DealStage,
    Owner,
    Pipeline,
    read_owners,
    read_pipelines,
)
from smarketing.crm.hubspot._sources import SOURCE_RULES
from smarketing.crm.hubspot._terms import LEAD_STATUSES, LIFECYCLE_STAGES
from smarketing.crm.hubspot._warehouse import warehouse_ignored, warehouse_mapping
from smarketing.crm.hubspot._writeback import Update, writeback

__all__ = [
    "DEFAULT_PIPELINE",
    "IGNORED",
    "LEAD_STATUSES",
    "LIFECYCLE_STAGES",
    "SOURCE_RULES",
    "Cursor",
    "DealStage",
    "HubSpot",
    "Owner",
    "Pipeline",
    "Update",
    "addresses_of",
    "next_page",
    "read_owners",
    "read_pipelines",
    "warehouse_ignored",
    "warehouse_mapping",
    "writeback",
]
