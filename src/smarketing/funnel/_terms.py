"""What both departments agreed to call the steps from stranger to customer, and who owns each.

A `Funnel` is an ordered list of stages and the detours off the straight path. The same class describes two
machines: the funnel that *leads* move through, and the sales pipeline that the *deals* of one of its stages
move through. They share words and nothing else: the pipeline's "qualified" is not the funnel's SQL.

What may move where:

- forward, also past stages in between, but never past a *gate*;
- from a stage to a detour (lost, disqualified, recycled) that accepts it;
- out of lost and disqualified only through a detour of kind *reopened*;
- from recycled and reopened back to the stages that they return to (gates are not asked again).

Backward is never direct: it goes through a detour, so that the reason is on record.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from smarketing.errors import IllegalMoveError, InvalidTermsError, UnknownNameError, did_you_mean
from smarketing.funnel._faults import funnel_faults
from smarketing.funnel._stages import Detour, DetourKind, Evidence, Stage, StageKind, Unit
from smarketing.language import N_
from smarketing.values import Share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Funnel", "ProbabilityBasis", "StageProbability"]


def _stages(given: Iterable[Stage]) -> tuple[Stage, ...]:
    return tuple(given)


def _detours(given: Iterable[Detour]) -> tuple[Detour, ...]:
    return tuple(given)


class ProbabilityBasis(StrEnum):
    """Where a probability was read: the first of these that has one."""

    OVERRIDE = "override"
    TABLE = "table"
    STAGE = "stage"
    NONE = "none"


@attrs.frozen(kw_only=True)
class StageProbability:
    """P(eventually won | in this stage) with its derivation; unknown (`share` is None) is not zero."""

    share: Share | None
    basis: ProbabilityBasis


@attrs.frozen(kw_only=True)
class Funnel:
    """Stages in order, and the detours off them.

    Attributes:
        name: How people call it.
        unit: What moves through it: leads, or deals (a sales pipeline).
        stages: At least one, first to last; the last one is success.
        detours: The places off the straight path.

    Raises:
        InvalidTermsError: With every fault at once, each with its key path.

    Example:
        >>> funnel = Funnel.default()
        >>> [stage.name for stage in funnel]
        ['prospect', 'lead', 'mql', 'sql', 'opportunity', 'customer']
        >>> sorted(funnel["mql"].owners), funnel.may_move("lead", "sql"), funnel.may_move("sql", "lead")
        (['marketing', 'sales'], True, False)
    """

    name: str
    unit: Unit = attrs.field(default=Unit.LEAD, converter=Unit)
    stages: tuple[Stage, ...] = attrs.field(converter=_stages)
    detours: tuple[Detour, ...] = attrs.field(default=(), converter=_detours)

    def __attrs_post_init__(self) -> None:
        if problems := list(funnel_faults(self)):
            raise InvalidTermsError(f"the funnel {self.name!r} cannot be used as written:", problems)

    @classmethod
    def default(cls) -> Funnel:
        """The six stages from prospect to customer, with the four usual detours.

        No stage has a win probability here: where none was agreed, none is invented.
        """
        return cls(name="default", stages=_SIX_STAGES, detours=(_LOST, _DISQUALIFIED, _RECYCLED, _REOPENED))

    @classmethod
    def classic_pipeline(cls) -> Funnel:
        """The sales pipeline with the customary probability per stage: 10, 20, 50 and 67 %.

        The practice to compare better forecasts with, and to fall back on where nothing better is known. Each
        is P(eventually won | in this stage), not a transition rate. Its "qualified" is not the funnel's SQL.
        """
        return cls(name="classic", unit=Unit.DEAL, stages=_PIPELINE, detours=(_LOST, _REOPENED))

    @cached_property
    def places(self) -> Mapping[str, Stage | Detour]:
        """Stages and detours by name, stages first."""
        places: tuple[Stage | Detour, ...] = (*self.stages, *self.detours)
        return {place.name: place for place in places}

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.stages)

    def __len__(self) -> int:
        return len(self.stages)

    def __contains__(self, name: object) -> bool:
        return name in self.places

    def __getitem__(self, name: str) -> Stage | Detour:
        """The stage or detour of a name.

        Raises:
            UnknownNameError: The funnel has neither, with the nearest name that it has.
        """
        try:
            return self.places[name]
        except KeyError:
            raise UnknownNameError(self._no_such(name)) from None

    def position(self, name: str) -> int:
        """The place of a stage in the order, counted from 0.

        Raises:
            UnknownNameError: There is no stage of that name (detours have no position).
        """
        for position, stage in enumerate(self.stages):
            if stage.name == name:
                return position
        raise UnknownNameError(
            f"{name!r} is a detour and has no position" if name in self else self._no_such(name)
        )

    def stage_entered_by(self, evidence: Evidence) -> Stage | None:
        """The stage that a fact of this kind counts as entering, if any."""
        return next((stage for stage in self.stages if evidence in stage.entered_by), None)

    def detour(self, kind: DetourKind) -> Detour | None:
        """The first detour of a kind, if any."""
        return next((detour for detour in self.detours if detour.kind is kind), None)

    def targets(self, name: str | None) -> tuple[str, ...]:
        """Where a record may move from a stage or detour; None stands for one that has not entered yet."""
        return self._targets[None if name is None else self[name].name]

    @cached_property
    def _targets(self) -> dict[str | None, tuple[str, ...]]:
        everywhere = (None, *self.places)
        return {
            here: tuple(there for there in self.places if self._allows(here, there)) for here in everywhere
        }

    def may_move(self, here: str | None, there: str) -> bool:
        """Whether a record may move from one place to another; None stands for "not entered yet"."""
        return there in self.targets(here)

    def check_move(self, here: str | None, there: str) -> None:
        """Refuse an illegal move.

        Raises:
            IllegalMoveError: With the reason and the moves that are legal.

        Example:
            >>> Funnel.default().check_move("lost", "lead")
            Traceback (most recent call last):
            smarketing.errors.IllegalMoveError: a lead cannot move from 'lost' to 'lead': ...
        """
        if self.may_move(here, there):
            return
        legal = ", ".join(self.targets(here)) or "nowhere"
        raise IllegalMoveError(f"{self._refusal(here, there)}; it may move to: {legal}")

    def probability(
        self, name: str, *, override: Share | None = None, table: Mapping[str, Share] | None = None
    ) -> StageProbability:
        """P(eventually won | in this stage), read now and never stored on a record.

        The first that is there counts: the override (a person's own for one record), the table (estimated, by
        stage), the stage's agreed default.

        Raises:
            UnknownNameError: The funnel has no such stage or detour.

        Example:
            >>> Funnel.classic_pipeline().probability("proposed")
            StageProbability(share=Share(ppm=670000), basis=<ProbabilityBasis.STAGE: 'stage'>)
        """
        place = self[name]
        agreed = place.probability if isinstance(place, Stage) else None
        candidates = (
            (ProbabilityBasis.OVERRIDE, override),
            (ProbabilityBasis.TABLE, (table or {}).get(name)),
            (ProbabilityBasis.STAGE, agreed),
        )
        for basis, share in candidates:
            if share is not None:
                return StageProbability(share=share, basis=basis)
        return StageProbability(share=None, basis=ProbabilityBasis.NONE)

    def _no_such(self, name: str) -> str:
        return f"the funnel {self.name!r} has no stage or detour {name!r}{did_you_mean(name, self.places)}"

    def _allows(self, here: str | None, there: str) -> bool:
        if here == there:
            return False
        origin = self.places[here] if here is not None else None
        target = self.places[there]
        if isinstance(target, Detour):
            return self._accepts(target, origin)
        if isinstance(origin, Detour):
            return not origin.kind.is_final and (not origin.returns_to or there in origin.returns_to)
        start = -1 if origin is None else self.position(origin.name)
        end = self.position(there)
        return start < end and not self._gates_between(start, end)

    def _accepts(self, detour: Detour, origin: Stage | Detour | None) -> bool:
        if origin is None:
            return False
        if detour.from_stages:
            return origin.name in detour.from_stages
        is_closed = origin is self.stages[-1] or (isinstance(origin, Detour) and origin.kind.is_final)
        return is_closed if detour.kind is DetourKind.REOPENED else not is_closed

    def _gates_between(self, start: int, end: int) -> list[str]:
        return [stage.name for stage in self.stages[start + 1 : end] if stage.kind is StageKind.GATE]

    def _refusal(self, here: str | None, there: str) -> str:
        """One clause that says why a move is illegal."""
        if there not in self:
            return self._no_such(there)
        place = self.places[here] if here is not None else None
        said = f"a {self.unit} cannot " + (f"move from {here!r} to" if here else "enter at") + f" {there!r}"
        if here == there:
            return f"{said}: it is there already"
        if isinstance(place, Detour) and place.kind.is_final:
            return f"{said}: {here!r} is final until reopened"
        target = self.places[there]
        if isinstance(place, Detour) or isinstance(target, Detour):
            return f"{said}: the funnel has no such way"
        start, end = (self.position(here) if here else -1), self.position(there)
        if end < start:
            return f"{said}: that is backward, and the way back is a detour"
        gates = ", ".join(map(repr, self._gates_between(start, end)))
        return f"{said}: the gate {gates} cannot be skipped"


_BOTH = ("marketing", "sales")

_SIX_STAGES = (
    Stage(
        name="prospect",
        owners="marketing",
        label=N_("Prospect"),
        meaning=N_("Digital audience: somebody who visits our pages, blog or social networks"),
    ),
    Stage(
        name="lead",
        owners="marketing",
        label=N_("Lead"),
        meaning=N_("A visitor who sent a contact form"),
        entered_by=(Evidence.LEAD_CAPTURED,),
    ),
    Stage(name="mql", owners=_BOTH, label=N_("MQL"), meaning=N_("A lead qualified by marketing")),
    Stage(name="sql", owners=_BOTH, label=N_("SQL"), meaning=N_("A lead qualified by sales")),
    Stage(
        name="opportunity",
        owners="sales",
        label=N_("Opportunity"),
        meaning=N_("A potential customer"),
        entered_by=(Evidence.DEAL_CREATED,),
    ),
    Stage(
        name="customer",
        owners="sales",
        label=N_("Customer"),
        meaning=N_("An opportunity won"),
        entered_by=(Evidence.DEAL_WON,),
    ),
)

_LOST = Detour(name="lost", kind=DetourKind.LOST, label=N_("Lost"))
_DISQUALIFIED = Detour(name="disqualified", kind=DetourKind.DISQUALIFIED, label=N_("Disqualified"))
_RECYCLED = Detour(name="recycled", kind=DetourKind.RECYCLED, label=N_("Recycled"))
_REOPENED = Detour(name="reopened", kind=DetourKind.REOPENED, label=N_("Reopened"))

_PIPELINE = (
    Stage(
        name="identified",
        owners="sales",
        label=N_("Identified"),
        entered_by=(Evidence.DEAL_CREATED,),
        probability=Share.percent(10),
    ),
    Stage(name="contacted", owners="sales", label=N_("Contacted"), probability=Share.percent(20)),
    Stage(name="qualified", owners="sales", label=N_("Qualified"), probability=Share.percent(50)),
    Stage(name="proposed", owners="sales", label=N_("Proposed"), probability=Share.percent(67)),
    Stage(
        name="won",
        owners="sales",
        label=N_("Won"),
        entered_by=(Evidence.DEAL_WON,),
        probability=Share.percent(100),
    ),
)
