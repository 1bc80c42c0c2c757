"""How charts look: calm, and readable by people who see colours differently.

The colours keep three to one against white and stay apart under the common kinds of colour blindness (they
follow Okabe and Ito's, darkened where those are too pale for thin lines). Lines differ by dash as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smarketing.document._chart import Json

__all__ = ["COLOURS", "GRID", "INK", "MUTED", "config"]

COLOURS = ("#0072b2", "#d55e00", "#00866a", "#aa4499", "#a17900", "#64748b")
"""The colours of series, in order."""

INK = "#1e293b"
MUTED = "#566377"
GRID = "#e2e8f0"

_FONT = "Helvetica, Arial, sans-serif"


def config(locale: Mapping[str, Json]) -> dict[str, Json]:
    """The Vega-Lite configuration of every chart; `locale` says how its language writes numbers."""
    text: dict[str, Json] = {"labelFont": _FONT, "labelFontSize": 12, "titleFont": _FONT, "titleFontSize": 12}
    return {
        "axis": {
            **text,
            "domainColor": "#94a3b8",
            "gridColor": GRID,
            "labelColor": MUTED,
            "labelLimit": 150,
            "labelPadding": 6,
            "tickColor": "#94a3b8",
            "ticks": False,
            "titleColor": MUTED,
            "titleFontWeight": "normal",
        },
        "legend": {
            **text,
            "columns": 4,
            "labelColor": INK,
            "labelLimit": 220,
            "orient": "top",
            "symbolSize": 140,
            "title": None,
        },
        "locale": {"number": locale},
        "range": {"category": list(COLOURS)},
        "text": {"color": INK, "font": _FONT, "fontSize": 12},
        "title": {"anchor": "start", "color": INK, "font": _FONT, "fontSize": 14, "offset": 12},
        "view": {"stroke": None},
    }
