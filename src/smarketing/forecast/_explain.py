"""Where a probability comes from, line by line, so that everybody can check it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import attrs

from smarketing.estimates import HazardLine, Interval
from smarketing.forecast._parts import DEFAULT_ENDS

if TYPE_CHECKING:
    from smarketing.forecast._model import WinModel

__all__ = ["Derivation", "derive"]


@attrs.frozen(kw_only=True)
class Derivation:
    """How the probability of one deal was derived; `print` it, or read its lines.

    Attributes:
        deal_id: The deal.
        values: Its group.
        age_days: Its age in days; None where that is not known.
        within_days: The horizon; None where an agreed probability stands alone.
        probability: The result.
        agreed_share: The agreed probability of its stage.
        interval: How sure that is, at 90 %.
        lines: The hazards of being won and lost that it rests on, by age, from the stage down to the group.
        won_count: The deals of the group that were won, whatever their stage.
        lost_count: Those that were lost.
    """

    deal_id: str
    values: Mapping[str, str | None]
    age_days: int | None
    within_days: int | None
    probability: float
    agreed_share: float
    interval: Interval
    lines: tuple[HazardLine, ...] = attrs.field(repr=False)
    won_count: int
    lost_count: int

    def __str__(self) -> str:
        return "\n".join(self._told())

    def _told(self) -> Iterator[str]:
        group = ", ".join(f"{name} {value or '?'}" for name, value in self.values.items())
        horizon = "ever" if self.within_days is None else f"within {self.within_days} days"
        age = "of unknown age" if self.age_days is None else f"open for {self.age_days} days"
        yield f"Deal {self.deal_id} ({group}), {age}: {self.probability:.1%} to be won {horizon}"
        low, high = self.interval.low, self.interval.high
        yield f"  with 90 % confidence between {low:.1%} and {high:.1%}"
        if self.won_count + self.lost_count:
            yield f"  deals of its group that closed: {self.won_count} won, {self.lost_count} lost"
        yield f"  agreed for its stage: {self.agreed_share:.0%}, worth {DEFAULT_ENDS:.0f} closings"
        for line in self.lines:
            yield f"  {_span(line):<15} {_whose(line):<28} {_sum(line)}"


def derive(
    model: WinModel,
    deal_id: str,
    *,
    group: Mapping[str, str | None],
    age: int | None,
    days: int | None,
    probability: float,
) -> Derivation:
    """The derivation of one deal's probability."""
    path, stage = model.place(group)
    hazards = model.stages.get(stage)
    lines: list[HazardLine] = []
    if hazards is not None and days is not None:
        at = min(age or 0, hazards.starts[-1])
        for cause in ("won", "lost"):
            lines += hazards.explain(cause, age=at, within=days, group=path)
    tally = model.tallies.get(path)
    return Derivation(
        deal_id=deal_id,
        values={name: group[name] for name in model.by},
        age_days=age,
        within_days=days,
        probability=probability,
        agreed_share=model.agreed_share(stage),
        interval=model.interval(group, age, within=days),
        lines=tuple(lines),
        won_count=tally.won_count if tally else 0,
        lost_count=tally.lost_count if tally else 0,
    )


def _span(line: HazardLine) -> str:
    return f"age {line.from_age}+" if line.to_age is None else f"age {line.from_age}-{line.to_age}"


def _whose(line: HazardLine) -> str:
    return f"{line.cause}, {'/'.join(each or '?' for each in line.group) or 'all in the stage'}"


def _sum(line: HazardLine) -> str:
    level = "" if line.level == 1.0 else f" x {line.level:.2f}"
    return (
        f"({line.ended} + {line.weight:g} x {line.parent:.5f}{level}) / ({line.exposure} + {line.weight:g})"
        f" = {line.hazard:.5f} a day"
    )
