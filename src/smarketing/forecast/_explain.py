"""Where a probability comes from, line by line, so that everybody can check it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import attrs

from smarketing.estimates import HazardLine, Interval
from smarketing.forecast._chain import LOST, WON, Chain, Path
from smarketing.forecast._parts import DEFAULT_ENDS

if TYPE_CHECKING:
    from smarketing.forecast._model import WinModel

__all__ = ["Derivation", "StageStep", "derive"]

_LITTLE = 0.00001  # a hazard below one in a hundred thousand a day, of which nothing was seen, is not shown
_SELDOM = 0.0005


@attrs.frozen(kw_only=True)
class StageStep:
    """A stage on the way, and what became of deals of the group there.

    Attributes:
        stage: The stage; a blank where it is not known.
        share: The chance that the deal is in it at some time within the horizon.
        deal_days: How long deals of the group have been in it, in days added up.
        ended: How many of them left it, by how: "won", "lost", or "to <stage>".
    """

    stage: str
    share: float
    deal_days: int
    ended: Mapping[str, int]


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
        steps: The stages on the way, the likeliest first: a deal is won from where it gets to.
        lines: The hazards of leaving its stage, by cause and age, from the stage down to the group.
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
    steps: tuple[StageStep, ...] = attrs.field(repr=False)
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
        if self.steps:
            yield "  what became of deals of its group, and how likely it gets there within the horizon:"
        for step in self.steps:
            ended = ", ".join(f"{count} {cause}" for cause, count in step.ended.items() if count)
            place = f"in {step.stage}" if step.stage else "open"
            yield f"    {place:<18} {step.share:>6.1%}  {step.deal_days} deal-days, {ended or 'none left'}"
        told = [line for line in self.lines if line.ended or line.hazard >= _LITTLE]
        if told:
            yield "  (ended + borrowed days x parent's hazard x level) / (deal-days + borrowed) = hazard:"
        for line in told:
            yield f"    {_span(line):<12} {_whose(line):<36} {_sum(line)}"


def derive(
    model: WinModel,
    deal_id: str,
    *,
    chain: Chain,
    group: Mapping[str, str | None],
    age: int | None,
    days: int | None,
    probability: float,
) -> Derivation:
    """The derivation of one deal's probability."""
    path, stage = model.place(group)
    tally = model.tallies.get(path)
    return Derivation(
        deal_id=deal_id,
        values={name: group[name] for name in model.by},
        age_days=age,
        within_days=days,
        probability=probability,
        agreed_share=model.agreed_share(stage),
        interval=model.interval(group, age, within=days),
        steps=() if days is None else _steps(model, chain, path, stage, age=age or 0, days=days),
        lines=() if days is None else _lines(model, path, stage, age=age or 0, days=days),
        won_count=tally.won_count if tally else 0,
        lost_count=tally.lost_count if tally else 0,
    )


def _steps(
    model: WinModel, chain: Chain, path: Path, stage: str, *, age: int, days: int
) -> tuple[StageStep, ...]:
    if stage not in model.stages:
        return ()
    shares = chain.visits(path, stage, age, days)
    found = []
    for name, share in shares.items():
        hazards = model.stages[name]
        cell = hazards.cells.get(path)
        if share >= _SELDOM:
            step = StageStep(
                stage=name,
                share=share,
                deal_days=sum(cell.exposure) if cell else 0,
                ended={cause: sum(cell.ended[cause]) if cell else 0 for cause in hazards.causes},
            )
            found.append(step)
    return tuple(sorted(found, key=lambda step: -step.share))


def _lines(model: WinModel, path: Path, stage: str, *, age: int, days: int) -> tuple[HazardLine, ...]:
    if (hazards := model.stages.get(stage)) is None:
        return ()
    at = min(age, hazards.starts[-1])
    causes = sorted(hazards.causes, key=lambda cause: (cause not in {WON, LOST}, cause == LOST, cause))
    lines = (hazards.explain(cause, age=at, within=days, group=path) for cause in causes)
    return tuple(line for each in lines for line in each)


def _span(line: HazardLine) -> str:
    return f"age {line.from_age}+" if line.to_age is None else f"age {line.from_age}-{line.to_age}"


def _whose(line: HazardLine) -> str:
    return f"{line.cause}, {'/'.join(each or '?' for each in line.group) or 'all in the stage'}"


def _sum(line: HazardLine) -> str:
    level = "" if line.level == 1.0 else f" x {line.level:.2f}"
    borrowed = f"{line.weight:.4g}"
    return (
        f"({line.ended} + {borrowed} x {line.parent:.5f}{level}) / ({line.exposure} + {borrowed})"
        f" = {line.hazard:.5f} a day"
    )
