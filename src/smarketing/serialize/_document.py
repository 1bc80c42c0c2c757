"""Reports as plain data: blocks say what they are, and cells that JSON has no type for say theirs.

A cell that is text, a whole number or a number stands as it is; any other is a table of one key that names
its type, so that two and a half points are never taken for two and a half euros.
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import attrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from smarketing.document import Block, Cell, Chart, Marked, Metric, Note, Table, Value
from smarketing.serialize._faults import FaultError, FaultsError, refuse
from smarketing.serialize._values import READERS, WRITERS, one_of, table
from smarketing.values import Money, Points, Share

if TYPE_CHECKING:
    from cattrs import Converter

_BLOCKS: dict[str, type[Metric | Table | Chart | Note]] = {
    "metric": Metric,
    "table": Table,
    "chart": Chart,
    "note": Note,
}
_BLOCK_TAGS = {kind: tag for tag, kind in _BLOCKS.items()}
_BLOCK = "block"

_CELLS: dict[str, type] = {
    "decimal": Decimal,
    "fraction": Fraction,
    "money": Money,
    "share": Share,
    "points": Points,
    "instant": datetime,
    "day": date,
    "duration": timedelta,
}
_AS_THEY_ARE = (str, int, float)


def add_document(made: Converter) -> None:
    """Teach a converter to read and write reports."""
    # Cells first: what is made for a chart's table keeps the hooks that it finds.
    made.register_structure_hook_func(lambda kind: kind in (Cell, Value | None), _read_cell)
    made.register_unstructure_hook_func(lambda kind: kind in (Cell, Value | None), _write_cell)
    attrs.resolve_types(Chart, localns={"Table": Table})
    read_chart = make_dict_structure_fn(
        Chart,
        made,
        _cattrs_detailed_validation=made.detailed_validation,
        _spec=override(struct_hook=lambda spec, _: table(spec)),
    )
    write_chart = make_dict_unstructure_fn(
        Chart, made, _cattrs_omit_if_default=True, _spec=override(unstruct_hook=json.loads)
    )
    made.register_structure_hook(Chart, lambda data, kind: read_chart(table(data), kind))
    made.register_unstructure_hook(Chart, write_chart)
    made.register_structure_hook_func(lambda kind: kind == Block, lambda data, _: _read_block(data, made))
    made.register_unstructure_hook_func(
        lambda kind: kind == Block,
        lambda block: {_BLOCK: _BLOCK_TAGS[type(block)], **made.unstructure(block)},
    )


def _read_block(data: object, made: Converter) -> object:
    given = dict(table(data))
    try:
        kind = _BLOCKS[one_of(given.pop(_BLOCK), _BLOCKS)]
    except (FaultError, KeyError) as fault:
        raise FaultsError([(_BLOCK, fault)]) from None
    return made.structure(given, kind)


def _write_cell(cell: Cell) -> Any:
    if isinstance(cell, Marked):
        return {"marked": _write_cell(cell.value), "note": cell.note}
    if cell is None:
        return None
    for plain in _AS_THEY_ARE:
        if isinstance(cell, plain):
            return plain(cell)  # a word of an enumeration, or an engine's own number
    tag, kind = next((tag, kind) for tag, kind in _CELLS.items() if isinstance(cell, kind))
    return {tag: WRITERS[kind](cell)}


def _read_cell(data: object, _: object) -> Cell:
    if data is None or type(data) in _AS_THEY_ARE:
        return data  # type: ignore[return-value]
    given = table(data)
    if given.keys() == {"marked", "note"} and isinstance(given["note"], str):
        return Marked(_read_cell(given["marked"], None), given["note"])  # type: ignore[arg-type]
    if len(given) != 1:
        refuse(data, "a cell: a value, or a table of one key that names its type,")
    ((tag, plain),) = given.items()
    kind = _CELLS[one_of(tag, _CELLS)]
    cell: Cell = READERS[kind](plain, kind)
    return cell
