"""The only home of a column's name, type, unit and meaning.

One table per kind of fact, with the columns that frames show, stores keep and exports carry. A fact's Python
field has the name of its column; the three fields of its origin appear as `origin_system`, `origin_table` and
`origin_record`, and a company's extra fields as `trait_<name>`.

Units live in names: `_at` is an instant (in frames, Int64 microseconds since 1970 in UTC), `_on` a calendar
day, `_minor` an integer of minor units of the row's `currency`, `_share` an agreed share in integer parts per
million, `_points` a score in integer micro-points; `_count _seconds _minutes _days _months` say themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from smarketing.schema._column import COMMON, TRAIT_PREFIX, UNITS, Column, ColumnType, Table
from smarketing.schema._events import EVENTS
from smarketing.schema._records import ACCOUNTS, CAMPAIGNS, DEALS, LEADS, LINES

__all__ = ["COMMON", "TABLES", "TRAIT_PREFIX", "UNITS", "Column", "ColumnType", "Table"]

TABLES: Mapping[str, Table] = MappingProxyType(
    {table.name: table for table in (LEADS, ACCOUNTS, CAMPAIGNS, DEALS, *EVENTS, *LINES)}
)
"""Every table by name: records, events, then the lines of deals and orders."""
