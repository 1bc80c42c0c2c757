"""Journeys in bulk: the touches before each conversion, in order, one row for each that counts."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import narwhals.stable.v2 as nw

from smarketing.closed_loop._conversions import Rows
from smarketing.closed_loop._models import AnchoredModel, Model, direct_words
from smarketing.closed_loop._split import BETWEEN, NO_TOUCH
from smarketing.frames import Frames
from smarketing.funnel import Dimensions
from smarketing.periods import Dated, Period
from smarketing.schema import TABLES
from smarketing.sources import SourceRules
from smarketing.text import fold

__all__ = ["By", "ends_of", "journeys_of", "read_touches"]

_SAME_INSTANT = (
    "kind", "channel", "campaign_id", "asset", "network", "topic", "referring_site", "message_id",
)  # fmt: skip
_NEVER = -(2**52)  # before all time, and a whole number even where an engine has made it a float
_ANY = Period.parse("1970-01-01/2200-01-01")
_NO_RULES = Dated.of(SourceRules.default())
"""Touches are split by neither months nor sources, which are their lead's."""


@attrs.frozen(kw_only=True)
class By:
    """The dimensions that credit is split by: which are the touch's and which the lead's, in their order."""

    names: tuple[str, ...]
    of_touch: tuple[str, ...]
    of_lead: tuple[str, ...]

    @classmethod
    def of(cls, names: Sequence[str], frames: Frames) -> By:
        """What a touch can tell is the touch's; everything else is the lead's."""
        told = {*TABLES["touches"].names, *frames.traits("touches"), "campaign"} - {"lead_id"}
        return cls(
            names=tuple(names),
            of_touch=tuple(name for name in names if name in told),
            of_lead=tuple(name for name in names if name not in told),
        )

    def state(self) -> nw.Expr:
        """The values as one text, from `by_0` … of the touch and `lead_0` … of the lead."""
        columns = [
            f"by_{self.of_touch.index(name)}" if name in self.of_touch else f"lead_{self.of_lead.index(name)}"
            for name in self.names
        ]
        if len(columns) == 1:
            return nw.col(columns[0])
        return nw.concat_str(*columns, separator=BETWEEN)

    def value(self, state: str) -> str | tuple[str | None, ...] | None:
        """What a state stands for, as a model of one's own sees it: a value, or one for each dimension."""
        if len(self.names) == 1:
            return state or None
        return tuple(value or None for value in state.split(BETWEEN))

    def state_without_touch(self) -> nw.Expr:
        """The same for a conversion that no touch is known of."""
        if not self.of_touch:
            return nw.lit(BETWEEN.join([NO_TOUCH] * len(self.names)))
        parts = [
            nw.lit(NO_TOUCH)
            if name in self.of_touch
            else nw.col(f"lead_{self.of_lead.index(name)}").fill_null("")
            for name in self.names
        ]
        return parts[0] if len(parts) == 1 else nw.concat_str(*parts, separator=BETWEEN)


def journeys_of(
    known: Frames, pieces: Rows, by: By, models: Sequence[Model], more: Sequence[str] = ()
) -> Rows:
    """The touches of each piece, in order, not computed yet.

    Args:
        known: What is known.
        pieces: As of `conversions_of`.
        by: What credit is split by.
        models: Which models will look at them.
        more: Further columns of the touches to keep.

    Returns:
        One row per touch of a piece: `row` (numbered by piece and time), `piece`, `occurred_at`, `state` (the
        values that credit is split by, as one text), and flags for the anchors that are asked for.
    """
    others = _others(known, models)
    read, ties = read_touches(known, by, ["channel", *more] if others else more)
    if others:
        read = read.with_columns(other.alias(name) for name, other in others.items())
    columns = ["piece", "lead_id", "until_at", "since_at", "from_at"]
    columns += [f"lead_{number}" for number in range(len(by.of_lead))]
    anchors = {anchor for model in models if isinstance(model, AnchoredModel) for anchor, _ in model.anchors}
    columns += [name for anchor, name in _MOMENTS.items() if anchor in anchors]
    of_pieces = pieces.select(*columns)
    at = nw.col("occurred_at")
    rows = read.join(of_pieces, on="lead_id", how="inner").filter(
        at <= nw.col("until_at"), at >= nw.col("from_at"), at > nw.col("since_at").fill_null(_NEVER)
    )
    made = [by.state().alias("state")]
    made += [
        nw.when(at <= nw.col(moment)).then(nw.lit(1)).otherwise(nw.lit(0)).alias(f"is_by_{anchor}")
        for anchor, moment in _MOMENTS.items()
        if anchor in anchors
    ]
    rows = rows.with_columns(*made)
    flags = [*(f"is_by_{anchor}" for anchor in _MOMENTS if anchor in anchors), *others]
    kept = ["piece", "occurred_at", "state", *flags, *more]
    numbered = rows.with_row_index("row", order_by=["piece", "occurred_at", *ties])
    return numbered.with_columns(nw.col("row").cast(nw.Int64)).select("row", *dict.fromkeys(kept))


def read_touches(known: Frames, by: By, more: Sequence[str] = ()) -> tuple[Rows, list[str]]:
    """All touches with `by_0`, …, and the columns that order those of one instant.

    That is the fact's id where there is one; else all that is known of a touch, so that what is still tied
    is alike.
    """
    dimensions = Dimensions(known, "touches", by.of_touch, _NO_RULES)
    held = known.held("touches")
    ties = ["fact_id"] if "fact_id" in held else [name for name in _SAME_INSTANT if name in held]
    wanted = list(dict.fromkeys(["lead_id", "occurred_at", *dimensions.reads, *ties, *more]))
    return dimensions.add(known.select("touches", wanted), _ANY, "occurred_at"), ties


_MOMENTS = {"lead": "created_at", "opportunity": "opportunity_at"}


def ends_of(touches: Rows) -> Rows:
    """One row per journey: `piece`, `touches_count`, `first_row`, `last_at`, and its anchors' places."""
    held = touches.collect_schema().names()
    flags = [anchor for anchor in _MOMENTS if f"is_by_{anchor}" in held]
    totals = [nw.col(f"is_by_{anchor}").sum().alias(f"by_{anchor}_count") for anchor in flags]
    others = [name.removeprefix("is_other_") for name in held if name.startswith("is_other_")]
    if others:
        rows = [nw.when(nw.col(f"is_other_{k}") == 1).then(nw.col("row")).alias(f"row_{k}") for k in others]
        touches = touches.with_columns(*rows)
        totals += [nw.col(f"row_{k}").max().alias(f"row_{k}") for k in others]
    if "occurred_at" in held:
        totals.append(nw.col("occurred_at").max().alias("last_at"))
    ends = touches.group_by("piece").agg(
        nw.len().alias("touches_count"), nw.col("row").min().alias("first_row"), *totals
    )
    ends = ends.with_columns(nw.col("touches_count").cast(nw.Int64))
    places: list[nw.Expr] = []
    for anchor in flags:
        count = nw.col(f"by_{anchor}_count").cast(nw.Int64)
        places.append(nw.when(count > 0).then(count - 1).alias(f"place_{anchor}"))
    first = nw.col("first_row")
    places += [(nw.col(f"row_{k}") - first).alias(f"place_last_non_direct_{k}") for k in others]
    return ends.with_columns(*places) if places else ends


def _others(known: Frames, models: Sequence[Model]) -> dict[str, nw.Expr]:
    """Whether a touch is of another channel than those passed over, as 1 or 0, by each set of these."""
    channel, others = nw.col("channel"), dict[str, nw.Expr]()
    for number, passed in enumerate(direct_words(models)):
        found = [word for word in known.distinct("touches", "channel") if fold(str(word)) in passed]
        is_direct = (
            channel.is_in(sorted(found)) & ~channel.is_null() if found else nw.col("lead_id").is_null()
        )
        others[f"is_other_{number}"] = nw.when(is_direct).then(nw.lit(0)).otherwise(nw.lit(1))
    return others
