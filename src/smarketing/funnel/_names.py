"""What campaigns and accounts are called: an id says little on a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import narwhals.stable.v2 as nw

from smarketing.frames import Frames, tuples_of
from smarketing.funnel._groups import Group
from smarketing.funnel._wording import Names

__all__ = ["names_of"]

_NAMED = {"campaign": ("campaigns", "campaign_id"), "account": ("accounts", "account_id")}


def names_of(frames: Frames, groups: Iterable[Group]) -> Names:
    """By dimension and id, the names of those campaigns and accounts that groups are about.

    Two of one name keep their ids beside it; what has no name is not among them.

    Args:
        frames: As of the moment that the analysis is of: names are those last known.
        groups: What the rows of a result are about.
    """
    ids: dict[str, set[str]] = {}
    for group in groups:
        for dimension, value in group:
            if dimension in _NAMED and value is not None:
                ids.setdefault(dimension, set()).add(value)
    found = {
        dimension: _names(frames, *_NAMED[dimension], wanted)
        for dimension, wanted in ids.items()
        if _NAMED[dimension][0] in frames.names
    }
    return {dimension: names for dimension, names in found.items() if names}


def _names(frames: Frames, table: str, key: str, wanted: set[str]) -> dict[str, str]:
    latest = frames.latest(table, [key, "name"])
    named = {
        record: name.strip()
        for record, name in tuples_of(latest.filter(nw.col(key).is_in(sorted(wanted))))
        if name and name.strip()
    }
    shared = {name for name, count in Counter(named.values()).items() if count > 1}
    return {
        record: f"{name} ({record})" if name in shared else name for record, name in sorted(named.items())
    }
