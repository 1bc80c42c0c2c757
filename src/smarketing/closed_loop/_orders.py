"""Orders, each once: what was last known of it counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from smarketing.frames import Frames

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

__all__ = ["last_orders"]

_CLOCKS = ("known_at", "occurred_at", "fact_id")


def last_orders(frames: Frames, columns: Sequence[str]) -> nw.LazyFrame[Any]:
    """One row per order: `order_id`, the columns asked for, and when it was placed and known."""
    rows = frames.select("orders", list(dict.fromkeys(["order_id", *columns, *_CLOCKS])))
    return rows.unique(["order_id"], keep="last", order_by=[*_CLOCKS])
