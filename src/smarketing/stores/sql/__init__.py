"""Facts kept in a database: SQLite, in a file, or PostgreSQL.

The database is the host's, and so are its engine, connections and transactions: given an Engine, the store
opens and ends its own transactions; given a Connection or a Session, it joins the caller's, and never
commits, rolls back or closes it. No table is made unless `create()` is called, or the host's own migrations
make it: `add_tables` describes them in its `MetaData`.

There is one table for each kind of fact, with columns named as in `smarketing.schema`, for DuckDB, dbt and BI
tools to read directly. Instants are whole microseconds since 1970 in UTC.

Needs the extra `sql`, and `postgresql` for PostgreSQL: `pip install "smarketing[sql,postgresql]"`.
"""

from __future__ import annotations

from importlib.util import find_spec

from smarketing.errors import MissingExtraError

if find_spec("sqlalchemy") is None:
    raise MissingExtraError("sql", "keeping facts in a database", "sqlalchemy")

from smarketing.stores.sql._store import SqlStore
from smarketing.stores.sql._tables import SCHEMA_VERSION, Tables, add_tables

__all__ = ["SCHEMA_VERSION", "SqlStore", "Tables", "add_tables"]
