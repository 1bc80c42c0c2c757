"""Money and conversions shared among touches in bulk, in whole units by largest remainder.

What a model gives is worked out on one row per conversion: what each anchor gets, what every other touch gets
at least, and how many of the others get one unit more. The touches then only look it up. `_split.split` does
the same for one journey, and a property holds both against each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import reduce
from itertools import zip_longest
from operator import add, and_

import attrs
import narwhals.stable.v2 as nw

from smarketing.closed_loop._conversions import Rows
from smarketing.closed_loop._models import AnchoredModel, direct_words

__all__ = ["SIMPLE", "Total", "given_by_anchors", "shared_by_weight", "with_anchors"]

Total = str
"""The column of a conversion that is shared: whole, 0 or more."""

SIMPLE = 9_000_000_000_000
"""Up to this total no product with a weight is beyond 64 bits; above it the division takes more steps."""
_NOWHERE = -1


def _flag(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))


def _sum(parts: Sequence[nw.Expr]) -> nw.Expr:
    return reduce(add, parts) if parts else nw.lit(0)


def _quotient(above: nw.Expr, below: nw.Expr) -> nw.Expr:
    return (above // below).cast(nw.Int64)


def _mended(quotient: str, above: nw.Expr, below: nw.Expr) -> nw.Expr:
    """The quotient put right, where an engine has divided whole numbers as floats."""
    off = above - nw.col(quotient) * below
    return (nw.col(quotient) + _flag(off >= below) - _flag(off < 0)).cast(nw.Int64).alias(quotient)


def with_anchors(
    ends: Rows,
    models: Sequence[tuple[str, AnchoredModel]],
    totals: Sequence[Total],
    *,
    inexact: bool,
    large: Collection[Total] = (),
) -> Rows:
    """Conversions with what each model gives to each place.

    Args:
        ends: One row per conversion that has touches, as of `ends_of`, with the totals.
        models: The models, each with what the names of its new columns begin with.
        totals: The columns to share.
        inexact: Whether the engine divides whole numbers as floats.
        large: The totals of which some may be beyond `SIMPLE`.

    Returns:
        The same rows with, for each model's key k and anchor j, `<k>p<j>` (its place, or -1 where it has none
        of its own) and for each total t `<k>t<t>u<j>` (what it gets); with `<k>t<t>o` (what every other touch
        gets at least) and `<k>t<t>e` (how many of them, the first ones, get 1 more).
    """
    held = ends.collect_schema().names()
    sets = direct_words(model for _, model in models)
    asked = [
        _Anchored(key, model, sets, held, [(total, total in large) for total in totals], inexact=inexact)
        for key, model in models
    ]
    # All models step by step together: a plan of a dozen steps, however many there are.
    for step in zip_longest(*(each.steps() for each in asked), fillvalue=()):
        ends = ends.with_columns(*(expr for exprs in step for expr in exprs))
    return ends.select(*held, *(name for each in asked for name in each.results))


@attrs.frozen(eq=False)
class _Part:
    """A part of a total by its weight: of a large one, what the whole goes into evenly is taken off first.

    So no product is beyond an engine's whole numbers: it is below the whole weight times a weight.
    """

    name: str
    total: nw.Expr
    weight: nw.Expr
    below: nw.Expr
    scale: nw.Expr
    is_large: bool

    @property
    def times(self) -> str:
        """The column that says how often the whole weight goes into a large total."""
        return f"{self.name}q"

    @property
    def above(self) -> nw.Expr:
        """What is divided."""
        left = self.total - nw.col(self.times) * self.below if self.is_large else self.total
        return left * self.weight

    @property
    def remainder(self) -> nw.Expr:
        """What the division leaves, in one measure for all parts of a total."""
        return (self.above - nw.col(self.name) * self.below) * self.scale

    @property
    def together(self) -> nw.Expr:
        """The part of a large total: what was taken off counts too."""
        return nw.col(self.name) + nw.col(self.times) * self.weight


_ALWAYS = frozenset({"first", "last", "last_non_direct"})


def _is_always(anchors: Sequence[tuple[str, int]]) -> bool:
    return any(name in _ALWAYS and weight for name, weight in anchors)


class _Anchored:
    """One model on one row per conversion, in steps of columns that may be computed side by side."""

    def __init__(
        self,
        key: str,
        model: AnchoredModel,
        sets: Sequence[frozenset[str]],
        held: Collection[str],
        totals: Sequence[tuple[Total, bool]],
        *,
        inexact: bool,
    ) -> None:
        self.key, self._inexact, self._held = key, inexact, held
        self.totals, self._large = [name for name, _ in totals], [is_large for _, is_large in totals]
        self._other = sets.index(model.passed) if model.passed in sets else 0
        self.anchors, self.rest = model.parts()
        self.numbers = range(len(self.anchors))
        self.shares_rest = bool(self.rest) or not _is_always(self.anchors)

    @property
    def results(self) -> list[str]:
        """The columns to keep."""
        names = [f"{self.key}p{j}" for j in self.numbers]
        for t in range(len(self.totals)):
            names += [f"{self.key}t{t}u{j}" for j in self.numbers]
            names += [f"{self.key}t{t}{end}" for end in "oe"] if self.shares_rest else []
        return names

    def steps(self) -> Iterator[Sequence[nw.Expr]]:
        """Columns after columns, each step from those before it."""
        if not self.anchors:
            yield from self._alike()
        elif len(self.anchors) == 1 and not self.shares_rest:
            yield [
                self._place(self.anchors[0][0]).alias(f"{self.key}p0"),
                *(nw.col(total).alias(f"{self.key}t{t}u0") for t, total in enumerate(self.totals)),
            ]
        else:
            yield from self._weighed()
            yield from self._shared()

    def _own(self, name: str) -> nw.Expr:
        return nw.col(self.key + name)

    def _name(self, expr: nw.Expr, name: str) -> nw.Expr:
        return expr.alias(self.key + name)

    def _place(self, anchor: str) -> nw.Expr:
        last = nw.col("touches_count") - 1
        if anchor == "first":
            return 0 * last
        name = f"place_{anchor}_{self._other}" if anchor == "last_non_direct" else f"place_{anchor}"
        if name not in self._held:
            return last if anchor in _ALWAYS else 0 * last + _NOWHERE
        place = nw.col(name)
        return nw.coalesce(place, last) if anchor == "last_non_direct" else place.fill_null(_NOWHERE)

    def _alike(self) -> Iterator[Sequence[nw.Expr]]:
        """Every touch the same."""
        count = nw.col("touches_count")
        told = [(f"t{t}", nw.col(total)) for t, total in enumerate(self.totals)]
        yield [self._name(_quotient(total, count), f"{t}o") for t, total in told]
        if self._inexact:
            yield [_mended(f"{self.key}{t}o", total, count) for t, total in told]
        yield [self._name(total - self._own(f"{t}o") * count, f"{t}e") for t, total in told]

    def _weighed(self) -> Iterator[Sequence[nw.Expr]]:
        """The anchors with their places and weights, those that meet on one touch together.

        Columns: `p<j>`, `w<j>`, `others` (how many other touches), `rest` (the weight of them all), `whole`.
        """
        yield [self._name(self._place(name), f"at{j}") for j, (name, _) in enumerate(self.anchors)]
        at = [self._own(f"at{j}") for j in self.numbers]
        firsts = [reduce(and_, [at[i] != at[j] for i in range(j)], at[j] >= 0) for j in self.numbers]
        weights = [
            _sum([_flag(at[i] == at[j]) * self.anchors[i][1] for i in self.numbers if i >= j])
            for j in self.numbers
        ]
        placed = [nw.when(firsts[j]).then(at[j]).otherwise(nw.lit(_NOWHERE)) for j in self.numbers]
        weighed = [nw.when(firsts[j]).then(weights[j]).otherwise(nw.lit(0)) for j in self.numbers]
        yield [
            *(self._name(placed[j], f"p{j}") for j in self.numbers),
            *(self._name(weighed[j], f"w{j}") for j in self.numbers),
        ]
        places = [self._own(f"p{j}") for j in self.numbers]
        others = nw.col("touches_count") - _sum([_flag(place >= 0) for place in places])
        yield [self._name(others, "others")]
        rest = _flag(self._own("others") > 0) * self.rest
        yield [
            self._name(rest, "rest"),
            self._name(_sum([self._own(f"w{j}") for j in self.numbers]) + rest, "whole"),
        ]
        if not _is_always(self.anchors):
            nobody = self._own("whole") == 0  # no anchor is there, and the others count nothing: all alike
            one = nw.lit(1)
            yield [
                *(
                    self._name(nw.when(nobody).then(nw.lit(_NOWHERE)).otherwise(places[j]), f"p{j}")
                    for j in self.numbers
                ),
                self._name(
                    nw.when(nobody).then(nw.col("touches_count")).otherwise(self._own("others")), "others"
                ),
                self._name(nw.when(nobody).then(one).otherwise(self._own("rest")), "rest"),
                self._name(nw.when(nobody).then(one).otherwise(self._own("whole")), "whole"),
            ]

    def _shared(self) -> Iterator[Sequence[nw.Expr]]:
        """The totals by largest remainder: of equal remainders, the earlier touch first."""
        others, whole = self._own("others"), self._own("whole")
        each = nw.when(others > 0).then(others).otherwise(nw.lit(1))
        parts: list[_Part] = []
        for t, (name, is_large) in enumerate(zip(self.totals, self._large, strict=True)):
            amount = nw.col(name)
            parts += [
                _Part(f"{self.key}t{t}u{j}", amount, self._own(f"w{j}"), whole, each, is_large)
                for j in self.numbers
            ]
            if self.shares_rest:
                rest = self._own("rest")
                parts.append(_Part(f"{self.key}t{t}o", amount, rest, whole * each, nw.lit(1), is_large))
        if any(self._large):
            yield from self._taken([part for part in parts if part.is_large])
        yield [_quotient(part.above, part.below).alias(part.name) for part in parts]
        if self._inexact:
            yield [_mended(part.name, part.above, part.below) for part in parts]
        yield [part.remainder.alias(f"{part.name}r") for part in parts]
        if any(self._large):
            yield [part.together.alias(part.name) for part in parts if part.is_large]
        left = []
        for t, total in enumerate(self.totals):
            given = _sum([self._own(f"t{t}u{j}") for j in self.numbers])
            if self.shares_rest:
                given = given + self._own(f"t{t}o") * others
            left.append(self._name(nw.col(total) - given, f"t{t}left"))
        yield left
        more = {}
        for t in range(len(self.totals)):
            left_over = self._own(f"t{t}left")
            for j in self.numbers:
                is_next = (self._own(f"p{j}") >= 0) & (self._rank(t, j) < left_over)
                more[t, j] = self._name(_flag(is_next), f"t{t}m{j}")
        yield list(more.values())
        last = [self._name(self._own(f"t{t}u{j}") + self._own(f"t{t}m{j}"), f"t{t}u{j}") for t, j in more]
        for t in range(len(self.totals)) if self.shares_rest else ():
            given = _sum([self._own(f"t{t}m{j}") for j in self.numbers])
            last.append(self._name(self._own(f"t{t}left") - given, f"t{t}e"))
        yield last

    def _taken(self, parts: Sequence[_Part]) -> Iterator[Sequence[nw.Expr]]:
        """How often the whole weight goes into a large total: what is left over is small."""
        yield [_quotient(part.total, part.below).alias(part.times) for part in parts]
        if self._inexact:
            yield [_mended(part.times, part.total, part.below) for part in parts]

    def _rank(self, t: int, j: int) -> nw.Expr:
        """How many touches come before an anchor when units that are left over are given out."""
        places = [self._own(f"p{i}") for i in self.numbers]
        rests = [self._own(f"t{t}u{i}r") for i in self.numbers]
        ahead = [
            _flag(
                (places[i] >= 0)
                & ((rests[i] > rests[j]) | ((rests[i] == rests[j]) & (places[i] < places[j])))
            )
            for i in self.numbers
            if i != j
        ]
        if self.shares_rest:
            theirs = self._own(f"t{t}or")
            before = [_flag((places[i] >= 0) & (places[i] < places[j])) for i in self.numbers if i != j]
            ahead.append(_flag(theirs > rests[j]) * self._own("others"))
            ahead.append(_flag(theirs == rests[j]) * (places[j] - _sum(before)))
        return _sum(ahead)


def given_by_anchors(model: AnchoredModel, key: str, number: int) -> nw.Expr:
    """What a touch gets of a total, from its `place` and what `with_anchors` told of its conversion."""
    anchors, rest = model.parts()
    name, place = f"{key}t{number}", nw.col("place")
    places = [nw.col(f"{key}p{j}") for j in range(len(anchors))]
    given: nw.Expr = nw.lit(0)
    if rest or not _is_always(anchors):
        before = [_flag((each >= 0) & (each < place)) for each in places]
        turn = place - _sum(before) if before else place
        given = nw.col(f"{name}o") + _flag(turn < nw.col(f"{name}e"))
    for j, each in enumerate(places):
        given = nw.when(place == each).then(nw.col(f"{name}u{j}")).otherwise(given)
    return given


def shared_by_weight(
    rows: Rows,
    totals: Sequence[Total],
    names: Sequence[str],
    *,
    inexact: bool,
    large: Collection[Total] = (),
) -> Rows:
    """Touches with what each gets of its conversion's totals, in proportion to whole weights of their own.

    Args:
        rows: One row per touch: `row` (numbered by piece and time), `piece`, `first_row`, `weight`, totals.
        totals: The columns to share, each repeated on all touches of a piece.
        names: What to call what a touch gets.
        inexact: Whether the engine divides whole numbers as floats.
        large: The totals of which some may be beyond `SIMPLE`.

    Returns:
        The rows with the columns of `names`; where all weights of a piece are 0, its touches count alike.
    """
    held = rows.collect_schema().names()
    sums = rows.group_by("piece").agg(nw.col("weight").sum().alias("whole"), nw.len().alias("touches"))
    rows = rows.join(sums, on="piece", how="left")
    nobody = nw.col("whole") == 0
    rows = rows.with_columns(
        nw.when(nobody).then(nw.lit(1)).otherwise(nw.col("weight")).cast(nw.Int64).alias("weight"),
        nw.when(nobody).then(nw.col("touches")).otherwise(nw.col("whole")).cast(nw.Int64).alias("whole"),
    )
    for total, name in zip(totals, names, strict=True):
        part = _Part(name, nw.col(total), nw.col("weight"), nw.col("whole"), nw.lit(1), total in large)
        if part.is_large:
            rows = _divided(rows, part.times, part.total, part.below, inexact=inexact)
        rows = _divided(rows, name, part.above, part.below, inexact=inexact)
        rows = rows.with_columns((part.above - nw.col(name) * part.below).alias("rest"))
        if part.is_large:
            rows = rows.with_columns(part.together.alias(name)).drop(part.times)
        given = rows.group_by("piece").agg(nw.col(name).sum().alias("given"))
        rows = rows.join(given, on="piece", how="left").with_columns((-nw.col("rest")).alias("rest"))
        rows = rows.with_row_index("rank", order_by=["piece", "rest", "row"])
        turn = nw.col("rank").cast(nw.Int64) - nw.col("first_row")
        more = _flag(turn < nw.col(total) - nw.col("given").cast(nw.Int64))
        rows = rows.with_columns((nw.col(name) + more).cast(nw.Int64).alias(name)).drop(
            "given", "rest", "rank"
        )
    return rows.select(*held, *names)


def _divided(rows: Rows, name: str, above: nw.Expr, below: nw.Expr, *, inexact: bool) -> Rows:
    """The rows with a whole quotient."""
    rows = rows.with_columns(_quotient(above, below).alias(name))
    return rows.with_columns(_mended(name, above, below)) if inexact else rows
