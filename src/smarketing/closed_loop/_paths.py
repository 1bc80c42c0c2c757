"""Journeys that are aggregated already: rows of path, conversions, value and non-conversions."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.closed_loop._chains import effects_of, steps_of_paths
from smarketing.closed_loop._credit import AttributionResult, credit_rows, group_of
from smarketing.closed_loop._credits import Sums, share_out
from smarketing.closed_loop._models import AnchoredModel, Markov, Model, OwnModel, Shapley, TimeDecay
from smarketing.closed_loop._split import ALL, NO_TOUCH, split, whole_weights
from smarketing.errors import InvalidFramesError, InvalidTermsError, did_you_mean
from smarketing.facts import Fact
from smarketing.frames import Frames, tuples_of
from smarketing.schema import ColumnType
from smarketing.text import fold
from smarketing.values import Money

__all__ = ["NO_CURRENCY", "attribute_paths"]

NO_CURRENCY = "XXX"
"""The code that ISO 4217 has for "no currency": of values of which none is said."""

ARROW = ">"
"""Between the touches of a path that is written as one text, with or without blanks around it."""

_NAMES = {
    "path": ("path",),
    "conversions_count": ("conversions_count", "conversions"),
    "value_minor": ("value_minor", "value", "revenue_minor"),
    "non_conversions_count": ("non_conversions_count", "non_conversions", "non-conversions"),
    "currency": ("currency",),
}
_MEANT = {
    "value_minor": ("value", "revenue", "amount"),
    "non_conversions_count": ("null", "non_conv", "non-conv", "non conv", "nonconv"),
    "currency": ("currency",),
}
"""What a column is called that is surely meant for one of ours, which may be missing."""
_ORDER = ("path", "conversions_count", "value_minor", "non_conversions_count", "currency")

Key = tuple[tuple[str, ...], str]


@attrs.define
class _Path:
    """What is known of all journeys of one path, in one currency; added up row by row."""

    conversions: int = 0
    minor: int = 0
    others: int = 0


class _UnreadableError(Exception):
    """A value that is none of what a path has."""


class _Names(dict[str, str]):
    """The touches as they are written, without the blanks around them; each text is kept once."""

    def __missing__(self, written: str) -> str:
        name = self[written] = sys.intern(written.strip())
        return name


def attribute_paths(
    journeys: Any, *, models: Sequence[Model], by: str, currency: str | None
) -> AttributionResult:
    """What `attribute` does with paths that are aggregated already.

    Args:
        journeys: A table with the columns `path` (texts such as "ads > fair"), `conversions_count`,
            `value_minor`, `non_conversions_count` and, where there are several, `currency`; the last three
            may be missing, and the units in the names left out. Or plain rows: dictionaries of these names,
            or tuples in this order, in which a path may be a list of touches and a value may be `Money`.
        models: The models; none that needs to know when the touches were.
        by: What the touches of the paths are.
        currency: Of values that are whole minor units; by default "XXX", no currency.

    Raises:
        InvalidFramesError: Rows that are no such paths, with the first one that is at fault.
        InvalidTermsError: A model that paths cannot tell enough for.
    """
    for model in models:
        _check(model)
    is_table = not isinstance(journeys, Iterable) or hasattr(journeys, "columns")
    stated = currency or NO_CURRENCY
    paths = _of_table(journeys, stated) if is_table else _of_rows(journeys, stated)
    touched = {key: each for key, each in paths.items() if key[0]}
    sums: dict[str, Sums] = {}
    effects: dict[str, dict[str, float]] = {}
    for model in models:
        if isinstance(model, Markov):
            effects[model.name] = _effects(touched, model)
        sums[model.name] = _sums(touched, model, effects.get(model.name, {}))
        for (path, code), each in paths.items():
            if not path and (each.conversions or each.minor):
                sums[model.name][NO_TOUCH, code] = each.minor, each.conversions * ALL
    rows = credit_rows(sums, (by,), None)
    revenue: dict[str, int] = {}
    for (_, code), each in paths.items():
        revenue[code] = revenue.get(code, 0) + each.minor
    return AttributionResult(
        by=(by,),
        models=tuple(model.name for model in models),
        conversion="",
        period=None,
        as_of=None,
        look_back=None,
        rows=rows,
        revenue={code: Money(revenue[code], code) for code in sorted(revenue)},
        conversions_count=sum(each.conversions for each in paths.values()),
        unpriced_count=0,
        untouched_count=sum(each.conversions for (path, _), each in paths.items() if not path),
        effects={
            name: tuple((group_of(state, (by,)), effect) for state, effect in found.items())
            for name, found in effects.items()
        },
        table=_native(journeys) if is_table else None,
    )


def _check(model: Model) -> None:
    if isinstance(model, TimeDecay):
        raise InvalidTermsError(f"{model.name!r} needs to know when touches were, which paths do not tell")
    if isinstance(model, AnchoredModel):
        for anchor in {"lead", "opportunity"} & dict(model.anchors).keys():
            raise InvalidTermsError(
                f"{model.name!r} needs to know when the {anchor} came about, which paths do not tell"
            )


def _effects(paths: Mapping[Key, _Path], model: Markov) -> dict[str, float]:
    converting = steps_of_paths((path, each.conversions) for (path, _), each in paths.items())
    others = steps_of_paths((path, each.others) for (path, _), each in paths.items())
    return effects_of(converting, others if model.non_converting else None)


def _sums(paths: Mapping[Key, _Path], model: Model, effects: Mapping[str, float]) -> Sums:
    if isinstance(model, Markov) and not model.per_journey:
        totals: dict[str, tuple[int, int]] = {}
        for (_, code), each in paths.items():
            minor, parts = totals.get(code, (0, 0))
            totals[code] = minor + each.minor, parts + each.conversions * ALL
        return share_out(totals, effects)
    sums: Sums = {}
    for (path, code), each in paths.items():
        if not (each.conversions or each.minor):
            continue
        states, weights = _weights(path, model, effects)
        shares = split(each.minor, weights), split(each.conversions * ALL, weights)
        for state, minor, part in zip(states, *shares, strict=True):
            before = sums.get((state, code), (0, 0))
            sums[state, code] = before[0] + minor, before[1] + part
    return {key: given for key, given in sums.items() if any(given)}


def _weights(
    path: tuple[str, ...], model: Model, effects: Mapping[str, float]
) -> tuple[Sequence[str], tuple[int, ...]]:
    """Who shares in a path, and with what weights."""
    match model:
        case OwnModel():
            given = model.weigh(tuple(state or None for state in path))
            return path, whole_weights(given, len(path), model.name)
        case Shapley():
            states = sorted(set(path))
            return states, (1,) * len(states)
        case Markov():
            states = sorted(set(path))
            whole = tuple(round(effects[state] * ALL) for state in states)
            return states, whole if any(whole) else (1,) * len(states)
        case AnchoredModel():
            other = [place for place, state in enumerate(path) if fold(state) not in model.passed]
            places = {"last_non_direct": other[-1]} if other else {}
            return path, model.weights(len(path), {**places})
    raise InvalidTermsError(f"{model!r} cannot be asked of paths")


def _of_table(native: Any, stated: str) -> dict[Key, _Path]:
    """The distinct paths of a table, which are grouped in its own engine before anything is read."""
    try:
        rows = nw.from_native(native).lazy()
    except TypeError:
        raise InvalidFramesError(
            f"a {type(native).__name__} is neither Frames nor a table of paths, nor rows of them"
        ) from None
    names = rows.collect_schema().names()
    found = {ours: next((name for name in theirs if name in names), None) for ours, theirs in _NAMES.items()}
    for needed in ("path", "conversions_count"):
        if found[needed] is None:
            hint = did_you_mean(needed, names) or f"; it has {', '.join(map(repr, names))}"
            raise InvalidFramesError(f"a table of paths needs a column {needed!r}{hint}")
    _check_names(names, {ours for ours, theirs in found.items() if theirs is not None})
    numbers = ["conversions_count", "value_minor", "non_conversions_count"]
    held = {ours: theirs for ours, theirs in found.items() if theirs is not None}
    schema = rows.collect_schema()
    for name in (held[each] for each in numbers if each in held):
        if not (schema[name].is_numeric() or schema[name] in {nw.Unknown, nw.Object}):
            raise InvalidFramesError(f"the column {name!r} holds {schema[name]}: give whole numbers")
    keys = [ours for ours in ("path", "currency") if ours in held]
    rows = rows.select(nw.col(theirs).alias(ours) for ours, theirs in held.items())
    summed = rows.group_by(*keys).agg(*(nw.col(each).sum() for each in numbers if each in held))
    present = [name for name in _ORDER if name in held]
    at = [present.index(name) if name in held else None for name in _ORDER]
    read = tuples_of(summed.select(*present))
    rows = (tuple(None if place is None else row[place] for place in at) for row in read)
    return _summed(rows, stated, is_grouped=True)


def _check_names(given: Iterable[Any], found: Collection[str]) -> None:
    """Refuse names that are meant for a column that was not found: unread, they would count as nothing."""
    for name in given:
        for ours, words in _MEANT.items():
            if ours not in found and any(word in fold(str(name)) for word in words):
                what = "in whole minor units" if ours == "value_minor" else "to be read"
                raise InvalidFramesError(f"{name!r} is not read: call it {ours!r} ({what}), or leave it out")


def _of_rows(given: Iterable[Any], stated: str) -> dict[Key, _Path]:
    """The distinct paths of plain rows."""
    rows: list[tuple[Any, ...]] = []
    for number, row in enumerate(given, 1):
        if isinstance(row, Mapping):
            named = {ours: row[name] for ours, names in _NAMES.items() for name in names if name in row}
            if missing := {"path", "conversions_count"} - set(named):
                raise InvalidFramesError(f"row {number} says nothing of {min(missing)!r}")
            if len(named) < len(row):
                _check_names(row, named)
            rows.append(tuple(named.get(name) for name in _ORDER))
        elif isinstance(row, Sequence) and not isinstance(row, str) and 2 <= len(row) <= len(_ORDER):
            rows.append((*row, *[None] * (len(_ORDER) - len(row))))
        elif isinstance(row, Fact):
            raise InvalidFramesError("facts are not paths: give Frames.from_dataset(facts)")
        else:
            raise InvalidFramesError(
                f"row {number} is {row!r}: give (path, conversions, value, non-conversions), or a dictionary"
            )
    return _summed(rows, stated)


def _summed(rows: Iterable[tuple[Any, ...]], stated: str, *, is_grouped: bool = False) -> dict[Key, _Path]:
    """The paths of rows, in any order: whole numbers add up to the same in each.

    Args:
        rows: What is said of paths, in the order of `_ORDER`.
        stated: The currency where a row says none.
        is_grouped: Whether an engine has put rows together, so that their numbers say nothing to anybody.
    """
    paths: dict[Key, _Path] = {}
    names = _Names()
    for number, (path, count, value, other, currency) in enumerate(rows, 1):
        code, worth = (value.currency, value.minor) if isinstance(value, Money) else (currency, value)
        try:
            key = _touches(path, names), str(code or stated)
            conversions = _whole(count, "conversions", least=0)
            minor = _whole(worth, "the value")
            others = _whole(other, "non-conversions", least=0)
        except _UnreadableError as fault:
            place = f"the path {path!r}" if is_grouped else f"row {number}"
            raise InvalidFramesError(f"{place}: {fault}") from None
        known = paths.get(key)
        if known is None:
            known = paths[key] = _Path()
        known.conversions += conversions
        known.minor += minor
        known.others += others
    return paths


def _touches(path: object, names: _Names) -> tuple[str, ...]:
    if path is None:
        return ()
    if isinstance(path, str):
        found = tuple(map(names.__getitem__, path.split(ARROW)))
        return () if found == ("",) else found
    if isinstance(path, Sequence):
        return tuple("" if part is None else str(part) for part in path)
    raise _UnreadableError(f"{path!r} is no path: give a text such as 'ads > fair', or a list")


def _whole(value: object, what: str, least: int | None = None) -> int:
    """A whole number, whatever an engine makes of it; nothing is none, and a part of one is refused."""
    if type(value) is int and (least is None or value >= least):
        return value
    if value is None or value != value:  # noqa: PLR0124 -- not a number, as pandas says missing
        return 0
    if isinstance(value, float | Decimal) and value % 1 == 0:  # pandas with a gap; a sum of DuckDB's
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        hint = ": give whole minor units (cents), or Money" if what == "the value" else ""
        raise _UnreadableError(f"{what} is {value!r}, no whole number{hint}")
    if least is not None and value < least:
        raise _UnreadableError(f"{what} is {value}, below {least}")
    return value


def _native(given: Any) -> Any:
    """How to make a table of the kind that was given."""
    frame = nw.from_native(given)

    def table(columns: Mapping[str, Sequence[Any]]) -> object:
        backend = frame.implementation
        if backend.is_duckdb() or backend.is_pyspark():
            types = dict.fromkeys(columns, ColumnType.TEXT)
            types |= {"revenue_minor": ColumnType.INTEGER, "conversion_share": ColumnType.INTEGER}
            empty = Frames(backend="duckdb" if backend.is_duckdb() else "pyspark", tables={})
            return empty.rows(columns, types).to_native()
        schema: dict[str, Any] = dict.fromkeys(columns, nw.String())
        schema |= {"revenue_minor": nw.Int64(), "conversion_share": nw.Int64()}
        return nw.from_dict(dict(columns), schema=schema, backend=backend).to_native()

    return table
