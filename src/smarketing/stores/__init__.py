"""Where facts are kept.

A store takes facts in and gives facts out, and does nothing else: what they mean is said by the rooms above.
It promises the same things, whichever it is:

- **Once.** A fact's id is its identity. Appending it again changes nothing, except that the earliest
  `known_at` stays: a second export cannot make us have learned something later.
- **Whole.** What is done within one unit is kept altogether, or, if it ends in an exception, not at all.
- **In order.** Facts come out by `occurred_at`, then by id, in whatever order they came in.
- **Resumable.** `Position` names a place in that order, from which another scan goes on.
- **Forgetting.** Nothing is ever changed or lost, except that a person is erased, of which a record stays:
  `erased_before` tells whom an older export would bring back.

`MemoryStore` forgets all of it when the program ends; `smarketing.stores.sql.SqlStore` keeps it in SQLite or
PostgreSQL. Of a fact's origin, a store keeps what is part of its identity: not the file and the row.
"""

from __future__ import annotations

from smarketing.stores._erasing import Erasure, Subject, erased_before
from smarketing.stores._store import Appended, Batch, Cell, Position, Store, StoredAgreement, Unit
from smarketing.stores.memory import MemoryStore

__all__ = [
    "Appended",
    "Batch",
    "Cell",
    "Erasure",
    "MemoryStore",
    "Position",
    "Store",
    "StoredAgreement",
    "Subject",
    "Unit",
    "erased_before",
]
