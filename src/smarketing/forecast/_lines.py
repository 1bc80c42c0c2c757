"""The products of a deal's lines, by what each line comes to, and an amount shared among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from smarketing.estimates import largest_remainder
from smarketing.frames import tuples_of

if TYPE_CHECKING:
    from smarketing.frames import Frames

__all__ = ["Lines", "by_product", "lines_of"]

Lines = Mapping[str, Mapping[str | None, int]]
"""Of each deal that has lines, what its products come to, in minor units."""


def by_product(minor: int, products: Mapping[str | None, int], own: str | None) -> dict[str | None, int]:
    """An amount, shared among the products of a deal's lines to the cent; without lines all of it its own.

    Example:
        >>> by_product(1_000, {"crm": 200, "training": 100}, None)
        {'crm': 667, 'training': 333}
        >>> by_product(1_000, {}, "crm")
        {'crm': 1000}
    """
    if not products:
        return {own: minor}
    return dict(zip(products, largest_remainder(minor, [*products.values()]), strict=True))


def lines_of(frames: Frames) -> Lines:
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
