"""The win model: how likely an open deal is to be won, by whom it came from, its stage and its age."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.estimates import Interval, ShrunkHazards
from smarketing.facts import Deal, Lead
from smarketing.forecast._agreed import agreed_shares
from smarketing.forecast._asked import a_zone, above_nothing, checked_days, checked_share
from smarketing.forecast._chain import Chain, Path, Rhythm
from smarketing.forecast._days import age_of, last_day
from smarketing.forecast._deals import OpenDeal
from smarketing.forecast._groups import values_of
from smarketing.forecast._plain import model_from_plain, model_to_plain
from smarketing.forecast._shock import Shock, ShockPeriod, shock_of
from smarketing.forecast._sure import interval_around, worth_of
from smarketing.forecast._tally import Choice, Tally, Terms
from smarketing.funnel import Funnel, Unit
from smarketing.periods import Dated, checked_instant
from smarketing.sources import SourceRules

if TYPE_CHECKING:
    from smarketing.forecast._explain import Derivation
    from smarketing.frames import Frames

__all__ = ["WinModel"]

_EVER_DAYS = 365


@attrs.frozen(kw_only=True)
class WinModel:
    """A fitted model of winning: a small document that answers for one deal without a dataframe library.

    Make it with `WinModel.fit`. What it learned is counts: how many deals of each group were in each stage at
    each age, and how many of them left it, and how. Where those are few, they are pulled toward what is known
    of more deals, and in the end toward the agreed probabilities of the stages.

    Attributes:
        as_of: What was known when it was fitted.
        zone: Whose days ages are counted in.
        unit: Whether deals are won, or leads become customers.
        by: The dimensions of the groups.
        stages: The hazards of leaving each stage, by the values of the other dimensions.
        pipeline: The agreed stages and their probabilities; None for the classic 10, 20, 50 and 67 %.
        terms: How strongly it shrinks, and how far it looked back.
        typical_days: Open deal-days per closing, over all deals.
        tallies: How many deals of each path were won, lost and still open.
        rhythm: How winning and losing rise and fall within a quarter, where that was asked for.
        past: The last whole months: what the deals open at the start of each promised, and what came of it.
        observed_on: The first day on which a deal could be seen to end, where the data begin late.
        choices: What was tried on held-out history to choose the terms.
        sources: The agreed rules for "source", dated.
    """

    as_of: datetime
    zone: str = attrs.field(default="UTC", validator=a_zone)
    unit: Unit = Unit.DEAL
    by: tuple[str, ...]
    stages: Mapping[str, ShrunkHazards] = attrs.field(repr=False)
    pipeline: Funnel | None = attrs.field(default=None, repr=False)
    terms: Terms
    typical_days: float = attrs.field(validator=above_nothing)
    tallies: Mapping[Path, Tally] = attrs.field(repr=False)
    rhythm: Rhythm | None = None
    past: tuple[ShockPeriod, ...] = attrs.field(default=(), repr=False)
    observed_on: date | None = None
    choices: tuple[Choice, ...] = attrs.field(default=(), repr=False)
    sources: Dated[SourceRules] = attrs.field(repr=False, factory=lambda: Dated.of(SourceRules.default()))

    @classmethod
    def fit(
        cls,
        frames: Frames,
        *,
        by: str | Sequence[str] = ("source", "stage"),
        as_of: datetime,
        sources: Dated[SourceRules] | None = None,
        pipeline: Funnel | None = None,
        zone: str = "UTC",
        unit: Unit | str = Unit.DEAL,
        weight: float | None = None,
        age_ends: float | None = None,
        lookback_days: int | None = None,
        rhythm: bool = False,
        typical_days: float = 90.0,
        choose: bool = True,
    ) -> WinModel:
        """Learn from all deals that were known at a moment, with or without a history of their stages.

        Args:
            frames: The facts.
            by: What chances depend on, besides the deal's age: "source", "stage", "team", … or a trait.
            as_of: What was known.
            sources: The agreed rules for "source", dated; by default `SourceRules.default()`.
            pipeline: The agreed stages and their probabilities; by default the classic 10, 20, 50, 67 %.
            zone: Whose days.
            unit: "deal"; or "lead", for the chance that a lead becomes a customer.
            weight: How many deals' worth of its stage each group borrows, at each age; by default chosen on
                held-out history.
            age_ends: How many closings' worth of its stage at any age each age borrows; chosen likewise.
            lookback_days: Use only so many days before `as_of`; chosen likewise.
            rhythm: Whether to learn how closings rise and fall within a quarter.
            typical_days: Days per closing to assume until deals were seen to close.
            choose: Whether those three are chosen, where they are not given; else 20 deals, 2 closings, and
                all of history.

        Raises:
            UnknownNameError: There is nothing to split by of that name.

        Example:
            >>> from datetime import UTC
            >>> import polars as pl
            >>> from smarketing.frames import Frames
            >>> day = 86_400_000_000
            >>> deals = pl.DataFrame(
            ...     {"deal_id": [f"D{n}" for n in range(90)], "created_at": [0] * 90,
            ...      "referred_by": (["Ana"] + [None] * 2) * 30}
            ... )
            >>> closings = pl.DataFrame(
            ...     {"deal_id": [f"D{n}" for n in range(60)], "outcome": ["won", "lost", "lost"] * 20,
            ...      "occurred_at": [(20 + n) * day for n in range(60)]}
            ... )
            >>> frames = Frames.from_native(deals=deals, closings=closings)
            >>> model = WinModel.fit(frames, by=("source",), as_of=datetime(1970, 4, 11, tzinfo=UTC))
            >>> [round(model.chances({"source": each}, 10, [60])[0], 2) for each in ("referral", "unknown")]
            [0.54, 0.02]
        """
        from smarketing.forecast._fit import fit_model

        return fit_model(
            frames, by=by, as_of=as_of, sources=sources, pipeline=pipeline, zone=zone, unit=Unit(unit),
            weight=weight, age_ends=age_ends, lookback_days=lookback_days, rhythm=rhythm,
            typical_days=typical_days, choose=choose,
        )  # fmt: skip

    @cached_property
    def shock(self) -> Shock | None:
        """The luck that deals of one month share; None where fewer than three past months tell."""
        return shock_of(self.past)

    @property
    def past_count(self) -> int:
        """The past months that can tell how luck is shared: those in which wins were to be expected."""
        return sum(period.variance > 0.0 for period in self.past)

    @property
    def won_count(self) -> int:
        """The deals that were won."""
        return sum(tally.won_count for tally in self.tallies.values())

    @property
    def lost_count(self) -> int:
        """The deals that were lost."""
        return sum(tally.lost_count for tally in self.tallies.values())

    @property
    def closed_count(self) -> int:
        """The deals that closed."""
        return self.won_count + self.lost_count

    @property
    def ever_days(self) -> int:
        """What "ever" means in days: a year, or twice as long as any deal of the history took to close."""
        starts = next(iter(self.stages.values())).starts
        return max(_EVER_DAYS, 2 * starts[-1] if self.closed_count else 0)

    def chances(
        self,
        group: Mapping[str, str | None],
        age_days: int | None,
        ends: Sequence[int],
        *,
        as_of: datetime | None = None,
    ) -> tuple[float, ...]:
        """The chances that a deal which has been open for so many days is won within each number of days.

        Args:
            group: The dimensions' values; others than the model's are left aside.
            age_days: Whole local days since it was opened; None is read as just opened.
            ends: Numbers of days ahead, in any order.
            as_of: The moment that they count from, by default the model's own; it matters with a rhythm.

        Returns:
            One probability for each of `ends`, never falling as they grow.

        Raises:
            UnknownNameError: The group lacks one of the model's dimensions.
            ValueError: A number of days is negative, or the moment lies before the model's own.
        """
        return tuple(won for won, _ in self.outcomes(group, age_days, ends, as_of=as_of))

    def outcomes(
        self,
        group: Mapping[str, str | None],
        age_days: int | None,
        ends: Sequence[int],
        *,
        as_of: datetime | None = None,
    ) -> tuple[tuple[float, float], ...]:
        """As `chances`, the chances to be won and to be lost; what is left is still open then."""
        path, stage = self.place(group)
        if any(end < 0 for end in ends):
            raise ValueError(f"{min(ends)} days ahead: give 0 or more")
        chain = self._chain_as_of(as_of)
        ordered = tuple(sorted(set(ends)))
        if stage not in self.stages:
            share, left = self.agreed_share(stage), 1.0 - 1.0 / self.typical_days
            return tuple((share * (1 - left**end), (1 - share) * (1 - left**end)) for end in ends)
        known = chain.ended_within(path, stage, 0 if age_days is None else max(age_days, 0), ordered)
        if len(ordered) == len(ends) and tuple(ends) == ordered:
            return known
        found = dict(zip(ordered, known, strict=True))
        return tuple(found[end] for end in ends)

    def probability(
        self,
        deal: Deal | OpenDeal,
        *,
        as_of: datetime,
        within: int | timedelta | None = None,
        stage: str | None = None,
        lead: Lead | None = None,
    ) -> float:
        """The chance that one open deal is won, from 0 to 1; no dataframe library is needed.

        Args:
            deal: The deal: a fact, or a row of a deal book.
            as_of: The moment that its age is of; not before the model's own.
            within: So many days (or whole days of a duration) after it; None for ever.
            stage: The stage that a fact's deal is in, since the fact does not tell it.
            lead: The lead that a fact's deal came from: what the deal does not say, it does.

        Raises:
            ValueError: The deal was not known at that moment, or the moment lies before the model's own.
        """
        group, age = self.read(deal, as_of=as_of, stage=stage, lead=lead)
        return self.chance(group, age, within=within, as_of=as_of)

    def chance(
        self,
        group: Mapping[str, str | None],
        age_days: int | None = None,
        *,
        within: int | timedelta | None = None,
        as_of: datetime | None = None,
    ) -> float:
        """As `probability`, of any open deal of a group and age."""
        if within is None and not self.closed_count:
            return self.agreed_share(self.place(group)[1])
        return self.chances(group, age_days, [self.days(within)], as_of=as_of)[0]

    def interval(
        self,
        group: Mapping[str, str | None],
        age_days: int | None = 0,
        *,
        within: int | None = None,
        level: float = 0.9,
    ) -> Interval:
        """How sure the probability of a group is: the range that holds its true rate with that confidence.

        A beta distribution around the probability that is worth as many deals as left the cell, and what is
        borrowed: an agreed probability alone counts as two.
        """
        share = self.chance(group, age_days, within=within)
        worth = worth_of(self.stages, *self.place(group), self.terms.weight)
        return interval_around(share, worth, checked_share(level, "level", "0.9"))

    def explain(
        self,
        deal: Deal | OpenDeal,
        *,
        as_of: datetime | None = None,
        within: int | timedelta | None = None,
        stage: str | None = None,
        lead: Lead | None = None,
    ) -> Derivation:
        """Where a deal's probability comes from: counts, parents, weights and results. Print it."""
        from smarketing.forecast._explain import derive

        as_of = as_of or self.as_of
        group, age = self.read(deal, as_of=as_of, stage=stage, lead=lead)
        share = self.probability(deal, as_of=as_of, within=within, stage=stage, lead=lead)
        days = None if within is None and not self.closed_count else self.days(within)
        return derive(
            self,
            deal.deal_id,
            chain=self._chain_as_of(as_of),
            group=group,
            age=age,
            days=days,
            probability=share,
        )

    def logit_sd(self, group: Mapping[str, str | None]) -> float:
        """The standard deviation of a group's own log-odds of winning: `sqrt(1/(won + .5) + 1/(lost + .5))`.

        Of the deals with the group's values, whatever their stage; of all deals where there is none.
        """
        path, _ = self.place(group)
        tally = self.tallies.get(path) or Tally(won_count=self.won_count, lost_count=self.lost_count)
        return math.sqrt(1.0 / (tally.won_count + 0.5) + 1.0 / (tally.lost_count + 0.5))

    def agreed_share(self, stage: str) -> float:
        """The agreed probability of a stage, P(eventually won | in it), from 0 to 1."""
        shares, other = self._agreed
        return shares.get(stage, other)

    def place(self, group: Mapping[str, str | None]) -> tuple[Path, str]:
        """The values of the dimensions but the stage, and the stage; unknown is a blank."""
        for name in self.by:
            if name not in group:
                hint = did_you_mean(name, group)
                raise UnknownNameError(f"the model goes by {name!r}, which the group lacks{hint}")
        path = tuple(group[name] or "" for name in self.by if name != "stage")
        return path, (group["stage"] or "") if "stage" in self.by else ""

    def read(
        self, deal: Deal | OpenDeal, *, as_of: datetime, stage: str | None = None, lead: Lead | None = None
    ) -> tuple[Mapping[str, str | None], int | None]:
        """A deal's group and its age in days as of a moment.

        Raises:
            ValueError: The deal was not known then.
        """
        if isinstance(deal, Deal):
            if not deal.counts(as_of):
                raise ValueError(f"deal {deal.deal_id} was not known before {as_of.isoformat()}")
            group: Mapping[str, str | None] = values_of(
                deal, self.by, stage=stage, lead=lead, sources=self.sources, zone=self.zone
            )
        else:
            group = {**deal.values, "stage": stage} if stage is not None else deal.values
        created_at = deal.created_at
        if created_at is None or created_at >= checked_instant(as_of):
            return group, None
        return group, max(0, age_of(created_at, as_of, self.zone))

    def days(self, within: int | timedelta | None) -> int:
        """A horizon in whole days."""
        return self.ever_days if within is None else checked_days(within, "within")

    def frame(self, frames: Frames, *, as_of: datetime | None = None, within: int | None = None) -> Any:
        """The probabilities of all open deals as a table of the frames' own engine.

        Args:
            frames: The facts.
            as_of: The moment, by default the model's own.
            within: So many days after it; None for ever.

        Returns:
            One row per deal that was open: `deal_id`, the dimensions, `age_days` and `win_probability`.
        """
        from smarketing.forecast._frame import probability_frame

        return probability_frame(self, frames, as_of=as_of or self.as_of, within=within)

    def to_dict(self) -> dict[str, Any]:
        """The model as plain data, ready for JSON."""
        return model_to_plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> WinModel:
        """The model that `to_dict` wrote.

        Raises:
            KeyError: Something is missing.
            ValueError: The parts do not fit together.
        """
        return cls(**model_from_plain(data))

    @cached_property
    def _agreed(self) -> tuple[dict[str, float], float]:
        return agreed_shares(self.pipeline)

    @cached_property
    def _chains(self) -> dict[date, Chain]:
        return {}

    def _chain_as_of(self, as_of: datetime | None) -> Chain:
        if as_of is not None and as_of < self.as_of:
            raise ValueError(
                f"the model knows what happened until {self.as_of.isoformat()}: fit one as of "
                f"{as_of.isoformat()} to ask what was likely then"
            )
        day = date.min if self.rhythm is None else last_day(as_of or self.as_of, self.zone)
        if day not in self._chains:
            self._chains[day] = Chain(self.stages, self.rhythm, day)
        return self._chains[day]
