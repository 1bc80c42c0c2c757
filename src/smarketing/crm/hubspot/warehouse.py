"""The mapping of HubSpot's warehouse tables as a value, for whoever finds mappings by name."""

from __future__ import annotations

from smarketing.crm._mapping import CrmMapping
from smarketing.crm.hubspot._warehouse import warehouse_mapping

__all__ = ["MAPPING"]

MAPPING: CrmMapping = warehouse_mapping()
"""What `warehouse_mapping` makes when nothing is said: no currency, and times in ISO 8601."""
