"""The products of a deal's lines, by what each line comes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from smarketing.frames import tuples_of

if TYPE_CHECKING:
    from smarketing.frames import Frames

__all__ = ["lines_of"]


def lines_of(frames: Frames) -> Mapping[str, Mapping[str | None, int]]:
    """Of each deal that has lines, what its products come to, of the version that counts.

    A line without an amount, or with a negative one, has no part in it.
    """
    if not frames.held("deal_lines"):
        return {}
    columns = ["deal_id", "known_at", "occurred_at", "fact_id", "product", "amount_minor"]
    versions: dict[str, dict[tuple[int, int, str], dict[str | None, int]]] = {}
    for deal_id, known_at, occurred_at, fact_id, product, minor in tuples_of(
        frames.select("deal_lines", columns)
    ):
        version = versions.setdefault(deal_id, {}).setdefault(
            (known_at or 0, occurred_at or 0, fact_id or ""), {}
        )
        if minor is not None and minor > 0:
            version[product] = version.get(product, 0) + minor
    found: dict[str, Mapping[str | None, int]] = {}
    for deal_id, by_version in versions.items():
        products = by_version[max(by_version)]
        if products:
            found[deal_id] = dict(sorted(products.items(), key=lambda item: item[0] or ""))
    return found
