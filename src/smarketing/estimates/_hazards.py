"""How likely an open record is to end soon, and how: by its age and its group, honest where data are few.

A hazard is the chance to end at one age by one cause, given that the record is open before it. Hazards are
estimated per age bucket and per nested group (source, then source and stage), and each is pulled toward its
parent group as far as its own experience is small: the leaf toward its source, the source toward all, and
all toward a stated default. With no history the default stands alone; with much, the data do.
"""

from __future__ import annotations

import math
import operator
from bisect import bisect_right
from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NotRequired, TypeAlias, TypedDict, TypeVar

import attrs

from smarketing.errors import UnknownNameError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CellData", "Group", "HazardCell", "HazardLine", "HazardsData", "ShrunkHazards", "group_path"]

Group: TypeAlias = str | tuple[str, ...]
"""A path of nested groups, outermost first; one name alone is a path of one."""

_H = TypeVar("_H")


@attrs.frozen(kw_only=True)
class HazardCell:
    """What one group (with all that is nested in it) lived through in each age bucket.

    Attributes:
        exposure: For each bucket, the sizes of the risk sets summed over its ages.
        ended: For each cause, how many ended in each bucket.
    """

    exposure: tuple[int, ...]
    ended: Mapping[str, tuple[int, ...]]


@attrs.frozen(kw_only=True)
class HazardLine:
    """One step of a derivation: `hazard = (ended + weight * level * parent) / (exposure + weight)`.

    Attributes:
        group: The group, () for all records.
        cause: The way to end.
        from_age: The first age of the bucket.
        to_age: The last age of the bucket, or None in the tail.
        ended: How many ended by the cause.
        exposure: The ages lived through at risk, summed over the records.
        parent: The hazard of the group one level up, or the default.
        weight: How much exposure is borrowed from it.
        hazard: The result: the chance to end by the cause at each single age of the bucket.
        level: How the group's hazard compares with its parent's over all ages; 1 where levels are not used.
    """

    group: tuple[str, ...]
    cause: str
    from_age: int
    to_age: int | None
    ended: int
    exposure: int
    parent: float
    weight: float
    hazard: float
    level: float = 1.0


class CellData(TypedDict):
    """One group's counts as plain data."""

    group: list[str]
    exposure: list[int]
    ended: dict[str, list[int]]


class HazardsData(TypedDict):
    """`ShrunkHazards` as plain data, ready for JSON."""

    unit: str
    starts: list[int]
    weight: float
    default_ends: NotRequired[float]
    tail_weight: NotRequired[float]
    level_ends: NotRequired[float]
    default: dict[str, float]
    cells: list[CellData]


@attrs.frozen(kw_only=True)
class ShrunkHazards:
    """Hazards by age bucket and nested group; build it with `fit_hazards`.

    Ages follow one rule: a record "open at age a" was open after that age, so what can still happen begins
    at age a + 1, and "within h" means the ages a + 1 to a + h. Age -1 is a record just begun, with all of its
    ages before it. A group that history does not know stands where the nearest group above it stands.

    Attributes:
        starts: The first age of each bucket, ascending from 0; the last one is the tail.
        cells: What each group lived through; () is all records.
        default: The hazard per age of each cause where nothing is known.
        weight: How many records' worth of the parent is borrowed, each exposed for the whole bucket.
        default_ends: How many ends' worth of the default all records together borrow in each bucket; None for
            as many records as any group borrows of the one above.
        tail_weight: How many records the tail borrows; None for as many as any bucket.
        level_ends: With it, a group is compared with its parent over all ages first,
            `level = (ended + level_ends) / (expected + level_ends)` with the ends that the parent's hazards
            expect of its exposure, and its cells are pulled toward the parent's hazards times that level.
        unit: What ages are counted in.
    """

    starts: tuple[int, ...]
    cells: Mapping[tuple[str, ...], HazardCell] = attrs.field(repr=False)
    default: Mapping[str, float]
    weight: float
    default_ends: float | None = None
    tail_weight: float | None = None
    level_ends: float | None = None
    unit: str = "days"

    def __attrs_post_init__(self) -> None:
        if not self.starts or self.starts[0] != 0 or any(a >= b for a, b in pairwise(self.starts)):
            raise ValueError(f"the buckets start at {self.starts}: they must ascend from age 0")
        for weight in (
            self.weight,
            self.tail_weight or 0.0,
            self.level_ends or 0.0,
            self.default_ends or 0.0,
        ):
            if not 0.0 <= weight < float("inf"):
                raise ValueError(f"the weight is {weight}: give a number of records, 0 or more")
        if (
            not all(hazard >= 0.0 for hazard in self.default.values())
            or not sum(self.default.values()) <= 1.0
        ):
            raise ValueError(
                f"the default hazards {dict(self.default)} must be 0 or more and add to at most 1"
            )
        for group, cell in self.cells.items():
            lengths = {len(column) for column in (cell.exposure, *cell.ended.values())}
            if set(cell.ended) != set(self.default) or lengths != {len(self.starts)}:
                raise ValueError(f"the counts of group {group} do not fit the causes and the age buckets")

    @property
    def causes(self) -> tuple[str, ...]:
        """The ways to end, in alphabetical order."""
        return tuple(sorted(self.default))

    def hazard(self, cause: str, *, age: int, group: Group = ()) -> float:
        """The chance that a record of the group, still open just before `age`, ends by the cause at it.

        Raises:
            UnknownNameError: Nothing of that name was counted.
            ValueError: The age is negative.
        """
        bucket = next(self._spans(age - 1, 1))[0]
        return self._nearest(group_path(group))[self._known(cause)][bucket]

    def probability(self, cause: str, *, age: int, within: int, group: Group = ()) -> float:
        """The chance that a record open at an age ends by the cause within the next `within` ages.

        Raises:
            UnknownNameError: Nothing of that name was counted.
            ValueError: The age is below -1, or the horizon negative.
        """
        return self.outcomes(age=age, within=within, group=group)[self._known(cause)]

    def outcomes(self, *, age: int, within: int, group: Group = ()) -> dict[str | None, float]:
        """The chances of every outcome within the horizon; None is "still open". They add to 1.

        Raises:
            ValueError: The age is below -1, or the horizon negative.
        """
        hazards = self._nearest(group_path(group))
        chances: dict[str | None, float] = dict.fromkeys(self.causes, 0.0)
        still_open = 1.0
        for bucket, ages in self._spans(age, within):
            at_each_age = sum(hazards[cause][bucket] for cause in self.causes)
            if at_each_age <= 0.0:
                continue
            ends = -math.expm1(ages * math.log1p(-at_each_age)) if at_each_age < 1.0 else 1.0
            for cause in self.causes:
                chances[cause] += still_open * ends * hazards[cause][bucket] / at_each_age
            still_open *= 1.0 - ends
        chances[None] = still_open
        return chances

    def explain(self, cause: str, *, age: int, within: int, group: Group = ()) -> tuple[HazardLine, ...]:
        """Where a probability comes from: for each age bucket that it touches, from all records to the group.

        Raises:
            UnknownNameError: Nothing of that name was counted.
            ValueError: The age is below -1, or the horizon negative.
        """
        path, known = group_path(group), self._known(cause)
        return tuple(
            self._line(path[:depth], known, bucket)
            for bucket, _ in self._spans(age, within)
            for depth in range(len(path) + 1)
        )

    def to_dict(self) -> HazardsData:
        """Plain data, ready for JSON: the counts and the terms, from which every hazard follows."""
        data: HazardsData = {
            "unit": self.unit,
            "starts": list(self.starts),
            "weight": self.weight,
            "default": {cause: self.default[cause] for cause in self.causes},
            "cells": [
                {
                    "group": list(group),
                    "exposure": list(cell.exposure),
                    "ended": {cause: list(cell.ended[cause]) for cause in self.causes},
                }
                for group, cell in sorted(self.cells.items())
            ],
        }
        if self.default_ends is not None:
            data["default_ends"] = self.default_ends
        if self.tail_weight is not None:
            data["tail_weight"] = self.tail_weight
        if self.level_ends is not None:
            data["level_ends"] = self.level_ends
        return data

    @classmethod
    def from_dict(cls, data: HazardsData) -> ShrunkHazards:
        """The hazards that `to_dict` wrote.

        Raises:
            KeyError: Something is missing.
            ValueError: The parts do not fit together.
        """
        cells = {
            tuple(cell["group"]): HazardCell(
                exposure=tuple(cell["exposure"]),
                ended={cause: tuple(column) for cause, column in cell["ended"].items()},
            )
            for cell in data["cells"]
        }
        return cls(
            starts=tuple(data["starts"]),
            cells=cells,
            default=dict(data["default"]),
            weight=data["weight"],
            default_ends=data.get("default_ends"),
            tail_weight=data.get("tail_weight"),
            level_ends=data.get("level_ends"),
            unit=data["unit"],
        )

    @cached_property
    def _hazards(self) -> dict[tuple[str, ...], dict[str, tuple[float, ...]]]:
        """Every known group's hazards, by cause and bucket, each pulled toward the group above."""
        everywhere = {cause: (self.default[cause],) * len(self.starts) for cause in self.causes}
        hazards: dict[tuple[str, ...], dict[str, tuple[float, ...]]] = {}
        for group in sorted(self.cells, key=len):
            cell = self.cells[group]
            parents = _nearest(hazards, group, everywhere)
            hazards[group] = {
                cause: tuple(
                    (ended + self._borrowed(bucket, group) * parent)
                    / (exposure + self._borrowed(bucket, group))
                    if exposure
                    else parent
                    for bucket, (ended, exposure, parent) in enumerate(
                        zip(
                            cell.ended[cause],
                            cell.exposure,
                            self._levelled(group, cause, parents),
                            strict=True,
                        )
                    )
                )
                for cause in self.causes
            }
            total = [sum(each) for each in zip(*hazards[group].values(), strict=True)]
            if any(each > 1.0 for each in total):  # levels of several causes may add to more than is there
                hazards[group] = {
                    cause: tuple(h / max(1.0, each) for h, each in zip(column, total, strict=True))
                    for cause, column in hazards[group].items()
                }
        hazards.setdefault((), everywhere)
        return hazards

    def _level(self, group: tuple[str, ...], cause: str, parents: Mapping[str, tuple[float, ...]]) -> float:
        """How often the group ended by the cause, against what its parent's hazards expect of it."""
        if self.level_ends is None or not group or group not in self.cells:
            return 1.0
        cell = self.cells[group]
        expected = math.fsum(map(operator.mul, cell.exposure, parents[cause]))
        among = expected + self.level_ends
        return (sum(cell.ended[cause]) + self.level_ends) / among if among else 1.0

    def _levelled(
        self, group: tuple[str, ...], cause: str, parents: Mapping[str, tuple[float, ...]]
    ) -> tuple[float, ...]:
        level = self._level(group, cause, parents)
        return parents[cause] if level == 1.0 else tuple(level * parent for parent in parents[cause])

    def _nearest(self, group: tuple[str, ...]) -> dict[str, tuple[float, ...]]:
        return _nearest(self._hazards, group, self._hazards[()])

    def _line(self, group: tuple[str, ...], cause: str, bucket: int) -> HazardLine:
        cell = self.cells.get(group)
        is_tail = bucket + 1 == len(self.starts)
        parents = self._nearest(group[:-1]) if group else None
        return HazardLine(
            group=group,
            cause=cause,
            from_age=self.starts[bucket],
            to_age=None if is_tail else self.starts[bucket + 1] - 1,
            ended=cell.ended[cause][bucket] if cell else 0,
            exposure=cell.exposure[bucket] if cell else 0,
            parent=parents[cause][bucket] if parents else self.default[cause],
            weight=self._borrowed(bucket, group),
            hazard=self._nearest(group)[cause][bucket],
            level=self._level(group, cause, parents) if parents else 1.0,
        )

    def _borrowed(self, bucket: int, group: tuple[str, ...]) -> float:
        """How much exposure a cell borrows: the tail, having no end, counts as wide as the bucket before."""
        is_tail = bucket + 1 == len(self.starts)
        weight = self.weight if self.tail_weight is None or not is_tail else self.tail_weight
        total = sum(self.default.values())
        if (
            not group
            and self.default_ends is not None
            and total
            and not (is_tail and self.tail_weight is not None)
        ):
            return self.default_ends / total
        if len(self.starts) == 1:
            return weight
        bucket = min(bucket, len(self.starts) - 2)
        return weight * (self.starts[bucket + 1] - self.starts[bucket])

    def _spans(self, age: int, within: int) -> Iterator[tuple[int, int]]:
        """Each bucket that the horizon touches, with how many of its ages it takes."""
        if age < -1 or within < 0:
            raise ValueError(f"age {age}, horizon {within}: give 0 {self.unit} or more (age -1: just begun)")
        at, stop = age + 1, age + within + 1
        while at < stop:
            bucket = bisect_right(self.starts, at) - 1
            upto = min(stop, self.starts[bucket + 1]) if bucket + 1 < len(self.starts) else stop
            yield bucket, upto - at
            at = upto

    def _known(self, cause: str) -> str:
        if cause not in self.default:
            hint = did_you_mean(cause, self.default)
            raise UnknownNameError(f"nothing ends as {cause!r}{hint}; known are: {', '.join(self.causes)}")
        return cause


def _nearest(known: Mapping[tuple[str, ...], _H], group: tuple[str, ...], otherwise: _H) -> _H:
    """What is known of the group, or else of the nearest group above it."""
    for depth in range(len(group), -1, -1):
        if group[:depth] in known:
            return known[group[:depth]]
    return otherwise


def group_path(group: Group) -> tuple[str, ...]:
    """The group as a path, also where it was given as one name."""
    return (group,) if isinstance(group, str) else group
