"""The charts of a report as Vega-Lite specifications, for whoever draws them elsewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from smarketing.document import Report

__all__ = ["VegaLiteRenderer"]


@attrs.frozen
class VegaLiteRenderer:
    r"""A JSON list with the specification of every chart, in the report's order; each holds its own data.

    Example:
        >>> from smarketing.document import Report
        >>> VegaLiteRenderer().render(Report(title="No charts"))
        '[]\n'
    """

    name = "vegalite"
    suffix = ".vl.json"
    media_type = "application/json"

    def render(self, report: Report) -> str:
        """The specifications as JSON text."""
        specs = [chart.spec for chart in report.charts]
        return json.dumps(specs, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
