"""A chart as inline SVG that is safe to put into a page, and always the same.

`vl_convert` (the `charts` extra) draws a Vega-Lite specification without a browser or a network. What it
draws is read and written again with a short list of elements and attributes: no script, link, image or style
can pass, whatever a specification holds, and identifiers that count up from drawing to drawing become stable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from smarketing.errors import MissingExtraError
from smarketing.text import printable

if TYPE_CHECKING:
    from smarketing.document import Chart, Json

__all__ = ["drawn"]

_VEGA_LITE = "5.20"

_ELEMENTS = (
    "circle clipPath defs ellipse g line linearGradient path polygon polyline rect stop svg text tspan"
)
_ATTRIBUTES = (
    "clip-path cx cy d dx dy fill fill-opacity font-family font-size font-style font-weight height id offset "
    "opacity points r rx ry stop-color stroke stroke-dasharray stroke-linecap stroke-linejoin "
    "stroke-miterlimit stroke-opacity stroke-width text-anchor transform viewBox width x x1 x2 y y1 y2"
)
_REFERENCE = re.compile(r"url\(#([\w-]+)\)")


def drawn(chart: Chart, *, width: int, prefix: str) -> str:
    """The chart as one `<svg>` element with its title and description.

    Args:
        chart: What to draw; its own title is left out, for the page says it.
        width: In CSS pixels, where the chart has a width of its own.
        prefix: What its identifiers begin with; different for each drawing of a page.

    Raises:
        MissingExtraError: `vl_convert` is not installed.
        ValueError: The specification cannot be drawn, or has its data at an address.
    """
    try:
        import vl_convert
    except ImportError:
        raise MissingExtraError("charts", "drawing charts", "vl-convert-python") from None
    spec = _drawable(chart.spec)
    spec.pop("title", None)
    spec["background"] = None
    if isinstance(spec.get("width"), int | float):
        spec["width"] = width
    try:
        svg: str = vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE, allowed_base_urls=[])
    except ValueError as error:
        error.add_note(f"while drawing the chart {chart.title!r}")
        raise
    root = ET.fromstring(svg)  # noqa: S314 -- made by the line above; XML from elsewhere never comes here
    names = {old: f"{prefix}-{number}" for number, old in enumerate(_identifiers(root), 1)}
    label = f"<title>{escape(printable(chart.title))}</title><desc>{escape(printable(chart.alt))}</desc>"
    return _written(root, names).replace("<svg ", '<svg role="img" ', 1).replace(">", f">{label}", 1)


def _drawable(spec: Mapping[str, Json]) -> dict[str, Json]:
    """The specification with printable texts and no links: one that is refused spoils the next drawing."""
    return {
        key: _texts(value) if key in {"data", "datasets"} else _drawable_value(value)
        for key, value in spec.items()
        if key != "href"
    }


def _drawable_value(value: Json) -> Json:
    if isinstance(value, Mapping):
        return _drawable(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_drawable_value(item) for item in value]
    return _texts(value)


def _texts(value: Json) -> Json:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {key: _texts(item) for key, item in value.items()}
    return [_texts(item) for item in value] if isinstance(value, Sequence) else value


def _identifiers(root: ET.Element) -> list[str]:
    return [element.attrib["id"] for element in root.iter() if "id" in element.attrib]


def _written(element: ET.Element, names: Mapping[str, str]) -> str:
    tag = element.tag.rpartition("}")[2]
    if tag not in _ELEMENTS.split() or element.get("display") == "none" or _is_empty(element):
        return ""
    attributes = "".join(
        f' {name}="{escape(value)}"'
        for name, given in element.attrib.items()
        if name in _ATTRIBUTES.split() and (value := _renamed(name, given, names)) is not None
    )
    inner = escape(element.text or "", quote=False) + "".join(_written(child, names) for child in element)
    if tag == "g" and not inner:
        return ""
    return f"<{tag}{attributes}>{inner}</{tag}>" + escape(element.tail or "", quote=False)


def _renamed(name: str, value: str, names: Mapping[str, str]) -> str | None:
    """The value with stable identifiers, or None where it refers to anything but this drawing."""
    if name == "id":
        return names[value]
    value = _REFERENCE.sub(lambda found: f"url(#{names.get(found[1], '')})", value)
    outside = "url(" in _REFERENCE.sub("", value)
    return None if outside else value


def _is_empty(element: ET.Element) -> bool:
    """Whether nothing is seen of it: Vega leaves many paths without a length or a paint."""
    if not element.tag.endswith("path") or len(element):
        return False
    unpainted = element.get("class") == "background" and not {"fill", "stroke"} & set(element.attrib)
    return not element.get("d") or unpainted
