"""What each model credits to whom, in bulk: per state (the values credit is split by) and currency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import attrs
import narwhals.stable.v2 as nw

from smarketing.closed_loop._chains import effects_of, read_steps, steps_of_rows
from smarketing.closed_loop._conversions import Rows
from smarketing.closed_loop._journeys import By, ends_of
from smarketing.closed_loop._models import AnchoredModel, Markov, Model, OwnModel, TimeDecay, decay_rate
from smarketing.closed_loop._split import ALL, split, whole_weights
from smarketing.closed_loop._spread import SIMPLE, given_by_anchors, shared_by_weight, with_anchors
from smarketing.errors import InvalidTermsError
from smarketing.frames import rows_of, tuples_of

__all__ = ["ALONE", "Credits", "Sums", "share_out"]

Sums = dict[tuple[str, str], tuple[int, int]]
"""By state and currency: minor units, and conversions in parts per million."""
ALONE = ""
"""The currency of conversions of which no amount is known."""

_MICRO = 1_000_000
_EXACT, _ENOUGH = 2**53, 2**62
"""Up to where floats are whole numbers, and up to where sums of 64 bits are far from their end."""


@attrs.frozen
class OwnShare:
    """What a function gives to one touch of one conversion: minor units, and parts per million."""

    piece: int
    currency: str
    state: str
    minor: int
    parts: int


@attrs.frozen(kw_only=True, eq=False)
class Credits:
    """Conversions, their touches, and what models make of them.

    Attributes:
        pieces: One row per conversion or return, with its `currency` ("" where no amount is known).
        touches: The touches that count, numbered, as of `journeys_of`.
        open_steps: Transitions of the journeys that have not converted, where a model asks for them.
        by: What credit is split by.
        models: The models.
        inexact: Whether the engine divides whole numbers as floats.
    """

    pieces: Rows
    touches: Rows
    open_steps: Rows | None
    by: By
    models: tuple[Model, ...]
    inexact: bool

    @cached_property
    def ends(self) -> Rows:
        """One row per conversion that has touches, with what is to be shared: `size`, `parts`, `sign`."""
        amount = nw.col("amount_minor").fill_null(0)
        totals = self.pieces.select(
            "piece",
            "currency",
            "counted",
            nw.when(amount < 0).then(-amount).otherwise(amount).alias("size"),
            nw.when(amount < 0).then(nw.lit(-1)).otherwise(nw.lit(1)).alias("sign"),
            (nw.col("counted") * ALL).alias("parts"),
        )
        ends = ends_of(self.touches).join(totals, on="piece", how="inner")
        return ends if self.inexact else ends.collect().lazy()  # SQL engines would not see their own rows

    def sums(self) -> dict[str, Sums]:
        """What each model credits, and what it cannot for want of touches."""
        found: dict[str, Sums] = {model.name: {} for model in self.models}
        if self.shared:
            wanted = [f"m{place}{t}" for place in range(len(self.shared)) for t in "rc"]
            summed = self.shares().group_by("state", "currency").agg(*(nw.col(name).sum() for name in wanted))
            for row in rows_of(summed):
                for place, name in enumerate(self.shared):
                    given = int(row[f"m{place}r"]), int(row[f"m{place}c"])
                    if any(given):
                        found[name][row["state"], row["currency"]] = given
        for model in self.models:
            if model.name not in self.shared:
                found[model.name] = self._apart(model)
        untouched = self.untouched()
        for sums in found.values():
            for key, (minor, parts) in untouched.items():
                before = sums.get(key, (0, 0))
                sums[key] = before[0] + minor, before[1] + parts
        return found

    @cached_property
    def shared(self) -> tuple[str, ...]:
        """The models whose shares are worked out touch by touch in the engine, all in one pass."""
        return tuple(m.name for m in self.models if isinstance(m, AnchoredModel | TimeDecay))

    def shares(self) -> Rows:
        """One row per touch: `piece`, `state`, `currency`, and `m<k>r` and `m<k>c` for each of `shared`."""
        models = [model for model in self.models if model.name in self.shared]
        anchored = [(f"m{k}", model) for k, model in enumerate(models) if isinstance(model, AnchoredModel)]
        ends = with_anchors(self.ends, anchored, ["size", "parts"], inexact=self.inexact, large=self.large)
        decays = any(isinstance(model, TimeDecay) for model in models)
        rows = self.touches.select("row", "piece", "state", *(["occurred_at"] if decays else []))
        rows = rows.join(ends.drop("last_at") if not decays else ends, on="piece", how="inner")
        rows = rows.with_columns((nw.col("row") - nw.col("first_row")).alias("place"))
        for place, model in enumerate(models):
            names = [f"m{place}r", f"m{place}c"]
            if isinstance(model, AnchoredModel):
                rows = rows.with_columns(
                    given_by_anchors(model, f"m{place}", number).alias(name)
                    for number, name in enumerate(names)
                )
            elif isinstance(model, TimeDecay):
                rows = rows.with_columns(_decayed(model).alias("weight"))
                rows = self._by_weight(rows, names).drop("weight")
        signed = [(nw.col(f"m{place}r") * nw.col("sign")).alias(f"m{place}r") for place in range(len(models))]
        return rows.with_columns(*signed).select(
            "piece", "state", "currency", *(f"m{place}{t}" for place in range(len(models)) for t in "rc")
        )

    def _by_weight(self, rows: Rows, names: Sequence[str]) -> Rows:
        return shared_by_weight(rows, ["size", "parts"], names, inexact=self.inexact, large=self.large)

    @cached_property
    def large(self) -> tuple[str, ...]:
        """The totals that need longer division.

        Raises:
            InvalidTermsError: Amounts beyond what the engine can share to the unit.
        """
        amount = nw.col("amount_minor").fill_null(0).cast(nw.Float64)
        sizes = self.pieces.select(nw.when(amount < 0).then(-amount).otherwise(amount).alias("size"))
        (told,) = rows_of(sizes.select(nw.col("size").max().alias("most"), nw.col("size").sum().alias("all")))
        most, whole = (float(told[name] or 0) for name in ("most", "all"))
        if most > (_EXACT if self.inexact else _ENOUGH) or whole > _ENOUGH:
            names = ", ".join(model.name for model in self.models)
            raise InvalidTermsError(
                f"{names}: amounts of up to {most:.0f} minor units, {whole:.0f} in all, are beyond what can "
                "be shared to the unit: look whether they are right, or give them in larger units"
            )
        return ("size",) if most > SIMPLE else ()

    def untouched(self) -> Sums:
        """The conversions of which no touch is known."""
        alone = self.pieces.join(self.ends.select("piece"), on="piece", how="anti")
        alone = alone.with_columns(self.by.state_without_touch().alias("state"))
        alone = alone.with_columns(nw.col("amount_minor").fill_null(0).alias("amount_minor"))
        summed = alone.group_by("state", "currency").agg(
            nw.col("amount_minor").sum(), nw.col("counted").sum()
        )
        return {
            (row["state"], row["currency"]): (int(row["amount_minor"]), int(row["counted"]) * ALL)
            for row in rows_of(summed)
        }

    @cached_property
    def effects(self) -> Mapping[bool, Mapping[str, float]]:
        """The removal effects, with and without journeys that have not converted, where a model asks."""
        asked = {model.non_converting for model in self.models if isinstance(model, Markov)}
        if not asked:
            return {}
        counted = self.pieces.filter(nw.col("counted") == 1).select("piece")
        steps = read_steps(steps_of_rows(self.touches.join(counted, on="piece", how="inner"), "piece"))
        others = None if self.open_steps is None else read_steps(self.open_steps)
        return {with_open: effects_of(steps, others if with_open else None) for with_open in sorted(asked)}

    def _apart(self, model: Model) -> Sums:
        """The sums of a model that is not worked out touch by touch."""
        if isinstance(model, Markov) and not model.per_journey:
            return share_out(self.touched, self.effects[model.non_converting])
        if isinstance(model, OwnModel):
            return self._own(model)
        summed = (
            self.by_channel(model).group_by("state", "currency").agg(nw.col("r").sum(), nw.col("c").sum())
        )
        return {(row["state"], row["currency"]): (int(row["r"]), int(row["c"])) for row in rows_of(summed)}

    @cached_property
    def touched(self) -> dict[str, tuple[int, int]]:
        """By currency, all that has touches: minor units and conversions in parts per million."""
        rows = self.ends.with_columns((nw.col("size") * nw.col("sign")).alias("minor"))
        summed = rows.group_by("currency").agg(nw.col("minor").sum(), nw.col("parts").sum())
        return {row["currency"]: (int(row["minor"]), int(row["parts"])) for row in rows_of(summed)}

    def by_channel(self, model: Model) -> Rows:
        """One row per conversion and different state: `piece`, `state`, `currency`, `r` and `c`."""
        rows = self.touches.select("piece", "state").unique(["piece", "state"])
        rows = rows.with_row_index("row", order_by=["piece", "state"]).with_columns(
            nw.col("row").cast(nw.Int64)
        )
        ends = rows.group_by("piece").agg(nw.col("row").min().alias("first_row"))
        rows = rows.join(ends, on="piece", how="left")
        totals = self.ends.select("piece", "currency", "size", "sign", "parts")
        rows = rows.join(totals, on="piece", how="inner")
        weight = 0 * nw.col("row") + 1
        whole = {}
        if isinstance(model, Markov):
            effects = self.effects[model.non_converting]
            whole = {state: round(effect * _MICRO) for state, effect in effects.items()}
        if whole:
            weight = nw.col("state").replace_strict(
                [*whole], [*whole.values()], default=0, return_dtype=nw.Int64
            )
        rows = rows.with_columns(weight.alias("weight"))
        rows = self._by_weight(rows, ["r", "c"])
        return rows.with_columns((nw.col("r") * nw.col("sign")).alias("r")).select(
            "piece", "state", "currency", "r", "c"
        )

    def _own(self, model: OwnModel) -> Sums:
        """A function's sums: it is asked once for each different path."""
        sums: Sums = {}
        for share in self.own_shares(model):
            key = share.state, share.currency
            minor, parts = sums.get(key, (0, 0))
            sums[key] = minor + share.minor, parts + share.parts
        return {key: given for key, given in sums.items() if any(given)}

    def own_shares(self, model: OwnModel) -> Iterator[OwnShare]:
        """What a function gives to each touch of each conversion."""
        totals = self.ends.select("piece", "currency", "size", "sign", "counted")
        ordered = self.touches.select("row", "piece", "state").sort("row").select("piece", "state")
        paths: dict[int, list[str]] = {}
        for piece, state in tuples_of(ordered):
            paths.setdefault(piece, []).append(state)
        weights: dict[tuple[str, ...], tuple[int, ...]] = {}
        for piece, currency, size, sign, counted in tuples_of(totals):
            path = tuple(paths[piece])
            if path not in weights:
                told = tuple(self.by.value(state) for state in path)
                weights[path] = whole_weights(model.weigh(told), len(path), model.name)  # type: ignore[arg-type]
            given = split(size * sign, weights[path]), split(counted * ALL, weights[path])
            for state, minor, parts in zip(path, *given, strict=True):
                yield OwnShare(piece, currency, state, minor, parts)


def share_out(totals: Mapping[str, tuple[int, int]], effects: Mapping[str, float]) -> Sums:
    """All that was brought, shared among the states in proportion to their effects, by currency."""
    states = sorted(effects)
    weights = whole_weights([effects[state] for state in states], len(states), "markov")
    sums: Sums = {}
    for currency, (minor, parts) in totals.items():
        given = zip(states, split(minor, weights), split(parts, weights), strict=True)
        sums |= {(state, currency): (share, part) for state, share, part in given if share or part}
    return sums


def _decayed(model: TimeDecay) -> nw.Expr:
    """A touch's weight in millionths of the last one's."""
    age = (nw.col("last_at") - nw.col("occurred_at")).cast(nw.Float64)
    exact = (age * decay_rate(model)).exp() * _MICRO + 0.5
    return exact.floor().cast(nw.Int64)
