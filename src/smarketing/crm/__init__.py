"""Reading a CRM's export: rows in, facts out, and not one cell lost without a word.

A `CrmMapping` says, in a TOML file, what the columns of an export mean: which fact a row tells, which column
is its date, what the CRM's words stand for. It is the only place in the library where text becomes a date, an
amount or a flag, so everything after it works with typed facts.

`draft_mapping` proposes a mapping from the files themselves; `load_mapping` reads one, with every fault at
once; `read_files` reads CSV and JSON Lines with it, and `read_rows` any rows that are already in memory.
"""

from __future__ import annotations

from smarketing.crm._draft import draft_mapping
from smarketing.crm._load import load_mapping
from smarketing.crm._mapping import Conventions, CrmMapping, FactMapping, Field, Lookup, TableMapping
from smarketing.crm._read import read_files, read_rows

__all__ = [
    "Conventions",
    "CrmMapping",
    "FactMapping",
    "Field",
    "Lookup",
    "TableMapping",
    "draft_mapping",
    "load_mapping",
    "read_files",
    "read_rows",
]
