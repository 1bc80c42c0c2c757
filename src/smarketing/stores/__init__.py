"""Where facts are kept.

A store takes facts in and gives facts out, and does nothing else: what they mean is said by the rooms above.
It promises four things, whichever it is:

- **Once.** A fact's id is its identity. Appending it again changes nothing, except that the earliest
  `known_at` stays: a second export cannot make us have learned something later.
- **Whole.** What is appended within one unit is kept altogether, or, if it ends in an exception, not at all.
- **In order.** Facts come out by `occurred_at`, then by id, in whatever order they came in.
- **Resumable.** `Position` names a place in that order, from which another scan goes on.
"""

from __future__ import annotations

from smarketing.stores._store import Position, Store, Unit
from smarketing.stores.memory import MemoryStore

__all__ = ["MemoryStore", "Position", "Store", "Unit"]
