"""A chart: a Vega-Lite specification, the table it was drawn from, and a sentence that says the same.

The specification is kept as canonical JSON text: it cannot change after it is made, equal charts are equal,
and the same data give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

import attrs

from smarketing.document._table import Table

__all__ = ["Chart", "Json"]

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""Plain data, as JSON has it."""

_MEDIA_TYPE = "application/vnd.vegalite.v5+json"


def _canonical(spec: Mapping[str, Json] | str) -> str:
    plain = json.loads(spec) if isinstance(spec, str) else spec
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@attrs.frozen(kw_only=True)
class Chart:
    """A drawing of a table. Notebooks show it by themselves, with nothing else installed.

    Attributes:
        title: What the chart shows.
        table: The same figures, which are always shown too.
        alt: What a reader who does not see the drawing should know.
        note: A remark to stand under the drawing.
    """

    title: str
    table: Table
    alt: str
    note: str = ""
    _spec: str = attrs.field(converter=_canonical, repr=False, alias="spec")

    @property
    def spec(self) -> dict[str, Json]:
        """The Vega-Lite specification, its data inline; a new dictionary at each call."""
        spec: dict[str, Json] = json.loads(self._spec)
        return spec

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, Json]:
        """What a notebook shows: the drawing, or its words where nothing can draw."""
        bundle: dict[str, Json] = {_MEDIA_TYPE: self.spec, "text/plain": f"{self.title}: {self.alt}"}
        wanted = bundle if include is None else include
        return {
            media: shown
            for media, shown in bundle.items()
            if media in wanted and media not in (exclude or ())
        }
