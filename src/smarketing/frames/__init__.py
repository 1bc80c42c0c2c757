"""Frames: facts laid out as columns, in the dataframe engine that the user already has.

Analyses are written once, over Narwhals lazy frames, and run on Polars, pandas, PyArrow and DuckDB to the
same number. This room is the door: tables are checked and brought to one form on entry, and from then on
every verb asks for just the columns that it reads, of just the facts that count as of its moment.
"""

from __future__ import annotations

from smarketing.frames._civil import local_days, position_among
from smarketing.frames._engines import Engine, arrow_of, distinct_values, rows_of, tuples_of
from smarketing.frames._frames import Frames, checked_frames
from smarketing.frames._sources import source_fields, with_source
from smarketing.frames._working import with_clocks, with_working_time

__all__ = [
    "Engine",
    "Frames",
    "arrow_of",
    "checked_frames",
    "distinct_values",
    "local_days",
    "position_among",
    "rows_of",
    "source_fields",
    "tuples_of",
    "with_clocks",
    "with_source",
    "with_working_time",
]
