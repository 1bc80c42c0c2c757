"""How credit for a conversion is shared among the touches before it: the models, as plain values.

Most models are *anchored*: some touches (the first, the last, the one at which the lead was captured) have a
weight of their own, and all others share the rest equally. An anchor that a journey does not have (it tells
of no opportunity, say) leaves its weight to the others, in proportion; where anchors meet on one touch, their
weights add up. So 40/20/40 is 50/50 with two touches and 100 with one, without being told so.

A plain function is a model too: it takes a journey's path, a tuple of the values that credit is split by in
their order in time, and returns one weight for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from fractions import Fraction
from functools import lru_cache
from math import exp, floor, gcd, inf, lcm, log
from typing import TypeAlias

import attrs

from smarketing.errors import InvalidTermsError
from smarketing.language import N_
from smarketing.text import fold

__all__ = [
    "AnchoredModel",
    "Credited",
    "First",
    "FullPath",
    "Last",
    "LastNonDirect",
    "Linear",
    "Markov",
    "Model",
    "OwnModel",
    "PositionBased",
    "Shapley",
    "TimeDecay",
    "WShaped",
    "Weigh",
    "decay_rate",
    "direct_words",
    "label_of",
    "named",
]

DIRECT = ("direct", "(direct)", "(none)")
"""Words for a visit of which nobody knows what brought it."""

Weight: TypeAlias = "int | float | Fraction"
Weigh: TypeAlias = "Callable[[tuple[str | None, ...]], Sequence[Weight]]"
"""A model of one's own: from a journey's path to one weight, 0 or more, for each of its touches.

The path holds each touch's value, None where it is not known; of several dimensions, a tuple of values.
"""


def _anchors(given: Iterable[tuple[str, Weight]]) -> tuple[tuple[str, Weight], ...]:
    return tuple((str(anchor), weight) for anchor, weight in given)


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(given)


def _check_weight(model: str, name: str, value: object) -> None:
    is_number = isinstance(value, int | float | Fraction) and not isinstance(value, bool)
    if not is_number or not 0 <= value < inf:  # type: ignore[operator]
        raise InvalidTermsError(f"{model}: {name} takes a weight of 0 or more, not {value!r}")


def _some(model: AnchoredModel) -> None:
    if not any(weight for _, weight in model.anchors) and not model.rest:
        raise InvalidTermsError(f"the model {model.name!r} gives every touch the weight 0: raise one")


@attrs.frozen(kw_only=True)
class AnchoredModel:
    """What the anchored models have in common; one of your own needs a list of anchors and no code.

    Attributes:
        name: What its rows are called.
        anchors: Weights by anchor: "first", "last", "last_non_direct", "lead" (the last touch up to the
            lead's capture), "opportunity" (the last touch up to the opening of its deal).
        rest: What all other touches share equally.
        direct: For "last_non_direct", the channels that are passed over, compared without regard to case; if
            a journey has no others, its last touch counts.

    Raises:
        InvalidTermsError: There is no such anchor, a weight is negative, or all are 0.

    Example:
        >>> AnchoredModel(name="opener", anchors=[("first", 70)], rest=30).weights(3)
        (14, 3, 3)
    """

    name: str
    anchors: tuple[tuple[str, Weight], ...] = attrs.field(default=(), converter=_anchors)
    rest: Weight = attrs.field(default=0)
    direct: tuple[str, ...] = attrs.field(default=DIRECT, converter=_texts)

    def __attrs_post_init__(self) -> None:
        for anchor, weight in self.anchors:
            if anchor not in ANCHORS:
                known = ", ".join(ANCHORS)
                raise InvalidTermsError(f"{self.name}: there is no anchor {anchor!r}; there are {known}")
            _check_weight(self.name, anchor, weight)
        _check_weight(self.name, "rest", self.rest)
        _some(self)

    @property
    def passed(self) -> frozenset[str]:
        """The channels that are passed over, folded."""
        return frozenset(fold(word) for word in self.direct)

    def parts(self) -> tuple[tuple[tuple[str, int], ...], int]:
        """The same weights as whole numbers, the smallest that are in proportion, to a millionth of all."""
        return _in_whole_numbers(self.anchors, self.rest)

    def weights(self, count: int, at: dict[str, int | None] | None = None) -> tuple[int, ...]:
        """One weight for each touch of a journey.

        Args:
            count: How many touches it has.
            at: The places, counted from 0, of the anchors besides the first and the last.
        """
        places: dict[str, int | None] = {"first": 0, "last": count - 1, "last_non_direct": count - 1}
        places |= at or {}
        anchors, rest = self.parts()
        held = [(place, weight) for name, weight in anchors if (place := places.get(name)) is not None]
        others = count - len({place for place, _ in held})
        weights = [rest] * count
        for place in {place for place, _ in held}:
            weights[place] = 0
        for place, weight in held:
            weights[place] += weight * max(others, 1) if rest else weight
        if not any(weights):
            weights = [1] * count
        return tuple(weights)


ANCHORS = ("first", "last", "last_non_direct", "lead", "opportunity")


def direct_words(models: Iterable[Model]) -> tuple[frozenset[str], ...]:
    """The different sets of channels that models pass over: each has a last touch of its own."""
    asked = [each for each in models if isinstance(each, AnchoredModel)]
    return tuple(dict.fromkeys(each.passed for each in asked if "last_non_direct" in dict(each.anchors)))


_FINEST = 1_000_000
"""What weights add up to at most as whole numbers: finer ones are rounded to millionths of their sum."""


@lru_cache(maxsize=256)
def _in_whole_numbers(
    anchors: tuple[tuple[str, Weight], ...], rest: Weight
) -> tuple[tuple[tuple[str, int], ...], int]:
    exact = [_exact(weight) for weight in (*(weight for _, weight in anchors), rest)]
    common = lcm(*(each.denominator for each in exact))
    whole = [int(each * common) for each in exact]
    if (total := sum(whole)) > _FINEST:  # no whole number of an engine would hold its product with an amount
        whole = [max(round(Fraction(each * _FINEST, total)), 1) if each else 0 for each in whole]
    least = gcd(*whole) or 1
    names = (anchor for anchor, _ in anchors)
    return tuple(zip(names, (each // least for each in whole[:-1]), strict=True)), whole[-1] // least


def _exact(weight: Weight) -> Fraction:
    return Fraction(repr(weight)) if isinstance(weight, float) else Fraction(weight)


def First(*, name: str = "first") -> AnchoredModel:  # noqa: N802 -- a model, named as one
    """All to the first touch.

    Example:
        >>> First().weights(3)
        (1, 0, 0)
    """
    return AnchoredModel(name=name, anchors=(("first", 1),))


def Last(*, name: str = "last") -> AnchoredModel:  # noqa: N802 -- a model, named as one
    """All to the last touch."""
    return AnchoredModel(name=name, anchors=(("last", 1),))


def LastNonDirect(  # noqa: N802 -- a model, named as one
    *, direct: Iterable[str] = DIRECT, name: str = "last_non_direct"
) -> AnchoredModel:
    """All to the last touch that is not direct; where all are, to the last.

    Args:
        direct: The channels that are passed over, compared without regard to case.
        name: What its rows are called.
    """
    return AnchoredModel(name=name, anchors=(("last_non_direct", 1),), direct=tuple(direct))


def Linear(*, name: str = "linear") -> AnchoredModel:  # noqa: N802 -- a model, named as one
    """The same to every touch."""
    return AnchoredModel(name=name, rest=1)


def PositionBased(  # noqa: N802 -- a model, named as one
    *, first: Weight = 40, last: Weight = 40, others: Weight = 20, name: str = "position_based"
) -> AnchoredModel:
    """Most to the first and the last touch, the rest to those between them: 40/20/40.

    Example:
        >>> PositionBased().weights(4), PositionBased().weights(2), PositionBased().weights(1)
        ((4, 1, 1, 4), (2, 2), (4,))
    """
    return AnchoredModel(name=name, anchors=(("first", first), ("last", last)), rest=others)


def WShaped(  # noqa: N802 -- a model, named as one
    *,
    first: Weight = 30,
    lead: Weight = 30,
    opportunity: Weight = 30,
    others: Weight = 10,
    name: str = "w_shaped",
) -> AnchoredModel:
    """Most to what came first, what made a lead, and what made an opportunity: 30/30/30/10."""
    anchors = (("first", first), ("lead", lead), ("opportunity", opportunity))
    return AnchoredModel(name=name, anchors=anchors, rest=others)


def FullPath(  # noqa: N802 -- a model, named as one
    *,
    first: Weight = 22.5,
    lead: Weight = 22.5,
    opportunity: Weight = 22.5,
    last: Weight = 22.5,
    others: Weight = 10,
    name: str = "full_path",
) -> AnchoredModel:
    """The W with the last touch before the sale: four times 22.5, and 10 for the others."""
    anchors = (("first", first), ("lead", lead), ("opportunity", opportunity), ("last", last))
    return AnchoredModel(name=name, anchors=anchors, rest=others)


def _positive(_instance: object, attribute: attrs.Attribute[timedelta], value: timedelta) -> None:
    if not value > timedelta(0):
        raise InvalidTermsError(f"{attribute.name} takes a length of time above 0, not {value!r}")


@attrs.frozen(kw_only=True)
class TimeDecay:
    """The later, the more: a touch weighs half of one that came a half-life later.

    Weights are whole millionths of the last touch's, so that every engine computes the same; what came some
    twenty half-lives before the last touch weighs nothing.

    Attributes:
        half_life: After how long a touch has lost half of its weight.
        name: What its rows are called.
    """

    half_life: timedelta = attrs.field(default=timedelta(days=7), validator=_positive)
    name: str = "time_decay"

    def weights(self, ages: Sequence[int]) -> tuple[int, ...]:
        """The weights of one journey's touches.

        Args:
            ages: By how many microseconds each came before the last one.

        Example:
            >>> week = 7 * 86_400_000_000
            >>> TimeDecay().weights([2 * week, week, 0])
            (250000, 500000, 1000000)
        """
        rate = decay_rate(self)
        return tuple(floor(exp(age * rate) * 1_000_000 + 0.5) for age in ages)


def decay_rate(model: TimeDecay) -> float:
    """By what the logarithm of a weight changes with each microsecond of age."""
    return -log(2) / (model.half_life / timedelta(microseconds=1))


@attrs.frozen(kw_only=True)
class Markov:
    """By what would be lost without it: removal effects in the chain of touches, computed exactly.

    Attributes:
        non_converting: Whether journeys that have not converted are part of the chain. Without them a
            removal effect is just the part of the conversions that came through a channel.
        per_journey: Whether each conversion is shared among the channels of its own journey, in proportion
            to their removal effects; by default all conversions together are, among all channels.
        name: What its rows are called.
    """

    non_converting: bool = True
    per_journey: bool = False
    name: str = "markov"


@attrs.frozen(kw_only=True)
class Shapley:
    """Each channel's average addition over all orders in which channels could join.

    A set of channels is worth what the journeys brought that touched no others. Of that game the Shapley
    value is exactly this: what a journey brought goes to its *different* channels in equal parts (Zhao,
    Mahboobi and Bagheri, 2018), so that it is exact for any number of channels.

    Attributes:
        name: What its rows are called.
    """

    name: str = "shapley"


@attrs.frozen(kw_only=True)
class OwnModel:
    """A model of one's own: a function, and what its rows are called.

    Attributes:
        weigh: From a journey's path to one weight, 0 or more, for each of its touches. It is asked once for
            each different path. Where all weights are 0, all touches count alike.
        name: What its rows are called.

    Example:
        >>> OwnModel(name="second", weigh=lambda path: [place == 1 for place in range(len(path))]).name
        'second'
    """

    weigh: Weigh
    name: str


Model: TypeAlias = AnchoredModel | TimeDecay | Markov | Shapley | OwnModel
"""Any of the models."""
_MODELS = (AnchoredModel, TimeDecay, Markov, Shapley, OwnModel)
_MAKERS: tuple[object, ...] = (*_MODELS, First, Last, LastNonDirect, Linear, PositionBased, WShaped, FullPath)
Credited: TypeAlias = "Model | Weigh"
"""What can be asked for: a model, or a function that is one."""

_LABELS = {
    "first": N_("First touch"),
    "last": N_("Last touch"),
    "last_non_direct": N_("Last touch, not direct"),
    "linear": N_("Linear"),
    "position_based": N_("By position"),
    "w_shaped": N_("W-shaped"),
    "full_path": N_("Full path"),
    "time_decay": N_("Time decay"),
    "markov": N_("Markov"),
    "shapley": N_("Shapley"),
}


def label_of(name: str) -> str:
    """What a model is called on a page, in English; a name of one's own stays as it is."""
    return _LABELS.get(name, name)


def named(models: Credited | Iterable[Credited]) -> tuple[Model, ...]:
    """The models with names that differ, functions among them as models; one may stand alone.

    Raises:
        InvalidTermsError: There is none, one is no model, or two have one name.
    """
    found: list[Model] = []
    if isinstance(models, str):
        raise InvalidTermsError(f"{models!r} is no model: pass one such as Linear(), or a function")
    for each in (models,) if models is None or isinstance(models, _MODELS) or callable(models) else models:
        if each in _MAKERS:
            name = getattr(each, "__name__", "")
            raise InvalidTermsError(f"{name} makes a model: call it, {name}(…)")
        if isinstance(each, _MODELS):
            found.append(each)
        elif callable(each):
            found.append(OwnModel(weigh=each, name=getattr(each, "__name__", "own").strip("<>")))
        else:
            raise InvalidTermsError(f"{each!r} is no model: pass one such as Linear(), or a function")
    names = [model.name for model in found]
    if not names:
        raise InvalidTermsError("no model was given: pass some, such as models=(Linear(), Markov())")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidTermsError(f"two models are called {twice[0]!r}: give one of them another name=…")
    return tuple(found)
