"""A report as JSON: all of it, so that it can be kept, sent, compared and shown again elsewhere.

The other renderings are for people; this one is for programs. `from_plain(json.loads(text), Report)` gives an
equal report, from which every other rendering can be made later.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING

import attrs

from smarketing.serialize import to_plain

if TYPE_CHECKING:
    from smarketing.document import Report
    from smarketing.serialize import Plain

__all__ = ["JsonRenderer"]

# JSON has these characters inside of texts only, where their escapes mean the same.
_MARKUP = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"})


@attrs.frozen
class JsonRenderer:
    r"""The whole report as JSON text; `smarketing.serialize` says how each value is written.

    The text is ASCII without markup: every encoding keeps it whole, no terminal obeys it, and it can stand in
    a page's `<script>`. A number that is not finite is not known, and is written as null.

    Attributes:
        indent: Spaces to a level; 0 for one line.

    Example:
        >>> import json
        >>> from smarketing.document import Metric, Report, Section
        >>> from smarketing.serialize import from_plain
        >>> report = Report(title="Review", sections=[Section("Funnel", [Metric("Leads", 1200)])])
        >>> text = JsonRenderer(indent=0).render(report)
        >>> print(text, end="")
        {"title": "Review", "sections": [{"title": "Funnel", "blocks": [{"block": "metric", "label": "Leads",
        "value": 1200}]}]}
        >>> from_plain(json.loads(text), Report) == report
        True
    """

    name = "json"
    suffix = ".json"
    media_type = "application/json"

    indent: int = attrs.field(default=1, validator=attrs.validators.ge(0))

    def render(self, report: Report) -> str:
        """The report as JSON text, keys in the order in which the document declares them."""
        plain = _finite(to_plain(report))
        return json.dumps(plain, indent=self.indent or None, allow_nan=False).translate(_MARKUP) + "\n"


def _finite(plain: Plain) -> Plain:
    match plain:
        case float():
            return plain if isfinite(plain) else None
        case dict():
            return {key: _finite(value) for key, value in plain.items()}
        case list():
            return [_finite(value) for value in plain]
    return plain
